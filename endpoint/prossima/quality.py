"""How good a district's data are: how complete, how sure, how fresh, what is open and what is known to be lacking."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store

from prossima import tables
from prossima.tables import Column, Schema
from prossima.tables.help import help_of
from prossima.vocabulary import DCTERMS, PR, PROV, RDF, SCHEME, text_of

_DEFAULT = DefaultGraph()
# Tables whose rows say something of other rows: what they lack is no gap of the district's.
_APART = {"claims", "concepts", "disagreements", "rivals", "unknowns", "renamed"}
# Columns that need not be filled: of most things there is nothing to say in them.
_REMARKS = ("note_", "alt_names_")
CONFIDENCES = ("confirmed", "single-source", "conflicting", "inferred", "as-published")


@dataclass(frozen=True)
class Field:
    """A column of a table over all its things: how many have a value, are known to have none, were looked for in
    vain; the rest nobody has spoken of."""

    name: str
    title: dict[str, str]
    known: int
    none: int
    unknown: int
    total: int

    @property
    def silent(self) -> int:
        return self.total - self.known - self.none - self.unknown

    @property
    def share(self) -> float:
        """The part that is settled, between 0 and 1: a value, or known to have none."""
        return (self.known + self.none) / self.total


@dataclass(frozen=True)
class Kind:
    """The things of one table."""

    name: str
    title: dict[str, str]
    things: int
    fields: list[Field]

    @property
    def share(self) -> float:
        """The part of all its cells that is settled."""
        return sum(f.known + f.none for f in self.fields) / max(1, sum(f.total for f in self.fields))


@dataclass(frozen=True)
class Open:
    """A disagreement or a known unknown: the thing it is about, the property, and its own IRI."""

    iri: str
    subject: str
    property: str
    resolution: str = ""


@dataclass(frozen=True)
class Quality:
    """What can be said of a district's data. facts: statements made, by slug of confidence. years: statements by the
    year of the newest of their sources, None where no source is dated. as_of: ISO day up to which sources were read."""

    district: str
    as_of: str | None
    kinds: list[Kind]
    facts: dict[str, int]
    years: dict[int | None, int]
    disagreements: list[Open] = field(default_factory=list)
    unknowns: list[Open] = field(default_factory=list)

    @property
    def share(self) -> float:
        """The part of all cells that is settled."""
        fields = [f for kind in self.kinds for f in kind.fields]
        return sum(f.known + f.none for f in fields) / max(1, sum(f.total for f in fields))

    def as_dict(self) -> dict[str, Any]:
        """For JSON: numbers and shares (0 to 1)."""
        said = asdict(self)
        said["completeness"] = round(self.share, 4)
        for kind, described in zip(self.kinds, said["kinds"], strict=True):
            described["completeness"] = round(kind.share, 4)
            for one, told in zip(kind.fields, described["fields"], strict=True):
                told |= {"silent": one.silent, "completeness": round(one.share, 4)}
        said["years"] = [{"year": year, "facts": n} for year, n in self.years.items()]
        return said


def quality(store: Store, base: str) -> Quality:
    """The quality of the district that `base` is the IRI of, in a release's store."""
    return _Measuring(store, base).measured()


