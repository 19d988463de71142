"""The checks of sense: what is well formed and yet likely to be wrong, or not to be published; near misses."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Store, Triple
from stdnum.it import codicefiscale, iva

from prossima import district, files
from prossima.problems import Cell, Problem, Severity, problem
from prossima.releases import publish
from prossima.releases.merge import said_before
from prossima.releases.shelf import Shelf
from prossima.settings import Settings
from prossima.statements import Contribution, Evidence, Statement, evidence_quads
from prossima.validation import check
from prossima.validation.checks import Facts, likeness, people, sense
from tests.conftest import BOLOGNA, PAVIA, TORINO
from tests.validation.test_report import BASE, TABLES_OF_A_DISTRICT, hub, written

TWO = {"sources": "source/a", "confidence": "single-source"}


def table(*rows: dict[str, str]) -> str:
    """A table with the columns that its rows use, each row with a source unless it says otherwise."""
    said = [row | {k: v for k, v in TWO.items() if k not in row} for row in rows]
    text = io.StringIO()
    names = dict.fromkeys(name for row in said for name in row)
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(said)
    return text.getvalue()


def hubs(*rows: dict[str, str]) -> str:
    """Hubs, in order, that are otherwise in order."""
    usual = {"id": "hub/x", "name_it": "Spazio X", "kind": "social-lab", "located_in": "place/q;place/r"}
    return table(*(usual | row for row in rows))


def organisations(*names: str) -> str:
    rows = ({"id": f"org/o{n}", "type": "Organisation", "name_it": name} for n, name in enumerate(names, start=1))
    return table(*({**row, "active_in": "place/q"} for row in rows))


def found(
    name: str, folder: Path, store: Store | None = None, as_of: str | None = None, beside: str = "", **tables: str
) -> list[Problem]:
    """The problems of one check in a district with these tables, and an RDF file beside them."""
    written(folder, **tables)
    if beside:
        prefixes = "".join(
            f"@prefix {prefix}: <{iri}> .\n"
            for prefix, iri in (
                ("", BASE),
                ("owl", "http://www.w3.org/2002/07/owl#"),
                ("pr", "https://w3id.org/prossima/ontology#"),
                ("geo", "http://www.opengis.net/ont/geosparql#"),
                ("skos", "http://www.w3.org/2004/02/skos/core#"),
                ("foaf", "http://xmlns.com/foaf/0.1/"),
                ("xsd", "http://www.w3.org/2001/XMLSchema#"),
            )
        )
        (folder / "more.ttl").write_text(prefixes + beside, encoding="utf-8")
    return [told for told in check(district.read(folder), store, as_of=as_of).problems if told.check == name]


def places(problems: Sequence[Problem]) -> list[tuple[str, int | None, str | None]]:
    assert all(problem.cell for problem in problems)
    return [(Path(p.cell.file).name, p.cell.row, p.cell.column) for p in problems if p.cell]


def in_both_languages(problem: Problem, *values: str) -> bool:
    """Whether the words are there, differ, and name what was found."""
    it, en = problem.message["it"], problem.message["en"]
    named = all(value in text for value in values for text in (it, en))
    return named and it != en and bool(problem.remedy["it"]) and problem.remedy["it"] != problem.remedy["en"]


# -- sources ---------------------------------------------------------------------------------------------------


def test_a_row_without_a_source_is_told_once_where_it_stands(tmp_path: Path) -> None:
    told = found("no-source", tmp_path / "a", hubs=hub(sources="?", confidence="single-source"))
    missing = [p for p in check(district.read(tmp_path / "a")).problems if p.severity >= Severity.VIOLATION]
    assert len(missing) == 1, "one row, one problem, whichever check tells it"
    assert missing[0].cell
    assert (Path(missing[0].cell.file).name, missing[0].cell.row) == ("hubs.csv", 2)
    assert len(told) <= 1
    assert found("no-source", tmp_path / "b") == []


def test_a_statement_nobody_is_cited_for_is_told_once_for_its_row() -> None:
    """As a table of a district's own, which may have no column for sources, makes them."""
    at = [Cell("own.csv", row, column) for row in (2, 3, 4) for column in ("name_it", "note_it")]
    cited, uncited = Evidence("x:o", frozenset({"x:s"}), "single-source"), Evidence("x:o", frozenset(), "single-source")
    statements = [
        Statement(Triple(NamedNode(f"x:{cell.row}"), NamedNode("x:p"), Literal(cell.column or "")), evidence, cell)
        for cell, evidence in zip(at, [uncited, uncited, cited, uncited, uncited, uncited], strict=True)
    ]
    missed = problem("missing-value", Cell("own.csv", 4, "sources"))
    told = list(sense.facts_without_source(Facts(Contribution(statements=statements), None, (missed,))))
    assert [(p.cell, p.focus) for p in told] == [(at[0], "x:2"), (at[3], "x:3")]
    assert all(in_both_languages(p) and p.severity is Severity.VIOLATION for p in told)


