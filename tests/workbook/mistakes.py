"""Kinds of spreadsheet mistake, each a generator that makes one in a random place of a sheet and says where it is.

A workbook is held as lines of typed cells, written with openpyxl as a spreadsheet program would save it. A kind gets a
clean sheet and a random generator; it changes the sheet and returns the mistake, or None where the sheet has no place
for one. Kinds of right input are what people also do and what must be read as if they had not.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import openpyxl

from prossima import workbook
from prossima.cells import COORDINATES, EDTF
from prossima.claims import ADDING, CLAIM_CONFIDENCE, CLAIM_SOURCES
from prossima.statements import Contribution
from prossima.tables import Column, Schema
from prossima.vocabulary import SCHEME
from prossima.workbook.reading import CLAIMS, DISTRICT, FOR_PEOPLE, claims_schema, schemas

GAPS = ("?", "-")


@dataclass(frozen=True)
class Typed:
    """A cell that is no text: a date, a number, a boolean, a formula, with the format that shows it."""

    value: Any
    shown_as: str = "General"


@dataclass
class Page:
    """A sheet: its lines from the header on. table: the name of its table, `claims` or `district`."""

    name: str
    table: str
    columns: list[Column]
    lines: list[list[Any]]
    merged: list[str] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)

    def title(self, at: int) -> str:
        return str(self.lines[0][at])

    @property
    def untouched(self) -> list[int]:
        """The rows of facts, as positions in the lines, that no mistake is in yet."""
        return [at for at in range(1, len(self.lines)) if at not in self.touched]

    def facts(self) -> list[list[Any]]:
        return self.lines[1:]


@dataclass
class Book:
    """A clean workbook as its sheets, in one language; own: the schemas of the district's own tables."""

    pages: list[Page]
    language: str
    own: dict[str, Schema] = field(default_factory=dict)

    def page(self, table: str) -> Page | None:
        return next((page for page in self.pages if page.table == table), None)

    def ids(self, *tables: str) -> list[str]:
        return [line[0] for page in self.pages if page.table in tables for line in page.facts()]


@dataclass(frozen=True)
class Mistake:
    """Where a mistake must be named: in any of these places (sheet, row, column as the header calls it; None: any).
    hint: what the remedy should suggest, where that can be told; made: what was written."""

    places: tuple[tuple[str, int | None, str | None], ...]
    made: str = ""
    hint: str | None = None


Make = Callable[[Book, Page, Random], Mistake | None]


@dataclass(frozen=True)
class Kind:
    """A kind of mistake. times: how often in a sheet; is_right: whether it is right input after all; is_alone: whether
    two such in one workbook would hide what follows from each."""

    name: str
    make: Make
    times: int = 2
    is_right: bool = False
    is_alone: bool = False


KINDS: dict[str, Kind] = {}


def kind(name: str, *, times: int = 2, is_right: bool = False, is_alone: bool = False) -> Callable[[Make], Make]:
    def added(make: Make) -> Make:
        KINDS[name] = Kind(name, make, times, is_right, is_alone)
        return make

    return added


# -- books -----------------------------------------------------------------------------------------------------


def clean(path: Path, language: str, own: dict[str, Schema] | None = None) -> Book:
    """The sheets of an exported workbook that hold facts, with their columns."""
    known = schemas(own)
    by_title = {schema.titles.get(language, name)[:31]: name for name, schema in known.items() if schema.name == name}
    pages = []
    for sheet in openpyxl.load_workbook(path).worksheets:
        if sheet.title.casefold() in FOR_PEOPLE:
            continue
        lines = [["" if value is None else value for value in row] for row in sheet.iter_rows(values_only=True)]
        if sheet.title == DISTRICT[language]:
            pages.append(Page(sheet.title, "district", [], lines))
        elif sheet.title == CLAIMS[language]:
            told = {"sources": CLAIM_SOURCES, "confidence": CLAIM_CONFIDENCE}
            columns = [told.get(column.name, column) for column in claims_schema().real]
            pages.append(Page(sheet.title, "claims", columns, lines))
        else:
            name = by_title.get(sheet.title, sheet.title)
            pages.append(Page(sheet.title, name, list(known[name].real), lines))
    return Book(pages, language, dict(own or {}))


def copied(book: Book) -> Book:
    pages = [replace(p, lines=[list(line) for line in p.lines], merged=[], touched=set()) for p in book.pages]
    return replace(book, pages=pages)


