"""The commands. Each says what it does in one line, shows progress when it is long, and fails kindly."""

from __future__ import annotations

import errno
import os
import re
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from prossima.language import LANGUAGES, Texts, of_terminal
from prossima.settings import Settings, settings_file

if TYPE_CHECKING:
    from pyoxigraph import QuerySolutions

    from prossima.questions import Question
    from prossima.releases import Release

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Publish a district's community welfare as linked open data. Pubblica il welfare di comunità di un "
    "distretto come dati aperti collegati.",
)
texts = Texts(Path(__file__).parent / "texts.toml")
# What people wrote is printed as it is: brackets are no markup.
out = Console(markup=False, emoji=False)
err = Console(stderr=True, markup=False, emoji=False)

Lang = Annotated[str, typer.Option("--lang", metavar="it|en", help="Language; by default that of the shell.")]
# A text, not a path, so that an empty one is seen to be empty.
Data = Annotated[str | None, typer.Option("--data", metavar="PATH", help="Folder that holds the releases.")]
Inputs = Annotated[
    list[Path], typer.Argument(help="District folders and RDF files (.nq .trig .ttl .nt .rdf .jsonld, .gz).")
]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the history.")]


def main() -> None:
    """Run the command line; a problem that is nobody's bug ends in one line and exit code 2."""
    from prossima.releases import PublicationError, ShelfError

    try:
        app()
    except PublicationError as error:
        key = f"publication.{error.key}"
        words = texts(_language(), key, **error.values) if key in texts.keys() else str(error)  # noqa: SIM118
    except ShelfError as error:
        words = texts(_language(), "publication.damaged", file=error.path)
    except OSError as error:
        key = f"system.{errno.errorcode.get(error.errno or 0)}"
        detail = texts(_language(), key) if key in texts.keys() else error.strerror or error  # noqa: SIM118
        words = texts(_language(), "settings.unusable", file=error.filename or "?", detail=detail)
    else:
        return
    err.print(words, style="red", highlight=False, soft_wrap=True)
    sys.exit(2)


def _language() -> str:
    """The language to speak where no command is at hand: asked for in the command line, set, or the shell's."""
    asked = re.search(r"(?<=--lang[ =])(it|en)\b", " ".join(sys.argv))
    if asked:
        return asked[0]
    try:
        return Settings(**{}).lang or of_terminal()
    except (OSError, ValueError):
        return of_terminal()


def _started(lang: str, **flags: Any) -> tuple[str, Settings]:
    """The language to speak and the settings: flags, then the environment, then the file."""
    if lang and lang not in LANGUAGES:
        raise typer.BadParameter(" | ".join(LANGUAGES), param_hint="--lang")
    language = lang or of_terminal()
    file = settings_file()
    if os.environ.get("PROSSIMA_SETTINGS") and not file.is_file():
        err.print(texts(language, "settings.no_file", file=file), style="red", highlight=False)
        raise typer.Exit(2)
    try:
        settings = Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        for found in error.errors():
            name = ".".join(str(part) for part in found["loc"])
            key = f"settings.why.{found['type']}"
            why = texts(language, key, **found.get("ctx", {})) if key in texts.keys() else found["msg"]  # noqa: SIM118
            err.print(texts(language, "settings.wrong", name=name, detail=why), style="red", highlight=False)
        raise typer.Exit(2) from None
    except UnicodeDecodeError:
        err.print(texts(language, "settings.encoding", file=file), style="red", highlight=False)
        raise typer.Exit(2) from None
    except tomllib.TOMLDecodeError as error:
        err.print(texts(language, "settings.malformed", file=file, detail=error), style="red", highlight=False)
        raise typer.Exit(2) from None
    return lang or settings.lang or language, settings


@app.command()
def validate(
    inputs: Inputs,
    lang: Lang = "",
    engine: Annotated[str, typer.Option(help="SHACL engine: fast, or reference (pySHACL).")] = "fast",
    details: Annotated[bool, typer.Option("--details", help="Show notes too.")] = False,
) -> None:
    """Check district folders and files. Exit code: 0 good (warnings allowed), 1 violations, 2 unusable input."""
    from prossima import district, files
    from prossima.statements import Contribution
    from prossima.validation import check
    from prossima.validation.engines import ENGINES
    from prossima.validation.render import printed

    if engine not in ENGINES:
        raise typer.BadParameter(" | ".join(ENGINES), param_hint="--engine")
    language, _ = _started(lang)
    contribution = Contribution()
    with _progress(texts(language, "step.read")) as at:
        for path in inputs:
            contribution.extend(district.read(path) if path.is_dir() or not path.suffix else files.read(path))
        at(texts(language, "step.check"))
        report = check(contribution, engine=engine)
    printed(report, texts, language, out, details=details)
    raise typer.Exit(report.exit_code)


