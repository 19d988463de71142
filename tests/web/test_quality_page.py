"""The page of a district's quality, over a real server and in a real browser."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from prossima.quality import Quality, quality
from prossima.vocabulary import ROOT
from tests.conftest import Served
from tests.web.test_browser import CHROMIUM, QUIET
from tests.web.test_pages import BROWSER, page, words

DISTRICTS = ["pavia", "torino", "bologna"]


@pytest.fixture(scope="module")
def measured(served: Served) -> dict[str, Quality]:
    store = served.release.store()
    return {name: quality(store, f"{ROOT}id/{name}/") for name in DISTRICTS}


@pytest.mark.parametrize("district", DISTRICTS)
@pytest.mark.parametrize(
    ("language", "heading", "sure"),
    [("it", "Qualità dei dati: ", "Quanto è sicuro"), ("en", "Quality of the data: ", "How sure it is")],
)
def test_the_page_is_there_in_both_languages(
    language: str, heading: str, sure: str, district: str, served: Served, measured: dict[str, Quality]
) -> None:
    html = page(served, f"quality/{district}", language)
    assert f'<html lang="{language}">' in html
    [title] = re.findall(r"<h1>(.*?)</h1>", html)
    assert title.startswith(heading)
    text = words(html)
    assert sure in text
    found = measured[district]
    total = sum(found.facts.values())
    flat = re.sub(r"(?<=\d)[.,\u00a0\u202f](?=\d{3})", "", text)
    assert f"{total} " in flat, total
    for number in (*found.facts.values(), *found.years.values()):
        assert re.search(rf"\b{number}\b", flat), number
    assert "None" not in text
    assert "nan" not in text.split()


@pytest.mark.parametrize("district", DISTRICTS)
def test_its_numbers_are_those_that_were_measured(district: str, served: Served, measured: dict[str, Quality]) -> None:
    html = page(served, f"quality/{district}", "en")
    rows = re.findall(r'<td class="n">(\d+)<span class="quiet">/(\d+)</span></td>', html)
    fields = [field for kind in measured[district].kinds for field in kind.fields]
    assert [(int(known), int(total)) for known, total in rows] == [(f.known, f.total) for f in fields]
    stacks = re.findall(r'<span class="stack"[^>]*>(.*?)</span></td>', html)
    for stack in stacks:
        widths = [float(width) for width in re.findall(r"width: ([\d.]+)%", stack)]
        assert abs(sum(widths) - 100) < 0.1
    counts = re.findall(r'<h2 id="(?:open|lacking)">.*?<span class="quiet">(\d+)</span></h2>', html, re.DOTALL)
    assert [int(n) for n in counts] == [len(measured[district].disagreements), len(measured[district].unknowns)]
    shown = [float(n) for n in re.findall(r"<strong>(?:&lt; |< )?(\d+) %</strong>", html)]
    assert abs(sum(shown) - 100) <= len(shown)


@pytest.mark.parametrize(
    ("headers", "query"),
    [({"Accept": "application/json"}, ""), ({"Accept": BROWSER}, "?format=json"), ({}, "?format=json")],
)
def test_the_same_is_there_for_machines(
    headers: dict[str, str], query: str, served: Served, measured: dict[str, Quality]
) -> None:
    answer = httpx.get(f"{served.url}quality/pavia{query}", headers=headers)
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "application/json")
    said = answer.json()
    assert said.pop("release") == served.release.number
    expected = httpx.Response(200, json=measured["pavia"].as_dict()).json()
    assert said == expected


@pytest.mark.parametrize("accept", [BROWSER, "application/json"])
def test_a_cache_is_told_that_there_are_two(accept: str, served: Served) -> None:
    answer = httpx.get(f"{served.url}quality/pavia", headers={"Accept": accept})
    assert answer.status_code == 200
    assert "Accept" in answer.headers["vary"]


def test_years_without_statements_leave_a_gap(served: Served, measured: dict[str, Quality]) -> None:
    years = [year for year in measured["pavia"].years if year]
    gaps = sum(year != before + 1 for before, year in itertools.pairwise(years))
    assert gaps > 0
    assert page(served, "quality/pavia").count('<span class="year">…</span>') == gaps


@pytest.mark.parametrize("path", ["quality/milano", "quality/Pavia", "quality/%3Cscript%3E", "quality/"])
def test_a_district_that_is_not_there_has_no_page(path: str, served: Served) -> None:
    people = httpx.get(served.url + path, headers={"Accept": BROWSER, "Accept-Language": "it"})
    assert people.status_code == 404
    assert people.headers["content-type"].startswith("text/html")
    assert "<script>" not in re.sub(r"<script src=.*?>", "", people.text)
    machines = httpx.get(served.url + path, headers={"Accept": "application/json"})
    assert machines.status_code == 404
    assert machines.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("language", ["it", "en"])
def test_the_districts_page_leads_there_and_back(language: str, served: Served) -> None:
    assert 'href="/quality/pavia"' in page(served, "id/pavia/", language)
    assert 'href="/id/pavia/"' in page(served, "quality/pavia", language)


def test_each_link_of_the_page_leads_somewhere(served: Served) -> None:
    html = page(served, "quality/pavia")
    links = {link for link in re.findall(r'href="(/[^"#]*)"', html) if "/id/pavia/" in link or "/ontology" in link}
    assert len(links) > 20
    with httpx.Client(base_url=served.url, headers={"Accept": BROWSER}) as client:
        broken = [link for link in sorted(links)[::8] if client.get(link, follow_redirects=True).status_code != 200]
    assert broken == []


# -- in a browser ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: `make browser` installs it")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("district", ["pavia", "bologna"])
def test_the_page_fits_its_width_with_all_its_parts_open(
    district: str, width: int, browser: Browser, served: Served
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, locale="it-IT")
    view = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    view.on("request", lambda request: asked.append(request.url))
    view.on("pageerror", lambda error: errors.append(str(error)))
    view.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    view.goto(f"{served.url}quality/{district}", wait_until="networkidle")
    view.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert view.evaluate("document.documentElement.scrollWidth") <= width
    assert [url for url in asked if not url.startswith((served.url, "data:"))] == []
    assert errors == []
    # Bars are as wide as they say, and each year's column stands on the line.
    assert view.evaluate(
        "[...document.querySelectorAll('.stack')].every(bar => bar.offsetWidth > 20 && bar.offsetHeight > 4)"
    )
    tallest = view.evaluate("Math.max(...[...document.querySelectorAll('.column-of')].map(bar => bar.offsetHeight))")
    assert tallest > 60
    overlaps = view.evaluate(
        """['.year', '.n'].flatMap(name => {
            const box = element => {
                const range = document.createRange();
                range.selectNodeContents(element);
                return range.getBoundingClientRect();
            };
            const labels = [...document.querySelectorAll('.years ' + name)];
            return labels.filter((label, at) => at && box(labels[at - 1]).right > box(label).left);
        }).map(label => label.textContent)"""
    )
    assert overlaps == [], "the numbers of neighbouring years do not run into each other"
    context.close()
