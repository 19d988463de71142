"""Writing a workbook (.xlsx): headers with help, drop-downs from the schemes, an example row, a guide.

Headers, sheet names and lists are in one language, the help in both; all are read back in either. Every cell is a
text, so that a spreadsheet makes no date of 2019-05 and no number of 018110.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from prossima.claims import CLAIM_CONFIDENCE
from prossima.language import Texts
from prossima.tables import Column, Row, Schema, Table
from prossima.tables.help import Help, help_of
from prossima.tables.reading import REMARK
from prossima.workbook.reading import CLAIMS, DISTRICT, KEYS, TABLE, claims_schema

texts = Texts(Path(__file__).parent / "texts.toml")
LISTS = {"it": "Elenchi", "en": "Lists"}
GUIDE = {"it": "Guida", "en": "Guide"}
# How many rows have drop-downs, filled or not.
_ROWS = 2000
_NAVY, _BLUE, _PALE = "17324D", "0066CC", "EBF2FA"
_GUIDE_WIDTHS = (26, 28, 9, 56, 56, 30)
_FACE = "Calibri"
_EDGE = Border(bottom=Side(style="thin", color="C5C7C9"))
_WIDE = ("description", "note", "focus", "aim", "theme", "reason", "text", "cost", "schedule", "hours")


@dataclass
class Sheet:
    """A sheet to write: the table's name, its schema, its rows."""

    name: str
    schema: Schema
    rows: list[Row]


@dataclass
class _Writing:
    language: str
    sheets: list[Sheet]
    book: Workbook = field(default_factory=Workbook)
    lists: dict[str, str] = field(default_factory=dict)
    written: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)

    @property
    def other(self) -> str:
        return {"it": "en", "en": "it"}[self.language]


def _font(**said: Any) -> Font:
    return Font(name=_FACE, **said)


def _lines(text: str, width: float) -> int:
    """How many lines a text takes in a column of so many characters."""
    return sum(1 + int(len(line) / max(width - 2, 8)) for line in text.split("\n"))


def title_of(name: str, schema: Schema, language: str) -> str:
    """What the sheet of a table is called: no more than Excel allows."""
    return (schema.titles.get(language, name) if schema.name in (name, "claims") else name)[:31]


def write(
    path: Path, said: Mapping[str, Any], found: Mapping[str, Table], language: str, *, example: bool
) -> dict[tuple[str, int], tuple[str, int]]:
    """Write a district as a workbook. said: the keys of its district.toml. found: its tables by name, those of
    claims too. example: whether each sheet begins with an example row. Returns where each row, by (file, row), is
    now: (sheet, row)."""
    plain = {name: table for name, table in found.items() if not name.endswith(".claims")}
    sheets = [Sheet(name, table.schema, table.rows) for name, table in plain.items()]
    writing = _Writing(language, sheets)
    lists = writing.book.create_sheet(LISTS[language])
    _write_guide(writing)
    _write_district(writing, said)
    for sheet in sheets:
        _write_table(writing, sheet, found[sheet.name].file, lists, example=example)
    _write_claims(writing, found, lists, example=example)
    writing.book.move_sheet(lists, offset=len(writing.book.sheetnames))
    _headed(lists, 1, 20)
    writing.book.active = 0
    writing.book.save(path)
    return writing.written


def _write_table(writing: _Writing, sheet: Sheet, file: str, lists: Worksheet, *, example: bool) -> None:
    page = writing.book.create_sheet(title_of(sheet.name, sheet.schema, writing.language))
    columns = list(sheet.schema.real)
    _write_header(writing, page, sheet.schema, columns)
    if example:
        _write_example(writing, page, sheet.schema, columns)
    for row in sheet.rows:
        cells = row.cells
        _append(page, [_in_words(column, cells.get(column.name, ""), writing.language) for column in columns])
        writing.written[(file, row.number)] = (page.title, page.max_row)
    for at, column in enumerate(columns, start=1):
        _offer(writing, page, sheet.schema, column, at, lists)


def _write_claims(writing: _Writing, found: Mapping[str, Table], lists: Worksheet, *, example: bool) -> None:
    """The claims on the cells of all tables, in one sheet; the column `table` is filled where an id is in several."""
    schema = claims_schema()
    columns = [column for column in schema.real if column is not TABLE] + [TABLE]
    page = writing.book.create_sheet(CLAIMS[writing.language])
    _write_header(writing, page, schema, columns)
    if example:
        _append(page, texts(writing.language, "claim_example").split("|"), example=True)
    homes: dict[str, int] = {}
    for sheet in writing.sheets:
        for row in sheet.rows:
            homes[row.cells.get("id", "")] = homes.get(row.cells.get("id", ""), 0) + 1
    for sheet in writing.sheets:
        companion = found.get(f"{sheet.name}.claims")
        for row in companion.rows if companion else ():
            cells = dict(row.cells)
            about = sheet.schema.by_title.get(cells.get("field", "").casefold())
            if about:
                cells["field"] = about.titles.get(writing.language, about.name)
                cells["value"] = _in_words(about, cells.get("value", ""), writing.language)
            if homes.get(cells.get("id", ""), 0) != 1:
                cells["table"] = title_of(sheet.name, sheet.schema, writing.language)
            _append(page, [_in_words(_claims_column(c), cells.get(c.name, ""), writing.language) for c in columns])
            if companion:
                writing.written[(companion.file, row.number)] = (page.title, page.max_row)
    for at, column in enumerate(columns, start=1):
        _offer(writing, page, schema, _claims_column(column), at, lists)


