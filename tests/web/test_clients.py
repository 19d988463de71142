"""Clients as people use them, against a real server: SPARQLWrapper, rdflib, pandas, sparql-dataframe, curl."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any
from urllib.parse import urlencode

import pytest
from rdflib import Graph, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, JSON, POST, TURTLE, XML, SPARQLWrapper

from tests.conftest import Served

LABS = """
PREFIX pr: <https://w3id.org/prossima/ontology#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?name ?kind ?value ?confidence (GROUP_CONCAT(DISTINCT STR(?source); separator=" ") AS ?sources) WHERE {
  ?hub pr:hubKind <https://w3id.org/prossima/scheme/hub-kind/social-lab> ; skos:prefLabel ?name .
  {
    GRAPH ?evidence { ?hub pr:locatedIn ?place }
    ?place a ?kind ; skos:prefLabel ?value .
    VALUES ?kind { pr:Municipality pr:Quarter pr:Neighbourhood }
  } UNION {
    ?role pr:target ?hub ; pr:holder ?manager .
    GRAPH ?evidence { ?role pr:roleKind ?kind }
    VALUES ?kind { <https://w3id.org/prossima/scheme/role-kind/manager> }
    ?manager skos:prefLabel ?value .
  }
  ?evidence pr:confidence ?confidence ; prov:hadPrimarySource ?source .
}
GROUP BY ?name ?kind ?value ?confidence
"""


def rows(served: Served, query: str) -> list[dict[str, str]]:
    client = SPARQLWrapper(served.sparql)
    client.setQuery(query)
    client.setReturnFormat(JSON)
    found: Any = client.query().convert()
    return [{name: term["value"] for name, term in row.items()} for row in found["results"]["bindings"]]


def test_all_labs_with_where_they_are_and_who_runs_them_each_fact_with_its_sources(served: Served) -> None:
    found = rows(served, LABS)
    facts: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for row in found:
        kind = row["kind"].replace("#", "/").rpartition("/")[2]
        facts.setdefault((row["name"], kind), set()).add((row["value"], row["confidence"].rpartition("/")[2]))
        assert row["sources"]
    where = {name: {value for value, _ in values} for (name, kind), values in facts.items() if kind == "Municipality"}
    assert where == {
        "Laboratorio Sociale Crosione": {"Pavia"},
        "La Torretta": {"Pavia"},
        "Social Bistrot - Il Naviglio": {"Pavia"},
        "Travacò Siccomario": {"Travacò Siccomario"},
        "In Scala": {"Pavia"},
        "In Pelizza": {"Pavia"},
        "Spazio Q": {"Pavia"},
    }
    runs = {name: values for (name, kind), values in facts.items() if kind == "manager"}
    assert runs == {
        "Social Bistrot - Il Naviglio": {("Fondazione G. Costantino", "single-source")},
        "In Pelizza": {("Centro Servizi Formazione", "single-source")},
    }
    # The managers of La Torretta are our reading: in its evidence graph, not in what is held true.
    assert facts[("Spazio Q", "Neighbourhood")] == {("Vallone", "single-source")}
    assert facts[("In Scala", "Neighbourhood")] == {("Quartiere Scala", "confirmed")}


def test_each_fact_has_its_own_sources(served: Served) -> None:
    by_fact = {(row["name"], row["value"]): row["sources"].split() for row in rows(served, LABS)}
    [bistrot] = by_fact[("Social Bistrot - Il Naviglio", "Fondazione G. Costantino")]
    assert bistrot.endswith("source/ticino22")
    [pelizza] = by_fact[("In Pelizza", "Centro Servizi Formazione")]
    assert pelizza.endswith("source/csf-pel")


@pytest.mark.parametrize("format_", [JSON, XML, CSV])
def test_sparqlwrapper_in_each_result_format(format_: str, served: Served) -> None:
    client = SPARQLWrapper(served.sparql)
    client.setMethod(POST)
    client.setQuery("SELECT ?hub WHERE { ?hub a <https://w3id.org/prossima/ontology#Hub> }")
    client.setReturnFormat(format_)
    answer: Any = client.query().convert()
    text = answer.decode() if isinstance(answer, bytes) else answer.toxml() if format_ == XML else str(answer)
    assert "hub/torretta" in text


def test_sparqlwrapper_constructs_a_graph(served: Served) -> None:
    client = SPARQLWrapper(served.sparql)
    client.setQuery("CONSTRUCT { ?s ?p ?o } WHERE { ?s a <https://w3id.org/prossima/ontology#Hub> ; ?p ?o }")
    client.setReturnFormat(TURTLE)
    graph = Graph().parse(data=client.query().convert(), format="turtle")
    assert len(graph) > 50


def test_rdflibs_sparqlstore_reads_as_if_it_were_a_graph(served: Served) -> None:
    graph = Graph(SPARQLStore(served.sparql))
    hub = URIRef("https://w3id.org/prossima/id/pavia/hub/sottoscala")
    opened = graph.value(hub, URIRef("https://w3id.org/prossima/ontology#opened"))
    assert str(graph.value(opened, URIRef("https://w3id.org/prossima/ontology#edtf"))) == "2024-12"
    answer = graph.query("SELECT (COUNT(?h) AS ?n) WHERE { ?h a <https://w3id.org/prossima/ontology#Hub> }")
    assert next(iter(answer))[0].toPython() == 36


def test_rdflibs_sparqlstore_reads_named_graphs(served: Served) -> None:
    schemes = Graph(SPARQLStore(served.sparql), identifier=URIRef("https://w3id.org/prossima/graph/schemes"))
    concept = URIRef("https://w3id.org/prossima/scheme/hub-kind/social-lab")
    labels = schemes.objects(concept, URIRef("http://www.w3.org/2004/02/skos/core#prefLabel"))
    assert "laboratorio sociale" in {str(label) for label in labels}


def test_pandas_and_sparql_dataframe_read_a_table(served: Served) -> None:
    import pandas
    import sparql_dataframe

    query = "SELECT ?hub ?name WHERE { ?hub a pr:Hub ; skos:prefLabel ?name }"
    by_url = pandas.read_csv(served.sparql + "?" + urlencode({"query": query, "format": "csv"}))
    by_client = sparql_dataframe.get(served.sparql, query)
    assert list(by_url.columns) == list(by_client.columns) == ["hub", "name"]
    assert len(by_url) == len(by_client) > 30


def test_rdflib_asks_us_in_a_service_clause(served: Served) -> None:
    count = "SELECT (COUNT(?h) AS ?n) WHERE { ?h a <https://w3id.org/prossima/ontology#Hub> }"
    answer = Graph().query(f"SELECT ?n {{ SERVICE <{served.sparql}> {{ {count} }} }}")
    assert next(iter(answer))[0].toPython() == 36


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
@pytest.mark.parametrize("way", [["--data-urlencode"], ["-G", "--data-urlencode"]])
def test_plain_curl(way: list[str], served: Served) -> None:
    query = "query=SELECT (COUNT(*) AS ?n) { ?s a pr:Hub }"
    command = ["curl", "-sS", "--fail", "--compressed", served.sparql, *way, query]
    answer = subprocess.run([*command, "-H", "Accept: text/csv"], capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["n", "36"]
