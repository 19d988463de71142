"""Searching over a real server: what is found, how it is shown, and what programs get."""

from __future__ import annotations

import json
import re
import shutil
from html import unescape
from typing import Any

import httpx
import pytest

from prossima.releases import Shelf, publish
from prossima.settings import Settings
from prossima.vocabulary import ROOT
from tests.conftest import REPOSITORY, TORINO, Served, serving

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
BLOCKS = re.findall(r"```sparql\n(.*?)```", (REPOSITORY / "docs" / "search.md").read_text(encoding="utf-8"), re.DOTALL)


def page(served: Served, language: str = "it", **parameters: str) -> str:
    headers = {"Accept": BROWSER, "Accept-Language": language}
    response = httpx.get(served.url + "search", params=parameters, headers=headers)
    assert response.status_code == 200
    return response.text


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<(script|style).*?</\1>|<[^>]+>", "", html, flags=re.DOTALL)))


def answer(served: Served, **parameters: str) -> dict[str, Any]:
    response = httpx.get(served.url + "search", params=parameters, headers={"Accept": "application/json"})
    assert response.headers["content-type"] == "application/json"
    found: dict[str, Any] = response.json()
    return found


def names(served: Served, q: str, **parameters: str) -> list[str]:
    return [result["name"] for result in answer(served, q=q, limit="100", **parameters)["results"]]


def test_a_misspelt_word_finds_what_was_meant_and_the_page_says_so(served: Served) -> None:
    assert names(served, "laborotorio")[0] == "Laboratorio Sociale Crosione"
    assert answer(served, q="laborotorio")["misspelt"] == ["laborotorio"]
    html = page(served, q="laborotorio")
    assert "Nei dati non c’è «laborotorio»" in words(html)
    assert "<mark>Laboratorio</mark> Sociale Crosione" in html


def test_the_first_letters_are_enough(served: Served) -> None:
    assert "La Torretta" in names(served, "torr")


@pytest.mark.parametrize(("typed", "meant"), [("citta", "città"), ("CITTÀ", "città"), ("perche'", "perché")])
def test_accents_and_capitals_do_not_matter(typed: str, meant: str, served: Served) -> None:
    assert names(served, typed) == names(served, meant)
    assert names(served, typed)


@pytest.mark.parametrize(("one", "other"), [("famiglia", "famiglie"), ("family", "families"), ("anziano", "anziani")])
def test_singular_and_plural_find_the_same(one: str, other: str, served: Served) -> None:
    assert set(names(served, one)) == set(names(served, other)) != set()


@pytest.mark.parametrize("name", ["La Torretta", "social bistrot il naviglio", "SottoScala", "in pelizza", "Spazio Q"])
def test_the_name_of_a_hub_finds_it_first(name: str, served: Served) -> None:
    first = answer(served, q=name)["results"][0]
    assert first["kind"] == "Hub"
    assert re.sub(r"\W+", " ", first["name"]).casefold() == name.casefold()


def test_english_words_find_english_texts(served: Served) -> None:
    html = page(served, "en", q="refugees")
    assert "Social Bistrot" in words(html)
    assert "Ukrainian <mark>refugees</mark>" in html
    assert "result" in words(html)


def test_nothing_is_asked_of_an_empty_search(served: Served) -> None:
    for q in ("", "  ", "!!", '""'):
        assert answer(served, q=q)["results"] == []
    assert "Che cosa cerchi?" in words(page(served))
    assert "Niente per" not in words(page(served, q=""))


def test_ten_thousand_characters_are_cut(served: Served) -> None:
    assert len(answer(served, q="casa " * 2000)["query"]) <= 200
    assert names(served, "casa " * 2000) == names(served, "casa")


