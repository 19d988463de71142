"""Dates with a precision: what days an expression spans, and how it reads in Italian and English."""

from __future__ import annotations

import datetime
import doctest
import time

import pytest
from edtf import parse_edtf
from hypothesis import given, settings
from hypothesis import strategies as st

from prossima import dates
from prossima.dates import Bounds, bounds, words

D = datetime.date.fromisoformat

# Expression, first day, last day ("" for no bound), words in Italian and in English.
TABLE = [
    ("2019-05-17", "2019-05-17", "2019-05-17", "17 maggio 2019", "17 May 2019"),
    ("2020-07-01", "2020-07-01", "2020-07-01", "1º luglio 2020", "1 July 2020"),
    ("2019-05", "2019-05-01", "2019-05-31", "maggio 2019", "May 2019"),
    ("2020-02", "2020-02-01", "2020-02-29", "febbraio 2020", "February 2020"),
    ("2019", "2019-01-01", "2019-12-31", "2019", "2019"),
    # how sure
    ("2019~", "2019-01-01", "2019-12-31", "circa 2019", "about 2019"),
    ("2019-05?", "2019-05-01", "2019-05-31", "maggio 2019 (incerto)", "May 2019 (uncertain)"),
    ("2019%", "2019-01-01", "2019-12-31", "circa 2019 (incerto)", "about 2019 (uncertain)"),
    # parts of a year
    ("2021-21", "2021-03-01", "2021-05-31", "primavera 2021", "spring 2021"),
    ("2020-22", "2020-06-01", "2020-08-31", "estate 2020", "summer 2020"),
    ("2018-23", "2018-09-01", "2018-11-30", "autunno 2018", "autumn 2018"),
    ("2018-24", "2018-12-01", "2019-02-28", "inverno 2018", "winter 2018"),
    ("2018-33", "2018-01-01", "2018-03-31", "primo trimestre del 2018", "the first quarter of 2018"),
    ("2018-39", "2018-09-01", "2018-12-31", "terzo quadrimestre del 2018", "the third third of 2018"),
    ("2018-41", "2018-07-01", "2018-12-31", "secondo semestre del 2018", "the second half of 2018"),
    # from, to
    ("2018-05-18/2018-05-27", "2018-05-18", "2018-05-27", "dal 18 al 27 maggio 2018", "from 18 to 27 May 2018"),
    ("2018-05-08/2018-05-11", "2018-05-08", "2018-05-11", "dall'8 all'11 maggio 2018", "from 8 to 11 May 2018"),
    ("2018-07-01/2018-07-05", "2018-07-01", "2018-07-05", "dal 1º al 5 luglio 2018", "from 1 to 5 July 2018"),
    ("2018-05-18/2018-06-02", "2018-05-18", "2018-06-02", "dal 18 maggio 2018 al 2 giugno 2018",
     "from 18 May 2018 to 2 June 2018"),
    ("2018-05-18/2018-05-18", "2018-05-18", "2018-05-18", "18 maggio 2018", "18 May 2018"),
    ("2018/2021", "2018-01-01", "2021-12-31", "dal 2018 al 2021", "from 2018 to 2021"),
    ("2021-11/2021-12", "2021-11-01", "2021-12-31", "da novembre 2021 a dicembre 2021",
     "from November 2021 to December 2021"),
    ("2019-04/2019-08", "2019-04-01", "2019-08-31", "da aprile 2019 ad agosto 2019", "from April 2019 to August 2019"),
    ("2019-21/2019-23", "2019-03-01", "2019-11-30", "dalla primavera 2019 all'autunno 2019",
     "from spring 2019 to autumn 2019"),
    ("2018-33/2018-36", "2018-01-01", "2018-12-31", "dal primo trimestre del 2018 al quarto trimestre del 2018",
     "from the first quarter of 2018 to the fourth quarter of 2018"),
    ("2018-11-28/2020-06~", "2018-11-28", "2020-06-30", "dal 28 novembre 2018 a giugno 2020 circa",
     "from 28 November 2018 to about June 2020"),
    # open at one end: still running, or not told
    ("2009-03-06/..", "2009-03-06", "", "dal 6 marzo 2009, in corso", "since 6 March 2009"),
    ("2018/", "2018-01-01", "", "dal 2018 (fine non detta)", "from 2018 (end not stated)"),
    ("2017~/", "2017-01-01", "", "dal 2017 circa (fine non detta)", "from about 2017 (end not stated)"),
    ("../2018", "", "2018-12-31", "fino al 2018", "until 2018"),
    ("/2018-08", "", "2018-08-31", "fino ad agosto 2018", "until August 2018"),
    # one of, all of
    ("[..2019-05]", "", "2019-05-31", "entro maggio 2019", "by May 2019"),
    ("[..2020-07-01]", "", "2020-07-01", "entro il 1º luglio 2020", "by 1 July 2020"),
    ("[..2019-11-08]", "", "2019-11-08", "entro l'8 novembre 2019", "by 8 November 2019"),
    ("[2018..]", "2018-01-01", "", "non prima del 2018", "not before 2018"),
    ("[2022-06..]", "2022-06-01", "", "non prima di giugno 2022", "not before June 2022"),
    ("[2018..2020]", "2018-01-01", "2020-12-31", "tra il 2018 e il 2020", "between 2018 and 2020"),
    ("[2018,2020]", "2018-01-01", "2020-12-31", "2018 o 2020", "2018 or 2020"),
    ("{2018,2020}", "2018-01-01", "2020-12-31", "2018 e 2020", "2018 and 2020"),
    # no words for it: the expression itself
    ("201X", "2010-01-01", "2019-12-31", "201X", "201X"),
]  # fmt: skip


