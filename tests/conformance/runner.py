"""Replays a test against an endpoint over HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, quote, urljoin, urlsplit

import httpx
from pyoxigraph import QueryResultsFormat, RdfFormat, parse, serialize
from rdflib import Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS
from rdflib.term import Node

from tests.conformance import compare
from tests.conformance.suite import MF, SUITE, UT, Data, Test

HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
_FROM = re.compile(r"^[^#]*?\bFROM\s+(NAMED\s+)?<([^>]*)>", re.IGNORECASE | re.MULTILINE)
_MEDIA = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".srx": "application/sparql-results+xml",
    ".srj": "application/sparql-results+json",
}
_GRAPHS = {"text/turtle": "turtle", "application/rdf+xml": "xml", "application/n-triples": "nt"}
_ALL_GRAPHS = "SELECT DISTINCT ?g { GRAPH ?g {} }"


class Miss(Exception):
    """A test did not pass: what was expected, and what came."""


@dataclass
class Endpoint:
    """An endpoint by its addresses. published: whether it is one release that has all data as named graphs, so that
    each query tells its dataset; else the data are loaded for each test."""

    query: str
    update: str = ""
    graph_store: str = ""
    published: bool = False
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    def run(self, test: Test) -> None:
        """Raises Miss."""
        steps: dict[str, Callable[[Test], None]] = {
            "ProtocolTest": self._protocol,
            "GraphStoreProtocolTest": self._graph_store,
            "ServiceDescriptionTest": self._description,
            "UpdateEvaluationTest": self._update,
        }
        if test.kind in steps:
            steps[test.kind](test)
        elif "Syntax" in test.kind:
            self._syntax(test)
        else:
            self._query(test)

    # -- queries and updates ----------------------------------------------------------------------------

    def _ask(self, text: str, accept: str, dataset: list[tuple[str, str]] | None = None) -> httpx.Response:
        return self.client.post(self.query, data=_form([("query", text), *(dataset or [])]), headers={"Accept": accept})

    def _query(self, test: Test) -> None:
        assert test.action
        text = _with_base(test.action)
        data = _dataset(test, text)
        if not self.published:
            self._load(data)
        # A release has the graphs by their names, so FROM finds them.
        dataset = _parameters(data) if self.published and not _FROM.search(text) else None
        wanted = compare.expected(test.result) if test.result else True
        if isinstance(wanted, Graph):
            response = _checked(self._ask(text, "application/n-triples", dataset))
            found: object = compare.triples(response.content, RdfFormat.N_TRIPLES, "x:")
        else:
            media = _MEDIA.get(test.result.suffix if test.result else "", _MEDIA[".srj"])
            response = _checked(self._ask(text, media, dataset))
            if media == "text/csv":
                found = compare.cells(response.content)
            else:
                format_ = QueryResultsFormat.from_media_type(media)
                assert format_
                found = compare.read(response.content, format_)
        if not compare.same(found, wanted, test.lax):
            raise Miss(f"wanted {_cut(wanted)}, got {_cut(found)}")

    def _syntax(self, test: Test) -> None:
        assert test.action
        text = _with_base(test.action)
        if "Update" in test.kind:
            self._empty()
            response = self.client.post(self.update, data=_form([("update", text)]))
        else:
            self._empty()
            response = self._ask(text, "*/*")
        if "Negative" in test.kind:
            if response.status_code // 100 != 4:
                raise Miss(f"a malformed text got {response.status_code}")
        elif response.status_code == 400 and response.json()["title"] != "Query not understood":
            # That is said of a text that is right, and asks for a function or a graph that is not there.
            raise Miss(f"a right text got 400: {response.text[:200]}")

    def _update(self, test: Test) -> None:
        assert test.action
        assert test.left
        self._load(test.data)
        _checked(self.client.post(self.update, data=_form([("update", _with_base(test.action))])))
        left = {str(name): graph for name, graph in self._content()}
        wanted = {name: compare.triples(_lines([path]), RdfFormat.N_TRIPLES, "x:") for name, path in test.left.named}
        wanted[""] = compare.triples(_lines(test.left.default), RdfFormat.N_TRIPLES, "x:")
        for name in {*left, *wanted}:
            found, other = left.get(name, Graph()), wanted.get(name, Graph())
            if not compare.same(found, other):
                raise Miss(f"graph {name or 'default'}: wanted {_cut(other)}, got {_cut(found)}")

    def _content(self) -> Iterator[tuple[str, Graph]]:
        headers = {"Accept": "application/n-triples"}
        names = self._ask(_ALL_GRAPHS, _MEDIA[".srj"]).json()["results"]["bindings"]
        for name in ["", *(row["g"]["value"] for row in names)]:
            where = {"graph": name} if name else {"default": ""}
            got = _checked(self.client.get(self.graph_store, params=where, headers=headers))
            yield name, compare.triples(got.content, RdfFormat.N_TRIPLES, "x:")

    def _empty(self) -> None:
        if not self.published:
            _checked(self.client.post(self.update, data=_form([("update", "DROP ALL")])))

    def _load(self, data: Data) -> None:
        self._empty()
        for path in data.default:
            self._post({"default": ""}, path)
        for name, path in data.named:
            self._post({"graph": name}, path)

    def _post(self, where: dict[str, str], path: Path) -> None:
        headers = {"Content-Type": "application/n-triples"}
        _checked(self.client.post(self.graph_store, params=where, content=_lines([path]), headers=headers))

    # -- what the protocols ask for ---------------------------------------------------------------------

    def _protocol(self, test: Test) -> None:
        self._empty()
        graph = test.manifest
        for said in graph.objects(test.node, UT.graphData):
            name, file = graph.value(said, RDFS.label), graph.value(said, UT.graph)
            self._post({"graph": str(name)}, Path(urlsplit(str(file)).path))
        self._replay(test, self._protocol_url)

    def _protocol_url(self, path: str) -> str:
        query = urlsplit(path).query
        is_update = "update" in parse_qs(query, keep_blank_values=True)
        return (self.update if is_update else self.query) + (f"?{query}" if query else "")

    def _graph_store(self, test: Test) -> None:
        self._empty()
        self._replay(test, lambda path: re.sub(r"^/gsp", self.graph_store, path))

    def _replay(self, test: Test, address: Callable[[str], str]) -> None:
        graph, kept = test.manifest, {}
        [connection] = graph.objects(test.node, MF.action)
        requests = graph.value(connection, HT.requests)
        host = str(graph.value(connection, HT.connectionAuthority))

        def filled(text: str) -> str:
            for name, value in kept.items():
                text = text.replace(name, value)
            return text.replace("$HOST$", urlsplit(self.graph_store or self.query).netloc)

        for request in Collection(graph, requests):
            path = filled(str(graph.value(request, HT.absolutePath)))
            absolute = path if path.startswith("http") else address(path)
            for spelled in (quote(f"http://{host}/gsp", safe=""), f"http://{host}/gsp"):
                absolute = absolute.replace(spelled, quote(self.graph_store, safe=":/" if ":" in spelled else ""))
            headers = dict(_headers(graph, request))
            body = _body(graph, request, filled)
            if "update" in (headers.get("content-type") or "") or body.startswith(b"update="):
                absolute = absolute.replace(self.query, self.update)
            method = str(graph.value(request, HT.methodName))
            response = self.client.request(method, absolute, content=body or None, headers=headers)
            wanted = graph.value(request, HT.resp)
            assert wanted
            _check(graph, wanted, response, f"{method} {absolute} {body[:200]!r}")
            location = graph.value(wanted, MF.expectedLocation)
            if location is not None:
                if "location" not in response.headers:
                    raise Miss(f"{method} {absolute}: no Location")
                kept[str(location)] = urljoin(absolute, response.headers["location"])

    def _description(self, test: Test) -> None:
        response = _checked(self.client.get(self.query, headers={"Accept": "text/turtle"}))
        graph = compare.triples(response.content, RdfFormat.TURTLE, self.query)
        service = graph.value(None, SD.endpoint, URIRef(self.query))
        if service is None:
            raise Miss("no sd:endpoint with the address asked")
        if "schema" in test.name:
            languages = {SD.SPARQL10Query, SD.SPARQL11Query, SD.SPARQL11Update}
            said = set(graph.objects(service, SD.supportedLanguage))
            dataset = graph.value(service, SD.defaultDataset)
            right = (service, RDF.type, SD.Service) in graph and said and said <= languages
            if not right or dataset is None or (dataset, RDF.type, SD.Dataset) not in graph:
                raise Miss(f"not by the schema: {_cut(graph)}")


def _check(graph: Graph, wanted: Node, response: httpx.Response, said: str) -> None:
    statuses = [str(status).rpartition("#")[2] for status in graph.objects(wanted, MF.expectedStatus)]
    if statuses and not any(_is_status(response.status_code, status) for status in statuses):
        raise Miss(f"{said}: wanted {' or '.join(statuses)}, got {response.status_code}: {response.text[:200]}")
    truth = graph.value(wanted, MF.expectedBoolean)
    if truth is not None:
        media = response.headers["content-type"].partition(";")[0]
        format_ = QueryResultsFormat.from_media_type(media)
        if format_ is None or compare.read(response.content, format_) != (str(truth).lower() in ("true", "1")):
            raise Miss(f"{said}: wanted {truth}, got {response.text[:200]}")
    kind = str(graph.value(wanted, MF.expectedFormat) or "")
    media = response.headers.get("content-type", "").partition(";")[0]
    if kind == "RDF" and RdfFormat.from_media_type(media) is None:
        raise Miss(f"{said}: wanted RDF, got {media}")
    if kind in ("tabular", "boolean") and QueryResultsFormat.from_media_type(media) is None:
        raise Miss(f"{said}: wanted results, got {media}")
    body = _body(graph, wanted, str)
    if body:
        named = dict(_headers(graph, wanted)).get("content-type", "text/turtle").partition(";")[0]
        base = str(response.url)
        other = Graph().parse(data=body, format=_GRAPHS[named], publicID=base)
        format_of = RdfFormat.from_media_type(media)
        if format_of is None or not compare.same(compare.triples(response.content, format_of, base), other):
            raise Miss(f"{said}: wanted {body[:200]!r}, got {response.text[:200]}")


_STATUS = {"OK": 200, "Created": 201, "NoContent": 204, "BadRequest": 400, "NotFound": 404, "MethodNotAllowed": 405}


def _is_status(status: int, name: str) -> bool:
    return name == f"StatusCode{status // 100}xx" or _STATUS.get(name) == status or name == str(status)


def _headers(graph: Graph, message: Node) -> Iterator[tuple[str, str]]:
    for headers in graph.objects(message, HT.headers):
        for header in Collection(graph, headers):
            name, value = graph.value(header, HT.fieldName), graph.value(header, HT.fieldValue)
            if str(name).lower() != "content-length":
                yield str(name).lower(), str(value)


def _body(graph: Graph, message: Node, filled: Callable[[str], str]) -> bytes:
    body = graph.value(message, HT.body)
    if body is None:
        return b""
    coding = str(graph.value(body, CNT.characterEncoding) or "UTF-8")
    return filled(str(graph.value(body, CNT.chars))).encode(coding)


def _with_base(path: Path) -> str:
    """The text, with relative IRIs resolved against its file."""
    return f"BASE <{path.as_uri()}>\n{path.read_bytes().decode('utf-8')}"


def _dataset(test: Test, text: str) -> Data:
    """The test's dataset; that of its FROM clauses, as files, where it has none of its own."""
    clauses = _FROM.findall(text)
    if not clauses or test.data != Data():
        return test.data
    assert test.action
    files = [(bool(named), test.action.parent / name) for named, name in clauses]
    return Data(named=tuple((path.as_uri(), path) for _, path in files))


def _parameters(data: Data) -> list[tuple[str, str]]:
    """The dataset by names of graphs. It is never empty: an empty one is that of a graph that is not there."""
    default = [("default-graph-uri", path.as_uri()) for path in data.default]
    named = [("named-graph-uri", path.as_uri()) for _, path in data.named]
    return [*default, *named] or [("default-graph-uri", (SUITE / "none").as_uri())]


def _lines(paths: list[Path] | tuple[Path, ...]) -> bytes:
    """The triples of files as N-Triples, blank nodes of each apart."""
    quads = [
        quad.triple
        for path in paths
        for quad in parse(
            path=str(path),
            format=compare.RDF_FORMATS[path.suffix],
            base_iri=path.as_uri(),
            rename_blank_nodes=True,
        )
    ]
    return serialize(quads, format=RdfFormat.N_TRIPLES) or b""


def _form(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _checked(response: httpx.Response) -> httpx.Response:
    if response.status_code >= 300:
        raise Miss(f"{response.status_code}: {response.text[:300]}")
    return response


def _cut(value: object) -> str:
    text = value.serialize(format="nt") if isinstance(value, Graph) else str(value)
    return " ".join(text.split())[:400]
