"""What follows from what is held true.

A reasoner for OWL 2 RL closes the axioms (the ontology's, the alignments', those a district adds); the data
follow by the rules of `ontology/rules/`, each a CONSTRUCT whose head says something of `?thing`, until nothing
new follows. A release forked from another redoes only the things that a change can have reached. What only the
rules say stands in the default graph, so that queries need not know, and in the inferred graph, so that it can
be told apart. Last comes `pr:searchText`, which no rule can say and from which nothing follows.

Left out of OWL 2 RL, because nothing of ours uses it: identity (`owl:sameAs`, functional properties, keys),
inverse and symmetric properties, property chains, class expressions, the types `owl:Thing` and `rdfs:Resource`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import reasonable
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QuerySolutions, QueryTriples, RdfFormat, Store, Triple
from rdflib import Graph
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Node, URIRef, Variable

from prossima import rq
from prossima.searchtext import SEARCH_TEXT, search_texts
from prossima.vocabulary import INFERRED, OWL, PREFIXES, RDF, RDFS, expand, knowledge, text_of

_DEFAULT = DefaultGraph()
_TRANSITIVE = OWL("TransitiveProperty")
_RELATIONS = (RDFS("subClassOf"), RDFS("subPropertyOf"), RDFS("domain"), RDFS("range"))
_TWO_WAYS = (OWL("equivalentClass"), OWL("equivalentProperty"))
_AXIOMATIC = frozenset(predicate.value for predicate in (*_RELATIONS, *_TWO_WAYS))
_ALL_AND_NOTHING = {URIRef(OWL + "Thing"), URIRef(OWL + "Nothing")}
# So many ways to the same statement are enough to tell.
_REASONS = 20
# A query of so many things is quick to read for the engine, and a release's change rarely has more.
_AT_ONCE = 2000


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule. title: what it says, by language. reach: by which properties (`^` for backwards) one gets from a
    thing that changed to the other things that the rule may now say something else of. query: the CONSTRUCT."""

    name: str
    title: Mapping[str, str]
    reach: tuple[str, ...]
    query: str


@dataclass(frozen=True)
class Reason:
    """Why a statement is inferred: the rule, and the statements it rests on. (What follows among the axioms is the
    reasoner's, and has no reason here.)"""

    rule: Rule
    premises: tuple[Triple, ...]


@cache
def rules() -> dict[str, Rule]:
    """The rules, by name."""
    found = {}
    for path in sorted((knowledge() / "ontology" / "rules").glob("*.rq")):
        head, query = rq.read(path)
        found[path.stem] = Rule(path.stem, head["title"], tuple(head.get("reach", ())), query)
    return found


def is_axiom(triple: Triple) -> bool:
    """Whether a triple changes what follows from all others."""
    return triple.predicate.value in _AXIOMATIC or triple.object == _TRANSITIVE


def axioms(store: Store) -> set[Triple]:
    """The axioms of the default graph, those that follow from them included."""
    graph = Graph()
    for predicate in (*_RELATIONS, *_TWO_WAYS):
        for quad in store.quads_for_pattern(None, predicate, None, _DEFAULT):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
                graph.add((URIRef(quad.subject.value), URIRef(quad.predicate.value), URIRef(quad.object.value)))
    for quad in store.quads_for_pattern(None, RDF("type"), _TRANSITIVE, _DEFAULT):
        if isinstance(quad.subject, NamedNode):
            graph.add((URIRef(quad.subject.value), URIRef(RDF + "type"), URIRef(_TRANSITIVE.value)))
    reasoner = reasonable.PyReasoner()
    reasoner.from_graph(graph)
    found = set()
    for subject, predicate, target in reasoner.reason():
        if isinstance(subject, URIRef) and isinstance(target, URIRef):
            triple = Triple(NamedNode(subject), NamedNode(predicate), NamedNode(target))
            # That a term is below itself, or below all there is, says nothing.
            if is_axiom(triple) and subject != target and not {subject, target} & _ALL_AND_NOTHING:
                found.add(triple)
    return found


