"""Mistakes of spreadsheets: each kind, made in random rows and columns of every sheet of real districts, is named at
the right cell with a remedy in both languages, at least 19 times in 20; nothing is invented, right input stays silent.

A failure shows the kind, where the mistake was made, and what was told instead.
"""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from prossima import district, workbook
from prossima.problems import Problem, Severity
from prossima.validation import check
from tests.conftest import BOLOGNA, PAVIA, REPOSITORY, TORINO
from tests.workbook.mistakes import CSV_KINDS, KINDS, Book, Kind, Mistake, applied, clean, stated

ESEMPIO = REPOSITORY / "docs" / "reuse" / "esempio"
SHARE = 0.95

# What is truly a second thing to mend, or follows from the mistake where it cannot be known that it does: by kind.
HONEST = {
    # A cell that stands elsewhere leaves one empty, of which claims speak, and others beyond the header.
    "cells shifted to the right": {"nameless-column", "claim-on-nothing", "no-source"},
    # All cells of both columns are wrong; names that are then a concept's are alike; claims speak of empty cells.
    "headers exchanged": {"claim-on-nothing", "confirmed-by-one", "no-source", "near-equal", "rival-without-value",
                          "missing-value", "claim-without-value", "MinCountConstraintComponent"},
    # The covered cell is empty, and so is told where it is needed.
    "merged cells": {"missing-value", "rival-without-value", "claim-on-nothing", "confirmed-by-one", "no-source",
                     "missing-companion", "MinCountConstraintComponent", "QualifiedMinCountConstraintComponent"},
    # A claim without sources of its own has those of its row.
    "required cell emptied": {"no-source"},
}  # fmt: skip


@dataclass
class Tally:
    """How many mistakes of a kind were made and named; the words for those that were not, and for what was invented."""

    made: int = 0
    named: int = 0
    missed: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    hints: Counter[bool] = field(default_factory=Counter)
    sheets: set[str] = field(default_factory=set)

    @property
    def share(self) -> float:
        return self.named / self.made if self.made else 1.0

    def __str__(self) -> str:
        said = f"{self.named}/{self.made} in {len(self.sheets)} sheets"
        return "\n  ".join([said, *self.missed[:10], *(f"invented: {words}" for words in self.invented[:10])])


def short(found: Problem) -> str:
    return found.check.rpartition("/")[2]


def told(found: Problem) -> str:
    cell = found.cell
    where = f"{cell.sheet}, {cell.row}, {cell.column}" if cell else "nowhere"
    return f"[{where}] {short(found)}: {found.message['en']} ({found.value})"


def serious(problems: list[Problem]) -> list[Problem]:
    return [found for found in problems if found.severity >= Severity.WARNING]


def is_at(mistake: Mistake, found: Problem) -> bool:
    """Whether a problem names one of the mistake's places."""
    cell = found.cell
    return cell is not None and any(
        (cell.sheet, row or cell.row, column or cell.column) == (sheet, cell.row, cell.column)
        for sheet, row, column in mistake.places
    )


# -- the districts ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def _folder() -> object:
    with TemporaryDirectory() as folder:
        FOLDER.append(Path(folder))
        yield
        books.cache_clear()
        judged.cache_clear()
        FOLDER.clear()


FOLDER: list[Path] = []


def own_of(folder: Path) -> dict[str, object]:
    shipped = workbook.reading.schemas()
    return {name: schema for name, schema in workbook.own_schemas(folder).items() if name not in shipped}


def part_of_pavia(book: workbook.Book) -> None:
    """Only its publications and projects, and what they need: the sheets that the smaller districts do not have."""
    rows = {row.cells["id"]: (name, row) for name, table in book.tables.items() if not district.is_claims(name)
            for row in table.rows}  # fmt: skip
    wanted = [id_ for id_, (name, _) in rows.items() if name in ("publications", "projects")]
    kept: set[str] = set()
    while wanted:
        id_ = wanted.pop()
        if id_ in rows and id_ not in kept:
            kept.add(id_)
            name, row = rows[id_]
            for column in book.tables[name].schema.real:
                wanted += row.values(column)
            claims = book.tables.get(f"{name}.claims")
            for claim in claims.rows if claims else ():
                if claim.cells.get("id") == id_:
                    wanted += [*claim.cells.get("sources", "").split(";"), claim.cells.get("value", "")]
    for table in book.tables.values():
        table.rows = [row for row in table.rows if row.cells["id"] in kept]
    if book.said:
        book.said.pop("place", None)


