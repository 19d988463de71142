"""The interface speaks Italian and English, all of it, alike."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from prossima.language import Texts, of_terminal, preferred
from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "endpoint" / "prossima"
FILES = [PACKAGE / "texts.toml", PACKAGE / "web" / "texts.toml"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_every_text_is_there_in_both_languages_with_the_same_blanks(path: Path) -> None:
    for key, texts in Texts(path).keys().items():
        assert set(texts) == {"it", "en"}, key
        assert all(text.strip() for text in texts.values()), key
        blanks = [sorted(re.findall(r"\{(\w+)\}", text)) for text in texts.values()]
        assert blanks[0] == blanks[1], key


def test_every_text_a_template_asks_for_is_there() -> None:
    known = set(Texts(FILES[1]).keys())
    for template in (PACKAGE / "web" / "templates").glob("*.html"):
        asked = re.findall(r"""\bt\(\s*["']([a-z_.]+)["']\s*[,)]""", template.read_text(encoding="utf-8"))
        assert set(asked) <= known, template.name


def test_the_sections_of_a_page_have_both_languages() -> None:
    sections = tomllib.loads((PACKAGE / "web" / "sections.toml").read_text(encoding="utf-8"))
    named = [*sections["section"], *sections["inverse"].values(), *sections["kinds"].values()]
    assert all({"it", "en"} <= set(entry) for entry in named)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "it"),
        ("", "it"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("it-IT,it;q=0.9,en;q=0.8", "it"),
        ("fr,en;q=0.5", "en"),
        ("de", "it"),
        ("en;q=0.3,it;q=0.7", "it"),
        ("en;q=nonsense", "it"),
    ],
)
def test_the_browsers_preference_decides(header: str | None, language: str) -> None:
    assert preferred(header) == language


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({"LANG": "it_IT.UTF-8"}, "it"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "it_IT.UTF-8", "LC_ALL": "C"}, "en"),
        ({}, "en"),
    ],
)
def test_the_shells_language_decides(variables: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert of_terminal() == language
