"""How long one query takes that was never asked before, over one keep-alive connection, to the last byte.

Every request is a text of its own, so no answer comes from a cache. The servers take turns, up to ten requests or
half a second each, and begin in another order each round. p99 is the worst where there are fewer than a hundred."""

from __future__ import annotations

import contextlib
import itertools
import statistics
import time
from dataclasses import dataclass

from benchmarks import asking, plots
from benchmarks.load import Connection
from benchmarks.scale import Scale
from benchmarks.servers import NATIVE, OURS, RDFLIB, Ready, Server

TITLE = "One query at a time"
LIMITS = {"all": 0.85, "above 2 ms": 0.95, "worst above 2 ms": 1.3, "worst below": 2.5}
_BLOCK, _BLOCK_SECONDS = 10, 0.5
_RDFLIB_ROUNDS = 3  # it is so slow that more would only take time
_FIRST = 1000  # numbers below were asked when the answers were compared


@dataclass(frozen=True)
class Latency:
    """times: milliseconds of each request, by query and server. rows: of each query."""

    size: int
    rows: dict[str, int]
    times: dict[tuple[str, str], list[float]]

    def median(self, query: str, server: str) -> float | None:
        """Milliseconds, where this server was asked."""
        times = self.times.get((query, server))
        return statistics.median(times) if times else None

    def p99(self, query: str, server: str) -> float | None:
        """Milliseconds; the worst of fewer than a hundred."""
        times = sorted(self.times.get((query, server), ()))
        return times[min(len(times) - 1, int(len(times) * 0.99))] if times else None

    def ratio(self, query: str) -> float:
        """Our median over the native one."""
        return self.median(query, OURS) / self.median(query, NATIVE)  # type: ignore[operator]

    def means(self) -> dict[str, float]:
        """The figures that have limits: geometric means of the ratios, and the worst."""
        ratios = {query: self.ratio(query) for query in self.rows}
        slow = [ratio for query, ratio in ratios.items() if self.median(query, NATIVE) > 2]  # type: ignore[operator]
        quick = [ratio for query, ratio in ratios.items() if self.median(query, NATIVE) <= 2]  # type: ignore[operator]
        return {
            "all": statistics.geometric_mean(ratios.values()),
            "above 2 ms": statistics.geometric_mean(slow or [1]),
            "worst above 2 ms": max(slow, default=0),
            "worst below": max(quick, default=0),
        }


def measured(data: Ready, servers: dict[str, Server], scale: Scale) -> Latency:
    """Compare the answers, then measure."""
    rows = asking.rows(list(servers.values()), data.size)
    found: dict[tuple[str, str], list[float]] = {}
    numbers = itertools.count(_FIRST)
    with contextlib.ExitStack() as stack:
        open_ = {name: stack.enter_context(Connection(server)) for name, server in servers.items()}
        for round_ in range(scale.rounds):
            order = [name for name in open_ if name != RDFLIB or round_ < _RDFLIB_ROUNDS]
            for asked in asking.mix():
                for name in order if round_ % 2 == 0 else reversed(order):
                    times = found.setdefault((asked.name, name), [])
                    ends = time.perf_counter() + _BLOCK_SECONDS
                    for _ in range(_BLOCK):
                        answer = open_[name].ask(asked.distinct(next(numbers), data.size))
                        if answer.status != 200:
                            raise SystemExit(
                                f"{name} answered {asked.name} with {answer.status}: {answer.body[:300]!r}"
                            )
                        times.append(answer.total * 1000)
                        if time.perf_counter() > ends:
                            break
    return Latency(data.size, rows, found)


def table(found: list[Latency]) -> list[str]:
    """A table for each size, one of what is asked for, and a plot of the largest."""
    said = []
    for one in found:
        said += ["", f"At {one.size:,} statements, milliseconds:", ""]
        said += ["| query | rows | ours | p99 | native | p99 | ours / native | rdflib-endpoint |"]
        said += ["|---|---:|---:|---:|---:|---:|---:|---:|"]
        for query, rows in one.rows.items():
            theirs = one.median(query, RDFLIB)
            cells = [one.median(query, OURS), one.p99(query, OURS), one.median(query, NATIVE), one.p99(query, NATIVE)]
            told = " | ".join(f"{cell:.2f}" for cell in cells)
            rdflib = f"{theirs:,.0f}" if theirs else "-"
            said.append(f"| {query} | {rows:,} | {told} | {one.ratio(query):.2f} | {rdflib} |")
    said += ["", "| ours / native | limit | " + " | ".join(f"{one.size:,}" for one in found) + " |"]
    said += ["|---|---:|" + "---:|" * len(found)]
    names = {
        "all": "geometric mean of all",
        "above 2 ms": "of those that native answers in more than 2 ms",
        "worst above 2 ms": "the worst of these",
        "worst below": "the worst of the others",
    }
    for key, name in names.items():
        told = " | ".join(f"{one.means()[key]:.2f}" for one in found)
        said.append(f"| {name} | {LIMITS[key]} | {told} |")
    last = found[-1]
    series = {name: [last.median(query, name) for query in last.rows] for name in (OURS, NATIVE)}
    return [*said, "", plots.bars("latency", list(last.rows), series, f"milliseconds at {last.size:,} statements")]
