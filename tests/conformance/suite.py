"""The W3C's SPARQL 1.0 and 1.1 test suites, read from their manifests.

They lie beside the checkout (`../shared/w3c`) where they are present.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlparse

from rdflib import Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS
from rdflib.term import Node

from tests.conftest import REPOSITORY

SUITE = REPOSITORY.parent / "shared" / "w3c"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
# Those that need other endpoints to be there.
ELSEWHERE = {"service"}


@dataclass(frozen=True)
class Data:
    """The files of a dataset: those of the default graph, and the named ones with their names."""

    default: tuple[Path, ...] = ()
    named: tuple[tuple[str, Path], ...] = ()


@dataclass(frozen=True)
class Test:
    """One test. name: its category and its name in the manifest. kind: the manifest's type. action: the query or the
    update. result: a file, or the dataset that an update leaves. lax: whether duplicates may be dropped."""

    __test__ = False
    name: str
    kind: str
    action: Path | None = None
    data: Data = Data()
    result: Path | None = None
    left: Data | None = None
    lax: bool = False
    manifest: Graph = field(default_factory=Graph, compare=False, repr=False)
    node: Node = field(default_factory=lambda: URIRef(""), compare=False, repr=False)

    @property
    def category(self) -> str:
        return self.name.rpartition("/")[0]


@cache
def tests() -> tuple[Test, ...]:
    """All tests, in the order of the manifests."""
    manifests = sorted(SUITE.glob("sparql1[01]/*/manifest*.ttl"))
    return tuple(test for path in manifests if path.parent.name not in ELSEWHERE for test in _read(path))


def _read(path: Path) -> Iterator[Test]:
    graph = Graph().parse(path, format="turtle", publicID=path.as_uri())
    for entries in graph.objects(None, MF.entries):
        for node in Collection(graph, entries):
            yield _test(f"{path.parts[-3]}/{path.parent.name}", graph, node)


def _test(category: str, graph: Graph, node: Node) -> Test:
    kind = str(next(graph.objects(node, RDF.type))).rpartition("#")[2]
    name = f"{category}/{str(node).rpartition('#')[2]}"
    action, result = graph.value(node, MF.action), graph.value(node, MF.result)
    rest = {"manifest": graph, "node": node}
    if kind in ("ProtocolTest", "GraphStoreProtocolTest", "ServiceDescriptionTest") or action is None:
        return Test(name, kind, **rest)  # type: ignore[arg-type]
    if isinstance(action, URIRef):
        return Test(name, kind, _file(action), **rest)  # type: ignore[arg-type]
    request = graph.value(action, QT.query) or graph.value(action, UT.request)
    lax = (node, MF.resultCardinality, MF.LaxCardinality) in graph
    is_update = kind == "UpdateEvaluationTest"
    return Test(
        name,
        kind,
        _file(request),
        _data(graph, action),
        None if is_update or result is None else _file(result),
        _data(graph, result) if is_update and result is not None else None,
        lax,
        **rest,  # type: ignore[arg-type]
    )


def _data(graph: Graph, node: Node) -> Data:
    default = [_file(file) for of in (QT, UT) for file in graph.objects(node, of.data)]
    named = []
    for of in (QT, UT):
        for said in graph.objects(node, of.graphData):
            file = graph.value(said, UT.graph) or graph.value(said, UT.data)
            named.append((str(graph.value(said, RDFS.label)), _file(file)) if file else (str(said), _file(said)))
    return Data(tuple(sorted(default)), tuple(sorted(named)))


def _file(iri: Node | None) -> Path:
    return Path(unquote(urlparse(str(iri)).path))
