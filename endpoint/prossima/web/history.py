"""The versions of the ontology, and what changed from each to the next.

`ontology/versions/<version>.ttl` keeps a version as it was released, all its modules in one file; the version that
the ontology's files are at is read from them until it is kept there too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

from pyoxigraph import NamedNode, RdfFormat, Triple, parse, serialize
from rdflib import Graph, URIRef
from rdflib.compare import graph_diff, to_isomorphic
from rdflib.namespace import OWL, RDF, RDFS
from rdflib.term import Literal, Node

from prossima.vocabulary import DCTERMS, PR, PREFIXES, ROOT, compact, knowledge, ontology_files, text_of, triples

VERSION = re.compile(r"[0-9]+(\.[0-9]+)+")
_UMBRELLA = ROOT + "ontology"


@dataclass(frozen=True)
class Change:
    """What a property of a term said and says: texts with their language, or None for IRIs and other values."""

    predicate: str
    old: list[tuple[str, str | None]]
    new: list[tuple[str, str | None]]


@dataclass
class Changes:
    """The local names of the terms by what happened to them; `changed` with what of them changed."""

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    deprecated: list[str] = field(default_factory=list)
    changed: dict[str, list[Change]] = field(default_factory=dict)


@dataclass(frozen=True)
class Version:
    """changes: from the version before; None for the first one."""

    number: str
    date: str | None
    current: bool
    terms: dict[str, dict[str, str]]
    changes: Changes | None


def snapshots() -> dict[str, Path]:
    """The released versions that are kept, oldest first."""
    folder = knowledge() / "ontology" / "versions"
    found = {path.stem: path for path in folder.glob("*.ttl") if VERSION.fullmatch(path.stem)}
    return dict(sorted(found.items(), key=lambda entry: _order(entry[0])))


def current_version() -> str:
    """The version the ontology's files say they are at; empty when they say none."""
    said = (
        t.object for t in _current() if t.subject == NamedNode(_UMBRELLA) and t.predicate.value == str(OWL.versionInfo)
    )
    return next(map(text_of, said), "")


def version_triples(version: str, module: str = "") -> list[Triple]:
    """A version whole, or one of its modules with what it speaks of. Empty when there is none."""
    kept = snapshots()
    if version in kept:
        return _part(triples(kept[version]), module) if module else triples(kept[version])
    if version != current_version():
        return []
    return _current(module)


def _current(module: str = "") -> list[Triple]:
    return [t for path in ontology_files() if not module or path.stem == module for t in triples(path)]


def _part(whole: list[Triple], module: str) -> list[Triple]:
    """Of a version's triples those on a module, its terms, and the nodes and terms of others these speak of."""
    name = NamedNode(f"{_UMBRELLA}/{module}")
    about: dict[object, list[Triple]] = {}
    for triple in whole:
        about.setdefault(triple.subject, []).append(triple)
    defined = {t.subject for t in whole if t.predicate.value == str(RDFS.isDefinedBy) and t.object == name}
    waiting: list[object] = [node for node in about if node in defined | {name}]
    seen = set(waiting)
    for node in waiting:  # grows as it goes
        for triple in about[node]:
            other = triple.object
            ours = isinstance(other, NamedNode) and other.value.startswith((PR, _UMBRELLA))
            if other in about and other not in seen and not ours:
                seen.add(other)
                waiting.append(other)
    return [triple for node in waiting for triple in about[node]]


@cache
def versions() -> list[Version]:
    """All versions, newest first, each with what changed since the one before."""
    numbers = list(snapshots())
    current = current_version()
    if current and current not in numbers:
        numbers = sorted([*numbers, current], key=_order)
    graphs = {number: _graph(version_triples(number)) for number in numbers}
    earlier: dict[str, str] = {new: old for old, new in pairwise(numbers)}
    found = [
        Version(
            number=number,
            date=_date(graph),
            current=number == numbers[-1],
            terms=named_terms(graph),
            changes=compare(graphs[earlier[number]], graph) if number in earlier else None,
        )
        for number, graph in graphs.items()
    ]
    return found[::-1]


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _graph(found: list[Triple]) -> Graph:
    graph = Graph()
    graph.parse(data=serialize(found, format=RdfFormat.N_TRIPLES), format="nt")
    return graph


def _date(graph: Graph) -> str | None:
    dates = (graph.value(URIRef(_UMBRELLA), URIRef(DCTERMS + name)) for name in ("issued", "modified", "created"))
    return next((str(date) for date in dates if date is not None), None)


def named_terms(graph: Graph) -> dict[str, dict[str, str]]:
    """The terms of ours that a graph defines: local name -> label by language."""
    return {
        str(term).removeprefix(PR): {
            label.language or "": str(label) for label in graph.objects(term, RDFS.label) if isinstance(label, Literal)
        }
        for term in sorted(_terms(graph), key=str)
    }


def _terms(graph: Graph) -> set[Node]:
    return {term for term in graph.subjects(RDF.type) if str(term).startswith(PR)}


def compare(old: Graph, new: Graph) -> Changes:
    """What happened to the terms of ours between two versions."""
    before, after = _terms(old), _terms(new)
    _, gone, come = graph_diff(to_isomorphic(old), to_isomorphic(new))
    found = Changes(added=_locals(after - before), removed=_locals(before - after))
    touched = {term for graph in (gone, come) for term in graph.subjects()} & before & after
    for term in sorted(touched, key=str):
        if (term, OWL.deprecated, None) in come and _deprecated(new, term):
            found.deprecated.append(str(term).removeprefix(PR))
        predicates = {predicate for graph in (gone, come) for predicate in graph.predicates(term)}
        found.changed[str(term).removeprefix(PR)] = [
            Change(str(predicate), _values(gone, term, predicate), _values(come, term, predicate))
            for predicate in sorted(predicates, key=str)
        ]
    return found


def removed_without_deprecation(old: Graph, new: Graph) -> list[str]:
    """The terms that a version drops though the one before did not say that they are deprecated."""
    return _locals({term for term in _terms(old) - _terms(new) if not _deprecated(old, term)})


def dropped_terms() -> list[str]:
    """The terms that the ontology's files drop from the last kept version, not deprecated before."""
    kept = list(snapshots().values())
    return removed_without_deprecation(_graph(triples(kept[-1])), _graph(_current())) if kept else []


def _deprecated(graph: Graph, term: Node) -> bool:
    return any(str(value) in ("true", "1") for value in graph.objects(term, OWL.deprecated))


def _locals(terms: set[Node]) -> list[str]:
    return sorted(str(term).removeprefix(PR) for term in terms)


def _values(graph: Graph, term: Node, predicate: Node) -> list[tuple[str, str | None]]:
    found = [
        (str(value), value.language) if isinstance(value, Literal) else (compact(str(value)), None)
        for value in graph.objects(term, predicate)
    ]
    return sorted(found, key=lambda value: (value[1] or "", value[0]))


def snapshot(paths: list[Path]) -> str:
    """The files of a version as one Turtle text, the same for the same triples."""
    whole = {quad.triple for path in paths for quad in parse(path=str(path), format=RdfFormat.TURTLE)}
    body = serialize(sorted(whole, key=str), format=RdfFormat.TURTLE, prefixes=PREFIXES) or b""
    lines = body.decode().splitlines(keepends=True)
    head = [line for line in lines if line.startswith("@prefix")]  # written in no order
    return "".join([*sorted(head), *lines[len(head) :]])


if __name__ == "__main__":
    print(snapshot(ontology_files()), end="")
