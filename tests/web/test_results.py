"""The answer to a query in a page, for who has no JavaScript."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from tests.conftest import Served

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "it"}
HUBS = 'SELECT ?hub ?name ?none { ?hub a pr:Hub ; skos:prefLabel ?name FILTER(lang(?name) = "it") } ORDER BY ?hub'


def shown(served: Served, query: str, status: int = 200, **more: str) -> str:
    parameters = {"query": query, "format": "html", **more}
    response = httpx.get(served.sparql, params=parameters, headers=BROWSER, timeout=30)
    assert response.status_code == status, response.text
    return response.text


def test_a_table_has_the_rows_and_leads_to_the_things(served: Served) -> None:
    html = shown(served, HUBS)
    rows = re.findall(
        r"<tr><td><a href=\"([^\"]+)\">([^<]+)</a></td><td><span lang=\"it\">([^<]+)</span></td><td></td></tr>", html
    )
    wanted = httpx.get(served.sparql, params={"query": HUBS, "format": "json"}).json()["results"]["bindings"]
    assert [(iri, unescape(name)) for _, iri, name in rows] == [(r["hub"]["value"], r["name"]["value"]) for r in wanted]
    assert "/id/pavia/hub/torretta" in {path for path, _, _ in rows}
    assert f"{len(wanted)} righe" in html
    assert unescape(html).count(HUBS) == 1  # in the editor, to be changed


def test_what_is_no_table_is_shown_too(served: Served) -> None:
    assert '<p class="empty">Sì</p>' in shown(served, "ASK { ?hub a pr:Hub }")
    assert '<p class="empty">No</p>' in shown(served, "ASK { ?hub a <x:none> }")
    graph = unescape(shown(served, "CONSTRUCT { ?h a pr:Hub } { ?h a pr:Hub }"))
    assert "<https://w3id.org/prossima/id/pavia/hub/torretta> a pr:Hub" in graph
    assert "Nessuna riga" in shown(served, "SELECT ?x { ?x a <x:none> }")


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("SELECT ?x {\n ?x a }", 400, "Line 2"),
        ("ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", 403, "does not fetch"),
        ("CLEAR ALL", 403, "prossima publish"),
    ],
)
def test_what_cannot_be_answered_is_said_on_the_page(query: str, status: int, says: str, served: Served) -> None:
    html = shown(served, query, status)
    assert says in html
    assert '<textarea class="entry"' in html


def test_a_long_table_is_cut_and_says_so(served: Served) -> None:
    html = shown(served, "SELECT * { ?s ?p ?o } LIMIT 1500")
    assert html.count("<tr><td>") == 1000
    assert "prime 1000 righe" in html
    assert re.search(r"1\D?500 righe", html)
    assert "troppo grande" in shown(served, "SELECT * { ?s ?p ?o } LIMIT 30000")


def test_values_are_text_and_only_safe_addresses_are_links(served: Served) -> None:
    html = shown(served, 'SELECT ("<script>alert(1)</script>" AS ?x) (<javascript:alert(1)> AS ?y) {}')
    assert "<script>alert" not in html
    assert 'href="javascript' not in html


def test_a_request_that_is_no_utf_8_is_400_whatever_the_format(served: Served) -> None:
    for format_ in ("csv", "html"):
        assert httpx.get(f"{served.sparql}?format={format_}&query=%FF", headers=BROWSER).status_code == 400


def test_the_dataset_may_have_several_graphs(served: Served) -> None:
    graphs = ["https://w3id.org/prossima/graph/schemes", "https://w3id.org/prossima/graph/inferred"]
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    parameters = [("query", query), *(("default-graph-uri", graph) for graph in graphs)]
    wanted = httpx.get(served.sparql, params=[*parameters, ("format", "csv")]).text.split()[1]
    html = httpx.get(served.sparql, params=[*parameters, ("format", "html")], headers=BROWSER).text
    assert int(wanted) > 100
    assert f"<span>{wanted}</span>" in html


def test_an_earlier_release_is_asked_where_it_is_named(served: Served) -> None:
    assert "<tr><td>" in shown(served, HUBS, release="1")
    assert "<tr><td>" not in shown(served, HUBS, 404, release="99")