class _Measuring:
    def __init__(self, store: Store, base: str) -> None:
        self.store, self.base = store, base
        self.gaps: dict[tuple[str, str], str] = {}

    def measured(self) -> Quality:
        gaps = list(self._gaps())
        self.gaps = {(gap.subject, gap.property): gap.resolution for gap in gaps}
        facts, years = self._facts()
        as_of = self._one(self.base, PR("asOf"))
        return Quality(
            district=self.base,
            as_of=as_of,
            kinds=list(self._kinds()),
            facts={name: facts[name] for name in CONFIDENCES if facts[name]},
            years=dict(sorted(years.items(), key=lambda item: (item[0] is None, item[0] or 0))),
            disagreements=sorted(self._disagreements(), key=lambda found: found.iri),
            unknowns=[gap for gap in gaps if gap.resolution == "unknown"],
        )

    def _objects(self, subject: str, predicate: NamedNode) -> Iterator[NamedNode | Literal]:
        for quad in self.store.quads_for_pattern(NamedNode(subject), predicate, None, _DEFAULT):
            if isinstance(quad.object, NamedNode | Literal):
                yield quad.object

    def _one(self, subject: str, predicate: NamedNode) -> str | None:
        return next((text_of(term) for term in self._objects(subject, predicate)), None)

    def _instances(self, kind: NamedNode) -> Iterator[str]:
        for quad in self.store.quads_for_pattern(None, RDF("type"), kind, _DEFAULT):
            if (iri := text_of(quad.subject)).startswith(self.base):
                yield iri

    # -- completeness ----------------------------------------------------------------------------------------

    def _kinds(self) -> Iterator[Kind]:
        for path in tables.shipped_schemas().values():
            schema = Schema.read(path)
            if schema.name in _APART:
                continue
            things = {
                iri
                for kind in schema.classes
                for iri in self._instances(NamedNode(kind))
                if _is_row(iri.removeprefix(self.base), schema)
            }
            if things:
                fields = [self._field(schema, column, things) for column in schema.real if _is_asked(column)]
                yield Kind(schema.name, schema.titles, len(things), [f for f in fields if f])

    def _field(self, schema: Schema, column: Column, things: set[str]) -> Field | None:
        shown = schema.shown(column)
        apart = column.about is not None and shown == column.property
        if apart or help_of(schema, column) is None:
            return None  # of a node that hangs from another column's
        inner = column.property if column.about and column.kind != PR + "edtf" else None
        counts = Counter(self._state(thing, shown, inner, column.language) for thing in things)
        return Field(column.name, column.titles, counts["known"], counts["none"], counts["unknown"], len(things))

    def _state(self, thing: str, property_: str, inner: str | None, language: str | None) -> str:
        for term in self._objects(thing, NamedNode(property_)):
            values = self._objects(term.value, NamedNode(inner)) if inner else [term]
            for value in values:
                if language is None or (isinstance(value, Literal) and value.language == language):
                    return "known"
        return self.gaps.get((thing, property_), "silent")

    # -- certainty and age -----------------------------------------------------------------------------------

    def _facts(self) -> tuple[Counter[str], Counter[int | None]]:
        confidences: Counter[str] = Counter()
        years: Counter[int | None] = Counter()
        for part in self.store.quads_for_pattern(None, DCTERMS("isPartOf"), NamedNode(self.base), _DEFAULT):
            for owned in self.store.quads_for_pattern(None, PR("origin"), part.subject, _DEFAULT):
                graph = owned.subject
                assert isinstance(graph, NamedNode)
                confidence = (self._one(graph.value, PR("confidence")) or "").removeprefix(f"{SCHEME}confidence/")
                if confidence not in CONFIDENCES:
                    continue  # what is not known is told as a gap
                number = sum(1 for _ in self.store.quads_for_pattern(None, None, None, graph))
                confidences[confidence] += number
                sources = [text_of(source) for source in self._objects(graph.value, PROV("hadPrimarySource"))]
                years[max(filter(None, map(self._year, sources)), default=None)] += number
        return confidences, years

    def _year(self, source: str) -> int | None:
        """The year a source came out."""
        period = self._one(source, PR("issued"))
        latest = self._one(period, PR("latest")) or self._one(period, PR("earliest")) if period else None
        found = re.match(r"-?\d{4,}", latest or "")
        return int(found[0]) if found else None

    # -- what is open ----------------------------------------------------------------------------------------

    def _disagreements(self) -> Iterator[Open]:
        for iri in self._instances(PR("Disagreement")):
            resolution = (self._one(iri, PR("resolution")) or "").rpartition("/")[2]
            subject, property_ = self._one(iri, PR("onSubject")), self._one(iri, PR("onProperty"))
            yield Open(iri, subject or "", property_ or "", resolution)

    def _gaps(self) -> Iterator[Open]:
        for kind, state in (("KnownUnknown", "unknown"), ("KnownNone", "none")):
            for iri in sorted(self._instances(PR(kind))):
                subject, property_ = self._one(iri, PR("onSubject")), self._one(iri, PR("onProperty"))
                yield Open(iri, subject or "", property_ or "", state)


def _is_row(id_: str, schema: Schema) -> bool:
    """Whether an id is one of the table's, and not of a node that hangs from one."""
    return id_.partition("/")[0] in schema.kinds and id_.count("/") == 1


def _is_asked(column: Column) -> bool:
    """Whether a column is one that should be filled for each thing, as far as it is known."""
    return column.property is not None and not column.suppressed and not column.name.startswith(_REMARKS)
