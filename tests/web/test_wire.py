"""A request that comes again byte by byte is answered as the first time, and only then."""

from __future__ import annotations

import re
import socket
import time
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prossima.releases import publish
from prossima.settings import Settings
from prossima.web.asked import ProtocolError, decoded
from tests.conftest import PAVIA, TORINO, Served, serving
from tests.web.test_endpoint import metric

HUBS = quote("SELECT ?hub WHERE { ?hub a pr:Hub } ORDER BY ?hub", safe="")


class Line:
    """A connection on which bytes are sent as they are."""

    def __init__(self, served: Served) -> None:
        address = urlsplit(served.url)
        self.socket = socket.create_connection((address.hostname or "", address.port or 0), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.socket.sendall(piece)
            time.sleep(0.05 if len(pieces) > 1 else 0)

    def answer(self) -> tuple[str, bytes]:
        """The head, without the lines that tell times, and the body."""
        while b"\r\n\r\n" not in self._rest:
            self._more()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        size = int(length[1]) if length else 0
        while len(self._rest) < size:
            self._more()
        body, self._rest = self._rest[:size], self._rest[size:]
        lines = head.decode("latin-1").split("\r\n")
        return "\n".join(sorted(line for line in lines if not line.startswith(("date:", "server-timing:")))), body

    def _more(self) -> None:
        piece = self.socket.recv(1 << 16)
        if not piece:
            raise EOFError
        self._rest += piece


def request(query: str = HUBS, *lines: str, version: str = "1.1", method: str = "GET") -> bytes:
    head = [
        f"{method} /sparql?query={query} HTTP/{version}",
        "Host: 127.0.0.1",
        "Accept: text/csv, text/turtle;q=0.9",
        *lines,
    ]
    return ("\r\n".join(head) + "\r\n\r\n").encode()


THING = "https://w3id.org/prossima/id/pavia/hub/spazioq"
LOOKUPS = (
    f"SELECT ?p ?o {{ <{THING}> ?p ?o }}",
    f"SELECT ?what {{ {{ ?what pr:offeredAt <{THING}> }} UNION {{ ?role pr:target <{THING}> ; pr:holder ?what }} }}",
    f"DESCRIBE <{THING}>",
)


@given(
    st.lists(
        st.sampled_from(["%", "2", "3", "A", "a", "0", "%20", "%3A", "%3a", "%25", "%26", "%2B", "+", "&", "=", "ò"])
    )
)
def test_a_form_is_taken_apart_as_the_library_does(pieces: list[str]) -> None:
    form = "".join(pieces)
    try:
        slow = parse_qsl(form, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        with pytest.raises(ProtocolError):
            decoded(form.encode())
    else:
        assert decoded(form.encode()) == slow


def counted(served: Served) -> tuple[float, float]:
    names = ("prossima_cache_hits_total", 'prossima_requests_total{kind="select",status="200"}')
    return metric(served, names[0]), metric(served, names[1])


def test_the_same_bytes_get_the_same_answer(served: Served) -> None:
    line = Line(served)
    line.send(request(f"{HUBS}%23same"))
    first, before = line.answer(), counted(served)
    for _ in range(4):
        line.send(request(f"{HUBS}%23same"))
        assert line.answer() == first
    assert "HTTP/1.1 200 OK" in first[0]
    assert first[1].count(b"\r\n") > 10
    after = counted(served)
    assert after[0] - before[0] == 4
    assert after[1] - before[1] >= 4  # the warm-up asks too


def test_requests_in_one_piece_and_in_pieces_are_each_answered_once(served: Served) -> None:
    line = Line(served)
    one, other = request(), request(f"{HUBS}%20LIMIT%201")
    for whole in (one, other):
        line.send(whole)
        line.answer()
    line.send(one)
    first = line.answer()
    line.send(other)
    second = line.answer()
    assert first != second
    line.send(one + other + one)
    assert [line.answer() for _ in range(3)] == [first, second, first]
    line.send(one[:40], one[40:] + other)
    assert [line.answer() for _ in range(2)] == [first, second]
    line.send(one[:-2], one[-2:])
    assert line.answer() == first
    line.send(one)
    assert line.answer() == first


def test_bytes_that_look_like_a_request_in_a_body_are_no_request(served: Served) -> None:
    line = Line(served)
    for _ in range(2):
        line.send(request())
        csv = line.answer()
    post = f"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: {len(request())}\r\n\r\n"
    line.send(post.encode(), request())
    assert "415" in line.answer()[0]
    line.send(request())
    assert line.answer() == csv


@pytest.mark.parametrize("more", ["Content-Length: 3", "Transfer-Encoding: chunked", "Expect: 100-continue"])
def test_a_get_with_a_body_is_never_answered_before_it_is_there(more: str, served: Served) -> None:
    body = b"3\r\nabc\r\n0\r\n\r\n" if "chunked" in more else b"abc" if "Length" in more else b""
    for _ in range(3):
        line = Line(served)
        line.send(request(HUBS, more))
        line.send(body)
        while "100 Continue" in (answer := line.answer())[0]:
            pass
        assert "200 OK" in answer[0]
        line.send(request())
        assert "200 OK" in line.answer()[0]


@pytest.mark.parametrize(("version", "more"), [("1.0", ()), ("1.1", ("Connection: close",))])
def test_who_closes_sees_the_end(version: str, more: tuple[str, ...], served: Served) -> None:
    for _ in range(3):
        line = Line(served)
        line.send(request(HUBS, *more, version=version))
        assert "200 OK" in line.answer()[0]
        assert line.socket.recv(1) == b""


def test_what_the_client_has_stays_304_and_head_stays_empty(served: Served) -> None:
    line = Line(served)
    line.send(request())
    etag = re.search("etag: (.*)", line.answer()[0])
    assert etag
    for _ in range(3):
        line.send(request(HUBS, f"If-None-Match: {etag[1]}"))
        head, body = line.answer()
        assert ("304" in head, body) == (True, b"")


@pytest.mark.parametrize(
    "more",
    [
        (),
        ("Accept-Encoding: gzip",),
        ("Accept-Encoding: br", "User-Agent: x"),
        ("Accept: text/html", "Connection: keep-alive"),
    ],
)
@pytest.mark.parametrize("given", ["", "&format=csv", "&inference=off", "&release=1", "&release=1&format=nt"])
@pytest.mark.parametrize("query", LOOKUPS)
def test_a_lookup_gets_at_once_the_answer_of_the_longer_way(
    query: str, given: str, more: tuple[str, ...], served: Served
) -> None:
    line = Line(served)
    # A request in two pieces goes the longer way; a text of its own is in no cache.
    numbers = iter(range(10))
    answers = []
    for _ in range(2):
        text = quote(f"{query} # {served.url} {next(numbers)} {given} {more}", safe="") + given
        whole = request(text, *more)
        line.send(whole)
        at_once = line.answer()
        line.send(whole)
        again = line.answer()
        assert again == at_once
        text = quote(f"{query} # {served.url} {next(numbers)} {given} {more}", safe="") + given
        whole = request(text, *more)
        line.send(whole[:30], whole[30:])
        answers += [_varying(at_once), _varying(line.answer())]
    assert all(answer == answers[0] for answer in answers)


def _varying(answer: tuple[str, bytes]) -> tuple[str, bytes]:
    """Without what the text of a query is in."""
    return re.sub(r"(etag|link|content-location): .*", r"\1", answer[0]), answer[1]


@pytest.mark.parametrize(
    ("given", "more", "says"),
    [
        ("&format=docx", (), "406"),
        ("&release=99", (), "404"),
        ("&inference=maybe", (), "400"),
        ("&query=ASK%7B%7D", (), "400"),
        ("%FF", (), "400"),
        ("", ("Accept-Datetime: yesterday",), "400"),
        ("", ("Accept: image/png", "Accept: video/mp4"), "200"),
        ("&update=DROP%20ALL", (), "403"),
    ],
)
def test_what_is_wrong_with_a_lookup_is_told(given: str, more: tuple[str, ...], says: str, served: Served) -> None:
    line = Line(served)
    for _ in range(2):
        line.send(request(quote(LOOKUPS[0], safe="") + given, *more))
        assert f" {says} " in line.answer()[0]


def test_lookups_come_in_their_order_among_others(served: Served) -> None:
    line = Line(served)
    one, other = (request(quote(f"{query} # in order", safe="")) for query in LOOKUPS[:2])
    slow = request(f"{HUBS}%23{time.time()}")
    line.send(slow + one + other + slow + one)
    csv = [line.answer()[1].split(b"\r\n")[0] for _ in range(5)]
    assert csv == [b"hub", b"p,o", b"what", b"hub", b"p,o"]
    line.send(one)
    line.send(slow)
    line.send(other)
    csv = [line.answer()[1].split(b"\r\n")[0] for _ in range(3)]
    assert csv == [b"p,o", b"hub", b"what"]


def test_a_new_release_is_asked_at_once(settings: Settings) -> None:
    publish([PAVIA], settings)
    with serving(settings) as served:
        line = Line(served)
        for _ in range(3):
            line.send(request())
            head, before = line.answer()
        assert "prossima-release: 1" in head
        publish([TORINO], settings)
        line = Line(served)
        line.send(request())
        head, after = line.answer()
        assert "prossima-release: 2" in head
        assert len(after) > len(before)
