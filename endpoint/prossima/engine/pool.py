"""The processes that answer: each task has a deadline and a bound on memory, which end its process alone.

A process is a fresh Python that imports little; some more than may run at once are kept, so that one is there while
the successor of another starts. Over a socket pair, a task goes and an answer comes, each a pickle with its length
before it (as `multiprocessing.connection` frames them, which is what the other end uses).
"""

from __future__ import annotations

import asyncio
import pickle
import signal
import socket
import struct
import subprocess
import sys
import time
from collections import Counter, deque
from contextlib import suppress
from pathlib import Path
from typing import cast

import psutil

from prossima.engine.query import Answer, BusyError, Query, QueryError, TooMuchMemoryError, TooSlowError
from prossima.engine.worker import AWAKE, Task

# Seconds between two looks at what runs, and that a query whose client has gone may go on.
_TICK, _GRACE = 0.05, 0.2
_RECEIVED = 1 << 18
# A process that took a share as large of its memory limit is not kept: it would not give it back.
_WORN = 0.5


class Pool:
    """`size` processes kept ready. time_limit in seconds, memory_limit and result_limit in bytes.

    `replaced` counts the processes that were ended or died, by why."""

    def __init__(self, size: int, *, time_limit: float, memory_limit: int, result_limit: int) -> None:
        self.size, self.time_limit, self.memory_limit, self.result_limit = size, time_limit, memory_limit, result_limit
        self.replaced: Counter[str] = Counter()
        self._idle: deque[_Process] = deque()
        self._all: set[_Process] = set()
        self._wanted: deque[asyncio.Future[_Process]] = deque()
        self._warmth: Task | None = None
        self._watching: asyncio.TimerHandle | None = None
        self._failed = 0
        self._closed = False

    async def start(self, warmth: Task | None = None) -> None:
        """Start the processes and wait for the first of them. warmth: a task that opens what will be asked."""
        self._warmth = warmth
        for _ in range(self.size):
            await self._add()
        if not self._idle:
            self.freed(await self._free())

    def warm(self, task: Task) -> None:
        """Have the processes open what is to be asked from now on."""
        self._warmth = task
        for process in list(self._idle):
            self._idle.remove(process)
            process.begin(task, None)

    @property
    def processes(self) -> list[int]:
        """The ids of the processes."""
        return sorted(process.pid for process in self._all)

    async def run(self, task: Task, waited: float = 0.0) -> Answer:
        """The answer, after so many seconds in the queue. Raises a QueryError: TooSlowError, TooMuchMemoryError, and
        BusyError when the process ended otherwise."""
        # The one that was busy last has all at hand.
        process = self._idle.pop() if self._idle else await self._free()
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        process.begin(task, answer)
        if self._watching is None:
            self._watching = asyncio.get_running_loop().call_later(_TICK, self._watch)
        began = process.began
        if len(self._idle) == len(self._all) - 1:  # no one else's answer is held up
            process.look(answer)
        try:
            found = await answer
        except asyncio.CancelledError:
            process.leave()
            raise
        found.waited, found.took = waited, time.monotonic() - began
        return found

    async def close(self) -> None:
        """End the processes, whatever they do."""
        self._closed = True
        if self._watching:
            self._watching.cancel()
        ended = list(self._all)
        for process in ended:
            process.end(BusyError("stopping"))
        await asyncio.gather(*(process.gone for process in ended))
        for wanted in self._wanted:
            wanted.cancel()

    async def _add(self) -> None:
        ours, theirs = socket.socketpair()
        limits = (str(self.result_limit), str(self.memory_limit))
        command = [sys.executable, "-m", "prossima.engine.worker", str(theirs.fileno()), *limits]
        child = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        loop = asyncio.get_running_loop()
        _, process = await loop.create_connection(lambda: _Process(self, child, ours), sock=ours)
        self._all.add(process)
        if self._closed:
            process.end(BusyError("stopping"))
        elif self._warmth:
            process.begin(self._warmth, None)
        else:
            self.freed(process)

    async def _free(self) -> _Process:
        if self._closed:
            raise BusyError("stopping")
        wanted: asyncio.Future[_Process] = asyncio.get_running_loop().create_future()
        self._wanted.append(wanted)
        try:
            return await wanted
        except asyncio.CancelledError:
            if wanted.done() and not wanted.cancelled():
                self.freed(wanted.result())
            if self._closed:
                raise BusyError("stopping") from None
            raise

    def freed(self, process: _Process) -> None:
        """A process is idle: to who waits for one, or kept."""
        self._failed = 0
        while self._wanted:
            wanted = self._wanted.popleft()
            if not wanted.done():
                wanted.set_result(process)
                return
        self._idle.append(process)

    def lost(self, process: _Process, why: str) -> None:
        """A process is gone: another is started, later and later while none comes up."""
        self._all.discard(process)
        if process in self._idle:
            self._idle.remove(process)
        if self._closed:
            return
        self.replaced[why] += 1
        self._failed += 1
        delay = 0 if self._failed <= self.size else min(5.0, 0.1 * 2 ** (self._failed - self.size))
        loop = asyncio.get_running_loop()
        loop.call_later(delay, lambda: self._closed or loop.create_task(self._add()))

    def _watch(self) -> None:
        now, busy = time.monotonic(), False
        for process in list(self._all):
            if process.task is None:
                continue
            busy = True
            if now > process.deadline:
                process.end(_LeftError("left") if process.left else TooSlowError(self.time_limit))
            elif now - process.began > _TICK and process.memory() > self.memory_limit:
                process.end(TooMuchMemoryError(self.memory_limit))
        self._watching = asyncio.get_running_loop().call_later(_TICK, self._watch) if busy else None


