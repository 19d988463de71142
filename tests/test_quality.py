"""How good a district's data are: counted by hand on a small one; `prossima check`; a release audited."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from prossima.problems import Severity
from prossima.quality import Field, Quality, quality
from prossima.releases import Release, Shelf, publish
from prossima.settings import Settings
from prossima.validation.audit import audit
from prossima.validation.report import Report
from prossima.vocabulary import PR, SKOS
from tests.conftest import PAVIA
from tests.test_cli import run
from tests.validation.test_report import BASE, written

# Three hubs. opened: one known, one looked for in vain, one silent. target: one known, one none. name: Italian only.
# x has an e-mail and y a telephone; z has hours in Italian only.
TABLES = {
    "sources": "id,name_it,issued\nsource/a,Prima,2019-05-17\nsource/b,Seconda,2021\nsource/c,Terza,\n",
    "places": "id,type,name_it,sources,confidence\nplace/q,Quarter,Quartiere,source/a,single-source\n"
    "place/r,Quarter,Rione,source/c,single-source\n",
    "hubs": "id,name_it,kind,located_in,opened,target,email,phone,hours_it,hours_for,description_it,description_en,"
    "sources,confidence\n"
    "hub/x,Uno,social-lab,place/q,2019,parents,info@comune.pavia.it,,,,Sala,Hall,source/a;source/b,confirmed\n"
    "hub/y,Due,social-lab;playroom,place/q,?,-,,0382 530150,,,Sala,,source/a,single-source\n"
    "hub/z,Tre,social-lab,place/r,,,,,lun 9-12,2019,,,source/c,single-source\n",
    "hubs.claims": "id,field,value,sources,confidence\nhub/y,located_in,place/r,source/b,inferred\n",
    "disagreements": "id,name_it,name_en,subject,property,resolution,reason_it,reason_en,sources,confidence\n"
    "disagreement/d,Quando,When,hub/x,pr:opened,both-hold,Due date.,Two dates.,source/a;source/b,conflicting\n",
    "rivals": "id,disagreement,text_it,sources,confidence\n"
    "rival/a,disagreement/d,Nel 2018,source/a,conflicting\nrival/b,disagreement/d,Nel 2019,source/b,conflicting\n",
    "unknowns": "id,type,subject,property,note_it,sources,confidence\n"
    "unknown/u,KnownUnknown,hub/z,cv:contactPoint,Nessuno risponde.,source/a;source/b,not-found\n",
}


def small(folder: Path) -> Path:
    return written(folder, **{name.replace(".", "__"): text for name, text in TABLES.items()})


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The small district, published."""
    folder = tmp_path_factory.mktemp("small")
    settings = Settings(data=folder / "data")
    outcome = publish([small(folder / "prova")], settings, reason="tests")
    assert outcome.release == 1, [(p.message["en"], p.cell) for p in outcome.report.problems]
    return settings


@pytest.fixture(scope="module")
def current(shelf: Settings) -> Release:
    found = Shelf(shelf.data).current()
    assert found
    return found


@pytest.fixture(scope="module")
def measured(current: Release) -> Quality:
    return quality(current.store(), BASE)


def counts(found: Quality, kind: str, name: str) -> tuple[int, int, int, int]:
    """Known, none, unknown, silent."""
    [one] = [k for k in found.kinds if k.name == kind]
    [field] = [f for f in one.fields if f.name == name]
    assert field.total == one.things
    return field.known, field.none, field.unknown, field.silent


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("name_it", (3, 0, 0, 0)), ("kind", (3, 0, 0, 0)), ("located_in", (3, 0, 0, 0)), ("opened", (1, 0, 1, 1)),
        ("target", (1, 1, 0, 1)), ("description_it", (2, 0, 0, 1)), ("description_en", (1, 0, 0, 2)),
        ("email", (1, 0, 1, 1)), ("phone", (1, 0, 1, 1)), ("website", (0, 0, 0, 3)), ("closed", (0, 0, 0, 3)),
        ("place", (0, 0, 0, 3)),
    ],
)  # fmt: skip
def test_each_column_counts_what_is_known_none_unknown_and_silent(
    column: str, expected: tuple[int, int, int, int], measured: Quality
) -> None:
    """Of the hub whose contact is a known unknown, e-mail and telephone both were looked for in vain."""
    assert counts(measured, "hubs", column) == expected


