"""Claims: the lines of a companion table that give single cells their own sources, confidence and notes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from prossima.problems import Cell
from prossima.tables import Column, Row, Schema
from prossima.vocabulary import SCHEME

# What a claim may speak of besides a column: that the thing exists at all.
EXISTENCE = ("type", "class")
# How sure a value is that only a claim gives: the row's own cell does not hold it.
ADDING = ("conflicting", "inferred")
# The columns of claims that point at something; those of rows are in their schemas.
CLAIM_SOURCES = Column("sources", value="{+sources}", separator=";")
CLAIM_CONFIDENCE = Column("confidence", value=SCHEME + "confidence/{+confidence}")


@dataclass(frozen=True)
class Claim:
    """A line of a claims table: what it says about one field (or one value) of one row, and the cell of a
    column of that line."""

    value: str | None
    sources: frozenset[str]
    confidence: str | None
    notes: tuple[tuple[str, str], ...]
    row: Cell

    def cell(self, column: str) -> Cell:
        return replace(self.row, column=column)


def plain_claim(row: Row, schema: Schema) -> Row:
    """A row of claims on a table of this schema with names and values in place of titles and labels."""
    cells = dict(row.cells)
    about = schema.by_title.get(cells.get("field", "").casefold())
    if about:
        cells["field"] = about.name
    for name, column in (("value", about), ("confidence", CLAIM_CONFIDENCE)):
        if column and name in cells:
            cells[name] = column.chosen(cells[name])
    return replace(row, cells=cells)


def claimed_field(name: str) -> str:
    """The field a claim is filed under: `type` and `class` both speak of the thing's existence."""
    return "class" if name in EXISTENCE else name
