"""What is shipped: a wheel that holds the knowledge, lock files that name no host, a tree that names no machine."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in the wheel, built from this tree without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-build-isolation",
        "--no-deps",
        "--no-index",
        "-w",
        str(folder),
    ]
    subprocess.run([*command, str(REPOSITORY)], check=True, capture_output=True)
    [path] = folder.glob("prossima-*.whl")
    return set(zipfile.ZipFile(path).namelist())


@pytest.mark.parametrize(
    "name",
    [
        "knowledge/ontology/hub.ttl",
        "knowledge/ontology/context.jsonld",
        "knowledge/ontology/alignments.ttl",
        "knowledge/ontology/versions/0.1.0.ttl",
        "knowledge/ontology/schemes/hub-kind.ttl",
        "knowledge/ontology/tables/hubs.json",
        "knowledge/ontology/rules/transitive.rq",
        "knowledge/shapes/checks.ttl",
        "knowledge/queries/cq01-labs.rq",
        "knowledge/queries/themes.toml",
        "knowledge/kb/template/tables/hubs.csv",
        "texts.toml",
        "web/texts.toml",
        "web/sections.toml",
        "web/templates/entity.html",
        "web/static/site.css",
        "web/static/query.js",
    ],
)
def test_the_wheel_holds_what_a_district_needs(name: str, wheel: set[str]) -> None:
    assert f"prossima/{name}" in wheel


def test_the_wheel_holds_all_the_knowledge_of_the_tree(wheel: set[str]) -> None:
    for folder in ("ontology", "shapes", "queries", "kb/template"):
        files = [path for path in (REPOSITORY / folder).rglob("*") if path.is_file()]
        assert files
        for path in files:
            assert f"prossima/knowledge/{path.relative_to(REPOSITORY).as_posix()}" in wheel
    for path in (REPOSITORY / "endpoint" / "prossima" / "web" / "templates").glob("*.html"):
        assert f"prossima/web/templates/{path.name}" in wheel


def test_the_wheel_holds_no_district_and_no_test(wheel: set[str]) -> None:
    assert not [name for name in wheel if "kb/pavia" in name or "tests/" in name or "node_modules" in name]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_has_a_hash_and_no_host(name: str) -> None:
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    assert "://" not in text
    packages = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert len(packages) > 40
    assert all("--hash=sha256:" in package for package in packages)


def test_the_front_ends_lock_names_no_registry() -> None:
    [lock] = REPOSITORY.glob("endpoint/**/frontend/package-lock.json")
    text = lock.read_text(encoding="utf-8")
    assert '"resolved"' not in text
    assert '"integrity"' in text


def test_no_tracked_file_names_a_registry_or_a_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    hosts = [
        "files." + "pythonhosted.org",
        "registry." + "npmjs.org",
        "pypi." + "org/simple",
        "/work/" + "main",
        "/root" + "/",
    ]
    found = []
    for name in listed.stdout.decode().split("\0"):
        path = REPOSITORY / name
        if name and path.is_file() and path.suffix not in (".png", ".woff2"):
            text = path.read_text(encoding="utf-8")
            found += [f"{name}: {host}" for host in hosts if host in text]
    assert found == []


def test_the_package_has_the_versions_its_files_say() -> None:
    import prossima

    for name in ("CITATION.cff", "CHANGELOG.md"):
        assert prossima.__version__ in Path(REPOSITORY / name).read_text(encoding="utf-8")
