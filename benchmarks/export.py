"""All triples as a table, up to a million rows, in JSON; and many readers of a large answer that read nothing for now.

Ours evaluates to the end before it sends, so that length and errors are known; its first byte is compared with the
native server's last. The growth is that of the front's own memory while the answer is sent and read. The slow readers
ask for every event and leave the answers where they are; meanwhile another client asks look-ups of the pool."""

from __future__ import annotations

import contextlib
import statistics
import time
from dataclasses import dataclass

from benchmarks import asking
from benchmarks.load import Connection
from benchmarks.scale import Scale
from benchmarks.servers import NATIVE, Ready, Server, prossima

TITLE = "A large export, and slow readers"
_ROWS = 1_000_000
_EXPORT = f"SELECT ?subject ?predicate ?object WHERE {{ ?subject ?predicate ?object }} LIMIT {_ROWS}"
_ROOM = "2000000000"


@dataclass(frozen=True)
class Export:
    """first, total, theirs: seconds to our first and last byte, and to the native server's last. bytes: of the answer.
    growth: bytes. readers: that were left waiting; times: milliseconds of look-ups meanwhile; failed: of them."""

    size: int
    first: float
    total: float
    theirs: float
    bytes: int
    growth: int
    readers: int
    times: list[float]
    failed: int


def measured(data: Ready, servers: dict[str, Server], scale: Scale) -> Export:
    """Three times each, medians; then the slow readers."""
    with prossima(data, PROSSIMA_RESULT_LIMIT=_ROOM) as ours:
        firsts, totals, theirs, growth, size = [], [], [], 0, 0
        for number in range(3):
            with Connection(servers[NATIVE]) as connection:
                theirs.append(connection.ask(f"{_EXPORT}# {number}", keep=False).total)
            before = ours.process.memory_info().rss
            with Connection(ours) as connection:
                answer = connection.ask(f"{_EXPORT}# {number}", keep=False)
            firsts.append(answer.first)
            totals.append(answer.total)
            growth, size = max(growth, ours.process.memory_info().rss - before), answer.bytes
        times, failed = _beside_readers(data, ours, scale.readers)
    median = statistics.median
    readers = scale.readers
    return Export(data.size, median(firsts), median(totals), median(theirs), size, growth, readers, times, failed)


def _beside_readers(data: Ready, ours: Server, readers: int) -> tuple[list[float], int]:
    export = next(asked for asked in asking.mix() if asked.name == "16-export")
    times, failed = [], 0
    with contextlib.ExitStack() as stack:
        for number in range(readers):
            reader = stack.enter_context(Connection(ours, f"127.0.1.{number % 250 + 1}"))
            reader.begin(f"{export.text}# reader {number}")
        with Connection(ours) as connection:
            ends = time.monotonic() + 3
            number = 0
            while time.monotonic() < ends:
                number += 1
                text = asking.point().distinct(number, data.size).replace("?value }", "?value FILTER(true) }")
                answer = connection.ask(text)
                failed += answer.status != 200
                times.append(answer.total * 1000)
    return times, failed


def table(found: list[Export]) -> list[str]:
    """One row for each figure, a column for each size."""
    rows = {
        "the answer, MB": [f"{one.bytes / 1e6:,.0f}" for one in found],
        "our first byte, s": [f"{one.first:.2f}" for one in found],
        "our last byte, s": [f"{one.total:.2f}" for one in found],
        "native's last byte, s": [f"{one.theirs:.2f}" for one in found],
        "our first / native's last (1.3)": [f"{one.first / one.theirs:.2f}" for one in found],
        "growth of the front, MB (50)": [f"{one.growth / 1e6:.0f}" for one in found],
        "slow readers": [str(one.readers) for one in found],
        "look-ups of the pool beside them, median / p99 in ms": [_told(one.times) for one in found],
        "of these failed": [str(one.failed) for one in found],
    }
    said = ["", "| | " + " | ".join(f"{one.size:,}" for one in found) + " |", "|---|" + "---:|" * len(found)]
    return said + [f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows.items()]


def _told(times: list[float]) -> str:
    return f"{statistics.median(times):.2f} / {sorted(times)[int(len(times) * 0.99)]:.1f} of {len(times):,}"
