"""The README's promises: its two commands, and a tour whose every command runs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from prossima.settings import Settings
from tests.conftest import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
HERE = "http://127.0.0.1:8000/"


def blocks(heading: str) -> list[str]:
    """The shell blocks under a heading."""
    section = re.split(r"^## ", README, flags=re.MULTILINE)
    [text] = [part for part in section if part.startswith(heading)]
    return re.findall(r"^```sh\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Settings]]:
    """`make serve` as the README has it, on a free port and with a data folder of its own: its URL."""
    settings = Settings(data=tmp_path_factory.mktemp("readme") / "data")
    command = ["make", "--no-print-directory", "serve", "PORT=0", f"DATA={settings.data}"]
    process = subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    assert process.stdout
    printed = []
    try:
        for line in process.stdout:
            printed.append(line)
            if url := re.search(r"http://\S+/", line):
                yield url[0], settings
                break
        else:
            raise AssertionError("".join(printed))
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=20)
        process.stdout.close()


def test_make_alone_lists_the_habits() -> None:
    listed = subprocess.run(["make"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    for habit in ("serve", "test", "check", "bench", "docs"):
        assert re.search(rf"make {habit} +\S+", listed), habit


def test_the_readme_gives_exactly_two_commands_to_begin() -> None:
    [block] = blocks("Run it")
    assert [line.split("#")[0].strip() for line in block.splitlines()] == ["make serve", "make test"]


def test_ci_runs_the_readmes_test_command_and_nothing_else() -> None:
    script = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    commands = [line for line in script.splitlines() if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == ["exec make test"]


@pytest.mark.parametrize("command", blocks("A five-minute tour"), ids=lambda block: block.split("\n")[0][:50])
def test_a_command_of_the_tour_runs(command: str, made: tuple[str, Settings]) -> None:
    url, settings = made
    environment = {**os.environ, "PROSSIMA_DATA": str(settings.data), "LANG": "en_GB.UTF-8", "LC_ALL": ""}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command.replace(HERE, url)],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    for made_ in ("pavia.xlsx", "marked.xlsx", "report.html"):
        (REPOSITORY / made_).unlink(missing_ok=True)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.strip().splitlines()) >= 2, done.stdout
    assert "problem" not in done.stdout


def test_the_tour_has_something_for_each_reader() -> None:
    tour = "\n".join(blocks("A five-minute tour"))
    for piece in ("text/turtle", "/sparql", "SPARQLWrapper", "prossima ask", "prossima validate"):
        assert piece in tour


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_what_the_readme_links_to_is_there(link: str) -> None:
    assert link.startswith("http") or (REPOSITORY / link).exists()


def test_the_table_of_settings_is_up_to_date() -> None:
    import importlib.util

    spec = importlib.util.spec_from_file_location("docs_make", Path(REPOSITORY / "docs" / "make.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    written = (REPOSITORY / "docs" / "settings.md").read_text(encoding="utf-8")
    assert written == module.settings_table(), "run `make docs`"
