"""What others notice of a monster: eight endless queries of one client in flight, look-ups from another.

Some look-ups are answered where the front runs, some by a process of the pool. The eight wait for each other, as one
client may hold all turns but one: each is timed from when its turn came. Then endless queries one after the other, from
two clients, and what is left of them: processes, open files, spooled files, memory; these find a turn at once, and are
timed from sending to the answer. Then a cross join with ORDER BY at the memory limit that is set without any setting.
The bound on how long a query runs is 3 s, then half a second."""

from __future__ import annotations

import json
import statistics
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import asking
from benchmarks.load import Connection
from benchmarks.scale import Scale
from benchmarks.servers import OURS, Ready, Server, prossima
from prossima.settings import Settings

TITLE = "Beside endless queries"
_LIMIT, _SHORT, _IN_FLIGHT = 3.0, 0.5, 8
_CROSS_JOIN = "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f"


@dataclass(frozen=True)
class Left:
    """What a server's processes hold: how many they are, their open files, files in the spool, bytes."""

    processes: int
    files: int
    spooled: int
    memory: int


@dataclass(frozen=True)
class Isolation:
    """times: milliseconds of look-ups beside endless queries, by way. failed: of them. waiting: how many of those that
    waited for each other were ended, and the most seconds past the limit. endless, beyond: the same of those that did
    not. before, after: these. memory_limit: what the cross join was told, after how many seconds."""

    size: int
    times: dict[str, list[float]]
    failed: int
    waiting: tuple[int, float]
    endless: int
    beyond: float
    before: Left
    after: Left
    memory_limit: tuple[str, float]


def measured(data: Ready, servers: dict[str, Server], scale: Scale) -> Isolation:
    """On servers of ours that have these limits; those of the other parts stay idle meanwhile."""
    ways = {"in the front": "", "by the pool": "FILTER(true)"}
    times: dict[str, list[float]] = {way: [] for way in ways}
    with prossima(data, "--time-limit", str(_LIMIT)) as ours:
        stop, ends = threading.Event(), [time.monotonic()]
        threads = [threading.Thread(target=_endless, args=(ours, "127.0.0.2", stop, ends)) for _ in range(_IN_FLIGHT)]
        for thread in threads:
            thread.start()
        failed = _look_ups(data, ours, ways, times, scale.seconds)
        stop.set()
        for thread in threads:
            thread.join()
    turns = Settings().workers - 1
    ends.sort()
    begun = [ends[0]] * turns + ends[1:]
    waiting = (len(ends) - 1, max(end - start for start, end in zip(begun, ends[1:], strict=False)) - _LIMIT)
    with tempfile.TemporaryDirectory() as spool, prossima(data, "--time-limit", str(_SHORT), TMPDIR=spool) as ours:
        _look_ups(data, ours, ways, {way: [] for way in ways}, 1)
        before = _left(ours, Path(spool))
        took: list[float] = []
        halves = [threading.Thread(target=_one_by_one, args=(ours, at, scale.endless // 2, took)) for at in (2, 3)]
        for half in halves:
            half.start()
        for half in halves:
            half.join()
        time.sleep(3)
        after = _left(ours, Path(spool))
    with prossima(data) as ours, Connection(ours) as connection:
        answer = connection.ask(_CROSS_JOIN)
    told = (str(json.loads(answer.body)["title"]), answer.total)
    return Isolation(data.size, times, failed, waiting, len(took), max(took) - _SHORT, before, after, told)


def _look_ups(data: Ready, server: Server, ways: dict[str, str], times: dict[str, list[float]], seconds: float) -> int:
    """Ask look-ups for so long, each way in turn; how many failed is returned."""
    failed = number = 0
    ends = time.monotonic() + max(seconds, 1)
    with Connection(server) as connection:
        while time.monotonic() < ends:
            for way, more in ways.items():
                number += 1
                text = asking.point().distinct(number, data.size).replace("?value }", f"?value {more} }}")
                answer = connection.ask(text)
                failed += answer.status != 200
                times[way].append(answer.total * 1000)
    return failed


def _endless(server: Server, address: str, stop: threading.Event, ends: list[float]) -> None:
    """ends: gets when each was ended. One that waited too long for its turn is told so, and is asked again."""
    with Connection(server, address) as connection:
        number = 0
        while not stop.is_set():
            number += 1
            answer = connection.ask(f"{asking.ENDLESS}# {threading.get_ident()} {number}")
            if answer.status == 503:
                ends.append(time.monotonic())


def _one_by_one(server: Server, at: int, number: int, took: list[float]) -> None:
    with Connection(server, f"127.0.0.{at}") as connection:
        for which in range(number):
            answer = connection.ask(f"{asking.ENDLESS}# {at} {which}")
            if answer.status != 503:
                raise SystemExit(f"{OURS} answered an endless query with {answer.status}.")
            took.append(answer.total)


def _left(server: Server, spool: Path) -> Left:
    family = server.family()
    files = sum(process.num_fds() for process in family if psutil.pid_exists(process.pid))
    spooled = sum(path.is_file() for path in spool.rglob("*"))
    return Left(len(family), files, spooled, server.memory())


def table(found: list[Isolation]) -> list[str]:
    """One row for each figure, a column for each size."""
    rows: dict[str, list[str]] = {}
    for one in found:
        for way, times in one.times.items():
            ordered = sorted(times)
            p99 = ordered[int(len(ordered) * 0.99)]
            told = f"{statistics.median(times):.2f} / {p99:.1f} of {len(times):,}"
            rows.setdefault(f"look-ups {way}: median / p99 in ms (p99 under 50)", []).append(told)
        rows.setdefault("of these failed (none)", []).append(str(one.failed))
        many, beyond = one.waiting
        rows.setdefault("endless queries beside them, ended", []).append(str(many))
        rows.setdefault("the most beyond their limit, from their turn, s (0.5)", []).append(f"{beyond:.2f}")
        rows.setdefault("endless queries one after the other, ended", []).append(str(one.endless))
        rows.setdefault("the most beyond their limit, s (0.5)", []).append(f"{one.beyond:.2f}")
        for name in ("processes", "files", "spooled"):
            rows.setdefault(f"{name} before and after them", []).append(
                f"{getattr(one.before, name)}, {getattr(one.after, name)}"
            )
        memory = f"{one.before.memory / 1e6:,.0f}, {one.after.memory / 1e6:,.0f}"
        rows.setdefault("memory in MB before and after them", []).append(memory)
        title, seconds = one.memory_limit
        rows.setdefault("the cross join", []).append(f"{title} after {seconds:.1f} s")
    said = ["", "| | " + " | ".join(f"{one.size:,}" for one in found) + " |", "|---|" + "---:|" * len(found)]
    return said + [f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows.items()]
