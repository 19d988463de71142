"""The gate itself: shapes and dataset checks over what is contributed, together with what is published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Store, Triple

from prossima import tables
from prossima.problems import Cell, Problem, Severity, checks
from prossima.statements import Contribution
from prossima.validation.checks import CHECKS, Facts
from prossima.validation.engines import ENGINES, Result, messages
from prossima.validation.report import Report
from prossima.vocabulary import PR, TABLES, ontology_files, scheme_files, text_of, triples

_MISSING = {"MinCountConstraintComponent", "QualifiedMinCountConstraintComponent"}
_TOO_MANY = {"MaxCountConstraintComponent", "UniqueLangConstraintComponent"}


def check(contribution: Contribution, published: Store | None = None, engine: str = "fast") -> Report:
    """Everything that is wrong with a contribution: what the reader met, the dataset checks, the shapes.

    published: the store it would join; what it refers to there counts as described. engine: "fast" or
    "reference". Input that could not be read is reported alone: other findings would follow from it.
    """
    report = Report(list(contribution.problems), len(contribution.statements))
    if report.worst == Severity.UNUSABLE:
        return report
    facts = Facts(contribution, published)
    for dataset_check in CHECKS:
        report.problems += dataset_check(facts)
    report.problems += _shape_problems(facts, {(p.cell, p.value) for p in report.problems}, engine)
    report.problems.sort(key=_order)
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
                known = facts.published.quads_for_pattern(target, None, None, DefaultGraph())
                made.update(quad.triple for quad in known)
    return list(made)


def _shape_problems(facts: Facts, told: set[tuple[Cell | None, str | None]], engine: str) -> Iterator[Problem]:
    places = _Places(facts.contribution)
    gaps = _gaps(facts.contribution)
    for result in ENGINES[engine](data_graph(facts)):
        if result.focus not in facts.subjects:
            continue
        if result.component in _MISSING and (result.focus, result.path) in gaps:
            continue
        cell, raw = places.find(result)
        if (cell, raw) in told:
            continue
        said = messages().get(result.shape, {"it": result.component, "en": result.component})
        kind = (
            "shape-missing" if result.component in _MISSING
            else "shape-too-many" if result.component in _TOO_MANY
            else "shape-value"
        )  # fmt: skip
        remedy = checks()[kind].remedy
        yield Problem(
            check=result.shape,
            severity=Severity[result.severity.upper()],
            message=said,
            remedy=remedy,
            cell=cell,
            value=raw,
            focus=result.focus,
            path=result.path,
        )


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
        self.subject: dict[str, Cell] = {}
        self.raw = {(reference.cell, reference.iri): reference.value for reference in contribution.references}
        for statement in contribution.statements:
            if statement.cell is None:
                continue
            triple = statement.triple
            subject = text_of(triple.subject)
            self.exact[(subject, triple.predicate.value, str(triple.object))] = statement.cell
            self.property.setdefault((subject, triple.predicate.value), statement.cell)
            self.subject.setdefault(subject, statement.cell)

    def find(self, result: Result) -> tuple[Cell | None, str | None]:
        """The cell, and the value as its author wrote it."""
        path, value = result.path or "", result.value or ""
        cell = self.exact.get((result.focus, path, value)) or self.property.get((result.focus, path))
        if cell:
            iri = value.strip("<>")
            return cell, self.raw.get((cell, iri), iri or None)
        row = self.subject.get(result.focus)
        if row is None:
            return None, None
        return Cell(row.file, row.row, _column_of(row.file, path)), None


def _column_of(file: str, path: str) -> str | None:
    """The column of a table whose cells become this property."""
    schema_path = tables.shipped_schemas().get(f"{TABLES}{Path(file).stem}.json")
    if schema_path is None:
        return None
    schema = tables.Schema.read(schema_path)
    for column in schema.columns:
        if column.property == path:
            return column.name.removesuffix("_link")
    return None
