"""The tests of the protocols: replays the requests that a manifest tells, and looks at the service description."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urljoin, urlsplit

import httpx
from pyoxigraph import NamedNode, QueryResultsFormat, RdfFormat
from rdflib import Graph, Namespace
from rdflib.collection import Collection
from rdflib.term import Node

from tests.conformance import compare
from tests.conformance.endpoint import Endpoint, Miss, checked, cut
from tests.conformance.suite import MF, Test

HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
SD = "http://www.w3.org/ns/sparql-service-description#"
_STATUS = {"OK": 200, "Created": 201, "NoContent": 204, "BadRequest": 400, "NotFound": 404, "MethodNotAllowed": 405}


def replay(endpoint: Endpoint, test: Test) -> None:
    """Send the requests one after the other, on a connection of their own. Raises Miss."""
    graph = test.manifest
    endpoint.load(test.data)
    connection = graph.value(test.node, MF.action)
    host = _text(graph, connection, HT.connectionAuthority)
    places = _Places(endpoint, f"http://{host}/gsp", is_update=test.is_update)
    with httpx.Client(timeout=30) as client:
        for request in Collection(graph, _one(graph, connection, HT.requests)):
            headers, body = dict(_headers(graph, request)), _body(graph, request)
            method = _text(graph, request, HT.methodName)
            url = places.address(_text(graph, request, HT.absolutePath), headers.get("content-type", ""))
            response = client.request(
                method, url, content=places.filled(body).encode(_coding(graph, request)) or None, headers=headers
            )
            wanted = _one(graph, request, HT.resp)
            try:
                _check(graph, wanted, response)
            except Miss as miss:
                raise Miss(f"{method} {url} {headers} {body[:80]!r}\n{miss}") from None
            if location := graph.value(wanted, MF.expectedLocation):
                if "location" not in response.headers:
                    raise Miss(f"{method} {url}: wanted a Location, got none")
                places.kept[str(location)] = urljoin(url, response.headers["location"])


class _Places:
    """Where requests go, and what stands for what in them: `kept` has the Location headers by their placeholders."""

    def __init__(self, endpoint: Endpoint, graph_store: str, *, is_update: bool) -> None:
        self.endpoint, self.is_update = endpoint, is_update
        self.kept = {graph_store: endpoint.graph_store}

    def address(self, path: str, media: str) -> str:
        if path.startswith("/gsp"):
            for name, value in self.kept.items():
                path = path.replace(quote(name, safe=""), quote(value, safe="")).replace(name, value)
            return self.endpoint.graph_store + path.removeprefix("/gsp")
        query = urlsplit(path).query
        is_update = self.is_update and media != "application/sparql-query"
        return (self.endpoint.update if is_update else self.endpoint.query) + (f"?{query}" if query else "")

    def filled(self, body: str) -> str:
        for name, value in self.kept.items():
            if name.startswith("$"):
                body = body.replace(name, value)
        return body


def _check(graph: Graph, wanted: Node, response: httpx.Response) -> None:
    statuses = [str(status).rpartition("#")[2] for status in graph.objects(wanted, MF.expectedStatus)]
    if statuses and not any(_is_status(response.status_code, status) for status in statuses):
        raise Miss(f"wanted {' or '.join(statuses)}\ngot {response.status_code}: {cut(response.text)}")
    media = response.headers.get("content-type", "").partition(";")[0]
    # Also of a HEAD, which has no body to tell.
    named = dict(_headers(graph, wanted)).get("content-type", "").partition(";")[0]
    if named and media != named:
        raise Miss(f"wanted {named}\ngot {media or 'no content type'}")
    if kind := _text(graph, wanted, MF.expectedFormat):
        found = _parsed(response, media)
        kinds = {bool: "boolean", compare.Table: "tabular", compare.Graph: "RDF"}
        if kinds.get(type(found)) != kind:
            raise Miss(f"wanted {kind}\ngot {media}: {cut(response.text)}")
        truth = _text(graph, wanted, MF.expectedBoolean)
        if truth and found != (truth == "true"):
            raise Miss(f"wanted {truth}\ngot {found}")
    if body := _body(graph, wanted):
        format_ = RdfFormat.from_media_type(named)
        assert format_
        other = compare.graph(body.encode(), format_, str(response.url))
        found = _parsed(response, media)
        if found is None or not compare.same(found, other):
            raise Miss(f"wanted {cut(other)}\ngot {cut(found)}")


def _parsed(response: httpx.Response, media: str) -> compare.Answer | None:
    """The answer by its media type, None for one that is neither results nor RDF. Raises SyntaxError."""
    if media == "text/csv":
        return compare.Table(frozenset(compare.cells(response.content)[0]), ())
    if results := QueryResultsFormat.from_media_type(media):
        return compare.table(response.content, results)
    format_ = RdfFormat.from_media_type(media)
    return compare.graph(response.content, format_, str(response.url)) if format_ else None


def _is_status(status: int, name: str) -> bool:
    return name == f"StatusCode{status // 100}xx" or _STATUS.get(name) == status


def _headers(graph: Graph, message: Node) -> Iterator[tuple[str, str]]:
    for headers in graph.objects(message, HT.headers):
        for header in Collection(graph, headers):
            name = _text(graph, header, HT.fieldName).lower()
            if name != "content-length":
                yield name, _text(graph, header, HT.fieldValue)


def _body(graph: Graph, message: Node) -> str:
    return _text(graph, graph.value(message, HT.body), CNT.chars)


def _coding(graph: Graph, message: Node) -> str:
    return _text(graph, graph.value(message, HT.body), CNT.characterEncoding) or "UTF-8"


def _text(graph: Graph, node: Node | None, name: Node) -> str:
    return str((node and graph.value(node, name)) or "")


def _one(graph: Graph, node: Node | None, name: Node) -> Node:
    found = graph.value(node, name)
    assert found
    return found


# -- the service description ---------------------------------------------------------------------------------

_IRIS = {
    "endpoint", "supportedLanguage", "languageExtension", "propertyFeature", "extensionFunction", "extensionAggregate",
    "feature", "resultFormat", "inputFormat", "defaultEntailmentRegime", "defaultSupportedEntailmentProfile",
    "entailmentRegime", "supportedEntailmentProfile", "name",
}  # fmt: skip
_NODES = {
    "defaultDataset": "Dataset",
    "availableGraphs": "GraphCollection",
    "defaultGraph": "Graph",
    "namedGraph": "NamedGraph",
    "graph": "Graph",
}
_OF_GRAPHS = {"defaultGraph", "namedGraph", "graph", "name", "entailmentRegime", "supportedEntailmentProfile"}


def description(endpoint: Endpoint, test: Test) -> None:
    """Raises Miss."""
    response = checked(endpoint.client.get(endpoint.query, headers={"Accept": "text/turtle"}))
    found = _parsed(response, response.headers.get("content-type", "").partition(";")[0])
    if not isinstance(found, compare.Graph) or not found.triples:
        raise Miss(f"wanted RDF\ngot {cut(response.text)}")
    endpoints = {
        t.subject
        for t in found.triples
        if (t.predicate.value, t.object) == (f"{SD}endpoint", NamedNode(endpoint.query))
    }
    if "endpoint" in test.name and not endpoints:
        raise Miss(f"wanted sd:endpoint <{endpoint.query}>\ngot {cut(found)}")
    if "schema" in test.name:
        for wrong in _wrongs(found):
            raise Miss(f"wanted the terms as the vocabulary has them\ngot {wrong}")


def _wrongs(found: compare.Graph) -> Iterator[str]:
    """What is against the domains and ranges of the vocabulary (SPARQL 1.1 Service Description, 3)."""
    types = {
        (t.subject, t.object.value)
        for t in found.triples
        if t.predicate == compare.A and isinstance(t.object, NamedNode)
    }
    if not any(type_ == f"{SD}Service" for _, type_ in types):
        yield "no sd:Service"
    for triple in sorted(found.triples, key=str):
        name = triple.predicate.value.removeprefix(SD)
        if name == triple.predicate.value:
            continue
        is_iri = isinstance(triple.object, NamedNode)
        is_right = is_iri if name in _IRIS else (triple.object, SD + _NODES.get(name, "")) in types
        is_of_service = name in _OF_GRAPHS or (triple.subject, f"{SD}Service") in types
        if not is_right or not is_of_service:
            yield str(triple)