# -- tax codes -------------------------------------------------------------------------------------------------

BODY = next(number for number in (f"0123456018{digit}" for digit in range(10)) if iva.is_valid(number))
PERSON = next(
    code for code in (f"RSSMRA80A01H501{c}" for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ") if codicefiscale.is_valid(code)
)


@pytest.mark.parametrize(("code", "told"), [(BODY, False), (BODY[:-1] + str((int(BODY[-1]) + 1) % 10), True)])
def test_a_wrong_last_digit_of_a_bodys_tax_code_is_told(code: str, told: bool, tmp_path: Path) -> None:
    file = tmp_path / "a.ttl"
    file.write_text(f'<{BASE}org/a> <https://w3id.org/prossima/ontology#taxCode> "{code}" .\n', encoding="utf-8")
    problems = [p for p in check(files.read(file)).problems if p.check == "wrong-tax-code"]
    assert [p.focus for p in problems] == ([f"{BASE}org/a"] if told else [])
    assert all(in_both_languages(p, code) and p.severity is Severity.VIOLATION for p in problems)
    assert problems == [] or (problems[0].cell is not None and problems[0].cell.file == str(file))


@pytest.mark.parametrize(
    "text",
    [
        PERSON,
        PERSON.lower(),
        f"c.f. {PERSON}, residente a Pavia",
        f"({PERSON.title()})",
        f"RSS MRA 80A01 {PERSON[-5:]}",
    ],
)
def test_a_persons_tax_code_is_not_published_wherever_it_stands(text: str, tmp_path: Path) -> None:
    [told] = found("personal-tax-code", tmp_path, hubs=hubs({"note_it": text}))
    assert places([told]) == [("hubs.csv", 2, "note_it")]
    assert in_both_languages(told, told.value or "?")
    assert told.severity is Severity.VIOLATION


@pytest.mark.parametrize("text", [f"c.f. {BODY}", PERSON[:-1] + "A", f"X{PERSON}", "ABCDEF12G34H567I"])
def test_what_is_no_persons_tax_code_passes(text: str, tmp_path: Path) -> None:
    assert found("personal-tax-code", tmp_path, hubs=hubs({"note_it": text})) == []


# -- mobile numbers --------------------------------------------------------------------------------------------

MOBILES = [
    "+39 347 1234567", "0039-347-1234567", "347.123.4567", "3471234567", "cell. 347/1234567", "347 12 34 567",
    "347 123 45 67", "+393471234567", "+39 (347) 123 4567", "(347) 1234567", "347 - 1234567", "347\u00a01234567",
    "347–1234567", "39 347 1234567", "Scrivere a Maria (347-1234567) dopo le 18", "tel:3471234567", "347-123-4567",
    "WhatsApp:3471234567.", "chiamare il 330 123456", "0039 391.1234567", "https://wa.me/393471234567",
    "prima 0382 530150, poi 3471234567",
]  # fmt: skip
NOT_MOBILES = [
    "0382 530150", "0382/530150", "0382-530150", "+39 0382 530150", "02 12345678", "02 3451 2345", "800 123456",
    "800.123.456", "dal 2019 al 2020", "2019-2020", "018110", "IT60 X054 2811 1010 0000 0123 456",
    "IT60X0542811101000000123456", "350.000 euro", "350.000.000 euro", "350000000 euro", "€ 3471234567", "347.123.456",
    "1.347.123.456", "2019-05-17", "17/05/2019", "ISBN 978-88-347-1234-5", "ISBN 9788834712345", "ISBN 88-347-1234-5",
    "doi:10.1000/347.123.4567", "10.3390/3471234567", "https://doi.org/10.1000/347.123.4567",
    "https://example.org/post/3471234567", "https://example.org/?id=3471234567", "www.example.org/a-3471234567",
    "facebook.com/profile.php?id=3471234567", "prot. 3471234567/2021", "9.3471234567, 45.3471234567", "347 posti",
    "34712345678", "3471234", "CUP J13D3471234567", "347/2019", "347 1234", "v. 347.12.34", "ISTAT 018110 e 347",
]  # fmt: skip


def test_a_mobile_number_is_found_however_it_is_written_and_wherever(tmp_path: Path) -> None:
    """All in one district: each in its own row."""
    rows = [{"id": f"hub/h{n}", "name_it": f"Spazio {n}", "note_it": text} for n, text in enumerate(MOBILES)]
    told = found("personal-mobile", tmp_path, hubs=hubs(*rows))
    seen = {p.cell.row for p in told if p.cell}
    assert [text for row, text in enumerate(MOBILES, start=2) if row not in seen] == []
    assert len(told) == len(MOBILES)
    assert {p.cell.column for p in told if p.cell} == {"note_it"}
    assert all(in_both_languages(p, p.value or "?") and (p.value or "?") in MOBILES[p.cell.row - 2] for p in told)  # type: ignore[union-attr,operator]


def test_landlines_years_codes_prices_and_addresses_are_no_mobile_numbers(tmp_path: Path) -> None:
    rows = [{"id": f"hub/h{n}", "name_it": f"Spazio {n}", "note_it": text} for n, text in enumerate(NOT_MOBILES)]
    assert [p.value for p in found("personal-mobile", tmp_path, hubs=hubs(*rows))] == []


@pytest.mark.parametrize("text", ["347 1234567/348 7654321", "347 1234567 e 348 7654321", "3471234567, 3487654321"])
def test_of_two_mobile_numbers_in_a_cell_both_are_told(text: str, tmp_path: Path) -> None:
    assert len(found("personal-mobile", tmp_path, hubs=hubs({"description_it": text}))) == 2


def test_numbers_and_points_of_data_are_no_mobile_numbers(tmp_path: Path) -> None:
    beside = (
        '<a> :x 350000000 . <b> :x "3471234567.5"^^xsd:decimal . '
        '<c> geo:asWKT "POINT(9.3471234567 45.3471234567)"^^geo:wktLiteral .'
    ).replace("<", f"<{BASE}")
    assert found("personal-mobile", tmp_path, beside=beside) == []


def test_an_address_to_call_or_write_to_is_looked_at_too(tmp_path: Path) -> None:
    beside = ":hub\\/x foaf:phone <tel:+39-347-1234567> ; foaf:mbox <mailto:mario.rossi@gmail.com> ."
    written_ = tmp_path / "a"
    assert [p.value for p in found("personal-mobile", written_, beside=beside)] == ["+39-347-1234567"]
    told = [p.value for p in check(district.read(written_)).problems if p.check == "personal-mailbox"]
    assert told == ["mario.rossi@gmail.com"]
    [site] = found("personal-mobile", tmp_path / "b", hubs=hubs({"website": "https://wa.me/393471234567"}))
    assert places([site]) == [("hubs.csv", 2, "website")]


@pytest.mark.parametrize("part", ["a.", "a-", "9", "9.15,45.1,", "3471234567890 ", "a", "347/2 ", "<", "(at)", "39"])
def test_texts_of_any_length_are_looked_at_in_time(part: str) -> None:
    text = Literal(part * (100_000 // len(part)) + " @ euro 3")
    statement = Statement(
        Triple(NamedNode("x:s"), NamedNode("x:p"), text), Evidence("x:o", frozenset(), "as-published")
    )
    begun = time.monotonic()
    assert list(people.personal_data(Facts(Contribution(statements=[statement]), None))) == []
    assert time.monotonic() - begun < 3


# -- mailboxes -------------------------------------------------------------------------------------------------

CROSIONE = {"name_it": "Laboratorio Crosione", "alt_names_it": "LSC"}


@pytest.mark.parametrize(
    ("mailbox", "told"),
    [
        ("mario.rossi@gmail.com", True), ("Mario.Rossi@GMAIL.COM", True), ("mario@hotmail.co.uk", True),
        ("rosi@gmail.com", True), ("lucrosio@libero.it", True), ("m.delrio@yahoo.it", True),
        ("laboratoriocrosione@gmail.com", False), ("lab.crosione@libero.it", False), ("crosione2019@gmail.com", False),
        ("lsc.pavia@gmail.com", False), ("labcrosiome@gmail.com", False), ("info@comune.pavia.it", False),
        ("mario.rossi@comune.pavia.it", False), ("info@gmail-spazio.it", False),
    ],
)  # fmt: skip
def test_a_mailbox_that_anyone_can_have_must_bear_the_name_of_the_hub(mailbox: str, told: bool, tmp_path: Path) -> None:
    problems = found("personal-mailbox", tmp_path, hubs=hubs({**CROSIONE, "email": mailbox}))
    assert places(problems) == ([("hubs.csv", 2, "email")] if told else [])
    assert all(in_both_languages(p, mailbox) and p.severity is Severity.VIOLATION for p in problems)


@pytest.mark.parametrize(
    ("name", "mailbox", "told"),
    [
        ("Associazione Genitori Insieme", "agi.pavia@gmail.com", False),
        ("Circolo della Pace", "mario.dellacasa@gmail.com", True),
        ("Savanna", "anna@gmail.com", True),
        ("Città dei Bambini", "cittadeibambini@gmail.com", False),
        ("Fare #BeneComune", "farebenecomune@gmail.com", False),
    ],
)
def test_the_name_may_be_shortened_but_not_met_by_chance(name: str, mailbox: str, told: bool, tmp_path: Path) -> None:
    assert bool(found("personal-mailbox", tmp_path, hubs=hubs({"name_it": name, "email": mailbox}))) is told


@pytest.mark.parametrize(
    "text", ["Scrivere a mario.rossi@gmail.com.", "<mario.rossi@gmail.com>", "mario.rossi (at) gmail.com",
             "mario.rossi[chiocciola]libero.it"],
)  # fmt: skip
def test_a_mailbox_in_a_note_is_found_too(text: str, tmp_path: Path) -> None:
    assert places(found("personal-mailbox", tmp_path, hubs=hubs({"note_it": text}))) == [("hubs.csv", 2, "note_it")]


@pytest.mark.parametrize(("column", "value", "name"), [
    ("phone", "347 1234567", "personal-mobile"), ("email", "mario.rossi@gmail.com", "personal-mailbox")
])  # fmt: skip
def test_only_two_sources_for_that_very_field_make_it_a_bodys(
    column: str, value: str, name: str, tmp_path: Path
) -> None:
    row = hub(**{column: value})
    claims = "id,field,sources,confidence\nhub/x,{},{},{}\n"
    [told] = found(name, tmp_path / "row", hubs=row)
    assert "claims.csv" in told.remedy["en"], "the row is confirmed by two sources, not the field"
    cases = {
        "two": (claims.format(column, "source/a;source/b", "confirmed"), 0),
        "other": (claims.format("name_it", "source/a;source/b", "confirmed"), 1),
        "single": (claims.format(column, "source/a", "single-source"), 1),
        "one": (claims.format(column, "source/a", "confirmed"), 1),
    }
    for case, (text, expected) in cases.items():
        assert len(found(name, tmp_path / case, hubs=row, hubs__claims=text)) == expected, case


def test_a_persons_tax_code_is_not_made_public_by_two_sources(tmp_path: Path) -> None:
    claims = "id,field,sources,confidence\nhub/x,note_it,source/a;source/b,confirmed\n"
    assert len(found("personal-tax-code", tmp_path, hubs=hub(note_it=PERSON), hubs__claims=claims)) == 1


# -- points ----------------------------------------------------------------------------------------------------

PAVIA_POINTS = ["45.1850, 9.1550", "45.1900, 9.1600", "45.2000, 9.1400", "45.1700, 9.1700"]
ROME = "41.9000, 12.5000"


def points(*coordinates: str) -> str:
    rows = (
        {"id": f"place/p{n}", "type": "Building", "name_it": f"Casa {n}", "within": "place/q", "coordinates": point}
        for n, point in enumerate(coordinates)
    )
    quarters = ({"id": f"place/{n}", "type": "Quarter", "name_it": n} for n in "qr")
    return table(*quarters, *rows)


def boxed(folder: Path) -> None:
    file = folder / "district.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("[name]", "box = [9.0, 45.1, 9.3, 45.3]\n[name]"), encoding="utf-8")


def test_a_point_far_from_all_the_others_is_told(tmp_path: Path) -> None:
    [told] = found("point-astray", tmp_path / "a", places=points(*PAVIA_POINTS, ROME))
    assert places([told]) == [("places.csv", 8, "coordinates")]
    assert in_both_languages(told, "41.9", "12.5")
    assert told.severity is Severity.WARNING
    assert "of {away}" not in told.message["en"]
    assert any(f"{kilometres} km" in told.message["en"] for kilometres in range(430, 480)), told.message["en"]
    near = "45.3300, 9.5000"  # 32 km away: Lodi
    assert found("point-astray", tmp_path / "b", places=points(*PAVIA_POINTS, near)) == []


def test_of_few_points_or_of_one_point_told_many_times_none_is_astray(tmp_path: Path) -> None:
    assert found("point-astray", tmp_path / "few", places=points(*PAVIA_POINTS[:2], ROME)) == []
    assert found("point-astray", tmp_path / "one", places=points(*[PAVIA_POINTS[0]] * 9)) == []
    assert found("point-astray", tmp_path / "none") == []


def test_a_district_that_is_wide_has_points_far_apart(tmp_path: Path) -> None:
    wide = [f"{45 + n * 0.35:.2f}, {7 + n * 0.5:.2f}" for n in range(8)]
    assert found("point-astray", tmp_path, places=points(*wide)) == []


@pytest.mark.parametrize(("inside", "told"), [("45.1, 9.0", 0), ("45.3, 9.3", 0), ("45.31, 9.2", 1), ("45.2, 8.99", 1)])
def test_a_box_says_where_points_may_be_even_of_one(inside: str, told: int, tmp_path: Path) -> None:
    written(tmp_path, places=points(inside))
    boxed(tmp_path)
    problems = [p for p in check(district.read(tmp_path)).problems if p.check == "point-astray"]
    assert len(problems) == told
    assert [p for p in problems if " 0 km" in p.message["en"]] == [], "the middle is that of the box"


def test_the_points_of_another_district_are_its_own(tmp_path: Path) -> None:
    """Two districts checked together, a few hundred kilometres apart, and each with its own points."""
    both = district.read(written(tmp_path / "a", places=points(*PAVIA_POINTS)))
    other = written(tmp_path / "b", places=points(*(ROME[:-1] + str(n) for n in range(5))))
    file = other / "district.toml"
    text = file.read_text(encoding="utf-8").replace("prova", "roma").replace("Prova", "Roma")
    file.write_text(text, encoding="utf-8")
    both.extend(district.read(other))
    assert [p for p in check(both).problems if p.check == "point-astray"] == []


@pytest.mark.parametrize(
    "point", ["POINT(1.2.3 4)", "POINT(. .)", "POINT EMPTY", "LINESTRING(0 0, 1 1)", "POINT(9 - 4)"]
)
def test_a_point_that_cannot_be_read_is_not_judged(point: str, tmp_path: Path) -> None:
    beside = f':place\\/z geo:asWKT "{point}"^^geo:wktLiteral .'
    assert found("point-astray", tmp_path, places=points(*PAVIA_POINTS), beside=beside) == []


# -- names -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Associazione Il Melo", "Associazione il melo APS"),
        ("Associazione Il Melo", "ASSOCIAZIONE  IL   MELO"),
        ("Città dei Bambini", "Citta dei bambini"),
        ("Laboratorio Crosione", "Crosione Laboratorio"),
        ("Laboratorio Crosione", "Laboratorio Croscione"),
        ("L'Aquilone A.P.S.", "L’Aquilone"),
        ("SpazioGioco Vallone", "Spazio Gioco Vallone"),
        ("SpazioGioco", "Spazio Gioco"),
        ("La Torretta", "Torretta"),
        ("Casa della Pace", "Casa per la Pace"),
        ("Co-working Pavia", "Coworking Pavia"),
        ("Школа", "школа"),
    ],
)
def test_names_that_are_nearly_the_same_are_told_once(one: str, other: str, tmp_path: Path) -> None:
    [told] = found("near-equal", tmp_path / "a", organisations=organisations(one, "Parrocchia San Mauro", other))
    assert places([told]) == [("organisations.csv", 2, "name_it")]
    assert in_both_languages(told, " ".join(one.split()), "org/o3")
    assert told.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Scuola 1", "Scuola 2"), ("Scuola primaria 12", "Scuola primaria 21"), ("ANFFAS Pavia", "ANFFAS Voghera"),
        ("Scuola II", "Scuola III"), ("Gruppo Alfa", "Gruppo Beta"), ("Casa Maria", "Casa Mario"),
        ("Associazione Nazionale Partigiani d'Italia, sezione di Pavia",
         "Associazione Nazionale Partigiani d'Italia, sezione di Padova"),
        ("Istituto Comprensivo Statale di Via Acerbi", "Istituto Comprensivo Statale di Via Angelini"),
        ("Cooperativa Il Melo", "Associazione Il Melo"), ("Gruppo A", "Gruppo B"), ("中文", "日本"),
        ("Comune di Pavia", "Comunità di Pavia"), ("Sala 2019a", "Sala 2018a"),
    ],
)  # fmt: skip
def test_names_that_differ_by_a_number_or_a_word_are_two(one: str, other: str, tmp_path: Path) -> None:
    assert [p.value for p in found("near-equal", tmp_path, organisations=organisations(one, other))] == []


