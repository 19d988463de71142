"""Reading a workbook: its sheets as tables, and what they say.

Sheets are known by their table's name or its titles; the claims of all tables share a sheet, where each row finds its
table by the id it speaks of. A CSV file by itself is read as a workbook of one sheet.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from prossima import district, tables
from prossima.claims import EXISTENCE, plain_claim
from prossima.district import District, KeyMissing
from prossima.problems import Cell, Problem, Severity, perhaps, problem
from prossima.statements import Contribution, Input
from prossima.tables import Column, Schema, Table, closest, sheets
from prossima.tables.reading import read_lines, read_rows
from prossima.vocabulary import TABLES

SUFFIXES = (*sheets.SUFFIXES, ".csv")
# Sheets for people: what the columns mean, what to choose from, what is to be mended.
FOR_PEOPLE = {"guida", "guide", "elenchi", "lists", "da correggere", "to mend"}
DISTRICT = {"it": "Distretto", "en": "District"}
# The keys of district.toml as rows of a sheet; a text in two languages is two rows.
_TEXTS = ("name_it", "name_en", "description_it", "description_en")
KEYS = ("id", "base", "as_of", *_TEXTS, "licence", "place", "role", "box")
CLAIMS = {"it": "Fonti dei singoli fatti", "en": "Sources of single facts"}
TABLE = Column("table", titles={"it": "foglio (se l'id è in più fogli)", "en": "sheet (where the id is in several)"})


@dataclass
class Book:
    """A workbook as read. said: the keys of district.toml, where a sheet has them. tables: by name, those of claims
    as `<name>.claims`."""

    path: Path
    said: dict[str, Any] | None = None
    tables: dict[str, Table] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    district_cell: Cell = field(default_factory=lambda: Cell(""))
    key_rows: dict[str, int] = field(default_factory=dict)


def claims_schema() -> Schema:
    """The columns of the sheet of claims: those of a companion table, and the sheet that is meant."""
    schema = Schema.read(tables.shipped_schemas()[f"{TABLES}claims.json"])
    return replace(schema, columns=(*schema.columns, TABLE), titles=CLAIMS)


def schemas(own: Mapping[str, Schema] | None = None) -> dict[str, Schema]:
    """The schemas that a sheet may have, by table name: ours, and a district's own."""
    shipped = {path.stem: Schema.read(path) for path in tables.shipped_schemas().values()}
    del shipped["claims"]
    return shipped | dict(own or {})


def opened(path: Path, own: Mapping[str, Schema] | None = None) -> Book:
    """Read a workbook or a CSV file. own: the schemas of the district's own tables, by name."""
    book, known = Book(path, district_cell=Cell(str(path))), schemas(own)
    if path.suffix.lower() == ".csv":
        _open_csv(book, known)
        return book
    try:
        found = sheets.read(path)
    except sheets.NoWorkbookError as error:
        book.problems.append(problem(error.check, Cell(str(path)), **error.said))
        return book
    except OSError as error:
        book.problems.append(problem("unreadable-file", Cell(str(path)), detail=error.strerror or error))
        return book
    found = [sheet for sheet in found if sheet.lines and sheet.name.strip().casefold() not in FOR_PEOPLE]
    titles = {_DISTRICT: DISTRICT, _CLAIMS: CLAIMS}
    titles |= {name: schema.titles if schema.name == name else {} for name, schema in known.items()}
    meant = [_named(sheet, titles) for sheet in found]
    claims: Table | None = None
    for sheet, named in zip(found, meant, strict=True):
        here, table = Cell(str(path), sheet=sheet.name), named
        if table is None:
            # As of a misspelt header, it is told, and read as what it must be: else all it holds would seem missing.
            absent = {name: words for name, words in titles.items() if name not in meant and name not in book.tables}
            close, table = _likely(sheet, absent, known)
            word = {tag: perhaps(titles[close].get(tag, close))[tag] if close else "" for tag in DISTRICT}
            book.problems.append(problem("unknown-sheet", here, suggestion=word, value=sheet.name))
        if table == _DISTRICT and book.said is None:
            _read_district(book, sheet, here)
        elif table == _CLAIMS and claims is None:
            claims = _table(book, sheet, claims_schema())
        elif table in book.tables or table in (_DISTRICT, _CLAIMS):
            first = next(other.name for other, name in zip(found, meant, strict=True) if name == table)
            book.problems.append(problem("repeated-sheet", here, value=sheet.name, other=first))
        elif table:
            book.tables[table] = _table(book, sheet, known[table])
    if claims and claims.usable:
        _share_out(book, claims)
    if not book.tables and not book.problems:
        book.problems.append(problem("empty-workbook", Cell(str(path))))
    return book


