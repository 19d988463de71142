"""The ontology as data in one language: its modules, and each term with what the index says of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse

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
    shape_files,
    text_of,
    triples,
)
from prossima.web.links import Links
from prossima.web.views import Link
from prossima.words import Words

UMBRELLA = ROOT + "ontology"
STATUSES = ("unstable", "testing", "stable", "archaic")
_DEFAULT = DefaultGraph()
_LINKS = Links()
_KINDS = {
    OWL + "Class": "class",
    OWL + "ObjectProperty": "object",
    OWL + "DatatypeProperty": "datatype",
    OWL + "AnnotationProperty": "annotation",
}


@dataclass(frozen=True)
class Term:
    """kind: class, object, datatype or annotation (properties). status: of `STATUSES`, or as it stands."""

    iri: str
    anchor: str
    local: str
    path: str
    label: str
    definition: str
    kind: str
    module: str
    status: str | None
    deprecated: bool
    replaced_by: list[Link]


@dataclass
class Module:
    iri: str
    name: str
    path: str
    label: str
    definition: str
    imports: list[str]
    classes: list[Term] = field(default_factory=list)
    properties: list[Term] = field(default_factory=list)


def store_of(paths: Iterable[Path]) -> Store:
    """The triples of some Turtle files in a store of their own: the pages need no release."""
    store = Store()
    for path in paths:
        store.extend(Quad(t.subject, t.predicate, t.object, _DEFAULT) for t in triples(path))
    return store


@cache
def prefixes() -> dict[str, str]:
    """The prefixes of the ontology's own files, for the names of terms that the data does not use: longest first."""
    found: dict[str, str] = {}
    for path in ontology_files():
        parsed = parse(path=str(path), format=RdfFormat.TURTLE)
        deque(parsed, maxlen=0)  # they are all known at the end
        found |= parsed.prefixes
    return dict(sorted(found.items(), key=lambda entry: -len(entry[1])))


def short_name(iri: str) -> str:
    """A prefixed name where a prefix is known, else what tells the address from its neighbours."""
    known = ((prefix, namespace) for prefix, namespace in prefixes().items() if iri.startswith(namespace))
    prefix, namespace = next(known, ("", ""))
    name = f"{prefix}:{iri.removeprefix(namespace)}" if prefix else compact(iri)
    parts = name.removeprefix("https://").removeprefix("http://").split("/")
    return "/".join(parts if len(parts) < 5 else [parts[0], "…", *parts[-2:]])


@cache
def vocabulary(language: str) -> Vocabulary:
    """The shipped ontology with its schemes and shapes."""
    return Vocabulary(*_shipped(), language)


@cache
def _shipped() -> tuple[Store, Store]:
    return store_of([*ontology_files(), *scheme_files()]), store_of(shape_files())


class Vocabulary:
    """An ontology (store, with its concept schemes) and what its shapes ask (shapes), in one language."""

    def __init__(self, store: Store, shapes: Store, language: str) -> None:
        self.store, self.shapes, self.language = store, shapes, language
        self.words = Words(store, language)

    def subjects(self, predicate: NamedNode, target: str) -> list[str]:
        """The IRIs of which a property has that value, in order."""
        found = self.store.quads_for_pattern(None, predicate, NamedNode(target), _DEFAULT)
        return sorted(text_of(quad.subject) for quad in found)

    def texts(self, subject: str, predicate: NamedNode) -> list[str]:
        return [text_of(node) for node in self.words.objects(subject, predicate)]

    @cached_property
    def terms(self) -> dict[str, Term]:
        """Every term of ours, by IRI, in the order of the labels."""
        defined = self.store.quads_for_pattern(None, RDFS("isDefinedBy"), None, _DEFAULT)
        iris = {text_of(quad.subject) for quad in defined if text_of(quad.subject).startswith(PR)}
        return {iri: self._term(iri) for iri in sorted(iris, key=lambda iri: (self.words.label(iri).casefold(), iri))}

    def _term(self, iri: str) -> Term:
        kinds = [_KINDS[kind] for kind in self.texts(iri, RDF("type")) if kind in _KINDS]
        return Term(
            iri=iri,
            anchor=iri.removeprefix(PR),
            local=compact(iri),
            path=term_path(iri),
            label=self.words.label(iri),
            definition=self.words.one(iri, SKOS("definition")) or "",
            kind=kinds[0] if kinds else "annotation",
            module=self.words.one(iri, RDFS("isDefinedBy")) or UMBRELLA,
            status=self.words.one(iri, NamedNode(expand("vs:term_status"))),
            deprecated=self.words.one(iri, OWL("deprecated")) in ("true", "1"),
            replaced_by=self.links(iri, DCTERMS("isReplacedBy")),
        )

    @cached_property
    def modules(self) -> dict[str, Module]:
        """The modules by name, each after those it builds on."""
        iris = [iri for iri in self.subjects(RDF("type"), OWL + "Ontology") if iri.startswith(UMBRELLA + "/")]
        iris.sort(key=lambda iri: (not self._holds_terms(iri), len(self._below(iri)), self.words.label(iri)))
        found = {iri: self._module(iri) for iri in iris}
        for term in self.terms.values():
            if term.module in found:
                held = found[term.module]
                (held.classes if term.kind == "class" else held.properties).append(term)
        return {module.name: module for module in found.values()}

    def _module(self, iri: str) -> Module:
        return Module(
            iri=iri,
            name=iri.removeprefix(UMBRELLA + "/"),
            path=_LINKS.path(iri) or "",
            label=_short(self.words.one(iri, DCTERMS("title")) or self.words.label(iri)),
            definition=self.words.one(iri, DCTERMS("description")) or "",
            imports=self.texts(iri, OWL("imports")),
        )

    def _holds_terms(self, iri: str) -> bool:
        return any(term.module == iri for term in self.terms.values())

    def _below(self, iri: str) -> set[str]:
        imports = set(self.texts(iri, OWL("imports")))
        return imports.union(*(self._below(other) for other in imports if other != iri))

    def link(self, iri: str) -> Link:
        """To a term's page, a module, a scheme or the web, by the label where there is one."""
        if iri.startswith(PR):
            return Link(self.words.label(iri), term_path(iri), compact(iri))
        known = _LINKS.path(iri) or any(self.store.quads_for_pattern(NamedNode(iri), RDFS("label"), None, _DEFAULT))
        return Link(self.words.label(iri) if known else compact(iri), _LINKS.href(iri), compact(iri))

    def links(self, subject: str, predicate: NamedNode) -> list[Link]:
        return [self.link(iri) for iri in sorted(self.texts(subject, predicate))]


def _short(title: str) -> str:
    """The title of a module without our name before it."""
    name = title.removeprefix("Prossima: ")
    return name[:1].upper() + name[1:]


def term_path(iri: str) -> str:
    """The path of the page of a term of ours."""
    return f"/ontology/term/{iri.removeprefix(PR)}"
