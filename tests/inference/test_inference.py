"""What follows from the data: as a full OWL 2 RL reasoner would have it, in the terms of others, with its reasons."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
import reasonable
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, QueryBoolean, QuerySolutions, Store, Triple
from rdflib import Graph, URIRef
from rdflib import Literal as Text

from prossima import district, inference
from prossima.releases import Release, merge
from prossima.searchtext import SEARCH_TEXT, folded
from prossima.statements import Contribution
from prossima.vocabulary import (
    INFERRED,
    OWL,
    PR,
    PREFIXES,
    RDF,
    RDFS,
    SCHEME,
    SKOS,
    XSD,
    ontology_files,
    text_of,
    triples,
)
from tests.conftest import BOLOGNA, PAVIA, TORINO

DEFAULT = DefaultGraph()
# What the standard's rules say and ours do not: see the module's docstring.
NOTHING_SAID = {OWL + name for name in ("Thing", "Nothing", "Class")} | {RDFS + "Resource", OWL + "sameAs"}
CV, PUBLIC_SERVICE = PREFIXES["cv"], PREFIXES["cpsv"] + "PublicService"
OF_OUR_OWN = {"located-in", "managed-by", "public-body", "public-service"}


def held(triples: Iterable[Triple]) -> Store:
    store = Store()
    store.extend(Quad(t.subject, t.predicate, t.object, DEFAULT) for t in triples)
    return store


def default_graph(store: Store) -> set[Triple]:
    return {quad.triple for quad in store.quads_for_pattern(None, None, None, DEFAULT)}


def reasoned(triples: Iterable[Triple]) -> set[tuple[str, str, str]]:
    """What `reasonable` makes of triples, itself included, without what it says of everything."""
    graph = Graph()
    for t in triples:
        target = URIRef(t.object.value) if isinstance(t.object, NamedNode) else Text(text_of(t.object))
        graph.add((URIRef(text_of(t.subject)), URIRef(t.predicate.value), target))
    reasoner = reasonable.PyReasoner()
    reasoner.from_graph(graph)
    return {(str(s), str(p), str(o)) for s, p, o in reasoner.reason() if said((str(s), str(p), str(o)))}


def said(triple: tuple[str, str, str]) -> bool:
    subject, predicate, target = triple
    below_itself = subject == target and predicate in {RDFS + "subClassOf", RDFS + "subPropertyOf"}
    return not below_itself and not {subject, predicate, target} & NOTHING_SAID


def texts(triples: Iterable[Triple]) -> set[tuple[str, str, str]]:
    found = {(text_of(t.subject), t.predicate.value, text_of(t.object)) for t in triples}
    return {triple for triple in found if said(triple)}


@pytest.fixture(scope="module")
def districts() -> Store:
    store = Store()
    said = Contribution()
    for folder in (PAVIA, TORINO, BOLOGNA):
        said.extend(district.read(folder))
    merge.load(store, said)
    return held(default_graph(store))


def generated(count: int, seed: int = 7) -> set[Triple]:
    """Random statements in our terms, their values things or literals as the ranges want; with the ontology."""
    ontology = {triple for path in ontology_files() for triple in triples(path)}
    ours = sorted({text_of(t.subject) for t in ontology if text_of(t.subject).startswith(PR)})
    kinds = {text_of(t.subject): text_of(t.object) for t in ontology if t.predicate == RDF("type")}
    classes = [iri for iri in ours if kinds[iri] == OWL + "Class"]
    properties = [iri for iri in ours if kinds[iri] == OWL + "ObjectProperty"]
    drawn = random.Random(seed)
    things = [NamedNode(f"https://example.org/{number}") for number in range(count // 8)]
    made = set()
    while len(made) < count:
        thing = drawn.choice(things)
        if drawn.random() < 0.3:
            made.add(Triple(thing, RDF("type"), NamedNode(drawn.choice(classes))))
        else:
            # Not a chain through all things: its closure would be their square.
            other = things[(things.index(thing) + drawn.randrange(1, 4)) // 6 * 6 % len(things)]
            made.add(Triple(thing, NamedNode(drawn.choice(properties)), other))
    return made | ontology


@pytest.mark.parametrize("source", ["kb", "10,000 generated"])
def test_the_rules_say_what_a_full_reasoner_says(source: str, districts: Store) -> None:
    start = default_graph(districts) if source == "kb" else generated(10_000)
    store = held(start)
    found = inference.closure(store)
    assert len(found) > 2_000
    whole = held(start | found)
    ends = {PR + "locatedIn", PR + "managedBy", CV + "hasCompetentAuthority", CV + "PublicOrganisation", PUBLIC_SERVICE}
    by_us = {t for t in found if {t.predicate.value, text_of(t.object)} & ends}
    by_us = {t for t in by_us if {reason.rule.name for reason in inference.reasons(whole, t)} & OF_OUR_OWN}
    theirs, ours = reasoned(start | by_us), texts({t for t in start | found if t.predicate != SEARCH_TEXT})
    assert sorted(theirs - ours)[:5] == []
    assert sorted(ours - theirs)[:5] == []


def test_axioms_are_closed_those_of_a_district_with_ours() -> None:
    own, inside = NamedNode("https://example.org/Lab"), NamedNode("https://example.org/inside")
    start = {triple for path in ontology_files() for triple in triples(path)}
    start |= {Triple(own, RDFS("subClassOf"), PR("Municipality")), Triple(inside, RDFS("subPropertyOf"), PR("within"))}
    found = inference.axioms(held(start))
    feature = NamedNode(PREFIXES["geo"] + "Feature")
    assert Triple(own, RDFS("subClassOf"), feature) in found
    here, there = NamedNode("https://example.org/1"), NamedNode("https://example.org/2")
    follows = inference.closure(held({*start, Triple(here, inside, there)}))
    assert Triple(here, NamedNode(PREFIXES["geo"] + "sfWithin"), there) in follows
    assert not [t for t in found if t.subject == t.object]


def test_a_public_body_answers_for_the_service_it_offers() -> None:
    town, service = NamedNode("https://example.org/town"), NamedNode("https://example.org/service")
    form = SCHEME("legal-form/municipality")
    start = {
        Triple(town, RDF("type"), PR("Organisation")), Triple(town, PR("legalForm"), form),
        Triple(form, NamedNode(PREFIXES["skos"] + "broader"), SCHEME("legal-form/public-body")),
        Triple(service, RDF("type"), PR("Service")), Triple(service, PR("offeredBy"), town),
    }  # fmt: skip
    found = inference.closure(held(start))
    assert Triple(service, RDF("type"), NamedNode(PREFIXES["cpsv"] + "PublicService")) in found
    assert Triple(service, NamedNode(PREFIXES["cv"] + "hasCompetentAuthority"), town) in found


def test_a_role_that_ended_leaves_no_manager() -> None:
    hub, role, org, period = (NamedNode(f"https://example.org/{name}") for name in ("h", "r", "o", "t"))
    start = {
        Triple(hub, RDF("type"), PR("Hub")), Triple(role, PR("target"), hub), Triple(role, PR("holder"), org),
        Triple(role, PR("roleKind"), SCHEME("role-kind/manager")), Triple(role, PR("period"), period),
    }  # fmt: skip
    managed = Triple(hub, PR("managedBy"), org)
    assert managed in inference.closure(held(start))
    ended = Triple(period, PR("latest"), Literal("2020-12-31", datatype=XSD("date")))
    assert managed not in inference.closure(held(start | {ended}))


QUERIES = {
    "ORG": "SELECT ?it { ?it a org:Organization ; org:classification ?form ; skos:prefLabel ?name }",
    "schema.org": "SELECT ?it { ?it a schema:Event ; schema:organizer ?who ; schema:location ?where }",
    "schema.org, money": "SELECT ?it { ?it a schema:MonetaryGrant ; schema:funder ?who ; schema:fundedItem ?what }",
    "CPSV-AP": "SELECT ?it { ?it cv:thematicArea ?area ; skos:prefLabel ?name . ?area skos:broadMatch ?subject }",
    "CPOV": "SELECT ?it { ?it a cv:PublicOrganisation ; skos:prefLabel ?name }",
    "GeoSPARQL": "SELECT ?it { ?it a geo:Feature ; geo:sfWithin ?wider }",
    "DCAT": "SELECT ?it { ?it dcterms:temporal [ dcat:startDate ?from ; dcat:endDate ?to ] }",
    "OntoPiA": "SELECT ?it { ?it a it-ro:TimeIndexedRole ; it-ro:isRoleInTimeOf ?who ; it-ro:withRole ?role }",
}


@pytest.mark.parametrize("words", QUERIES)
def test_a_query_in_the_terms_of_others_answers_on_our_data(words: str, release: Release) -> None:
    prefixes = PREFIXES | {"it-ro": "https://w3id.org/italia/onto/RO/"}
    found = release.store().query(QUERIES[words], prefixes=prefixes)
    assert isinstance(found, QuerySolutions)
    assert len(list(found)) > 5


def test_each_inferred_fact_has_a_rule_and_premises_that_are_held(release: Release) -> None:
    store = release.store()
    inferred = [quad.triple for quad in store.quads_for_pattern(None, None, None, INFERRED)]
    among_axioms = [t for t in inferred if inference.is_axiom(t)]
    assert 0 < len(among_axioms) < 60
    by_rules = (t for t in inferred if not inference.is_axiom(t) and t.predicate != SEARCH_TEXT)
    facts = sorted(by_rules, key=str)
    for triple in random.Random(1).sample(facts, 300):
        reasons = inference.reasons(store, triple)
        assert reasons, triple
        for reason in reasons:
            for premise in reason.premises:
                held_too = store.query(f"ASK {{ {premise} }}")
                assert isinstance(held_too, QueryBoolean)
                assert held_too, premise


def test_nothing_inferred_has_a_blank_node_or_says_what_is_asserted(release: Release) -> None:
    store = release.store()
    for quad in store.quads_for_pattern(None, None, None, INFERRED):
        assert not isinstance(quad.subject, BlankNode)
        assert not isinstance(quad.object, BlankNode)
        assert Quad(quad.subject, quad.predicate, quad.object, DEFAULT) in store


def renewed(start: set[Triple], change: set[Triple], gone: set[Triple] = frozenset()) -> Store:  # type: ignore[assignment]
    """A store with what follows from `start`, brought up to date after a change; nothing inferred is asserted."""
    store = held(start)
    found = inference.closure(store)
    store.extend(Quad(t.subject, t.predicate, t.object, graph) for t in found for graph in (DEFAULT, INFERRED))
    for t in gone:
        store.remove(Quad(t.subject, t.predicate, t.object, DEFAULT))
    store.extend(Quad(t.subject, t.predicate, t.object, DEFAULT) for t in change)
    assert inference.renew(store, change | gone, lambda triple: triple in start - gone) is not None
    return store


def test_the_end_of_a_role_told_on_its_period_reaches_the_hub() -> None:
    hub, role, org, period = (NamedNode(f"https://example.org/{name}") for name in ("h", "r", "o", "t"))
    start = {
        Triple(hub, RDF("type"), PR("Hub")), Triple(role, PR("target"), hub), Triple(role, PR("holder"), org),
        Triple(role, PR("roleKind"), SCHEME("role-kind/manager")), Triple(role, PR("period"), period),
    }  # fmt: skip
    ended = Triple(period, PR("latest"), Literal("2020-12-31", datatype=XSD("date")))
    assert Triple(hub, PR("managedBy"), org) not in default_graph(renewed(start, {ended}))
    assert Triple(hub, PR("managedBy"), org) in default_graph(renewed(start | {ended}, set(), {ended}))


def test_a_label_leaves_the_closed_axioms_of_its_term() -> None:
    own = NamedNode("https://example.org/Parish")
    start = {triple for path in ontology_files() for triple in triples(path)}
    start |= {Triple(own, RDFS("subClassOf"), PR("Organisation"))}
    body = Triple(own, RDFS("subClassOf"), NamedNode(PREFIXES["org"] + "Organization"))
    after = default_graph(renewed(start, {Triple(own, RDFS("label"), Literal("p"))}))
    assert body in after


# -- the text for searching ------------------------------------------------------------------------------------


def named(thing: NamedNode, *texts: tuple[str, str, str]) -> set[Triple]:
    return {Triple(thing, NamedNode(PREFIXES[p] + n), Literal(text, language="it")) for p, n, text in texts}


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Città dell’Uomo", "citta dell'uomo"),
        ("PERCHÉ  «sì»\n", 'perche "si"'),
        ("perche´ perche`", "perche' perche'"),
        ("Straße Łódź Ærø œuvre Đ", "strasse lodz aero oeuvre d"),
        ("e\u0301", "e"),
        ("Ω ж 日本", "ω ж 日本"),
        ("", ""),
    ],
)
def test_a_text_is_folded(text: str, plain: str) -> None:
    assert folded(text) == plain
    assert folded(plain) == plain


def test_the_text_for_searching_has_the_names_first_and_each_text_once() -> None:
    thing = NamedNode("https://example.org/1")
    said = named(thing, ("dcterms", "description", "Un Bar"), ("skos", "altLabel", "Là"), ("skos", "prefLabel", "Qui"))
    said |= {Triple(thing, SKOS("note"), Literal("un bar", language="en"))}
    found = inference.closure(held(said))
    assert Triple(thing, SEARCH_TEXT, Literal("qui | la | un bar")) in found
    assert not [t for t in inference.closure(held(named(thing, ("dcterms", "description", "x")))) if t in found]


CHANGES = {
    "changed": (("skos", "prefLabel", "Altrove"), ("skos", "prefLabel", "Qui")),
    "added": (("skos", "altLabel", "Là"), None),
    "removed, and no name is left": (None, ("skos", "prefLabel", "Qui")),
    "described": (("dcterms", "description", "Un posto"), None),
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_text_for_searching_follows_each_change_as_a_fresh_load_has_it(what: str) -> None:
    thing, other = NamedNode("https://example.org/1"), NamedNode("https://example.org/2")
    came, went = (named(thing, said) if said else set() for said in CHANGES[what])
    start = named(thing, ("skos", "prefLabel", "Qui")) | named(other, ("dcterms", "title", "Altro"))
    start |= {triple for path in ontology_files() for triple in triples(path)}
    after = (start | came) - went
    kept = default_graph(renewed(start, came, went))
    assert kept == after | inference.closure(held(after))
    found = [text_of(t.object) for t in kept if t.subject == thing and t.predicate == SEARCH_TEXT]
    assert len(found) == (0 if what.startswith("removed") else 1)


def test_the_names_that_are_inferred_count_too() -> None:
    thing, nick = NamedNode("https://example.org/1"), NamedNode("https://example.org/nick")
    start = named(thing, ("skos", "prefLabel", "Qui"))
    start |= {Triple(nick, RDFS("subPropertyOf"), SKOS("altLabel"))}
    came = {Triple(thing, nick, Literal("Là", language="it"))}
    text = Triple(thing, SEARCH_TEXT, Literal("qui | la"))
    assert text in inference.closure(held(start | came))
    assert text in default_graph(renewed(start, came))
    assert Triple(thing, SEARCH_TEXT, Literal("qui")) not in default_graph(renewed(start, came))
    assert inference.reasons(renewed(start, came), text) == []
