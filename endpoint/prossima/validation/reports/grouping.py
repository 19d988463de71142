"""The problems of a report as people go through them: by file and sheet, the worst first, the same ones together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from prossima.problems import Cell, Problem, Severity
from prossima.validation.report import Report

# From how many on the same problem in a column is told once, with its rows.
_TOGETHER = 3


@dataclass(frozen=True)
class Finding:
    """A problem, and all the places that have it: more than one where its words are the same."""

    problem: Problem
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Part:
    """A file, or a sheet of a workbook, and what was found in it."""

    file: str
    sheet: str
    findings: tuple[Finding, ...]

    @property
    def name(self) -> str:
        """What its author calls it; empty for what is published, which is in no file."""
        return self.sheet or self.file.rpartition("/")[2]

    def counts(self) -> dict[Severity, int]:
        """How many problems of each severity there are, the worst first."""
        found = dict.fromkeys(sorted(Severity, reverse=True), 0)
        for finding in self.findings:
            found[finding.problem.severity] += max(1, len(finding.cells))
        return found


def parts(report: Report, *, notes: bool = True) -> list[Part]:
    """The parts of a report that have problems, the worst first. notes: whether those of the INFO kind too."""
    shown = [problem for problem in report.problems if notes or problem.severity > Severity.INFO]
    shown.sort(key=lambda problem: (_part(problem), *_place(problem)))
    found = [Part(*key, tuple(_together(list(problems)))) for key, problems in groupby(shown, key=_part)]
    return sorted(found, key=lambda part: (-max(f.problem.severity for f in part.findings), part.file, part.sheet))


def rows_in_words(finding: Finding) -> str:
    """«3-7, 9, 12»: the rows of a finding; of very many the first."""
    rows = sorted({cell.row for cell in finding.cells if cell.row})
    spans: list[list[int]] = []
    for row in rows:
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    words = [f"{first}" if first == last else f"{first}-{last}" for first, last in spans]
    return ", ".join(words[:8]) + (", ..." if len(words) > 8 else "")


def _together(problems: list[Problem]) -> list[Finding]:
    same: dict[object, list[Problem]] = {}
    for problem in problems:
        column = problem.cell.column if problem.cell else None
        words = tuple(problem.message.values()), tuple(problem.remedy.values())
        # The words of a shape do not hold the value.
        key = problem.check, problem.severity, problem.standing, column, problem.value, words
        same.setdefault(key, []).append(problem)
    found = []
    for alike in same.values():
        if len(alike) >= _TOGETHER and all(problem.cell and problem.cell.row for problem in alike):
            found.append(Finding(alike[0], tuple(problem.cell for problem in alike if problem.cell)))
        else:
            found += [Finding(problem, (problem.cell,) if problem.cell else ()) for problem in alike]
    return sorted(found, key=lambda finding: _place(finding.problem))


def _part(problem: Problem) -> tuple[str, str]:
    return (problem.cell.file, problem.cell.sheet or "") if problem.cell else ("", "")


def _place(problem: Problem) -> tuple[int, int, str]:
    cell = problem.cell or Cell("")
    return -problem.severity, cell.row or 0, cell.column or ""
