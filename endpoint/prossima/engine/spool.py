"""The folder for answers too large to travel in memory. It is locked for as long as its server lives, so that the next
one knows what a server that was killed has left, and removes it."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path

_PREFIX = "prossima-spool-"


class SpoolFolder:
    """A new folder among the temporary ones; those that no one holds any more are removed."""

    def __init__(self) -> None:
        for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
            with suppress(OSError):  # another user's, or held
                _remove(left, _held(left))
        held = None
        while held is None:
            self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
            with suppress(BlockingIOError, FileNotFoundError):  # another one took it for left, between two lines
                held = _held(self.path)
        self._end = weakref.finalize(self, _remove, self.path, held)

    def remove(self) -> None:
        """Remove it, and what is in it; at the end of the program that is done anyway."""
        self._end()


def _remove(folder: Path, held: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(held)


def _held(folder: Path) -> int:
    """The descriptor that holds a folder. Raises OSError when another process does, or it is gone."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.stat(folder)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
