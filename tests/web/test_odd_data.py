"""Pages over what RDF files may say: odd literals, addresses that are none, renamings in a circle, twin districts."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from rdflib import Dataset, Graph, URIRef

from prossima.releases import publish
from prossima.settings import Settings
from prossima.vocabulary import ROOT
from tests.conftest import TORINO, Served, serving
from tests.web.test_pages import BROWSER, RDF_FORMATS, words

ODD = f"""
@prefix : <{ROOT}id/odd/> .
@prefix ex: <http://example.org/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

:literals ex:says "abc"^^xsd:decimal, "{"7" * 60}"^^xsd:decimal, "1e9"^^xsd:decimal, "0.0004"^^xsd:decimal,
  "2020-13-45"^^xsd:date, "-0044-03-15"^^xsd:date, "12021-01-01"^^xsd:date, "2020-W01-1"^^xsd:date,
  "2020-02-03+01:00"^^xsd:date, "2021-04-05T25:99"^^xsd:dateTime, "maybe"^^xsd:boolean, "1"^^xsd:boolean .
:named skos:prefLabel "Named" .

:links ex:at <javascript:alert(1)>, <data:text/html,hello>, <https://example.org/a>, <mailto:a@example.org>,
  <tel:+39-0382>, <geo:45.1,9.1> ; foaf:page "javascript:alert(2)" ; ex:near <{ROOT}/evil.example/> .
<http://elsewhere.example/x> ex:near :links .

:itself dcterms:isReplacedBy :itself .
:fragment dcterms:isReplacedBy <{ROOT}id/odd/fragment#it> .
:spelled dcterms:isReplacedBy <{ROOT}id/odd/%73pelled> .
:ring-a dcterms:isReplacedBy :ring-b .
:ring-b dcterms:isReplacedBy :ring-c .
:ring-c dcterms:isReplacedBy :ring-b .
:literal dcterms:isReplacedBy "id/odd/named" .
:script dcterms:isReplacedBy <javascript:alert(1)> .
:old dcterms:isReplacedBy :old, :older, :named .
:older dcterms:isReplacedBy :old .
:abroad dcterms:isReplacedBy <https://example.org/new?a=b> .

:a%20b ex:says "spelled" .
:città%20nuova ex:says "spelled" .
<{ROOT}/evil.example/> ex:says "a start of two slashes" .
"""


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A file of oddities, and Torino three times: twice under IRIs of ours, once under another site's."""
    folder = tmp_path_factory.mktemp("odd")
    file = folder / "my file.ttl"
    file.write_text(ODD, encoding="utf-8")
    inputs = [TORINO, file]
    for name, base in (("twin", f"{ROOT}id/twin/"), ("abroad", "https://torino.example/kb/")):
        copy = Path(shutil.copytree(TORINO, folder / name))
        text = (copy / "district.toml").read_text(encoding="utf-8")
        text = text.replace(f"{ROOT}id/torino/", base).replace("Rete delle Case", f"Rete {name} delle Case")
        (copy / "district.toml").write_text(text, encoding="utf-8")
        inputs.append(copy)
    settings = Settings(data=folder / "data")
    outcome = publish(inputs, settings)
    assert outcome.release == 1, [p.message for p in outcome.report.problems]
    with serving(settings) as served:
        yield served


def get(odd: Served, path: str, accept: str = BROWSER) -> httpx.Response:
    return httpx.get(odd.url + path, headers={"Accept": accept, "Accept-Language": "en"})


def test_a_literal_that_cannot_be_put_in_words_is_shown_as_it_is(odd: Served) -> None:
    response = get(odd, "id/odd/literals")
    assert response.status_code == 200
    shown = set(re.findall(r'<span class="value-text">(.*?)</span>', response.text))
    assert shown == {
        "abc", "7" * 60, "1e9", "0.0004", "2020-13-45", "-0044-03-15", "12021-01-01", "2020-W01-1",
        "3 February 2020", "2021-04-05T25:99", "maybe", "yes",
    }  # fmt: skip


def test_only_addresses_of_the_web_of_mail_and_of_telephones_are_links(odd: Served) -> None:
    html = unescape(get(odd, "id/odd/links").text)
    hrefs = set(re.findall(r'href="([^"]*)"', html))
    assert {"https://example.org/a", "mailto:a@example.org", "tel:+39-0382"} <= hrefs
    assert not [href for href in hrefs if re.match(r"javascript:|data:|geo:|//|None", href)]
    for text in ("javascript:alert(1)", "javascript:alert(2)", "geo:45.1,9.1", "data:text/html,hello"):
        assert text in words(html)


