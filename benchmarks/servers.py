"""The endpoints that are compared, as processes: their data made ready, started, measured and stopped by their id."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.generate import Lively, write_quads

OURS, NATIVE, RDFLIB = "Prossima", "oxigraph serve", "rdflib-endpoint"
_BIN = Path(sys.executable).parent
_START = 180.0  # seconds that a server may take until it answers


@dataclass(frozen=True)
class Ready:
    """The same statements, made ready for each server. seconds: to publish, load or write; bytes: on disk."""

    size: int
    folder: Path
    seconds: dict[str, float]
    bytes: dict[str, int]


@dataclass(frozen=True)
class Server:
    """A server that answers. path: of its endpoint. began: seconds from its start to its first answer."""

    name: str
    port: int
    path: str
    process: psutil.Process
    began: float

    def family(self) -> list[psutil.Process]:
        """Its process and all below it."""
        return [self.process, *self.process.children(recursive=True)]

    def memory(self) -> int:
        """Bytes that its processes hold together; what they share is counted once (PSS)."""
        return sum(_proportional(process.pid) for process in self.family())


def _proportional(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[1]) * 1024  # type: ignore[index]


# -- the data ------------------------------------------------------------------------------------------------


def ready(folder: Path, size: int, rdflib: bool) -> Ready:
    """Write `size` statements to files below `folder`, publish them with Prossima, load them with Oxigraph."""
    folder.mkdir()
    for name, held in (("held", True), ("evidence", False)):
        write_quads(folder / f"{name}.nq", size, kind=Lively, held=held)
    steps = {
        OURS: [[sys.executable, "-m", "prossima", "publish", "--raw", "--data", "ours", "--lang", "en", "held.nq"]],
        NATIVE: [
            [str(_BIN / "oxigraph"), "load", "--location", "native", "--file", "evidence.nq"],
            [str(_BIN / "oxigraph"), "optimize", "--location", "native"],
        ],
    }
    seconds, taken = {}, {}
    for name, commands in steps.items():
        began = time.perf_counter()
        for command in commands:
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        seconds[name] = time.perf_counter() - began
    for name, of in ((OURS, "ours"), (NATIVE, "native"), *([(RDFLIB, "evidence.nq")] if rdflib else [])):
        taken[name] = disk(folder / of)
    (folder / "held.nq").unlink()
    return Ready(size, folder, seconds, taken)


def disk(path: Path) -> int:
    """Bytes of a file, or of those in a folder; one that has several names counts once."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum({(found := p.stat()).st_ino: found.st_size for p in files}.values())


# -- the servers ---------------------------------------------------------------------------------------------


@contextlib.contextmanager
def prossima(data: Ready, *arguments: str, **environment: str) -> Iterator[Server]:
    """`prossima serve`, with more arguments and environment."""
    port = _free_port()
    command = [sys.executable, "-m", "prossima", "serve", "--data", str(data.folder / "ours"), "--lang", "en"]
    with _running(OURS, [*command, "--port", str(port), *arguments], port, "/sparql", environment) as server:
        while "\nprossima_warming 0" not in metrics(server):
            time.sleep(0.2)
        yield server


def metrics(server: Server) -> str:
    """Our server's metrics, as text."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=30) as answer:
        return str(answer.read(), "utf-8")


@contextlib.contextmanager
def oxigraph(data: Ready) -> Iterator[Server]:
    """`oxigraph serve`, over the union of all graphs."""
    port = _free_port()
    command = [str(_BIN / "oxigraph"), "serve", "--union-default-graph", "--location", str(data.folder / "native")]
    with _running(NATIVE, [*command, "--bind", f"127.0.0.1:{port}"], port, "/query") as server:
        yield server


@contextlib.contextmanager
def rdflib_endpoint(data: Ready) -> Iterator[Server]:
    """`rdflib-endpoint serve`, as its documentation says."""
    port = _free_port()
    command = [str(_BIN / "rdflib-endpoint"), "serve", "--host", "127.0.0.1", "--port", str(port)]
    with _running(RDFLIB, [*command, str(data.folder / "evidence.nq")], port, "/") as server:
        yield server


@contextlib.contextmanager
def started(data: Ready) -> Iterator[dict[str, Server]]:
    """All that have this data, by name."""
    with contextlib.ExitStack() as stack:
        ways = {OURS: prossima, NATIVE: oxigraph, RDFLIB: rdflib_endpoint}
        yield {name: stack.enter_context(ways[name](data)) for name in data.bytes}


@contextlib.contextmanager
def _running(
    name: str, command: list[str], port: int, path: str, environment: dict[str, str] | None = None
) -> Iterator[Server]:
    if not shutil.which(command[0]):
        raise SystemExit(f"{command[0]} is not installed: `make check` sets up what the benchmarks need.")
    began = time.monotonic()
    with open(os.devnull, "wb") as nothing:
        process = subprocess.Popen(command, env={**os.environ, **(environment or {})}, stdout=nothing, stderr=nothing)
    try:
        while not _answers(f"http://127.0.0.1:{port}{path}?query=ASK%7B%7D"):
            if process.poll() is not None or time.monotonic() - began > _START:
                raise RuntimeError(f"{name} does not answer: {' '.join(command)}")
            time.sleep(0.05)
        yield Server(name, port, path, psutil.Process(process.pid), time.monotonic() - began)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200  # type: ignore[no-any-return]
    except (urllib.error.URLError, OSError):
        return False


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
