"""The dataset checks: what SHACL cannot say of a contribution. Their words are in `shapes/checks.ttl`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store

from prossima.problems import Cell, Problem, problem
from prossima.statements import Contribution
from prossima.tables import nearest, suggested
from prossima.vocabulary import PR, ROOT, SCHEME, XSD, concepts, text_of

# Oxigraph gives these back as they were stored; other numeric and date types it rewrites.
KEPT_DATATYPES = frozenset(
    [XSD + name for name in
     ("string", "integer", "decimal", "boolean", "date", "dateTime", "gYear", "gYearMonth", "anyURI")]
    + ["http://www.w3.org/1999/02/22-rdf-syntax-ns#langString", "http://www.opengis.net/ont/geosparql#wktLiteral"]
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What the checks look at: a contribution, and what is published already."""

    contribution: Contribution
    published: Store | None

    @cached_property
    def subjects(self) -> set[str]:
        return {text_of(statement.triple.subject) for statement in self.contribution.statements}

    @cached_property
    def concepts(self) -> set[str]:
        """Shipped concepts, and those that the contribution adds."""
        return set(concepts()) | {iri for iri in self.subjects if iri.startswith(SCHEME)}

    def described(self, iri: str) -> bool:
        """Whether someone says something of it, in the contribution or in what is published."""
        if iri in self.subjects:
            return True
        if self.published is None:
            return False
        return any(self.published.quads_for_pattern(NamedNode(iri), None, None, DefaultGraph()))


def unknown_concepts(facts: Facts) -> Iterator[Problem]:
    """A cell that should hold a concept holds none of its scheme."""
    for reference in facts.contribution.references:
        if reference.iri.startswith(SCHEME) and reference.iri not in facts.concepts:
            scheme = reference.iri.removeprefix(SCHEME).partition("/")[0]
            among = [c.removeprefix(f"{SCHEME}{scheme}/") for c in facts.concepts if c.startswith(f"{SCHEME}{scheme}/")]
            yield suggested(
                "unknown-concept", reference.cell, nearest(reference.value, among),
                value=reference.value, scheme=scheme, expected=", ".join(sorted(among)),
            )  # fmt: skip


def dangling_references(facts: Facts) -> Iterator[Problem]:
    """A cell points at something that nobody describes."""
    bases = tuple(facts.contribution.groups())
    for reference in facts.contribution.references:
        ours = reference.iri.startswith(bases) or reference.iri.startswith(ROOT + "id/")
        if ours and not facts.described(reference.iri):
            base = next((b for b in bases if reference.iri.startswith(b)), "")
            ids = [iri.removeprefix(base) for iri in facts.subjects if iri.startswith(base)]
            close = nearest(reference.value, [id_ for id_ in ids if id_.count("/") == 1])
            yield suggested("dangling-reference", reference.cell, close, value=reference.value)


def unsupported_confidence(facts: Facts) -> Iterator[Problem]:
    """A fact said to be confirmed has one source, or a fact has none."""
    seen: set[tuple[Cell | None, str]] = set()
    for statement in facts.contribution.statements:
        evidence = statement.evidence
        if not evidence.sources:
            name = "no-source"
        elif evidence.confidence == "confirmed" and len(evidence.sources) < 2:
            name = "confirmed-by-one"
        else:
            continue
        if (statement.cell, name) not in seen:
            seen.add((statement.cell, name))
            yield problem(name, statement.cell, focus=text_of(statement.triple.subject))


def rivals_without_value(facts: Facts) -> Iterator[Problem]:
    """A rival version stands for a node that no table makes."""
    for statement in facts.contribution.statements:
        triple = statement.triple
        if triple.predicate == PR("rivalValue") and text_of(triple.object) not in facts.subjects:
            value = text_of(triple.object)
            base = next((b for b in facts.contribution.groups() if value.startswith(b)), "")
            yield problem("rival-without-value", statement.cell, value=value.removeprefix(base))


def lost_datatypes(facts: Facts) -> Iterator[Problem]:
    """A literal would come back from the store with another datatype."""
    for statement in facts.contribution.statements:
        term = statement.triple.object
        if isinstance(term, Literal) and term.datatype.value not in KEPT_DATATYPES:
            found = term.datatype.value
            yield problem("lost-datatype", statement.cell, value=found, focus=text_of(statement.triple.subject))


CHECKS: tuple[Callable[[Facts], Iterator[Problem]], ...] = (
    unknown_concepts,
    dangling_references,
    unsupported_confidence,
    rivals_without_value,
    lost_datatypes,
)