@cache
def books(language: str) -> list[tuple[str, Book]]:
    found = []
    for folder in (BOLOGNA, TORINO, ESEMPIO, PAVIA):
        book = workbook.collected(folder)
        if folder is PAVIA:
            part_of_pavia(book)
        path = FOLDER[0] / f"{folder.name}-{language}.xlsx"
        workbook.write(path, book.said or {}, book.tables, language, example=False)
        found.append((folder.name, clean(path, language, own_of(folder))))  # type: ignore[arg-type]
    return found


@cache
def before(name: str, language: str) -> tuple[frozenset[object], frozenset[str]]:
    """What a clean workbook says, and the kinds of problem that it has itself."""
    contribution = stated(dict(books(language))[name], FOLDER[0] / "clean.xlsx")
    said = frozenset((statement.triple, statement.evidence) for statement in contribution.statements)
    known = frozenset(map(short, serious(check(contribution).problems)))
    assert known <= {"shapes#Municipality-municipality-istatCode"}, known  # of the example, which is made up
    return said, known


# -- judging ---------------------------------------------------------------------------------------------------


@cache
def judged(name: str) -> Tally:
    """Mistakes of a kind in every sheet of the districts, half of them in Italian and half in English."""
    kind, tally = KINDS[name], Tally()
    for number in range(4):
        language = ("it", "en")[(list(KINDS).index(name) + number) % 2]
        place, book = books(language)[number]
        if kind.is_alone and place not in ("bologna", "esempio"):
            continue  # a workbook for each sheet: the small ones
        for spoilt, made in applied(book, kind, Random(f"{name} {place} {language}")):
            contribution = stated(spoilt, FOLDER[0] / "spoilt.xlsx")
            known = before(place, language)[1]
            found = [p for p in serious(check(contribution).problems) if short(p) not in known]
            tally.made += len(made)
            tally.sheets |= {table for table, _ in made}
            if kind.is_right:
                said = {(statement.triple, statement.evidence) for statement in contribution.statements}
                tally.named += len(made) if said == before(place, language)[0] and not found else 0
                tally.missed += [f"{place} {language}: {m.made} at {m.places}" for _, m in made if m.made and found][:3]
                tally.invented += map(told, found)
            else:
                judge(kind, f"{place} {language}", made, found, tally)
    return tally


def judge(kind: Kind, where: str, made: list[tuple[str, Mistake]], found: list[Problem], tally: Tally) -> None:
    explained: set[int] = set()
    for table, mistake in made:
        here = [p for p in found if is_at(mistake, p)]
        good = [p for p in here if p.remedy.get("it") and p.remedy.get("en") and p.message["it"] and p.message["en"]]
        if good:
            tally.named += 1
            if mistake.hint:
                hints = " ".join(words for p in good for words in p.remedy.values())
                tally.hints[mistake.hint.casefold() in hints.casefold()] += 1
        else:
            near = [told(p) for p in found if p.cell and p.cell.sheet == mistake.places[0][0]][:3]
            tally.missed.append(f"{where}, {table}: {mistake.made!r} at {mistake.places}; told there: {near}")
        explained |= {id(p) for p in here}
        if len(here) > 1 and all(row and column for _, row, column in mistake.places):
            tally.invented += [f"twice: {told(p)}" for p in here]
    honest = HONEST.get(kind.name, set())
    tally.invented += [
        f"{where}: {told(p)}" for p in found if id(p) not in explained and not {short(p), p.component} & honest
        # A concept of the district's own whose row is mistaken is in no scheme, whoever takes it from there.
        and not (p.value or "").startswith("concept/")
    ]  # fmt: skip