def written(book: Book, path: Path) -> Path:
    """Save the sheets as a workbook. What was typed as a text is one, whatever it begins with."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for page in book.pages:
        sheet = made.create_sheet(page.name)
        for row, line in enumerate(page.lines, start=1):
            for at, value in enumerate(line, start=1):
                if value == "":
                    continue
                cell = sheet.cell(row, at, value.value if isinstance(value, Typed) else value)
                if isinstance(value, Typed):
                    cell.number_format = value.shown_as
                elif cell.data_type in "fe":
                    cell.data_type = "s"
        for area in page.merged:
            sheet.merge_cells(area)
    made.save(path)
    return path


# -- columns and places ----------------------------------------------------------------------------------------


def sort_of(page: Page, column: Column) -> str:
    """What a column takes."""
    if page.table == "claims" and column.name in ("id", "field", "value", "table"):
        return f"claimed {column.name}"
    value = column.value or ""
    if column.kind in (EDTF, COORDINATES):
        return "date" if column.kind == EDTF else "point"
    if column.base in ("integer", "decimal", "boolean", "anyURI"):
        return {"integer": "number", "decimal": "number", "anyURI": "address"}.get(column.base, column.base)
    if column.name in ("id", "property"):
        return column.name
    if column.name in ("email", "phone", "hours_schema"):
        return "formed"
    if value.startswith(SCHEME):
        return "concept"
    if value.startswith("{+"):
        return "reference"
    if column.pattern:
        return "type" if column.choices else "code"
    return "text"


def spots(page: Page, *sorts: str, test: Callable[[str], bool] = bool) -> list[tuple[int, int]]:
    """Filled cells of columns of these sorts, in rows without a mistake: (line, position)."""
    return [
        (row, at)
        for at, column in enumerate(page.columns)
        if sort_of(page, column) in sorts
        for row in page.untouched
        if isinstance(value := page.lines[row][at], str) and value and value not in GAPS and test(value)
    ]


def by_column(found: list[tuple[int, int]], random: Random) -> tuple[int, int] | None:
    """One of the spots: first a column, that rare ones come up as often as others, then a row."""
    if not found:
        return None
    column = random.choice(sorted({at for _, at in found}))
    return random.choice([spot for spot in found if spot[1] == column])


def put(page: Page, spot: tuple[int, int], value: Any, hint: str | None = None) -> Mistake:
    """Write a value in a cell: the mistake is there."""
    row, at = spot
    page.lines[row][at] = value
    page.touched.add(row)
    return Mistake(((page.name, row + 1, page.title(at)),), str(value), hint)


def changed(*sorts: str, test: Callable[[str], bool] = bool) -> Callable[[Callable[[str, Random, Column], Any]], Make]:
    """A kind that changes the text of one filled cell of columns of these sorts: what it gives is written, with a
    hint where it gives a pair; None is no change."""

    def of(change: Callable[[str, Random, Column], Any]) -> Make:
        def make(book: Book, page: Page, random: Random) -> Mistake | None:
            spot = by_column(spots(page, *sorts, test=test), random)
            if spot is None:
                return None
            done = change(page.lines[spot[0]][spot[1]], random, page.columns[spot[1]])
            value, hint = done if isinstance(done, tuple) else (done, None)
            return None if value is None else put(page, spot, value, hint)

        return make

    return of


def misspelt(word: str, random: Random) -> str:
    """The word with two letters swapped, one doubled or one left out."""
    letters = [at for at in range(1, len(word) - 1) if word[at].isalpha() and word[at] != word[at + 1]]
    if not letters:
        return word + "x"
    at = random.choice(letters)
    return random.choice([
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1 :],
    ])  # fmt: skip


def one_of(text: str, column: Column, random: Random) -> tuple[list[str], int]:
    """The values of a cell, and the position of one of them."""
    parts = [part.strip() for part in text.split(column.separator)] if column.separator else [text]
    return parts, random.randrange(len(parts))


def with_part(text: str, column: Column, random: Random, change: Callable[[str], str]) -> str:
    """The cell's text with one of its values changed."""
    parts, at = one_of(text, column, random)
    parts[at] = change(parts[at])
    return "; ".join(parts)


# -- in a cell -------------------------------------------------------------------------------------------------

MONTHS = ("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre",
          "novembre", "dicembre")  # fmt: skip


def _day(random: Random) -> datetime.date:
    return datetime.date(2010, 1, 13) + datetime.timedelta(days=random.randrange(4000))


@kind("Italian date in digits", times=3)
@changed("date")
def italian_date(text: str, random: Random, column: Column) -> tuple[str, str]:
    day = _day(random)
    short = f"{day.day}.{day.month}.{day:%y}"
    return random.choice([f"{day:%d/%m/%Y}", short, f"{day:%d-%m-%Y}", f"{day.day}/{day.month}/{day.year}"]), f"{day}"


@kind("Italian date in words", times=3)
@changed("date")
def italian_words(text: str, random: Random, column: Column) -> tuple[str, str]:
    day, month = _day(random), f"{(found := _day(random)):%Y-%m}"
    name = MONTHS[day.month - 1]
    return random.choice([
        (f"{day.day} {name} {day.year}", f"{day}"),
        (f"{MONTHS[found.month - 1]} {found.year}", month),
        (f"{MONTHS[found.month - 1].capitalize()} {found.year}", month),
        (f"{MONTHS[found.month - 1][:3]}-{found:%y}", month),
        (f"{found:%m/%Y}", month),
        (f"1° {name} {day.year}", f"{day:%Y-%m}-01"),
    ])  # fmt: skip


@kind("dates the wrong way round")
@changed("date")
def backwards(text: str, random: Random, column: Column) -> tuple[str, str]:
    day = _day(random)
    return f"{day.year + 2}-03/{day.year}-05", f"{day.year}-05/{day.year + 2}-03"


@kind("two values where one may stand", times=6)
@changed("date", "number", "boolean")
def two_values(text: str, random: Random, column: Column) -> str:
    return f"{text}; {text}"


@kind("decimal comma", times=6)
@changed("number")
def decimal_comma(text: str, random: Random, column: Column) -> tuple[str, str | None]:
    whole, part = random.randrange(1, 999), random.choice(["5", "25", "75"])
    return f"{whole},{part}", f"{whole}.{part}" if column.base == "decimal" else None


