"""Which release is asked: the current one, opened for the pages and by the pool, or an earlier one by its number."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from time import monotonic

from pyoxigraph import Store

from prossima.engine.counting import rewritten
from prossima.engine.lookup import looked_up
from prossima.engine.pool import Pool, warming
from prossima.engine.query import Answer, GraphRead, Query
from prossima.engine.spool import SpoolFolder
from prossima.engine.turns import Turns
from prossima.engine.worker import Task
from prossima.releases import Release, Shelf
from prossima.settings import Settings


class Engine:
    """Answers queries from the releases on the shelf, and follows the current one when another is published.

    `serving` may be called from any thread; `start`, `answer` and `close` belong to one event loop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.shelf = Shelf(settings.data)
        self.turns = Turns(settings.workers, settings.queue, settings.queue_wait)
        # One for the site's own questions, and one to spare.
        self.pool = Pool(
            settings.workers + 2,
            time_limit=settings.time_limit,
            memory_limit=settings.memory_limit,
            result_limit=settings.result_limit,
        )
        self._spool = SpoolFolder()
        self._lock = threading.Lock()
        self._serving: Serving | None = None
        self._warm: Serving | None = None
        self._stamp: tuple[int, int] | None = None
        self._current = str(self.shelf.data / "current")
        self._asked = 0

    async def start(self) -> None:
        """Open the current release, if there is one, and start the processes. Raises ShelfError, OSError."""
        serving = self._warm = self.serving()
        await self.pool.start(serving.warming() if serving else None)

    async def close(self) -> None:
        """End the processes and remove what they spooled."""
        await self.pool.close()
        self.forget()

    def forget(self) -> None:
        """Let go of the release, and remove the spool."""
        with self._lock:
            if self._serving:
                self._serving.close()
            self._serving = None
        self._spool.remove()

    def serving(self) -> Serving | None:
        """The release being served, opened; None before the first publication. Looks whether a newer one is
        current: one `stat` a call."""
        try:
            stat = os.stat(self._current)
            stamp = (stat.st_mtime_ns, stat.st_ino)
        except FileNotFoundError:
            return self._serving
        if stamp == self._stamp:
            return self._serving
        with self._lock:
            if stamp != self._stamp:
                release = self.shelf.current()
                if release and (self._serving is None or release.number != self._serving.release.number):
                    old, self._serving = self._serving, Serving(release, self.shelf)
                    if old:
                        old.close()
                self._stamp = stamp
        return self._serving

    async def answer(
        self,
        asked: Query | GraphRead,
        client: str,
        serving: Serving,
        release: Release,
        begun: Callable[[], object] | None = None,
    ) -> Answer:
        """The answer, serialised. client: who asks, for the queue. release: which is asked, of what `serving` said or
        an earlier one. begun: called when its turn has come. Raises a QueryError."""
        if serving is not self._warm:
            self._warm = serving
            self.pool.warm(serving.warming())
        if found := self.at_once(asked, serving, release):
            return found
        self._asked += 1
        store = release.store_path(asked.inference)
        if isinstance(asked, Query) and release.statistics_path and (counted := _counting(asked)):
            asked, store = counted, release.statistics_path
        task = Task(asked, store, release.number, str(self._spool.path / str(self._asked)))
        came = monotonic()
        await self.turns.take(client)
        waited = monotonic() - came
        if begun:
            begun()
        try:
            if release is serving.release:
                return await self.pool.run(task, waited)
            with self.shelf.pinned(release):
                return await self.pool.run(task, waited)
        finally:
            self.turns.leave(client)

    def at_once(self, asked: Query | GraphRead, serving: Serving, release: Release) -> Answer | None:
        """The answer to a look-up in the current release; None for what has to take its turn."""
        if not isinstance(asked, Query) or release is not serving.release:
            return None
        began = monotonic()
        found = looked_up(asked, serving.store if asked.inference else serving.asserted, release.number)
        if found:
            found.took = monotonic() - began
        return found


def _counting(query: Query) -> Query | None:
    """The query to ask of the statistics instead, where they have the answer."""
    if not query.inference or query.default_graphs is not None:
        return None
    text = rewritten(query.text)
    return replace(query, text=text) if text else None


class Serving:
    """The current release, open here for the pages; kept from being dropped until closed."""

    def __init__(self, release: Release, shelf: Shelf) -> None:
        self.release, self.shelf = release, shelf
        self.store = release.store()
        self._pin = shelf.pinned(release)
        self._pin.__enter__()

    @cached_property
    def asserted(self) -> Store:
        """The store without what is inferred, opened when first asked for."""
        return self.release.store(inference=False)

    def warming(self) -> Task:
        """What has a process open the release."""
        return warming(self.release.store_path(), self.release.number)

    def close(self) -> None:
        """Let it be dropped."""
        self._pin.__exit__(None, None, None)
