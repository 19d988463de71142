"""The concept schemes as data in one language: each with its concepts, their order that of a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prossima.vocabulary import RDF, SCHEME, SKOS
from prossima.web.constraints import Constraints
from prossima.web.termpages import Alignment, alignments
from prossima.web.terms import Vocabulary
from prossima.web.views import Link


@dataclass(frozen=True)
class Concept:
    """depth: how many concepts are above it."""

    slug: str
    path: str | None
    label: str
    other_labels: list[str]
    definition: str
    notes: list[str]
    notation: str | None
    depth: int
    mappings: list[Alignment]


@dataclass(frozen=True)
class Scheme:
    iri: str
    path: str | None
    label: str
    definition: str
    number: int


def schemes(vocabulary: Vocabulary) -> list[Scheme]:
    """All schemes, by label."""
    found = [
        Scheme(
            iri=iri,
            path=vocabulary.link(iri).path,
            label=vocabulary.words.label(iri),
            definition=vocabulary.words.one(iri, SKOS("definition")) or "",
            number=len(vocabulary.subjects(SKOS("inScheme"), iri)),
        )
        for iri in vocabulary.subjects(RDF("type"), SKOS + "ConceptScheme")
        if iri.startswith(SCHEME)
    ]
    return sorted(found, key=lambda scheme: scheme.label.casefold())


def concepts(vocabulary: Vocabulary, scheme: str) -> list[Concept]:
    """The concepts of a scheme: each before those it holds, neighbours by label."""
    inside = vocabulary.subjects(SKOS("inScheme"), scheme)
    parents = {iri: [other for other in vocabulary.texts(iri, SKOS("broader")) if other in inside] for iri in inside}
    seen: set[str] = set()

    def below(parent: str | None, depth: int) -> Iterator[Concept]:
        mine = [iri for iri in inside if (parent in parents[iri] if parent else not parents[iri])]
        for iri in sorted(mine, key=lambda iri: vocabulary.words.label(iri).casefold()):
            if iri not in seen:  # one under two others stands under the first
                seen.add(iri)
                yield _concept(vocabulary, iri, depth)
                yield from below(iri, depth + 1)

    return list(below(None, 0))


def _concept(vocabulary: Vocabulary, iri: str, depth: int) -> Concept:
    return Concept(
        slug=iri.rpartition("/")[2],
        path=vocabulary.link(iri).path,
        label=vocabulary.words.label(iri),
        other_labels=vocabulary.words.texts(iri, SKOS("altLabel")),
        definition=vocabulary.words.one(iri, SKOS("definition")) or "",
        notes=[note for name in ("scopeNote", "note") for note in vocabulary.words.texts(iri, SKOS(name))],
        notation=vocabulary.words.one(iri, SKOS("notation")),
        depth=depth,
        mappings=alignments(vocabulary, iri),
    )


def used_by(vocabulary: Vocabulary, constraints: Constraints, scheme: str) -> list[Link]:
    """The properties whose values are concepts of a scheme."""
    paths = dict.fromkeys(rule.path for rule in constraints.rules if rule.scheme == scheme)
    return [vocabulary.link(path) for path in paths]
