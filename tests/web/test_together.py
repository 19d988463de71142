"""The same query from many at once is evaluated once, as soon as a process is at it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from prossima.settings import Settings
from tests.conftest import Served, serving
from tests.web.test_endpoint import metric

ENDLESS = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def crossed(names: str, many: int, what: str) -> str:
    """A query that crosses so many numbers with themselves."""
    numbers = " ".join(map(str, range(many)))
    return f"SELECT {what} {{ {' '.join(f'VALUES ?{name} {{ {numbers} }}' for name in names)} }}"


# A second's work, and many rows.
LONG = crossed("xyz", 140, "(SUM(?x * ?y * ?z) AS ?n)")
WIDE = crossed("xy", 110, "*")


@pytest.fixture(scope="module")
def small(published: Settings) -> Iterator[Served]:
    """A server that keeps little and waits little."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROSSIMA_CACHE_LIMIT", "1000000")
        with serving(published, "--time-limit", "5", "--workers", "3") as served:
            yield served


def ask(served: Served, query: str, at: int, timeout: float = 30) -> httpx.Response:
    with httpx.Client(transport=httpx.HTTPTransport(local_address=f"127.0.0.{at}"), timeout=timeout) as client:
        return client.get(served.sparql, params={"query": query, "format": "json"})


def test_one_evaluation_answers_all_who_ask_meanwhile(small: Served) -> None:
    query = f"{LONG} # together"
    with ThreadPoolExecutor(6) as clients:
        found = list(clients.map(lambda at: ask(small, query, at), range(2, 8)))
    assert {answer.status_code for answer in found} == {200}
    assert len({answer.text for answer in found}) == 1
    assert len({answer.headers["server-timing"] for answer in found}) == 1


def test_a_limit_is_met_once_for_all(small: Served) -> None:
    ended = 'prossima_processes_replaced_total{why="time"}'
    before, began = metric(small, ended), time.monotonic()
    with ThreadPoolExecutor(6) as clients:
        found = list(clients.map(lambda at: ask(small, f"{ENDLESS} # together", at), range(2, 8)))
    assert {answer.status_code for answer in found} == {503}
    assert {answer.json()["title"] for answer in found} == {"Time limit"}
    assert metric(small, ended) - before == 1
    assert time.monotonic() - began < 2 * 5


def test_an_answer_in_a_file_is_made_for_each(small: Served) -> None:
    with ThreadPoolExecutor(4) as clients:
        found = list(clients.map(lambda at: ask(small, f"{WIDE} # together", at), range(2, 6)))
    assert {len(answer.json()["results"]["bindings"]) for answer in found} == {110 * 110}
    assert len(found[0].content) > 1_000_000


def test_who_asked_first_may_leave(small: Served) -> None:
    query = f"{LONG} # left"
    with ThreadPoolExecutor(2) as clients:
        first = clients.submit(ask, small, query, 2, timeout=0.3)
        time.sleep(0.1)
        second = clients.submit(ask, small, query, 3)
        with pytest.raises(httpx.TimeoutException):
            first.result()
        assert second.result().status_code == 200
    left = 'prossima_processes_replaced_total{why="left"}'
    ends = time.monotonic() + 5
    while metric(small, left) == 0:
        assert time.monotonic() < ends
        time.sleep(0.1)


def test_chance_is_not_shared(small: Served) -> None:
    query = crossed("xyz", 110, "(SUM(?x * ?y * ?z * RAND()) AS ?n)")
    with ThreadPoolExecutor(2) as clients:
        found = list(clients.map(lambda at: ask(small, query, at), (2, 3)))
    assert len({answer.text for answer in found}) == 2