@kind("thousands separator", times=6)
@changed("number")
def thousands(text: str, random: Random, column: Column) -> tuple[str, str]:
    number = random.randrange(1000, 9_999_999)
    return f"{number:,}".replace(",", random.choice([".", ",", " ", "'", "\u00a0"])), str(number)


@kind("number with its unit", times=6)
@changed("number")
def with_unit(text: str, random: Random, column: Column) -> tuple[str, str]:
    number = random.randrange(2, 999)
    written_ = random.choice([f"{number} persone", f"€ {number}", f"{number} €", f"circa {number}", f"{number}%"])
    return written_, str(number)


@kind("percentage cell", times=6)
@changed("number")
def percentage(text: str, random: Random, column: Column) -> tuple[Typed, str]:
    number = random.randrange(1, 99)
    return Typed(number / 100, "0%"), str(number)


@kind("number in words", times=6)
@changed("number")
def number_in_words(text: str, random: Random, column: Column) -> str:
    return random.choice(["due", "una decina", "molti", "dodici"])


def slug_of(column: Column, part: str) -> str:
    return column.chosen(part)


@kind("misspelt concept")
@changed("concept", test=lambda text: "/" not in text)
def misspelt_concept(text: str, random: Random, column: Column) -> tuple[str | None, str | None]:
    parts, at = one_of(text, column, random)
    slug = slug_of(column, parts[at])
    wrong = misspelt(slug, random)
    if wrong in column.choices or not column.choices:
        return None, None
    parts[at] = wrong
    return "; ".join(parts), slug


@kind("misspelt label of a concept")
@changed("concept", "type", test=lambda text: "/" not in text)
def misspelt_label(text: str, random: Random, column: Column) -> tuple[str | None, str | None]:
    parts, at = one_of(text, column, random)
    slug = slug_of(column, parts[at])
    label = random.choice(list(column.choices.get(slug, {}).values()) or [""])
    wrong = misspelt(label, random)
    if not label or column.chosen(wrong) != wrong or wrong in column.choices:
        return None, None
    parts[at] = wrong
    return "; ".join(parts), slug


@kind("concept of another scheme")
@changed("concept", "type", test=lambda text: "/" not in text)
def other_scheme(text: str, random: Random, column: Column) -> str | None:
    others = [one for one in ("play", "social-lab", "granted", "exactly", "association", "month", "Ludoteca", "Stimato")
              if column.chosen(one) not in column.choices]  # fmt: skip
    return with_part(text, column, random, lambda _: random.choice(others)) if column.choices else None


@kind("dangling reference")
@changed("reference")
def dangling(text: str, random: Random, column: Column) -> str:
    return with_part(text, column, random, lambda part: part + random.choice(["x", "-2", "-nuovo"]))


@kind("source that is not there")
def absent_source(book: Book, page: Page, random: Random) -> Mistake | None:
    found = [spot for spot in spots(page, "reference") if page.columns[spot[1]].name == "sources"]
    if not found:
        return None
    row, at = random.choice(found)
    parts = [part.strip() for part in page.lines[row][at].split(";")]
    return put(page, (row, at), "; ".join([*parts, f"source/{random.choice(['giornale', 'sito-2', 'x99'])}"]))


@kind("name instead of an id")
def name_for_id(book: Book, page: Page, random: Random) -> Mistake | None:
    names = {
        line[0]: line[other.columns.index(column)]
        for other in book.pages
        for column in other.columns
        if column.name == "name_it"
        for line in other.facts()
        if line[other.columns.index(column)] not in ("", *GAPS)
    }
    found = [(r, a) for r, a in spots(page, "reference") if page.lines[r][a].split(";")[0].strip() in names]
    spot = by_column(found, random)
    if spot is None:
        return None
    first, *rest = page.lines[spot[0]][spot[1]].split(";")
    name = names[first.strip()].replace(";", ",")
    return put(page, spot, "; ".join([name, *rest]), first.strip())


@kind("wrong separator")
def wrong_separator(book: Book, page: Page, random: Random) -> Mistake | None:
    found = [spot for spot in spots(page, "reference", "concept") if page.columns[spot[1]].separator]
    found = [(r, a) for r, a in found if ";" in page.lines[r][a]] or found
    spot = by_column(found, random)
    if spot is None:
        return None
    column = page.columns[spot[1]]
    text = page.lines[spot[0]][spot[1]]
    parts = [slug_of(column, part.strip()) for part in text.split(";")]
    said = [part.strip() for row in page.untouched for part in str(page.lines[row][spot[1]]).split(";")]
    others = sorted({slug_of(column, part) for part in said} - {"", *GAPS, *parts})
    if len(parts) == 1:
        if not others:
            return None
        parts.append(random.choice(others))
    value = random.choice([", ", ",", "\n", " / ", " e ", " | "]).join(parts)
    return put(page, spot, value, ";".join(parts))


@kind("gap in words")
@changed("reference", "concept", "date", "number", "boolean", "text", "address", "code", "point", "formed")
def gap_in_words(text: str, random: Random, column: Column) -> str:
    return random.choice(["n.d.", "sconosciuto", "N.D.", "non noto", "non disponibile", "da definire", "unknown", "???",
                          "n.p.", "--", "not known", "N/D"])  # fmt: skip


@kind("neither yes nor no", times=6)
def neither(book: Book, page: Page, random: Random) -> Mistake | None:
    found = [(r, a) for a, c in enumerate(page.columns) if c.base == "boolean" for r in page.untouched]
    words = ["forse", "in parte", "gratuito", "x", "2"]
    return put(page, random.choice(found), random.choice(words)) if found else None


