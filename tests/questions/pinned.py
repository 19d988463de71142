"""The pinned answers: what each question answers, beside its query: on `kb/pavia`, or on the three districts when it
compares them (theme "comparison") or its header says `#+ pinned = "all"`.

`python -m tests.questions.pinned` writes them anew: for whoever changes a fact or a query, to be read by hand
against the sources before it is committed.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from pyoxigraph import QueryResultsFormat

from prossima import rq
from prossima.questions import Question, answer, questions
from prossima.releases import Release, Shelf, publish
from prossima.settings import Settings
from tests.conftest import BOLOGNA, PAVIA, TORINO

DISTRICTS = {"pavia": (PAVIA,), "all": (PAVIA, TORINO, BOLOGNA)}


def path(question: Question) -> Path:
    return question.path.with_suffix(".answer.tsv")


def pinned_on(question: Question) -> str:
    """On which districts the answer is pinned: "pavia" or "all"."""
    header, _ = rq.read(question.path)
    return str(header.get("pinned", "all" if question.theme == "comparison" else "pavia"))


def lines(question: Question, release: Release) -> list[str]:
    """The answer as sorted TSV lines under its header; lists of IRIs in a cell are sorted too."""
    text = (answer(question, release.store()).serialize(format=QueryResultsFormat.TSV) or b"").decode()
    header, *rows = text.splitlines()
    return [header, *sorted("\t".join(_sorted(cell) for cell in row.split("\t")) for row in rows)]


def _sorted(cell: str) -> str:
    inside = cell.strip('"')
    return f'"{" ".join(sorted(inside.split()))}"' if inside.startswith("https://") and " " in inside else cell


def main() -> None:
    for name, districts in DISTRICTS.items():
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings(data=Path(folder))
            publish(districts, settings)
            release = Shelf(settings.data).current()
            assert release
            for question in questions().values():
                if pinned_on(question) == name:
                    path(question).write_text("\n".join(lines(question, release)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