def _claims_column(column: Column) -> Column:
    """A column of claims as rows read it: the confidence is one of a list."""
    return CLAIM_CONFIDENCE if column.name == "confidence" else column


def _in_words(column: Column, text: str, language: str) -> str:
    """A cell's text with the values of a list by their labels, where the label leads back to the value."""
    if not column.choices or not text:
        return text
    parts = [part.strip() for part in text.split(column.separator)] if column.separator else [text]
    words = [column.choices.get(part, {}).get(language, part) for part in parts]
    spoken = f"{column.separator} ".join(words) if column.separator else words[0]
    back = [part.strip() for part in column.chosen(spoken).split(column.separator or "\0")]
    return spoken if back == parts else text


# -- rows ----------------------------------------------------------------------------------------------------


def _append(page: Worksheet, row_texts: list[str], *, example: bool = False) -> None:
    row = page.max_row + 1
    for at, text in enumerate(row_texts, start=1):
        cell = page.cell(row, at)
        if text:
            cell.value = text
            cell.data_type = "s"  # a text, whatever it begins with
        cell.number_format = "@"
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        cell.font = _font(italic=True, color="5C6F82") if example else _font()
        if example:
            cell.fill = PatternFill("solid", fgColor=_PALE)
    widths = (page.column_dimensions[get_column_letter(at + 1)].width for at in range(len(row_texts)))
    lines = max(_lines(text, width) for text, width in zip(row_texts, widths, strict=True))
    page.row_dimensions[row].height = 15 * min(lines, 8)


def _write_header(writing: _Writing, page: Worksheet, schema: Schema, columns: list[Column]) -> None:
    for at, column in enumerate(columns, start=1):
        cell = page.cell(1, at, column.titles.get(writing.language, column.name))
        cell.number_format = "@"
        cell.comment = Comment(_explained(writing, schema, column), "Prossima", width=340, height=190)
        letter = get_column_letter(at)
        page.column_dimensions[letter].width = 44 if column.name.startswith(_WIDE) else 24
        page.column_dimensions[letter].number_format = "@"
    _headed(page, len(columns), None)
    for at, column in enumerate(columns, start=1):
        if column.required:
            page.cell(1, at).fill = PatternFill("solid", fgColor=_BLUE)


def _headed(page: Worksheet, columns: int, width: int | None) -> None:
    """The first row as a header that stays in sight."""
    for at in range(1, columns + 1):
        cell = page.cell(1, at)
        cell.font = _font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=_NAVY)
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        if width:
            page.column_dimensions[get_column_letter(at)].width = width
    page.row_dimensions[1].height = 34
    page.freeze_panes = "B2"


def _write_example(writing: _Writing, page: Worksheet, schema: Schema, columns: list[Column]) -> None:
    row = [_example(writing, schema, column) for column in columns]
    row[0] = REMARK + row[0]
    _append(page, row, example=True)


def _example(writing: _Writing, schema: Schema, column: Column) -> str:
    """A right value of the column, as it is typed in this language."""
    known = {"id": f"{schema.kinds[0]}/{'esempio' if writing.language == 'it' else 'example'}",
             "sources": "source/bollettino", "confidence": "single-source"}  # fmt: skip
    helped = help_of(schema, column)
    text = known.get(column.name) or (helped.example if helped else "") or next(iter(column.choices), "")
    if column.language and column.language != "it" and not text:
        return ""
    return _in_words(column, text, writing.language)


# -- words and lists -----------------------------------------------------------------------------------------


def _explained(writing: _Writing, schema: Schema, column: Column) -> str:
    """The help of a column, in both languages."""
    parts = []
    for language in (writing.language, writing.other):
        lines = [_described(writing, schema, column, language)]
        if column.required:
            lines.append(texts(language, "required"))
        if column.choices:
            lines.append(texts(language, "from_list"))
        if column.separator:
            lines.append(texts(language, "several"))
        example = _example(writing, schema, column)
        if example and language == writing.language:
            lines.append(texts(language, "example", value=example))
        parts.append(" ".join(filter(None, lines)))
    return "\n\n".join(parts)


def _described(writing: _Writing, schema: Schema, column: Column, language: str) -> str:
    key = f"column.{column.name}"
    helped: Help | None = help_of(schema, column)
    if helped and helped.description and not column.suppressed:
        return helped.description.get(language, "")
    return texts(language, key) if key in texts.keys() else ""  # noqa: SIM118


