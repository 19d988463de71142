"""The answer to a query as a part of a page, made here, for who has no JavaScript: asked as any client asks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from fastapi import Request

from prossima.web.asked import Asked, ProtocolError
from prossima.web.links import Links
from prossima.web.sparql import Sparql

MOST = 1000
_LARGEST = 4_000_000
_ACCEPT = b"application/sparql-results+json, text/turtle;q=0.9"


@dataclass(frozen=True)
class Shown:
    """A value: its text, its language, where it leads."""

    text: str
    lang: str | None = None
    path: str | None = None


@dataclass(frozen=True)
class Results:
    """columns, rows: of a table, of which at most MOST are here of `total`. graph: in Turtle. truth: of an ASK.
    problem: title and detail, where there is no answer; status: of the page."""

    status: int = 200
    columns: list[str] = field(default_factory=list)
    rows: list[list[Shown | None]] = field(default_factory=list)
    total: int = 0
    graph: str | None = None
    truth: bool | None = None
    problem: tuple[str, str] | None = None
    too_large: bool = False


async def results(request: Request, sparql: Sparql, client: str, text: str, links: Links) -> Results:
    """What the text is answered with; of an earlier release where the request names one."""
    given = [("query", text), *(pair for pair in request.query_params.multi_items() if pair[0] in _KEPT)]
    headers = {b"accept": _ACCEPT}
    asked = Asked("GET", "/sparql", b"/sparql", urlencode(given).encode(), headers, "", client, request.receive)
    try:
        reply = await sparql.reply(asked)
    except ProtocolError as error:
        return Results(error.status, problem=(error.title, error.detail))
    if reply.file:
        Path(reply.file).unlink()
    if reply.file or len(reply.body) > _LARGEST:
        return Results(too_large=True)
    body = reply.body.decode("utf-8")
    if not dict(reply.headers)[b"content-type"].startswith(b"application/sparql-results+json"):
        return Results(graph=body)
    found = json.loads(body)
    if "boolean" in found:
        return Results(truth=found["boolean"])
    columns, bindings = found["head"]["vars"], found["results"]["bindings"]
    rows = [[_shown(row.get(name), links) for name in columns] for row in bindings[:MOST]]
    return Results(columns=columns, rows=rows, total=len(bindings))


_KEPT = ("release", "inference", "default-graph-uri", "named-graph-uri")


def _shown(term: dict[str, str] | None, links: Links) -> Shown | None:
    if term is None:
        return None
    if term["type"] == "uri":
        return Shown(term["value"], path=links.href(term["value"]))
    return Shown(("_:" if term["type"] == "bnode" else "") + term["value"], lang=term.get("xml:lang"))
