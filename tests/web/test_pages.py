"""The pages and the linked data behind them, over a real server."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import httpx
import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, SKOS

from prossima.releases import publish
from prossima.settings import Settings
from prossima.vocabulary import PR, ROOT
from tests.conftest import PAVIA, TORINO, Served, serving

HUB = "id/pavia/hub/bistrot"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
RDF_FORMATS = {
    "text/turtle": "turtle",
    "application/ld+json": "json-ld",
    "application/rdf+xml": "xml",
    "application/n-triples": "nt",
}


def page(served: Served, path: str, language: str = "it") -> str:
    response = httpx.get(served.url + path, headers={"Accept": BROWSER, "Accept-Language": language})
    assert response.status_code == 200, path
    assert response.headers["content-type"].startswith("text/html")
    return unescape(response.text)


def words(html: str) -> str:
    """What one reads on a page: its text without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL))


def test_health_answers(served: Served) -> None:
    response = httpx.get(served.url + "health")
    assert (response.status_code, response.text) == (200, "ok\n")


def test_the_landing_page_names_every_hub_and_three_ways_on(served: Served) -> None:
    html = page(served, "")
    for name in (
        "Laboratorio Sociale Crosione",
        "La Torretta",
        "Social Bistrot - Il Naviglio",
        "In Scala",
        "In Pelizza",
        "Spazio Q",
        "SottoScala",
        "Il Novello",
        "SpazioGioco",
    ):
        assert name in html
    assert "Vallone, Pavia" in words(html)
    for way in ("/questions", "/sparql", "/ontology"):
        assert f'href="{way}"' in html


def test_a_things_page_tells_its_facts_with_sources_and_confidence(served: Served) -> None:
    text = words(page(served, HUB))
    assert "Viale Sardegna 64" in text
    assert "entro il 1º luglio 2020" in text
    assert "Fondazione G. Costantino" in text
    assert "una sola fonte" in text.casefold()
    assert "il Ticino" in text
    assert "4 marzo 2022" in text
    assert "Che cosa non si sa" in text


def test_a_page_says_when_only_the_rows_sources_are_known(served: Served) -> None:
    assert "da una di queste fonti" in words(page(served, "id/pavia/hub/spazioq")).casefold().replace(
        "tra 3 fonti", "da una di queste fonti"
    )


def test_a_page_speaks_english_too(served: Served) -> None:
    italian, english = page(served, HUB), page(served, HUB, "en")
    assert '<html lang="it">' in italian
    assert '<html lang="en">' in english
    assert "by 1 July 2020" in words(english)
    asked = httpx.get(served.url + HUB, params={"lang": "en"}, headers={"Accept": BROWSER, "Accept-Language": "it"})
    assert '<html lang="en">' in asked.text
    assert "lang=en" in asked.headers["set-cookie"]


def test_a_disagreement_shows_every_version_and_what_was_decided(served: Served) -> None:
    text = words(page(served, "id/pavia/project/fbc"))
    assert "27 novembre 2021" in text
    assert "giugno 2022" in text
    assert "valgono entrambe" in text


def test_a_claim_that_is_not_held_true_is_shown_as_such(served: Served) -> None:
    text = words(page(served, "id/pavia/role/fbc-mondino", "en"))
    assert "Fondazione Mondino" in text
    assert "conflicting" in text.casefold()
    graph = httpx.get(served.url + "id/pavia/role/fbc-mondino", headers={"Accept": "text/turtle"})
    assert "mondino" in graph.text


