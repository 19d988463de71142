"""Checks of sense: what is well formed and yet likely to be wrong, or not to be published."""

from __future__ import annotations

import datetime
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterator
from math import cos, hypot, radians

import phonenumbers
from pyoxigraph import Literal, NamedNode
from rapidfuzz import fuzz
from stdnum.it import codicefiscale, iva

from prossima.problems import Problem, problem
from prossima.statements import Statement
from prossima.validation.checks.facts import Facts
from prossima.vocabulary import GEO, OWL, PR, RDF, SKOS, expand, text_of

TAX_CODE = PR("taxCode")
_EMAIL, _PHONE = NamedNode(expand("cv:email")), NamedNode(expand("cv:telephone"))
_TYPE, _CONTACT = RDF("type"), NamedNode(expand("cv:contactPoint"))
_NAMES = (SKOS("prefLabel"), SKOS("altLabel"))


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
        if len(value) == 11 and not iva.is_valid(value):
            yield problem("wrong-tax-code", statement.cell, focus=text_of(statement.triple.subject), value=value)


# -- people --------------------------------------------------------------------------------------------------

# Mailboxes that anyone can have: whose they are only their name can tell.
_FREE = re.compile(
    r"@(gmail|googlemail|hotmail|outlook|live|msn|yahoo|ymail|icloud|me|mac|proton|protonmail|libero|virgilio|alice|"
    r"tin|tiscali|tiscalinet|inwind|iol|email|fastwebnet|teletu|vodafone)\.(com|it|me|net|eu)$",
    re.IGNORECASE,
)
_MAILBOX = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_MOBILE = re.compile(r"(?<![\w/])(?:(?:\+|00)39[ .-]?)?3\d{2}[ ./-]?\d{2,4}(?:[ ./-]?\d{2,4}){1,2}(?![\w/])")
_PERSON = re.compile(r"\b[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]\b", re.IGNORECASE)


def personal_data(facts: Facts) -> Iterator[Problem]:
    """A private person's mobile number, mailbox or tax code, in whatever text it stands. A mobile number or mailbox of
    a body may be said where two sources publish it as the body's (confirmed)."""
    owners: dict[str, set[str]] | None = None
    told = set()
    for statement in facts.statements:
        term = statement.triple.object
        if not isinstance(term, Literal):
            continue
        # Of the row's sources it is not known that each says it of the body.
        public = statement.evidence.confidence == "confirmed" and statement.evidence.scope == "field"
        found: list[tuple[str, str]] = [
            ("personal-tax-code", code) for code in _PERSON.findall(term.value) if codicefiscale.is_valid(code)
        ]
        if not public and "3" in term.value:
            found += [("personal-mobile", number) for number in _MOBILE.findall(term.value) if _is_mobile(number)]
        if not public and "@" in term.value:
            owners = _owners(facts) if owners is None else owners
            names = owners.get(text_of(statement.triple.subject), set())
            found += [("personal-mailbox", box) for box in _MAILBOX.findall(term.value) if _is_personal(box, names)]
        for check, value in found:
            if (check, value, statement.cell) not in told:
                told.add((check, value, statement.cell))
                subject = text_of(statement.triple.subject)
                yield problem(check, statement.cell, focus=subject, value=value)


def _is_mobile(number: str) -> bool:
    try:
        parsed = phonenumbers.parse(number, "IT")
    except phonenumbers.NumberParseException:
        return False
    return (
        phonenumbers.is_valid_number(parsed) and phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE
    )


def _owners(facts: Facts) -> dict[str, set[str]]:
    """The names of what each contact, or thing, is of."""
    names: dict[str, set[str]] = {}
    contacts: list[tuple[str, str]] = []
    for statement in facts.saying(*_NAMES):
        names.setdefault(text_of(statement.triple.subject), set()).add(_plain(text_of(statement.triple.object)))
    for statement in facts.saying(_CONTACT):
        contacts.append((text_of(statement.triple.object), text_of(statement.triple.subject)))
    for contact, owner in contacts:
        names.setdefault(contact, set()).update(names.get(owner, ()))
    return names


def _is_personal(mailbox: str, names: set[str]) -> bool:
    """Whether a mailbox that anyone can have does not bear the name of what it is said to be of."""
    local = re.sub("[^a-z]", "", _plain(mailbox.partition("@")[0]))
    if not _FREE.search(mailbox):
        return False
    words = {word for name in names for word in name.split() if len(word) > 3}
    return not any(word in local or fuzz.partial_ratio(local, word) >= 85 for word in words)


# -- places --------------------------------------------------------------------------------------------------

_POINT = re.compile(r"POINT\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)\s*\)", re.IGNORECASE)
# Kilometres from the middle of a district's points within which a point is never astray.
_NEAR = 40.0


def points_astray(facts: Facts) -> Iterator[Problem]:
    """A point outside the district's box (`box` in district.toml), or, where none is told, far from all its others:
    more than 40 km from their middle, and more than five times as far as most."""
    for base in facts.contribution.groups():
        found: list[tuple[Statement, float, float]] = []
        for statement in facts.saying(GEO("asWKT")):
            if text_of(statement.triple.subject).startswith(base):
                match = _POINT.search(text_of(statement.triple.object))
                if match:
                    found.append((statement, float(match[1]), float(match[2])))
        box = facts.contribution.boxes.get(base)
        if box is None and len({point[1:] for point in found}) < 4:
            continue
        middle = (statistics.median(p[1] for p in found), statistics.median(p[2] for p in found)) if found else (0, 0)
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


