"""The numbers of a release: triples of the default graph in all, of each class and property, the sizes of the graphs.

They are kept as a small store in the release's folder, which `prossima.engine.counting` asks. A release forked from
another counts only what changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, QuerySolutions, Store

from prossima.vocabulary import COUNTS, RDF

_DEFAULT = DefaultGraph()
_ALL = COUNTS("all")
_ALL_TRIPLES, _ALL_SUBJECTS, _ALL_SIZES = (COUNTS(name) for name in ("all-triples", "all-subjects", "all-sizes"))
_INSTANCES, _TRIPLES, _SUBJECTS, _SIZE = (COUNTS(name) for name in ("instances", "triples", "subjects", "size"))
_TYPE = RDF("type")
_Key = tuple[NamedNode | BlankNode, NamedNode]
_BY_PROPERTY = "SELECT ?key (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?m) { ?s ?key ?o } GROUP BY ?key"
_BY_CLASS = "SELECT ?key (COUNT(*) AS ?n) { ?s a ?key } GROUP BY ?key"
_BY_GRAPH = "SELECT ?key (COUNT(*) AS ?n) { GRAPH ?key { ?s ?p ?o } } GROUP BY ?key"
_SUBJECTS_OF_ALL = "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }"


def count(store: Store, folder: Path) -> None:
    """Count a store whole, and keep the numbers in `folder`; not where a class is a text, which no shape allows."""
    found: Counter[_Key] = Counter()
    for row in _rows(store, _BY_PROPERTY):
        found[row["key"], _TRIPLES] = int(row["n"].value)
        found[row["key"], _SUBJECTS] = int(row["m"].value)
        found[_ALL, _ALL_TRIPLES] += int(row["n"].value)
    for query, measure in ((_BY_CLASS, _INSTANCES), (_BY_GRAPH, _SIZE)):
        for row in _rows(store, query):
            if isinstance(row["key"], Literal):  # no number can be said of a text
                return
            found[row["key"], measure] = int(row["n"].value)
    found[_ALL, _ALL_SIZES] = sum(n for (_, measure), n in found.items() if measure == _SIZE)
    [subjects] = _rows(store, _SUBJECTS_OF_ALL)
    found[_ALL, _ALL_SUBJECTS] = int(subjects["n"].value)
    numbers = Store(str(folder))
    numbers.bulk_extend(_quad(key, number) for key, number in found.items() if number)
    numbers.flush()


def recount(before: Store, after: Store, added: Iterable[Quad], removed: Iterable[Quad], old: Path, new: Path) -> None:
    """Count on: from the numbers in `old` of the store `before`, those of `after`, which differs by these quads."""
    Store.read_only(str(old)).backup(str(new))
    numbers = Store(str(new))
    change: Counter[_Key] = Counter()
    subjects, of_property = set(), set()
    for quads, sign in ((added, 1), (removed, -1)):
        for quad in quads:
            if quad.graph_name != _DEFAULT:
                if isinstance(quad.graph_name, NamedNode):
                    change[quad.graph_name, _SIZE] += sign
                    change[_ALL, _ALL_SIZES] += sign
                continue
            change[_ALL, _ALL_TRIPLES] += sign
            change[quad.predicate, _TRIPLES] += sign
            if quad.predicate == _TYPE and isinstance(quad.object, NamedNode):
                change[quad.object, _INSTANCES] += sign
            subjects.add(quad.subject)
            of_property.add((quad.subject, quad.predicate))
    for store, sign in ((after, 1), (before, -1)):
        for subject in subjects:
            change[_ALL, _ALL_SUBJECTS] += sign * _has(store, subject, None)
        for subject, predicate in of_property:
            change[predicate, _SUBJECTS] += sign * _has(store, subject, predicate)
    for key, difference in change.items():
        if difference:
            was = [int(quad.object.value) for quad in numbers.quads_for_pattern(*key, None, _DEFAULT)]  # type: ignore[union-attr]
            for number in was:
                numbers.remove(_quad(key, number))
            if number := sum(was) + difference:
                numbers.add(_quad(key, number))
    numbers.flush()


def _rows(store: Store, query: str) -> QuerySolutions:
    found = store.query(query)
    assert isinstance(found, QuerySolutions)
    return found


def _has(store: Store, subject: object, predicate: NamedNode | None) -> bool:
    found = store.quads_for_pattern(subject, predicate, None, _DEFAULT)  # type: ignore[arg-type]
    return next(iter(found), None) is not None


def _quad(key: _Key, number: int) -> Quad:
    return Quad(*key, Literal(number))
