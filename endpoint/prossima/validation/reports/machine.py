"""The report for machines: SHACL's own report (Turtle, JSON-LD), JSON, annotations of GitHub and GitLab."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from prossima.problems import Cell, Problem, Severity
from prossima.validation.report import Report
from prossima.vocabulary import PREFIXES, RDF, SH, SHAPES, XSD, is_iri

_LEVELS = {
    Severity.UNUSABLE: "error",
    Severity.VIOLATION: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "notice",
}
_GITLAB = {Severity.UNUSABLE: "blocker", Severity.VIOLATION: "major", Severity.WARNING: "minor", Severity.INFO: "info"}

_DELIMITER_TOLD = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)


def as_json(report: Report, language: str) -> str:
    """Counts, verdict and every problem with its place, value, and words in both languages."""
    said = {
        "conforms": not report.blocks,
        "statements": report.statements,
        "counts": {severity.name.lower(): n for severity, n in report.counts().items()},
        "problems": [_described(problem) for problem in report.problems],
    }
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"


def _described(problem: Problem) -> dict[str, object]:
    cell = problem.cell
    said: dict[str, object] = {
        "check": problem.check.removeprefix(SHAPES),
        "severity": problem.severity.name.lower(),
        "standing": problem.standing,
        "file": cell.file if cell else None,
        "sheet": cell.sheet if cell else None,
        "row": cell.row if cell else None,
        "column": cell.column if cell else None,
        "value": problem.value,
        "focus": problem.focus,
        "path": problem.path,
        "example": problem.example,
        "message": dict(problem.message),
        "remedy": {language: text for language, text in problem.remedy.items() if text},
    }
    return {key: value for key, value in said.items() if value not in (None, "", {})}


# -- SHACL ---------------------------------------------------------------------------------------------------


def as_turtle(report: Report, language: str) -> str:
    """A `sh:ValidationReport` (SHACL, section 3.6) in Turtle."""
    prefixes = {name: PREFIXES[name] for name in ("sh", "prs", "pr", "xsd", "skos")}
    return (serialize(_graph(report), format=RdfFormat.TURTLE, prefixes=prefixes) or b"").decode()


def as_jsonld(report: Report, language: str) -> str:
    """The same in JSON-LD."""
    prefixes = {name: PREFIXES[name] for name in ("sh", "prs", "pr", "xsd", "skos")}
    return (serialize(_graph(report), format=RdfFormat.JSON_LD, prefixes=prefixes) or b"").decode()


def _graph(report: Report) -> Iterator[Triple]:
    """The report as SHACL describes it. A finding that no shape makes names its check as source; where it is told of
    a cell and not of a node, the cell is the focus (RFC 7111: `hubs.csv#row=4`)."""
    node = BlankNode("report")
    yield Triple(node, RDF("type"), SH("ValidationReport"))
    yield Triple(node, SH("conforms"), Literal(not report.problems))
    for number, problem in enumerate(report.problems, start=1):
        result, cell = BlankNode(f"result{number}"), problem.cell
        check = NamedNode(problem.check if is_iri(problem.check) else SHAPES + problem.check)
        yield Triple(node, SH("result"), result)
        yield Triple(result, RDF("type"), SH("ValidationResult"))
        focus = problem.focus if problem.focus and is_iri(problem.focus) else _place(cell)
        if focus:
            yield Triple(result, SH("focusNode"), NamedNode(focus))
        if problem.path and is_iri(problem.path):
            yield Triple(result, SH("resultPath"), NamedNode(problem.path))
        if problem.value is not None:
            is_node = is_iri(problem.value) and "//" in problem.value
            value = NamedNode(problem.value) if is_node else Literal(problem.value)
            yield Triple(result, SH("value"), value)
        component = SH(problem.component) if problem.component else check
        yield Triple(result, SH("sourceConstraintComponent"), component)
        yield Triple(result, SH("sourceShape"), check)
        severity = SHAPES("Unusable") if problem.severity is Severity.UNUSABLE else SH(problem.severity.name.title())
        yield Triple(result, SH("resultSeverity"), severity)
        for language, text in problem.message.items():
            yield Triple(result, SH("resultMessage"), Literal(text, language=language))
        for language, text in problem.remedy.items():
            if text:
                yield Triple(result, SHAPES("remedy"), Literal(text, language=language))
        if cell:
            yield Triple(result, SHAPES("file"), Literal(cell.file))
            for name in ("sheet", "column"):
                if getattr(cell, name):
                    yield Triple(result, SHAPES(name), Literal(getattr(cell, name)))
            if cell.row:
                yield Triple(result, SHAPES("row"), Literal(str(cell.row), datatype=XSD("integer")))


def _place(cell: Cell | None) -> str | None:
    """A cell as an IRI: its row of its file."""
    if cell is None:
        return None
    path = Path(cell.file)
    base = path.resolve().as_uri() if not is_iri(cell.file) else cell.file
    sheet = f"sheet={quote(cell.sheet)}&" if cell.sheet else ""
    return f"{base}#{sheet}row={cell.row}" if cell.row else base


# -- annotations ---------------------------------------------------------------------------------------------


def as_github(report: Report, language: str) -> str:
    """Workflow commands that GitHub shows beside the lines of a change."""
    lines = []
    places = _Lines()
    for problem in report.problems:
        told = {"title": problem.check.removeprefix(SHAPES)}
        if problem.cell:
            told = {"file": _relative(problem.cell.file), "line": str(places.of(problem.cell)), **told}
        settings = ",".join(f"{key}={_property(value)}" for key, value in told.items())
        lines.append(f"::{_LEVELS[problem.severity]} {settings}::{_data(_sentence(problem, language))}")
    return "\n".join(lines) + ("\n" if lines else "")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_gitlab(report: Report, language: str) -> str:
    """GitLab's Code Quality report. A problem keeps its fingerprint while its place and check are the same."""
    found = []
    places = _Lines()
    times: Counter[str] = Counter()
    for problem in report.problems:
        cell = problem.cell or Cell("district.toml")
        path = _relative(cell.file)
        # Not its row, which another row above would change; where several rows have it, which of them.
        key = "\n".join(map(str, (problem.check, path, cell.sheet, cell.column, problem.focus, problem.value)))
        times[key] += 1
        found.append(
            {
                "description": _sentence(problem, language),
                "check_name": problem.check.removeprefix(SHAPES),
                "fingerprint": hashlib.sha256(f"{key}\n{times[key]}".encode()).hexdigest(),
                "severity": _GITLAB[problem.severity],
                "location": {"path": path, "lines": {"begin": places.of(cell)}},
            }
        )
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _sentence(problem: Problem, language: str) -> str:
    cell = problem.cell
    where = [part for part in (cell.sheet, cell.column) if part] if cell else []
    text = f"{': '.join(where)}: " if where else ""
    remedy = problem.remedy.get(language)
    return f"{text}{problem.message[language]}" + (f"\n{remedy}" if remedy else "")


