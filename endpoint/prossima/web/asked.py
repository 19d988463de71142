"""A request of the SPARQL and Graph Store protocols as its handlers see it, and the ways in which it can be wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from starlette.types import Message, Receive, Scope

from prossima.web.cache import Reply
from prossima.web.wire import WHOLE

FORM = "application/x-www-form-urlencoded"
# Most of what is escaped in a query, undone for all of it at once: `parse_qsl` takes each by itself. None of it could
# be a part of another escape, or means anything in a form.
_ESCAPED = [(f"%{ord(mark):02X}", mark) for mark in ' \n:/<>?{}#"']


class ProtocolError(Exception):
    """A request that is not as the protocol wants it, or that cannot be answered: status, title, and what to do."""

    def __init__(
        self, status: int, title: str, detail: str, *, headers: dict[str, str] | None = None, **more: object
    ) -> None:
        super().__init__(title)
        self.status, self.title, self.detail, self.headers, self.more = status, title, detail, headers or {}, more

    def reply(self) -> Reply:
        """Problem details (RFC 9457)."""
        body = {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail, **self.more}
        headers = [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
        limit = self.title.lower() if self.status in (413, 429, 503) else None
        return Reply(
            self.status,
            [(b"content-type", b"application/problem+json"), (b"cache-control", b"no-store"), *headers],
            json.dumps(body, ensure_ascii=False).encode(),
            limit=limit,
        )


@dataclass
class Asked:
    """headers: lower-case names; one given several times is one, with commas (RFC 9110, section 5.3). whole: all the
    bytes of the request, where it is a GET that came in one piece."""

    method: str
    path: str
    raw_path: bytes
    query_string: bytes
    headers: dict[bytes, bytes]
    host: str
    client: str
    receive: Receive = field(repr=False)
    whole: bytes | None = None

    @classmethod
    def of(cls, scope: Scope, receive: Receive, client: str) -> Asked:
        headers = _joined(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        address = f"{scope.get('scheme', 'http')}://{host}"
        whole = scope.get("extensions", {}).get(WHOLE, {}).get("bytes")
        way = (scope["method"], scope["path"], scope["raw_path"], scope["query_string"])
        return cls(*way, headers, address, client, receive, whole)

    @classmethod
    def by_ourselves(cls, parameters: Mapping[str, str], headers: dict[bytes, bytes]) -> Asked:
        """A query that no client asks."""
        return cls("GET", "/sparql", b"/sparql", urlencode(parameters).encode(), headers, "", "", _nothing)

    @classmethod
    def here(cls, query_string: bytes, headers: Iterable[tuple[bytes, bytes]], whole: bytes) -> Asked:
        """A query by GET of which nothing more will come, whoever asks."""
        return cls("GET", "/sparql", b"/sparql", query_string, _joined(headers), "", "", _nothing, whole)

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def media(self) -> str:
        """The media type of the body, without parameters."""
        return self.header(b"content-type").partition(";")[0].strip().lower()

    @property
    def takes_gzip(self) -> bool:
        return accepts_gzip(self.headers.get(b"accept-encoding", b""))

    def has(self, etag: bytes) -> bool:
        """Whether the client has this representation already (If-None-Match: RFC 9110, section 13.1.2)."""
        said = self.headers.get(b"if-none-match")
        if said is None:
            return False
        return said.strip() == b"*" or etag in {tag.strip().removeprefix(b"W/") for tag in said.split(b",")}

    def parameters(self) -> list[tuple[str, str]]:
        """The names and values of the query string. Raises ProtocolError."""
        return decoded(self.query_string)

    async def body(self, limit: int, what: str = "query") -> bytes:
        """The body. Raises ProtocolError when it is larger than `limit` bytes."""
        found = bytearray()
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ProtocolError(499, "Client gone", "The request ended before its body did.")
            found += message.get("body", b"")
            refuse_long(found, limit, what)
            if not message.get("more_body"):
                return bytes(found)

    async def gone(self) -> None:
        """Comes back when the client has left. Only after the body was read, or where there is none."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


async def _nothing() -> Message:
    await asyncio.get_running_loop().create_future()
    raise AssertionError


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        found[name] = found[name] + b", " + value if name in found else value
    return found


def accepts_gzip(header: bytes) -> bool:
    """Whether an Accept-Encoding takes gzip (RFC 9110, section 12.5.3)."""
    if b"gzip" not in header and b"*" not in header:
        return False
    quality = 0.0
    for part in header.decode("latin-1").lower().split(","):
        coding, *parameters = (piece.strip() for piece in part.split(";"))
        if coding in ("gzip", "x-gzip", "*"):
            weights = [p.partition("=")[2].strip() for p in parameters if p.partition("=")[0].strip() == "q"]
            try:
                value = float(weights[0]) if weights else 1.0
            except ValueError:
                value = 0.0
            if coding != "*":
                return value > 0
            quality = value
    return quality > 0


def decoded(form: bytes) -> list[tuple[str, str]]:
    """The names and values of a form or of a query string. Raises ProtocolError."""
    try:
        text = form.decode("utf-8")
        for escaped, plain in _ESCAPED:
            text = text.replace(escaped, plain)
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=1000)
    except UnicodeDecodeError:
        raise not_utf_8() from None
    except ValueError:
        raise ProtocolError(400, "Too many parameters", "A request may have a thousand parameters.") from None


def not_utf_8() -> ProtocolError:
    return ProtocolError(400, "Not UTF-8", "The request must be UTF-8, also where it is percent-encoded.")


def refuse_long(text: str | bytes | bytearray, limit: int, what: str = "query") -> None:
    """Raises ProtocolError for more than `limit` bytes (or characters)."""
    if len(text) > limit:
        raise ProtocolError(
            413,
            f"{what.capitalize()} too long",
            f"A {what} may have {limit:,} bytes here.",
            limit=limit,
        )


def one(parameters: Sequence[tuple[str, str]], name: str) -> str | None:
    """The value of a parameter that may be given once. Raises ProtocolError."""
    values = [value for given, value in parameters if given == name]
    if len(values) > 1:
        raise ProtocolError(400, f"Several {name} parameters", f"Give one {name} parameter, not {len(values)}.")
    return values[0] if values else None
