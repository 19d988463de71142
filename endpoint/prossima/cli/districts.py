"""Commands of a district: a new one, spreadsheets in and out, checks. None needs a server or a release."""

from __future__ import annotations

import datetime
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from prossima.cli.base import Data, Lang, app, err, out, progress, started, texts

Given = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUTS...",
        help="District folders, workbooks (.xlsx .ods), tables (.csv), RDF files, addresses, a release; - reads the "
        "standard input.",
    ),
]
AsOf = Annotated[
    str, typer.Option("--as-of", metavar="DATE", help="Day from which the age of facts is counted; today by default.")
]
# An RDF file of more bytes than these is judged on disk.
_LARGE = 20_000_000
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write there instead.")]


def day(told: str) -> str:
    """A day in ISO 8601: that which is told, or today."""
    try:
        return datetime.date.fromisoformat(told).isoformat() if told else datetime.date.today().isoformat()
    except ValueError:
        raise typer.BadParameter("2026-11-23", param_hint="--as-of") from None


@app.command()
def validate(
    inputs: Given,
    lang: Lang = "",
    engine: Annotated[str, typer.Option(help="SHACL engine: fast, or reference (pySHACL).")] = "fast",
    details: Annotated[bool, typer.Option("--details", help="Show notes too.")] = False,
    format_: Annotated[
        str, typer.Option("--format", help="terminal, html, json, turtle, jsonld, github or gitlab.")
    ] = "terminal",
    output: Output = None,
    marked: Annotated[
        Path | None, typer.Option("--marked", metavar="FILE", help="Write the spreadsheet too, its cells marked.")
    ] = None,
    data: Annotated[
        str | None, typer.Option("--data", metavar="PATH", help="Judge together with the release published there.")
    ] = None,
    kind: Annotated[str, typer.Option("--as", metavar="KIND", help="What has no ending is: ttl, nq, csv ...")] = "",
    as_of: AsOf = "",
) -> None:
    """Check district folders and files. Exit code: 0 good (warnings allowed), 1 violations, 2 unusable input."""
    from prossima import files
    from prossima import inputs as given
    from prossima.fetching import local
    from prossima.problems import Problem
    from prossima.releases import Shelf, release_in, said_before
    from prossima.statements import Contribution
    from prossima.validation import check
    from prossima.validation.audit import audit, audit_file
    from prossima.validation.engines import ENGINES
    from prossima.validation.reports import FORMATS
    from prossima.validation.reports.marked import marked as mark
    from prossima.validation.reports.terminal import printed

    if engine not in ENGINES:
        raise typer.BadParameter(" | ".join(ENGINES), param_hint="--engine")
    if format_ != "terminal" and format_ not in FORMATS:
        raise typer.BadParameter(" | ".join(["terminal", *FORMATS]), param_hint="--format")
    tables = [name for name in inputs if given.has_cells(name, kind)]
    if marked and not tables:
        raise typer.BadParameter(" | ".join(given.CELLS), param_hint="--marked")
    language, settings = started(lang, data=data)
    as_of = day(as_of)
    contribution, audited = Contribution(), []
    with progress(texts(language, "step.read")) as at, ExitStack() as open_:

        def step(name: str) -> None:
            at(texts(language, f"step.{name}"))

        paths: list[Path] = []
        names: dict[str, str] = {}
        seen: set[Path] = set()
        for name in inputs:
            path = open_.enter_context(local(name, kind))
            if isinstance(path, Problem):
                contribution.problems.append(path)
                continue
            if release := release_in(path):
                at(texts(language, "step.check"))
                audited.append(audit(release.store(), release.store(inference=False), as_of, step))
                continue
            if files.rdf_format(path) and path.is_file() and path.stat().st_size > _LARGE and not data:
                try:
                    audited.append(audit_file(path, as_of, step))
                    continue
                except (SyntaxError, ValueError, OSError):
                    pass  # read as any other file, it tells what is wrong
            paths.append(path)
            if str(path) != name and not given.is_folder(path):
                names[str(path)] = name
            # A district is read once, of however many of its tables is asked.
            whole = (given.district_of(path) or path).absolute()
            if whole not in seen:
                seen.add(whole)
                contribution.extend(given.read(path, tables=True))
        at(texts(language, "step.check"))
        current = Shelf(settings.data).current() if data else None
        published = current.store() if current else None
        if data and not current:
            err.print(texts(language, "ask.no_release", data=settings.data), highlight=False)
        replaced = said_before(published, contribution.groups())[0] if published else set()
        report = check(contribution, published, engine=engine, replaced=replaced, as_of=as_of)
        report.problems = given.of_paths(report.problems, paths)
        for other in audited:
            report.problems += other.problems
            report.statements += other.statements
        if marked and (markable := [path for path in paths if path.exists() and given.has_cells(str(path))]):
            where = mark(report, markable[0], marked, language)
            err.print(texts(language, "validate.marked", file=where), highlight=False)
        report.problems = given.as_given(report.problems, names)
        text = FORMATS[format_](report, language) if format_ != "terminal" else ""
    if format_ != "terminal":
        if output:
            output.write_text(text, encoding="utf-8")
        else:
            sys.stdout.write(text)
    elif output:
        with output.open("w", encoding="utf-8") as file:
            printed(report, texts, language, Console(file=file, width=100, markup=False, emoji=False), details=details)
    else:
        printed(report, texts, language, out, details=details)
    raise typer.Exit(report.exit_code)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Short name of the district: lower case and hyphens.")],
    into: Annotated[Path | None, typer.Option("--into", help="Folder to make; by default the name.")] = None,
    base: Annotated[str, typer.Option(help="How the addresses of things begin; ends with a slash.")] = "",
    lang: Lang = "",
) -> None:
    """Begin a district: a folder with the empty tables, and a workbook to fill in instead."""
    import re
    import shutil

    from prossima import workbook
    from prossima.vocabulary import ROOT, knowledge

    language, _ = started(lang)
    folder = into or Path(name)
    book = folder.with_name(f"{folder.name}.xlsx")
    if not re.fullmatch("[a-z0-9][a-z0-9-]*", name):
        err.print(texts(language, "new.name", name=name), style="red", highlight=False)
        raise typer.Exit(2)
    for path in (folder, book):
        if path.exists():
            err.print(texts(language, "new.exists", path=path), style="red", highlight=False)
            raise typer.Exit(2)
    template = workbook.collected(knowledge() / "kb" / "template")
    said = {**(template.said or {}), "id": name, "base": base or f"{ROOT}id/{name}/", "as_of": datetime.date.today()}
    said["name"] = {tag: texts(tag, "new.title", name=name.replace("-", " ").title()) for tag in ("it", "en")}
    shutil.copytree(knowledge() / "kb" / "template", folder)
    (folder / "district.toml").write_text(workbook.as_toml(said), encoding="utf-8")
    workbook.write(book, said, template.tables, language, example=True)
    out.print(texts(language, "new.done", folder=folder, book=book), highlight=False)


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="Workbook (.xlsx .ods) or table (.csv).")],
    into: Annotated[Path, typer.Option("--into", metavar="FOLDER", help="The district's folder.")],
    marked: Annotated[
        Path | None, typer.Option("--marked", metavar="FILE", help="Where to write the marked copy, if it is not good.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Import although there are violations to mend.")] = False,
    lang: Lang = "",
) -> None:
    """Check a workbook and write its sheets as the tables of a district's folder."""
    from prossima import workbook
    from prossima.problems import Severity
    from prossima.validation import check
    from prossima.validation.reports.marked import marked as mark
    from prossima.validation.reports.terminal import printed

    language, _ = started(lang)
    with progress(texts(language, "step.read")) as at:
        book = workbook.opened(source, workbook.own_schemas(into))
        contribution = workbook.proposed(book, into)
        at(texts(language, "step.check"))
        report = check(contribution)
    printed(report, texts, language, err, details=False, ready=False)
    if report.blocks and (report.worst is Severity.UNUSABLE or not force):
        target = marked or source.with_stem(f"{source.stem}-{texts(language, 'import.stem')}")
        where = mark(report, source, target, language)
        err.print(texts(language, "import.refused", file=where), style="bold", highlight=False)
        raise typer.Exit(report.exit_code)
    written = workbook.save(book, into)
    out.print(texts(language, "import.done", n=len(written), folder=into), highlight=False)


