"""Commands that publish and serve releases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from prossima.cli.base import Data, Inputs, Lang, Reason, Steps, app, err, make_folder, out, started, texts
from prossima.settings import Settings


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
    language, settings = started(lang, data=data)
    code = _publish(inputs, settings, language, reason=reason, raw=raw, dry_run=dry_run)
    raise typer.Exit(code)


def _publish(inputs: list[Path], settings: Settings, language: str, **options: Any) -> int:
    from prossima import releases
    from prossima.validation.reports.terminal import printed

    make_folder(settings.data)
    outcome = releases.publish(inputs, settings, on_step=Steps(language), **options)
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

    language, settings = started(lang, data=data)
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

    language, settings = started(lang, data=data)
    make_folder(settings.data)
    outcome = releases.rollback(number, settings, reason=reason, on_step=Steps(language))
    out.print(
        texts(language, "publish.done", release=outcome.release, added=outcome.added, removed=outcome.removed),
        highlight=False,
    )


@app.command()
def serve(
    publish_first: Annotated[
        list[Path] | None, typer.Argument(metavar="[INPUTS]...", help="Published first, where changed.")
    ] = None,
    scratch: Annotated[
        bool,
        typer.Option("--scratch", help="Serve RDF files as they are, with updates; thrown away at the end."),
    ] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    data: Data = None,
    time_limit: Annotated[float | None, typer.Option(help="Seconds a query may run.")] = None,
    workers: Annotated[int | None, typer.Option(help="Query processes kept ready.")] = None,
    lang: Lang = "",
) -> None:
    """Serve the current release: pages, SPARQL, linked data. Follows later publications by itself."""
    language, settings = started(lang, host=host, port=port, data=data, time_limit=time_limit, workers=workers)
    if publish_first and not scratch:
        code = _publish(publish_first, settings, language)
        if code:
            raise typer.Exit(code)
    from prossima.web import server

    if scratch:
        raise typer.Exit(server.run_scratch(publish_first or [], settings, texts, language))
    raise typer.Exit(server.run(settings, texts, language))
