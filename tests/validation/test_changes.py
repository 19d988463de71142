"""A contribution is judged by what it changes: as full validation would, whatever the change; what was wrong before
stands and holds nobody back; shapes that an engine misreads are refused or judged by the other."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from prossima import district, files
from prossima.problems import Severity
from prossima.releases import merge, publish, said_before
from prossima.settings import Settings
from prossima.validation import check
from prossima.validation.engines import fast, shapes_text
from prossima.validation.incremental import Published, verdicts
from prossima.validation.reach import shapes_of
from prossima.vocabulary import (
    GRAPH,
    PR,
    RDF,
    RDFS,
    SCHEME,
    SKOS,
    XSD,
    ontology_files,
    scheme_files,
    shape_files,
    text_of,
    triples,
)
from tests.conftest import BOLOGNA
from tests.validation.test_report import BASE, hub, written

# -- as full validation would ----------------------------------------------------------------------------------

CHANGES = 3000


def small_data() -> tuple[set[Triple], set[Triple]]:
    """What Bologna says; and of the ontology and the schemes what the shapes read."""
    said = {statement.triple for statement in district.read(BOLOGNA).statements}
    known = (triple for path in [*ontology_files(), *scheme_files()] for triple in triples(path))
    pointed = {triple.object for triple in said}
    return said, {
        t
        for t in known
        if (t.predicate == SKOS("inScheme") and t.subject in pointed) or t.predicate == RDFS("subClassOf")
    }


def changed(chance: random.Random, data: list[Triple]) -> tuple[set[Triple], set[Triple]]:
    """A change as people make them: (what comes, what goes)."""
    old = chance.choice(data)
    subject = old.subject
    about = {triple for triple in data if triple.subject == subject}
    other = chance.choice(data)
    kind = chance.choice(["drop", "retarget", "retype", "literal", "tell", "remove", "move", "date"])
    if kind == "drop":
        return set(), {old}
    if kind == "retarget":
        return {Triple(subject, old.predicate, other.object)}, {old}
    if kind == "retype":
        types = {triple for triple in about if triple.predicate == RDF("type")}
        class_ = chance.choice(["Hub", "Place", "Organisation", "Service", "Event", "Period", "Project"])
        return {Triple(subject, RDF("type"), PR(class_))}, types if chance.random() < 0.5 else set()
    if kind == "literal":
        text = chance.choice([Literal("x"), Literal("x", language="it"), Literal("x", language="en"), Literal(-1)])
        return {Triple(subject, old.predicate, text)}, {old} if chance.random() < 0.5 else set()
    if kind == "remove":
        return set(), about
    if kind == "move":
        # What points at one thing points at another.
        pointing = {triple for triple in data if triple.object == subject}
        return {Triple(t.subject, t.predicate, other.subject) for t in pointing}, pointing
    if kind == "date":
        bound = chance.choice(["earliest", "latest"])
        day = Literal(f"{chance.randrange(1990, 2030)}-06-01", datatype=XSD("date"))
        return {Triple(subject, PR(bound), day)}, {t for t in about if t.predicate == PR(bound)}
    return {Triple(subject, other.predicate, other.object)}, set()


def test_thousands_of_changes_are_judged_as_full_validation_would() -> None:
    """One after the other, on our shapes and a district's data; now and then all is as it was."""
    chance, text = random.Random(2018), shapes_text()
    shapes = shapes_of(triple for path in shape_files() for triple in triples(path))
    assert not any(shape.whole for shape in shapes)
    clean, known = small_data()
    data, store = set(clean), Store()
    store.extend(Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in data | known)
    was = frozenset(fast(data | known, text))
    introduced = vanished = 0
    for number in range(CHANGES):
        if number % 40 == 39:
            added, removed = clean - data, data - clean
        else:
            added, removed = changed(chance, sorted(data, key=str))
            added, removed = added - data, removed - added
        found = verdicts(Published(store), added, removed, shapes, text)
        data = (data - removed) | added
        for triple in removed:
            store.remove(Quad(triple.subject, triple.predicate, triple.object, DefaultGraph()))
        store.extend(Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in added)
        now = frozenset(fast(data | known, text))
        assert (found.introduced, found.vanished) == (now - was, was - now), (number, added, removed)
        assert found.standing <= was & now
        was, introduced, vanished = now, introduced + len(found.introduced), vanished + len(found.vanished)
    assert introduced > CHANGES / 3
    assert vanished > CHANGES / 3


# -- what was wrong before -------------------------------------------------------------------------------------

OWN = f"""@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix pr: <{PR}> .
@prefix own: <{BASE}shapes#> .
own:Hub a sh:NodeShape ; sh:targetClass pr:Hub ; sh:property own:Hub-page .
own:Hub-page a sh:PropertyShape ; sh:path <http://xmlns.com/foaf/0.1/page> ; sh:minCount 1 ;
    sh:message "Ogni spazio ha un sito."@it , "Every hub has a website."@en .
"""


