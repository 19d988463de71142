"""The report in every form: for machines (JSON, SHACL's own, GitHub, GitLab), as a page, on a terminal."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from rdflib import Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import RDF, SH
from rich.console import Console

from prossima import district
from prossima.cli import texts
from prossima.problems import Cell, Problem, Severity, problem
from prossima.validation import Report, check
from prossima.validation.reports import FORMATS
from prossima.validation.reports.grouping import Finding, parts, rows_in_words
from prossima.validation.reports.page import texts as page_texts
from prossima.validation.reports.terminal import rendered
from prossima.vocabulary import SHAPES
from tests.test_cli import run
from tests.validation.test_report import BASE, FIGURE_WITHOUT_PERIOD, SERVICES, hub, written
from tests.web.test_browser import CHROMIUM, QUIET

EVIL = '<script>alert("1")</script> & \'x\' <b title="y">'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district with problems of every severity but unusable, in several tables."""
    services = "".join(
        f'service/s{n},Service,"Ascolto\n{n}",,{area},,,source/a,single-source\n'
        for n, area in enumerate(["wellbeing", "", "wellbeing", "", "", "wellbeing"])
    )
    return written(
        tmp_path_factory.mktemp("district") / "a, 100%: b",
        hubs=hub(kind="social-lap", phone="347 1234567", note_it=f'"{EVIL.replace(chr(34), chr(34) * 2)}"'),
        figures=FIGURE_WITHOUT_PERIOD,
        services=SERVICES + services,
        funding="id,funds,amount,sources,confidence\nfunding/a,hub/x,-5,source/a,single-source\n"
        "funding/b,hub/x,-6,source/a,single-source\nfunding/c,hub/x,-7,source/a,single-source\n",
    )


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    found = check(district.read(folder))
    assert {p.severity for p in found.problems} == {Severity.INFO, Severity.WARNING, Severity.VIOLATION}
    return found


def at(row: int, *, file: str = "hubs.csv", column: str = "name_it", **more: object) -> Problem:
    """A problem at a row, with nothing that tells it from that of another row."""
    return dataclasses.replace(problem("missing-value", Cell(file, row, column)), **more)  # type: ignore[arg-type]


# -- JSON ------------------------------------------------------------------------------------------------------

KEYS = {
    "check", "severity", "standing", "file", "sheet", "row", "column", "value", "focus", "path", "example", "message",
    "remedy",
}  # fmt: skip


def test_json_has_counts_verdict_and_each_problem_in_both_languages(report: Report) -> None:
    said = json.loads(FORMATS["json"](report, "it"))
    assert set(said) == {"conforms", "statements", "counts", "problems"}
    assert (said["conforms"], said["statements"]) == (False, report.statements)
    assert said["counts"] == {severity.name.lower(): n for severity, n in report.counts().items()}
    assert Counter(p["severity"] for p in said["problems"]) == {k: n for k, n in said["counts"].items() if n}
    for told, found in zip(said["problems"], report.problems, strict=True):
        assert {"check", "severity", "standing", "message", "remedy"} <= set(told) <= KEYS
        assert set(told["message"]) == set(told["remedy"]) == {"it", "en"}
        assert told["message"]["it"] != told["message"]["en"]
        assert (told.get("row"), told.get("value")) == (found.cell.row if found.cell else None, found.value)
        assert not told["check"].startswith("http")


def test_json_of_nothing_wrong_conforms() -> None:
    assert json.loads(FORMATS["json"](Report([], 7), "en")) == {
        "conforms": True,
        "statements": 7,
        "counts": {"unusable": 0, "violation": 0, "warning": 0, "info": 0},
        "problems": [],
    }


# -- SHACL -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["turtle", "jsonld"])
def test_shacls_report_is_one_and_each_result_has_what_shacl_asks(name: str, report: Report) -> None:
    graph = Graph().parse(data=FORMATS[name](report, "it"), format={"turtle": "turtle", "jsonld": "json-ld"}[name])
    [node] = graph.subjects(RDF.type, SH.ValidationReport)
    assert list(graph.objects(node, SH.conforms)) == [Literal(False)]
    results = list(graph.objects(node, SH.result))
    assert set(results) == set(graph.subjects(RDF.type, SH.ValidationResult))
    assert len(results) == len(report.problems)
    for result in results:
        for predicate in (SH.focusNode, SH.resultSeverity, SH.sourceConstraintComponent, SH.sourceShape):
            [value] = graph.objects(result, predicate)
            assert isinstance(value, URIRef)
        assert len(list(graph.objects(result, SH.value))) <= 1
        assert len(list(graph.objects(result, SH.resultPath))) <= 1
        messages = {m.language for m in graph.objects(result, SH.resultMessage) if isinstance(m, Literal)}
        assert messages == {"it", "en"}
    severities = Counter(str(s).rpartition("#")[2].upper() for s in graph.objects(None, SH.resultSeverity))
    assert severities == {severity.name: n for severity, n in report.counts().items() if n}
    [value] = graph.objects(next(graph.subjects(SH.sourceShape, URIRef(SHAPES + "personal-mobile"))), SH.value)
    assert value == Literal("347 1234567")


