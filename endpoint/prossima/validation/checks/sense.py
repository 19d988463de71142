"""Checks of sense: what is well formed and yet likely to be wrong, or not to be published."""

from __future__ import annotations

import datetime
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterator
from math import cos, hypot, radians
from typing import NamedTuple
from urllib.parse import unquote

import phonenumbers
from pyoxigraph import Literal, NamedNode
from rapidfuzz import fuzz
from stdnum import luhn
from stdnum.it import codicefiscale

from prossima.problems import Problem, problem
from prossima.statements import Statement
from prossima.validation.checks.facts import Facts
from prossima.vocabulary import GEO, INFERRED, OWL, PR, PROV, RDF, SCHEME, SKOS, XSD, expand, is_iri, text_of

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
        if len(value) == 11 and not luhn.is_valid(value):
            yield problem("wrong-tax-code", statement.cell, focus=text_of(statement.triple.subject), value=value)


# -- people --------------------------------------------------------------------------------------------------

# Mailboxes that anyone can have: whose they are only their name can tell.
_FREE = re.compile(
    r"@(gmail|googlemail|hotmail|outlook|live|msn|yahoo|ymail|rocketmail|icloud|me|mac|proton|protonmail|libero|"
    r"virgilio|alice|tin|tim|tiscali|tiscalinet|inwind|infostrada|iol|email|fastwebnet|teletu|vodafone|aol|gmx|mail|"
    r"katamail|tutanota|zoho|yandex)\.(com|it|me|net|eu|org|de|fr|ch|co\.uk|ru)$",
    re.IGNORECASE,
)
_MAILBOX = re.compile(r"[\w.+-]+(?:@|\s?[(\[]\s?(?:at|chiocciola)\s?[)\]]\s?)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_AT = re.compile(r"\s?[(\[]\s?(?:at|chiocciola)\s?[)\]]\s?", re.IGNORECASE)
# Words that many names have and that say nothing of whose a mailbox is.
_LITTLE = frozenset(
    ["il", "lo", "la", "gli", "le", "l", "un", "uno", "una", "di", "del", "dello", "della", "dei", "degli", "delle",
     "dell", "d", "da", "dal", "dalla", "e", "ed", "per", "con", "in", "nel", "nella", "al", "alla", "alle", "agli",
     "sul", "sulla", "the", "of", "and", "for"]
)  # fmt: skip
_GAP = "[ .\\-/\u00a0\u2009\u2010\u2011\u2013]"
# Not the decimals of a number, nor what has a year after a slash, as the numbers of acts do. Where it is more than a
# number can be, perhaps another follows it: the shortest that ends there is looked at too.
_MOBILE, _SHORTEST = (
    re.compile(
        rf"(?<!\w)(?<!\b\d[.,])(?<!\b\d\d[.,])(?:(?:\+|00)?39{_GAP}{{0,2}})?\(?3\d{{2}}\)?{_GAP}{{0,3}}"
        rf"\d{{2,4}}(?:{_GAP}?\d{{2,4}}){{1,2}}{lazy}(?!\w)(?!/(?:19|20)\d\d\b)"
    )
    for lazy in ("", "?")
)
_CURRENCY = r"(?:€|\beuro?\b)"
_MONEY = re.compile(rf"{_CURRENCY}\s?\d[\d.,']*|\d[\d.,']*\s?{_CURRENCY}", re.IGNORECASE)
_THOUSANDS = re.compile(r"\d{3}(?P<mark>[. '\u00a0])\d{3}(?P=mark)\d{3}")
# Addresses hold numbers of any kind; those of a telephone say so.
_ADDRESS = re.compile(r"\b(?:https?://|www\.|doi:|10\.\d{4,9}/)\S+|\b(?:[\w-]+\.)+[a-z]{2,}/\S*", re.IGNORECASE)
_CALL = re.compile(r"(?:\btel:|\bwa\.me/|\bphone=)(?P<number>(?:\+|%2B)?[\d.-]+)", re.IGNORECASE)
_PERSON = re.compile(
    r"\b[A-Z]{3} ?[A-Z]{3} ?[0-9LMNP-V]{2} ?[A-EHLMPRST] ?[0-9LMNP-V]{2} ?[A-Z][0-9LMNP-V]{3} ?[A-Z]\b", re.IGNORECASE
)
_TEXTS = frozenset([XSD + "string", XSD + "anyURI", RDF + "langString"])
_ADDRESSED = re.compile(r"mailto:|tel:|https?://(?:wa\.me/|\S+[?&]phone=)", re.IGNORECASE)


def personal_data(facts: Facts) -> Iterator[Problem]:
    """A private person's mobile number, mailbox or tax code, in whatever text it stands, or in an address to call or
    write to. A mobile number or mailbox of a body may be said where two sources publish it as the body's."""
    owners: _Owners | None = None
    told = set()
    for statement in facts.statements:
        term = statement.triple.object
        if isinstance(term, Literal) and term.datatype.value in _TEXTS:
            text = term.value
        elif isinstance(term, NamedNode) and _ADDRESSED.match(term.value):
            text = unquote(term.value)
        else:
            continue
        said = statement.evidence
        # Of the row's sources it is not known that each says it of the body.
        public = said.confidence == "confirmed" and said.scope == "field" and len(said.sources) > 1
        found: list[tuple[str, str]] = [
            ("personal-tax-code", code) for code in _PERSON.findall(text) if codicefiscale.is_valid(code)
        ]
        if not public and "3" in text:
            found += [("personal-mobile", number) for number in _mobiles(text)]
        if not public and ("@" in text or _AT.search(text)):
            owners = owners or _Owners(facts)
            for box in _MAILBOX.findall(text):
                if _is_personal(_AT.sub("@", box), owners, text_of(statement.triple.subject)):
                    found.append(("personal-mailbox", box))
        for check, value in found:
            if (check, value, statement.cell) not in told:
                told.add((check, value, statement.cell))
                subject = text_of(statement.triple.subject)
                yield problem(check, statement.cell, focus=subject, value=value)


def _mobiles(text: str) -> list[str]:
    """The Italian mobile numbers in a text, as they are written."""
    found = [call["number"] for call in _CALL.finditer(text) if _is_mobile(call["number"])]
    rest, at = _MONEY.sub(" # ", _ADDRESS.sub(" # ", text)), 0
    while match := _MOBILE.search(rest, at):
        at = match.start() + 1
        for number in (match[0], *_SHORTEST.findall(rest[: match.end()], match.start())[:1]):
            if _is_mobile(number):
                found.append(number)
                at = match.start() + len(number)
                break
    return found


def _is_mobile(number: str) -> bool:
    if _THOUSANDS.fullmatch(number):
        return False
    digits = re.sub(r"\D", "", number.removeprefix("%2B"))
    if len(digits) > 10:
        digits = re.sub("^(00)?39", "", digits)
    try:
        parsed = phonenumbers.parse(digits, "IT")
    except phonenumbers.NumberParseException:
        return False
    return (
        phonenumbers.is_valid_number(parsed) and phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE
    )


class _Owners:
    """The names of what each contact, or thing, is of."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.names: dict[str, set[str]] = {}
        self.of: dict[str, set[str]] = {}
        for statement in facts.saying(*_NAMES):
            name = _plain(text_of(statement.triple.object))
            self.names.setdefault(text_of(statement.triple.subject), set()).add(name)
        for statement in facts.saying(_CONTACT):
            self.of.setdefault(text_of(statement.triple.object), set()).add(text_of(statement.triple.subject))

    def __getitem__(self, iri: str) -> set[str]:
        return set().union(*(self._names(thing) for thing in {iri, *self.of.get(iri, ())}))

    def _names(self, iri: str) -> set[str]:
        if iri not in self.names:
            said = self.facts.known(NamedNode(iri)) if is_iri(iri) else iter(())
            self.names[iri] = {_plain(text_of(t.object)) for t in said if t.predicate in _NAMES}
        return self.names[iri]


def _is_personal(mailbox: str, owners: _Owners, thing: str) -> bool:
    """Whether a mailbox that anyone can have does not bear the name of what it is said to be of."""
    if not _FREE.search(mailbox):
        return False
    own = _plain(mailbox.partition("@")[0])
    parts = set(re.split("[^a-z]+", own))
    local = re.sub("[^a-z]", "", own)
    for name in owners[thing]:
        words = [word for word in re.split("[^a-z0-9]+", name) if word]
        telling = [word for word in words if word not in _LITTLE]
        short = {*telling, *("".join(word[0] for word in said) for said in (words, telling))}
        if any(len(word) > 2 and word in parts for word in short):
            return False
        # A word in it, or most of one at its beginning, or one a letter off.
        for word in telling:
            if len(word) > 3 and (word in local or (len(local) > 4 and word.startswith(local))):
                return False
            parts_of = (local[at : at + len(word)] for at in range(len(local) - len(word) + 1))
            if len(word) > 5 and any(fuzz.ratio(part, word) >= _LIKE for part in parts_of):
                return False
    return True


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


# -- the same thing twice ------------------------------------------------------------------------------------

# How like two words are that may be one word misspelt.
_LIKE = 85
# A word that more names than these have does not tell things apart.
_COMMON = 60
# What is at the end of a body's name by law, and not always written.
_FORMS = frozenset(
    ["aps", "odv", "onlus", "ets", "asd", "ssd", "srl", "srls", "spa", "snc", "scs", "scarl", "scrl", "coop"]
)
_HUBS, _BODIES = ("Hub",), ("Organisation", "CitizenGroup", "Network", "Partnership")
_SAYING_OTHER = (OWL("differentFrom"), OWL("sameAs"), SKOS("exactMatch"))


def near_equal_names(facts: Facts) -> Iterator[Problem]:
    """Two hubs or two organisations whose names are nearly the same, in the contribution or with what is published.
    That they are two (owl:differentFrom), or one (owl:sameAs), may be said."""
    apart = {frozenset((text_of(s.triple.subject), text_of(s.triple.object))) for s in facts.saying(*_SAYING_OTHER)}
    for kinds in (_HUBS, _BODIES):
        ours = _named(facts, kinds)
        names = {iri: {_named_by(text_of(s.triple.object)) for s in said} for iri, said in ours.items()}
        for iri, name, other in _near_pairs(names, {**_published_names(facts, kinds), **names}):
            if frozenset((iri, other)) not in apart and not _is_told_apart(facts, iri, other):
                named = next(s for s in ours[iri] if _named_by(text_of(s.triple.object)) == name)
                value, shown = text_of(named.triple.object), _short(other, facts)
                yield problem("near-equal", named.cell, focus=iri, value=value, other=shown)


def _near_pairs(names: dict[str, set[_Name]], known: dict[str, set[_Name]]) -> Iterator[tuple[str, _Name, str]]:
    """The pairs of one of `names` and one of all that is known that are alike, each once, with the name that is. Only
    those are compared that share a word which few have, or are written alike without spaces."""
    keys = {iri: {part for name in said for part in (*name.words, name.letters)} for iri, said in known.items()}
    having: dict[str, list[str]] = {}
    for iri, parts in keys.items():
        for part in parts:
            having.setdefault(part, []).append(iri)
    done: set[str] = set()
    for iri, said in names.items():
        done.add(iri)
        among = (having[part] for part in keys[iri])
        for other in sorted({other for few in among if len(few) <= _COMMON for other in few} - done):
            alike = (name for name in sorted(said) if any(_alike(name, theirs) for theirs in known[other]))
            if (name := next(alike, None)) is not None:
                yield iri, name, other


def _is_told_apart(facts: Facts, iri: str, other: str) -> bool:
    """Whether what is published says that two are two, or one."""
    return any(
        triple.predicate in _SAYING_OTHER and triple.object == NamedNode(second)
        for first, second in ((iri, other), (other, iri))
        for triple in facts.known(NamedNode(first))
    )


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


def _published_names(facts: Facts, kinds: tuple[str, ...]) -> dict[str, set[_Name]]:
    found: dict[str, set[_Name]] = {}
    for kind in kinds if facts.published is not None else ():
        assert facts.published is not None
        for quad in facts.published.quads_for_pattern(None, _TYPE, PR(kind), None):
            if isinstance(quad.subject, NamedNode) and quad.subject.value not in found:
                said = (t for t in facts.known(quad.subject) if t.predicate in _NAMES)
                if names := {_named_by(text_of(triple.object)) for triple in said}:
                    found[quad.subject.value] = names
    return found


class _Name(NamedTuple):
    """A name's words in plain letters, and its letters."""

    words: tuple[str, ...]
    letters: str
    set: frozenset[str]


def _named_by(name: str) -> _Name:
    """A name without the words that are not always written: with them, where it has no others. In other letters than
    ours it is one word."""
    words = re.findall("[a-z0-9]+", _plain(name).replace(".", ""))
    telling = [word for word in words if word not in _LITTLE and word not in _FORMS] or words or [name.casefold()]
    return _Name(tuple(telling), "".join(telling), frozenset(telling))


def _alike(one: _Name, other: _Name) -> bool:
    """Whether two names may be of one thing: the same words in any order, or with one misspelt; or the same letters.
    Numbers, and words that differ by more, tell them apart."""
    if one.letters == other.letters:
        return True
    if len(one.words) != len(other.words) or len(one.set ^ other.set) > 2:
        return False
    mine, theirs = Counter(one.words) - Counter(other.words), Counter(other.words) - Counter(one.words)
    if not mine:
        return True
    if mine.total() > 1:
        return False
    [word], [its] = mine, theirs
    numbers = re.findall(r"\d+", word) == re.findall(r"\d+", its)
    return min(len(word), len(its)) > 4 and numbers and fuzz.ratio(word, its) >= _LIKE


def _plain(text: str) -> str:
    """Lower-case letters without accents, one space between words."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w@.+-]|_", " ", letters).encode("ascii", "ignore").decode().split())


def _short(iri: str, facts: Facts) -> str:
    base = next((base for base in facts.contribution.groups() if iri.startswith(base)), "")
    return iri.removeprefix(base)


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
            yield problem("orphan", statement.cell, focus=iri, value=_short(iri, facts))


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
