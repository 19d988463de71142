"""The ontology, its schemes and its shapes: complete in both languages, in step with each other and with the data."""

from __future__ import annotations

import json
from functools import cache

import pytest
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store

from prossima import district
from prossima.problems import checks
from prossima.tables import Schema, shipped_schemas
from prossima.validation.checks import KEPT_DATATYPES
from prossima.vocabulary import (
    OWL,
    PR,
    PREFIXES,
    RDF,
    RDFS,
    SCHEME,
    SH,
    SHAPES,
    SKOS,
    expand,
    knowledge,
    ontology_files,
    scheme_files,
    shape_files,
    triples,
)  # fmt: skip
from tests.conftest import PAVIA, REPOSITORY, TORINO

# Terms that nothing uses yet, each with its reason.
UNUSED: dict[str, str] = {}


@cache
def vocabulary() -> Store:
    store = Store()
    for path in [*ontology_files(), *scheme_files()]:
        store.extend(Quad(t.subject, t.predicate, t.object) for t in triples(path))
    return store


@cache
def shapes() -> Store:
    store = Store()
    for path in shape_files():
        store.extend(Quad(t.subject, t.predicate, t.object) for t in triples(path))
    return store


@cache
def said() -> frozenset[tuple[str, str | None]]:
    """(predicate, class it gives when it is rdf:type) of every statement of the two districts."""
    found = set()
    for folder in (PAVIA, TORINO):
        for statement in district.read(folder).statements:
            triple = statement.triple
            kind = triple.object.value if triple.predicate == RDF("type") else None
            found.add((triple.predicate.value, kind))
    return frozenset(found)


def objects(store: Store, subject: str, predicate: NamedNode) -> list[object]:
    return [quad.object for quad in store.quads_for_pattern(NamedNode(subject), predicate, None, DefaultGraph())]


def subjects(store: Store, predicate: NamedNode, target: NamedNode) -> list[str]:
    return sorted(q.subject.value for q in store.quads_for_pattern(None, predicate, target, DefaultGraph()))


def terms() -> list[str]:
    kinds = ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
    found = {iri for kind in kinds for iri in subjects(vocabulary(), RDF("type"), OWL(kind))}
    return sorted(iri for iri in found if iri.startswith(PR))


def languages(store: Store, subject: str, predicate: NamedNode) -> list[str | None]:
    return sorted(
        t.language or "" for t in objects(store, subject, predicate) if isinstance(t, Literal) and t.value.strip()
    )


@pytest.mark.parametrize("iri", terms(), ids=lambda iri: iri.removeprefix(PR))
def test_a_term_is_labelled_and_defined_in_both_languages(iri: str) -> None:
    assert languages(vocabulary(), iri, RDFS("label")) == ["en", "it"]
    assert languages(vocabulary(), iri, SKOS("definition")) == ["en", "it"]
    [module] = objects(vocabulary(), iri, RDFS("isDefinedBy"))
    assert objects(vocabulary(), module.value, RDF("type")) == [OWL("Ontology")]
    assert objects(vocabulary(), iri, NamedNode(expand("vs:term_status")))


def test_no_two_terms_share_a_definition() -> None:
    seen: dict[str, str] = {}
    for iri in terms():
        for definition in objects(vocabulary(), iri, SKOS("definition")):
            assert definition.value not in seen, f"{iri} and {seen.get(definition.value)}"
            seen[definition.value] = iri


def test_every_concept_is_labelled_defined_and_in_its_scheme() -> None:
    concepts = subjects(vocabulary(), RDF("type"), SKOS("Concept"))
    assert len(concepts) > 200
    for iri in concepts:
        scheme, _, slug = iri.rpartition("/")
        assert [s.value for s in objects(vocabulary(), iri, SKOS("inScheme"))] == [scheme], iri
        assert [n.value for n in objects(vocabulary(), iri, SKOS("notation"))] == [slug], iri
        assert languages(vocabulary(), iri, SKOS("prefLabel")) == ["en", "it"], iri
        assert languages(vocabulary(), iri, SKOS("definition")) == ["en", "it"], iri
        for broader in objects(vocabulary(), iri, SKOS("broader")):
            assert broader.value in concepts, iri


def test_every_class_that_is_used_has_a_shape() -> None:
    targets = {q.object.value for q in shapes().quads_for_pattern(None, SH("targetClass"), None, DefaultGraph())}
    used = {kind for predicate, kind in said() if kind and kind.startswith(PR)}
    above = {
        q.subject.value: q.object.value
        for q in vocabulary().quads_for_pattern(None, RDFS("subClassOf"), None, DefaultGraph())
    }
    unshaped = {kind for kind in used if kind not in targets and above.get(kind) not in targets}
    assert unshaped <= {PR + "Remark"}


