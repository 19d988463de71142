"""The ontology, its schemes, its shapes and its context: complete in both languages, in step with one another
and with what the tables make."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from pyld import jsonld
from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib import Graph

import prossima
from prossima import district
from prossima.problems import checks
from prossima.tables import Schema, shipped_schemas
from prossima.validation.checks.form import KEPT_DATATYPES
from prossima.validation.reach import shapes_of
from prossima.vocabulary import (
    DCTERMS,
    OWL,
    PR,
    RDF,
    RDFS,
    ROOT,
    SCHEME,
    SH,
    SHAPES,
    SKOS,
    knowledge,
    ontology_files,
    scheme_files,
    shape_files,
    text_of,
    triples,
)
from tests.conftest import BOLOGNA, PAVIA, TORINO

STATUS = NamedNode("http://www.w3.org/2003/06/sw-vocab-status/ns#term_status")
BOTH = {"it", "en"}
MAPPINGS = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
KINDS = {OWL + name for name in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")}
# Terms of ours that no table makes and no district has said yet, and why they are there all the same.
UNUSED = {
    "Evidence": "a release says it of each evidence graph",
    "Origin": "a release says it of each table and file",
    "checksum": "a release says it of each file",
    "confidence": "a release says it of each evidence graph",
    "contributorRole": "a release says it of each table and file",
    "origin": "a release says it of each evidence graph",
    "sourceScope": "a release says it of each evidence graph",
    "managedBy": "the rules infer it from roles",
    "searchText": "it is inferred from all texts of a thing",
}


def values(found: dict[str, list[NamedNode | Literal]], predicate: NamedNode) -> list[NamedNode | Literal]:
    return found.get(predicate.value, [])


def languages(terms: list[NamedNode | Literal]) -> set[str]:
    return {term.language for term in terms if isinstance(term, Literal) and term.language and term.value.strip()}


def described(paths: list[Path]) -> dict[str, dict[str, list[NamedNode | Literal]]]:
    """What files say: subject -> predicate -> objects."""
    found: dict[str, dict[str, list[NamedNode | Literal]]] = defaultdict(lambda: defaultdict(list))
    for path in paths:
        for triple in triples(path):
            found[text_of(triple.subject)][triple.predicate.value].append(triple.object)  # type: ignore[arg-type]
    return found


ONTOLOGY, SCHEMES, SHAPES_SAID = described(ontology_files()), described(scheme_files()), described(shape_files())
TERMS = {iri: said for iri, said in ONTOLOGY.items() if iri.startswith(PR)}
CONCEPTS = {iri: said for iri, said in SCHEMES.items() if SKOS("Concept") in values(said, RDF("type"))}
NODE_SHAPES = {iri: said for iri, said in SHAPES_SAID.items() if SH("NodeShape") in values(said, RDF("type"))}
PROPERTY_SHAPES = {iri: said for iri, said in SHAPES_SAID.items() if SH("PropertyShape") in values(said, RDF("type"))}


@cache
def statements() -> frozenset[Triple]:
    return frozenset(s.triple for folder in (PAVIA, TORINO, BOLOGNA) for s in district.read(folder).statements)


@cache
def used() -> dict[str, set[str]]:
    """Terms that tables make (their schemas) or that districts say, as property and as class."""
    found: dict[str, set[str]] = {"property": set(), "class": set()}
    for triple in statements():
        found["property"].add(triple.predicate.value)
        if triple.predicate == RDF("type"):
            found["class"].add(text_of(triple.object))
    for path in shipped_schemas().values():
        for column in Schema.read(path).columns:
            found["property"] |= {column.property} if column.property else set()
            if column.property == RDF + "type" and column.value:
                kinds = (column.pattern or "").split("|") if "{" in column.value else [""]
                found["class"] |= {re.sub(r"\{.*\}", kind, column.value) for kind in kinds}
    return found


# -- the files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", [*ontology_files(), *scheme_files(), *shape_files()], ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_turtle_is_read_alike_by_two_parsers(path: Path) -> None:
    assert len(Graph().parse(path)) == len(set(triples(path))) > 0


def test_the_umbrella_imports_every_module() -> None:
    modules = {iri for iri, said in ONTOLOGY.items() if OWL("Ontology") in values(said, RDF("type"))}
    umbrella = f"{ROOT}ontology"
    imported = {text_of(term) for term in values(ONTOLOGY[umbrella], OWL("imports"))}
    alignments = {iri for iri in modules if "align" in iri}
    assert modules - imported - alignments == {umbrella}
    assert imported <= modules
    for iri in modules:
        assert languages(values(ONTOLOGY[iri], DCTERMS("title"))) == BOTH
        assert languages(values(ONTOLOGY[iri], DCTERMS("description"))) == BOTH
        assert values(ONTOLOGY[iri], DCTERMS("license"))


def test_modules_import_only_those_before_them() -> None:
    order = ["core", "place", "partnership", "hub", "project", "service", "evidence"]
    for position, module in enumerate(order):
        imported = {text_of(term) for term in values(ONTOLOGY[f"{ROOT}ontology/{module}"], OWL("imports"))}
        assert imported <= {f"{ROOT}ontology/{before}" for before in order[:position]}, module


# -- terms and concepts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("iri", sorted(TERMS), ids=lambda iri: iri.removeprefix(PR))
def test_a_term_has_label_and_definition_in_both_languages_a_kind_a_module_and_a_status(iri: str) -> None:
    said = TERMS[iri]
    assert {text_of(kind) for kind in values(said, RDF("type"))} & KINDS
    assert languages(values(said, RDFS("label"))) == BOTH
    assert languages(values(said, SKOS("definition"))) == BOTH
    [module] = values(said, RDFS("isDefinedBy"))
    assert OWL("Ontology") in values(ONTOLOGY[text_of(module)], RDF("type"))
    [status] = values(said, STATUS)
    assert text_of(status) in {"unstable", "testing", "stable", "archaic"}


def test_no_two_terms_have_the_same_definition() -> None:
    seen: dict[str, str] = {}
    for iri, said in TERMS.items():
        for definition in values(said, SKOS("definition")):
            assert seen.setdefault(text_of(definition), iri) == iri


def test_classes_and_properties_are_written_in_their_own_ways() -> None:
    for iri, said in TERMS.items():
        is_class = OWL("Class") in values(said, RDF("type"))
        assert iri.removeprefix(PR)[0].isupper() is is_class, iri


def test_domains_ranges_and_superclasses_are_defined() -> None:
    for iri, said in TERMS.items():
        for predicate in (RDFS("domain"), RDFS("range"), RDFS("subClassOf"), RDFS("subPropertyOf")):
            for target in values(said, predicate):
                if text_of(target).startswith(ROOT):
                    assert text_of(target) in TERMS, (iri, target)


@pytest.mark.parametrize("path", scheme_files(), ids=lambda path: path.stem)
def test_a_scheme_is_named_after_its_file_and_speaks_both_languages(path: Path) -> None:
    iri = SCHEME + path.stem
    said = SCHEMES[iri]
    assert SKOS("ConceptScheme") in values(said, RDF("type"))
    assert languages(values(said, SKOS("prefLabel"))) == BOTH
    assert languages(values(said, SKOS("definition"))) == BOTH
    assert values(said, DCTERMS("license"))
    assert [concept for concept in CONCEPTS if concept.startswith(iri + "/")]


@pytest.mark.parametrize("iri", sorted(CONCEPTS), ids=lambda iri: iri.removeprefix(SCHEME))
def test_a_concept_has_label_and_definition_in_both_languages_its_slug_and_its_scheme(iri: str) -> None:
    said, (scheme, _, slug) = CONCEPTS[iri], iri.rpartition("/")
    for predicate in (SKOS("prefLabel"), SKOS("definition")):
        texts = values(said, predicate)
        assert languages(texts) == BOTH
        assert len(texts) == 2
    assert [text_of(term) for term in values(said, SKOS("notation"))] == [slug]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert [text_of(term) for term in values(said, SKOS("inScheme"))] == [scheme]
    broader = [text_of(term) for term in values(said, SKOS("broader"))]
    assert bool(broader) != bool(values(said, SKOS("topConceptOf")))
    assert all(other in CONCEPTS and other.startswith(scheme + "/") for other in broader)


def test_no_two_concepts_of_a_scheme_have_the_same_label() -> None:
    seen: dict[tuple[str, str | None, str], str] = {}
    for iri, said in CONCEPTS.items():
        for label in values(said, SKOS("prefLabel")):
            assert isinstance(label, Literal)
            key = (iri.rpartition("/")[0], label.language, label.value.casefold())
            assert seen.setdefault(key, iri) == iri


# -- in step ---------------------------------------------------------------------------------------------------


def test_every_term_used_is_defined() -> None:
    """Ours in the ontology; those of others are declared there too."""
    known = ONTOLOGY.keys() | {RDF + "type"}
    # What a district says of itself.
    known |= {DCTERMS + "license", "http://www.w3.org/ns/dcat#Dataset"}
    assert {iri for iris in used().values() for iri in iris if iri not in known} == set()


def test_terms_are_used_as_what_they_are() -> None:
    assert {iri for iri in used()["property"] if OWL("Class") in values(ONTOLOGY[iri], RDF("type"))} == set()
    classes = used()["class"] & TERMS.keys()
    assert {iri for iri in classes if OWL("Class") not in values(ONTOLOGY[iri], RDF("type"))} == set()


def test_no_term_is_unused_but_those_that_say_why() -> None:
    mentioned = used()["property"] | used()["class"]
    for said in TERMS.values():
        mentioned |= {text_of(t) for p in (RDFS("subClassOf"), RDFS("range"), RDFS("domain")) for t in values(said, p)}
    for triple in statements():
        mentioned |= {text_of(triple.object)} if triple.predicate == PR("onProperty") else set()
    unused = {iri.removeprefix(PR) for iri in TERMS.keys() - mentioned}
    assert unused - UNUSED.keys() == set()
    in_use = used()["property"] | used()["class"]
    assert {name for name in UNUSED if PR + name in in_use} == set()


def test_every_class_is_targeted_by_a_shape() -> None:
    targeted = {text_of(target) for said in NODE_SHAPES.values() for target in values(said, SH("targetClass"))}
    above = {text_of(t) for said in TERMS.values() for t in values(said, RDFS("subClassOf"))}

    def covered(iri: str) -> bool:
        return iri in targeted or any(covered(text_of(t)) for t in values(ONTOLOGY.get(iri, {}), RDFS("subClassOf")))

    ours = {iri for iri, said in TERMS.items() if OWL("Class") in values(said, RDF("type"))}
    assert {iri for iri in ours if not covered(iri)} == set()
    of_releases = {PR + "Evidence", PR + "Origin"}
    assert targeted - used()["class"] - above == of_releases


def test_every_shaped_path_is_defined() -> None:
    shapes = shapes_of(triple for path in shape_files() for triple in triples(path))
    paths = {way for shape in shapes for path in shape.paths for step in path for way, _ in step.ways}
    assert paths - ONTOLOGY.keys() == {RDFS + "subClassOf"}


def test_shapes_name_classes_and_schemes_that_exist() -> None:
    for iri, said in PROPERTY_SHAPES.items():
        for target in values(said, SH("class")):
            assert text_of(target) in ONTOLOGY, iri
        for target in values(said, SH("hasValue")):
            assert text_of(target) in SCHEMES, iri
        for target in [*values(said, SH("node")), *values(said, SH("qualifiedValueShape"))]:
            assert text_of(target) in NODE_SHAPES, iri


@pytest.mark.parametrize("iri", sorted(PROPERTY_SHAPES), ids=lambda iri: iri.removeprefix(SHAPES))
def test_a_property_shape_has_an_iri_of_ours_a_name_and_a_message_in_both_languages(iri: str) -> None:
    assert iri.startswith(SHAPES)
    assert languages(values(PROPERTY_SHAPES[iri], SH("name"))) == BOTH
    assert languages(values(PROPERTY_SHAPES[iri], SH("message"))) == BOTH
    assert languages(values(PROPERTY_SHAPES[iri], SHAPES("remedy"))) in (BOTH, set())


def test_every_property_shape_belongs_to_a_node_shape() -> None:
    held = {text_of(shape) for said in NODE_SHAPES.values() for shape in values(said, SH("property"))}
    assert held == set(PROPERTY_SHAPES)


def test_every_column_of_concepts_has_the_shape_of_its_scheme() -> None:
    """What the tables draw from a scheme, the shapes hold to the same scheme. A topic is of any."""
    shaped = {
        (text_of(path), text_of(target).removeprefix(SHAPES + "in-"))
        for said in PROPERTY_SHAPES.values()
        for target in values(said, SH("node"))
        for path in values(said, SH("path"))
    }
    drawn = {
        (column.property, column.value.removeprefix(SCHEME).partition("/")[0])
        for path in shipped_schemas().values()
        for column in Schema.read(path).columns
        if column.property and (column.value or "").startswith(SCHEME)
    }
    # A topic is of any scheme; so are a concept of the district's own and the one above it.
    assert drawn - shaped == {
        (PR + "topic", "{+topic}"),
        (SKOS + "inScheme", "{+scheme}"),
        (SKOS + "broader", "{+broader}"),
    }


# -- what the store keeps, what others read --------------------------------------------------------------------


def test_districts_say_nothing_with_blank_nodes_and_only_datatypes_that_last() -> None:
    assert not [triple for triple in statements() if isinstance(triple.subject, BlankNode | Literal)]
    assert not [triple for triple in statements() if isinstance(triple.object, BlankNode)]
    found = {triple.object.datatype.value for triple in statements() if isinstance(triple.object, Literal)}
    assert found <= KEPT_DATATYPES


def test_ranges_and_shapes_ask_only_for_datatypes_that_last() -> None:
    asked = {text_of(t) for said in PROPERTY_SHAPES.values() for t in values(said, SH("datatype"))}
    datatype = OWL("DatatypeProperty")
    asked |= {
        text_of(t)
        for said in TERMS.values()
        if datatype in values(said, RDF("type"))
        for t in values(said, RDFS("range"))
    }
    assert asked <= KEPT_DATATYPES


def test_the_context_has_every_term_and_none_that_is_not() -> None:
    context = json.loads((knowledge() / "ontology" / "context.jsonld").read_text(encoding="utf-8"))["@context"]
    mapped = {
        name: value["@id"] if isinstance(value, dict) else value
        for name, value in context.items()
        if not name.startswith("@") and not (isinstance(value, dict) and value.get("@prefix"))
    }
    ours = {name: iri.removeprefix("pr:") for name, iri in mapped.items() if iri.startswith("pr:")}
    assert ours == {iri.removeprefix(PR): iri.removeprefix(PR) for iri in TERMS}
    for name, local in ours.items():
        if OWL("ObjectProperty") in values(TERMS[PR + local], RDF("type")):
            assert context[name]["@type"] == "@id", name


def test_json_ld_read_with_the_context_says_what_was_meant() -> None:
    context = json.loads((knowledge() / "ontology" / "context.jsonld").read_text(encoding="utf-8"))
    document = context | {
        "id": "https://example.org/hub", "type": "Hub", "name": {"it": "Spazio"},
        "locatedIn": "https://example.org/place", "page": "https://example.org/",
    }  # fmt: skip
    said = jsonld.to_rdf(document, {"format": "application/n-quads"})
    assert f"<https://example.org/hub> <{PR}locatedIn> <https://example.org/place> ." in said
    assert f"<https://example.org/hub> <{RDF}type> <{PR}Hub> ." in said
    assert f'<https://example.org/hub> <{SKOS}prefLabel> "Spazio"@it .' in said


# -- the checks ------------------------------------------------------------------------------------------------


def test_every_check_has_its_words_and_every_check_in_the_code_exists() -> None:
    package = Path(prossima.__file__).parent
    code = "\n".join(path.read_text(encoding="utf-8") for path in sorted(package.rglob("*.py")))
    named = set(re.findall(r'(?:problem|_report|_problem|CellError|NoWorkbookError)\(\s*"([a-z0-9-]+)"', code))
    named |= set(re.findall(r'name = "([a-z-]+)" if .* else "([a-z-]+)"', code)[0])
    named |= set(re.findall(r'"((?:shape|personal)-[a-z-]+)"', code))
    named |= set(re.findall(r'return "([a-z]+-[a-z]+)"', (package / "cells.py").read_text(encoding="utf-8")))
    assert named == set(checks())
    for name, check in checks().items():
        assert set(check.message) == set(check.remedy) == BOTH, name


def test_every_scheme_is_drawn_on() -> None:
    """By a table, by a district's description, by what a release says, by concepts of ours that map to its own."""
    drawn = {(column.value or "").removeprefix(SCHEME).partition("/")[0]
             for path in shipped_schemas().values() for column in Schema.read(path).columns
             if (column.value or "").startswith(SCHEME)}  # fmt: skip
    pointed = {text_of(t.object).removeprefix(SCHEME).partition("/")[0] for t in statements()
               if text_of(t.object).startswith(SCHEME)}  # fmt: skip
    by_releases = {"contributor-role", "source-scope", "confidence"}
    related = [t for said in CONCEPTS.values() for relation in MAPPINGS for t in values(said, SKOS(relation))]
    mapped = {text_of(target).removeprefix(SCHEME).partition("/")[0] for target in related}
    assert {path.stem for path in scheme_files()} - drawn - pointed - by_releases - mapped == set()