@pytest.mark.parametrize("accept", RDF_FORMATS)
@pytest.mark.parametrize("path", [HUB, "ontology", "ontology/hub", "scheme/hub-kind", "id/pavia/place/018110"])
def test_the_same_iri_gives_rdf_to_machines(path: str, accept: str, served: Served) -> None:
    response = httpx.get(served.url + path, headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(accept)
    assert "Accept" in response.headers["vary"]
    graph = Graph().parse(data=response.text, format=RDF_FORMATS[accept])
    assert (URIRef(ROOT + path), None, None) in graph


def test_every_format_says_the_same(served: Served) -> None:
    graphs = [
        Graph().parse(data=httpx.get(served.url + HUB, headers={"Accept": accept}).text, format=format_)
        for accept, format_ in RDF_FORMATS.items()
    ]
    assert all(set(graph) == set(graphs[0]) for graph in graphs)
    hub = URIRef(ROOT + HUB)
    assert (hub, RDF.type, URIRef(PR + "Hub")) in graphs[0]
    assert (hub, SKOS.prefLabel, Literal("Social Bistrot - Il Naviglio", lang="it")) in graphs[0]


def test_an_evidence_graph_can_be_looked_up(served: Served) -> None:
    answer = httpx.get(
        served.sparql,
        params={"query": f"SELECT ?g WHERE {{ GRAPH ?g {{ <{ROOT}{HUB}> pr:usesPlace ?p }} ?g a pr:Evidence }}"},
    )
    [row] = answer.json()["results"]["bindings"]
    graph = httpx.get(served.url + row["g"]["value"].removeprefix(ROOT), headers={"Accept": "text/turtle"})
    assert "usesPlace" in graph.text
    assert "hadPrimarySource" in graph.text


@pytest.mark.parametrize("language", ["it", "en"])
def test_every_link_of_the_site_leads_somewhere(language: str, served: Served) -> None:
    """A crawl from the landing page over the first few hundred pages."""
    waiting, seen, broken = ["/"], {"/"}, []
    with httpx.Client(base_url=served.url, headers={"Accept": BROWSER, "Accept-Language": language}) as client:
        for _ in range(250):
            if not waiting:
                break
            path = waiting.pop(0)
            response = client.get(path)
            if response.status_code != 200:
                broken.append((path, response.status_code))
                continue
            if not response.headers["content-type"].startswith("text/html"):
                continue
            for href in re.findall(r'href="(/[^"#]*)', response.text):
                link = unescape(href)
                if link not in seen and not link.startswith("/static") and "format=" not in link:
                    seen.add(link)
                    waiting.append(link)
    assert broken == []
    assert len(seen) > 200


def test_the_questions_are_listed_and_answered(served: Served) -> None:
    assert "Quali orari hanno gli spazi del distretto?" in page(served, "questions")
    text = words(page(served, "questions/cq02"))
    assert "tutti i giorni 9-12 e 16-19" in text
    assert "non noto; cercato in" in text


def test_a_question_takes_its_parameters_from_the_address(served: Served) -> None:
    text = words(page(served, "questions/cq32?date=2022-03-15"))
    assert "Social Bistrot - Il Naviglio" in text
    wrong = httpx.get(served.url + "questions/cq32", params={"date": "never"}, headers={"Accept": BROWSER})
    assert wrong.status_code == 400
    assert "never" in wrong.text


def test_the_query_page_works_without_javascript(served: Served) -> None:
    html = page(served, "sparql")
    assert re.search(r'<form[^>]*method="get"[^>]*action="/sparql"', html)
    assert "<textarea" in html
    answer = httpx.get(
        served.sparql, params={"query": "SELECT * { ?s a pr:Network }", "format": "csv"}, headers={"Accept": BROWSER}
    )
    assert answer.headers["content-type"].startswith("text/csv")


def test_what_is_nowhere_is_404_with_a_page_that_helps(served: Served) -> None:
    response = httpx.get(served.url + "id/pavia/hub/nowhere", headers={"Accept": BROWSER})
    assert response.status_code == 404
    assert f"{ROOT}id/pavia/hub/nowhere" in response.text


@dataclass(frozen=True)
class Changed:
    """A server that followed two publications while it ran."""

    served: Served


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Changed]:
    """Pavia, then Pavia with a citizen group renamed and a publication withdrawn, under one running server."""
    folder = tmp_path_factory.mktemp("changed")
    settings = Settings(data=folder / "data")
    pavia = Path(shutil.copytree(PAVIA, folder / "pavia"))
    publish([pavia], settings)
    with serving(settings) as served:
        assert httpx.get(served.url + "id/pavia/figure/fbc-young").status_code == 200
        figures = pavia / "tables" / "figures.csv"
        lines = figures.read_text(encoding="utf-8").splitlines(keepends=True)
        figures.write_text("".join(line for line in lines if "figure/fbc-young," not in line), encoding="utf-8")
        (pavia / "tables" / "renamed.csv").write_text(
            "id,new,sources,confidence\ngroup/old-name,group/scaloppine,source/wia20;source/pp20,confirmed\n",
            encoding="utf-8",
        )
        metadata = pavia / "tables" / "csv-metadata.json"
        entry = (
            '"tables": [\n    {"url": "renamed.csv", "tableSchema": "https://w3id.org/prossima/tables/renamed.json"},'
        )
        metadata.write_text(
            re.sub(r'"tables":\s*\[', entry, metadata.read_text(encoding="utf-8"), count=1), encoding="utf-8"
        )
        outcome = publish([pavia], settings)
        assert outcome.release == 2, [p.message for p in outcome.report.problems]
        yield Changed(served)


