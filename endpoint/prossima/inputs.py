"""What may be given to check: a district's folder, a workbook, a table, an RDF file, an address, the standard input."""

from __future__ import annotations

import errno
import os
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from prossima import district, files, workbook
from prossima.district import District
from prossima.fetching import STREAM, is_address
from prossima.problems import Cell, Problem, Severity, problem
from prossima.statements import Contribution
from prossima.vocabulary import ORIGIN

# What has cells to mark.
CELLS = ("folder", *workbook.SUFFIXES)
# Of a table that stands by itself: no thing of a real district.
_NOWHERE = "https://example.org/table/"


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
    name = re.sub("[?#].*", "", given) if is_address(given) else given
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
