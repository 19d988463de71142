"""Answers queries with limits: a pool of processes that open releases read-only.

Oxigraph cannot cancel a query, so a query that runs too long, or takes too much memory, ends with its process;
the others go on and a spare one takes its place. Answers are serialised in the process: small ones come back in
memory, large ones through a file, so that the length and every error are known before the first byte is sent.

`query` says what is asked and answered, `guard` what a text tells before it is evaluated, `worker` is what runs in
a process, `lookup` what needs none, `pool` the processes, `spool` their large answers, `turns` whose turn it is,
`serving` which release is asked.
"""

from prossima.engine.guard import form
from prossima.engine.query import (
    GRAPHS,
    RESULTS,
    Answer,
    BrokenQueryError,
    BusyError,
    ForbiddenQueryError,
    GraphRead,
    NoSuchGraphError,
    Query,
    QueryError,
    QuerySyntaxError,
    TooLargeError,
    TooManyError,
    TooMuchMemoryError,
    TooSlowError,
    UnanswerableError,
    UnwritableError,
    UnwritablePredicateError,
)

__all__ = [
    "GRAPHS",
    "RESULTS",
    "Answer",
    "BrokenQueryError",
    "BusyError",
    "ForbiddenQueryError",
    "GraphRead",
    "NoSuchGraphError",
    "Query",
    "QueryError",
    "QuerySyntaxError",
    "TooLargeError",
    "TooManyError",
    "TooMuchMemoryError",
    "TooSlowError",
    "UnanswerableError",
    "UnwritableError",
    "UnwritablePredicateError",
    "form",
]