def test_a_running_server_follows_a_publication(changed: Changed) -> None:
    response = httpx.get(changed.served.sparql, params={"query": "ASK { ?s a pr:Hub }"})
    assert response.headers["prossima-release"] == "2"


@pytest.mark.parametrize("accept", [BROWSER, "text/turtle"])
def test_a_renamed_thing_is_301_to_its_new_name(accept: str, changed: Changed) -> None:
    response = httpx.get(changed.served.url + "id/pavia/group/old-name", headers={"Accept": accept})
    assert response.status_code == 301
    assert response.headers["location"] == "/id/pavia/group/scaloppine"


def test_a_withdrawn_thing_is_410_and_names_the_last_release_that_had_it(changed: Changed) -> None:
    response = httpx.get(
        changed.served.url + "id/pavia/figure/fbc-young", headers={"Accept": BROWSER, "Accept-Language": "en"}
    )
    assert response.status_code == 410
    assert "The last release that had it is number 1" in unescape(response.text)


def test_before_the_first_publication_the_server_runs_and_says_so(settings: Settings) -> None:
    with serving(settings) as served:
        assert httpx.get(served.url + "health").status_code == 200
        assert httpx.get(served.url, headers={"Accept": BROWSER}).status_code == 200
        assert httpx.get(served.sparql, params={"query": "ASK {}"}).status_code == 503
        assert httpx.get(served.url + HUB).status_code == 404
        publish([PAVIA], settings)
        assert httpx.get(served.url + HUB, headers={"Accept": "text/turtle"}).status_code == 200


@pytest.mark.parametrize(
    "path", ["id/pavia/hub/a%20b", "id/pavia/hub/%3Cx%3E", "graph/evidence/none", "%22", "id//", "ontology/none"]
)
def test_an_address_that_is_none_is_404_for_people_and_machines(path: str, served: Served) -> None:
    person = httpx.get(served.url + path, headers={"Accept": BROWSER})
    assert (person.status_code, person.headers["content-type"]) == (404, "text/html; charset=utf-8")
    machine = httpx.get(served.url + path, headers={"Accept": "text/turtle"})
    assert (machine.status_code, machine.headers["content-type"]) == (404, "application/problem+json")
    assert machine.json()["title"] == "Not here"


@pytest.mark.parametrize("path", ["//evil.example/", "///evil.example", "/%5Cevil.example/", "//evil.example/id/x/"])
def test_no_address_makes_a_page_link_to_another_server(path: str, served: Served) -> None:
    response = httpx.get(served.url.rstrip("/") + path, headers={"Accept": BROWSER})
    assert response.status_code == 404
    assert not re.findall(r'href="/[/\\][^"]*', response.text)
    [other] = set(re.findall(r'href="([^"]*lang=en)"', response.text))
    assert unescape(other).partition("?")[0].startswith("/%")


@pytest.mark.parametrize("path", ["%5B", "id/pavia/%zz", "id/pavia/%EF%BF%BD", "id/pavia/hub/a%00"])
def test_an_address_that_cannot_be_an_iri_is_404(path: str, served: Served) -> None:
    assert httpx.get(served.url + path, headers={"Accept": BROWSER}).status_code == 404


@pytest.mark.parametrize("asked", ["²", "٣", "0", "-1", "9" * 5000, "x", ""])
def test_a_page_number_that_is_none_is_the_first_page(asked: str, served: Served) -> None:
    response = httpx.get(served.url + "id/pavia/role/", params={"page": asked}, headers={"Accept": BROWSER})
    assert response.status_code == 200
    assert 'aria-current="page">1<' in response.text