def test_both_syntaxes_say_the_same_and_the_same_each_time(report: Report) -> None:
    turtle, jsonld = FORMATS["turtle"](report, "it"), FORMATS["jsonld"](report, "en")
    one, other = Graph().parse(data=turtle), Graph().parse(data=jsonld, format="json-ld")
    assert isomorphic(one, other)
    assert FORMATS["turtle"](report, "it") == turtle
    assert FORMATS["jsonld"](report, "it") == jsonld


def test_a_report_on_what_conforms_and_on_what_cannot_be_read() -> None:
    good = Graph().parse(data=FORMATS["turtle"](Report([], 3), "it"))
    assert {(p, o) for _, p, o in good} == {(RDF.type, SH.ValidationReport), (SH.conforms, Literal(True))}
    warned = Graph().parse(data=FORMATS["turtle"](Report([problem("empty-file", Cell("a.ttl"))]), "it"))
    assert list(warned.objects(None, SH.conforms)) == [Literal(False)], "as SHACL has it: with any result at all"
    bad = Graph().parse(data=FORMATS["turtle"](Report([problem("not-utf8", Cell("à b.csv", 3))]), "it"))
    [focus] = bad.objects(None, SH.focusNode)
    assert str(focus) == (Path.cwd() / "à b.csv").as_uri() + "#row=3"
    assert list(bad.objects(None, SH.resultSeverity)) == [URIRef(SHAPES + "Unusable")]


def test_odd_values_are_text_and_not_nodes() -> None:
    odd = ["a b", "https://example.org/a b", 'say "x"\n\\', "\x01", "hub/x", "urn:x:y"]
    found = [dataclasses.replace(problem("wrong-iri", Cell("a.csv", 2, "c"), value=v), path="^<urn:x>") for v in odd]
    for name, format_ in (("turtle", "turtle"), ("jsonld", "json-ld")):
        graph = Graph().parse(data=FORMATS[name](Report(found), "it"), format=format_)
        assert {str(v) for v in graph.objects(None, SH.value) if isinstance(v, Literal)} == set(odd)
        assert list(graph.objects(None, SH.resultPath)) == []


# -- GitHub and GitLab -----------------------------------------------------------------------------------------

COMMAND = re.compile(r"::(error|warning|notice) ((?:file=[^,:\n]*,line=\d+,)?)title=([^,:\n]*)::([^\n]*)")


def undone(text: str) -> str:
    """What GitHub's runner reads."""
    for written_, meant in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(written_, meant)
    return text


