"""Personal data: what is a private person's, and not to be published."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

import phonenumbers
from pyoxigraph import Literal, NamedNode
from rapidfuzz import fuzz
from stdnum.it import codicefiscale

from prossima.problems import Problem, problem
from prossima.validation.checks.facts import NAMES, Facts
from prossima.validation.checks.likeness import LIKE, LITTLE, plain
from prossima.vocabulary import RDF, XSD, expand, is_iri, text_of

_CONTACT = NamedNode(expand("cv:contactPoint"))
# Mailboxes that anyone can have: whose they are only their name can tell.
_FREE = re.compile(
    r"@(gmail|googlemail|hotmail|outlook|live|msn|yahoo|ymail|rocketmail|icloud|me|mac|proton|protonmail|libero|"
    r"virgilio|alice|tin|tim|tiscali|tiscalinet|inwind|infostrada|iol|email|fastwebnet|teletu|vodafone|aol|gmx|mail|"
    r"katamail|tutanota|zoho|yandex)\.(com|it|me|net|eu|org|de|fr|ch|co\.uk|ru)$",
    re.IGNORECASE,
)
_MAILBOX = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}(?:@|\s?[(\[]\s?(?:at|chiocciola)\s?[)\]]\s?)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)
_AT = re.compile(r"\s?[(\[]\s?(?:at|chiocciola)\s?[)\]]\s?", re.IGNORECASE)
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
_MONEY = re.compile(rf"{_CURRENCY}\s?\d[\d.,']*|(?<![\d.,'])\d[\d.,']*\s?{_CURRENCY}", re.IGNORECASE)
_THOUSANDS = re.compile(r"\d{3}(?P<mark>[. '\u00a0])\d{3}(?P=mark)\d{3}")
# Addresses hold numbers of any kind; those of a telephone say so.
_ADDRESS = re.compile(
    r"\b(?:https?://|www\.|doi:|10\.\d{4,9}/)\S+|\b(?:[\w-]{1,63}\.){1,6}[a-z]{2,63}/\S*", re.IGNORECASE
)
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
        for statement in facts.saying(*NAMES):
            name = plain(text_of(statement.triple.object))
            self.names.setdefault(text_of(statement.triple.subject), set()).add(name)
        for statement in facts.saying(_CONTACT):
            self.of.setdefault(text_of(statement.triple.object), set()).add(text_of(statement.triple.subject))

    def __getitem__(self, iri: str) -> set[str]:
        return set().union(*(self._names(thing) for thing in {iri, *self.of.get(iri, ())}))

    def _names(self, iri: str) -> set[str]:
        if iri not in self.names:
            said = self.facts.known(NamedNode(iri)) if is_iri(iri) else iter(())
            self.names[iri] = {plain(text_of(t.object)) for t in said if t.predicate in NAMES}
        return self.names[iri]


def _is_personal(mailbox: str, owners: _Owners, thing: str) -> bool:
    """Whether a mailbox that anyone can have does not bear the name of what it is said to be of."""
    if not _FREE.search(mailbox):
        return False
    own = plain(mailbox.partition("@")[0])
    parts = set(re.split("[^a-z]+", own))
    local = re.sub("[^a-z]", "", own)
    for name in owners[thing]:
        words = [word for word in re.split("[^a-z0-9]+", name) if word]
        telling = [word for word in words if word not in LITTLE]
        short = {*telling, *("".join(word[0] for word in said) for said in (words, telling))}
        if any(len(word) > 2 and word in parts for word in short):
            return False
        # A word in it, or most of one at its beginning, or one a letter off.
        for word in telling:
            if len(word) > 3 and (word in local or (len(local) > 4 and word.startswith(local))):
                return False
            parts_of = (local[at : at + len(word)] for at in range(len(local) - len(word) + 1))
            if len(word) > 5 and any(fuzz.ratio(part, word) >= LIKE for part in parts_of):
                return False
    return True
