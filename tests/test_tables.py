"""Tables and their schemas: CSVW as others read it, in step with the ontology, with headers in two languages."""

from __future__ import annotations

import csv
import json
import shutil
import warnings
from decimal import Decimal
from pathlib import Path
from typing import Any

import csvw
import pytest

from prossima.cells import NONE, UNKNOWN, CellError, literal
from prossima.tables import Column, Schema, filled, nearest, read, shipped_schemas, slug, variables
from prossima.vocabulary import DCTERMS, RDF, ROOT, SCHEME, TABLES, knowledge, ontology_files, scheme_files, triples
from tests.conftest import BOLOGNA, PAVIA, TORINO

TEMPLATE = knowledge() / "kb" / "template"
SCHEMAS = {path.stem: path for path in shipped_schemas().values()}
DEFINED = {triple.subject.value for path in ontology_files() for triple in triples(path)}  # type: ignore[union-attr]
SCHEMES = {triple.subject.value for path in scheme_files() for triple in triples(path)}  # type: ignore[union-attr]


def schema_of(table: str) -> str:
    return "claims" if table.endswith(".claims") else table


def described(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SCHEMAS[name].read_text(encoding="utf-8"))
    return found


# -- schemas ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_makes_only_properties_that_are_defined_and_draws_on_schemes_that_exist(name: str) -> None:
    for column in Schema.read(SCHEMAS[name]).columns:
        if column.property:
            assert column.property in DEFINED | {RDF + "type", DCTERMS + "isReplacedBy"}, column.name
        value = column.value or ""
        if value.startswith(SCHEME) and not value.startswith(SCHEME + "{"):
            assert SCHEME + value.removeprefix(SCHEME).partition("/")[0] in SCHEMES, column.name
        for kind in (column.pattern or "").split("|") if value.startswith(ROOT + "ontology#{") else []:
            assert ROOT + "ontology#" + kind in DEFINED, column.name
        if column.virtual and value.startswith(ROOT):
            assert value in DEFINED, column.name


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_column_has_a_title_in_both_languages_that_is_its_own(name: str) -> None:
    """A header may be the names or the titles of either language: each must lead to its column."""
    schema = Schema.read(SCHEMAS[name])
    for column in schema.real:
        assert set(column.titles) == {"it", "en"}, column.name
        assert schema.by_title[column.name] is column
        for title in column.titles.values():
            assert schema.by_title[title.casefold()] is column, (column.name, title)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_templates_of_a_schema_name_its_own_columns(name: str) -> None:
    said, schema = described(name), Schema.read(SCHEMAS[name])
    assert said["@id"] == f"{TABLES}{name}.json"
    assert schema.real[0].name == "id"
    assert len({column.name for column in schema.columns}) == len(schema.columns)
    real = {column.name for column in schema.real}
    for column in schema.columns:
        for template in (column.about, column.value, schema.about):
            assert set(variables(template)) <= real, column.name


@pytest.mark.parametrize("folder", [PAVIA, TORINO, BOLOGNA, TEMPLATE], ids=lambda folder: folder.name)
def test_a_district_lists_its_tables_and_their_headers_are_those_of_the_schemas(folder: Path) -> None:
    metadata = json.loads((folder / "tables" / "csv-metadata.json").read_text(encoding="utf-8"))
    assert metadata["@context"] == "http://www.w3.org/ns/csvw"
    listed = {table["url"].removesuffix(".csv"): table["tableSchema"] for table in metadata["tables"]}
    assert set(listed) == {path.stem for path in (folder / "tables").glob("*.csv")}
    for table, schema in listed.items():
        assert schema == f"{TABLES}{schema_of(table)}.json"
        with (folder / "tables" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file))
        assert header == [column.name for column in Schema.read(SCHEMAS[schema_of(table)]).real], table


# -- as others read them ---------------------------------------------------------------------------------------


def inlined(table: str, folder: Path) -> Path:
    """The table's metadata with its schema inside: the library follows no link to a shared schema."""
    schema = {key: value for key, value in described(schema_of(table)).items() if key != "@context"}
    metadata = {"@context": "http://www.w3.org/ns/csvw", "url": f"{table}.csv", "tableSchema": schema}
    path = folder / f"{table}.csv-metadata.json"
    path.write_text(json.dumps(metadata), encoding="utf-8")
    return path


