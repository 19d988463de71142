"""The pages in a real browser: headless Chromium, at desktop and at phone width."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from prossima.vocabulary import ROOT
from tests.conftest import Served

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PAGES = [
    "",
    "id/pavia/hub/torretta",
    "id/pavia/project/fbc",
    "id/pavia/",
    "ontology",
    "ontology/partnership",
    "ontology/term/Hub",
    "ontology/history",
    "scheme/area-of-action",
    "sparql",
    "sparql?release=1",
    "sparql?format=html&query=SELECT%20*%20%7B%20%3Fs%20a%20pr%3AHub%20%3B%20%3Fp%20%3Fo%20%7D%20LIMIT%2020",
    "search?q=laborotorio",
    "releases",
    "questions",
    "questions/cq02",
]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: `make browser` installs it")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(params=[1280, 390], ids=["desktop", "phone"])
def view(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": request.param, "height": 844}, locale="it-IT")
    page = context.new_page()
    yield page
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_its_width_and_asks_nobody_else(path: str, view: Page, served: Served) -> None:
    asked: list[str] = []
    errors: list[str] = []
    view.on("request", lambda request: asked.append(request.url))
    view.on("pageerror", lambda error: errors.append(str(error)))
    view.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    view.goto(served.url + path, wait_until="networkidle")
    width = view.evaluate("document.documentElement.scrollWidth")
    assert width <= view.viewport_size["width"]
    assert [url for url in asked if not url.startswith((served.url, "data:"))] == []
    assert errors == []


def test_a_query_runs_without_javascript(browser: Browser, served: Served) -> None:
    context = browser.new_context(java_script_enabled=False, locale="it-IT")
    page = context.new_page()
    page.goto(served.url + "sparql")
    page.get_by_label("Interrogazione SPARQL").fill(
        "SELECT ?name { ?hub a pr:Hub ; skos:prefLabel ?name } ORDER BY ?name"
    )
    page.get_by_role("button", name="Esegui").click()
    expect(page.locator("#query-made td", has_text="La Torretta")).to_be_visible()
    expect(page.get_by_label("Interrogazione SPARQL")).to_have_value(re.compile("ORDER BY"))
    page.get_by_role("link", name="Gli esempi").click()
    expect(page).to_have_url(re.compile("/questions$"))
    context.close()


def test_the_box_in_the_header_finds(view: Page, served: Served) -> None:
    view.goto(served.url + "questions", wait_until="networkidle")
    view.get_by_role("searchbox").fill("torretta")
    view.get_by_role("searchbox").press("Enter")
    first = view.locator(".result-name a").first
    expect(first).to_have_text("La Torretta")
    first.click()
    expect(view.get_by_role("heading", level=1)).to_have_text("La Torretta")


def test_a_term_of_the_ontology_is_found_by_its_letters_and_by_its_anchor(view: Page, served: Served) -> None:
    view.goto(served.url + "ontology#Hub", wait_until="networkidle")
    expect(view.locator("#Hub")).to_be_in_viewport()
    view.locator("#find-term").fill("spazio di comunita")
    expect(view.locator("#Hub")).to_be_visible()
    expect(view.locator("#Funding")).to_be_hidden()
    view.locator("#Hub a").first.click()
    expect(view.get_by_role("heading", level=1)).to_contain_text("pr:Hub")


def test_a_class_in_a_diagram_leads_to_its_page(view: Page, served: Served) -> None:
    view.goto(served.url + "ontology/hub")
    view.locator(".drawing a[href='/ontology/term/Hub']").click()
    expect(view.get_by_role("heading", level=1)).to_contain_text("pr:Hub")


def test_the_editor_runs_a_query_and_shows_its_rows(view: Page, served: Served) -> None:
    view.goto(served.url + "sparql", wait_until="networkidle")
    view.locator("#query-run").click()
    expect(view.locator("#query-results")).to_contain_text("Social Bistrot - Il Naviglio", timeout=10_000)


def test_an_example_fills_the_editor(view: Page, served: Served) -> None:
    view.goto(served.url + "sparql", wait_until="networkidle")
    # Chosen, it runs by itself: a click on the button would stop it.
    view.locator("#query-example").select_option(label="Quali orari hanno gli spazi del distretto?")
    expect(view.locator("#query-results")).to_contain_text("tutti i giorni 9-12 e 16-19", timeout=10_000)


def test_a_syntax_error_is_told_in_the_page(view: Page, served: Served) -> None:
    view.goto(served.url + "sparql?query=SELECT%20%3Fs%20WHERE%20%7B%20%3Fs%20%3Fp%20%7D", wait_until="networkidle")
    view.locator("#query-run").click()
    expect(view.locator("#query-results")).to_contain_text("1", timeout=10_000)
    expect(view.locator("#query-results")).to_contain_text("?s ?p", timeout=10_000)


def test_the_language_link_keeps_the_page(view: Page, served: Served) -> None:
    view.goto(served.url + "id/pavia/hub/torretta")
    view.get_by_role("link", name="English").click()
    assert "/id/pavia/hub/torretta" in view.url
    assert view.locator("html").get_attribute("lang") == "en"
    view.goto(served.url)
    assert view.locator("html").get_attribute("lang") == "en"


def test_the_site_is_walked_from_the_landing_page_to_a_source(view: Page, served: Served) -> None:
    view.goto(served.url)
    view.get_by_role("link", name="Social Bistrot - Il Naviglio").click()
    expect(view.get_by_role("heading", level=1)).to_have_text("Social Bistrot - Il Naviglio")
    view.locator(".sources a:visible").first.click()
    expect(view.locator(".types")).to_contain_text("onte")


def test_a_result_links_to_this_server_or_to_the_web(view: Page, served: Served) -> None:
    iris = (f"{ROOT}/evil.example/", f"{ROOT}id/a?b", "https://example.org/", "javascript:alert(1)")
    query = f"SELECT ?x {{ VALUES ?x {{ {' '.join(f'<{iri}>' for iri in iris)} }} }}"
    view.goto(f"{served.url}sparql?{urlencode({'query': query})}", wait_until="networkidle")
    view.locator("#query-run").click()
    expect(view.locator("#query-results")).to_contain_text("javascript:alert(1)", timeout=10_000)
    links = view.locator("#query-results td a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert links == ["/%2Fevil.example/", "/id/a%3Fb", "https://example.org/"]


def test_the_query_page_of_a_release_asks_that_release(view: Page, served: Served) -> None:
    asked: list[str] = []
    view.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    view.goto(served.url + "sparql?release=1", wait_until="networkidle")
    view.locator("#query-run").click()
    expect(view.locator("#query-answer tbody tr").first).to_be_visible()
    assert asked
    assert {url for url in asked if not url.endswith("/sparql?release=1")} == set()
    expect(view.locator("input[name=release]")).to_have_value("1")
