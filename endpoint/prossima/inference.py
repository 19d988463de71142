"""Rules over the ontology: what follows from what is held true.

Each rule is a CONSTRUCT in `ontology/rules/`; they run together until nothing new follows. What only the
rules say stands in the default graph, so that queries need not know, and in the inferred graph, so that it
can be told apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from pyoxigraph import DefaultGraph, Quad, QueryTriples, Store, Triple

from prossima.vocabulary import PREFIXES, knowledge


@cache
def rules() -> dict[str, str]:
    """The rules, by file stem."""
    folder = knowledge() / "ontology" / "rules"
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.rq"))}


def closure(asserted: Iterable[Triple]) -> set[Triple]:
    """All that follows from `asserted` by the rules, and is not itself asserted."""
    memory = Store()
    memory.bulk_extend(_held(triple) for triple in asserted)
    inferred: set[Triple] = set()
    while True:
        new: set[Triple] = set()
        for rule in rules().values():
            found = memory.query(rule, prefixes=PREFIXES)
            assert isinstance(found, QueryTriples)
            new.update(triple for triple in found if _held(triple) not in memory)
        if not new:
            return inferred
        memory.extend(_held(triple) for triple in new)
        inferred |= new


def _held(triple: Triple) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, DefaultGraph())
