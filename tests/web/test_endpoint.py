"""What a good endpoint does beyond the protocol: validators, cache, time travel, graphs, its own description."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Iterator
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

import httpx
import pytest
from pyoxigraph import RdfFormat, parse
from rdflib import Graph, URIRef

from prossima.engine.worker import INLINE
from prossima.questions import questions
from prossima.releases import Shelf, publish
from prossima.settings import Settings
from prossima.vocabulary import ROOT
from tests.conftest import PAVIA, Served, serving
from tests.web.test_protocol import problem

HUBS = "SELECT ?hub WHERE { ?hub a pr:Hub } ORDER BY ?hub"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s <http://e/p> ?o }"
SD = "http://www.w3.org/ns/sparql-service-description#"


def ask(served: Served, query: str, headers: dict[str, str] | None = None, **more: str) -> httpx.Response:
    return httpx.get(served.sparql, params={"query": query, **more}, headers=headers, timeout=30)


# -- validators and cache ---------------------------------------------------------------------------


def test_an_answer_has_a_strong_validator_and_who_has_it_gets_304(served: Served) -> None:
    first = ask(served, HUBS)
    etag = first.headers["etag"]
    assert re.fullmatch(r'"[^"]+"', etag)
    again = ask(served, HUBS, {"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == etag
    assert again.headers["access-control-allow-origin"] == "*"
    assert ask(served, HUBS, {"If-None-Match": f'"x", W/{etag}'}).status_code == 304
    assert ask(served, HUBS, {"If-None-Match": '"x"'}).status_code == 200


def test_another_format_coding_query_or_flag_is_another_representation(served: Served) -> None:
    def tag(query: str = HUBS, accept: str = "*/*", coding: str = "identity", **more: str) -> str:
        headers = {"Accept": accept, "Accept-Encoding": coding}
        return str(ask(served, query, headers, **more).headers["etag"])

    tags = [
        tag(),
        tag(accept="text/csv"),
        tag(coding="gzip"),
        tag(query=HUBS + " "),
        tag(inference="off"),
        tag(release="1"),
        tag(**{"default-graph-uri": ROOT + "graph/schemes"}),
    ]
    assert len(set(tags)) == len(tags)
    assert tag() == tags[0]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (NOW() AS ?x) {}",
        "SELECT (rand() AS ?x) {}",
        "SELECT (UUID() AS ?x) {}",
        "SELECT (STRUUID() AS ?x) {}",
        "SELECT (BNODE() AS ?x) {}",
        "CONSTRUCT { [] a pr:Hub } {}",
        "CONSTRUCT { _:b a pr:Hub } {}",
        "CONSTRUCT { <x:s> <x:p> (1 2) } {}",
    ],
)
def test_what_changes_each_time_is_not_kept(query: str, served: Served) -> None:
    response = ask(served, query)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers
    if "SELECT" in query and "NOW" not in query:
        assert ask(served, query).content != response.content


def test_the_same_again_comes_from_the_cache(served: Served) -> None:
    query = f"{HUBS} # {time.time_ns()}"
    before = metric(served, "prossima_cache_hits_total")
    bodies = [ask(served, query).content for _ in range(4)]
    assert len(set(bodies)) == 1
    by_post = httpx.post(served.sparql, data={"query": query})
    assert by_post.content == bodies[0]
    assert metric(served, "prossima_cache_hits_total") - before == 4


def metric(served: Served, name: str) -> float:
    text = httpx.get(served.url + "metrics").text
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, text
    return float(found[1])


def test_gzip_is_the_same_answer_smaller(served: Served) -> None:
    query = "SELECT * { ?s a pr:Hub ; ?p ?o }"
    plain = ask(served, query, {"Accept-Encoding": "identity"})
    with httpx.stream(
        "GET", served.sparql, params={"query": query}, headers={"Accept-Encoding": "br, gzip;q=0.5"}
    ) as zipped:
        raw = b"".join(zipped.iter_raw())
    assert zipped.headers["content-encoding"] == "gzip"
    assert int(zipped.headers["content-length"]) == len(raw) < len(plain.content) / 3
    assert gzip.decompress(raw) == plain.content
    assert "Accept-Encoding" in zipped.headers["vary"]
    refused = ask(served, query, {"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


def test_a_large_answer_is_gzipped_too(served: Served) -> None:
    query = "SELECT * WHERE { ?s ?p ?o } LIMIT 5000"
    zipped = ask(served, query, {"Accept-Encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    plain = ask(served, query, {"Accept-Encoding": "identity"}).content
    assert len(plain) > INLINE
    assert zipped.content == plain


def test_head_is_get_without_the_body(served: Served) -> None:
    got = ask(served, HUBS, {"Accept-Encoding": "identity"})
    head = httpx.head(served.sparql, params={"query": HUBS}, headers={"Accept-Encoding": "identity"})
    assert head.content == b""
    for name in ("content-type", "content-length", "etag", "prossima-release", "last-modified"):
        assert head.headers[name] == got.headers[name]


def test_a_browser_that_asks_for_a_format_saves_a_file(served: Served) -> None:
    saved = ask(served, HUBS, {"Accept": "text/html,*/*;q=0.8"}, format="csv")
    assert saved.headers["content-disposition"] == 'attachment; filename="prossima-1-select.csv"'
    assert "content-disposition" not in ask(served, HUBS, {"Accept": "text/csv"}).headers


def test_a_published_question_is_warm(published: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("PROSSIMA_CACHE_LIMIT", "100000000")
    with serving(published) as server:
        while metric(server, "prossima_warming"):
            time.sleep(0.2)
        given_up = metric(server, 'prossima_processes_replaced_total{why="left"}')
        misses = metric(server, "prossima_cache_misses_total")
        for question in questions().values():
            headers = {"Accept": "application/sparql-results+json", "Accept-Encoding": "gzip"}
            assert ask(server, question.filled({}, "it"), headers).status_code == 200
        assert metric(server, "prossima_cache_misses_total") - misses <= given_up < 5
        assert list(tmp_path.glob("prossima-spool-*/*")) == [], "an answer was left behind"
    assert list(tmp_path.glob("prossima-spool-*")) == []


def test_what_a_killed_server_left_is_removed(
    published: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with serving(published) as living:
        [held] = tmp_path.glob("prossima-spool-*")
        left = tmp_path / "prossima-spool-left"
        left.mkdir()
        (left / "1").write_text("half an answer")
        with serving(published):
            assert not left.exists()
            assert len(list(tmp_path.glob("prossima-spool-*"))) == 2
        assert [*tmp_path.glob("prossima-spool-*")] == [held]
        assert ask(living, "SELECT * WHERE { ?s ?p ?o } LIMIT 5000 # spooled").status_code == 200


# -- time travel ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Three releases, a second apart: one, two and three triples of <http://e/p>."""
    folder = tmp_path_factory.mktemp("three")
    settings = Settings(data=folder / "data")
    file = folder / "a.nt"
    for number in (1, 2, 3):
        file.write_text("".join(f"<http://e/{n}> <http://e/p> <http://e/o> .\n" for n in range(number)))
        publish([file], settings, reason=f"number {number}")
        time.sleep(1.1)
    with serving(settings) as server:
        yield server


