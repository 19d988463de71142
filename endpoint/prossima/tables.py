"""Tables: CSV files read by their CSVW schemas (W3C Metadata Vocabulary for Tabular Data).

A schema of ours (`ontology/tables/*.json`) says which columns a table has and what each becomes. Reading
gives rows of trimmed cells, and a problem, at its row and column, for whatever cannot be read.
"""

from __future__ import annotations

import csv
import difflib
import io
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from prossima.problems import Cell, Problem, Severity, perhaps, problem
from prossima.vocabulary import TABLES, knowledge

# A cell may hold a long text: how long is the gate's to say, not the reader's.
csv.field_size_limit(2**31 - 1)
# The first line by which Excel is told the delimiter. It shows no such row, and counts none.
_DELIMITER_TOLD = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """One column of a schema, in CSVW's terms; `base` and `kind` are its datatype's base and own IRI."""

    name: str
    titles: dict[str, str] = field(default_factory=dict)
    required: bool = False
    virtual: bool = False
    suppressed: bool = False
    about: str | None = None
    property: str | None = None
    value: str | None = None
    separator: str | None = None
    language: str | None = None
    base: str = "string"
    kind: str | None = None
    pattern: str | None = None

    @classmethod
    def of(cls, described: dict[str, Any]) -> Column:
        datatype = described.get("datatype", "string")
        if isinstance(datatype, str):
            datatype = {"base": datatype}
        return cls(
            name=described["name"],
            titles=described.get("titles", {}),
            required=described.get("required", False),
            virtual=described.get("virtual", False),
            suppressed=described.get("suppressOutput", False),
            about=described.get("aboutUrl"),
            property=described.get("propertyUrl"),
            value=described.get("valueUrl"),
            separator=described.get("separator"),
            language=described.get("lang"),
            base=datatype.get("base", "string"),
            kind=datatype.get("@id"),
            pattern=datatype.get("format"),
        )


@dataclass(frozen=True)
class Schema:
    """The columns of a kind of table, and how a row's subject is named."""

    name: str
    about: str
    columns: tuple[Column, ...]

    @classmethod
    def read(cls, path: Path) -> Schema:
        described = json.loads(path.read_text(encoding="utf-8"))
        columns = tuple(Column.of(column) for column in described["columns"])
        return cls(path.stem, described.get("aboutUrl", "{+id}"), columns)

    @cached_property
    def real(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if not column.virtual)

    @cached_property
    def virtual(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.virtual)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def by_title(self) -> dict[str, Column]:
        """Columns by any header that may stand for them: name, Italian title, English title."""
        titled = {title.casefold(): column for column in self.real for title in column.titles.values()}
        return titled | {column.name.casefold(): column for column in self.real}


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
    """A table as read: rows under a schema, and the problems met on the way (those of ragged rows are theirs)."""

    file: str
    schema: Schema
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return Path(self.file).name

    @property
    def usable(self) -> bool:
        """Whether it could be read at all."""
        return all(found.severity < Severity.UNUSABLE for found in self.problems)


def schema_of(table: Path) -> Schema | None:
    """The schema that the metadata beside a table names, ours or the district's own; None where there is none."""
    try:
        said = json.loads((table.parent / "csv-metadata.json").read_text(encoding="utf-8-sig"))["tables"]
        iri = next(str(entry["tableSchema"]) for entry in said if str(entry["url"]).lower() == table.name.lower())
        return Schema.read(shipped_schemas().get(iri) or table.parent / iri)
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return None


def shipped_schemas() -> dict[str, Path]:
    """The schemas that ship with the package, by the IRI a `tableSchema` gives."""
    folder = knowledge() / "ontology" / "tables"
    return {f"{TABLES}{path.name}": path for path in sorted(folder.glob("*.json"))}


def closest(word: str, among: Iterable[str]) -> str | None:
    """The known word that is most like `word`; None when none is."""
    return next(iter(difflib.get_close_matches(word, list(among), n=1, cutoff=0.6)), None)