def plain(value: object, split: bool) -> list[object]:
    values = value if split and isinstance(value, list) else [value]
    return [v for v in values if v is not None and v != ""]


def ours(text: str, base: str) -> object:
    if base == "boolean":
        return text == "true"
    return Decimal(text) if base in ("integer", "decimal") else text


@pytest.mark.parametrize("table", sorted(path.stem for path in (PAVIA / "tables").glob("*.csv")))
def test_the_library_of_others_reads_the_same_cells(table: str, tmp_path: Path) -> None:
    schema = Schema.read(SCHEMAS[schema_of(table)])
    shutil.copy(PAVIA / "tables" / f"{table}.csv", tmp_path)
    theirs = list(csvw.Table.from_file(inlined(table, tmp_path)))
    rows = read(PAVIA / "tables" / f"{table}.csv", schema).rows
    assert len(theirs) == len(rows) > 0
    for row, other in zip(rows, theirs, strict=True):
        for column in schema.real:
            values = [ours(v, column.base) for v in row.values(column) if v not in (UNKNOWN, NONE)]
            assert plain(other[column.name], bool(column.separator)) == values, (row.number, column.name)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_csvw_as_it_stands(name: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.csv").write_text(
        ",".join(column.name for column in Schema.read(SCHEMAS[name]).real) + "\n", encoding="utf-8"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        table = csvw.Table.from_file(inlined(name, tmp_path))
        assert list(table) == []
    assert {UNKNOWN, NONE} <= set(table.tableSchema.null or [])


# -- the parts of a template -----------------------------------------------------------------------------------


def test_a_template_is_filled_with_values_as_they_are_and_with_slugs() -> None:
    values = {"id": "hub/x", "opened": "[..2019-05]", "email": "info@example.org"}
    assert filled("{+id}/opened/{opened}", values) == "hub/x/opened/2019-05"
    assert filled("{+id}/contact/{email}", values) == "hub/x/contact/info-example-org"
    with pytest.raises(KeyError, match="hours_for"):
        filled("{+id}/hours/{hours_for}", values)


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("2018-05-18/2018-05-27", "2018-05-18-2018-05-27"),
        ("Città dell'Età", "città-dell-età"),
        ("  A  b ", "a-b"),
        ("+39 0382 123", "39-0382-123"),
    ],
)
def test_a_slug_is_lower_case_letters_digits_and_hyphens(text: str, piece: str) -> None:
    assert slug(text) == piece


def test_a_suggestion_is_in_both_languages_or_in_none() -> None:
    assert nearest("torreta", ["torretta", "bistrot"]) == {"it": "Forse «torretta»? ", "en": 'Perhaps "torretta"? '}
    assert nearest("zzz", ["torretta"]) == {"it": "", "en": ""}


@pytest.mark.parametrize(
    ("written", "decimal", "integer"),
    [
        ("1,200", "1200", "1200"),
        ("1.200", "1200", "1200"),
        ("1,5", "1.5", None),
        ("0,500", "0.500", None),
        ("1.234,56", "1234.56", None),
        ("1,234.56", "1234.56", None),
        ("1.234.567", "1234567", "1234567"),
        ("1 200", "1200", "1200"),
        ("12,34,56", None, None),
        ("mille", None, None),
    ],
)
def test_a_number_suggested_is_one_that_is_accepted(written: str, decimal: str | None, integer: str | None) -> None:
    for base, expected in (("decimal", decimal), ("integer", integer)):
        column = Column("value", base=base)
        with pytest.raises(CellError) as error:
            literal(column, written)
        suggestion = error.value.said["suggestion"]["en"]
        assert suggestion == (f'Perhaps "{expected}"? ' if expected else "")
        if expected:
            literal(column, expected)


@pytest.mark.parametrize(
    ("written", "kept"),
    [("007", "7"), ("2.50", "2.5"), ("100", "100"), ("9" * 5000, "9" * 5000), ("0." + "1" * 40, "0." + "1" * 40)],
)
def test_a_number_keeps_all_its_digits(written: str, kept: str) -> None:
    assert literal(Column("value", base="decimal"), written).value == kept
