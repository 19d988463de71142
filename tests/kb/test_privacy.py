"""No private person's data, no staging address, nothing said without a source."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from prossima.releases import Release
from prossima.vocabulary import PREFIXES
from tests.conftest import BOLOGNA, PAVIA, TORINO

# The authors of the working paper, as printed: named in its bibliographic record and nowhere else.
AUTHORS = ("Marco Cau", "Petronela Antip", "Gabriela Giovilli", "Maria Piccio", "Elisa Sarchi", "Elena Volpato")


def files() -> Iterator[Path]:
    for folder in (PAVIA, TORINO, BOLOGNA):
        yield from (path for path in folder.rglob("*") if path.is_file())


def test_the_working_papers_staging_address_is_nowhere() -> None:
    assert [path for path in files() if "elicos" in path.read_text(encoding="utf-8")] == []


def test_authors_are_named_only_in_the_record_of_what_they_wrote() -> None:
    for path in files():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for author in AUTHORS:
                if author in line:
                    assert path.name == "publications.csv", f"{path}:{number} names {author}"
    with (PAVIA / "tables" / "publications.csv").open(encoding="utf-8", newline="") as file:
        [paper] = [row for row in csv.DictReader(file) if row["id"] == "publication/wp"]
    assert tuple(name.strip() for name in paper["authors"].split(";")) == AUTHORS


def test_mailboxes_and_telephones_are_those_of_organisations_in_the_dossier() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in files())
    assert set(re.findall(r"[\w.+-]+@[\w-]+\.[\w.]+", text)) <= {
        "info@progetti.pavia.it",
        "info@retecasedelquartiere.org",
    }
    assert re.findall(r"(?<![/\d])3[2-9]\d[ .-]?\d{6,7}\b", text) == [], "that is a mobile number"


def test_every_fact_has_a_source(release: Release) -> None:
    orphan = release.store().query(
        """SELECT ?s ?p WHERE { GRAPH ?g { ?s ?p ?o } ?g a pr:Evidence
        FILTER NOT EXISTS { ?g prov:hadPrimarySource ?source } } LIMIT 5""",
        prefixes=PREFIXES,
    )
    assert list(orphan) == []


def test_every_confirmed_fact_has_two_sources(release: Release) -> None:
    weak = release.store().query(
        """SELECT ?g WHERE { ?g pr:confidence <https://w3id.org/prossima/scheme/confidence/confirmed> ;
        prov:hadPrimarySource ?source } GROUP BY ?g HAVING (COUNT(?source) < 2)""",
        prefixes=PREFIXES,
    )
    assert list(weak) == []


@pytest.mark.parametrize("unheld", ["inferred"])
def test_readings_of_ours_stay_out_of_what_is_held_true(unheld: str, release: Release) -> None:
    only_ours = release.store().query(
        f"""SELECT ?s ?p ?o WHERE {{
          GRAPH ?g {{ ?s ?p ?o }} ?g pr:confidence <https://w3id.org/prossima/scheme/confidence/{unheld}> .
          ?s ?p ?o
          FILTER NOT EXISTS {{ GRAPH ?h {{ ?s ?p ?o }} ?h pr:confidence ?c
            FILTER(?c != <https://w3id.org/prossima/scheme/confidence/{unheld}>) }}
          FILTER NOT EXISTS {{ GRAPH <https://w3id.org/prossima/graph/inferred> {{ ?s ?p ?o }} }} }}""",
        prefixes=PREFIXES,
    )
    assert list(only_ours) == []
    readings = release.store().query(
        f"""SELECT ?s {{ GRAPH ?g {{ ?s ?p ?o }}
        ?g pr:confidence <https://w3id.org/prossima/scheme/confidence/{unheld}> }}""",
        prefixes=PREFIXES,
    )
    assert len(list(readings)) > 20


def test_the_evidence_layout_is_one_graph_for_each_origin_sources_confidence_and_scope(release: Release) -> None:
    rows = release.store().query(
        """SELECT ?g ?origin ?confidence ?scope (GROUP_CONCAT(STR(?source); separator=" ") AS ?sources) WHERE {
        ?g a pr:Evidence ; pr:origin ?origin ; pr:confidence ?confidence ; pr:sourceScope ?scope ;
           prov:hadPrimarySource ?source } GROUP BY ?g ?origin ?confidence ?scope""",
        prefixes=PREFIXES,
    )
    keys = []
    for row in rows:
        key = [row[name].value for name in ("origin", "confidence", "scope")]
        keys.append((*key, *sorted(row["sources"].value.split())))
    assert len(keys) == len(set(keys)) > 200
