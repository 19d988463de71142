"""Look-ups in the front's own process: the same answers as the pool's, and only where each step gives a row."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from prossima.engine.lookup import is_lookup, looked_up
from prossima.engine.query import Answer, Query
from prossima.engine.worker import INLINE, Task, done
from prossima.releases import Release
from prossima.vocabulary import ROOT
from tests.conftest import Served

HUB = f"<{ROOT}id/pavia/hub/torretta>"
LOOKUPS = [
    f"SELECT ?p ?o WHERE {{ {HUB} ?p ?o }}",
    f"# what is it?\nselect * {{ {HUB} ?p ?o . }} # that",
    f"SELECT ?o {{ {HUB} pr:locatedIn ?o }}",
    f"SELECT ?kind {{ {HUB} a ?kind }}",
    f"SELECT ?s {{ ?s pr:target {HUB} }}",
    "SELECT ?hub { ?hub a pr:Hub }",
    "PREFIX x: <https://w3id.org/prossima/id/pavia/hub/> SELECT ?p { x:torretta ?p x:none }",
    f"SELECT ?what {{ {{ ?what pr:offeredAt {HUB} }} UNION {{ ?what pr:heldAt {HUB} . }} UNION {{ {HUB} ?p ?what }} }}",
    f"DESCRIBE {HUB}",
    "BASE <https://w3id.org/prossima/id/pavia/> DESCRIBE <hub/torretta> # x",
]
OTHERS = [
    f"SELECT ?p {{ {HUB} ?p ?p }}",
    "SELECT * { ?s ?p ?o }",
    "SELECT * { ?s ?p ?o . ?o ?q ?r }",
    "SELECT * { ?s a ?kind }",
    "SELECT * { ?s pr:locatedIn ?o }",
    f"SELECT * {{ {HUB} ?p ?o . ?o ?q ?r }}",
    f"SELECT * {{ {HUB} ?p ?o ; ?q ?r }}",
    f"SELECT * {{ {HUB} ?p ?o FILTER(?o > 1) }}",
    f"SELECT DISTINCT ?p {{ {HUB} ?p ?o }}",
    f"SELECT ?p {{ {HUB} ?p ?o }} ORDER BY ?p",
    f"SELECT (COUNT(*) AS ?n) {{ {HUB} ?p ?o }}",
    f"SELECT * {{ {HUB} pr:locatedIn/pr:within ?o }}",
    f"SELECT * {{ {HUB} pr:within* ?o }}",
    f"SELECT * {{ {HUB} ^pr:target ?o }}",
    f"ASK {{ {HUB} ?p ?o }}",
    f"SELECT * {{ GRAPH ?g {{ {HUB} ?p ?o }} }}",
    f"SELECT * FROM <x:g> {{ {HUB} ?p ?o }}",
    f"SELECT * {{ {{ {HUB} ?p ?o }} UNION {{ ?s ?p ?o }} }}",
    f"SELECT * {{ {{ {HUB} ?p ?o }} {{ {HUB} ?q ?r }} }}",
    f"SELECT * {{ {{ {HUB} ?p ?p }} UNION {{ {HUB} ?p ?o }} }}",
    f"SELECT * {{ {{ {HUB} ?p ?o }} UNION {{ {HUB} ?p ?p }} }}",
    "DESCRIBE ?hub { ?hub a pr:Hub }",
    f"DESCRIBE {HUB} {HUB}",
    f"SELECT * {{ SERVICE {HUB} {{ ?s ?p ?o }} }}",
    "not a query",
    f"SELECT ?p {{ {HUB} ?p ?o }} " + " " * 2000,
]


def by_the_pool(query: Query, release: Release, tmp_path: Path) -> Answer:
    found = done(Task(query, release.store_path(), 1, str(tmp_path / "spool")), 1 << 30)
    assert isinstance(found, Answer)
    return found


@pytest.mark.parametrize("format_", ["json", "csv", "xml", "tsv"])
@pytest.mark.parametrize("text", LOOKUPS)
def test_a_lookup_is_answered_as_the_pool_does(text: str, format_: str, release: Release, tmp_path: Path) -> None:
    of_graphs = {"json": "ttl", "csv": "nt", "xml": "ttl", "tsv": "nt"}
    query = Query(text, of_graphs[format_] if "DESCRIBE" in text else format_, base=ROOT)
    found, slow = looked_up(query, release.store(), 1), by_the_pool(query, release, tmp_path)
    assert found
    assert (found.body, found.rows) == (slow.body, slow.rows)


def test_most_of_the_lookups_have_something_to_say(release: Release) -> None:
    said = [looked_up(Query(text, "csv"), release.store(), 1) for text in LOOKUPS if "DESCRIBE" not in text]
    assert sum(bool(answer and answer.rows) for answer in said) >= len(said) - 2


@pytest.mark.parametrize("text", OTHERS)
def test_what_could_take_long_is_no_lookup(text: str) -> None:
    assert not is_lookup(text)


def test_a_lookup_with_much_to_say_is_left_to_the_pool() -> None:
    store, thing = Store(), NamedNode("x:s")
    values = (Literal("x" * 1000 + str(number)) for number in range(INLINE // 1000))
    store.extend(Quad(thing, NamedNode("x:p"), value, DefaultGraph()) for value in values)
    for text, format_ in (("SELECT * { <x:s> ?p ?o }", "json"), ("DESCRIBE <x:s>", "nt")):
        assert looked_up(Query(text, format_), store, 1) is None
    assert looked_up(Query("SELECT * { <x:t> ?p ?o }", "json"), store, 1)


@pytest.mark.parametrize("format_", ["jsonld", "rdf"])
def test_what_is_written_only_at_the_end_is_left_to_the_pool(format_: str, release: Release) -> None:
    assert looked_up(Query(f"DESCRIBE {HUB}", format_), release.store(), 1) is None


def test_an_undeclared_prefix_is_told_as_ever(served: Served) -> None:
    found = httpx.get(served.sparql, params={"query": "SELECT ?p { no:such ?p ?o }"})
    assert found.status_code == 400
    assert found.json()["title"] == "Malformed query"
