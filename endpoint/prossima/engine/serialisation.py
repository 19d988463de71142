"""Results as bytes: tables by the engine's own serialisers, graphs too, JSON-LD compacted with our context."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from pyoxigraph import QueryBoolean, QuerySolutions, QueryTriples, Triple, serialize

from prossima.engine.query import GRAPHS, RESULTS, QueryError, UnwritablePredicateError
from prossima.vocabulary import PREFIXES, knowledge

COMPACTED = 10_000


def write(found: QuerySolutions | QueryBoolean | QueryTriples, format_: str, out: Any) -> None:
    """Serialise results to `out`, a binary writer. Raises UnwritablePredicateError, and what `out` raises."""
    try:
        if isinstance(found, QueryTriples):
            write_graph(found, format_, out)
        else:
            found.serialize(output=out, format=RESULTS[format_])
    except OSError as error:
        # What a writer raises comes back from the engine wrapped.
        if isinstance(error.__cause__, QueryError):
            raise error.__cause__ from None
        raise


def write_graph(triples: Iterable[Triple], format_: str, out: Any) -> None:
    """Serialise a graph to `out`. Raises UnwritablePredicateError: RDF/XML cannot name every predicate, and
    the engine's serialiser would write malformed XML."""
    if format_ == "jsonld":
        out.write(json_ld(list(triples)))
        return
    if format_ == "rdf":
        triples = list(triples)
        for triple in triples:
            if not _XML_NAME_AT_END.search(triple.predicate.value):
                raise UnwritablePredicateError(triple.predicate.value)
    prefixes = None if format_ == "nt" else PREFIXES
    serialize(triples, output=out, format=GRAPHS[format_], prefixes=prefixes)


_XML_NAME_AT_END = re.compile(r"[A-Za-z_\u00c0-\uffff][\w.-]*$")


@cache
def context() -> dict[str, Any]:
    """The JSON-LD context of our terms."""
    found: dict[str, Any] = json.loads((knowledge() / "ontology" / "context.jsonld").read_text(encoding="utf-8"))
    return found


def json_ld(kept: list[Triple]) -> bytes:
    """JSON-LD, compacted with our context up to COMPACTED triples, beyond that expanded as the engine writes it."""
    if len(kept) > COMPACTED:
        return serialize(kept, format=GRAPHS["jsonld"]) or b"[]"
    from pyld import jsonld

    expanded = jsonld.from_rdf((serialize(kept, format=GRAPHS["nt"]) or b"").decode())
    return json.dumps(jsonld.compact(expanded, context()), ensure_ascii=False, indent=1).encode()
