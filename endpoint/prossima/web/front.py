"""The front: what SPARQL and its graphs ask goes a short way, ahead of the framework; the rest is the framework's.

Here is what both ways share: who asks, what is measured and logged, how a reply is sent.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from typing import IO
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from prossima.engine.scratch import Scratch
from prossima.engine.serving import Engine
from prossima.web.asked import Asked, ProtocolError
from prossima.web.cache import Headers, Reply
from prossima.web.clients import Clients
from prossima.web.graphstore import PATH as GRAPH_STORE
from prossima.web.graphstore import GraphStore
from prossima.web.observation import Observation
from prossima.web.sparql import Sparql
from prossima.web.wanted import alias_of
from prossima.web.wire import Parts

CHUNK = 128 * 1024
_EXPOSED = "Content-Location, ETag, Last-Modified, Link, Memento-Datetime, Prossima-Release, Retry-After, Server-Timing"
_CORS: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", _EXPOSED.encode()),
]
_CORS_LINES = b"".join(b"%b: %b\r\n" % header for header in _CORS) + b"\r\n"
_PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, DELETE, OPTIONS"),
    (b"access-control-allow-headers", b"*, Authorization"),
    (b"access-control-max-age", b"86400"),
]
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Front:
    """An ASGI application around `app`, the framework's."""

    def __init__(self, app: ASGIApp, backend: Engine | Scratch, observation: Observation) -> None:
        self.app, self.backend, self.observation = app, backend, observation
        self.sparql = Sparql(backend)
        self.graphs = GraphStore(self.sparql)
        self.clients = Clients(backend.settings.trusted_proxies)

    def ready(self, whole: bytes) -> Parts | None:
        """What is to be sent to a request of exactly these bytes, where its reply is kept."""
        if self.observation.logs:  # a line tells what only the request taken apart does
            return None
        began = monotonic()
        try:
            self.sparql.follow()
        except Exception:  # the longer way says what is wrong with the release
            return None
        if (reply := self.sparql.cache.again(whole)) is None:
            return None
        self.observation.again(reply, monotonic() - began)
        return reply.lines, _CORS_LINES, reply.body

    def at_once(self, target: bytes, headers: list[tuple[bytes, bytes]], whole: bytes) -> Parts | None:
        """What is to be sent to a GET, of exactly these bytes, for whose reply nothing has to be waited."""
        path, _, query = target.partition(b"?")
        if path != b"/sparql" or b"#" in target:
            return None
        began = monotonic()
        asked = Asked.here(query, headers, whole)
        try:
            reply = self.sparql.at_once(asked)
        except Exception:  # the longer way says what is wrong
            return None
        if reply is None or (reply.etag and asked.has(reply.etag)):
            return None
        self._answered(asked, reply, 200, began)
        return reply.lines, _CORS_LINES, reply.body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        if path == "/sparql" or path == GRAPH_STORE or path.startswith(GRAPH_STORE + "/"):
            asked = Asked.of(scope, receive, self.client(scope))
            if path != "/sparql" or not self.sparql.is_page(asked):
                await self._answer(asked, send)
                return
        await self._passed(scope, receive, send)

    def client(self, scope: Scope) -> str:
        """Who asks, for the queue."""
        peer = scope.get("client")
        forwarded = b"" if not self.clients.trusted else dict(scope["headers"]).get(b"x-forwarded-for", b"")
        return self.clients.name(peer[0] if peer else "", forwarded.decode("latin-1"))

    async def _answer(self, asked: Asked, send: Send) -> None:
        began = monotonic()
        handler = self.sparql if asked.path == "/sparql" else self.graphs
        try:
            reply = (
                Reply(204, _PREFLIGHT, kind="preflight")
                if asked.method == "OPTIONS"
                else await self._reply(handler, asked)
            )
        except ProtocolError as error:
            reply = error.reply()
            if error.status == 499:
                self.observation.gone()
                return
        except Exception:
            self.observation.fault(asked.path)
            fault = ProtocolError(500, "Internal error", "This is a fault of ours, and it has been logged.")
            reply = fault.reply()
        self._answered(asked, reply, await _sent(reply, asked, send), began)

    def _answered(self, asked: Asked, reply: Reply, sent: int, began: float) -> None:
        if sent == 200 and asked.whole:
            self.sparql.cache.also(alias_of(asked, b""), asked.whole)
        self.observation.answered(asked, reply, sent, monotonic() - began)

    async def _reply(self, handler: Sparql | GraphStore, asked: Asked) -> Reply:
        origin = asked.header(b"origin")
        if isinstance(self.backend, Scratch) and origin and not _is_loopback(origin):
            # A page of some other site, open in the same browser, must not read or change what is scratched here.
            raise ProtocolError(403, "Not from other sites", f"A scratch store answers no page of {origin}.")
        return await handler.reply(asked)

    async def _passed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """To the framework, its status and time observed."""
        began, status = monotonic(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            self.observation.passed(scope, status, monotonic() - began)


def _is_loopback(origin: str) -> bool:
    try:
        return urlsplit(origin).hostname in _LOOPBACK
    except ValueError:
        return False


async def _sent(reply: Reply, asked: Asked, send: Send) -> int:
    """Send a reply; the status that was sent."""
    head = asked.method == "HEAD"
    if reply.etag and asked.has(reply.etag):
        kept = [(name, value) for name, value in reply.headers if name not in (b"content-type", b"content-encoding")]
        await send({"type": "http.response.start", "status": 304, "headers": [*kept, *_CORS]})
        await send({"type": "http.response.body"})
        return 304
    if reply.file:
        await _sent_file(reply, asked, send, head)
        return reply.status
    headers = [*reply.headers, *_CORS]
    if reply.status != 204:
        headers.append((b"content-length", b"%d" % len(reply.body)))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else reply.body})
    return reply.status


async def _sent_file(reply: Reply, asked: Asked, send: Send, head: bool) -> None:
    """Send a spooled answer. The file has no name from here on, so that nothing is left of it however this ends."""
    assert reply.file
    with open(reply.file, "rb", buffering=0) as file:
        path = Path(reply.file)
        size = path.stat().st_size
        path.unlink()
        headers = [*reply.headers, *_CORS]
        zipped = asked.takes_gzip
        if zipped:
            headers.append((b"content-encoding", b"gzip"))
        else:
            headers.append((b"content-length", b"%d" % size))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        if not head:
            async for chunk in _zipped(file) if zipped else _chunks(file):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body"})


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, CHUNK):
        yield chunk


async def _zipped(file: IO[bytes]) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(1, wbits=31)
    async for chunk in _chunks(file):
        if packed := await asyncio.to_thread(packer.compress, chunk):
            yield packed
    yield packer.flush()
