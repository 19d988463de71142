"""What every folder of tests shares: a data folder of its own, and a served knowledge base."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from prossima.releases import Release, Shelf, publish
from prossima.settings import Settings

REPOSITORY = Path(__file__).parents[1]
PAVIA, TORINO, BOLOGNA = (REPOSITORY / "kb" / name for name in ("pavia", "torino", "bologna"))


@dataclass(frozen=True)
class Served:
    """A server process on loopback: where it is, and the releases it serves."""

    url: str
    settings: Settings

    @property
    def sparql(self) -> str:
        return self.url + "sparql"

    @property
    def release(self) -> Release:
        current = Shelf(self.settings.data).current()
        assert current
        return current


@contextmanager
def serving(settings: Settings, *arguments: str) -> Iterator[Served]:
    """A real `prossima serve`, stopped by its own process id."""
    command = [sys.executable, "-m", "prossima", "serve", *arguments, "--port", "0", "--lang", "en"]
    environment = {**os.environ, "PROSSIMA_DATA": str(settings.data), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        for line in process.stdout:
            if found := re.search(r"http://\S+/", line):
                yield Served(found[0], settings)
                break
        else:
            assert process.stderr
            raise AssertionError(process.stderr.read())
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
        process.stdout.close()
        process.stderr.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", lock_wait=5)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The real knowledge base, published once for all tests that only read it."""
    settings = Settings(data=tmp_path_factory.mktemp("kb") / "data")
    outcome = publish([PAVIA, TORINO, BOLOGNA], settings, reason="tests")
    assert outcome.release == 1, outcome.report.problems
    return settings


@pytest.fixture(scope="session")
def release(published: Settings) -> Release:
    current = Shelf(published.data).current()
    assert current
    return current


@pytest.fixture(scope="session")
def served(published: Settings) -> Iterator[Served]:
    with serving(published) as server:
        yield server
