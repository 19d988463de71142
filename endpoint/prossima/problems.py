"""Problems found in what is contributed: what is wrong, where, and how to mend it, in Italian and English.

The texts are knowledge, not code: each check has its name, severity, message and remedy in
`shapes/checks.ttl`, with `{placeholders}` filled here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from pyoxigraph import Literal, NamedNode

from prossima.vocabulary import SHAPES, knowledge, text_of, triples


class Severity(IntEnum):
    """How bad it is: UNUSABLE input cannot be read at all; the others are SHACL's three."""

    INFO = 0
    WARNING = 1
    VIOLATION = 2
    UNUSABLE = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """A place in a table: file name, row as a spreadsheet counts it (the header is row 1), column header; the sheet
    of a workbook."""

    file: str
    row: int | None = None
    column: str | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. `message` and `remedy` by language; `focus`, `path` and `component` (the local name of a SHACL
    constraint component) when it is about a graph. example: a right value. standing: whether it was so before the
    contribution, which is then not held back by it.

    hides: a pattern of the IRIs of what it keeps from being read. follows: a cell whose own problem would
    explain this one. What follows from a problem is not told beside it.
    """

    check: str
    severity: Severity
    message: Mapping[str, str]
    remedy: Mapping[str, str]
    cell: Cell | None = None
    value: str | None = None
    focus: str | None = None
    path: str | None = None
    hides: str | None = None
    follows: Cell | None = None
    component: str | None = None
    example: str | None = None
    standing: bool = False

    @property
    def blocks(self) -> bool:
        """Whether a publication must stop for it."""
        return self.severity >= Severity.VIOLATION and not self.standing


@dataclass(frozen=True, slots=True)
class Check:
    """A check as `shapes/checks.ttl` describes it."""

    name: str
    severity: Severity
    message: Mapping[str, str]
    remedy: Mapping[str, str]


@cache
def checks() -> dict[str, Check]:
    """All checks, by name."""
    severity: dict[str, Severity] = {}
    texts: dict[str, dict[str, dict[str, str]]] = {}
    for triple in triples(knowledge() / "shapes" / "checks.ttl"):
        assert isinstance(triple.subject, NamedNode)
        name = triple.subject.value.removeprefix(SHAPES)
        local = triple.predicate.value.rpartition("#")[2]
        if local == "severity":
            severity[name] = Severity[text_of(triple.object).rpartition("#")[2].upper()]
        elif local in ("message", "remedy") and isinstance(triple.object, Literal):
            texts.setdefault(name, {}).setdefault(local, {})[triple.object.language or "en"] = triple.object.value
    return {name: Check(name, severity[name], **found) for name, found in texts.items()}


def problem(
    name: str,
    cell: Cell | None = None,
    *,
    focus: str | None = None,
    path: str | None = None,
    hides: str | None = None,
    follows: Cell | None = None,
    **values: object,
) -> Problem:
    """The problem that check `name` reports at `cell`, its texts filled with `values`.

    A value that is a mapping gives the words of each language; None is an empty text.
    """
    check = checks()[name]

    filled = {"suggestion": None, **values}

    def said(texts: Mapping[str, str]) -> dict[str, str]:
        return {
            language: text.format_map({name: _in(language, value) for name, value in filled.items()}).strip()
            for language, text in texts.items()
        }

    return Problem(
        check=name,
        severity=check.severity,
        message=said(check.message),
        remedy=said(check.remedy),
        cell=cell,
        value=str(values["value"]) if "value" in values else None,
        focus=focus,
        path=path,
        hides=hides,
        follows=follows,
    )


def perhaps(word: str | None, meaning: str = "") -> dict[str, str]:
    """A suggestion in the words of each language, with what it stands for; empty when there is none."""
    if not word:
        return {"it": "", "en": ""}
    meant = f" ({meaning})" if meaning else ""
    return {"it": f"Forse «{word}»{meant}? ", "en": f'Perhaps "{word}"{meant}? '}


def _in(language: str, value: object) -> str:
    if isinstance(value, Mapping):
        return str(value[language])
    return "" if value is None else str(value)
