"""Look-ups: what is said of a thing, or refers to it, answered where the front runs.

To hand a query to a process and back takes longer than a look-up itself. What has the shape of one needs no process
that can be ended: its patterns name a thing, share no variable and have no filter, so each step gives a row, and the
answer ends with the first byte beyond a bound. It costs what the page of that thing does, and waits for no turn. Any
other query is left alone, and so is a look-up with more to say.

The shapes: `DESCRIBE <thing>`, and `SELECT` of variables over `<thing> ?p ?o`, `?s <p> <thing>` and the like, one or
some in UNION.
"""

from __future__ import annotations

import re

from pyoxigraph import Store

from prossima.engine.counting import OtherShapeError, tokens
from prossima.engine.query import Answer, Query, QueryError
from prossima.engine.worker import INLINE, Spool, answer

_LONGEST = 2_000
_NAMED = r"(?:<[^ ]*|[\w.-]*:[^ ]*) "
_VARIABLE = r"\?\w+ "
_PATTERN = (
    rf"(?:{_NAMED}(?:{_NAMED}|a |{_VARIABLE})(?:{_NAMED}|{_VARIABLE})|{_VARIABLE}(?:{_NAMED}|a ){_NAMED})(?:\. )?"
)
_SHAPE = re.compile(
    rf"(?:PREFIX {_NAMED}{_NAMED}|BASE {_NAMED})*"
    rf"(?:DESCRIBE {_NAMED}|SELECT (?:\* |(?:{_VARIABLE})+)(?:WHERE )?"
    rf"\{{ (?:{_PATTERN}|\{{ {_PATTERN}\}} (?:UNION \{{ {_PATTERN}\}} )+)\}} )"
)
# A pattern that has a variable twice is a filter.
_TWICE = re.compile(rf"({_VARIABLE})\1")
# JSON-LD and RDF/XML are written once all triples are there.
_FLOWING = frozenset({"json", "xml", "csv", "tsv", "ttl", "nt"})


def looked_up(query: Query, store: Store, release: int) -> Answer | None:
    """The answer to a look-up; None where the query is none, is wrong, or says more than INLINE bytes."""
    if query.format not in _FLOWING or query.default_graphs is not None or not is_lookup(query.text):
        return None
    try:
        with Spool("", INLINE, query.format) as out:
            answer(store, query, out)
            return out.answer(release)
    except QueryError:  # the pool says what is wrong
        return None


def is_lookup(text: str) -> bool:
    """Whether the text has one of the shapes."""
    if len(text) > _LONGEST:
        return False
    try:
        words = "".join(f"{token} " for _, token in tokens(text) if token)
    except OtherShapeError:
        return False
    return _SHAPE.fullmatch(words) is not None and not _TWICE.search(words)
