"""Runs one test against an endpoint, by its kind."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
from pyoxigraph import QueryResultsFormat, RdfFormat

from tests.conformance import compare
from tests.conformance.endpoint import JSON, N_TRIPLES, Endpoint, Miss, checked, cut
from tests.conformance.protocols import description, replay
from tests.conformance.suite import SUITE, Data, Test

_FROM = re.compile(r"^[^#]*?\bFROM\s+(NAMED\s+)?<([^>]*)>", re.IGNORECASE | re.MULTILINE)
_MEDIA = {".csv": "text/csv", ".tsv": "text/tab-separated-values", ".srx": "application/sparql-results+xml"}
# How we say that a text is well-formed, and yet asks for a function that is not there, or to fetch.
_READ = {"Query not understood", "SERVICE is not allowed", "LOAD is not allowed"}


def run(endpoint: Endpoint, test: Test) -> None:
    """Raises Miss."""
    try:
        _BY_KIND.get(test.kind, _syntax if test.is_syntax else _query)(endpoint, test)
    except httpx.HTTPError as error:
        raise Miss(f"no answer: {error!r}") from error
    except SyntaxError as error:
        raise Miss(f"the answer is malformed: {error}") from error


def _query(endpoint: Endpoint, test: Test) -> None:
    assert test.action
    assert test.result
    text, data = _with_base(test.action), dataset(test)
    endpoint.load(data)
    # A release has the graphs by their names, so FROM finds them.
    parameters = _parameters(data) if endpoint.published and not _FROM.search(text) else []
    wanted = compare.expected(test.result)
    if isinstance(wanted, compare.Graph):
        response = checked(endpoint.ask(text, N_TRIPLES, parameters))
        found: compare.Answer = compare.graph(response.content, RdfFormat.N_TRIPLES, endpoint.query)
    else:
        media = _MEDIA.get(test.result.suffix, JSON)
        response = checked(endpoint.ask(text, media, parameters))
        format_ = QueryResultsFormat.from_media_type(media)
        assert format_
        is_csv = isinstance(wanted, list)
        found = compare.cells(response.content) if is_csv else compare.table(response.content, format_)
    if not compare.same(found, wanted, test.lax):
        raise Miss(f"wanted {cut(wanted)}\ngot {cut(found)}")


def _syntax(endpoint: Endpoint, test: Test) -> None:
    """A malformed text is a 400. A well-formed one is answered, or fails after it was read: with our word for it, or
    with a 500 of other servers. Any other status tells nothing of what was read."""
    assert test.action
    text = _with_base(test.action)
    endpoint.empty()
    response = endpoint.change(text) if test.is_update else endpoint.ask(text, "*/*")
    is_read = response.is_success or response.status_code == 500 or _title(response) in _READ
    is_malformed = response.status_code == 400 and not is_read
    if not (is_malformed if "Negative" in test.kind else is_read):
        kind = "malformed" if "Negative" in test.kind else "well-formed"
        raise Miss(f"wanted a {kind} text to be told as such\ngot {response.status_code}: {cut(response.text)}")


def _title(response: httpx.Response) -> str:
    is_problem = response.headers.get("content-type", "").startswith("application/problem+json")
    return str(response.json()["title"]) if is_problem else ""


def _update(endpoint: Endpoint, test: Test) -> None:
    assert test.action
    endpoint.load(test.data)
    checked(endpoint.change(_with_base(test.action)))
    left = dict(endpoint.content())
    wanted = {name: _graph([path]) for name, path in test.left.named} | {"": _graph(test.left.default)}
    # An empty graph may be there or not.
    nothing = compare.Graph(frozenset())
    for name in sorted({*left, *wanted}):
        found, other = left.get(name, nothing), wanted.get(name, nothing)
        if not compare.same(found, other):
            raise Miss(f"graph {name or 'default'}: wanted {cut(other)}\ngot {cut(found)}")


def _graph(paths: list[Path] | tuple[Path, ...]) -> compare.Graph:
    read = (compare.graph(path.read_bytes(), compare.GRAPHS[path.suffix], path.as_uri()) for path in paths)
    return compare.Graph(frozenset().union(*(graph.triples for graph in read)))


_BY_KIND = {
    "ProtocolTest": replay,
    "GraphStoreProtocolTest": replay,
    "ServiceDescriptionTest": description,
    "UpdateEvaluationTest": _update,
}


def _with_base(path: Path) -> str:
    """The text, with relative IRIs resolved against its file."""
    return f"BASE <{path.as_uri()}>\n{path.read_bytes().decode('utf-8')}"


def dataset(test: Test) -> Data:
    """The test's dataset; where it has none of its own, the files of its FROM clauses as named graphs."""
    if test.data != Data() or test.kind != "QueryEvaluationTest":
        return test.data
    assert test.action
    files = {test.action.parent / name for _, name in _FROM.findall(_with_base(test.action))}
    return Data(named=tuple((path.as_uri(), path) for path in sorted(files)))


def _parameters(data: Data) -> list[tuple[str, str]]:
    """The dataset by names of graphs. It is never empty: an empty one is that of a graph that is not there."""
    default = [("default-graph-uri", path.as_uri()) for path in data.default]
    named = [("named-graph-uri", name) for name, _ in data.named]
    return [*default, *named] or [("default-graph-uri", (SUITE / "none").as_uri())]
