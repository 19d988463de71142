"""The page of a thing as data: its facts in words and, beside each, who says it and how sure it is.

Everything is looked up in the release's store, in this process; a page costs a look-up for each fact it
shows and one for each different term, however often it occurs.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from prossima.searchtext import SEARCH_TEXT
from prossima.vocabulary import (
    DCTERMS,
    GRAPH,
    INFERRED,
    PR,
    PROV,
    RDF,
    RDFS,
    SCHEME,
    SKOS,
    compact,
    expand,
    is_iri,
    text_of,
)
from prossima.web.links import Links
from prossima.web.proofs import Proofs
from prossima.web.views import (
    DisagreementView,
    Entity,
    Fact,
    Link,
    LinkGroup,
    RivalView,
    Section,
    Source,
    Unknown,
    Value,
)
from prossima.words import Words

_DEFAULT = DefaultGraph()
_MANY = 500
# Shown elsewhere on the page, or only there for machines.
_HIDDEN = frozenset(
    expand(name) for name in ("rdf:type", "rdfs:label", "pr:onSubject", "pr:edtf", "skos:note", "pr:searchText")
)
_NOT_LINKS = _HIDDEN | {expand(name) for name in ("pr:holder", "pr:target", "pr:funds", "pr:rivalValue", "pr:origin")}


@cache
def arrangement() -> dict[str, Any]:
    """`sections.toml`: the order of a page."""
    return tomllib.loads((Path(__file__).parent / "sections.toml").read_text(encoding="utf-8"))


class Thing:
    """One thing of a release, put into words in one language."""

    def __init__(self, store: Store, iri: str, language: str, links: Links) -> None:
        self.store, self.iri, self.language, self.links = store, iri, language, links
        self.node = NamedNode(iri)
        self.words = Words(store, language)
        self.proofs = Proofs(store, self.words, links)

    # -- what there is ---------------------------------------------------------------------------------

    def exists(self) -> bool:
        return any(self.store.quads_for_pattern(self.node, None, None, None)) or any(
            self.store.quads_for_pattern(None, None, None, self.node)
        )

    def claimed_only(self) -> bool:
        """Whether nobody we hold true says anything of it: a reading of ours, or a claim not preferred."""
        return not any(self.store.quads_for_pattern(self.node, None, None, _DEFAULT))

    def description_graph(self, *, own_terms: bool = False) -> list[Triple]:
        """The triples that describe the thing and the nodes it owns; of an evidence graph, what it asserts.
        own_terms: without what is only inferred in the terms of other vocabularies, or for searching."""
        if self.iri.startswith(GRAPH):
            inside = [quad.triple for quad in self.store.quads_for_pattern(None, None, None, self.node)]
            return inside + [quad.triple for quad in self.store.quads_for_pattern(self.node, None, None, _DEFAULT)]
        graph = None if self.claimed_only() else _DEFAULT
        found: dict[Triple, None] = {}
        waiting, seen = [self.node], {self.iri}
        while waiting:
            for quad in self.store.quads_for_pattern(waiting.pop(), None, None, graph):
                owned = quad.object
                if own_terms and self._only_for_queries(quad):
                    continue
                found[quad.triple] = None
                if isinstance(owned, NamedNode) and self._owns(owned.value) and owned.value not in seen:
                    seen.add(owned.value)
                    waiting.append(owned)
        return list(found)

    def _only_for_queries(self, quad: Quad) -> bool:
        return quad.predicate == SEARCH_TEXT or (not _is_ours(quad) and self.proofs.is_inferred(quad.triple))

    def _owns(self, iri: str) -> bool:
        return iri.startswith(self.iri + "/")

    # -- the head --------------------------------------------------------------------------------------

    def entity(self) -> Entity:
        kinds = [k for k in self.words.objects(self.iri, RDF("type")) if isinstance(k, NamedNode)]
        # What it is said to be; the wider classes, ours and those of others, follow.
        said = [kind for kind in kinds if not self.proofs.is_inferred(Triple(self.node, RDF("type"), kind))] or kinds
        return Entity(
            label=self.words.label(self.iri),
            alt_labels=self.words.texts(self.iri, SKOS("altLabel")),
            iri=self.iri,
            types=[self._link(kind.value) for kind in said],
            description=self.words.one(self.iri, DCTERMS("description"))
            or self.words.one(self.iri, SKOS("definition")),
            notes=self.words.texts(self.iri, SKOS("note")),
        )

    # -- facts -----------------------------------------------------------------------------------------

    def sections(self) -> list[Section]:
        """The facts, by section and property, then roles, figures and funding that stand on their own."""
        facts = self._facts()
        plan = arrangement()
        found: list[Section] = []
        for section in plan["section"]:
            mine = [facts.pop(expand(name)) for name in section["properties"] if expand(name) in facts]
            found.append(Section(section[self.language], mine))
        found += [
            Section(plan["roles-in"][self.language], self._roles("target", "holder")),
            Section(plan["roles-of"][self.language], self._roles("holder", "target")),
            Section(plan["figures"][self.language], self._figures()),
            Section(plan["funding"][self.language], self._funding()),
            Section(plan["other"][self.language], list(facts.values())),
        ]
        return [section for section in found if section.facts]

    def _facts(self) -> dict[str, Fact]:
        remarks = self._remarks()
        said: dict[tuple[str, Any], list[Quad]] = {}
        for quad in self.store.quads_for_pattern(self.node, None, None, None):
            if quad.predicate.value not in _HIDDEN:
                said.setdefault((quad.predicate.value, quad.object), []).append(quad)
        facts: dict[str, Fact] = {}
        for (predicate, term), quads in said.items():
            if isinstance(term, Literal) and not self._in_language(predicate, term, said):
                continue
            value = self._value(term)
            value.evidence = self.proofs.of(quads)
            if any(quad.graph_name == INFERRED for quad in quads):
                if not predicate.startswith(PR):
                    continue  # the same fact in the terms of another vocabulary, for queries
                value.reasons = self.proofs.reasons(quads[0].triple)
            value.notes = [note for on, note in remarks.get(predicate, []) if on in (None, str(term))]
            facts.setdefault(predicate, Fact(self._property(predicate))).values.append(value)
        for fact in facts.values():
            fact.values.sort(key=lambda value: (bool(value.reasons), value.text.casefold()))
        return facts

    def _in_language(self, predicate: str, term: Literal, said: Iterable[tuple[str, Any]]) -> bool:
        """Whether to show a text: it is in the page's language, or no text of the property is."""
        if term.language in (None, self.language):
            return True
        others = (t for p, t in said if p == predicate and isinstance(t, Literal))
        return not any(other.language == self.language for other in others)

    def _value(self, term: NamedNode | BlankNode | Literal | Triple) -> Value:
        if isinstance(term, Literal):
            return Value(self.words.literal(term), lang=term.language)
        iri = text_of(term)
        if self._owns(iri) and (owned := self.words.owned(iri)):
            return Value(owned[0], detail=owned[1])
        if path := self.links.path(iri):
            return Value(self.words.label(iri), path=path, detail=self._detail(iri))
        if not self.links.href(iri):
            return Value(iri)
        shown = re.sub("^(https?://|mailto:|tel:)", "", iri).rstrip("/")
        on_the_web = iri.lower().startswith("http")
        return Value(shown if len(shown) < 60 else shown[:57] + "…", path=iri, external=on_the_web)

    def _detail(self, iri: str) -> str | None:
        """What tells a place apart: the wider place it is in."""
        within = [text_of(place) for place in self.words.objects(iri, PR("within"))]
        narrow = [place for place in within if not self.store_has(place, RDF("type"), PR("Province"))]
        return self.words.label(narrow[0]) if narrow else None

    def store_has(self, subject: str, predicate: NamedNode, target: NamedNode) -> bool:
        node = NamedNode(subject) if is_iri(subject) else None
        return node is not None and any(self.store.quads_for_pattern(node, predicate, target, _DEFAULT))

    def _remarks(self) -> dict[str, list[tuple[str | None, str]]]:
        """Editorial notes on single facts: by property, each with the value it is on (None for all)."""
        found: dict[str, list[tuple[str | None, str]]] = {}
        for remark in self._subjects(PR("onSubject"), "Remark"):
            on = [str(value) for value in self.words.objects(remark, PR("onValue"))]
            values: list[str | None] = [*on] if on else [None]
            for about in self.words.objects(remark, PR("onProperty")):
                notes = [(value, note) for value in values for note in self.words.texts(remark, SKOS("note"))]
                found.setdefault(text_of(about), []).extend(notes)
        return found

    # -- facts that are things of their own --------------------------------------------------------------

    def _roles(self, mine: str, other: str) -> list[Fact]:
        facts: dict[str, Fact] = {}
        for role in self._subjects(PR(mine)):
            kind, party = self.words.one(role, PR("roleKind")), self.words.one(role, PR(other))
            if not kind or not party:
                continue
            value = Value(self.words.label(party), path=self.links.path(party), detail=self._role_detail(role))
            value.notes = self.words.texts(role, SKOS("note"))
            value.evidence = self.proofs.behind(role, PR("roleKind"))
            facts.setdefault(kind, Fact(self._property(kind))).values.append(value)
        return _sorted(facts)

    def _role_detail(self, role: str) -> str | None:
        period, attested = self.words.when(role, "period"), self.words.when(role, "attested")
        if period:
            return period
        at = {"it": "attestato", "en": "attested"}[self.language]
        return f"{at}: {attested}" if attested else None

    def _figures(self) -> list[Fact]:
        facts: dict[str, Fact] = {}
        for figure in self._subjects(PR("about"), "Figure"):
            indicator = self.words.one(figure, PR("indicator"))
            if not indicator:
                continue
            parts = (self.words.label_of(figure, "stage"), self.words.when(figure, "period"))
            detail = ", ".join(part for part in parts if part)
            value = Value(self.words.figure(figure), path=self.links.path(figure), detail=detail or None)
            value.notes = self.words.texts(figure, SKOS("note"))
            value.evidence = self.proofs.behind(figure, PR("value"))
            facts.setdefault(indicator, Fact(self._property(indicator))).values.append(value)
        return _sorted(facts)

    def _funding(self) -> list[Fact]:
        facts: dict[str, Fact] = {}
        for local in ("funds", "recipient", "funder"):
            for funding in self._subjects(PR(local), "Funding"):
                others = [name for name in ("funder", "recipient", "funds") if name != local]
                said = [self.words.label_of(funding, name) for name in others] + [self.words.when(funding, "decided")]
                value = Value(self.words.funding(funding), path=self.links.path(funding))
                value.detail = ", ".join(part for part in said if part) or None
                value.notes = self.words.texts(funding, SKOS("note"))
                value.evidence = self.proofs.behind(funding, PR("amount")) or self.proofs.behind(funding, PR("funds"))
                facts.setdefault(local, Fact(self._property(PR + local))).values.append(value)
        return _sorted(facts)

    # -- what is not known, or disputed ---------------------------------------------------------------

    def unknowns(self) -> list[Unknown]:
        """What was looked for and not found, and what is known not to be."""
        found = []
        for kind, key in (("KnownUnknown", "unknown"), ("KnownNone", "none")):
            for gap in self._subjects(PR("onSubject"), kind):
                about = self.words.one(gap, PR("onProperty"))
                searched = [self.proofs.source(text_of(s)) for s in self.words.objects(gap, PR("searchedIn"))]
                as_of = self._as_of(gap)
                found.append(
                    Unknown(
                        self._property(about or ""),
                        key,
                        sorted(searched, key=_by_label),
                        self.words.date(as_of) if as_of else None,
                        self.words.one(gap, SKOS("note")),
                    )
                )
        return sorted(found, key=lambda unknown: unknown.property.label)

    def _as_of(self, subject: str) -> str | None:
        """The day up to which the sources behind a statement were read."""
        for quad in self.store.quads_for_pattern(NamedNode(subject), RDF("type"), None, None):
            if isinstance(quad.graph_name, NamedNode) and (
                origin := self.words.one(quad.graph_name.value, PR("origin"))
            ):
                return self.words.one(origin, PR("asOf"))
        return None

    def disagreements(self) -> list[DisagreementView]:
        """Where sources disagree on this thing; on the page of a disagreement, that one."""
        iris = self._subjects(PR("onSubject"), "Disagreement")
        if self.store_has(self.iri, RDF("type"), PR("Disagreement")):
            iris = [self.iri]
        found = []
        for iri in iris:
            preferred = self.words.one(iri, PR("preferredRival"))
            rivals = []
            for rival in sorted(text_of(node) for node in self.words.objects(iri, PR("rival"))):
                sources = [self.proofs.source(text_of(s)) for s in self.words.objects(rival, PROV("hadPrimarySource"))]
                text = self.words.one(rival, PR("asPrinted")) or self.words.label(rival)
                rivals.append(RivalView(text, rival == preferred, sorted(sources, key=_by_label)))
            subject = self.words.one(iri, PR("onSubject")) or iri
            about = self.words.one(iri, SKOS("prefLabel")) or ""
            found.append(
                DisagreementView(
                    Link(about, self.links.path(iri)),
                    self._link(subject),
                    self.proofs.concept(self.words.one(iri, PR("resolution")) or ""),
                    self.words.one(iri, PR("reason")),
                    rivals,
                )
            )
        return found

    # -- what points here ------------------------------------------------------------------------------

    def incoming(self) -> list[LinkGroup]:
        """Things that point at this one, by how they do."""
        titles = arrangement()["inverse"]
        groups: dict[str, dict[str, Link]] = {}
        for count, quad in enumerate(self.store.quads_for_pattern(None, None, self.node, _DEFAULT)):
            if count > _MANY:
                break
            predicate, subject = quad.predicate.value, text_of(quad.subject)
            if not predicate.startswith(PR) and self.proofs.is_inferred(quad.triple):
                continue
            skipped = predicate in _NOT_LINKS or subject.startswith((self.iri + "/", SCHEME + "contributor"))
            if skipped or (predicate == PR + "about" and self.store_has(subject, RDF("type"), PR("Figure"))):
                continue
            if subject.startswith(GRAPH):
                for told in self._told_by(subject):
                    groups.setdefault(predicate, {})[told] = self._link(told)
                continue
            if self.store_has(subject, RDF("type"), PR("Disagreement")) or "/unknown/" in subject:
                continue
            groups.setdefault(predicate, {})[subject] = self._link(subject)
        found = []
        for predicate, items in groups.items():
            title = titles.get(compact(predicate), {}).get(self.language) or self.words.label(predicate)
            found.append(LinkGroup(title, sorted(items.values(), key=_by_label)))
        return sorted(found, key=lambda group: group.title)

    def _told_by(self, graph: str) -> list[str]:
        """The things an evidence graph speaks of, without the nodes they own."""
        subjects = {text_of(q.subject) for q in self.store.quads_for_pattern(None, None, None, NamedNode(graph))}
        return sorted(s for s in subjects if not any(s.startswith(other + "/") for other in subjects))[:_MANY]

    # -- helpers ---------------------------------------------------------------------------------------

    def _subjects(self, predicate: NamedNode, kind: str | None = None) -> list[str]:
        """The things that have this thing as the value of a property, also where they are only claimed."""
        found = {quad.subject for quad in self.store.quads_for_pattern(None, predicate, self.node, None)}
        if kind:
            found = {s for s in found if any(self.store.quads_for_pattern(s, RDF("type"), PR(kind), None))}
        return sorted(s.value for s in found if isinstance(s, NamedNode))[:_MANY]

    def _link(self, iri: str) -> Link:
        return Link(self.words.label(iri), self.links.path(iri), detail=self._detail(iri))

    def _property(self, iri: str) -> Link:
        """A property, or a concept that stands where a property does."""
        definition = self.words.one(iri, SKOS("definition")) or self.words.one(iri, RDFS("comment"))
        return Link(self.words.label(iri), self.links.path(iri), definition=definition)


def _is_ours(quad: Quad) -> bool:
    """Whether a statement is in our own terms: its property, or the class it gives."""
    term = quad.object if quad.predicate == RDF("type") else quad.predicate
    return isinstance(term, NamedNode) and term.value.startswith(PR)


def _by_label(thing: Link | Source) -> str:
    return thing.label.casefold()


def _sorted(facts: dict[str, Fact]) -> list[Fact]:
    for fact in facts.values():
        fact.values.sort(key=lambda value: value.text.casefold())
    return sorted(facts.values(), key=lambda fact: fact.property.label.casefold())
