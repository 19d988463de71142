"""The report as a page that stands by itself: counts per sheet, then each problem with its place and what to do."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape

from prossima.language import Texts
from prossima.validation.report import Report
from prossima.validation.reports.grouping import Finding, Part, parts, rows_in_words

_HERE = Path(__file__).parent
texts = Texts(_HERE / "texts.toml")
# Beyond this a page is no longer read, and slow to open: the rest is counted.
_MOST = 1000


def as_html(report: Report, language: str) -> str:
    """The page, in one language; it needs no other file."""
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=select_autoescape(["html"]), trim_blocks=True, lstrip_blocks=True
    )
    found = parts(report)
    names = Counter(part.name for part in found)
    left = _MOST
    shown: list[tuple[int, Part, str, tuple[Finding, ...]]] = []
    for part in found:
        name = part.name if names[part.name] == 1 else " · ".join(filter(None, (part.file, part.sheet)))
        findings = part.findings[: max(left, 0)]
        shown.append((len(shown) + 1, part, name or texts(language, "published"), findings))
        left -= len(part.findings)
    return environment.get_template("page.html").render(
        report=report, parts=shown, left=max(-left, 0), rows=rows_in_words, language=language,
        t=lambda key, **values: texts(language, key, **values),
    )  # fmt: skip