@app.command()
def publish(
    inputs: Inputs,
    reason: Reason = "",
    data: Data = None,
    raw: Annotated[bool, typer.Option("--raw", help="Load RDF files as they are: no gate, no merge.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report and count; publish nothing.")] = False,
    lang: Lang = "",
) -> None:
    """Publish district folders and RDF files as the next release. Each replaces what it said before."""
    language, settings = _started(lang, data=data)
    code = _publish(inputs, settings, language, reason=reason, raw=raw, dry_run=dry_run)
    raise typer.Exit(code)


def _publish(inputs: list[Path], settings: Settings, language: str, **options: Any) -> int:
    from prossima import releases
    from prossima.validation.render import printed

    _make_folder(settings.data)
    outcome = releases.publish(inputs, settings, on_step=_Steps(language), **options)
    if outcome.report.worst:  # notes apart
        printed(outcome.report, texts, language, err, details=False, ready=False)
    if outcome.report.blocks:
        err.print(texts(language, "publish.refused"), style="bold")
        return outcome.report.exit_code
    if outcome.release:
        words = texts(language, "publish.done", release=outcome.release, added=outcome.added, removed=outcome.removed)
    elif outcome.unchanged:
        current = releases.Shelf(settings.data).current()
        words = texts(language, "publish.unchanged", release=current.number if current else 0)
    else:
        words = texts(language, "publish.dry", added=outcome.added, removed=outcome.removed)
    if options.get("dry_run"):
        _print_changed(outcome.changed, language)
    out.print(words, highlight=False)
    return 0


def _make_folder(data: Path) -> None:
    """The folder of the releases, if it is not there. Raises OSError where none can be written in it: told here,
    where the language is known, and not by the process that publishes."""
    data.mkdir(parents=True, exist_ok=True)
    if not os.access(data, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(data))


def _print_changed(changed: list[tuple[str, int, int]], language: str) -> None:
    """What a publication would change, the things that change most first."""
    from prossima.vocabulary import compact

    if not changed:
        return
    out.print(texts(language, "publish.changed"), highlight=False)
    table = Table.grid(padding=(0, 2))
    for iri, added, removed in changed[:30]:
        table.add_row(f"+{added}", f"-{removed}", compact(iri))
    out.print(table)
    if len(changed) > 30:
        out.print(texts(language, "publish.changed_more", n=len(changed) - 30), highlight=False)


@app.command()
def history(data: Data = None, lang: Lang = "") -> None:
    """List the releases: date, size, what changed and why."""
    from prossima.releases import Shelf

    language, settings = _started(lang, data=data)
    releases = Shelf(settings.data).all()
    if not releases:
        out.print(texts(language, "history.empty", data=settings.data))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("release", "created", "kind", "quads", "change", "reason"):
        right = name in ("release", "quads", "change")
        table.add_column(texts(language, f"history.{name}"), justify="right" if right else "left")
    for release in releases:
        manifest = release.manifest
        kind = texts(language, f"history.kinds.{manifest.kind}", parent=manifest.parent)
        change = f"+{manifest.added} -{manifest.removed}"
        date = manifest.created[:16].replace("T", " ")
        table.add_row(str(manifest.number), date, kind, str(manifest.quads), change, manifest.reason)
    out.print(table)


@app.command()
def rollback(
    number: Annotated[int, typer.Argument(help="The release to go back to.")],
    reason: Reason = "",
    data: Data = None,
    lang: Lang = "",
) -> None:
    """Publish an earlier release again, as a new one: numbers and dates only grow."""
    from prossima import releases

    language, settings = _started(lang, data=data)
    _make_folder(settings.data)
    outcome = releases.rollback(number, settings, reason=reason, on_step=_Steps(language))
    out.print(
        texts(language, "publish.done", release=outcome.release, added=outcome.added, removed=outcome.removed),
        highlight=False,
    )


