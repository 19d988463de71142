"""What the comparison takes for the same answer, and what not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyoxigraph import QueryResultsFormat, RdfFormat

from tests.conformance.compare import Graph, Table, cells, graph, same, table

NUMBER = "<http://www.w3.org/2001/XMLSchema#integer>"


def rows(*lines: str) -> Table:
    """A table of the variables a and b, its rows as in TSV."""
    found = table("\n".join(["?a\t?b", *lines, ""]).encode(), QueryResultsFormat.TSV)
    assert isinstance(found, Table)
    return found


def triples(text: str) -> Graph:
    return graph(text.encode(), RdfFormat.TURTLE, "http://example.org/")


@pytest.mark.parametrize(
    ("found", "wanted", "is_same"),
    [
        (rows("1\t2", "3\t4"), rows("3\t4", "1\t2"), True),
        (rows("1\t2", "3\t4"), replace(rows("3\t4", "1\t2"), ordered=True), False),
        (rows("1\t2", "1\t2"), rows("1\t2"), False),
        (rows("1\t"), rows("1\t2"), False),
        (rows(f'"01"^^{NUMBER}\t2'), rows("1\t2"), True),
        (rows('"01"\t2'), rows('"1"\t2'), False),
        (rows("_:x\t_:x"), rows("_:y\t_:y"), True),
        (rows("_:x\t_:y"), rows("_:y\t_:y"), False),
        (rows("_:x\t1", "_:x\t2"), rows("_:x\t1", "_:y\t2"), False),
        (rows("_:x\t1", "_:y\t2"), replace(rows("_:x\t2", "_:y\t1"), ordered=True), False),
        (rows(), replace(rows(), variables=frozenset("a")), False),
        (rows(), True, False),
        (True, False, False),
        (triples("[] <p> [] ."), triples("_:a <p> _:b ."), True),
        (triples("_:a <p> _:a ."), triples("_:a <p> _:b ."), False),
        (triples("<s> <p> 1.0 ."), triples("<s> <p> 1.00 ."), True),
        (cells(b"a,b\r\n1,x\r\n"), cells(b"b,a\nx,1.0\n"), True),
        (cells(b"a\r\n1\r\n1\r\n"), cells(b"a\r\n1\r\n"), False),
    ],
)
def test_answers_are_the_same_or_not(found: object, wanted: object, is_same: bool) -> None:
    assert same(found, wanted) is is_same  # type: ignore[arg-type]


def test_duplicates_may_be_dropped_where_the_test_says_so_but_not_made() -> None:
    two, one, three = rows("1\t2", "1\t2"), rows("1\t2"), rows("1\t2", "1\t2", "1\t2")
    assert same(one, two, lax=True)
    assert same(two, two, lax=True)
    assert not same(three, two, lax=True)
    assert not same(rows(), two, lax=True)
