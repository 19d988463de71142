"""The commands. Each says what it does in one line, shows progress when it is long, and fails kindly."""

from prossima.cli import districts, publishing, asking  # noqa: I001 (the order in which help lists them)
from prossima.cli.base import app, main, texts

__all__ = ["app", "asking", "districts", "main", "publishing", "texts"]