def test_languages_count_apart_and_remarks_do_not(measured: Quality) -> None:
    [hubs] = [kind for kind in measured.kinds if kind.name == "hubs"]
    names = {field.name for field in hubs.fields}
    assert {"hours_it", "hours_en"} <= names
    assert (counts(measured, "hubs", "hours_it"), counts(measured, "hubs", "hours_en")) == ((1, 0, 0, 2), (0, 0, 0, 3))
    assert not names & {"note_it", "note_en", "alt_names_it", "id", "sources", "confidence"}


def test_the_things_of_each_table_are_counted_once_and_tables_of_remarks_not_at_all(measured: Quality) -> None:
    assert {kind.name: kind.things for kind in measured.kinds} == {"sources": 3, "places": 2, "hubs": 3}
    assert counts(measured, "sources", "issued") == (2, 0, 0, 1)
    assert all(set(kind.title) == {"it", "en"} for kind in measured.kinds)


def test_shares_are_what_is_settled_of_all_cells() -> None:
    field = Field("a", {}, known=2, none=1, unknown=4, total=10)
    assert (field.silent, field.share) == (3, 0.3)


def test_the_share_of_all_is_that_of_every_cell(measured: Quality) -> None:
    fields = [field for kind in measured.kinds for field in kind.fields]
    assert measured.share == sum(f.known + f.none for f in fields) / sum(f.total for f in fields)
    assert 0 < measured.share < 1


def test_statements_are_counted_by_confidence_and_by_the_year_of_their_newest_source(
    measured: Quality, current: Release
) -> None:
    """Against the release itself, asked in SPARQL."""
    query = """SELECT ?c (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } ?g pr:confidence ?c } GROUP BY ?c"""
    prefixes = {"pr": str(PR), "prov": "http://www.w3.org/ns/prov#"}
    rows = {
        row["c"].value.rpartition("/")[2]: int(row["n"].value)
        for row in current.store().query(query, prefixes=prefixes)
    }  # type: ignore[union-attr,index]
    assert rows.pop("not-found") > 0, "what is not known is no statement made"
    assert measured.facts == rows
    assert list(measured.facts) == ["confirmed", "single-source", "conflicting", "inferred", "as-published"]
    assert measured.facts["inferred"] == 1
    assert sum(measured.years.values()) == sum(measured.facts.values())
    assert list(measured.years) == [2019, 2021, None]
    # The row of hub/x has sources of 2019 and 2021, rival/b one of 2021, the claim on hub/y one of 2021.
    confirmed = """SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } ?g prov:hadPrimarySource ?b ; pr:confidence ?c
        FILTER (?b = <%ssource/b> && !STRENDS(STR(?c), 'not-found')) }"""
    [row] = current.store().query(confirmed % BASE, prefixes=prefixes)  # type: ignore[misc]
    assert measured.years[2021] == int(row["n"].value)


def test_what_is_open_is_told_with_its_subject_and_property(measured: Quality) -> None:
    assert [(d.iri, d.subject, d.property, d.resolution) for d in measured.disagreements] == [
        (f"{BASE}disagreement/d", f"{BASE}hub/x", str(PR) + "opened", "both-hold")
    ]
    assert {(u.subject, u.property.rpartition("/")[2].rpartition("#")[2]) for u in measured.unknowns} == {
        (f"{BASE}hub/y", "opened"), (f"{BASE}hub/z", "contactPoint")
    }  # fmt: skip
    assert all(unknown.resolution == "unknown" for unknown in measured.unknowns), "that it has no target is known"


