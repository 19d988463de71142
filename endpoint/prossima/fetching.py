"""Inputs that are no files yet: what an address or the standard input gives, written down with the ending that fits."""

from __future__ import annotations

import http.client
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
from pathlib import Path
from urllib.parse import urlsplit

from prossima import files, workbook
from prossima.problems import Cell, Problem, problem

STREAM = "-"
_GZIP = b"\x1f\x8b"
_BY_TYPE = {
    "text/turtle": ".ttl", "application/n-triples": ".nt", "application/n-quads": ".nq", "application/trig": ".trig",
    "application/rdf+xml": ".rdf", "application/ld+json": ".jsonld", "application/json": ".jsonld", "text/csv": ".csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
}  # fmt: skip


@contextmanager
def local(given: str, kind: str = "") -> Iterator[Path | Problem]:
    """An input as a path: an address downloaded, the standard input written down, for as long as it is needed.

    kind: the ending (ttl, nq, csv, ...) of what has no name that tells it. A Problem where an address gives nothing.
    """
    away = is_address(given)
    if not away and given != STREAM:
        yield Path(given)
        return
    with tempfile.TemporaryDirectory() as folder:
        if away:
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


def is_address(given: str) -> bool:
    """Whether an input is to be downloaded."""
    return given.lower().startswith(("http://", "https://"))


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
