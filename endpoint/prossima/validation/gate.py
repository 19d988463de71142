"""The gate itself: shapes and dataset checks over what is contributed, together with what is published."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple, parse

from prossima.problems import Cell, Problem, Severity, checks, problem
from prossima.statements import Contribution
from prossima.tables.help import help_of
from prossima.validation.checks import CHECKS, RIVAL, Facts
from prossima.validation.engines import ENGINES, Result, fast, languages_asked, reference, said, shapes_text, unusable
from prossima.validation.incremental import Indexed, NotIncrementalError, Published, Together, Verdicts, verdicts
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

_NOT_SAID = (INFERRED, GRAPH("ontology"), GRAPH("schemes"), GRAPH("shapes"))
MISSING = {"MinCountConstraintComponent", "QualifiedMinCountConstraintComponent"}
_TOO_MANY = {"MaxCountConstraintComponent", "UniqueLangConstraintComponent"}


def check(
    contribution: Contribution,
    published: Store | None = None,
    engine: str = "fast",
    replaced: Collection[NamedNode] = (),
    as_of: str | None = None,
) -> Report:
    """Everything that is wrong with a contribution: what the reader met, the dataset checks, the shapes.

    published: the store it would join; what it refers to there counts as described, unless only the evidence
    graphs say it that the contribution takes the place of (`replaced`), and what was wrong before it stands
    without holding it back. engine: "fast" or "reference". as_of: ISO day from which the age of facts is counted.
    Input that could not be read is reported alone: other findings would follow from it.
    """
    report = Report(list(contribution.problems), len(contribution.statements))
    if report.worst != Severity.UNUSABLE:
        facts = Facts(contribution, published, tuple(report.problems), frozenset(replaced), as_of)
        for dataset_check in CHECKS:
            report.problems += dataset_check(facts)
        report.problems += list(_shape_problems(replace(facts, told=tuple(report.problems)), engine))
    told = {found.cell for found in report.problems if found.cell}
    kept = (found for found in report.problems if found.follows not in told)
    report.problems = sorted((_as_seen(found, contribution) for found in kept), key=_order)
    return report


def _as_seen(found: Problem, contribution: Contribution) -> Problem:
    """A problem with its column as the table's own header calls it, and a right value of the column for example."""
    cell = found.cell
    table = contribution.tables.get(replace(cell, row=None, column=None)) if cell and cell.column else None
    if not table or not cell or not cell.column:
        return found
    column = table.schema.by_name.get(cell.column)
    at = table.places.get(cell.column)
    if at is not None:
        cell = replace(cell, column=table.titles[at])
    suggested = found.remedy.get("en", "").startswith("Perhaps ")
    helped = help_of(table.schema, column) if column and not column.suppressed and not suggested else None
    return replace(found, cell=cell, example=found.example or (helped.example if helped else None) or None)


def _order(found: Problem) -> tuple[int, str, int, str, str]:
    cell = found.cell or Cell("~")
    return -found.severity, cell.file, cell.row or 0, cell.column or "", found.check


def data_graph(facts: Facts) -> list[Triple]:
    """What the shapes look at: the contribution, the ontology and schemes it uses, and the descriptions of
    published things it points at."""
    made = {statement.triple for statement in facts.contribution.statements}
    made.update(_known_triples())
    if facts.published:
        for target in {t.object for t in made if isinstance(t.object, NamedNode)}:
            if target.value not in facts.subjects:
                made.update(facts.known(target))
    return list(made)


def _shape_problems(facts: Facts, engine: str) -> Iterator[Problem]:
    """What the shapes find, less what follows from the problems told already."""
    own, slow, refused = _own_shapes(facts.contribution.shapes)
    yield from refused
    bound = {text_of(triple.subject): base for path, base in own.items() for triple in triples(path)}
    found = _judged(facts, [path for path in own if path not in slow], engine)
    if slow:
        # What the fast engine is known to misread, the reference judges.
        try:
            judged = reference(data_graph(facts), shapes_text(slow))
        except Exception as error:  # it refuses shapes by exceptions of many kinds
            judged = []
            yield problem("malformed-rdf", Cell(str(min(slow))), detail=str(error)[:300], line="")
        results = {r for r in judged if r.shape in bound and r.focus in facts.subjects}
        found = replace(found, introduced=found.introduced | results)
    words = Words(said(SH("message"), own), said(SHAPES("remedy"), own), said(SHAPES("example"), own))
    places = _Places(facts.contribution)
    gaps = known_gaps(facts)
    values = {(p.cell, p.value) for p in facts.told if p.cell and p.cell.row}
    cells = {cell for cell, _ in values}
    astray = {r.iri for r in facts.contribution.references if (r.cell, r.value) in values}
    for result in sorted(found.introduced | found.standing, key=str):
        # A district's own shapes hold what is its own.
        if not result.focus.startswith(bound.get(result.shape, "")):
            continue
        if result.focus not in facts.subjects:
            if result in found.introduced:
                yield _breaks_others(facts, result, words)
            continue
        missing = result.component in MISSING
        if missing and ((result.focus, result.path) in gaps or facts.hidden(result.focus) or facts.hidden(result.path)):
            continue
        value = _text(result.value)
        if value in astray or facts.hidden(value):
            continue
        cell, raw = places.find(result, value)
        if (cell, raw) in values or (missing and cell in cells):
            continue
        yield words.told(result, cell, raw, standing=result in found.standing)


