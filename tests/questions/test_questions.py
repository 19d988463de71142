"""The questions: each documented in both languages, runnable as it stands, with its pinned answer on kb/pavia or, where
it compares districts, on all three."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from pyoxigraph import Store

from prossima.answers import in_words
from prossima.questions import SEARCHED, THEMES, ParameterError, Question, answer, questions
from prossima.releases import Release, Shelf, publish
from prossima.settings import Settings
from prossima.vocabulary import PREFIXES, knowledge
from prossima.words import Words
from tests.conftest import PAVIA, REPOSITORY
from tests.questions.pinned import DISTRICTS, lines, path, pinned_on

FACTS = REPOSITORY.parent / "shared" / "facts"
ASKED_FOR = ("CQ01", "CQ02", "CQ05", "CQ07", "CQ12", "CQ13", "CQ14", "CQ17", "CQ23", "CQ24", "CQ25", "CQ29", "CQ32")
ALL = list(questions().values())
NAMES = [question.id for question in ALL]


@pytest.fixture(scope="module")
def pavia(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Only kb/pavia, published."""
    settings = Settings(data=tmp_path_factory.mktemp("pavia") / "data")
    publish([PAVIA], settings)
    release = Shelf(settings.data).current()
    assert release
    return release


@pytest.mark.parametrize("question", ALL, ids=NAMES)
def test_a_question_answers_as_pinned(question: Question, pavia: Release, release: Release) -> None:
    assert pinned_on(question) in DISTRICTS
    expected = path(question).read_text(encoding="utf-8").splitlines()
    assert len(expected) > 1, "a pinned answer is never empty"
    assert lines(question, release if pinned_on(question) == "all" else pavia) == expected


@pytest.mark.parametrize("question", ALL, ids=NAMES)
def test_a_question_is_told_in_both_languages(question: Question, pavia: Release) -> None:
    for texts in (question.title, question.description, THEMES[question.theme]):
        assert set(texts) == {"it", "en"}
        assert all(texts.values())
    shown = [v.value for v in answer(question, pavia.store()).variables if not v.value.endswith(SEARCHED)]
    for language in ("it", "en"):
        headings = [question.column(name, language) for name in shown]
        assert all(headings)
        assert set(shown) <= set(question.columns), "a column without a heading"
    for parameter in question.parameters.values():
        assert set(parameter.label) == {"it", "en"}


@pytest.mark.parametrize("question", ALL, ids=NAMES)
def test_the_file_runs_as_it_stands_and_gives_the_defaults(question: Question, release: Release) -> None:
    as_it_stands = list(release.store().query(question.query, prefixes=PREFIXES))
    with_defaults = list(release.store().query(question.filled({}), prefixes=PREFIXES))
    assert len(as_it_stands) == len(with_defaults) > 0
    for name in question.parameters:
        assert f"VALUES ?{name} {{" in question.query, "a parameter the query does not use"


def test_there_are_at_least_forty_five_questions_those_asked_for_among_them() -> None:
    assert len(ALL) >= 45
    assert set(ASKED_FOR) <= set(NAMES)


@pytest.mark.skipif(not FACTS.is_dir(), reason="the dossier is not beside this checkout")
def test_each_of_the_competency_questions_researched_is_there_and_others_come_after() -> None:
    with (FACTS / "competency_questions.csv").open(encoding="utf-8", newline="") as file:
        researched = {row["id"] for row in csv.DictReader(file)}
    assert researched <= set(NAMES)
    others = set(NAMES) - researched
    assert all(name.startswith("CQ") and int(name.removeprefix("CQ")) > 40 for name in others), others


def test_a_parameter_changes_the_answer(pavia: Release) -> None:
    question = questions()["CQ32"]
    then = {row["hub"].value for row in answer(question, pavia.store(), {"date": "2022-03-15"})}
    now = {row["hub"].value for row in answer(question, pavia.store(), {"date": "2025-06-01"})}
    assert any(hub.endswith("hub/bistrot") for hub in then)
    assert not any(hub.endswith("hub/bistrot") for hub in now)
    assert any(hub.endswith("hub/sottoscala") for hub in now)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("CQ32", {"date": "yesterday"}),
        ("CQ32", {"when": "2025-06-01"}),
        ("CQ01", {"district": "not an iri"}),
        ("CQ01", {"district": "https://example.org/> } INSERT { <x:a> <x:b> <x:c"}),
    ],
)
def test_a_parameter_of_the_wrong_type_is_refused(name: str, given: dict[str, str], pavia: Release) -> None:
    with pytest.raises(ParameterError):
        answer(questions()[name], pavia.store(), given)


def test_an_unknown_is_answered_not_known_with_where_it_was_looked_for(pavia: Release) -> None:
    question = questions()["CQ02"]
    store = pavia.store()
    words = Words(store, "it")
    rows = in_words(question, answer(question, store), words).rows
    [crosione] = [row for row in rows if row[0].text == "Laboratorio Sociale Crosione"]
    assert crosione[1].text == ""
    assert crosione[1].searched
    assert "Articolo sulla mappa dei laboratori e dei gruppi" in {words.label(iri) for iri in crosione[1].searched}
    assert all(row[1].text or row[1].searched for row in rows), (
        "no hub without hours and without where they were sought"
    )


def test_a_district_without_facts_answers_nothing_rather_than_an_error() -> None:
    for question in ALL:
        assert list(answer(question, Store())) == []


def test_every_query_file_is_a_question() -> None:
    assert {p.name for p in Path(knowledge() / "queries").glob("*.rq")} == {question.path.name for question in ALL}