_DISTRICT, _CLAIMS = "district", "claims"


def _named(sheet: sheets.Sheet, titles: Mapping[str, Mapping[str, str]]) -> str | None:
    """Which table a sheet is named after, in either language. Excel keeps 31 characters of a sheet's name."""
    name = sheet.name.strip().casefold()
    names = {word.casefold(): table for table, words in titles.items() for word in (table, *words.values())}
    return names.get(name) or next((names[n] for n in names if len(sheet.name) == 31 and n.startswith(name)), None)


def _likely(
    sheet: sheets.Sheet, absent: Mapping[str, Mapping[str, str]], known: Mapping[str, Schema]
) -> tuple[str | None, str | None]:
    """Which absent table a sheet of another name may be, by its name or else by its header; and once more if its
    header is that table's."""
    header = {" ".join(cell.split()).casefold() for cell in sheet.lines[0] if cell}
    keys = {line[0].strip().casefold() for line in sheet.lines}

    def share(table: str) -> float:
        """How much of the sheet's header the table knows."""
        if table == _DISTRICT:
            return len(keys & set(KEYS)) / len(KEYS)
        schema = claims_schema() if table == _CLAIMS else known[table]
        return len(header & schema.by_title.keys()) / max(len(header), 1)

    names = {word.casefold(): table for table, words in absent.items() for word in (table, *words.values())}
    close = closest(sheet.name.strip().casefold(), names)
    likely = names[close] if close else max(absent, key=share, default=None)
    fits = likely is not None and share(likely) > 0.5
    return (likely if close or fits else None), (likely if fits else None)


def _table(book: Book, sheet: sheets.Sheet, schema: Schema) -> Table:
    """A sheet read as a table of this schema; its problems are the book's."""
    table = Table(str(book.path), schema, sheet.name)
    read_rows(table, sheet.lines)
    for row, at in sheet.merged:
        header = table.titles[at] if at < len(table.titles) else ""
        if row <= len(sheet.lines):
            table.problems.append(problem("merged-cells", table.cell(row, header or None)))
    columns = {at: table.schema.by_name[name] for name, at in table.places.items()}
    read = {row.number for row in table.rows}
    for row, at in sheet.dates:
        if row in read and at in columns and _takes_text(columns[at]):
            cell, value = table.cell(row, columns[at].name), sheet.lines[row - 1][at]
            table.problems.append(problem("date-for-text", cell, value=value))
    book.problems += table.problems
    return table


def _takes_text(column: Column) -> bool:
    """Whether any text is right in a column: what a program made of it, nobody would see."""
    free = not column.value and not column.pattern and not column.kind and column.base == "string"
    return free and bool(column.property or column.language)


def _open_csv(book: Book, known: Mapping[str, Schema]) -> None:
    """A CSV file by itself: the table it is named after, or else whose columns its header has."""
    stem = book.path.stem.casefold()
    name = stem.removesuffix(".claims")
    if district.is_claims(stem):
        schema: Schema | None = claims_schema()
    else:
        schema = known.get(name) or _schema_of_header(book.path, known)
    if schema is None:
        book.problems.append(problem("unknown-sheet", Cell(str(book.path)), value=book.path.name))
        return
    table = Table(str(book.path), schema)
    lines = read_lines(book.path, table, schema)
    if lines is not None:
        read_rows(table, lines)
    book.problems += table.problems
    book.tables[f"{name}.claims" if district.is_claims(stem) else schema.name] = table


def _schema_of_header(path: Path, known: Mapping[str, Schema]) -> Schema | None:
    """The schema that knows most of a CSV file's header, where it knows most of it."""
    try:
        first = path.read_text(encoding="utf-8-sig").splitlines()[0]
    except (OSError, ValueError, IndexError):
        return None
    header = {cell.strip().strip('"').casefold() for delimiter in ",;\t" for cell in first.split(delimiter)}
    best = max(known.values(), key=lambda schema: len(header & schema.by_title.keys()))
    return best if len(header & best.by_title.keys()) >= 3 else None


