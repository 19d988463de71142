"""Which terms of the ontology the questions make queryable.

A term is covered when some question, with its default parameters, answers something else once the term's
triples are taken out of the data: for a property every quad that has it as predicate, for a class every quad
that says that something is of it. What was inferred from them stays, so that a term counts only where a question
reads it, and not what follows from it. A question that counts all statements, whatever they say (`#+ counts_all`
in its header), would change with any term: it covers only those that its query names.

`python -m tests.questions.coverage` writes `docs/coverage.md`.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pyoxigraph import NamedNode, Quad, RdfFormat, Store

from prossima import rq
from prossima.questions import Question, answer, questions
from prossima.releases import Shelf, publish
from prossima.settings import Settings
from prossima.vocabulary import OWL, PR, RDF, compact, ontology_files, text_of, triples
from tests.conftest import BOLOGNA, PAVIA, REPOSITORY, TORINO

REPORT = REPOSITORY / "docs" / "coverage.md"
_CLASS = OWL + "Class"
_PROPERTIES = {OWL + name for name in ("ObjectProperty", "DatatypeProperty", "AnnotationProperty")}
_TYPE = RDF("type")

Rows = list[str]


def terms() -> dict[str, str]:
    """The terms of the ontology by IRI, each "class" or "property"."""
    found = {}
    for path in ontology_files():
        for triple in triples(path):
            iri, kind = text_of(triple.subject), text_of(triple.object)
            if triple.predicate == _TYPE and iri.startswith(PR):
                if kind == _CLASS:
                    found[iri] = "class"
                elif kind in _PROPERTIES:
                    found[iri] = "property"
    return dict(sorted(found.items()))


def in_memory(store: Store) -> Store:
    """A copy that may be changed."""
    copy = Store()
    copy.bulk_load(input=store.dump(format=RdfFormat.N_QUADS), format=RdfFormat.N_QUADS)
    return copy


def coverage(
    store: Store, wanted: Mapping[str, str] | None = None, asked: Iterable[Question] | None = None, *, all_of_them: bool
) -> dict[str, list[str]]:
    """By which questions each term is covered: by all that cover it, or only by the first one found.

    wanted: the terms, as `terms()` has them, when not all. asked: the questions, when not all.
    store: changed on the way and then as it was: give a copy.
    """
    asked = list(questions().values() if asked is None else asked)
    before = {question.id: rows(question, store) for question in asked}
    found: dict[str, list[str]] = {}
    for iri, kind in (terms() if wanted is None else wanted).items():
        quads = list(_quads(store, iri, kind))
        for quad in quads:
            store.remove(quad)
        found[iri] = []
        for question in _who_may_cover(asked, iri) if quads else []:
            if rows(question, store) != before[question.id]:
                found[iri].append(question.id)
                if not all_of_them:
                    break
        store.extend(quads)
        found[iri].sort()
    return found


def rows(question: Question, store: Store) -> Rows:
    """A question's answer as sorted rows; lists of IRIs in a cell are sorted too."""
    solutions = answer(question, store)
    names = solutions.variables
    return sorted("\t".join(_cell(solution[name]) for name in names) for solution in solutions)


def uncovered(found: Mapping[str, list[str]], kind: str) -> list[str]:
    """The classes, or the properties, that no question covers, as prefixed names."""
    return [compact(iri) for iri, one in terms().items() if one == kind and not found[iri]]


def held(store: Store, iri: str, kind: str) -> int:
    """How many quads a term has in the data."""
    return sum(1 for _ in _quads(store, iri, kind))


def _quads(store: Store, iri: str, kind: str) -> Iterator[Quad]:
    if kind == "class":
        return store.quads_for_pattern(None, _TYPE, NamedNode(iri))
    return store.quads_for_pattern(None, NamedNode(iri), None)


def _who_may_cover(asked: list[Question], iri: str) -> list[Question]:
    """The questions that may cover a term, those that name it first."""
    name = re.compile(rf"{re.escape(compact(iri))}\b")
    naming = [question for question in asked if name.search(question.query)]
    return naming + [question for question in asked if question not in naming and not _counts_all(question)]


def _counts_all(question: Question) -> bool:
    header, _ = rq.read(question.path)
    return bool(header.get("counts_all"))


def _cell(term: object) -> str:
    text = "" if term is None else str(term)
    inside = text.strip('"')
    return " ".join(sorted(inside.split())) if inside.startswith("https://") and " " in inside else text


def report(store: Store, found: Mapping[str, list[str]]) -> str:
    """The coverage as a page."""
    kinds = terms()
    of = {kind: [iri for iri in kinds if kinds[iri] == kind] for kind in ("class", "property")}
    lines = [
        "# Which questions cover which terms",
        "",
        "Written by `python -m tests.questions.coverage`; do not edit by hand.",
        "",
        "A term of the ontology is covered by a question when the question, asked with its default parameters of the",
        "three districts, answers something else once the term's triples are taken out of the data: for a property",
        "every quad that has it as predicate, for a class every quad that says that something is of it. Questions that",
        "count all statements (`#+ counts_all`) cover only the terms that they name.",
        "`tests/questions/test_coverage.py` asks that every class be covered, and 95 % of the properties.",
        "",
        "| | terms | covered |",
        "|---|---:|---:|",
    ]
    for kind, name in (("class", "classes"), ("property", "properties")):
        covered = sum(1 for iri in of[kind] if found[iri])
        lines.append(f"| {name} | {len(of[kind])} | {covered} ({100 * covered / len(of[kind]):.0f} %) |")
    lines += ["", "## Not covered", ""]
    missing = [iri for iri in kinds if not found[iri]]
    for iri in missing:
        quads = held(store, iri, kinds[iri])
        reason = (
            f"in the data ({quads} quads), but no question reads it" if quads else "no fact of the districts uses it"
        )
        lines.append(f"* `{compact(iri)}`: {reason}.")
    if not missing:
        lines.append("Every term is covered.")
    for kind, name in (("class", "Classes"), ("property", "Properties")):
        lines += ["", f"## {name}", "", "| term | questions |", "|---|---|"]
        lines += [f"| `{compact(iri)}` | {', '.join(found[iri]) or '—'} |" for iri in of[kind]]
    return "\n".join(lines) + "\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        publish([PAVIA, TORINO, BOLOGNA], settings)
        release = Shelf(settings.data).current()
        assert release
        store = in_memory(release.store())
        REPORT.write_text(report(store, coverage(store, all_of_them=True)), encoding="utf-8")


if __name__ == "__main__":
    main()
