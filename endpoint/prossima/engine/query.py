"""What a query and its answer are, and the ways in which a query cannot be answered."""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import QueryResultsFormat, RdfFormat

RESULTS = {
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
}
GRAPHS = {
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "rdf": RdfFormat.RDF_XML,
    "jsonld": RdfFormat.JSON_LD,
}


class QueryError(Exception):
    """A query that cannot be answered; each kind says why in words for whoever wrote it."""


class QuerySyntaxError(QueryError):
    """The query is malformed: at which line and column (from 1), and what was expected."""

    def __init__(self, line: int, column: int, detail: str) -> None:
        super().__init__(line, column, detail)
        self.line, self.column, self.detail = line, column, detail


class UnanswerableError(QueryError):
    """The query is well formed and asks for something the engine does not have (an unknown function)."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class ForbiddenQueryError(QueryError):
    """The query would make the server fetch from elsewhere, or change something."""

    def __init__(self, keyword: str) -> None:
        super().__init__(keyword)
        self.keyword = keyword


class UnwritableError(QueryError):
    """The format asked for cannot hold the answer: which format, and what of the answer."""

    def __init__(self, format_: str, what: str) -> None:
        super().__init__(format_, what)
        self.format, self.what = format_, what


class UnwritablePredicateError(UnwritableError):
    """RDF/XML cannot name this predicate: its IRI does not end in an XML name."""

    def __init__(self, predicate: str) -> None:
        super().__init__("RDF/XML", f"the predicate <{predicate}>")
        self.args = (predicate,)
        self.predicate = predicate


class TooLargeError(QueryError):
    """The answer is larger than the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class TooSlowError(QueryError):
    """The query ran longer than the limit, and its process was ended."""

    def __init__(self, limit: float) -> None:
        super().__init__(limit)
        self.limit = limit


class TooMuchMemoryError(QueryError):
    """The query took more memory than the limit, in bytes, and its process was ended."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class TooManyError(QueryError):
    """Too many queries are waiting, of all or of this client; in how many seconds to come again."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


class BusyError(QueryError):
    """There is nothing to ask now, or the process died of something else."""


class NoSuchGraphError(QueryError):
    """The dataset has no graph of this name."""

    def __init__(self, graph: str) -> None:
        super().__init__(graph)
        self.graph = graph


class BrokenQueryError(QueryError):
    """The engine failed on the query in a way nobody foresaw: what it said."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True)
class Query:
    """A query as the protocol gives it. default_graphs and named_graphs: IRIs, None where not given.

    format: a key of RESULTS or GRAPHS, fitting the query's form. inference: whether what is inferred counts.
    own_prefixes: whether the site's prefixes need not be declared. base: what relative IRIs are relative to.
    evaluated: without, the text is only read; the answer is empty.
    """

    text: str
    format: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    inference: bool = True
    own_prefixes: bool = True
    base: str | None = None
    evaluated: bool = True


@dataclass(frozen=True)
class GraphRead:
    """A whole graph, None for the default one, in a format of GRAPHS. inference: as of a query."""

    graph: str | None
    format: str
    inference: bool = True


@dataclass
class Answer:
    """The serialised answer: in memory, or in a file that whoever sends it deletes. size in bytes.

    rows: how many there are, where the format tells; the lines of a file of N-Triples. waited and took: seconds
    before its turn came, and from then on.
    """

    release: int
    size: int
    body: bytes | None = None
    file: str | None = None
    rows: int | None = None
    waited: float = 0.0
    took: float = 0.0