def test_the_json_of_it_holds_shares_and_years(measured: Quality) -> None:
    said = json.loads(json.dumps(measured.as_dict()))
    assert said["completeness"] == round(measured.share, 4)
    assert said["as_of"] == "2026-11-23"
    assert sum(year["facts"] for year in said["years"]) == sum(said["facts"].values())
    assert [year["year"] for year in said["years"]] == [2019, 2021, None]
    [opened] = [f for kind in said["kinds"] if kind["name"] == "hubs" for f in kind["fields"] if f["name"] == "opened"]
    assert (opened["known"], opened["unknown"], opened["silent"], opened["completeness"]) == (1, 1, 1, 0.3333)


def test_of_a_district_that_is_not_there_nothing_is_said(current: Release) -> None:
    nothing = quality(current.store(), "https://example.org/nowhere/")
    assert (nothing.kinds, nothing.facts, nothing.years, nothing.share) == ([], {}, {}, 0)


# -- prossima check --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("it", ["fonti lette fino al 2026-11-23", "Quanto è sicuro", "lettura nostra", "meno note",
                "Disaccordi tra le fonti: 1. Lacune note: 2.", "Da correggere: 0 errori"]),
        ("en", ["sources read up to 2026-11-23", "How sure", "our reading", "least known",
                "Disagreements between sources: 1. Known unknowns: 2.", "To mend: 0 errors"]),
    ],
)  # fmt: skip
def test_check_tells_people_in_both_languages(language: str, words: list[str], shelf: Settings) -> None:
    done = run("check", "--data", shelf.data, "--lang", language, COLUMNS="140")
    assert (done.returncode, done.stderr) == (0, "")
    for said in ("prova", *words):
        assert said in done.stdout, said
    assert max(map(len, done.stdout.splitlines())) <= 140


def test_check_in_json_says_what_quality_does(shelf: Settings, measured: Quality) -> None:
    done = run("check", "prova", "--data", shelf.data, "--format", "json", "--as-of", "2026-11-26")
    assert (done.returncode, done.stderr) == (0, "")
    [said] = json.loads(done.stdout)
    assert said["id"] == "prova"
    assert {**said, "problems": [], "id": ""} == {
        **json.loads(json.dumps(measured.as_dict())),
        "problems": [],
        "id": "",
    }
    assert all(set(p["message"]) == {"it", "en"} for p in said["problems"])


@pytest.mark.parametrize(
    ("language", "words"), [("it", "Non c'è nessun distretto «milano»"), ("en", 'no district "milano"')]
)
def test_check_of_a_district_that_is_not_there_says_so(language: str, words: str, shelf: Settings) -> None:
    done = run("check", "prova", "milano", "--data", shelf.data, "--lang", language)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "prova" not in re.sub(r"\S*/\S*", "", done.stderr)


def test_check_without_a_release_or_with_a_wrong_format_says_so(shelf: Settings, tmp_path: Path) -> None:
    done = run("check", "--data", tmp_path / "empty", "--lang", "it")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Non c'è ancora una versione pubblicata" in done.stderr
    wrong = run("check", "--data", shelf.data, "--format", "xml")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "terminal | json" in wrong.stderr


def test_an_age_is_counted_from_a_day(shelf: Settings) -> None:
    wrong = run("check", "--data", shelf.data, "--as-of", "tomorrow")
    assert (wrong.returncode, wrong.stdout, "Traceback" in wrong.stderr) == (2, "", False)


# -- a release audited -----------------------------------------------------------------------------------------