@app.command()
def export(
    district_: Annotated[
        str, typer.Argument(metavar="DISTRICT", help="A district's folder, or its id in the current release.")
    ],
    output: Output = None,
    data: Data = None,
    lang: Lang = "",
) -> None:
    """Write the current facts of a district as a workbook."""
    from prossima import workbook
    from prossima.releases import Shelf
    from prossima.validation import Report
    from prossima.validation.reports.terminal import printed

    language, settings = started(lang, data=data)
    release = Shelf(settings.data).current()
    kept = release.sources() if release else []
    book = workbook.found(district_, [Path(district_)] if Path(district_).is_dir() else kept)
    if book is None:
        err.print(texts(language, "export.unknown", name=district_, data=settings.data), style="red", highlight=False)
        raise typer.Exit(2)
    if not all(table.usable for table in book.tables.values()) or any(p.blocks for p in book.problems):
        printed(Report(book.problems), texts, language, err)
        raise typer.Exit(2)
    target = output or Path(f"{(book.said or {}).get('id', 'export')}.xlsx")
    workbook.write(target, book.said or {}, book.tables, language, example=False)
    rows = sum(len(table.rows) for table in book.tables.values())
    out.print(texts(language, "export.done", file=target, rows=rows), highlight=False)
    if beside := workbook.beside(book.path):
        out.print(texts(language, "export.beside", files=", ".join(beside)), highlight=False)


@app.command()
def check(
    districts: Annotated[
        list[str] | None, typer.Argument(metavar="[DISTRICTS]...", help="Ids; by default all that are published.")
    ] = None,
    data: Data = None,
    format_: Annotated[str, typer.Option("--format", help="terminal or json.")] = "terminal",
    as_of: AsOf = "",
    lang: Lang = "",
) -> None:
    """Tell how good the published data are: how complete, sure and fresh, and what stands to be mended."""
    import json

    from prossima.cli.quality import districts as published
    from prossima.cli.quality import measured, printed
    from prossima.releases import Shelf

    if format_ not in ("terminal", "json"):
        raise typer.BadParameter("terminal | json", param_hint="--format")
    language, settings = started(lang, data=data)
    as_of = day(as_of)
    release = Shelf(settings.data).current()
    if release is None:
        err.print(texts(language, "ask.no_release", data=settings.data), style="red", highlight=False)
        raise typer.Exit(2)
    there = published(release.store())
    missing = [name for name in dict.fromkeys(districts or []) if name not in there]
    for name in missing:
        err.print(texts(language, "export.unknown", name=name, data=settings.data), style="red", highlight=False)
    if missing:
        raise typer.Exit(2)
    with progress(texts(language, "step.check")):
        found = measured(release, {id_: base for id_, base in there.items() if id_ in (districts or there)}, as_of)
    if format_ == "json":
        sys.stdout.write(json.dumps([one.as_dict() for one in found], ensure_ascii=False, indent=2) + "\n")
        return
    for one in found:
        printed(one, language)
