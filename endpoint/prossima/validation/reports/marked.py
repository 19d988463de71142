"""The spreadsheet itself, with what is to be mended marked: the cells coloured, each with a comment that says what is
wrong and how to mend it, and a sheet that lists them all.

A workbook comes back as it was, .xlsx or .ods; tables in CSV come back as one workbook.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import odfdo
import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from prossima import workbook
from prossima.problems import Cell, Problem, Severity
from prossima.tables import Table
from prossima.validation.report import Report
from prossima.validation.reports.page import texts

_AUTHOR = "Prossima: controllo"
_HEADER = "17324D"
_UNOPENED = {"no-workbook", "damaged-workbook", "large-workbook", "unreadable-file"}
# Between our words and those of the comment that was there.
_AFTER = "\n\n— — —\n"
_FILLS = {
    Severity.UNUSABLE: "F2B8B5",
    Severity.VIOLATION: "F8C9C6",
    Severity.WARNING: "FCE7B2",
    Severity.INFO: "DCE9F5",
}


@dataclass(frozen=True)
class _Mark:
    """Where in the workbook, from 1; no row or column where it is about all of it."""

    sheet: str
    row: int | None
    column: int | None
    problem: Problem


def marked(report: Report, given: Path, target: Path, language: str) -> Path:
    """Write the marked copy of what was checked, a workbook, a table or a district's folder. Returns its path, which
    has the ending of the kind of workbook it is."""
    suffix = given.suffix.lower()
    is_workbook = suffix in workbook.SUFFIXES and suffix != ".csv" and not given.is_dir()
    book = workbook.collected(given) if given.is_dir() else workbook.opened(given)
    if is_workbook and any(found.cell and not found.cell.sheet and found.check in _UNOPENED for found in book.problems):
        # Nothing can be marked in it: the list alone.
        target = target.with_suffix(".xlsx")
        openpyxl.Workbook().save(target)
        _mark_xlsx(target, target, _placed(report, {}, {}), language)
    elif suffix == ".ods":
        target = target.with_suffix(".ods")
        _mark_ods(given, target, _placed(report, book.tables, {}), language)
    elif is_workbook:
        target = target.with_suffix(".xlsx")
        _mark_xlsx(given, target, _placed(report, book.tables, {}), language)
    else:
        target = target.with_suffix(".xlsx")
        moved = workbook.write(target, book.said or {}, book.tables, language, example=False)
        _mark_xlsx(target, target, _placed(report, book.tables, moved), language)
    return target


def _placed(
    report: Report, tables: Mapping[str, Table], moved: Mapping[tuple[str, int], tuple[str, int]]
) -> list[_Mark]:
    """Where each problem is to be marked. moved: the sheet and row that rows of other files were written to."""
    by_place = {(table.file, table.sheet): table for table in tables.values()}
    found = []
    for problem in report.problems:
        cell = problem.cell or Cell("")
        table = by_place.get((cell.file, cell.sheet))
        sheet, row, column = cell.sheet or "", cell.row, None
        if table and moved:
            sheet, row = moved.get((cell.file, cell.row or 0), ("", None))
            about = table.schema.by_title.get((cell.column or "").casefold())
            column = table.schema.real.index(about) + 1 if about else None
        elif table and cell.column:
            at = table.position(cell.column)
            column = at + 1 if at is not None else None
            row = row or table.header
        found.append(_Mark(sheet, row, column, problem))
    return found


def _words(problem: Problem, language: str) -> str:
    remedy = problem.remedy.get(language)
    example = f"\n{texts(language, 'example')}: {problem.example}" if problem.example else ""
    return problem.message[language] + (f"\n→ {remedy}" if remedy else "") + example


def _by_cell(marks: list[_Mark]) -> dict[tuple[str, int, int], list[Problem]]:
    """The problems of each cell that is to be marked; of a whole row, its first cell."""
    found: dict[tuple[str, int, int], list[Problem]] = {}
    for mark in marks:
        if mark.sheet and mark.row:
            found.setdefault((mark.sheet, mark.row, mark.column or 1), []).append(mark.problem)
    return found


def _listed(mark: _Mark, language: str) -> list[str]:
    """A line of the list of what is to be mended."""
    cell = mark.problem.cell or Cell("")
    kind = "standing" if mark.problem.standing else mark.problem.severity.name.lower()
    where = mark.sheet or Path(cell.file).name
    if mark.row or cell.row:
        where += f", {texts(language, 'row', row=mark.row or cell.row)}"
    if cell.column:
        where += f", {texts(language, 'column', column=cell.column)}"
    words = mark.problem.message[language], mark.problem.remedy.get(language, "")
    return [texts(language, f"one.{kind}"), where, *words]


# -- .xlsx ---------------------------------------------------------------------------------------------------


def _mark_xlsx(source: Path, target: Path, marks: list[_Mark], language: str) -> None:
    book = openpyxl.load_workbook(source)
    for page in book.worksheets:
        for line in page.iter_rows():
            for cell in line:
                if cell.comment and cell.comment.author == _AUTHOR:  # of an earlier check
                    _, was_there, old = cell.comment.text.partition(_AFTER)
                    cell.comment = Comment(old, "Prossima", width=340, height=190) if was_there else None
                    # What had a comment is a header, and its letters are white.
                    cell.fill = PatternFill("solid", fgColor=_HEADER) if was_there else PatternFill()
    for (sheet, row, column), problems in _by_cell(marks).items():
        if sheet not in book.sheetnames:
            continue
        cell = book[sheet].cell(row, column)
        if type(cell).__name__ == "MergedCell":
            continue
        cell.fill = PatternFill("solid", fgColor=_FILLS[max(problem.severity for problem in problems)])
        words = "\n\n".join(_words(problem, language) for problem in problems)
        old = f"{_AFTER}{cell.comment.text}" if cell.comment else ""
        cell.comment = Comment((words + old)[:30000], _AUTHOR, width=380, height=min(60 + 18 * (len(words) // 45), 400))
    name = texts(language, "to_mend")
    if name in book.sheetnames:
        del book[name]
    if marks:
        _list_xlsx(book.create_sheet(name, 0), marks, language)
        for page in book.worksheets:
            page.sheet_view.tabSelected = False
        book.active = 0
    book.save(target)


def _list_xlsx(page: Any, marks: list[_Mark], language: str) -> None:
    headings = [texts(language, key) for key in ("kind", "where", "what", "how")]
    for at, (heading, width) in enumerate(zip(headings, (14, 44, 60, 70), strict=True), start=1):
        cell = page.cell(1, at, heading)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor=_HEADER)
        page.column_dimensions[get_column_letter(at)].width = width
    page.freeze_panes = "A2"
    for row, mark in enumerate(marks, start=2):
        for at, text in enumerate(_listed(mark, language), start=1):
            cell = page.cell(row, at, text or None)
            cell.data_type = "s" if text else "n"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        page.cell(row, 1).fill = PatternFill("solid", fgColor=_FILLS[mark.problem.severity])
        if mark.sheet and mark.row:
            sheet = mark.sheet.replace("'", "''")
            page.cell(row, 2).hyperlink = f"#'{sheet}'!{get_column_letter(mark.column or 1)}{mark.row}"
            page.cell(row, 2).font = Font(color="0066CC", underline="single")


# -- .ods ----------------------------------------------------------------------------------------------------


def _mark_ods(source: Path, target: Path, marks: list[_Mark], language: str) -> None:
    document = odfdo.Document(source)
    for severity, color in _FILLS.items():
        style = odfdo.Style("table-cell", name=_style(severity))
        style.set_properties(area="table-cell", background_color=f"#{color}")
        document.insert_style(style, automatic=True)
    tables = {table.name: table for table in document.body.tables}
    for table in tables.values():
        for row in table.get_rows():
            for cell in row.get_cells():
                for note in [n for n in cell.get_annotations() if n.creator == _AUTHOR]:
                    cell.delete(note)
                    cell.del_attribute("table:style-name")
                    table.set_cell((cell.x, cell.y), cell, clone=False)
    for (sheet, line, column), problems in _by_cell(marks).items():
        if sheet in tables:
            cell = tables[sheet].get_cell((column - 1, line - 1))
            cell.style = _style(max(problem.severity for problem in problems))
            words = "\n\n".join(_words(problem, language) for problem in problems)
            cell.append(odfdo.Annotation(words, creator=_AUTHOR))
            tables[sheet].set_cell((column - 1, line - 1), cell)
    name = texts(language, "to_mend")
    if name in tables:
        document.body.delete(tables[name])
    if marks:
        page = odfdo.Table(name)
        page.set_values([[texts(language, key) for key in ("kind", "where", "what", "how")]])
        for mark in marks:
            page.append_row(odfdo.Row())
            page.set_row_values(page.height - 1, _listed(mark, language))
        document.body.append(page)
    document.save(target)


def _style(severity: Severity) -> str:
    return f"prossima-{severity.name.lower()}"
