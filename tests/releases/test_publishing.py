"""Publishing: what goes in comes out, what is taken out is withdrawn, what is unchanged changes nothing."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import threading
import time
from pathlib import Path

import pytest
from filelock import FileLock
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, serialize

from prossima.releases import PublicationError, Release, Shelf, publish, rollback
from prossima.releases.merge import digest
from prossima.settings import Settings
from prossima.vocabulary import GRAPH, PR, ROOT
from tests.conftest import PAVIA

SAYS = "http://example.org/says"


def current(settings: Settings) -> Release:
    release = Shelf(settings.data).current()
    assert release
    return release


def values(release: Release, graph: object = None) -> set[str]:
    quads = release.store().quads_for_pattern(None, NamedNode(SAYS), None, graph or DefaultGraph())
    return {quad.object.value for quad in quads}


def nt(path: Path, *values: str) -> Path:
    path.write_text("".join(f'<http://example.org/{v}> <{SAYS}> "{v}" .\n' for v in values), encoding="utf-8")
    return path


@pytest.fixture
def pavia(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PAVIA, tmp_path / "pavia"))


def test_a_file_becomes_a_release_whose_manifest_tells_the_truth(tmp_path: Path, settings: Settings) -> None:
    outcome = publish([nt(tmp_path / "a.nt", "one", "two")], settings, reason="first")
    release = current(settings)
    assert outcome.release == release.number == 1
    assert values(release) == {"one", "two"}
    assert release.manifest.reason == "first"
    assert release.manifest.quads == len(release.store())
    assert release.manifest.digest == digest(release.store())


def test_a_file_is_cited_by_name_and_checksum_as_published(tmp_path: Path, settings: Settings) -> None:
    file = nt(tmp_path / "a.nt", "one")
    publish([file], settings)
    sha = hashlib.sha256(file.read_bytes()).hexdigest()
    answer = (
        current(settings)
        .store()
        .query(
            f"""PREFIX pr: <{PR}> PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX dcterms: <http://purl.org/dc/terms/>
        PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT ?name ?id ?confidence WHERE {{ GRAPH ?g {{ ?s <{SAYS}> "one" }}
          ?g pr:confidence ?confidence ; prov:hadPrimarySource ?source .
          ?source skos:prefLabel ?name ; dcterms:identifier ?id }}"""
        )
    )
    [row] = list(answer)
    assert [term.value for term in row] == ["a.nt", f"sha256:{sha}", ROOT + "scheme/confidence/as-published"]


@pytest.mark.parametrize(
    "suffix", [".nq", ".trig", ".ttl", ".nt", ".rdf", ".jsonld", ".nq.gz", ".ttl.gz", ".TTL", ".NT.GZ"]
)
def test_every_rdf_format_is_read(suffix: str, tmp_path: Path, settings: Settings) -> None:
    quads = [Quad(NamedNode("http://example.org/a"), NamedNode(SAYS), NamedNode("http://example.org/b"))]
    format_ = RdfFormat.from_extension(suffix.lower().split(".")[1])
    assert format_
    data = serialize([quad.triple for quad in quads] if not format_.supports_datasets else quads, format=format_)
    assert data
    file = tmp_path / f"a{suffix}"
    file.write_bytes(gzip.compress(data) if suffix.lower().endswith(".gz") else data)
    publish([file], settings)
    assert values(current(settings)) == {"http://example.org/b"}


def test_graphs_named_in_a_file_keep_their_names_and_are_described(tmp_path: Path, settings: Settings) -> None:
    file = tmp_path / "a.trig"
    file.write_text(f'<http://example.org/g> {{ <http://example.org/x> <{SAYS}> "in g" }}', encoding="utf-8")
    publish([file], settings)
    graph = NamedNode("http://example.org/g")
    store = current(settings).store()
    assert values(current(settings), graph) == values(current(settings)) == {"in g"}
    assert any(store.quads_for_pattern(graph, PR("origin"), None, DefaultGraph()))


def test_a_graph_name_that_another_file_owns_is_refused(tmp_path: Path, settings: Settings) -> None:
    for name in ("a.trig", "b.trig"):
        text = f'<http://example.org/g> {{ <http://example.org/x> <{SAYS}> "{name}" }}'
        (tmp_path / name).write_text(text, encoding="utf-8")
    publish([tmp_path / "a.trig"], settings)
    outcome = publish([tmp_path / "b.trig"], settings)
    assert outcome.release is None
    assert [problem.check for problem in outcome.report.problems] == ["taken-graph"]
    assert values(current(settings)) == {"a.trig"}


def test_blank_nodes_become_the_same_iris_each_time(tmp_path: Path, settings: Settings) -> None:
    file = tmp_path / "a.ttl"
    file.write_text(f'<http://example.org/x> <{SAYS}> [ <{SAYS}> "deep" ] .', encoding="utf-8")
    publish([file], settings)
    first = set(current(settings).store())
    assert not any("_:" in str(quad) for quad in first)
    file.write_text(f'<http://example.org/x> <{SAYS}> [ <{SAYS}> "deep" ] .\n# a comment\n', encoding="utf-8")
    publish([file], settings)
    again = set(current(settings).store())
    assert {str(quad) for quad in first ^ again if SAYS in str(quad)} == set()


def test_publishing_unchanged_input_makes_no_release(settings: Settings, pavia: Path) -> None:
    publish([pavia], settings)
    outcome = publish([pavia], settings)
    assert outcome.unchanged
    assert outcome.release is None
    assert len(Shelf(settings.data).all()) == 1


def test_a_table_saved_again_with_the_same_facts_makes_no_release(settings: Settings, pavia: Path) -> None:
    publish([pavia], settings)
    hubs = pavia / "tables" / "hubs.csv"
    hubs.write_text(hubs.read_text(encoding="utf-8").replace("\n", "\r\n"), encoding="utf-8", newline="")
    outcome = publish([pavia], settings)
    assert outcome.unchanged
    assert outcome.release is None


def test_removing_a_row_withdraws_exactly_its_facts(settings: Settings, pavia: Path) -> None:
    publish([pavia], settings)
    before = current(settings)
    figures = pavia / "tables" / "figures.csv"
    lines = figures.read_text(encoding="utf-8").splitlines(keepends=True)
    removed = next(line for line in lines if line.startswith("figure/fbc-young,"))
    figures.write_text("".join(line for line in lines if line is not removed), encoding="utf-8")
    publish([pavia], settings)
    after = current(settings)
    figure = f"{ROOT}id/pavia/figure/fbc-young"
    lost, won = set(before.store()) - set(after.store()), set(after.store()) - set(before.store())
    assert won == set()
    subjects = {quad.subject.value for quad in lost}
    assert figure in subjects
    assert all(subject.startswith((figure, GRAPH)) for subject in subjects)
    assert after.manifest.removed == len(lost)
    assert after.withdrawn[figure] == before.number


def test_a_fact_that_another_origin_still_says_stays(tmp_path: Path, settings: Settings) -> None:
    both, other = nt(tmp_path / "a.nt", "shared", "mine"), nt(tmp_path / "b.nt", "shared")
    publish([both, other], settings)
    nt(both, "mine")
    publish([both], settings)
    assert values(current(settings)) == {"shared", "mine"}
    nt(other, "else")
    publish([other], settings)
    assert values(current(settings)) == {"else", "mine"}


def test_a_rollback_is_a_new_release_equal_to_the_old_one(tmp_path: Path, settings: Settings) -> None:
    file = nt(tmp_path / "a.nt", "one")
    publish([file], settings)
    nt(file, "one", "two")
    publish([file], settings)
    outcome = rollback(1, settings, reason="two was wrong")
    first, third = Shelf(settings.data).release(1), current(settings)
    assert outcome.release == third.number == 3
    assert set(third.store()) == set(first.store())
    assert third.manifest.digest == first.manifest.digest == digest(third.store())
    assert (third.manifest.kind, third.manifest.parent, third.manifest.reason) == ("rollback", 1, "two was wrong")
    assert third.withdrawn == {"http://example.org/two": 2}
    nt(file, "one", "two", "three")
    publish([file], settings)
    assert values(current(settings)) == {"one", "two", "three"}
    assert current(settings).withdrawn == {}


def test_a_rollback_to_no_release_says_which_there_are(tmp_path: Path, settings: Settings) -> None:
    publish([nt(tmp_path / "a.nt", "one")], settings)
    with pytest.raises(PublicationError, match="Release 7 is not on the shelf; there: 1"):
        rollback(7, settings, reason="")


def test_a_dry_run_counts_and_publishes_nothing(tmp_path: Path, settings: Settings) -> None:
    file = nt(tmp_path / "a.nt", "one")
    publish([file], settings)
    nt(file, "one", "two")
    outcome = publish([file], settings, dry_run=True)
    assert outcome.added > 0
    assert outcome.release is None
    assert values(current(settings)) == {"one"}


def test_raw_loads_quads_as_they_are_and_says_so(tmp_path: Path, settings: Settings) -> None:
    file = tmp_path / "a.nq"
    file.write_text(f'<http://example.org/x> <{SAYS}> "raw" <http://example.org/g> .\n', encoding="utf-8")
    publish([file], settings, raw=True)
    release = current(settings)
    assert release.manifest.kind == "raw"
    assert [str(quad) for quad in release.store()] == [f'<http://example.org/x> <{SAYS}> "raw" <http://example.org/g>']
    publish([nt(tmp_path / "b.nt", "checked")], settings)
    assert values(current(settings)) == {"checked"}
    assert current(settings).manifest.digest == digest(current(settings).store())


def test_a_raw_dry_run_and_an_unchanged_raw_input_make_no_release(tmp_path: Path, settings: Settings) -> None:
    file = nt(tmp_path / "a.nt", "one")
    assert publish([file], settings, raw=True, dry_run=True).added == 1
    assert Shelf(settings.data).all() == []
    publish([file], settings, raw=True)
    assert publish([file], settings, raw=True).unchanged
    assert len(Shelf(settings.data).all()) == 1


def test_a_raw_file_that_ends_too_early_is_told_and_changes_nothing(tmp_path: Path, settings: Settings) -> None:
    file = tmp_path / "a.nt.gz"
    file.write_bytes(gzip.compress(f'<x:a> <{SAYS}> "one" .\n'.encode() * 5000)[:-200])
    outcome = publish([file], settings, raw=True)
    assert [problem.check for problem in outcome.report.problems] == ["unreadable-file"]
    assert Shelf(settings.data).all() == []


def test_a_copy_of_a_district_is_the_same_district(settings: Settings, pavia: Path, tmp_path: Path) -> None:
    """What was published last is told by the district's base, not by the folder's name."""
    publish([pavia], settings)
    copy = Path(shutil.copytree(pavia, tmp_path / "copy"))
    assert publish([copy], settings).unchanged
    figures = copy / "tables" / "figures.csv"
    lines = figures.read_text(encoding="utf-8").splitlines(keepends=True)
    figures.write_text("".join(line for line in lines if not line.startswith("figure/fbc-young,")), encoding="utf-8")
    assert publish([copy], settings).release == 2
    assert publish([pavia], settings).release == 3
    assert set(current(settings).store()) == set(Shelf(settings.data).release(1).store())


def test_two_inputs_that_speak_for_the_same_are_refused(tmp_path: Path, settings: Settings) -> None:
    files = [nt(folder / "facts.nt", folder.name) for folder in (tmp_path / "x", tmp_path / "y") if not folder.mkdir()]
    with pytest.raises(PublicationError, match="both speak for"):
        publish(files, settings)
    assert Shelf(settings.data).all() == []


def test_a_dry_run_tells_what_would_change_of_each_thing(tmp_path: Path, settings: Settings) -> None:
    publish([nt(tmp_path / "a.nt", "one", "two")], settings)
    outcome = publish([nt(tmp_path / "a.nt", "one", "three")], settings, dry_run=True)
    things = {iri: (added, removed) for iri, added, removed in outcome.changed}
    assert things["http://example.org/three"] == (2, 0)
    assert things["http://example.org/two"] == (0, 2)
    assert "http://example.org/one" not in things


def test_what_others_point_at_may_not_be_withdrawn(settings: Settings, pavia: Path) -> None:
    """The gate sees what a publication takes away, also where the release before still has it."""
    publish([pavia], settings)
    for name in ("organisations.csv", "organisations.claims.csv"):
        table = pavia / "tables" / name
        lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
        table.write_text("".join(line for line in lines if not line.startswith("org/csp,")), encoding="utf-8")
    outcome = publish([pavia], settings)
    assert outcome.release is None
    assert {"dangling-reference"} <= {problem.check for problem in outcome.report.problems}
    assert len(Shelf(settings.data).all()) == 1


def test_a_release_keeps_the_sources_it_was_made_from(settings: Settings, pavia: Path, tmp_path: Path) -> None:
    publish([pavia], settings)
    publish([nt(tmp_path / "a.nt", "one")], settings)
    kept = sorted(path.name for path in (current(settings).folder / "sources").rglob("*") if path.is_file())
    assert {"hubs.csv", "hubs.claims.csv", "csv-metadata.json", "district.toml", "a.nt"} <= set(kept)
    [hubs] = (current(settings).folder / "sources").rglob("hubs.csv")
    assert hubs.read_bytes() == (PAVIA / "tables" / "hubs.csv").read_bytes()


def test_a_second_publisher_is_told_who_holds_the_lock(tmp_path: Path, settings: Settings) -> None:
    file = nt(tmp_path / "a.nt", "one")
    settings.data.mkdir(parents=True)
    (settings.data / "publication.holder").write_text("process 4711, since then\n", encoding="utf-8")
    settings.lock_wait = 0.2
    with FileLock(settings.data / "publication.lock"), pytest.raises(PublicationError, match="process 4711"):
        publish([file], settings)


def test_a_second_publisher_waits_for_the_first(tmp_path: Path, settings: Settings) -> None:
    settings.data.mkdir(parents=True)
    lock = FileLock(settings.data / "publication.lock", thread_local=False)
    lock.acquire()
    threading.Timer(1.0, lock.release).start()
    began = time.monotonic()
    publish([nt(tmp_path / "a.nt", "one")], settings)
    assert time.monotonic() - began > 0.9


def test_old_releases_are_dropped_and_those_in_use_are_kept(tmp_path: Path, settings: Settings) -> None:
    shelf = Shelf(settings.data)
    settings.keep_releases = 2
    file = nt(tmp_path / "a.nt", "0")
    publish([file], settings)
    with shelf.pinned(current(settings)):
        for number in range(1, 5):
            publish([nt(file, str(number))], settings)
        assert [release.number for release in shelf.all()] == [1, 5]
    publish([nt(file, "last")], settings)
    assert [release.number for release in shelf.all()] == [5, 6]


def test_five_releases_share_their_files(tmp_path: Path, settings: Settings) -> None:
    file = nt(tmp_path / "a.nt", *(str(n) for n in range(20_000)))
    publish([file], settings)
    alone = size(settings.data)
    first = {path.name: path.read_bytes() for path in Shelf(settings.data).release(1).folder.rglob("*.sst")}
    for number in range(4):
        publish([nt(tmp_path / "b.nt", f"small {number}".replace(" ", "-"))], settings)
    own = sum(p.stat().st_size for p in current(settings).folder.rglob("*") if p.is_file() and p.stat().st_nlink == 1)
    # The engine may have compacted one of the two stores on the way, which writes a level of it anew.
    assert own < alone / 4
    assert first == {path.name: path.read_bytes() for path in Shelf(settings.data).release(1).folder.rglob("*.sst")}


def size(folder: Path) -> int:
    """Bytes on disk, each shared file once."""
    return sum({p.stat().st_ino: p.stat().st_size for p in folder.rglob("*") if p.is_file()}.values())


def test_inferred_facts_stand_in_both_graphs_and_leave_with_their_premises(settings: Settings, pavia: Path) -> None:
    publish([pavia], settings)
    hub, csf = f"{ROOT}id/pavia/hub/inpelizza", f"{ROOT}id/pavia/org/csf"
    managed = (NamedNode(hub), PR("managedBy"), NamedNode(csf))
    store = current(settings).store()
    assert Quad(*managed, GRAPH("inferred")) in store
    assert Quad(*managed, DefaultGraph()) in store
    roles = pavia / "tables" / "roles.csv"
    lines = roles.read_text(encoding="utf-8").splitlines(keepends=True)
    roles.write_text("".join(line for line in lines if "role/inpelizza-csf," not in line), encoding="utf-8")
    claims = pavia / "tables" / "roles.claims.csv"
    if claims.is_file():
        kept = [
            line
            for line in claims.read_text(encoding="utf-8").splitlines(keepends=True)
            if "role/inpelizza-csf" not in line
        ]
        claims.write_text("".join(kept), encoding="utf-8")
    outcome = publish([pavia], settings)
    assert outcome.release, [(p.cell, p.message["en"]) for p in outcome.report.problems if p.severity > 1]
    store = current(settings).store()
    assert not list(store.quads_for_pattern(*managed, None))


def test_the_manifest_is_json_anyone_can_read(tmp_path: Path, settings: Settings) -> None:
    publish([nt(tmp_path / "a.nt", "one")], settings)
    manifest = json.loads((current(settings).folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["number"] == 1
    assert manifest["inputs"].keys() == {f"{ROOT}origin/a.nt"}