def number(response: httpx.Response) -> int:
    assert response.status_code == 200, response.text
    return int(response.json()["results"]["bindings"][0]["n"]["value"])


def test_any_kept_release_can_be_asked(three: Served) -> None:
    for release in (1, 2, 3):
        response = ask(three, COUNT, release=str(release))
        assert number(response) == release
        assert response.headers["prossima-release"] == str(release)
        assert "immutable" in response.headers["cache-control"]
        assert "memento-datetime" in response.headers
    assert number(ask(three, COUNT)) == 3
    found = problem(ask(three, COUNT, release="9"), 404)
    assert "1 to 3" in str(found["detail"])
    problem(ask(three, COUNT, release="last"), 404)


def test_an_answer_tells_its_date_and_its_pinned_address(three: Served) -> None:
    response = ask(three, COUNT)
    created = Shelf(three.settings.data).release(3).created
    assert parsedate_to_datetime(response.headers["last-modified"]) == created
    links = response.headers["link"]
    pinned = re.search(r'<([^>]+)>; rel="memento"', links)
    assert pinned
    again = httpx.get(three.url.rstrip("/") + pinned[1])
    assert again.content == response.content
    assert 'rel="original timegate"' in links


def test_the_query_page_of_a_release_that_is_not_kept_is_told(three: Served) -> None:
    html = {"Accept": "text/html"}
    assert httpx.get(three.sparql, params={"release": "9"}, headers=html).status_code == 404
    assert httpx.get(three.sparql, params={"release": "2"}, headers=html).status_code == 200


def test_accept_datetime_asks_the_release_of_then(three: Served) -> None:
    releases = [Shelf(three.settings.data).release(n) for n in (1, 2, 3)]
    for release in releases:
        then = format_datetime(release.created, usegmt=True)
        response = ask(three, COUNT, {"Accept-Datetime": then})
        assert number(response) == release.number
        assert response.headers["memento-datetime"] == then
        assert f"release={release.number}" in response.headers["content-location"]
        assert "Accept-Datetime" in response.headers["vary"]
    assert number(ask(three, COUNT, {"Accept-Datetime": "Sat, 01 Jan 2000 00:00:00 GMT"})) == 1
    assert number(ask(three, COUNT, {"Accept-Datetime": "Fri, 01 Jan 2100 00:00:00 GMT"})) == 3
    problem(ask(three, COUNT, {"Accept-Datetime": "yesterday"}), 400)


