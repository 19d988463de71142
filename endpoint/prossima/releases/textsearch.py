"""Searching a release's text index: the things that have the words of a text, the best first.

Of each word counts the best way it is found: as it is, by its stem, as a beginning; and where nothing in the release
has it in one of these ways, as a misspelling. A word of a name counts three times one of a description. Things with
all the words are found; where none has them all, those with some.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from rapidfuzz.distance import OSA
from tantivy import Document, Index, Occur, Query, Searcher

from prossima.releases.textindex import STEMMERS, analyzer, opened, schema, words_of
from prossima.searchtext import folded

LONGEST = 200
_PARTS = 12
_PHRASE = re.compile(r'"([^"]*)"')
# How much a word is worth in a name, by the way it is found; in a description a third. Each is by a third more than
# the next, or the weight of a document could turn them round.
_WHOLE, _STEM, _OTHER_STEM, _BEGINNING, _MISSPELT = 12.0, 9.0, 8.0, 6.0, 3.0
_FIELDS = (("label", 1.0), ("text", 1 / 3))
_BOTH = 0.1
_NAMED_SO = 16.0
# Words that say nothing beside others.
_LITTLE = frozenset(
    words_of(
        "a ad al alla alle ai agli allo che col con d da dal dalla dai dei degli del della delle dello di e ed fra gli "
        "i il in la le l lo nel nella nelle nei o per su sul sulla tra un una uno "
        "an and at by for from of on or the to with"
    )
)


@dataclass(frozen=True)
class Hit:
    """iri: of the thing. kinds: its classes, as `textindex.kind_name` has them. district: its base IRI."""

    iri: str
    score: float
    kinds: tuple[str, ...] = ()
    district: str | None = None


@dataclass(frozen=True)
class Asked:
    """What a text asks for: its words and, as several words together, its phrases. near: the words that the
    release does not have, so that misspellings of them are looked for."""

    parts: tuple[tuple[str, ...], ...] = ()
    near: frozenset[str] = frozenset()

    def marks(self, word: str) -> bool:
        """Whether a word of a text is what was asked for."""
        plain = folded(word)
        return any(self._is(plain, asked) for part in self.parts for asked in part)

    def _is(self, plain: str, asked: str) -> bool:
        if asked in self.near:
            return OSA.distance(plain, asked, score_cutoff=_distance(asked)) <= _distance(asked)
        if len(asked) > 1 and plain.startswith(asked):
            return True
        return plain == asked or any(_stem(plain, language) == _stem(asked, language) for language in STEMMERS)


@dataclass(frozen=True)
class Found:
    """total: how many there are, of which `hits` are those of the page. some: whether none has all the words.
    kinds and districts: how many there are of each kind in the district asked for, and the other way round."""

    hits: tuple[Hit, ...] = ()
    total: int = 0
    asked: Asked = field(default_factory=Asked)
    some: bool = False
    kinds: Mapping[str, int] = field(default_factory=dict)
    districts: Mapping[str, int] = field(default_factory=dict)


def search(
    folder: Path,
    text: str,
    language: str,
    *,
    kind: str | None = None,
    district: str | None = None,
    limit: int = 20,
    offset: int = 0,
) -> Found:
    """Search the index in `folder` for the words of a text, of which the first 200 characters count.

    language: whose stems count more, "it" or "en". kind, district: only things of this kind, of this district (its
    base IRI). Raises FileNotFoundError where there is no index that this version can read.
    """
    searcher = _searcher(folder)
    parts = _parts(text)
    if not parts:
        return Found()
    near = frozenset(part[0] for part in parts if _is_near(searcher, part, language))
    asked = Asked(parts, near)
    each = [_part(part, language, part[0] in near) for part in parts]
    query = Query.boolean_query([(Occur.Must, one) for one in each])
    some = len(each) > 1 and not _count(searcher, query)
    if some:
        query = Query.boolean_query([(Occur.Should, one) for one in each])
    whole = Query.term_query(schema(), "name", " ".join(words_of(text[:LONGEST])))
    bonus = Query.const_score_query(whole, _NAMED_SO * len(each))
    query = Query.boolean_query([(Occur.Must, query), (Occur.Should, bonus)])
    in_both = _only(_only(query, "kind", kind), "district", district)
    result = searcher.search(in_both, limit, offset=offset, weight_by_field="weight")
    hits = (_hit(searcher.doc(address), score) for score, address in result.hits)
    return Found(
        hits=tuple(sorted(hits, key=lambda hit: (-hit.score, hit.iri))),
        total=_count(searcher, in_both),
        asked=asked,
        some=some,
        kinds=_counts(searcher, _only(query, "district", district), "kind"),
        districts=_counts(searcher, _only(query, "kind", kind), "district"),
    )


@lru_cache(maxsize=8)
def _searcher(folder: Path) -> Searcher:
    index: Index | None = opened(folder)
    if index is None:
        raise FileNotFoundError(folder)
    return index.searcher()


def _parts(text: str) -> tuple[tuple[str, ...], ...]:
    """The words to look for, each by itself, and the phrases between quotes."""
    plain = folded(text[:LONGEST])
    phrases = [tuple(words_of(phrase)) for phrase in _PHRASE.findall(plain)]
    words = [(word,) for word in words_of(_PHRASE.sub(" ", plain))]
    telling = [word for word in words if word[0] not in _LITTLE]
    found = [*filter(None, phrases), *telling] or words
    return tuple(dict.fromkeys(found))[:_PARTS]


def _is_near(searcher: Searcher, part: tuple[str, ...], language: str) -> bool:
    return len(part) == 1 and _distance(part[0]) > 0 and not _count(searcher, _part(part, language, False))


def _part(part: tuple[str, ...], language: str, near: bool) -> Query:
    """What is found of a word, or of a phrase, by the best of its ways."""
    ways: list[Query] = []
    for name, worth in _FIELDS:
        if len(part) > 1:
            ways.append(_worth(Query.phrase_query(schema(), name, list(part)), _WHOLE * len(part) * worth))
            continue
        [word] = part
        if near:
            misspelt = Query.fuzzy_term_query(schema(), name, word, _distance(word))
            ways.append(_worth(misspelt, _MISSPELT * worth))
            continue
        ways.append(_worth(Query.term_query(schema(), name, word), _WHOLE * worth))
        if len(word) > 1:
            begun = Query.fuzzy_term_query(schema(), name, word, 0, prefix=True)
            ways.append(_worth(begun, _BEGINNING * worth))
        for stemmed in STEMMERS:
            stem = Query.term_query(schema(), f"{name}_{stemmed}", _stem(word, stemmed))
            ways.append(_worth(stem, (_STEM if stemmed == language else _OTHER_STEM) * worth))
    return Query.disjunction_max_query(ways, _BOTH)


def _distance(word: str) -> int:
    """How many letters may be wrong."""
    return 0 if len(word) < 4 else 1 if len(word) < 8 else 2


def _stem(word: str, language: str) -> str:
    return next(iter(analyzer(language).analyze(word)), word)


def _worth(query: Query, score: float) -> Query:
    return Query.const_score_query(query, score)


def _only(query: Query, name: str, value: str | None) -> Query:
    if value is None:
        return query
    of_value = _worth(Query.term_query(schema(), name, value), 0.0)
    return Query.boolean_query([(Occur.Must, query), (Occur.Must, of_value)])


def _count(searcher: Searcher, query: Query) -> int:
    return int(searcher.search(query, 1).count or 0)  # type: ignore[attr-defined]


def _counts(searcher: Searcher, query: Query, name: str) -> dict[str, int]:
    found = searcher.aggregate(query, {"of": {"terms": {"field": name, "size": 100}}})
    return {bucket["key"]: bucket["doc_count"] for bucket in found["of"]["buckets"]}


def _hit(document: Document, score: float) -> Hit:
    kinds, district = tuple(document.get_all("kind")), document.get_first("district")
    return Hit(str(document.get_first("iri")), score, kinds, district)
