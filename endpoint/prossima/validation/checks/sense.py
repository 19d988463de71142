"""Checks of sense: what is well formed and yet likely to be wrong, or not to be published."""

from __future__ import annotations

import datetime
import re
import statistics
from collections.abc import Iterator
from math import cos, hypot, radians

from pyoxigraph import NamedNode
from stdnum import luhn

from prossima.problems import Problem, problem
from prossima.statements import Statement
from prossima.validation.checks.facts import Facts
from prossima.vocabulary import GEO, INFERRED, PR, PROV, RDF, SCHEME, expand, text_of

TAX_CODE = PR("taxCode")
_EMAIL, _PHONE = NamedNode(expand("cv:email")), NamedNode(expand("cv:telephone"))
_TYPE = RDF("type")


def facts_without_source(facts: Facts) -> Iterator[Problem]:
    """A statement that nobody is cited for: told once for each row, where the row's sources are not missed already."""
    told = {(found.cell.file, found.cell.row) for found in facts.told if found.cell and found.cell.column == "sources"}
    for statement in facts.statements:
        cell = statement.cell
        if statement.evidence.sources or (cell and (cell.file, cell.row) in told):
            continue
        if cell:
            told.add((cell.file, cell.row))
        yield problem("no-source", cell, focus=text_of(statement.triple.subject))


def tax_codes(facts: Facts) -> Iterator[Problem]:
    """An organisation's tax code (codice fiscale of eleven digits) whose last digit does not follow from the others.
    That of a person is told as personal data."""
    for statement in facts.saying(TAX_CODE):
        value = text_of(statement.triple.object)
        if len(value) == 11 and not luhn.is_valid(value):
            yield problem("wrong-tax-code", statement.cell, focus=text_of(statement.triple.subject), value=value)


# -- places --------------------------------------------------------------------------------------------------

_NUMBER = r"([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
_POINT = re.compile(rf"POINT\s*\(\s*{_NUMBER}\s+{_NUMBER}\s*\)", re.IGNORECASE)
# Kilometres from the middle of a district's points within which a point is never astray.
_NEAR = 40.0


def points_astray(facts: Facts) -> Iterator[Problem]:
    """A point outside the district's box (`box` in district.toml), or, where none is told, far from all its others:
    more than 40 km from their middle, and more than five times as far as most."""
    for base in sorted(facts.contribution.groups()):
        found: list[tuple[Statement, float, float]] = []
        for statement in facts.saying(GEO("asWKT")):
            if text_of(statement.triple.subject).startswith(base):
                match = _POINT.search(text_of(statement.triple.object))
                if match:
                    found.append((statement, float(match[1]), float(match[2])))
        box = facts.contribution.boxes.get(base)
        if box is None and len({point[1:] for point in found}) < 4:
            continue
        if box:
            middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        else:
            middle = statistics.median(p[1] for p in found), statistics.median(p[2] for p in found)
        usual = statistics.median(_kilometres(p[1:], middle) for p in found) if found else 0
        for statement, *point in found:
            away = _kilometres((point[0], point[1]), middle)
            outside = not (box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]) if box else away > max(
                _NEAR, 5 * usual
            )  # fmt: skip
            if outside:
                where, thing = f"{point[1]}, {point[0]}", text_of(statement.triple.subject)
                yield problem("point-astray", statement.cell, focus=thing, value=where, away=round(away))


def _kilometres(point: tuple[float, ...], other: tuple[float, ...]) -> float:
    """How far two points (longitude, latitude) are, on a sphere unrolled between them."""
    middle = radians((point[1] + other[1]) / 2)
    return 111.2 * hypot((point[0] - other[0]) * cos(middle), point[1] - other[1])


# -- what nobody needs, and what has grown old ---------------------------------------------------------------

_CITED = PROV("hadPrimarySource")
# Not the territory: its municipalities and quarters are there whether anything is in them or not.
_POINTED_AT = ("Source", "Place", "Building", "OpenSpace", "Organisation")


def orphans(facts: Facts) -> Iterator[Problem]:
    """A source that nothing cites, a place or an organisation that nothing points at and that points at nothing."""
    wanted = {PR(name) for name in _POINTED_AT}
    found: dict[str, Statement] = {}
    for statement in facts.saying(_TYPE):
        if statement.triple.object in wanted and statement.cell and statement.cell.row:
            found.setdefault(text_of(statement.triple.subject), statement)
    pointing: dict[str, set[str]] = {}
    pointed: set[str] = set()
    for statement in facts.statements:
        triple = statement.triple
        subject, target = text_of(triple.subject), text_of(triple.object)
        # Not of itself, nor of a node of its own: a date, an address.
        own = triple.predicate == _TYPE or target == subject or target.startswith(f"{subject}/")
        if isinstance(triple.object, NamedNode) and not own:
            pointed.add(target)
            if subject in found and not target.startswith(SCHEME):
                pointing.setdefault(subject, set()).add(target)
        if subject not in statement.evidence.sources:
            pointed |= statement.evidence.sources
    for iri, statement in found.items():
        is_source = statement.triple.object == PR("Source")
        # A page of the web is nothing that the data describe.
        points = not is_source and any(facts.described(target) for target in pointing.get(iri, ()))
        if iri not in pointed and not points and not any(_referred(facts, iri)):
            yield problem("orphan", statement.cell, focus=iri, value=facts.short(iri))


def _referred(facts: Facts, iri: str) -> Iterator[object]:
    """Who points at it, or cites it, in what is published and would still be there beside the contribution."""
    if facts.published is None:
        return
    kept = facts.replaced | {INFERRED}
    for quad in facts.published.quads_for_pattern(None, None, NamedNode(iri), None):
        if isinstance(quad.graph_name, NamedNode):
            if quad.graph_name not in kept:
                yield quad
        elif quad.predicate == _CITED and isinstance(quad.subject, NamedNode) and quad.subject not in kept:
            cited = facts.published.quads_for_pattern(None, None, None, quad.subject)
            yield from (said for said in cited if text_of(said.subject) != iri)


# How many days the facts of a kind stay likely to be true.
_AGES = {"openingHours": 730, "contact": 1095}


def stale_facts(facts: Facts) -> Iterator[Problem]:
    """Opening hours stated for a time long past, and contacts whose sources were last read long ago, as of a day."""
    if facts.as_of is None:
        return
    today = datetime.date.fromisoformat(facts.as_of)
    read = {o.iri: o.as_of for o in facts.contribution.origins if o.as_of}
    latest = {text_of(s.triple.subject): text_of(s.triple.object) for s in facts.saying(PR("latest"))}
    periods = {text_of(s.triple.subject): text_of(s.triple.object) for s in facts.saying(PR("period"))}
    for statement in facts.saying(PR("openingHours"), _EMAIL, _PHONE):
        predicate, target = statement.triple.predicate, text_of(statement.triple.object)
        said, days = None, 0
        if predicate == PR("openingHours"):
            said, days = latest.get(periods.get(target, "")), _AGES["openingHours"]
        else:
            said, days = read.get(statement.evidence.origin), _AGES["contact"]
        if said and (told := _day(said)) and (today - told).days > days:
            focus = text_of(statement.triple.subject)
            yield problem("stale-fact", statement.cell, focus=focus, value=said, as_of=facts.as_of)


def _day(text: str) -> datetime.date | None:
    """A day in ISO 8601; None where a file says it in another way."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None
