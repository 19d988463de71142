"""The gate's shapes, as the data grow: all of it by each engine, and after one change.

Each engine judges the same N-Triples file, a seeded district of which one triple in a hundred breaks a shape, in a
process of its own, warm and with the shapes compiled. "Bare": the `shacl` engine alone, its results counted. "Ours":
the same with every result as our problem, its words in both languages. The peer is pySHACL, to its own results.
Memory is the most that the process had at any time (resident); in brackets, how much of it came with the judging. The
changes are judged on a store that holds the same statements in evidence graphs of about seven: another name of a hub;
of the hub that 5,000 services are offered at, another name, another type, and its removal.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, Triple, serialize

from benchmarks.generate import BASE, write, write_quads
from prossima.validation import engines
from prossima.validation.gate import Words
from prossima.validation.incremental import Indexed, Published, Together, verdicts
from prossima.validation.reach import shapes_of
from prossima.vocabulary import GRAPH, PR, RDF, SH, SHAPES, SKOS, ontology_files, scheme_files, shape_files, triples

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
ROUNDS = 15
PEER_UP_TO = 100_000
CHANGES_UP_TO = 1_000_000
PLOT = Path(__file__).parent / "validation.svg"
_HUB = NamedNode(f"{BASE}hub/1")


def run() -> list[str]:
    """Tables in Markdown; the plot is written beside."""
    with tempfile.TemporaryDirectory() as folder:
        files = {size: _written(Path(folder) / f"{size}.nt", size) for size in SIZES}
        whole = _all(files)
        after = _after(Path(folder))
    _plot(whole, after)
    return [*_whole_table(files, whole), "", *_change_table(whole, after), "", f"![Time against size]({PLOT.name})"]


def _written(path: Path, size: int) -> tuple[Path, int]:
    """The file, with the ontology and the schemes, and how many of its triples are violations."""
    violations = write(path, size, wrong=1)
    known = (triple for file in [*ontology_files(), *scheme_files()] for triple in triples(file))
    with path.open("ab") as file:
        file.write(serialize(known, format=RdfFormat.N_TRIPLES) or b"")
    return path, violations


# -- all of it -----------------------------------------------------------------------------------------------

Measured = dict[tuple[str, int], dict[str, float]]


def _all(files: dict[int, tuple[Path, int]]) -> Measured:
    """For each engine and size: seconds (median of three, one for the peer at its largest), bytes, results."""
    found: Measured = {}
    for size, (path, _) in files.items():
        for engine in ("bare", "ours", "pySHACL"):
            if engine != "pySHACL" or size <= PEER_UP_TO:
                rounds = 1 if size > CHANGES_UP_TO or (engine == "pySHACL" and size == PEER_UP_TO) else 3
                # Memory from a process that judges once: what earlier rounds leave behind is not of the judging.
                told = [_in_a_process(engine, path, number) for number in ([rounds, 1] if rounds > 1 else [1])]
                found[(engine, size)] = told[-1] | {"seconds": told[0]["seconds"]}
                print(f"  {engine} {size:,}: {found[(engine, size)]}", flush=True)
    return found


def _in_a_process(engine: str, path: Path, rounds: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.validation", engine, str(path), str(rounds)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    measured: dict[str, float] = json.loads(said)
    return measured


def judge(engine: str, path: Path, rounds: int) -> dict[str, float]:
    """Judge a file `rounds` times with an engine, in this process."""
    text = engines.shapes_text()
    engines.fast([], text)  # compiles the shapes
    words = Words(engines.said(SH("message")), engines.said(SHAPES("remedy")), engines.said(SHAPES("example")))
    compiled = engines._compiled(text)

    def ours() -> int:
        return len([words.told(r, None, r.value, standing=False) for r in engines.fast_file(path, text)])

    def peer() -> int:
        import pyshacl
        import rdflib

        graph = rdflib.Graph().parse(path, format="nt")
        _, report, _ = pyshacl.validate(graph, shacl_graph=peer_shapes, inference="none", advanced=False)
        return len(list(report.objects(None, rdflib.SH.result)))

    if engine == "pySHACL":
        import rdflib

        peer_shapes = rdflib.Graph().parse(data=text, format="turtle")
    run_: Callable[[], int] = {"bare": lambda: len(compiled.validate_file(str(path)).results), "ours": ours}.get(
        engine, peer
    )
    before = _peak()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        results = run_()
        times.append(time.perf_counter() - began)
    peak = _peak()
    return {"seconds": statistics.median(times), "bytes": peak, "more": peak - before, "results": results}


def _peak() -> int:
    """The most bytes that this process had resident. Not ru_maxrss, which begins with what its parent had."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def _whole_table(files: dict[int, tuple[Path, int]], found: Measured) -> list[str]:
    rows = [
        "| triples | seeded violations | found | bare | ours | ours / bare | memory | pySHACL | memory "
        "| pySHACL / ours |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for size, (_, violations) in files.items():
        bare, ours, peer = (found.get((engine, size)) for engine in ("bare", "ours", "pySHACL"))
        assert bare
        assert ours
        theirs = "- | - | -"
        if peer:
            assert peer["results"] == ours["results"], "the engines differ"
            theirs = f"{peer['seconds']:.2f} s | {_mega(peer)} | {peer['seconds'] / ours['seconds']:,.0f}"
        mine = f"{ours['seconds']:.2f} s | {ours['seconds'] / bare['seconds']:.2f} | {_mega(ours)}"
        counts = f"{violations:,} | {ours['results']:,}"
        rows.append(f"| {size:,} | {counts} | {bare['seconds']:.2f} s | {mine} | {theirs} |")
    return rows


def _mega(measured: dict[str, float]) -> str:
    return f"{measured['bytes'] / 1e6:,.0f} ({measured['more'] / 1e6:,.0f}) MB"


# -- one change ----------------------------------------------------------------------------------------------


def _after(folder: Path) -> dict[int, list[float]]:
    """For each size the median seconds of judging each change."""
    found = {}
    for size in (size for size in SIZES if size <= CHANGES_UP_TO):
        write_quads(folder / "quads.nq", size, wrong=1)
        store = Store(str(folder / f"store-{size}"))
        store.bulk_load(path=str(folder / "quads.nq"), format=RdfFormat.N_QUADS)
        found[size] = _changes(store)
        print(f"  one change at {size:,}: {[f'{value * 1000:.1f} ms' for value in found[size]]}", flush=True)
    return found


def _changes(store: Store) -> list[float]:
    text = engines.shapes_text()
    shapes = shapes_of(triple for path in shape_files() for triple in triples(path))
    referrers = (NamedNode(f"{BASE}service/more-{number}") for number in range(5000))
    more = GRAPH("evidence/more")
    store.extend(Quad(service, PR("offeredAt"), _HUB, more) for service in referrers)
    known = Indexed(triple for file in [*ontology_files(), *scheme_files()] for triple in triples(file))
    graph = Together(Published(store, lambda quad: isinstance(quad.graph_name, NamedNode)), known)

    def judged(added: set[Triple], removed: set[Triple]) -> float:
        began = time.perf_counter()
        verdicts(graph, added, removed, shapes, text)
        return time.perf_counter() - began

    def median(changes: list[tuple[set[Triple], set[Triple]]]) -> float:
        return statistics.median(judged(*change) for change in changes)

    def named(hub: NamedNode, number: int) -> tuple[set[Triple], set[Triple]]:
        old = {q.triple for q in store.quads_for_pattern(hub, SKOS("prefLabel"), None, None)}
        return {Triple(hub, SKOS("prefLabel"), Literal(f"Nuovo {number}", language="it"))}, old

    judged(*named(_HUB, 0))  # warm
    own = median([named(NamedNode(f"{BASE}hub/{number}"), number) for number in range(2, 2 + ROUNDS)])
    busy = median([named(_HUB, number) for number in range(ROUNDS)])
    kinds = ("Place", "Project", "Service", "Event", "Organisation")
    typed = median([({Triple(_HUB, RDF("type"), PR(kind))}, set()) for kind in kinds])
    gone = {q.triple for q in store.quads_for_pattern(_HUB, None, None, None)}
    removal = median([(set(), gone)] * 5)
    return [own, busy, typed, removal]


def _change_table(whole: Measured, after: dict[int, list[float]]) -> list[str]:
    rows = [
        "| triples | a name | a name, 5,000 referrers | a type, 5,000 referrers | removal, 5,000 referrers "
        "| all / a name |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for size, times in after.items():
        ratio = whole[("ours", size)]["seconds"] / times[0]
        told = " | ".join(f"{value * 1000:.1f} ms" for value in times)
        rows.append(f"| {size:,} | {told} | {ratio:,.0f} |")
    return rows


def _plot(whole: Measured, after: dict[int, list[float]]) -> None:
    import pygal

    style = pygal.style.CleanStyle(font_family="sans-serif", background="#ffffff", plot_background="#ffffff")
    chart = pygal.XY(
        style=style, logarithmic=True, width=760, height=420, x_title="triples", y_title="seconds",
        truncate_legend=-1, legend_at_bottom=True, js=[],
    )  # fmt: skip
    chart.x_value_formatter = lambda value: f"{value:,.0f}"
    for engine in ("pySHACL", "bare", "ours"):
        chart.add(f"all, {engine}", [(size, v["seconds"]) for (name, size), v in whole.items() if name == engine])
    for at, name in enumerate(("a name", "a name, 5,000 referrers", "a type, 5,000 referrers", "removal")):
        chart.add(name, [(size, times[at]) for size, times in after.items()])
    PLOT.write_bytes(chart.render())


if __name__ == "__main__":
    print(json.dumps(judge(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
