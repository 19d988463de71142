"""Whose turn it is: clients take turns, none has all the slots, the site has one of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from prossima.engine import TooManyError
from prossima.engine.turns import SITE, Turns


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 5))


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_one_client_has_all_slots_but_one_and_another_has_the_last() -> None:
    async def asked() -> None:
        turns = Turns(slots=3, queue=10, patience=5)
        await turns.take("a")
        await turns.take("a")
        third = asyncio.create_task(turns.take("a"))
        await settle()
        assert not third.done()
        await turns.take("b")
        turns.leave("a")
        await third

    run(asked())


def test_the_site_has_a_slot_when_all_others_are_taken_and_comes_first_when_it_waits() -> None:
    async def asked() -> None:
        turns = Turns(slots=2, queue=10, patience=5)
        for client in ("a", "b", SITE):
            await turns.take(client)
        waiting = [asyncio.create_task(turns.take(client)) for client in ("c", SITE)]
        await settle()
        turns.leave("a")
        await settle()
        assert [task.done() for task in waiting] == [False, True]
        turns.leave("b")
        await waiting[0]

    run(asked())


def test_the_clients_that_wait_take_turns() -> None:
    async def asked() -> None:
        turns = Turns(slots=2, queue=20, patience=5)
        await turns.take("a")
        await turns.take("b")
        came: list[str] = []

        async def one(client: str) -> None:
            await turns.take(client)
            came.append(client)

        tasks = [asyncio.create_task(one(client)) for client in "cccdde"]
        await settle()
        turns.leave("a")
        await settle()
        while len(came) < len(tasks):
            turns.leave(came[-1])
            await settle()
        assert "".join(came) == "cdecdc"

    run(asked())


def test_a_full_queue_and_a_client_with_half_of_it_are_told_when_to_come_again() -> None:
    async def asked() -> None:
        turns = Turns(slots=2, queue=4, patience=5)
        await turns.take("a")
        await turns.take("b")
        waiting = [asyncio.create_task(turns.take("a")) for _ in range(2)]
        await settle()
        with pytest.raises(TooManyError):
            await turns.take("a")
        waiting += [asyncio.create_task(turns.take(client)) for client in "cd"]
        await settle()
        with pytest.raises(TooManyError) as refused:
            await turns.take("e")
        assert refused.value.retry_after == 5
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert turns.waiting == 0

    run(asked())


def test_who_has_waited_too_long_is_told_so_and_leaves_nothing() -> None:
    async def asked() -> None:
        turns = Turns(slots=1, queue=4, patience=0.05)
        await turns.take("a")
        with pytest.raises(TooManyError):
            await turns.take("b")
        turns.leave("a")
        await turns.take("b")
        turns.leave("b")
        assert (turns.waiting, turns._total, dict(turns._running)) == (0, 0, {})

    run(asked())


def test_who_goes_as_its_turn_comes_gives_it_back() -> None:
    async def asked() -> None:
        turns = Turns(slots=1, queue=4, patience=5)
        await turns.take("a")
        gone, next_one = asyncio.create_task(turns.take("b")), asyncio.create_task(turns.take("c"))
        await settle()
        gone.cancel()
        turns.leave("a")  # before the one that goes has come to say so
        await asyncio.gather(gone, return_exceptions=True)
        await next_one
        turns.leave("c")
        assert turns._total == 0

    run(asked())
