"""The report in the form that whoever reads it wants: on a terminal, as a page, in the spreadsheet, for machines."""

from collections.abc import Callable

from prossima.validation.report import Report
from prossima.validation.reports.machine import as_github, as_gitlab, as_json, as_jsonld, as_turtle
from prossima.validation.reports.page import as_html

# Each: the report and a language in, a text out.
FORMATS: dict[str, Callable[[Report, str], str]] = {
    "html": as_html,
    "json": as_json,
    "turtle": as_turtle,
    "jsonld": as_jsonld,
    "github": as_github,
    "gitlab": as_gitlab,
}

__all__ = ["FORMATS"]
