"""A seeded district of any size: hubs, services, organisations and events in our own terms, as N-Quads."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from prossima.vocabulary import PR, RDF, ROOT, SCHEME, SKOS

KINDS = ("social-lab", "neighbourhood-house", "community-space", "playroom")
AREAS = ("parenting", "wellbeing", "play-education", "creativity-culture", "interculture", "mutuality")


def lines(triples: int, seed: int = 2018) -> Iterator[str]:
    """About `triples` N-Triples lines; the same for the same seed."""
    chance = random.Random(seed)
    made, number = 0, 0
    base = f"{ROOT}id/bench/"
    while made < triples:
        hub, number = f"{base}hub/{number}", number + 1
        place = f"{base}place/{chance.randrange(1 + number // 10)}"
        found = [
            f"<{hub}> <{RDF}type> <{PR}Hub> .",
            f'<{hub}> <{SKOS}prefLabel> "Spazio {number} di {chance.choice(AREAS)}"@it .',
            f"<{hub}> <{PR}hubKind> <{SCHEME}hub-kind/{chance.choice(KINDS)}> .",
            f"<{hub}> <{PR}locatedIn> <{place}> .",
            f"<{place}> <{RDF}type> <{PR}Municipality> .",
            f'<{place}> <{SKOS}prefLabel> "Comune {place.rpartition("/")[2]}"@it .',
        ]
        for service in (f"{base}service/{number}-{n}" for n in range(chance.randrange(4))):
            found += [
                f"<{service}> <{RDF}type> <{PR}Service> .",
                f'<{service}> <{SKOS}prefLabel> "Servizio {chance.randrange(10**6)}"@it .',
                f"<{service}> <{PR}areaOfAction> <{SCHEME}area-of-action/{chance.choice(AREAS)}> .",
                f"<{service}> <{PR}offeredAt> <{hub}> .",
            ]
        made += len(found)
        yield from found


def write(path: Path, triples: int) -> Path:
    """Write about `triples` triples to an N-Triples file."""
    with path.open("w", encoding="utf-8") as file:
        for line in lines(triples):
            file.write(line + "\n")
    return path
