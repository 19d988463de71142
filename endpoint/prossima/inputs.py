"""What may be given to check: a district's folder, a workbook, a table, an RDF file, an address, the standard input."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlsplit

from prossima import district, files, workbook
from prossima.district import District
from prossima.problems import Cell, Problem, problem
from prossima.statements import Contribution
from prossima.vocabulary import ORIGIN

STREAM = "-"
# Of a table that stands by itself: no thing of a real district.
_NOWHERE = "https://example.org/table/"
_BY_TYPE = {
    "text/turtle": ".ttl", "application/n-triples": ".nt", "application/n-quads": ".nq", "application/trig": ".trig",
    "application/rdf+xml": ".rdf", "application/ld+json": ".jsonld", "application/json": ".jsonld", "text/csv": ".csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
}  # fmt: skip


def is_folder(path: Path) -> bool:
    """Whether the input is a district's folder, there or not."""
    return path.is_dir() or not path.suffix


def read(path: Path) -> Contribution:
    """What a folder or file says, with a problem for all that could not be understood."""
    if is_folder(path):
        return district.read(path)
    if path.suffix.lower() not in workbook.SUFFIXES:
        return files.read(path)
    if path.suffix.lower() != ".csv":
        return workbook.read(path)
    folder = path.parent.parent
    if path.parent.name == "tables" and (folder / "district.toml").is_file():
        whole = district.read(folder)
        told = [found for found in whole.problems if found.cell is None or Path(found.cell.file) == path]
        return replace(whole, problems=told)
    alone = District("table", _NOWHERE, "2000-01-01", {"en": "-"}, {}, "https://example.org/")
    contribution = workbook.read(path, alone)
    if not contribution.problems or contribution.references:
        hides = f"{_NOWHERE}(?!origin/).*"
        contribution.problems.append(problem("lone-table", Cell(str(path)), hides=hides))
    return contribution


def group_of(path: Path) -> str:
    """The IRI of the district, or of the file, that an input speaks for."""
    if is_folder(path):
        return district.group_of(path) if path.is_dir() else path.resolve().as_uri()
    if path.suffix.lower() in workbook.SUFFIXES:
        said = workbook.opened(path).said if path.is_file() else None
        return str((said or {}).get("base") or ORIGIN + quote(path.name))
    return ORIGIN + quote(path.name)


@contextmanager
def local(given: str, kind: str = "") -> Iterator[Path | Problem]:
    """An input as a path: an address downloaded, the standard input written down, for as long as it is needed.

    kind: the ending (ttl, nq, csv, ...) of what has no name that tells it. A Problem where an address gives nothing.
    """
    is_address = given.startswith(("http://", "https://"))
    if not is_address and given != STREAM:
        yield Path(given)
        return
    with tempfile.TemporaryDirectory() as folder:
        if is_address:
            try:
                with urllib.request.urlopen(given, timeout=60) as answer:
                    type_ = answer.headers.get_content_type()
                    path = Path(folder) / (Path(urlsplit(given).path).name or "download")
                    with path.open("wb") as file:
                        shutil.copyfileobj(answer, file)
            except (urllib.error.URLError, OSError, ValueError) as error:
                detail = getattr(error, "reason", None) or error
                yield problem("not-found-url", Cell(given), value=given, detail=detail)
                return
            ending = _BY_TYPE.get(type_, "") if not kind else ""
        else:
            path = Path(folder) / "stdin"
            with path.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
            ending = ""
        ending = f".{kind.lstrip('.')}" if kind else ending or _ending(path)
        if path.suffix != ending and (ending or not path.suffix):
            path = path.rename(path.with_name(path.stem + ending))
        yield path


def _ending(path: Path) -> str:
    """The ending that fits a file's first bytes, where its name has none."""
    if path.suffix in (*files.FORMATS, *workbook.SUFFIXES, ".gz"):
        return path.suffix
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return ".ods" if "mimetype" in archive.namelist() else ".xlsx"
    with path.open("rb") as file:
        start = file.read(4096).decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if start.startswith(("{", "[")):
        return ".jsonld"
    if start.startswith(("<?xml", "<rdf:", "<!DOCTYPE")):
        return ".rdf"
    if start.startswith(("@", "PREFIX", "BASE", "#", "_:")) or start.startswith("<"):
        return ".nq" if start.startswith(("<", "_:")) and _has_quads(start) else ".ttl"
    return ".csv"


def _has_quads(start: str) -> bool:
    """Whether the lines look like N-Quads, each with four terms."""
    line = start.splitlines()[0]
    return re.fullmatch(r"(<[^>]*>|_:\S+) <[^>]*> (<[^>]*>|_:\S+|\".*\"\S*) (<[^>]*>|_:\S+) \.\s*", line) is not None
