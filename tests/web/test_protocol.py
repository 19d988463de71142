"""The SPARQL protocol over a real server: methods, formats, dataset parameters, errors, limits."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from prossima.settings import Settings
from prossima.vocabulary import ROOT
from tests.conftest import Served, serving

# Its limits are in seconds: other tests at the same time would stretch them.
pytestmark = pytest.mark.alone

HUBS = "SELECT ?hub WHERE { ?hub a pr:Hub } ORDER BY ?hub"
CONSTRUCT = "CONSTRUCT { ?hub a pr:Hub } WHERE { ?hub a pr:Hub }"
CHARACTER = "CONSTRUCT { <x:s> <x:p> '\\u000B' } WHERE {}"
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"


def hubs(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [row["hub"]["value"] for row in response.json()["results"]["bindings"]]


def problem(response: httpx.Response, status: int) -> dict[str, object]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, object] = response.json()
    assert found["status"] == status
    return found


def test_the_three_ways_to_ask_give_the_same_answer(served: Served) -> None:
    by_get = httpx.get(served.sparql, params={"query": HUBS})
    by_form = httpx.post(served.sparql, data={"query": HUBS})
    by_body = httpx.post(served.sparql, content=HUBS, headers={"Content-Type": QUERY})
    assert hubs(by_get) == hubs(by_form) == hubs(by_body)
    assert f"{ROOT}id/pavia/hub/torretta" in hubs(by_get)


def test_the_answer_names_its_release(served: Served) -> None:
    response = httpx.get(served.sparql, params={"query": HUBS})
    assert response.headers["prossima-release"] == str(served.release.number)


@pytest.mark.parametrize(
    ("accept", "sent"),
    [
        ("application/sparql-results+json", "application/sparql-results+json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        ("*/*", "application/sparql-results+json"),
        ("application/*;q=0.5, text/csv;q=0.9", "text/csv; charset=utf-8"),
        ("text/csv;q=0.1, application/sparql-results+xml;q=0.2", "application/sparql-results+xml"),
        ("text/html;q=0.3, application/json", "application/sparql-results+json"),
    ],
)
def test_select_formats_by_negotiation(accept: str, sent: str, served: Served) -> None:
    response = httpx.get(served.sparql, params={"query": HUBS}, headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"] == sent


@pytest.mark.parametrize(
    ("accept", "sent"),
    [
        ("text/turtle", "text/turtle; charset=utf-8"),
        ("application/n-triples", "application/n-triples"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("application/ld+json", "application/ld+json"),
        ("*/*", "text/turtle; charset=utf-8"),
    ],
)
def test_construct_formats_by_negotiation(accept: str, sent: str, served: Served) -> None:
    response = httpx.get(served.sparql, params={"query": CONSTRUCT}, headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"] == sent
    assert "hub/torretta" in response.text


def test_several_accept_headers_count_as_one(served: Served) -> None:
    several = [("Accept", "image/png"), ("Accept", "text/csv;q=0.5"), ("Accept", "application/sparql-results+xml")]
    response = httpx.get(served.sparql, params={"query": HUBS}, headers=several)
    assert response.headers["content-type"] == "application/sparql-results+xml"


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv", "text/csv"])
def test_the_format_parameter_wins_over_accept(name: str, served: Served) -> None:
    response = httpx.get(
        served.sparql, params={"query": HUBS, "format": name}, headers={"Accept": "text/tab-separated-values"}
    )
    assert response.status_code == 200
    assert name.removeprefix("text/") in response.headers["content-type"] or name == "tsv"


def test_json_ld_is_compacted_with_our_context(served: Served) -> None:
    query = f"DESCRIBE <{ROOT}id/pavia/hub/sottoscala>"
    response = httpx.get(served.sparql, params={"query": query}, headers={"Accept": "application/ld+json"})
    document = json.loads(response.text)
    node = next(n for n in document.get("@graph", [document]) if n["id"].endswith("hub/sottoscala"))
    assert "Hub" in node["type"]
    assert node["name"] == {"it": "SottoScala"}


def test_ask_answers_true_and_false(served: Served) -> None:
    for query, truth in (("ASK { ?s a pr:Hub }", True), ("ASK { ?s a pr:Nothing }", False)):
        assert httpx.get(served.sparql, params={"query": query}).json()["boolean"] is truth


def test_default_graph_uri_and_named_graph_uri_make_the_dataset(served: Served) -> None:
    schemes = ROOT + "graph/schemes"
    count = "SELECT (COUNT(*) AS ?hub) WHERE { ?s ?p ?o }"
    named = "SELECT (COUNT(*) AS ?hub) WHERE { GRAPH ?g { ?s ?p ?o } }"
    only_schemes = [("query", count), ("default-graph-uri", schemes)]
    as_named = [("query", named), ("named-graph-uri", schemes)]
    default_of_named = [("query", count), ("named-graph-uri", schemes)]
    sizes = [int(hubs(httpx.get(served.sparql, params=p))[0]) for p in (only_schemes, as_named, default_of_named)]
    assert sizes[0] == sizes[1] > 1000
    assert sizes[2] == 0
    by_form = httpx.post(served.sparql, data={"query": count, "default-graph-uri": schemes})
    assert int(hubs(by_form)[0]) == sizes[0]


def test_the_datasets_of_the_request_win_over_from(served: Served) -> None:
    query = "SELECT (COUNT(*) AS ?hub) FROM <http://example.org/none> WHERE { ?s ?p ?o }"
    assert hubs(httpx.get(served.sparql, params={"query": query})) == ["0"]
    asked = {"query": query, "default-graph-uri": ROOT + "graph/schemes"}
    assert int(hubs(httpx.get(served.sparql, params=asked))[0]) > 1000


@pytest.mark.parametrize(
    ("query", "line", "column", "says"),
    [
        ("SELECT *\nWHERE { ?s ?p ?o . FILTER(?x == 3) }", 2, 20, "FILTER(?x == 3)"),
        ("SELEC ?s WHERE { ?s ?p ?o }", 1, 1, "SELEC"),
        ("SELECT ?s\nWHERE {\n ?s nope:name ?o }", 3, 14, "Prefix not found"),
        ("SELECT ?s WHERE {\n ?s a pr:Hub\n ?s skos:note ?l }", 3, 2, "?s skos:note"),
        ("SELECT ?s WHERE { ?s a pr:Hub", 1, 1, "ends too early"),
    ],
)
def test_a_syntax_error_says_where_and_what(query: str, line: int, column: int, says: str, served: Served) -> None:
    found = problem(httpx.get(served.sparql, params={"query": query}), 400)
    assert found["line"] == line
    assert says in str(found["detail"]) or says == "ends too early"
    assert len(str(found["detail"])) < 200, "the engine's wall of grammar must be cut"
    if says != "ends too early":
        assert abs(int(str(found["column"])) - column) <= 1


def test_an_unknown_function_is_a_400(served: Served) -> None:
    query = "SELECT (<http://example.org/f>(1) AS ?x) WHERE {}"
    found = problem(httpx.get(served.sparql, params={"query": query}), 400)
    assert "http://example.org/f" in str(found["detail"])


def test_no_query_several_queries_and_bad_graph_names_are_400(served: Served) -> None:
    problem(httpx.post(served.sparql, data={"other": "x"}), 400)
    problem(httpx.get(served.sparql, params=[("query", HUBS), ("query", HUBS)]), 400)
    problem(httpx.get(served.sparql, params={"query": HUBS, "default-graph-uri": "no iri"}), 400)
    problem(httpx.post(served.sparql, content=b"\xff\xfe", headers={"Content-Type": QUERY}), 400)


@pytest.mark.parametrize("escape", ["%FF", "%C3", "%ED%A0%80"])
def test_a_query_that_is_not_utf_8_is_400(escape: str, served: Served) -> None:
    query = f"query=ASK%7B%3Fs%20%3Fp%20%22{escape}%22%7D"
    found = problem(httpx.post(served.sparql, content=query, headers={"Content-Type": FORM}), 400)
    assert found["title"] == "Not UTF-8"
    problem(httpx.get(f"{served.sparql}?{query}"), 400)


def test_a_format_that_is_not_there_is_406_and_names_those_that_are(served: Served) -> None:
    found = problem(httpx.get(served.sparql, params={"query": HUBS}, headers={"Accept": "image/png"}), 406)
    assert "text/csv" in str(found["detail"])
    problem(httpx.get(served.sparql, params={"query": CONSTRUCT, "format": "csv"}), 406)


def test_rdf_xml_of_a_predicate_that_is_no_qname_is_406_and_names_it(served: Served) -> None:
    query = "CONSTRUCT { ?hub <http://example.org/1> 1 } WHERE { ?hub a pr:Hub }"
    found = problem(httpx.get(served.sparql, params={"query": query, "format": "rdf"}), 406)
    assert found["predicate"] == "http://example.org/1"
    assert httpx.get(served.sparql, params={"query": query, "format": "ttl"}).status_code == 200


@pytest.mark.parametrize(("form", "format_"), [("SELECT ('\\u000B' AS ?x) {}", "xml"), (CHARACTER, "rdf")])
def test_what_xml_cannot_hold_is_406_and_said(form: str, format_: str, served: Served) -> None:
    found = problem(httpx.get(served.sparql, params={"query": form, "format": format_}), 406)
    assert "U+000B" in str(found["detail"])


def test_other_media_types_are_415(served: Served) -> None:
    problem(httpx.post(served.sparql, content=HUBS, headers={"Content-Type": "text/plain"}), 415)
    problem(httpx.post(served.sparql, content=HUBS, headers={"Content-Type": "application/json"}), 415)


def test_updates_and_fetching_are_403(served: Served) -> None:
    update = "INSERT DATA { <http://example.org/a> <http://example.org/b> 1 }"
    problem(httpx.post(served.sparql, data={"update": update}), 403)
    problem(httpx.post(served.sparql, content=update, headers={"Content-Type": "application/sparql-update"}), 403)
    problem(httpx.get(served.sparql, params={"query": update}), 403)
    problem(httpx.get(served.sparql, params={"query": "LOAD <http://127.0.0.1:9/x>"}), 403)
    for clause in ("SERVICE <http://127.0.0.1:9/> { ?s ?p ?o }", "service silent ?x { ?s ?p ?o }"):
        found = problem(httpx.get(served.sparql, params={"query": f"SELECT * WHERE {{ {clause} }}"}), 403)
        assert "SERVICE" in str(found["title"])


def test_what_would_fetch_and_is_malformed_too_is_400_and_says_where(served: Served) -> None:
    found = problem(
        httpx.get(served.sparql, params={"query": "ASK {\n SERVICE <http://127.0.0.1:9/> { ?s ?p } }"}), 400
    )
    assert found["line"] == 2


@pytest.mark.parametrize(
    "query",
    [
        'SELECT ("SERVICE" AS ?hub) WHERE {}',
        "SELECT ?hub WHERE { BIND(<http://example.org/SERVICE> AS ?hub) } # SERVICE",
        "PREFIX service: <http://example.org/> SELECT ?hub WHERE { BIND(service:x AS ?hub) }",
        "SELECT (?SERVICE AS ?hub) WHERE { BIND('''a SERVICE''' AS ?SERVICE) }",
    ],
)
def test_the_word_service_elsewhere_is_no_service(query: str, served: Served) -> None:
    assert len(hubs(httpx.get(served.sparql, params={"query": query}))) == 1


def test_other_origins_may_ask(served: Served) -> None:
    response = httpx.get(served.sparql, params={"query": HUBS}, headers={"Origin": "https://example.org"})
    assert response.headers["access-control-allow-origin"] == "*"


def test_a_large_answer_comes_whole_with_its_length(served: Served) -> None:
    query = "SELECT * WHERE { ?s ?p ?o } LIMIT 10000"
    with httpx.stream("GET", served.sparql, params={"query": query}, headers={"Accept-Encoding": "identity"}) as answer:
        length = int(answer.headers["content-length"])
        body = answer.read()
    assert len(body) == length > 1_000_000
    json.loads(body)


@pytest.fixture
def strict(published: Settings) -> Iterator[Served]:
    with serving(published, "--time-limit", "1", "--workers", "2") as server:
        yield server


def test_a_query_that_takes_too_much_memory_is_503(published: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROSSIMA_MEMORY_LIMIT", "500000000")
    query = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?a"
    with serving(published, "--workers", "2") as server:
        found = problem(httpx.get(server.sparql, params={"query": query}, timeout=40), 503)
        assert found["title"] == "Memory limit"
        assert len(hubs(httpx.get(server.sparql, params={"query": HUBS}))) > 10


def test_an_endless_query_ends_by_itself_and_the_others_go_on(strict: Served) -> None:
    endless = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    for _ in range(3):
        response = httpx.get(strict.sparql, params={"query": endless}, timeout=20)
        found = problem(response, 503)
        assert "1 s" in str(found["detail"])
        assert response.elapsed.total_seconds() < 3
        assert len(hubs(httpx.get(strict.sparql, params={"query": HUBS}))) > 10


ENDLESS = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def ask_and_leave(server: Served, times: int) -> None:
    """So many clients ask what takes for ever, and go."""

    def ask() -> None:
        with contextlib.suppress(httpx.TimeoutException):
            httpx.get(server.sparql, params={"query": ENDLESS}, timeout=0.5)

    with ThreadPoolExecutor(times) as clients:
        for _ in range(times):
            clients.submit(ask)


def ask_to_the_end(server: Served) -> None:
    with contextlib.suppress(httpx.TransportError):
        httpx.get(server.sparql, params={"query": ENDLESS}, timeout=60)


def test_clients_that_have_gone_hold_up_no_one(published: Settings) -> None:
    with serving(published, "--time-limit", "60", "--workers", "2") as server:
        ask_and_leave(server, 10)
        assert len(hubs(httpx.get(server.sparql, params={"query": HUBS}, timeout=15))) > 10


def test_a_stop_waits_for_no_endless_query(published: Settings) -> None:
    with serving(published, "--time-limit", "60", "--workers", "2") as server:
        asked = [threading.Thread(target=ask_to_the_end, args=[server]) for _ in range(6)]
        for thread in asked:
            thread.start()
        time.sleep(1)
        began = time.monotonic()
    assert time.monotonic() - began < 15
    for thread in asked:
        thread.join()
