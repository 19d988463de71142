"""Checks of form: references that lead nowhere, literals that are none, files that say nothing."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from pyoxigraph import Literal, NamedNode
from rapidfuzz import fuzz, utils

from prossima.problems import Cell, Problem, perhaps, problem
from prossima.statements import Statement
from prossima.tables import closest, variables
from prossima.validation.checks.facts import RIVAL, Facts
from prossima.vocabulary import OWL, PR, RDF, RDFS, ROOT, SCHEME, SKOS, XSD, compact, concepts, text_of

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
    for statement in facts.statements:
        subject = text_of(statement.triple.subject)
        if subject.startswith(_SHARED) and subject not in told:
            told.add(subject)
            yield problem("restated-term", statement.cell, value=subject)


_SHARED = (PR, RDF, RDFS, OWL, SKOS)


def dangling_references(facts: Facts) -> Iterator[Problem]:
    """A cell points at something that nobody describes. It may be an id misspelt, or a name in place of an id."""
    bases = tuple(facts.contribution.groups())
    told = 0
    rivals = {s.cell for s in facts.statements if s.triple.predicate == PR("rivalValue")}
    things: list[_Thing] | None = None
    for reference in facts.contribution.references:
        ours = reference.iri.startswith(bases) or reference.iri.startswith(ROOT + "id/")
        if ours and reference.cell not in rivals and not facts.described(reference.iri):
            told += 1
            things = _things(facts, bases) if things is None else things
            close = _meant(reference.value, things) if told <= SUGGESTED else None
            # The disagreement that was meant seems to lack this version: that is not told too.
            hides = re.escape(RIVAL.value) if _says_of_which(facts, reference.cell) else None
            yield problem("dangling-reference", reference.cell, hides=hides, suggestion=close, value=reference.value)


def _says_of_which(facts: Facts, cell: Cell) -> bool:
    """Whether the cell says of which disagreement its row is a version."""
    table = facts.contribution.tables.get(replace(cell, row=None, column=None))
    virtual = table.schema.virtual if table else ()
    return any(cell.column in variables(made.about) for made in virtual if made.property == RIVAL.value)


@dataclass(frozen=True)
class _Thing:
    """Something that can be pointed at: its id, a name of it, and that name in plain words."""

    id: str
    name: str
    plain: str


def _things(facts: Facts, bases: tuple[str, ...]) -> list[_Thing]:
    """What the contribution describes, once for each name; without a name, once."""
    names: dict[str, list[str]] = {}
    for statement in facts.statements:
        if statement.triple.predicate in (SKOS("prefLabel"), SKOS("altLabel")):
            names.setdefault(text_of(statement.triple.subject), []).append(text_of(statement.triple.object))
    found = []
    for iri in facts.subjects:
        id_ = iri.removeprefix(next((base for base in bases if iri.startswith(base)), ""))
        if id_.count("/") == 1:
            found += [_Thing(id_, name, utils.default_process(name)) for name in names.get(iri, [""])]
    return found


def _meant(value: str, things: list[_Thing]) -> dict[str, str]:
    """The id that is most like what was written, or whose name is; none when nothing is near."""
    kind, slash, slug = value.partition("/")
    words = utils.default_process(slug if slash else value)

    def score(thing: _Thing) -> float:
        same_kind = not slash or thing.id.startswith(f"{kind}/")
        by_id = fuzz.ratio(value, thing.id, score_cutoff=60)
        by_name = max(fuzz.ratio(words, thing.plain), 0.9 * fuzz.token_set_ratio(words, thing.plain)) if words else 0
        return max(by_id, by_name) if same_kind else 0.9 * max(by_id, by_name)

    best = max(things, key=score, default=None)
    if best is None or score(best) < 70:
        return perhaps(None)
    return perhaps(best.id, textwrap.shorten(best.name, 60, placeholder="…"))


def rivals_without_value(facts: Facts) -> Iterator[Problem]:
    """A rival version stands for a node that no table makes."""
    for statement in facts.statements:
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
    for statement in facts.statements if terms else ():
        term = _literal(statement)
        if term in terms and term and (statement.cell, same(term)) not in seen:
            seen.add((statement.cell, same(term)))
            yield statement, term


def empty_files(facts: Facts) -> Iterator[Problem]:
    """An RDF file holds nothing: only its own description is there, which the reader adds."""
    sources = {f"{origin.iri}/source" for origin in facts.contribution.origins}
    told = {found.cell for found in facts.told}
    statements = facts.statements
    full = {s.evidence.origin for s in statements if text_of(s.triple.subject) not in sources}
    for statement in statements:
        bare = statement.evidence.origin not in full and statement.triple.predicate == RDF("type")
        if bare and statement.cell not in told:
            yield problem("empty-file", statement.cell)
