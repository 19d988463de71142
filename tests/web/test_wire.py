"""A request that comes again byte by byte is answered as the first time, and only then."""

from __future__ import annotations

import re
import socket
import time
from urllib.parse import quote, urlsplit

import pytest

from prossima.releases import publish
from prossima.settings import Settings
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
    head = [f"{method} /sparql?query={query} HTTP/{version}", "Host: 127.0.0.1", "Accept: text/csv", *lines]
    return ("\r\n".join(head) + "\r\n\r\n").encode()


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
