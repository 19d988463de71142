"""What runs in a process of the pool: open a release, evaluate a query, serialise its answer.

`python -m prossima.engine.worker FD RESULT_LIMIT MEMORY_LIMIT`: tasks come, and answers go, pickled, over the socket
that FD is. The imports of this module are few, so that a process is there in a tenth of a second.
"""

from __future__ import annotations

import io
import logging
import os
import re
import resource
import select
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing.connection import Connection
from time import monotonic
from typing import IO, Any

from pyoxigraph import DefaultGraph, NamedNode, QueryBoolean, QuerySolutions, QueryTriples, Store

from prossima.engine.guard import harmless
from prossima.engine.query import (
    GRAPHS,
    Answer,
    BrokenQueryError,
    BusyError,
    GraphRead,
    NoSuchGraphError,
    Query,
    QueryError,
    QuerySyntaxError,
    TooLargeError,
    UnanswerableError,
)
from prossima.engine.serialisation import write, write_graph
from prossima.processes import end_with_parent
from prossima.vocabulary import PREFIXES

INLINE = 256 * 1024
# Seconds that one who waits for the other looks again and again before it sleeps: to be woken takes as long as a
# look-up does.
AWAKE = 0.0005
# What stands once for each row, or each triple, and what it stands for once more or less often. Values are escaped, so
# it is in none of them (but for a line's end in CSV: the number is for the log).
_MARKS = {"json": (b'}},{"', 1), "xml": (b"<result>", 0), "csv": (b"\r\n", -1), "tsv": (b"\n", -1), "nt": (b"\n", 0)}


@dataclass(frozen=True)
class Task:
    """What a process is to do. store: its folder. release: the number the answer carries. spool: the file for an
    answer too large to travel."""

    asked: Query | GraphRead
    store: str
    release: int
    spool: str


def main(descriptor: int, result_limit: int, memory_limit: int) -> None:
    """Answer tasks until the socket ends."""
    end_with_parent()
    # Beyond it the engine cannot get memory, and the process ends by itself: for what grows between two looks.
    backstop = memory_limit + memory_limit // 4 + 500_000_000
    resource.setrlimit(resource.RLIMIT_DATA, (backstop, backstop))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for who started us
    with suppress(OSError):
        os.nice(5)  # the front comes first, which answers most from its cache
    connection = Connection(descriptor)
    ready = select.poll()
    ready.register(descriptor, select.POLLIN)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            awake = monotonic() + AWAKE
            while not ready.poll(0) and monotonic() < awake:
                pass
            connection.send(done(connection.recv(), result_limit))


def done(task: Task, result_limit: int) -> Answer | QueryError | MemoryError:
    """The answer, or why there is none."""
    try:
        with Spool(task.spool, result_limit, task.asked.format) as out:
            try:
                store = _opened(task.store)
            except (OSError, RuntimeError):
                return BusyError(f"release {task.release} is no longer there")
            answer(store, task.asked, out)
            return out.answer(task.release)
    except (QueryError, MemoryError) as error:
        return error
    except Exception as error:  # the process's outermost edge
        logging.getLogger(__name__).exception("a query failed: %s", str(task.asked)[:2000])
        return BrokenQueryError(f"{type(error).__name__}: {error}")


@lru_cache(maxsize=3)
def _opened(folder: str) -> Store:
    return Store.read_only(folder)


def answer(store: Store, asked: Query | GraphRead, out: Any) -> None:
    """Write the answer to `out`. Raises a QueryError."""
    if isinstance(asked, Query):
        if asked.evaluated:
            write(evaluated(store, asked), asked.format, out)
        else:
            evaluated(Store(), replace(asked, text=harmless(asked.text)[0]))
        return
    graph = NamedNode(asked.graph) if asked.graph is not None else DefaultGraph()
    if asked.graph is not None and not store.contains_named_graph(graph):
        raise NoSuchGraphError(asked.graph)
    if asked.format in ("jsonld", "rdf"):
        write_graph((quad.triple for quad in store.quads_for_pattern(None, None, None, graph)), asked.format, out)
    else:
        prefixes = None if asked.format == "nt" else PREFIXES
        store.dump(output=out, format=GRAPHS[asked.format], from_graph=graph, prefixes=prefixes)


