"""The quality gates of the ontology: pitfalls, profile, consistency, alignments; and that each of them bites."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from pyoxigraph import NamedNode
from pyshacl import validate
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, Graph, Literal, URIRef

from prossima import district
from prossima.vocabulary import PR, ROOT, knowledge, ontology_files, scheme_files, shape_files
from tests.conftest import BOLOGNA, PAVIA, REPOSITORY, TORINO
from tests.ontology import reasoner, vocabularies
from tests.ontology.quality import CHECKS, classes, terms

OFFICIAL = REPOSITORY.parent / "shared" / "vocab"
# Those whose axioms a subclass or subproperty of ours meets.
MET = ("org", "prov-o", "it-ro", "it-l0", "geosparql", "foaf", "dcterms", "dcat3")
HUB, VALUE = URIRef(PR + "Hub"), URIRef(PR + "value")


@cache
def modules() -> dict[str, Graph]:
    return {path.stem: Graph().parse(path) for path in ontology_files()}


def ontology(*, alignments: bool = True) -> Graph:
    """A copy of the whole, to spoil."""
    found = Graph()
    for name, graph in modules().items():
        if alignments or name != "alignments":
            found += graph
    return found


def with_schemes() -> Graph:
    found = ontology()
    for path in scheme_files():
        found.parse(path)
    return found


@pytest.mark.parametrize("name", CHECKS)
def test_the_ontology_passes(name: str) -> None:
    graph = with_schemes() if name == "aligned" else ontology()
    assert "\n".join(map(str, CHECKS[name](graph))) == ""


# -- the profile and the reasoner ------------------------------------------------------------------------------


@pytest.mark.parametrize("alignments", [False, True], ids=["core", "core and alignments"])
def test_it_is_owl_2_dl(alignments: bool) -> None:
    assert reasoner.profile_violations(ontology(alignments=alignments)) == []


def test_every_class_can_have_instances() -> None:
    assert reasoner.unsatisfiable(reasoner.logical([ontology(alignments=False)])) == []
    assert reasoner.unsatisfiable(reasoner.logical([ontology()])) == []


def test_the_reasoner_finds_the_class_tree_that_is_written() -> None:
    """No class is below another by accident of the axioms: what is found is what is said."""
    graph = ontology()
    written = {(str(below), str(above)) for below, above in graph.subject_objects(RDFS.subClassOf)}
    found = {pair for pair in reasoner.classified(reasoner.logical([graph])) if str(OWL.Thing) not in pair}
    assert found == written, "Take back the axiom that makes one class a part of the other, or write it as such."


def individuals() -> Graph:
    """What the districts say of things, as the reasoner's individuals."""
    said = [s.triple for folder in (PAVIA, TORINO, BOLOGNA) for s in district.read(folder).statements]
    named = [t for t in said if isinstance(t.subject, NamedNode) and isinstance(t.object, NamedNode)]
    return reasoner.data((t.subject.value, t.predicate.value, t.object.value) for t in named)


def test_the_districts_are_consistent_with_the_ontology() -> None:
    assert reasoner.unsatisfiable(reasoner.logical([ontology(), individuals()])) == []


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="the official vocabularies are not beside this checkout")
def test_the_districts_are_consistent_with_the_vocabularies_ours_is_aligned_to() -> None:
    official = [Graph().parse(OFFICIAL / f"{name}.ttl") for name in MET]
    assert reasoner.unsatisfiable(reasoner.logical([ontology(), *official, individuals()])) == []


def one_hub(*kinds: URIRef) -> Graph:
    graph = Graph()
    for kind in kinds:
        graph.add((URIRef("https://example.org/it"), RDF.type, kind))
    return graph


@pytest.mark.parametrize("other", ["Organisation", "Place", "Event", "DatedRole"])
def test_the_reasoner_sees_a_hub_that_is_something_else(other: str) -> None:
    whole = [ontology(), one_hub(HUB, URIRef(PR + other))]
    assert reasoner.unsatisfiable(reasoner.logical(whole)) == ["the whole ontology"]


# -- the alignments --------------------------------------------------------------------------------------------


