"""Answers queries with limits: a pool of processes, each with the current release open read-only.

Oxigraph cannot cancel a query, so a query that runs too long ends with its process; the others go on and a
fresh process takes its place. Answers are serialised in the process: small ones come back in memory, large
ones through a file, so that the length and every error are known before the first byte is sent.
"""

from prossima.engine.guard import form
from prossima.engine.pool import Engine, Serving
from prossima.engine.query import (
    GRAPHS,
    RESULTS,
    Answer,
    BrokenQueryError,
    BusyError,
    ForbiddenQueryError,
    Query,
    QueryError,
    QuerySyntaxError,
    TooLargeError,
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
    "Engine",
    "ForbiddenQueryError",
    "Query",
    "QueryError",
    "QuerySyntaxError",
    "Serving",
    "TooLargeError",
    "TooMuchMemoryError",
    "TooSlowError",
    "UnanswerableError",
    "UnwritableError",
    "UnwritablePredicateError",
    "form",
]