class _Process(asyncio.Protocol):
    """One process, as its pool sees it. task: what it does now. began, deadline: when it began, and when it is to be
    ended, by the monotonic clock. left: whether who asked is gone."""

    def __init__(self, pool: Pool, child: subprocess.Popen[bytes], ours: socket.socket) -> None:
        self.pool, self.pid = pool, child.pid
        self.task: Task | None = None
        self.began = self.deadline = 0.0
        self.left = False
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._socket, self._child, self._watched = ours, child, psutil.Process(child.pid)
        self._answer: asyncio.Future[Answer] | None = None
        self._received = bytearray()
        self._why: QueryError | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def begin(self, task: Task, answer: asyncio.Future[Answer] | None) -> None:
        """Give it a task. answer: what to set; None when no one waits for it."""
        self.task, self._answer, self.left = task, answer, False
        self.began = time.monotonic()
        self.deadline = self.began + self.pool.time_limit
        message = pickle.dumps(task)
        framed = struct.pack("!i", len(message)) + message
        try:
            sent = self._socket.send(framed)  # now: the loop would send it at the end of its round
        except OSError:
            sent = 0
        if sent < len(framed):
            self._transport.write(framed[sent:])

    def leave(self) -> None:
        """No one waits for the answer any more: it may take a moment longer."""
        self.left = True
        self.deadline = min(self.deadline, time.monotonic() + _GRACE)

    def look(self, answer: asyncio.Future[Answer]) -> None:
        """Wait for the answer without sleeping, for as long as a look-up takes."""
        until = time.monotonic() + AWAKE
        while not answer.done() and time.monotonic() < until:
            with suppress(BlockingIOError):
                self.data_received(self._socket.recv(_RECEIVED))

    def data_received(self, data: bytes) -> None:
        self._received += data
        if len(self._received) < 4:
            return
        (size,) = struct.unpack_from("!i", self._received)
        if len(self._received) < 4 + size:
            return
        message = pickle.loads(memoryview(self._received)[4:])
        self._received = bytearray()
        took, self.task = time.monotonic() - self.began, None
        answer, self._answer = self._answer, None
        if answer and not answer.done():
            if isinstance(message, Answer):
                answer.set_result(message)
            else:
                answer.set_exception(
                    TooMuchMemoryError(self.pool.memory_limit) if isinstance(message, MemoryError) else message
                )
        elif isinstance(message, Answer) and message.file:
            _forget(message.file)
        if self._why:
            return  # it was ended as it answered
        if took > _TICK and self.memory() > self.pool.memory_limit * _WORN:
            self.end(BusyError("worn"))
        else:
            self.pool.freed(self)

    def memory(self) -> int:
        """The resident memory, in bytes; 0 when the process is gone."""
        try:
            return int(self._watched.memory_info().rss)
        except psutil.Error:
            return 0

    def end(self, why: QueryError) -> None:
        """Kill the process, for this reason."""
        if self._why is None:
            self._why = why
            self._child.kill()

    def connection_lost(self, error: Exception | None) -> None:
        asyncio.get_running_loop().create_task(self._buried())

    async def _buried(self) -> None:
        code = await asyncio.get_running_loop().run_in_executor(None, self._child.wait)
        why = self._why
        if why is None:
            # The engine aborts when it cannot get memory.
            aborted = code == -signal.SIGABRT
            why = TooMuchMemoryError(self.pool.memory_limit) if aborted else BusyError(f"exit code {code}")
        if self.task:
            _forget(self.task.spool)
        if self._answer and not self._answer.done():
            self._answer.set_exception(why)
        self.task = None
        self.pool.lost(self, _NAMES.get(type(why), "died"))
        self.gone.set_result(None)


class _LeftError(QueryError):
    """Whoever asked is gone."""


_NAMES: dict[type[QueryError], str] = {TooSlowError: "time", TooMuchMemoryError: "memory", _LeftError: "left"}


def _forget(spool: str) -> None:
    with suppress(OSError):
        Path(spool).unlink(missing_ok=True)


def warming(store: str, release: int) -> Task:
    """A task that opens a store and reads a little of it."""
    return Task(Query("ASK { ?s ?p ?o }", "json"), store, release, "")