def test_every_shaped_path_and_target_is_defined() -> None:
    defined = {q.subject.value for q in vocabulary()}
    for predicate in ("path", "targetClass", "class"):
        for quad in shapes().quads_for_pattern(None, SH(predicate), None, DefaultGraph()):
            if quad.object.value.startswith(PR):
                assert quad.object.value in defined, quad


def test_every_property_shape_speaks_both_languages() -> None:
    for quad in shapes().quads_for_pattern(None, SH("path"), None, DefaultGraph()):
        iri = quad.subject.value
        assert iri.startswith(SHAPES), "a property shape without an IRI of its own"
        assert languages(shapes(), iri, SH("name")) == ["en", "it"], iri
        assert languages(shapes(), iri, SH("message")) == ["en", "it"], iri


def test_every_check_says_what_and_how_to_mend_in_both_languages_and_is_used() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "endpoint").rglob("*.py"))
    for name, check in checks().items():
        assert set(check.message) == set(check.remedy) == {"it", "en"}, name
        assert f'"{name}"' in code, f"no code reports {name}"


def test_every_term_the_data_use_is_defined() -> None:
    defined = {q.subject.value for q in vocabulary()}
    standard = tuple(PREFIXES[p] for p in ("rdf", "rdfs", "dcat", "dcterms"))
    used = {predicate for predicate, _ in said()} | {kind for _, kind in said() if kind}
    assert {iri for iri in used if iri not in defined and not iri.startswith(standard)} == set()


def test_no_term_is_unused_without_a_reason() -> None:
    in_data = {predicate for predicate, _ in said()} | {kind for _, kind in said() if kind}
    in_tables = {c.property for p in shipped_schemas().values() for c in Schema.read(p).columns if c.property}
    in_tables |= {c.value for p in shipped_schemas().values() for c in Schema.read(p).columns if c.value}
    files = [*(knowledge() / "ontology" / "rules").glob("*.rq"), *(knowledge() / "ontology" / "tables").glob("*.json")]
    texts = "\n".join(p.read_text(encoding="utf-8") for p in files)
    code = "\n".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "endpoint" / "prossima").glob("*.py"))
    unused = set()
    for iri in terms():
        local = iri.removeprefix(PR)
        above = {
            q.subject.value for q in vocabulary().quads_for_pattern(None, RDFS("subClassOf"), NamedNode(iri), None)
        }
        mentioned = f"pr:{local}" in texts or local in texts or f'PR("{local}")' in code
        if iri not in in_data and iri not in in_tables and not above & in_data and not mentioned:
            unused.add(local)
    assert unused == UNUSED.keys(), "give a reason, or take a stale one out"


def test_tables_make_only_defined_properties_and_existing_schemes() -> None:
    defined = {q.subject.value for q in vocabulary()} | {RDF + "type", expand("dcterms:isReplacedBy")}
    schemes = {iri.removeprefix(SCHEME) for iri in subjects(vocabulary(), RDF("type"), SKOS("ConceptScheme"))}
    for iri, path in shipped_schemas().items():
        described = json.loads(path.read_text(encoding="utf-8"))
        assert described["@id"] == iri
        for column in described["columns"]:
            if not column.get("virtual"):
                assert set(column["titles"]) == {"it", "en"}, column["name"]
            if property_ := column.get("propertyUrl"):
                assert property_ in defined, column["name"]
            value = column.get("valueUrl", "")
            if value.startswith(SCHEME) and "{+topic}" not in value:
                assert value.removeprefix(SCHEME).split("/")[0] in schemes, column["name"]


def test_the_districts_make_no_blank_node_and_only_datatypes_that_last() -> None:
    for folder in (PAVIA, TORINO):
        for statement in district.read(folder).statements:
            subject, term = statement.triple.subject, statement.triple.object
            assert not isinstance(subject, BlankNode)
            assert not isinstance(term, BlankNode)
            if isinstance(term, Literal):
                assert term.datatype.value in KEPT_DATATYPES


def test_the_json_ld_context_names_every_term() -> None:
    context = json.loads((knowledge() / "ontology" / "context.jsonld").read_text(encoding="utf-8"))["@context"]
    named = {value["@id"] if isinstance(value, dict) else value for value in context.values() if value != 1.1}
    assert {iri.replace(PR, "pr:") for iri in terms()} <= named


def test_modules_import_only_downward() -> None:
    imports = {}
    for path in ontology_files():
        iri = f"https://w3id.org/prossima/ontology/{path.stem}"
        imports[path.stem] = {o.value.rpartition("/")[2] for o in objects(vocabulary(), iri, OWL("imports"))}
    order = ["core", "place", "partnership", "hub", "project", "service", "evidence"]
    for position, module in enumerate(order):
        assert imports[module] <= set(order[:position]), module
