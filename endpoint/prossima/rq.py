"""Files of one SPARQL query with a header: TOML in comment lines that begin with `#+`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any


def read(path: Path) -> tuple[dict[str, Any], str]:
    """(what the header says, the query without it). Raises ValueError (TOML)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    head = "\n".join(line[2:].strip() for line in lines if line.startswith("#+"))
    query = "\n".join(line for line in lines if not line.startswith("#+")).strip() + "\n"
    return tomllib.loads(head), query
