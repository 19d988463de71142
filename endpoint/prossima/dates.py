"""Dates with a precision: EDTF expressions (ISO 8601-2:2019, levels 0 to 2) as bounds and as words.

Sources say "by May 2019", "spring 2021", "since 2007": the expression keeps what they say, the bounds make
it comparable, the words make it readable.
"""

from __future__ import annotations

import calendar
import contextlib
import datetime
import io
import re
import time
from dataclasses import dataclass
from functools import lru_cache

from babel.dates import format_date, format_skeleton
from pyoxigraph import Literal, NamedNode

from prossima.vocabulary import SCHEME, XSD

# The parts of a year: EDTF's codes for seasons (21-32), quarters, thirds and halves (33-41).
_SEASONS = {
    "it": ("primavera", "estate", "autunno", "inverno"),
    "en": ("spring", "summer", "autumn", "winter"),
}
_PARTS = {
    "it": [f"{nth} {part} del" for part, count in (("trimestre", 4), ("quadrimestre", 3), ("semestre", 2))
           for nth in ("primo", "secondo", "terzo", "quarto")[:count]],
    "en": [f"the {nth} {part} of" for part, count in (("quarter", 4), ("third", 3), ("half", 2))
           for nth in ("first", "second", "third", "fourth")[:count]],
}  # fmt: skip
PARTS_OF_A_YEAR = {
    language: dict(enumerate([*_SEASONS[language] * 3, *_PARTS[language]], start=21)) for language in ("it", "en")
}
# Days, months and years and spans of them, the most of what sources say: read here, as the parser takes long.
_PLAIN = re.compile(r"(\d{4})(?:-(0\d|1\d)(?:-(\d\d))?)?[?~%]?")
_SPAN = re.compile(r"\[([\d-]*)\.\.([\d-]*)\]")
_WINTER = re.compile(r"(\d{4})-(?:24|28)[?~%]?")
_ARTICLES = {"": ("il ", "la ", "l'"), "di": ("del ", "della ", "dell'"), "da": ("dal ", "dalla ", "dall'"),
             "a": ("al ", "alla ", "all'")}  # fmt: skip


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
        if re.search(r"[\[{/]", start + end):
            raise ValueError(edtf)
        first = bounds(start).earliest if start not in ("", "..") else None
        last = bounds(end).latest if end not in ("", "..") else None
        if (first is None and last is None) or (first and last and last < first):
            raise ValueError(edtf)
        return Bounds(first, last)
    if plain := _PLAIN.fullmatch(edtf):
        return _plain_bounds(plain[1], plain[2], plain[3])
    if (span := _SPAN.fullmatch(edtf)) and all(_PLAIN.fullmatch(part) for part in span.groups() if part):
        if span[1] and span[2] and len(span[1]) != len(span[2]):
            raise ValueError(edtf)  # one of days, of months or of years, not of a mixture
        first = bounds(span[1]).earliest if span[1] else None
        last = bounds(span[2]).latest if span[2] else None
        found = Bounds(first, last)
    else:
        found = _parsed_bounds(edtf)
    if winter := _WINTER.fullmatch(edtf):
        # A winter begins in the December of its year and ends in the February after.
        found = Bounds(found.earliest, datetime.date(int(winter[1]) + 1, 3, 1) - datetime.timedelta(days=1))
    backwards = found.earliest and found.latest and found.latest < found.earliest
    if found == Bounds(None, None) or backwards:
        raise ValueError(edtf)
    return found


def precisions(edtf: str) -> list[str]:
    """With which precision an EDTF expression gives a time: slugs of the scheme `period-precision`.

    >>> precisions("[..2019-05]"), precisions("2024-09-29?"), precisions("2010/..")
    (['not-later-than', 'month'], ['day', 'uncertain'], ['open-end', 'year'])
    """
    text = edtf.strip("[]{}")
    found = []
    if edtf[0] in "[{":
        found.append(
            "not-later-than" if text.startswith("..") else "not-earlier-than" if text.endswith("..") else "one-of"
        )
    elif "/" in edtf:
        start, _, end = edtf.partition("/")
        found.append("open-start" if start in ("", "..") else "open-end" if end in ("", "..") else "interval")
    first = next(part for part in re.split(r"\.\.|[/,]", text) if part)
    if plain := _PLAIN.fullmatch(first):
        found.append("day" if plain[3] else "month" if plain[2] else "year")
    else:
        found.append("season" if re.match(r"-?\d{4}-[234]\d", first) else "other")
    found += ["uncertain"] if re.search("[?%]", edtf) else []
    found += ["approximate"] if re.search("[~%]", edtf) else []
    return found


def described(edtf: str) -> list[tuple[str, Literal | NamedNode]]:
    """What a reader adds to an EDTF expression: (local name of the property, value) of its bounds and precision.
    Raises ValueError when it is no EDTF expression."""
    span = bounds(edtf)
    found: list[tuple[str, Literal | NamedNode]] = [
        (name, Literal(day.isoformat(), datatype=XSD("date")))
        for name, day in (("earliest", span.earliest), ("latest", span.latest))
        if day
    ]
    return found + [("precision", SCHEME("period-precision/" + slug)) for slug in precisions(edtf)]


