"""The same thing twice: hubs and organisations whose names are nearly the same."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from pyoxigraph import NamedNode
from rapidfuzz import fuzz

from prossima.problems import Problem, problem
from prossima.statements import Statement
from prossima.validation.checks.facts import NAMES, Facts
from prossima.vocabulary import OWL, PR, RDF, SKOS, text_of

# How like two words are that may be one word misspelt.
LIKE = 85
# Words that many names have and that say nothing of whose a mailbox is.
LITTLE = frozenset(
    ["il", "lo", "la", "gli", "le", "l", "un", "uno", "una", "di", "del", "dello", "della", "dei", "degli", "delle",
     "dell", "d", "da", "dal", "dalla", "e", "ed", "per", "con", "in", "nel", "nella", "al", "alla", "alle", "agli",
     "sul", "sulla", "the", "of", "and", "for"]
)  # fmt: skip
# A word that more names than these have does not tell things apart.
_COMMON = 60
# What is at the end of a body's name by law, and not always written.
_FORMS = frozenset(
    ["aps", "odv", "onlus", "ets", "asd", "ssd", "srl", "srls", "spa", "snc", "scs", "scarl", "scrl", "coop"]
)
_HUBS, _BODIES = ("Hub",), ("Organisation", "CitizenGroup", "Network", "Partnership")
_SAYING_OTHER = (OWL("differentFrom"), OWL("sameAs"), SKOS("exactMatch"))


def near_equal_names(facts: Facts) -> Iterator[Problem]:
    """Two hubs or two organisations whose names are nearly the same, in the contribution or with what is published.
    That they are two (owl:differentFrom), or one (owl:sameAs), may be said."""
    apart = {frozenset((text_of(s.triple.subject), text_of(s.triple.object))) for s in facts.saying(*_SAYING_OTHER)}
    for kinds in (_HUBS, _BODIES):
        ours = _named(facts, kinds)
        names = {iri: {_named_by(text_of(s.triple.object)) for s in said} for iri, said in ours.items()}
        for iri, name, other in _near_pairs(names, {**_published_names(facts, kinds), **names}):
            if frozenset((iri, other)) not in apart and not _is_told_apart(facts, iri, other):
                named = next(s for s in ours[iri] if _named_by(text_of(s.triple.object)) == name)
                value, shown = text_of(named.triple.object), facts.short(other)
                yield problem("near-equal", named.cell, focus=iri, value=value, other=shown)


def _near_pairs(names: dict[str, set[_Name]], known: dict[str, set[_Name]]) -> Iterator[tuple[str, _Name, str]]:
    """The pairs of one of `names` and one of all that is known that are alike, each once, with the name that is. Only
    those are compared that share a word which few have, or are written alike without spaces."""
    keys = {iri: {part for name in said for part in (*name.words, name.letters)} for iri, said in known.items()}
    having: dict[str, list[str]] = {}
    for iri, parts in keys.items():
        for part in parts:
            having.setdefault(part, []).append(iri)
    done: set[str] = set()
    for iri, said in names.items():
        done.add(iri)
        among = (having[part] for part in keys[iri])
        for other in sorted({other for few in among if len(few) <= _COMMON for other in few} - done):
            alike = (name for name in sorted(said) if any(_alike(name, theirs) for theirs in known[other]))
            if (name := next(alike, None)) is not None:
                yield iri, name, other


def _is_told_apart(facts: Facts, iri: str, other: str) -> bool:
    """Whether what is published says that two are two, or one."""
    return any(
        triple.predicate in _SAYING_OTHER and triple.object == NamedNode(second)
        for first, second in ((iri, other), (other, iri))
        for triple in facts.known(NamedNode(first))
    )


def _named(facts: Facts, kinds: tuple[str, ...]) -> dict[str, list[Statement]]:
    """The statements that name the contribution's things of these kinds."""
    wanted = {PR(name) for name in kinds}
    things = {text_of(s.triple.subject) for s in facts.saying(RDF("type")) if s.triple.object in wanted}
    found: dict[str, list[Statement]] = {}
    for statement in facts.saying(*NAMES):
        subject = text_of(statement.triple.subject)
        if subject in things:
            found.setdefault(subject, []).append(statement)
    return found


def _published_names(facts: Facts, kinds: tuple[str, ...]) -> dict[str, set[_Name]]:
    found: dict[str, set[_Name]] = {}
    for kind in kinds if facts.published is not None else ():
        assert facts.published is not None
        for quad in facts.published.quads_for_pattern(None, RDF("type"), PR(kind), None):
            if isinstance(quad.subject, NamedNode) and quad.subject.value not in found:
                said = (t for t in facts.known(quad.subject) if t.predicate in NAMES)
                if names := {_named_by(text_of(triple.object)) for triple in said}:
                    found[quad.subject.value] = names
    return found


class _Name(NamedTuple):
    """A name's words in plain letters, and its letters."""

    words: tuple[str, ...]
    letters: str
    set: frozenset[str]


def _named_by(name: str) -> _Name:
    """A name without the words that are not always written: with them, where it has no others. In other letters than
    ours it is one word."""
    words = re.findall("[a-z0-9]+", plain(name).replace(".", ""))
    telling = [word for word in words if word not in LITTLE and word not in _FORMS] or words or [name.casefold()]
    return _Name(tuple(telling), "".join(telling), frozenset(telling))


def _alike(one: _Name, other: _Name) -> bool:
    """Whether two names may be of one thing: the same words in any order, or with one misspelt; or the same letters.
    Numbers, and words that differ by more, tell them apart."""
    if one.letters == other.letters:
        return True
    if len(one.words) != len(other.words) or len(one.set ^ other.set) > 2:
        return False
    mine, theirs = Counter(one.words) - Counter(other.words), Counter(other.words) - Counter(one.words)
    if not mine:
        return True
    if mine.total() > 1:
        return False
    [word], [its] = mine, theirs
    numbers = re.findall(r"\d+", word) == re.findall(r"\d+", its)
    return min(len(word), len(its)) > 4 and numbers and fuzz.ratio(word, its) >= LIKE


def plain(text: str) -> str:
    """Lower-case letters without accents, one space between words."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w@.+-]|_", " ", letters).encode("ascii", "ignore").decode().split())
