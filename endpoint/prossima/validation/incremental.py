"""What a change does to a validated graph: the results it brings and those it takes away, at the cost of the change.

From the triples that come and go the paths of the shapes are walked backwards, to the focus nodes whose verdict
may be another; these are judged on what their paths reach, before and after. The rest of the graph is not read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple

from prossima.validation.engines import Result, fast
from prossima.validation.reach import ANY, WIDER, Path, Shape, Step
from prossima.vocabulary import RDF, RDFS, text_of

Node = NamedNode | BlankNode | Literal
_SUBCLASS = RDFS + "subClassOf"


class Graph(Protocol):
    """Triples that can be asked for by what is known of them."""

    def match(self, subject: Node | None, predicate: NamedNode | None, target: Node | None) -> Iterator[Triple]: ...


class Published:
    """What is said in a store: the statements of all its graphs that `is_said` lets pass, each once."""

    def __init__(self, store: Store, is_said: Callable[[Quad], bool] = lambda quad: True) -> None:
        self.store, self.is_said = store, is_said

    def match(self, subject: Node | None, predicate: NamedNode | None, target: Node | None) -> Iterator[Triple]:
        if isinstance(subject, Literal):
            return iter(())
        found = self.store.quads_for_pattern(subject, predicate, target, None)
        return iter({quad.triple for quad in found if self.is_said(quad)})


class Indexed:
    """Triples in memory, found by any of their terms."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._by: dict[tuple[str, Node], dict[Triple, None]] = {}
        for triple in triples:
            assert not isinstance(triple.subject, Triple)
            assert not isinstance(triple.object, Triple)
            keys: list[tuple[str, Node]] = [("s", triple.subject), ("p", triple.predicate), ("o", triple.object)]
            for key in keys:
                self._by.setdefault(key, {})[triple] = None

    def match(self, subject: Node | None, predicate: NamedNode | None, target: Node | None) -> Iterator[Triple]:
        known = {"s": subject, "o": target, "p": predicate}
        key = next(((place, term) for place, term in known.items() if term is not None), None)
        assert key, "what nothing is known of would be all"
        for triple in self._by.get(key, ()):
            fits = subject in (None, triple.subject) and predicate in (None, triple.predicate)
            if fits and target in (None, triple.object):
                yield triple


class Together:
    """What any of several graphs holds, each triple once."""

    def __init__(self, *graphs: Graph) -> None:
        self.graphs = graphs

    def match(self, subject: Node | None, predicate: NamedNode | None, target: Node | None) -> Iterator[Triple]:
        seen = set()
        for graph in self.graphs:
            for triple in graph.match(subject, predicate, target):
                if triple not in seen:
                    seen.add(triple)
                    yield triple


class Changed:
    """A graph with some triples gone and some come."""

    def __init__(self, base: Graph, added: Iterable[Triple], removed: Iterable[Triple]) -> None:
        self.base, self.removed = base, frozenset(removed)
        self.added = Indexed(added)

    def match(self, subject: Node | None, predicate: NamedNode | None, target: Node | None) -> Iterator[Triple]:
        seen = set()
        for triple in self.base.match(subject, predicate, target):
            if triple not in self.removed:
                seen.add(triple)
                yield triple
        yield from (triple for triple in self.added.match(subject, predicate, target) if triple not in seen)


@dataclass(frozen=True)
class Verdicts:
    """The results that a change brings, those that it takes away, and those that stand on what it touches."""

    introduced: frozenset[Result]
    vanished: frozenset[Result]
    standing: frozenset[Result] = frozenset()


class NotIncrementalError(Exception):
    """The verdict may hang on anything: a shape reads without bounds, or the classes themselves change."""


def verdicts(
    before: Graph,
    added: set[Triple],
    removed: set[Triple],
    shapes: list[Shape],
    engine_shapes: str,
    matters: Callable[[str], bool] = lambda focus: True,
) -> Verdicts:
    """Judge a change. engine_shapes: the shapes graph in Turtle, of which `shapes` is the reading. matters: the focus
    nodes to judge, when not all.

    Raises NotIncrementalError.
    """
    if any(triple.predicate.value == _SUBCLASS for triple in added | removed):
        raise NotIncrementalError("the classes change")
    for shape in shapes:
        if shape.whole:
            raise NotIncrementalError(shape.iri)
    after = Changed(before, added, removed)
    # Walked over both: a path may lead over a triple that goes, and over one that comes.
    either = Changed(before, added, ())
    affected: dict[str, set[Node]] = {}
    changed: dict[str, list[Triple]] = {ANY: [*added, *removed]}
    for triple in changed[ANY]:
        changed.setdefault(triple.predicate.value, []).append(triple)
    judged = {}
    for shape in shapes:
        affected[shape.iri] = {node for node in _touched(shape, either, changed) if matters(text_of(node))}
    for name, graph in (("before", before), ("after", after)):
        data: set[Triple] = set()
        focus: set[tuple[str, str]] = set()
        for shape in shapes:
            for node in affected[shape.iri]:
                is_target, why = _target(shape, node, graph)
                if is_target:
                    data.update(why)
                    data.update(_read(shape, node, graph))
                    focus |= {(text_of(node), source) for source in shape.sources}
        found = fast(data, engine_shapes) if data else []
        judged[name] = frozenset(result for result in found if (result.focus, result.shape) in focus)
    before_, after_ = judged["before"], judged["after"]
    return Verdicts(after_ - before_, before_ - after_, before_ & after_)


