"""The gate itself: shapes and dataset checks over what is contributed, together with what is published."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple, parse

from prossima import tables
from prossima.problems import Cell, Problem, Severity, checks, problem
from prossima.statements import Contribution
from prossima.validation.checks import CHECKS, RIVAL, Facts
from prossima.validation.engines import ENGINES, Result, fast, languages_asked, said, shapes_text, unusable
from prossima.validation.incremental import NotIncrementalError, Published, verdicts
from prossima.validation.reach import Shape, shapes_of
from prossima.validation.report import Report
from prossima.vocabulary import (
    GRAPH,
    INFERRED,
    PR,
    SH,
    SHAPES,
    ontology_files,
    scheme_files,
    shape_files,
    text_of,
    triples,
)

_MISSING = {"MinCountConstraintComponent", "QualifiedMinCountConstraintComponent"}
_TOO_MANY = {"MaxCountConstraintComponent", "UniqueLangConstraintComponent"}


def check(
    contribution: Contribution,
    published: Store | None = None,
    engine: str = "fast",
    replaced: Collection[NamedNode] = (),
) -> Report:
    """Everything that is wrong with a contribution: what the reader met, the dataset checks, the shapes.

    published: the store it would join; what it refers to there counts as described, unless only the evidence
    graphs say it that the contribution takes the place of (`replaced`). engine: "fast" or "reference". Input
    that could not be read is reported alone: other findings would follow from it.
    """
    report = Report(list(contribution.problems), len(contribution.statements))
    if report.worst != Severity.UNUSABLE:
        facts = Facts(contribution, published, tuple(report.problems), frozenset(replaced))
        for dataset_check in CHECKS:
            report.problems += dataset_check(facts)
        report.problems += list(_shape_problems(replace(facts, told=tuple(report.problems)), engine))
        report.problems += list(_elsewhere(facts))
    told = {found.cell for found in report.problems if found.cell}
    report.problems = sorted((found for found in report.problems if found.follows not in told), key=_order)
    return report


def _order(found: Problem) -> tuple[int, str, int, str, str]:
    cell = found.cell or Cell("~")
    return -found.severity, cell.file, cell.row or 0, cell.column or "", found.check


def data_graph(facts: Facts) -> list[Triple]:
    """What the shapes look at: the contribution, the ontology and schemes it uses, and the descriptions of
    published things it points at."""
    made = {statement.triple for statement in facts.contribution.statements}
    for path in [*ontology_files(), *scheme_files()]:
        made.update(triples(path))
    if facts.published:
        for target in {t.object for t in made if isinstance(t.object, NamedNode)}:
            if target.value not in facts.subjects:
                made.update(facts.known(target))
    return list(made)


def _shape_problems(facts: Facts, engine: str) -> Iterator[Problem]:
    """What the shapes find, less what follows from the problems told already."""
    places = _Places(facts.contribution)
    gaps = _gaps(facts.contribution)
    values = {(p.cell, p.value) for p in facts.told if p.cell and p.cell.row}
    cells = {cell for cell, _ in values}
    astray = {r.iri for r in facts.contribution.references if (r.cell, r.value) in values}
    own: dict[Path, str] = {}
    for path, base in facts.contribution.shapes.items():
        if wrong := unusable(path):
            yield problem("malformed-rdf", Cell(str(path)), detail=wrong, line="")
        else:
            own[path] = base
    bound = {text_of(triple.subject): base for path, base in own.items() for triple in triples(path)}
    messages, remedies = said(SH("message"), own), said(SHAPES("remedy"), own)
    for result in ENGINES[engine](data_graph(facts), shapes_text(own)):
        # A district's own shapes hold what is its own.
        if result.focus not in facts.subjects or not result.focus.startswith(bound.get(result.shape, "")):
            continue
        missing = result.component in _MISSING
        if missing and ((result.focus, result.path) in gaps or facts.hidden(result.focus) or facts.hidden(result.path)):
            continue
        value = _text(result.value)
        if value in astray or facts.hidden(value):
            continue
        cell, raw = places.find(result, value)
        if (cell, raw) in values or (missing and cell in cells):
            continue
        kind = (
            "shape-missing" if missing
            else "shape-too-many" if result.component in _TOO_MANY
            else "shape-value"
        )  # fmt: skip
        yield Problem(
            check=result.shape,
            severity=Severity.__members__.get(result.severity.upper(), Severity.VIOLATION),
            message=_in_both(messages.get(result.shape, {}), result.component),
            remedy=_in_both(remedies.get(result.shape) or checks()[kind].remedy, ""),
            cell=cell,
            value=raw,
            focus=result.focus,
            path=result.path,
        )


def _elsewhere(facts: Facts) -> Iterator[Problem]:
    """What a contribution would break of what others have published: results that were not there before, on nodes
    that it does not describe itself."""
    if facts.published is None or not len(facts.published):
        return
    store, replaced = facts.published, facts.replaced
    before = Published(store, _is_said)
    now = {statement.triple for statement in facts.contribution.statements}
    then = {q.triple for graph in replaced for q in store.quads_for_pattern(None, None, None, graph)}
    added = {t for t in now - then if not any(_is_said(quad) for quad in _saying(store, t))}
    kept = (t for t in then - now if any(_is_said(q) and q.graph_name not in replaced for q in _saying(store, t)))
    removed = then - now - set(kept)
    try:
        found = verdicts(
            before, added, removed, _ours(), shapes_text(), matters=lambda focus: focus not in facts.subjects
        ).introduced
    except NotIncrementalError:
        said_before = {q.triple for q in store if _is_said(q)}
        was, will_be = (set(fast(data, shapes_text())) for data in (said_before, (said_before - removed) | added))
        found = frozenset(will_be - was)
    messages = said(SH("message"))
    for result in found:
        if result.focus not in facts.subjects:
            told = _in_both(messages.get(result.shape, {}), result.component)
            who = {text_of(q.object) for q in _sayers(store, result.focus)}
            who_says = ", ".join(sorted(who))
            what = problem("breaks-others", focus=result.focus, thing=result.focus, said=told, who=who_says)
            yield replace(what, severity=Severity[result.severity.upper()])


@cache
def _ours() -> list[Shape]:
    return shapes_of(triple for path in shape_files() for triple in triples(path))


def _in_both(texts: Mapping[str, str], otherwise: str) -> dict[str, str]:
    """A text in both languages: in the other one, where only that is there."""
    some = next(iter(texts.values()), otherwise)
    return {language: texts.get(language, some) for language in ("it", "en")}


def _is_said(quad: Quad) -> bool:
    """Whether someone says it, the ontology and its schemes included; not only the rules."""
    return isinstance(quad.graph_name, NamedNode) and quad.graph_name not in (INFERRED, GRAPH("shapes"))


def _saying(store: Store, triple: Triple) -> Iterator[Quad]:
    return store.quads_for_pattern(triple.subject, triple.predicate, triple.object, None)


def _sayers(store: Store, iri: str) -> Iterator[Quad]:
    """The origins of the graphs that speak of a thing."""
    for quad in store.quads_for_pattern(NamedNode(iri), None, None, None):
        if isinstance(quad.graph_name, NamedNode):
            yield from store.quads_for_pattern(quad.graph_name, PR("origin"), None, DefaultGraph())


def _text(term: str | None) -> str | None:
    """The IRI or the lexical form of a term in N-Triples."""
    if term is None:
        return None
    [quad] = parse(input=f"<x:s> <x:p> {term} .".encode(), format=RdfFormat.N_TRIPLES)
    return text_of(quad.object)


def _gaps(contribution: Contribution) -> set[tuple[str, str]]:
    """What is said to be unknown or not to exist: (subject, property)."""
    subjects: dict[str, str] = {}
    properties: dict[str, str] = {}
    for statement in contribution.statements:
        triple = statement.triple
        if triple.predicate == PR("onSubject"):
            subjects[text_of(triple.subject)] = text_of(triple.object)
        elif triple.predicate == PR("onProperty"):
            properties[text_of(triple.subject)] = text_of(triple.object)
    return {(subjects[gap], properties[gap]) for gap in subjects if gap in properties}


class _Places:
    """Finds the cell that a result is about."""

    def __init__(self, contribution: Contribution) -> None:
        self.exact: dict[tuple[str, str, str], Cell] = {}
        self.property: dict[tuple[str, str], Cell] = {}
        self.rows: dict[str, dict[tuple[str, int | None], Cell]] = {}
        self._schemas: dict[str, tables.Schema | None] = {}
        self.raw = {(reference.cell, reference.iri): reference.value for reference in contribution.references}
        for statement in contribution.statements:
            triple = statement.triple
            if statement.cell is None:
                continue
            subject = text_of(triple.subject)
            self.exact[(subject, triple.predicate.value, str(triple.object))] = statement.cell
            self.property.setdefault((subject, triple.predicate.value), statement.cell)
            if triple.predicate != RIVAL:
                self.rows.setdefault(subject, {}).setdefault((statement.cell.file, statement.cell.row), statement.cell)

    def find(self, result: Result, value: str | None) -> tuple[Cell | None, str | None]:
        """The cell, and the value as its author wrote it; for what is missing, the cell it should be in."""
        path = result.path or ""
        cell = self.exact.get((result.focus, path, result.value or ""))
        if cell is None and result.component not in _MISSING:
            cell = self.property.get((result.focus, path))
        if cell:
            return cell, self.raw.get((cell, value or ""), value)
        rows = list(self.rows.get(result.focus, {}).values())
        language = languages_asked().get(result.shape)
        for row in rows:
            if column := self._column_of(row.file, path, language):
                return Cell(row.file, row.row, column), None
        return (Cell(rows[0].file, rows[0].row, None), None) if rows else (None, None)

    def _column_of(self, file: str, path: str, language: str | None) -> str | None:
        """The column of a table whose cells become this property, in this language where one is asked."""
        if file not in self._schemas:
            self._schemas[file] = tables.schema_of(Path(file))
        for column in schema.columns if (schema := self._schemas[file]) else ():
            if column.property == path and language in (None, column.language):
                return column.name.removesuffix("_link")
        return None