@pytest.mark.parametrize(("edtf", "earliest", "latest", "italian", "english"), TABLE, ids=[row[0] for row in TABLE])
def test_an_expression_has_its_bounds_and_its_words(
    edtf: str, earliest: str, latest: str, italian: str, english: str
) -> None:
    expected = Bounds(D(earliest) if earliest else None, D(latest) if latest else None)
    assert bounds(edtf) == expected
    assert words(edtf, "it") == italian
    assert words(edtf, "en") == english


@pytest.mark.parametrize(
    "bad",
    ["", "?", "-", "..", "/", "../..", "28/11/2018", "11/2018", "maggio 2019", "2018-13", "2018-00", "2018-02-30",
     "2019-02-29", "0000", "18", "2018-5", "2018/2017", "2018-05-02/2018-05-01", "2018/2019/2020", "2018/unknown",
     "[..2019", "[]", "[..2019]/2020", "2018..2020", "2018-45", "Y99999999999", "Y1E99", "2004-0X?"],
)  # fmt: skip
def test_what_is_no_expression_is_refused(bad: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        bounds(bad)
    words(bad, "it"), words(bad, "en")  # what is refused has no words, and raises nothing


def test_the_examples_in_the_code_are_true() -> None:
    assert doctest.testmod(dates, optionflags=doctest.ELLIPSIS) == doctest.TestResults(failed=0, attempted=3)


days = st.dates(min_value=D("0001-01-01"), max_value=D("9998-12-31"))
precise = st.tuples(days, st.sampled_from(["%Y-%m-%d", "%Y-%m", "%Y"]), st.sampled_from(["", "~", "?", "%"]))


def written(day: datetime.date, form: str, qualifier: str) -> str:
    year = f"{day.year:04d}"
    return {"%Y": year, "%Y-%m": f"{year}-{day.month:02d}", "%Y-%m-%d": day.isoformat()}[form] + qualifier


@settings(max_examples=300, deadline=None)
@given(precise)
def test_any_date_holds_its_day_and_spans_no_more_than_it_says(said: tuple[datetime.date, str, str]) -> None:
    day, form, _ = said
    found = bounds(written(*said))
    assert found.earliest
    assert found.latest
    assert found.earliest <= day <= found.latest
    assert found.earliest.strftime(form) == found.latest.strftime(form)
    before, after = (
        found.earliest - datetime.timedelta(1) if day.year > 1 else None,
        found.latest + datetime.timedelta(1),
    )
    assert before is None or before.strftime(form) != day.strftime(form)
    assert after.strftime(form) != day.strftime(form)


@settings(max_examples=300, deadline=None)
@given(precise, precise, st.sampled_from(["{}/{}", "[{}..{}]", "{}/..", "{}/", "../{1}", "[..{1}]", "[{}..]"]))
def test_any_interval_begins_before_it_ends_and_has_words(
    start: tuple[datetime.date, str, str], end: tuple[datetime.date, str, str], form: str
) -> None:
    edtf = form.format(written(*start), written(*end))
    try:
        found = bounds(edtf)
    except ValueError:
        # Refused: an end before its start, or a set whose dates differ in precision.
        assert "[" in form or bounds(written(*end)).latest < bounds(written(*start)).earliest  # type: ignore[operator]
    else:
        assert found.earliest is None or found.latest is None or found.earliest <= found.latest
    for language in ("it", "en"):
        said = words(edtf, language)
        assert said.strip() == said != ""
        assert "  " not in said


@settings(max_examples=40, deadline=None)
@given(precise, days, st.sampled_from(["{}", "[..{}]", "[{}..]", "[{}..{}]"]))
def test_what_is_read_without_the_parser_of_edtf_is_read_as_it_reads_it(
    said: tuple[datetime.date, str, str], other: datetime.date, form: str
) -> None:
    """Days, months, years and spans of them are counted without the parser, which takes long."""
    day, precision, _ = said
    first, last = sorted([day, other])
    spelt = [written(*said)] if form == "{}" else [written(first, precision, ""), written(last, precision, "")]
    edtf = form.format(*spelt)
    parsed, found = parse_edtf(edtf), bounds(edtf)
    for moment, bound in ((parsed.lower_strict(), found.earliest), (parsed.upper_strict(), found.latest)):
        assert (tuple(moment[:3]) if isinstance(moment, time.struct_time) else None) == (
            (bound.year, bound.month, bound.day) if bound else None
        )


@pytest.mark.parametrize("text", ["2018" + "~" * 5000, "[" * 5000 + "2018" + "]" * 5000])
def test_what_no_one_would_write_is_shown_as_it_is(text: str) -> None:
    assert words(text, "it") == text
