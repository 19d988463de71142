"""Rules over the ontology: what follows from what is held true.

Each rule is a CONSTRUCT in `ontology/rules/`; they run together until nothing new follows. What only the
rules say stands in the default graph, so that queries need not know, and in the inferred graph, so that it
can be told apart.
"""

from __future__ import annotations

from functools import cache

from pyoxigraph import DefaultGraph, Quad, QueryTriples, Store, Triple

from prossima.vocabulary import INFERRED, PREFIXES, knowledge


@cache
def rules() -> dict[str, str]:
    """The rules, by file stem."""
    folder = knowledge() / "ontology" / "rules"
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.rq"))}


def withdraw(store: Store) -> set[Triple]:
    """Take out of `store` all that had been inferred; return it."""
    old = {quad.triple for quad in store.quads_for_pattern(None, None, None, INFERRED)}
    for triple in old:
        store.remove(_held(triple))
    store.clear_graph(INFERRED)
    return old


def infer(store: Store) -> set[Triple]:
    """Add to `store` all that follows by the rules; return it."""
    inferred: set[Triple] = set()
    while True:
        new: set[Triple] = set()
        for rule in rules().values():
            found = store.query(rule, prefixes=PREFIXES)
            assert isinstance(found, QueryTriples)
            new.update(triple for triple in found if _held(triple) not in store)
        if not new:
            return inferred
        store.extend(_held(triple) for triple in new)
        store.extend(Quad(triple.subject, triple.predicate, triple.object, INFERRED) for triple in new)
        inferred |= new


def _held(triple: Triple) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, DefaultGraph())