def nearest(word: str, among: Iterable[str]) -> dict[str, str]:
    """A suggestion, by language, of the closest known word; empty texts when none is close."""
    return perhaps(closest(word, among))


def read(path: Path, schema: Schema) -> Table:
    """The table at `path`. Unreadable input gives a table with no rows and one problem that says why."""
    table = Table(str(path), schema)
    text = _decoded(path, table)
    if text is None:
        return table
    lines: list[list[str]] = []
    told = _DELIMITER_TOLD.match(text)
    delimiter = told[1] if told else _delimiter(text, schema)
    reader = csv.reader(io.StringIO(text[told.end() if told else 0 :], newline=""), delimiter=delimiter, strict=True)
    try:
        for line in reader:
            lines.append(line)
    except csv.Error:
        # The row where a quote was opened and never closed is the one after the last that was read whole.
        table.problems.append(problem("malformed-table", Cell(table.file, len(lines) + 1)))
        return table
    first = next((number for number, cells in enumerate(lines) if _filled(cells)), 0)
    cells = lines[first] if lines else []
    header = _header(cells, Cell(table.file, first + 1), lines[first + 1 :], table)
    if header is None:
        return table
    for number, cells in enumerate(lines[first + 1 :], start=first + 2):
        if not _filled(cells):
            continue
        filled = {
            column.name: cell.strip() for column, cell in zip(header, cells, strict=False) if column and cell.strip()
        }
        ragged = None
        if len(cells) != len(header):
            ragged = problem("ragged-row", Cell(table.file, number), got=len(cells), expected=len(header))
        table.rows.append(Row(number, filled, ragged))
    return table


def _filled(cells: list[str]) -> bool:
    return any(cell.strip() for cell in cells)


def _decoded(path: Path, table: Table) -> str | None:
    try:
        data = path.read_bytes()
    except OSError as error:
        table.problems.append(problem("unreadable-file", Cell(table.file), detail=error.strerror))
        return None
    try:
        text = data.decode("utf-8-sig")
        wrong = text.find("\0")  # what UTF-16 leaves
        line = text[:wrong].count("\n") + 1
    except UnicodeDecodeError as error:
        wrong = error.start
        line = data[:wrong].count(b"\n") + 1
    if wrong >= 0:
        table.problems.append(problem("not-utf8", Cell(table.file, line)))
        return None
    return text


def _delimiter(text: str, schema: Schema) -> str:
    """The delimiter that makes most known columns of the header: Italian spreadsheets write semicolons."""
    first = next((line for line in text.splitlines() if line.strip(" \t,;")), "")

    def known(delimiter: str) -> int:
        return sum(cell.strip().strip('"').casefold() in schema.by_title for cell in first.split(delimiter))

    return max((",", ";", "\t"), key=known)


def _header(cells: list[str], row: Cell, below: list[list[str]], table: Table) -> list[Column | None] | None:
    """The column of each header cell (None for a column not foreseen); None when this is no header.

    A misspelt column is reported, and read as the one it is closest to: else all its cells would seem missing.
    """
    schema = table.schema
    titles = [cell.strip() for cell in cells]
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


_TEMPLATE = re.compile(r"\{(\+?)(\w+)\}")


def slug(text: str) -> str:
    """`text` as a piece of an IRI: lower-case, whatever is not a letter or digit becomes a hyphen."""
    return re.sub(r"[^0-9a-z\u00c0-\u024f]+", "-", text.casefold()).strip("-")


def variables(template: str | None) -> list[str]:
    """The columns a URI template names."""
    return [name for _, name in _TEMPLATE.findall(template or "")]


def filled(template: str, values: dict[str, str]) -> str:
    """The template with `{+x}` replaced by the value of column x and `{x}` by its slug.

    Raises KeyError with the name of a column that has no value in this row.
    """
    return _TEMPLATE.sub(lambda match: values[match[2]] if match[1] else slug(values[match[2]]), template)