class Spool:
    """Where an answer is written: memory up to INLINE, then a file; never beyond the limit."""

    def __init__(self, path: str, limit: int, format_: str) -> None:
        self.path, self.limit, self.written = path, limit, 0
        self._mark, self._rows = _MARKS.get(format_, (b"", 0))
        self._end = b""
        self._file: IO[bytes] = io.BytesIO()

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> int:
        self.written += len(data)
        if self.written > self.limit:
            raise TooLargeError(self.limit)
        if self._mark:
            self._rows += (self._end + data).count(self._mark)
            self._end = data[1 - len(self._mark) :] if len(self._mark) > 1 else b""
        if self.written > INLINE and isinstance(self._file, io.BytesIO):
            early = self._file.getvalue()
            self._file = open(self.path, "wb")  # noqa: SIM115 - closed by __exit__
            self._file.write(early)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def answer(self, release: int) -> Answer:
        """What was written: the whole answer where it is small, else the name of the file."""
        if not isinstance(self._file, io.BytesIO):
            return Answer(release, self.written, file=self.path, rows=self._rows if self._mark else None)
        body = self._file.getvalue()
        if b"boolean" in body[:200] and any(mark in body[:200] for mark in (b'"boolean":', b"<boolean>")):
            return Answer(release, self.written, body=body)
        none = b'"bindings":[]' in body[-20:]
        return Answer(release, self.written, body=body, rows=0 if none else self._rows if self._mark else None)


def evaluated(store: Store, query: Query) -> QuerySolutions | QueryBoolean | QueryTriples:
    """The query's results. Raises QuerySyntaxError.

    By the protocol (SPARQL 1.1 Protocol, 2.1.4), a dataset given with the request replaces the query's own.
    """
    dataset: dict[str, Any] = {}
    if query.default_graphs is not None or query.named_graphs is not None:
        dataset["default_graph"] = [NamedNode(iri) for iri in query.default_graphs or ()]
        dataset["named_graphs"] = [NamedNode(iri) for iri in query.named_graphs or ()]
    try:
        prefixes = PREFIXES if query.own_prefixes else None
        return store.query(query.text, prefixes=prefixes, base_iri=query.base, **dataset)
    except SyntaxError as error:
        raise syntax_error(query.text, str(error.msg)) from None
    except (RuntimeError, ValueError) as error:
        raise UnanswerableError(str(error)) from None


def syntax_error(text: str, message: str, *, update: bool = False) -> QuerySyntaxError:
    """Where the query stops making sense, and why, from the engine's wall of grammar.

    The engine says the last place it looked at, and all it could have taken there. When one of these is a
    sentence ("Prefix not found") that is the reason; else the reference parser says where the part begins
    that cannot be understood.
    """
    place = re.match(r"error at (\d+):(\d+): (?:expected )?(?:one of )?(.*)", message, re.DOTALL)
    line, column, expected = (int(place[1]), int(place[2]), place[3]) if place else (1, 1, message)
    sentence = re.search(r"\b[A-Z]\w*(?: \w+){2,}", expected)
    if sentence is None and len(text) < 50_000:
        line, column = _stopped_at(text, update) or (line, column)
    lines = text.splitlines() or [""]
    rest = lines[line - 1][column - 1 :].strip() if line <= len(lines) else ""
    if sentence:
        return QuerySyntaxError(line, column, sentence[0])
    return QuerySyntaxError(line, column, f"not understood from here on: {rest[:60]}" if rest else "it ends too early")


def _stopped_at(text: str, update: bool) -> tuple[int, int] | None:
    from pyparsing import ParseException
    from rdflib.plugins.sparql.parser import parseQuery, parseUpdate

    try:
        (parseUpdate if update else parseQuery)(text)
    except ParseException as error:
        return error.lineno, error.col
    except Exception:  # a parser's own failure says nothing of the place
        return None
    return None


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
