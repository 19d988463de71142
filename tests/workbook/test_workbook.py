"""Workbooks: written and read back without loss, with help and lists; typed cells; what cannot be opened; the marked
copy; the commands."""

from __future__ import annotations

import datetime
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import odfdo
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.formula import ArrayFormula

from prossima import district, workbook
from prossima.problems import Severity
from prossima.settings import Settings
from prossima.statements import Contribution
from prossima.tables import Column, Row, Schema, Table, sheets
from prossima.tables.help import help_of
from prossima.tables.reading import _CONTROL, _LOST, _MOJIBAKE, _UNSEEN
from prossima.validation import check
from prossima.validation.reports.marked import marked
from prossima.workbook.reading import CLAIMS, FOR_PEOPLE, claims_schema, schemas
from prossima.workbook.writing import title_of
from tests.conftest import BOLOGNA, PAVIA, REPOSITORY, TORINO
from tests.test_cli import run

ESEMPIO, TEMPLATE = REPOSITORY / "docs" / "reuse" / "esempio", REPOSITORY / "kb" / "template"
LANGUAGES = ("it", "en")


def exported(folder: Path, path: Path, language: str = "it", *, example: bool = False) -> Path:
    book = workbook.collected(folder)
    workbook.write(path, book.said or {}, book.tables, language, example=example)
    return path


def said(contribution: Contribution) -> set[object]:
    assert [p.message["en"] for p in contribution.problems if p.severity > Severity.WARNING] == []
    return {(statement.triple, statement.evidence) for statement in contribution.statements}


def as_ods(source: Path, target: Path) -> Path:
    """The sheets of a workbook with their texts, as LibreOffice would save them."""
    document = odfdo.Document("spreadsheet")
    document.body.clear()
    for sheet in openpyxl.load_workbook(source).worksheets:
        table = odfdo.Table(sheet.title)
        table.set_values([[value or None for value in row] for row in sheet.iter_rows(values_only=True)])
        document.body.append(table)
    document.save(target)
    return target


# -- there and back --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("folder", [PAVIA, TORINO, BOLOGNA, ESEMPIO], ids=lambda folder: folder.name)
def test_what_is_exported_and_imported_says_the_same_with_the_same_evidence(
    folder: Path, language: str, tmp_path: Path
) -> None:
    path = exported(folder, tmp_path / "a.xlsx", language, example=True)
    back = workbook.opened(path, workbook.own_schemas(folder))
    whole = said(workbook.stated(workbook.collected(folder)))
    assert len(whole) > 50
    assert said(workbook.stated(back)) == whole
    if folder is not ESEMPIO:  # whose ontology lies beside its tables
        assert whole == said(district.read(folder))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_ods_says_the_same_too(language: str, tmp_path: Path) -> None:
    path = as_ods(exported(BOLOGNA, tmp_path / "a.xlsx", language), tmp_path / "a.ods")
    assert said(workbook.read(path)) == said(district.read(BOLOGNA))


