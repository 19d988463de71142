"""Whether two answers are the same: rows as multisets, blank nodes by what is said of them, graphs by isomorphism."""

from __future__ import annotations

import csv
import io
from collections import Counter
from decimal import Decimal
from pathlib import Path

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    parse,
    parse_query_results,
    serialize,
)
from rdflib import BNode, Graph, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import RDF
from rdflib.term import Node

RS = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
XSD = "http://www.w3.org/2001/XMLSchema#"
Row = tuple[tuple[str, str], ...]
RESULTS = {".srx": QueryResultsFormat.XML, ".srj": QueryResultsFormat.JSON, ".tsv": QueryResultsFormat.TSV}
RDF_FORMATS = {
    ".ttl": RdfFormat.TURTLE,
    ".nt": RdfFormat.N_TRIPLES,
    ".rdf": RdfFormat.RDF_XML,
    ".n3": RdfFormat.TURTLE,
    ".trig": RdfFormat.TRIG,
}


class Rows(list[Row]):
    """The rows of a table, each its bound variables with their terms in N-Triples. ordered: by the test's wish."""

    ordered = False


def read(data: bytes, format_: QueryResultsFormat) -> Rows | bool:
    """The rows, or the truth, of a serialised answer."""
    found = parse_query_results(data, format=format_)
    if isinstance(found, QueryBoolean):
        return bool(found)
    assert isinstance(found, QuerySolutions)
    names = [variable.value for variable in found.variables]
    return Rows(_row({name: solution[name] for name in names}) for solution in found)


def expected(path: Path) -> Rows | bool | Graph | list[list[str]]:
    """What a test's result file says: rows, a truth, a graph, or the cells of a CSV file."""
    if path.suffix == ".csv":
        return cells(path.read_bytes())
    if path.suffix in RESULTS:
        return read(path.read_bytes(), RESULTS[path.suffix])
    graph = triples(path.read_bytes(), RDF_FORMATS[path.suffix], path.as_uri())
    result = graph.value(None, RDF.type, RS.ResultSet)
    if result is None:
        return graph
    if (truth := graph.value(result, RS.boolean)) is not None:
        return str(truth) in ("true", "1")
    found = Rows()
    solutions = list(graph.objects(result, RS.solution))
    found.ordered = any((solution, RS.index, None) in graph for solution in solutions)
    solutions.sort(key=lambda solution: int(str(graph.value(solution, RS.index) or 0)))
    for solution in solutions:
        bindings = graph.objects(solution, RS.binding)
        found.append(tuple(sorted((str(graph.value(b, RS.variable)), _n3(graph.value(b, RS.value))) for b in bindings)))
    return found


def cells(data: bytes) -> list[list[str]]:
    """The cells of a CSV answer, its header first, columns and rows in an order of their own."""
    table = list(csv.reader(io.StringIO(data.decode("utf-8"))))
    order = sorted(range(len(table[0])), key=lambda at: table[0][at])
    header, *rows = [[_cell(row[at]) for at in order] for row in table]
    return [header, *sorted(rows)]


def _cell(text: str) -> str:
    """A cell; a number by its value, a blank node without its label."""
    try:
        return str(float(text))
    except ValueError:
        return "_:" if text.startswith("_:") else text


def triples(data: bytes, format_: RdfFormat, base: str) -> Graph:
    """A graph, each literal as it is written."""
    lines = serialize((quad.triple for quad in parse(data, format=format_, base_iri=base)), format=RdfFormat.N_TRIPLES)
    graph = Graph()
    graph.parse(data=lines or b"", format="nt")
    return graph


def same(found: object, wanted: object, lax: bool = False) -> bool:
    """Whether an answer is the expected one."""
    if isinstance(wanted, Graph):
        return isinstance(found, Graph) and isomorphic(found, wanted)
    if not isinstance(wanted, Rows) or not isinstance(found, Rows):
        return type(found) is type(wanted) and found == wanted
    if wanted.ordered and not _has_blank(wanted):
        return list(found) == list(wanted)
    if lax:
        return set(found) == set(wanted)
    if not _has_blank(found) and not _has_blank(wanted):
        return Counter(found) == Counter(wanted)
    return len(found) == len(wanted) and isomorphic(_graph(found), _graph(wanted))


def _row(bound: dict[str, object]) -> Row:
    terms = {name: term for name, term in bound.items() if isinstance(term, NamedNode | BlankNode | Literal)}
    return tuple(sorted((name, _by_value(term)) for name, term in terms.items()))


def _by_value(term: NamedNode | BlankNode | Literal) -> str:
    """A term in N-Triples; a number or a truth as its value is usually written: the suites leave the spelling open."""
    if not isinstance(term, Literal) or not term.datatype.value.startswith(XSD):
        return str(term)
    name = term.datatype.value.removeprefix(XSD)
    read = _NUMBERS.get(name)
    if read is None:
        return str(term)
    try:
        return f'"{read(term.value)}"^^<{XSD}{name}>'
    except (ValueError, ArithmeticError):
        return str(term)


def _decimal(text: str) -> str:
    return format(Decimal(text).normalize(), "f")


def _boolean(text: str) -> str:
    return {"1": "true", "0": "false"}.get(text, text)


_NUMBERS = {"boolean": _boolean, "integer": int, "decimal": _decimal, "double": float, "float": float}


def _n3(term: Node | None) -> str:
    """A term as the engine writes it."""
    if isinstance(term, URIRef):
        return str(NamedNode(str(term)))
    if isinstance(term, BNode):
        return f"_:{term}"
    language, datatype = getattr(term, "language", None), getattr(term, "datatype", None)
    if language:
        return str(Literal(str(term), language=language))
    return _by_value(Literal(str(term), datatype=NamedNode(str(datatype)) if datatype else None))


def _has_blank(rows: Rows) -> bool:
    return any(term.startswith("_:") for row in rows for _, term in row)


def _graph(rows: Rows) -> Graph:
    """Each row as a node with its bound terms, so that isomorphism tells whether two tables are the same."""
    lines = [f"_:row{number} <x:row> <x:row> ." for number in range(len(rows))]
    lines += [f"_:row{number} <x:{name}> {_apart(term)} ." for number, row in enumerate(rows) for name, term in row]
    graph = Graph()
    graph.parse(data="\n".join(lines), format="nt")
    return graph


def _apart(term: str) -> str:
    return "_:of" + term[2:] if term.startswith("_:") else term
