"""The published questions on kb/: the pool's answer beside rdflib's, serialised to JSON both."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from pyoxigraph import RdfFormat
from rdflib import Dataset

from prossima.engine import Query
from prossima.engine.serving import Engine
from prossima.questions import questions
from prossima.releases import Shelf, publish
from prossima.settings import Settings
from prossima.vocabulary import PREFIXES

ROUNDS = 20
KB = Path(__file__).parents[1] / "kb"


def run() -> list[str]:
    """Table rows in Markdown: median milliseconds of each question, ours and rdflib's, and the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        publish([KB / "pavia", KB / "torino"], settings)
        return asyncio.run(_compared(settings))


async def _compared(settings: Settings) -> list[str]:
    release = Shelf(settings.data).current()
    assert release
    reference = Dataset(default_union=False)
    reference.parse(data=release.store().dump(format=RdfFormat.N_QUADS), format="nquads")
    for prefix, namespace in PREFIXES.items():
        reference.bind(prefix, namespace, replace=True)
    engine = Engine(settings)
    await engine.start()
    rows = ["| question | Prossima, ms | rdflib, ms | rdflib / Prossima |", "|---|---:|---:|---:|"]
    ratios = []
    for question in questions().values():
        text = question.filled({})
        ours = [await _timed(engine, text) for _ in range(ROUNDS)]
        theirs = []
        for _ in range(3):
            began = time.perf_counter()
            reference.query(text).serialize(format="json")
            theirs.append((time.perf_counter() - began) * 1000)
        mine, other = statistics.median(ours), statistics.median(theirs)
        ratios.append(other / mine)
        rows.append(f"| {question.id} | {mine:.1f} | {other:.1f} | {other / mine:.1f} |")
    rows.append(f"| geometric mean | | | {statistics.geometric_mean(ratios):.1f} |")
    await engine.close()
    return rows


async def _timed(engine: Engine, text: str) -> float:
    began = time.perf_counter()
    serving = engine.serving()
    assert serving
    await engine.answer(Query(text, "json"), "client", serving, serving.release)
    return (time.perf_counter() - began) * 1000
