"""Clients of the JavaScript world, as npm has them, against a real server: Comunica and fetch-sparql-endpoint."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from prossima.settings import Settings
from prossima.web.refusals import READ_ONLY
from tests.conftest import REPOSITORY, Served, serving

CLIENTS = REPOSITORY / "tests" / "clients"
BIN = Path(sys.executable).parent
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    "NODE_COMPILE_CACHE": str(CLIENTS / "node_modules" / ".cache"),
}
XSD = "http://www.w3.org/2001/XMLSchema#"
WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"
# Comunica reads a query before it sends it, so that a query cannot rely on the prefixes our endpoint knows.
PREFIXES = """
PREFIX pr: <https://w3id.org/prossima/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
"""
OPENED = (
    PREFIXES
    + """
SELECT ?hub ?name ?opened WHERE {
  ?hub a pr:Hub ; skos:prefLabel ?name .
  FILTER(LANG(?name) = "it" && !CONTAINS(STR(?hub), "/bologna/"))
  OPTIONAL { ?hub pr:opened/pr:edtf ?opened }
} ORDER BY DESC(?name) ?hub ?opened
"""
)
LITERALS = (
    PREFIXES
    + """
SELECT ?property ?value WHERE {
  VALUES ?property { skos:definition pr:earliest pr:value pr:online pr:edition geo:asWKT }
  ?thing ?property ?value . FILTER(isLiteral(?value))
} ORDER BY ?property STR(?value) LANG(?value)
"""
)
CONSTRUCT = (
    PREFIXES + "CONSTRUCT { ?hub a pr:Hub ; skos:prefLabel ?name } WHERE { ?hub a pr:Hub ; skos:prefLabel ?name }"
)
DESCRIBE = "DESCRIBE <https://w3id.org/prossima/id/pavia/hub/sottoscala>"
INSERT = 'INSERT DATA { <http://e/s> <http://e/p> "perché"@it , 7 }'
INSERTED = "SELECT ?o { <http://e/s> <http://e/p> ?o } ORDER BY STR(?o)"
JSON_RESULTS, NTRIPLES = "application/sparql-results+json", "application/n-triples"

pytestmark = pytest.mark.skipif(not (BIN / "npm").exists(), reason="no npm here")


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    """What package-lock.json names, in tests/clients/node_modules."""
    lock, done = CLIENTS / "package-lock.json", CLIENTS / "node_modules" / ".package-lock.json"
    if not done.exists() or done.stat().st_mtime < lock.stat().st_mtime:
        command = [str(BIN / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=CLIENTS, env=ENVIRONMENT, check=True)


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Served]:
    with serving(Settings(data=tmp_path / "data"), "--scratch") as server:
        yield server


def run(script: str, *arguments: str) -> str:
    command = [str(BIN / "node"), str(CLIENTS / script), *arguments]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def fetched(endpoint: str, kind: str, text: str, **options: Any) -> Any:
    return json.loads(run("fetch_sparql_endpoint.mjs", endpoint, kind, text, json.dumps(options)))


def comunica(sources: list[Any], text: str) -> Any:
    return json.loads(run("comunica.mjs", json.dumps(sources), text, JSON_RESULTS))


def comunica_graph(sources: list[Any], text: str) -> Graph:
    return Graph().parse(data=run("comunica.mjs", json.dumps(sources), text, NTRIPLES), format="nt")


def typed(url: str) -> dict[str, str]:
    return {"type": "sparql", "value": url}


def plain(rows: list[dict[str, dict[str, str]]]) -> list[dict[str, dict[str, str]]]:
    """The rows with no xsd:string: a client may write it or leave it out."""
    return [
        {name: {k: v for k, v in term.items() if v != XSD + "string"} for name, term in row.items()} for row in rows
    ]


def expected(served: Served, query: str) -> list[dict[str, dict[str, str]]]:
    """What our endpoint answers to who asks without a client."""
    rows = httpx.get(served.sparql, params={"query": query}).raise_for_status().json()["results"]["bindings"]
    assert rows
    return plain(rows)


def expected_graph(served: Served, query: str) -> Graph:
    answer = httpx.get(served.sparql, params={"query": query}, headers={"Accept": NTRIPLES}).raise_for_status()
    graph = Graph().parse(data=answer.text, format="nt")
    assert len(graph) > 20
    return graph


def graph_of(triples: list[list[dict[str, str]]]) -> Graph:
    def term(said: dict[str, str]) -> URIRef | BNode | Literal:
        if said["type"] == "uri":
            return URIRef(said["value"])
        if said["type"] == "bnode":
            return BNode(said["value"])
        datatype = said.get("datatype")
        return Literal(said["value"], said.get("xml:lang"), None if datatype == XSD + "string" else datatype)

    graph = Graph()
    for subject, predicate, object_ in triples:
        graph.add((term(subject), term(predicate), term(object_)))
    return graph


# -- Comunica -------------------------------------------------------------------------------------------


@pytest.fixture(params=["as an endpoint", "as a URL"])
def source(request: pytest.FixtureRequest, served: Served) -> dict[str, str] | str:
    return typed(served.sparql) if request.param == "as an endpoint" else served.sparql


def test_comunica_selects_with_filter_optional_and_order(source: dict[str, str] | str, served: Served) -> None:
    rows = plain(comunica([source], OPENED)["results"]["bindings"])
    assert rows == expected(served, OPENED)
    names = [row["name"]["value"] for row in rows]
    assert names == sorted(names, reverse=True)
    assert {"opened" in row for row in rows} == {True, False}


def test_comunica_reads_languages_and_datatypes(served: Served) -> None:
    rows = plain(comunica([typed(served.sparql)], LITERALS)["results"]["bindings"])
    assert rows == expected(served, LITERALS)
    values = [row["value"] for row in rows]
    assert {value["xml:lang"] for value in values if "xml:lang" in value} == {"en", "it"}
    datatypes = {value["datatype"] for value in values if "datatype" in value}
    assert datatypes == {*(XSD + name for name in ("boolean", "date", "decimal", "integer")), WKT}


@pytest.mark.parametrize(("kind", "truth"), [("pr:Hub", True), ("pr:Nothing", False)])
def test_comunica_asks(kind: str, truth: bool, served: Served) -> None:
    assert comunica([typed(served.sparql)], f"{PREFIXES} ASK {{ ?s a {kind} }}")["boolean"] is truth


@pytest.mark.parametrize("query", [CONSTRUCT, DESCRIBE])
def test_comunica_gets_graphs(query: str, source: dict[str, str] | str, served: Served) -> None:
    assert isomorphic(comunica_graph([source], query), expected_graph(served, query))


@pytest.mark.parametrize("format_", ["ttl", "rdf", "nt"])
def test_comunica_discovers_the_endpoint_by_its_description_alone(format_: str, served: Served) -> None:
    # A URL that ends in /sparql is taken for an endpoint whatever it answers, this one only by the description there.
    # JSON-LD is what Comunica gets where it may choose, as of the other tests' URLs.
    found = comunica([f"{served.sparql}?format={format_}"], OPENED)
    assert plain(found["results"]["bindings"]) == expected(served, OPENED)


def test_comunica_evaluates_service_over_our_endpoint_and_another(served: Served, scratch: Served) -> None:
    [hub] = expected(served, f"{PREFIXES} SELECT ?hub {{ ?hub a pr:Hub ; skos:prefLabel 'SottoScala'@it }}")
    visit = f"INSERT DATA {{ <{hub['hub']['value']}> <http://e/visited> '2026-02-03'^^<{XSD}date> }}"
    assert httpx.post(scratch.sparql, data={"update": visit}).status_code == 204
    query = f"""{PREFIXES} SELECT ?name ?when WHERE {{
      SERVICE <{scratch.sparql}> {{ ?hub <http://e/visited> ?when }}
      SERVICE <{served.sparql}> {{ ?hub a pr:Hub ; skos:prefLabel ?name }}
      FILTER(LANG(?name) = "it")
    }}"""
    assert comunica([], query)["results"]["bindings"] == [
        {
            "name": {"type": "literal", "value": "SottoScala", "xml:lang": "it"},
            "when": {"type": "literal", "value": "2026-02-03", "datatype": XSD + "date"},
        }
    ]


def test_comunica_passes_on_what_is_wrong_with_a_query(served: Served) -> None:
    # Comunica checks the syntax by itself; it sends on a function that only the endpoint can tell it lacks.
    wrong = "SELECT ?s { ?s ?p ?o FILTER(<http://e/no-function>(?o)) }"
    ours = httpx.get(served.sparql, params={"query": wrong})
    assert ours.status_code == 400
    assert ours.json()["detail"] in comunica([typed(served.sparql)], wrong)["error"]


def test_comunica_updates_a_scratch_server_and_reads_it_back(scratch: Served) -> None:
    assert comunica([scratch.sparql], INSERT) is None
    rows = comunica([typed(scratch.sparql)], INSERTED)["results"]["bindings"]
    assert plain(rows) == expected(scratch, INSERTED)
    assert [row["o"]["value"] for row in rows] == ["7", "perché"]


def test_comunica_cannot_update_what_is_published(served: Served) -> None:
    assert "HTTP status 403" in comunica([served.sparql], INSERT)["error"]


# -- fetch-sparql-endpoint ------------------------------------------------------------------------------

WAYS: list[dict[str, Any]] = [{"method": "GET"}, {"method": "POST"}, {"method": "POST", "directPost": True}]
way = pytest.mark.parametrize("way", WAYS, ids=["GET", "POST of a form", "POST of the text"])


@way
def test_fetching_bindings(way: dict[str, Any], served: Served) -> None:
    assert plain(fetched(served.sparql, "bindings", LITERALS, **way)) == expected(served, LITERALS)


@way
def test_fetching_truth(way: dict[str, Any], served: Served) -> None:
    assert fetched(served.sparql, "ask", "ASK { ?s a pr:Hub }", **way) is True
    assert fetched(served.sparql, "ask", "ASK { ?s a pr:Nothing }", **way) is False


@way
@pytest.mark.parametrize("query", [CONSTRUCT, DESCRIBE])
def test_fetching_triples(query: str, way: dict[str, Any], served: Served) -> None:
    found = graph_of(fetched(served.sparql, "triples", query, **way))
    assert isomorphic(found, expected_graph(served, query))


def test_fetching_the_other_formats_the_client_reads(served: Served) -> None:
    in_xml = served.sparql + "?format=xml"
    assert plain(fetched(in_xml, "bindings", LITERALS)) == expected(served, LITERALS)
    assert fetched(in_xml, "ask", "ASK { ?s a pr:Nothing }") is False
    in_ntriples = fetched(served.sparql + "?format=nt", "triples", DESCRIBE)
    assert isomorphic(graph_of(in_ntriples), expected_graph(served, DESCRIBE))


@way
def test_the_clients_error_has_our_message(way: dict[str, Any], served: Served) -> None:
    wrong = "SELECT ?hub WHERE {\n  ?hub a pr:Hub ORDER"
    error = fetched(served.sparql, "bindings", wrong, **way)["error"]
    ours = httpx.get(served.sparql, params={"query": wrong}).json()
    assert "HTTP status 400" in error
    assert ours["line"] == 2
    assert ours["detail"] in json.loads(error.partition("\n")[2])["detail"]


def test_an_update_of_what_is_published_is_refused(served: Served) -> None:
    # The client leaves the body of a refused update unread, whatever it says; sent as a query, it shows our words.
    assert "HTTP status 403" in fetched(served.sparql, "update", INSERT)["error"]
    error = fetched(served.sparql, "bindings", INSERT)["error"]
    assert "HTTP status 403" in error
    assert READ_ONLY in error


def test_an_update_of_a_scratch_server_is_read_back(scratch: Served) -> None:
    assert fetched(scratch.sparql, "update", INSERT) is None
    assert fetched(scratch.sparql, "bindings", INSERTED) == [
        {"o": {"type": "literal", "value": "7", "datatype": XSD + "integer"}},
        {"o": {"type": "literal", "value": "perché", "xml:lang": "it"}},
    ]
    assert "HTTP status 400" in fetched(scratch.sparql, "update", "INSERT DATA { ?s ?p 1 }")["error"]