def with_shapes(folder: Path, text: str) -> Path:
    (folder / "shapes").mkdir(exist_ok=True)
    (folder / "shapes" / "own.ttl").write_text(text, encoding="utf-8")
    return folder


def test_what_newer_shapes_find_in_older_data_is_told_and_holds_nobody_back(settings: Settings, tmp_path: Path) -> None:
    folder = written(tmp_path / "district")
    assert publish([folder], settings).release == 1
    with_shapes(folder, OWN)
    hubs = folder / "tables" / "hubs.csv"
    hubs.write_text(hubs.read_text(encoding="utf-8").replace("Spazio X", "Spazio Y"), encoding="utf-8")
    outcome = publish([folder], settings)
    assert outcome.release == 2
    [found] = [problem for problem in outcome.report.problems if problem.severity == Severity.VIOLATION]
    assert (found.standing, found.message["it"]) == (True, "Ogni spazio ha un sito.")
    assert (outcome.report.blocks, outcome.report.exit_code) == (False, 0)
    # What is not touched is told too while the shapes are news.
    places = folder / "tables" / "places.csv"
    places.write_text(places.read_text(encoding="utf-8").replace("Rione", "Il rione"), encoding="utf-8")
    outcome = publish([folder], settings)
    assert outcome.release == 3
    assert [problem.standing for problem in outcome.report.problems if problem.severity == Severity.VIOLATION] == [True]
    # A new hub without a website is held back.
    hubs.write_text(hubs.read_text(encoding="utf-8") + hub(id="hub/z").splitlines()[1] + "\n", encoding="utf-8")
    outcome = publish([folder], settings)
    assert outcome.release is None
    blocking = [problem for problem in outcome.report.problems if problem.blocks]
    assert [(problem.focus, problem.cell.row) for problem in blocking if problem.cell] == [(f"{BASE}hub/z", 3)]


def published(folder: Path) -> Store:
    """A store with what the district says, published past the gate."""
    store = Store()
    merge.load(store, district.read(folder))
    return store


def test_an_older_violation_that_stays_does_not_block_and_one_that_is_made_does(tmp_path: Path) -> None:
    store = published(written(tmp_path / "before", hubs=hub(kind="")))
    contribution = district.read(written(tmp_path / "after", hubs=hub(kind="", target="parents;families")))
    replaced = said_before(store, contribution.groups())[0]
    told = [problem for problem in contribution.problems if problem.check == "missing-value"]
    assert told, "an empty required cell is told by the table itself"
    contribution.problems.clear()
    report = check(contribution, store, replaced=replaced)
    missing = [problem for problem in report.problems if (problem.path or "").endswith("hubKind")]
    assert [(problem.standing, problem.blocks) for problem in missing] == [(True, False)]
    assert not report.blocks
    fresh = Store()
    merge.load(fresh, district.read(written(tmp_path / "other", hubs=hub())))
    report = check(contribution, fresh, replaced=said_before(fresh, contribution.groups())[0])
    missing = [problem for problem in report.problems if (problem.path or "").endswith("hubKind")]
    assert [(problem.standing, problem.blocks) for problem in missing] == [(False, True)]


def test_what_is_untouched_is_looked_at_again_only_under_other_shapes(tmp_path: Path) -> None:
    """What was wrong already with what a change does not touch is news only where the shapes are."""
    store = published(written(tmp_path / "before", hubs=hub(kind="")))
    contribution = district.read(written(tmp_path / "after", hubs=hub(kind="")))
    contribution.problems.clear()
    replaced = said_before(store, contribution.groups())[0]
    wanted = [p for p in check(contribution, store, replaced=replaced).problems if p.severity == Severity.VIOLATION]
    assert wanted == []
    shapes = store.quads_for_pattern(None, None, None, GRAPH("shapes"))
    store.remove(next(shapes))
    [found] = [p for p in check(contribution, store, replaced=replaced).problems if p.severity == Severity.VIOLATION]
    assert found.standing


def test_the_schemes_of_a_contribution_are_those_of_today(tmp_path: Path) -> None:
    """A release may have been made with older schemes: what is a concept now counts as one."""
    store = published(written(tmp_path / "before"))
    concept = SCHEME("hub-kind/playroom")
    for quad in list(store.quads_for_pattern(concept, None, None, None)):
        store.remove(quad)
    contribution = district.read(written(tmp_path / "after", hubs=hub(kind="playroom")))
    report = check(contribution, store, replaced=said_before(store, contribution.groups())[0])
    assert not report.blocks, report.problems