def test_a_hub_and_the_organisation_that_runs_it_may_have_one_name(tmp_path: Path) -> None:
    assert found("near-equal", tmp_path, organisations=organisations("Spazio X")) == []


def test_the_name_that_is_alike_is_the_one_told(tmp_path: Path) -> None:
    rows = {"id": "hub/x", "name_it": "Spazio X", "alt_names_it": "La Torretta"}, {"id": "hub/y", "name_it": "Torretta"}
    [told] = found("near-equal", tmp_path, hubs=hubs(*rows))
    assert (places([told]), told.value) == ([("hubs.csv", 2, "alt_names_it")], "La Torretta")


@pytest.mark.parametrize("predicate", ["owl:differentFrom", "owl:sameAs", "skos:exactMatch"])
@pytest.mark.parametrize("subject", [1, 2])
def test_that_they_are_two_or_one_may_be_said(predicate: str, subject: int, tmp_path: Path) -> None:
    names = organisations("Associazione Il Melo", "Associazione Il Melo APS")
    beside = f":org\\/o{subject} {predicate} :org\\/o{3 - subject} ."
    assert len(found("near-equal", tmp_path / "a", organisations=names)) == 1
    assert found("near-equal", tmp_path / "b", organisations=names, beside=beside) == []


def test_a_name_is_compared_with_what_another_has_published(tmp_path: Path) -> None:
    other = written(tmp_path / "other", organisations=organisations("Associazione Il Melo"))
    file = other / "district.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("prova", "altra"), encoding="utf-8")
    store = Store()
    theirs = district.read(other)
    store.extend(evidence_quads(theirs.statements))
    mine = organisations("Parrocchia San Mauro", "Il melo, associazione")
    spaces, told = found("near-equal", tmp_path / "mine", store, organisations=mine)
    assert places([spaces, told]) == [("hubs.csv", 2, "name_it"), ("organisations.csv", 3, "name_it")]
    assert in_both_languages(told, "https://example.org/altra/org/o1")
    apart = Store()
    apart.extend(store)
    said = f"<https://example.org/altra/org/o1> <http://www.w3.org/2002/07/owl#differentFrom> <{BASE}org/o2> <x:g> .\n"
    apart.load(said.encode(), format=files.FORMATS[".nq"])
    assert places(found("near-equal", tmp_path / "apart", apart, organisations=mine)) == [("hubs.csv", 2, "name_it")]