def _read_district(book: Book, sheet: sheets.Sheet, here: Cell) -> None:
    """The sheet that says which district it is: a key and its value in each row."""
    said: dict[str, Any] = {}
    book.district_cell = here
    said_keys = {line[0].strip().casefold() for line in sheet.lines}
    for number, line in enumerate(sheet.lines, start=1):
        key, value = (*(cell.strip() for cell in line[:2]), "", "")[:2]
        key = key.casefold()
        if key not in KEYS and value and key:
            meant = closest(key, [known for known in KEYS if known not in said_keys])
            cell = replace(here, row=number, column=key)
            expected = ", ".join(KEYS)
            book.problems.append(problem("unknown-key", cell, suggestion=perhaps(meant), value=key, expected=expected))
            key = meant or ""
        if key not in KEYS:
            continue
        book.key_rows[key] = number
        if not value:
            continue
        if key == "as_of":
            try:
                said[key] = datetime.date.fromisoformat(value)
            except ValueError:
                said[key] = value
        elif key == "box":
            edges = [edge.strip() for edge in value.split(",")]
            said[key] = [float(e) for e in edges] if all(re.fullmatch(r"-?\d+(\.\d+)?", e) for e in edges) else value
        elif key.startswith(("name_", "description_")):
            name, _, language = key.partition("_")
            said.setdefault(name, {})[language] = value
        else:
            said[key] = value
    book.said = said


def _share_out(book: Book, claims: Table) -> None:
    """Give each row of the sheet of claims to the table that has its id."""
    having: dict[str, list[str]] = {}
    nameless: list[str] = []
    for name, table in list(book.tables.items()):
        book.tables[f"{name}.claims"] = replace(claims, rows=[], problems=[])
        pattern = table.schema.by_name["id"].pattern or r"\S+"
        for row in table.rows:
            if "id" in row.cells:
                having.setdefault(row.cells["id"], []).append(name)
            if not re.fullmatch(pattern, row.cells.get("id", "")):
                nameless.append(pattern)
    for row in claims.rows:
        meant, among = row.cells.get("table", ""), having.get(row.cells.get("id", ""), [])
        field_ = row.cells.get("field", "").casefold()
        for name in among:
            schema = book.tables[name].schema
            fits = field_ in schema.by_title or field_ in EXISTENCE
            named = meant.casefold() in map(str.casefold, (name, book.tables[name].name, *schema.titles.values()))
            if named or (not meant and (fits or len(among) == 1)):
                book.tables[f"{name}.claims"].rows.append(plain_claim(row, schema))
                break
        else:
            id_ = row.cells.get("id")
            if id_ is None:
                book.problems.append(problem("missing-value", claims.cell(row.number, "id")))
                continue
            if id_ not in having and any(re.fullmatch(pattern, id_) for pattern in nameless):
                continue  # the row that is meant may be one whose id is told already
            close, names = tables.nearest(id_, having), ", ".join(n for n in book.tables if not district.is_claims(n))
            cell = claims.cell(row.number, "id")
            book.problems.append(problem("claim-without-row", cell, suggestion=close, value=id_, table=names))


def read(path: Path, beside: District | None = None) -> Contribution:
    """What a workbook says. beside: the district it speaks for, where it does not say itself."""
    book = opened(path)
    return stated(book, beside)


def stated(book: Book, beside: District | None = None) -> Contribution:
    """What a workbook that was read says, with a problem for all that could not be understood."""
    contribution = Contribution(problems=list(book.problems))
    if any(found.severity > Severity.VIOLATION for found in book.problems):
        return contribution
    try:
        speaking = District.of(book.said) if book.said else beside
    except KeyMissing as error:
        row = book.key_rows.get(error.key) or book.key_rows.get(f"{error.key}_it")
        cell = replace(book.district_cell, row=row, column=error.key)
        contribution.problems.append(problem("district-cell", cell, value=error.key, expected=_EXAMPLES[error.key]))
        return contribution
    if speaking is None:
        contribution.problems.append(problem("no-district-sheet", Cell(str(book.path))))
        return contribution
    contribution.inputs.append(Input(speaking.base, book.path.name, book.path))
    cell = book.district_cell
    place = replace(cell, row=book.key_rows.get("place"), column="place") if "place" in book.key_rows else cell
    district.state(speaking, cell, book.tables, contribution, place)
    return contribution


_EXAMPLES = {
    "id": "pavia",
    "base": "https://w3id.org/prossima/id/pavia/",
    "as_of": "2026-11-23",
    "name": "name_it: Distretto sociale di Pavia",
    "description": "description_it: ...",
    "licence": "https://creativecommons.org/licenses/by/4.0/",
    "place": "place/distretto",
    "role": "steward",
    "box": "8.9, 45.0, 9.3, 45.4",
}