def test_github_reads_each_command_with_its_file_and_line(
    report: Report, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    lines = FORMATS["github"](report, "it").splitlines()
    assert len(lines) == len(report.problems)
    for line, found in zip(lines, report.problems, strict=True):
        command = COMMAND.fullmatch(line)
        assert command, line
        level, place, title, message = command.groups()
        assert level == {Severity.INFO: "notice", Severity.WARNING: "warning"}.get(found.severity, "error")
        assert found.cell
        name = f"{folder.name}/tables/{Path(found.cell.file).name}"
        assert undone(place).startswith(f"file={name},line=")
        assert undone(title) == found.check.removeprefix(SHAPES)
        assert found.message["it"] in undone(message)
        assert found.remedy["it"] in undone(message)


def test_the_line_is_that_of_the_file_where_cells_hold_several_lines(report: Report, folder: Path) -> None:
    text = (folder / "tables" / "services.csv").read_text(encoding="utf-8").splitlines()
    rows = [p.cell for p in report.problems if p.cell and p.cell.file.endswith("services.csv") and p.cell.row]
    lines = [
        int(COMMAND.fullmatch(line)[2].rstrip(",").rpartition("=")[2])  # type: ignore[index]
        for line in FORMATS["github"](report, "en").splitlines()
        if "services.csv" in line
    ]
    assert len(lines) == len(rows) > 5
    for cell, line in zip(rows, lines, strict=True):
        assert text[line - 1].startswith(f"service/s{(cell.row or 0) - 2},")
    assert [p["location"]["lines"]["begin"] for p in json.loads(FORMATS["gitlab"](report, "it"))
            if p["location"]["path"].endswith("services.csv")] == lines  # fmt: skip


@pytest.mark.parametrize(
    ("text", "row", "line"),
    [
        ("id;name\n1;\"a\nb\"\n2;x\n", 3, 4),
        ("id\tname\n1\t\"a\nb\"\n2\tx\n", 3, 4),
        ("sep=;\nid;name\n1;\"a\nb\"\n2;x\n", 3, 5),
        ("\ufeffid,name\r\n1,\"a\r\n\r\nb\"\r\n\r\n2,x\r\n", 4, 6),
        ("id,name\n", 9, 9),
        ("", 1, 1),
        ('id,name\n1,"', 2, 2),
    ],
)  # fmt: skip
def test_the_line_is_found_in_files_of_every_habit(text: str, row: int, line: int, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(text.encode())
    [told] = json.loads(FORMATS["gitlab"](Report([at(row, file=str(file))]), "it"))
    assert told["location"]["lines"]["begin"] == line


def test_a_file_that_has_changed_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    lines = []
    for text in ('id,name\n1,"a\nb"\n2,x\n', 'id,name\n1,"a\n\nb"\n2,x\n'):
        file.write_text(text, encoding="utf-8")
        [told] = json.loads(FORMATS["gitlab"](Report([at(3, file=str(file))]), "it"))
        lines.append(told["location"]["lines"]["begin"])
    assert lines == [4, 5]


def test_github_escapes_what_would_end_a_property_or_a_command() -> None:
    wicked = problem("malformed-rdf", Cell("a,b:c%d\n.csv", 3), detail="100%\r\n::error::x", line="")
    [line] = FORMATS["github"](Report([wicked]), "en").splitlines()
    assert line.startswith("::error file=a%2Cb%3Ac%25d%0A.csv,line=3,title=malformed-rdf::")
    assert "100%25%0D%0A::error::x" in line
    assert FORMATS["github"](Report([]), "en") == ""


def test_gitlab_has_the_keys_it_requires_and_fingerprints_that_are_one_each_and_stay(
    report: Report, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    found = json.loads(FORMATS["gitlab"](report, "en"))
    assert len(found) == len(report.problems)
    for entry in found:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert re.fullmatch("tables/[a-z]+.csv", entry["location"]["path"]), "relative, with no ./ before it"
        assert entry["location"]["lines"]["begin"] >= 1
    prints = [entry["fingerprint"] for entry in found]
    assert len(set(prints)) == len(prints)
    monkeypatch.chdir(folder.parent)
    assert json.loads(FORMATS["gitlab"](Report([]), "en")) == []
    alike = [at(3), at(5), at(9)]
    three = [entry["fingerprint"] for entry in json.loads(FORMATS["gitlab"](Report(alike), "it"))]
    assert len(set(three)) == 3, "the same problem of three rows is three"
    lower = [entry["fingerprint"] for entry in json.loads(FORMATS["gitlab"](Report([at(4), at(6), at(10)]), "en"))]
    assert lower == three, "a row above, and the language, change none"


def test_a_fingerprint_does_not_hold_where_the_repository_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prints = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        told = json.loads(FORMATS["gitlab"](Report([at(3, file=str(tmp_path / name / "hubs.csv"))]), "it"))
        prints.append(told[0]["fingerprint"])
    assert prints[0] == prints[1]


def test_an_address_stays_as_it_is() -> None:
    address = "https://example.org/a/hubs.csv"
    [told] = json.loads(FORMATS["gitlab"](Report([at(3, file=address)]), "it"))
    assert told["location"] == {"path": address, "lines": {"begin": 3}}
    assert "file=https%3A//example.org/a/hubs.csv,line=3," in FORMATS["github"](Report([at(3, file=address)]), "it")
    graph = Graph().parse(data=FORMATS["turtle"](Report([at(3, file=address)]), "it"))
    assert list(graph.objects(None, SH.focusNode)) == [URIRef(f"{address}#row=3")]


# -- grouping --------------------------------------------------------------------------------------------------


def findings(*problems: Problem) -> list[Finding]:
    return [finding for part in parts(Report(list(problems))) for finding in part.findings]


def test_the_same_problem_of_three_rows_is_told_once_with_its_rows() -> None:
    [one] = findings(at(3), at(4), at(5), at(7), at(12), at(13))
    assert rows_in_words(one) == "3-5, 7, 12-13"
    assert len(findings(at(3), at(4))) == 2, "of two rows each is told"
    assert len(findings(at(3), at(4), at(5, column="id"))) == 3
    assert len(findings(at(3), at(4), at(5, standing=True))) == 3
    assert len(findings(at(3), at(4), at(5, file="places.csv"))) == 3
    many = findings(*(at(2 * n) for n in range(1, 40)))
    assert [rows_in_words(finding) for finding in many] == ["2, 4, 6, 8, 10, 12, 14, 16, ..."]


def test_problems_of_different_values_are_not_told_as_one(report: Report) -> None:
    """The words of a shape do not hold the value: three wrong amounts are three."""
    told = [f for part in parts(report) if part.file.endswith("funding.csv") for f in part.findings]
    values = {f.problem.value for f in told if f.problem.severity is Severity.VIOLATION and f.problem.value}
    assert values == {"-5", "-6", "-7"}


def test_a_part_counts_each_row_and_the_worst_part_comes_first(report: Report) -> None:
    found = parts(report)
    worst = [max(f.problem.severity for f in part.findings) for part in found]
    assert worst == sorted(worst, reverse=True)
    for severity, n in report.counts().items():
        assert sum(part.counts()[severity] for part in found) == n
    services = next(part for part in found if part.file.endswith("services.csv"))
    missing = next(f for f in services.findings if f.problem.check == "missing-value")
    assert rows_in_words(missing) == "3, 5-6"


# -- the page --------------------------------------------------------------------------------------------------


class Reader(HTMLParser):
    """A page's elements, in order, each seen to be closed; and its text."""

    VOID = ("meta", "link", "br", "img", "input")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.mark.parametrize("language", ["it", "en"])
def test_the_page_is_whole_in_its_language_and_needs_nobody(language: str, report: Report) -> None:
    html = FORMATS["html"](report, language)
    page = Reader(html)
    assert html.startswith("<!doctype html>")
    assert page.all("html") == [{"lang": language}]
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1
    assert page.all("script") + page.all("link") + page.all("img") + page.all("iframe") == []
    assert re.findall(r"url\(|@import|src=|https?://[^\"<]*\.(?:css|js)", html) == []
    hrefs = [a["href"] or "" for a in page.all("a")]
    ids = [f"#{attributes['id']}" for _, attributes in page.tags if "id" in attributes]
    assert hrefs == ids
    for found in report.problems:
        assert found.message[language] in page.text
        assert found.remedy[language] in page.text
    other = "en" if language == "it" else "it"
    assert not any(found.message[other] in page.text for found in report.problems)
    assert page_texts(language, "bad") in page.text


def test_nothing_that_people_wrote_is_markup() -> None:
    cell = Cell(f"{EVIL}.csv", 3, EVIL, EVIL)
    wicked = dataclasses.replace(problem("unknown-word", cell, value=EVIL, focus=EVIL), example=EVIL)
    group = [dataclasses.replace(wicked, cell=dataclasses.replace(cell, row=n)) for n in (5, 6, 7)]
    alone = problem("breaks-others", focus=EVIL, thing=EVIL, said={"it": EVIL, "en": EVIL}, who=EVIL)
    page = Reader(FORMATS["html"](Report([wicked, *group, alone]), "it"))
    assert page.all("script") + page.all("b")[1:] == [{}] * (len(page.all("b")) - 1)
    assert not any("title" in attributes for _, attributes in page.tags)
    assert page.text.count(EVIL) >= 8


def test_the_table_of_the_page_counts_right(report: Report) -> None:
    html = FORMATS["html"](report, "it")
    foot = re.search(r"<tfoot>(.*?)</tfoot>", html, re.DOTALL)
    assert foot
    assert [int(n) for n in re.findall(r'<td class="n">(\d+)</td>', foot[1])] == [
        n for n in report.counts().values() if n
    ]
    body = re.search(r"<tbody>(.*?)</tbody>", html, re.DOTALL)
    assert body
    columns = [re.findall(r'<td class="n(?: zero)?">(\d+)</td>', row) for row in body[1].split("</tr>")[:-1]]
    assert [sum(map(int, column)) for column in zip(*columns, strict=True)] == [
        n for n in report.counts().values() if n
    ]


@pytest.mark.parametrize(("language", "words"), [("it", "e altri 250 problemi"), ("en", "and 250 more problems")])
def test_a_long_report_is_cut_told_and_still_linked_right(language: str, words: str) -> None:
    found = [problem("not-utf8", Cell(f"a/{n // 5}.csv", n % 5 + 1)) for n in range(1250)]
    found = [dataclasses.replace(p, value=str(n)) for n, p in enumerate(found)]
    html = FORMATS["html"](Report(found), language)
    page = Reader(html)
    assert len(page.all("li")) == 1000
    assert words in page.text
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert {(a["href"] or "").removeprefix("#") for a in page.all("a")} == ids
    assert '<td class="n">1250</td>' in html
    assert page_texts(language, "more", n=0)[:3] not in Reader(FORMATS["html"](Report(found[:1000]), language)).text


def test_files_of_one_name_are_told_apart_and_what_is_published_has_a_name() -> None:
    two = [at(3, file="pavia/tables/hubs.csv"), at(3, file="torino/tables/hubs.csv")]
    page = Reader(FORMATS["html"](Report(two), "it"))
    assert page.text.count("pavia/tables/hubs.csv") == 3
    audited = problem("personal-mobile", focus=f"{BASE}hub/x", value="347 1234567")
    page = Reader(FORMATS["html"](Report([audited]), "it"))
    assert "Ciò che è pubblicato" in page.text
    assert f"{BASE}hub/x" in page.text, "which thing it is about"
    assert page_texts("it", "whole_file") not in page.text


def test_a_report_with_nothing_in_it_says_thanks() -> None:
    page = Reader(FORMATS["html"](Report([], 12), "en"))
    assert page_texts("en", "nothing") in page.text
    assert page_texts("en", "good") in page.text
    assert page.all("table") + page.all("ol") == []


def test_each_word_of_the_report_is_there_in_both_languages() -> None:
    assert [key for key, said in page_texts.keys().items() if set(said) != {"it", "en"}] == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: `make browser` installs it")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_the_page_fits_a_telephone(width: int, browser: Browser, report: Report, tmp_path: Path) -> None:
    long = "x" * 300
    more = [at(n, file=f"cartella/{'molto-' * 20}lunga/{n}.csv", column=f"colonna_{long}", value=long) for n in (2, 4)]
    more.append(problem("personal-mailbox", focus=f"https://example.org/{long}", value=long))
    unusable = problem("not-utf8", Cell("a.csv", 1))
    file = tmp_path / "report.html"
    said = Report([*report.problems, *more, unusable], report.statements)
    file.write_text(FORMATS["html"](said, "it"), encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri(), wait_until="load")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert asked == [file.as_uri()]
    context.close()


# -- the terminal ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("width", [80, 140])
def test_on_a_terminal_nothing_is_cut_and_words_have_room(width: int, language: str, report: Report) -> None:
    long = [at(n, column="planned_opening_of_the_hub", value=f"v{n}") for n in range(2, 40, 2)]
    alike = [at(n, column="description_en") for n in range(2, 40, 2)]
    console = Console(file=io.StringIO(), width=width)
    console.print(rendered(Report([*report.problems, *long, *alike]), texts, language))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert max(map(len, lines)) <= width
    assert not any("…" in line for line in lines)
    flat = re.sub(r"\s+", "", "".join(lines))
    for found in report.problems:
        if len(found.message[language]) < 30:
            assert re.sub(r"\s+", "", found.message[language]) in flat
    remedies = [line for line in lines if "→" in line]
    assert max(line.index("→") for line in remedies) <= width - 40, "the words have the better part of the line"


def test_the_command_line_writes_every_format(folder: Path, tmp_path: Path) -> None:
    done = run("validate", folder, "--format", "json", "--lang", "it")
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout)["conforms"] is False
    for name in ("html", "terminal"):
        target = tmp_path / f"report.{name}"
        done = run("validate", folder, "--format", name, "--output", target, "--lang", "it")
        assert (done.returncode, done.stdout) == (1, "")
        assert "social-lap" in target.read_text(encoding="utf-8")
    wrong = run("validate", folder, "--format", "pdf")
    assert (wrong.returncode, "turtle" in wrong.stderr, "Traceback" in wrong.stderr) == (2, True, False)
    nowhere = run("validate", folder, "--format", "html", "--output", tmp_path / "no" / "report.html")
    assert (nowhere.returncode, "Traceback" in nowhere.stderr, len(nowhere.stderr.splitlines())) == (2, False, 1)
