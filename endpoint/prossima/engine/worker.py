"""What a process of the pool does: open the release, evaluate a query, serialise its answer."""

from __future__ import annotations

import io
import logging
import re
import resource
import signal
from dataclasses import dataclass
from functools import cached_property
from typing import IO, Any

from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QuerySolutions,
    QueryTriples,
    Store,
)

from prossima.engine.query import (
    Answer,
    BrokenQueryError,
    Query,
    QueryError,
    QuerySyntaxError,
    TooLargeError,
    UnanswerableError,
)
from prossima.engine.serialisation import write
from prossima.processes import end_with_parent
from prossima.releases import Release
from prossima.vocabulary import PREFIXES

INLINE = 256 * 1024

_release: _Opened | None = None


@dataclass
class _Opened:
    """The release of this process. Its store without what is inferred is opened when first asked for."""

    release: Release
    store: Store
    limit: int

    @cached_property
    def asserted(self) -> Store:
        return self.release.store(inference=False)


def open_release(release: Release, result_limit: int, memory_limit: int) -> None:
    global _release
    end_with_parent()
    # Beyond it the engine cannot get memory, and the process ends by itself.
    resource.setrlimit(resource.RLIMIT_DATA, (memory_limit, memory_limit))
    _release = _Opened(release, release.store(), result_limit)
    # The pool ends a late process with SIGTERM: its Python handler would wait for the engine, the default does not.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def warm() -> None:
    assert _release
    _release.store.query("ASK { ?s ?p ?o }")


def answered(query: Query, spool: str) -> Answer:
    assert _release
    try:
        with _Spool(spool, _release.limit) as out:
            store = _release.store if query.inference else _release.asserted
            write(evaluated(store, query), query.format, out)
            memory = out.memory()
            return Answer(_release.release.number, out.written, body=memory, file=None if memory is not None else spool)
    except (QueryError, MemoryError):
        raise
    except Exception as error:  # the process's outermost edge: what cannot be pickled would break the pool
        logging.getLogger(__name__).exception("a query failed: %s", query.text[:2000])
        raise BrokenQueryError(f"{type(error).__name__}: {error}") from None


class _Spool:
    """Where an answer is written: memory up to INLINE, then a file; never beyond the limit."""

    def __init__(self, path: str, limit: int) -> None:
        self.path, self.limit, self.written = path, limit, 0
        self._file: IO[bytes] = io.BytesIO()

    def __enter__(self) -> _Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> int:
        self.written += len(data)
        if self.written > self.limit:
            raise TooLargeError(self.limit)
        if self.written > INLINE and isinstance(self._file, io.BytesIO):
            early = self._file.getvalue()
            self._file = open(self.path, "wb")  # noqa: SIM115 - closed by __exit__
            self._file.write(early)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def memory(self) -> bytes | None:
        """The whole answer where it is small; None when it is in the file."""
        return self._file.getvalue() if isinstance(self._file, io.BytesIO) else None


def evaluated(store: Store, query: Query) -> QuerySolutions | QueryBoolean | QueryTriples:
    """The query's results. Raises QuerySyntaxError.

    By the protocol (SPARQL 1.1 Protocol, 2.1.4), a dataset given with the request replaces the query's own.
    """
    dataset: dict[str, Any] = {}
    if query.default_graphs is not None or query.named_graphs is not None:
        dataset["default_graph"] = [NamedNode(iri) for iri in query.default_graphs or ()]
        dataset["named_graphs"] = [NamedNode(iri) for iri in query.named_graphs or ()]
    try:
        return store.query(query.text, prefixes=PREFIXES, **dataset)
    except SyntaxError as error:
        raise _syntax_error(query.text, str(error.msg)) from None
    except (RuntimeError, ValueError) as error:
        raise UnanswerableError(str(error)) from None


def _syntax_error(text: str, message: str) -> QuerySyntaxError:
    """Where the query stops making sense, and why, from the engine's wall of grammar.

    The engine says the last place it looked at, and all it could have taken there. When one of these is a
    sentence ("Prefix not found") that is the reason; else the reference parser says where the part begins
    that cannot be understood.
    """
    place = re.match(r"error at (\d+):(\d+): (?:expected )?(?:one of )?(.*)", message, re.DOTALL)
    line, column, expected = (int(place[1]), int(place[2]), place[3]) if place else (1, 1, message)
    sentence = re.search(r"\b[A-Z]\w*(?: \w+){2,}", expected)
    if sentence is None and len(text) < 50_000:
        line, column = _stopped_at(text) or (line, column)
    lines = text.splitlines() or [""]
    rest = lines[line - 1][column - 1 :].strip() if line <= len(lines) else ""
    if sentence:
        return QuerySyntaxError(line, column, sentence[0])
    return QuerySyntaxError(line, column, f"not understood from here on: {rest[:60]}" if rest else "it ends too early")


def _stopped_at(text: str) -> tuple[int, int] | None:
    from pyparsing import ParseException
    from rdflib.plugins.sparql.parser import parseQuery

    try:
        parseQuery(text)
    except ParseException as error:
        return error.lineno, error.col
    except Exception:  # a parser's own failure says nothing of the place
        return None
    return None
