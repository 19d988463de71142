"""The pool: processes with the current release open, a time limit on each query, a successor for each that dies."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
import uuid
from concurrent.futures import Future
from functools import cached_property
from pathlib import Path

from pebble import ProcessExpired, ProcessPool
from pyoxigraph import Store

from prossima.engine import worker
from prossima.engine.query import Answer, BusyError, Query, TooMuchMemoryError, TooSlowError
from prossima.releases import Release, Shelf
from prossima.settings import Settings


class Engine:
    """Answers queries from the current release, and follows it when another is published."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.shelf = Shelf(settings.data)
        self.spool = Path(tempfile.mkdtemp(prefix="prossima-spool-"))
        self._lock = threading.Lock()
        self._serving: Serving | None = None
        self._stamp: tuple[int, int] | None = None
        self._waiting = 0

    def start(self) -> None:
        """Open the current release, if there is one, and warm its processes up."""
        self.serving()

    def close(self) -> None:
        """End the processes and remove what they spooled."""
        with self._lock:
            if self._serving:
                self._serving.close(at_once=True)
            self._serving = None
        shutil.rmtree(self.spool, ignore_errors=True)

    def serving(self) -> Serving | None:
        """The release being served, opened; None before the first publication. Looks whether a newer one is
        current: one `stat` a call."""
        try:
            stat = os.stat(self.shelf.data / "current")
            stamp = (stat.st_mtime_ns, stat.st_ino)
        except FileNotFoundError:
            return self._serving
        if stamp == self._stamp:
            return self._serving
        with self._lock:
            if stamp != self._stamp:
                release = self.shelf.current()
                if release and (self._serving is None or release.number != self._serving.release.number):
                    old, self._serving = self._serving, Serving(release, self.shelf, self.settings)
                    if old:
                        threading.Thread(target=old.close, daemon=True).start()
                self._stamp = stamp
        return self._serving

    async def _answer(self, query: Query) -> Answer:
        serving = await asyncio.get_running_loop().run_in_executor(None, self.serving)
        if serving is None:
            raise BusyError("nothing published")
        if self._waiting >= self.settings.queue + self.settings.workers:
            raise BusyError("queue")
        self._waiting += 1
        spool = self.spool / uuid.uuid4().hex
        try:
            # As long as it may run it may wait, and a little for the process to be there: then others come first.
            async with asyncio.timeout(self.settings.time_limit * 2 + 5) as patience:
                return await asyncio.wrap_future(self._scheduled(serving, query, spool))
        except BaseException as error:
            spool.unlink(missing_ok=True)
            if isinstance(error, TimeoutError) and patience.expired():
                raise BusyError("queue") from None
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task and not task.cancelling():
                raise BusyError("stopping") from None
            raise
        finally:
            self._waiting -= 1

    async def answer(self, query: Query) -> Answer:
        """The answer, serialised. Raises a QueryError; BusyError also when nothing is published yet."""
        try:
            return await self._answer(query)
        except TimeoutError:
            raise TooSlowError(self.settings.time_limit) from None
        except MemoryError:
            raise TooMuchMemoryError(self.settings.memory_limit) from None
        except ProcessExpired as error:
            # The engine aborts when it cannot get memory.
            if error.exitcode == -signal.SIGABRT:
                raise TooMuchMemoryError(self.settings.memory_limit) from None
            raise BusyError(str(error)) from None

    def _scheduled(self, serving: Serving, query: Query, spool: Path) -> Future[Answer]:
        """The query given to the pool; to a new one when this one broke (a process killed while it was idle)."""
        try:
            return serving.ask(query, spool)
        except RuntimeError:
            with self._lock:
                if self._serving is serving:
                    self._serving = Serving(serving.release, self.shelf, self.settings)
                    serving.close(at_once=True)
                opened = self._serving
            if opened is None:
                raise BusyError("stopping") from None
            return opened.ask(query, spool)


class Serving:
    """One release, open here for the pages and in the pool's processes for queries."""

    def __init__(self, release: Release, shelf: Shelf, settings: Settings) -> None:
        self.release = release
        self.store = release.store()
        self._settings = settings
        self._asked: set[Future[Answer]] = set()
        self._pin = shelf.pinned(release)
        self._pin.__enter__()
        self._pool = ProcessPool(
            max_workers=settings.workers,
            context=multiprocessing.get_context("spawn"),
            initializer=worker.open_release,
            initargs=(release, settings.result_limit, settings.memory_limit),
        )
        for _ in range(settings.workers):
            self._pool.schedule(worker.warm)

    @cached_property
    def asserted(self) -> Store:
        """The store without what is inferred, opened when first asked for."""
        return self.release.store(inference=False)

    def ask(self, query: Query, spool: Path) -> Future[Answer]:
        future: Future[Answer] = self._pool.schedule(
            worker.answered, args=(query, str(spool)), timeout=self._settings.time_limit
        )
        self._asked.add(future)
        future.add_done_callback(self._asked.discard)
        return future

    def close(self, *, at_once: bool = False) -> None:
        """Let the queries under way end; at_once: end them."""
        if at_once:
            for future in list(self._asked):
                future.cancel()
        (self._pool.stop if at_once else self._pool.close)()  # type: ignore[no-untyped-call]
        self._pool.join()
        self._pin.__exit__(None, None, None)
