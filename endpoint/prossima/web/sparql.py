"""`/sparql`: the SPARQL 1.1 Protocol's query operation, by GET, by POST of a form and by POST of the query."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, JSONResponse, Response

from prossima import engine as engines
from prossima.engine import Answer, Engine, Query
from prossima.vocabulary import is_iri
from prossima.web import questions
from prossima.web.layout import header, is_browser, problem_response
from prossima.web.negotiation import GRAPH_FORMATS, RESULT_FORMATS, Format, by_name, negotiated

router = APIRouter()
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"


class ProtocolError(Exception):
    """A request that is not as the protocol wants it: status, title, and what to do."""

    def __init__(self, status: int, title: str, detail: str, **more: object) -> None:
        super().__init__(title)
        self.status, self.title, self.detail, self.more = status, title, detail, more

    def response(self) -> JSONResponse:
        return problem_response(self.status, self.title, self.detail, **self.more)


@router.api_route("/sparql", methods=["GET", "POST"], include_in_schema=False)
async def sparql(request: Request) -> Response:
    """Answer a query; without one, show a browser the page to write it."""
    engine: Engine = request.app.state.engine
    wants_page = "format" not in request.query_params and is_browser(request)
    if request.method == "GET" and wants_page:
        return await asyncio.to_thread(questions.query_page, request)
    try:
        parameters = await _parameters(request, engine.settings.query_limit)
        return await _answered(request, engine, parameters)
    except ProtocolError as error:
        return error.response()


async def _parameters(request: Request, limit: int) -> list[tuple[str, str]]:
    """The parameters of the request, wherever the protocol lets them stand."""
    given = _decoded(request.scope["query_string"])
    if request.method == "GET":
        _refuse_long("".join(value for name, value in given if name == "query"), limit)
        return given
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == UPDATE:
        raise _no_update()
    if media not in (FORM, QUERY):
        raise ProtocolError(
            415,
            "Unsupported media type",
            f"POST a form ({FORM}) with a query parameter, or the query itself ({QUERY}).",
        )
    body = b""
    async for chunk in request.stream():
        body += chunk
        _refuse_long(body, limit)
    if media == FORM:
        return [*given, *_decoded(body)]
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise _not_utf_8() from None
    return [*((name, value) for name, value in given if name != "query"), ("query", text)]


def _decoded(form: bytes) -> list[tuple[str, str]]:
    """The names and values of a form or of a query string."""
    try:
        return parse_qsl(form.decode("utf-8"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise _not_utf_8() from None


def _not_utf_8() -> ProtocolError:
    return ProtocolError(400, "Not UTF-8", "The request must be UTF-8, also where it is percent-encoded.")


def _refuse_long(query: str | bytes, limit: int) -> None:
    if len(query) > limit:
        raise ProtocolError(413, "Query too long", f"A query may have {limit:,} bytes here.")


def _no_update() -> ProtocolError:
    return ProtocolError(
        403,
        "Read-only",
        "This endpoint answers queries. To change what is published, correct the tables of the district and publish "
        "them again (prossima publish), or write to who keeps the knowledge base.",
    )


def _one(parameters: Sequence[tuple[str, str]], name: str) -> str | None:
    values = [value for given, value in parameters if given == name]
    if len(values) > 1:
        raise ProtocolError(400, f"Several {name} parameters", f"Give one {name} parameter, not {len(values)}.")
    return values[0] if values else None


async def _answered(request: Request, engine: Engine, parameters: list[tuple[str, str]]) -> Response:
    if any(name == "update" for name, _ in parameters):
        raise _no_update()
    text = _one(parameters, "query")
    if text is None:
        raise ProtocolError(400, "No query", "Give the query in the query parameter, or POST it.")
    try:
        form = engines.form(text)
        format_ = _format(form, _one(parameters, "format"), header(request, "accept"))
        query = Query(text, format_.key, *_dataset(parameters), inference=_inference(parameters))
        answer = await _while_waited_for(request, engine.answer(query))
    except engines.QueryError as error:
        raise _explained(error) from None
    headers = {"Prossima-Release": str(answer.release), "Vary": "Accept"}
    if answer.file:
        remove = BackgroundTask(Path(answer.file).unlink, missing_ok=True)
        return FileResponse(answer.file, headers=headers, media_type=format_.content_type, background=remove)
    return Response(answer.body, headers=headers, media_type=format_.content_type)


async def _while_waited_for(request: Request, work: Coroutine[Any, Any, Answer]) -> Answer:
    """What `work` comes to; it is ended when whoever asked is gone, so that it takes no one else's turn."""
    asked = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({asked, gone}, return_when=asyncio.FIRST_COMPLETED)
        if asked.done():
            return asked.result()
        raise ProtocolError(499, "Client gone", "The query was ended.")
    finally:
        asked.cancel()
        gone.cancel()


