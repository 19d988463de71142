"""What may be given to `prossima validate`: folders, workbooks, tables, RDF, addresses, a pipe, releases."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import openpyxl
import pytest
from click.testing import Result
from pyoxigraph import RdfFormat, parse, serialize
from typer.testing import CliRunner

import prossima.cli  # noqa: F401  (all the commands)
from prossima.cli.base import app
from prossima.releases import Shelf
from prossima.vocabulary import PR
from tests.test_cli import run
from tests.validation.test_report import BASE, SERVICES, TABLES_OF_A_DISTRICT, hub, written

HUB = f"""@prefix pr: <{PR}> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<{BASE}hub/n> a pr:Hub ; skos:prefLabel "Spazio Nuovo"@it ; pr:locatedIn <{BASE}place/q> .
"""
SYNTAXES = {
    ".ttl": RdfFormat.TURTLE, ".trig": RdfFormat.TRIG, ".nt": RdfFormat.N_TRIPLES, ".nq": RdfFormat.N_QUADS,
    ".rdf": RdfFormat.RDF_XML, ".jsonld": RdfFormat.JSON_LD,
}  # fmt: skip


def said(*arguments: str | Path, stdin: bytes = b"", language: str = "en") -> Result:
    """`prossima` with these arguments, here."""
    runner = CliRunner(env={"COLUMNS": "200", "PROSSIMA_LANG": language, "TERM": "dumb"})
    return runner.invoke(app, [*map(str, arguments)], input=stdin)


def told(*arguments: str | Path, stdin: bytes = b"", code: int | None = None) -> list[dict[str, str]]:
    """The problems that `prossima validate` tells in JSON."""
    done = said("validate", *arguments, "--format", "json", stdin=stdin)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert code in (None, done.exit_code), done.output
    found = json.loads(done.stdout)["problems"]
    assert isinstance(found, list)
    return found


def checks(problems: list[dict[str, str]]) -> list[str]:
    return [problem["check"] for problem in problems]


def syntax(ending: str, text: str = HUB) -> bytes:
    """The hub in another syntax."""
    data = serialize(
        (quad.triple for quad in parse(input=text.encode(), format=RdfFormat.TURTLE)), format=SYNTAXES[ending]
    )
    assert data is not None
    return data


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("good") / "prova")


@pytest.fixture(scope="module")
def workbook(good: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("book") / "prova.xlsx"
    done = said("export", good, "-o", target)
    assert done.exit_code == 0, done.output
    return target


@pytest.fixture(scope="module")
def data(good: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published") / "data"
    done = run("publish", good, "--data", folder)
    assert done.returncode == 0, done.stderr
    return folder


# -- folders, workbooks, tables --------------------------------------------------------------------------------


def test_a_folder_and_its_workbook_say_the_same(good: Path, workbook: Path) -> None:
    for path in (good, workbook):
        done = said("validate", path, "--lang", "it")
        assert (done.exit_code, "Si può pubblicare" in done.output) == (0, True), done.output


def test_the_mistakes_of_a_workbook_are_told_at_its_sheet(tmp_path: Path, workbook: Path) -> None:
    book = openpyxl.load_workbook(workbook)
    sheet = next(page for page in book.worksheets if any(cell.value == "hub/x" for line in page for cell in line))
    for line in sheet:
        for cell in line:
            if cell.value == "place/q;place/r":
                cell.value = "place/nowhere"
                at = cell.row
    target = tmp_path / "mended.xlsx"
    book.save(target)
    found = [p for p in told(target, code=1) if p["severity"] == "violation"]
    assert [(p["file"], p["sheet"], p["row"], p["value"]) for p in found] == [
        (str(target), sheet.title, at, "place/nowhere")
    ]


@pytest.fixture
def two_mistakes(tmp_path: Path) -> Path:
    """A mistake in the hubs, and one in the services; a service points at a hub whose row cannot be read."""
    return written(tmp_path / "d", hubs=hub(kind="lab"), services=SERVICES + "service/c,Service,Ascolto,,,,,x,y\n")


def test_a_table_in_a_districts_folder_is_judged_with_the_others_and_tells_its_own(two_mistakes: Path) -> None:
    files = {name: two_mistakes / "tables" / name for name in ("hubs.csv", "services.csv", "places.csv")}
    for name in ("hubs.csv", "services.csv"):
        found = told(files[name], code=1)
        assert {p["file"] for p in found} == {str(files[name])}
    assert told(files["places.csv"], code=0) == []
    each = [told(files[name], code=1) for name in ("hubs.csv", "services.csv")]
    both = told(files["hubs.csv"], files["services.csv"], code=1)
    assert sorted(checks(both)) == sorted(checks([*each[0], *each[1]])), "each once"
    assert {p["file"] for p in both} == {str(files["hubs.csv"]), str(files["services.csv"])}
    whole = told(files["hubs.csv"], two_mistakes, code=1)
    assert whole == told(two_mistakes, code=1)
    assert {p["file"] for p in whole} == {str(files["hubs.csv"]), str(files["services.csv"])}


def test_what_the_shapes_and_checks_find_in_other_tables_is_not_told(tmp_path: Path) -> None:
    service = "service/b,Service,Ascolto,,wellbeing,,,source/a,single-source\n"
    folder = written(tmp_path / "d", hubs=hub(note_it="cell. 347 1234567"), services=SERVICES + service)
    assert checks(told(folder / "tables" / "places.csv", code=0)) == []
    assert checks(told(folder / "tables" / "hubs.csv", code=1)) == ["personal-mobile"]
    assert [p["severity"] for p in told(folder / "tables" / "services.csv", code=0)] == ["warning"]


def test_a_table_is_known_from_within_its_folder(two_mistakes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(two_mistakes / "tables")
    assert "lone-table" not in checks(told("hubs.csv", code=1))
    monkeypatch.chdir(two_mistakes)
    [found] = told("tables/hubs.csv", code=1)
    assert (found["check"], found["file"]) == ("unknown-concept", "tables/hubs.csv")
    [found] = told("./tables/hubs.csv", code=1)
    assert found["check"] == "unknown-concept"


def test_a_table_that_is_not_listed_or_whose_neighbour_is_unreadable_is_not_said_to_be_good(tmp_path: Path) -> None:
    folder = written(tmp_path / "d")
    stray = folder / "tables" / "projects.csv"
    stray.write_text("id,name_it,sources,confidence\n", encoding="utf-8")
    assert "unlisted-table" in checks(told(stray, code=2))
    stray.unlink()
    (folder / "tables" / "places.csv").write_bytes("id,type\nplace/q,Quartière\n".encode("utf-16"))
    assert told(folder / "tables" / "hubs.csv", code=2) != []


def test_of_a_table_alone_nobody_asks_where_it_points_and_a_note_says_so(tmp_path: Path) -> None:
    file = tmp_path / "hubs.csv"
    file.write_text(TABLES_OF_A_DISTRICT["hubs"], encoding="utf-8")
    [note] = told(file, code=0)
    assert (note["check"], note["severity"], note["file"]) == ("lone-table", "info", str(file))
    assert set(note["message"]) == {"it", "en"}
    file.write_text(hub(kind="lab", opened="tomorrow"), encoding="utf-8")
    found = told(file, code=1)
    assert sorted(checks(found)) == ["lone-table", "unknown-concept", "wrong-date"]
    other = shutil.copy(file, tmp_path / "tables.csv")
    assert sorted(checks(told(other, code=1))) == ["lone-table", "unknown-concept", "wrong-date"]


def test_a_file_without_an_ending_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "README"
    file.write_text("Ciao.\n", encoding="utf-8")
    [found] = told(file, code=2)
    assert (found["check"], found["file"]) == ("unknown-format", str(file))
    [found] = told(tmp_path / "nowhere", code=2)
    assert found["check"] == "no-folder"
    [found] = told(tmp_path / "nowhere.ttl", code=2)
    assert found["check"] == "unreadable-file"
    assert told(tmp_path / "nowhere.csv", code=2) != []


# -- RDF -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("ending", SYNTAXES)
def test_rdf_is_read_in_every_syntax(ending: str, packed: bool, tmp_path: Path) -> None:
    file = tmp_path / (f"hub{ending}" + (".gz" if packed else ""))
    file.write_bytes(gzip.compress(syntax(ending)) if packed else syntax(ending))
    found = told(file, code=1)
    assert {p["file"] for p in found} == {str(file)}
    assert f"{BASE}hub/n" in {p.get("focus") for p in found}
    file.write_bytes(file.read_bytes()[:40])
    assert {p["severity"] for p in told(file, code=2)} == {"unusable"}


# -- addresses -------------------------------------------------------------------------------------------------


class _Site(BaseHTTPRequestHandler):
    """Serves what `answers` holds: a content type and bytes, by path."""

    answers: dict[str, tuple[str, bytes]] = {}  # noqa: RUF012

    def do_GET(self) -> None:
        kind, body = self.answers.get(self.path, ("", b""))
        self.send_response(200 if kind else 404)
        self.send_header("Content-Type", kind or "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(workbook: Path) -> Iterator[str]:
    turtle, plain = syntax(".ttl"), "application/octet-stream"
    _Site.answers = {
        "/hub.ttl": ("text/turtle", turtle),
        "/hub": ("text/turtle; charset=utf-8", turtle),
        "/hub.txt": ("text/plain", turtle),
        "/wrong.csv": ("text/turtle", turtle),
        "/packed.ttl.gz": ("application/gzip", gzip.compress(turtle)),
        "/packed": ("text/turtle", gzip.compress(turtle)),
        "/download?format=nt": (plain, syntax(".nt")),
        "/": (plain, syntax(".rdf")),
        "/data/": ("application/json", syntax(".jsonld")),
        "/prova": (plain, workbook.read_bytes()),
        "/prova.xlsx": (plain, workbook.read_bytes()),
        "/hubs": ("text/csv", TABLES_OF_A_DISTRICT["hubs"].encode()),
        "/page": ("text/html", b"<!DOCTYPE html><html><title>Accedi</title></html>"),
        "/..": ("text/turtle", turtle),
    }
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "path",
    ["/hub.ttl", "/hub", "/hub.txt", "/wrong.csv", "/packed.ttl.gz", "/packed", "/download?format=nt", "/", "/data/"],
)
def test_an_address_is_read_by_its_type_its_name_or_its_first_bytes(path: str, site: str) -> None:
    found = told(site + path, code=1)
    assert {p["file"] for p in found} == {site + path}, "told at the address, not where it was put meanwhile"
    assert f"{BASE}hub/n" in {p.get("focus") for p in found}


@pytest.mark.parametrize(("path", "expected"), [("/prova", []), ("/prova.xlsx", []), ("/hubs", ["lone-table"])])
def test_workbooks_and_tables_are_read_from_an_address_too(path: str, expected: list[str], site: str) -> None:
    assert checks(told(site + path, code=0)) == expected


def test_an_ending_may_be_told(site: str) -> None:
    assert f"{BASE}hub/n" in {p.get("focus") for p in told(site + "/hub.txt", "--as", "ttl", code=1)}
    assert checks(told(site + "/hub.txt", "--as", ".nt", code=2)) == ["malformed-rdf"]


def test_an_address_that_gives_nothing_says_why(site: str) -> None:
    [missing] = told(site + "/none.ttl", code=2)
    assert (missing["check"], missing["value"]) == ("not-found-url", site + "/none.ttl")
    assert "Not Found" in missing["message"]["en"]  # type: ignore[index]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}/a.ttl"
        assert checks(told(nobody, code=2)) == ["not-found-url"]
    for odd in ("http://", f"{site}/a b.ttl", f"{site}/à.ttl", "HTTP://127.0.0.1:0/a", "https://nowhere.invalid/a.ttl"):
        assert checks(told(odd, code=2)) == ["not-found-url"], odd
    assert checks(told("http://[::1/a.ttl", code=2)) == ["not-found-url"]


def test_a_page_of_the_web_is_no_data(site: str) -> None:
    [found] = told(site + "/page", code=2)
    assert (found["check"], found["file"]) == ("unknown-format", site + "/page")


# -- the standard input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["", "ttl", ".ttl"])
def test_turtle_from_the_standard_input(kind: str) -> None:
    found = told("-", *(["--as", kind] if kind else []), stdin=HUB.encode(), code=1)
    assert {p["file"] for p in found} == {"-"}
    assert f"{BASE}hub/n" in {p.get("focus") for p in found}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("ending", SYNTAXES)
def test_the_standard_input_is_known_by_its_first_bytes(ending: str, packed: bool) -> None:
    data = syntax(ending)
    found = told("-", stdin=gzip.compress(data) if packed else data, code=1)
    assert f"{BASE}hub/n" in {p.get("focus") for p in found}
    named = told("-", "--as", ending, stdin=data, code=1)
    assert checks(named) == checks(found)


@pytest.mark.parametrize(
    "text",
    [
        f"# Un commento.\n<{BASE}a> <{BASE}b> <{BASE}c> <{BASE}g> .\n",
        f'<{BASE}a> <{BASE}b> "x . <y>"@it <{BASE}g> .\n',
        f"# Un commento.\n\nprefix : <{BASE}> :a :b :c .\n",
        f"PREFIX : <{BASE}>\n:a :b :c .\n",
        f"BASE <{BASE}>\n<a> <b> <c> .\n",
        f"[ <{BASE}b> <{BASE}c> ] .\n",
        f"<{BASE}g> {{ <{BASE}a> <{BASE}b> <{BASE}c> }}\n",
        f"GRAPH <{BASE}g> {{ <{BASE}a> <{BASE}b> <{BASE}c> }}\n",
        f'{{"@id": "{BASE}a", "{BASE}b": "c"}}',
        f'[\n {{"@id": "{BASE}a", "{BASE}b": "c"}}]',
    ],
)
def test_rdf_of_many_habits_is_known(text: str) -> None:
    assert told("-", stdin=text.encode(), code=0) == []


def test_tables_and_workbooks_from_the_standard_input(workbook: Path) -> None:
    table = TABLES_OF_A_DISTRICT["hubs"].encode()
    for arguments in ((), ("--as", "csv")):
        assert checks(told("-", *arguments, stdin=table, code=0)) == ["lone-table"]
    for arguments in ((), ("--as", "xlsx")):
        assert told("-", *arguments, stdin=workbook.read_bytes(), code=0) == []


def test_an_ending_that_is_none_and_an_empty_input_are_said(tmp_path: Path) -> None:
    assert checks(told("-", "--as", "pdf", stdin=HUB.encode(), code=2)) == ["unknown-format"]
    assert {p["severity"] for p in told("-", stdin=b"", code=2)} == {"unusable"}
    assert {p["severity"] for p in told("-", stdin=b"\x00\xff\xfe\x01" * 9, code=2)} == {"unusable"}
    assert {p["severity"] for p in told("-", stdin=b"\x1f\x8bnonsense", code=2)} == {"unusable"}


def test_a_pipe_of_the_shell_is_read() -> None:
    command = [sys.executable, "-m", "prossima", "validate", "-", "--lang", "it"]
    done = subprocess.run(command, input=HUB.encode(), capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "Da correggere prima di pubblicare" in done.stdout.decode()


# -- together with what is published ---------------------------------------------------------------------------

OTHER = TABLES_OF_A_DISTRICT["hubs"].replace("place/q;place/r", f"{BASE}place/q")


def other(folder: Path) -> Path:
    """Another district, whose hub is in a quarter of the first."""
    written(folder, hubs=OTHER)
    file = folder / "district.toml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("prova", "altra").replace("Prova", "Altra"), encoding="utf-8"
    )
    return folder


def test_with_what_is_published_a_reference_to_another_district_is_no_problem(data: Path, tmp_path: Path) -> None:
    folder = other(tmp_path / "altra")
    alone = [p for p in told(folder, code=1) if p["severity"] == "violation"]
    assert [p["value"] for p in alone] == [f"{BASE}place/q"]
    assert [p for p in told(folder, "--data", data, code=0) if p["severity"] == "violation"] == []


def test_a_data_folder_with_nothing_in_it_is_told(good: Path, tmp_path: Path) -> None:
    done = said("validate", good, "--data", tmp_path / "none", "--lang", "it")
    assert (done.exit_code, "Non c'è ancora una versione pubblicata" in done.stderr) == (0, True), done.output


def test_a_release_and_a_data_folder_are_judged_as_they_stand(data: Path) -> None:
    assert [p for p in told(data, code=0) if p["severity"] in ("violation", "warning")] == []
    assert told(data / "releases" / "000001", code=0) == told(data, code=0)
    done = said("validate", data)
    assert "Ready to publish" in done.output


# -- publishing a workbook -------------------------------------------------------------------------------------


def test_a_workbook_is_published_and_a_row_taken_out_is_withdrawn(workbook: Path, tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "again.xlsx"
    first = run("publish", workbook, "--data", data)
    assert (first.returncode, "Published release 1" in first.stdout) == (0, True), first.stderr
    book = openpyxl.load_workbook(workbook)
    [(sheet, row)] = [(page, c.row) for page in book.worksheets for c in page["A"] if c.value == "hub/x"]
    sheet.delete_rows(row)
    book.save(copy)
    second = run("publish", copy, "--data", data)
    assert (second.returncode, "Published release 2" in second.stdout) == (0, True), second.stderr
    before, after = Shelf(data).release(1).store(), Shelf(data).release(2).store()
    ask = f"ASK {{ <{BASE}hub/x> ?p ?o }}"
    assert (bool(before.query(ask)), bool(after.query(ask))) == (True, False)
    assert bool(after.query(f"ASK {{ <{BASE}place/q> ?p ?o }}"))


def test_a_table_is_not_published_without_its_district(good: Path, data: Path, tmp_path: Path) -> None:
    """It would take the place of all the others, or be of no district at all."""
    alone = shutil.copy(good / "tables" / "places.csv", tmp_path)
    for table in (alone, good / "tables" / "places.csv"):
        done = run("publish", table, "--data", data, "--lang", "it")
        assert (done.returncode, done.stdout) == (2, "")
        assert "Non si sa di quale distretto si tratta" in done.stderr
    assert Shelf(data).number() == 1


# -- flags -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--format", "pdf"), "turtle"),
        (("--engine", "quick"), "reference"),
        (("--lang", "fr"), "it | en"),
        (("--as-of", "ieri"), "2026-11-23"),
        (("--as-of", "2026-13-01"), "2026-11-23"),
        (("--colour",), "--colour"),
    ],
)
def test_a_wrong_flag_is_refused_with_what_would_be_right(flags: tuple[str, ...], words: str, good: Path) -> None:
    done = said("validate", good, *flags)
    assert (done.exit_code, words in done.stderr, "Traceback" in done.output) == (2, True, False), done.output


def test_only_what_has_cells_can_be_marked(good: Path, workbook: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.ttl"
    file.write_text(HUB, encoding="utf-8")
    done = said("validate", file, "--marked", tmp_path / "marked.xlsx")
    assert (done.exit_code, ".xlsx" in done.stderr, (tmp_path / "marked.xlsx").exists()) == (2, True, False)
    done = said("validate", tmp_path / "nowhere", "--marked", tmp_path / "marked.xlsx")
    assert (done.exit_code, isinstance(done.exception, SystemExit)) == (2, True), done.exception
    for given in (good, workbook, good / "tables" / "hubs.csv"):
        target = tmp_path / f"{given.stem}-{given.suffix}.xlsx"
        assert said("validate", given, "--marked", target).exit_code == 0
        openpyxl.load_workbook(io.BytesIO(target.read_bytes()))


def test_nothing_given_is_told(tmp_path: Path) -> None:
    done = said("validate")
    assert (done.exit_code, "INPUTS" in done.stderr) == (2, True)
