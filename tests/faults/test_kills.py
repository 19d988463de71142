"""A publication may die of anything, at any point: what is served is the old release or the new one."""

from __future__ import annotations

import os
import random
import signal
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from prossima.releases import PublicationError, Shelf, publish
from prossima.releases.merge import digest
from prossima.releases.publication import STEPS
from prossima.settings import Settings

pytestmark = pytest.mark.faults
RANDOM_KILLS = 22


@dataclass(frozen=True)
class DieAt:
    """Kills its own process, as the system or a power cut would, when `step` begins."""

    step: str

    def __call__(self, step: str) -> None:
        if step == self.step:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class DieAfter:
    """Kills its own process so many seconds after the publication began to read."""

    seconds: float

    def __call__(self, step: str) -> None:
        if step == "read":
            timer = threading.Timer(self.seconds, os.kill, (os.getpid(), signal.SIGKILL))
            timer.daemon = True
            timer.start()


def written(path: Path, first: int) -> Path:
    lines = (f'<http://example.org/{n}> <http://example.org/says> "{n}" .\n' for n in range(first, first + 400))
    path.write_text("".join(lines), encoding="utf-8")
    return path


def current_digest(settings: Settings) -> str:
    """The digest of what is served, recomputed from the store: a manifest that lies would be seen."""
    release = Shelf(settings.data).current()
    assert release
    assert digest(release.store()) == release.manifest.digest
    assert len(release.store()) == release.manifest.quads
    return release.manifest.digest


def test_thirty_kills_leave_the_old_release_or_the_new_one(tmp_path: Path, settings: Settings) -> None:
    seeded = random.Random(20221106)
    deaths = [DieAt(step) for step in STEPS] + [DieAfter(seeded.uniform(0, 0.6)) for _ in range(RANDOM_KILLS)]
    file = written(tmp_path / "facts.nt", 0)
    publish([file], settings)
    survived = 0
    for round_, death in enumerate(deaths, start=1):
        old = current_digest(settings)
        written(file, round_ * 100)
        try:
            publish([file], settings, on_step=death)
            survived += 1
        except PublicationError:
            pass
        after_death = current_digest(settings)
        outcome = publish([file], settings)
        new = current_digest(settings)
        assert after_death in (old, new), death
        assert outcome.unchanged is (after_death == new), death
        folders = {path.name for path in Shelf(settings.data).releases.iterdir()}
        assert folders == {f"{release.number:06d}" for release in Shelf(settings.data).all()}, death
    assert survived < RANDOM_KILLS, "hardly any random kill came before the end: the delays are too long"


def test_a_kill_at_any_named_step_but_after_the_switch_keeps_the_old_release(
    tmp_path: Path, settings: Settings
) -> None:
    file = written(tmp_path / "facts.nt", 0)
    publish([file], settings)
    old = current_digest(settings)
    written(file, 50)
    for step in STEPS:
        with pytest.raises(PublicationError, match="ended without an answer"):
            publish([file], settings, on_step=DieAt(step))
        assert current_digest(settings) == old
