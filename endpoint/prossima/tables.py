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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from prossima.problems import Cell, Problem, problem
from prossima.vocabulary import TABLES, knowledge


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
    """A row: its number as a spreadsheet counts it, and the text of each non-empty cell by column name."""

    number: int
    cells: dict[str, str]

    def values(self, column: Column) -> list[str]:
        """The cell's values: split at the column's separator, trimmed, empty ones left out."""
        text = self.cells.get(column.name, "")
        parts = text.split(column.separator) if column.separator else [text]
        return [part.strip() for part in parts if part.strip()]


@dataclass
class Table:
    """A table as read: rows under a schema, and the problems met on the way."""

    file: str
    schema: Schema
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def shipped_schemas() -> dict[str, Path]:
    """The schemas that ship with the package, by the IRI a `tableSchema` gives."""
    folder = knowledge() / "ontology" / "tables"
    return {f"{TABLES}{path.name}": path for path in sorted(folder.glob("*.json"))}


def nearest(word: str, among: Iterable[str]) -> dict[str, str]:
    """A suggestion, by language, of the closest known word; empty texts when none is close."""
    close = difflib.get_close_matches(word, list(among), n=1, cutoff=0.6)
    if not close:
        return {"it": "", "en": ""}
    return {"it": f"Forse «{close[0]}»? ", "en": f'Perhaps "{close[0]}"? '}


def suggested(check: str, cell: Cell, suggestion: dict[str, str] | None = None, **values: Any) -> Problem:
    """The problem of `check`, with `{suggestion}` in its texts filled in each language's own words."""
    found = problem(check, cell, suggestion="{suggestion}", **values)
    words = suggestion or {"it": "", "en": ""}

    def said(texts: Mapping[str, str]) -> dict[str, str]:
        return {tag: text.replace("{suggestion}", words[tag]).strip() for tag, text in texts.items()}

    return replace(found, message=said(found.message), remedy=said(found.remedy))


def read(path: Path, schema: Schema) -> Table:
    """The table at `path`. Unreadable input gives a table with no rows and one problem that says why."""
    table = Table(str(path), schema)
    text = _decoded(path, table)
    if text is None:
        return table
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, schema), strict=True))
    except csv.Error as error:
        table.problems.append(
            problem("malformed-table", Cell(table.file), line=_broken_line(text, schema), detail=error)
        )
        return table
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        table.problems.append(problem("malformed-table", Cell(table.file, line), line=line, detail="NUL"))
        return table
    header = _header(lines[0] if lines else [], table)
    if header is None:
        return table
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(lines[0]):
            table.problems.append(
                problem("ragged-row", Cell(table.file, number), got=len(cells), expected=len(lines[0]))
            )
            continue
        filled = {
            column.name: cell.strip() for column, cell in zip(header, cells, strict=True) if column and cell.strip()
        }
        table.rows.append(Row(number, filled))
    return table


def _decoded(path: Path, table: Table) -> str | None:
    try:
        data = path.read_bytes()
    except OSError as error:
        table.problems.append(problem("unreadable-file", Cell(table.file), detail=error.strerror))
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        table.problems.append(problem("not-utf8", Cell(table.file, line), line=line))
        return None


def _delimiter(text: str, schema: Schema) -> str:
    """The delimiter that makes most known columns of the first line: Italian spreadsheets write semicolons."""
    first = text.split("\n", 1)[0].rstrip("\r")

    def known(delimiter: str) -> int:
        return sum(cell.strip().strip('"').casefold() in schema.by_title for cell in first.split(delimiter))

    return max((",", ";", "\t"), key=known)


def _broken_line(text: str, schema: Schema) -> int:
    """The line where the text stops being CSV: for a quote never closed, where it was opened."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, schema), strict=True)
    good = 1
    try:
        for _ in reader:
            good = reader.line_num + 1
    except csv.Error:
        pass
    return good


def _header(cells: list[str], table: Table) -> list[Column | None] | None:
    """The column of each header cell (None for a column not foreseen); None when this is no header."""
    schema = table.schema
    found = [schema.by_title.get(cell.strip().casefold()) for cell in cells]
    names = ", ".join(column.name for column in schema.real)
    if not any(found):
        table.problems.append(problem("lost-header", Cell(table.file, 1), expected=names))
        return None
    seen: set[str] = set()
    for cell, column in zip(cells, found, strict=True):
        place = Cell(table.file, 1, cell.strip())
        if column is None and cell.strip():
            close = nearest(cell.strip().casefold(), schema.by_title)
            table.problems.append(suggested("unknown-column", place, close, value=cell.strip(), expected=names))
        elif column and column.name in seen:
            table.problems.append(problem("repeated-column", place, value=cell.strip()))
        if column:
            seen.add(column.name)
    missing = [column.name for column in schema.real if column.required and column.name not in seen]
    for name in missing:
        unknown_cells = [c.strip() for c, column in zip(cells, found, strict=True) if column is None]
        place = Cell(table.file, 1, name)
        table.problems.append(suggested("missing-column", place, nearest(name, unknown_cells), value=name))
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