def test_every_class_is_aligned_or_says_why_not() -> None:
    tied, said = {str(ours) for ours, _ in vocabularies.targets(modules()["alignments"])}, modules()["alignments"]
    for term in classes(ontology()):
        assert str(term) in tied or (term, SKOS.editorialNote, None) in said, (
            f"{term}: no alignment. Align it in alignments.ttl, or say there why nothing fits (skos:editorialNote)."
        )


def test_mappings_between_classes_have_no_logical_effect() -> None:
    said = modules()["alignments"]
    for relation in (SKOS.closeMatch, SKOS.broadMatch, SKOS.relatedMatch):
        assert (relation, RDF.type, OWL.AnnotationProperty) in said
    assert not list(said.subject_objects(OWL.equivalentClass)) + list(said.subject_objects(OWL.equivalentProperty))
    for name, graph in modules().items():
        outside = {t for _, t in vocabularies.targets(graph)} - {SKOS.prefLabel, RDFS.label}
        assert name == "alignments" or not outside, f"{name}.ttl is aligned itself: move it to alignments.ttl"


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="the official vocabularies are not beside this checkout")
def test_every_target_is_declared_in_the_vocabulary_itself() -> None:
    there = vocabularies.declared(OFFICIAL)
    for ours, target in vocabularies.targets(with_schemes()):
        if not str(target).startswith(vocabularies.HSDS):
            assert str(target) in there, f"{ours}: {target} is in none of the vocabularies. Correct its IRI."
            assert vocabularies.known()[str(target)] == there[str(target)]


# -- the shapes ------------------------------------------------------------------------------------------------


def test_the_shapes_conform_to_the_shapes_of_shacl() -> None:
    """SHACL's own shapes (SHACL, section C), which pySHACL holds a shapes graph to."""
    shapes = Graph()
    for path in shape_files():
        shapes.parse(path)
    conforms, _, said = validate(Graph(), shacl_graph=shapes, meta_shacl=True)
    assert conforms, said


def test_every_property_is_shaped_or_said_by_a_release() -> None:
    shapes = Graph()
    for path in shape_files():
        shapes.parse(path)
    paths = set(shapes.objects(None, URIRef("http://www.w3.org/ns/shacl#path")))
    free = {term for term in terms(ontology()) if term not in paths and term not in classes(ontology())}
    # An annotation's value may be anything at all; what the rules say is not contributed.
    assert {str(term).removeprefix(PR) for term in free} == {"onValue", "managedBy", "searchText"}


# -- that the gates bite ---------------------------------------------------------------------------------------


def undefined(graph: Graph) -> None:
    graph.add((HUB, RDFS.subClassOf, URIRef(PR + "Space")))


def without_definition(graph: Graph) -> None:
    graph.remove((HUB, SKOS.definition, None))


def removed(graph: Graph) -> None:
    graph.remove((VALUE, None, None))


def astray(graph: Graph) -> None:
    graph.add((HUB, SKOS.closeMatch, URIRef("https://schema.org/CommunityHub")))


def no_reason(graph: Graph) -> None:
    graph.remove((URIRef(PR + "about"), SKOS.editorialNote, None))


def two_domains(graph: Graph) -> None:
    graph.add((VALUE, RDFS.domain, HUB))


def circle(graph: Graph) -> None:
    graph.add((URIRef(PR + "Act"), RDFS.subClassOf, URIRef(PR + "Agreement")))


def deprecated(graph: Graph) -> None:
    graph.add((URIRef(PR + "Place"), OWL.deprecated, Literal(True)))


def inverse(graph: Graph) -> None:
    graph.add((VALUE, OWL.inverseOf, URIRef(PR + "valueOf")))


def hijacked(graph: Graph) -> None:
    graph.add((URIRef("https://schema.org/Lab"), RDF.type, OWL.Class))
    graph.add((URIRef("https://schema.org/Lab"), RDFS.subClassOf, HUB))


def no_licence(graph: Graph) -> None:
    graph.remove((URIRef(ROOT + "ontology/hub"), DCTERMS.license, None))


