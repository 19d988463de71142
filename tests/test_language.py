"""The interface in two languages: every text in both, with the same things filled in; which one is chosen."""

from __future__ import annotations

import re
import string
import tomllib
from pathlib import Path

import pytest

import prossima
from prossima.language import Texts, of_terminal, preferred
from prossima.problems import checks
from prossima.vocabulary import knowledge

PACKAGE = Path(prossima.__file__).parent
FILES = {"texts.toml": PACKAGE / "texts.toml", "web/texts.toml": PACKAGE / "web" / "texts.toml"}


def placeholders(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("name", FILES)
def test_every_text_is_in_italian_and_english_with_the_same_placeholders(name: str) -> None:
    texts = Texts(FILES[name]).keys()
    assert len(texts) > 20
    for key, said in texts.items():
        assert set(said) == {"it", "en"}, key
        assert all(text.strip() for text in said.values()), key
        assert placeholders(said["it"]) == placeholders(said["en"]), key


def test_every_check_has_message_and_remedy_in_both_with_the_same_placeholders() -> None:
    for name, check in checks().items():
        for texts in (check.message, check.remedy):
            assert set(texts) == {"it", "en"}, name
            assert placeholders(texts["it"]) == placeholders(texts["en"]), name


def test_the_texts_of_the_command_line_that_the_code_asks_for_are_there() -> None:
    """And none is left that the code does not ask for; keys that end in a name found at run time count by
    their beginning."""
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py") if "node_modules" not in path.parts
    )
    keys = Texts(FILES["texts.toml"]).keys()
    asked = set(
        re.findall(
            r'["\']((?:report|step|publish|history|ask|serve|settings|validate|new|import|export|check)\.[a-z_.]+)["\']',
            code,
        )
    )
    begun = {found.partition("{")[0] for found in re.findall(r'f"([a-z]+\.[^"]*\{[^"]+)"', code)}
    assert {key for key in asked if key not in keys} == set()
    assert {key for key in keys if key not in asked and not key.startswith(tuple(begun))} == set()


def test_the_texts_that_the_templates_ask_for_are_there() -> None:
    keys = Texts(FILES["web/texts.toml"]).keys()
    for template in (PACKAGE / "web" / "templates").glob("*.html"):
        asked = re.findall(r"""\bt\(\s*["']([a-z_.]+)["']\s*[,)]""", template.read_text(encoding="utf-8"))
        assert set(asked) <= set(keys), template.name


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
        ("it", "it"),
        ("en-GB,en;q=0.9", "en"),
        ("it-IT,it;q=0.9,en;q=0.8", "it"),
        ("en;q=0.8,it;q=0.9", "it"),
        ("fr-FR,fr;q=0.9,en;q=0.8", "en"),
        ("de,fr", "it"),
        ("*", "it"),
        ("en, it", "it"),
        ("en;q=0, it;q=0.1", "it"),
        ("EN", "en"),
        ("en ; q=0.9 , it;q=0.1", "en"),
        ("en;q=abc", "it"),
        (";;;,,,", "it"),
    ],
)
def test_a_reader_gets_italian_unless_english_ranks_higher(header: str | None, language: str) -> None:
    assert preferred(header) == language


@pytest.mark.parametrize(
    ("shell", "language"),
    [
        ({"LANG": "it_IT.UTF-8"}, "it"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "it_IT.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "it_IT.UTF-8"}, "it"),
        ({"LANG": ""}, "en"),
        ({}, "en"),
    ],
)
def test_the_terminal_speaks_the_language_of_the_shell(
    shell: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in shell.items():
        monkeypatch.setenv(name, value)
    assert of_terminal() == language


def test_questions_and_shapes_speak_both_languages() -> None:
    from prossima.questions import THEMES, questions

    for question in questions().values():
        for texts in (question.title, question.description, *question.columns.values()):
            assert {"it", "en"} <= set(texts), question.id
    assert all({"it", "en"} <= set(theme) for theme in THEMES.values())
    for path in (knowledge() / "shapes").glob("*.ttl"):
        # An example of what to write in an Italian column is in Italian only.
        text = re.sub(r"prs:example .*", "", path.read_text(encoding="utf-8"))
        assert text.count('"@it') == text.count('"@en'), path.name
