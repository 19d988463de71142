"""A store in memory that takes everything: query, update, Graph Store. Nothing is checked, and nothing is kept."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TypeVar

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse

from prossima import files
from prossima.engine import guard
from prossima.engine.query import (
    Answer,
    ForbiddenQueryError,
    GraphRead,
    NoSuchGraphError,
    Query,
    QuerySyntaxError,
    UnanswerableError,
)
from prossima.engine.spool import SpoolFolder
from prossima.engine.worker import Spool, answer, syntax_error
from prossima.settings import Settings

_T = TypeVar("_T")


class Scratch:
    """Writes happen one after the other, each whole or not at all; who asks after a write sees it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store()
        self._spool = SpoolFolder()
        self._writer = ThreadPoolExecutor(1, "scratch-writer")

    def load(self, paths: Iterable[Path]) -> None:
        """Load RDF files; those with graphs keep them. Raises SyntaxError, OSError, and ValueError for a file that is
        no RDF."""
        for path in paths:
            format_ = files.rdf_format(path)
            if format_ is None:
                raise ValueError(f"{path} is no RDF file")
            with files.opened(path) as file:
                self.store.bulk_load(input=file, format=format_, base_iri=path.resolve().as_uri())

    async def close(self) -> None:
        """Forget everything."""
        self._writer.shutdown(wait=False, cancel_futures=True)
        self._spool.remove()

    async def answer(self, asked: Query | GraphRead, base: str) -> Answer:
        """The answer, serialised. Raises a QueryError."""
        return await asyncio.to_thread(self._answer, asked, base)

    def _answer(self, asked: Query | GraphRead, base: str) -> Answer:
        began = monotonic()
        if isinstance(asked, Query):
            asked = replace(asked, own_prefixes=False, base=base)
        with Spool(str(self._spool.path / uuid.uuid4().hex), self.settings.result_limit, asked.format) as out:
            answer(self.store, asked, out)
            found = out.answer(0)
            found.took = monotonic() - began
            return found

    async def update(
        self, text: str, using: tuple[str, ...] | None, using_named: tuple[str, ...] | None, base: str
    ) -> None:
        """Change the store. using, using_named: the protocol's dataset for WHERE. Raises a QueryError: for LOAD and
        SERVICE once the text has been read; but a LOAD SILENT does nothing, as one that fails."""
        text, refused = guard.harmless(text)
        if refused:
            await asyncio.to_thread(_update, Store(), text, base)
            raise ForbiddenQueryError(refused)
        if using is not None or using_named is not None:
            text = _with_using(text, using or (), using_named or ())
        await self._written(_update, self.store, text, base)

    async def write(
        self, graph: str | None, parts: Sequence[tuple[RdfFormat, bytes]], base: str, replace: bool
    ) -> bool:
        """Add what the parts say to a graph, or (replace) make it the graph. Returns whether the graph was not there.
        Raises SyntaxError, and nothing is changed."""
        return await self._written(self._write, graph, parts, base, replace)

    def _write(self, graph: str | None, parts: Sequence[tuple[RdfFormat, bytes]], base: str, replace: bool) -> bool:
        name = _name(graph)
        quads = [
            Quad(quad.subject, quad.predicate, quad.object, name)
            for format_, data in parts
            for quad in parse(data, format=format_, base_iri=base, without_named_graphs=True, rename_blank_nodes=True)
        ]
        is_new = isinstance(name, NamedNode) and not self.store.contains_named_graph(name)
        if replace:
            self.store.clear_graph(name)
        if isinstance(name, NamedNode):
            self.store.add_graph(name)
        self.store.extend(quads)
        return is_new

    async def delete(self, graph: str | None) -> None:
        """Remove a graph. Raises NoSuchGraphError."""
        await self._written(self._delete, graph)

    def _delete(self, graph: str | None) -> None:
        name = _name(graph)
        if isinstance(name, NamedNode):
            if not self.store.contains_named_graph(name):
                raise NoSuchGraphError(name.value)
            self.store.remove_graph(name)
        else:
            self.store.clear_graph(name)

    async def _written(self, work: Callable[..., _T], *arguments: object) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, work, *arguments)


def _update(store: Store, text: str, base: str) -> None:
    try:
        store.update(text, base_iri=base)
    except SyntaxError as error:
        raise syntax_error(text, str(error.msg), update=True) from None
    except (RuntimeError, ValueError) as error:
        raise UnanswerableError(str(error)) from None


def _name(graph: str | None) -> NamedNode | DefaultGraph:
    return NamedNode(graph) if graph is not None else DefaultGraph()


def _with_using(text: str, using: Iterable[str], named: Iterable[str]) -> str:
    """The update with the request's dataset before each WHERE (SPARQL 1.1 Protocol, 2.2.3). Raises QuerySyntaxError
    where it has one of its own."""
    code = guard.code(text)
    clauses = "".join([*(f"USING <{iri}> " for iri in using), *(f"USING NAMED <{iri}> " for iri in named)])
    parts, at, depth = [], 0, 0
    for token in re.finditer(r"[{}]|\b(?:USING|WITH)\b|\bWHERE\b", code, re.IGNORECASE):
        if token[0] in "{}":
            depth += 1 if token[0] == "{" else -1
        elif depth == 0 and token[0].upper() == "WHERE":
            if re.search(r"\bDELETE\s*$", code[: token.start()], re.IGNORECASE):
                raise _at(text, token.start(), "DELETE WHERE has no USING: write DELETE { ... } WHERE { ... }")
            parts += [text[at : token.start()], clauses]
            at = token.start()
        elif depth == 0:
            raise _at(text, token.start(), "the request gives a dataset, so the update may not have USING or WITH")
    return "".join([*parts, text[at:]])


def _at(text: str, place: int, detail: str) -> QuerySyntaxError:
    before = text[:place]
    return QuerySyntaxError(before.count("\n") + 1, place - before.rfind("\n"), detail)