def test_saving_writes_the_same_bytes_and_keeps_what_no_workbook_holds(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(PAVIA, tmp_path / "pavia"))
    (folder / "own.ttl").write_text("<x:a> <x:b> <x:c> .", encoding="utf-8")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    book = workbook.opened(exported(PAVIA, tmp_path / "a.xlsx", "en"))
    for path in folder.glob("tables/hubs*.csv"):
        path.write_text("id\n", encoding="utf-8")
    workbook.save(book, folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_saving_makes_a_folder_that_says_the_same(tmp_path: Path) -> None:
    book = workbook.opened(exported(TORINO, tmp_path / "a.xlsx"))
    workbook.save(book, tmp_path / "torino")
    assert said(district.read(tmp_path / "torino")) == said(district.read(TORINO))


SCHEMAS = schemas(workbook.own_schemas(ESEMPIO))
HUBS, LODGES, SERVICES = SCHEMAS["hubs"], SCHEMAS["lodges"], SCHEMAS["services"]


def is_plain(text: str) -> bool:
    """Whether a text is read as it is: it holds nothing that is told and mended."""
    garbled = _CONTROL.search(text) or _UNSEEN.search(text) or _MOJIBAKE.search(text) or _LOST in text
    return bool(text) and not garbled and "\r" not in text and not text.startswith("# ")


starts = st.sampled_from(["", "", "=", "=SOMMA(", "'", '"', "«", "-", "+", "@", "?", "#N/D ", "2019", "sì", "\n"])
letters = st.characters(exclude_categories=["Cs", "Cc", "Cn"], include_characters="\n\t")
texts = st.builds(lambda start, rest, times: (start + rest * times).strip(), starts, st.text(letters, max_size=20),
                  st.sampled_from([1, 1, 1, 60])).filter(is_plain)  # fmt: skip
ids = st.from_regex(r"\A[a-z][a-z0-9-]{0,8}\Z")


def cells_of(column: Column) -> st.SearchStrategy[str]:
    """Cells as a reader gives them: values of the column's list, ids, texts; or a gap."""
    one: st.SearchStrategy[str] = st.sampled_from(list(column.choices)) if column.choices else texts
    if (column.value or "").startswith("{+"):
        one = ids.map(lambda id_: f"place/{id_}")
    if column.separator:
        parts = one.map(lambda part: part.replace(";", ",").strip()).filter(bool)
        one = st.lists(parts, min_size=1, max_size=3).map(";".join)
    return st.one_of(one, st.sampled_from(["?", "-"]))


@st.composite
def districts(draw: st.DrawFn) -> dict[str, Table]:
    """Hubs and services, lodges that share the ids of hubs, and claims on all."""
    found: dict[str, Table] = {}
    names = draw(st.lists(ids, min_size=1, max_size=3, unique=True))
    for name, schema in (("hubs", HUBS), ("lodges", LODGES), ("services", SERVICES)):
        kind = "service" if name == "services" else "hub"
        columns = draw(st.lists(st.sampled_from(schema.real[1:]), max_size=6, unique_by=lambda column: column.name))
        rows, claims = [], []
        for number, id_ in enumerate(names, start=2):
            cells = {"id": f"{kind}/{id_}"} | {column.name: draw(cells_of(column)) for column in columns}
            rows.append(Row(number, cells))
            for column in columns:
                if column.property and not column.suppressed and draw(st.booleans()):
                    value = {"value": draw(cells_of(column))} if draw(st.booleans()) else {}
                    note = {"note_it": draw(texts)} if draw(st.booleans()) else {}
                    sure = {"confidence": draw(st.sampled_from(["confirmed", "single-source"]))}
                    claims.append(
                        Row(len(claims) + 2, {"id": cells["id"], "field": column.name, **value, **sure, **note})
                    )
        found[name] = Table(f"{name}.csv", schema, rows=rows)
        found[f"{name}.claims"] = Table(f"{name}.claims.csv", claims_schema(), rows=claims)
    return found


def rows_of(table: Table) -> list[dict[str, list[str]]]:
    """The rows by value: a cell of several is a list."""
    by_name = table.schema.by_name | {"sources": Column("sources", separator=";")}
    rows = [{name: row.values(by_name[name]) for name in row.cells if name != "table"} for row in table.rows]
    for row, plain in zip(rows, table.rows, strict=True):
        if "value" in row and "field" in row:  # of a claim: as the column it speaks of has it
            row["value"] = [part.strip() for part in plain.cells["value"].split(";")]
    return rows


@pytest.mark.parametrize("language", LANGUAGES)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(found=districts())
def test_any_rows_are_read_back_as_they_were_written(
    language: str, found: dict[str, Table], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.xlsx"
    workbook.write(path, {"id": "prova"}, found, language, example=True)
    back = workbook.opened(path, {"lodges": LODGES})
    assert back.problems == []
    assert {name: rows_of(table) for name, table in back.tables.items()} == {
        name: rows_of(table) for name, table in found.items()
    }


# -- what helps to fill it in ----------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=LANGUAGES)
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    path = tmp_path_factory.mktemp("template") / "a.xlsx"
    return request.param, exported(TEMPLATE, path, request.param, example=True)


def columns_of(language: str) -> list[tuple[str, Schema, int, Column]]:
    """Each column of each sheet: sheet, schema, position from 1."""
    listed = [(title_of(name, schema, language), schema) for name, schema in schemas().items()]
    listed.append((CLAIMS[language], claims_schema()))
    return [(sheet, schema, at, column) for sheet, schema in listed for at, column in enumerate(schema.real, start=1)]


def test_each_header_has_its_title_a_comment_in_both_languages_and_a_mark_if_required(
    template: tuple[str, Path],
) -> None:
    language, path = template
    book = openpyxl.load_workbook(path)
    for sheet, schema, at, column in columns_of(language):
        cell = book[sheet].cell(1, at)
        assert cell.value == column.titles[language]
        assert cell.comment, (sheet, cell.value)
        parts = cell.comment.text.split("\n\n")
        assert len(parts) == 2, (sheet, column.name, parts)
        assert all(len(part) > 5 for part in parts), (sheet, column.name, parts)
        helped = help_of(schema, column)
        if helped and helped.description and not column.suppressed:
            assert all(words in cell.comment.text for words in helped.description.values()), (sheet, column.name)
        assert (cell.fill.fgColor.rgb[-6:] == "0066CC") == column.required, (sheet, column.name)


def test_each_list_is_offered_by_labels_that_lead_back_to_its_values(template: tuple[str, Path]) -> None:
    language, path = template
    book = openpyxl.load_workbook(path)
    lists = 0
    for sheet, _, at, column in columns_of(language):
        if column.name == "confidence":
            column = replace(column, value="https://w3id.org/prossima/scheme/confidence/{+confidence}")
        letter = openpyxl.utils.get_column_letter(at)
        offered = [v for v in book[sheet].data_validations.dataValidation if f"{letter}2" in v.sqref]
        if not column.choices:
            continue
        assert len(offered) == 1, (sheet, column.name)
        page, _, area = offered[0].formula1.rpartition("!")
        words = [str(row[0].value) for row in book[page.strip("'")][area.replace("$", "")]]
        assert [column.chosen(word) for word in words] == list(column.choices), (sheet, column.name)
        lists += 1
    assert lists > 25


def test_ids_of_other_sheets_are_offered(template: tuple[str, Path]) -> None:
    language, path = template
    book = openpyxl.load_workbook(path)
    at = next(at for at, column in enumerate(SCHEMAS["hubs"].real, start=1) if column.name == "sources")
    letter, sheet = openpyxl.utils.get_column_letter(at), SCHEMAS["sources"].titles[language]
    [offered] = [v for v in book[SCHEMAS["hubs"].titles[language]].data_validations.dataValidation
                 if f"{letter}2" in v.sqref]  # fmt: skip
    assert offered.formula1 == f"'{sheet}'!$A$2:$A$2000"


def test_examples_are_there_and_are_not_read(template: tuple[str, Path]) -> None:
    language, path = template
    book = openpyxl.load_workbook(path)
    assert str(book[SCHEMAS["hubs"].titles[language]]["A2"].value).startswith("# hub/")
    found = workbook.opened(path)
    assert found.problems == []
    assert {name: len(table.rows) for name, table in found.tables.items() if table.rows} == {}


@pytest.mark.parametrize("name", ["hubs", "HUBS", "Spazi di comunità", "SPAZI DI COMUNITÀ", " community hubs "])
@pytest.mark.parametrize(
    "header",
    ["id|name_it|kind|located_in|sources|confidence",
     "ID|Nome|TIPO|si trova in (Comune e quartiere)|FONTI|Attendibilità",
     "id| name |\u00a0Kind|located in\n(municipality and quarter)|sources |confidence"],
)  # fmt: skip
def test_sheets_and_columns_are_known_by_name_or_title_in_either_language(
    name: str, header: str, tmp_path: Path
) -> None:
    path = sheet_of([header.split("|"), ["hub/a", "Casa", "Laboratorio SOCIALE"]], tmp_path / "a.xlsx", name)
    found = workbook.opened(path)
    assert found.problems == []
    [row] = found.tables["hubs"].rows
    assert row.cells == {"id": "hub/a", "name_it": "Casa", "kind": "social-lab"}


# -- typed cells -----------------------------------------------------------------------------------------------


def sheet_of(lines: list[list[Any]], path: Path, name: str = "Prova") -> Path:
    book = openpyxl.Workbook()
    page = book.active
    page.title = name
    for line in lines:
        page.append(line)
    book.save(path)
    return path


TYPED = [
    (datetime.date(2019, 5, 17), "dd/mm/yyyy", "2019-05-17"),
    (datetime.datetime(2019, 5, 17), "d mmmm yyyy", "2019-05-17"),
    (datetime.datetime(2019, 5, 1), "mmm-yy", "2019-05"),
    (datetime.datetime(2019, 5, 1), "mm/yyyy", "2019-05"),
    (datetime.datetime(2019, 5, 1), "[$-410]mmmm\\ yyyy;@", "2019-05"),
    (datetime.datetime(2019, 1, 1), "yyyy", "2019"),
    (datetime.datetime(2019, 5, 17, 9, 30), "dd/mm/yyyy hh:mm", "2019-05-17T09:30:00"),
    (datetime.time(9, 30), "h:mm", "09:30"),
    (120, "General", "120"), (120.0, "0.00", "120"), (159.5, "General", "159.5"), (1e-7, "General", "0.0000001"),
    (12345678901234, "General", "12345678901234"), (0.25, "0%", "25%"), (0.125, "0.0%", "12.5%"), (1, "0%", "100%"),
    (True, "General", "true"), (False, "General", "false"),
    ("=A1+1", "General", "=A1+1"), ("#N/A", "General", "#N/A"),
    (ArrayFormula("A1", "=SUM(B1:B2)"), "General", "=SUM(B1:B2)"),
    ("018110", "@", "018110"), (" due\n righe ", "General", " due\n righe "), ("a_x000B_b", "General", "a\x0bb"),
    ("a_x000D_\nb", "General", "a\nb"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "shown_as", "text"), TYPED, ids=[repr(value)[:40] + form for value, form, _ in TYPED]
)
def test_a_typed_cell_is_what_its_author_would_have_typed(value: Any, shown_as: str, text: str, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    cell = book.active["A1"]
    cell.value, cell.number_format = value, shown_as
    book.save(tmp_path / "a.xlsx")
    [sheet] = sheets.read(tmp_path / "a.xlsx")
    assert sheet.lines == [[text]]
    assert sheet.dates == ([(1, 0)] if isinstance(value, datetime.date | datetime.time) else [])


def test_a_typed_cell_of_an_ods_is_too(tmp_path: Path) -> None:
    typed = [
        (odfdo.Cell(datetime.date(2019, 5, 17)), "2019-05-17"),
        (odfdo.Cell(True), "true"),
        (odfdo.Cell(120), "120"),
        (odfdo.Cell(159.5), "159.5"),
        (odfdo.Cell(0.25, cell_type="percentage"), "25%"),
        (odfdo.Cell(3, formula="of:=SUM([.A1:.A2])"), "=SUM([.A1:.A2])"),
        (odfdo.Cell("due\nrighe"), "due\nrighe"),
        (odfdo.Cell("018110"), "018110"),
    ]
    document = odfdo.Document("spreadsheet")
    document.body.clear()
    table = odfdo.Table("Prova")
    for at, (cell, _) in enumerate(typed):
        table.set_cell((at, 0), cell)
    document.body.append(table)
    document.save(tmp_path / "a.ods")
    [sheet] = sheets.read(tmp_path / "a.ods")
    assert sheet.lines == [[text for _, text in typed]]
    assert sheet.dates == [(1, 0)]


# -- what cannot be opened -------------------------------------------------------------------------------------


def truncated(path: Path) -> None:
    exported(BOLOGNA, path.with_suffix(".whole.xlsx"))
    data = path.with_suffix(".whole.xlsx").read_bytes()
    path.write_bytes(data[: len(data) // 2])


def scrambled(path: Path) -> None:
    """A zip whose parts are no longer XML."""
    exported(BOLOGNA, path.with_suffix(".whole.xlsx"))
    with zipfile.ZipFile(path.with_suffix(".whole.xlsx")) as whole, zipfile.ZipFile(path, "w") as made:
        for member in whole.namelist():
            made.writestr(member, whole.read(member)[: 100 if "sheet" in member else None])


def other_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("a.txt", "ciao")


def huge(path: Path) -> None:
    """Zeros pack a thousand times smaller."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made,
        made.open("xl/workbook.xml", "w") as to,
    ):
        for _ in range(310):
            to.write(bytes(1_000_000))


def for_people(path: Path) -> None:
    sheet_of([["Come si fa"]], path, "Guida")


UNOPENED: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "with a password": ("no-workbook", lambda path: path.write_bytes(bytes.fromhex("D0CF11E0A1B11AE1") + bytes(4096))),
    "of text": ("no-workbook", lambda path: path.write_text("id;nome", encoding="utf-8")),
    "of no bytes": ("no-workbook", lambda path: path.write_bytes(b"")),
    "cut in two": ("no-workbook", truncated),
    "scrambled": ("damaged-workbook", scrambled),
    "another zip": ("damaged-workbook", other_zip),
    "huge": ("large-workbook", huge),
    "without sheets of ours": ("empty-workbook", for_people),
    "without a cell": ("empty-workbook", lambda path: openpyxl.Workbook().save(path)),
    "that is not there": ("unreadable-file", lambda path: None),
}


@pytest.mark.parametrize("name", UNOPENED)
def test_a_workbook_that_cannot_be_used_gives_one_problem(name: str, tmp_path: Path) -> None:
    expected, make = UNOPENED[name]
    make(tmp_path / "a.xlsx")
    report = check(workbook.read(tmp_path / "a.xlsx"))
    assert [(p.check, p.severity) for p in report.problems] == [(expected, Severity.UNUSABLE)]
    assert report.exit_code == 2
    assert all(report.problems[0].remedy.values())


def test_a_damaged_ods_is_one_problem_too(tmp_path: Path) -> None:
    for make, expected in ((other_zip, "damaged-workbook"), (truncated, "no-workbook")):
        make(tmp_path / "a.ods")
        assert [p.check for p in workbook.read(tmp_path / "a.ods").problems] == [expected]


def test_two_sheets_of_one_table_and_a_stray_one_are_told_by_name(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(exported(BOLOGNA, tmp_path / "a.xlsx"))
    book.create_sheet("hubs").append(["id", "nome"])
    book.create_sheet("Appunti").append(["chiamare il comune"])
    book.save(tmp_path / "a.xlsx")
    found = check(workbook.read(tmp_path / "a.xlsx")).problems
    assert {(p.check, p.cell and p.cell.sheet, p.value) for p in found if p.blocks} == {
        ("unknown-sheet", "Appunti", "Appunti"), ("repeated-sheet", "hubs", "hubs"),
    }  # fmt: skip


# -- the marked copy -------------------------------------------------------------------------------------------


def spoil(path: Path) -> None:
    """Three mistakes in cells, one in a header, one of a whole sheet."""
    book = openpyxl.load_workbook(path)
    hubs, places = book["Spazi di comunità"], book["Luoghi"]
    hubs["D2"] = "Laboratori sociale"
    hubs["G3"] = "17/05/2019"
    places["A4"] = "Pavia"
    places.cell(1, 4).value = "altri nommi"
    book.create_sheet("Appunti").append(["chiamare"])
    book.save(path)


def marks_of(path: Path) -> dict[tuple[str, int, int], tuple[str, str]]:
    """The comments and colours of cells that are marked, by sheet, row and column."""
    found = {}
    if path.suffix == ".xlsx":
        for page in openpyxl.load_workbook(path).worksheets:
            for line in page.iter_rows():
                for cell in line:
                    if cell.comment and cell.comment.author == "Prossima: controllo":
                        found[page.title, cell.row, cell.column] = (cell.comment.text, cell.fill.fgColor.rgb[-6:])
        return found
    document = odfdo.Document(path)
    for table in document.body.tables:
        for y, row in enumerate(table.traverse(), start=1):
            for x, cell in enumerate(row.traverse(), start=1):
                notes = [n for n in cell.get_annotations() if n.creator == "Prossima: controllo"]
                if notes:
                    style = document.get_style("table-cell", cell.style)
                    color = style.get_properties("table-cell")["fo:background-color"].strip("#")
                    found[table.name, y, x] = ("\n\n".join(note.note_body for note in notes), color)
    return found


COLORS = {
    Severity.VIOLATION: "F8C9C6",
    Severity.WARNING: "FCE7B2",
    Severity.UNUSABLE: "F2B8B5",
    Severity.INFO: "DCE9F5",
}


@pytest.mark.parametrize("suffix", [".xlsx", ".ods"])
def test_the_marked_copy_has_each_problem_at_its_cell_and_is_input_again(suffix: str, tmp_path: Path) -> None:
    path = exported(BOLOGNA, tmp_path / "a.xlsx")
    spoil(path)
    if suffix == ".ods":
        path = as_ods(path, tmp_path / "a.ods")
    before = path.read_bytes()
    report = check(workbook.read(path))
    assert {p.check for p in report.problems if p.blocks} == {
        "unknown-concept", "wrong-date", "wrong-id", "unknown-column", "unknown-sheet",
    }  # fmt: skip
    target = marked(report, path, tmp_path / "marked.xlsx", "it")
    assert target.suffix == suffix
    assert path.read_bytes() == before

    marks = marks_of(target)
    expected = {("Spazi di comunità", 2, 4), ("Spazi di comunità", 3, 7), ("Luoghi", 4, 1), ("Luoghi", 1, 4)}
    assert expected <= marks.keys()
    for problem in report.problems:
        cell = problem.cell
        assert cell
        if cell.row:
            here = [mark for (sheet, row, _), mark in marks.items() if (sheet, row) == (cell.sheet, cell.row)]
            [(words, color)] = [mark for mark in here if problem.message["it"] in mark[0]]
            assert problem.remedy["it"] in words
            assert words.count(problem.message["it"]) == 1
            assert color == COLORS[problem.severity]
    [listed] = [sheet for sheet in sheets.read(target) if sheet.name == "Da correggere"]
    assert len(listed.lines) == 1 + len(report.problems)
    assert "da correggere" in FOR_PEOPLE

    again = check(workbook.read(target))
    assert [(p.check, p.cell and (p.cell.sheet, p.cell.row, p.cell.column)) for p in again.problems] == [
        (p.check, p.cell and (p.cell.sheet, p.cell.row, p.cell.column)) for p in report.problems
    ]
    twice = marked(again, target, tmp_path / "twice.xlsx", "it")
    assert marks_of(twice) == marks
    assert [sheet.name for sheet in sheets.read(twice)] == [sheet.name for sheet in sheets.read(target)]


def test_what_is_mended_in_the_marked_copy_is_not_marked_any_more(tmp_path: Path) -> None:
    path = exported(BOLOGNA, tmp_path / "a.xlsx")
    spoil(path)
    target = marked(check(workbook.read(path)), path, tmp_path / "marked.xlsx", "it")
    book = openpyxl.load_workbook(target)
    book["Spazi di comunità"]["G3"] = "2019-05-17"
    book.save(target)
    twice = marked(check(workbook.read(target)), target, tmp_path / "twice.xlsx", "it")
    assert marks_of(target).keys() - marks_of(twice).keys() == {("Spazi di comunità", 3, 7)}


def test_tables_in_csv_come_back_marked_as_one_workbook(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(BOLOGNA, tmp_path / "bologna"))
    hubs, claims = folder / "tables" / "hubs.csv", folder / "tables" / "hubs.claims.csv"
    hubs.write_text(hubs.read_text(encoding="utf-8").replace(",place/", ",place/x", 1), encoding="utf-8")
    claims.write_text(claims.read_text(encoding="utf-8").replace(",name_it,", ",name_itt,", 1), encoding="utf-8")
    report = check(district.read(folder))
    problems = [p for p in report.problems if p.blocks]
    assert {p.check for p in problems} == {"dangling-reference", "claim-without-field"}
    target = marked(report, folder, tmp_path / "marked", "en")
    assert target == tmp_path / "marked.xlsx"
    marks = marks_of(target)
    for problem in problems:
        [(sheet, row, at)] = [place for place, (words, _) in marks.items() if problem.message["en"] in words]
        page = openpyxl.load_workbook(target)[sheet]
        assert problem.value
        assert problem.value in str(page.cell(row, at).value)
    assert {place[0] for place in marks} >= {"Community hubs", "Sources of single facts"}
    assert {p.check for p in check(workbook.read(target)).problems if p.blocks} == {p.check for p in problems}


# -- commands --------------------------------------------------------------------------------------------------


def test_new_makes_a_folder_and_a_workbook_that_can_be_filled_and_imported(tmp_path: Path) -> None:
    done = run("new", "lodi", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "lodi" / "tables" / "hubs.csv").is_file()
    assert district.District.read(tmp_path / "lodi").id == "lodi"
    book = openpyxl.load_workbook(tmp_path / "lodi.xlsx")
    book["Sources"].append(["source/a", "Un giornale"])
    book["Places"].append(["place/lodi", "Quarter", "Lodi", *[None] * 14, "source/a", "from one source"])
    book.save(tmp_path / "lodi.xlsx")
    done = run("import", "lodi.xlsx", "--into", "lodi", cwd=tmp_path)
    assert done.returncode in (0, 1), done.stderr
    assert run("new", "lodi", cwd=tmp_path).returncode == 2
    assert run("new", "Città Mia", cwd=tmp_path).returncode == 2


def test_import_refuses_what_is_not_good_and_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(BOLOGNA, tmp_path / "bologna"))
    path = exported(BOLOGNA, tmp_path / "a.xlsx")
    assert run("import", path, "--into", folder).returncode == 0
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    assert before == {
        folder / file.relative_to(BOLOGNA): file.read_bytes() for file in BOLOGNA.rglob("*") if file.is_file()
    }

    book = openpyxl.load_workbook(path)
    book["Spazi di comunità"]["G3"] = "17/05/2019"
    book.save(path)
    done = run("import", path, "--into", folder, "--lang", "it")
    assert done.returncode == 1
    assert "Forse «2019-05-17»?" in " ".join(done.stderr.split())
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before
    [copy] = list(tmp_path.glob("a-*.xlsx"))
    assert ("Spazi di comunità", 3, 7) in marks_of(copy)

    done = run("import", path, "--into", folder, "--force")
    assert done.returncode == 0
    assert "17/05/2019" in (folder / "tables" / "hubs.csv").read_text(encoding="utf-8")
    path.write_bytes(b"no workbook")
    assert "Traceback" not in (done := run("import", path, "--into", folder)).stderr
    assert done.returncode == 2
    assert run("import", path, "--into", folder, "--force", "--marked", tmp_path / "m.xlsx").returncode == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_export_writes_a_folder_or_what_is_published(language: str, published: Settings, tmp_path: Path) -> None:
    for what, arguments in ((BOLOGNA, ()), ("bologna", ("--data", published.data))):
        target = tmp_path / f"{Path(what).name}-{len(arguments)}.xlsx"
        done = run("export", what, "--output", target, "--lang", language, *arguments)
        assert done.returncode == 0, done.stderr
        assert said(workbook.read(target)) == said(district.read(BOLOGNA))
    assert run("export", "nowhere", "--data", published.data).returncode == 2
