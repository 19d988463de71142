"""The page of one term: what it is, what it is tied to, what is asked of it, and where it is used."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from pyoxigraph import DefaultGraph, NamedNode, Triple

from prossima import questions
from prossima.engine.serving import Serving
from prossima.vocabulary import OWL, PR, RDF, RDFS, SKOS, expand, text_of
from prossima.web.constraints import Constraints, Rule, Statement
from prossima.web.layout import links_of
from prossima.web.terms import Term, Vocabulary, short_name
from prossima.web.views import Link
from prossima.words import Words

EXAMPLES = 5
COUNTED = 20_000
_DEFAULT = DefaultGraph()
_TERM = re.compile(rf"(?:\bpr:|<{re.escape(PR)})([A-Za-z][A-Za-z0-9_-]*)")
# How a term of ours stands to one of another vocabulary; the key of the words that say it.
ALIGNMENTS = {
    OWL + "equivalentClass": "equivalent",
    OWL + "equivalentProperty": "equivalent",
    RDFS + "subClassOf": "kind_of",
    RDFS + "subPropertyOf": "kind_of",
    SKOS + "exactMatch": "exact",
    SKOS + "closeMatch": "close",
    SKOS + "broadMatch": "broad",
    SKOS + "narrowMatch": "narrow",
    SKOS + "relatedMatch": "related",
    RDFS + "seeAlso": "see",
}
_NOTES = ("skos:scopeNote", "skos:note", "skos:editorialNote", "skos:historyNote", "skos:changeNote", "rdfs:comment")


@dataclass(frozen=True)
class Alignment:
    """relation: the key of its words. label, vocabulary: of the other's term, where they are known."""

    relation: str
    name: str
    path: str | None
    label: str | None
    vocabulary: str | None


@dataclass(frozen=True)
class Row:
    """What is asked of a property (on the page of a class) or of a class (on the page of a property)."""

    links: list[Link]
    statements: list[Statement]
    inherited: list[Link]


@dataclass(frozen=True)
class Use:
    """How many things of a release a term is said of (many: or more), and a few of them."""

    number: int
    many: bool
    examples: list[Link]


@dataclass(frozen=True)
class TermPage:
    term: Term
    notes: list[str]
    examples: list[str]
    relations: list[tuple[str, list[Link]]]
    rows: list[Row]
    pointed_by: list[Row]
    questions: list[Link]
    alignments: list[Alignment]


def term_page(vocabulary: Vocabulary, constraints: Constraints, iri: str) -> TermPage:
    """All but the use in a release. Raises KeyError for what is no term of ours."""
    term = vocabulary.terms[iri]
    is_class = term.kind == "class"
    return TermPage(
        term=term,
        notes=[note for name in _NOTES for note in vocabulary.words.texts(iri, NamedNode(expand(name)))],
        examples=vocabulary.words.texts(iri, SKOS("example")),
        relations=[(key, links) for key, links in _relations(vocabulary, term).items() if links],
        rows=_properties(vocabulary, constraints, iri) if is_class else _classes(vocabulary, constraints, iri),
        pointed_by=_pointing(vocabulary, constraints, iri) if is_class else [],
        questions=_asked(iri, vocabulary.language),
        alignments=alignments(vocabulary, iri),
    )


def _relations(vocabulary: Vocabulary, term: Term) -> dict[str, list[Link]]:
    above, below = ("superclasses", "subclasses") if term.kind == "class" else ("superproperties", "subproperties")
    parent = RDFS("subClassOf") if term.kind == "class" else RDFS("subPropertyOf")

    def ours(iris: list[str]) -> list[Link]:
        return [vocabulary.link(iri) for iri in iris if iri.startswith(PR)]

    def both_ways(predicate: NamedNode) -> list[Link]:
        found = {*vocabulary.texts(term.iri, predicate), *vocabulary.subjects(predicate, term.iri)}
        return ours(sorted(found))

    return {
        above: ours(vocabulary.texts(term.iri, parent)),
        below: ours(vocabulary.subjects(parent, term.iri)),
        "disjoint": both_ways(OWL("disjointWith")),
        "inverse": both_ways(OWL("inverseOf")),
        "domain": vocabulary.links(term.iri, RDFS("domain")),
        "range": vocabulary.links(term.iri, RDFS("range")),
    }


