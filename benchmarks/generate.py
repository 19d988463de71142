"""A seeded district of any size in our own terms: municipalities, organisations, hubs, services, dated roles, each
right by all the shapes, or with seeded violations of known number. As N-Triples, or as N-Quads with an evidence graph
for about seven triples."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from prossima.vocabulary import PR, PROV, RDF, ROOT, SCHEME, SKOS, XSD

BASE = f"{ROOT}id/bench/"
KINDS = ("social-lab", "neighbourhood-house", "community-space", "playroom")
AREAS = ("parenting", "wellbeing", "play-education", "creativity-culture", "interculture", "mutuality")
TARGETS = ("parents", "children", "families")
_GRAPH = 7


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
        yield from _period(hub, "opened", 2000 + chance.randrange(20))
        yield body, RDF + "type", f"<{PR}Organisation>"
        yield body, SKOS + "prefLabel", f'"Associazione {number}"@it'
        yield body, PR + "activeIn", f"<{town}>"
        role = f"{BASE}role/{number}"
        yield role, RDF + "type", f"<{PR}DatedRole>"
        yield role, PR + "roleKind", f"<{SCHEME}role-kind/manager>"
        yield role, PR + "holder", f"<{body}>"
        yield role, PR + "target", f"<{hub}>"
        yield from _period(role, "period", 2021)
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


def _place(iri: str, kind: str, name: str) -> Iterator[tuple[str, str, str]]:
    yield iri, RDF + "type", f"<{PR}{kind}>"
    yield iri, RDF + "type", f"<{PR}Place>"
    yield iri, SKOS + "prefLabel", f'"{name}"@it'


def _period(of: str, name: str, year: int) -> Iterator[tuple[str, str, str]]:
    period = f"{of}/{name}/{year}"
    yield of, PR + name, f"<{period}>"
    yield period, RDF + "type", f"<{PR}Period>"
    yield period, PR + "edtf", f'"{year}"'
    yield period, PR + "earliest", f'"{year}-01-01"^^<{XSD}date>'
    yield period, PR + "latest", f'"{year}-12-31"^^<{XSD}date>'
    yield period, PR + "precision", f"<{SCHEME}period-precision/year>"


def write(path: Path, triples: int, wrong: float = 0.0) -> int:
    """Write about `triples` triples to an N-Triples file; how many of them are violations is returned."""
    district = District(triples, wrong)
    with path.open("w", encoding="utf-8") as file:
        for subject, predicate, value in district.statements():
            file.write(f"<{subject}> <{predicate}> {value} .\n")
    return district.violations


def write_quads(path: Path, triples: int, wrong: float = 0.0) -> int:
    """Write about `triples` statements as N-Quads: each in an evidence graph of about seven, described in the default
    graph, and held true there. How many of the statements are violations is returned."""
    district = District(triples, wrong)
    with path.open("w", encoding="utf-8") as file:
        for at, (subject, predicate, value) in enumerate(district.statements()):
            graph = f"{ROOT}graph/evidence/{at // _GRAPH}"
            file.write(f"<{subject}> <{predicate}> {value} .\n<{subject}> <{predicate}> {value} <{graph}> .\n")
            if at % _GRAPH == 0:
                file.write(f"<{graph}> <{RDF}type> <{PR}Evidence> .\n")
                file.write(f"<{graph}> <{PR}confidence> <{SCHEME}confidence/single-source> .\n")
                file.write(f"<{graph}> <{PROV}hadPrimarySource> <{BASE}source/{at // _GRAPH % 100}> .\n")
    return district.violations
