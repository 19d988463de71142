"""The dataset checks: what SHACL and a row by itself cannot tell. Their words are in `shapes/checks.ttl`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import Literal, NamedNode, Quad, Store, Triple

from prossima.problems import Cell, Problem, perhaps, problem
from prossima.statements import Contribution, Statement
from prossima.tables import closest, nearest
from prossima.vocabulary import INFERRED, OWL, PR, RDF, RDFS, ROOT, SCHEME, SKOS, XSD, compact, concepts, text_of

# What we write ourselves: Oxigraph gives these back as they were stored.
KEPT_DATATYPES = frozenset(
    [XSD + name for name in
     ("string", "integer", "decimal", "boolean", "date", "dateTime", "gYear", "gYearMonth", "anyURI")]
    + ["http://www.w3.org/1999/02/22-rdf-syntax-ns#langString", "http://www.opengis.net/ont/geosparql#wktLiteral"]
)  # fmt: skip
# The datatypes whose texts the store reads, and as what: it knows the kinds of integers as integers.
_READ_AS = {XSD + name: XSD + name for name in
            ("boolean", "integer", "decimal", "double", "float", "date", "dateTime", "time", "gYear", "gYearMonth",
             "gMonth", "gMonthDay", "gDay", "duration", "yearMonthDuration", "dayTimeDuration")}  # fmt: skip
_READ_AS |= {XSD + name: XSD + "integer" for name in
             ("byte", "short", "int", "long", "unsignedByte", "unsignedShort", "unsignedInt", "unsignedLong",
              "negativeInteger", "nonNegativeInteger", "nonPositiveInteger", "positiveInteger")}  # fmt: skip
_READ_AS[XSD + "dateTimeStamp"] = XSD + "dateTime"
_LONG = {XSD + "decimal": r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)"} | {
    kind: "[+-]?[0-9]+" for kind, read in _READ_AS.items() if read == XSD + "integer"
}
# To look for the nearest of many ids takes long: more suggestions than these nobody reads.
SUGGESTED = 100
_TEXTS = frozenset([XSD + "string", RDF + "langString", RDF + "dirLangString"])
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
    def literals(self) -> list[Literal]:
        """Each literal once that has a datatype besides text."""
        terms = dict.fromkeys(statement.triple.object for statement in self.contribution.statements)
        return [term for term in terms if isinstance(term, Literal) and term.datatype.value not in _TEXTS]

    @cached_property
    def stored(self) -> Store:
        """The literals as the store keeps them: that which has number N in the list, said of `urn:x:N`, by the name
        of its datatype."""
        store = Store()
        store.extend(
            Quad(NamedNode(f"urn:x:{number}"), term.datatype, term) for number, term in enumerate(self.literals)
        )
        return store

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


def restated_terms(facts: Facts) -> Iterator[Problem]:
    """A term of ours, or of RDF, OWL or SKOS, that a district says something of: it would be said to all."""
    told = set()
    for statement in facts.contribution.statements:
        subject = text_of(statement.triple.subject)
        if subject.startswith(_SHARED) and subject not in told:
            told.add(subject)
            yield problem("restated-term", statement.cell, value=subject)


_SHARED = (PR, RDF, RDFS, OWL, SKOS)


def dangling_references(facts: Facts) -> Iterator[Problem]:
    """A cell points at something that nobody describes."""
    bases = tuple(facts.contribution.groups())
    ids = {base: _ids(facts, base) for base in (*bases, "")}
    told = 0
    rivals = {s.cell for s in facts.contribution.statements if s.triple.predicate == PR("rivalValue")}
    disagreements = {text_of(s.triple.subject) for s in facts.contribution.statements if s.triple.predicate == RIVAL}
    for reference in facts.contribution.references:
        ours = reference.iri.startswith(bases) or reference.iri.startswith(ROOT + "id/")
        if ours and reference.cell not in rivals and not facts.described(reference.iri):
            base = next((b for b in bases if reference.iri.startswith(b)), "")
            told += 1
            close = nearest(reference.value, ids[base]) if told <= SUGGESTED else None
            # The disagreement that was meant seems to lack this version: that is not told too.
            hides = re.escape(RIVAL.value) if reference.iri in disagreements else None
            yield problem("dangling-reference", reference.cell, hides=hides, suggestion=close, value=reference.value)


def _ids(facts: Facts, base: str) -> list[str]:
    """The ids of what is described under a base."""
    found = (iri.removeprefix(base) for iri in facts.subjects if iri.startswith(base))
    return [id_ for id_ in found if id_.count("/") == 1]


def rivals_without_value(facts: Facts) -> Iterator[Problem]:
    """A rival version stands for a node that no table makes."""
    for statement in facts.contribution.statements:
        triple, value = statement.triple, text_of(statement.triple.object)
        if triple.predicate == PR("rivalValue") and value not in facts.subjects and not facts.hidden(value):
            base = next((b for b in facts.contribution.groups() if value.startswith(b)), "")
            yield problem("rival-without-value", statement.cell, value=value.removeprefix(base))


def lost_datatypes(facts: Facts) -> Iterator[Problem]:
    """A literal comes back from the store with another datatype: told once for each place and datatype."""
    lost: dict[Literal, str] = {}
    for quad in facts.stored:
        term = facts.literals[_number_of(quad.subject)]
        assert isinstance(quad.object, Literal)
        if quad.object.datatype != term.datatype:
            lost[term] = quad.object.datatype.value
    for statement, term in _places_of(facts, lost, lambda term: term.datatype.value):
        yield problem(
            "lost-datatype", statement.cell, focus=text_of(statement.triple.subject),
            value=term.datatype.value, became=compact(lost[term]),
        )  # fmt: skip


def ill_typed_literals(facts: Facts) -> Iterator[Problem]:
    """A literal's text is no value of its datatype: told once for each place and literal."""
    ill: set[Literal] = set()
    for datatype in {term.datatype.value for term in facts.literals} & _READ_AS.keys():
        read = f"SELECT ?s {{ ?s <{datatype}> ?o BIND(<{_READ_AS[datatype]}>(STR(?o)) AS ?v) FILTER(!BOUND(?v)) }}"
        for solution in facts.stored.query(read):  # type: ignore[union-attr]
            ill.add(facts.literals[_number_of(solution[0])])
    # The store reads no number that is larger or finer than it can reckon with; it is one all the same.
    ill = {term for term in ill if not re.fullmatch(_LONG.get(term.datatype.value, "(?!)"), term.value)}
    for statement, term in _places_of(facts, ill, str):
        yield problem(
            "ill-typed-literal", statement.cell, focus=text_of(statement.triple.subject),
            value=term.value, datatype=compact(term.datatype.value),
        )  # fmt: skip


