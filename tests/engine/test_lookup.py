"""Look-ups in the front's own process: the same answers as the pool's, and only where each step gives a row."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from time import perf_counter

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QueryBoolean, QuerySolutions, QueryTriples, Store

from prossima.engine.lookup import _FEW, MOST, looked_up, lookup_of
from prossima.engine.query import Answer, Query
from prossima.engine.serialisation import write
from prossima.engine.worker import Task, done
from prossima.releases import Release
from prossima.vocabulary import ROOT
from tests.conftest import Served

HUB = f"<{ROOT}id/pavia/hub/torretta>"
SPAZIOQ = f"<{ROOT}id/pavia/hub/spazioq>"
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
    f"SELECT ?s ?p {{ ?s ?p {HUB} }}",
    f"SELECT ?what {{ ?role pr:target {SPAZIOQ} ; pr:holder ?what }}",
    f"SELECT * {{ ?role pr:target {SPAZIOQ} . ?role ?p ?o . }}",
    f"SELECT * {{ {HUB} ?p ?o . ?o a ?kind }}",
    f"SELECT * {{ {HUB} skos:prefLabel ?name . ?s ?p ?name }}",
    f"PREFIX : <{ROOT}ontology#> SELECT ?what {{ {{ ?what :offeredAt {HUB} }} "
    f"UNION {{ ?x :target {SPAZIOQ} ; :holder ?what }} UNION {{ ?y :target {SPAZIOQ} . ?y ?is ?what }} }}",
]
OTHERS = [
    f"SELECT ?p {{ {HUB} ?p ?p }}",
    "SELECT * { ?s ?p ?o }",
    "SELECT * { ?s ?p ?o . ?o ?q ?r }",
    "SELECT * { ?s a ?kind }",
    "SELECT * { ?s pr:locatedIn ?o }",
    f"SELECT * {{ {HUB} ?p ?o ; ?q ?r }}",
    f"SELECT * {{ {HUB} ?p ?o ; ?q ?o }}",
    f"SELECT * {{ {HUB} ?p ?o . ?s ?q ?r }}",
    f"SELECT * {{ {HUB} ?p ?o . ?o ?p ?r }}",
    f"SELECT * {{ {HUB} ?p ?o . ?o ?q ?o }}",
    f"SELECT * {{ {HUB} ?p ?o . ?s ?o ?r }}",
    f"SELECT * {{ {HUB} ?p ?o . ?o ?q {HUB} }}",
    f"SELECT * {{ {HUB} ?p ?o . ?o ?q ?r . ?r ?t ?u }}",
    f"SELECT * {{ ?o ?q ?r . {HUB} ?p ?o }}",
    f"SELECT * {{ ?s ?p ?o ; pr:target {HUB} }}",
    f"SELECT * {{ {{ ?s ?p {HUB} ; ?p ?o }} UNION {{ ?s ?p {HUB} ; ?q ?o }} }}",
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
    "PREFIX : <x:> SELECT * { :a:b:c }",
    f"SELECT ?none {{ ?s a {HUB} }}",
    f"SELECT ?p {{ {{ {HUB} ?p ?o }} UNION {{ ?s a {HUB} }} }}",
    "PREFIX : <x:> SELECT * { ?s :p:q ?o }",
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
    assert lookup_of(text) is None


def test_a_lookup_with_much_to_say_is_left_to_the_pool() -> None:
    store, thing = Store(), NamedNode("x:s")
    values = (Literal("x" * 1000 + str(number)) for number in range(MOST // 1000))
    store.extend(Quad(thing, NamedNode("x:p"), value, DefaultGraph()) for value in values)
    for text, format_ in (("SELECT * { <x:s> ?p ?o }", "json"), ("DESCRIBE <x:s>", "nt")):
        assert looked_up(Query(text, format_), store, 1) is None
    assert looked_up(Query("SELECT * { <x:t> ?p ?o }", "json"), store, 1)


def test_a_second_pattern_follows_a_few_rows_of_the_first() -> None:
    store, verb = Store(), NamedNode("x:of")
    for thing, many in (("x:few", _FEW), ("x:many", _FEW + 1)):
        parts = (NamedNode(f"{thing}/{number}") for number in range(many))
        store.extend(Quad(part, verb, NamedNode(thing), DefaultGraph()) for part in parts)
    text = "PREFIX x: <x:> SELECT * {{ ?part x:of <{}> . ?part ?p ?o }}"
    few = looked_up(Query(text.format("x:few"), "csv"), store, 1)
    assert few
    assert few.rows == _FEW
    assert looked_up(Query(text.format("x:many"), "csv"), store, 1) is None
    twice = (
        "PREFIX x: <x:> SELECT * { { ?part x:of <x:few> . ?part ?p ?o } UNION { ?part x:of <x:few> . ?part ?p ?o } }"
    )
    assert lookup_of(twice)
    assert looked_up(Query(twice, "csv"), store, 1) is None


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?part <x:of> <x:whole> . ?part <x:no> ?o }",
        "SELECT * { ?part <x:of> <x:whole> . ?s <x:no> ?part }",
        "SELECT * { <x:part/1> <x:of> ?whole . ?whole ?p ?o }",
        "SELECT * { ?part ?p <x:whole> ; <x:in> ?o }",
        "SELECT ?o { { ?part <x:of> <x:whole> ; <x:in> ?o } UNION { ?some <x:of> <x:whole> . ?some ?p ?o } }",
    ],
)
def test_the_engine_goes_from_the_thing_named(text: str) -> None:
    # Were it to begin at the other end, it would go through all the store without a row: a hundred times as slow.
    store = Store()
    parts = ((NamedNode(f"x:part/{number}"), NamedNode(f"x:o/{number % 50}")) for number in range(100_000))
    store.bulk_extend(Quad(part, NamedNode("x:in"), other, DefaultGraph()) for part, other in parts)
    store.add(Quad(NamedNode("x:part/1"), NamedNode("x:of"), NamedNode("x:whole"), DefaultGraph()))
    began = perf_counter()
    assert len(list(store.query("SELECT * { ?part <x:in> ?o . ?o ?p ?q }"))) == 0
    through = perf_counter() - began
    began = perf_counter()
    assert looked_up(Query(text, "csv"), store, 1)
    assert (perf_counter() - began) * 20 < through


_PIECES = [
    "SELECT",
    "describe",
    "*",
    "?a",
    "$b",
    "?c",
    "{",
    "}",
    "UNION",
    ".",
    ";",
    "a",
    "x:",
    ":y",
    "x:y",
    "<x:s>",
    "1",
]


@given(st.data())
@settings(max_examples=1500, deadline=None)
def test_a_lookup_is_read_as_the_engine_reads_it(data: st.DataObject) -> None:
    # Written tight, loose or with comments, a text means the same to both or is none of ours.
    shape = data.draw(st.sampled_from([LOOKUPS[0], *LOOKUPS[7:9], *LOOKUPS[11:14]]))
    named = re.sub(
        r"<[^>]*>|\w+:\w+", lambda _: data.draw(st.sampled_from(["x:s", "<x:s>", ":p", "x:", "x:s:p"])), shape
    )
    pieces = re.findall(r"<[^>]*>|[?$]\w+|[\w:]+|\S", named)
    if data.draw(st.booleans()):
        pieces[data.draw(st.integers(0, len(pieces) - 1))] = data.draw(st.sampled_from(_PIECES))
    text = "".join(piece + data.draw(st.sampled_from(["", " ", "#x\n", "\t"])) for piece in pieces)
    text = f"PREFIX x:<x:> PREFIX : <y:> {text}"
    if lookup_of(text):
        query = Query(text, "ttl" if "describe" in text.lower() else "csv")
        found = looked_up(query, _SMALL, 1)
        try:
            results = _SMALL.query(text)
        except SyntaxError:
            assert found is None
        else:
            assert found
            assert found.body == _written(results, query.format)


def _written(results: QuerySolutions | QueryBoolean | QueryTriples, format_: str) -> bytes:
    out = BytesIO()
    write(results, format_, out)
    return out.getvalue()


_SMALL = Store()
_NODES = [NamedNode(iri) for iri in ("x:s", "y:p", "x:", "x:s:p")]
_SMALL.extend(Quad(one, verb, other, DefaultGraph()) for one in _NODES for verb in _NODES[:3] for other in _NODES[1:])


@pytest.mark.parametrize("format_", ["jsonld", "rdf"])
def test_what_is_written_only_at_the_end_is_left_to_the_pool(format_: str, release: Release) -> None:
    assert looked_up(Query(f"DESCRIBE {HUB}", format_), release.store(), 1) is None


def test_an_undeclared_prefix_is_told_as_ever(served: Served) -> None:
    found = httpx.get(served.sparql, params={"query": "SELECT ?p { no:such ?p ?o }"})
    assert found.status_code == 400
    assert found.json()["title"] == "Malformed query"