def test_the_time_map_lists_each_release_of_a_query(three: Served) -> None:
    link = re.search(r'<([^>]+)>; rel="timemap"', ask(three, COUNT).headers["link"])
    assert link
    response = httpx.get(three.url.rstrip("/") + link[1])
    assert response.headers["content-type"].startswith("application/link-format")
    mementos = re.findall(r'<([^>]+)>; rel="([a-z ]*memento)"; datetime="([^"]+)"', response.text)
    assert [rel for _, rel, _ in mementos] == ["first memento", "memento", "last memento"]
    assert [number(httpx.get(url)) for url, _, _ in mementos] == [1, 2, 3]
    assert httpx.get(three.url + "timemap/other").status_code == 404


def test_the_releases_are_listed_with_what_they_changed(three: Served) -> None:
    listed = httpx.get(three.url + "releases?format=json").json()["releases"]
    assert [release["number"] for release in listed] == [3, 2, 1]
    assert [release["reason"] for release in listed] == ["number 3", "number 2", "number 1"]
    assert number(httpx.get(three.url.rstrip("/") + listed[1]["sparql"], params={"query": COUNT, "release": "2"})) == 2
    added = httpx.get(three.url.rstrip("/") + listed[0]["changes"]["added"])
    assert "<http://e/2> <http://e/p> <http://e/o> ." in added.text
    assert len(list(parse(added.content, format=RdfFormat.N_QUADS))) == listed[0]["added"]
    page = httpx.get(three.url + "releases", headers={"Accept": "text/html"}).text
    assert "number 2" in page
    assert "/releases/3/added.nq" in page
    assert httpx.get(three.url + "releases/1/added.nq").status_code == 404


def test_a_new_release_is_asked_at_once(tmp_path: Path) -> None:
    settings, file = Settings(data=tmp_path / "data"), tmp_path / "a.nt"
    file.write_text("<http://e/1> <http://e/p> <http://e/o> .\n")
    publish([file], settings)
    with serving(settings) as server:
        first = ask(server, COUNT)
        assert number(first) == 1
        with file.open("a") as more:
            more.write("<http://e/2> <http://e/p> <http://e/o> .\n")
        publish([file], settings)
        second = ask(server, COUNT, {"If-None-Match": first.headers["etag"]})
        assert number(second) == 2
        assert number(ask(server, COUNT, release="1")) == 1


def test_relative_iris_are_those_of_the_site(served: Served) -> None:
    response = ask(served, "CONSTRUCT { <s> <p> 1 } {}", format="nt")
    assert response.text.startswith(f"<{ROOT}s> <{ROOT}p> ")
    assert ask(served, "ASK { <id/pavia/hub/torretta> a pr:Hub }").json()["boolean"] is True


# -- graphs -----------------------------------------------------------------------------------------


def test_graphs_are_read_by_their_name_by_path_and_by_default(served: Served) -> None:
    store, name = served.url + "graph-store", ROOT + "graph/schemes"
    indirect = httpx.get(store, params={"graph": name}, headers={"Accept": "application/n-triples"})
    direct = httpx.get(store + "/graph/schemes", headers={"Accept": "application/n-triples"})
    assert indirect.status_code == direct.status_code == 200
    assert sorted(indirect.text.splitlines()) == sorted(direct.text.splitlines())
    assert len(indirect.text.splitlines()) > 1000
    assert indirect.headers["prossima-release"] == "1"
    default = httpx.get(store, params={"default": "", "format": "nt"})
    assert len(default.text.splitlines()) > len(indirect.text.splitlines())
    head = httpx.head(store, params={"graph": name})
    assert (head.status_code, head.content) == (200, b"")
    etag = indirect.headers["etag"]
    again = httpx.get(store, params={"graph": name}, headers={"Accept": "application/n-triples", "If-None-Match": etag})
    assert again.status_code == 304


def test_a_graph_of_an_earlier_release(three: Served) -> None:
    then = httpx.get(three.url + "graph-store", params={"default": "", "format": "nt", "release": "1"}).text
    now = httpx.get(three.url + "graph-store", params={"default": "", "format": "nt"}).text
    assert (then.count("<http://e/p>"), now.count("<http://e/p>")) == (1, 3)


