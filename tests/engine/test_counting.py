"""Counts over the whole data, from the statistics: the same as the engine's, and only where that is sure."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from pyoxigraph import QuerySolutions, Store

from prossima.engine.counting import rewritten
from prossima.releases import Release, Shelf, publish, rollback, statistics
from prossima.settings import Settings
from prossima.vocabulary import PREFIXES
from tests.conftest import PAVIA

TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
COUNTING = [
    "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }",
    "select (count(*) as ?n) { ?s ?p ?o . }",
    "SELECT (COUNT(?s) AS ?n) (COUNT(?o) AS ?m) { ?s ?p ?o }",
    "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }",
    "SELECT (COUNT(*) AS ?all) (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }",
    "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }",
    "SELECT DISTINCT ?p { ?s ?p ?o }",
    "SELECT DISTINCT ?p { ?s ?p ?o } ORDER BY ?p LIMIT 5 OFFSET 2",
    "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p",
    "SELECT ?p (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(?n) ?p LIMIT 10",
    "SELECT ?p (COUNT(?o) AS ?n) (COUNT(DISTINCT ?s) AS ?m) { ?s ?p ?o } GROUP BY ?p",
    "SELECT ?p { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(COUNT(*)) ?p",
    "SELECT ?c (COUNT(?s) AS ?n) WHERE { ?s a ?c } GROUP BY ?c ORDER BY DESC(?n) ?c LIMIT 20",
    "SELECT ?c (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s rdf:type ?c } GROUP BY ?c",
    "SELECT (COUNT(?c) AS ?n) { ?s a ?c }",
    "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c }",
    "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?s a ?c }",
    "SELECT DISTINCT ?c { ?x a ?c }",
    "SELECT (COUNT(*) AS ?n) { ?s a pr:Hub }",
    "SELECT (COUNT(DISTINCT $s) AS ?n) { ?s a <https://w3id.org/prossima/ontology#Hub> }",
    "SELECT (COUNT(*) AS ?n) { ?s a <http://example.org/Nothing> }",
    "SELECT (COUNT(*) AS ?n) { ?s pr:locatedIn ?o }",
    "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s pr:locatedIn ?o }",
    "SELECT (COUNT(*) AS ?n) { ?s a ?o }",
    "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
    "SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }",
    "SELECT (COUNT(DISTINCT ?g) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }",
    "PREFIX x: <https://w3id.org/prossima/ontology#> SELECT (COUNT(*) AS ?n) # all\n { ?s a x:Hub. }",
]
OTHERS = [
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER(isIRI(?o)) }",
    "SELECT (COUNT(*) AS ?n) FROM <http://example.org/g> { ?s ?p ?o }",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?s }",
    "SELECT (COUNT(*) AS ?n) { ?s ?p 1 }",
    "SELECT (COUNT(*) AS ?n) { <http://e/s> ?p ?o }",
    "SELECT (COUNT(*) AS ?n) { ?s a pr:Hub ; ?p ?o }",
    "SELECT (COUNT(*) AS ?n) { ?s a pr:Hub . ?s ?p ?o }",
    "SELECT (COUNT(*) AS ?n) { ?s pr:a/pr:b ?o }",
    "SELECT (COUNT(*) AS ?n) { ?s ^pr:a ?o }",
    "SELECT (COUNT(DISTINCT *) AS ?n) { ?s ?p ?o }",
    "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }",
    "SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT ?p) AS ?m) { ?s ?p ?o }",
    "SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s",
    "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o }",
    "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p HAVING (COUNT(*) > 10)",
    "SELECT DISTINCT ?s { ?s ?p ?o }",
    "SELECT DISTINCT ?p ?o { ?s ?p ?o }",
    "SELECT ?p { ?s ?p ?o }",
    "SELECT * { ?s ?p ?o }",
    "SELECT (COUNT(*) AS ?s) { ?s ?p ?o }",
    "SELECT (COUNT(?x) AS ?n) { ?s ?p ?o }",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o } VALUES ?p { pr:a }",
    "SELECT (COUNT(*) + 1 AS ?n) { ?s ?p ?o }",
    "SELECT (COUNT(*) AS ?n) { ?s a ?c } # \n } ; DROP",
    "ASK { ?s ?p ?o }",
]


def rows(store: Store, text: str) -> Counter[tuple[str, ...]]:
    found = store.query(text, prefixes=PREFIXES)
    assert isinstance(found, QuerySolutions)
    names = sorted(found.variables, key=str)
    return Counter(tuple(str(row[name]) for name in names) for row in found)


def numbers(release: Release) -> Store:
    assert release.statistics_path
    return Store.read_only(release.statistics_path)


@pytest.mark.parametrize("text", COUNTING)
def test_the_statistics_answer_as_the_engine_does(text: str, release: Release) -> None:
    other = rewritten(text)
    assert other, "it is not recognised"
    assert rows(numbers(release), other) == rows(release.store(), text)


@pytest.mark.parametrize("text", OTHERS)
def test_any_other_query_is_left_alone(text: str) -> None:
    assert rewritten(text) is None


def test_an_order_by_a_count_is_kept(release: Release) -> None:
    text = "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(?n) ?p"
    other = rewritten(text)
    assert other
    ordered = [str(row["p"]) for row in numbers(release).query(other, prefixes=PREFIXES)]  # type: ignore[union-attr]
    assert ordered == [str(row["p"]) for row in release.store().query(text, prefixes=PREFIXES)]  # type: ignore[union-attr]


def test_each_release_counts_on_from_the_one_before(settings: Settings, tmp_path: Path) -> None:
    shelf = Shelf(settings.data)
    publish([PAVIA], settings)
    file = tmp_path / "file.nt"
    for numbers_of in (range(50), range(40, 60)):
        lines = (
            f'<http://e/{n}> <http://e/p{n % 3}> "{n}" .\n<http://e/{n}> {TYPE} <http://e/C{n % 2}> .'
            for n in numbers_of
        )
        file.write_text("\n".join(lines), encoding="utf-8")
        assert publish([file], settings).release
    rollback(1, settings, reason="back")
    assert [release.number for release in shelf.all()] == [1, 2, 3, 4]
    for release in shelf.all():
        statistics.count(release.store(), tmp_path / str(release.number))
        assert set(numbers(release)) == set(Store.read_only(str(tmp_path / str(release.number)))), release.number
    assert set(numbers(shelf.all()[0])) == set(numbers(shelf.all()[3]))


def raw(settings: Settings, folder: Path, turtle: str) -> Release:
    """A raw release of this text."""
    file = folder / "a.ttl"
    file.write_text(turtle, encoding="utf-8")
    publish([file], settings, raw=True)
    release = Shelf(settings.data).current()
    assert release
    return release


def test_a_raw_release_has_its_numbers_too(settings: Settings, tmp_path: Path) -> None:
    release = raw(settings, tmp_path, "[] a <http://e/C>, [] ; <http://e/p> 1, 2 .")
    text = "SELECT (COUNT(*) AS ?n) { ?s a ?c }"
    assert rows(numbers(release), rewritten(text) or "") == rows(release.store(), text)


def test_a_class_that_is_a_text_makes_no_numbers(settings: Settings, tmp_path: Path) -> None:
    assert raw(settings, tmp_path, '<http://e/s> a "text" .').statistics_path is None
