"""Workbook and folder: what a workbook holds, written as a district's folder, and the other way round."""

from __future__ import annotations

import contextlib
import csv
import datetime
import io
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from prossima import district
from prossima.district import District
from prossima.statements import Contribution
from prossima.tables import Schema, Table
from prossima.vocabulary import TABLES
from prossima.workbook.reading import SUFFIXES, TABLE, Book, opened, stated


def save(book: Book, folder: Path) -> list[Path]:
    """Write what a workbook holds as a district's folder: its tables in place of those of the same names, its keys in
    place of those of district.toml where they differ; the rest of the folder stays. Returns the files written."""
    written = []
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    toml = folder / "district.toml"
    if book.said and not (toml.is_file() and _same(book.said, tomllib.loads(toml.read_text(encoding="utf-8-sig")))):
        toml.write_text(as_toml(book.said), encoding="utf-8")
        written.append(toml)
    for name, table in book.tables.items():
        path = folder / "tables" / f"{name}.csv"
        if district.is_claims(name) and not table.rows and not path.exists():
            continue
        path.write_text(as_csv(table), encoding="utf-8", newline="")
        written.append(path)
    written += _list_tables(folder, book)
    return written


def collected(folder: Path) -> Book:
    """The tables of a district's folder, as a workbook holds them. Raises what District.read raises."""
    book = Book(folder, tomllib.loads((folder / "district.toml").read_text(encoding="utf-8-sig")))
    contribution = Contribution()
    book.tables = district.tables_in(folder, District.read(folder), contribution)
    book.problems = contribution.problems
    return book


def found(id_: str, folders: Iterable[Path]) -> Book | None:
    """The district of this id, or the only folder's, among folders that hold a district's files or its workbook."""
    folders = list(folders)
    for folder in folders:
        if (folder / "district.toml").is_file():
            book = collected(folder)
        else:
            books = [path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES]
            if not books:
                continue
            book = opened(books[0])
        if (book.said or {}).get("id") == id_ or folders == [Path(id_)]:
            return book
    return None


def proposed(book: Book, folder: Path) -> Contribution:
    """What a district's folder would say with the workbook's tables in it."""
    there = (folder / "district.toml").is_file()
    try:
        speaking = District.read(folder) if there and not book.said else None
    except (ValueError, OSError):
        return district.read(folder)  # which tells what is wrong with it
    if not there:
        return stated(book)
    known = Contribution()
    tables = district.tables_in(folder, District.read(folder), known)
    merged = replace(book, tables={**{n: t for n, t in tables.items() if n not in book.tables}, **book.tables})
    contribution = stated(merged, speaking)
    contribution.problems += [p for p in known.problems if p.cell and Path(p.cell.file).stem not in book.tables]
    contribution.extend(district.beside(folder, speaking or District.of(book.said or {})))
    return contribution


def own_schemas(folder: Path) -> dict[str, Schema]:
    """The schema of each table that a folder lists, as far as it can be read."""
    found = {}
    with contextlib.suppress(OSError, ValueError):
        contribution = Contribution()
        for name, table in district.tables_in(folder, District.read(folder), contribution).items():
            if not district.is_claims(name):
                found[name] = table.schema
    return found


def beside(folder: Path) -> list[str]:
    """The files of a district's folder that no workbook holds: RDF, shapes, schemas of its own."""
    found = [*folder.glob("*.ttl"), *folder.glob("shapes/*.ttl"), *folder.glob("tables/*.json")]
    return sorted(path.relative_to(folder).as_posix() for path in found if path.name != "csv-metadata.json")


def _same(said: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    return all(there.get(key) == value for key, value in said.items())


def _list_tables(folder: Path, book: Book) -> Iterable[Path]:
    """Name the tables in csv-metadata.json that it does not name yet."""
    path = folder / "tables" / "csv-metadata.json"
    metadata: dict[str, Any] = {"@context": "http://www.w3.org/ns/csvw", "tables": []}
    if path.is_file():
        metadata = json.loads(path.read_text(encoding="utf-8-sig"))
    listed = {str(entry["url"]).casefold() for entry in metadata["tables"]}
    present = (name for name in book.tables if (folder / "tables" / f"{name}.csv").is_file())
    new = [name for name in present if f"{name}.csv".casefold() not in listed]
    if not new:
        return []
    for name in new:
        schema = "claims" if district.is_claims(name) else book.tables[name].schema.name
        metadata["tables"].append({"url": f"{name}.csv", "tableSchema": f"{TABLES}{schema}.json"})
    lines = ",\n".join("    " + json.dumps(entry, ensure_ascii=False) for entry in metadata["tables"])
    context = json.dumps(metadata["@context"])
    path.write_text(f'{{\n  "@context": {context},\n  "tables": [\n{lines}\n  ]\n}}\n', encoding="utf-8")
    return [path]


def as_csv(table: Table) -> str:
    """A table as CSV, with all the columns of its schema in their order."""
    text = io.StringIO(newline="")
    columns = [column.name for column in table.schema.real if column is not TABLE]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in table.rows:
        writer.writerow([row.cells.get(name, "") for name in columns])
    return text.getvalue()


def as_toml(said: Mapping[str, Any]) -> str:
    """The keys of a district.toml as its text."""

    def value(of: object) -> str:
        return of.isoformat() if isinstance(of, datetime.date) else json.dumps(of, ensure_ascii=False)

    plain = [f"{key} = {value(said[key])}" for key in said if not isinstance(said[key], dict)]
    for name, texts in said.items():
        if isinstance(texts, dict):
            plain += ["", f"[{name}]", *(f"{language} = {value(text)}" for language, text in texts.items())]
    return "\n".join(plain) + "\n"