def _properties(vocabulary: Vocabulary, constraints: Constraints, iri: str) -> list[Row]:
    """What the things of a class may have: by the shapes, then by the domains alone."""
    rules = constraints.of_class(iri)
    shaped = {rule.path for rule in rules}
    rows = [
        Row([vocabulary.link(rule.path)], rule.statements, [] if iri in rule.classes else _links(vocabulary, rule))
        for rule in rules
    ]
    bare = [other for other in vocabulary.subjects(RDFS("domain"), iri) if other not in shaped]
    return rows + [Row([vocabulary.link(other)], [], []) for other in bare]


def _classes(vocabulary: Vocabulary, constraints: Constraints, iri: str) -> list[Row]:
    return [Row(_links(vocabulary, rule), rule.statements, []) for rule in constraints.of_property(iri)]


def _links(vocabulary: Vocabulary, rule: Rule) -> list[Link]:
    return [vocabulary.link(other) for other in rule.classes]


def _pointing(vocabulary: Vocabulary, constraints: Constraints, iri: str) -> list[Row]:
    """The properties whose values are of a class, each with the classes that have it."""
    found: dict[str, set[str]] = {other: set() for other in vocabulary.subjects(RDFS("range"), iri)}
    for rule in constraints.rules:
        if iri in rule.values:
            found.setdefault(rule.path, set()).update(rule.classes)
    ordered = sorted(found, key=lambda other: vocabulary.words.label(other).casefold())
    return [
        Row([vocabulary.link(other)], [], [vocabulary.link(holder) for holder in sorted(found[other])])
        for other in ordered
    ]


def _asked(iri: str, language: str) -> list[Link]:
    """The published questions whose query names a term."""
    local = iri.removeprefix(PR)
    return [
        Link(question.title[language], f"/questions/{question.id.lower()}")
        for question in questions.questions().values()
        if local in _TERM.findall(re.sub(r"(?m)^\s*#.*$", "", question.query))
    ]


def alignments(vocabulary: Vocabulary, iri: str) -> list[Alignment]:
    """What a term or a concept of ours is said to be to terms of others."""
    found = [
        Alignment(
            relation=relation,
            name=short_name(other),
            path=vocabulary.link(other).path,
            label=vocabulary.words.one(other, SKOS("prefLabel")) or vocabulary.words.one(other, RDFS("label")),
            vocabulary=vocabulary.words.one(other, RDFS("isDefinedBy")),
        )
        for predicate, relation in ALIGNMENTS.items()
        for other in vocabulary.texts(iri, NamedNode(predicate))
        if not other.startswith(PR)
    ]
    return sorted(found, key=lambda alignment: (list(ALIGNMENTS.values()).index(alignment.relation), alignment.name))


def described(vocabulary: Vocabulary, iri: str) -> list[Triple]:
    """The triples of a term, with the names of the terms of others they speak of."""
    own = [quad.triple for quad in vocabulary.store.quads_for_pattern(NamedNode(iri), None, None, _DEFAULT)]
    others = {t.object for t in own if isinstance(t.object, NamedNode) and t.predicate.value in ALIGNMENTS}
    named = (
        vocabulary.store.quads_for_pattern(other, predicate, None, _DEFAULT)
        for other in sorted(others, key=text_of)
        for predicate in (RDFS("label"), RDFS("isDefinedBy"))
    )
    return own + [quad.triple for quads in named for quad in quads]


@lru_cache(maxsize=1024)
def use(serving: Serving, iri: str, language: str) -> Use:
    """Where a release uses a term: the things of a class, or those that have a property."""
    node, store = NamedNode(iri), serving.store
    if iri.removeprefix(PR)[:1].isupper():
        quads = store.quads_for_pattern(None, RDF("type"), node, _DEFAULT)
    else:
        quads = store.quads_for_pattern(None, node, None, _DEFAULT)
    subjects = dict.fromkeys(text_of(quad.subject) for quad in islice(quads, COUNTED))
    words, links = Words(store, language), links_of(serving)
    shown = islice((subject for subject in subjects if links.path(subject)), EXAMPLES)
    examples = [Link(words.label(subject), links.path(subject)) for subject in shown]
    return Use(len(subjects), len(subjects) >= COUNTED, examples)
