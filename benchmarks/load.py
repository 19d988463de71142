"""Clients: one connection that times each answer to its last byte, and `wrk` for many connections at once."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from benchmarks.servers import Server

_GRAPH = re.compile(r"^(CONSTRUCT|DESCRIBE)\b", re.MULTILINE)
_SCRIPT = Path(__file__).with_name("load.lua")
_PIECE = 1 << 18
_KEPT = 2.0  # seconds after which a server may have ended a connection that nothing came over


def accepted(query: str) -> str:
    """The media type to ask for: N-Triples for a graph, else JSON."""
    return "application/n-triples" if _GRAPH.search(query) else "application/sparql-results+json"


@dataclass(frozen=True)
class Answer:
    """first, total: seconds from sending to the first and the last byte. bytes: of the body, kept or not."""

    status: int
    first: float
    total: float
    bytes: int
    headers: str
    body: bytes


class Connection:
    """A keep-alive connection to a server, from an address of this machine. As little HTTP/1.1 as it takes."""

    def __init__(self, server: Server, source: str = "127.0.0.1", timeout: float = 300.0) -> None:
        self.server, self.source, self.timeout = server, source, timeout
        self._socket: socket.socket | None = None
        self._used = 0.0

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; the next query makes another."""
        if self._socket:
            self._socket.close()
            self._socket = None

    def ask(self, query: str, *, keep: bool = True) -> Answer:
        """The answer to a query, in JSON or N-Triples. keep: whether its body is kept. Raises OSError."""
        try:
            return self._exchanged(self._request(query), keep)
        except BaseException:
            self.close()
            raise

    def begin(self, query: str) -> None:
        """Send a query and wait for the first byte of its answer, which is left unread. Raises OSError."""
        connected = self._connected()
        connected.sendall(self._request(query))
        connected.recv(1, socket.MSG_PEEK)

    def _request(self, query: str) -> bytes:
        text = f"GET {self.server.path}?query={quote(query, safe='')} HTTP/1.1\r\n"
        return f"{text}Host: 127.0.0.1:{self.server.port}\r\nAccept: {accepted(query)}\r\n\r\n".encode()

    def _exchanged(self, request: bytes, keep: bool) -> Answer:
        connected = self._connected()
        began = time.perf_counter()
        connected.sendall(request)
        received = _some(connected)
        first = time.perf_counter() - began
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += _some(connected)
        head, received = received[:end].decode("latin-1"), received[end + 4 :]
        said = head.lower()
        if "transfer-encoding: chunked" in said:
            body, size = _chunked(connected, received, keep)
        else:
            size = int(said.partition("content-length:")[2].partition("\r\n")[0])
            body = _counted(connected, received, size, keep)
        total = time.perf_counter() - began
        self._used = time.monotonic()
        if "connection: close" in said:
            self.close()
        return Answer(int(head.split(" ", 2)[1]), first, total, size, head, body)

    def _connected(self) -> socket.socket:
        if time.monotonic() - self._used > _KEPT:
            self.close()
        if not self._socket:
            address = ("127.0.0.1", self.server.port)
            self._socket = socket.create_connection(address, self.timeout, source_address=(self.source, 0))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket


def _some(connected: socket.socket) -> bytes:
    if not (piece := connected.recv(_PIECE)):
        raise ConnectionError("The server ended the connection before its answer was whole.")
    return piece


def _counted(connected: socket.socket, received: bytes, size: int, keep: bool) -> bytes:
    pieces, missing = [received], size - len(received)
    while missing > 0:
        piece = _some(connected)
        missing -= len(piece)
        if keep:
            pieces.append(piece)
    return b"".join(pieces)


def _chunked(connected: socket.socket, received: bytes, keep: bool) -> tuple[bytes, int]:
    """The body, if kept, and how many bytes it has."""
    pieces, size, buffer = [], 0, bytearray(received)
    while True:
        while (line := buffer.find(b"\r\n")) < 0:
            buffer += _some(connected)
        length = int(bytes(buffer[:line]).partition(b";")[0], 16)
        del buffer[: line + 2]
        while len(buffer) < length + 2:
            buffer += _some(connected)
        if not length:
            return b"".join(pieces), size
        size += length
        if keep:
            pieces.append(bytes(buffer[:length]))
        del buffer[: length + 2]


# -- many connections ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Load:
    """What wrk measured. rate: good answers a second. p50, p99: milliseconds. failed: answers that were errors, and
    requests that had none."""

    rate: float
    p50: float
    p99: float
    failed: int


def need_wrk() -> None:
    """Say clearly that it is missing, before anything has been measured."""
    if not shutil.which("wrk"):
        raise SystemExit("The endpoint's throughput is measured with wrk, which is not here: apt-get install wrk.")


def wrk(server: Server, queries: Iterable[str], connections: int, seconds: float, distinct: str = "") -> Load:
    """Ask these queries in turn over some connections for some seconds. distinct: a text that no other run has, which
    makes every request a text of its own; without, the same texts come again and again."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.writelines(f"{accepted(query)} {server.path}?query={quote(query, safe='')}\n" for query in queries)
        file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "60s"]
        command += ["-s", str(_SCRIPT), f"http://127.0.0.1:{server.port}", "--", file.name, distinct]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = json.loads(said.rpartition("RESULT ")[2])
    answered = found["requests"] - found["errors"]
    return Load(answered / found["seconds"], found["p50"], found["p99"], found["errors"] + found["lost"])
