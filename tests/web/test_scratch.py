"""`prossima serve --scratch`: a plain endpoint that takes everything, and keeps nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from rdflib import Dataset, Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLUpdateStore

from prossima.settings import Settings
from tests.conftest import Served, serving
from tests.web.test_protocol import problem

ALL = "SELECT ?s ?p ?o { ?s ?p ?o } ORDER BY ?s"


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Served]:
    file = tmp_path / "a.trig"
    file.write_text("<http://e/a> <http://e/p> 1 . <http://e/g> { <http://e/b> <http://e/p> 2 }", encoding="utf-8")
    with serving(Settings(data=tmp_path / "data"), "--scratch", str(file)) as server:
        yield server


def rows(served: Served, query: str = ALL, **more: str) -> int:
    response = httpx.get(served.sparql, params={"query": query, **more})
    assert response.status_code == 200, response.text
    return len(response.json()["results"]["bindings"])


def update(served: Served, text: str, **more: str) -> httpx.Response:
    return httpx.post(served.sparql, data={"update": text, **more})


def test_files_are_served_with_their_graphs_apart(scratch: Served) -> None:
    assert rows(scratch) == 1
    assert rows(scratch, "SELECT * { GRAPH ?g { ?s ?p ?o } }") == 1


def test_an_update_is_read_at_once(scratch: Served) -> None:
    for number in range(20):
        assert update(scratch, f"INSERT DATA {{ <http://e/n{number}> <http://e/p> {number} }}").status_code == 204
        assert rows(scratch) == number + 2
    body = httpx.post(
        scratch.sparql, content="DELETE WHERE { ?s ?p ?o }", headers={"Content-Type": "application/sparql-update"}
    )
    assert body.status_code == 204
    assert rows(scratch) == 0


def test_an_update_has_the_dataset_of_the_request(scratch: Served) -> None:
    text = "INSERT { <http://e/new> <http://e/p> ?o } WHERE { ?s ?p ?o }"
    assert update(scratch, text, **{"using-graph-uri": "http://e/g"}).status_code == 204
    assert rows(scratch, "SELECT * { <http://e/new> ?p 2 }") == 1
    problem(
        update(scratch, "INSERT { ?s ?p 9 } USING <http://e/g> WHERE { ?s ?p ?o }", **{"using-graph-uri": "x:y"}), 400
    )
    problem(update(scratch, "DELETE WHERE { ?s ?p ?o }", **{"using-graph-uri": "http://e/g"}), 400)


def test_a_wrong_update_changes_nothing_and_says_where(scratch: Served) -> None:
    found = problem(
        update(scratch, "INSERT DATA { <http://e/x> <http://e/p> 1 } ;\nINSERT DATA { ?x <http://e/p> 1 }"), 400
    )
    assert found["line"] == 2
    assert rows(scratch) == 1
    problem(httpx.get(scratch.sparql, params={"update": "CLEAR ALL"}), 400)
    problem(httpx.get(scratch.sparql, params={"query": "CLEAR ALL"}), 400)
    assert rows(scratch) == 1


@pytest.fixture
def elsewhere() -> Iterator[socket.socket]:
    """Where nobody should call."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        yield listening


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("LOAD <URL>", 403),
        ("LOAD # yes\n <URL> INTO GRAPH <http://e/g>", 403),
        ("INSERT DATA { <x:a> <x:b> <x:c> }; LOAD<URL>", 403),
        ("LOAD SILENT <URL> ; LOAD <URL>", 403),
        ("PREFIX e: <URL> LOAD e:x INTO GRAPH e:y", 403),
        ("INSERT { ?s ?p ?o } WHERE { SERVICE <URL> { ?s ?p ?o } }", 403),
        ("INSERT { ?s ?p ?o } WHERE { SERVICE SILENT <URL> { SERVICE ?x { ?s ?p ?o } } }", 403),
        ("load silent <URL> into graph <http://e/g>", 204),
        ("LOAD SILENT <URL>; LOAD\nSILENT<URL>", 204),
        ("LOAD <URL> INTO <http://e/g>", 400),
        ("LOAD SILENT <URL> INTO GRAPH", 400),
        ("LOAD <URL> } ; CLEAR ALL", 400),
        ("INSERT { ?s ?p ?o } WHERE { SERVICE <URL> { ?s ?p } }", 400),
    ],
)
def test_nothing_is_fetched(text: str, status: int, scratch: Served, elsewhere: socket.socket) -> None:
    before = rows(scratch)
    text = text.replace("URL", f"http://127.0.0.1:{elsewhere.getsockname()[1]}/")
    response = update(scratch, text)
    if status == 204:
        assert response.status_code == 204
    else:
        found = problem(response, status)
        assert ("not allowed" if status == 403 else "Malformed") in str(found["title"])
    assert rows(scratch) == before
    with pytest.raises(TimeoutError):
        elsewhere.accept()


