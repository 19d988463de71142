"""`/sparql`: the SPARQL 1.1 Protocol, by GET, by POST of a form and by POST of the text itself.

The same code serves releases (queries only, answers kept ready by `cache`, earlier releases by `memento`) and a
scratch store (queries and updates, nothing kept).
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from prossima import __version__
from prossima import engine as engines
from prossima.engine import Answer, GraphRead, Query
from prossima.engine.guard import is_stable
from prossima.engine.scratch import Scratch
from prossima.engine.serving import Engine, Serving
from prossima.engine.turns import SITE
from prossima.questions import published_texts
from prossima.vocabulary import ROOT, is_iri
from prossima.web import memento
from prossima.web.asked import FORM, Asked, ProtocolError, decoded, not_utf_8, one, refuse_long
from prossima.web.cache import Alias, Cache, Headers, Reply
from prossima.web.description import description
from prossima.web.memento import Chosen
from prossima.web.negotiation import GRAPH_FORMATS, HTML, RESULT_FORMATS, Format, by_name, negotiated
from prossima.web.refusals import explained, read_only

QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
# Seconds that a client is not watched for: most answers are there before.
_UNWATCHED = 0.2
_LARGE = 1024
# Seconds that a published question may take to be kept ready.
_WARMTH = 2.0
# As what the query page and most clients ask, what downloads ask, with and without compression.
_JSON = b"application/sparql-results+json"
_WARMED = ((_JSON, b"gzip"), (_JSON, b""), (b"text/csv", b"gzip"))
_AS_PAGE = re.compile(rb"(?:^|&)format=html(?:&|$)")
_VARY = b"Accept, Accept-Encoding, Accept-Datetime"
Parameters = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Operation:
    """What a request asks for: a query's or an update's text, or, with neither, a description of the service."""

    parameters: Parameters
    query: str | None = None
    update: str | None = None


@dataclass(frozen=True)
class _Key:
    """All that an answer hangs on. saved: whether a browser is to save it."""

    chosen: Chosen
    wanted: Query | GraphRead
    gzip: bool
    saved: bool


class Sparql:
    """Answers requests to `/sparql`. backend: an Engine over releases, or a Scratch store."""

    def __init__(self, backend: Engine | Scratch) -> None:
        self.backend = backend
        self.settings = backend.settings
        self.cache = Cache(self.settings.cache_limit)
        self._followed: Serving | None = None
        self._warming: asyncio.Task[None] | None = None

    def is_page(self, asked: Asked) -> bool:
        """Whether a browser asks for the page to write a query on."""
        if asked.method not in ("GET", "HEAD") or isinstance(self.backend, Scratch):
            return False
        if b"format=" in asked.query_string:
            return _AS_PAGE.search(asked.query_string) is not None
        accept = asked.headers.get(b"accept", b"")
        if b"html" not in accept:
            return False
        return negotiated(accept.decode("latin-1"), (*RESULT_FORMATS, *GRAPH_FORMATS, HTML)) is HTML

    async def reply(self, asked: Asked) -> Reply:
        """What to send. Raises ProtocolError."""
        if asked.method not in ("GET", "HEAD", "POST"):
            raise ProtocolError(405, "Method not allowed", "Ask by GET or POST.", headers={"Allow": "GET, HEAD, POST"})
        body = await asked.body(self.settings.query_limit) if asked.method == "POST" else b""
        serving = self.follow()
        alias = alias_of(asked, body)
        if ready := self.cache.again(alias):
            return ready
        operation = self._operation(asked, body)
        if operation.update is not None:
            return await self._updated(operation, asked)
        try:
            if operation.query is None:
                return await self._described(operation, asked)
            return await self._answered(operation, operation.query, asked, alias, serving)
        except engines.QueryError as error:
            raise explained(error) from None

    def follow(self) -> Serving | None:
        """What is served now. When another release has become current, the cache is emptied and warmed up."""
        serving = self.backend.serving() if isinstance(self.backend, Engine) else None
        if serving is not self._followed:
            self.cache.clear()
            self.warm_up(serving)
        return serving

    def warm_up(self, serving: Serving | None) -> None:
        """Ask the published questions, one after the other, so that their answers are kept."""
        self._followed = serving
        if self._warming:
            self._warming.cancel()
        self._warming = asyncio.create_task(self._asked_all()) if serving else None

    @property
    def is_warming(self) -> bool:
        """Whether published questions are being asked to keep their answers."""
        return self._warming is not None and not self._warming.done()

    def close(self) -> None:
        """Warm up no more."""
        if self._warming:
            self._warming.cancel()

    async def _asked_all(self) -> None:
        for text in sorted(published_texts()):
            # One that takes longer would keep a processor busy for who may never ask it.
            with suppress(TimeoutError):
                async with asyncio.timeout(_WARMTH):
                    await self._asked(text)

    async def _asked(self, text: str) -> None:
        for accept, coding in _WARMED:
            asked = Asked.by_ourselves({"query": text}, {b"accept": accept, b"accept-encoding": coding})
            with suppress(ProtocolError):
                if file := (await self.reply(asked)).file:  # too large to be kept
                    Path(file).unlink()

    def _operation(self, asked: Asked, body: bytes) -> Operation:
        """The operation, wherever the protocol lets its parts stand. Raises ProtocolError."""
        given = asked.parameters()
        if asked.method != "POST":
            if one(given, "update") is not None:
                raise self._no_update_here()
            query = one(given, "query")
            refuse_long(query or "", self.settings.query_limit)
            return Operation(given, query=query)
        if asked.media == FORM:
            inside = decoded(body)
            query, update = one(inside, "query"), one(inside, "update")
            if update is not None and not isinstance(self.backend, Scratch):
                raise read_only()
            if (query is None) == (update is None):
                says = "both" if query else "neither"
                raise ProtocolError(400, "No query", f"The form has to have query or update; it has {says}.")
            return Operation([*given, *inside], query=query, update=update)
        if asked.media not in (QUERY, UPDATE):
            raise ProtocolError(
                415,
                "Unsupported media type",
                f"POST a form ({FORM}) with a query parameter, or the query itself ({QUERY}).",
            )
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            raise not_utf_8() from None
        if asked.media == QUERY:
            return Operation([pair for pair in given if pair[0] != "query"] + [("query", text)], query=text)
        if not isinstance(self.backend, Scratch):
            raise read_only()
        return Operation(given, update=text)

    def _no_update_here(self) -> ProtocolError:
        if not isinstance(self.backend, Scratch):
            return read_only()
        return ProtocolError(400, "Update by GET", "POST an update: a GET changes nothing.", headers={"Allow": "POST"})

    # -- queries ----------------------------------------------------------------------------------------

    async def _answered(
        self, operation: Operation, text: str, asked: Asked, alias: Alias, serving: Serving | None
    ) -> Reply:
        kind = await self._form(text, asked, serving)
        given = operation.parameters
        format_ = _format(kind, one(given, "format"), asked.header(b"accept"))
        query = Query(text, format_.key, *_dataset(given, ""), inference=inference_of(given), base=ROOT)
        if isinstance(self.backend, Scratch):
            answer = await while_there(asked, self.backend.answer(query, base=asked.host + asked.path))
            return reply_of(answer, format_, kind, [(b"cache-control", b"no-store")])
        client = SITE if text in published_texts() else asked.client
        return await self.kept(query, format_, kind or "query", given, asked, alias, client, serving)

    async def _form(self, text: str, asked: Asked, serving: Serving | None) -> str | None:
        """The query's form. Raises ForbiddenQueryError, and QuerySyntaxError for what is refused and malformed too."""
        try:
            return engines.form(text)
        except engines.ForbiddenQueryError as error:
            if error.keyword == "SERVICE":
                query = Query(text, "json", base=ROOT, evaluated=False)
                if isinstance(self.backend, Scratch):
                    await self.backend.answer(query, base=asked.host + asked.path)
                elif serving:
                    await while_there(asked, self.backend.answer(query, asked.client, serving, serving.release))
            elif isinstance(self.backend, Scratch):
                return None  # an update where a query should be: the engine says where
            raise

    async def kept(
        self,
        wanted: Query | GraphRead,
        format_: Format,
        kind: str,
        given: Parameters,
        asked: Asked,
        alias: Alias,
        client: str,
        serving: Serving | None,
    ) -> Reply:
        """The reply from the cache, else from the engine, and kept where it will be the same again.

        Raises ProtocolError and QueryError."""
        assert isinstance(self.backend, Engine)
        if serving is None:
            raise engines.BusyError("nothing is published yet")
        chosen = memento.chosen(asked, given, self.backend.shelf, serving.release)
        gzip = asked.takes_gzip
        saved = b"html" in asked.headers.get(b"accept", b"") and one(given, "format") is not None
        key = _Key(chosen, wanted, gzip, saved)
        stable = not isinstance(wanted, Query) or is_stable(wanted.text)
        etag = _etag(key) if stable else None
        if etag and asked.has(etag):
            return Reply(200, [(b"etag", etag), (b"vary", _VARY), *memento.headers(asked, given, chosen)], etag=etag)
        if stable and (ready := self.cache.get(key, alias)):
            return ready
        answer = await while_there(asked, self.backend.answer(wanted, client, serving, chosen.release))
        headers: Headers = [(b"vary", _VARY), *memento.headers(asked, given, chosen)]
        if saved:
            name = f"prossima-{answer.release}-{kind.lower()}.{format_.names[0]}"
            headers.append((b"content-disposition", f'attachment; filename="{name}"'.encode()))
        if etag:
            lasting = b"public, max-age=31536000, immutable" if chosen.pinned else b"no-cache"
            headers += [(b"etag", etag), (b"cache-control", lasting)]
        else:
            headers.append((b"cache-control", b"no-store"))
        if stable and answer.file and self.cache.takes(answer.size):
            answer = await asyncio.to_thread(_in_memory, answer)
        reply = reply_of(answer, format_, kind, headers, etag)
        if gzip and reply.file is None and len(reply.body) >= _LARGE:
            reply = await asyncio.to_thread(reply.gzipped) if len(reply.body) > 30_000 else reply.gzipped()
        if stable and reply.file is None:
            self.cache.keep(key, reply, alias)
        return reply

    async def _described(self, operation: Operation, asked: Asked) -> Reply:
        """The service description: what the endpoint IRI itself stands for (SPARQL 1.1 Service Description, 2)."""
        format_ = _format("DESCRIBE", one(operation.parameters, "format"), asked.header(b"accept"))
        body = await asyncio.to_thread(description, self.backend, asked.host + asked.path, format_.key)
        etag = b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'
        headers = [
            (b"content-type", format_.content_type.encode()),
            (b"vary", b"Accept"),
            (b"cache-control", b"no-cache"),
            (b"etag", etag),
        ]
        return Reply(200, headers, body, etag=etag, kind="description")

    # -- updates ----------------------------------------------------------------------------------------

    async def _updated(self, operation: Operation, asked: Asked) -> Reply:
        assert isinstance(self.backend, Scratch)
        assert operation.update is not None
        default, named = _dataset(operation.parameters, "using-")
        try:
            await self.backend.update(operation.update, default, named, base=asked.host + asked.path)
        except engines.QueryError as error:
            raise explained(error) from None
        return Reply(204, [], kind="update")


