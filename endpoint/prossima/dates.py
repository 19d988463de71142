"""Dates with a precision: EDTF expressions (ISO 8601-2:2019, levels 0 to 2) as bounds and as words.

Sources say "by May 2019", "spring 2021", "since 2007": the expression keeps what they say, the bounds make
it comparable, the words make it readable.
"""

from __future__ import annotations

import datetime
import re
import time
from dataclasses import dataclass
from functools import lru_cache

from babel.dates import format_date, format_skeleton
from edtf import parse_edtf
from edtf.parser.edtf_exceptions import EDTFParseException

SEASONS = {
    "it": {21: "primavera", 22: "estate", 23: "autunno", 24: "inverno"},
    "en": {21: "spring", 22: "summer", 23: "autumn", 24: "winter"},
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """The first and last day a period can include; None where it has no bound or none is stated."""

    earliest: datetime.date | None
    latest: datetime.date | None


@lru_cache(maxsize=4096)
def bounds(edtf: str) -> Bounds:
    """The days an EDTF expression spans. Raises ValueError when it is no EDTF expression.

    >>> bounds("[..2019-05]").latest, bounds("2009-03-06/..").earliest
    (datetime.date(2019, 5, 31), datetime.date(2009, 3, 6))
    """
    if "/" in edtf:
        start, _, end = edtf.partition("/")
        first = bounds(start).earliest if start not in ("", "..") else None
        last = bounds(end).latest if end not in ("", "..") else None
        if (first is None and last is None) or (first and last and last < first):
            raise ValueError(edtf)
        return Bounds(first, last)
    try:
        parsed = parse_edtf(edtf)
    except EDTFParseException as error:
        raise ValueError(edtf) from error
    found = Bounds(_day(parsed.lower_strict()), _day(parsed.upper_strict()))
    if found == Bounds(None, None):
        raise ValueError(edtf)
    return found


def _day(moment: time.struct_time | float) -> datetime.date | None:
    if not isinstance(moment, time.struct_time):
        return None
    try:
        return datetime.date(moment.tm_year, moment.tm_mon, moment.tm_mday)
    except ValueError:
        return None


def words(edtf: str, language: str) -> str:
    """The expression in Italian or English; the expression itself where there are no words for it.

    >>> words("[..2019-05]", "it"), words("2018-05-18/2018-05-27", "en")
    ('entro maggio 2019', 'from 18 to 27 May 2018')
    """
    if "/" in edtf:
        start, _, end = edtf.partition("/")
        return _interval_words(start, end, language)
    choice = re.fullmatch(r"([\[{])(.*)[\]}]", edtf)
    if choice:
        return _choice_words(choice[2], choice[1] == "{", language)
    italian = language == "it"
    if edtf.endswith("~"):
        return f"{'circa' if italian else 'about'} {words(edtf[:-1], language)}"
    if edtf.endswith("?"):
        return f"{words(edtf[:-1], language)} ({'incerto' if italian else 'uncertain'})"
    season = re.fullmatch(r"(\d{4})-(2[1-4])", edtf)
    if season:
        return f"{SEASONS[language][int(season[2])]} {season[1]}"
    day = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", edtf)
    if not day:
        return edtf
    locale = "it" if italian else "en_GB"
    date = datetime.date(int(day[1]), int(day[2] or 1), int(day[3] or 1))
    if day[3]:
        return format_date(date, "d MMMM y", locale=locale)
    return format_skeleton("yMMMM", date, locale=locale) if day[2] else day[1]


def _interval_words(start: str, end: str, language: str) -> str:
    italian = language == "it"
    first, last = words(start, language), words(end, language)
    if end in ("", "..") or start in ("", ".."):
        if end == "..":
            return f"{_from(first)}, in corso" if italian else f"since {first}"
        if end == "":
            return f"{_from(first)} (fine non detta)" if italian else f"from {first} (end not stated)"
        return f"fino {_to(last)}" if italian else f"until {last}"
    first_day, last_day = (
        re.fullmatch(r"(\d{4}-\d\d)-(\d\d)", start),
        re.fullmatch(r"(\d{4}-\d\d)-(\d\d)", end),
    )
    if first_day and last_day and first_day[1] == last_day[1]:
        first = str(int(first_day[2]))
    return f"{_from(first)} {_to(last)}" if italian else f"from {first} to {last}"


def _choice_words(inside: str, every: bool, language: str) -> str:
    """One of a set (square brackets) or all of it (braces)."""
    italian = language == "it"
    if inside.startswith(".."):
        return f"{'entro' if italian else 'by'} {_by(words(inside[2:], language), italian)}"
    if inside.endswith(".."):
        return f"{'non prima di' if italian else 'not before'} {words(inside[:-2], language)}"
    if ".." in inside:
        first, last = (words(part, language) for part in inside.split("..", 1))
        return f"tra {_by(first, True)} e {_by(last, True)}" if italian else f"between {first} and {last}"
    joint = {(True, True): " e ", (True, False): " o ", (False, True): " and ", (False, False): " or "}[italian, every]
    return joint.join(words(part.strip(), language) for part in inside.split(","))


def _from(text: str) -> str:
    """Italian preposition and article: dal 2018, dall'8 maggio, da maggio 2019."""
    return _articled("da", text)


def _to(text: str) -> str:
    return _articled("a", text)


def _by(text: str, italian: bool) -> str:
    if not italian or not text[:1].isdigit():
        return text
    return f"l'{text}" if re.match(r"(8|11)\b", text) else f"il {text}"


def _articled(preposition: str, text: str) -> str:
    if not text[:1].isdigit():
        return f"{preposition} {text}"
    return f"{preposition}ll'{text}" if re.match(r"(8|11)\b", text) else f"{preposition}l {text}"
