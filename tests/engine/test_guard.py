"""What a query's text tells: its form; and that the engine never fetches what the guard let pass."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Store

from prossima.engine import ForbiddenQueryError, form
from prossima.settings import Settings


class Elsewhere:
    """A SPARQL endpoint on loopback that counts who comes."""

    def __init__(self) -> None:
        outer = self
        self.visits = 0

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.visits += 1
                self.send_response(500)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/sparql"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def asked(self, text: str) -> bool:
        """Whether the engine comes here when it evaluates the query."""
        before = self.visits
        try:
            for _ in Store().query(text):  # type: ignore[union-attr]
                pass
        except (SyntaxError, ValueError, OSError, RuntimeError):
            pass
        return self.visits > before


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    found = Elsewhere()
    yield found
    found.server.shutdown()
    found.server.server_close()


def refused(text: str) -> bool:
    try:
        form(text)
    except ForbiddenQueryError:
        return True
    return False


BYPASSES = (
    "SELECT * {{ {clause} }}",
    "SELECT * {{ FILTER(1<2)SERVICE#>\n<{url}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ FILTER(1<2)#> '''\n{clause} # '''\n }}",
    "PREFIX ex: <http://x/> SELECT * {{ BIND(ex:a\\#b AS ?n) {clause} }}",
    "PREFIX ex: <http://x/> SELECT * {{ BIND(ex:a\\'b AS ?n) {clause} BIND(ex:c\\'d AS ?m) }}",
    "SELECT * {{ BIND(<http://x/\\u0041#a> AS ?n) {clause} }}",
    "SELECT * {{ BIND(2 AS ?n)SERVICE SILENT # <x> {{\n <{url}>#\n{{ ?s ?p ?o }} }}",
    'SELECT * {{ BIND("""a""" AS ?n) service<{url}>{{ ?s ?p ?o }} BIND(\'\' AS ?m) }}',
)


@pytest.mark.parametrize("query", BYPASSES)
def test_a_clause_is_refused_however_it_hides(query: str, elsewhere: Elsewhere) -> None:
    clause = f"SERVICE <{elsewhere.url}> {{ ?s ?p ?o }}"
    text = query.format(clause=clause, url=elsewhere.url)
    assert elsewhere.asked(text), "the engine does not fetch here: the case shows nothing"
    assert refused(text)


PIECES = (
    *"<>#'\"\\.;(){}", "\n", " ", "''", '"""', "'''", "1", "?n", "ex:a", "ex:a\\#b", "ex:a\\'b", "<http://x/>",
    "<http://x/#b>", "<http://x/'>", "FILTER(1<2)", "FILTER(1<", "BIND(1 AS ?n)", "BIND('a#b' AS ?m)", "# 'c' <\n",
    "SERVICE", "SILENT", "CLAUSE", "CLAUSE", "HERE", "{ ?s ?p ?o }",
)  # fmt: skip


@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=9))
def test_the_engine_never_fetches_what_was_let_pass(pieces: list[str], elsewhere: Elsewhere) -> None:
    body = "".join(pieces).replace("CLAUSE", "SERVICE HERE { ?s ?p ?o }").replace("HERE", f"<{elsewhere.url}>")
    text = f"PREFIX ex: <http://example.org/> SELECT * {{ {body} }}"
    if not refused(text):
        assert not elsewhere.asked(text), text


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s <http://example.org/service> ?o }",
        "SELECT * { GRAPH <http://example.org/service#x> { ?s ?p ?o } }",
        "SELECT * { ?s ?p ?o } # SERVICE <http://example.org/> { ?s ?p ?o }",
        "SELECT * {\n  # SERVICE <http://example.org/> { ?s ?p ?o }\n  ?s <http://x/#a> ?o }",
        "SELECT * { ?s ?p 'SERVICE <x:y> { }' }",
        "PREFIX a: <x:> SELECT * { ?s a:service ?o OPTIONAL { ?o a:service ?x } FILTER(?x < 3 && ?x > 1) }",
    ],
)
def test_the_word_elsewhere_is_no_clause(query: str) -> None:
    assert form(query) == "SELECT"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("# SELECT\nPREFIX select: <http://x/ask#>ASK {}", "ASK"),
        ("BASE<http://x/describe>CONSTRUCT WHERE { ?s ?p ?o }", "CONSTRUCT"),
        ("describe <x:y>", "DESCRIBE"),
        ("PREFIX load: <http://x/> SELECT ?add { ?add load:x ?y }", "SELECT"),
        ("nonsense", None),
    ],
)
def test_the_form_is_the_first_keyword(query: str, expected: str | None) -> None:
    assert form(query) == expected


@pytest.mark.parametrize("update", ["LOAD <x:y>", "PREFIX a: <x:> INSERT DATA { a:a a:b 1 }", "drop all"])
def test_updates_are_refused(update: str) -> None:
    with pytest.raises(ForbiddenQueryError):
        form(update)


@pytest.mark.parametrize(
    "piece", ["a.", "<a", "<SERVICE#>", "SERVICE#", "<'a>", "'\\", '"""\\', "<<", "#\n", "SERVICE<"]
)
def test_a_query_as_long_as_allowed_is_read_whatever_its_turns(piece: str) -> None:
    """Reading that took the square of the length would not end here."""
    half = Settings().query_limit // 2
    assert not refused(piece * (half // len(piece)) + "\n" + " " * half)