async def while_there(asked: Asked, work: Awaitable[Answer]) -> Answer:
    """What `work` comes to; it is ended when whoever asked is gone, so that it takes no one else's turn."""
    task, watching = asyncio.current_task(), None
    assert task
    gone = False

    async def watch() -> None:
        nonlocal gone
        await asked.gone()
        gone = True
        task.cancel()

    def begin() -> None:
        nonlocal watching
        watching = asyncio.create_task(watch())

    timer = asyncio.get_running_loop().call_later(_UNWATCHED, begin)
    try:
        return await work
    except asyncio.CancelledError:
        if gone:
            task.uncancel()
            raise ProtocolError(499, "Client gone", "The query was ended.") from None
        raise
    finally:
        timer.cancel()
        if watching:
            watching.cancel()


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


def _in_memory(answer: Answer) -> Answer:
    assert answer.file
    path = Path(answer.file)
    body = path.read_bytes()
    path.unlink()
    return replace(answer, body=body, file=None)


def _etag(key: _Key) -> bytes:
    """A strong validator: it changes with the release, the software and all that was asked."""
    chosen = key.chosen
    when = (chosen.release.number, chosen.release.manifest.created, chosen.pinned, chosen.dated)
    said = repr((__version__, when, key.wanted, key.gzip, key.saved))
    return b'"' + hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32].encode() + b'"'


