"""Each SHACL engine gives the reports that the W3C's test suite expects, save for its known misses (`wrongs`).

The suite lies beside the checkout (`../shared/w3c/shacl`) where it is present.
"""

from __future__ import annotations

import contextlib
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pyshacl
import pytest
import rdflib
import shacl
from pyshacl.errors import ValidationFailure
from rdflib import RDF, SH, BNode, Graph, Namespace
from rdflib.collection import Collection
from rdflib.term import Node

from prossima.validation.wrongs import W3C_MISSES
from tests.conftest import REPOSITORY

SUITE = REPOSITORY.parent / "shared" / "w3c" / "shacl"
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
CASES_IN_ALL = 120

# What the suite compares of a result (its messages are free). Blank nodes are one like the other.
COMPARED = (
    SH.focusNode, SH.resultPath, SH.value, SH.resultSeverity, SH.sourceConstraintComponent, SH.sourceShape,
)  # fmt: skip
Results = Counter[tuple[str, ...]]
Report = tuple[bool, Results]


@dataclass(frozen=True)
class Case:
    """A test of the suite: the files of its data and shapes, and its report; no report where it must fail."""

    name: str
    data: Path
    shapes: Path
    expected: Report | None


def cases(manifest: Path) -> Iterator[Case]:
    """Those of a manifest, and of the manifests it includes."""
    graph = parsed(manifest)
    for included in sorted(graph.objects(None, MF.include)):
        yield from cases(_file(included))
    for entries in graph.objects(None, MF.entries):
        for entry in Collection(graph, entries):
            if (entry, RDF.type, SHT.Validate) not in graph:
                continue
            action, result = graph.value(entry, MF.action), graph.value(entry, MF.result)
            yield Case(
                name=f"{manifest.parent.relative_to(SUITE).as_posix()}/{str(entry).rpartition('/')[2]}",
                data=_file(graph.value(action, SHT.dataGraph)),
                shapes=_file(graph.value(action, SHT.shapesGraph)),
                expected=None if result == SHT.Failure else read(graph, result),
            )


def _file(iri: Node | None) -> Path:
    return Path(unquote(urlsplit(str(iri)).path))


def read(graph: Graph, report: Node | None) -> Report:
    """A report: whether the data conforms, and its results, told apart by what the suite compares."""
    results: Results = Counter()
    for result in graph.objects(report, SH.result):
        terms = [(predicate, graph.value(result, predicate)) for predicate in COMPARED]
        results[tuple(path_of(graph, t) if p == SH.resultPath else shown(t) for p, t in terms)] += 1
    return graph.value(report, SH.conforms).toPython(), results


def shown(term: Node | None) -> str:
    return "" if term is None else "[]" if isinstance(term, BNode) else term.n3()


def path_of(graph: Graph, path: Node | None) -> str:
    """A path by its structure: the blank nodes of two reports are never the same."""
    if not isinstance(path, BNode):
        return shown(path)
    if (path, RDF.first, None) in graph:
        return f"({' '.join(path_of(graph, step) for step in Collection(graph, path))})"
    return f"[{' '.join(sorted(f'{p.n3()} {path_of(graph, step)}' for p, step in graph.predicate_objects(path)))}]"


@contextlib.contextmanager
def literals_as_written() -> Iterator[None]:
    """Of itself rdflib reads `01` as `1`, and "none" as the boolean `false`: the reports tell these apart."""
    rdflib.NORMALIZE_LITERALS = False
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        rdflib.NORMALIZE_LITERALS = True


def parsed(path: Path) -> Graph:
    with literals_as_written():
        return Graph().parse(path, publicID=path.as_uri())


def by_fast(case: Case) -> Report:
    data = case.data.read_text(encoding="utf-8")
    shapes = shacl.Shapes.from_text(case.shapes.read_text(encoding="utf-8"), base=case.shapes.as_uri())
    text = shapes.validate_text(data, base=case.data.as_uri()).serialize("ntriples")
    with literals_as_written():
        report = Graph().parse(data=text, format="nt")
    return read(report, report.value(None, RDF.type, SH.ValidationReport))


def by_reference(case: Case) -> Report:
    """As our `reference` calls it: the data as it is written, and the shapes read by pyshacl."""
    with case.shapes.open("rb") as shapes:
        _, report, _ = pyshacl.validate(
            parsed(case.data), shacl_graph=shapes, shacl_graph_format="turtle", inference="none", advanced=False
        )
    if isinstance(report, Exception):
        raise report
    assert isinstance(report, Graph)
    return read(report, report.value(None, RDF.type, SH.ValidationReport))


REFUSALS = (ValueError, ValidationFailure, NotImplementedError)
ENGINES: dict[str, Callable[[Case], Report]] = {"fast": by_fast, "reference": by_reference}
SUITE_CASES = list(cases(SUITE / "manifest.ttl")) if SUITE.is_dir() else []
RUNS = [pytest.param(engine, case, id=f"{engine} {case.name}") for engine in ENGINES for case in SUITE_CASES]


def report_of(engine: str, case: Case) -> Report | None:
    """None where the engine refuses the shapes."""
    try:
        return ENGINES[engine](case)
    except REFUSALS:
        return None


@pytest.mark.skipif(not SUITE_CASES, reason="the suite does not lie beside the checkout")
def test_all_of_the_suite_is_there() -> None:
    assert len({case.name for case in SUITE_CASES}) == len(SUITE_CASES) == CASES_IN_ALL


@pytest.mark.skipif(not SUITE_CASES, reason="the suite does not lie beside the checkout")
def test_known_misses_are_cases_of_the_suite() -> None:
    assert set().union(*W3C_MISSES.values()) <= {case.name for case in SUITE_CASES}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("engine", "case"), RUNS)
def test_the_report_is_the_expected_one(engine: str, case: Case) -> None:
    found = report_of(engine, case)
    if reason := W3C_MISSES[engine].get(case.name):
        assert found != case.expected, f"no longer missed: {reason}"
    else:
        assert found == case.expected