@pytest.mark.parametrize("q", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{query} {0} %s {{x}}"])
def test_what_is_typed_is_shown_and_never_run(q: str, served: Served) -> None:
    html = page(served, q=q)
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert q in unescape(html)


def test_pages_follow_one_another_and_keep_the_search(served: Served) -> None:
    first, second = page(served, q="pavia"), page(served, q="pavia", page="2")
    assert "pagina 1 di" in words(first)
    assert 'aria-current="page">2<' in second
    assert "/search?q=pavia&amp;page=2" in first
    links = [set(re.findall(r'result-name"><a href="([^"]+)"', html)) for html in (first, second)]
    assert links[0]
    assert not links[0] & links[1]
    assert 'aria-current="page">1<' in page(served, q="pavia", page="none")


def test_programs_get_json(served: Served) -> None:
    found = answer(served, q="torretta")
    assert found["query"] == "torretta"
    assert found["total"] >= len(found["results"]) > 0
    first = found["results"][0]
    assert first == {
        "iri": ROOT + "id/pavia/hub/torretta",
        "name": "La Torretta",
        "kind": "Hub",
        "score": first["score"],
        "path": "/id/pavia/hub/torretta",
    }
    assert httpx.get(served.url + "search", params={"q": "torretta", "format": "json"}).json() == found
    assert len(answer(served, q="pavia", limit="3")["results"]) == 3


def test_a_search_is_narrowed_by_kind_and_district(served: Served) -> None:
    hubs = answer(served, q="casa", kind="Hub", district="bologna", limit="100")
    assert hubs["results"]
    assert all(result["iri"].startswith(ROOT + "id/bologna/hub/") for result in hubs["results"])
    assert hubs["total"] < answer(served, q="casa")["total"]
    assert answer(served, q="casa", district="nowhere")["total"] == 0
    html = unescape(page(served, q="casa", kind="Hub"))
    assert 'href="/search?q=casa&kind=Hub&district=bologna"' in html
    assert "Togli i filtri" in html


def test_nothing_found_says_what_was_tried_and_where_to_go(served: Served) -> None:
    html = page(served, q="zzqqxx")
    assert "Niente per «zzqqxx»" in words(html)
    assert "che si scrivono quasi così" in words(html)
    assert 'href="/questions"' in html


def test_where_nothing_has_all_the_words_some_are_found_and_the_page_says_so(served: Served) -> None:
    assert answer(served, q="torretta zzqqxx")["someWordsOnly"]
    assert "Niente ha tutte le parole" in words(page(served, q="torretta zzqqxx"))


@pytest.mark.parametrize("path", ["", "questions", "id/pavia/hub/torretta", "nowhere"])
def test_every_page_has_the_search_box(path: str, served: Served) -> None:
    html = httpx.get(served.url + path, headers={"Accept": BROWSER}).text
    assert '<form class="site-search" action="/search" role="search">' in html


def test_a_thing_is_found_and_told_without_its_text_for_searching(served: Served) -> None:
    path = served.url + "id/pavia/hub/torretta"
    assert "searchText" in httpx.get(path, params={"format": "ttl"}).text
    assert "searchText" not in httpx.get(path, params={"format": "ttl", "inference": "off"}).text
    assert "searchText" not in httpx.get(path, params={"format": "json"}).text
    html = httpx.get(path, headers={"Accept": BROWSER}).text
    assert "testo per la ricerca" not in html


def test_a_release_without_an_index_is_served_and_says_so(settings: Settings) -> None:
    publish([TORINO], settings)
    current = Shelf(settings.data).current()
    assert current
    shutil.rmtree(current.folder / "text")
    with serving(settings) as served:
        assert "non si può cercare" in words(page(served, q="casa"))
        assert answer(served, q="casa")["total"] == 0
        assert httpx.get(served.url + "id/torino/", headers={"Accept": BROWSER}).status_code == 200


def test_before_the_first_publication_there_is_nothing_to_search(settings: Settings) -> None:
    with serving(settings) as served:
        assert answer(served, q="casa")["results"] == []
        assert "non si può cercare" in words(page(served, q="casa"))


@pytest.mark.parametrize("query", BLOCKS)
def test_the_examples_of_the_documentation_find_something(query: str, served: Served) -> None:
    found = httpx.get(served.sparql, params={"query": query}, headers={"Accept": "application/json"})
    assert found.status_code == 200, found.text
    assert found.json()["results"]["bindings"]


def test_the_answer_that_the_documentation_shows_is_the_answer(served: Served) -> None:
    text = (REPOSITORY / "docs" / "search.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    shown, found = json.loads(block), answer(served, q="laborotorio", lang="it")
    assert shown == found | {"results": found["results"][:1]}


def test_the_documentation_has_examples_of_texts_and_of_places() -> None:
    assert len(BLOCKS) >= 6
