"""Incremental validation says of a change what full validation before and after it would."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import settings as within
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse, serialize

from prossima.problems import Severity
from prossima.releases import publish
from prossima.settings import Settings
from prossima.validation.engines import Result, fast
from prossima.validation.incremental import Changed, Verdicts, verdicts
from prossima.validation.reach import shapes_of
from prossima.vocabulary import PR, RDF, RDFS, SCHEME, SKOS, XSD

EX = "https://example.org/"
PREFIXES = f"""@prefix ex: <{EX}> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <{XSD}> .
"""
SHAPES = {
    "class": """ex:S a sh:NodeShape ; sh:targetClass ex:Hub ; sh:property ex:S-place .
        ex:S-place sh:path ex:place ; sh:class ex:Place ; sh:minCount 1 .""",
    "inverse path": """ex:S a sh:NodeShape ; sh:targetClass ex:Hub ; sh:property ex:S-inverse .
        ex:S-inverse sh:path [ sh:inversePath ex:place ] ; sh:maxCount 1 ; sh:nodeKind sh:IRI .""",
    "sequence path": """ex:S a sh:NodeShape ; sh:targetClass ex:Hub ; sh:property ex:S-sequence .
        ex:S-sequence sh:path ( ex:place ex:place [ sh:inversePath ex:name ] ) ; sh:maxCount 1 .""",
    "qualified count": """ex:S a sh:NodeShape ; sh:targetClass ex:Hub ; sh:property ex:S-qualified .
        ex:S-qualified sh:path ex:place ; sh:qualifiedValueShape ex:Q ; sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 2 .
        ex:Q a sh:NodeShape ; sh:property ex:Q-name . ex:Q-name sh:path ex:name ; sh:minCount 1 ; sh:class ex:Place .""",
    "SPARQL constraint": """ex:S a sh:NodeShape ; sh:targetClass ex:Hub ; sh:sparql ex:S-query .
        ex:S-query sh:message "as its place" ; sh:select
            "SELECT $this ?value WHERE { $this <https://example.org/place> ?p . ?p <https://example.org/name> ?value . $this <https://example.org/name> ?value }" .""",
    "node, or, not, closed": """ex:S a sh:NodeShape ; sh:targetClass ex:Place ; sh:node ex:N ; sh:or ( ex:N ex:M ) ; sh:not ex:M .
        ex:N a sh:NodeShape ; sh:property ex:N-name . ex:N-name sh:path ex:name ; sh:minCount 1 .
        ex:M a sh:NodeShape ; sh:closed true ; sh:ignoredProperties ( <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ) ;
            sh:property ex:M-place . ex:M-place sh:path ex:place ; sh:minCount 1 .""",
    "pairs and targets": """ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:place ; sh:targetObjectsOf ex:name ; sh:targetNode ex:a ;
            sh:property ex:S-equals , ex:S-disjoint .
        ex:S-equals sh:path ex:place ; sh:equals ex:near . ex:S-disjoint sh:path ex:place ; sh:disjoint ex:name .""",
    "star and alternatives": """ex:S a sh:NodeShape ; sh:targetClass ex:Hub ; sh:property ex:S-star .
        ex:S-star sh:path ( [ sh:zeroOrMorePath ex:place ] [ sh:alternativePath ( ex:name ex:near ) ] ) ; sh:maxCount 2 .""",
}
NODES = [NamedNode(EX + name) for name in "abcd"]
CLASSES = [NamedNode(EX + name) for name in ("Hub", "Place", "Lab")]
WORDS = [Literal("x"), Literal("y", language="it"), *NODES]
TREE = Triple(NamedNode(EX + "Lab"), RDFS("subClassOf"), NamedNode(EX + "Hub"))

links = st.builds(
    lambda s, p, o: Triple(s, NamedNode(EX + p), o),
    st.sampled_from(NODES), st.sampled_from(["place", "name", "near"]), st.sampled_from(WORDS),
)  # fmt: skip
kinds = st.builds(lambda s, c: Triple(s, RDF("type"), c), st.sampled_from(NODES), st.sampled_from(CLASSES))
graphs = st.frozensets(st.one_of(links, kinds, kinds), max_size=12)


class Held:
    """A set of triples as a graph."""

    def __init__(self, triples: frozenset[Triple]) -> None:
        self.triples = triples

    def match(self, subject, predicate, target):  # type: ignore[no-untyped-def]
        for t in self.triples:
            if subject in (None, t.subject) and predicate in (None, t.predicate) and target in (None, t.object):
                yield t


def full(triples: frozenset[Triple], shapes: str) -> frozenset[Result]:
    return frozenset(fast(triples, shapes)) if triples else frozenset()


def judged(name: str, before: frozenset[Triple], after: frozenset[Triple]) -> Verdicts:
    text = PREFIXES + SHAPES[name]
    read = shapes_of(quad.triple for quad in parse(input=text, format=RdfFormat.TURTLE))
    assert read
    return verdicts(Held(before), set(after - before), set(before - after), read, text)


@within(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(SHAPES)), graphs, graphs)
def test_a_change_is_judged_as_by_full_validation(
    name: str, before: frozenset[Triple], after: frozenset[Triple]
) -> None:
    before, after = before | {TREE}, after | {TREE}
    text = PREFIXES + SHAPES[name]
    was, now = full(before, text), full(after, text)
    found = judged(name, before, after)
    assert (found.introduced, found.vanished) == (now - was, was - now)


def test_what_is_not_touched_is_not_read() -> None:
    """A hub with very many services is not read for a change of its name."""
    hub, kind = NODES[0], Triple(NODES[0], RDF("type"), CLASSES[0])
    services = frozenset(Triple(NamedNode(f"{EX}s{n}"), NamedNode(EX + "near"), hub) for n in range(5000))
    asked = []

    class Watched(Held):
        def match(self, subject, predicate, target):  # type: ignore[no-untyped-def]
            for triple in super().match(subject, predicate, target):
                asked.append(triple)
                yield triple

    text = PREFIXES + SHAPES["class"]
    read = shapes_of(quad.triple for quad in parse(input=text, format=RdfFormat.TURTLE))
    change = {Triple(hub, NamedNode(EX + "place"), Literal("x"))}
    found = verdicts(Watched(services | {kind, TREE}), change, set(), read, text)
    assert len(found.introduced) == 1
    assert len(asked) < 20


def test_a_changed_graph_has_what_came_and_not_what_went() -> None:
    a, b = Triple(NODES[0], NamedNode(EX + "place"), NODES[1]), Triple(NODES[0], NamedNode(EX + "place"), NODES[2])
    graph = Changed(Held(frozenset({a})), {b}, {a})
    assert list(graph.match(NODES[0], None, None)) == [b]
    assert list(graph.match(None, NamedNode(EX + "place"), NODES[1])) == []


# -- at the gate -----------------------------------------------------------------------------------------------

PLACE, HUB = NamedNode(EX + "place"), NamedNode(EX + "hub")
TOWN = {
    Triple(PLACE, RDF("type"), PR("Municipality")), Triple(PLACE, SKOS("prefLabel"), Literal("Esempio", language="it")),
    Triple(PLACE, PR("istatCode"), Literal("000000")), Triple(PLACE, PR("within"), NamedNode(EX + "wider")),
    Triple(NamedNode(EX + "wider"), RDF("type"), PR("Province")),
    Triple(NamedNode(EX + "wider"), SKOS("prefLabel"), Literal("Provincia", language="it")),
}  # fmt: skip
LAB = {
    Triple(HUB, RDF("type"), PR("Hub")), Triple(HUB, SKOS("prefLabel"), Literal("Spazio", language="it")),
    Triple(HUB, PR("hubKind"), SCHEME("hub-kind/social-lab")), Triple(HUB, PR("locatedIn"), PLACE),
}  # fmt: skip


def written(path: Path, triples: set[Triple]) -> Path:
    path.write_bytes(serialize(triples, format=RdfFormat.N_TRIPLES) or b"")
    return path


def test_what_would_break_what_others_published_is_refused(settings: Settings, tmp_path: Path) -> None:
    town, lab = tmp_path / "town.nt", tmp_path / "lab.nt"
    assert publish([written(town, TOWN)], settings).release == 1
    assert publish([written(lab, LAB)], settings).release == 2
    other = {t for t in TOWN if t.object != PR("Municipality")} | {Triple(PLACE, RDF("type"), PR("Project"))}
    refused = publish([written(town, other)], settings)
    assert refused.release is None
    [found] = [p for p in refused.report.problems if p.check == "breaks-others"]
    assert (found.focus, found.severity) == (HUB.value, Severity.VIOLATION)
    assert found.message["it"].startswith(f"{HUB.value}, che altri hanno già pubblicato, non sarebbe più in regola: ")
    assert "lab.nt" in found.remedy["en"]
    # Both together, it is in order.
    moved = {t for t in LAB if t.predicate != PR("locatedIn")} | {Triple(HUB, PR("locatedIn"), NamedNode(EX + "wider"))}
    kept = {t for t in TOWN if t.subject != PLACE}
    assert publish([written(town, kept), written(lab, moved)], settings).release == 3


def test_what_was_wrong_with_others_before_is_not_laid_on_who_comes_after(settings: Settings, tmp_path: Path) -> None:
    raw = written(tmp_path / "raw.nt", LAB)
    assert publish([raw], settings, raw=True).release == 1
    assert publish([written(tmp_path / "town.nt", TOWN)], settings).release == 2
