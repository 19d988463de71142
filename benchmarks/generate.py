"""A seeded district of any size in our own terms: municipalities, organisations, hubs, services, dated roles, each
right by all the shapes, or with seeded violations of known number; and one with more in it to ask about. As N-Triples,
or as N-Quads with an evidence graph for about seven triples."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from prossima.vocabulary import DCTERMS, GEO, PR, PREFIXES, PROV, RDF, ROOT, SCHEME, SKOS, XSD

BASE = f"{ROOT}id/bench/"
KINDS = ("social-lab", "neighbourhood-house", "community-space", "playroom")
AREAS = ("parenting", "wellbeing", "play-education", "creativity-culture", "interculture", "mutuality")
TARGETS = ("parents", "children", "families")
EVENTS = ("festival", "gathering", "assembly", "training", "communication")
_GRAPH = 7
_CV, _LOCN = PREFIXES["cv"], PREFIXES["locn"]
# Of each description a part of each: four hundred sentences and more, with the accents that Italian has.
_WHAT = ("doposcuola", "ascolto", "lettura ad alta voce", "orti condivisi", "scambio di libri", "cucina di comunità",
         "laboratori di teatro", "corsi di italiano", "gioco libero", "consulenza legale", "musica d'insieme",
         "riparazione di oggetti")  # fmt: skip
_WHOM = ("chi è solo", "le famiglie", "i più piccoli", "genitori e figli", "persone di ogni età", "chi cerca lavoro")
_WHY = ("perché la cura è di tutti", "con più libertà di scelta", "per la qualità del tempo insieme", "e la mutualità",
        "là dove la città finisce", "così com'è nato, dal basso", "già aperto a chiunque")  # fmt: skip


@dataclass
class District:
    """About `triples` triples. wrong: how many of a hundred triples are violations. The same for the same seed."""

    triples: int
    wrong: float = 0.0
    seed: int = 2018
    violations: int = field(default=0, init=False)

    def statements(self) -> Iterator[tuple[str, str, str]]:
        """Subject, predicate and object in N-Triples; `violations` is how many of them break a shape, so far."""
        chance = random.Random(self.seed)
        made = number = 0
        yield from _place(f"{BASE}place/district", "SocialDistrict", "Distretto di prova")
        while made < self.triples:
            number += 1
            found = list(self._entity(chance, number))
            due = int((made + len(found)) * self.wrong / 100) - self.violations
            for _ in range(max(0, due)):
                self._spoil(chance, found)
            made += len(found)
            yield from found

    def _entity(self, chance: random.Random, number: int) -> Iterator[tuple[str, str, str]]:
        """A hub, with its services and who runs it; every tenth has a municipality of its own."""
        town = f"{BASE}place/{number // 10}"
        if number % 10 == 0 or number == 1:
            town = f"{BASE}place/{number // 10}"
            yield from _place(town, "Municipality", f"Comune {number // 10}")
            yield town, PR + "istatCode", f'"{number // 10 % 1000000:06d}"'
            yield town, PR + "within", f"<{BASE}place/district>"
        hub, body = f"{BASE}hub/{number}", f"{BASE}org/{number}"
        yield hub, RDF + "type", f"<{PR}Hub>"
        yield hub, SKOS + "prefLabel", f'"Spazio {number}"@it'
        yield hub, PR + "hubKind", f"<{SCHEME}hub-kind/{chance.choice(KINDS)}>"
        yield hub, PR + "locatedIn", f"<{town}>"
        yield hub, PR + "targetGroup", f"<{SCHEME}target-group/{chance.choice(TARGETS)}>"
        yield from _year(hub, "opened", 2000 + chance.randrange(20))
        yield body, RDF + "type", f"<{PR}Organisation>"
        yield body, SKOS + "prefLabel", f'"Associazione {number}"@it'
        yield body, PR + "activeIn", f"<{town}>"
        role = f"{BASE}role/{number}"
        yield role, RDF + "type", f"<{PR}DatedRole>"
        yield role, PR + "roleKind", f"<{SCHEME}role-kind/manager>"
        yield role, PR + "holder", f"<{body}>"
        yield role, PR + "target", f"<{hub}>"
        yield from _year(role, "period", 2021)
        for at in range(1 + chance.randrange(4)):
            service = f"{BASE}service/{number}-{at}"
            yield service, RDF + "type", f"<{PR}Service>"
            yield service, SKOS + "prefLabel", f'"Servizio {number}-{at}"@it'
            yield service, SKOS + "prefLabel", f'"Service {number}-{at}"@en'
            yield service, PR + "areaOfAction", f"<{SCHEME}area-of-action/{chance.choice(AREAS)}>"
            yield service, PR + "offeredAt", f"<{hub}>"
            yield service, PR + "offeredBy", f"<{body}>"

    def _spoil(self, chance: random.Random, found: list[tuple[str, str, str]]) -> None:
        """Make one more violation: a statement that is right becomes wrong, and one shape finds it, once."""
        ways = {
            PR + "hubKind": f"<{SCHEME}ingredient/time>",
            PR + "areaOfAction": f"<{SCHEME}hub-kind/playroom>",
            PR + "targetGroup": '"famiglie"@it',
            PR + "locatedIn": f"<{BASE}org/1>",
            PR + "offeredAt": '"qui"@it',
            PR + "precision": f"<{SCHEME}unit/days>",
        }
        places = [at for at, (_, predicate, value) in enumerate(found) if ways.get(predicate, value) != value]
        if places:
            at = chance.choice(places)
            found[at] = (*found[at][:2], ways[found[at][1]])
            self.violations += 1


class Lively(District):
    """The same with what the endpoint benchmark asks about: social districts of twenty municipalities, quarters, a seat
    with address and coordinates, descriptions, telephones, dated events, projects and their funding."""

    def _entity(self, chance: random.Random, number: int) -> Iterator[tuple[str, str, str]]:
        yield from super()._entity(chance, number)
        town = number // 10
        if number % 10 == 0 or number == 1:
            yield from self._town(town)
        hub, seat, body = (f"{BASE}{kind}/{number}" for kind in ("hub", "place/seat", "org"))
        yield hub, PR + "usesPlace", f"<{seat}>"
        told = f"Uno spazio di {chance.choice(_WHAT)} e {chance.choice(_WHAT)} per {chance.choice(_WHOM)}"
        yield hub, DCTERMS + "description", f'"{told}, {chance.choice(_WHY)}."@it'
        if chance.random() < 0.6:
            contact = f"{body}/contact/telephone"
            yield body, _CV + "contactPoint", f"<{contact}>"
            yield contact, RDF + "type", f"<{_CV}ContactPoint>"
            yield contact, _CV + "telephone", f'"0382 {chance.randrange(100000, 1000000)}"'
        yield from self._seat(chance, seat, number)
        for at in range(1 + chance.randrange(3)):
            event = f"{BASE}event/{number}-{at}"
            yield event, RDF + "type", f"<{PR}Event>"
            yield event, SKOS + "prefLabel", f'"Incontro {number}-{at}"@it'
            yield event, PR + "eventKind", f"<{SCHEME}event-kind/{chance.choice(EVENTS)}>"
            yield event, PR + "heldAt", f"<{hub}>"
            yield event, PR + "organisedBy", f"<{body}>"
            yield from _day(event, "period", _some_day(chance, 2005))
        if number % 2 == 0:
            yield from self._project(chance, number, f"{BASE}place/{town}", body)

    def _town(self, town: int) -> Iterator[tuple[str, str, str]]:
        """Its social district, the first time, and its two quarters."""
        district = f"{BASE}place/district-{town // 20}"
        if town % 20 == 0:
            yield from _place(district, "SocialDistrict", f"Distretto {town // 20}")
            yield district, PR + "within", f"<{BASE}place/district>"
        yield f"{BASE}place/{town}", PR + "within", f"<{district}>"
        for at in range(2):
            quarter = f"{BASE}place/{town}-{at}"
            yield from _place(quarter, "Quarter", f"Quartiere {town}-{at}")
            yield quarter, PR + "within", f"<{BASE}place/{town}>"

    def _seat(self, chance: random.Random, seat: str, number: int) -> Iterator[tuple[str, str, str]]:
        """A building in a quarter, somewhere in a rectangle of 1.6 by 1.2 degrees."""
        point, address = f"{seat}/geometry", f"{seat}/address"
        yield from _place(seat, "Building", f"Sede {number}")
        yield seat, PR + "within", f"<{BASE}place/{number // 10}-{chance.randrange(2)}>"
        yield seat, GEO + "hasDefaultGeometry", f"<{point}>"
        yield point, RDF + "type", f"<{GEO}Geometry>"
        longitude, latitude = 8.5 + chance.random() * 1.6, 44.7 + chance.random() * 1.2
        yield point, GEO + "asWKT", f'"POINT({longitude:.5f} {latitude:.5f})"^^<{GEO}wktLiteral>'
        yield seat, _LOCN + "address", f"<{address}>"
        yield address, RDF + "type", f"<{_LOCN}Address>"
        yield address, _LOCN + "fullAddress", f'"via della Libertà {number}"'

    def _project(self, chance: random.Random, number: int, town: str, body: str) -> Iterator[tuple[str, str, str]]:
        """With a start and an end, and what the district gave for it."""
        project, funding = f"{BASE}project/{number}", f"{BASE}funding/{number}"
        begun = _some_day(chance, 2010)
        yield project, RDF + "type", f"<{PR}Project>"
        yield project, SKOS + "prefLabel", f'"Progetto {number}"@it'
        yield project, PR + "covers", f"<{town}>"
        yield from _day(project, "start", begun)
        yield from _day(project, "end", begun + datetime.timedelta(days=chance.randrange(90, 1100)))
        yield funding, RDF + "type", f"<{PR}Funding>"
        yield funding, PR + "recipient", f"<{body}>"
        yield funding, PR + "funds", f"<{project}>"
        yield funding, PR + "amount", f'"{chance.randrange(1000, 200000)}"^^<{XSD}decimal>'
        yield funding, PR + "currency", '"EUR"'


def _some_day(chance: random.Random, first: int) -> datetime.date:
    """From the beginning of the year `first` to the end of 2024."""
    return datetime.date(first, 1, 1) + datetime.timedelta(days=chance.randrange((2025 - first) * 365))


def _place(iri: str, kind: str, name: str) -> Iterator[tuple[str, str, str]]:
    yield iri, RDF + "type", f"<{PR}{kind}>"
    yield iri, RDF + "type", f"<{PR}Place>"
    yield iri, SKOS + "prefLabel", f'"{name}"@it'


def _year(of: str, name: str, year: int) -> Iterator[tuple[str, str, str]]:
    yield from _period(of, name, str(year), f"{year}-01-01", f"{year}-12-31", "year")


def _day(of: str, name: str, day: datetime.date) -> Iterator[tuple[str, str, str]]:
    yield from _period(of, name, str(day), str(day), str(day), "day")


def _period(
    of: str, name: str, edtf: str, earliest: str, latest: str, precision: str
) -> Iterator[tuple[str, str, str]]:
    period = f"{of}/{name}/{edtf}"
    yield of, PR + name, f"<{period}>"
    yield period, RDF + "type", f"<{PR}Period>"
    yield period, PR + "edtf", f'"{edtf}"'
    yield period, PR + "earliest", f'"{earliest}"^^<{XSD}date>'
    yield period, PR + "latest", f'"{latest}"^^<{XSD}date>'
    yield period, PR + "precision", f"<{SCHEME}period-precision/{precision}>"


def write(path: Path, triples: int, wrong: float = 0.0) -> int:
    """Write about `triples` triples to an N-Triples file; how many of them are violations is returned."""
    district = District(triples, wrong)
    with path.open("w", encoding="utf-8") as file:
        for subject, predicate, value in district.statements():
            file.write(f"<{subject}> <{predicate}> {value} .\n")
    return district.violations


def write_quads(
    path: Path, triples: int, wrong: float = 0.0, kind: type[District] = District, held: bool = True
) -> int:
    """Write about `triples` statements as N-Quads: each in an evidence graph of about seven, described in the default
    graph, and, where `held`, held true there. How many of the statements are violations is returned."""
    district = kind(triples, wrong)
    with path.open("w", encoding="utf-8") as file:
        for at, (subject, predicate, value) in enumerate(district.statements()):
            graph = f"{ROOT}graph/evidence/{at // _GRAPH}"
            said = f"<{subject}> <{predicate}> {value}"
            file.write(f"{said} .\n{said} <{graph}> .\n" if held else f"{said} <{graph}> .\n")
            if at % _GRAPH == 0:
                file.write(f"<{graph}> <{RDF}type> <{PR}Evidence> .\n")
                file.write(f"<{graph}> <{PR}confidence> <{SCHEME}confidence/single-source> .\n")
                file.write(f"<{graph}> <{PROV}hadPrimarySource> <{BASE}source/{at // _GRAPH % 100}> .\n")
    return district.violations