def test_a_role_outside_the_life_of_its_hub_is_told_at_its_cell(tmp_path: Path) -> None:
    roles = (
        "id,holder,target,kind,period,sources,confidence\nrole/a,org/a,hub/x,manager,2010/2012,source/c,single-source\n"
    )
    organisations = "id,type,name_it,sources,confidence\norg/a,Organisation,Cooperativa,source/c,single-source\n"
    report = check(district.read(written(tmp_path, roles=roles, organisations=organisations)))
    [found] = [problem for problem in report.problems if problem.severity == Severity.WARNING]
    assert found.check.endswith("#DatedRole-before")
    assert found.cell
    assert (Path(found.cell.file).name, found.cell.row, found.cell.column) == ("roles.csv", 2, "period")


def test_a_project_that_ends_before_it_starts_is_told_at_its_end(tmp_path: Path) -> None:
    projects = (
        "id,type,name_it,start,end,sources,confidence\nproject/a,Project,Progetto,2021,2019,source/c,single-source\n"
    )
    report = check(district.read(written(tmp_path, projects=projects)))
    [found] = [problem for problem in report.problems if problem.severity == Severity.VIOLATION]
    assert found.message["en"] == "The project ends before it starts: the two dates are perhaps swapped."
    assert found.cell
    assert (Path(found.cell.file).name, found.cell.row, found.cell.column) == ("projects.csv", 2, "end")


# -- shapes that an engine misreads ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("constraint", "construct"),
    [
        ("sh:minCuont 1", "unknown term"),
        ('sh:pattern "^\\\\w+$"', "pattern dialect"),
        ("sh:equals [ sh:inversePath pr:locatedIn ]", "pair by path"),
    ],
)
def test_shapes_that_no_engine_reads_alike_are_refused(constraint: str, construct: str, tmp_path: Path) -> None:
    folder = with_shapes(written(tmp_path), OWN.replace("sh:minCount 1", constraint))
    found = [problem for problem in check(district.read(folder)).problems if problem.blocks]
    assert [problem.check for problem in found] == ["misread-shapes"]
    assert found[0].cell
    assert found[0].cell.file.endswith("own.ttl")
    assert f"«{construct}»" in found[0].message["it"]
    assert f'"{construct}"' in found[0].message["en"]


def test_shapes_that_only_the_fast_engine_misreads_are_judged_by_the_reference(tmp_path: Path) -> None:
    """Closed property shapes: the fast engine closes the hub, the reference what it is located in."""
    closed = """sh:closed true ; sh:ignoredProperties ( <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> )"""
    text = OWN.replace("<http://xmlns.com/foaf/0.1/page> ; sh:minCount 1", f"pr:locatedIn ; {closed}")
    folder = with_shapes(written(tmp_path), text)
    found = [problem for problem in check(district.read(folder)).problems if problem.blocks]
    assert {problem.component for problem in found} == {"ClosedConstraintComponent"}
    assert {problem.focus for problem in found} == {f"{BASE}hub/x"}
    places = {f"{BASE}place/q", f"{BASE}place/r"}
    wrong = {problem.value for problem in found}
    assert wrong <= {
        text_of(s.triple.object) for s in district.read(folder).statements if text_of(s.triple.subject) in places
    }


def test_nodes_are_told_apart_from_literals() -> None:
    """A literal that looks like an IRI in brackets is none."""
    data = {Triple(NamedNode("https://example.org/a"), PR("value"), Literal("<x>"))}
    shapes = f"""@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix e: <https://example.org/> .
        e:S a sh:NodeShape ; sh:targetObjectsOf <{PR}value> ; sh:nodeKind sh:IRI ."""
    [result] = fast(data, shapes)
    assert result.focus == '"<x>"'


@pytest.mark.parametrize("iri", ["urn:hub:1", "https://example.org/hub?id=1", "mailto:a@example.org"])
def test_a_thing_is_known_by_an_address_that_lasts(iri: str, tmp_path: Path) -> None:
    file = tmp_path / "a.ttl"
    file.write_text(f"<{iri}> a <{PR}Source> ; <{SKOS}prefLabel> 'Bollettino'@it .", encoding="utf-8")
    found = [problem for problem in check(files.read(file)).problems if problem.check.endswith("#Thing")]
    assert [(problem.focus, problem.blocks) for problem in found] == [(iri, True)]
    file.write_text(file.read_text(encoding="utf-8").replace(iri, "https://example.org/a#hub"), encoding="utf-8")
    assert [p for p in check(files.read(file)).problems if p.check.endswith("#Thing")] == []


def test_shapes_that_the_reference_refuses_are_refused_with_its_words(tmp_path: Path) -> None:
    """A count that is a text: the fast engine takes it, and sends the file on for its closed property shape."""
    folder = with_shapes(written(tmp_path), OWN.replace("sh:minCount 1", 'sh:closed true ; sh:maxCount "1"'))
    [found] = [problem for problem in check(district.read(folder)).problems if problem.blocks]
    assert "MaxCountConstraintComponent" in found.message["en"]
    assert found.cell
    assert found.cell.file.endswith("own.ttl")
