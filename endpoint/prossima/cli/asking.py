"""The command that asks the named questions."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from prossima.cli.base import Data, Lang, app, err, out, started, texts

if TYPE_CHECKING:
    from pyoxigraph import QuerySolutions

    from prossima.questions import Question
    from prossima.releases import Release


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

    language, settings = started(lang, data=data)
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