def closure(store: Store) -> set[Triple]:
    """All that follows from the default graph of `store` and is not in it."""
    memory = Store()
    # Through N-Triples, and not triple by triple: both ends are the engine's own, ten times as fast.
    held = store.dump(format=RdfFormat.N_TRIPLES, from_graph=_DEFAULT)
    memory.bulk_load(input=held, format=RdfFormat.N_TRIPLES)
    found = {triple for triple in axioms(memory) if _held(triple) not in memory}
    memory.extend(map(_held, found))
    return found | _followed(memory, None)


def renew(
    store: Store, touched: set[Triple], asserted: Callable[[Triple], bool]
) -> tuple[set[Triple], set[Triple]] | None:
    """Bring default and inferred graph up to date for the things that a change has reached.

    `touched` are the triples that the default graph got or lost, no axiom among them; `asserted` tells whether a
    triple is held by its own right. Returns what was inferred of those things before, and what is now; None, and
    nothing is done, when they are so many that to infer all anew is as quick.
    """
    ranged = {text_of(quad.subject) for quad in store.quads_for_pattern(None, RDFS("range"), None, _DEFAULT)}
    ways = _ways(store)
    before: dict[NamedNode, set[Triple]] = {}
    changed = touched
    while changed:
        things = {t.subject for t in changed if isinstance(t.subject, NamedNode)}
        things |= _reached(store, ways, things) | set(_ends(changed, ways, ranged))
        if not before and len(things) > _AT_ONCE:
            return None
        of_each = {thing: set(_inferred_of(store, thing)) for thing in things}
        was = set().union(*of_each.values())
        for thing, inferred in of_each.items():
            before.setdefault(thing, inferred)
        for triple in was:
            store.remove(_inferred(triple))
            if not asserted(triple):
                store.remove(_held(triple))
        now = _followed(store, things)
        store.extend(map(_inferred, now))
        changed = {triple for triple in was ^ now if triple.predicate != SEARCH_TEXT}
    after = {triple for thing in before for triple in _inferred_of(store, thing)}
    return set().union(*before.values()), after


def reasons(store: Store, triple: Triple) -> list[Reason]:
    """By which rules, and from which statements of the default graph, a triple follows; a searchText by none."""
    found: dict[tuple[Triple, ...], Reason] = {}
    for rule in rules().values():
        heads, bodies = _patterns(rule.name)
        for bound in filter(None, (_matched(head, triple) for head in heads)):
            values = " ".join(f"VALUES ?{name} {{ {term} }}" for name, term in bound.items())
            where = rule.query[rule.query.index("WHERE") :].replace("{", "{ " + values, 1)
            rows = store.query(f"SELECT * {where} LIMIT {_REASONS}", prefixes=PREFIXES)
            assert isinstance(rows, QuerySolutions)
            names = [variable.value for variable in rows.variables]
            for row in rows:
                solution = {name: row[name] for name in names if row[name] is not None} | bound
                for body in bodies:
                    premises = tuple(filter(None, (_instance(pattern, solution) for pattern in body)))
                    whole = len(premises) == len(body) and all(_held(premise) in store for premise in premises)
                    if whole and triple not in premises:
                        found.setdefault(premises, Reason(rule, premises))
    return list(found.values())


def _followed(store: Store, things: set[NamedNode] | None) -> set[Triple]:
    """What follows of some things, or of all, added to the default graph: the rules to the end, then the texts."""
    found: set[Triple] = set()
    while new := _said(store, things):
        store.extend(map(_held, new))
        found |= new
    texts = {triple for triple in search_texts(store, things) if _held(triple) not in store}
    store.extend(map(_held, texts))
    return found | texts


def _said(store: Store, things: set[NamedNode] | None) -> set[Triple]:
    """What the rules say, of some things or of all, that the default graph does not have."""
    found: set[Triple] = set()
    some = sorted(things, key=str) if things is not None else []
    parts = [some[i : i + _AT_ONCE] for i in range(0, len(some), _AT_ONCE)] if things is not None else [None]
    for rule in rules().values():
        for part in parts:
            query = rule.query
            if part is not None:
                at = query.index("{", query.index("WHERE")) + 1
                query = f"{query[:at]} VALUES ?thing {{ {' '.join(map(str, part))} }} {query[at:]}"
            said = store.query(query, prefixes=PREFIXES)
            assert isinstance(said, QueryTriples)
            found.update(triple for triple in said if _held(triple) not in store)
    return found


