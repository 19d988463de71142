"""What follows, as the data grow: all of it anew, and again after one change, beside a reasoner on the whole.

The peer is `reasonable`, a full OWL 2 RL reasoner in Rust, from N-Triples of ontology and data to its answer: it
has no way to redo a part. "One hub": a kind more. "One place": it moves into a wider one, which reaches the
hubs that are located there. The reasoner is not run beyond 100,000 triples: its time and memory grow out of hand.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import reasonable
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple

from benchmarks.generate import write
from prossima import inference
from prossima.vocabulary import INFERRED, PR, ROOT, SCHEME, system_quads

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 9
PEER_UP_TO = 100_000
_DEFAULT = DefaultGraph()
_HUB, _PLACE = NamedNode(f"{ROOT}id/bench/hub/1"), NamedNode(f"{ROOT}id/bench/place/0")


def run() -> list[str]:
    """Table rows in Markdown."""
    rows = [
        "| triples | inferred | all anew | one hub | one place | reasoner on all | reasoner / one hub |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(_row(size, Path(folder)))
    return rows


def _row(size: int, folder: Path) -> str:
    store = Store()
    write(folder / "data.nt", size)
    store.bulk_load(path=str(folder / "data.nt"), format=RdfFormat.N_TRIPLES)
    store.extend(quad for quad in system_quads() if quad.graph_name == _DEFAULT)
    began = time.perf_counter()
    found = inference.closure(store)
    anew = time.perf_counter() - began
    whole = folder / "whole.ttl"  # N-Triples are Turtle, which is what it reads
    store.dump(str(whole), format=RdfFormat.N_TRIPLES, from_graph=_DEFAULT)
    both = (_DEFAULT, INFERRED)
    store.bulk_extend(Quad(t.subject, t.predicate, t.object, graph) for t in found for graph in both)
    hub = statistics.median(
        _renewed(store, Triple(_HUB, PR("hubKind"), SCHEME(f"hub-kind/{number}"))) for number in range(ROUNDS)
    )
    place = statistics.median(
        _renewed(store, Triple(_PLACE, PR("within"), NamedNode(f"{ROOT}id/bench/wider/{number}")))
        for number in range(ROUNDS)
    )
    peer = "- | -"
    if size <= PEER_UP_TO:
        began = time.perf_counter()
        reasoner = reasonable.PyReasoner()
        reasoner.load_file(str(whole))
        reasoner.reason()
        theirs = time.perf_counter() - began
        peer = f"{theirs:.2f} s | {theirs / hub:,.0f}"
    times = f"{anew:.2f} s | {hub * 1000:.1f} ms | {place * 1000:.1f} ms | {peer}"
    return f"| {size:,} | {len(found):,} | {times} |"


def _renewed(store: Store, said: Triple) -> float:
    store.add(Quad(said.subject, said.predicate, said.object, _DEFAULT))
    began = time.perf_counter()
    inference.renew(store, {said}, lambda triple: False)
    return time.perf_counter() - began
