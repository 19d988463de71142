"""Prossima's SPARQL endpoint beside `oxigraph serve` and `rdflib-endpoint`, in the same run on the same statements.

A seeded district (`generate.Lively`), an evidence graph for about seven statements, and three triples that describe
each. Ours holds the statements true in the default graph and keeps them in their evidence graphs, published with
`prossima publish --raw`. The others have the evidence graphs, and the union of all graphs as their default graph, as
is natural there: Oxigraph loaded and optimised by its own commands, rdflib-endpoint started as documented, and only
on the smallest data: it is too slow beyond. The sixteen queries are in [mix](mix); the answers of all servers are
compared first, and a difference stops the run. Clients and servers share the processors."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from types import ModuleType

from benchmarks import export, isolation, latency, throughput
from benchmarks.load import need_wrk
from benchmarks.scale import FULL, QUICK, Scale
from benchmarks.servers import ready, started

RDFLIB_UP_TO = 100_000
PARTS: dict[str, ModuleType] = {
    "latency": latency,
    "throughput": throughput,
    "isolation": isolation,
    "export": export,
}


def run() -> list[str]:
    """All parts in full, in Markdown. BENCH_SIZES in the environment: millions of statements, "0.1 1" by default."""
    return measured(sizes(os.environ.get("BENCH_SIZES", "0.1 1")), list(PARTS), FULL)


def sizes(millions: str) -> list[int]:
    """How many statements: "0.1 1" is a hundred thousand, and a million."""
    return [round(float(number) * 1_000_000) for number in millions.split()]


def measured(of: list[int], parts: list[str], scale: Scale) -> list[str]:
    """These parts at these sizes, in Markdown."""
    need_wrk()
    found: dict[str, list[object]] = {part: [] for part in parts}
    for size in of:
        with tempfile.TemporaryDirectory() as folder:
            data = ready(Path(folder) / "data", size, rdflib=size <= RDFLIB_UP_TO)
            with started(data) as servers:
                for part in parts:
                    print(f"  {part} at {size:,}", flush=True)
                    found[part].append(PARTS[part].measured(data, servers, scale))
    said = []
    for part, results in found.items():
        module = PARTS[part]
        said += [f"### {module.TITLE}", "", module.__doc__.strip(), *module.table(results), ""]
    return said


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Measure the endpoint and print the tables; results.md stays.")
    arguments.add_argument("--sizes", default="0.1", help='millions of statements, "0.1 1" for two sizes')
    arguments.add_argument("--parts", default=" ".join(PARTS), help="which to measure")
    arguments.add_argument("--quick", action="store_true", help="just long enough to see that it works")
    chosen = arguments.parse_args()
    print("\n".join(measured(sizes(chosen.sizes), chosen.parts.split(), QUICK if chosen.quick else FULL)))