def _own_shapes(given: Mapping[Path, str]) -> tuple[dict[Path, str], set[Path], list[Problem]]:
    """The files of a district's own shapes, with the base of what they hold; those that the fast engine would misread;
    and why the others are refused."""
    own: dict[Path, str] = {}
    slow: set[Path] = set()
    problems = []
    for path, base in given.items():
        from prossima.validation.wrongs import WRONGS, misread  # reads SPARQL: only for who has shapes of their own

        if wrong := unusable(path):
            problems.append(problem("malformed-rdf", Cell(str(path)), detail=wrong, line=""))
            continue
        misread_ = misread(_shape_triples([path]))
        both = [name for name in misread_["fast"] if name in misread_["reference"]]
        problems += [problem("misread-shapes", Cell(str(path)), value=n, detail=WRONGS[n][1]) for n in both]
        if not both:
            own[path] = base
            slow |= {path} if misread_["fast"] else set()
    return own, slow, problems


def _judged(facts: Facts, own: Collection[Path], engine: str) -> Verdicts:
    """What the shapes find that the contribution brings, and what was found before it."""
    text = shapes_text(own)
    if facts.published is None or not len(facts.published) or engine != "fast":
        found = ENGINES[engine](data_graph(facts), text)
        return Verdicts(frozenset(r for r in found if r.focus in facts.subjects), frozenset())
    store, replaced = facts.published, facts.replaced
    now = {statement.triple for statement in facts.contribution.statements}
    then = {q.triple for graph in replaced for q in store.quads_for_pattern(None, None, None, graph)}
    added = {t for t in now - then if not any(_is_said(quad) for quad in _saying(store, t))}
    kept = (t for t in then - now if any(_is_said(q) and q.graph_name not in replaced for q in _saying(store, t)))
    removed = then - now - set(kept)
    shapes = [*_ours(), *shapes_of(t for path in own for t in triples(path))] if own else _ours()
    try:
        found_ = verdicts(Together(Published(store, _is_said), _knowledge()), added, removed, shapes, text)
    except NotIncrementalError:
        said_before = {q.triple for q in store if _is_said(q)} | set(_known_triples())
        was, will_be = (frozenset(fast(data, text)) for data in (said_before, (said_before - removed) | added))
        return Verdicts(will_be - was, was - will_be, will_be & was)
    if _shapes_differ(store, own):
        # What newer shapes find in what has not changed was not looked for by whoever changes something else.
        older = {result for result in fast(data_graph(facts), text) if result.focus in facts.subjects}
        return replace(found_, standing=found_.standing | (older - found_.introduced))
    return found_


def _shapes_differ(store: Store, own: Collection[Path]) -> bool:
    """Whether the release was made with other shapes than these."""
    if own:
        return True
    published = {quad.triple for quad in store.quads_for_pattern(None, None, None, GRAPH("shapes"))}
    return published != set(_shape_triples(()))


@dataclass(frozen=True)
class Words:
    """What the shapes say of their results, by shape and language."""

    messages: Mapping[str, Mapping[str, str]]
    remedies: Mapping[str, Mapping[str, str]]
    examples: Mapping[str, Mapping[str, str]]

    def message(self, result: Result) -> dict[str, str]:
        return _in_both(self.messages.get(result.shape, {}), result.component)

    def told(self, result: Result, cell: Cell | None, raw: str | None, *, standing: bool) -> Problem:
        """A result as a problem at a cell, with the value as its author wrote it."""
        kind = (
            "shape-missing" if result.component in MISSING
            else "shape-too-many" if result.component in _TOO_MANY
            else "shape-value"
        )  # fmt: skip
        return Problem(
            check=result.shape,
            severity=Severity.__members__.get(result.severity.upper(), Severity.VIOLATION),
            message=self.message(result),
            remedy=_in_both(self.remedies.get(result.shape) or checks()[kind].remedy, ""),
            cell=cell,
            value=raw,
            focus=result.focus,
            path=result.path,
            component=result.component,
            example=next(iter(self.examples.get(result.shape, {}).values()), None),
            standing=standing,
        )


