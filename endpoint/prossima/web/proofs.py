"""What stands beside a fact: who says it and how sure it is, or by which rule it follows and from what."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple

from prossima import inference
from prossima.vocabulary import INFERRED, PR, PROV, SKOS, expand, text_of
from prossima.web.links import Links
from prossima.web.views import Confidence, EvidenceView, Link, ReasonView, Source
from prossima.words import Words

# A page looks for the reasons of so many facts: each costs a query for each rule.
_MOST = 50
_TOO_MANY = {
    "it": "Di troppi fatti dedotti in questa pagina si dice il perché: di questo no.",
    "en": "The reasons of too many inferred facts of this page are told: not of this one.",
}


class Proofs:
    """The evidence of a release, put into words in one language; each evidence graph once."""

    def __init__(self, store: Store, words: Words, links: Links) -> None:
        self.store, self.words, self.links = store, words, links
        self._views: dict[str, EvidenceView] = {}
        self._reasoned = 0

    def behind(self, subject: str, predicate: NamedNode) -> list[EvidenceView]:
        """Who says something of a thing by a property."""
        return self.of(self.store.quads_for_pattern(NamedNode(subject), predicate, None, None))

    def of(self, quads: Iterable[Quad]) -> list[EvidenceView]:
        """Who says the statements: one view for each evidence graph among theirs."""
        graphs = {q.graph_name.value for q in quads if isinstance(q.graph_name, NamedNode)}
        views = [self._view(graph) for graph in sorted(graphs)]
        return [view for view in views if view is not None]

    def _view(self, graph: str) -> EvidenceView | None:
        if graph not in self._views:
            confidence = self.words.one(graph, PR("confidence"))
            if confidence is None:
                return None
            sources = [text_of(source) for source in self.words.objects(graph, PROV("hadPrimarySource"))]
            scope = self.words.one(graph, PR("sourceScope")) or ""
            shown = sorted(map(self.source, sources), key=lambda source: source.label.casefold())
            self._views[graph] = EvidenceView(self.concept(confidence), scope.endswith("/row"), shown)
        return self._views[graph]

    def source(self, iri: str) -> Source:
        """A source as it is cited beside a fact."""
        page = self.words.one(iri, NamedNode(expand("foaf:page")))
        return Source(
            label=self.words.label(iri),
            path=self.links.path(iri),
            publisher=self.words.one(iri, NamedNode(expand("dc:publisher"))),
            date=self.words.when(iri, "issued") or None,
            url=self.links.href(page) if page else None,
        )

    def concept(self, iri: str) -> Confidence:
        """A concept that says how sure something is, or how it was resolved."""
        return Confidence(iri.rpartition("/")[2], self.words.label(iri), self.words.one(iri, SKOS("definition")) or "")

    def is_inferred(self, triple: Triple) -> bool:
        """Whether only the rules say it."""
        return any(self.store.quads_for_pattern(triple.subject, triple.predicate, triple.object, INFERRED))

    def reasons(self, triple: Triple) -> list[ReasonView]:
        """Why a fact follows: from what is asserted, where it does, else from what is inferred in turn. An axiom
        among the premises goes without saying."""
        if self._reasoned >= _MOST:
            return [ReasonView(_TOO_MANY[self.words.language], [])]
        self._reasoned += 1
        found = inference.reasons(self.store, triple)
        steps = {reason: sum(map(self.is_inferred, reason.premises)) for reason in found}
        return [
            ReasonView(
                reason.rule.title[self.words.language],
                [
                    (self._link(p.subject), self._link(p.predicate), self._link(p.object))
                    for p in reason.premises
                    if not inference.is_axiom(p)
                ],
            )
            for reason in found
            if steps[reason] == min(steps.values())
        ]

    def _link(self, term: NamedNode | BlankNode | Literal | Triple) -> Link:
        if isinstance(term, Literal):
            return Link(self.words.literal(term), None)
        return Link(self.words.label(text_of(term)), self.links.path(text_of(term)))
