"""What a shapes graph reads: for each shape its targets, and the paths that its verdict on a focus node follows.

Read once from the shapes, this tells which focus nodes a changed triple can matter to (`incremental` walks the
paths backwards) and what has to be there to judge them (it walks them forwards). SHACL, sections 2.1 (targets),
2.3 (paths) and 4 (constraint components), and 5 (SPARQL-based constraints).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from prossima.vocabulary import OWL, RDF, RDFS, SH, text_of

ANY = ""


@dataclass(frozen=True)
class Step:
    """One step of a path: along any of these properties (IRI, backwards), once or, `many`, any number of times.
    The IRI ANY stands for all properties."""

    ways: frozenset[tuple[str, bool]]
    many: bool = False


Path = tuple[Step, ...]
TYPE = Step(frozenset({(RDF + "type", False)}))
WIDER = Step(frozenset({(RDFS + "subClassOf", False)}), many=True)


@dataclass
class Shape:
    """A shape with targets of its own. sources: the shapes a result on its focus nodes may name as its source.
    whole: whether its verdict may hang on triples that no path from the focus node reaches."""

    iri: str
    classes: frozenset[str] = frozenset()
    nodes: frozenset[str] = frozenset()
    subjects_of: frozenset[str] = frozenset()
    objects_of: frozenset[str] = frozenset()
    paths: frozenset[Path] = frozenset()
    sources: frozenset[str] = frozenset()
    whole: bool = False


@dataclass
class _Reading:
    paths: set[Path] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)
    whole: bool = False


def shapes_of(triples: Iterable[Triple]) -> list[Shape]:
    """The shapes of a shapes graph that have targets."""
    return _Graph(triples).shapes()


class _Graph:
    def __init__(self, triples: Iterable[Triple]) -> None:
        self.said: dict[str, dict[str, list[NamedNode | BlankNode | Literal]]] = {}
        for triple in triples:
            assert not isinstance(triple.object, Triple)
            self.said.setdefault(text_of(triple.subject), {}).setdefault(triple.predicate.value, []).append(
                triple.object
            )

    def objects(self, node: str, predicate: str) -> list[str]:
        return [text_of(term) for term in self.said.get(node, {}).get(predicate, [])]

    def items(self, node: str) -> Iterator[str]:
        """The members of an RDF list."""
        while node != RDF + "nil":
            [first], [node] = self.objects(node, RDF + "first"), self.objects(node, RDF + "rest")
            yield first

    def shapes(self) -> list[Shape]:
        found = []
        for iri in sorted(self.said):
            if self.is_off(iri):
                continue
            kinds = self.objects(iri, RDF + "type")
            is_class = {RDFS + "Class", OWL + "Class"} & set(kinds) and {SH + "NodeShape", SH + "PropertyShape"} & set(
                kinds
            )
            shape = Shape(
                iri,
                classes=frozenset([*self.objects(iri, SH + "targetClass"), *([iri] if is_class else [])]),
                nodes=frozenset(self.objects(iri, SH + "targetNode")),
                subjects_of=frozenset(self.objects(iri, SH + "targetSubjectsOf")),
                objects_of=frozenset(self.objects(iri, SH + "targetObjectsOf")),
            )
            if shape.classes or shape.nodes or shape.subjects_of or shape.objects_of:
                reading = _Reading()
                self.read(iri, (), reading, ())
                shape.paths, shape.sources = frozenset(reading.paths), frozenset(reading.sources)
                shape.whole = reading.whole or bool(self.objects(iri, SH + "target"))
                found.append(shape)
        return found

    def is_off(self, shape: str) -> bool:
        return "true" in self.objects(shape, SH + "deactivated")

    def read(self, shape: str, prefix: Path, reading: _Reading, within: tuple[str, ...]) -> None:
        """Add what a shape reads from the nodes at the end of `prefix`."""
        if shape in within:
            reading.whole = True  # a shape that refers to itself: how far it reads is not known beforehand
            return
        if self.is_off(shape):
            return
        nested = any(step.startswith("nested ") for step in within)
        if not nested:
            reading.sources.add(shape)
        here = prefix
        for path in self.objects(shape, SH + "path"):
            here = prefix + self.path(path)
            reading.paths.add(here)
        inside = (*within, shape)
        if self.objects(shape, SH + "class"):
            reading.paths |= {(*here, TYPE), (*here, TYPE, WIDER)}
        for name in ("equals", "disjoint", "lessThan", "lessThanOrEquals"):
            for other in self.objects(shape, SH + name):
                reading.paths.add((*prefix, _along(other)))
        if "true" in self.objects(shape, SH + "closed"):
            reading.paths.add((*here, Step(frozenset({(ANY, False)}))))
        for child in self.objects(shape, SH + "property"):
            # Of a property shape within one, the results are on the values, and not on the focus node.
            reading.whole |= here != prefix and not nested
            self.read(child, here, reading, inside)
        for name in ("node", "not", "qualifiedValueShape"):
            for child in self.objects(shape, SH + name):
                self.read(child, here, reading, (*inside, f"nested {name}"))
        if "true" in self.objects(shape, SH + "qualifiedValueShapesDisjoint"):
            reading.whole = True  # it looks at the shapes of its siblings too
        for name in ("and", "or", "xone"):
            for list_ in self.objects(shape, SH + name):
                for child in self.items(list_):
                    self.read(child, here, reading, (*inside, f"nested {name}"))
        for constraint in self.objects(shape, SH + "sparql"):
            self.read_query(constraint, prefix, reading)

    def read_query(self, constraint: str, prefix: Path, reading: _Reading) -> None:
        """Add what a SPARQL constraint reads: each triple pattern tied to `$this` by others."""
        from rdflib.term import URIRef, Variable  # only here: it takes long to import, and few shapes have queries

        for text in self.objects(constraint, SH + "select") + self.objects(constraint, SH + "ask"):
            patterns = _patterns(text, self.prefixes(constraint))
            found: dict[object, Path] = {Variable("this"): prefix}
            while patterns:
                tied = next((p for p in patterns if p[0] in found or p[2] in found), None)
                if tied is None or not isinstance(tied[1], URIRef):
                    reading.whole = True
                    return
                subject, predicate, target = tied
                backwards = subject not in found
                path = (*found[target if backwards else subject], _along(str(predicate), backwards))
                reading.paths.add(path)
                other = subject if backwards else target
                if isinstance(other, Variable):
                    found.setdefault(other, path)
                patterns.remove(tied)

    def prefixes(self, constraint: str) -> dict[str, str]:
        found = {}
        for owner in self.objects(constraint, SH + "prefixes"):
            for declaration in self.objects(owner, SH + "declare"):
                [prefix], [namespace] = (
                    self.objects(declaration, SH + "prefix"),
                    self.objects(declaration, SH + "namespace"),
                )
                found[prefix] = namespace
        return found

    def path(self, node: str) -> Path:
        """A SHACL property path as steps."""
        if self.objects(node, RDF + "first"):
            return tuple(step for item in self.items(node) for step in self.path(item))
        for name, many in (("zeroOrMorePath", True), ("oneOrMorePath", True), ("zeroOrOnePath", True)):
            for inner in self.objects(node, SH + name):
                steps = self.path(inner)
                ways = frozenset(way for step in steps for way in step.ways)
                # Of a sequence repeated, any of its steps in any order: it reads more than it needs, and never less.
                return (Step(ways, many),)
        for list_ in self.objects(node, SH + "alternativePath"):
            inner_steps = [self.path(item) for item in self.items(list_)]
            ways = frozenset(way for steps in inner_steps for step in steps for way in step.ways)
            return (Step(ways, many=any(len(steps) > 1 or steps[0].many for steps in inner_steps)),)
        for inner in self.objects(node, SH + "inversePath"):
            return tuple(
                Step(frozenset((iri, not back) for iri, back in s.ways), s.many) for s in self.path(inner)[::-1]
            )
        return (_along(node),)


def _along(predicate: str, backwards: bool = False) -> Step:
    return Step(frozenset({(predicate, backwards)}))


def _patterns(text: str, prefixes: dict[str, str]) -> list[tuple[object, object, object]]:
    """The triple patterns of a query, wherever they stand in it."""
    from rdflib.plugins.sparql import prepareQuery
    from rdflib.plugins.sparql.parserutils import CompValue

    found: list[tuple[object, object, object]] = []

    def walk(part: object) -> None:
        if isinstance(part, CompValue):
            if part.name == "BGP":
                found.extend(part.triples)
            for value in part.values():
                walk(value)
        elif isinstance(part, list | tuple):
            for value in part:
                walk(value)

    walk(prepareQuery(text.replace("$", "?"), initNs=prefixes).algebra)
    return found
