"""A question's answer in words: what `prossima ask` and the question's page show."""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, QuerySolutions

from prossima import dates
from prossima.questions import SEARCHED, Question
from prossima.words import Words


@dataclass(frozen=True)
class Cell:
    """One cell: its text; the IRI of the thing it names, or of the things; where an unknown was looked for."""

    text: str
    iri: str | None = None
    things: tuple[str, ...] = ()
    searched: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Answer:
    """The answer as a table: headings and rows."""

    headings: list[str]
    rows: list[list[Cell]]


def in_words(question: Question, found: QuerySolutions, words: Words) -> Answer:
    """The solutions as a table in the language of `words`."""
    names = [variable.value for variable in found.variables]
    shown = question.shown(names)
    rows = []
    for solution in found:
        row = []
        for name in shown:
            searched = solution[name + SEARCHED] if name + SEARCHED in names else None
            row.append(_cell(solution[name], question.kind(name), searched, words))
        rows.append(row)
    return Answer([question.column(name, words.language) for name in shown], rows)


def _cell(term: object, kind: str | None, searched: object, words: Words) -> Cell:
    if isinstance(term, NamedNode):
        return Cell(words.label(term.value), term.value)
    if isinstance(term, Literal):
        if kind == "period":
            return Cell(dates.words(term.value, words.language))
        if kind == "things":
            things = tuple(sorted(term.value.split(), key=words.label))
            return Cell("; ".join(words.label(iri) for iri in things), things=things)
        return Cell(words.literal(term))
    if isinstance(searched, Literal) and searched.value:
        return Cell("", searched=tuple(sorted(searched.value.split())))
    return Cell("")
