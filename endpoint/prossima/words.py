"""Terms in words: the label of anything, a period, an address, a figure, in the language of the page."""

from __future__ import annotations

import datetime
import decimal
import re
from functools import cached_property

from babel.dates import format_date
from babel.numbers import format_decimal
from pyoxigraph import DefaultGraph, Literal, NamedNode, Store

from prossima import dates
from prossima.vocabulary import DCTERMS, GEO, PR, RDF, RDFS, SKOS, XSD, compact, expand, is_iri, text_of

_DEFAULT = DefaultGraph()
# What XML Schema takes for a decimal, and for a date or a moment of the years that people write so.
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


class Words:
    """Looks labels up in a release, once each, and puts nodes into words."""

    def __init__(self, store: Store, language: str) -> None:
        self.store, self.language = store, language
        self._labels: dict[str, str] = {}

    @cached_property
    def locale(self) -> str:
        return "it" if self.language == "it" else "en_GB"

    def objects(self, subject: str, predicate: NamedNode) -> list[NamedNode | Literal]:
        """The objects of a property, as held true; where the thing is only claimed, as claimed."""
        if not is_iri(subject):
            return []
        node = NamedNode(subject)
        found = list(self.store.quads_for_pattern(node, predicate, None, _DEFAULT))
        found = found or list(self.store.quads_for_pattern(node, predicate, None, None))
        return list(dict.fromkeys(quad.object for quad in found if isinstance(quad.object, NamedNode | Literal)))

    def one(self, subject: str, predicate: NamedNode) -> str | None:
        """The text of a property's object, in the page's language where it has one."""
        return next(iter(self.texts(subject, predicate)), None)

    def texts(self, subject: str, predicate: NamedNode) -> list[str]:
        """The texts of a property in the page's language; in the others when it has none."""
        terms = self.objects(subject, predicate)
        ours = [t.value for t in terms if isinstance(t, Literal) and t.language in (self.language, None)]
        return sorted(ours or [text_of(term) for term in terms])

    def label(self, iri: str) -> str:
        """What to call a thing: its name, a figure's or a role's words, or else the end of its IRI."""
        if iri not in self._labels:
            self._labels[iri] = self._short(iri)  # till its words are found: they may name the thing itself
            self._labels[iri] = self._found_label(iri)
        return self._labels[iri]

    def _found_label(self, iri: str) -> str:
        for predicate in (SKOS("prefLabel"), RDFS("label"), DCTERMS("title")):
            if name := self.one(iri, predicate):
                return name
        kinds = {text_of(kind).removeprefix(PR) for kind in self.objects(iri, RDF("type"))}
        if "Figure" in kinds:
            return self.figure(iri)
        if "DatedRole" in kinds:
            return self.role(iri)
        if "Funding" in kinds:
            return self.funding(iri)
        return self._short(iri)

    @staticmethod
    def _short(iri: str) -> str:
        short = compact(iri)
        return short if short != iri and "/" not in short else iri.rstrip("/#").rpartition("/")[2] or iri

    def label_of(self, subject: str, local: str) -> str:
        """The label of what `pr:local` of the subject points at; empty when nothing."""
        found = self.one(subject, PR(local))
        return self.label(found) if found else ""

    def figure(self, iri: str) -> str:
        """«almeno 800 famiglie»: qualifier, value and unit of a figure."""
        value = self.one(iri, PR("value"))
        qualifier = (self.one(iri, PR("qualifier")) or "").rpartition("/")[2]
        spoken = "" if qualifier in ("exactly", "as-printed", "") else self.label_of(iri, "qualifier") + " "
        unit = self.label_of(iri, "unit")
        number = self.number(value) if value else "?"
        return f"{spoken}{number} {unit}".strip()

    def role(self, iri: str) -> str:
        """«capofila: Consorzio Sociale Pavese, Fare #BeneComune»."""
        return f"{self.label_of(iri, 'roleKind')}: {self.label_of(iri, 'holder')}, {self.label_of(iri, 'target')}"

    def funding(self, iri: str) -> str:
        """«800.000 EUR per Fare #BeneComune»."""
        amount = self.one(iri, PR("amount"))
        money = f"{self.number(amount)} {self.one(iri, PR('currency')) or ''}".strip() if amount else ""
        about = {"it": "per", "en": "for"}[self.language]
        return f"{money} {about} {self.label_of(iri, 'funds')}".strip()

    def number(self, text: str) -> str:
        """A decimal as people write it; the text itself where it is none, or too long."""
        if not _DECIMAL.fullmatch(text):
            return text
        try:
            return str(format_decimal(text, locale=self.locale, decimal_quantization=False))
        except decimal.InvalidOperation:
            return text

    def date(self, text: str) -> str:
        """The day of a date or a moment (ISO 8601) as people write it; the text itself where it is none."""
        iso = _DAY.fullmatch(text)
        try:
            day = datetime.date.fromisoformat(iso[1] if iso else "")
        except ValueError:
            return text
        return str(format_date(day, "d MMMM y", locale=self.locale))

    def period(self, iri: str) -> str | None:
        """The words of a period node; None when it is none."""
        edtf = self.one(iri, PR("edtf"))
        return dates.words(edtf, self.language) if edtf else None

    def when(self, subject: str, *locals_: str) -> str:
        """The words of the periods a thing has by these properties."""
        found = [self.period(text_of(node)) for local in locals_ for node in self.objects(subject, PR(local))]
        return ", ".join(words for words in found if words)

    def owned(self, iri: str) -> tuple[str, str | None] | None:
        """A node that only describes another (period, address, contact, hours, geometry) as text and detail."""
        if words := self.period(iri):
            return words, None
        for name in ("locn:fullAddress", "cv:email", "cv:telephone"):
            if many := self.texts(iri, NamedNode(expand(name))):
                return ", ".join(many), None
        if found := self.one(iri, NamedNode(expand("locn:postCode"))):
            word = {"it": "CAP", "en": "post code"}[self.language]
            return f"{word} {found}", None
        if found := self.one(iri, GEO("asWKT")):
            return self.point(found), None
        if found := self.one(iri, DCTERMS("description")):
            return found, self.when(iri, "period") or None
        return None

    @staticmethod
    def point(wkt: str) -> str:
        """«45.18509, 9.16016»: latitude and longitude of a WKT point."""
        match = re.search(r"POINT\s*\(\s*(\S+)\s+(\S+)\s*\)", wkt)
        return f"{match[2]}, {match[1]}" if match else wkt

    def literal(self, term: Literal) -> str:
        """A literal in words; its lexical form where there are none for it."""
        kind = term.datatype.value
        if kind == XSD + "boolean" and term.value in _TRUTH:
            yes = {"it": "sì", "en": "yes"}[self.language]
            return yes if _TRUTH[term.value] else "no"
        if kind == XSD + "decimal":
            return self.number(term.value)
        if kind in (XSD + "date", XSD + "dateTime"):
            return self.date(term.value)
        return term.value
