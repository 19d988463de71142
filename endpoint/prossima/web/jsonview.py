"""A thing as JSON that needs no knowledge of RDF: nested, with plain names, texts by language, numbers as numbers.

It is JSON-LD all the same: read with our context it gives back the statements it was made from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from pyld import jsonld
from pyoxigraph import Literal, RdfFormat, Triple, serialize

from prossima.engine.serialisation import COMPACTED, context, json_ld
from prossima.vocabulary import ROOT, XSD, text_of

CONTEXT = ROOT + "ontology/context.jsonld"


def json_view(iri: str, triples: Iterable[Triple]) -> bytes:
    """The statements on a thing and on the nodes it owns, as one JSON object with the thing outside (UTF-8). Where
    they speak of other things too, as those on an evidence graph do, these stand beside it under `@graph`. Very many
    statements, and what JSON-LD cannot nest, come as JSON-LD expanded. Raises UnwritableError."""
    kept = list(triples)
    if len(kept) > COMPACTED:
        return json_ld(kept)
    try:
        return _nested(iri, kept)
    except jsonld.JsonLdError:  # what JSON-LD 1.1 or the context cannot tell in short
        return json_ld(kept)


def _nested(iri: str, kept: list[Triple]) -> bytes:
    written = serialize(kept, format=RdfFormat.N_TRIPLES) or b""
    expanded = jsonld.from_rdf(written.decode(), {"useNativeTypes": all(map(_is_exact, kept))})
    frame = {**context(), "@id": _outermost(iri, kept)}
    framed = jsonld.frame(expanded, frame, {"embed": "@once", "omitGraph": True, "omitDefault": True})
    first = {"@context": CONTEXT} | {key: framed[key] for key in ("id", "type", "name") if key in framed}
    return json.dumps(first | {**framed, "@context": CONTEXT}, ensure_ascii=False, indent=2).encode()


def _is_exact(triple: Triple) -> bool:
    """Whether JSON can hold the value as its own: no floating point, no integer beyond 53 bits."""
    term = triple.object
    if not isinstance(term, Literal) or not term.datatype.value.startswith(XSD):
        return True
    kind = term.datatype.value.removeprefix(XSD)
    return kind not in ("double", "float") and not (kind == "integer" and len(term.value.lstrip("+-0")) > 15)


def _outermost(iri: str, triples: list[Triple]) -> list[str]:
    """The thing, and each subject that is not inside one before it: at least one of every circle."""
    inside: dict[str, list[str]] = {}
    for triple in triples:
        inside.setdefault(text_of(triple.subject), []).append(text_of(triple.object))
    pointed = {target for subject, targets in inside.items() for target in targets if target != subject}
    found, seen = [], set[str]()
    for subject in [iri, *(s for s in inside if s not in pointed), *inside]:
        if subject in seen:
            continue
        found.append(subject)
        waiting = [subject]
        while waiting:
            node = waiting.pop()
            if node not in seen:
                seen.add(node)
                waiting += [target for target in inside.get(node, []) if target in inside]
    return found
