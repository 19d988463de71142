"""How many answers a second, over many connections at once, by wrk.

Uncached: every request is a text of its own. The light mix leaves out the count, the top and the export. Warm: the same
texts come again and again at eight connections; the published questions are those that both ours and the native server
answer within a second. Memory is what the server's processes hold together afterwards, what they share counted once."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from benchmarks import asking, plots
from benchmarks.load import Connection, Load, wrk
from benchmarks.scale import Scale
from benchmarks.servers import NATIVE, OURS, RDFLIB, Ready, Server
from prossima.questions import published_texts
from prossima.vocabulary import PREFIXES

TITLE = "Many connections"
CONNECTIONS = (1, 2, 8, 32)
WARM = 8
MIXES = ("point", "mix")
_LIMITS = {("point", NATIVE): 2, ("mix", NATIVE): 100, ("point", RDFLIB): 50, ("mix", RDFLIB): 50}


@dataclass(frozen=True)
class Throughput:
    """cold: by mix, connections and server. warm: by mix and server. memory: bytes, by server."""

    data: Ready
    cold: dict[tuple[str, int, str], Load] = field(default_factory=dict)
    warm: dict[tuple[str, str], Load] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)


def measured(data: Ready, servers: dict[str, Server], scale: Scale) -> Throughput:
    """All servers, one after the other in each setting. rdflib-endpoint takes too long for the mix, uncached."""
    found = Throughput(data)
    texts = {
        "point": [asking.point().distinct(number, data.size) for number in range(200)],
        "mix": [asked.text for asked in asking.light()],
    }
    for mix in MIXES:
        for connections in CONNECTIONS:
            for name, server in servers.items():
                if name != RDFLIB or mix == "point":
                    load = wrk(server, texts[mix], connections, scale.seconds, f"{mix}-{connections}-{time.time_ns()}")
                    found.cold[mix, connections, name] = load
    texts["questions"] = _questions([servers[OURS], servers[NATIVE]])
    for mix, queries in texts.items():
        for name, server in servers.items():
            if name != RDFLIB or mix != "questions":
                found.warm[mix, name] = wrk(server, queries, WARM, scale.seconds)
    found.memory.update({name: server.memory() for name, server in servers.items()})
    return found


def _questions(servers: list[Server]) -> list[str]:
    """The published questions that these servers answer within a second, with the prefixes that ours knows."""
    prologue = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
    found = [prologue + text for text in sorted(published_texts())]
    for server in servers:
        with Connection(server, timeout=1.0) as connection:
            found = [text for text in found if _answers(connection, text)]
    if not found:
        raise SystemExit("No published question was answered within a second: there is nothing to measure.")
    return found


def _answers(connection: Connection, text: str) -> bool:
    try:
        return connection.ask(text, keep=False).status == 200
    except OSError:
        return False


def table(found: list[Throughput]) -> list[str]:
    """A table for each size, and a plot of the look-ups at the largest."""
    said = []
    for one in found:
        names = list(one.data.bytes)
        said += ["", f"At {one.data.size:,} statements, uncached, answers a second (p99 in ms):", ""]
        said += ["| queries | connections | " + " | ".join(names) + " | ours / native |"]
        said += ["|---|---:|" + "---:|" * (len(names) + 1)]
        for mix in MIXES:
            for connections in CONNECTIONS:
                loads = [one.cold.get((mix, connections, name)) for name in names]
                ratio = one.cold[mix, connections, OURS].rate / one.cold[mix, connections, NATIVE].rate
                cells = " | ".join(_cell(load) for load in loads)
                said.append(f"| {mix} | {connections} | {cells} | {ratio:.2f} |")
        said += ["", f"The same texts again, {WARM} connections:", ""]
        said += ["| queries | " + " | ".join(names) + " | ours / native | ours / rdflib-endpoint |"]
        said += ["|---|" + "---:|" * (len(names) + 2)]
        for mix in (*MIXES, "questions"):
            cells = " | ".join(_cell(one.warm.get((mix, name))) for name in names)
            ratios = " | ".join(_ratio(one, mix, other) for other in (NATIVE, RDFLIB))
            said.append(f"| {mix} | {cells} | {ratios} |")
        said += ["", "| | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
        made = [f"{one.data.seconds[name]:.0f} s" if name in one.data.seconds else "-" for name in names]
        said.append("| to publish or load | " + " | ".join(made) + " |")
        said.append("| on disk, MB | " + " | ".join(f"{one.data.bytes[name] / 1e6:,.0f}" for name in names) + " |")
        said.append("| in memory, MB | " + " | ".join(f"{one.memory[name] / 1e6:,.0f}" for name in names) + " |")
    last = found[-1]
    series = {name: [last.cold["point", c, name].rate for c in CONNECTIONS] for name in (OURS, NATIVE)}
    labels = [f"{connections} connections" for connections in CONNECTIONS]
    title = f"look-ups a second, uncached, at {last.data.size:,} statements"
    return [*said, "", plots.bars("throughput", labels, series, title, logarithmic=False)]


def _cell(load: Load | None) -> str:
    if load is None:
        return "-"
    failed = f", {load.failed} failed" if load.failed else ""
    return f"{load.rate:,.0f} ({load.p99:,.1f}{failed})"


def _ratio(one: Throughput, mix: str, other: str) -> str:
    if (mix, other) not in one.warm:
        return "-"
    limit = f" (at least {_LIMITS[mix, other]})" if (mix, other) in _LIMITS else ""
    return f"{one.warm[mix, OURS].rate / one.warm[mix, other].rate:,.1f}{limit}" if one.warm[mix, other].rate else "-"