def badly_named(graph: Graph) -> None:
    for predicate, value in list(graph.predicate_objects(HUB)):
        graph.add((URIRef(PR + "social_lab"), predicate, value))


def no_citation(graph: Graph) -> None:
    graph.remove((URIRef(ROOT + "ontology"), DCTERMS.bibliographicCitation, None))


def no_example(graph: Graph) -> None:
    graph.remove((HUB, SKOS.example, None))


def spaces(graph: Graph) -> None:
    graph.add((HUB, RDFS.comment, Literal("two  spaces", lang="en")))


def no_label(graph: Graph) -> None:
    graph.remove((HUB, RDFS.label, Literal("community hub", lang="en")))


def no_disjointness(graph: Graph) -> None:
    for pair in list(graph.subject_objects(OWL.disjointWith)):
        graph.remove((pair[0], OWL.disjointWith, pair[1]))


EDITS: list[tuple[Callable[[Graph], None], str, str, str]] = [
    (undefined, "declared", "pr:Space", "Define it with type, label, definition"),
    (without_definition, "definitions", "pr:Hub", 'Write one skos:definition "..."@it'),
    (removed, "kept", "pr:value", "Keep it with owl:deprecated true"),
    (astray, "aligned", "pr:Hub", "Correct its IRI"),
    (no_reason, "domains_and_ranges", "pr:about", "say why not"),
    (two_domains, "domains_and_ranges", "pr:value", "Keep one, or none"),
    (circle, "no_circles", "pr:Act", "Break the circle"),
    (deprecated, "deprecated", "pr:Place", "Say what replaces it"),
    (deprecated, "deprecated", "pr:Building", "Build on what replaces it"),
    (inverse, "simple", "pr:value", "SPARQL's ^"),
    (hijacked, "namespaces", "https://schema.org/Lab", "Say it of ours"),
    (no_licence, "header", ROOT + "ontology/hub", "Write it in the module's header"),
    (badly_named, "names", "pr:social_lab", "Write classes LikeThis"),
    (badly_named, "told_apart", "pr:social_lab", "Tell the two apart"),
    (no_citation, "umbrella", ROOT + "ontology", "Write it in prossima.ttl"),
    (no_example, "documented", "pr:Hub", "Write its"),
    (spaces, "clean_texts", "pr:Hub", "Remove them"),
    (no_label, "labels", "pr:Hub", 'Write one rdfs:label "..."@en'),
    (no_disjointness, "disjointness", "pr:Hub", "Say with owl:disjointWith"),
]


@pytest.mark.parametrize(("edit", "name", "term", "remedy"), EDITS, ids=lambda value: getattr(value, "__name__", None))
def test_a_bad_edit_is_found_with_the_term_and_the_remedy(
    edit: Callable[[Graph], None], name: str, term: str, remedy: str
) -> None:
    graph = ontology()
    edit(graph)
    said = [str(finding) for finding in CHECKS[name](graph)]
    assert [line for line in said if line.startswith(f"{term}: ") and remedy in line], said


def test_every_check_is_seen_to_bite() -> None:
    assert {name for _, name, _, _ in EDITS} == set(CHECKS)


def test_an_inconsistent_axiom_is_found_with_the_class_it_empties() -> None:
    graph = ontology()
    graph.add((HUB, RDFS.subClassOf, URIRef(PR + "Place")))
    assert reasoner.unsatisfiable(reasoner.logical([graph])) == [str(HUB)], (
        "pr:Hub can have no instance. Take back the axiom that makes it a place: the two are disjoint."
    )


def test_what_is_outside_the_profile_is_found_with_the_term() -> None:
    graph = ontology()
    graph.add((VALUE, RDF.type, OWL.ObjectProperty))
    assert any(str(VALUE) in line for line in reasoner.profile_violations(graph))


def test_the_files_named_by_the_readme_are_those_there_are() -> None:
    readme = (Path(knowledge()) / "ontology" / "README.md").read_text(encoding="utf-8")
    for path in ontology_files():
        assert f"`{path.stem}`" in readme or f"`{path.name}`" in readme, path.name
