"""The JSON of a thing: natural to read, and nothing of what is said of the thing is lost in it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

import httpx
import pytest
from pyld import jsonld
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple, parse

from prossima.engine.serialisation import context
from prossima.releases import Release
from prossima.vocabulary import INFERRED, PR, RDF, text_of
from prossima.web.jsonview import CONTEXT, json_view
from prossima.web.links import Links
from prossima.web.things import Thing
from tests.conftest import Served

HUB = "id/pavia/hub/spazioq"


def by_value(triples: Iterable[Triple]) -> set[Quad]:
    """Triples as the engine holds them: literals of the same value are one."""
    store = Store()
    store.extend(Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in triples)
    return set(store)


def read_back(view: dict[str, Any]) -> set[Quad]:
    assert view["@context"] == CONTEXT
    quads = jsonld.to_rdf({**view, **context()}, {"format": "application/n-quads"})
    return by_value(quad.triple for quad in parse(input=quads, format=RdfFormat.N_QUADS))


@pytest.fixture
def hub(served: Served) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(served.url + HUB, headers={"Accept": "application/json"}).json()
    return found


def test_it_reads_as_a_web_developer_would_write_it(hub: dict[str, Any]) -> None:
    assert hub["id"].endswith(HUB)
    assert hub["type"] == "Hub"
    assert hub["name"]["it"] == "Spazio Q"
    assert any(place.endswith("place/r-vallone") for place in hub["locatedIn"])
    assert not [key for key in hub if ":" in key]


def test_what_a_thing_owns_is_inside_it(served: Served) -> None:
    url = served.url + "id/pavia/place/018110"
    place = httpx.get(url, params={"format": "json"}).json()
    assert place["geometry"]["type"] == "geo:Geometry"
    assert place["geometry"]["asWKT"].startswith("POINT")
    event = httpx.get(served.url + "id/pavia/event/bif19", params={"format": "json"}).json()
    assert event["edition"] == 10
    assert event["period"]["edtf"] == "2019-05-17/2019-05-26"
    assert event["period"]["earliest"] == "2019-05-17"


def test_json_ld_is_asked_for_by_its_own_name(served: Served) -> None:
    answer = httpx.get(served.url + HUB, headers={"Accept": "application/ld+json"})
    assert answer.headers["content-type"] == "application/ld+json"
    assert httpx.get(served.url + HUB, params={"format": "json"}).headers["content-type"] == "application/json"


def test_every_class_has_a_view_that_loses_nothing(release: Release) -> None:
    store = release.store()
    kinds = {quad.object for quad in store.quads_for_pattern(None, RDF("type"), None, DefaultGraph())}
    ours = sorted(kind.value for kind in kinds if isinstance(kind, NamedNode) and kind.value.startswith(PR))
    assert len(ours) > 30
    for kind in ours:
        things = store.quads_for_pattern(None, RDF("type"), NamedNode(kind), DefaultGraph())
        for iri in sorted(text_of(quad.subject) for quad in things)[:4]:
            thing = Thing(store, iri, "it", Links())
            described = thing.description_graph(own_terms=True)
            view = json.loads(json_view(iri, described))
            assert read_back(view) == by_value(described), iri
            left_out = set(thing.description_graph()) - set(described)
            inferred = {quad.triple for quad in store.quads_for_pattern(None, None, None, INFERRED)}
            assert left_out <= inferred


IT = NamedNode("https://example.org/it")
ODD = {
    "a language with a direction": f'<{IT.value}> <https://example.org/p> "d"@ar--rtl .',
    "an address that looks like a prefixed name": f"<{IT.value}> <https://example.org/p> <geo:45.18,9.16> .",
    "a thing that points at itself": f"<{IT.value}> <https://example.org/p> <{IT.value}> .",
    "two that point at each other": f"<{IT.value}> <x:p> <x:2> .\n<x:2> <x:p> <{IT.value}> .",
    "no number at all": f'<{IT.value}> <https://example.org/p> "NaN"^^<http://www.w3.org/2001/XMLSchema#double> .',
}


@pytest.mark.parametrize("odd", ODD)
def test_what_json_ld_cannot_nest_is_told_all_the_same(odd: str) -> None:
    triples = [quad.triple for quad in parse(input=ODD[odd], format=RdfFormat.N_TRIPLES)]
    told = json.loads(json_view(IT.value, triples))
    assert told
    if isinstance(told, dict):
        assert read_back(told) == by_value(triples)


def test_a_thing_with_very_many_values_does_not_hold_the_server() -> None:
    triples = [Triple(IT, PR("about"), NamedNode(f"https://example.org/{number}")) for number in range(20_000)]
    began = time.perf_counter()
    told = json.loads(json_view(IT.value, triples))
    assert time.perf_counter() - began < 10
    assert len(told[0][PR + "about"]) == 20_000
