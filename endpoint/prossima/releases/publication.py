"""Publishing: one at a time, in a process of its own, whose end, however it comes, leaves what is served whole.

The process works on a fork of the current release (see `making`), so nothing that is served is touched;
whatever it dies of leaves a folder that the next publication deletes.
"""

from __future__ import annotations

import datetime
import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from filelock import FileLock, Timeout

from prossima.processes import end_with_parent
from prossima.releases.making import STEPS, Job, Outcome, PublicationError, made
from prossima.releases.shelf import Shelf, ShelfError
from prossima.settings import Settings

__all__ = ["STEPS", "Outcome", "PublicationError", "publish", "rollback"]


def publish(
    inputs: list[Path],
    settings: Settings,
    *,
    reason: str = "",
    raw: bool = False,
    dry_run: bool = False,
    on_step: Callable[[str], None] | None = None,
) -> Outcome:
    """Publish district folders and RDF files as the next release.

    Each input replaces what it (its district, its file) said before. raw loads the quads of RDF files as
    they are, without gate or merge, as the whole content of the release. dry_run reports and counts, and
    publishes nothing. on_step is called, in the publishing process, as each of STEPS begins.
    Raises PublicationError when another publication holds the lock, the shelf is damaged or the process died.
    """
    return _in_child(Job(tuple(inputs), settings, reason, raw, dry_run), on_step)


def rollback(number: int, settings: Settings, *, reason: str, on_step: Callable[[str], None] | None = None) -> Outcome:
    """Publish release `number` again, as a new release. Raises PublicationError when it is not on the shelf."""
    return _in_child(Job((), settings, reason, back_to=number), on_step)


def _in_child(job: Job, on_step: Callable[[str], None] | None) -> Outcome:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(there, job, on_step), name="prossima-publication")
    child.start()
    there.close()
    try:
        result = here.recv()
    except EOFError:
        child.join()
        raise PublicationError(
            "died",
            f"The publishing process ended without an answer (exit code {child.exitcode}). What is served is what "
            "`prossima history` says last; publish again.",
            code=child.exitcode,
        ) from None
    finally:
        here.close()
    child.join()
    if isinstance(result, BaseException):
        raise result
    assert isinstance(result, Outcome)
    return result


def _work(answer: Connection, job: Job, on_step: Callable[[str], None] | None) -> None:
    """What the process does. It dies with who asked for it, and what they are told can always be pickled."""
    end_with_parent()
    try:
        answer.send(_published(job, on_step or (lambda step: None)))
    except PublicationError as error:
        answer.send(error)
    except ShelfError as error:
        answer.send(PublicationError("damaged", str(error), file=str(error.path)))
    except KeyboardInterrupt:
        os._exit(130)
    except OSError as error:
        answer.send(PublicationError("failed", str(error), detail=f"{error.filename}: {error.strerror}"))
    except Exception as error:  # the process's outermost edge
        answer.send(PublicationError("failed", f"{type(error).__name__}: {error}", detail=f"{error}"))
        raise


def _published(job: Job, on_step: Callable[[str], None]) -> Outcome:
    shelf = Shelf(job.settings.data)
    shelf.data.mkdir(parents=True, exist_ok=True)
    lock = FileLock(shelf.data / "publication.lock")
    holder = shelf.data / "publication.holder"
    try:
        lock.acquire(timeout=job.settings.lock_wait)
    except Timeout:
        who = holder.read_text(encoding="utf-8").strip() if holder.is_file() else "?"
        raise PublicationError(
            "locked",
            f"Another publication is under way ({who}) and did not end in {job.settings.lock_wait:g} s. "
            "Wait for it, or end that process: what it has not switched to is discarded.",
            holder=who,
            seconds=f"{job.settings.lock_wait:g}",
        ) from None
    with lock:
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        holder.write_text(f"process {os.getpid()}, since {now}\n", encoding="utf-8")
        shelf.clear_leftovers()
        return made(job, shelf, on_step)