@kind("swapped coordinates", times=6)
@changed("point")
def swapped_point(text: str, random: Random, column: Column) -> tuple[str, str]:
    latitude, longitude = text.split(", ")
    return f"{longitude}, {latitude}", text


@kind("coordinates written otherwise", times=6)
@changed("point")
def other_point(text: str, random: Random, column: Column) -> tuple[str, str | None]:
    latitude, longitude = text.split(", ")
    degrees = "45°11'06\"N 9°09'36\"E"
    return random.choice([
        (f"{latitude.replace('.', ',')}, {longitude.replace('.', ',')}", text),
        (f"{latitude.replace('.', ',')} {longitude.replace('.', ',')}", text),
        (f"{latitude}; {longitude}", text),
        (f"{latitude} {longitude}", text),
        (f"{latitude}°, {longitude}°", text),
        (f"lat {latitude} lon {longitude}", text),
        (degrees, "45.185, 9.16"),
    ])  # fmt: skip


@kind("web address without http")
@changed("address", test=lambda text: "://" in text)
def without_http(text: str, random: Random, column: Column) -> tuple[str, str]:
    bare = "www.comune.esempio.it/" + random.choice(["", "spazi", "quartieri/nord"])
    return bare, f"https://{bare}"


@kind("web address with spaces")
@changed("address", test=lambda text: "://" in text)
def spaced_address(text: str, random: Random, column: Column) -> str:
    return with_part(text, column, random, lambda part: part.replace("://", "://www. ", 1))


@kind("e-mail malformed", times=6)
def malformed_email(book: Book, page: Page, random: Random) -> Mistake | None:
    two = "info@casa.example, altro@casa.example"
    return _contact(page, random, "email", ["info(at)casa.example", "info@casa", "info casa.example", two])


@kind("telephone with letters", times=6)
def lettered_phone(book: Book, page: Page, random: Random) -> Mistake | None:
    return _contact(page, random, "phone", ["0382 399xxx", "tel. 0382 399511", "0382/399511 int. 3", "da lunedì", "12"])


def _contact(page: Page, random: Random, name: str, values: list[str]) -> Mistake | None:
    found = [(r, a) for a, column in enumerate(page.columns) if column.name == name for r in page.untouched]
    return put(page, random.choice(found), random.choice(values)) if found else None


@kind("leading zeros lost", times=6)
def zeros_lost(book: Book, page: Page, random: Random) -> Mistake | None:
    codes = [at for at, column in enumerate(page.columns) if column.name in ("istat", "postcode")]
    found = [(r, a) for r, a in spots(page, "code") if a in codes and page.lines[r][a].startswith("0")]
    if not found and codes:  # no post code of these districts begins with zero
        at = next(at for at in codes if page.columns[at].name == "postcode")
        address = next(at for at, column in enumerate(page.columns) if column.name == "address")
        addressed = [row for row in page.untouched if page.lines[row][address] not in ("", *GAPS)]
        return put(page, (random.choice(addressed), at), Typed(7100), "07100") if addressed else None
    if not found:
        return None
    row, at = random.choice(found)
    # Of an Istat code the message says how many digits it has.
    return put(page, (row, at), Typed(int(page.lines[row][at])))


@kind("code of another form", times=6)
@changed("code")
def other_code(text: str, random: Random, column: Column) -> str:
    return random.choice(["euro", "€", "2710", "27100 Pavia", "g-388", "01811O"])


@kind("mojibake")
@changed("text")
def mojibake(text: str, random: Random, column: Column) -> tuple[str, str]:
    """Text in UTF-8 read as Windows-1252, as Excel opens a CSV."""
    word = random.choice(["attività", "Città di Pavia", "perché", "l’orto", "È aperto", "«casa»", "però", "la società"])
    garbled = f"{text} {word}".encode().decode("cp1252", "replace").replace("\ufffd", "\x88")
    return random.choice([garbled, garbled.replace("\u00a0", " ")]), word


@kind("mojibake in a label")
@changed("concept", "type", test=lambda text: not text.isascii())
def mojibake_label(text: str, random: Random, column: Column) -> tuple[str, str]:
    return text.encode().decode("cp1252", "replace").replace("\ufffd", "\x88"), text


@kind("letters lost")
@changed("text")
def letters_lost(text: str, random: Random, column: Column) -> str:
    return text + " nella citt\ufffd di Torino"


@kind("control character")
@changed("text", "reference", "concept", "date", "id")
def control(text: str, random: Random, column: Column) -> str:
    at = random.randrange(1, len(text)) if len(text) > 1 else 1
    return text[:at] + random.choice(["\x7f", "_x000B_", "_x0007_"]) + text[at:]


@kind("formula")
@changed("text", "reference", "concept", "date", "number", "boolean", "address", "code", "formed", "id", "claimed id",
         "claimed field")  # fmt: skip
def formula(text: str, random: Random, column: Column) -> Typed:
    return Typed(random.choice(["=A2", "=A2&B2", "=CONCATENATE(A2,B2)", "=SUM(A1:A9)", "=1+2", "='Altro foglio'!B2",
                                "=$B$2", '=IF(A2="x","sì","no")', "=VLOOKUP(A2,B:C,2,FALSE)"]))  # fmt: skip