def reply_of(answer: Answer, format_: Format, kind: str | None, headers: Headers, etag: bytes | None = None) -> Reply:
    took = f"queue;dur={answer.waited * 1000:.1f}, query;dur={answer.took * 1000:.1f}"
    said = [(b"content-type", format_.content_type.encode()), *headers, (b"server-timing", took.encode())]
    return Reply(
        200,
        said,
        answer.body or b"",
        file=answer.file,
        etag=etag,
        kind=(kind or "query").lower(),
        rows=answer.rows,
        waited=answer.waited,
    )


def _format(form: str | None, name: str | None, accept: str) -> Format:
    offered = GRAPH_FORMATS if form in ("CONSTRUCT", "DESCRIBE") else RESULT_FORMATS
    chosen = by_name(name, offered) if name else negotiated(accept, offered)
    if chosen is None:
        there = ", ".join(f"{f.names[0]} ({f.media[0]})" for f in offered)
        raise ProtocolError(406, "No such format", f"A {form or 'SELECT'} query is answered in: {there}.")
    return chosen


def inference_of(parameters: Parameters) -> bool:
    asked = one(parameters, "inference")
    if asked not in (None, "on", "off"):
        raise ProtocolError(400, "Not on or off", f"inference is on (as without it) or off, not {asked!r}.")
    return asked != "off"


def _dataset(parameters: Parameters, prefix: str) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """The dataset a request gives: of a query (no prefix) or of an update (`using-`); None twice when it gives none."""
    default_name = f"{prefix}graph-uri" if prefix else "default-graph-uri"
    default = tuple(value for name, value in parameters if name == default_name)
    named = tuple(value for name, value in parameters if name == f"{prefix}named-graph-uri")
    for iri in (*default, *named):
        if not is_iri(iri):
            raise ProtocolError(400, "Not an IRI", f"{iri!r} cannot name a graph: give an absolute IRI.")
    return (default, named) if default or named else (None, None)
