"""Look-ups: what is said of a thing, or refers to it, answered where the front runs.

To hand a query to a process and back takes longer than a look-up itself. What has the shape of one needs no process
that can be ended: its patterns name a thing and have no filter, so each step gives a row, and the answer ends with
the first byte beyond a bound. A pattern may go on to a second one, where what the first finds is few. It costs what
the page of that thing does, and waits for no turn. Any other query is left alone, and so is a look-up with more to say.

The shapes: `DESCRIBE <thing>`, and `SELECT` of variables over `<thing> ?p ?o`, `?s <p> <thing>` and the like, or one
of them and a second pattern about what it finds (`?s <p> <thing> ; <q> ?o`); one or some in UNION.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, islice

from pyoxigraph import DefaultGraph, NamedNode, Store

from prossima.engine.counting import OtherShapeError, tokens
from prossima.engine.query import Answer, Query, QueryError
from prossima.engine.worker import Spool, answer
from prossima.vocabulary import PREFIXES, RDF

# Bytes of an answer: as many rows are found and written in a few milliseconds.
MOST = 64 * 1024
_LONGEST = 2_000
# The rows that all first patterns may have that a second one follows: for each, that one may find nothing.
_FEW = 256
_NAMED = r"(?:<[^ ]*|[\w.-]*:[^ ]*) "
_VARIABLE = r"\?\w+ "
_VERB = rf"(?:{_NAMED}|a |{_VARIABLE})"
_FIRST = rf"(?:{_NAMED}{_VERB}(?:{_NAMED}|{_VARIABLE})|{_VARIABLE}{_VERB}{_NAMED})"
_SECOND = rf"(?:; |\. {_VARIABLE}){_VERB}{_VARIABLE}"
_BRANCH = rf"\{{ {_FIRST}(?:{_SECOND})?(?:\. )?\}} "
_PROLOGUE = rf"(?:PREFIX {_NAMED}{_NAMED}|BASE {_NAMED})*"
_SHAPE = re.compile(
    rf"({_PROLOGUE})(?:DESCRIBE {_NAMED}|SELECT (\* |(?:{_VARIABLE})+)(?:WHERE )?"
    rf"(?:{_BRANCH}|\{{ {_BRANCH}(?:UNION {_BRANCH})+\}} ))"
)
_PATTERNS = re.compile(rf"\{{ ({_FIRST})({_SECOND})?")
# A pattern that has a variable twice is a filter.
_TWICE = re.compile(rf"({_VARIABLE})\1")
# JSON-LD and RDF/XML are written once all triples are there.
_FLOWING = frozenset({"json", "xml", "csv", "tsv", "ttl", "nt"})
_OWN = {f"{name}:": iri for name, iri in PREFIXES.items()}
Pattern = tuple[NamedNode | None, NamedNode | None, NamedNode | None]


@dataclass(frozen=True)
class Lookup:
    """form: DESCRIBE or SELECT. text: the query without its comments. firsts: the terms of each pattern that another
    follows, None where it has a variable: they have to have few rows."""

    form: str
    text: str
    firsts: tuple[Pattern, ...]


def looked_up(query: Query, store: Store, release: int) -> Answer | None:
    """The answer to a look-up; None where the query is none, is wrong, or says more than MOST bytes."""
    if query.format not in _FLOWING or query.default_graphs is not None or not query.evaluated:
        return None
    if (lookup := lookup_of(query.text)) is None:
        return None
    found = chain.from_iterable(store.quads_for_pattern(*first, DefaultGraph()) for first in lookup.firsts)
    if len(list(islice(found, _FEW + 1))) > _FEW:
        return None
    try:
        with Spool("", MOST, query.format) as out:
            answer(store, replace(query, text=lookup.text), out)
            return out.answer(release)
    except QueryError:  # the pool says what is wrong
        return None


@lru_cache(maxsize=64)
def lookup_of(text: str) -> Lookup | None:
    """The look-up that the text is, if it is one."""
    if len(text) > _LONGEST:
        return None
    try:
        words = " ".join([*tokens(text), ""])
    except OtherShapeError:
        return None
    if (shape := _SHAPE.fullmatch(words)) is None or _TWICE.search(words):
        return None
    columns = shape[2].split() if shape[2] else []
    branches = [(found[1].split(), (found[2] or "").split()) for found in _PATTERNS.finditer(words)]
    # A row without any value has no bytes to speak of.
    if columns != ["*"] and any(set(columns).isdisjoint([*first, *second]) for first, second in branches):
        return None
    if not all(_goes_on(first, second) for first, second in branches if second):
        return None
    try:
        firsts = tuple(_pattern(first, shape[1].split()) for first, second in branches if second)
    except (KeyError, ValueError):  # an undeclared prefix, a relative IRI
        return None
    return Lookup("SELECT" if columns else "DESCRIBE", words, firsts)


def _goes_on(first: list[str], second: list[str]) -> bool:
    """Whether the second pattern, after its joint, shares one variable with the first, as its subject or object."""
    subject, verb, object_ = [first[0], *second[1:]] if second[0] == ";" else second[1:]
    shared = [term for term in (subject, verb, object_) if term[0] == "?" and term in first]
    return subject[0] == "?" and len(shared) == 1 and shared[0] != verb and subject != object_


def _pattern(terms: list[str], prologue: list[str]) -> Pattern:
    """Raises KeyError and ValueError for what names nothing without more knowledge."""
    if "BASE" in prologue:
        raise ValueError(prologue)
    declared = {name: iri[1:-1] for name, iri in zip(prologue[1::3], prologue[2::3], strict=True)}
    prefixes = {**_OWN, **declared}
    subject, verb, object_ = (_named(term, prefixes) for term in terms)
    return subject, verb, object_


def _named(term: str, prefixes: dict[str, str]) -> NamedNode | None:
    if term[0] == "?":
        return None
    if term == "a":
        return NamedNode(f"{RDF}type")
    if term[0] == "<":
        iri = term[1:-1]
    else:
        at = term.index(":") + 1
        iri = prefixes[term[:at]] + term[at:]
    if "/." in iri:  # the engine may resolve it to another
        raise ValueError(iri)
    return NamedNode(iri)
