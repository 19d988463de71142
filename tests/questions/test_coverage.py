"""What the questions make queryable: every class of the ontology, and all but a few of its properties."""

from __future__ import annotations

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from prossima.releases import Release
from prossima.vocabulary import PR, RDF, compact
from tests.questions.coverage import coverage, in_memory, terms, uncovered

WHAT_TO_DO = "no question's answer changes without them: write a question that reads them, or extend one"
ENOUGH = 0.95


@pytest.fixture(scope="module")
def store(release: Release) -> Store:
    return in_memory(release.store())


@pytest.fixture(scope="module")
def found(store: Store) -> dict[str, list[str]]:
    return coverage(store, all_of_them=False)


def test_every_class_is_covered_by_a_question(found: dict[str, list[str]]) -> None:
    missing = uncovered(found, "class")
    assert not missing, f"{missing}: {WHAT_TO_DO}"


def test_nearly_every_property_is_covered_by_a_question(found: dict[str, list[str]]) -> None:
    properties = [iri for iri, kind in terms().items() if kind == "property"]
    missing = uncovered(found, "property")
    share = 1 - len(missing) / len(properties)
    assert share >= ENOUGH, f"{share:.0%} of the properties; {missing}: {WHAT_TO_DO}"


def test_a_term_that_no_question_reads_is_found_uncovered(store: Store) -> None:
    made_up, known, thing = PR("madeUpForThisTest"), PR("hubKind"), NamedNode("https://example.org/thing")
    store.add(Quad(thing, made_up, thing, DefaultGraph()))
    store.add(Quad(thing, RDF("type"), PR("MadeUpForThisTest"), DefaultGraph()))
    wanted = {made_up.value: "property", PR + "MadeUpForThisTest": "class", known.value: "property"}
    found = coverage(store, wanted, all_of_them=False)
    assert found[made_up.value] == found[PR + "MadeUpForThisTest"] == []
    assert found[known.value], f"{compact(known.value)} is what many questions read"


def test_the_data_are_as_before_once_the_coverage_is_known(store: Store) -> None:
    before = len(store)
    coverage(store, {PR + "hubKind": "property", PR + "Hub": "class"}, all_of_them=True)
    assert len(store) == before