@pytest.mark.parametrize("name", ["itself", "fragment", "spelled", "ring-b", "ring-c", "literal", "script"])
def test_a_renaming_that_leads_nowhere_else_is_no_redirect(name: str, odd: Served) -> None:
    for accept in (BROWSER, "text/turtle"):
        assert get(odd, f"id/odd/{name}", accept).status_code == 200


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("id/odd/ring-a", "/id/odd/ring-b"),
        ("id/odd/old?format=ttl&lang=it", "/id/odd/named?format=ttl&lang=it"),
        ("id/odd/abroad?format=ttl", "https://example.org/new?a=b"),
    ],
)
def test_a_renaming_is_followed_with_its_parameters(path: str, location: str, odd: Served) -> None:
    response = get(odd, path)
    assert (response.status_code, response.headers["location"]) == (301, location)


@pytest.mark.parametrize(
    ("path", "iri"),
    [
        ("origin/my%20file.ttl", "origin/my%20file.ttl"),
        ("id/odd/a%20b", "id/odd/a%20b"),
        ("id/odd/citt%C3%A0%20nuova", "id/odd/città%20nuova"),
        ("id/odd/nam%65d", "id/odd/named"),
        ("/evil.example/", "/evil.example/"),
        ("%2Fevil.example/", "/evil.example/"),
    ],
)
def test_an_iri_is_found_as_it_is_spelled_and_decoded(path: str, iri: str, odd: Served) -> None:
    assert get(odd, path).status_code == 200
    machine = get(odd, path, "text/turtle")
    assert machine.status_code == 200
    assert any(Graph().parse(data=machine.text, format="turtle").predicate_objects(URIRef(ROOT + iri)))
    assert not machine.headers["content-location"].startswith("//")


@pytest.mark.parametrize(
    ("path", "name", "member"),
    [
        ("id/torino", "Network of neighbourhood houses", f"{ROOT}id/torino/hub/roccafranca"),
        ("id/twin", "Network of neighbourhood houses", f"{ROOT}id/twin/hub/roccafranca"),
        ("id/torino-2", "Network of neighbourhood houses", "https://torino.example/kb/hub/roccafranca"),
    ],
)
def test_districts_of_the_same_name_are_each_at_their_own_address(
    path: str, name: str, member: str, odd: Served
) -> None:
    for address in (path, f"{path}/"):
        html = get(odd, address).text
        assert name in html
        assert f'href="/{path}/hub/' in html
    assert f'href="/{path}/"' in get(odd, "").text
    listed = Graph().parse(data=get(odd, f"{path}/hub/", "text/turtle").text, format="turtle")
    slug = member.rpartition("/")[2]
    assert URIRef(member) in set(listed.subjects())
    described = Graph().parse(data=get(odd, f"{path}/hub/{slug}", "text/turtle").text, format="turtle")
    assert URIRef(member) in set(described.subjects())


RAW = f"""
<{ROOT}id/raw/a> <http://example.org/says> <<( <x:a> <x:b> <geo:45.1,9.1> )>> .
<{ROOT}id/raw/a> <http://example.org/near> _:node .
_:node <http://example.org/near> <{ROOT}id/raw/a> .
<{ROOT}id/raw/b> <http://example.org/at> <geo:45.1,9.1> .
<{ROOT}id/raw/b> <http://example.org/1> "a predicate with no name in XML" .
<{ROOT}id/raw/b> <http://example.org/says> "\\u000B" .
<{ROOT}id/raw/c> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{ROOT}ontology#DatedRole> .
<{ROOT}id/raw/c> <{ROOT}ontology#holder> <{ROOT}id/raw/c> .
<{ROOT}id/raw/c> <{ROOT}ontology#target> "Nobody" .
"""


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Triples as they are, published without the gate."""
    folder = tmp_path_factory.mktemp("raw")
    file = folder / "raw.nt"
    file.write_text(RAW, encoding="utf-8")
    settings = Settings(data=folder / "data")
    publish([file], settings, raw=True)
    with serving(settings) as served:
        yield served


@pytest.mark.parametrize("accept", [BROWSER, *RDF_FORMATS])
@pytest.mark.parametrize("path", ["id/raw/a", "id/raw/b"])
def test_a_graph_that_a_format_cannot_hold_goes_out_in_another(path: str, accept: str, raw: Served) -> None:
    response = get(raw, path, accept)
    assert response.status_code == 200
    assert "http" in response.text
    if path == "id/raw/b" and accept == "application/ld+json":
        graph = Dataset().parse(data=response.text, format="json-ld")
        assert (URIRef(ROOT + path), URIRef("http://example.org/at"), URIRef("geo:45.1,9.1")) in graph
    assert 'href="None"' not in response.text


def test_a_name_that_is_made_of_itself_ends(raw: Served) -> None:
    response = get(raw, "id/raw/c")
    assert response.status_code == 200
    assert "Nobody" in response.text