_Edge = tuple[NamedNode, bool]


def _ways(store: Store) -> list[list[_Edge]]:
    """The paths along which what follows of one thing depends on another, each step as (property, backwards)."""
    written = {name for rule in rules().values() for name in rule.reach}
    ways = [[_edge(step) for step in name.split("/")] for name in sorted(written)]
    for quad in store.quads_for_pattern(None, RDF("type"), _TRANSITIVE, _DEFAULT):
        if isinstance(quad.subject, NamedNode):
            ways.append([(quad.subject, True)])
    return ways


def _edge(name: str) -> _Edge:
    return NamedNode(expand(name.lstrip("^"))), name.startswith("^")


def _reached(store: Store, ways: list[list[_Edge]], things: set[NamedNode]) -> set[NamedNode]:
    """Where one gets to from things along the ways."""
    found: set[NamedNode] = set()
    for way in ways:
        ends = things
        for edge in way:
            ends = _reached_by(store, edge, ends)
        found |= ends
    return found


def _reached_by(store: Store, edge: _Edge, things: Iterable[NamedNode]) -> set[NamedNode]:
    """Where one step along one edge leads."""
    predicate, backwards = edge
    found: set[NamedNode] = set()
    for thing in things:
        if backwards:
            ends = [quad.subject for quad in store.quads_for_pattern(None, predicate, thing, _DEFAULT)]
        else:
            ends = [quad.object for quad in store.quads_for_pattern(thing, predicate, None, _DEFAULT)]  # type: ignore[misc]
        found.update(end for end in ends if isinstance(end, NamedNode))
    return found


def _ends(changed: Iterable[Triple], ways: list[list[_Edge]], ranged: set[str]) -> Iterator[NamedNode]:
    """The objects whose class may hang on triples that came or went, or to which a step led that may be gone."""
    forwards = ranged | {predicate.value for way in ways for predicate, backwards in way if not backwards}
    for triple in changed:
        if triple.predicate.value in forwards and isinstance(triple.object, NamedNode):
            yield triple.object


def _inferred_of(store: Store, node: NamedNode) -> Iterator[Triple]:
    for quad in store.quads_for_pattern(node, None, None, INFERRED):
        if not is_axiom(quad.triple):  # those are the reasoner's, and change with the axioms only
            yield quad.triple


_Pattern = tuple[Node, ...]


@cache
def _patterns(name: str) -> tuple[list[_Pattern], list[list[_Pattern]]]:
    """A rule's head as triple patterns, and its body, once for each branch of its unions; without its filters."""

    def bodies(part: CompValue) -> list[list[_Pattern]]:
        if part.name == "BGP":
            return [list(part.triples)]
        if part.name == "Union":
            return bodies(part.p1) + bodies(part.p2)
        if part.name == "Join":
            return [one + other for one in bodies(part.p1) for other in bodies(part.p2)]
        return bodies(part.p) if "p" in part and part.name != "ToMultiSet" else [[]]

    prepared = prepareQuery(rules()[name].query, initNs=dict(PREFIXES)).algebra
    return list(prepared.template), bodies(prepared.p)


def _matched(head: tuple[Node, ...], triple: Triple) -> dict[str, NamedNode | Literal] | None:
    """The values that make a head the triple; None when it cannot be."""
    bound: dict[str, NamedNode | Literal] = {}
    for place, term in zip(head, (triple.subject, triple.predicate, triple.object), strict=True):
        if isinstance(place, Variable):
            if not isinstance(term, NamedNode | Literal):
                return None
            if bound.setdefault(str(place), term) != term:
                return None
        elif not isinstance(term, NamedNode) or term.value != str(place):
            return None
    return bound


def _instance(pattern: tuple[Node, ...], solution: Mapping[str, object]) -> Triple | None:
    """A pattern with its variables filled in; None when one of them is not bound."""
    terms = [solution.get(str(t)) if isinstance(t, Variable) else NamedNode(str(t)) for t in pattern]
    return Triple(*terms) if all(term is not None for term in terms) else None  # type: ignore[arg-type]


def _held(triple: Triple) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, _DEFAULT)


def _inferred(triple: Triple) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, INFERRED)
