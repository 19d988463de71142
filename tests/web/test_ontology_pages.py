"""The ontology for people and machines, over a real server; what no version shows yet, on made-up ontologies."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from pathlib import Path

import httpx
import pytest
from pyoxigraph import DefaultGraph, Quad, RdfFormat, Store, parse
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import OWL, RDF, RDFS, SKOS

from prossima.language import LANGUAGES, Texts
from prossima.vocabulary import PR, PREFIXES, ROOT, SCHEME, ontology_files, scheme_files, text_of, triples
from prossima.web import diagrams, history, schemes, termpages
from prossima.web.constraints import Constraints
from prossima.web.layout import HERE, templates, texts
from prossima.web.terms import Vocabulary, prefixes, short_name, vocabulary
from tests.conftest import Served
from tests.web.test_pages import BROWSER, RDF_FORMATS

TERMS = vocabulary("en").terms
TEXTS = Texts(HERE / "texts.toml").keys()
MODULES = [module for module in vocabulary("en").modules.values() if module.classes]
HEAD = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
MADE_UP = """
<https://w3id.org/prossima/ontology> a owl:Ontology ; owl:versionInfo "1.0" .
<https://w3id.org/prossima/ontology/made> a owl:Ontology ; dcterms:title "Prossima: made up"@en .
pr:Old a owl:Class ; rdfs:label "old"@en ; skos:definition "The old one."@en ; owl:deprecated true ;
    dcterms:isReplacedBy pr:New ; rdfs:isDefinedBy <https://w3id.org/prossima/ontology/made> .
pr:New a owl:Class ; rdfs:label "new"@en ; skos:definition "The new one."@en ; skos:closeMatch schema:Thing ;
    rdfs:isDefinedBy <https://w3id.org/prossima/ontology/made> .
pr:Sort a owl:Class ; rdfs:label "sort"@en ; rdfs:subClassOf pr:New ;
    rdfs:isDefinedBy <https://w3id.org/prossima/ontology/made> .
pr:tie a owl:ObjectProperty ; rdfs:label "tied to"@en ; rdfs:domain pr:New ; rdfs:range pr:Sort ;
    rdfs:isDefinedBy <https://w3id.org/prossima/ontology/made> .
schema:Thing rdfs:label "Thing"@en .
scheme:s a skos:ConceptScheme ; skos:prefLabel "scheme"@en .
<https://w3id.org/prossima/scheme/s/a> skos:inScheme scheme:s ; skos:prefLabel "a"@en .
<https://w3id.org/prossima/scheme/s/b> skos:inScheme scheme:s ; skos:prefLabel "b"@en .
<https://w3id.org/prossima/scheme/s/z> skos:inScheme scheme:s ; skos:prefLabel "z"@en ;
    skos:broader <https://w3id.org/prossima/scheme/s/a> ; skos:exactMatch <https://example.org/z> .