@app.command()
def ask(
    name: Annotated[str, typer.Argument(help="A question's id, such as CQ01; none lists them.")] = "",
    parameters: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Fill in a parameter.")
    ] = None,
    format_: Annotated[str, typer.Option("--format", help="table, csv, tsv, json or xml.")] = "table",
    data: Data = None,
    lang: Lang = "",
) -> None:
    """Answer a named question from the current release."""
    import difflib

    from pyoxigraph import QueryResultsFormat

    from prossima import questions
    from prossima.releases import Shelf

    language, settings = _started(lang, data=data)
    known = questions.questions()
    if not name:
        for question in known.values():
            out.print(Text.assemble((question.id, "bold"), f"  {question.title[language]}"), highlight=False)
        return
    asked = known.get(re.sub(r"^CQ(\d)$", r"CQ0\1", name.upper()))
    if asked is None:
        close = difflib.get_close_matches(name.upper(), known, n=1)
        hint = texts(language, "ask.close", name=close[0]) if close else ""
        err.print(texts(language, "ask.unknown_question", name=name, close=hint), style="red", highlight=False)
        raise typer.Exit(2)
    release = Shelf(settings.data).current()
    if release is None:
        err.print(texts(language, "ask.no_release", data=settings.data), style="red", highlight=False)
        raise typer.Exit(2)
    given = dict(part.partition("=")[::2] for part in parameters or [])
    try:
        found = questions.answer(asked, release.store(), given, language)
    except questions.ParameterError as error:
        expected = ", ".join(asked.parameters) or "-"
        wrong = asked.parameters.get(error.name)
        why = texts(language, f"ask.why.{wrong.type if wrong else 'unknown'}", value=given[error.name])
        words = texts(language, "ask.bad_parameter", name=error.name, detail=why, expected=expected)
        err.print(words, style="red", highlight=False)
        raise typer.Exit(2) from None
    if format_ != "table":
        wanted = QueryResultsFormat.from_extension({"xml": "srx", "json": "srj"}.get(format_, format_))
        if wanted is None:
            raise typer.BadParameter("table | csv | tsv | json | xml", param_hint="--format")
        sys.stdout.buffer.write(found.serialize(format=wanted) or b"")
        return
    _print_answer(asked, found, release, language)


def _print_answer(question: Question, found: QuerySolutions, release: Release, language: str) -> None:
    from prossima.answers import in_words
    from prossima.words import Words

    words = Words(release.store(), language)
    answer = in_words(question, found, words)
    out.print(question.title[language], style="bold", highlight=False)
    table = Table(header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in answer.headings:
        table.add_column(heading, overflow="fold")
    for row in answer.rows:
        cells = []
        for cell in row:
            if cell.searched is None:
                cells.append(Text(cell.text))
            else:
                sources = "; ".join(words.label(iri) for iri in cell.searched)
                cells.append(Text(texts(language, "ask.not_known", sources=sources), style="dim"))
        table.add_row(*cells)
    out.print(table if answer.rows else texts(language, "ask.none"), highlight=False)
    rows = len(answer.rows)
    count = texts(language, f"ask.rows.{'one' if rows == 1 else 'many'}", n=rows, release=release.number)
    out.print(count, style="dim", highlight=False)


@app.command()
def serve(
    publish_first: Annotated[
        list[Path] | None, typer.Argument(metavar="[INPUTS]...", help="Published first, where changed.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    data: Data = None,
    time_limit: Annotated[float | None, typer.Option(help="Seconds a query may run.")] = None,
    workers: Annotated[int | None, typer.Option(help="Query processes kept ready.")] = None,
    lang: Lang = "",
) -> None:
    """Serve the current release: pages, SPARQL, linked data. Follows later publications by itself."""
    language, settings = _started(lang, host=host, port=port, data=data, time_limit=time_limit, workers=workers)
    if publish_first:
        code = _publish(publish_first, settings, language)
        if code:
            raise typer.Exit(code)
    from prossima.web import server

    raise typer.Exit(server.run(settings, texts, language))


class _Steps:
    """Tells each step of a publication as it begins: on a terminal one line that changes, else nothing."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.terminal = err.is_terminal

    def __call__(self, step: str) -> None:
        if self.terminal:
            words = texts(self.language, f"step.{step}")
            end = "\r" if step == "switch" else ""
            sys.stderr.write(f"\r\x1b[2K{words} ..." + end)
            sys.stderr.flush()
            if step == "switch":
                sys.stderr.write("\x1b[2K")


@contextmanager
def _progress(first: str) -> Iterator[Any]:
    with err.status(first + " ...") as status:
        yield lambda words: status.update(words + " ...")