def test_five_thousand_names_are_compared_in_seconds(tmp_path: Path) -> None:
    words = [
        f"{a}{b}{c}" for a in ("ra", "te", "mi", "so", "lu") for b in "bcdfglmnprst" for c in ("ano", "ella", "ucci")
    ]
    names = [f"Associazione {words[n % 180]} {words[(n * 7 + n // 180) % 180]} numero {n}" for n in range(5000)]
    names[4000] = names[17] + " APS"
    contribution = district.read(written(tmp_path, organisations=organisations(*names)))
    begun = time.monotonic()
    told = list(likeness.near_equal_names(Facts(contribution, None)))
    assert time.monotonic() - begun < 5
    assert [(p.focus, p.cell.row if p.cell else None) for p in told] == [(f"{BASE}org/o18", 19)]


# -- orphans ---------------------------------------------------------------------------------------------------

ORPHAN = TABLES_OF_A_DISTRICT["sources"] + "source/z,Fonte sola\n"


def test_a_source_nobody_cites_is_a_note_at_its_row(tmp_path: Path) -> None:
    [told] = found("orphan", tmp_path, sources=ORPHAN)
    assert [(name, row) for name, row, _ in places([told])] == [("sources.csv", 5)]
    assert in_both_languages(told, "source/z")
    assert told.severity is Severity.INFO


