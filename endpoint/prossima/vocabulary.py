"""Names: namespaces, and the knowledge that ships with the package (ontology, shapes, questions, template).

In a checkout the knowledge is the top-level folders; in an installed wheel it is `prossima/knowledge`.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
)

ROOT = "https://w3id.org/prossima/"


class Namespace(str):
    """A namespace IRI: `PR("Hub")` is the node, `PR + "Hub"` the text."""

    __slots__ = ()

    def __call__(self, name: str) -> NamedNode:
        return NamedNode(self + name)


PR = Namespace(ROOT + "ontology#")
SHAPES = Namespace(ROOT + "shapes#")
SCHEME = Namespace(ROOT + "scheme/")
GRAPH = Namespace(ROOT + "graph/")
TABLES = Namespace(ROOT + "tables/")
ORIGIN = Namespace(ROOT + "origin/")
# The numbers of a release, in a store of their own.
COUNTS = Namespace("urn:x-prossima:counts:")
DC = Namespace("http://purl.org/dc/elements/1.1/")
DCTERMS = Namespace("http://purl.org/dc/terms/")
OWL = Namespace("http://www.w3.org/2002/07/owl#")
PROV = Namespace("http://www.w3.org/ns/prov#")
RDF = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")
SH = Namespace("http://www.w3.org/ns/shacl#")
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
XSD = Namespace("http://www.w3.org/2001/XMLSchema#")
GEO = Namespace("http://www.opengis.net/ont/geosparql#")

PREFIXES: dict[str, str] = {
    "pr": PR,
    "adms": "http://www.w3.org/ns/adms#",
    "cpsv": "http://purl.org/vocab/cpsv#",
    "cv": "http://data.europa.eu/m8g/",
    "dc": DC,
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": DCTERMS,
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": GEO,
    "locn": "http://www.w3.org/ns/locn#",
    "org": "http://www.w3.org/ns/org#",
    "owl": OWL,
    "prov": PROV,
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": "https://schema.org/",
    "sh": SH,
    "skos": SKOS,
    "vann": "http://purl.org/vocab/vann/",
    "vs": "http://www.w3.org/2003/06/sw-vocab-status/ns#",
    "xsd": XSD,
    "prs": SHAPES,
    "scheme": SCHEME,
}

INFERRED = GRAPH("inferred")

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ROUNDS = 30


def text_of(term: NamedNode | BlankNode | Literal | Triple) -> str:
    """The IRI, label or lexical form of a term (the N-Triples text of a triple term)."""
    return str(term) if isinstance(term, Triple) else term.value


def is_iri(text: str) -> bool:
    """Whether `text` may stand as an absolute IRI (RFC 3987), as strictly as the engine wants it."""
    try:
        NamedNode(text)
    except ValueError:
        return False
    return _SCHEME.match(text) is not None


def expand(name: str) -> str:
    """`pr:Hub` -> its IRI; anything without a known prefix is returned as it is."""
    prefix, colon, local = name.partition(":")
    return PREFIXES[prefix] + local if colon and prefix in PREFIXES and not local.startswith("//") else name


def compact(iri: str) -> str:
    """The IRI as a prefixed name where a prefix is known (the longest namespace wins), else unchanged."""
    best = max((p for p, ns in PREFIXES.items() if iri.startswith(ns)), key=lambda p: len(PREFIXES[p]), default=None)
    return f"{best}:{iri[len(PREFIXES[best]) :]}" if best else iri


@cache
def knowledge() -> Path:
    """The folder that holds `ontology/`, `shapes/`, `queries/` and `kb/template/`."""
    shipped = Path(__file__).parent / "knowledge"
    return shipped if shipped.is_dir() else Path(__file__).parents[2]


def ontology_files() -> list[Path]:
    """The Turtle files of the ontology: umbrella, modules, alignments."""
    return sorted((knowledge() / "ontology").glob("*.ttl"))


def scheme_files() -> list[Path]:
    """The Turtle files of the concept schemes."""
    return sorted((knowledge() / "ontology" / "schemes").glob("*.ttl"))


def shape_files() -> list[Path]:
    """The SHACL files, dataset checks included."""
    return sorted((knowledge() / "shapes").glob("*.ttl"))


def triples(path: Path) -> list[Triple]:
    """The triples of one Turtle file of ours, without blank nodes (see `skolemised`)."""
    parsed = parse(path=str(path), format=RdfFormat.TURTLE)
    return [quad.triple for quad in skolemised(parsed, path.name)]


def knowledge_checksum() -> str:
    """SHA-256 over ontology, schemes, shapes and questions: what a release was made with."""
    digest = hashlib.sha256()
    folders = ("ontology", "shapes", "queries")
    paths = (path for folder in folders for path in (knowledge() / folder).rglob("*"))
    for path in sorted(p for p in paths if p.is_file()):
        digest.update(path.relative_to(knowledge()).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def skolemised(quads: Iterator[Quad], name: str) -> Iterator[Quad]:
    """`quads` with each blank node replaced by an IRI that is the same for the same file.

    A node is named by what is said of it and of the nodes around it, so that it keeps its name when other things
    in the file change; nodes that this does not tell apart are numbered in the order of the file. `name` (a file
    name or checksum) keeps apart those of different files. IRIs follow RDF 1.1, section 3.5. Not RDFC-1.0: it
    may take time without bound, on a list of a thousand coordinates as on a few nodes all tied to each other.
    """
    kept = list(quads)
    around: dict[BlankNode, list[Quad]] = {}
    for quad in kept:
        for node in dict.fromkeys((quad.subject, quad.object, quad.graph_name)):
            if isinstance(node, BlankNode):
                around.setdefault(node, []).append(quad)
    if not around:
        yield from kept
        return
    base = f"{ROOT}.well-known/genid/{hashlib.sha256(name.encode()).hexdigest()[:12]}/"
    numbered: Counter[str] = Counter()
    names: dict[BlankNode, NamedNode] = {}
    for node, color in _colors(around).items():
        numbered[color] += 1
        names[node] = NamedNode(f"{base}{color}" + (f"-{numbered[color]}" if numbered[color] > 1 else ""))

    def fixed(node: object) -> object:
        return names[node] if isinstance(node, BlankNode) else node

    for quad in kept:
        yield Quad(fixed(quad.subject), quad.predicate, fixed(quad.object), fixed(quad.graph_name))  # type: ignore[arg-type]


def _colors(around: dict[BlankNode, list[Quad]]) -> dict[BlankNode, str]:
    """A digest of what is said around each node, ever further out, until no more nodes are told apart."""
    colors = dict.fromkeys(around, "")
    for _ in range(_ROUNDS):
        found = {node: _digest(node, said, colors) for node, said in around.items()}
        if len(set(found.values())) == len(set(colors.values())) and colors[next(iter(colors))]:
            break
        colors = found
    return colors


def _digest(node: BlankNode, said: list[Quad], colors: dict[BlankNode, str]) -> str:
    def shown(term: object) -> str:
        if isinstance(term, BlankNode):
            return "_:" if term == node else f"_:{colors[term]}"
        return str(term)

    lines = sorted(" ".join(map(shown, (q.subject, q.predicate, q.object, q.graph_name))) for q in said)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


@cache
def concepts() -> dict[str, dict[str, str]]:
    """The concepts of the shipped schemes: IRI -> label by language."""
    return _labels(scheme_files(), SKOS("prefLabel"))


@cache
def labels() -> dict[str, dict[str, str]]:
    """The terms of the ontology: IRI -> label by language."""
    return _labels(ontology_files(), RDFS("label"))


def _labels(paths: list[Path], predicate: NamedNode) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path in paths:
        for triple in triples(path):
            if triple.predicate == predicate and isinstance(triple.object, Literal):
                found.setdefault(text_of(triple.subject), {})[triple.object.language or ""] = triple.object.value
    return found


def system_quads() -> Iterator[Quad]:
    """What every release holds besides the facts: the ontology and the schemes (in the default graph too, so
    that labels join) and the shapes, each in a named graph of its own."""
    for graph, paths, held in (
        (GRAPH("ontology"), ontology_files(), True),
        (GRAPH("schemes"), scheme_files(), True),
        (GRAPH("shapes"), shape_files(), False),
    ):
        for path in paths:
            for triple in triples(path):
                yield Quad(triple.subject, triple.predicate, triple.object, graph)
                if held:
                    yield Quad(triple.subject, triple.predicate, triple.object, DefaultGraph())
