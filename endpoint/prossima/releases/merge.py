"""What a contribution changes in a store: the difference between what its groups said and what they say now.

Graphs of a release: the default graph (what is held true, the descriptions of evidence and origins, the
ontology and the schemes), one evidence graph for each (origin, sources, confidence, scope), the inferred
graph, and a graph each for ontology, schemes and shapes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store, Triple

from prossima import evidence, inference
from prossima.statements import Contribution, Statement, evidence_quads
from prossima.vocabulary import DCTERMS, GRAPH, INFERRED, PR, ROOT, SCHEME, system_quads, text_of

SYSTEM_GRAPHS = tuple(GRAPH(name) for name in ("ontology", "schemes", "shapes"))
_DEFAULT = DefaultGraph()
# From so many changed triples on, to infer all anew is as quick.
_MANY = 50_000


class TakenGraphError(ValueError):
    """A published file names a graph that another origin already owns."""

    def __init__(self, graph: str, owner: str) -> None:
        super().__init__(graph, owner)
        self.graph, self.owner = graph, owner


@dataclass
class Change:
    """The quads that a merge added and removed, those inferred included, and the subjects it left bare."""

    added: set[Quad] = field(default_factory=set)
    removed: set[Quad] = field(default_factory=set)
    bare: set[str] = field(default_factory=set)
    inferred: int = 0  # how many more statements are inferred than before

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


def load(store: Store, contribution: Contribution) -> Change:
    """Make `store` say what the contribution's groups say now, and nothing of what they said before.

    Returns the change so far: `infer` completes it. Raises TakenGraphError.
    """
    _refuse_shared_graphs(contribution)
    if not len(store):
        return _first(store, contribution)
    graphs, described = said_before(store, contribution.groups())
    named_now, described_now, _ = _said_now(contribution)
    _refuse_taken_graphs(store, contribution, graphs)

    kept = (*graphs, *SYSTEM_GRAPHS)
    named_before = {quad for graph in kept for quad in store.quads_for_pattern(None, None, None, graph)}
    before = _Holding(store)
    named_out = named_before - named_now
    named_in = {quad for quad in named_now - named_before if quad not in store}
    for quad in named_out:
        store.remove(quad)
    store.extend(named_in)
    described_in = {quad for quad in described_now if quad not in store}
    store.extend(described_in)
    holding = _Holding(store)
    touched = {quad.triple for quad in named_out | (named_now - named_before)}
    touched |= {quad.triple for quad in described - described_now}
    touched |= {quad.triple for node in before.lost_nodes() ^ holding.lost_nodes() for quad in _about(store, node)}
    # A triple is in the default graph when a description, or someone who is held, says it, and only then.
    held = {triple for triple in touched if _held(triple) in described_now or holding.says(triple)}
    new = {quad for quad in map(_held, held) if quad not in store}
    out = {quad for quad in map(_held, touched - held) if quad in store}
    for quad in out:
        store.remove(quad)
    store.extend(new)
    return Change(named_in | new | described_in, named_out | out)


def _first(store: Store, contribution: Contribution) -> Change:
    """Fill an empty store: in bulk, so that its files are written once and later releases share them."""
    named, described, held = _said_now(contribution)
    store.bulk_extend(named | described | held)
    return Change(added=named | described | held)


def infer(store: Store, change: Change, whole: bool) -> None:
    """Bring what follows up to date, complete the change by it, and find the subjects left with no statement.

    whole: whether all is to be inferred anew: in a first load, and where the rules or the ontology are new.
    """
    touched = {quad.triple for quad in change.added | change.removed}
    holding = _Holding(store)
    whole = whole or len(touched) > _MANY or any(map(inference.is_axiom, touched))
    renewed = None if whole else inference.renew(store, touched, holding.says)
    if renewed is None:
        before = {quad.triple for quad in store.quads_for_pattern(None, None, None, INFERRED)}
        for triple in before:
            store.remove(_inferred(triple))
            if not holding.says(triple):
                store.remove(_held(triple))
        after = inference.closure(store)
        store.extend(graph(triple) for triple in after for graph in (_held, _inferred))
    else:
        before, after = renewed
    change.inferred = len(after) - len(before)
    change.added |= {_inferred(triple) for triple in after - before}
    change.removed |= {_inferred(triple) for triple in before - after}
    # Of the default graph, only what it did not have before, or has no more: who says it may have changed alone.
    for triple in (before ^ after) | (touched & (before | after)):
        quad = _held(triple)
        was_there, is_there = triple in before or quad in change.removed, quad in store
        change.added.discard(quad)
        change.removed.discard(quad)
        if was_there != is_there:
            (change.added if is_there else change.removed).add(quad)
    subjects = {text_of(quad.subject) for quad in change.removed}
    change.bare = {iri for iri in subjects if is_thing(iri) and is_bare(store, iri)}


def without_inferred(asserted: Store, store: Store, change: Change) -> None:
    """Make `asserted`, which was the store before a change without what was inferred, so again after it."""
    changed = change.added | change.removed
    changed |= {_held(quad.triple) for quad in changed if quad.graph_name == INFERRED}
    for quad in changed:
        in_default = quad.graph_name == _DEFAULT
        if quad not in store or quad.graph_name == INFERRED or (in_default and _inferred(quad.triple) in store):
            asserted.remove(quad)
        else:
            asserted.add(quad)


def is_thing(iri: str) -> bool:
    """Whether an IRI names something a page is about, rather than our own bookkeeping."""
    return not iri.startswith((GRAPH, ROOT + ".well-known/", ROOT + "origin/"))


def is_bare(store: Store, iri: str) -> bool:
    """Whether nothing is said of a thing."""
    return not any(store.quads_for_pattern(NamedNode(iri), None, None))


def digest(quads: Iterable[Quad], removed: Iterable[Quad] = (), start: str = "") -> str:
    """A sum of SHA-256 over quads, in hexadecimal: the same content gives the same digest in any order.

    start and removed let it follow a change without reading the whole store.
    """
    total = int(start, 16) if start else 0
    for quad in quads:
        total += int.from_bytes(hashlib.sha256(str(quad).encode()).digest(), "big")
    for quad in removed:
        total -= int.from_bytes(hashlib.sha256(str(quad).encode()).digest(), "big")
    return f"{total % (1 << 256):064x}"


def said_before(store: Store, groups: set[str]) -> tuple[set[NamedNode], set[Quad]]:
    """The evidence graphs of the groups, and the descriptions of graphs and origins in the default graph."""
    graphs: set[NamedNode] = set()
    described: set[Quad] = set()
    for group in groups:
        for part in store.quads_for_pattern(None, DCTERMS("isPartOf"), NamedNode(group), _DEFAULT):
            if not any(store.quads_for_pattern(part.subject, PR("contributorRole"), None, _DEFAULT)):
                continue
            described.update(store.quads_for_pattern(part.subject, None, None, _DEFAULT))
            for owned in store.quads_for_pattern(None, PR("origin"), part.subject, _DEFAULT):
                assert isinstance(owned.subject, NamedNode)
                graphs.add(owned.subject)
                described.update(store.quads_for_pattern(owned.subject, None, None, _DEFAULT))
    return graphs, described


def _said_now(contribution: Contribution) -> tuple[set[Quad], set[Quad], set[Quad]]:
    """Quads of named graphs, descriptions and held statements, with literals as the store will give them back."""
    named = Store()
    named.extend(evidence_quads(contribution.statements))
    named.extend(_held(triple) for origin in contribution.origins for triple in origin.described())
    named.extend(system_quads())
    described = set(named.quads_for_pattern(None, None, None, _DEFAULT))
    held = Store()
    groups = {origin.iri: origin.group for origin in contribution.origins}
    by_group: dict[str, list[Statement]] = {}
    for statement in contribution.statements:
        by_group.setdefault(groups[statement.evidence.origin], []).append(statement)
    for statements in by_group.values():
        held.extend(_held(triple) for triple in evidence.held(statements))
    return set(named) - described, described, set(held)


class _Holding:
    """What is held true in a store: who says each evidence graph, how surely, and what disagreements leave out."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._known: dict[NamedNode, tuple[str, str] | None] = {}
        told: dict[str, list[Triple]] = {}
        for predicate in evidence.TELLING:
            for quad in store.quads_for_pattern(None, predicate, None, None):
                if isinstance(quad.graph_name, NamedNode) and (said := self._said(quad.graph_name)):
                    told.setdefault(said[0], []).append(quad.triple)
        self.lost = {group: evidence.lost(triples) for group, triples in told.items()}

    def lost_nodes(self) -> set[tuple[str, str]]:
        """(group, node) of all that a group's disagreements keep it from being held for."""
        return {(group, node) for group, nodes in self.lost.items() for node in nodes}

    def says(self, triple: Triple) -> bool:
        """Whether the ontology, the schemes or an evidence graph says this triple, so that it is held."""
        for quad in self.store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None):
            graph = quad.graph_name
            if not isinstance(graph, NamedNode) or graph in (INFERRED, GRAPH("shapes")):
                continue
            if graph in SYSTEM_GRAPHS:
                return True
            said = self._said(graph)
            if said and evidence.is_held(triple, said[1], self.lost.get(said[0], set())):
                return True
        return False

    def _said(self, graph: NamedNode) -> tuple[str, str] | None:
        """The group that says a graph and its confidence; None for a graph of ours."""
        if graph not in self._known:
            origin, confidence = self._one(graph, PR("origin")), self._one(graph, PR("confidence"))
            group = self._one(origin, DCTERMS("isPartOf")) if isinstance(origin, NamedNode) else None
            self._known[graph] = None
            if group and confidence:
                self._known[graph] = group.value, confidence.value.removeprefix(SCHEME + "confidence/")
        return self._known[graph]

    def _one(self, subject: NamedNode, predicate: NamedNode) -> NamedNode | None:
        found = self.store.quads_for_pattern(subject, predicate, None, _DEFAULT)
        return next((quad.object for quad in found if isinstance(quad.object, NamedNode)), None)


def _about(store: Store, lost: tuple[str, str]) -> Iterator[Quad]:
    node = NamedNode(lost[1])
    yield from store.quads_for_pattern(node, None, None, None)
    yield from store.quads_for_pattern(None, None, node, None)


def _refuse_shared_graphs(contribution: Contribution) -> None:
    owners: dict[NamedNode, str] = {}
    for statement in contribution.statements:
        owner = owners.setdefault(statement.evidence.graph, statement.evidence.origin)
        if owner != statement.evidence.origin:
            raise TakenGraphError(statement.evidence.graph.value, owner)


def _refuse_taken_graphs(store: Store, contribution: Contribution, own: set[NamedNode]) -> None:
    for graph in {statement.evidence.graph for statement in contribution.statements} - own:
        for owner in store.quads_for_pattern(graph, PR("origin"), None, _DEFAULT):
            raise TakenGraphError(graph.value, text_of(owner.object))


def _held(triple: Triple) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, _DEFAULT)


def _inferred(triple: Triple) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, INFERRED)