@pytest.mark.parametrize(
    "tables",
    [
        {"hubs__claims": "id,field,sources,confidence\nhub/x,name_it,source/z,single-source\n"},
        {"unknowns": "id,type,subject,property,sources,confidence\n"
                     "unknown/a,KnownUnknown,hub/x,pr:opened,source/z,single-source\n"},
        {"disagreements": "id,subject,property,resolution,reason_it,sources,confidence\n"
                          "disagreement/a,hub/x,pr:opened,both-hold,Due date.,source/a,single-source\n",
         "rivals": "id,disagreement,text_it,sources,confidence\n"
                   "rival/a,disagreement/a,Nel 2018,source/z,conflicting\n"
                   "rival/b,disagreement/a,Nel 2019,source/a,conflicting\n"},
        {"organisations": table({"id": "org/a", "type": "Organisation", "name_it": "Ente", "active_in": "place/q",
                                 "sources": "source/z"})},
    ],
    ids=["claim", "unknown", "rival", "table"],
)  # fmt: skip
def test_a_source_that_anything_cites_is_no_orphan(tables: dict[str, str], tmp_path: Path) -> None:
    assert [p.value for p in found("orphan", tmp_path, sources=ORPHAN, **tables)] == []


def test_a_place_nobody_uses_is_told_even_where_its_id_begins_as_another(tmp_path: Path) -> None:
    """place/v lies within place/v10: what begins alike is not a node of its own. A quarter is there in any case."""
    places_ = TABLES_OF_A_DISTRICT["places"].replace("name_it,", "name_it,within,")
    places_ = places_.replace("Quartiere,", "Quartiere,,").replace("Rione,", "Rione,,")
    more = "place/s,Building,Casa,,source/a,single-source\nplace/t,Quarter,Borgo,,source/a,single-source\n"
    [told] = found("orphan", tmp_path / "a", places=places_ + more)
    assert (told.value, places([told])[0][1]) == ("place/s", 4)
    more = "place/v,Building,Casa,place/v10,source/a,single-source\nplace/v10,Place,Corte,,source/a,single-source\n"
    assert [p.value for p in found("orphan", tmp_path / "b", places=places_ + more)] == []