@pytest.mark.parametrize("accept", RDF_FORMATS)
@pytest.mark.parametrize("path", ["id/pavia", "id/pavia/"])
def test_a_district_is_described_to_machines(path: str, accept: str, served: Served) -> None:
    response = httpx.get(served.url + path, headers={"Accept": accept})
    assert response.status_code == 200
    graph = Graph().parse(data=response.text, format=RDF_FORMATS[accept])
    district = URIRef(ROOT + "id/pavia/")
    assert (district, RDF.type, URIRef("http://www.w3.org/ns/dcat#Dataset")) in graph
    assert graph.value(district, SKOS.prefLabel)


@pytest.mark.parametrize("accept", RDF_FORMATS)
def test_the_things_of_a_kind_are_listed_to_machines(accept: str, served: Served) -> None:
    response = httpx.get(served.url + "id/pavia/source/", headers={"Accept": accept})
    assert response.status_code == 200
    graph = Graph().parse(data=response.text, format=RDF_FORMATS[accept])
    sources = set(graph.subjects(RDF.type, URIRef(PR + "Source")))
    assert len(sources) > 90
    assert all(graph.value(source, SKOS.prefLabel) for source in sources)
    roles = httpx.get(served.url + "id/pavia/role/", headers={"Accept": accept})
    assert roles.text.count("/role/") > 100, "all of them, not a page"
    assert 'href="/id/pavia/source/?format=ttl"' in page(served, "id/pavia/source/")
    assert httpx.get(served.url + "id/pavia/nothing/", headers={"Accept": accept}).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["", "health", HUB, "id/pavia", "id/pavia/hub/", "ontology", "shapes", "scheme/hub-kind", "releases", "questions",
     "questions/cq02", "sparql", "sparql?query=ASK%7B%7D", "static/site.css", "nowhere", "ontology/context.jsonld"],
)  # fmt: skip
def test_head_is_answered_as_get_is_without_the_body(path: str, served: Served) -> None:
    headers = {"Accept": BROWSER, "Origin": "https://example.org"}
    whole, head = httpx.get(served.url + path, headers=headers), httpx.head(served.url + path, headers=headers)
    assert head.status_code == whole.status_code
    assert head.content == b""
    assert {**head.headers, "date": ""} == {**whole.headers, "date": ""}


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("", {"GET", "HEAD"}),
        ("health", {"GET", "HEAD"}),
        (HUB, {"GET", "HEAD"}),
        ("static/site.css", {"GET", "HEAD"}),
        ("sparql", {"GET", "HEAD", "POST"}),
    ],
)
def test_another_method_is_refused_with_those_allowed(path: str, allowed: set[str], served: Served) -> None:
    response = httpx.delete(served.url + path)
    assert response.status_code == 405
    assert response.headers["content-type"] == "application/problem+json"
    assert set(response.headers["allow"].split(", ")) == allowed


def test_several_accept_headers_count_as_one(served: Served) -> None:
    several = [("Accept", "text/turtle;q=0.5"), ("Accept", "application/n-triples")]
    response = httpx.get(served.url + HUB, headers=several)
    assert response.headers["content-type"] == "application/n-triples"


def test_a_fault_of_ours_is_a_page_for_people_and_is_logged(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    publish([TORINO], settings)
    log = tmp_path / "log"
    command = [sys.executable, "-m", "prossima", "serve", "--port", "0", "--lang", "en", "--data", str(settings.data)]
    with log.open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        assert process.stdout
        found = next(filter(None, (re.search(r"http://\S+/", line) for line in process.stdout)))
        httpx.get(found[0])
        (settings.data / "releases" / "000001" / "manifest.json").write_text("no manifest", encoding="utf-8")
        person = httpx.get(found[0] + "releases", headers={"Accept": BROWSER, "Accept-Language": "it"})
        machine = httpx.get(found[0] + "releases", headers={"Accept": "text/turtle"})
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
    assert (person.status_code, person.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "un guasto nostro" in words(unescape(person.text))
    assert (machine.status_code, machine.headers["content-type"]) == (500, "application/problem+json")
    assert machine.json()["title"] == "Internal error"
    assert log.read_text(encoding="utf-8").count("Traceback") >= 2
