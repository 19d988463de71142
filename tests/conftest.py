"""What every folder of tests shares: a data folder of its own, and a served knowledge base."""

from __future__ import annotations

from pathlib import Path

import pytest

from prossima.settings import Settings

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", lock_wait=5)
