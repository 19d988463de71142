"""RDF files as contributions: each file is an origin of its own and is cited as published."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from urllib.parse import quote

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, parse

from prossima.problems import Cell, problem
from prossima.statements import Contribution, Evidence, Input, Origin, Statement
from prossima.vocabulary import DCTERMS, GRAPH, ORIGIN, PR, RDF, SKOS, skolemised, text_of

# What a file that cannot be read to its end raises.
UNREADABLE = (OSError, EOFError, zlib.error)
# What only a release says: who says what, and how surely.
_OURS = frozenset(PR(name) for name in ("origin", "contributorRole", "confidence", "sourceScope", "checksum"))
_ORIGIN = re.compile(r"/origin/[^/#]+$")
FORMATS = {
    ".nq": RdfFormat.N_QUADS,
    ".trig": RdfFormat.TRIG,
    ".ttl": RdfFormat.TURTLE,
    ".nt": RdfFormat.N_TRIPLES,
    ".rdf": RdfFormat.RDF_XML,
    ".owl": RdfFormat.RDF_XML,
    ".xml": RdfFormat.RDF_XML,
    ".jsonld": RdfFormat.JSON_LD,
    ".json": RdfFormat.JSON_LD,
}


def rdf_format(path: Path) -> RdfFormat | None:
    """The format a file's name tells, `.gz` aside; None when it tells none."""
    return FORMATS.get(Path(path.name.lower().removesuffix(".gz")).suffix)


def opened(path: Path) -> IO[bytes]:
    """The file open to read its content, decompressed."""
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[return-value]


def checksum(path: Path) -> str:
    """SHA-256 of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def quads(path: Path, name: str | None = None) -> Iterator[Quad]:
    """The quads of an RDF file, blank nodes made IRIs of that file.

    Raises SyntaxError where the file is malformed, ValueError when the format is not known, OSError.
    """
    format_ = rdf_format(path)
    if format_ is None:
        raise ValueError(path.name)
    with opened(path) as file:
        if file.read(3) != b"\xef\xbb\xbf":  # a mark that some programs begin a file with, and the parser refuses
            file.seek(0)
        base = (ORIGIN + quote(path.name) + "#") if format_ is not RdfFormat.N_QUADS else None
        yield from skolemised(parse(input=file, format=format_, base_iri=base), name or path.name)


def read(path: Path, base: str | None = None, group: str | None = None) -> Contribution:
    """What an RDF file says. Its triples go to one evidence graph; graphs named inside keep their names.

    base: where the origin's IRI stands (a district's base for a file in its folder). group: the district it
    belongs to; a file published by itself is a group of its own.
    """
    iri = (f"{base}origin/" if base else ORIGIN) + quote(path.name)
    contribution = Contribution(inputs=[Input(group or iri, path.name, path)])
    cell = Cell(str(path))
    try:
        digest = checksum(path)
        found = list(quads(path, iri))
    except UNREADABLE as error:
        reason = error.strerror if isinstance(error, OSError) else None
        contribution.problems.append(problem("unreadable-file", cell, detail=reason or error))
        return contribution
    except ValueError:
        contribution.problems.append(problem("unknown-format", cell))
        return contribution
    except SyntaxError as error:
        line = f" ({error.lineno}:{error.offset})" if error.lineno else ""
        contribution.problems.append(problem("malformed-rdf", cell, detail=error.msg, line=line))
        return contribution
    origin = Origin(iri, group or iri, path.name, digest, role="publisher")
    contribution.origins.append(origin)
    source = NamedNode(f"{iri}/source")
    plain = Evidence(iri, frozenset({source.value}), "as-published")
    for quad in found:
        if _is_ours(quad, (GRAPH, ORIGIN, f"{base or ORIGIN}origin/")):
            contribution.problems.append(problem("reserved-name", cell, value=f"{quad.subject} {quad.predicate}"))
            break
        named = quad.graph_name
        graph = None if isinstance(named, DefaultGraph) else named.value
        evidence = Evidence(iri, plain.sources, plain.confidence, name=graph) if graph else plain
        contribution.statements.append(Statement(quad.triple, evidence, cell))
    for triple in (
        Triple(source, RDF("type"), PR("Source")),
        Triple(source, SKOS("prefLabel"), Literal(path.name)),
        Triple(source, DCTERMS("identifier"), Literal(f"sha256:{digest}")),
    ):
        contribution.statements.append(Statement(triple, plain, cell))
    return contribution


def _is_ours(quad: Quad, kept: tuple[str, ...]) -> bool:
    """Whether a file says what only a release says: of our graphs and origins, or in a graph of ours."""
    named = quad.graph_name
    if isinstance(named, NamedNode) and named.value.startswith(GRAPH):
        return True
    subject = text_of(quad.subject)
    return (subject.startswith(kept) and "#" not in subject) or is_reserved(quad.triple)


def is_reserved(triple: Triple) -> bool:
    """Whether a triple says what only a release says: of an evidence graph or an origin, of whatever district. Whom
    an origin belongs to decides what the next publication takes the place of."""
    subject = text_of(triple.subject)
    return triple.predicate in _OURS or subject.startswith(GRAPH) or _ORIGIN.search(subject) is not None
