"""`/graph-store`: the SPARQL 1.1 Graph Store HTTP Protocol. A graph is named by `?graph=IRI`, `?default`, or by the
path below `/graph-store/`; releases are read, a scratch store is also written."""

from __future__ import annotations

import uuid
from email import message_from_bytes
from email.message import Message

from pyoxigraph import RdfFormat

from prossima import engine as engines
from prossima.engine import GraphRead
from prossima.engine.scratch import Scratch
from prossima.vocabulary import ROOT, is_iri
from prossima.web.asked import Asked, ProtocolError, one
from prossima.web.cache import Reply
from prossima.web.negotiation import GRAPH_FORMATS, by_name, negotiated
from prossima.web.refusals import explained, read_only
from prossima.web.sparql import Sparql, while_there
from prossima.web.wanted import Parameters, Wanted, alias_of, inference_of, reply_of

PATH = "/graph-store"
_READ = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "text/plain": RdfFormat.N_TRIPLES,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/n-quads": RdfFormat.N_QUADS,
    "application/trig": RdfFormat.TRIG,
    "text/n3": RdfFormat.N3,
}


class GraphStore:
    """Answers requests to `/graph-store`."""

    def __init__(self, sparql: Sparql) -> None:
        self.sparql, self.backend, self.settings = sparql, sparql.backend, sparql.settings

    async def reply(self, asked: Asked) -> Reply:
        """What to send. Raises ProtocolError."""
        scratch = isinstance(self.backend, Scratch)
        allowed = "GET, HEAD, PUT, POST, DELETE" if scratch else "GET, HEAD"
        if asked.method in ("PUT", "POST", "DELETE") and not scratch:
            raise read_only()
        if asked.method not in allowed.split(", "):
            raise ProtocolError(405, "Method not allowed", f"Graphs take {allowed}.", headers={"Allow": allowed})
        given = asked.parameters()
        graph = self._graph(asked, given)
        try:
            if asked.method in ("GET", "HEAD"):
                return await self._read(graph, asked, given)
            return await self._written(graph, asked)
        except engines.QueryError as error:
            raise explained(error) from None

    def _graph(self, asked: Asked, given: Parameters) -> str | None:
        """The graph asked for, None for the default one. Raises ProtocolError."""
        if asked.path != PATH and asked.path != PATH + "/":
            if isinstance(self.backend, Scratch):
                return asked.host + asked.raw_path.decode("latin-1")
            return ROOT + asked.raw_path.decode("latin-1").removeprefix(PATH + "/")
        named, is_default = one(given, "graph"), any(name == "default" for name, _ in given)
        if (named is None) == (not is_default):
            if asked.method == "POST" and isinstance(self.backend, Scratch) and named is None:
                return f"{asked.host}{PATH}/{uuid.uuid4()}"  # a graph of its own (SPARQL 1.1 Graph Store, 5.5)
            detail = f"Name one: {PATH}?default, {PATH}?graph=IRI, or {PATH}/... with what follows {ROOT}."
            raise ProtocolError(400, "Which graph", detail)
        if named is not None and not is_iri(named):
            raise ProtocolError(400, "Not an IRI", f"{named!r} cannot name a graph: give an absolute IRI.")
        return named

    async def _read(self, graph: str | None, asked: Asked, given: Parameters) -> Reply:
        name = one(given, "format")
        accept = asked.header(b"accept")
        format_ = by_name(name, GRAPH_FORMATS) if name else negotiated(accept, GRAPH_FORMATS)
        if format_ is None:
            there = ", ".join(f"{f.names[0]} ({f.media[0]})" for f in GRAPH_FORMATS)
            raise ProtocolError(406, "No such format", f"A graph is given in: {there}.")
        what = GraphRead(graph, format_.key, inference=inference_of(given))
        if isinstance(self.backend, Scratch):
            answer = await while_there(asked, self.backend.answer(what, base=asked.host + asked.path))
            return reply_of(answer, format_, "graph", [(b"cache-control", b"no-store")])
        serving = self.sparql.follow()
        alias = alias_of(asked, b"")
        if ready := self.sparql.cache.again(alias):
            return ready
        if serving is None:
            raise engines.BusyError("nothing is published yet")
        wanted = Wanted.of(asked, alias, given, what, format_, "graph", serving)
        return await self.sparql.kept(wanted, asked.client, serving)

    # -- a scratch store --------------------------------------------------------------------------------

    async def _written(self, graph: str | None, asked: Asked) -> Reply:
        assert isinstance(self.backend, Scratch)
        if asked.method == "DELETE":
            await self.backend.delete(graph)
            return Reply(204, [], kind="graph")
        body = await asked.body(self.settings.result_limit, "graph")
        parts = [(_format(media), data) for media, data in _parts(asked, body)]
        base = graph or asked.host + asked.path
        try:
            is_new = await self.backend.write(graph, parts, base, replace=asked.method == "PUT")
        except SyntaxError as error:
            place = f"Line {error.lineno}, column {error.offset}: " if error.lineno else ""
            raise ProtocolError(400, "Malformed RDF", f"{place}{error.msg}") from None
        headers = [(b"location", graph.encode())] if is_new and graph else []
        return Reply(201 if is_new else 204, headers, kind="graph")


def _format(media: str) -> RdfFormat:
    """The format of a body. Raises ProtocolError."""
    if media not in _READ:
        raise ProtocolError(415, "Unsupported media type", f"{media!r} is no RDF read here: send {', '.join(_READ)}.")
    return _READ[media]


def _parts(asked: Asked, body: bytes) -> list[tuple[str, bytes]]:
    """The media type and the bytes of a body, or of each part of a form (multipart/form-data, RFC 7578)."""
    if not asked.media.startswith("multipart/"):
        return [(asked.media or "text/turtle", body)]
    whole = message_from_bytes(b"Content-Type: " + asked.headers[b"content-type"] + b"\r\n\r\n" + body)
    parts = [part for part in whole.walk() if not part.is_multipart()]
    return [(part.get_content_type(), _bytes(part)) for part in parts]


def _bytes(part: Message) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""
