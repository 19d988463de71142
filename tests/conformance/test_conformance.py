"""The W3C suites over HTTP: the whole against a scratch store, the queries also against a published release."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, parse, serialize

from prossima.releases import publish
from prossima.settings import Settings
from tests.conformance import compare, known, suite
from tests.conformance.runner import Endpoint, Miss
from tests.conformance.suite import SUITE, Test
from tests.conftest import serving

pytestmark = pytest.mark.skipif(not (SUITE / "sparql11").is_dir(), reason="the W3C suites are not here")
# So many of the tests native Oxigraph passes, and two more.
LEAST = 998
QUERIES = {"QueryEvaluationTest", "CSVResultFormatTest"}


@pytest.fixture(scope="module")
def scratch() -> Iterator[Endpoint]:
    with serving(Settings(), "--scratch") as server:
        yield Endpoint(server.sparql, server.sparql, server.url + "graph-store")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("suites")
    file, settings = folder / "suites.nq", Settings(data=folder / "data")
    file.write_bytes(all_data())
    assert publish([file], settings, raw=True).release
    with serving(settings) as server:
        yield Endpoint(server.sparql, published=True)


def all_data() -> bytes:
    """Every data file as a graph named by the file's IRI."""
    files = {path for test in query_tests() for path in (*test.data.default, *(path for _, path in test.data.named))}
    files |= {*SUITE.glob("sparql10/dataset/data*.ttl"), *SUITE.glob("sparql11/construct/*.ttl")}
    quads: list[Quad] = []
    for path in sorted(files):
        name = NamedNode(path.as_uri())
        format_ = compare.RDF_FORMATS[path.suffix]
        for quad in parse(path=str(path), format=format_, base_iri=path.as_uri(), rename_blank_nodes=True):
            quads.append(Quad(quad.subject, quad.predicate, quad.object, name))
    return serialize(quads, format=RdfFormat.N_QUADS) or b""


def query_tests() -> list[Test]:
    return [
        test for test in suite.tests() if test.kind in QUERIES or ("Syntax" in test.kind and "Update" not in test.kind)
    ]


def misses(endpoint: Endpoint, chosen: list[Test]) -> dict[str, str]:
    """The tests that do not pass, with what was wrong."""
    found = {}
    for test in chosen:
        try:
            endpoint.run(test)
        except Miss as miss:
            found[test.name] = str(miss)
    return found


def hold(found: dict[str, str], expected: dict[str, str]) -> None:
    new = "\n".join(f"{name}: {said}" for name, said in found.items() if name not in expected)
    assert not new, f"these do not pass:\n{new}"
    passing = expected.keys() - found.keys()
    assert not passing, f"these pass, and are listed as misses: {sorted(passing)}"


def test_the_whole_suite_against_a_scratch_store(scratch: Endpoint) -> None:
    chosen = list(suite.tests())
    found = misses(scratch, chosen)
    hold(found, known.SCRATCH)
    assert len(chosen) - len(found) >= LEAST
    whole = {"sparql11/protocol", "sparql11/graph-store-protocol", "sparql11/service-description"}
    assert not [name for name in found if name.rpartition("/")[0] in whole]


def test_the_queries_against_a_published_release(published: Endpoint) -> None:
    chosen = query_tests()
    names = {test.name for test in chosen}
    hold(misses(published, chosen), {name: why for name, why in known.PUBLISHED.items() if name in names})
