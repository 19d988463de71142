"""The reuse kit: the made-up district of `docs/reuse` extends module, schemes, tables and shapes, without a fork."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from pyoxigraph import QueryBoolean
from rdflib import RDF, Graph

from prossima import district, validation
from prossima.problems import Severity
from prossima.releases import Shelf, publish
from prossima.settings import Settings
from prossima.vocabulary import PREFIXES
from tests.conftest import BOLOGNA, REPOSITORY
from tests.ontology import reasoner
from tests.ontology.test_quality import ontology

ESEMPIO = REPOSITORY / "docs" / "reuse" / "esempio"
BASE = "https://example.org/esempio/"


@pytest.fixture
def esempio(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ESEMPIO, tmp_path / "esempio"))


def spoilt(folder: Path, table: str, old: str, new: str) -> list[validation.Problem]:
    path = folder / "tables" / table
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return [p for p in validation.check(district.read(folder)).problems if p.severity >= Severity.VIOLATION]


def test_it_is_published_beside_another_district_and_answers_with_it(settings: Settings) -> None:
    outcome = publish([BOLOGNA, ESEMPIO], settings)
    assert outcome.release == 1, outcome.report.problems
    current = Shelf(settings.data).current()
    assert current
    for question in (
        # Its own class is one of ours, its own property one of ours, and both are what others call them.
        "ASK { own:hub\\/portineria a pr:Hub, ont:PortersLodge ; pr:managedBy own:org\\/vicini ; ont:keysHeld 12 }",
        # Its own concept is in our scheme, below one of ours.
        "ASK { own:hub\\/portineria pr:hubKind/skos:broader scheme:hub-kind\\/community-hub }",
        "ASK { own:concept\\/vicini skos:inScheme <https://w3id.org/prossima/scheme/target-group> }",
        "ASK { own:org\\/vicini a org:Organization }",
    ):
        answer = current.store().query(question, prefixes=PREFIXES | {"own": BASE, "ont": f"{BASE}ontology#"})
        assert isinstance(answer, QueryBoolean)
        assert answer, question


def test_its_own_shapes_are_told_at_the_cell_in_its_own_words(esempio: Path) -> None:
    [found] = spoilt(esempio, "lodges.csv", ",12,", ",,")
    assert found.message["it"] == "Di una portineria serve quanti mazzi di chiavi tiene: un numero, da zero in su."
    assert found.remedy["en"] == "Count the bunches on the board."
    assert found.cell
    assert (Path(found.cell.file).name, found.cell.row, found.cell.column) == ("lodges.csv", 2, "keys")


def test_our_shapes_hold_its_own_class_too(esempio: Path) -> None:
    [found] = spoilt(esempio, "hubs.csv", "place/comune", "concept/vicini")
    assert found.cell
    assert found.cell.column == "located_in"


def test_a_concept_it_does_not_define_is_told(esempio: Path) -> None:
    [found] = spoilt(esempio, "hubs.csv", "concept/vicini;families", "concept/vicino;families")
    assert found.check == "dangling-reference"
    assert "concept/vicini" in found.remedy["en"]


def test_a_concept_of_another_scheme_is_told(esempio: Path) -> None:
    [found] = spoilt(esempio, "hubs.csv", "concept/portineria", "concept/vicini")
    assert "hub-kind" in found.message["en"]


def test_shapes_that_cannot_be_read_are_told(esempio: Path) -> None:
    (esempio / "shapes" / "lodge.ttl").write_text("@prefix : <x> oops", encoding="utf-8")
    found = [p for p in validation.check(district.read(esempio)).problems if p.severity >= Severity.VIOLATION]
    assert found[0].check == "malformed-rdf"
    assert found[0].cell
    assert found[0].cell.file.endswith("lodge.ttl")


def test_both_engines_judge_it_alike() -> None:
    fast, slow = (validation.check(district.read(ESEMPIO), engine=engine) for engine in ("fast", "reference"))
    assert [(p.check, p.cell) for p in fast.problems] == [(p.check, p.cell) for p in slow.problems]


def test_its_module_is_consistent_with_ours_and_in_the_profile() -> None:
    whole = ontology() + Graph().parse(ESEMPIO / "ontology.ttl")
    assert reasoner.profile_violations(whole) == []
    assert reasoner.unsatisfiable(reasoner.logical([whole])) == []
    assert len(set(whole.subjects(RDF.type, None))) > 100


def test_the_guide_points_at_files_there_are() -> None:
    guide = (REPOSITORY / "docs" / "reuse.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\((reuse/[^)]+)\)", guide):
        assert (REPOSITORY / "docs" / target).exists(), target


BROKEN = {
    "a pattern that is none": '<x:S> a sh:NodeShape ; sh:targetClass pr:Hub ; sh:property <x:P> . <x:P> sh:path pr:note ; sh:pattern "((" .',
    "a count that is none": '<x:S> a sh:NodeShape ; sh:targetClass pr:Hub ; sh:property <x:P> . <x:P> sh:path pr:note ; sh:minCount "many" .',
    "bytes that are not UTF-8": "# citt\xe0",
}
HEAD = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix pr: <https://w3id.org/prossima/ontology#> . @prefix prs: <https://w3id.org/prossima/shapes#> .\n"


@pytest.mark.parametrize("broken", BROKEN)
def test_shapes_that_cannot_be_used_are_told_at_their_file(broken: str, esempio: Path) -> None:
    (esempio / "shapes" / "z.ttl").write_bytes((HEAD + BROKEN[broken]).encode("latin-1"))
    found = [p for p in validation.check(district.read(esempio)).problems if p.severity >= Severity.VIOLATION]
    assert found
    assert all(p.cell and p.cell.file.endswith("z.ttl") for p in found), found


@pytest.mark.parametrize("said", ["sh:deactivated true", "sh:severity sh:Info", "sh:targetClass pr:Organisation"])
def test_its_shapes_do_not_weaken_ours(said: str, esempio: Path) -> None:
    (esempio / "shapes" / "z.ttl").write_text(f"{HEAD}prs:Hub-locatedIn {said} .", encoding="utf-8")
    found = spoilt(esempio, "hubs.csv", "place/comune", "concept/vicini")
    assert {p.check for p in found} >= {"reserved-name", "https://w3id.org/prossima/shapes#Hub-locatedIn"}


def test_its_shapes_hold_its_own_things_and_not_those_of_others(esempio: Path) -> None:
    shape = "<x:S> a sh:NodeShape ; sh:targetClass pr:Hub ; sh:property <x:P> . <x:P> sh:path pr:offeredBy ; sh:minCount 1 ."
    (esempio / "shapes" / "z.ttl").write_text(HEAD + shape, encoding="utf-8")
    both = district.read(BOLOGNA)
    both.extend(district.read(esempio))
    [found] = [p for p in validation.check(both).problems if p.severity >= Severity.VIOLATION]
    assert found.focus == f"{BASE}hub/portineria"
    assert found.message["it"]


@pytest.mark.parametrize(
    "said", ["pr:Hub rdfs:subClassOf pr:Place", "pr:Hub rdfs:label 'x'@it", "rdf:type rdfs:domain pr:Hub"]
)
def test_it_does_not_define_anew_what_all_share(said: str, esempio: Path) -> None:
    with (esempio / "ontology.ttl").open("a", encoding="utf-8") as file:
        file.write(f"\n@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n{said} .\n")
    found = [p for p in validation.check(district.read(esempio)).problems if p.severity >= Severity.VIOLATION]
    assert [p.check for p in found] == ["restated-term"]


def test_confidence_is_one_of_ours(esempio: Path) -> None:
    path = esempio / "tables" / "hubs.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("single-source", "concept/portineria"), encoding="utf-8")
    found = [p for p in validation.check(district.read(esempio)).problems if p.severity >= Severity.VIOLATION]
    assert "unknown-concept" in {p.check for p in found}
