"""Who says what is told by releases alone: no file can withdraw, hide or take over what others say."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, NamedNode

from prossima.releases import Release, Shelf, publish
from prossima.settings import Settings
from prossima.vocabulary import GRAPH, PR, ROOT, SCHEME

SAYS = "http://example.org/says"
HUB = "http://example.org/hub"


def current(settings: Settings) -> Release:
    release = Shelf(settings.data).current()
    assert release
    return release


def said(settings: Settings) -> set[str]:
    quads = current(settings).store().quads_for_pattern(None, NamedNode(SAYS), None, DefaultGraph())
    return {quad.object.value for quad in quads}


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def theirs(tmp_path: Path, settings: Settings) -> Path:
    """A file that others published."""
    file = written(tmp_path / "theirs.ttl", f'<{HUB}> <{SAYS}> "theirs" .')
    publish([file], settings)
    return file


@pytest.mark.parametrize(
    "text",
    [
        f"<> <http://purl.org/dc/terms/isPartOf> <{ROOT}origin/theirs.ttl> .",
        f"<{ROOT}origin/theirs.ttl> <http://purl.org/dc/terms/isPartOf> <{ROOT}origin/mine.ttl> .",
        f"<{ROOT}id/bologna/origin/hubs> <http://purl.org/dc/terms/isPartOf> <{ROOT}origin/mine.ttl> .",
        f"<http://example.org/g> <{PR}origin> <{ROOT}origin/mine.ttl> .",
        f"<{GRAPH}evidence/0000> <{SAYS}> 1 .",
        f"<http://example.org/g> <{PR}confidence> <{SCHEME}confidence/inferred> .",
    ],
)
def test_a_file_may_not_say_what_only_a_release_says(
    text: str, tmp_path: Path, theirs: Path, settings: Settings
) -> None:
    outcome = publish([written(tmp_path / "mine.ttl", text)], settings)
    assert [problem.check for problem in outcome.report.problems] == ["reserved-name"]
    assert said(settings) == {"theirs"}


@pytest.mark.parametrize("graph", ["ontology", "inferred", "evidence/0000"])
def test_a_file_may_not_write_in_our_graphs(graph: str, tmp_path: Path, theirs: Path, settings: Settings) -> None:
    file = written(tmp_path / "mine.nq", f'<x:a> <{SAYS}> "mine" <{GRAPH}{graph}> .\n')
    assert publish([file], settings).release is None
    assert said(settings) == {"theirs"}


def test_a_file_may_describe_things_under_its_own_name(tmp_path: Path, settings: Settings) -> None:
    publish([written(tmp_path / "mine.ttl", f'<#thing> <{SAYS}> "mine" .')], settings)
    assert said(settings) == {"mine"}


def test_a_disagreement_hides_only_what_its_own_file_says(tmp_path: Path, theirs: Path, settings: Settings) -> None:
    text = f"""@prefix pr: <{PR}> . @prefix e: <http://example.org/> .
    e:d pr:resolution <{SCHEME}resolution/claims-only> ; pr:rival e:r . e:r pr:rivalValue <{HUB}> .
    <{HUB}> <{SAYS}> "mine" ."""
    assert publish([written(tmp_path / "mine.ttl", text)], settings).release
    assert said(settings) == {"theirs"}


def test_two_files_of_one_publication_may_not_name_one_graph(tmp_path: Path, settings: Settings) -> None:
    files = [
        written(tmp_path / f"{n}.trig", f'<http://example.org/g> {{ <x:{n}> <{SAYS}> "{n}" }}') for n in ("a", "b")
    ]
    outcome = publish(files, settings)
    assert [problem.check for problem in outcome.report.problems] == ["taken-graph"]
    assert Shelf(settings.data).all() == []