def _offer(writing: _Writing, page: Worksheet, schema: Schema, column: Column, at: int, lists: Worksheet) -> None:
    """A drop-down: of the column's list, or of the ids of the sheets it points at. More than one value may be typed."""
    source = _list_of(writing, schema, column, lists)
    if not source:
        return
    offered = DataValidation("list", formula1=source, allow_blank=True, showErrorMessage=False)
    offered.promptTitle = column.titles.get(writing.language, column.name)[:32]
    offered.prompt = _described(writing, schema, column, writing.language)[:255] or None
    offered.showInputMessage = bool(offered.prompt)
    letter = get_column_letter(at)
    offered.add(f"{letter}2:{letter}{_ROWS}")
    page.add_data_validation(offered)


def _list_of(writing: _Writing, schema: Schema, column: Column, lists: Worksheet) -> str | None:
    if column.choices:
        key = f"{column.value} {column.pattern}"  # the types of places and those of events have one template
        if key not in writing.lists:
            at = len(writing.lists) + 1
            words = [words.get(writing.language, value) for value, words in column.choices.items()]
            lists.cell(1, at, column.titles.get(writing.language, column.name))
            for row, word in enumerate(words, start=2):
                lists.cell(row, at, word)
            letter = get_column_letter(at)
            writing.lists[key] = f"'{lists.title}'!${letter}$2:${letter}${len(words) + 1}"
        return writing.lists[key]
    target = _pointed_at(writing, schema, column)
    return f"'{target}'!$A$2:$A${_ROWS}" if target else None


def _pointed_at(writing: _Writing, schema: Schema, column: Column) -> str | None:
    """The sheet whose ids a column takes: the sources, or the table that makes what its shape asks for."""
    titles = {sheet.name: title_of(sheet.name, sheet.schema, writing.language) for sheet in writing.sheets}
    if column.name == "sources":
        return titles.get("sources")
    helped = help_of(schema, column) if (column.value or "").startswith("{+") else None
    for sheet in writing.sheets if helped else ():
        if helped and helped.classes & set(sheet.schema.classes):
            return titles[sheet.name]
    return None


# -- the district and the guide ------------------------------------------------------------------------------


def _write_district(writing: _Writing, said: Mapping[str, Any]) -> None:
    page = writing.book.create_sheet(DISTRICT[writing.language])
    for key in KEYS:
        name, _, language = key.partition("_") if key not in said and key != "as_of" else (key, "", "")
        value = said.get(name, {}).get(language, "") if language else said.get(key, "")
        value = ", ".join(map(str, value)) if isinstance(value, list) else value
        row = KEYS.index(key) + 1
        page.cell(row, 1, key).font = _font(bold=True)
        cell = page.cell(row, 2, str(value) if value else None)
        cell.number_format, cell.data_type = "@", "s" if value else "n"
        page.cell(row, 3, texts(writing.language, f"district.{key}")).font = _font(color="5C6F82")
        for at in range(1, 4):
            page.cell(row, at).alignment = Alignment(vertical="top", wrap_text=True)
            page.cell(row, at).border = _EDGE
    for letter, width in (("A", 18), ("B", 60), ("C", 70)):
        page.column_dimensions[letter].width = width


def _write_guide(writing: _Writing) -> None:
    """What to do, and every column with its help in both languages."""
    page = writing.book.active
    assert isinstance(page, Worksheet)
    page.title = GUIDE[writing.language]
    page.sheet_view.showGridLines = False
    row = 1
    for language in (writing.language, writing.other):
        for at, line in enumerate(texts(language, "guide").strip().splitlines()):
            cell = page.cell(row, 1, line)
            cell.font = _font(bold=at == 0, size=14 if at == 0 else 11, color=_NAVY)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            page.merge_cells(start_row=row, start_column=1, end_row=row, end_column=6)
            page.row_dimensions[row].height = 22 if at == 0 else 15 * (1 + len(line) // 150)
            row += 1
        row += 1
    headings = texts(writing.language, "headings").split("|")
    for at, text in enumerate(headings, start=1):
        cell = page.cell(row, at, text)
        cell.font, cell.fill = _font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor=_NAVY)
    for sheet in writing.sheets:
        for column in sheet.schema.real:
            row += 1
            _guide_row(writing, page, row, sheet, column)
    for letter, width in zip("ABCDEF", _GUIDE_WIDTHS, strict=True):
        page.column_dimensions[letter].width = width


def _guide_row(writing: _Writing, page: Worksheet, row: int, sheet: Sheet, column: Column) -> None:
    shown: Sequence[str] = (
        title_of(sheet.name, sheet.schema, writing.language),
        column.titles.get(writing.language, column.name),
        texts(writing.language, "yes") if column.required else "",
        _described(writing, sheet.schema, column, "it"),
        _described(writing, sheet.schema, column, "en"),
        _example(writing, sheet.schema, column),
    )
    for at, text in enumerate(shown, start=1):
        cell = page.cell(row, at, text or None)
        cell.data_type = "s" if text else "n"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.border = _EDGE
        cell.font = _font(bold=at == 2)
    page.row_dimensions[row].height = 15 * max(_lines(text, _GUIDE_WIDTHS[at]) for at, text in enumerate(shown))