@kind("broken formula")
@changed("text", "reference", "concept", "date", "number", "boolean", "address", "code", "id", "claimed id",
         "claimed field")  # fmt: skip
def broken(text: str, random: Random, column: Column) -> Typed | str:
    return random.choice([Typed("#REF!"), Typed("#N/A"), Typed("#VALUE!"), "#N/D", "#RIF!", "#NOME?", "#VALORE!"])


@kind("quotes around")
@changed("reference", "concept", "id", "date", "address", test=lambda text: ";" not in text)
def quoted(text: str, random: Random, column: Column) -> str:
    first, last = random.choice(["“”", "«»", '""', "‘’"])
    return f"{first}{text}{last}"


@kind("text turned into a date by the program")
@changed("text", "formed")
def unmeant_date(text: str, random: Random, column: Column) -> Typed:
    day = datetime.datetime(2026, random.randrange(1, 13), random.randrange(1, 29))
    return Typed(day, random.choice(["d-mmm", "mm-dd-yy"]))


@kind("date in the id")
@changed("id")
def date_for_id(text: str, random: Random, column: Column) -> Typed:
    return Typed(datetime.datetime(2026, random.randrange(1, 13), 2), "d-mmm")


# -- ids -------------------------------------------------------------------------------------------------------


@kind("row copied, its id left")
def duplicate(book: Book, page: Page, random: Random) -> Mistake | None:
    if page.table in ("claims", "district") or not page.untouched:
        return None
    line = list(page.lines[random.choice(page.untouched)])
    texts = [at for at, column in enumerate(page.columns) if sort_of(page, column) == "text" and line[at]]
    for at in texts[:1]:
        line[at] = f"{line[at]} bis"
    page.lines.append(line)
    page.touched.add(len(page.lines) - 1)
    return Mistake(((page.name, len(page.lines), page.title(0)),), line[0])


@kind("id badly written")
@changed("id")
def bad_id(text: str, random: Random, column: Column) -> tuple[str, str | None]:
    kind_, _, name = text.partition("/")
    return random.choice([
        (f"{kind_}/{name.capitalize()}", text), (f"{kind_}/{name} nuovo", f"{text}-nuovo"), (f"{text}à", f"{text}a"),
        (f"{kind_.upper()}/{name}", text), (f"{kind_}/ {name}", text), (f"{kind_}\\{name}", text),
        (f"{text}_2", f"{text}-2"), (name.replace("-", " ").title(), None),
    ])  # fmt: skip


@kind("id missing")
@changed("id", "claimed id")
def missing_id(text: str, random: Random, column: Column) -> str:
    return ""


@kind("required cell emptied")
def emptied(book: Book, page: Page, random: Random) -> Mistake | None:
    found = [
        (row, at)
        for at, column in enumerate(page.columns)
        if column.required and column.name != "id"
        for row in page.untouched
        if page.lines[row][at]
    ]
    spot = by_column(found, random)
    return put(page, spot, random.choice(["", " ", "\u00a0"])) if spot else None


# -- claims ----------------------------------------------------------------------------------------------------


@kind("claim on a field that is not there", times=4)
@changed("claimed field")
def claim_field(text: str, random: Random, column: Column) -> str:
    return random.choice([misspelt(text, random) + "x", "colore", "numero di tavoli"])


@kind("claim on a row that is not there", times=4)
@changed("claimed id")
def claim_row(text: str, random: Random, column: Column) -> str:
    return text + random.choice(["x", "-2", "-nuovo"])


@kind("claim on a value that is not there", times=6)
def claim_value(book: Book, page: Page, random: Random) -> Mistake | None:
    """Another value may be added by a claim that says it is disputed or inferred."""
    if page.table != "claims":
        return None
    sure = next(at for at, column in enumerate(page.columns) if column.name == "confidence")
    adding = [row for row in page.untouched if page.columns[sure].chosen(page.lines[row][sure]) in ADDING]
    spot = by_column([spot for spot in spots(page, "claimed value") if spot[0] not in adding], random)
    return put(page, spot, f"{page.lines[spot[0]][spot[1]]} x") if spot else None


# -- columns ---------------------------------------------------------------------------------------------------


@kind("cells swapped in a row")
def swapped_cells(book: Book, page: Page, random: Random) -> Mistake | None:
    """A text for what is none, and the other way round."""
    strict = spots(page, "date", "number", "boolean", "concept", "type", "address", "point", "reference")
    texts = spots(page, "text", test=lambda text: len(text) > 12 and " " in text)
    pairs = [(one, other) for one in strict for other in texts if one[0] == other[0]]
    spot = by_column([one for one, _ in pairs], random)
    if spot is None:
        return None
    other = random.choice([other for one, other in pairs if one == spot])
    row = spot[0]
    said = page.lines[row][other[1]].replace(";", ",")
    page.lines[row][other[1]] = page.lines[row][spot[1]]
    return put(page, spot, said)


@kind("cells shifted to the right")
def shifted(book: Book, page: Page, random: Random) -> Mistake | None:
    """A cell inserted in a row: what follows stands one column further, the last beyond the header."""
    if page.table == "district" or not page.untouched:
        return None
    row = random.choice(page.untouched)
    # What is moved holds something besides texts: of texts alone nobody can tell.
    free = [sort_of(page, column) in ("claimed value", "text") for column in page.columns] + [False]
    strict = [at for at, text in enumerate(page.lines[row]) if at and text not in ("", *GAPS) and not free[at]
              and not free[at + 1]]  # fmt: skip
    if not strict:
        return None
    at = random.randint(1, strict[-1])
    page.lines[row].insert(at, "")
    page.touched.add(row)
    return Mistake(((page.name, row + 1, None),), f"from column {at + 1}")


