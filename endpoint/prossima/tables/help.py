"""What to tell whoever fills in a column: from the property shape that will judge it, as the schema says what the
column becomes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache

from pyoxigraph import Literal

from prossima.tables.schema import Column, Schema, variables
from prossima.vocabulary import PR, RDF, SH, SHAPES, expand, shape_files, text_of, triples

EDTF = PR + "edtf"


@dataclass(frozen=True)
class Help:
    """The words of a property shape, by language, an example of a right value, and the classes it points at.

    shape: the IRI of the property shape.
    """

    shape: str
    name: dict[str, str] = field(default_factory=dict)
    description: dict[str, str] = field(default_factory=dict)
    example: str = ""
    classes: frozenset[str] = frozenset()


def help_of(schema: Schema, column: Column) -> Help | None:
    """The help for a column; None where no shape judges what it becomes."""
    if column.kind == EDTF:  # its shape is that of any date: what the date means is said of the thing that has it
        own = replace(column, about=None, property=schema.shown(column))
        if own.property != column.property and (found := help_of(schema, replace(own, kind=None))):
            return found
    for class_ in _classes(schema, column):
        if found := _shapes().get((class_, column.property or "")):
            return found
    return None


def _classes(schema: Schema, column: Column) -> list[str]:
    """The classes of the thing, or of the node behind it, that gets what the column says."""
    about = column.about or schema.about
    kinds = []
    for other in schema.columns:
        if other.property == RDF + "type" and (other.about or schema.about) == about:
            base, brace, _ = (other.value or "").partition("{")
            kinds += [base + kind for kind in (other.pattern or "").split("|")] if brace else [base]
    if not kinds and variables(about) and about != schema.about:
        # A node that another column of the row types: a post code's address is that of the address.
        start = about.partition("{+id}")[2].partition("{")[0]
        kinds = [
            other.value or ""
            for other in schema.virtual
            if other.property == RDF + "type" and start and start in (other.about or "")
        ]
    return [expand(kind) for kind in kinds]


@cache
def _shapes() -> dict[tuple[str, str], Help]:
    """The help of each property shape, by (class, property)."""
    said: dict[str, dict[str, list[str]]] = {}
    texts: dict[str, dict[str, dict[str, str]]] = {}
    for path in shape_files():
        for triple in triples(path):
            subject, predicate = text_of(triple.subject), triple.predicate.value
            said.setdefault(subject, {}).setdefault(predicate, []).append(text_of(triple.object))
            if isinstance(triple.object, Literal) and triple.object.language:
                texts.setdefault(subject, {}).setdefault(predicate, {})[triple.object.language] = triple.object.value
    found: dict[tuple[str, str], Help] = {}
    for about in said.values():
        for child in about.get(SH + "property", []):
            inner, words = said.get(child, {}), texts.get(child, {})
            helped = Help(
                child,
                words.get(SH + "name", {}),
                words.get(SH + "description", {}),
                next(iter(inner.get(SHAPES + "example", [])), ""),
                frozenset(inner.get(SH + "class", [])),
            )
            for class_ in about.get(SH + "targetClass", []):
                for path_ in inner.get(SH + "path", []):
                    known = found.get((class_, path_))
                    # Of several shapes on one property, that which says what to write.
                    if known is None or (helped.description and not known.description):
                        found[(class_, path_)] = helped
    return found
