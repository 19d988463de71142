"""An endpoint under test, over HTTP: ask it, change it, fill it, empty it, see what it holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from pyoxigraph import RdfFormat, parse, serialize

from tests.conformance import compare
from tests.conformance.suite import Data

JSON = "application/sparql-results+json"
N_TRIPLES = "application/n-triples"
_ALL_GRAPHS = "SELECT DISTINCT ?g { GRAPH ?g {} }"


class Miss(Exception):
    """A test did not pass: what was expected, and what came."""


@dataclass
class Endpoint:
    """query, update, graph_store: its addresses. published: whether it is one release that has all data as named
    graphs, so that each query tells its dataset; else the data are loaded for each test."""

    query: str
    update: str = ""
    graph_store: str = ""
    published: bool = False
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    def ask(self, text: str, accept: str, dataset: Sequence[tuple[str, str]] = ()) -> httpx.Response:
        """The response to a query. dataset: the protocol's parameters."""
        form: dict[str, list[str]] = {"query": [text]}
        for name, value in dataset:
            form.setdefault(name, []).append(value)
        return self.client.post(self.query, data=form, headers={"Accept": accept})

    def change(self, text: str) -> httpx.Response:
        """The response to an update."""
        return self.client.post(self.update, data={"update": text})

    def load(self, data: Data) -> None:
        """Make the endpoint hold this dataset and nothing else. A release has it already."""
        if self.published:
            return
        self.empty()
        for path in data.default:
            self._post({"default": ""}, path)
        for name, path in data.named:
            self._post({"graph": name}, path)

    def empty(self) -> None:
        if not self.published:
            checked(self.change("DROP ALL"))

    def _post(self, where: dict[str, str], path: Path) -> None:
        headers = {"Content-Type": N_TRIPLES}
        checked(self.client.post(self.graph_store, params=where, content=n_triples(path), headers=headers))

    def content(self) -> Iterator[tuple[str, compare.Graph]]:
        """Its graphs by their names; the default one has none."""
        names = checked(self.ask(_ALL_GRAPHS, JSON)).json()["results"]["bindings"]
        for name in ["", *(row["g"]["value"] for row in names)]:
            where = {"graph": name} if name else {"default": ""}
            got = checked(self.client.get(self.graph_store, params=where, headers={"Accept": N_TRIPLES}))
            yield name, compare.graph(got.content, RdfFormat.N_TRIPLES, self.graph_store)


def checked(response: httpx.Response) -> httpx.Response:
    """The response, where it says that all went well. Raises Miss."""
    if not response.is_success:
        raise Miss(f"{response.request.method} {response.url}: {response.status_code}: {cut(response.text)}")
    return response


def n_triples(path: Path) -> bytes:
    """The triples of a file, with its relative IRIs resolved and its blank nodes unlike those of other files."""
    format_ = compare.GRAPHS[path.suffix]
    quads = parse(path=str(path), format=format_, base_iri=path.as_uri(), rename_blank_nodes=True)
    return serialize((quad.triple for quad in quads), format=RdfFormat.N_TRIPLES) or b""


def cut(said: object, lines: int = 8) -> str:
    """The first lines of what was said, none of them long."""
    found = [line[:200] for line in str(said).strip().splitlines()]
    return "\n".join(found[:lines] + ["..."] * (len(found) > lines))
