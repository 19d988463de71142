"""A damaged shelf: nothing more is lost, what is wrong is said, and a whole release can be gone back to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from prossima.releases import PublicationError, Shelf, ShelfError, publish, rollback
from prossima.settings import Settings

FACT = '<http://example.org/{0}> <http://example.org/says> "{0}" .\n'


def nt(path: Path, *values: str) -> Path:
    path.write_text("".join(map(FACT.format, values)), encoding="utf-8")
    return path


@pytest.fixture
def shelf(tmp_path: Path, settings: Settings) -> Shelf:
    """Two releases."""
    publish([nt(tmp_path / "a.nt", "one")], settings)
    publish([nt(tmp_path / "b.nt", "two")], settings)
    return Shelf(settings.data)


DAMAGES: dict[str, Callable[[Shelf], object]] = {
    "no manifest": lambda shelf: (shelf.releases / "000002" / "manifest.json").unlink(),
    "no release": lambda shelf: (shelf.releases / "000002").rename(shelf.data / "elsewhere"),
    "half a manifest": lambda shelf: (shelf.releases / "000002" / "manifest.json").write_text("{"),
    "garbled withdrawals": lambda shelf: (shelf.releases / "000002" / "withdrawn.json").write_text("{"),
    "garbled current": lambda shelf: (shelf.data / "current").write_text("two"),
}


def read_whole(shelf: Shelf) -> None:
    current = shelf.current()
    assert current
    assert current.manifest
    assert current.withdrawn == {}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_shelf_is_not_published_on(damage: str, shelf: Shelf, settings: Settings, tmp_path: Path) -> None:
    DAMAGES[damage](shelf)
    first = sorted(shelf.releases.glob("000001/**/*"))
    with pytest.raises(PublicationError, match="missing or damaged"):
        publish([nt(tmp_path / "a.nt", "three")], settings)
    assert sorted(shelf.releases.glob("000001/**/*")) == first
    with pytest.raises(ShelfError):
        read_whole(shelf)


@pytest.mark.parametrize("damage", [name for name in DAMAGES if name != "garbled current"])
def test_a_whole_release_can_be_gone_back_to(damage: str, shelf: Shelf, settings: Settings) -> None:
    DAMAGES[damage](shelf)
    assert rollback(1, settings, reason="the second is damaged").release == 3
    current = shelf.current()
    assert current
    assert set(current.store()) == set(shelf.release(1).store())


def test_a_publication_dies_with_who_asked_for_it(tmp_path: Path, settings: Settings) -> None:
    file = nt(tmp_path / "a.nt", *map(str, range(60_000)))
    command = [sys.executable, "-m", "prossima", "publish", str(file), "--data", str(settings.data)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    lock = settings.data / "publication.holder"
    while not lock.is_file():
        time.sleep(0.01)
    child = int(lock.read_text(encoding="utf-8").split()[1].rstrip(","))
    process.terminate()
    process.wait(timeout=20)
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            break
        time.sleep(0.1)
    else:
        os.kill(child, signal.SIGKILL)
        raise AssertionError("the publishing process goes on by itself")
    assert Shelf(settings.data).all() == []
    assert publish([nt(file, "one")], settings).release == 1


def test_a_kill_while_an_old_release_is_dropped_leaves_a_leftover(
    shelf: Shelf, settings: Settings, tmp_path: Path
) -> None:
    (shelf.releases / "000001").rename(shelf.releases / ".drop-1")
    assert [release.number for release in shelf.all()] == [2]
    publish([nt(tmp_path / "b.nt", "three")], settings)
    assert not (shelf.releases / ".drop-1").exists()