RAW = f"""@prefix : <{BASE}> . @prefix pr: <{PR}> . @prefix skos: <{SKOS}> . @prefix cv: <http://data.europa.eu/m8g/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<{BASE}hub/raw> a pr:Hub ; skos:prefLabel "Spazio"@it ; skos:note "cell. 347/1234567"@it ; pr:taxCode "01234567890" ;
    cv:contactPoint <{BASE}hub/raw/contact/m> .
<{BASE}hub/raw/contact/m> a cv:ContactPoint ; cv:email "mario.rossi@gmail.com" .
<{BASE}org/a> a pr:Organisation ; skos:prefLabel "Associazione Il Melo"@it .
<{BASE}org/b> a pr:Organisation ; skos:prefLabel "Il Melo - associazione"@it .
"""


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A file full of mistakes, beside a district that is in order, in a release that no gate has seen."""
    folder = tmp_path_factory.mktemp("raw")
    (folder / "raw.ttl").write_text(RAW, encoding="utf-8")
    settings = Settings(data=folder / "data")
    assert publish([folder / "raw.ttl"], settings, raw=True, reason="raw").release == 1
    return settings


def audited(settings: Settings) -> Report:
    release = Shelf(settings.data).current()
    assert release
    return audit(release.store(), release.store(inference=False), "2026-11-26")


def test_an_audit_finds_what_the_gate_would_have_refused(raw: Settings) -> None:
    report = audited(raw)
    shapes = {(p.focus or "").removeprefix(BASE) for p in report.problems if p.check.startswith("http")}
    assert "hub/raw" in shapes, "a hub without a place"
    assert report.exit_code == 1
    assert not any((p.value or "").startswith(("<", '"')) for p in report.problems), "values as people write them"
    severities = [p.severity for p in report.problems]
    assert severities == sorted(severities, reverse=True)


def test_what_is_wrong_is_found_in_a_file_published_without_the_gate(raw: Settings) -> None:
    """No one is said to have said it: whoever is, a mobile number is a mobile number."""
    found = {(p.check, (p.focus or "").removeprefix(BASE)) for p in audited(raw).problems}
    assert {
        ("personal-mobile", "hub/raw"), ("personal-mailbox", "hub/raw/contact/m"), ("wrong-tax-code", "hub/raw"),
        ("near-equal", "org/a"),
    } <= found  # fmt: skip


def test_validate_takes_the_data_folder(raw: Settings) -> None:
    done = run("validate", raw.data, "--lang", "it")
    assert (done.returncode, done.stderr) == (1, "")
    assert f"<{BASE}hub/raw>" in re.sub(r"\s+", "", done.stdout)
    assert "Da correggere prima di pubblicare" in done.stdout


def test_what_is_known_to_be_unknown_is_not_missing(shelf: Settings, tmp_path: Path) -> None:
    report = audited(shelf)
    assert [(p.check, p.focus) for p in report.problems if p.severity >= Severity.VIOLATION] == []
    assert report.exit_code == 0
    tables = {**TABLES, "hubs": TABLES["hubs"].replace("Due,social-lab;playroom,place/q", "Due,?,?")}
    tables["hubs.claims"] = "id,field,sources\nhub/y,opened,source/a\n"
    settings = Settings(data=tmp_path / "data")
    folder = written(tmp_path / "d", **{name.replace(".", "__"): text for name, text in tables.items()})
    outcome = publish([folder], settings, reason="gaps")
    assert outcome.release == 1, [(p.message["en"], p.cell) for p in outcome.report.problems]
    gaps = [p for p in audited(settings).problems if p.focus == f"{BASE}hub/y" and p.severity >= Severity.VIOLATION]
    assert [(p.check, p.path) for p in gaps] == []


def test_an_audit_counts_what_is_said(shelf: Settings, measured: Quality) -> None:
    gaps = 2 * 8  # each of three gaps and a known none: type, subject, property and where it was looked for
    said = audited(shelf).statements
    assert sum(measured.facts.values()) < said < sum(measured.facts.values()) + 2 * gaps


def test_the_real_knowledge_base_is_in_order(release: Release) -> None:
    report = audit(release.store(), release.store(inference=False), "2026-11-26")
    assert [(p.check, p.focus, p.value) for p in report.problems if p.severity >= Severity.WARNING] == []
    assert PAVIA.is_dir()
