"""What the dataset checks look at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import Literal, NamedNode, Quad, Store, Triple

from prossima.problems import Problem
from prossima.statements import Contribution, Statement
from prossima.vocabulary import INFERRED, PR, RDF, SCHEME, SKOS, XSD, concepts, text_of

RIVAL = PR("rival")
NAMES = (SKOS("prefLabel"), SKOS("altLabel"))
_TEXTS = frozenset([XSD + "string", RDF + "langString", RDF + "dirLangString"])


@dataclass(frozen=True)
class Facts:
    """What the checks look at: a contribution, what is published already, and the problems told so far."""

    contribution: Contribution
    published: Store | None
    told: tuple[Problem, ...] = ()
    replaced: frozenset[NamedNode] = frozenset()
    as_of: str | None = None

    @property
    def statements(self) -> Iterable[Statement]:
        """All that is said, as often as it is asked for."""
        return self.contribution.statements

    @cached_property
    def _by_predicate(self) -> dict[NamedNode, list[Statement]]:
        found: dict[NamedNode, list[Statement]] = {}
        for statement in self.statements:
            found.setdefault(statement.triple.predicate, []).append(statement)
        return found

    def saying(self, *predicates: NamedNode) -> Iterator[Statement]:
        """The statements with one of these predicates."""
        for predicate in predicates:
            yield from self._by_predicate.get(predicate, ())

    @cached_property
    def subjects(self) -> set[str]:
        """What the contribution describes. A rival says of which disagreement it is: that describes none."""
        return {text_of(s.triple.subject) for s in self.statements if s.triple.predicate != RIVAL}

    @cached_property
    def literals(self) -> list[Literal]:
        """Each literal once that has a datatype besides text."""
        terms = dict.fromkeys(statement.triple.object for statement in self.statements)
        return [term for term in terms if isinstance(term, Literal) and term.datatype.value not in _TEXTS]

    @cached_property
    def stored(self) -> Store:
        """The literals as the store keeps them: that which has number N in the list, said of `urn:x:N`, by the name
        of its datatype."""
        store = Store()
        store.extend(
            Quad(NamedNode(f"urn:x:{number}"), term.datatype, term) for number, term in enumerate(self.literals)
        )
        return store

    @cached_property
    def _hidden(self) -> re.Pattern[str] | None:
        patterns = [found.hides for found in self.told if found.hides]
        return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None

    def hidden(self, iri: str | None) -> bool:
        """Whether a problem already told may be why nothing, or not all, is known of it."""
        return iri is not None and self._hidden is not None and self._hidden.fullmatch(iri) is not None

    @cached_property
    def concepts(self) -> set[str]:
        """Shipped concepts, and those that the contribution adds."""
        return set(concepts()) | {iri for iri in self.subjects if iri.startswith(SCHEME)}

    def short(self, iri: str) -> str:
        """An IRI as the tables of its district write it."""
        base = next((base for base in self.contribution.groups() if iri.startswith(base)), "")
        return iri.removeprefix(base)

    def described(self, iri: str) -> bool:
        """Whether someone says something of it, in the contribution or in what is published."""
        if iri in self.subjects or self.hidden(iri):
            return True
        return any(self.known(NamedNode(iri)))

    def known(self, subject: NamedNode) -> Iterator[Triple]:
        """What is published of a thing, and would still be when the contribution is in its place."""
        if self.published is None:
            return
        for quad in self.published.quads_for_pattern(subject, None, None, None):
            graph = quad.graph_name
            if isinstance(graph, NamedNode) and graph not in self.replaced and graph != INFERRED:
                yield quad.triple
