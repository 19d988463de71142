"""The merge policy: which of the statements made enter the default graph, what we hold true.

Every statement stays in its evidence graph. Confirmed, single-source and published ones are held; so are
conflicting ones unless a disagreement prefers another version or holds none. Readings of ours are not held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode, Triple

from prossima.statements import Statement
from prossima.vocabulary import PR, SCHEME, text_of

NOT_HELD = frozenset({"inferred"})
# What a disagreement is told by.
TELLING = tuple(PR(name) for name in ("resolution", "preferredRival", "rival", "rivalValue"))


@dataclass(frozen=True)
class Disagreement:
    """Rival versions of one point: how it is resolved, and which nodes of the data each version stands for.

    values: rival IRI -> the node it points at (a role, a figure, the node of a date), where it has one.
    """

    iri: str
    resolution: str
    preferred: str | None
    values: dict[str, str]

    def not_held(self) -> set[str]:
        """The nodes of the versions that are not held true."""
        if self.resolution == "claims-only":
            return set(self.values.values())
        if self.resolution == "preferred":
            return {value for rival, value in self.values.items() if rival != self.preferred}
        return set()


def disagreements(triples: Iterable[Triple]) -> list[Disagreement]:
    """The disagreements that `triples` describe."""
    resolution: dict[str, str] = {}
    preferred: dict[str, str] = {}
    rivals: dict[str, list[str]] = {}
    values: dict[str, str] = {}
    for triple in triples:
        subject, target = text_of(triple.subject), text_of(triple.object)
        match triple.predicate.value.removeprefix(PR):
            case "resolution":
                resolution[subject] = target.removeprefix(SCHEME + "resolution/")
            case "preferredRival":
                preferred[subject] = target
            case "rival":
                rivals.setdefault(subject, []).append(target)
            case "rivalValue" if isinstance(triple.object, NamedNode):
                values[subject] = target
    return [
        Disagreement(
            iri,
            how,
            preferred.get(iri),
            {rival: values[rival] for rival in rivals.get(iri, []) if rival in values},
        )
        for iri, how in resolution.items()
    ]


def lost(triples: Iterable[Triple]) -> set[str]:
    """The nodes that the disagreements among `triples` keep from being held true."""
    return {node for disagreement in disagreements(triples) for node in disagreement.not_held()}


def is_held(triple: Triple, confidence: str, lost: set[str]) -> bool:
    """Whether a triple said with this confidence (slug) is held true, when the nodes `lost` are not."""
    if confidence in NOT_HELD or text_of(triple.subject) in lost:
        return False
    return text_of(triple.object) not in lost or triple.predicate == PR("rivalValue")


def held(statements: Iterable[Statement]) -> Iterator[Triple]:
    """The triples of one group's statements that enter the default graph: a group's disagreements speak of what
    it says itself, and leave what others say alone."""
    made = list(statements)
    gone = lost(statement.triple for statement in made)
    return (s.triple for s in made if is_held(s.triple, s.evidence.confidence, gone))
