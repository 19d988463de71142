"""The dataset checks: what SHACL and a row by itself cannot tell. Their words are in `shapes/checks.ttl`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import Literal, NamedNode, Quad, Store, Triple

from prossima.problems import Cell, Problem, perhaps, problem
from prossima.statements import Contribution, Statement
from prossima.tables import closest, nearest
from prossima.vocabulary import INFERRED, PR, ROOT, SCHEME, XSD, compact, concepts, text_of

# Oxigraph gives these back as they were stored; other numeric and date types it rewrites.
KEPT_DATATYPES = frozenset(
    [XSD + name for name in
     ("string", "integer", "decimal", "boolean", "date", "dateTime", "gYear", "gYearMonth", "anyURI")]
    + ["http://www.w3.org/1999/02/22-rdf-syntax-ns#langString", "http://www.opengis.net/ont/geosparql#wktLiteral"]
)  # fmt: skip
RIVAL = PR("rival")


@dataclass(frozen=True)
class Facts:
    """What the checks look at: a contribution, what is published already, and the problems told so far."""

    contribution: Contribution
    published: Store | None
    told: tuple[Problem, ...] = ()
    replaced: frozenset[NamedNode] = frozenset()

    @cached_property
    def subjects(self) -> set[str]:
        """What the contribution describes. A rival says of which disagreement it is: that describes none."""
        statements = self.contribution.statements
        return {text_of(s.triple.subject) for s in statements if s.triple.predicate != RIVAL}

    @cached_property
    def _hidden(self) -> re.Pattern[str] | None:
        patterns = [found.hides for found in self.told if found.hides]
        return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None

    def hidden(self, iri: str | None) -> bool:
        """Whether a problem already told may be why nothing, or not all, is known of it."""
        return iri is not None and self._hidden is not None and self._hidden.fullmatch(iri) is not None

    @cached_property
    def concepts(self) -> set[str]:
        """Shipped concepts, and those that the contribution adds."""
        return set(concepts()) | {iri for iri in self.subjects if iri.startswith(SCHEME)}

    def described(self, iri: str) -> bool:
        """Whether someone says something of it, in the contribution or in what is published."""
        if iri in self.subjects or self.hidden(iri):
            return True
        return any(self.known(NamedNode(iri)))

    def known(self, subject: NamedNode) -> Iterator[Triple]:
        """What is published of a thing, and would still be when the contribution is in its place."""
        if self.published is None:
            return
        for quad in self.published.quads_for_pattern(subject, None, None, None):
            graph = quad.graph_name
            if isinstance(graph, NamedNode) and graph not in self.replaced and graph != INFERRED:
                yield quad.triple


def unknown_concepts(facts: Facts) -> Iterator[Problem]:
    """A cell that should hold a concept holds none of its scheme. Its label, in either language, suggests it."""
    for reference in facts.contribution.references:
        if reference.iri.startswith(SCHEME) and reference.iri not in facts.concepts:
            scheme = reference.iri.removeprefix(SCHEME).partition("/")[0]
            slugs = {iri: iri.rpartition("/")[2] for iri in facts.concepts if iri.startswith(f"{SCHEME}{scheme}/")}
            words = {label.casefold(): slugs[iri] for iri in slugs for label in concepts().get(iri, {}).values()}
            words |= {slug: slug for slug in slugs.values()}
            close = closest(reference.value.casefold(), words)
            yield problem(
                "unknown-concept", reference.cell, suggestion=perhaps(words[close]) if close else None,
                value=reference.value, scheme=scheme, expected=", ".join(sorted(slugs.values())),
            )  # fmt: skip


def dangling_references(facts: Facts) -> Iterator[Problem]:
    """A cell points at something that nobody describes."""
    bases = tuple(facts.contribution.groups())
    rivals = {s.cell for s in facts.contribution.statements if s.triple.predicate == PR("rivalValue")}
    disagreements = {text_of(s.triple.subject) for s in facts.contribution.statements if s.triple.predicate == RIVAL}
    for reference in facts.contribution.references:
        ours = reference.iri.startswith(bases) or reference.iri.startswith(ROOT + "id/")
        if ours and reference.cell not in rivals and not facts.described(reference.iri):
            base = next((b for b in bases if reference.iri.startswith(b)), "")
            ids = [iri.removeprefix(base) for iri in facts.subjects if iri.startswith(base)]
            close = nearest(reference.value, [id_ for id_ in ids if id_.count("/") == 1])
            # The disagreement that was meant seems to lack this version: that is not told too.
            hides = re.escape(RIVAL.value) if reference.iri in disagreements else None
            yield problem("dangling-reference", reference.cell, hides=hides, suggestion=close, value=reference.value)


def rivals_without_value(facts: Facts) -> Iterator[Problem]:
    """A rival version stands for a node that no table makes."""
    for statement in facts.contribution.statements:
        triple, value = statement.triple, text_of(statement.triple.object)
        if triple.predicate == PR("rivalValue") and value not in facts.subjects and not facts.hidden(value):
            base = next((b for b in facts.contribution.groups() if value.startswith(b)), "")
            yield problem("rival-without-value", statement.cell, value=value.removeprefix(base))


def lost_datatypes(facts: Facts) -> Iterator[Problem]:
    """A literal comes back from the store with another datatype: told once for each place and datatype."""
    asked = {term for term in map(_literal, facts.contribution.statements) if term}
    rewritten = {term for term in asked if term.datatype.value not in KEPT_DATATYPES and _stored(term) != term.datatype}
    for statement, term in _places_of(facts, rewritten, lambda term: term.datatype.value):
        yield problem(
            "lost-datatype", statement.cell, value=term.datatype.value, focus=text_of(statement.triple.subject)
        )


def ill_typed_literals(facts: Facts) -> Iterator[Problem]:
    """A literal's text is no value of its datatype: told once for each place and literal."""
    from rdflib import Literal as Read
    from rdflib import URIRef

    asked = {term for term in map(_literal, facts.contribution.statements) if term and not term.language}
    ill = {term for term in asked if Read(term.value, datatype=URIRef(term.datatype.value)).ill_typed}
    for statement, term in _places_of(facts, ill, str):
        yield problem(
            "ill-typed-literal", statement.cell, focus=text_of(statement.triple.subject),
            value=term.value, datatype=compact(term.datatype.value),
        )  # fmt: skip


def _literal(statement: Statement) -> Literal | None:
    return statement.triple.object if isinstance(statement.triple.object, Literal) else None


def _stored(term: Literal) -> NamedNode | None:
    """The datatype of the literal as the store gives it back."""
    store = Store()
    store.add(Quad(RIVAL, RIVAL, term))
    [quad] = store
    return quad.object.datatype if isinstance(quad.object, Literal) else None


def _places_of(
    facts: Facts, terms: set[Literal], same: Callable[[Literal], str]
) -> Iterator[tuple[Statement, Literal]]:
    """The statements that have one of the terms, the first of each place and of what counts as the same."""
    seen: set[tuple[Cell | None, str]] = set()
    for statement in facts.contribution.statements:
        term = _literal(statement)
        if term in terms and term and (statement.cell, same(term)) not in seen:
            seen.add((statement.cell, same(term)))
            yield statement, term


CHECKS: tuple[Callable[[Facts], Iterator[Problem]], ...] = (
    unknown_concepts,
    dangling_references,
    rivals_without_value,
    lost_datatypes,
    ill_typed_literals,
)