def _relative(file: str) -> str:
    """A file as it is called from where the command runs, which is where the forge has the repository."""
    if "://" in file:
        return file
    try:
        return Path(file).resolve().relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return file


class _Lines:
    """The lines that the rows of files begin at: a cell may hold several lines."""

    def __init__(self) -> None:
        self._known: dict[str, list[int]] = {}

    def of(self, cell: Cell) -> int:
        """The line of its file that a cell's row begins at."""
        if cell.file not in self._known:
            self._known[cell.file] = _begins(cell.file) if cell.file.lower().endswith(".csv") else []
        lines, row = self._known[cell.file], cell.row or 1
        return lines[row - 1] if row <= len(lines) else row


def _begins(file: str) -> list[int]:
    """The line that each row of a CSV file begins at. A first line that tells the delimiter is no row."""
    try:
        text = Path(file).read_bytes().decode("utf-8-sig")
        told = _DELIMITER_TOLD.match(text)
        first = next((line for line in text.splitlines() if line.strip(" \t,;")), "")
        delimiter = told[1] if told else max(",;\t", key=first.count)
        lines = io.StringIO(text[told.end() if told else 0 :], newline="")
        reader = csv.reader(lines, delimiter=delimiter)
        offset = 2 if told else 1
        begins = [offset]
        begins += [reader.line_num + offset for _ in reader]
        return begins[:-1]
    except (OSError, ValueError, csv.Error):
        return []
