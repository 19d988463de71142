"""Why a query was not answered, in words for whoever wrote it: status, title, how to mend it."""

from __future__ import annotations

from prossima import engine
from prossima.web.asked import ProtocolError

READ_ONLY = (
    "This endpoint answers queries. To change what is published, correct the tables of the district and publish "
    "them again (prossima publish), or write to who keeps the knowledge base."
)


def read_only() -> ProtocolError:
    """What an update of a published site gets."""
    return ProtocolError(403, "Read-only", READ_ONLY)


def explained(error: engine.QueryError) -> ProtocolError:
    """The problem that a query's error is for HTTP."""
    match error:
        case engine.QuerySyntaxError():
            return ProtocolError(
                400,
                "Malformed query",
                f"Line {error.line}, column {error.column}: {error.detail}",
                line=error.line,
                column=error.column,
            )
        case engine.UnanswerableError():
            return ProtocolError(400, "Query not understood", error.detail)
        case engine.ForbiddenQueryError(keyword="SERVICE"):
            return ProtocolError(
                403,
                "SERVICE is not allowed",
                "This endpoint does not fetch from others. Query both from your side, or name this endpoint in a "
                "SERVICE clause of one that does.",
            )
        case engine.ForbiddenQueryError(keyword="LOAD"):
            return ProtocolError(
                403,
                "LOAD is not allowed",
                "This endpoint does not fetch from others. Fetch the file yourself and send what it says.",
            )
        case engine.ForbiddenQueryError():
            return read_only()
        case engine.UnwritablePredicateError():
            return ProtocolError(
                406,
                "Not writable as RDF/XML",
                f"RDF/XML cannot name the predicate <{error.predicate}>. Ask for Turtle, N-Triples or JSON-LD.",
                predicate=error.predicate,
            )
        case engine.UnwritableError():
            return ProtocolError(
                406,
                f"Not writable as {error.format}",
                f"{error.format} cannot hold {error.what}. Ask for another format.",
            )
        case engine.TooLargeError():
            return ProtocolError(
                413,
                "Answer too large",
                f"The answer has more than {error.limit:,} bytes. Ask for less, or use LIMIT.",
                limit=error.limit,
            )
        case engine.TooSlowError():
            return ProtocolError(
                503,
                "Time limit",
                f"The query ran longer than {error.limit:g} s and was ended. Narrow it: name classes and "
                "properties, avoid patterns that share no variable, add LIMIT.",
                limit=error.limit,
            )
        case engine.TooMuchMemoryError():
            return ProtocolError(
                503,
                "Memory limit",
                f"The query took more than {error.limit:,} bytes of memory and was ended. Narrow it: avoid patterns "
                "that share no variable, and ORDER BY, DISTINCT and GROUP BY over very many rows.",
                limit=error.limit,
            )
        case engine.TooManyError():
            return ProtocolError(
                429,
                "Too many queries",
                "More queries are waiting than this endpoint takes, of all or of you alone. Ask one after the other, "
                f"and again in {error.retry_after} s.",
                headers={"Retry-After": str(error.retry_after)},
            )
        case engine.NoSuchGraphError():
            return ProtocolError(404, "No such graph", f"There is no graph <{error.graph}> here.", graph=error.graph)
        case engine.BrokenQueryError():
            return ProtocolError(500, "Query failed", f"The engine failed on this query ({error.detail}).")
        case _:
            return ProtocolError(
                503,
                "Not now",
                f"The query could not be answered ({error}). Try again in a while.",
                headers={"Retry-After": "5"},
            )