WRONG = [name for name, kind in KINDS.items() if not kind.is_right]
RIGHT = [name for name, kind in KINDS.items() if kind.is_right]
# For which the remedy need not hold the right value: it cannot always be known.
GUESSED = {"name instead of an id": 0.9, "misspelt concept": 0.95, "header misspelt": 0.95,
           "misspelt label of a concept": 0.95, "wrong separator": 0.9, "sheet renamed": 0.9}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_named_at_the_right_cell_with_a_remedy_and_nothing_is_invented(name: str) -> None:
    tally = judged(name)
    assert tally.made >= 2, "the districts have no place for it"
    assert tally.share >= SHARE, str(tally)
    assert tally.invented == [], str(tally)
    hints = tally.hints
    assert hints[True] >= GUESSED.get(name, 1) * hints.total(), f"{hints[False]} remedies do not say what is right"


@pytest.mark.parametrize("name", RIGHT)
def test_right_input_is_read_in_silence_as_what_it_means(name: str) -> None:
    tally = judged(name)
    assert tally.made >= 2, "the districts have no place for it"
    assert tally.invented == [], str(tally)
    assert tally.named == tally.made, str(tally)


def test_of_all_mistakes_at_least_19_in_20_are_named_and_every_sheet_has_had_its_own() -> None:
    tallies = {name: judged(name) for name in WRONG}
    table = "\n".join(
        f"{name:42} {tally.named:4}/{tally.made:<4} {len(tally.sheets):2}" for name, tally in tallies.items()
    )
    print(table)
    made, named = (sum(getattr(tally, what) for tally in tallies.values()) for what in ("made", "named"))
    assert named >= SHARE * made, table
    assert len(WRONG) >= 40
    assert made > 1500
    tables = {page.table for language in ("it", "en") for _, book in books(language) for page in book.pages
              if len(page.lines) > 1}  # fmt: skip
    assert {table for table in tables if table != "lodges"} <= {t for tally in tallies.values() for t in tally.sheets}


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("folder", [PAVIA, TORINO, BOLOGNA, ESEMPIO], ids=lambda folder: folder.name)
def test_nothing_is_invented_on_a_clean_workbook(folder: Path, language: str, tmp_path: Path) -> None:
    book = workbook.collected(folder)
    path = tmp_path / "clean.xlsx"
    workbook.write(path, book.said or {}, book.tables, language, example=True)
    found = serious(check(workbook.stated(workbook.opened(path, workbook.own_schemas(folder)))).problems)
    folder_has = serious(check(workbook.stated(book)).problems)
    assert Counter((p.check, p.value) for p in found) == Counter((p.check, p.value) for p in folder_has)


# -- tables in CSV ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CSV_KINDS)
def test_a_mistake_in_a_csv_file_is_named_at_its_row(name: str, tmp_path: Path) -> None:
    tally = Tally()
    for folder in (BOLOGNA, TORINO):
        random = Random(f"{name} {folder.name}")
        spoilt = Path(shutil.copytree(folder, tmp_path / folder.name))
        made = {}
        for path in sorted(spoilt.glob("tables/*.csv")):
            if done := CSV_KINDS[name](path.read_text(encoding="utf-8"), random):
                path.write_bytes(done[0])
                made[str(path)] = done[1]
        found = serious(check(district.read(spoilt)).problems)
        for file, row in made.items():
            here = [p for p in found if p.cell and (p.cell.file, p.cell.row) == (file, row) and all(p.remedy.values())]
            tally.made, tally.named = tally.made + 1, tally.named + bool(here)
            if not here:
                tally.missed.append(f"{file}, {row}: {[told(p) for p in found if p.cell and p.cell.file == file][:3]}")
        places = set(made.items())
        tally.invented += [told(p) for p in found if not p.cell or (p.cell.file, p.cell.row) not in places]
    assert tally.made > 20
    assert tally.share >= SHARE, str(tally)
    assert tally.invented == [], str(tally)