@kind("headers exchanged", times=1)
def exchanged(book: Book, page: Page, random: Random) -> Mistake | None:
    """Of a column of texts and one of something else: at least one cell is then wrong."""
    strict = {at for _, at in spots(page, "date", "number", "boolean", "concept", "type", "address", "reference")}
    texts = {at for _, at in spots(page, "text", test=lambda text: len(text) > 12 and " " in text and ";" not in text)}
    if not strict or not texts:
        return None
    one, other = random.choice(sorted(strict)), random.choice(sorted(texts))
    header = page.lines[0]
    header[one], header[other] = header[other], header[one]
    return Mistake(tuple((page.name, None, header[at]) for at in (one, other)), f"{header[one]} / {header[other]}")


@kind("header misspelt", times=1)
def misspelt_header(book: Book, page: Page, random: Random) -> Mistake | None:
    if page.table == "district":
        return None
    at = random.randrange(len(page.columns))
    old = page.title(at)
    page.lines[0][at] = misspelt(old, random) if len(old) > 3 else old + "_"
    return Mistake(((page.name, 1, page.title(at)),), page.title(at), old if len(old) > 3 else None)


@kind("header deleted", times=1)
def lost_header(book: Book, page: Page, random: Random) -> Mistake | None:
    if page.table == "district" or len(page.lines) < 2:
        return None
    del page.lines[0]
    return Mistake(((page.name, 1, None),))


@kind("title above the header", times=1)
def title_above(book: Book, page: Page, random: Random) -> Mistake | None:
    if page.table == "district":
        return None
    page.lines.insert(0, [f"{page.name} - aggiornato a novembre"] + [""] * (len(page.columns) - 1))
    return Mistake(((page.name, 1, None),))


@kind("column of one's own", times=1)
def own_column(book: Book, page: Page, random: Random) -> Mistake | None:
    if page.table == "district":
        return None
    # Without a name it is a column only where it has filled cells.
    title = random.choice(["fax", "referente", "da verificare", "numero tessera", ""]) if len(page.lines) > 1 else "fax"
    at = random.randrange(1, len(page.columns) + 1)
    for row, line in enumerate(page.lines):
        line.insert(at, title if row == 0 else random.choice(["0382", "Anna", "sì"]))
    page.columns = [*page.columns[:at], Column("own"), *page.columns[at:]]
    return Mistake(((page.name, 1, title or None),), title)


@kind("required column deleted", times=1)
def deleted_column(book: Book, page: Page, random: Random) -> Mistake | None:
    required = [at for at, column in enumerate(page.columns) if column.required]
    if not required:
        return None
    at = random.choice(required)
    title, name = page.title(at), page.columns[at].name
    for line in page.lines:
        del line[at]
    return Mistake(((page.name, 1, title), (page.name, 1, name)), title)


# -- rows and sheets -------------------------------------------------------------------------------------------


@kind("sheet renamed", times=1, is_alone=True)
def renamed(book: Book, page: Page, random: Random) -> Mistake | None:
    if page.table == "district":
        return None
    old = page.name
    page.name = random.choice([misspelt(old, random)[:31], f"{old[:25]} 2026", f"Foglio{book.pages.index(page)}"])
    return Mistake(((page.name, None, None),), page.name, None if page.name.startswith("Foglio") else old)


@kind("row pasted in the wrong sheet")
def astray(book: Book, page: Page, random: Random) -> Mistake | None:
    others = [p for p in book.pages if p.table not in (page.table, "district") and p.untouched]
    if page.table == "district" or not others:
        return None
    other = random.choice(others)
    line = list(other.lines[random.choice(other.untouched)])[: len(page.columns)]
    page.lines.append(line + [""] * (len(page.columns) - len(line)))
    page.touched.add(len(page.lines) - 1)
    return Mistake(((page.name, len(page.lines), None),), str(line[0]))


@kind("header again among the rows", times=1)
def header_again(book: Book, page: Page, random: Random) -> Mistake | None:
    if page.table == "district":
        return None
    page.lines.append(list(page.lines[0]))
    page.touched.add(len(page.lines) - 1)
    return Mistake(((page.name, len(page.lines), None),))


@kind("row of totals", times=1)
def totals(book: Book, page: Page, random: Random) -> Mistake | None:
    if page.table == "district":
        return None
    page.lines.append(["Totale", Typed(len(page.lines) - 1), *[""] * (len(page.columns) - 2)])
    page.touched.add(len(page.lines) - 1)
    return Mistake(((page.name, len(page.lines), None),))


@kind("merged cells", times=1)
def merged(book: Book, page: Page, random: Random) -> Mistake | None:
    if page.table == "district" or len(page.lines) < 3:
        return None
    row = random.choice([row for row in page.untouched if row + 1 < len(page.lines)])
    at = random.randrange(1, len(page.columns) - 1)
    if random.random() < 0.5:
        covered, area = (row + 1, at), (row + 1, at + 1, row + 2, at + 1)
    else:
        covered, area = (row, at + 1), (row + 1, at + 1, row + 1, at + 2)
    page.lines[covered[0]][covered[1]] = ""
    letter = openpyxl.utils.get_column_letter
    page.merged.append(f"{letter(area[1])}{area[0]}:{letter(area[3])}{area[2]}")
    page.touched |= {row, covered[0]}
    return Mistake(((page.name, row + 1, page.title(at)),), page.merged[-1])