def _literal(statement: Statement) -> Literal | None:
    return statement.triple.object if isinstance(statement.triple.object, Literal) else None


def _number_of(subject: object) -> int:
    assert isinstance(subject, NamedNode)
    return int(subject.value.rpartition(":")[2])


def _places_of(
    facts: Facts, terms: Collection[Literal], same: Callable[[Literal], str]
) -> Iterator[tuple[Statement, Literal]]:
    """The statements that have one of the terms, the first of each place and of what counts as the same."""
    seen: set[tuple[Cell | None, str]] = set()
    for statement in facts.contribution.statements if terms else ():
        term = _literal(statement)
        if term in terms and term and (statement.cell, same(term)) not in seen:
            seen.add((statement.cell, same(term)))
            yield statement, term


def empty_files(facts: Facts) -> Iterator[Problem]:
    """An RDF file holds nothing: only its own description is there, which the reader adds."""
    sources = {f"{origin.iri}/source" for origin in facts.contribution.origins}
    told = {found.cell for found in facts.told}
    statements = facts.contribution.statements
    full = {s.evidence.origin for s in statements if text_of(s.triple.subject) not in sources}
    for statement in statements:
        bare = statement.evidence.origin not in full and statement.triple.predicate == RDF("type")
        if bare and statement.cell not in told:
            yield problem("empty-file", statement.cell)


CHECKS: tuple[Callable[[Facts], Iterator[Problem]], ...] = (
    unknown_concepts,
    restated_terms,
    dangling_references,
    rivals_without_value,
    lost_datatypes,
    ill_typed_literals,
    empty_files,
)