# -- the same thing twice ------------------------------------------------------------------------------------

_LIKE = 92
# A word that more names than these have does not tell things apart.
_COMMON = 60
_HUBS, _BODIES = ("Hub",), ("Organisation", "CitizenGroup", "Network", "Partnership")
_SAYING_OTHER = (OWL("differentFrom"), OWL("sameAs"), SKOS("exactMatch"))


def near_equal_names(facts: Facts) -> Iterator[Problem]:
    """Two hubs or two organisations whose names are nearly the same, in the contribution or with what is published.
    That they are two (owl:differentFrom), or one (owl:sameAs), may be said."""
    apart = {frozenset((text_of(s.triple.subject), text_of(s.triple.object))) for s in facts.saying(*_SAYING_OTHER)}
    for kinds in (_HUBS, _BODIES):
        ours = _named(facts, kinds)
        names = {iri: {_plain(text_of(s.triple.object)) for s in said} for iri, said in ours.items()}
        for iri, other in _near_pairs(names, {**_published_names(facts, kinds), **names}):
            if frozenset((iri, other)) not in apart:
                first = ours[iri][0]
                value, shown = text_of(first.triple.object), _short(other, facts)
                yield problem("near-equal", first.cell, focus=iri, value=value, other=shown)


def _near_pairs(names: dict[str, set[str]], known: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    """The pairs of one of `names` and one of all that is known that are alike, each once. Only those are compared that
    share a word which few have."""
    words = Counter(word for said in known.values() for word in {w for name in said for w in name.split()})
    having: dict[str, list[str]] = {}
    for iri, said in known.items():
        for word in {w for name in said for w in name.split()}:
            if words[word] <= _COMMON:
                having.setdefault(word, []).append(iri)
    told = set()
    for iri, said in names.items():
        others = {other for name in said for word in name.split() for other in having.get(word, ())} - {iri}
        for other in sorted(others):
            pair = frozenset((iri, other))
            if pair not in told and any(_alike(a, b) for a in said for b in known[other]):
                told.add(pair)
                yield iri, other


def _named(facts: Facts, kinds: tuple[str, ...]) -> dict[str, list[Statement]]:
    """The statements that name the contribution's things of these kinds."""
    wanted = {PR(name) for name in kinds}
    things = {text_of(s.triple.subject) for s in facts.saying(_TYPE) if s.triple.object in wanted}
    found: dict[str, list[Statement]] = {}
    for statement in facts.saying(*_NAMES):
        subject = text_of(statement.triple.subject)
        if subject in things:
            found.setdefault(subject, []).append(statement)
    return found


def _published_names(facts: Facts, kinds: tuple[str, ...]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for kind in kinds if facts.published is not None else ():
        assert facts.published is not None
        for quad in facts.published.quads_for_pattern(None, _TYPE, PR(kind), None):
            if isinstance(quad.subject, NamedNode) and quad.subject.value not in found:
                said = (t for t in facts.known(quad.subject) if t.predicate in _NAMES)
                if names := {_plain(text_of(triple.object)) for triple in said}:
                    found[quad.subject.value] = names
    return found


def _alike(one: str, other: str) -> bool:
    """Whether two names, in plain letters, may be of one thing: numbers, and one-word differences, tell them apart."""
    if re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return False
    return one == other or (len(one) > 5 and fuzz.token_sort_ratio(one, other) >= _LIKE)


def _plain(text: str) -> str:
    """Lower-case letters without accents, one space between words."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.sub(r"[^\w@.+-]|_", " ", letters.encode("ascii", "ignore").decode()).split())


def _short(iri: str, facts: Facts) -> str:
    base = next((base for base in facts.contribution.groups() if iri.startswith(base)), "")
    return iri.removeprefix(base)


# -- what nobody needs, and what has grown old ---------------------------------------------------------------

_POINTED_AT = ("Source", "Place", "Building", "OpenSpace", "Organisation")


def orphans(facts: Facts) -> Iterator[Problem]:
    """A source that nothing cites, a place or an organisation that nothing points at and that points at nothing."""
    wanted = {PR(name) for name in _POINTED_AT}
    found: dict[str, Statement] = {}
    pointing: set[str] = set()
    pointed: set[str] = set()
    for statement in facts.statements:
        triple = statement.triple
        subject, target = text_of(triple.subject), text_of(triple.object)
        if triple.predicate == _TYPE:
            if triple.object in wanted and statement.cell and statement.cell.row:
                found.setdefault(subject, statement)
        elif isinstance(triple.object, NamedNode) and not target.startswith(subject):
            pointed.add(target)
            if not target.startswith("https://w3id.org/prossima/scheme/"):
                pointing.add(subject)
        if subject not in statement.evidence.sources:
            pointed |= statement.evidence.sources
    for iri, statement in found.items():
        is_source = statement.triple.object == PR("Source")
        lonely = iri not in pointed and (is_source or iri not in pointing)
        if lonely and not any(_referred(facts, iri)):
            yield problem("orphan", statement.cell, focus=iri, value=_short(iri, facts))


def _referred(facts: Facts, iri: str) -> Iterator[object]:
    if facts.published is not None:
        yield from facts.published.quads_for_pattern(None, None, NamedNode(iri), None)


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
        if said and (today - datetime.date.fromisoformat(said)).days > days:
            focus = text_of(statement.triple.subject)
            yield problem("stale-fact", statement.cell, focus=focus, value=said, as_of=facts.as_of)
