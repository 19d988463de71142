"""The service description (SPARQL 1.1 Service Description): what the endpoint speaks, and over which graphs."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import lru_cache

from pyoxigraph import BlankNode, Literal, NamedNode, Store, Triple

from prossima.engine.scratch import Scratch
from prossima.engine.serialisation import write_graph
from prossima.engine.serving import Engine
from prossima.releases import Release
from prossima.vocabulary import COUNTS, GRAPH, RDF, Namespace
from prossima.web.negotiation import GRAPH_FORMATS, RESULT_FORMATS

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
VOID = Namespace("http://rdfs.org/ns/void#")
FORMATS = Namespace("http://www.w3.org/ns/formats/")
GEOF = Namespace("http://www.opengis.net/def/function/geosparql/")
# The engine's functions beyond SPARQL's own, each tried by a test.
FUNCTIONS = (
    "area", "asGeoJSON", "centroid", "convexHull", "coordinateDimension", "difference", "dimension", "distance",
    "ehContains", "ehCoveredBy", "ehCovers", "ehDisjoint", "ehEquals", "ehInside", "ehMeet", "ehOverlap", "envelope",
    "getSRID", "intersection", "isEmpty", "isSimple", "length", "perimeter", "rcc8dc", "rcc8ec", "rcc8eq", "rcc8ntpp",
    "rcc8ntppi", "rcc8po", "rcc8tpp", "rcc8tppi", "relate", "sfContains", "sfCrosses", "sfDisjoint", "sfEquals",
    "sfIntersects", "sfOverlaps", "sfTouches", "sfWithin", "spatialDimension", "symDifference", "union",
)  # fmt: skip
_FORMAT_NAMES = {
    "json": "SPARQL_Results_JSON",
    "xml": "SPARQL_Results_XML",
    "csv": "SPARQL_Results_CSV",
    "tsv": "SPARQL_Results_TSV",
    "ttl": "Turtle",
    "jsonld": "JSON-LD",
    "rdf": "RDF_XML",
    "nt": "N-Triples",
}
# So many named graphs are listed: those of evidence are told by their number.
_LISTED = 200


def description(backend: Engine | Scratch, endpoint: str, format_: str) -> bytes:
    """The description of the service at `endpoint`, in a format of GRAPHS."""
    store = backend.store if isinstance(backend, Scratch) else None
    serving = backend.serving() if isinstance(backend, Engine) else None
    if serving:
        store = serving.store
    triples = _said(endpoint, store, serving.release if serving else None, isinstance(backend, Scratch))
    out = io.BytesIO()
    write_graph(list(triples), format_, out)
    return out.getvalue()


def _said(endpoint: str, store: Store | None, release: Release | None, is_scratch: bool) -> Iterator[Triple]:
    service, dataset, default = BlankNode("service"), BlankNode("dataset"), BlankNode("default")
    a = RDF("type")
    yield Triple(service, a, SD("Service"))
    yield Triple(service, SD("endpoint"), NamedNode(endpoint))
    yield Triple(service, SD("supportedLanguage"), SD("SPARQL11Query"))
    if is_scratch:
        yield Triple(service, SD("supportedLanguage"), SD("SPARQL11Update"))
    for format_ in (*RESULT_FORMATS, *GRAPH_FORMATS):
        yield Triple(service, SD("resultFormat"), FORMATS(_FORMAT_NAMES[format_.key]))
    for name in FUNCTIONS:
        yield Triple(service, SD("extensionFunction"), GEOF(name))
        yield Triple(GEOF(name), a, SD("Function"))
    yield Triple(service, SD("defaultDataset"), dataset)
    yield Triple(dataset, a, SD("Dataset"))
    yield Triple(dataset, SD("defaultGraph"), default)
    yield Triple(default, a, SD("Graph"))
    if store is None:
        return
    if release and (size := _size(release)) is not None:
        yield Triple(default, VOID("triples"), size)
    for at, graph in enumerate(sorted(_named(store))):
        node = BlankNode(f"named{at}")
        yield Triple(dataset, SD("namedGraph"), node)
        yield Triple(node, a, SD("NamedGraph"))
        yield Triple(node, SD("name"), NamedNode(graph))


@lru_cache(maxsize=4)
def _size(release: Release) -> Literal | None:
    """How many triples the default graph has, by the release's statistics; None where it has none."""
    if release.statistics_path is None:
        return None
    numbers = Store.read_only(release.statistics_path)
    found = [quad.object for quad in numbers.quads_for_pattern(COUNTS("all"), COUNTS("all-triples"), None, None)]
    return found[0] if found and isinstance(found[0], Literal) else None


def _named(store: Store) -> list[str]:
    found = (graph.value for graph in store.named_graphs() if isinstance(graph, NamedNode))
    kept = [iri for iri in found if not iri.startswith(GRAPH + "evidence/")]
    return kept if len(kept) <= _LISTED else []
