"""Tables read by their schemas: rows of trimmed cells, and a problem, at its place, for whatever cannot be read."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from prossima.problems import Cell, Problem, Severity, perhaps, problem
from prossima.tables.schema import Column, Schema, closest

# A cell may hold a long text: how long is the gate's to say, not the reader's.
csv.field_size_limit(2**31 - 1)
# What no text of ours holds, and XML cannot: a copy from another program left it.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
# What has no width, and comes along with what is copied from a web page: it is left out without a word.
_UNSEEN = re.compile("[\u200b\u2060\ufeff]")
# Text in UTF-8 that some program took for Windows-1252: «cittÃ », «perchÃ©», «lâ€™orto»; a letter that was lost.
_HIGH = "\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_MOJIBAKE = re.compile(rf"Ã[{_HIGH}]|(?<=[a-z])Ã(?: (?=[\s.,;:!?)]|$)|(?=\s|$))|Â[\x80-\xbf]|â[\x80€][{_HIGH}]")
_LOST = "\ufffd"
# How a row begins that is for people only.
REMARK = "# "
# The first line by which Excel is told the delimiter. It shows no such row, and counts none.
_DELIMITER_TOLD = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """A row: its number as a spreadsheet counts it, and the text of each non-empty cell by column name.

    ragged: the problem of a row that has more or fewer cells than the header; its cells are guesses.
    """

    number: int
    cells: dict[str, str]
    ragged: Problem | None = None

    def values(self, column: Column) -> list[str]:
        """The cell's values: split at the column's separator, trimmed, empty ones left out."""
        text = self.cells.get(column.name, "")
        parts = text.split(column.separator) if column.separator else [text]
        return [part.strip() for part in parts if part.strip()]


@dataclass
class Table:
    """A table as read: rows under a schema, and the problems met on the way (those of ragged rows are theirs).

    file: the path of the file; sheet: the name of the sheet in it, for workbooks. places: which position in a line
    each column has, from 0, as the header says; titles: the header's own words by position; header: its row.
    """

    file: str
    schema: Schema
    sheet: str | None = None
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    titles: list[str] = field(default_factory=list)
    header: int = 1

    @property
    def name(self) -> str:
        """What its author calls it: the sheet's name, or the file's without its folder."""
        return self.sheet or Path(self.file).name

    def position(self, column: str) -> int | None:
        """Where a column stands, from 0, by its name or by what the header calls it."""
        if column in self.titles:
            return self.titles.index(column)
        return self.places.get(column)

    @property
    def usable(self) -> bool:
        """Whether it could be read at all."""
        return all(found.severity < Severity.UNUSABLE for found in self.problems)

    def cell(self, row: int | None = None, column: str | None = None) -> Cell:
        """A place in it."""
        return Cell(self.file, row, column, self.sheet)


def read(path: Path, schema: Schema) -> Table:
    """The table in a CSV file. Unreadable input gives a table with no rows and one problem that says why."""
    table = Table(str(path), schema)
    lines = read_lines(path, table, schema)
    if lines is not None:
        read_rows(table, lines)
    return table


def read_lines(path: Path, table: Table, schema: Schema) -> list[list[str]] | None:
    """The lines of a CSV file, delimited as its header shows; None, and a problem, where they cannot be read."""
    text = _decoded(path, table)
    if text is None:
        return None
    lines: list[list[str]] = []
    told = _DELIMITER_TOLD.match(text)
    delimiter = told[1] if told else _delimiter(text, schema)
    reader = csv.reader(io.StringIO(text[told.end() if told else 0 :], newline=""), delimiter=delimiter, strict=True)
    try:
        for line in reader:
            lines.append(line)
    except csv.Error:
        # The row where a quote was opened and never closed is the one after the last that was read whole.
        table.problems.append(problem("malformed-table", table.cell(len(lines) + 1)))
        return None
    return lines


def read_rows(table: Table, lines: list[list[str]]) -> None:
    """Read the lines, the first of which is row 1, into the table: the header is the first that is not empty."""
    first = next((number for number, cells in enumerate(lines) if _filled(cells)), 0)
    cells = lines[first] if lines else []
    table.header, table.titles = first + 1, [" ".join(_UNSEEN.sub("", title).split()) for title in cells]
    header = _header(table.titles, table.cell(first + 1), lines[first + 1 :], table)
    if header is None:
        return
    table.places = {column.name: at for at, column in enumerate(header) if column}
    for number, cells in enumerate(lines[first + 1 :], start=first + 2):
        if not _filled(cells) or cells[0].startswith(REMARK):
            continue
        filled = {}
        for column, cell in zip(header, cells, strict=False):
            if column and cell.strip():
                filled[column.name] = column.chosen(_plain(cell, table, table.cell(number, column.name)))
        ragged = None
        if len(cells) != len(header):
            ragged = problem("ragged-row", table.cell(number), got=len(cells), expected=len(header))
        table.rows.append(Row(number, filled, ragged))


def _plain(text: str, table: Table, cell: Cell) -> str:
    """A cell's text without what it should not hold, which is told: garbled letters are read as what they were."""
    plain = _UNSEEN.sub("", text)
    if _CONTROL.search(plain):
        table.problems.append(problem("control-character", cell))
        plain = _CONTROL.sub("", plain)
    mended = _MOJIBAKE.sub(_as_it_was, plain)
    if mended != plain or _LOST in plain:
        suggestion = perhaps(mended.strip() if _LOST not in plain else None)
        table.problems.append(problem("mojibake", cell, suggestion=suggestion, value=plain.strip()))
    return mended.strip()


