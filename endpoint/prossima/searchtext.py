"""The texts of a thing as they are searched: its names first, and all in a plain form that any engine can compare.

`pr:searchText` holds them for queries, and the text index of a release is made of the same properties.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store, Triple

from prossima.vocabulary import PR, expand

SEARCH_TEXT = PR("searchText")
# Who has one of these has a searchText.
_NAMES = tuple(NamedNode(expand(name)) for name in ("skos:prefLabel", "dcterms:title"))
LABELS = (*_NAMES, *(NamedNode(expand(name)) for name in ("rdfs:label", "skos:altLabel", "skos:hiddenLabel")))
TEXTS = tuple(
    NamedNode(expand(name))
    for name in (
        "dcterms:alternative", "dcterms:description", "dcterms:abstract", "skos:definition", "skos:scopeNote",
        "skos:example", "skos:note", "rdfs:comment", "pr:aim", "pr:focus", "pr:theme", "pr:schedule", "pr:tool",
        "pr:cost", "pr:asPrinted", "pr:reason", "locn:fullAddress", "dc:creator", "dc:publisher",
    )
)  # fmt: skip
_ORDER = {predicate: place for place, predicate in enumerate((*LABELS, *TEXTS))}
_SPELLED = str.maketrans(
    {"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe"}
    | dict.fromkeys("’‘‚‛ʼ′´", "'")
    | dict.fromkeys("“”„‟«»″", '"')
)


def folded(text: str) -> str:
    """A text without capitals, accents, typographic quotes and spare white space: «Città dell’Uomo» is
    `"citta dell'uomo"`."""
    if not text.isascii():
        # The quotes first: the decomposition would make a space of the acute accent.
        parts = unicodedata.normalize("NFKD", text.translate(_SPELLED)).lower()
        text = "".join(part for part in parts if not unicodedata.combining(part)).translate(_SPELLED)
    return " ".join(text.lower().replace("`", "'").split())


def search_texts(store: Store, things: Iterable[NamedNode] | None) -> Iterator[Triple]:
    """The searchText of some things, or of all, that have a name in the default graph of `store`."""
    for thing in _named(store) if things is None else things:
        found = {
            (_ORDER[quad.predicate], folded(quad.object.value))
            for quad in store.quads_for_pattern(thing, None, None, DefaultGraph())
            if quad.predicate in _ORDER and isinstance(quad.object, Literal)
        }
        if any(place < len(_NAMES) for place, _ in found):
            text = " | ".join(dict.fromkeys(text for _, text in sorted(found)))
            yield Triple(thing, SEARCH_TEXT, Literal(text))


def _named(store: Store) -> set[NamedNode]:
    quads = (quad for name in _NAMES for quad in store.quads_for_pattern(None, name, None, DefaultGraph()))
    return {quad.subject for quad in quads if isinstance(quad.subject, NamedNode)}
