"""What a page of a thing shows: facts, their values, and the evidence beside each. Templates read these."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Link:
    label: str
    path: str | None
    detail: str | None = None
    definition: str | None = None


@dataclass(frozen=True)
class Source:
    label: str
    path: str | None
    publisher: str | None = None
    date: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Confidence:
    key: str
    label: str
    definition: str


@dataclass(frozen=True)
class EvidenceView:
    confidence: Confidence
    row_scope: bool
    sources: list[Source]


@dataclass(frozen=True)
class ReasonView:
    """Why a value is inferred: the rule in words, and the statements it rests on, each as (thing, property, value)."""

    rule: str
    premises: list[tuple[Link, Link, Link]]


@dataclass
class Value:
    text: str
    lang: str | None = None
    path: str | None = None
    external: bool = False
    detail: str | None = None
    notes: list[str] = field(default_factory=list)
    reasons: list[ReasonView] = field(default_factory=list)
    evidence: list[EvidenceView] = field(default_factory=list)


@dataclass
class Fact:
    property: Link
    values: list[Value] = field(default_factory=list)


@dataclass
class Section:
    title: str
    facts: list[Fact]


@dataclass(frozen=True)
class Unknown:
    property: Link
    kind: str
    searched: list[Source]
    date: str | None
    note: str | None


@dataclass(frozen=True)
class RivalView:
    text: str
    preferred: bool
    sources: list[Source]


@dataclass(frozen=True)
class DisagreementView:
    property: Link
    subject: Link
    resolution: Confidence
    reason: str | None
    rivals: list[RivalView]


@dataclass(frozen=True)
class LinkGroup:
    title: str
    items: list[Link]


@dataclass(frozen=True)
class Entity:
    label: str
    alt_labels: list[str]
    iri: str
    types: list[Link]
    description: str | None
    notes: list[str]
