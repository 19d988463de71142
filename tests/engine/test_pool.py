"""The pool: whatever becomes of a query or of a process, the next query is answered."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from prossima.engine import BusyError, Engine, Query, QueryError, TooMuchMemoryError, TooSlowError, UnwritableError
from prossima.releases import publish
from prossima.settings import Settings

# Its limits are in seconds: other tests at the same time would stretch them.
pytestmark = pytest.mark.alone

ASK = Query("ASK {}", "json")
FOREVER = Query("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }", "json")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    settings = Settings(data=tmp_path / "data", workers=2, time_limit=2, memory_limit=500_000_000)
    file = tmp_path / "a.nt"
    file.write_text("".join(f'<http://e/{n}> <http://e/says> "{n}" .\n' for n in range(1000)), encoding="utf-8")
    publish([file], settings)
    engine = Engine(settings)
    engine.start()
    yield engine
    engine.close()


def processes(engine: Engine) -> list[int]:
    """The pool's processes."""
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    mine = {int(pid) for path in children for pid in path.read_text().split()}
    return sorted(pid for pid in mine if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes())


def is_answered(engine: Engine) -> bool:
    return b"true" in (asyncio.run(engine.answer(ASK)).body or b"")


@pytest.mark.parametrize(
    "thing",
    ["<geo:45.18,9.15>", "<dc:x>", '"a"^^rdf:JSON', '"x"@en--ltr'],
)
def test_what_json_ld_cannot_compact_goes_out_expanded(thing: str, engine: Engine) -> None:
    query = Query(f"CONSTRUCT {{ <x:s> <http://e/near> {thing} }} {{}}", "jsonld")
    answer = asyncio.run(engine.answer(query))
    assert b"http://e/near" in (answer.body or b"")
    assert is_answered(engine)


def test_what_json_ld_cannot_hold_is_said(engine: Engine) -> None:
    query = Query("CONSTRUCT { <x:s> <http://e/near> <<( <x:a> <x:b> <x:c> )>> } {}", "jsonld")
    with pytest.raises(UnwritableError):
        asyncio.run(engine.answer(query))
    assert is_answered(engine)


@pytest.mark.parametrize("format_", ["xml", "rdf"])
@pytest.mark.parametrize("character", ["\\u000B", "\\uFFFE"])
def test_what_xml_cannot_hold_is_said(format_: str, character: str, engine: Engine) -> None:
    form = "SELECT ('a%sb' AS ?x) {}" if format_ == "xml" else "CONSTRUCT { <x:s> <x:p> 'a%sb' } {}"
    with pytest.raises(UnwritableError, match="U\\+"):
        asyncio.run(engine.answer(Query(form % character, format_)))


def test_a_process_killed_while_idle_is_replaced(engine: Engine) -> None:
    assert is_answered(engine)
    for pid in processes(engine):
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.5)
    seen = 0
    for _ in range(20):
        try:
            seen += is_answered(engine)
        except BusyError:
            time.sleep(0.2)
    assert seen >= 15


def test_a_query_that_takes_too_much_memory_ends_alone(engine: Engine) -> None:
    query = Query("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?a", "json")
    engine.settings.time_limit = 60
    with pytest.raises(TooMuchMemoryError):
        asyncio.run(engine.answer(query))
    assert is_answered(engine)


def test_a_query_that_takes_too_long_ends_alone(engine: Engine) -> None:
    with pytest.raises(TooSlowError):
        asyncio.run(engine.answer(FOREVER))
    assert is_answered(engine)


def test_a_query_nobody_waits_for_any_more_ends(engine: Engine) -> None:
    async def gone() -> None:
        engine.settings.time_limit = 600
        tasks = [asyncio.create_task(engine.answer(FOREVER)) for _ in range(8)]
        await asyncio.sleep(0.5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with asyncio.timeout(10):
            assert b"true" in ((await engine.answer(ASK)).body or b"")

    asyncio.run(gone())


def test_more_may_wait_than_run_and_no_more_than_the_queue(engine: Engine) -> None:
    async def asked() -> list[object]:
        engine.settings.queue = 1
        many = (engine.answer(FOREVER) for _ in range(4))
        return await asyncio.gather(*many, return_exceptions=True)

    found = [type(result) for result in asyncio.run(asked())]
    assert found.count(BusyError) == 1, found
    assert all(issubclass(kind, QueryError) for kind in found)


def test_stopping_waits_for_no_query(engine: Engine) -> None:
    async def asked() -> None:
        engine.settings.time_limit = 600
        asyncio.get_running_loop().call_later(0.5, engine.close)
        await asyncio.gather(*(engine.answer(FOREVER) for _ in range(6)), return_exceptions=True)

    began = time.monotonic()
    asyncio.run(asyncio.wait_for(asked(), 20))
    assert time.monotonic() - began < 15