"""
SHAPED = """
prs:N a sh:NodeShape ; sh:targetClass pr:New ; sh:property prs:N-tie , prs:N-more , prs:N-when .
prs:N-tie sh:path pr:tie ; sh:minCount 2 ; sh:class pr:Sort .
prs:N-more sh:path pr:tie ; sh:minCount 3 ; sh:severity sh:Warning ; sh:message "Three are better."@en .
prs:N-when sh:path dcterms:date ; sh:maxCount 1 ; sh:datatype xsd:date ; sh:maxInclusive "2030-01-01" .
"""


@cache
def client(url: str) -> httpx.Client:
    """One for all tests: to make one takes longer than most answers."""
    return httpx.Client(base_url=url)


def page(served: Served, path: str, language: str = "en") -> str:
    response = client(served.url).get(path, headers={"Accept": BROWSER, "Accept-Language": language})
    assert response.status_code == 200, path
    assert response.headers["content-type"].startswith("text/html")
    return unescape(response.text)


def words(html: str) -> str:
    """What one reads on a page: its text without tags."""
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+([,.:”»])", r"\1", re.sub(r"\s+", " ", text)).replace("“ ", "“").replace("« ", "«")


def store(text: str) -> Store:
    found = Store()
    found.extend(Quad(q.subject, q.predicate, q.object, DefaultGraph()) for q in parse(HEAD + text, RdfFormat.TURTLE))
    return found


@pytest.fixture
def made() -> Vocabulary:
    return Vocabulary(store(MADE_UP), store(SHAPED), "en")


def constraints(made: Vocabulary) -> Constraints:
    return Constraints(made, lambda key, **values: texts(made.language, key, **values))


def graph(text: str) -> Graph:
    return Graph().parse(data=HEAD + text, format="turtle")


# -- overview --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_term_keeps_its_anchor_in_the_index_and_is_linked_to_its_page(language: str, served: Served) -> None:
    html = page(served, "ontology", language)
    assert len(TERMS) > 100
    for iri, term in vocabulary(language).terms.items():
        [row] = re.findall(rf'<article class="term" id="{iri.removeprefix(PR)}".*?</article>', html, re.DOTALL)
        assert f'href="/ontology/term/{iri.removeprefix(PR)}"' in row
        assert term.label in row
        assert term.definition in row
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_the_overview_leads_to_modules_schemes_downloads_and_history(served: Served) -> None:
    html = page(served, "ontology")
    for path in ("/shapes", "/ontology/history", "/ontology/context.jsonld", "/ontology?format=ttl"):
        assert f'href="{path}"' in html
    for module in MODULES:
        card = html.partition(f'<h3><a href="/ontology/{module.name}">')[2].partition("</li>")[0]
        assert module.definition in card
        assert f"{len(module.classes)} classes, {len(module.properties)} properties" in card
    for path in scheme_files():
        listed = html.partition(f'href="/scheme/{path.stem}"')[2].partition("</li>")[0]
        number = path.read_text(encoding="utf-8").count("skos:inScheme")
        assert f"{number} concepts" in listed, path.stem
    assert f"Version {history.current_version()}" in words(html)


# -- terms -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_term_has_a_page_with_its_definition(language: str, served: Served) -> None:
    for iri, term in vocabulary(language).terms.items():
        html = page(served, term.path.removeprefix("/"), language)
        assert f'<html lang="{language}">' in html
        assert term.definition in html
        assert f"<code>{iri}</code>" in html.replace("<wbr>", "")


@pytest.mark.parametrize(
    ("path", "other", "said"),
    [
        ("ontology/term/Figure", "/ontology/term/unit", "must exactly one concept of the scheme “units”"),
        ("ontology/term/Figure", "/ontology/term/value", "must exactly one number"),
        ("ontology/term/Period", "/ontology/term/latest", "may at most one date"),
        ("ontology/term/Hub", "/ontology/term/hubKind", "must at least one concept of the scheme “kinds"),
        ("ontology/term/Service", f"{SKOS.prefLabel}", "should at least one text in English"),
        ("ontology/term/Disagreement", "/ontology/term/rival", "must at least 2 things of the class “rival version”"),
        ("ontology/term/Municipality", "/ontology/term/within", "as any thing of place"),
        ("ontology/term/unit", "/ontology/term/Figure", "must exactly one concept of the scheme “units”"),
        ("ontology/term/earliest", "/ontology/term/Period", "not beyond the value of “latest day”"),
    ],
)  # fmt: skip
def test_what_is_asked_is_told_in_words(path: str, other: str, said: str, served: Served) -> None:
    html = page(served, path)
    row = " ".join(
        words(piece.partition("</dd>")[0])
        for piece in html.split('<div class="fact">')[1:]
        if f'href="{other}"' in piece.partition("</dt>")[0]
    )
    assert said in row


def test_the_words_are_italian_on_an_italian_page(served: Served) -> None:
    assert "obbligatorio esattamente una voce dello schema «unità»" in words(page(served, "ontology/term/Figure", "it"))


def test_a_terms_page_lists_the_questions_that_use_it_and_things_of_the_release(served: Served) -> None:
    html = page(served, "ontology/term/openingHours", "it")
    assert 'href="/questions/cq02">Quali orari hanno gli spazi del distretto?' in html
    assert "/questions/cq27" not in html
    hubs = page(served, "ontology/term/Hub")
    shown = re.findall(r'href="(/id/[^"]+/hub/[^"]+)"', hubs)
    assert len(shown) == 5
    query = "SELECT (COUNT(DISTINCT ?h) AS ?n) { ?h a pr:Hub }"
    number = client(served.url).get("sparql", params={"query": query, "format": "csv"}).text.split()[1]
    assert f"{number} things of the current release" in words(hubs)


def test_a_class_tells_its_kinds_and_what_leads_to_it(served: Served) -> None:
    html = page(served, "ontology/term/Place")
    assert re.search(r"Has the kinds.*?href=\"/ontology/term/Quarter\"", html, re.DOTALL)
    assert re.search(r'What leads here.*?href="/ontology/term/locatedIn".*?href="/ontology/term/Hub"', html, re.DOTALL)
    assert re.search(r'Is a kind of.*?href="/ontology/term/Place"', page(served, "ontology/term/Quarter"), re.DOTALL)


def test_what_a_term_is_to_those_of_others_is_told(made: Vocabulary, served: Served) -> None:
    [tie] = termpages.alignments(made, PR + "New")
    assert (tie.relation, tie.name, tie.label) == ("close", "schema:Thing", "Thing")
    said = [(iri, tie) for iri in TERMS for tie in termpages.alignments(vocabulary("en"), iri)]
    for iri, tie in said[:5]:
        assert f'<a href="{tie.path}"' in page(served, TERMS[iri].path.removeprefix("/"))


def test_an_address_without_a_prefix_is_told_shortly() -> None:
    assert short_name("https://example.org/a/b/c/d") == "example.org/…/c/d"
    assert prefixes()["pr"] == PR


def test_a_deprecated_term_keeps_its_page_and_names_its_replacement(made: Vocabulary) -> None:
    found = termpages.term_page(made, constraints(made), PR + "Old")
    assert found.term.deprecated
    shared = {"t": lambda key, **values: texts("en", key, **values), "lang": "en", "path": "/", "statuses": ()}
    html = templates.get_template("term.html").render(
        **shared, page=found, module=None, use=None, formats=[], title="", status=200, other_language_url="/"
    )
    notice = html.partition('<div class="claimed"')[2].partition("</div>")[0]
    assert "no longer used" in notice
    assert '<a href="/ontology/term/New">new</a>' in notice
    assert "The old one." in html
    index = templates.get_template("ontology_macros.html").make_module(shared).term_rows([made.terms[PR + "Old"]], True)
    assert 'id="Old"' in index
    assert "deprecated" in words(index)
    assert not termpages.term_page(made, constraints(made), PR + "New").term.deprecated


# -- what is asked, on made-up shapes --------------------------------------------------------------------------


def test_severities_are_told_as_must_should_and_may(made: Vocabulary) -> None:
    tie, date = constraints(made).of_class(PR + "Sort")
    assert [(said.strength, said.words, said.reason) for said in tie.statements] == [
        ("must", "at least 2 things of the class “{link}”", None),
        ("should", "at least 3 things of the class “{link}”", "Three are better."),
    ]
    [said] = date.statements
    assert (said.strength, said.words, said.details) == ("may", "at most one date", ["2030-01-01 or less"])


# -- RDF -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", RDF_FORMATS)
@pytest.mark.parametrize(
    ("path", "absent"),
    [
        ("ontology", None),
        ("ontology/hub", "Place"),
        ("ontology/term/Hub", "Place"),
        ("ontology/0.1.0", None),
        ("ontology/hub/0.1.0", "Place"),
        (f"ontology/{history.current_version()}", None),
        (f"ontology/hub/{history.current_version()}", "Place"),
    ],
)
def test_machines_get_rdf_of_what_the_address_names(path: str, absent: str | None, accept: str, served: Served) -> None:
    response = client(served.url).get(path, headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(accept)
    found = Graph().parse(data=response.text, format=RDF_FORMATS[accept])
    assert (URIRef(PR + "Hub"), RDF.type, OWL.Class) in found
    assert found.value(URIRef(PR + "Hub"), SKOS.definition)
    assert ((URIRef(PR + "Place"), RDF.type, OWL.Class) in found) is (absent is None)


def test_every_version_iri_of_the_files_resolves(served: Served) -> None:
    whole = (triple for path in ontology_files() for triple in triples(path))
    said = {text_of(triple.object) for triple in whole if triple.predicate.value == str(OWL.versionIRI)}
    assert len(said) >= 8
    for iri in said:
        for accept in (BROWSER, "text/turtle"):
            response = client(served.url).get(iri.removeprefix(ROOT), headers={"Accept": accept})
            assert response.status_code == 200, iri


@pytest.mark.parametrize("path", ["none", "term/None", "9.9.9", "hub/9.9.9", "none/0.1.0", "term", "hub/x", "prossima"])
def test_what_is_not_in_the_ontology_is_404(path: str, served: Served) -> None:
    for accept in (BROWSER, "text/turtle"):
        assert client(served.url).get(f"ontology/{path}", headers={"Accept": accept}).status_code == 404


# -- modules and diagrams --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_modules_page_has_its_diagram_its_terms_and_what_it_builds_on(language: str, served: Served) -> None:
    for name, module in vocabulary(language).modules.items():
        html = page(served, f"ontology/{name}", language)
        assert module.definition in html
        for other in module.imports:
            if other != f"{ROOT}ontology":
                assert f'href="{other.removeprefix(ROOT.rstrip("/"))}"' in html
        if not module.classes:
            continue
        drawing = html.partition('<svg class="drawing"')[2].partition("</svg>")[0]
        assert "<title id=" in drawing
        for term in module.classes:
            assert f'href="{term.path}"' in drawing
            assert f">{term.label}</text>" in drawing
        for term in [*module.classes, *module.properties]:
            assert f'<a href="{term.path}">{term.label}</a>' in html


def test_the_overview_draws_every_module(served: Served) -> None:
    drawing = page(served, "ontology").partition('<svg class="drawing"')[2].partition("</svg>")[0]
    for module in MODULES:
        assert f'href="{module.path}"' in drawing
        assert f">{module.label}</text>" in drawing


def test_a_diagram_ties_classes_by_kind_and_by_property(made: Vocabulary) -> None:
    dot = diagrams.diagrams(made)["made"]
    assert re.search(r'"New" -> "Sort" \[class=kind, dir=back, arrowtail=empty\]', dot)
    assert re.search(r'"New" -> "Sort" \[class=link, .*?HREF="/ontology/term/tie"', dot)
    assert 'HREF="/ontology/term/New"' in dot
    built = {path.name for path in (HERE / "static" / "diagrams").glob("*.svg")}
    drawn = {f"{name}.{language}.svg" for language in LANGUAGES for name in diagrams.diagrams(vocabulary(language))}
    assert drawn == built


# -- schemes ---------------------------------------------------------------------------------------------------


def test_concepts_stand_as_a_tree_with_what_they_match(made: Vocabulary) -> None:
    found = schemes.concepts(made, SCHEME + "s")
    assert [(concept.label, concept.depth) for concept in found] == [("a", 0), ("z", 1), ("b", 0)]
    assert [(tie.relation, tie.path) for tie in found[1].mappings] == [("exact", "https://example.org/z")]


def test_a_schemes_page_lists_its_concepts_under_what_holds_them(served: Served) -> None:
    html = page(served, "scheme/hub-kind")
    assert '<a href="/ontology/term/hubKind">' in html
    rows = dict(re.findall(r'<tr id="([^"]+)">.*?branch branch-(\d)', html, re.DOTALL))
    assert (rows["community-hub"], rows["social-lab"]) == ("0", "1")
    assert list(rows).index("social-lab") > list(rows).index("community-hub")
    assert "Neighbourhood space of the network of Laboratori Sociali" in html
    for path in scheme_files():
        assert vocabulary("en").words.label(SCHEME + path.stem) in page(served, f"scheme/{path.stem}")


# -- versions --------------------------------------------------------------------------------------------------

BEFORE = """
pr:Kept a owl:Class ; rdfs:label "kept"@en ; skos:definition "As it was."@en .
pr:Gone a owl:Class . pr:Left a owl:Class ; owl:deprecated true . pr:Same a owl:Class ; skos:example "x" .
pr:Tired a owl:Class .
"""
AFTER = """
pr:Kept a owl:Class ; rdfs:label "kept"@en ; skos:definition "As it is."@en ; rdfs:subClassOf pr:Same .
pr:Come a owl:Class . pr:Same a owl:Class ; skos:example "x" .
pr:Tired a owl:Class ; owl:deprecated true ; dcterms:isReplacedBy pr:Come .
"""


def test_what_changed_between_two_versions_is_told_term_by_term() -> None:
    found = history.compare(graph(BEFORE), graph(AFTER))
    assert (found.added, found.removed, found.deprecated) == (["Come"], ["Gone", "Left"], ["Tired"])
    assert set(found.changed) == {"Kept", "Tired"}
    assert found.changed["Kept"] == [
        history.Change(str(RDFS.subClassOf), [], [("pr:Same", None)]),
        history.Change(str(SKOS.definition), [("As it was.", "en")], [("As it is.", "en")]),
    ]


def test_a_term_that_goes_without_having_been_deprecated_is_found() -> None:
    assert history.removed_without_deprecation(graph(BEFORE), graph(AFTER)) == ["Gone"]
    assert history.dropped_terms() == []


def test_kept_versions_are_whole_and_written_always_alike(tmp_path: Path) -> None:
    assert "0.1.0" in history.snapshots()
    assert len(history.named_terms(Graph().parse(history.snapshots()["0.1.0"]))) == 125
    for number, path in history.snapshots().items():
        text = path.read_text(encoding="utf-8")
        assert history.snapshot([path]) == text
        kept = Graph().parse(path)
        assert (URIRef(ROOT + "ontology"), OWL.versionInfo, Literal(number)) in kept


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_history_shows_every_version_newest_first(language: str, served: Served) -> None:
    html = page(served, "ontology/history", language)
    numbers = re.findall(r'<h2 id="v([^"]+)"', html)
    assert numbers == [version.number for version in history.versions()]
    assert numbers[-1] == "0.1.0"
    assert numbers[0] == history.current_version()
    newest = history.versions()[0]
    if newest.changes:
        section = html.partition(f'id="v{newest.number}"')[2].partition("</section>")[0]
        for local in [*newest.changes.added, *newest.changes.changed]:
            assert f"pr:{local}" in section or f'href="/ontology/term/{local}"' in section


# -- texts -----------------------------------------------------------------------------------------------------


def test_every_text_of_these_pages_is_used() -> None:
    """Keys that end in a name found at run time count by their beginning."""
    files = [*HERE.glob("*.py"), *(HERE / "templates").glob("*.html")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    begun = tuple(re.findall(r"""["'](ontology\.[a-z_.]+[._])(?:["']|\{)""", code))
    named = set(re.findall(r"""["'](ontology\.[a-z_.A-Z]+)["']""", code))
    keys = {key for key in TEXTS if key.startswith("ontology.")}
    assert {key for key in keys - named if not key.startswith(begun)} == set()
    assert {key for key in named - keys if not key.endswith((".", "_", ".html"))} == set()
