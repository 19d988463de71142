"""What a request wants of a release or of a scratch store, and the reply that its answer makes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from prossima import __version__
from prossima.engine import Answer, GraphRead, Query
from prossima.engine.guard import is_stable
from prossima.engine.serving import Serving
from prossima.vocabulary import is_iri
from prossima.web import memento
from prossima.web.asked import Asked, ProtocolError, one
from prossima.web.cache import Alias, Headers, Reply
from prossima.web.memento import Chosen
from prossima.web.negotiation import GRAPH_FORMATS, RESULT_FORMATS, Format, by_name, negotiated

_VARY = b"Accept, Accept-Encoding, Accept-Datetime"
_LARGE = 1024
Parameters = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Wanted:
    """given: the parameters, wherever they stood. kind: for metrics, and to name a download. saved: whether a browser
    is to save it. etag: the strong validator; None where the answer is another each time, and is not kept."""

    asked: Asked
    alias: Alias
    given: Parameters
    what: Query | GraphRead
    format: Format
    kind: str
    chosen: Chosen
    zips: bool
    saved: bool
    etag: bytes | None

    @classmethod
    def of(
        cls,
        asked: Asked,
        alias: Alias,
        given: Parameters,
        what: Query | GraphRead,
        format_: Format,
        kind: str,
        serving: Serving,
    ) -> Wanted:
        """Of the release served, or of the one that the request names. Raises ProtocolError."""
        chosen = memento.chosen(asked, given, serving.shelf, serving.release)
        zips = asked.takes_gzip
        saved = b"html" in asked.headers.get(b"accept", b"") and one(given, "format") is not None
        stable = not isinstance(what, Query) or is_stable(what.text)
        etag = _etag(chosen, what, zips, saved) if stable else None
        return cls(asked, alias, given, what, format_, kind, chosen, zips, saved, etag)

    def unchanged(self) -> Reply | None:
        """The reply to a client that has the answer already."""
        if self.etag is None or not self.asked.has(self.etag):
            return None
        return Reply(200, [(b"etag", self.etag), *self._said()], etag=self.etag)

    def reply(self, answer: Answer) -> Reply:
        """The answer with all that is said of it, not compressed yet."""
        headers = self._said()
        if self.saved:
            name = f"prossima-{answer.release}-{self.kind.lower()}.{self.format.names[0]}"
            headers.append((b"content-disposition", f'attachment; filename="{name}"'.encode()))
        if self.etag:
            lasting = b"public, max-age=31536000, immutable" if self.chosen.pinned else b"no-cache"
            headers += [(b"etag", self.etag), (b"cache-control", lasting)]
        else:
            headers.append((b"cache-control", b"no-store"))
        return reply_of(answer, self.format, self.kind, headers, self.etag)

    def zipped(self, reply: Reply) -> bool:
        """Whether a reply is to be compressed before it is sent and kept; a file is as it is sent."""
        return self.zips and reply.file is None and len(reply.body) >= _LARGE

    def _said(self) -> Headers:
        return [(b"vary", _VARY), *memento.headers(self.asked, self.given, self.chosen)]


def _etag(chosen: Chosen, what: Query | GraphRead, zips: bool, saved: bool) -> bytes:
    """It changes with the release, the software and all that was asked."""
    when = (chosen.release.number, chosen.release.manifest.created, chosen.pinned, chosen.dated)
    said = repr((__version__, when, what, zips, saved))
    return b'"' + hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32].encode() + b'"'


def reply_of(answer: Answer, format_: Format, kind: str | None, headers: Headers, etag: bytes | None = None) -> Reply:
    """An answer in its format, with these headers too."""
    took = f"queue;dur={answer.waited * 1000:.1f}, query;dur={answer.took * 1000:.1f}"
    return Reply(
        200,
        [(b"content-type", format_.content_type.encode()), *headers, (b"server-timing", took.encode())],
        answer.body or b"",
        file=answer.file,
        etag=etag,
        kind=(kind or "query").lower(),
        rows=answer.rows,
        waited=answer.waited,
    )


def alias_of(asked: Asked, body: bytes) -> Alias:
    """All that a reply hangs on, letter by letter."""
    get = asked.headers.get
    return (
        asked.raw_path,
        asked.query_string,
        get(b"accept"),
        get(b"accept-encoding"),
        get(b"accept-datetime"),
        body,
        get(b"content-type") if body else None,
    )


# -- what the parameters say -----------------------------------------------------------------------------------


def result_format(form: str | None, given: Parameters, asked: Asked) -> Format:
    """The format for the answer to a query of this form. Raises ProtocolError."""
    name = one(given, "format")
    offered = GRAPH_FORMATS if form in ("CONSTRUCT", "DESCRIBE") else RESULT_FORMATS
    chosen = by_name(name, offered) if name else negotiated(asked.header(b"accept"), offered)
    if chosen is None:
        there = ", ".join(f"{f.names[0]} ({f.media[0]})" for f in offered)
        raise ProtocolError(406, "No such format", f"A {form or 'SELECT'} query is answered in: {there}.")
    return chosen


def inference_of(given: Parameters) -> bool:
    """Whether what is inferred counts. Raises ProtocolError."""
    said = one(given, "inference")
    if said not in (None, "on", "off"):
        raise ProtocolError(400, "Not on or off", f"inference is on (as without it) or off, not {said!r}.")
    return said != "off"


def dataset(given: Parameters, prefix: str = "") -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """The default and the named graphs that a request gives: for a query (no prefix) or for an update (`using-`); None
    twice when it gives none. Raises ProtocolError."""
    default_name = f"{prefix}graph-uri" if prefix else "default-graph-uri"
    default = tuple(value for name, value in given if name == default_name)
    named = tuple(value for name, value in given if name == f"{prefix}named-graph-uri")
    for iri in (*default, *named):
        if not is_iri(iri):
            raise ProtocolError(400, "Not an IRI", f"{iri!r} cannot name a graph: give an absolute IRI.")
    return (default, named) if default or named else (None, None)
