"""Every cell of the researched dossier is accounted for: asserted, known unknown, or left out with a reason.

The dossier lies beside the checkout (`../shared/facts`) where it is present; `ids.csv` says which thing each
of its rows became, `dossier.csv` what became of each cell: the last rule that matches a cell decides. That
the rules point at things that are really there is tested everywhere; that they cover every cell, where the
dossier is present.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from prossima import district
from prossima.statements import evidence_quads
from prossima.vocabulary import PR, RDF, ROOT, expand, ontology_files, scheme_files, text_of, triples
from tests.conftest import PAVIA, REPOSITORY, TORINO

HERE = Path(__file__).parent
FACTS = REPOSITORY.parent / "shared" / "facts"
BASE = f"{ROOT}id/pavia/"
TABLES = {
    "hubs": "id",
    "citizen_groups": "id",
    "organisations": "id",
    "places": "id",
    "projects": "id",
    "project_partners": "project|organisation|role",
    "publications": "id",
    "services_activities": "id",
    "figures": "subject|indicator",
    "events_governance": "id",
    "vocabulary": "scheme|concept_en",
    "conflicts": "id",
    "sources": "key",
}


# How the dossier names its own rows inside a cell.
TOKEN = re.compile(r"\b(?:hub|grp|org|pl|prj|prg|pub|sv|ev)-[a-z0-9-]+\b")


@dataclass(frozen=True)
class Rule:
    table: str
    row: str
    column: str
    value: str
    disposition: str
    where: str
    check: str
    reason: str

    def matches(self, table: str, row: str, column: str, value: str) -> bool:
        pairs = ((self.table, table), (self.row, row), (self.column, column), (self.value, value))
        return all(pattern in ("*", given) for pattern, given in pairs)


@cache
def rules() -> list[Rule]:
    with (HERE / "dossier.csv").open(encoding="utf-8", newline="") as file:
        return [Rule(**row) for row in csv.DictReader(file)]


@cache
def ids() -> dict[tuple[str, str], str]:
    with (HERE / "ids.csv").open(encoding="utf-8", newline="") as file:
        return {(row["table"], row["row"]): row["id"] for row in csv.DictReader(file)}


def things(key: str) -> list[str]:
    """The ids of what a row of the dossier became, whichever table it is of."""
    return [id_ for (_, row), id_ in ids().items() if row == key]


@pytest.fixture(scope="module")
def store() -> Store:
    """All that the two folders assert, whoever says it, with the ontology and the schemes."""
    store = Store()
    for folder in (PAVIA, TORINO):
        contribution = district.read(folder)
        assert not [p for p in contribution.problems if p.severity > 1]
        store.extend(evidence_quads(contribution.statements))
    for path in [*ontology_files(), *scheme_files()]:
        store.extend(Quad(t.subject, t.predicate, t.object) for t in triples(path))
    return store


def iri(id_: str) -> str:
    return id_ if id_.startswith("http") else BASE + id_


def objects(store: Store, subject: str, predicate: str) -> list[object]:
    return [q.object for q in store.quads_for_pattern(NamedNode(subject), NamedNode(predicate), None, None)]


def places(rule: Rule, id_: str) -> list[tuple[str, str]]:
    """The (subject, property) pairs where a rule says the cell is."""
    pairs = []
    for item in rule.where.replace("{id}", id_).split():
        subject, _, name = item.rpartition("#")
        pairs.append((iri(subject), expand(name)))
    return pairs


def reached(store: Store, subject: str, predicate: str) -> Iterator[str]:
    """The texts at a place: of the values, and of what the values say one hop away."""
    for term in objects(store, subject, predicate):
        yield text_of(term)
        if isinstance(term, NamedNode):
            for quad in store.quads_for_pattern(term, None, None, None):
                if isinstance(quad.object, Literal):
                    yield quad.object.value


def unknown(store: Store, subject: str, predicate: str) -> bool:
    return any(
        any(store.quads_for_pattern(quad.subject, PR("onProperty"), NamedNode(predicate), None))
        and any(store.quads_for_pattern(quad.subject, RDF("type"), PR("KnownUnknown"), None))
        for quad in store.quads_for_pattern(None, PR("onSubject"), NamedNode(subject), None)
    )


def numbers(text: str) -> set[Decimal]:
    plain = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    return {Decimal(found) for found in re.findall(r"\d+(?:\.\d+)?", plain)}


def wrong(store: Store, rule: Rule, table: str, row: str, column: str, value: str) -> str | None:
    """What does not hold of what a rule says of a cell; None when all does."""
    id_ = ids().get((table, row))
    if id_ is None:
        return "no id"
    if rule.disposition == "left out":
        return None if rule.reason else "left out without a reason"
    pairs = places(rule, id_)
    if not pairs:
        return "nowhere"
    if rule.disposition == "known unknown":
        missing = [pair for pair in pairs if not unknown(store, *pair)]
        return f"not a known unknown: {missing}" if missing else None
    missing = [pair for pair in pairs if not objects(store, *pair)]
    if missing:
        return f"not asserted: {missing}"
    texts = [text for pair in pairs for text in reached(store, *pair)]
    # A cell that names another row means that thing, unless the rule says why it is another.
    free = rule.reason or column == "notes"
    named = set() if free else {iri(found) for key in TOKEN.findall(value) for found in things(key)}
    if absent := named - {*texts, *(subject for subject, _ in pairs)}:
        return f"{sorted(absent)} not among {texts[:8]}"
    if rule.check == "equal" and value not in texts:
        return f"no value equals {value!r}: {texts[:5]}"
    if rule.check == "numbers" and not numbers(value) <= {n for text in texts for n in numbers(text)}:
        return f"numbers of {value!r} not all in {texts[:8]}"
    days = re.findall(r"\d{4}(?:-\d\d){0,2}", value)
    if rule.check == "date" and not (days and all(any(day in text for text in texts) for day in days)):
        return f"date {value!r} not in {texts[:5]}"
    return None


def cells() -> Iterator[tuple[str, str, str, str]]:
    """(table, row, column, value) of each non-empty cell of the dossier's Pavia tables."""
    cited = {key for table, key in ids() if table == "sources"}
    for table, key in TABLES.items():
        with (FACTS / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                row = "|".join(line[name] for name in key.split("|"))
                if table == "sources" and row not in cited:
                    continue
                for column, value in line.items():
                    if value.strip():
                        yield table, row, column, value.strip()


needs_dossier = pytest.mark.skipif(not FACTS.is_dir(), reason="the dossier is not beside this checkout")


@needs_dossier
def test_every_cell_is_asserted_a_known_unknown_or_left_out_with_a_reason(store: Store) -> None:
    found: Counter[str] = Counter()
    faults = []
    for cell in cells():
        rule = next((rule for rule in reversed(rules()) if rule.matches(*cell)), None)
        if rule is None:
            faults.append(f"{cell}: no rule")
            continue
        found[rule.disposition] += 1
        if fault := wrong(store, rule, *cell):
            faults.append(f"{cell[:3]} ({rule.disposition}, {rule.where}): {fault}")
    assert not faults, f"{len(faults)} cells:\n" + "\n".join(faults[:40])
    assert found.keys() <= {"asserted", "known unknown", "left out"}
    assert found["asserted"] > 3000
    assert found["known unknown"] > 200
    assert found["left out"] < 20
    print(f"\n{sum(found.values())} cells of the dossier: {dict(found)}")


@needs_dossier
def test_every_source_of_a_row_stands_behind_something_said_of_it(store: Store) -> None:
    keys = {line["url"]: line["key"] for line in rows("sources")}
    cited: dict[str, set[str]] = {}
    query = """SELECT DISTINCT ?thing ?source WHERE {
      GRAPH ?g { ?thing ?p ?o } ?g <http://www.w3.org/ns/prov#hadPrimarySource> ?source }"""
    for thing, source in store.query(query):
        cited.setdefault(thing.value, set()).add(source.value)
    faults = []
    for table in ("hubs", "citizen_groups", "organisations", "projects", "services_activities", "events_governance"):
        for line in rows(table):
            about = iri(ids()[(table, line["id"])])
            behind = {
                s for thing, found in cited.items() if thing == about or thing.startswith(about + "/") for s in found
            }
            behind |= {s for role in pointing(store, about) for s in cited.get(role, ())}
            for url in line["source"].split(" ; "):
                source = f"{BASE}source/{keys[url.strip()].lower()}"
                if source not in behind:
                    faults.append(f"{line['id']}: {source}")
    assert not faults


def pointing(store: Store, about: str) -> set[str]:
    return {text_of(quad.subject) for quad in store.quads_for_pattern(None, None, NamedNode(about), None)}


def rows(table: str) -> list[dict[str, str]]:
    with (FACTS / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_a_rule_for_one_row_points_at_is_there(store: Store) -> None:
    faults = []
    for rule in rules():
        id_ = ids().get((rule.table, rule.row))
        if id_ is None or rule.disposition == "left out":
            continue
        there = unknown if rule.disposition == "known unknown" else lambda s, a, b: bool(objects(s, a, b))
        faults += [
            f"{rule.table} {rule.row} {rule.column}: {pair}" for pair in places(rule, id_) if not there(store, *pair)
        ]
    assert not faults


def test_every_left_out_rule_says_why() -> None:
    assert all(rule.reason for rule in rules() if rule.disposition == "left out")
