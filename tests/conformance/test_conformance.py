"""The W3C suites over HTTP: the whole against a scratch store, what only reads also against a published release."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, parse, serialize

from prossima.releases import publish
from prossima.settings import Settings
from tests.conformance import known, suite
from tests.conformance.endpoint import Endpoint, Miss, n_triples
from tests.conformance.runner import dataset, run
from tests.conformance.suite import SUITE, Test
from tests.conftest import serving

pytestmark = pytest.mark.skipif(not (SUITE / "sparql11").is_dir(), reason="the suites do not lie beside the checkout")
# Without the optional features; native Oxigraph passes 996 of them.
ALL, LEAST = 1025, 998
HTTP = {"sparql11/protocol", "sparql11/graph-store-protocol", "sparql11/service-description"}
TESTS = suite.tests()
READING = tuple(test for test in TESTS if test.is_reading)


@dataclass
class Target:
    """A server, the tests that it is asked, and those of them that are known not to pass. Each is asked once."""

    endpoint: Endpoint
    tests: tuple[Test, ...]
    known: dict[str, str]
    _done: dict[str, dict[str, str]] = field(default_factory=dict)

    def misses(self, category: str) -> dict[str, str]:
        """The tests of a category that do not pass, each with what was expected and what came."""
        if category not in self._done:
            found = self._done[category] = {}
            for test in self.tests:
                if test.category == category:
                    try:
                        run(self.endpoint, test)
                    except Miss as miss:
                        found[test.name] = str(miss)
        return self._done[category]

    def all_misses(self) -> dict[str, str]:
        return {name: said for category in categories(self.tests) for name, said in self.misses(category).items()}

    def hold(self, category: str) -> None:
        """Those that do not pass are the known ones, no more and no fewer."""
        found = self.misses(category)
        expected = {name: why for name, why in self.known.items() if name.rpartition("/")[0] == category}
        told = [f"{name} does not pass: {said}" for name, said in found.items() if name not in expected]
        told += [f"{name} passes, and is listed: {why}" for name, why in expected.items() if name not in found]
        if told:
            pytest.fail("\n\n".join(told), pytrace=False)


def categories(of: tuple[Test, ...]) -> list[str]:
    return list(dict.fromkeys(test.category for test in of))


@pytest.fixture(scope="module")
def scratch() -> Iterator[Target]:
    with serving(Settings(), "--scratch") as server:
        endpoint = Endpoint(server.sparql, server.sparql, server.url + "graph-store")
        yield Target(endpoint, TESTS, known.KNOWN)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("suites")
    file, settings = folder / "suites.nq", Settings(data=folder / "data")
    file.write_bytes(all_data())
    assert publish([file], settings, raw=True).release
    with serving(settings) as server:
        yield Target(Endpoint(server.sparql, published=True), READING, known.KNOWN)


def all_data() -> bytes:
    """Every data file as a graph: by the name that a test gives it, or else by the file's IRI."""
    graphs: dict[str, Path] = {}
    for data in map(dataset, READING):
        graphs |= {path.as_uri(): path for path in data.default} | dict(data.named)
    quads = (
        Quad(quad.subject, quad.predicate, quad.object, NamedNode(name))
        for name, path in sorted(graphs.items())
        for quad in parse(n_triples(path), format=RdfFormat.N_TRIPLES)
    )
    return serialize(quads, format=RdfFormat.N_QUADS) or b""


@pytest.mark.parametrize("category", categories(TESTS))
def test_a_scratch_store_passes_all_but_the_known(scratch: Target, category: str) -> None:
    scratch.hold(category)


@pytest.mark.parametrize("category", categories(READING))
def test_a_release_passes_all_but_the_known(published: Target, category: str) -> None:
    published.hold(category)


def test_a_scratch_store_passes_as_many_as_it_should(scratch: Target) -> None:
    misses = scratch.all_misses()
    counted = {test.name for test in TESTS if not test.is_optional}
    passed = len(counted - misses.keys())
    assert len(counted) == ALL
    assert passed >= LEAST


def test_the_protocols_are_whole(scratch: Target) -> None:
    assert not [said for category in HTTP for said in scratch.misses(category).items()]


def test_known_misses_are_tests_of_the_suites() -> None:
    assert known.KNOWN.keys() <= {test.name for test in TESTS}