def _as_it_was(garbled: re.Match[str]) -> str:
    """The letters that were in the place of these; of «Ã» alone, whose second half was a space, an «à»."""
    if garbled[0].strip() == "Ã":
        return "à"
    data = b"".join(bytes([ord(c)]) if ord(c) < 256 else c.encode("cp1252") for c in garbled[0])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return garbled[0]


def _filled(cells: list[str]) -> bool:
    return any(cell.strip() for cell in cells)


def _decoded(path: Path, table: Table) -> str | None:
    try:
        data = path.read_bytes()
    except OSError as error:
        table.problems.append(problem("unreadable-file", table.cell(), detail=error.strerror))
        return None
    wrong = data.find(b"\0")  # what UTF-16 leaves
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wrong = min(wrong, error.start) if wrong >= 0 else error.start
    if wrong >= 0:
        table.problems.append(problem("not-utf8", table.cell(data[:wrong].count(b"\n") + 1)))
        return None
    return text


def _delimiter(text: str, schema: Schema) -> str:
    """The delimiter that makes most known columns of the header: Italian spreadsheets write semicolons."""
    first = next((line for line in text.splitlines() if line.strip(" \t,;")), "")

    def known(delimiter: str) -> int:
        return sum(cell.strip().strip('"').casefold() in schema.by_title for cell in first.split(delimiter))

    return max((",", ";", "\t"), key=known)


def _header(titles: list[str], row: Cell, below: list[list[str]], table: Table) -> list[Column | None] | None:
    """The column of each header cell (None for a column not foreseen); None when this is no header.

    A misspelt column is reported, and read as the one it is closest to: else all its cells would seem missing.
    """
    schema = table.schema
    found = [schema.by_title.get(title.casefold()) for title in titles]
    names = ", ".join(column.name for column in schema.real)
    if sum(column is not None for column in found) * 2 < sum(bool(title) for title in titles) or not any(found):
        table.problems.append(problem("lost-header", row, expected=names))
        return None
    seen: set[str] = set()
    for at, (title, column) in enumerate(zip(titles, found, strict=True)):
        if column and column.name in seen:
            table.problems.append(problem("repeated-column", replace(row, column=title), value=title))
            found[at] = None
        elif column:
            seen.add(column.name)
    for at, (title, column) in enumerate(zip(titles, found, strict=True)):
        if column or title.casefold() in schema.by_title:
            continue
        if title:
            absent = {name: column for name, column in schema.by_title.items() if column.name not in seen}
            meant = closest(title.casefold(), absent)
            place = replace(row, column=title)
            table.problems.append(
                problem("unknown-column", place, suggestion=perhaps(meant), value=title, expected=names)
            )
            if meant:
                found[at] = absent[meant]
                seen.add(absent[meant].name)
        elif any(len(cells) > at and cells[at].strip() for cells in below):
            table.problems.append(problem("nameless-column", row, value=at + 1, expected=names))
    missing = [column.name for column in schema.real if column.required and column.name not in seen]
    for name in missing:
        table.problems.append(problem("missing-column", replace(row, column=name), value=name))
    return None if missing else found
