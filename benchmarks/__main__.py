"""`make bench`: run every benchmark, write `benchmarks/results.md`; `python -m benchmarks validation` runs those named
and leaves the others' results as they are."""

from __future__ import annotations

import os
import platform
import re
import sys
from pathlib import Path

from benchmarks import endpoint, inference, questions, releases, validation

RESULTS = Path(__file__).parent / "results.md"
PARTS = {
    "releases": ("Publishing a small change", releases),
    "inference": ("What follows", inference),
    "validation": ("Judging", validation),
    "questions": ("The published questions", questions),
    "endpoint": ("The endpoint beside others", endpoint),
}


def main(names: list[str]) -> None:
    """Run the benchmarks of these names, or all."""
    if unknown := set(names) - set(PARTS):
        sys.exit(f"No such benchmark: {', '.join(sorted(unknown))}. There are: {', '.join(PARTS)}.")
    machine = f"Python {platform.python_version()}, {os.cpu_count()} processors; medians."
    old = (
        re.split(r"^## (.+)\n", RESULTS.read_text(encoding="utf-8"), flags=re.MULTILINE) if RESULTS.is_file() else [""]
    )
    said = dict(zip(old[1::2], old[2::2], strict=True))
    for name in names or PARTS:
        title, module = PARTS[name]
        print(f"{title} ...", flush=True)
        assert module.__doc__
        said[title] = "\n" + "\n".join([module.__doc__.strip(), "", *module.run(), "", machine]) + "\n\n"
    sections = [f"## {title}\n{said[title]}" for title, _ in PARTS.values() if title in said]
    RESULTS.write_text("# Results\n\n" + "".join(sections).rstrip() + "\n", encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(sys.argv[1:])
