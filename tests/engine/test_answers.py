"""The engine's answers equal rdflib's, as bags and by value: on forty and more queries and on every question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

import pytest
from pyoxigraph import QueryBoolean, QuerySolutions, QueryTriples, RdfFormat
from rdflib import BNode, Dataset, Graph, Literal

from prossima.engine.query import Query
from prossima.engine.worker import evaluated
from prossima.questions import questions
from prossima.releases import Release
from prossima.vocabulary import PREFIXES
from tests.engine.algebra import QUERIES


@pytest.fixture(scope="session")
def reference(release: Release) -> Dataset:
    """The release in rdflib: the slow engine that people know."""
    dataset = Dataset(default_union=False)
    dataset.parse(data=release.store().dump(format=RdfFormat.N_QUADS), format="nquads")
    for prefix, namespace in PREFIXES.items():
        dataset.bind(prefix, namespace, replace=True)
    return dataset


def value(term: object) -> object:
    """A term by value: numbers as numbers, texts with their language, IRIs as themselves."""
    if term is None or isinstance(term, BNode):
        return term if term is None else "_"
    if isinstance(term, Literal):
        kind = str(term.datatype or "")
        if kind.endswith(("#integer", "#decimal", "#double")):
            return round(Decimal(str(term)), 10)
        return (str(term), term.language, kind if not kind.endswith("#string") else "")
    return str(term)


def as_rdflib(term: object) -> object:
    """A term of the engine as rdflib has it."""
    return None if term is None else next(iter(Graph().parse(data=f"<x:a> <x:b> {term} .", format="nt").objects()))


def bag(rows: Iterable[Iterable[object]]) -> Counter[tuple[object, ...]]:
    return Counter(tuple(value(term) for term in row) for row in rows)


def compared(text: str, release: Release, reference: Dataset) -> tuple[Counter[object], Counter[object]]:
    found = evaluated(release.store(), Query(text, "json"))
    expected = reference.query(text)
    if isinstance(found, QueryBoolean):
        return Counter([bool(found)]), Counter([expected.askAnswer])
    if isinstance(found, QueryTriples):
        ours = {tuple(value(as_rdflib(node)) for node in triple) for triple in found}
        return Counter(ours), Counter({tuple(value(node) for node in triple) for triple in expected.graph or []})
    assert isinstance(found, QuerySolutions)
    names = [variable.value for variable in found.variables]
    ours = bag([as_rdflib(row[name]) for name in names] for row in found)
    assert expected.vars is not None
    assert {str(name) for name in expected.vars} == set(names)
    theirs = bag([row.get(name) for name in names] for row in (r.asdict() for r in expected))
    return Counter(ours), Counter(theirs)


@pytest.mark.parametrize("name", QUERIES)
def test_an_operator_answers_as_rdflib_does(name: str, release: Release, reference: Dataset) -> None:
    ours, theirs = compared(QUERIES[name], release, reference)
    assert ours == theirs
    assert ours, "a query that answers nothing shows nothing"


def test_ordered_answers_come_in_order(release: Release, reference: Dataset) -> None:
    for name in ("order", "order by two, one descending", "slice"):
        found = evaluated(release.store(), Query(QUERIES[name], "json"))
        assert isinstance(found, QuerySolutions)
        ours = [[term.value for term in row] for row in found]
        theirs = [[str(term) for term in row] for row in reference.query(QUERIES[name])]
        assert ours == theirs


@pytest.mark.parametrize("name", questions())
def test_a_question_answers_as_rdflib_does(name: str, release: Release, reference: Dataset) -> None:
    ours, theirs = compared(questions()[name].filled({}), release, reference)
    assert {unordered(row): n for row, n in ours.items()} == {unordered(row): n for row, n in theirs.items()}


def unordered(row: object) -> tuple[object, ...]:
    """A row whose joined lists of IRIs (GROUP_CONCAT gives them in any order) are sets."""
    assert isinstance(row, tuple)
    return tuple(
        (frozenset(cell[0].split()), *cell[1:]) if isinstance(cell, tuple) and cell[0].startswith("https://") else cell
        for cell in row
    )


def test_the_forty_queries_are_forty_and_more() -> None:
    assert len(QUERIES) >= 40
