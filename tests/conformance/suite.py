"""The W3C's SPARQL 1.0 and 1.1 test suites, read from their manifests.

They lie beside the checkout (`../shared/w3c`) where they are present. Entailment regimes are not among them; queries
to other endpoints (`service`) are optional, and left out.
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
DAWGT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-dawg#")
# Those that need other endpoints to be there.
ELSEWHERE = {"service"}
# What a Graph Store may do or leave: its tests are outside the 1025 that notes/engines.md counts.
OPTIONAL = {MF.DirectGraphIdentification, MF.POSTGraphCreation}


@dataclass(frozen=True)
class Data:
    """The files of a dataset: those of the default graph, and the named ones with their names."""

    default: tuple[Path, ...] = ()
    named: tuple[tuple[str, Path], ...] = ()


@dataclass(frozen=True)
class Test:
    """One test. name: its category and its name in the manifest. kind: the manifest's type. action: the query or the
    update. result: a file. left: the dataset that an update leaves. lax: whether duplicates may be dropped.
    is_approved: by the working group. is_optional: whether a server may do without. manifest, node: where the rest of
    it stands, which for the protocols is the requests."""

    __test__ = False
    iri: str
    name: str
    kind: str
    manifest: Graph = field(compare=False, repr=False)
    node: Node = field(compare=False, repr=False)
    action: Path | None = None
    data: Data = Data()
    result: Path | None = None
    left: Data = Data()
    lax: bool = False
    is_approved: bool = False
    is_optional: bool = False

    @property
    def category(self) -> str:
        return self.name.rpartition("/")[0]

    @property
    def is_syntax(self) -> bool:
        return "Syntax" in self.kind

    @property
    def is_update(self) -> bool:
        """Whether it is of an update: some malformed ones are told by their file only."""
        if self.kind == "ProtocolTest":
            return "update" in self.name
        return "Update" in self.kind or (self.action is not None and self.action.suffix == ".ru")

    @property
    def is_reading(self) -> bool:
        """Whether a server without updates can be asked it."""
        return not self.is_update and self.kind != "GraphStoreProtocolTest"


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
    kind = str(graph.value(node, RDF.type)).rpartition("#")[2]
    action, result = graph.value(node, MF.action), graph.value(node, MF.result)
    is_replayed = kind in ("ProtocolTest", "GraphStoreProtocolTest", "ServiceDescriptionTest")
    is_update = kind == "UpdateEvaluationTest"
    text = action if isinstance(action, URIRef) else graph.value(action, QT.query) or graph.value(action, UT.request)
    return Test(
        iri=str(node),
        name=f"{category}/{str(node).rpartition('#')[2]}",
        kind=kind,
        manifest=graph,
        node=node,
        action=None if is_replayed else file_of(text),
        data=_data(graph, node if is_replayed else action),
        result=None if is_update or result is None else file_of(result),
        left=_data(graph, result) if is_update else Data(),
        lax=(node, MF.resultCardinality, MF.LaxCardinality) in graph,
        is_approved=(node, DAWGT.approval, DAWGT.Approved) in graph,
        is_optional=any(feature in OPTIONAL for feature in graph.objects(node, MF.requires)),
    )


def _data(graph: Graph, node: Node | None) -> Data:
    if node is None:
        return Data()
    default = [file_of(file) for of in (QT, UT) for file in graph.objects(node, of.data)]
    named = []
    for of in (QT, UT):
        for said in graph.objects(node, of.graphData):
            file = graph.value(said, UT.graph) or graph.value(said, UT.data)
            named.append((str(graph.value(said, RDFS.label)), file_of(file)) if file else (str(said), file_of(said)))
    return Data(tuple(sorted(default)), tuple(sorted(named)))


def file_of(iri: Node | None) -> Path:
    """The file that a manifest names."""
    return Path(unquote(urlparse(str(iri)).path))