# -- the sheet of the district ---------------------------------------------------------------------------------


def _key(page: Page, key: str) -> int:
    return next(row for row, line in enumerate(page.lines) if line[0] == key)


@kind("district: a key of another form", times=1)
def district_form(book: Book, page: Page, random: Random) -> Mistake | None:
    if page.table != "district":
        return None
    key, value = random.choice([("as_of", "23/11/2026"), ("base", "w3id.org/prossima/id/x"), ("licence", "CC BY 4.0"),
                                ("role", "redattore"), ("box", "8,9 45,0 9,3 45,4"), ("id", "")])  # fmt: skip
    row = _key(page, key)
    page.lines[row][1] = value
    return Mistake(((page.name, row + 1, key),), value)


@kind("district: a key misspelt", times=1)
def district_key(book: Book, page: Page, random: Random) -> Mistake | None:
    if page.table != "district":
        return None
    filled = [row for row, line in enumerate(page.lines) if line[0] and line[1]]
    row = random.choice(filled)
    page.lines[row][0] = page.lines[row][0] + "x"
    return Mistake(((page.name, row + 1, None),), page.lines[row][0])


@kind("district: a place that is not there", times=1)
def district_place(book: Book, page: Page, random: Random) -> Mistake | None:
    if page.table != "district":
        return None
    row = _key(page, "place")
    page.lines[row][1] = "place/altrove"
    return Mistake(((page.name, row + 1, "place"),), "place/altrove")


# -- right input -----------------------------------------------------------------------------------------------


@kind("dates as cells of dates", times=5, is_right=True)
@changed("date", test=lambda text: re.fullmatch(r"\d{4}-\d\d(-\d\d)?", text) is not None)
def date_cells(text: str, random: Random, column: Column) -> Typed:
    if len(text) == 10:
        shown_as = random.choice(["dd/mm/yyyy", "yyyy-mm-dd", "d mmmm yyyy", "mm-dd-yy"])
        return Typed(datetime.datetime.fromisoformat(text), shown_as)
    shown_as = random.choice(["mmm-yy", "mm/yyyy", "[$-410]mmmm\\ yyyy"])
    return Typed(datetime.datetime.fromisoformat(f"{text}-01"), shown_as)


@kind("years as numbers", times=5, is_right=True)
@changed("date", test=lambda text: re.fullmatch(r"\d{4}", text) is not None)
def year_cells(text: str, random: Random, column: Column) -> Typed:
    return Typed(random.choice([int(text), float(text)]))


@kind("numbers as cells of numbers", times=5, is_right=True)
@changed("number")
def number_cells(text: str, random: Random, column: Column) -> Typed:
    return Typed(float(text), random.choice(["General", "#,##0", "0.00"]))


@kind("yes and no as people write them", times=5, is_right=True)
@changed("boolean")
def boolean_cells(text: str, random: Random, column: Column) -> Any:
    true = text == "true"
    return random.choice([Typed(true), "Sì" if true else "No", "VERO" if true else "FALSO", "SI" if true else "NO"])


@kind("stray spaces", times=20, is_right=True)
@changed("text", "reference", "concept", "type", "date", "number", "boolean", "address", "code", "point", "formed",
         "id", "property", "claimed id", "claimed field")  # fmt: skip
def stray_spaces(text: str, random: Random, column: Column) -> str:
    space = lambda: random.choice([" ", "\u00a0", "\t", "\n", "\u200b", "\ufeff", "  ", "\r\n"])  # noqa: E731
    if column.separator:
        text = column.separator.join(space() + part + space() for part in text.split(column.separator))
    return space() + text + space()


@kind("labels in the other language", times=20, is_right=True)
def other_language(book: Book, page: Page, random: Random) -> Mistake | None:
    spot = by_column(spots(page, "concept", "type"), random)
    if spot is None or not page.columns[spot[1]].choices:
        return None
    column, other = page.columns[spot[1]], "en" if book.language == "it" else "it"
    parts = [slug_of(column, part.strip()) for part in page.lines[spot[0]][spot[1]].split(column.separator or "\0")]
    words = [column.choices.get(part, {}).get(other, part) for part in parts]
    if [column.chosen(word) for word in words] != parts:
        return None
    labels = [label for said in column.choices.values() for label in said.values()]
    return put(page, spot, "; ".join(random.choice([word, word.upper()]) if word in labels else word for word in words))


@kind("headers and sheets in another case", times=1, is_right=True)
def other_case(book: Book, page: Page, random: Random) -> Mistake | None:
    others = [page.name.upper(), page.name.lower(), f" {page.name}"]
    page.name = random.choice([name for name in others if len(name) <= 31])
    if page.table != "district":
        ways = (
            str.upper,
            str.capitalize,
            " {} ".format,
            lambda t: t.replace(" ", "\n", 1),
            lambda t: t.replace(" ", "  "),
        )
        page.lines[0] = [random.choice(ways)(title) for title in page.lines[0]]
    return Mistake(())


@kind("headers in the other language", times=1, is_right=True)
def other_headers(book: Book, page: Page, random: Random) -> Mistake | None:
    if page.table == "district":
        return None
    other = "en" if book.language == "it" else "it"
    page.lines[0] = [random.choice([column.titles.get(other, column.name), column.name]) for column in page.columns]
    return Mistake(())


