"""Whether two answers are the same: rows as multisets or in order, blank nodes up to isomorphism, numbers by value."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Triple,
    parse,
    parse_query_results,
)

RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
XSD = "http://www.w3.org/2001/XMLSchema#"
A = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
RESULTS = {".srx": QueryResultsFormat.XML, ".srj": QueryResultsFormat.JSON, ".tsv": QueryResultsFormat.TSV}
GRAPHS = {
    ".ttl": RdfFormat.TURTLE,
    ".nt": RdfFormat.N_TRIPLES,
    ".rdf": RdfFormat.RDF_XML,
    ".n3": RdfFormat.TURTLE,
    ".trig": RdfFormat.TRIG,
}
Term = NamedNode | BlankNode | Literal | Triple
Row = frozenset[tuple[str, Term]]


@dataclass(frozen=True)
class Table:
    """The answer to SELECT: its variables, and of each row those that are bound. ordered: by the test's wish."""

    variables: frozenset[str]
    rows: tuple[Row, ...]
    ordered: bool = False

    def __str__(self) -> str:
        rows = (", ".join(f"?{name} {term}" for name, term in sorted(row, key=str)) for row in self.rows)
        return "\n".join([f"{len(self.rows)} rows of {sorted(self.variables)}", *rows])


@dataclass(frozen=True)
class Graph:
    """The answer to CONSTRUCT, or what a graph store holds."""

    triples: frozenset[Triple]

    def __str__(self) -> str:
        return "\n".join([f"{len(self.triples)} triples", *sorted(map(str, self.triples))])


Cells = list[list[str]]
Answer = Table | Graph | Cells | bool


def same(found: Answer, wanted: Answer, lax: bool = False) -> bool:
    """Whether an answer is the expected one. lax: duplicates may be dropped, not made (REDUCED)."""
    if isinstance(wanted, Graph) and isinstance(found, Graph):
        return _canonical(found.triples) == _canonical(wanted.triples)
    if not isinstance(wanted, Table) or not isinstance(found, Table):
        return type(found) is type(wanted) and found == wanted
    if found.variables != wanted.variables:
        return False
    if lax:
        return set(found.rows) == set(wanted.rows) and Counter(found.rows) <= Counter(wanted.rows)
    if _has_blank(found) or _has_blank(wanted):
        return _canonical(_as_triples(found, wanted.ordered)) == _canonical(_as_triples(wanted, wanted.ordered))
    return found.rows == wanted.rows if wanted.ordered else Counter(found.rows) == Counter(wanted.rows)


def expected(path: Path) -> Answer:
    """What a test's result file says."""
    data = path.read_bytes()
    if path.suffix == ".csv":
        return cells(data)
    if path.suffix in RESULTS:
        return table(data, RESULTS[path.suffix])
    read = graph(data, GRAPHS[path.suffix], path.as_uri())
    return next((_result_set(read, t.subject) for t in read.triples if t.object == NamedNode(RS + "ResultSet")), read)


def table(data: bytes, format_: QueryResultsFormat) -> Table | bool:
    """The rows, or the truth, of a serialised answer. Raises SyntaxError."""
    found = parse_query_results(data, format=format_)
    if isinstance(found, QueryBoolean):
        return bool(found)
    assert isinstance(found, QuerySolutions)
    names = [variable.value for variable in found.variables]
    rows = [{name: solution[name] for name in names} for solution in found]
    bound = (frozenset((name, by_value(term)) for name, term in row.items() if term is not None) for row in rows)
    return Table(frozenset(names), tuple(bound))


def graph(data: bytes, format_: RdfFormat, base: str) -> Graph:
    """The triples of a serialised graph. Raises SyntaxError."""
    quads = parse(data, format=format_, base_iri=base)
    return Graph(frozenset(Triple(quad.subject, quad.predicate, by_value(quad.object)) for quad in quads))


def cells(data: bytes) -> Cells:
    """The cells of a CSV answer, its header first, columns and rows in an order of their own."""
    read = list(csv.reader(io.StringIO(data.decode("utf-8"))))
    order = sorted(range(len(read[0])), key=lambda at: read[0][at])
    header, *rows = [[_cell(row[at]) for at in order] for row in read]
    return [header, *sorted(rows)]


def by_value(term: Term) -> Term:
    """A number or a truth as its value is usually written: the suites leave the spelling open."""
    if not isinstance(term, Literal) or not term.datatype.value.startswith(XSD):
        return term
    write = _WRITTEN.get(term.datatype.value.removeprefix(XSD))
    try:
        return Literal(write(term.value), datatype=term.datatype) if write else term
    except (ValueError, ArithmeticError):
        return term


_WRITTEN: dict[str, Callable[[str], str]] = {
    "boolean": lambda text: {"1": "true", "0": "false"}.get(text, text),
    "integer": lambda text: str(int(text)),
    "decimal": lambda text: format(Decimal(text).normalize(), "f"),
    "double": lambda text: str(float(text)),
    "float": lambda text: str(float(text)),
}


def _cell(text: str) -> str:
    """A cell; a number by its value, a blank node without its label."""
    try:
        return str(float(text))
    except ValueError:
        return "_:" if text.startswith("_:") else text


def _result_set(read: Graph, result: object) -> Table | bool:
    """The rows, or the truth, that a graph tells in the result-set vocabulary."""

    def said(subject: object, name: str) -> list[Term]:
        return [t.object for t in read.triples if t.subject == subject and t.predicate.value == RS + name]

    def text(term: Term) -> str:
        assert isinstance(term, Literal)
        return term.value

    if truth := said(result, "boolean"):
        return text(truth[0]) == "true"
    solutions = said(result, "solution")
    places = {solution: int(text(place)) for solution in solutions for place in said(solution, "index")}
    rows = [
        frozenset((text(said(b, "variable")[0]), said(b, "value")[0]) for b in said(solution, "binding"))
        for solution in sorted(solutions, key=lambda solution: places.get(solution, 0))
    ]
    return Table(frozenset(map(text, said(result, "resultVariable"))), tuple(rows), ordered=bool(places))


def _has_blank(asked: Table) -> bool:
    return any(isinstance(term, BlankNode) for row in asked.rows for _, term in row)


def _as_triples(asked: Table, ordered: bool) -> Iterable[Triple]:
    """Each row as a node with its bound terms, so that isomorphism tells whether two tables are the same."""
    for number, row in enumerate(asked.rows):
        node = BlankNode(f"row{number}")
        yield Triple(node, A, Literal(str(number) if ordered else ""))
        for name, term in row:
            apart = BlankNode(f"of{term.value}") if isinstance(term, BlankNode) else term
            yield Triple(node, NamedNode(f"x:{name}"), apart)


def _canonical(triples: Iterable[Triple]) -> Dataset:
    found = Dataset(Quad(triple.subject, triple.predicate, triple.object) for triple in triples)
    found.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return found
