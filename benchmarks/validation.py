"""The gate's shapes, as the data grow: all of it, and after one change, in a warm process with the shapes compiled.

Peers: pySHACL on all of it (up to 10,000 triples: it takes minutes beyond), and our own fast engine on all of it,
its results as our objects. "One value": a hub's name changes. "One type": the hub that 5,000 services are
offered at becomes something else too.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, Triple

from benchmarks.generate import write
from prossima.validation.engines import fast, reference, shapes_text
from prossima.validation.incremental import Published, verdicts
from prossima.validation.reach import shapes_of
from prossima.vocabulary import PR, RDF, ROOT, SKOS, ontology_files, scheme_files, shape_files, triples

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 15
PEER_UP_TO = 10_000
_HUB = f"{ROOT}id/bench/hub/"
_DEFAULT = DefaultGraph()


def run() -> list[str]:
    """Table rows in Markdown."""
    rows = [
        "| triples | pySHACL, all | fast, all | one value | one type, 5,000 referrers | fast, all / one value |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(_row(size, Path(folder)))
    return rows


def _row(size: int, folder: Path) -> str:
    store, text = Store(), shapes_text()
    shapes = shapes_of(triple for path in shape_files() for triple in triples(path))
    store.bulk_load(path=str(write(folder / "data.nt", size)), format=RdfFormat.N_TRIPLES)
    known = [triple for path in [*ontology_files(), *scheme_files()] for triple in triples(path)]
    store.extend(Quad(t.subject, t.predicate, t.object, _DEFAULT) for t in known)
    referrers = (NamedNode(f"{ROOT}id/bench/service/more-{number}") for number in range(5000))
    store.extend(Quad(service, PR("offeredAt"), NamedNode(f"{_HUB}0"), _DEFAULT) for service in referrers)
    data = [quad.triple for quad in store]
    fast(data[:1000], text)  # compiles the shapes

    began = time.perf_counter()
    fast(data, text)
    whole = time.perf_counter() - began
    theirs = "-"
    if size <= PEER_UP_TO:
        began = time.perf_counter()
        reference(data, text)
        theirs = f"{time.perf_counter() - began:.2f} s"
    graph = Published(store)

    def judged(triple: Triple) -> float:
        began = time.perf_counter()
        verdicts(graph, {triple}, set(), shapes, text)
        return time.perf_counter() - began

    names = (Literal(f"Nuovo {number}", language="it") for number in range(ROUNDS))
    value = statistics.median(
        judged(Triple(NamedNode(f"{_HUB}{number}"), SKOS("prefLabel"), name)) for number, name in enumerate(names)
    )
    kinds = ("Place", "Project", "Service", "Event", "Organisation")
    kind = statistics.median(judged(Triple(NamedNode(f"{_HUB}0"), RDF("type"), PR(name))) for name in kinds)
    times = f"{theirs} | {whole:.2f} s | {value * 1000:.1f} ms | {kind * 1000:.1f} ms | {whole / value:,.0f}"
    return f"| {size:,} | {times} |"
