"""Results as bytes: tables by the engine's own serialisers, graphs too, JSON-LD compacted with our context."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from pyoxigraph import QueryBoolean, QuerySolutions, QueryTriples, Triple, serialize

from prossima.engine.query import GRAPHS, RESULTS, QueryError, UnwritableError, UnwritablePredicateError
from prossima.vocabulary import PREFIXES, knowledge

# Beyond, compacting takes seconds: its time grows with the square of the values of one property.
COMPACTED = 2_000


def write(found: QuerySolutions | QueryBoolean | QueryTriples, format_: str, out: Any) -> None:
    """Serialise results to `out`, a binary writer. Raises UnwritableError, and what `out` raises."""
    if format_ in ("xml", "rdf"):
        out = _Xml(out)
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
    """Serialise a graph to `out`. Raises UnwritableError: RDF/XML cannot name every predicate, and the engine's
    serialiser would write malformed XML."""
    if format_ == "jsonld":
        out.write(json_ld(list(triples)))
        return
    if format_ == "rdf":
        triples = list(triples)
        for triple in triples:
            if not _NAME_AT_END.search(triple.predicate.value):
                raise UnwritablePredicateError(triple.predicate.value)
    prefixes = None if format_ == "nt" else PREFIXES
    serialize(triples, output=out, format=GRAPHS[format_], prefixes=prefixes)


# NCName of Namespaces in XML 1.0, at the end of an IRI.
_START = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME_AT_END = re.compile(rf"[{_START}][{_START}.0-9\u00b7\u0300-\u036f\u203f\u2040-]*$")
# What XML 1.0 cannot hold, not even escaped, in UTF-8.
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")


class _Xml:
    """A binary writer that lets only what XML can hold through to `out`. Raises UnwritableError."""

    def __init__(self, out: Any) -> None:
        self._out, self._end = out, b""

    def write(self, data: bytes) -> int:
        if found := _NOT_XML.search(self._end + data):
            raise UnwritableError("XML", f"the character U+{ord(found[0].decode()):04X}")
        self._end = data[-2:]
        self._out.write(data)
        return len(data)

    def flush(self) -> None:
        self._out.flush()


@cache
def context() -> dict[str, Any]:
    """The JSON-LD context of our terms."""
    found: dict[str, Any] = json.loads((knowledge() / "ontology" / "context.jsonld").read_text(encoding="utf-8"))
    return found


def json_ld(kept: list[Triple]) -> bytes:
    """JSON-LD, compacted with our context up to COMPACTED triples; expanded, as the engine writes it, beyond that
    and where compacting fails (a triple term, an IRI whose scheme the context has as a prefix)."""
    if len(kept) <= COMPACTED:
        from pyld import jsonld

        try:
            expanded = jsonld.from_rdf((serialize(kept, format=GRAPHS["nt"]) or b"").decode())
            return json.dumps(jsonld.compact(expanded, context()), ensure_ascii=False, indent=1).encode()
        except jsonld.JsonLdError:
            pass
    try:
        return serialize(kept, format=GRAPHS["jsonld"]) or b"[]"
    except OSError as error:
        raise UnwritableError("JSON-LD", f"this graph ({error})") from None