def _breaks_others(facts: Facts, result: Result, words: Words) -> Problem:
    """What the contribution would break of what others have published, on a node that it does not describe itself."""
    assert facts.published is not None
    who = {text_of(q.object) for q in _sayers(facts.published, result.focus)}
    said_ = words.message(result)
    what = problem("breaks-others", focus=result.focus, thing=result.focus, said=said_, who=", ".join(sorted(who)))
    return replace(what, severity=Severity[result.severity.upper()])


@cache
def _known_triples() -> tuple[Triple, ...]:
    """The ontology and the schemes as they are now: a release may have been made with older ones."""
    return tuple(triple for path in [*ontology_files(), *scheme_files()] for triple in triples(path))


@cache
def _knowledge() -> Indexed:
    return Indexed(_known_triples())


def _shape_triples(own: Iterable[Path]) -> Iterator[Triple]:
    return (triple for path in [*shape_files(), *own] for triple in triples(path))


@cache
def _ours() -> list[Shape]:
    return shapes_of(_shape_triples(()))


def _in_both(texts: Mapping[str, str], otherwise: str) -> dict[str, str]:
    """A text in both languages: in the other one, where only that is there."""
    some = next(iter(texts.values()), otherwise)
    return {language: texts.get(language, some) for language in ("it", "en")}


def _is_said(quad: Quad) -> bool:
    """Whether someone says it; not only the rules, nor the ontology and schemes that it was published with."""
    return isinstance(quad.graph_name, NamedNode) and quad.graph_name not in _NOT_SAID


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


def known_gaps(facts: Facts) -> set[tuple[str, str]]:
    """What is said to be unknown or not to exist: (subject, property)."""
    subjects = {text_of(s.triple.subject): text_of(s.triple.object) for s in facts.saying(PR("onSubject"))}
    properties = {text_of(s.triple.subject): text_of(s.triple.object) for s in facts.saying(PR("onProperty"))}
    return {(subjects[gap], properties[gap]) for gap in subjects if gap in properties}


class _Places:
    """Finds the cell that a result is about."""

    def __init__(self, contribution: Contribution) -> None:
        self.exact: dict[tuple[str, str, str], Cell] = {}
        self.property: dict[tuple[str, str], Cell] = {}
        self.rows: dict[str, dict[Cell, Cell]] = {}
        self.cells: dict[str, set[Cell]] = {}
        self.tables = contribution.tables
        self.raw = {(reference.cell, reference.iri): reference.value for reference in contribution.references}
        for statement in contribution.statements:
            triple = statement.triple
            if statement.cell is None:
                continue
            subject = text_of(triple.subject)
            self.exact[(subject, triple.predicate.value, str(triple.object))] = statement.cell
            self.property.setdefault((subject, triple.predicate.value), statement.cell)
            if triple.predicate != RIVAL:
                self.cells.setdefault(subject, set()).add(statement.cell)
                row = replace(statement.cell, column=None)
                self.rows.setdefault(subject, {}).setdefault(row, statement.cell)

    def find(self, result: Result, value: str | None) -> tuple[Cell | None, str | None]:
        """The cell, and the value as its author wrote it; for what is missing, the cell it should be in."""
        path = result.path or ""
        cell = self.exact.get((result.focus, path, result.value or ""))
        if cell is None and result.component not in MISSING:
            cell = self.property.get((result.focus, path))
        if cell:
            return cell, self.raw.get((cell, value or ""), value)
        rows = list(self.rows.get(result.focus, {}).values())
        language = languages_asked().get(result.shape)
        for row in rows:
            if column := self._column_of(row, path, language):
                return replace(row, column=column), None
        if len(cells := self.cells.get(result.focus, set())) == 1:
            return next(iter(cells)), None  # a node that one cell makes: a date, an address
        return (replace(rows[0], column=None), None) if rows else (None, None)

    def _column_of(self, cell: Cell, path: str, language: str | None) -> str | None:
        """The column of a table whose cells become this property, in this language where one is asked."""
        table = self.tables.get(replace(cell, row=None, column=None))
        for column in table.schema.columns if table else ():
            if column.property == path and language in (None, column.language):
                return column.name.removesuffix("_link")
        return None