def test_a_page_of_the_web_does_not_tie_an_organisation_to_the_others(tmp_path: Path) -> None:
    lonely = {"id": "org/a", "type": "Organisation", "name_it": "Ente", "website": "https://example.com/"}
    [told] = found("orphan", tmp_path / "a", organisations=table(lonely))
    assert told.value == "org/a"
    assert found("orphan", tmp_path / "b", organisations=table(lonely | {"active_in": "place/q"})) == []


def test_what_it_published_before_is_not_who_cites_it(tmp_path: Path, settings: Settings) -> None:
    """A district that no longer cites a source, or uses a place, is told, although its current release still does."""
    places_ = TABLES_OF_A_DISTRICT["places"] + "place/s,Building,Casa,source/a,single-source\n"
    folder = written(tmp_path / "a", hubs=hub(sources="source/a;source/b", place="place/s"), places=places_)
    assert publish([folder], settings, reason="").release == 1
    file = folder / "tables" / "hubs.csv"
    file.write_text(hub(sources="source/a;source/c"), encoding="utf-8")
    release = Shelf(settings.data).current()
    assert release
    store, contribution = release.store(), district.read(folder)
    replaced = said_before(store, contribution.groups())[0]
    told = [p for p in check(contribution, store, replaced=replaced).problems if p.check == "orphan"]
    assert [p.value for p in told] == ["place/s", "source/b"]
    # Another that cites it keeps it from being lonely.
    cited = Store()
    cited.extend(store)
    for iri in ("source/b", "place/s"):
        cited.load(f"<x:a> <x:b> <{BASE}{iri}> <x:g> .\n".encode(), format=files.FORMATS[".nq"])
    assert [p for p in check(contribution, cited, replaced=replaced).problems if p.check == "orphan"] == []


