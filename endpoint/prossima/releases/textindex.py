"""The text index of a release: one document for each thing that has a name, with all that is said of it in words.

A release forked from another shares the files of its index by hard links and writes anew only the documents of
things that changed. The index never changes a file: what it writes has names of its own, and what it drops it unlinks.
Scores do not depend on how often a word occurs: deleted documents would count until they are merged away, and the
order of the hits would tell how the index came to be.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from functools import cache
from math import inf
from pathlib import Path

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store
from tantivy import Document, Filter, Index, Schema, SchemaBuilder, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from prossima.releases.merge import is_thing
from prossima.searchtext import LABELS, TEXTS, folded
from prossima.vocabulary import INFERRED, OWL, PR, RDF, compact, expand, text_of

STEMMERS = {"it": "Italian", "en": "English"}
_DEFAULT = DefaultGraph()
_TYPE = RDF("type")
_DATASET = NamedNode("http://www.w3.org/ns/dcat#Dataset")
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 100
_HEAP = 50_000_000
# Hubs come first among equals, what is cited or recorded after what it is about, what only names things after the
# things.
_RANKS = {PR + "Hub": 1.1, PR + "Source": 0.6, PR + "Disagreement": 0.6, PR + "Origin": 0.3}
_RANK_OUTSIDE = 0.25
_PROPERTIES = {OWL + f"{kind}Property" for kind in ("Object", "Datatype", "Annotation", "Transitive")}


@cache
def schema() -> Schema:
    """`label` and `text` hold the words as they are, `label_it`, `text_en` and so on their stems; `name` a whole
    label, to be told from those that have more words; `weight` is what scores are multiplied by."""
    made = SchemaBuilder()
    made.add_text_field("iri", stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("kind", "district"):
        made.add_text_field(name, stored=True, fast=True, tokenizer_name="raw", index_option="basic")
    made.add_text_field("name", tokenizer_name="raw", index_option="basic")
    for name in ("label", "text"):
        made.add_text_field(name, tokenizer_name="words")
        for language in STEMMERS:
            made.add_text_field(f"{name}_{language}", tokenizer_name=f"stems_{language}", index_option="basic")
    made.add_float_field("weight", fast=True)
    return made.build()


@cache
def analyzer(language: str | None = None) -> TextAnalyzer:
    """Cuts folded text into words; with a language, into stems."""
    words = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.lowercase()).filter(Filter.remove_long(_LONGEST))
    return (words.filter(Filter.stemmer(STEMMERS[language])) if language else words).build()


def words_of(text: str) -> list[str]:
    """The words of a text, folded."""
    return _WORD.findall(folded(text))


def opened(folder: Path) -> Index | None:
    """The index in a folder; None where there is none, or one of another form, which another version made."""
    if not (folder / "meta.json").is_file():
        return None
    try:
        return _with_analyzers(Index(schema(), str(folder)))
    except ValueError:
        return None


def build(store: Store, folder: Path) -> None:
    """Index all things of a store, in a new folder."""
    folder.mkdir()
    districts = _districts(store)
    things = {quad.subject for name in LABELS for quad in store.quads_for_pattern(None, name, None, _DEFAULT)}
    found = (_document(store, districts, thing) for thing in things if isinstance(thing, NamedNode))
    _write(_with_analyzers(Index(schema(), str(folder))), [], found)


def renew(store: Store, changed: Iterable[Quad], old: Path, folder: Path) -> None:
    """Index a store that differs by these quads from the one that `old` is the index of, in a new folder."""
    told = [quad for quad in changed if quad.graph_name in (_DEFAULT, INFERRED)]
    if not any(quad.object == _DATASET for quad in told):  # where a district came or went, all is to be sorted anew
        _link(old, folder)
        if index := opened(folder):
            districts = _districts(store)
            subjects = {quad.subject.value for quad in told if isinstance(quad.subject, NamedNode)}
            touched = {owner for iri in subjects for owner in _owners(iri)}
            if touched:
                made = (_document(store, districts, NamedNode(iri)) for iri in sorted(touched))
                _write(index, touched, made)
            return
        shutil.rmtree(folder)
    build(store, folder)


def _write(index: Index, deleted: Iterable[str], added: Iterable[Document | None]) -> None:
    writer = index.writer(_HEAP, 1)
    for iri in deleted:
        writer.delete_documents_by_term("iri", iri)
    for document in added:
        if document:
            writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


def _link(old: Path, folder: Path) -> None:
    """The files of one index for another. The lists of files, which are replaced, and locks are its own."""
    folder.mkdir()
    for path in old.iterdir():
        if path.suffix == ".json":
            shutil.copy2(path, folder)
        elif path.suffix != ".lock":
            os.link(path, folder / path.name)


def _with_analyzers(index: Index) -> Index:
    index.register_tokenizer("words", analyzer())
    for language in STEMMERS:
        index.register_tokenizer(f"stems_{language}", analyzer(language))
    return index


def _districts(store: Store) -> list[str]:
    found = store.quads_for_pattern(None, _TYPE, _DATASET, _DEFAULT)
    return sorted((text_of(quad.subject) for quad in found), key=len, reverse=True)


def _owners(iri: str) -> Iterator[str]:
    """A thing and those whose IRI it continues, which own it if they are things."""
    while iri:
        yield iri
        iri = iri.rpartition("/")[0]


def _document(store: Store, districts: list[str], thing: NamedNode) -> Document | None:
    """What is indexed of a thing; None of one without a name, and of our own bookkeeping."""
    labels: dict[Literal, None] = {}
    texts: dict[Literal, None] = {}
    kinds: list[str] = []
    for quad in store.quads_for_pattern(thing, None, None, _DEFAULT):
        value = quad.object
        if isinstance(value, Literal):
            if quad.predicate in LABELS:
                labels[value] = None
            elif quad.predicate in TEXTS:
                texts[value] = None
        elif quad.predicate == _TYPE:
            kinds.append(text_of(value))
        elif isinstance(value, NamedNode) and value.value.startswith(thing.value + "/"):
            owned = store.quads_for_pattern(value, None, None, _DEFAULT)
            texts |= {q.object: None for q in owned if q.predicate in TEXTS and isinstance(q.object, Literal)}
    if not labels or not is_thing(thing.value):
        return None
    said = [kind for kind in kinds if Quad(thing, _TYPE, NamedNode(kind), INFERRED) not in store] or kinds
    district = next((base for base in districts if thing.value.startswith(base)), None)
    document = Document()
    document.add_text("iri", thing.value)
    document.add_float("weight", _weight(thing.value, labels, said, district))
    for kind in sorted({kind_name(kind) for kind in said}):
        document.add_text("kind", kind)
    if district:
        document.add_text("district", district)
    for name in {" ".join(words_of(label.value)) for label in labels}:
        document.add_text("name", name)
    for field, literals in (("label", labels), ("text", texts)):
        for literal in literals:
            text = folded(literal.value)
            document.add_text(field, text)
            for language in STEMMERS:
                if literal.language is None or literal.language.partition("-")[0] not in STEMMERS.keys() - {language}:
                    document.add_text(f"{field}_{language}", text)
    return document


def kind_name(iri: str) -> str:
    """How a class is called in searches: `Hub` of ours, `skos:Concept` of others, else its IRI; OWL's kinds of
    properties are one."""
    return "rdf:Property" if iri in _PROPERTIES else compact(iri).removeprefix("pr:")


def kind_iri(name: str) -> str:
    """The class that `kind_name` calls so."""
    return expand(name) if ":" in name else PR + name


def _weight(iri: str, labels: Iterable[Literal], kinds: Iterable[str], district: str | None) -> float:
    """More for a thing of a district than for a term, more for a short name than for a long one; and a little of
    its own for each, so that none of two equal hits is first by chance."""
    rank = min((_RANKS.get(kind, 1.0) for kind in kinds), default=1.0) if district else _RANK_OUTSIDE
    shortest = min((len(words_of(label.value)) or inf for label in labels), default=inf)
    own = int.from_bytes(hashlib.sha256(iri.encode()).digest()[:2], "big") / 65536
    factor = rank * (1 + 0.2 / shortest) * (1 + own / 1000)
    # tantivy multiplies by log2(2 + weight), and takes none below 0: a test holds it.
    return float(2 ** (factor / _RANK_OUTSIDE) - 2)
