"""The pool: whatever becomes of a query or of a process, the next query is answered."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from prossima.engine import Answer, BusyError, Query, TooMuchMemoryError, TooSlowError, UnwritableError
from prossima.engine.serving import Engine
from prossima.releases import publish
from prossima.settings import Settings

# Its limits are in seconds: other tests at the same time would stretch them.
pytestmark = pytest.mark.alone

ASK = Query("ASK {}", "json")
FOREVER = Query("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }", "json")


class Asking:
    """An engine on an event loop of its own."""

    def __init__(self, settings: Settings) -> None:
        self.runner = asyncio.Runner()
        self.engine = Engine(settings)
        self.pool = self.engine.pool
        self.run(self.engine.start())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    async def answer(self, query: Query, client: str = "10.0.0.1") -> Answer:
        serving = self.engine.serving()
        assert serving
        return await self.engine.answer(query, client, serving, serving.release)

    def ask(self, query: Query) -> Answer:
        answer: Answer = self.run(self.answer(query))
        return answer

    def is_answered(self) -> bool:
        return b"true" in (self.ask(ASK).body or b"")

    def close(self) -> None:
        self.run(self.engine.close())
        self.runner.close()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Asking]:
    settings = Settings(data=tmp_path / "data", workers=2, time_limit=2, memory_limit=500_000_000)
    file = tmp_path / "a.nt"
    file.write_text("".join(f'<http://e/{n}> <http://e/says> "{n}" .\n' for n in range(1000)), encoding="utf-8")
    publish([file], settings)
    asking = Asking(settings)
    yield asking
    asking.close()


@pytest.mark.parametrize(
    "thing",
    ["<geo:45.18,9.15>", "<dc:x>", '"a"^^rdf:JSON', '"x"@en--ltr'],
)
def test_what_json_ld_cannot_compact_goes_out_expanded(thing: str, engine: Asking) -> None:
    query = Query(f"CONSTRUCT {{ <x:s> <http://e/near> {thing} }} {{}}", "jsonld")
    answer = engine.ask(query)
    assert b"http://e/near" in (answer.body or b"")
    assert engine.is_answered()


def test_what_json_ld_cannot_hold_is_said(engine: Asking) -> None:
    query = Query("CONSTRUCT { <x:s> <http://e/near> <<( <x:a> <x:b> <x:c> )>> } {}", "jsonld")
    with pytest.raises(UnwritableError):
        engine.ask(query)
    assert engine.is_answered()


@pytest.mark.parametrize("format_", ["xml", "rdf"])
@pytest.mark.parametrize("character", ["\\u000B", "\\uFFFE"])
def test_what_xml_cannot_hold_is_said(format_: str, character: str, engine: Asking) -> None:
    form = "SELECT ('a%sb' AS ?x) {}" if format_ == "xml" else "CONSTRUCT { <x:s> <x:p> 'a%sb' } {}"
    with pytest.raises(UnwritableError, match="U\\+"):
        engine.ask(Query(form % character, format_))


def test_a_process_killed_while_idle_is_replaced(engine: Asking) -> None:
    assert engine.is_answered()
    for pid in engine.pool.processes:
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.5)
    seen = 0
    for _ in range(20):
        try:
            seen += engine.is_answered()
        except BusyError:
            time.sleep(0.2)
    assert seen >= 15


def test_a_query_that_takes_too_much_memory_ends_alone(engine: Asking) -> None:
    query = Query("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?a", "json")
    engine.pool.time_limit = 60
    with pytest.raises(TooMuchMemoryError):
        engine.ask(query)
    assert engine.is_answered()


def test_a_query_that_takes_too_long_ends_alone(engine: Asking) -> None:
    with pytest.raises(TooSlowError):
        engine.ask(FOREVER)
    assert engine.is_answered()


def test_a_query_nobody_waits_for_any_more_ends(engine: Asking) -> None:
    async def gone() -> None:
        engine.pool.time_limit = 600
        tasks = [asyncio.create_task(engine.answer(FOREVER)) for _ in range(8)]
        await asyncio.sleep(0.5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with asyncio.timeout(10):
            assert b"true" in ((await engine.answer(ASK)).body or b"")

    engine.run(gone())


def test_more_may_wait_than_run_and_no_more_than_the_queue(engine: Asking) -> None:
    async def asked() -> list[object]:
        engine.engine.turns.queue = 2
        many = (engine.answer(FOREVER) for _ in range(4))
        return await asyncio.gather(*many, return_exceptions=True)

    found = [type(result) for result in engine.run(asked())]
    assert sorted(kind.__name__ for kind in found) == ["TooManyError", "TooManyError", "TooSlowError", "TooSlowError"]


def test_who_asks_for_ever_leaves_a_slot_to_others(engine: Asking) -> None:
    async def asked() -> float:
        engine.pool.time_limit = 600
        endless = [asyncio.create_task(engine.answer(FOREVER, "10.0.0.1")) for _ in range(8)]
        await asyncio.sleep(0.3)
        began = time.monotonic()
        assert b"true" in ((await engine.answer(ASK, "10.0.0.2")).body or b"")
        took = time.monotonic() - began
        for task in endless:
            task.cancel()
        await asyncio.gather(*endless, return_exceptions=True)
        return took

    assert engine.run(asked()) < 0.5


def test_a_spare_is_there_when_a_process_ends(engine: Asking) -> None:
    async def asked() -> float:
        engine.pool.time_limit = 600
        endless = asyncio.create_task(engine.answer(FOREVER, "10.0.0.1"))
        await asyncio.sleep(0.2)
        endless.cancel()
        await asyncio.sleep(0.3)
        began = time.monotonic()
        await asyncio.gather(*(engine.answer(ASK, f"10.0.0.{n}") for n in range(2, 4)))
        return time.monotonic() - began

    assert engine.run(asked()) < 0.2


def test_an_answer_too_large_for_memory_goes_through_a_file_and_leaves_none(engine: Asking) -> None:
    spool = engine.engine._spool.path
    answer = engine.ask(Query("SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 20000", "json"))
    assert answer.file
    assert answer.rows == 20000
    assert Path(answer.file).stat().st_size == answer.size
    Path(answer.file).unlink()
    with pytest.raises(TooSlowError):
        engine.ask(Query("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }", "json"))
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize("format_", ["json", "xml", "csv", "tsv"])
def test_the_rows_are_counted(format_: str, engine: Asking) -> None:
    for rows in (0, 1, 3, 700):
        answer = engine.ask(Query(f"SELECT ?s ?o {{ ?s ?p ?o }} LIMIT {rows}", format_))
        assert answer.rows == rows
    assert engine.ask(Query("ASK {}", "json")).rows is None


def test_stopping_waits_for_no_query(engine: Asking) -> None:
    async def asked() -> None:
        engine.pool.time_limit = 600
        closing = asyncio.get_running_loop().call_later(0.5, lambda: asyncio.create_task(engine.pool.close()))
        await asyncio.gather(*(engine.answer(FOREVER) for _ in range(6)), return_exceptions=True)
        closing.cancel()

    began = time.monotonic()
    engine.run(asyncio.wait_for(asked(), 20))
    assert time.monotonic() - began < 15
