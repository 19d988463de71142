"""The table that compares the ontology with others says what is so now."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import REPOSITORY

OFFICIAL = REPOSITORY.parent / "shared" / "vocab"
# What is read from the vocabularies alone, without the rest of their repositories.
FROM_THE_FILES = ("Definitions in two languages", "Reasoner (HermiT) and profile", "Versions")


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compare", REPOSITORY / "docs" / "compare.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


compare = load()


def plain(cells: dict[str, Any]) -> dict[str, Any]:
    """As it comes out of JSON."""
    return dict(json.loads(json.dumps(cells)))


def test_the_page_says_what_the_ontology_is_now() -> None:
    """Our column and the page around it; `python docs/compare.py` writes it anew, without the others' files."""
    assert compare.PAGE.read_text(encoding="utf-8") == compare.page(
        {"ours": compare.column("ours", compare.ROOT)} | compare.stored()
    )


def test_every_term_of_ours_is_declared() -> None:
    named = {term for theme in compare.CONFIG["themes"] for notion in theme["notions"] for term in
             notion.get("ours", "").split()}  # fmt: skip
    assert len(named) > 60
    assert compare.named("ours", " ".join(sorted(named)), compare.ROOT)
    with pytest.raises(SystemExit, match="pr:Nothing is not declared"):
        compare.named("ours", "pr:Nothing", compare.ROOT)


def test_every_notion_is_told_of_every_vocabulary() -> None:
    notions = {
        f"{theme['name']}: {notion['name']}" for theme in compare.CONFIG["themes"] for notion in theme["notions"]
    }
    for cells in compare.stored().values():
        assert set(cells["notions"]) == notions
        assert set(compare.CRITERIA) <= set(cells)


@pytest.mark.skipif(not OFFICIAL.exists(), reason="the official copies are not beside the checkout")
@pytest.mark.parametrize(("key", "more"), [("ontopia", ()), ("cpsv-ap", ("Alignments", "Documentation"))])
def test_the_columns_of_others_are_so(key: str, more: tuple[str, ...]) -> None:
    kept, found = compare.stored()[key], plain(compare.column(key, OFFICIAL, FROM_THE_FILES + more))
    assert {name: kept[name] for name in found} == found


def test_an_absent_vocabulary_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"OntoPiA is not whole: .*\.ttl is missing"):
        compare.column("ontopia", tmp_path)
