"""The report for people: by file and row, what is wrong and what to do, in Italian or English."""

from __future__ import annotations

from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from prossima.language import Texts
from prossima.problems import Cell, Problem, Severity
from prossima.validation.report import Report

# More than this nobody mends in one sitting: the rest is counted.
_MOST = 200
STYLES = {
    Severity.UNUSABLE: "bold red",
    Severity.VIOLATION: "red",
    Severity.WARNING: "yellow",
    Severity.INFO: "dim",
}


def rendered(
    report: Report, texts: Texts, language: str, *, details: bool = True, ready: bool = True
) -> RenderableType:
    """The report as a thing that rich prints, the worst file first. Notes of the INFO kind are counted, and shown
    with `details`. ready: whether to say that what is good can be published."""
    shown = [p for p in report.problems if p.severity > Severity.INFO or details]
    worst: dict[str, Severity] = {}
    for problem in shown:
        worst[_file(problem)] = max(worst.get(_file(problem), Severity.INFO), problem.severity)
    shown.sort(key=lambda p: (-worst[_file(p)], _file(p), *_place(p)))
    blocks: list[RenderableType] = []
    for file, problems in groupby(shown[:_MOST], key=_file):
        blocks.append(Text(file or "-", style="bold"))
        blocks.append(Padding(_rows(list(problems), texts, language), (0, 0, 1, 2)))
    if len(shown) > _MOST:
        blocks.append(Padding(Text(texts(language, "report.more", n=len(shown) - _MOST), style="dim"), (0, 0, 1, 0)))
    blocks.append(summary(report, texts, language, ready=ready))
    return Group(*blocks)


def _rows(problems: list[Problem], texts: Texts, language: str) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for found in problems:
        cell = found.cell or Cell("")
        where = []
        if cell.row is not None:
            where.append(texts(language, "report.row", row=cell.row))
        if cell.column:
            where.append(texts(language, "report.column", column=cell.column))
        severity = texts(language, f"report.severity.{found.severity.name.lower()}")
        what = Text(found.message[language])
        if found.check.startswith("http") and found.value:
            what.append(f" ({found.value})", style="dim")
        if not where and found.focus:
            what.append(f" <{found.focus}>", style="dim")
        if found.remedy.get(language):
            what.append(f"\n→ {found.remedy[language]}", style="dim")
        table.add_row(Text(f"{severity}  {', '.join(where)}", style=STYLES[found.severity]), what)
    return table


def summary(report: Report, texts: Texts, language: str, *, ready: bool = True) -> Text:
    """One line: how many of each severity, and what it means."""
    counts = {s: sum(p.severity == s for p in report.problems) for s in Severity}
    worst = report.worst
    parts = [
        texts(language, f"report.count.{severity.name.lower()}.{'one' if n == 1 else 'many'}", n=n)
        for severity, n in sorted(counts.items(), reverse=True)
        if n
    ]
    verdict = texts(language, "report.good", statements=report.statements) if ready else ""
    if report.blocks:
        verdict = texts(language, "report.bad")
    style = STYLES[worst] if worst is not None and worst > Severity.INFO else "green"
    return Text(f"{verdict} {', '.join(parts)}".strip() + ("." if parts else ""), style=style)


def _file(found: Problem) -> str:
    return found.cell.file if found.cell else ""


def _place(found: Problem) -> tuple[int, int, str]:
    cell = found.cell or Cell("")
    return -found.severity, cell.row or 0, cell.column or ""


def printed(
    report: Report, texts: Texts, language: str, console: Console, *, details: bool = True, ready: bool = True
) -> None:
    """Print the report to a console."""
    console.print(rendered(report, texts, language, details=details, ready=ready), soft_wrap=False)
