"""`/sparql`: the SPARQL 1.1 Protocol, by GET, by POST of a form and by POST of the text itself.

The same code serves releases (queries only, answers kept ready by `cache`, earlier releases by `memento`) and a
scratch store (queries and updates, nothing kept).
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from prossima import engine as engines
from prossima.engine import Answer, Query
from prossima.engine.lookup import lookup_of
from prossima.engine.scratch import Scratch
from prossima.engine.serving import Engine, Serving
from prossima.engine.turns import SITE
from prossima.questions import published_texts
from prossima.vocabulary import ROOT
from prossima.web.asked import FORM, Asked, ProtocolError, decoded, not_utf_8, one, refuse_long
from prossima.web.cache import Alias, Cache, Reply
from prossima.web.description import description
from prossima.web.negotiation import GRAPH_FORMATS, HTML, RESULT_FORMATS, Format, negotiated
from prossima.web.refusals import explained, read_only
from prossima.web.wanted import Parameters, Wanted, alias_of, dataset, inference_of, reply_of, result_format

QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
# Seconds that a client is not watched for: most answers are there before.
_UNWATCHED = 0.2
# Bytes that take so long to compress that others would wait.
_LONG = 30_000
# Seconds that a published question may take to be kept ready.
_WARMTH = 2.0
# As what the query page and most clients ask, what downloads ask, with and without compression.
_JSON = b"application/sparql-results+json"
_WARMED = ((_JSON, b"gzip"), (_JSON, b""), (b"text/csv", b"gzip"))
_AS_PAGE = re.compile(rb"(?:^|&)format=html(?:&|$)")


T = TypeVar("T")
_Ended = asyncio.Future[Reply | engines.QueryError | None]
# What a query meets whoever asks it.
_LIMITS = (engines.TooSlowError, engines.TooMuchMemoryError, engines.TooLargeError)


@dataclass(frozen=True)
class Operation:
    """What a request asks for: a query's or an update's text, or, with neither, a description of the service."""

    parameters: Parameters
    query: str | None = None
    update: str | None = None


class Sparql:
    """Answers requests to `/sparql`. backend: an Engine over releases, or a Scratch store."""

    def __init__(self, backend: Engine | Scratch) -> None:
        self.backend = backend
        self.settings = backend.settings
        self.cache = Cache(self.settings.cache_limit)
        # What is being evaluated, by its validator: to its reply, to the limit that it met, or to nothing.
        self._under_way: dict[bytes, _Ended] = {}
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

    def at_once(self, asked: Asked) -> Reply | None:
        """The reply to a GET where nothing has to be waited for: a kept one, or that to a look-up in the current
        release. None for all else, and for what is wrong in any way: `reply` says more. Raises what that does."""
        serving = self.follow()
        if serving is None or self.is_page(asked):
            return None
        assert isinstance(self.backend, Engine)
        alias = alias_of(asked, b"")
        if ready := self.cache.again(alias):
            return ready
        operation = self._operation(asked, b"")
        if operation.query is None or (lookup := lookup_of(operation.query)) is None:
            return None
        wanted = self._wanted(operation.query, lookup.form, operation.parameters, asked, alias, serving)
        if ready := self._had(wanted):
            return ready
        answer = self.backend.at_once(wanted.what, serving, wanted.chosen.release)
        if answer is None:
            return None
        reply = wanted.reply(answer)
        if wanted.zipped(reply):
            if len(reply.body) > _LONG:
                return None
            reply = reply.gzipped()
        self._keep(wanted, reply)
        return reply

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
        if isinstance(self.backend, Scratch):
            given = operation.parameters
            format_ = result_format(kind, given, asked)
            query = _query(text, format_, given)
            answer = await while_there(asked, self.backend.answer(query, base=asked.host + asked.path))
            return reply_of(answer, format_, kind, [(b"cache-control", b"no-store")])
        if serving is None:
            raise engines.BusyError("nothing is published yet")
        wanted = self._wanted(text, kind, operation.parameters, asked, alias, serving)
        return await self.kept(wanted, SITE if text in published_texts() else asked.client, serving)

    def _wanted(
        self, text: str, kind: str | None, given: Parameters, asked: Asked, alias: Alias, serving: Serving
    ) -> Wanted:
        format_ = result_format(kind, given, asked)
        query = _query(text, format_, given)
        return Wanted.of(asked, alias, given, query, format_, kind or "query", serving)

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

    async def kept(self, wanted: Wanted, client: str, serving: Serving) -> Reply:
        """The reply from the cache, else from the engine, and kept where it will be the same again. What a process is
        at already is waited for, whoever asked it; not what waits for its turn, which may be far.

        Raises QueryError, and ProtocolError when the client is gone."""
        if unchanged := wanted.unchanged():
            return unchanged
        while wanted.etag and (first := self._under_way.get(wanted.etag)):
            match await while_there(wanted.asked, asyncio.shield(first)):
                case engines.QueryError() as limit:
                    raise limit
                case Reply(file=None) as reply:
                    return self._had(wanted) or reply
                case Reply():  # the file is sent, and gone
                    break
        if ready := self._had(wanted):
            return ready
        end: _Ended = asyncio.get_running_loop().create_future()
        ended: Reply | engines.QueryError | None = None
        try:
            ended = await self._evaluated(wanted, client, serving, end)
            return ended
        except _LIMITS as error:
            ended = error
            raise
        finally:
            end.set_result(ended)
            if wanted.etag and self._under_way.get(wanted.etag) is end:
                del self._under_way[wanted.etag]

    async def _evaluated(self, wanted: Wanted, client: str, serving: Serving, end: _Ended) -> Reply:
        """end: to be found by who asks the same as soon as it is this one's turn."""
        assert isinstance(self.backend, Engine)
        begun = (lambda etag=wanted.etag: self._under_way.setdefault(etag, end)) if wanted.etag else None
        release = wanted.chosen.release
        answer = await while_there(wanted.asked, self.backend.answer(wanted.what, client, serving, release, begun))
        if wanted.etag and answer.file and self.cache.takes(answer.size):
            answer = await asyncio.to_thread(_in_memory, answer)
        reply = wanted.reply(answer)
        if wanted.zipped(reply):
            reply = await asyncio.to_thread(reply.gzipped) if len(reply.body) > _LONG else reply.gzipped()
        self._keep(wanted, reply)
        return reply

    def _had(self, wanted: Wanted) -> Reply | None:
        """The reply that the client has, or that is kept."""
        if wanted.etag is None:
            return None
        return wanted.unchanged() or self.cache.get(wanted.etag, wanted.alias)

    def _keep(self, wanted: Wanted, reply: Reply) -> None:
        if wanted.etag and reply.file is None:
            self.cache.keep(wanted.etag, reply, wanted.alias)

    async def _described(self, operation: Operation, asked: Asked) -> Reply:
        """The service description: what the endpoint IRI itself stands for (SPARQL 1.1 Service Description, 2)."""
        format_ = result_format("DESCRIBE", operation.parameters, asked)
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
        default, named = dataset(operation.parameters, "using-")
        try:
            await self.backend.update(operation.update, default, named, base=asked.host + asked.path)
        except engines.QueryError as error:
            raise explained(error) from None
        return Reply(204, [], kind="update")


async def while_there(asked: Asked, work: Awaitable[T]) -> T:
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


def _query(text: str, format_: Format, given: Parameters) -> Query:
    return Query(text, format_.key, *dataset(given), inference=inference_of(given), base=ROOT)


def _in_memory(answer: Answer) -> Answer:
    assert answer.file
    path = Path(answer.file)
    body = path.read_bytes()
    path.unlink()
    return replace(answer, body=body, file=None)
