"""The interface speaks Italian and English: which language to use, and the texts in it.

A text file is TOML: each key has an `it` and an `en`, with `{name}` for what is filled in. Texts about
checks live with the checks (`shapes/checks.ttl`), labels of things with the things; only the words of the
interface are here.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

LANGUAGES = ("it", "en")
_RANGE = re.compile(r"([A-Za-z0-9-]+)\s*(?:;\s*[qQ]=([01](?:\.[0-9]*)?))?")


class Texts:
    """The words of one part of the interface, read from a TOML file.

    >>> texts = Texts(Path("texts.toml"))          # doctest: +SKIP
    >>> texts("it", "landing.title", hubs=10)      # doctest: +SKIP
    """

    def __init__(self, path: Path | Traversable) -> None:
        self._texts = _flatten(tomllib.loads(path.read_text(encoding="utf-8")))

    def __call__(self, language: str, key: str, **values: object) -> str:
        """The text of `key` in `language`. Raises KeyError when the key or the language is missing."""
        text = self._texts[key][language]
        return text.format(**values) if values else text

    def keys(self) -> Mapping[str, Mapping[str, str]]:
        """All texts, by key and language: what a test walks to see that none is missing."""
        return self._texts


def _flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, dict[str, str]]:
    if prefix and all(isinstance(value, str) for value in table.values()):
        return {prefix: dict(table)}
    found: dict[str, dict[str, str]] = {}
    for key, value in table.items():
        found.update(_flatten(value, f"{prefix}.{key}" if prefix else key))
    return found


def preferred(accept_language: str | None) -> str:
    """The language of an `Accept-Language` header (RFC 9110): Italian unless English ranks higher."""
    ranked: dict[str, float] = {}
    for part in (accept_language or "").split(","):
        if found := _RANGE.fullmatch(part.strip()):
            language = found[1].split("-")[0].lower()
            ranked[language] = max(ranked.get(language, 0.0), float(found[2] or 1))
    return "en" if ranked.get("en", 0.0) > ranked.get("it", 0.0) else "it"


def of_terminal() -> str:
    """The language of the shell (`LC_ALL`, `LC_MESSAGES`, `LANG`): Italian if it says so, else English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return "it" if os.environ[name].lower().startswith("it") else "en"
    return "en"