@kind("empty rows and columns in another order", times=1, is_right=True)
def reordered(book: Book, page: Page, random: Random) -> Mistake | None:
    if page.table == "district":
        return None
    order = [0, *random.sample(range(1, len(page.columns)), len(page.columns) - 1)]
    page.lines = [[line[at] for at in order] for line in page.lines]
    page.columns = [page.columns[at] for at in order]
    for _ in range(3):
        page.lines.insert(random.randrange(1, len(page.lines) + 1), [""] * len(order))
    return Mistake(())


@kind("remarks and examples", times=1, is_right=True)
def remarks(book: Book, page: Page, random: Random) -> Mistake | None:
    if page.table == "district":
        return None
    line = list(random.choice(page.lines))
    page.lines.insert(random.randrange(1, len(page.lines) + 1), [f"# {line[0]}", *line[1:]])
    return Mistake(())


# -- tables in CSV ---------------------------------------------------------------------------------------------

CsvMake = Callable[[str, Random], tuple[bytes, int] | None]
CSV_KINDS: dict[str, CsvMake] = {}


def csv_kind(name: str) -> Callable[[CsvMake], CsvMake]:
    """A kind of mistake in a CSV file: from its text, the bytes with the mistake and the row that must be told."""

    def added(make: CsvMake) -> CsvMake:
        CSV_KINDS[name] = make
        return make

    return added


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def _text(rows: list[list[str]], **dialect: Any) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n", **dialect).writerows(rows)
    return out.getvalue()


def _encoded(text: str, encoding: str) -> tuple[bytes, int] | None:
    wrong = next((line for line, said in enumerate(text.split("\n"), 1) if not said.isascii()), None)
    return (text.encode(encoding, "replace"), wrong) if wrong else None


@csv_kind("CSV in Latin-1")
def latin_1(text: str, random: Random) -> tuple[bytes, int] | None:
    return _encoded(text, "latin-1")


@csv_kind("CSV in Windows-1252")
def windows(text: str, random: Random) -> tuple[bytes, int] | None:
    return _encoded(text, "cp1252")


@csv_kind("CSV of an old Mac")
def mac(text: str, random: Random) -> tuple[bytes, int] | None:
    return _encoded(text, "mac-roman")


@csv_kind("CSV in UTF-16")
def utf_16(text: str, random: Random) -> tuple[bytes, int] | None:
    return text.encode(random.choice(["utf-16", "utf-16-le", "utf-16-be"])), 1


@csv_kind("CSV with a quote never closed")
def open_quote(text: str, random: Random) -> tuple[bytes, int] | None:
    rows = _rows(text)
    if len(rows) < 2:
        return None
    row = random.randrange(1, len(rows))
    before, after = _text(rows[:row]), _text(rows[row:])
    first, comma, rest = after.partition(",")
    # A later quote may close it by chance, and then something else follows: none is left here.
    return f'{before}{first}{comma}"{rest.replace(chr(34), "")}'.encode(), row + 1


@csv_kind("CSV with a comma in a text without quotes")
def bare_comma(text: str, random: Random) -> tuple[bytes, int] | None:
    rows = _rows(text)
    if len(rows) < 2:
        return None
    row = random.randrange(1, len(rows))
    at = random.randrange(1, len(rows[row]))
    rows[row].insert(at, " e altro")
    return _text(rows).encode(), row + 1


@csv_kind("CSV with a cell lost")
def lost_cell(text: str, random: Random) -> tuple[bytes, int] | None:
    rows = _rows(text)
    if len(rows) < 2:
        return None
    row = random.randrange(1, len(rows))
    del rows[row][random.randrange(1, len(rows[row]))]
    return _text(rows).encode(), row + 1


def applied(book: Book, kind_: Kind, random: Random) -> Iterator[tuple[Book, list[tuple[str, Mistake]]]]:
    """Copies of the workbook with mistakes of this kind in the sheets that have a place for them, and those by table:
    one copy with all, or one for each sheet."""
    tables = [page.table for page in book.pages]
    for among in [[table] for table in tables] if kind_.is_alone else [tables]:
        spoilt = copied(book)
        made: list[tuple[str, Mistake]] = []
        mistaken: set[str] = set()
        for page, plain in zip(spoilt.pages, book.pages, strict=True):
            if page.table in among:
                made += ((plain.table, mistake) for mistake in _made(spoilt, page, kind_, random, mistaken))
                mistaken |= {plain.lines[row][0] for row in page.touched if row < len(plain.lines)}
        if made:
            yield spoilt, made


def _made(book: Book, page: Page, kind_: Kind, random: Random, mistaken: set[str]) -> Iterator[Mistake]:
    """The mistakes made in a sheet. mistaken: the ids of rows that have one: what is claimed of them is left as it is,
    as a second mistake there may wait for the first to be mended."""
    if page.table == "claims":
        page.touched |= {row for row, line in enumerate(page.lines) if row and line[0] in mistaken}
    for _ in range(kind_.times):
        # A random word may have been no mistake: once more.
        if mistake := kind_.make(book, page, random) or kind_.make(book, page, random):
            yield mistake


def stated(book: Book, path: Path) -> Contribution:
    """What a workbook says when it is written and read."""
    return workbook.stated(workbook.opened(written(book, path), book.own))