# -- age -------------------------------------------------------------------------------------------------------

HOURS = {"hours_it": "lunedì 9-12", "hours_en": "Monday 9-12", "hours_for": "2024-01"}


@pytest.mark.parametrize(
    ("as_of", "told"),
    [(None, 0), ("2024-02-01", 0), ("2026-01-30", 0), ("2026-01-31", 1), ("2019-01-01", 0)],
)  # fmt: skip
def test_opening_hours_grow_old_after_two_years(as_of: str | None, told: int, tmp_path: Path) -> None:
    problems = found("stale-fact", tmp_path, as_of=as_of, hubs=hubs(HOURS))
    assert len(problems) == told
    assert all(in_both_languages(p, "2024-01-31", as_of or "?") and p.severity is Severity.INFO for p in problems)
    assert [(name, row) for name, row, _ in places(problems)] == [("hubs.csv", 2)] * told


@pytest.mark.parametrize(("as_of", "told"), [(None, 0), ("2029-11-22", 0), ("2029-11-23", 1)])
def test_a_contact_grows_old_three_years_after_its_sources_were_read(
    as_of: str | None, told: int, tmp_path: Path
) -> None:
    rows = hubs({"email": "info@comune.pavia.it"})
    problems = found("stale-fact", tmp_path, as_of=as_of, hubs=rows)
    assert places(problems) == [("hubs.csv", 2, "email")] * told
    again = [p for p in check(district.read(tmp_path), as_of=as_of).problems if p.check == "stale-fact"]
    assert again == problems


def test_a_day_that_is_none_is_left_to_others(tmp_path: Path) -> None:
    beside = ':hub\\/x pr:openingHours :h . :h pr:period :p . :p pr:latest "nel 2019" .'
    assert found("stale-fact", tmp_path, as_of="2026-11-23", beside=beside) == []


# -- the real ones ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", [PAVIA, TORINO, BOLOGNA], ids=lambda folder: folder.name)
def test_the_real_districts_give_no_warning(folder: Path) -> None:
    report = check(district.read(folder), as_of="2026-11-26")
    assert [(p.check, p.cell) for p in report.problems if p.severity >= Severity.WARNING] == []


def test_a_node_is_the_subject_of_what_is_told(tmp_path: Path) -> None:
    [told] = found("personal-mobile", tmp_path, hubs=hubs({"note_it": "347 1234567"}))
    assert NamedNode(told.focus or "?") == NamedNode(f"{BASE}hub/x")
