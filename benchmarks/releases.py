"""What a small publication costs as the store grows, beside loading the whole store anew.

The peer is what one does without releases: bulk-load the dump into a fresh store with the same engine. It
checks nothing, infers nothing and keeps no history, so this says what those cost.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from pyoxigraph import RdfFormat, Store

from benchmarks.generate import write
from prossima.releases import Shelf, publish
from prossima.settings import Settings

SIZES = (10_000, 100_000)
ROUNDS = 5


def run() -> list[str]:
    """Table rows in Markdown: size, first publication, a change of one statement, full reload, ratio, bytes."""
    rows = [
        "| triples | first publication | one statement changed | full reload | reload / change | bytes it adds |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(_row(size, Path(folder)))
    return rows


def _row(size: int, folder: Path) -> str:
    settings = Settings(data=folder / "data")
    big, small = folder / "big.nt", folder / "small.nt"
    write(big, size)
    began = time.perf_counter()
    _published(big, settings)
    first = time.perf_counter() - began
    changes, reloads = [], []
    for number in range(ROUNDS):
        small.write_text(f'<http://example.org/x> <http://example.org/y> "{number}" .\n', encoding="utf-8")
        began = time.perf_counter()
        _published(small, settings)
        changes.append(time.perf_counter() - began)
        release = Shelf(settings.data).current()
        assert release
        dump = folder / "dump.nq"
        release.store().dump(str(dump), format=RdfFormat.N_QUADS)
        began = time.perf_counter()
        store = Store(str(folder / f"reload-{number}"))
        store.bulk_load(path=str(dump), format=RdfFormat.N_QUADS)
        reloads.append(time.perf_counter() - began)
    assert release.manifest.quads > size
    own = sum(p.stat().st_size for p in release.folder.rglob("*") if p.is_file() and p.stat().st_nlink == 1)
    change, reload = statistics.median(changes), statistics.median(reloads)
    ratio = f"{reload / change:.2f} | {own / 1024:,.0f} KiB"
    return f"| {size:,} | {first:.2f} s | {change:.2f} s | {reload:.2f} s | {ratio} |"


def _published(file: Path, settings: Settings) -> None:
    outcome = publish([file], settings)
    assert outcome.release, outcome.report.problems[:3]
