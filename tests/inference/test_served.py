"""What is inferred, as one meets it: told on the page with rule and premises, and left out where one asks."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import httpx
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, Triple, serialize

from prossima.releases import Release, Shelf, publish, rollback
from prossima.settings import Settings
from prossima.vocabulary import INFERRED, PR
from tests.conftest import TORINO, Served

HUB = "https://w3id.org/prossima/id/pavia/hub/sottoscala"
MANAGERS = f"SELECT ?who {{ <{HUB}> pr:managedBy ?who }}"


def rows(served: Served, query: str, **parameters: str) -> list[dict[str, dict[str, str]]]:
    answer = httpx.get(served.sparql, params={"query": query, **parameters}, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, dict[str, str]]] = answer.json()["results"]["bindings"]
    return found


def test_a_query_may_leave_out_what_is_inferred(served: Served) -> None:
    assert len(rows(served, MANAGERS)) == len(rows(served, MANAGERS, inference="on")) == 4
    assert rows(served, MANAGERS, inference="off") == []
    graph = f"SELECT * {{ GRAPH <{INFERRED.value}> {{ ?s ?p ?o }} }} LIMIT 1"
    assert rows(served, graph)
    assert not rows(served, graph, inference="off")
    evidence = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s pr:holder ?o } ?g pr:confidence ?c }"
    assert rows(served, evidence) == rows(served, evidence, inference="off")


def test_inference_is_on_or_off(served: Served) -> None:
    answer = httpx.get(served.sparql, params={"query": MANAGERS, "inference": "maybe"})
    assert answer.status_code == 400
    assert "on (as without it) or off, not 'maybe'" in answer.json()["detail"]


def test_a_page_names_rule_and_premises_of_what_is_inferred(served: Served) -> None:
    path = served.url + HUB.removeprefix("https://w3id.org/prossima/")
    html = unescape(httpx.get(path, headers={"Accept": "text/html", "Accept-Language": "en"}).text)
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))
    assert "Whoever has a manager's role in a hub, of which no source says that it ended, manages the hub." in shown
    assert re.search(r"Antigone.{0,40} target SottoScala|target .{0,20}SottoScala", shown), shown[:4000]
    without = httpx.get(path, params={"inference": "off"}, headers={"Accept": "text/html"}).text
    assert "manages the hub" not in without
    turtle = httpx.get(path, params={"format": "nt"}).text
    assert "managedBy" in turtle
    assert "managedBy" not in httpx.get(path, params={"format": "nt", "inference": "off"}).text


def without_inferred(release: Release) -> tuple[set[Quad], set[Quad]]:
    """The store kept without what is inferred, and what it should be."""
    whole = set(release.store())
    inferred = {quad.triple for quad in whole if quad.graph_name == INFERRED}
    default = DefaultGraph()
    kept = {q for q in whole if q.graph_name != INFERRED and not (q.graph_name == default and q.triple in inferred)}
    return set(release.store(inference=False)), kept


def test_the_store_without_inference_follows_every_publication(settings: Settings, tmp_path: Path) -> None:
    place, wide, wider = (NamedNode(f"https://example.org/{name}") for name in ("p", "w", "v"))
    file = tmp_path / "more.nt"
    facts = [Triple(place, PR("within"), wide), Triple(wide, PR("within"), wider)]
    histories = [
        facts,
        [*facts, Triple(place, PR("within"), wider)],
        facts[:1],
        [*facts, Triple(wide, PR("istatCode"), Literal("1"))],
    ]
    publish([TORINO], settings)
    for said in histories:
        file.write_bytes(serialize(said, format=RdfFormat.N_TRIPLES) or b"")
        outcome = publish([file], settings)
        assert outcome.release, outcome.report.problems
        current = Shelf(settings.data).current()
        assert current
        found, expected = without_inferred(current)
        assert found == expected
        inferred = sum(1 for quad in current.store() if quad.graph_name == INFERRED)
        assert current.manifest.inferred == inferred
    rollback(2, settings, reason="back")
    current = Shelf(settings.data).current()
    assert current
    found, expected = without_inferred(current)
    assert found == expected


def test_a_raw_release_has_nothing_inferred(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "raw.nt"
    file.write_text("<https://example.org/a> <https://example.org/b> <https://example.org/c> .\n")
    publish([file], settings, raw=True)
    current = Shelf(settings.data).current()
    assert current
    assert not current.asserted.exists()
    assert set(current.store(inference=False)) == set(current.store())
    assert isinstance(current.store(), Store)
