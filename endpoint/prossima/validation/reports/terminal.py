"""The report for people: by file and row, what is wrong and what to do, in Italian or English."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from prossima.language import Texts
from prossima.problems import Cell, Severity
from prossima.validation.report import Report
from prossima.validation.reports.grouping import Finding, parts, rows_in_words

# More than this nobody mends in one sitting: the rest is counted.
_MOST = 200
_PLACE = 36
_words = Texts(Path(__file__).parent / "texts.toml")
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
    blocks: list[RenderableType] = []
    left = _MOST
    total = 0
    for part in parts(report, notes=details):
        total += len(part.findings)
        shown = part.findings[: max(left, 0)]
        left -= len(shown)
        if shown:
            name = f"{part.file} · {part.sheet}" if part.sheet else part.file
            blocks.append(Text(name or _words(language, "published"), style="bold"))
            blocks.append(Padding(_rows(shown, texts, language), (0, 0, 1, 2)))
    if left <= 0 and total > _MOST:
        blocks.append(Padding(Text(texts(language, "report.more", n=total - _MOST), style="dim"), (0, 0, 1, 0)))
    blocks.append(summary(report, texts, language, ready=ready))
    return Group(*blocks)


def _rows(findings: Iterable[Finding], texts: Texts, language: str) -> Table:
    table = Table.grid(padding=(0, 2))
    # Beside long names of columns there must be room for the words.
    table.add_column(max_width=_PLACE, overflow="fold")
    table.add_column(overflow="fold")
    for finding in findings:
        found = finding.problem
        cell = found.cell or Cell("")
        where = []
        if len(finding.cells) > 1:
            where.append(texts(language, "report.rows", rows=rows_in_words(finding)))
        elif cell.row is not None:
            where.append(texts(language, "report.row", row=cell.row))
        if cell.column:
            where.append(texts(language, "report.column", column=cell.column))
        kind = "standing" if found.standing else found.severity.name.lower()
        severity = texts(language, f"report.severity.{kind}")
        what = Text(found.message[language])
        if found.check.startswith("http") and found.value:
            what.append(f" ({found.value})", style="dim")
        if not where and found.focus:
            what.append(f" <{found.focus}>", style="dim")
        if found.remedy.get(language):
            what.append(f"\n→ {found.remedy[language]}", style="dim")
        if found.example:
            what.append(f" {texts(language, 'report.example', value=found.example)}", style="dim")
        style = "dim" if found.standing else STYLES[found.severity]
        table.add_row(Text(f"{severity}  {', '.join(where)}", style=style), what)
    return table


def summary(report: Report, texts: Texts, language: str, *, ready: bool = True) -> Text:
    """One line: how many of each severity, and what it means."""
    worst = report.worst
    parts = [
        texts(language, f"report.count.{severity.name.lower()}.{'one' if n == 1 else 'many'}", n=n)
        for severity, n in report.counts().items()
        if n
    ]
    verdict = texts(language, "report.good", statements=report.statements) if ready else ""
    if report.blocks:
        verdict = texts(language, "report.bad")
    style = STYLES[worst] if worst is not None and worst > Severity.INFO else "green"
    return Text(f"{verdict} {', '.join(parts)}".strip() + ("." if parts else ""), style=style)


def printed(
    report: Report, texts: Texts, language: str, console: Console, *, details: bool = True, ready: bool = True
) -> None:
    """Print the report to a console."""
    console.print(rendered(report, texts, language, details=details, ready=ready), soft_wrap=False)