async def _disconnected(request: Request) -> None:
    while not await request.is_disconnected():
        await asyncio.sleep(0.2)


def _format(form: str | None, name: str | None, accept: str | None) -> Format:
    offered = GRAPH_FORMATS if form in ("CONSTRUCT", "DESCRIBE") else RESULT_FORMATS
    chosen = by_name(name, offered) if name else negotiated(accept, offered)
    if chosen is None:
        there = ", ".join(f"{f.names[0]} ({f.media[0]})" for f in offered)
        raise ProtocolError(406, "No such format", f"A {form or 'SELECT'} query is answered in: {there}.")
    return chosen


def _inference(parameters: list[tuple[str, str]]) -> bool:
    asked = _one(parameters, "inference")
    if asked not in (None, "on", "off"):
        raise ProtocolError(400, "Not on or off", f"inference is on (as without it) or off, not {asked!r}.")
    return asked != "off"


def _dataset(parameters: list[tuple[str, str]]) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    default = tuple(value for name, value in parameters if name == "default-graph-uri")
    named = tuple(value for name, value in parameters if name == "named-graph-uri")
    for iri in (*default, *named):
        if not is_iri(iri):
            raise ProtocolError(400, "Not an IRI", f"{iri!r} cannot name a graph: give an absolute IRI.")
    return (default, named) if default or named else (None, None)


def _explained(error: engines.QueryError) -> ProtocolError:
    match error:
        case engines.QuerySyntaxError():
            return ProtocolError(
                400,
                "Malformed query",
                f"Line {error.line}, column {error.column}: {error.detail}",
                line=error.line,
                column=error.column,
            )
        case engines.UnanswerableError():
            return ProtocolError(400, "Query not understood", error.detail)
        case engines.ForbiddenQueryError(keyword="SERVICE"):
            return ProtocolError(
                403,
                "SERVICE is not allowed",
                "This endpoint does not fetch from others. Query both from your side, or name this endpoint in a "
                "SERVICE clause of one that does.",
            )
        case engines.ForbiddenQueryError():
            return _no_update()
        case engines.UnwritablePredicateError():
            return ProtocolError(
                406,
                "Not writable as RDF/XML",
                f"RDF/XML cannot name the predicate <{error.predicate}>. Ask for Turtle, N-Triples or JSON-LD.",
                predicate=error.predicate,
            )
        case engines.UnwritableError():
            return ProtocolError(
                406,
                f"Not writable as {error.format}",
                f"{error.format} cannot hold {error.what}. Ask for another format.",
            )
        case engines.TooLargeError():
            return ProtocolError(
                413, "Answer too large", f"The answer has more than {error.limit:,} bytes. Ask for less, or use LIMIT."
            )
        case engines.TooSlowError():
            return ProtocolError(
                503,
                "Time limit",
                f"The query ran longer than {error.limit:g} s and was ended. Narrow it: name classes and "
                "properties, avoid patterns that share no variable, add LIMIT.",
                limit=error.limit,
            )
        case engines.TooMuchMemoryError():
            return ProtocolError(
                503,
                "Memory limit",
                f"The query took more than {error.limit:,} bytes of memory and was ended. Narrow it: avoid patterns "
                "that share no variable, and ORDER BY, DISTINCT and GROUP BY over very many rows.",
                limit=error.limit,
            )
        case engines.BrokenQueryError():
            return ProtocolError(500, "Query failed", f"The engine failed on this query ({error.detail}).")
        case _:
            return ProtocolError(503, "Not now", f"The query could not be answered ({error}). Try again in a while.")