def _parsed_bounds(edtf: str) -> Bounds:
    from edtf import parse_edtf
    from edtf.parser.edtf_exceptions import EDTFParseException

    try:
        # It prints what it tried, and stumbles over years without end (Y99999999999) and qualified gaps (2004-0X?).
        with contextlib.redirect_stdout(io.StringIO()):
            parsed = parse_edtf(edtf)
        return Bounds(_day(parsed.lower_strict()), _day(parsed.upper_strict()))
    except (EDTFParseException, OverflowError, AttributeError) as error:
        raise ValueError(edtf) from error


def _plain_bounds(year: str, month: str | None, day: str | None) -> Bounds:
    first = datetime.date(int(year), int(month or 1), int(day or 1))
    if day:
        return Bounds(first, first)
    if month:
        return Bounds(first, first.replace(day=calendar.monthrange(first.year, first.month)[1]))
    return Bounds(first, first.replace(month=12, day=31))


def _day(moment: time.struct_time | float) -> datetime.date | None:
    if not isinstance(moment, time.struct_time):
        return None
    try:
        return datetime.date(moment.tm_year, moment.tm_mon, moment.tm_mday)
    except ValueError:
        return None


# No date that people write is longer; in a file of others any text may stand for one.
_LONGEST = 200


def words(edtf: str, language: str) -> str:
    """The expression in Italian or English; the expression itself where there are no words for it.

    >>> words("[..2019-05]", "it"), words("2018-05-18/2018-05-27", "en")
    ('entro maggio 2019', 'from 18 to 27 May 2018')
    """
    if len(edtf) > _LONGEST:
        return edtf
    if "/" in edtf:
        start, _, end = edtf.partition("/")
        return _interval_words(start, end, language)
    choice = re.fullmatch(r"([\[{])(.*)[\]}]", edtf)
    if choice:
        return _choice_words(choice[2], choice[1] == "{", language)
    italian = language == "it"
    if edtf.endswith(("~", "%")):
        about = f"{'circa' if italian else 'about'} {words(edtf[:-1], language)}"
        return _uncertain(about, italian) if edtf.endswith("%") else about
    if edtf.endswith("?"):
        return _uncertain(words(edtf[:-1], language), italian)
    found = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", edtf)
    if not found:
        return edtf
    year, part, day = found[1], int(found[2] or 1), int(found[3] or 1)
    if not found[3] and part in PARTS_OF_A_YEAR[language]:
        return f"{PARTS_OF_A_YEAR[language][part]} {year}"
    locale = "it" if italian else "en_GB"
    try:
        date = datetime.date(int(year), part, day)
    except ValueError:
        return edtf
    if found[3]:
        text = format_date(date, "d MMMM y", locale=locale)
        return re.sub(r"^1 ", "1º ", text) if italian else text
    return format_skeleton("yMMMM", date, locale=locale) if found[2] else year


def _uncertain(text: str, italian: bool) -> str:
    return f"{text} ({'incerto' if italian else 'uncertain'})"


def _interval_words(start: str, end: str, language: str) -> str:
    italian = language == "it"
    if start == end:
        return words(start, language)
    first, last = words(start, language), words(end, language)
    if start in ("", ".."):
        return f"fino {_articled('a', last)}" if italian else f"until {last}"
    if end == "..":
        return f"{_articled('da', first)}, in corso" if italian else f"since {first}"
    if end == "":
        return f"{_articled('da', first)} (fine non detta)" if italian else f"from {first} (end not stated)"
    first_day, last_day = (
        re.fullmatch(r"(\d{4}-\d\d)-(\d\d)", start),
        re.fullmatch(r"(\d{4}-\d\d)-(\d\d)", end),
    )
    if first_day and last_day and first_day[1] == last_day[1]:
        first = first.split(" ", 1)[0]
    return f"{_articled('da', first)} {_articled('a', last)}" if italian else f"from {first} to {last}"


def _choice_words(inside: str, every: bool, language: str) -> str:
    """One of a set (square brackets) or all of it (braces)."""
    italian = language == "it"
    if inside.startswith(".."):
        last = words(inside[2:], language)
        return f"entro {_articled('', last)}" if italian else f"by {last}"
    if inside.endswith(".."):
        first = words(inside[:-2], language)
        return f"non prima {_articled('di', first)}" if italian else f"not before {first}"
    if ".." in inside:
        first, last = (words(part, language) for part in inside.split("..", 1))
        return f"tra {_articled('', first)} e {_articled('', last)}" if italian else f"between {first} and {last}"
    joint = {(True, True): " e ", (True, False): " o ", (False, True): " and ", (False, False): " or "}[italian, every]
    return joint.join(words(part.strip(), language) for part in inside.split(","))


def _articled(preposition: str, text: str) -> str:
    """Italian preposition and article: dal 2018, dall'8 maggio, da maggio 2019, alla primavera 2020, ad agosto."""
    if text.startswith("circa "):
        return f"{_articled(preposition, text.removeprefix('circa '))} circa"
    masculine, feminine, elided = _ARTICLES[preposition]
    if re.match(r"(8|11)\b|estate|autunno|inverno", text):
        return elided + text
    if text.startswith("primavera"):
        return feminine + text
    if re.match(r"\d|primo|secondo|terzo|quarto", text):
        return masculine + text
    return f"ad {text}" if preposition == "a" and text.startswith("a") else f"{preposition} {text}".strip()