def test_graphs_that_are_not_there_or_not_named_are_told(served: Served) -> None:
    store = served.url + "graph-store"
    problem(httpx.get(store, params={"graph": "http://example.org/none"}), 404)
    problem(httpx.get(store + "/graph/none"), 404)
    problem(httpx.get(store), 400)
    problem(httpx.get(store, params={"graph": "x", "default": ""}), 400)
    problem(httpx.get(store, params={"graph": "no iri"}), 400)
    problem(httpx.get(store, params={"default": ""}, headers={"Accept": "image/png"}), 406)
    for method in ("PUT", "POST", "DELETE"):
        problem(httpx.request(method, store, params={"default": ""}), 403)
    assert httpx.request("PATCH", store).headers["allow"] == "GET, HEAD"


# -- description ------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", ["*/*", "text/turtle", "application/rdf+xml", "application/ld+json"])
def test_the_endpoint_describes_itself(accept: str, served: Served) -> None:
    response = httpx.get(served.sparql, headers={"Accept": accept})
    assert response.status_code == 200
    names = {"text/turtle": "turtle", "application/rdf+xml": "xml", "application/ld+json": "json-ld"}
    graph = Graph().parse(data=response.text, format=names[response.headers["content-type"].partition(";")[0]])
    service = graph.value(None, URIRef(SD + "endpoint"), URIRef(served.sparql))
    assert service
    assert (service, URIRef(SD + "supportedLanguage"), URIRef(SD + "SPARQL11Query")) in graph
    assert (service, URIRef(SD + "supportedLanguage"), URIRef(SD + "SPARQL11Update")) not in graph
    dataset = graph.value(service, URIRef(SD + "defaultDataset"))
    names_of_graphs = {str(name) for name in graph.objects(None, URIRef(SD + "name"))}
    default = graph.value(dataset, URIRef(SD + "defaultGraph"))
    counted = number(ask(served, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER(true) }"))
    assert int(str(graph.value(default, URIRef("http://rdfs.org/ns/void#triples")))) == counted
    assert ROOT + "graph/schemes" in names_of_graphs


def test_every_function_that_is_described_is_there(served: Served) -> None:
    graph = Graph().parse(data=httpx.get(served.sparql).text, format="turtle")
    functions = set(graph.objects(None, URIRef(SD + "extensionFunction")))
    assert len(functions) > 20
    for function in functions:
        response = ask(served, f"SELECT (<{function}>(1, 2, 3) AS ?x) {{}}")
        assert response.status_code == 200, (function, response.text)


# -- who may ask from where, and what is told of it -------------------------------------------------


def test_a_preflight_lets_other_origins_ask(served: Served) -> None:
    headers = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    response = httpx.options(served.sparql, headers=headers)
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "*"
    assert "POST" in response.headers["access-control-allow-methods"]


def test_health_ready_and_metrics(served: Served, tmp_path: Path) -> None:
    assert httpx.get(served.url + "health").text == "ok\n"
    assert httpx.get(served.url + "ready").text == "ready\n"
    assert metric(served, "prossima_release") == 1
    assert metric(served, "prossima_processes") >= 3
    ask(served, HUBS)
    assert metric(served, 'prossima_requests_total{kind="select",status="200"}') >= 1
    with serving(Settings(data=tmp_path / "none")) as empty:
        assert httpx.get(empty.url + "health").status_code == 200
        problem(httpx.get(empty.url + "ready"), 503)
        problem(ask(empty, HUBS), 503)


def test_the_log_has_a_line_a_request_and_nobody_in_it(published: Settings, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROSSIMA_ACCESS_LOG", str(log))
        patch.setenv("PROSSIMA_SLOW_QUERY", "0.5")
        with serving(published, "--time-limit", "1") as server:
            ask(server, HUBS + " LIMIT 3")
            ask(server, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
            httpx.get(server.url, headers={"Accept": "text/html"})
    text = log.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["kind"] for line in lines] == ["select", "other", "page"]
    assert lines[0]["rows"] == 3
    assert lines[0]["status"] == 200
    assert lines[1]["limit"] == "time limit"
    assert len(lines[0]["query"]) == 16
    assert "127.0.0.1" not in text
    assert "pr:Hub" not in text


def test_answers_tell_how_long_they_took(served: Served) -> None:
    assert re.fullmatch(r"queue;dur=[\d.]+, query;dur=[\d.]+", ask(served, HUBS).headers["server-timing"])


def test_two_servers_are_apart(served: Served, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    publish([PAVIA], settings)
    with serving(settings) as other:
        assert ask(other, HUBS).content != ask(served, HUBS).content
