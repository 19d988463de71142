"""What a district says, and what the report says of it: gaps, evidence and claims; order, words and exit codes."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store, Triple
from rich.console import Console

from prossima import district, evidence, files
from prossima.cli import texts
from prossima.problems import Cell, Severity, problem
from prossima.statements import Contribution, Evidence
from prossima.validation import Report, check
from prossima.validation.reports.terminal import printed, rendered
from prossima.vocabulary import PR, RDF, SKOS, TABLES

BASE = "https://example.org/prova/"
TABLES_OF_A_DISTRICT = {
    "sources": "id,name_it\nsource/a,Prima fonte\nsource/b,Seconda fonte\nsource/c,Terza fonte\n",
    "places": "id,type,name_it,sources,confidence\n"
    "place/q,Quarter,Quartiere,source/a,single-source\nplace/r,Quarter,Rione,source/c,single-source\n",
    "hubs": "id,name_it,kind,located_in,opened,target,sources,confidence\n"
    "hub/x,Spazio X,social-lab,place/q;place/r,2019,parents,source/a;source/b,confirmed\n",
}


def written(folder: Path, **tables: str) -> Path:
    """A district of two quarters and a hub; `tables` stand instead of its own or beside them (`__` for a dot)."""
    said = TABLES_OF_A_DISTRICT | {name.replace("__", "."): text for name, text in tables.items()}
    (folder / "tables").mkdir(parents=True)
    (folder / "district.toml").write_text(
        f'id = "prova"\nbase = "{BASE}"\nas_of = 2026-11-23\n[name]\nit = "Prova"\n', encoding="utf-8"
    )
    listed = []
    for name, text in said.items():
        (folder / "tables" / f"{name}.csv").write_text(text, encoding="utf-8")
        schema = "claims" if name.endswith(".claims") else name
        listed.append(f'{{"url": "{name}.csv", "tableSchema": "{TABLES}{schema}.json"}}')
    (folder / "tables" / "csv-metadata.json").write_text(f'{{"tables": [{", ".join(listed)}]}}', encoding="utf-8")
    return folder


def read(folder: Path, **tables: str) -> Contribution:
    contribution = district.read(written(folder, **tables))
    assert [found.message["en"] for found in check(contribution).problems if found.severity > Severity.WARNING] == []
    return contribution


def objects(contribution: Contribution, subject: str, predicate: NamedNode) -> set[str]:
    found = (s.triple for s in contribution.statements if s.triple.subject == NamedNode(BASE + subject))
    return {t.object.value.removeprefix(BASE) for t in found if t.predicate == predicate}  # type: ignore[union-attr]


def said_by(contribution: Contribution, subject: str, predicate: NamedNode, value: object) -> list[Evidence]:
    triple = Triple(NamedNode(BASE + subject), predicate, value)  # type: ignore[arg-type]
    return [statement.evidence for statement in contribution.statements if statement.triple == triple]


def sources(found: Evidence) -> set[str]:
    return {source.removeprefix(BASE) for source in found.sources}


def shown(report: Report, language: str, *, details: bool = True) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(rendered(report, texts, language, details=details))
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


# -- gaps ------------------------------------------------------------------------------------------------------


def hub(**cells: str) -> str:
    """The table of hubs with other cells."""
    names, row = (line.split(",") for line in TABLES_OF_A_DISTRICT["hubs"].splitlines())
    said = dict(zip(names, row, strict=True)) | cells
    return ",".join(said) + "\n" + ",".join(said.values()) + "\n"


def test_a_known_unknown_satisfies_a_required_column(tmp_path: Path) -> None:
    assert check(district.read(written(tmp_path / "empty", hubs=hub(kind="")))).exit_code == 1
    assert check(district.read(written(tmp_path / "unknown", hubs=hub(kind="?")))).exit_code == 0
    assert check(district.read(written(tmp_path / "none", hubs=hub(kind="-")))).exit_code == 0


@pytest.mark.parametrize(("cell", "kind"), [("?", "KnownUnknown"), ("-", "KnownNone")])
def test_a_gap_says_on_what_it_is_and_where_it_was_looked_for(cell: str, kind: str, tmp_path: Path) -> None:
    contribution = read(tmp_path, hubs=hub(target=cell))
    gap = "hub/x/unknown/target"
    assert objects(contribution, gap, RDF("type")) == {PR + kind}
    assert objects(contribution, gap, PR("onSubject")) == {"hub/x"}
    assert objects(contribution, gap, PR("onProperty")) == {PR + "targetGroup"}
    assert objects(contribution, gap, PR("searchedIn")) == {"source/a", "source/b"}
    assert objects(contribution, "hub/x", PR("targetGroup")) == set()
    [found] = said_by(contribution, gap, RDF("type"), PR(kind))
    assert found.confidence == "not-found"


def test_a_gap_in_a_date_is_on_the_property_of_the_thing(tmp_path: Path) -> None:
    contribution = read(tmp_path, hubs=hub(opened="?"))
    assert objects(contribution, "hub/x/unknown/opened", PR("onProperty")) == {PR + "opened"}


def test_a_claim_says_in_which_sources_a_gap_was_looked_for(tmp_path: Path) -> None:
    contribution = read(
        tmp_path, hubs=hub(target="?"), hubs__claims="id,field,sources,confidence\nhub/x,target,source/c,not-found\n"
    )
    assert objects(contribution, "hub/x/unknown/target", PR("searchedIn")) == {"source/c"}


# -- evidence and claims ---------------------------------------------------------------------------------------

NAME = (SKOS("prefLabel"), Literal("Spazio X", language="it"))
IN_Q, IN_R = (PR("locatedIn"), NamedNode(BASE + "place/q")), (PR("locatedIn"), NamedNode(BASE + "place/r"))


def test_several_sources_of_a_row_are_known_for_the_row_only_one_is_that_of_each_field(tmp_path: Path) -> None:
    contribution = read(tmp_path)
    [found] = said_by(contribution, "hub/x", *NAME)
    assert (found.scope, sources(found), found.confidence) == ("row", {"source/a", "source/b"}, "confirmed")
    [found] = said_by(contribution, "place/q", SKOS("prefLabel"), Literal("Quartiere", language="it"))
    assert (found.scope, sources(found), found.confidence) == ("field", {"source/a"}, "single-source")


def test_a_claim_gives_a_field_its_own_sources_and_leaves_the_others_theirs(tmp_path: Path) -> None:
    contribution = read(
        tmp_path, hubs__claims="id,field,sources,confidence\nhub/x,name_it,source/b;source/c,confirmed\n"
    )
    [found] = said_by(contribution, "hub/x", *NAME)
    assert (found.scope, sources(found), found.confidence) == ("field", {"source/b", "source/c"}, "confirmed")
    [found] = said_by(contribution, "hub/x", *IN_Q)
    assert (found.scope, sources(found)) == ("row", {"source/a", "source/b"})


def test_a_claim_on_one_value_leaves_the_other_values_as_they_were(tmp_path: Path) -> None:
    contribution = read(
        tmp_path,
        hubs__claims="id,field,value,sources,confidence\nhub/x,located_in,place/q,source/c,single-source\n",
    )
    [found] = said_by(contribution, "hub/x", *IN_Q)
    assert (found.scope, sources(found), found.confidence) == ("field", {"source/c"}, "single-source")
    [found] = said_by(contribution, "hub/x", *IN_R)
    assert (found.scope, sources(found), found.confidence) == ("row", {"source/a", "source/b"}, "confirmed")


def test_each_of_several_values_has_the_claims_on_it_and_the_rest_the_claim_on_all(tmp_path: Path) -> None:
    contribution = read(
        tmp_path,
        hubs__claims="id,field,value,sources,confidence\n"
        "hub/x,located_in,place/q,source/c,single-source\nhub/x,located_in,place/q,source/b,single-source\n"
        "hub/x,located_in,,source/a,single-source\n",
    )
    assert [sources(found) for found in said_by(contribution, "hub/x", *IN_Q)] == [{"source/c"}, {"source/b"}]
    assert [sources(found) for found in said_by(contribution, "hub/x", *IN_R)] == [{"source/a"}]


def test_a_claim_without_sources_keeps_those_of_the_row(tmp_path: Path) -> None:
    contribution = read(tmp_path, hubs__claims="id,field,sources,confidence\nhub/x,name_it,,single-source\n")
    [found] = said_by(contribution, "hub/x", *NAME)
    assert (found.scope, sources(found), found.confidence) == ("row", {"source/a", "source/b"}, "single-source")


def test_a_claim_on_the_class_is_about_that_the_thing_exists(tmp_path: Path) -> None:
    contribution = read(tmp_path, hubs__claims="id,field,sources,confidence\nhub/x,class,source/c,single-source\n")
    [found] = said_by(contribution, "hub/x", RDF("type"), PR("Hub"))
    assert sources(found) == {"source/c"}


def test_an_inferred_claim_adds_a_value_that_is_said_but_not_held(tmp_path: Path) -> None:
    contribution = read(
        tmp_path,
        hubs=hub(located_in="place/q"),
        hubs__claims="id,field,value,sources,confidence,note_it\n"
        "hub/x,located_in,place/r,,inferred,Lo deduciamo dal nome.\n",
    )
    [found] = said_by(contribution, "hub/x", *IN_R)
    assert (found.confidence, sources(found)) == ("inferred", {"source/a", "source/b"})
    held = set(evidence.held(contribution.statements))
    assert Triple(NamedNode(BASE + "hub/x"), *IN_Q) in held
    assert Triple(NamedNode(BASE + "hub/x"), *IN_R) not in held


def test_conflicting_claims_keep_both_versions_each_with_its_source(tmp_path: Path) -> None:
    contribution = read(
        tmp_path,
        hubs=hub(opened=""),
        hubs__claims="id,field,value,sources,confidence\n"
        "hub/x,opened,2018,source/a,conflicting\nhub/x,opened,2019-05,source/b,conflicting\n",
    )
    assert objects(contribution, "hub/x", PR("opened")) == {"hub/x/opened/2018", "hub/x/opened/2019-05"}
    assert objects(contribution, "hub/x/opened/2019-05", PR("latest")) == {"2019-05-31"}
    [found] = said_by(contribution, "hub/x", PR("opened"), NamedNode(BASE + "hub/x/opened/2018"))
    assert (sources(found), found.confidence) == ({"source/a"}, "conflicting")


def test_a_remark_on_one_value_says_which_and_one_on_the_field_says_none(tmp_path: Path) -> None:
    contribution = read(
        tmp_path,
        hubs__claims="id,field,value,note_it,note_en\n"
        "hub/x,located_in,place/q,È probabile.,It is likely.\nhub/x,name_it,,Nome di oggi.,\n",
    )
    on_value, on_field = "hub/x/remark/located-in/place-q", "hub/x/remark/name-it"
    assert objects(contribution, on_value, PR("onValue")) == {"place/q"}
    assert objects(contribution, on_value, PR("onProperty")) == {PR + "locatedIn"}
    assert objects(contribution, on_value, SKOS("note")) == {"È probabile.", "It is likely."}
    assert objects(contribution, on_field, PR("onValue")) == set()
    assert objects(contribution, on_field, PR("onProperty")) == {SKOS + "prefLabel"}
    assert objects(contribution, on_field, PR("onSubject")) == {"hub/x"}


# -- the report ------------------------------------------------------------------------------------------------

SERVICES = "id,type,name_it,name_en,area,free,period,sources,confidence\n"
GOOD_SERVICE = "service/a,Service,Ascolto,Listening,wellbeing,sì,2019,source/a,single-source\n"
NO_ENGLISH = "service/b,Service,Ascolto,,wellbeing,,,source/a,single-source\n"
NO_AREA = "service/c,Service,Ascolto,Listening,,,,source/a,single-source\n"
FIGURE_WITHOUT_PERIOD = (
    "id,about,indicator,value,unit,qualifier,stage,sources,confidence\n"
    "figure/a,hub/x,people-reached,12,people,exactly,achieved,source/a,single-source\n"
)


@pytest.mark.parametrize(
    ("rows", "code", "worst"),
    [
        ([GOOD_SERVICE], 0, None),
        ([GOOD_SERVICE, NO_ENGLISH], 0, Severity.WARNING),
        ([GOOD_SERVICE, NO_ENGLISH, NO_AREA], 1, Severity.VIOLATION),
        ([NO_AREA, '"'], 2, Severity.UNUSABLE),
    ],
    ids=["good", "warning", "violation", "unusable"],
)
def test_the_exit_code_follows_the_worst_and_warnings_pass(
    rows: list[str], code: int, worst: Severity | None, tmp_path: Path
) -> None:
    report = check(district.read(written(tmp_path, services=SERVICES + "".join(rows))))
    assert (report.exit_code, report.worst, report.blocks) == (code, worst, code > 0)


def test_a_note_is_told_with_details_only_and_is_always_counted(tmp_path: Path) -> None:
    report = check(district.read(written(tmp_path, figures=FIGURE_WITHOUT_PERIOD)))
    message = "Una cifra senza periodo non si può confrontare"
    assert message in shown(report, "it")
    assert message not in shown(report, "it", details=False)
    assert "Si può pubblicare" in shown(report, "it", details=False)
    assert "1 nota." in shown(report, "it", details=False)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("it", ["errore  riga 4, colonna area", "La cella è vuota, ma questa colonna è obbligatoria.", "→ Scrivere",
                "avviso  riga 3, colonna name_en", "Manca il nome del servizio in inglese", "→ Riempire la colonna",
                "Da correggere prima di pubblicare: 1 errore, 1 avviso."]),
        ("en", ["error  row 4, column area", "The cell is empty, but this column is required.", "→ Write the value",
                "warning  row 3, column name_en", "The name of the service in English is missing",
                "→ Fill in the column",
                "To be mended before publishing: 1 error, 1 warning."]),
    ],
)  # fmt: skip
def test_the_report_tells_file_row_column_message_and_remedy(language: str, lines: list[str], tmp_path: Path) -> None:
    folder = written(tmp_path, services=SERVICES + GOOD_SERVICE + NO_ENGLISH + NO_AREA)
    said = shown(check(district.read(folder)), language)
    assert said.splitlines()[0].strip() == str(folder / "tables" / "services.csv")
    places = [said.find(line) for line in lines]
    assert -1 not in places, (said, lines[places.index(-1)])
    assert places == sorted(places)


def test_a_value_refused_by_a_shape_is_shown_as_it_was_written(tmp_path: Path) -> None:
    funding = "id,funds,amount,sources,confidence\nfunding/a,hub/x,-5,source/a,single-source\n"
    said = shown(check(district.read(written(tmp_path, funding=funding))), "en")
    assert "There is one amount only, and it is a number above zero. (-5)" in said


def test_the_worst_comes_first_in_the_report_and_on_the_screen(tmp_path: Path) -> None:
    folder = written(
        tmp_path, figures=FIGURE_WITHOUT_PERIOD, services=SERVICES + NO_ENGLISH + NO_AREA, hubs=hub(kind="lab")
    )
    report = check(district.read(folder))
    severities = [found.severity for found in report.problems]
    assert severities == sorted(severities, reverse=True)
    assert len(set(severities)) == 3
    said = shown(report, "it")
    assert said.index("hubs.csv") < said.index("services.csv") < said.index("figures.csv")
    assert said.index("riga 3, colonna area") < said.index("riga 2, colonna name_en")


def test_the_reference_engine_gives_the_same_report(tmp_path: Path) -> None:
    contribution = district.read(
        written(tmp_path, figures=FIGURE_WITHOUT_PERIOD, services=SERVICES + NO_ENGLISH + NO_AREA)
    )
    assert check(contribution, engine="reference").problems == check(contribution).problems


def test_what_is_published_counts_as_described(tmp_path: Path) -> None:
    """A district may point at what another has published."""
    contribution = district.read(written(tmp_path, hubs=hub(supported_by="project/elsewhere")))
    [found] = [p for p in check(contribution).problems if p.severity == Severity.VIOLATION]
    assert found.message["en"] == '"project/elsewhere" is described in no table.'
    published, evidence = Store(), NamedNode("https://example.org/evidence")
    published.add(Quad(NamedNode(BASE + "project/elsewhere"), RDF("type"), PR("Project"), evidence))
    assert check(contribution, published).exit_code == 0
    assert check(contribution, published, replaced=[evidence]).exit_code == 1


@pytest.mark.parametrize("datatype", ["double", "duration", "token"])
def test_a_datatype_that_the_store_keeps_is_no_problem(datatype: str, tmp_path: Path) -> None:
    value = {"double": "1.5E0", "duration": "P1D", "token": "a"}[datatype]
    assert checks_of(tmp_path, f'"{value}"^^<http://www.w3.org/2001/XMLSchema#{datatype}>') == []


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ('"2"^^<http://www.w3.org/2001/XMLSchema#nonNegativeInteger>', ["lost-datatype"]),
        ('"abc"^^<http://www.w3.org/2001/XMLSchema#integer>', ["ill-typed-literal"]),
        ('"2020-13-45"^^<http://www.w3.org/2001/XMLSchema#date>', ["ill-typed-literal"]),
        ('"abc"^^<http://www.w3.org/2001/XMLSchema#nonNegativeInteger>', ["ill-typed-literal"]),
        ('"2018-02-03"^^<http://www.w3.org/2001/XMLSchema#dateTime>', ["ill-typed-literal"]),
        ('"18"^^<http://www.w3.org/2001/XMLSchema#gYear>', ["ill-typed-literal"]),
        ('"2018-02-03T24:00:00"^^<http://www.w3.org/2001/XMLSchema#dateTime>', []),
        ('"-0044-03-15"^^<http://www.w3.org/2001/XMLSchema#date>', []),
        ('"99999999999999999999999999"^^<http://www.w3.org/2001/XMLSchema#integer>', []),
        ('"0.0000000000000000000000000000000001"^^<http://www.w3.org/2001/XMLSchema#decimal>', []),
        ('"{}"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON>', []),
        ('"ciao"@it', []),
        ('"2.50"^^<http://www.w3.org/2001/XMLSchema#decimal>', []),
        ('"a"^^<http://example.org/own>', []),
    ],
)
def test_a_literal_that_is_not_what_it_says_is_told(literal: str, expected: list[str], tmp_path: Path) -> None:
    assert checks_of(tmp_path, literal) == expected


def checks_of(tmp_path: Path, literal: str) -> list[str]:
    file = tmp_path / "a.nt"
    file.write_text(f"<x:a> <x:b> {literal} .\n<x:c> <x:b> {literal} .\n", encoding="utf-8")
    return [found.check for found in check(files.read(file)).problems]


def test_literals_are_looked_at_in_time_proportional_to_their_number(tmp_path: Path) -> None:
    file = tmp_path / "a.nt"
    kinds = [("double", "1.5E{}"), ("integer", "no{}")]
    file.write_text("".join(
        f'<x:{n}> <x:b> "{text.format(n)}"^^<http://www.w3.org/2001/XMLSchema#{kind}> .\n'
        for n in range(20_000) for kind, text in kinds
    ), encoding="utf-8")  # fmt: skip
    begun = time.monotonic()
    report = check(files.read(file))
    assert time.monotonic() - begun < 20
    assert [found.check for found in report.problems] == ["ill-typed-literal"] * 20_000


def test_a_file_that_holds_nothing_is_told_and_passes(tmp_path: Path) -> None:
    empty = tmp_path / "empty.ttl"
    empty.write_text("@prefix x: <http://example.org/> .\n", encoding="utf-8")
    report = check(files.read(empty))
    assert [(found.check, found.severity) for found in report.problems] == [("empty-file", Severity.WARNING)]
    assert (report.exit_code, report.problems[0].cell) == (0, Cell(str(empty)))


def test_thousands_of_references_to_nothing_are_told_and_the_first_have_a_suggestion(tmp_path: Path) -> None:
    header, row = TABLES_OF_A_DISTRICT["hubs"].splitlines()
    rows = [row.replace("hub/x", f"hub/x{n}").replace("place/q;place/r", f"place/qq{n}") for n in range(1000)]
    report = check(district.read(written(tmp_path, hubs="\n".join([header, *rows]))))
    found = [found.check for found in report.problems if found.severity > Severity.INFO]
    assert found == ["dangling-reference"] * 1000
    assert sum("Perhaps" in found.remedy["en"] for found in report.problems) == 100


def test_thousands_of_problems_of_many_files_are_shown_at_once() -> None:
    found = [problem("not-utf8", Cell(f"{n % 5000}.csv", n + 1)) for n in range(15_000)]
    begun = time.monotonic()
    said = shown(Report(found), "en")
    assert time.monotonic() - begun < 10
    assert said.count("UNUSABLE") == 200
    assert "and 4800 more" in said
    assert "15000 files or tables unusable" in said


def test_what_is_published_is_not_said_to_be_ready_for_it() -> None:
    console = Console(file=io.StringIO(), width=200)
    printed(Report([problem("empty-file", Cell("a.ttl"))], 3), texts, "en", console, ready=False)
    assert console.file.getvalue().splitlines()[-1] == "1 warning."  # type: ignore[attr-defined]