def _touched(shape: Shape, graph: Graph, changed: Mapping[str, list[Triple]]) -> Iterator[Node]:
    """The nodes whose verdict by a shape the changed triples, by predicate, can matter to, targets or not."""
    for predicate in {RDF + "type"} | shape.subjects_of | shape.objects_of:
        for triple in changed.get(predicate, ()):
            yield triple.subject  # type: ignore[misc]
            if predicate in shape.objects_of:
                yield triple.object  # type: ignore[misc]
    for path in shape.paths:
        for position, step in enumerate(path):
            starts = {
                triple.object if backwards else triple.subject
                for iri, backwards in step.ways
                for triple in changed.get(iri, ())
            }
            if starts:
                yield from _back(path[:position], step, starts, graph)  # type: ignore[arg-type]


def _back(path: Path, step: Step, starts: set[Node], graph: Graph) -> set[Node]:
    """From where one gets to `starts` along the path, any number of times the step itself before them."""
    if step.many:
        starts = _closure(starts, step, graph, reverse=True)
    for earlier in path[::-1]:
        if earlier.many:
            starts = _closure(starts, earlier, graph, reverse=True)
        else:
            starts = {node for start in starts for node in _over(earlier, start, graph, reverse=True)}
    return starts


def _over(step: Step, node: Node, graph: Graph, *, reverse: bool = False) -> Iterator[Node]:
    """The nodes one step on, or one step back."""
    for triple in _triples(step, node, graph, reverse=reverse):
        yield triple.subject if triple.object == node else triple.object  # type: ignore[misc]
        if triple.subject == triple.object:
            yield node


def _triples(step: Step, node: Node, graph: Graph, *, reverse: bool = False) -> Iterator[Triple]:
    for iri, backwards in step.ways:
        predicate = NamedNode(iri) if iri else None
        if backwards != reverse:
            yield from graph.match(None, predicate, node)
        elif not isinstance(node, Literal):
            yield from graph.match(node, predicate, None)


def _closure(starts: set[Node], step: Step, graph: Graph, *, reverse: bool = False) -> set[Node]:
    """Where one gets to by any number of such steps, the starts included."""
    found, waiting = set(starts), list(starts)
    while waiting:
        for node in _over(step, waiting.pop(), graph, reverse=reverse):
            if node not in found:
                found.add(node)
                waiting.append(node)
    return found


def _target(shape: Shape, node: Node, graph: Graph) -> tuple[bool, set[Triple]]:
    """Whether a node is a target of the shape, and by which triples."""
    why: set[Triple] = set()
    if not isinstance(node, Literal):
        for triple in graph.match(node, NamedNode(RDF + "type"), None):
            assert not isinstance(triple.object, Triple)
            above = _closure({triple.object}, WIDER, graph)
            if shape.classes & {text_of(kind) for kind in above}:
                why.add(triple)
                why.update(t for kind in above for t in _triples(WIDER, kind, graph))
        for predicate in shape.subjects_of:
            why.update(graph.match(node, NamedNode(predicate), None))
    for predicate in shape.objects_of:
        why.update(graph.match(None, NamedNode(predicate), node))
    return bool(why) or text_of(node) in shape.nodes, why


def _read(shape: Shape, node: Node, graph: Graph) -> Iterator[Triple]:
    """What the shape reads from a focus node."""
    walked: dict[Path, set[Node]] = {(): {node}}
    for path in shape.paths:
        for length in range(1, len(path) + 1):
            part, step = path[:length], path[length - 1]
            if part in walked:
                continue
            starts = walked[path[: length - 1]]
            if step.many:
                starts = _closure(starts, step, graph)
            reached: set[Node] = set(starts) if step.many else set()
            for start in starts:
                for triple in _triples(step, start, graph):
                    yield triple
                    reached.add(triple.subject if triple.object == start else triple.object)  # type: ignore[arg-type]
            walked[part] = reached
