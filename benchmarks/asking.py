"""The mix: sixteen queries as files, the texts made of them, and whether servers answer the same."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pyoxigraph import RdfFormat, parse

from benchmarks.generate import BASE
from benchmarks.load import Answer, Connection
from benchmarks.servers import Server

MIX = Path(__file__).parent / "mix"
HEAVY = ("11-count", "15-top", "16-export")
ENDLESS = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
_HUB = f"<{BASE}hub/1>"
_STATEMENTS_A_HUB = 110  # a few more than there are, so that each number is a hub


@dataclass(frozen=True)
class Asked:
    """One of the mix. about: whether it is about one hub, so that it can ask about another each time."""

    name: str
    text: str

    @property
    def about(self) -> bool:
        return _HUB in self.text

    def distinct(self, number: int, size: int) -> str:
        """A text that no other number has: about a hub of a seeded series where it can, and with a comment. size: how
        many statements there are."""
        hubs = _hubs(size)
        text = self.text.replace(_HUB, f"<{BASE}hub/{hubs[number % len(hubs)]}>")
        return f"{text}# {number}\n"


@cache
def _hubs(size: int) -> list[int]:
    numbers = list(range(1, max(2, size // _STATEMENTS_A_HUB)))
    random.Random(size).shuffle(numbers)
    return numbers


@cache
def mix() -> list[Asked]:
    """All sixteen, in order."""
    return [Asked(path.stem, path.read_text(encoding="utf-8")) for path in sorted(MIX.glob("*.rq"))]


def point() -> Asked:
    """The look-up of one thing."""
    return mix()[0]


def light() -> list[Asked]:
    """The mix without its three heavy ones."""
    return [asked for asked in mix() if asked.name not in HEAVY]


# -- the answers ---------------------------------------------------------------------------------------------


def rows(servers: list[Server], size: int) -> dict[str, int]:
    """How many rows each query has, the same from all servers, about three hubs where it is about one. Stops the run
    when two servers differ: nothing measured would mean anything."""
    found = {}
    for asked in mix():
        for number in range(3 if asked.about else 1):
            text = asked.text if number == 0 else asked.distinct(number, size)
            told = {}
            for server in servers:
                with Connection(server) as connection:
                    told[server.name] = _content(text, connection.ask(text))
            first, *others = told.items()
            for name, content in others:
                if content != first[1]:
                    raise SystemExit(_difference(asked.name, first, (name, content)))
            if number == 0:
                found[asked.name] = len(first[1])
    return found


Content = list[str]


def _content(text: str, answer: Answer) -> Content:
    """The rows or triples of an answer: in their order where the query asks for one, else sorted."""
    if answer.status != 200:
        raise SystemExit(f"{text}\nwas answered with {answer.status}: {answer.body[:300]!r}")
    if "json" not in answer.headers.lower():
        # A graph is a set: who writes a triple twice says no more with it. rdflib-endpoint writes RDF/XML for DESCRIBE.
        format_ = RdfFormat.RDF_XML if "+xml" in answer.headers else RdfFormat.N_TRIPLES
        return sorted({str(quad.triple) for quad in parse(answer.body, format=format_)})
    bindings = json.loads(answer.body)["results"]["bindings"]
    said = [json.dumps({name: _term(term) for name, term in row.items()}, sort_keys=True) for row in bindings]
    return said if "ORDER BY" in text else sorted(said)


def _term(term: dict[str, str]) -> list[str]:
    kind = "literal" if term["type"] == "typed-literal" else term["type"]
    datatype = term.get("datatype", "")
    if datatype.endswith("#double"):
        return [kind, repr(float(term["value"])), datatype]
    return [kind, term["value"], datatype.removesuffix("http://www.w3.org/2001/XMLSchema#string"), _language(term)]


def _language(term: dict[str, str]) -> str:
    return term.get("xml:lang", "").lower()


def _difference(name: str, one: tuple[str, Content], other: tuple[str, Content]) -> str:
    more, less = Counter(one[1]) - Counter(other[1]), Counter(other[1]) - Counter(one[1])
    told = [f"{name}: {one[0]} has {len(one[1])} rows, {other[0]} {len(other[1])}."]
    told += [f"  only {who}: {row}" for who, rows in ((one[0], more), (other[0], less)) for row in list(rows)[:3]]
    return "\n".join(told if more or less else [*told, "  The same rows, in another order."])
