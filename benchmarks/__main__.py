"""`make bench`: run every benchmark, write `benchmarks/results.md`."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from benchmarks import inference, questions, releases, validation


def main() -> None:
    parts = ["# Results", "", f"Python {platform.python_version()}, {os.cpu_count()} processors; medians.", ""]
    for title, module in (
        ("Publishing a small change", releases),
        ("What follows", inference),
        ("Judging a change", validation),
        ("The published questions", questions),
    ):
        print(f"{title} ...", flush=True)
        assert module.__doc__
        parts += [f"## {title}", "", module.__doc__.strip(), "", *module.run(), ""]
    (Path(__file__).parent / "results.md").write_text("\n".join(parts), encoding="utf-8")
    print("\n".join(parts))


if __name__ == "__main__":
    main()
