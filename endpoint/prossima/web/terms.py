"""The ontology's page as data: modules with their classes and properties, schemes with their concepts."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from prossima.vocabulary import (
    DCTERMS,
    OWL,
    PR,
    RDF,
    RDFS,
    ROOT,
    SKOS,
    compact,
    expand,
    ontology_files,
    scheme_files,
    text_of,
    triples,
)
from prossima.web.links import Links
from prossima.web.views import Link
from prossima.words import Words

_DEFAULT = DefaultGraph()
_NONE = Links()


@dataclass(frozen=True)
class Term:
    label: str
    definition: str
    iri: str
    local: str
    anchor: str
    kind: str
    parents: list[Link]
    domain: list[Link]
    range: list[Link]
    example: str | None
    status: str | None


@dataclass
class Module:
    label: str
    definition: str
    path: str | None
    classes: list[Term] = field(default_factory=list)
    properties: list[Term] = field(default_factory=list)


@dataclass(frozen=True)
class ConceptView:
    label: str
    definition: str
    notation: str | None
    path: str | None
    broader: list[Link]


@dataclass(frozen=True)
class SchemeView:
    label: str
    definition: str
    path: str | None
    concepts: list[ConceptView]


@cache
def vocabulary_store() -> Store:
    """The shipped ontology and schemes in a store of their own: the page needs no release."""
    store = Store()
    for path in [*ontology_files(), *scheme_files()]:
        store.extend(Quad(t.subject, t.predicate, t.object, _DEFAULT) for t in triples(path))
    return store


@cache
def modules(language: str) -> list[Module]:
    """The modules in the order of their imports' names, each term under the module that defines it."""
    words = Words(vocabulary_store(), language)
    found = []
    for module in sorted(_subjects(DCTERMS("isPartOf"), NamedNode(ROOT + "ontology"))):
        view = Module(words.label(module), words.one(module, DCTERMS("description")) or "", _NONE.path(module))
        for iri in sorted(_subjects(RDFS("isDefinedBy"), NamedNode(module)), key=lambda i: words.label(i).casefold()):
            if iri.startswith(PR):
                term = _term(iri, words)
                (view.classes if term.kind == "class" else view.properties).append(term)
        found.append(view)
    return found


def _term(iri: str, words: Words) -> Term:
    kinds = {text_of(kind) for kind in words.objects(iri, RDF("type"))}
    is_class = OWL + "Class" in kinds

    def linked(predicate: NamedNode) -> list[Link]:
        return [_linked(text_of(node), words) for node in words.objects(iri, predicate)]

    return Term(
        label=words.label(iri),
        definition=words.one(iri, SKOS("definition")) or "",
        iri=iri,
        local=compact(iri),
        anchor=iri.rpartition("#")[2],
        kind="class" if is_class else "property",
        parents=linked(RDFS("subClassOf") if is_class else RDFS("subPropertyOf")),
        domain=linked(RDFS("domain")),
        range=linked(RDFS("range")),
        example=words.one(iri, SKOS("example")),
        status=words.one(iri, NamedNode(expand("vs:term_status"))),
    )


def _linked(iri: str, words: Words) -> Link:
    return Link(words.label(iri) if _NONE.path(iri) else compact(iri), _NONE.href(iri))


@cache
def schemes(language: str) -> list[SchemeView]:
    """The concept schemes, by label, their concepts in the order of the labels under each broader one."""
    words = Words(vocabulary_store(), language)
    found = []
    for scheme in _subjects(RDF("type"), SKOS("ConceptScheme")):
        concepts = [
            ConceptView(
                label=words.label(iri),
                definition=words.one(iri, SKOS("definition")) or "",
                notation=words.one(iri, SKOS("notation")),
                path=_NONE.path(iri),
                broader=[_linked(text_of(node), words) for node in words.objects(iri, SKOS("broader"))],
            )
            for iri in _subjects(SKOS("inScheme"), NamedNode(scheme))
        ]
        concepts.sort(key=lambda c: (c.broader[0].label if c.broader else c.label, bool(c.broader), c.label))
        found.append(
            SchemeView(words.label(scheme), words.one(scheme, SKOS("definition")) or "", _NONE.path(scheme), concepts)
        )
    return sorted(found, key=lambda scheme: scheme.label.casefold())


def _subjects(predicate: NamedNode, target: NamedNode) -> list[str]:
    return [text_of(quad.subject) for quad in vocabulary_store().quads_for_pattern(None, predicate, target, _DEFAULT)]
