"""The quality of districts on a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyoxigraph import NamedNode, Store
from rich.table import Table
from rich.text import Text

from prossima.cli.base import out, texts
from prossima.problems import Problem, Severity
from prossima.quality import Field, Kind, Quality, quality
from prossima.releases import Release
from prossima.validation.audit import audit
from prossima.vocabulary import DCTERMS, RDF, text_of

_WIDTH = 30
_STYLES = {"known": "cyan", "none": "blue", "unknown": "yellow", "silent": "bright_black"}


@dataclass(frozen=True)
class Measured:
    """A district's quality, and what is to be mended in it."""

    id: str
    quality: Quality
    problems: list[Problem]

    def as_dict(self) -> dict[str, Any]:
        found = [
            {"check": p.check, "severity": p.severity.name.lower(), "focus": p.focus, "message": dict(p.message)}
            for p in self.problems
        ]
        return {"id": self.id, **self.quality.as_dict(), "problems": found}


def districts(store: Store) -> dict[str, str]:
    """The base IRI of each district of a release, by id."""
    found = {}
    for quad in store.quads_for_pattern(None, RDF("type"), NamedNode("http://www.w3.org/ns/dcat#Dataset"), None):
        for named in store.quads_for_pattern(quad.subject, DCTERMS("identifier"), None, None):
            found[text_of(named.object)] = text_of(quad.subject)
    return found


def measured(release: Release, wanted: dict[str, str], as_of: str) -> list[Measured]:
    """These districts of a release, by id and base IRI."""
    store = release.store()
    report = audit(store, release.store(inference=False), as_of)
    return [
        Measured(id_, quality(store, base), [p for p in report.problems if (p.focus or "").startswith(base)])
        for id_, base in sorted(wanted.items())
    ]


def printed(found: Measured, language: str) -> None:
    """Print a district's quality, what is least complete in sight."""
    said = found.quality
    out.print(Text(f"\n{found.id}", style="bold"), f"({texts(language, 'check.as_of', date=said.as_of or '?')})")
    total = sum(said.facts.values())
    table = _grid(2)
    for name, number in said.facts.items():
        table.add_row(texts(language, f"check.confidence.{name}"), _bar(number, total, "cyan"), f"{number}")
    out.print(texts(language, "check.facts", n=total), style="bold", highlight=False)
    out.print(table, highlight=False)
    out.print(texts(language, "check.complete"), style="bold", highlight=False)
    kinds = _grid(1)
    for kind in said.kinds:
        kinds.add_row(kind.title[language], str(kind.things), _stack(kind), _least(kind, language))
    out.print(kinds, highlight=False)
    open_ = {"disagreements": len(said.disagreements), "unknowns": len(said.unknowns)}
    counts = {severity: sum(p.severity is severity for p in found.problems) for severity in Severity}
    problems = counts[Severity.VIOLATION], counts[Severity.WARNING], counts[Severity.INFO]
    out.print(texts(language, "check.open", **open_), highlight=False)
    words = dict(zip(("violations", "warnings", "notes"), problems, strict=True))
    out.print(texts(language, "check.problems", **words), highlight=False)
    for problem in found.problems:
        if problem.severity >= Severity.WARNING:
            out.print(Text(f"  {problem.message[language]}"), Text(f"<{problem.focus}>", style="dim"), highlight=False)


def _grid(number: int) -> Table:
    """A table whose column of this number, from 0, holds numbers."""
    table = Table.grid(padding=(0, 2))
    for column in range(3):
        table.add_column(justify="right" if column == number else "left")
    return table


def _bar(number: int, total: int, style: str) -> Text:
    filled = round(_WIDTH * number / max(1, total))
    return Text("█" * filled, style=style) + Text("░" * (_WIDTH - filled), style="bright_black")


def _stack(kind: Kind) -> Text:
    """All cells of a table by state, as wide for every table."""
    parts = {state: sum(getattr(field, state) for field in kind.fields) for state in _STYLES}
    total, upto, found = max(1, sum(parts.values())), 0, Text()
    for state, style in _STYLES.items():
        begins = round(_WIDTH * upto / total)
        upto += parts[state]
        found.append(("░" if state == "silent" else "█") * (round(_WIDTH * upto / total) - begins), style=style)
    return found


def _least(kind: Kind, language: str) -> str:
    """The columns that are least filled."""
    least: list[Field] = sorted(kind.fields, key=lambda field: field.share)[:3]
    words = ", ".join(f"{field.title[language]} {field.known}/{field.total}" for field in least if field.share < 1)
    return texts(language, "check.least", fields=words) if words else ""
