"""Workbooks as programs save them (.xlsx by openpyxl, .ods by odfdo): each sheet as lines of texts.

A cell gives the text its author would have typed: a date as ISO 8601, as finely as its format shows it, a whole
number without decimals, a formula as its own text (which is then told, and not its value taken).
"""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

SUFFIXES = (".xlsx", ".xlsm", ".ods")
# Bytes that a workbook may take when unpacked, and rows and columns that are looked at: beyond, it is no district's.
_MOST_BYTES = 300_000_000
_MOST_ROWS, _MOST_COLUMNS = 200_000, 500
_DATES = (datetime.date, datetime.time)
# How .xlsx writes characters that XML cannot hold.
_ESCAPED = re.compile("_x00([01][0-9A-Fa-f])_")
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')


class NoWorkbookError(ValueError):
    """A file that is no workbook that can be read: the check that says why, and what fills its words."""

    def __init__(self, check: str, **said: Any) -> None:
        super().__init__(check)
        self.check, self.said = check, said


@dataclass
class Sheet:
    """A sheet: its lines from row 1 on, each of as many cells as the widest, where several cells are merged and where
    a cell holds a date (row from 1, column from 0, of the first of them)."""

    name: str
    lines: list[list[str]] = field(default_factory=list)
    merged: list[tuple[int, int]] = field(default_factory=list)
    dates: list[tuple[int, int]] = field(default_factory=list)


def read(path: Path) -> list[Sheet]:
    """The sheets of a workbook, in its order. Raises NoWorkbookError and OSError."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > _MOST_BYTES:
                raise NoWorkbookError("large-workbook", value=_MOST_BYTES // 1_000_000)
        return [_trimmed(sheet) for sheet in (_ods(path) if path.suffix.lower() == ".ods" else _xlsx(path))]
    except (OSError, NoWorkbookError):
        raise
    except zipfile.BadZipFile:
        raise NoWorkbookError("no-workbook") from None
    except Exception as error:  # what the libraries raise on a damaged file is of many kinds
        raise NoWorkbookError("damaged-workbook", detail=f"{type(error).__name__}: {error}"[:200]) from error


def _trimmed(sheet: Sheet) -> Sheet:
    """Without the empty rows and columns after the last that is filled."""
    lines = sheet.lines
    while lines and not any(lines[-1]):
        lines.pop()
    width = max((at + 1 for line in lines for at, cell in enumerate(line) if cell), default=0)
    sheet.lines = [line[:width] + [""] * (width - len(line)) for line in lines]
    return sheet


# -- .xlsx ---------------------------------------------------------------------------------------------------


def _xlsx(path: Path) -> Iterator[Sheet]:
    import openpyxl

    book = openpyxl.load_workbook(path, rich_text=False)
    for found in book.worksheets:
        sheet = Sheet(found.title)
        most = {"max_row": min(found.max_row, _MOST_ROWS), "max_col": min(found.max_column, _MOST_COLUMNS)}
        for row in found.iter_rows(**most):
            sheet.lines.append([_typed(cell.value, cell.number_format) for cell in row])
            sheet.dates += [(cell.row, cell.column - 1) for cell in row if isinstance(cell.value, _DATES)]
        sheet.merged = sorted((area.min_row, area.min_col - 1) for area in found.merged_cells.ranges)
        yield sheet
    book.close()


def _typed(value: Any, shown_as: str = "") -> str:
    """A cell's value as its author would have typed it; `shown_as`: the number format that shows a date."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float() if shown_as.endswith("%"):
            return _typed(float(round(Decimal(repr(value)) * 100, 10))) + "%"
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
        case datetime.datetime() if value.time() == datetime.time():
            return _day(value.date(), shown_as)
        case datetime.datetime():
            return value.isoformat(sep="T", timespec="seconds")
        case datetime.date():
            return _day(value, shown_as)
        case datetime.time():
            return value.isoformat("seconds" if value.second else "minutes")
        case str():
            return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value).replace("\r\n", "\n")
        case _:
            # An array formula is an object with its text; of other kinds, what they print as.
            return str(getattr(value, "text", None) or value)


def _day(day: datetime.date, shown_as: str) -> str:
    """A date as finely as its format shows it: Excel makes 2019-05 into the first of May shown as mag-19."""
    letters = _QUOTED.sub("", shown_as).lower().partition(";")[0]
    if letters and "y" in letters and "d" not in letters:
        return day.isoformat()[:7] if "m" in letters else day.isoformat()[:4]
    return day.isoformat()


# -- .ods ----------------------------------------------------------------------------------------------------


def _ods(path: Path) -> Iterator[Sheet]:
    import odfdo

    for found in odfdo.Document(path).body.tables:
        found.rstrip(aggressive=True)
        sheet = Sheet(found.name or "")
        for row in found.traverse():
            if len(sheet.lines) == _MOST_ROWS:
                break
            line = []
            for at, cell in enumerate(row.traverse()):
                if at == _MOST_COLUMNS:
                    break
                line.append(_ods_text(cell))
                if cell.type in ("date", "time") and not cell.formula:
                    sheet.dates.append((len(sheet.lines) + 1, at))
                if cell.is_spanned() and cell.tag != "table:covered-table-cell":
                    sheet.merged.append((len(sheet.lines) + 1, at))
            sheet.lines.append(line)
        yield sheet


def _ods_text(cell: Any) -> str:
    if cell.tag == "table:covered-table-cell":
        return ""
    if cell.formula:
        return "=" + str(cell.formula).partition("=")[2]
    shown = "\n".join(str(part.text_recursive) for part in cell.get_elements("text:p"))
    match cell.type:
        case "date":
            value = str(cell.get_attribute("office:date-value"))
            return value.removesuffix("T00:00:00")
        case "boolean":
            return str(cell.get_attribute("office:boolean-value")).lower()
        case "float" | "percentage" | "currency" as kind:
            return _typed(float(str(cell.get_attribute("office:value"))), "0%" if kind == "percentage" else "")
    return shown
