"""What travels from a contribution to a release: statements, each with its evidence and the cell it came from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Triple

from prossima.problems import Cell, Problem
from prossima.tables import Table
from prossima.vocabulary import GRAPH, PR, PROV, RDF, SCHEME, XSD


@dataclass(frozen=True, slots=True)
class Origin:
    """A table, a file or a contribution: publishing it again replaces what it said before.

    iri: its name. group: the IRI of the district (or of the file) it belongs to; publishing a group without
    an origin that it had before withdraws that origin. checksum: SHA-256, for files taken as they are.
    as_of: ISO day up to which its sources were read.
    """

    iri: str
    group: str
    title: str
    checksum: str | None = None
    as_of: str | None = None
    role: str = "steward"

    def described(self) -> Iterator[Triple]:
        """The origin's description, for the default graph."""
        node = NamedNode(self.iri)
        yield Triple(node, RDF("type"), PR("Origin"))
        yield Triple(node, NamedNode("http://www.w3.org/2000/01/rdf-schema#label"), Literal(self.title))
        yield Triple(node, NamedNode("http://purl.org/dc/terms/isPartOf"), NamedNode(self.group))
        yield Triple(node, PR("contributorRole"), SCHEME(f"contributor-role/{self.role}"))
        if self.checksum:
            yield Triple(node, PR("checksum"), Literal(self.checksum))
        if self.as_of:
            yield Triple(node, PR("asOf"), Literal(self.as_of, datatype=XSD("date")))


@dataclass(frozen=True, slots=True)
class Evidence:
    """Who says it and how sure it is: one named graph for each (origin, sources, confidence, scope).

    sources: IRIs. confidence: slug of the confidence scheme. scope: "field" when each source gives the fact,
    "row" when it is known only that they support the row. name: the graph's own IRI, where a published file
    had named it; else the IRI is a hash of the key.
    """

    origin: str
    sources: frozenset[str]
    confidence: str
    scope: str = "field"
    name: str | None = None

    @property
    def graph(self) -> NamedNode:
        if self.name:
            return NamedNode(self.name)
        key = "\n".join([self.origin, *sorted(self.sources), self.confidence, self.scope])
        return GRAPH("evidence/" + hashlib.sha256(key.encode()).hexdigest()[:20])

    def described(self) -> Iterator[Triple]:
        """The evidence graph's description, for the default graph."""
        graph = self.graph
        yield Triple(graph, RDF("type"), PR("Evidence"))
        yield Triple(graph, PR("origin"), NamedNode(self.origin))
        yield Triple(graph, PR("confidence"), SCHEME(f"confidence/{self.confidence}"))
        yield Triple(graph, PR("sourceScope"), SCHEME(f"source-scope/{self.scope}"))
        for source in self.sources:
            yield Triple(graph, PROV("hadPrimarySource"), NamedNode(source))


@dataclass(frozen=True, slots=True)
class Statement:
    """One triple, its evidence, and the cell it came from (None for RDF files)."""

    triple: Triple
    evidence: Evidence
    cell: Cell | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """A file that was read: the group it belongs to, its name within the group, where it is."""

    group: str
    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Reference:
    """A cell that points at something: what it says, and the IRI meant. That it exists is the gate's to see."""

    iri: str
    value: str
    cell: Cell


@dataclass
class Contribution:
    """What one or more districts and files say, read but not yet checked."""

    origins: list[Origin] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    inputs: list[Input] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    shapes: dict[Path, str] = field(default_factory=dict)  # a district's own, and the base of what they hold
    boxes: dict[str, tuple[float, ...]] = field(default_factory=dict)  # west, south, east, north, by a district's base
    tables: dict[Cell, Table] = field(default_factory=dict)  # as they were read, by their cell without row and column

    def groups(self) -> set[str]:
        return {origin.group for origin in self.origins}

    def extend(self, other: Contribution) -> None:
        self.origins += other.origins
        self.statements += other.statements
        self.problems += other.problems
        self.inputs += other.inputs
        self.references += other.references
        self.shapes |= other.shapes
        self.tables |= other.tables
        self.boxes |= other.boxes


def evidence_quads(statements: Iterable[Statement]) -> Iterator[Quad]:
    """The statements as quads of their evidence graphs, and each graph's description in the default graph."""
    seen: set[Evidence] = set()
    for statement in statements:
        triple = statement.triple
        yield Quad(triple.subject, triple.predicate, triple.object, statement.evidence.graph)
        if statement.evidence not in seen:
            seen.add(statement.evidence)
            for described in statement.evidence.described():
                yield Quad(described.subject, described.predicate, described.object, DefaultGraph())
