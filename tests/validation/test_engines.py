"""The fast SHACL engine finds what the reference finds: on the real data, and on data broken in every way that
the shapes can tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from prossima import district
from prossima.validation.checks import Facts
from prossima.validation.engines import Result, fast, reference
from prossima.validation.gate import data_graph
from prossima.vocabulary import ROOT, SCHEME, SH, SHAPES, XSD, expand, shape_files, text_of, triples
from tests.conftest import BOLOGNA, PAVIA, TORINO

BASE = f"{ROOT}id/pavia/"
Term = NamedNode | Literal
Graph = set[Triple]


def thing(id_: str) -> NamedNode:
    return NamedNode(BASE + id_)


def property_(name: str) -> NamedNode:
    return NamedNode(expand(name))


def decimal(value: str) -> Literal:
    return Literal(value, datatype=XSD("decimal"))


def adding(id_: str, name: str, *terms: Term) -> Callable[[Graph], None]:
    """Say this too."""

    def change(graph: Graph) -> None:
        assert any(triple.subject == thing(id_) for triple in graph), id_
        graph.update(Triple(thing(id_), property_(name), term) for term in terms)

    return change


def saying(id_: str, name: str, *terms: Term) -> Callable[[Graph], None]:
    """Say this instead of what is said."""

    def change(graph: Graph) -> None:
        said = {triple for triple in graph if (triple.subject, triple.predicate) == (thing(id_), property_(name))}
        assert said, (id_, name)
        graph -= said
        graph.update(Triple(thing(id_), property_(name), term) for term in terms)

    return change


@dataclass(frozen=True)
class Broken:
    """A way to break the data: the change, and what must be found at which thing."""

    change: Callable[[Graph], None]
    id: str
    component: str
    severity: str = "Violation"


BROKEN = {
    "an organisation for a place": Broken(
        adding("hub/crosione", "pr:locatedIn", thing("org/csp")), "hub/crosione", "Class"
    ),
    "a word for a number": Broken(
        saying("figure/fbc-young", "pr:value", Literal("cento")), "figure/fbc-young", "Datatype"
    ),
    "a text without a language": Broken(
        adding("project/fbc", "skos:note", Literal("una nota")), "project/fbc", "Datatype"
    ),
    "a text for a thing": Broken(
        saying("role/fbc-csp", "pr:holder", Literal('Il "Consorzio"\n\\ è un\ttesto')), "role/fbc-csp", "NodeKind"
    ),
    "a code of another form": Broken(
        saying("place/018110", "pr:cadastralCode", Literal("G38")), "place/018110", "Pattern"
    ),
    "an address that is no web page": Broken(
        adding("hub/sottoscala", "foaf:page", NamedNode("ftp://example.org/")), "hub/sottoscala", "Pattern"
    ),
    "no kind": Broken(saying("hub/torretta", "pr:hubKind"), "hub/torretta", "MinCount"),
    "two values": Broken(adding("figure/fbc-minors", "pr:value", decimal("601")), "figure/fbc-minors", "MaxCount"),
    "two names in a language": Broken(
        adding("org/csp", "skos:prefLabel", Literal("Il Consorzio", language="it")), "org/csp", "UniqueLang"
    ),
    "a name in another language only": Broken(
        saying("org/cpv", "skos:prefLabel", Literal("Gemeinde", language="de")), "org/cpv", "QualifiedMinCount"
    ),
    "no English name": Broken(
        saying("event/bif10", "skos:prefLabel", Literal("BambInFestival", language="it")),
        "event/bif10", "QualifiedMinCount", "Warning",
    ),
    "a concept of another scheme": Broken(
        adding("hub/bistrot", "pr:hubKind", SCHEME("ingredient/time")), "hub/bistrot", "Node"
    ),
    "a concept that does not exist": Broken(
        adding("service/italian", "pr:areaOfAction", SCHEME("area-of-action/none")), "service/italian", "Node"
    ),
    "a period that ends before it begins": Broken(
        saying("project/fbc/start/2018-11-28", "pr:earliest", Literal("2018-12-24", datatype=XSD("date"))),
        "project/fbc/start/2018-11-28", "LessThanOrEquals",
    ),
    "no money": Broken(saying("funding/fbc-cariplo", "pr:amount", decimal("0")), "funding/fbc-cariplo", "MinExclusive"),
    "edition nought": Broken(
        saying("event/bif10", "pr:edition", Literal("0", datatype=XSD("integer"))), "event/bif10", "MinInclusive"
    ),
    "a figure without a period": Broken(
        saying("figure/fbc-family-units", "pr:period"), "figure/fbc-family-units", "MinCount", "Info"
    ),
    "a municipality within nothing": Broken(saying("place/018030", "pr:within"), "place/018030", "MinCount", "Warning"),
    "a rival version of no source": Broken(
        saying("rival/fbc-fine-contratto", "prov:hadPrimarySource"), "rival/fbc-fine-contratto", "MinCount"
    ),
    "a version that is none": Broken(
        adding("disagreement/fbc-fine", "pr:preferredRival", thing("org/csp")), "disagreement/fbc-fine", "Class"
    ),
}  # fmt: skip


@cache
def real(folder: Path) -> frozenset[Triple]:
    """The data of a district with the ontology and the schemes, as the gate gives it to the engines."""
    contribution = district.read(folder)
    assert contribution.problems == []
    return frozenset(data_graph(Facts(contribution, None)))


@pytest.fixture(scope="module")
def broken() -> dict[str, set[Result]]:
    """What each engine finds in the data of Pavia broken in all these ways at once, each at a thing of its own."""
    graph = set(real(PAVIA))
    for way in BROKEN.values():
        way.change(graph)
    return {"fast": set(fast(graph)), "reference": set(reference(graph))}


@pytest.mark.parametrize("folder", [PAVIA, TORINO, BOLOGNA], ids=lambda folder: folder.name)
def test_engines_agree_on_the_real_data(folder: Path) -> None:
    assert set(fast(real(folder))) == set(reference(real(folder)))


def test_engines_agree_on_broken_data(broken: dict[str, set[Result]]) -> None:
    assert broken["fast"] == broken["reference"]


@pytest.mark.parametrize("way", BROKEN)
def test_each_way_to_break_the_data_is_found_by_both(way: str, broken: dict[str, set[Result]]) -> None:
    expected = BROKEN[way]
    for engine, results in broken.items():
        found = {(r.component, r.severity) for r in results if r.focus == BASE + expected.id}
        assert (f"{expected.component}ConstraintComponent", expected.severity) in found, engine


def test_engines_agree_on_the_values_they_give_back(broken: dict[str, set[Result]]) -> None:
    """The value of a text, an IRI and a number, as they were."""
    for results in broken.values():
        values = {(r.focus.removeprefix(BASE), r.value) for r in results}
        assert ("role/fbc-csp", r'"Il \"Consorzio\"\n\\ è un\ttesto"') in values
        assert ("hub/crosione", f"<{BASE}org/csp>") in values
        assert ("funding/fbc-cariplo", f'"0"^^<{XSD}decimal>') in values


def test_every_constraint_that_the_shapes_use_is_broken_in_some_way(broken: dict[str, set[Result]]) -> None:
    """Those that stand in a shape of their own (sh:node, sh:qualifiedValueShape) are broken through it."""
    shapes = {triple for path in shape_files() for triple in triples(path)}
    said: dict[str, set[tuple[str, str]]] = {}
    for triple in shapes:
        said.setdefault(text_of(triple.subject), set()).add((triple.predicate.value, text_of(triple.object)))
    checks = {triple.subject for triple in shapes if triple.object == SHAPES("Check")}
    used = {
        triple.predicate.value.removeprefix(SH)
        for triple in shapes
        if triple.predicate.value.startswith(SH) and triple.subject not in checks
    } - {"targetClass", "targetObjectsOf", "property", "path", "name", "description", "message", "severity"}
    used -= {"inversePath", "alternativePath"}

    def constraints(shape: str) -> set[str]:
        found = set()
        for predicate, value in said.get(shape, set()):
            found.add(predicate.removeprefix(SH))
            if predicate in {SH + "node", SH + "qualifiedValueShape", SH + "property"}:
                found |= constraints(value)
        return found

    exercised: set[str] = set()
    for result in broken["fast"]:
        name = result.component.removesuffix("ConstraintComponent")
        parameter = name[0].lower() + name[1:]
        exercised.add(parameter)
        if parameter == "node":
            exercised |= constraints(result.shape) & {"hasValue"}
        if parameter == "qualifiedMinCount":
            exercised |= constraints(result.shape) & {"qualifiedValueShape", "languageIn"}
    assert used - exercised == set()
    severities = {text_of(t.object) for t in shapes if t.predicate == SH("severity")} - {SHAPES + "Unusable"}
    assert {f"{SH}{result.severity}" for result in broken["fast"]} == severities