def test_what_is_wrong_after_a_load_of_two_lines_is_told_where_it_is(scratch: Served) -> None:
    found = problem(update(scratch, "LOAD SILENT\n<http://127.0.0.1:9/x> ;\nINSERT DATA { ?x <x:p> 1 }"), 400)
    assert found["line"] == 3


def test_more_that_fetches_than_anyone_means_is_refused_at_once(scratch: Served) -> None:
    problem(update(scratch, "LOAD <http://127.0.0.1:9/x> ;" * 5000), 403)


@pytest.mark.parametrize(
    "text",
    [
        'INSERT DATA { <x:a> <x:b> "LOAD <x:y>" }',
        "INSERT { ?payload <x:p> 1 } WHERE { BIND(<x:load> AS ?payload) }",
        "PREFIX x: <x:> INSERT DATA { x:load x:load <x:load> } # LOAD <x:y>",
    ],
)
def test_the_word_load_elsewhere_is_no_load(text: str, scratch: Served) -> None:
    assert update(scratch, text).status_code == 204


def test_graphs_are_written_read_and_deleted(scratch: Served) -> None:
    graph = scratch.url + "graph-store?graph=http://e/new"
    turtle = {"Content-Type": "text/turtle"}
    assert httpx.put(graph, content="<x:s> <x:p> 1 .", headers=turtle).status_code == 201
    assert httpx.put(graph, content="<x:s> <x:p> 2 .", headers=turtle).status_code == 204
    assert httpx.post(graph, content="<x:s> <x:p> 3 .", headers=turtle).status_code == 204
    values = {str(o) for o in Graph().parse(data=httpx.get(graph).text, format="turtle").objects()}
    assert values == {"2", "3"}
    problem(httpx.put(graph, content="<x:s> <x:p>", headers=turtle), 400)
    problem(httpx.put(graph, content="x", headers={"Content-Type": "image/png"}), 415)
    assert len(Graph().parse(data=httpx.get(graph).text, format="turtle")) == 2
    assert httpx.delete(graph).status_code == 204
    problem(httpx.get(graph), 404)
    problem(httpx.delete(graph), 404)
    direct = scratch.url + "graph-store/mine"
    assert httpx.put(direct, content="<> <x:p> 1 .", headers=turtle).status_code == 201
    assert rows(scratch, f"SELECT * {{ GRAPH <{direct}> {{ <{direct}> ?p 1 }} }}") == 1


def test_a_form_with_several_files_fills_a_graph(scratch: Served) -> None:
    files = [
        ("a", ("a.ttl", "<x:a> <x:p> 1 .", "text/turtle")),
        ("b", ("b.nt", "<x:b> <x:p> <x:o> .\n", "application/n-triples")),
    ]
    assert httpx.post(scratch.url + "graph-store?graph=http://e/form", files=files).status_code == 201
    assert rows(scratch, "SELECT * { GRAPH <http://e/form> { ?s ?p ?o } }") == 2
    wrong = [files[0], ("c", ("c.ttl", "<x:c> <x:p>", "text/turtle"))]
    problem(httpx.put(scratch.url + "graph-store?graph=http://e/form", files=wrong), 400)
    assert rows(scratch, "SELECT * { GRAPH <http://e/form> { ?s ?p ?o } }") == 2


def test_rdflib_writes_through_its_update_store(scratch: Served) -> None:
    store = SPARQLUpdateStore(scratch.sparql, scratch.sparql, context_aware=True)
    graph = Dataset(store).graph(URIRef("http://e/rdflib"))
    graph.add((URIRef("x:s"), URIRef("x:p"), Literal("è")))
    assert set(graph.objects()) == {Literal("è")}
    assert rows(scratch, "SELECT * { GRAPH <http://e/rdflib> { ?s ?p 'è' } }") == 1


@pytest.mark.parametrize(
    "origin", ["https://example.org", "http://localhost.example.org", "http://127.0.0.1.example.org", "null"]
)
def test_pages_of_other_sites_are_refused(origin: str, scratch: Served) -> None:
    headers = {"Origin": origin}
    problem(httpx.post(scratch.sparql, data={"update": "CLEAR ALL"}, headers=headers), 403)
    problem(httpx.get(scratch.sparql, params={"query": ALL}, headers=headers), 403)
    assert rows(scratch) == 1


@pytest.mark.parametrize("origin", ["http://localhost:5173", "http://127.0.0.1", "http://[::1]:8080"])
def test_pages_of_this_machine_may_ask(origin: str, scratch: Served) -> None:
    assert httpx.get(scratch.sparql, params={"query": ALL}, headers={"Origin": origin}).status_code == 200


def test_the_description_says_that_updates_are_taken(scratch: Served) -> None:
    assert "SPARQL11Update" in httpx.get(scratch.sparql).text


def test_a_file_that_is_no_rdf_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    file = tmp_path / "a.ttl"
    file.write_text("nonsense", encoding="utf-8")
    with pytest.raises(AssertionError, match="Cannot be read"), serving(Settings(), "--scratch", str(file)):
        pass
    assert list(tmp_path.iterdir()) == [file]
