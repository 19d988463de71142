"""What may be given to check: a district's folder, a workbook, a table, an RDF file, an address, the standard input."""

from __future__ import annotations

import errno
import http.client
import os
import re
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlsplit

from prossima import district, files, workbook
from prossima.district import District
from prossima.problems import Cell, Problem, Severity, problem
from prossima.statements import Contribution
from prossima.vocabulary import ORIGIN

STREAM = "-"
# What has cells to mark.
CELLS = ("folder", *workbook.SUFFIXES)
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
    return path.is_dir() or not (path.suffix or path.is_file())


def read(path: Path, *, tables: bool = False) -> Contribution:
    """What a folder or file says, with a problem for all that could not be understood. tables: whether a table will do
    without its district, to be checked: publishing it would withdraw all the others."""
    if is_folder(path):
        return district.read(path)
    if path.suffix.lower() not in workbook.SUFFIXES:
        return files.read(path)
    if path.suffix.lower() != ".csv" or (not tables and path.is_file()):
        return workbook.read(path)
    folder = district_of(path)
    if folder:
        return district.read(folder)
    if not path.is_file():
        missing = problem("unreadable-file", Cell(str(path)), detail=os.strerror(errno.ENOENT))
        return Contribution(problems=[missing])
    alone = District("table", _NOWHERE, "2000-01-01", {"en": "-"}, {}, "https://example.org/")
    contribution = workbook.read(path, alone)
    if all(found.severity < Severity.UNUSABLE for found in contribution.problems):
        hides = f"{_NOWHERE}(?!origin/).*"
        contribution.problems.append(problem("lone-table", Cell(str(path)), hides=hides))
    return contribution


def district_of(path: Path) -> Path | None:
    """The folder of the district that a table is one of; None for a table that stands by itself."""
    path = path if path.parent.name else path.absolute()
    folder = path.parent.parent
    is_in = path.suffix.lower() == ".csv" and path.parent.name == "tables" and (folder / "district.toml").is_file()
    return folder if is_in and path.is_file() else None


def has_cells(given: str, kind: str = "") -> bool:
    """Whether an input, as it is given, is a spreadsheet or a folder of tables."""
    if given == STREAM:
        return f".{kind.lstrip('.')}" in workbook.SUFFIXES or not kind
    name = re.sub("[?#].*", "", given) if _is_address(given) else given
    return Path(given).is_dir() or Path(name).suffix.lower() in ("", *workbook.SUFFIXES)


def of_paths(problems: list[Problem], paths: list[Path]) -> list[Problem]:
    """The problems found in what was given: of a table that stands in a district's folder, its own, which may follow
    from what the other tables say."""
    whole = {path.absolute() for path in paths if path.is_dir()}
    tables: dict[Path, list[Path]] = {}
    for path in paths:
        if not is_folder(path) and (folder := district_of(path)) and folder.absolute() not in whole:
            tables.setdefault(folder.absolute(), []).append(path)

    def is_asked(found: Problem) -> bool:
        if found.cell is None:
            return True
        parents = Path(found.cell.file).absolute().parents
        own = [path for folder, paths in tables.items() if folder in parents for path in paths]
        return not own or any(concerns(found, path) for path in own)

    return [found for found in problems if is_asked(found)]


def as_given(problems: list[Problem], names: dict[str, str]) -> list[Problem]:
    """The problems of files that stand elsewhere than their name says, at the name that was given."""
    return [
        replace(found, cell=replace(found.cell, file=names[found.cell.file]))
        if found.cell and found.cell.file in names
        else found
        for found in problems
    ]


def concerns(found: Problem, path: Path) -> bool:
    """Whether a problem found in a district is of this table of its, or keeps it from being read."""
    if found.severity is Severity.UNUSABLE or found.cell is None:
        return True
    of_path = Path(found.cell.file).absolute() == path.absolute()
    return of_path or (found.check == "unlisted-table" and found.value == path.name)


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
    is_address = _is_address(given)
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
            except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
                detail = getattr(error, "reason", None) or error
                yield problem("not-found-url", Cell(given), value=given, detail=detail)
                return
            ending = _BY_TYPE.get(type_, "")
        else:
            path = Path(folder) / "stdin"
            with path.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
            ending = ""
        ending = f".{kind.lstrip('.')}" if kind else ending or _ending(path)
        if ending and path.suffix.lower() != ending:
            path = path.rename(path.with_name(_stem(path) + ending))
        if ending != ".gz" and _start(path, 2) == _GZIP:
            path = path.rename(path.with_name(path.name + ".gz"))
        yield path


def _is_address(given: str) -> bool:
    return given.lower().startswith(("http://", "https://"))


_GZIP = b"\x1f\x8b"


def _start(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most)


def _stem(path: Path) -> str:
    """A file's name without the endings that tell its format."""
    known = (*files.FORMATS, *workbook.SUFFIXES, ".gz", ".html", ".txt")
    while path.suffix.lower() in known:
        path = path.with_suffix("")
    return path.name


def _ending(path: Path) -> str:
    """The ending that fits a file's first bytes, where its name has none."""
    if path.suffix.lower() in (*files.FORMATS, *workbook.SUFFIXES) or files.rdf_format(path):
        return path.suffix.lower()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return ".ods" if "mimetype" in archive.namelist() else ".xlsx"
    start = _start(path, 65536)
    if start.startswith(_GZIP):
        # What was cut off is read as far as it goes.
        try:
            start = zlib.decompressobj(wbits=31).decompress(start, 65536)
        except zlib.error:
            return ".gz"
    text = start.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if re.match(r"\{|\[\s*[{\]\"]", text):
        return ".jsonld"
    if re.match(r"(<\?xml|<!--|<!DOCTYPE|<rdf:)", text, re.IGNORECASE):
        return ".rdf" if "<rdf:" in text or "rdf-syntax-ns#" in text else ".html"
    first = next((line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    if re.fullmatch(r"(<[^>]*>|_:\S+) <[^>]*> (<[^>]*>|_:\S+|\".*\"\S*)( (<[^>]*>|_:\S+))? ?\.\s*(#.*)?", first):
        return ".nq"
    # TriG is Turtle, and the graphs that it may have.
    if text.startswith("#") or re.match(
        r"@?(prefix\s+\S*:|base\s*<)|[<\[({]|_:|graph\s|[\w.-]*:\S*\s", first, re.IGNORECASE
    ):
        return ".trig"
    # Every table has the column id.
    titles = {title.strip().strip('"').casefold() for title in re.split("[,;\t]", first)}
    return ".csv" if "id" in titles else ""
