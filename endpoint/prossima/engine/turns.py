"""Whose turn it is: a fair queue in front of the processes.

Each client has a queue of its own, and the clients take turns. None may hold all the slots, so that one who asks
endless questions leaves room for the others; one slot more is the site's own, for its pages and published questions.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque

from prossima.engine.query import TooManyError

SITE = ""


class Turns:
    """slots: how many may run at once, the site's own not counted. queue: how many may wait, of one client half of
    them. patience: seconds that one may wait."""

    def __init__(self, slots: int, queue: int, patience: float) -> None:
        self.slots, self.queue, self.patience = slots, queue, patience
        self._share = max(1, slots - 1)
        self._running: Counter[str] = Counter()
        self._total = 0
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(map(len, self._waiting.values()))

    async def take(self, client: str) -> None:
        """Wait for this client's turn (SITE: for the site's own), and hold a slot until `leave`. Raises
        TooManyError."""
        if client not in self._waiting and self._may_run(client):
            self._run(client)
        else:
            await self._wait(client)

    def leave(self, client: str) -> None:
        """Give the slot back, to who waits."""
        self._total -= 1
        self._running[client] -= 1
        if not self._running[client]:
            del self._running[client]
        if self._waiting:
            self._admit()

    def _run(self, client: str) -> None:
        self._total += 1
        self._running[client] += 1

    def _may_run(self, client: str) -> bool:
        if self._total > self.slots:
            return False
        public = self._total - self._running[SITE]
        return client == SITE or (public < self.slots and self._running[client] < self._share)

    async def _wait(self, client: str) -> None:
        own = self._waiting.setdefault(client, deque())
        if client != SITE and (self.waiting >= self.queue or len(own) >= max(1, self.queue // 2)):
            self._forget_empty(client)
            raise TooManyError(self._retry_after())
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        own.append(admitted)
        try:
            async with asyncio.timeout(self.patience):
                await admitted
        except BaseException as error:
            if admitted.done() and not admitted.cancelled():
                self.leave(client)  # its turn came as it went
            elif admitted in own:
                own.remove(admitted)
                self._forget_empty(client)
            if isinstance(error, TimeoutError):
                raise TooManyError(self._retry_after()) from None
            raise

    def _retry_after(self) -> int:
        return max(1, round(self.patience))

    def _admit(self) -> None:
        """Give the free slots to those that wait: the site first, then the clients in turn."""
        for client in sorted(self._waiting, key=lambda name: name != SITE):
            own = self._waiting[client]
            while own and self._may_run(client):
                admitted = own.popleft()
                if admitted.done():  # it gave up, and has not come to say so
                    continue
                self._run(client)
                admitted.set_result(None)
                if client != SITE:
                    self._waiting.move_to_end(client)
                    break
            self._forget_empty(client)

    def _forget_empty(self, client: str) -> None:
        if not self._waiting.get(client, True):
            del self._waiting[client]
