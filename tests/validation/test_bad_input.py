"""Bad input: each kind gives one problem, in its place, with a remedy, and what is published stays as it was."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from prossima import district, files
from prossima.problems import Cell, Problem, Severity
from prossima.releases import Shelf, publish
from prossima.settings import Settings
from prossima.tables import Schema, shipped_schemas
from prossima.validation import check
from prossima.vocabulary import ORIGIN, TABLES
from tests.conftest import PAVIA

# -- spoiling a copy: each returns the row that it spoils, as a spreadsheet counts it ---------------------------

Spoil = Callable[[Path], int | None]


def rows_of(folder: Path, table: str) -> list[list[str]]:
    text = (folder / "tables" / f"{table}.csv").read_text(encoding="utf-8")
    return list(csv.reader(io.StringIO(text, newline="")))


def save(folder: Path, table: str, rows: list[list[str]], **dialect: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=dialect.pop("lineterminator", "\n"), **dialect).writerows(rows)  # type: ignore[arg-type]
    (folder / "tables" / f"{table}.csv").write_text(text.getvalue(), encoding="utf-8", newline="")


def cell(table: str, id_: str, column: str, value: str) -> Spoil:
    """Write `value` in one cell."""

    def spoil(folder: Path) -> int:
        rows = rows_of(folder, table)
        [at] = [number for number, row in enumerate(rows) if row[0] == id_]
        rows[at][rows[0].index(column)] = value
        save(folder, table, rows)
        return at + 1

    return spoil


def text(file: str, old: str, new: str) -> Spoil:
    """Replace the first `old` of a file; the row is the line it is in."""

    def spoil(folder: Path) -> int:
        path = folder / file
        said = path.read_text(encoding="utf-8")
        assert old in said, old
        path.write_text(said.replace(old, new, 1), encoding="utf-8")
        return said[: said.index(old)].count("\n") + 1

    return spoil


def somewhere(spoil: Spoil) -> Spoil:
    """A spoil that no row can be told for."""

    def spoiled(folder: Path) -> None:
        spoil(folder)

    return spoiled


def header(table: str, change: Callable[[list[list[str]]], list[list[str]]]) -> Spoil:
    """Change the rows of a table; the row spoiled is the first."""

    def spoil(folder: Path) -> int:
        save(folder, table, change(rows_of(folder, table)))
        return 1

    return spoil


def without(column: str) -> Callable[[list[list[str]]], list[list[str]]]:
    def change(rows: list[list[str]]) -> list[list[str]]:
        at = rows[0].index(column)
        return [row[:at] + row[at + 1 :] for row in rows]

    return change


def renamed(old: str, new: str) -> Callable[[list[list[str]]], list[list[str]]]:
    return lambda rows: [[new if name == old else name for name in rows[0]], *rows[1:]]


def row_again(folder: Path) -> int:
    rows = rows_of(folder, "hubs")
    save(folder, "hubs", [*rows, rows[1]])
    return len(rows) + 1


def latin_1(folder: Path) -> int:
    path = folder / "tables" / "places.csv"
    said = path.read_text(encoding="utf-8")
    path.write_bytes(said.encode("latin-1", "replace"))
    return next(number for number, line in enumerate(said.splitlines(), 1) if re.search("[\x80-\xff]", line))


def utf_16(folder: Path) -> int:
    path = folder / "tables" / "publications.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    return 1


def metadata_in_utf_16(folder: Path) -> int:
    path = folder / "tables" / "csv-metadata.json"
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    return 1


def no_tables(folder: Path) -> None:
    shutil.rmtree(folder / "tables")


def nothing(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def gone(file: str) -> Spoil:
    return lambda folder: (folder / file).unlink()


def listed_but_gone(folder: Path) -> int | None:
    (folder / "tables" / "funding.csv").unlink()
    return text(METADATA, '"funding.csv"', '"funding.csv"')(folder)


def claims_of_no_table(folder: Path) -> None:
    shutil.copy(folder / HUB_CLAIMS, folder / "tables" / "hub.claims.csv")
    text(METADATA, "[", '[{"url": "hub.claims.csv", "tableSchema": "https://w3id.org/prossima/tables/claims.json"},')(
        folder
    )


def new(file: str, said: str) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / file).write_text(said, encoding="utf-8")

    return spoil


def one_version(folder: Path) -> int | None:
    save(folder, "rivals", [row for row in rows_of(folder, "rivals") if row[0] != "rival/fbc-fine-contratto"])
    return cell("disagreements", "disagreement/fbc-fine", "id", "disagreement/fbc-fine")(folder)


def hours_without_time(folder: Path) -> int | None:
    cell("hubs", "hub/crosione", "hours_it", "lunedì 10-12")(folder)
    return cell("hubs", "hub/crosione", "hours_en", "Mondays 10-12")(folder)


def hours_of_unknown_time(folder: Path) -> int | None:
    cell("hubs", "hub/crosione", "hours_it", "lunedì 10-12")(folder)
    return cell("hubs", "hub/crosione", "hours_for", "?")(folder)


# -- the kinds of bad input ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bad:
    """A kind of bad input: how to make it; where it must be found; and how each text begins, or what it holds
    after "..."."""

    spoil: Spoil
    file: str
    column: str | None
    it: str
    remedy_it: str
    en: str
    remedy_en: str
    severity: Severity = Severity.VIOLATION


def unusable(spoil: Spoil, file: str, column: str | None, *texts: str) -> Bad:
    return Bad(spoil, file, column, *texts, severity=Severity.UNUSABLE)


HUBS, HUB_CLAIMS = "tables/hubs.csv", "tables/hubs.claims.csv"
PLACES, SERVICES, METADATA = "tables/places.csv", "tables/services.csv", "tables/csv-metadata.json"
# Texts that come more than once.
RAGGED = ("Spesso manca o avanza una virgola", "Often a comma is missing or in excess")
NOT_IRI = ("Un id come hub/crosione o un indirizzo intero", "An id such as hub/crosione or a whole address")
WORD = ("Se è stato cercato e non trovato scrivere «?»", 'If it was looked for and not found write "?"')
CONFIRMED = (
    "Il fatto è dato per confermato, ma ha una fonte sola.",
    "Aggiungere la seconda fonte, oppure scrivere single-source.",
    "The fact is said to be confirmed, but has one source only.",
    "Add the second source, or write single-source.",
)
EMPTY = (
    "La cella è vuota, ma questa colonna è obbligatoria.",
    "Scrivere il valore; se è stato cercato e non trovato, scrivere «?».",
    "The cell is empty, but this column is required.",
    'Write the value; if it was looked for and not found, write "?".',
)
LOST_HEADER = (
    "La prima riga non è l'intestazione: non vi si riconoscono le colonne.",
    "Rimettere come prima riga i nomi delle colonne: id, type, name_it,",
    "The first row is not the header: the columns are not recognised in it.",
    "Put the column names back as the first row: id, type, name_it,",
)
NO_TOML = (
    "Un testo va tra doppi apici, una chiave per riga",
    "district.toml is not written in correct TOML.",
    "A text goes between double quotes, one key a line",
)
HOURS = (
    "La cella è vuota, ma la colonna hours_it è piena: senza hours_for non si sa a che cosa si riferisce.",
    "Riempire hours_for, oppure vuotare hours_it.",
    "The cell is empty, but the column hours_it is filled: without hours_for it is not known what that refers to.",
    "Fill in hours_for, or empty hours_it.",
)

KINDS = {
    "a quote never closed": unusable(
        text(HUBS, "hub/torretta,La", 'hub/torretta,"La'), HUBS, None,
        "Da questa riga in poi la tabella non si può leggere.", "Di solito qui è un doppio apice aperto e non chiuso",
        "From this row on the table cannot be read.", "Usually a double quote is opened here and not closed",
    ),
    "a cell too many": Bad(
        text(PLACES, "place/018110,Municipality,", "place/018110,Municipality,,"), PLACES, None,
        "La riga ha 20 celle, l'intestazione 19.", RAGGED[0], "The row has 20 cells, the header 19.", RAGGED[1],
    ),
    "a cell too few": Bad(
        text(HUBS, "hub/torretta,La Torretta,", "hub/torretta,La Torretta"), HUBS, None,
        "La riga ha 25 celle, l'intestazione 26.", RAGGED[0], "The row has 25 cells, the header 26.", RAGGED[1],
    ),
    "a cell too many in a rival version": Bad(
        text("tables/rivals.csv", "rival/fbc-fine-contratto,", "rival/fbc-fine-contratto,,"), "tables/rivals.csv", None,
        "La riga ha 8 celle, l'intestazione 7.", RAGGED[0], "The row has 8 cells, the header 7.", RAGGED[1],
    ),
    "a cell too many in a claim": Bad(
        text(HUB_CLAIMS, "hub/crosione,opened,", "hub/crosione,opened,,"), HUB_CLAIMS, None,
        "La riga ha 8 celle, l'intestazione 7.", RAGGED[0], "The row has 8 cells, the header 7.", RAGGED[1],
    ),
    "a web address with spaces": Bad(
        cell("hubs", "hub/sottoscala", "website", "http://www.sotto scala.it"), HUBS, "website",
        "«http://www.sotto scala.it» non è un indirizzo (IRI) valido.", NOT_IRI[0],
        '"http://www.sotto scala.it" is not a valid address (IRI).', NOT_IRI[1],
    ),
    "a web address without its scheme": Bad(
        cell("hubs", "hub/sottoscala", "website", "www.sottoscala.it"), HUBS, "website",
        "«www.sottoscala.it» non è un indirizzo (IRI) valido.", "Forse «https://www.sottoscala.it»? ",
        '"www.sottoscala.it" is not a valid address (IRI).', 'Perhaps "https://www.sottoscala.it"? ',
    ),
    "an id with a space": Bad(
        cell("roles", "role/fbc-csp", "holder", "org/ csp"), "tables/roles.csv", "holder",
        "«org/ csp» non è descritto in nessuna tabella.", "Forse «org/csp» (CSP)? ",
        '"org/ csp" is described in no table.', 'Perhaps "org/csp" (CSP)? ',
    ),
    "a source with a space": Bad(
        cell("hubs", "hub/crosione", "sources", "source/ wia20;source/pp20"), HUBS, "sources",
        "«source/ wia20» non è descritto in nessuna tabella.", "Forse «source/wia20» (",
        '"source/ wia20" is described in no table.', 'Perhaps "source/wia20" (',
    ),
    "a source with a space in a claim": Bad(
        text(HUB_CLAIMS, "hub/crosione,class,,source/wia20", "hub/crosione,class,,source/ wia20"),
        HUB_CLAIMS, "sources",
        "«source/ wia20» non è descritto in nessuna tabella.", "Forse «source/wia20» (",
        '"source/ wia20" is described in no table.', 'Perhaps "source/wia20" (',
    ),
    "a misspelt concept": Bad(
        cell("hubs", "hub/crosione", "kind", "social-labb"), HUBS, "kind",
        "«social-labb» non è una voce dello schema hub-kind.", "Forse «social-lab»? Voci: community-hub, ",
        '"social-labb" is not a concept of the scheme hub-kind.', 'Perhaps "social-lab"? Concepts: community-hub, ',
    ),
    "a concept by its Italian name misspelt": Bad(
        cell("hubs", "hub/crosione", "kind", "Laboratorio socciale"), HUBS, "kind",
        "«Laboratorio socciale» non è una voce dello schema hub-kind.", "Forse «social-lab»? Voci: ",
        '"Laboratorio socciale" is not a concept of the scheme hub-kind.', 'Perhaps "social-lab"? Concepts: ',
    ),
    "a confidence that is none": Bad(
        cell("services", "service/jobsearch", "confidence", "single sorce"), SERVICES, "confidence",
        "«single sorce» non è una voce dello schema confidence.", "Forse «single-source»? Voci: ",
        '"single sorce" is not a concept of the scheme confidence.', 'Perhaps "single-source"? Concepts: ',
    ),
    "a confidence that is none in a claim": Bad(
        text(HUB_CLAIMS, "source/pp20,confirmed", "source/pp20,conferma ta"), HUB_CLAIMS, "confidence",
        "«conferma ta» non è una voce dello schema confidence.", "Forse «confirmed»? Voci: ",
        '"conferma ta" is not a concept of the scheme confidence.', 'Perhaps "confirmed"? Concepts: ',
    ),
    "a lost header": unusable(header("places", lambda rows: rows[1:]), PLACES, None, *LOST_HEADER),
    "an empty file": unusable(header("places", lambda rows: []), PLACES, None, *LOST_HEADER),
    "a missing column": unusable(
        header("services", without("area")), SERVICES, "area",
        "Manca la colonna obbligatoria area.", "Aggiungere la colonna area nella prima riga",
        "The required column area is missing.", "Add the column area to the first row",
    ),
    "a misspelt column": Bad(
        header("hubs", renamed("website", "web_site")), HUBS, "web_site",
        "La colonna «web_site» non è prevista in questa tabella.", "Forse «website»? Colonne previste: id, name_it,",
        'The column "web_site" does not belong to this table.', 'Perhaps "website"? Expected columns: id, name_it,',
    ),
    "a misspelt column that is required": Bad(
        header("services", renamed("area", "aree")), SERVICES, "aree",
        "La colonna «aree» non è prevista in questa tabella.", "Forse «area»? Colonne previste: ",
        'The column "aree" does not belong to this table.', 'Perhaps "area"? Expected columns: ',
    ),
    "a column of one's own": Bad(
        header("hubs", lambda rows: [[*row, "fax" if row is rows[0] else "0382"] for row in rows]), HUBS, "fax",
        "La colonna «fax» non è prevista in questa tabella.", "Colonne previste: id, name_it,",
        'The column "fax" does not belong to this table.', "Expected columns: id, name_it,",
    ),
    "a column twice": Bad(
        header("hubs", lambda rows: [[*row, "kind" if row is rows[0] else ""] for row in rows]), HUBS, "kind",
        "La colonna «kind» compare due volte.", "Tenerne una sola.",
        'The column "kind" appears twice.', "Keep one only.",
    ),
    "a column without a name": Bad(
        header("publications", lambda rows: [[*row, "" if row is rows[0] else "x"] for row in rows]),
        "tables/publications.csv", None,
        "...non ha nome, ma ha celle piene.", "Scrivere il suo nome nella prima riga, o vuotarla.",
        "...has no name, but has filled cells.", "Write its name in the first row, or empty it.",
    ),
    "an id twice": Bad(
        row_again, HUBS, "id",
        "L'id «hub/crosione» è già usato alla riga 2.", "Dare un altro id a una delle due righe, oppure unirle",
        'The id "hub/crosione" is already used at row 2.', "Give one of the two rows another id, or merge them",
    ),
    "an id of another form": Bad(
        cell("places", "place/018110", "id", "Pavia"), PLACES, "id",
        "«Pavia» non è un id valido per questa tabella.", "Un id è fatto così: place/nome, con sole lettere minuscole",
        '"Pavia" is not a valid id for this table.', "An id looks like place/name, with lower-case",
    ),
    "Latin-1": unusable(
        latin_1, PLACES, None,
        "Il file non è in UTF-8: in questa riga c'è un carattere", "Salvarlo di nuovo in UTF-8 (in Excel: «CSV UTF-8»",
        "The file is not UTF-8: this row holds a character", 'Save it again in UTF-8 (in Excel: "CSV UTF-8"',
    ),
    "UTF-16": unusable(
        utf_16, "tables/publications.csv", None,
        "Il file non è in UTF-8", "Salvarlo di nuovo in UTF-8", "The file is not UTF-8", "Save it again in UTF-8",
    ),
    "an empty folder": unusable(
        nothing, "district.toml", None,
        "In questa cartella manca district.toml", "Copiare district.toml da kb/template e riempirlo.",
        "This folder has no district.toml", "Copy district.toml from kb/template and fill it in.",
    ),
    "a district without tables": unusable(
        no_tables, "", None,
        "La cartella del distretto non contiene nessuna tabella e nessun file RDF.", "Mettere almeno una tabella",
        "The district folder holds no table and no RDF file.", "Put at least one table in tables/",
    ),
    "no district.toml": unusable(
        gone("district.toml"), "district.toml", None,
        "In questa cartella manca district.toml", "Copiare district.toml da kb/template e riempirlo.",
        "This folder has no district.toml", "Copy district.toml from kb/template and fill it in.",
    ),
    "a malformed district.toml": unusable(
        text("district.toml", '"pavia"', "pavia"), "district.toml", None,
        "district.toml non è scritto in TOML corretto.", *NO_TOML,
    ),
    "a district.toml without its base": unusable(
        text("district.toml", 'id/pavia/"', 'id/pavia"'), "district.toml", None,
        "In district.toml manca base, o non è scritto come serve.", 'Si scrive così: base = "https://',
        "district.toml lacks base, or does not have it in the form needed.", 'It is written like this: base = "https://',
    ),
    "a district.toml with a date in quotes": unusable(
        text("district.toml", "as_of = 2026-11-23", 'as_of = "23/11/2026"'), "district.toml", None,
        "In district.toml manca as_of, o", "Si scrive così: as_of = 2026-11-23.",
        "district.toml lacks as_of, or", "It is written like this: as_of = 2026-11-23.",
    ),
    "malformed csv-metadata.json": unusable(
        text(METADATA, '"url": "hubs.csv"', '"url": "hubs.csv'), METADATA, None,
        "csv-metadata.json non è scritto in JSON corretto.", "Controllare virgole, parentesi e doppi apici",
        "csv-metadata.json is not written in correct JSON.", "Check commas, brackets and double quotes",
    ),
    "csv-metadata.json without tables": unusable(
        somewhere(text(METADATA, '"tables":', '"tabelle":')), METADATA, None,
        "csv-metadata.json non elenca le tabelle.", "In «tables» ogni tabella ha «url» e «tableSchema»",
        "csv-metadata.json does not list the tables.", 'In "tables" each table has "url" and "tableSchema"',
    ),
    "no csv-metadata.json": unusable(
        gone(METADATA), METADATA, None,
        "In tables/ manca csv-metadata.json", "Copiarlo da kb/template/tables",
        "tables/ has no csv-metadata.json", "Copy it from kb/template/tables",
    ),
    "a listed table that is not there": unusable(
        listed_but_gone, METADATA, None,
        "csv-metadata.json nomina la tabella funding.csv, che non c'è.", "Aggiungere il file, oppure togliere",
        "csv-metadata.json names the table funding.csv, which is not there.", "Add the file, or take its name out",
    ),
    "a table that is not listed": unusable(
        new("tables/laboratori.csv", "id,name_it\n"), METADATA, None,
        "La tabella laboratori.csv c'è, ma csv-metadata.json non la nomina", "Aggiungerla a csv-metadata.json",
        "The table laboratori.csv is there, but csv-metadata.json does not name it", "Add it to csv-metadata.json",
    ),
    "a table schema that does not exist": unusable(
        text(METADATA, "tables/hubs.json", "tables/hub.json"), METADATA, None,
        "Lo schema di tabella https://w3id.org/prossima/tables/hub.json non esiste.",
        "Forse «https://w3id.org/prossima/tables/hubs.json»? Gli schemi sono quelli di ontology/tables.",
        "The table schema https://w3id.org/prossima/tables/hub.json does not exist.",
        'Perhaps "https://w3id.org/prossima/tables/hubs.json"? The schemas are those of ontology/tables.',
    ),
    "a misspelt concept that claims speak of": Bad(
        cell("hubs", "hub/torretta", "kind", "social-labb;early-childhood-centre"), HUBS, "kind",
        "«social-labb» non è una voce dello schema hub-kind.", "Forse «social-lab»? Voci: ",
        '"social-labb" is not a concept of the scheme hub-kind.', 'Perhaps "social-lab"? Concepts: ',
    ),
    "a reference to nothing": Bad(
        cell("hubs", "hub/crosione", "supported_by", "project/fcb"), HUBS, "supported_by",
        "«project/fcb» non è descritto in nessuna tabella.", "Forse «project/fbc» (Fare #BeneComune",
        '"project/fcb" is described in no table.', 'Perhaps "project/fbc" (Fare #BeneComune',
    ),
    "a source that is not there": Bad(
        cell("hubs", "hub/crosione", "sources", "source/wia20;source/pp-20"), HUBS, "sources",
        "«source/pp-20» non è descritto in nessuna tabella.", "Forse «source/pp20» (",
        '"source/pp-20" is described in no table.', 'Perhaps "source/pp20" (',
    ),
    "a disagreement that is not there": Bad(
        cell("rivals", "rival/fbc-fine-contratto", "disagreement", "disagreement/fbc-finne"),
        "tables/rivals.csv", "disagreement",
        "«disagreement/fbc-finne» non è descritto in nessuna tabella.", "Forse «disagreement/fbc-fine» (",
        '"disagreement/fbc-finne" is described in no table.', 'Perhaps "disagreement/fbc-fine" (',
    ),
    "a rival version of nothing": Bad(
        cell("rivals", "rival/fbc-fine-contratto", "value", "project/fbc/end/2021"), "tables/rivals.csv", "value",
        "La versione in disaccordo indica «project/fbc/end/2021», che nessuna tabella afferma.",
        "Scrivere l'id del ruolo",
        'The rival version points at "project/fbc/end/2021", which no table asserts.', "Write the id of the role",
    ),
    "an Italian date": Bad(
        cell("projects", "project/fbc", "start", "28/11/2018"), "tables/projects.csv", "start",
        "«28/11/2018» non è una data che si riesca a leggere.", "Forse «2018-11-28»? Scrivere 2019-05-17, ",
        '"28/11/2018" is not a date that can be read.', 'Perhaps "2018-11-28"? Write 2019-05-17, ',
    ),
    "an Italian date without its century": Bad(
        cell("projects", "project/fbc", "start", "28/11/18"), "tables/projects.csv", "start",
        "«28/11/18» non è una data", "Forse «2018-11-28»? ", '"28/11/18" is not a date', 'Perhaps "2018-11-28"? ',
    ),
    "a date the American way": Bad(
        cell("projects", "project/fbc", "start", "11/28/2018"), "tables/projects.csv", "start",
        "«11/28/2018» non è una data", "Forse «2018-11-28»? ", '"11/28/2018" is not a date', 'Perhaps "2018-11-28"? ',
    ),
    "a date with the apostrophe of a spreadsheet": Bad(
        cell("projects", "project/fbc", "start", "'2018-11-28"), "tables/projects.csv", "start",
        "«'2018-11-28» non è una data", "Forse «2018-11-28»? ", "\"'2018-11-28\" is not a date",
        'Perhaps "2018-11-28"? ',
    ),
    "a date beyond all calendars": Bad(
        cell("projects", "project/fbc", "start", "Y99999999999"), "tables/projects.csv", "start",
        "«Y99999999999» non è una data", "Scrivere 2019-05-17", '"Y99999999999" is not a date', "Write 2019-05-17",
    ),
    "a date with a digit that is none": Bad(
        cell("projects", "project/fbc", "start", "2/²/2018"), "tables/projects.csv", "start",
        "«2/²/2018» non è una data", "Scrivere 2019-05-17", '"2/²/2018" is not a date', "Write 2019-05-17",
    ),
    "a day that does not exist": Bad(
        cell("projects", "project/fbc", "start", "31/02/2018"), "tables/projects.csv", "start",
        "«31/02/2018» non è una data che si riesca a leggere.", "Scrivere 2019-05-17, ",
        '"31/02/2018" is not a date that can be read.', "Write 2019-05-17, ",
    ),
    "a decimal comma": Bad(
        cell("figures", "figure/fbc-family-units", "value", "159,5"), "tables/figures.csv", "value",
        "«159,5» non è un numero scritto come serve.", "Forse «159.5»? Solo cifre, con il punto per i decimali",
        '"159,5" is not a number written as needed.', 'Perhaps "159.5"? Digits only, a point for decimals',
    ),
    "a point for thousands": Bad(
        cell("figures", "figure/fbc-family-units", "value", "1.590"), "tables/figures.csv", "value",
        "«1.590» non è un numero scritto come serve.", "Forse «1590»? Solo cifre",
        '"1.590" is not a number written as needed.', 'Perhaps "1590"? Digits only',
    ),
    "a comma for thousands": Bad(
        cell("figures", "figure/fbc-family-units", "value", "1,590"), "tables/figures.csv", "value",
        "«1,590» non è un numero scritto come serve.", "Forse «1590»? Solo cifre",
        '"1,590" is not a number written as needed.', 'Perhaps "1590"? Digits only',
    ),
    "a formula that failed": Bad(
        cell("hubs", "hub/crosione", "name_it", "#N/D"), HUBS, "name_it",
        "«#N/D» è una formula del foglio di calcolo, o il suo errore.", "Scrivere nella cella il valore",
        '"#N/D" is a formula of the spreadsheet, or its error.', "Write the value in the cell",
    ),
    "a formula": Bad(
        cell("figures", "figure/fbc-family-units", "value", "=SOMMA(A1:A2)"), "tables/figures.csv", "value",
        "«=SOMMA(A1:A2)» è una formula", "Scrivere nella cella il valore",
        '"=SOMMA(A1:A2)" is a formula', "Write the value in the cell",
    ),
    "a formula of several lines": Bad(
        cell("hubs", "hub/crosione", "description_it", '=CERCA.VERT("a";\nB1:C9)'), HUBS, "description_it",
        "...è una formula del foglio di calcolo", "Scrivere nella cella il valore",
        "...is a formula of the spreadsheet", "Write the value in the cell",
    ),
    "a formula that failed among the sources": Bad(
        cell("hubs", "hub/crosione", "sources", "source/wia20;#RIF!"), HUBS, "sources",
        "«#RIF!» è una formula del foglio di calcolo, o il suo errore.", "Scrivere nella cella il valore",
        '"#RIF!" is a formula of the spreadsheet, or its error.', "Write the value in the cell",
    ),
    "a formula that failed in the note of a claim": Bad(
        text(HUB_CLAIMS, "alt_names_it,,,single-source,,", "alt_names_it,,,single-source,#N/D,"),
        HUB_CLAIMS, "note_it",
        "«#N/D» è una formula del foglio di calcolo, o il suo errore.", "Scrivere nella cella il valore",
        '"#N/D" is a formula of the spreadsheet, or its error.', "Write the value in the cell",
    ),
    "a column too narrow": Bad(
        cell("hubs", "hub/crosione", "name_it", "########"), HUBS, "name_it",
        "«########» è una formula", "Scrivere nella cella il valore",
        '"########" is a formula', "Write the value in the cell",
    ),
    "impossible coordinates": Bad(
        cell("places", "place/018110", "coordinates", "200.5, 300.5"), PLACES, "coordinates",
        "«200.5, 300.5» non ha la forma attesa.", "La forma attesa è: latitudine, longitudine",
        '"200.5, 300.5" does not have the expected form.', "The expected form is: latitude, longitude",
    ),
    "coordinates of nowhere": Bad(
        cell("places", "place/018110", "coordinates", "200.5; 300.5"), PLACES, "coordinates",
        "«200.5; 300.5»", "La forma attesa è", '"200.5; 300.5"', "The expected form is",
    ),
    "metadata in UTF-16": Bad(
        metadata_in_utf_16, "tables/csv-metadata.json", None, "Il file non è in UTF-8", "", "The file is not UTF-8", "",
        severity=Severity.UNUSABLE,
    ),
    "a web address with brackets": Bad(
        cell("hubs", "hub/spaziogioco", "website", "https://e.org/a[1].html"), HUBS, "website",
        "«https://e.org/a[1].html»", "", '"https://e.org/a[1].html"', "",
    ),
    "an amount below zero": Bad(
        cell("funding", "funding/qnfo", "amount", "-5"), "tables/funding.csv", "amount",
        "L'importo è uno solo, ed è un numero maggiore di zero.", "Correggere il valore nella cella indicata.",
        "There is one amount only, and it is a number above zero.", "Correct the value in the cell shown.",
    ),
    "neither yes nor no": Bad(
        cell("services", "service/jobsearch", "free", "forse"), SERVICES, "free",
        "«forse» non è né sì né no.", "Scrivere true o false (oppure sì o no).",
        '"forse" is neither yes nor no.', "Write true or false (or yes or no).",
    ),
    "the word unknown": Bad(
        cell("hubs", "hub/crosione", "kind", "unknown"), HUBS, "kind",
        "«unknown» non è un valore: conterebbe come un fatto.", WORD[0],
        '"unknown" is no value: it would count as a fact.', WORD[1],
    ),
    "the word sconosciuto": Bad(
        cell("hubs", "hub/crosione", "place", "sconosciuto"), HUBS, "place",
        "«sconosciuto» non è un valore: conterebbe come un fatto.", WORD[0],
        '"sconosciuto" is no value: it would count as a fact.', WORD[1],
    ),
    "a required value left empty": Bad(cell("hubs", "hub/crosione", "kind", ""), HUBS, "kind", *EMPTY),
    "an id left empty": Bad(cell("hubs", "hub/crosione", "id", ""), HUBS, "id", *EMPTY),
    "a type left empty": Bad(cell("places", "place/018110", "type", ""), PLACES, "type", *EMPTY),
    "sources left empty": Bad(cell("hubs", "hub/crosione", "sources", ""), HUBS, "sources", *EMPTY),
    "a name in Italian left empty": Bad(
        cell("services", "service/jobsearch", "name_it", ""), SERVICES, "name_it",
        "Manca il nome del servizio in italiano.", "Riempire la colonna",
        "The name of the service in Italian is missing.", "Fill in the column",
    ),
    "a disagreement with one version": Bad(
        one_version, "tables/disagreements.csv", None,
        "Un disaccordo ha almeno due versioni.", "Aggiungere in rivals.csv ciò che dice ciascuna fonte",
        "A disagreement has at least two versions.", "Add to rivals.csv what each source says",
    ),
    "a type that is none": Bad(
        cell("places", "place/018110", "type", "Municipalità"), PLACES, "type",
        "«Municipalità» non ha la forma attesa.", "Forse «Municipality»? La forma attesa è: Place | SocialDistrict | ",
        '"Municipalità" does not have the expected form.', 'Perhaps "Municipality"? The expected form is: Place | ',
    ),
    "a post code of four digits": Bad(
        cell("places", "place/018110", "postcode", "2710"), PLACES, "postcode",
        "«2710» non ha la forma attesa.", "Forse «02710»? La forma attesa è: 5 cifre.",
        '"2710" does not have the expected form.', 'Perhaps "02710"? The expected form is: 5 digits.',
    ),
    "a claim about a row that is not there": Bad(
        text(HUB_CLAIMS, "hub/crosione,opened,", "hub/crosiona,opened,"), HUB_CLAIMS, "id",
        "Nella tabella hubs.csv non c'è una riga con id «hub/crosiona».", "Forse «hub/crosione»? Correggere l'id",
        'The table hubs.csv has no row with id "hub/crosiona".', 'Perhaps "hub/crosione"? Correct the id',
    ),
    "a claim about a column that is not there": Bad(
        text(HUB_CLAIMS, "hub/crosione,opened,", "hub/crosione,openned,"), HUB_CLAIMS, "field",
        "La tabella hubs.csv non ha una colonna «openned».", "Forse «opened»? Scrivere il nome di una colonna",
        'The table hubs.csv has no column "openned".', 'Perhaps "opened"? Write a column name',
    ),
    "a claim about a value that is not there": Bad(
        text("tables/services.claims.csv", "service/cpi,at,place/torretta", "service/cpi,at,place/toretta"),
        "tables/services.claims.csv", "value",
        "«place/toretta» non è nella cella «at» di service/cpi.", "Forse «place/torretta»? Scrivere il valore",
        '"place/toretta" is not in the cell "at" of service/cpi.', 'Perhaps "place/torretta"? Write the value',
    ),
    "a claim about an empty cell": Bad(
        text(HUB_CLAIMS, "hub/crosione,opened,", "hub/crosione,closed,"), HUB_CLAIMS, "field",
        "La cella «closed» di hub/crosione è vuota", "Riempire la cella, oppure togliere questa riga.",
        'The cell "closed" of hub/crosione is empty', "Fill in the cell, or take this row out.",
    ),
    "a value of a claim alone, to nothing": Bad(
        text("tables/services.claims.csv", "service/parcel,at,hub/torretta,", "service/parcel,at,hub/t,"),
        "tables/services.claims.csv", "value",
        "«hub/t» non è descritto in nessuna tabella.", "...Aggiungere la riga che lo descrive",
        '"hub/t" is described in no table.', "...Add the row that describes it",
    ),
    "claims of no table": unusable(
        claims_of_no_table, "tables/hub.claims.csv", None,
        "Non c'è la tabella di cui hub.claims.csv parla", "Forse «hubs.csv»? Chiamarla come quella tabella",
        "The table that hub.claims.csv speaks of is not there", 'Perhaps "hubs.csv"? Name it after that table',
    ),
    "confirmed by one source": Bad(
        cell("services", "service/jobsearch", "confidence", "confirmed"), SERVICES, "confidence", *CONFIRMED
    ),
    "confirmed by one source in a claim": Bad(
        text(HUB_CLAIMS, "hub/crosione,class,,source/wia20;source/pp20", "hub/crosione,class,,source/wia20"),
        HUB_CLAIMS, "confidence", *CONFIRMED,
    ),
    "coordinates in WKT": Bad(
        cell("places", "place/018110", "coordinates", "POINT(9.15997 45.18517)"), PLACES, "coordinates",
        "«POINT(9.15997 45.18517)» non ha la forma attesa.",
        "Forse «45.18517, 9.15997»? La forma attesa è: latitudine, longitudine: 45.18517, 9.15997.",
        '"POINT(9.15997 45.18517)" does not have the expected form.',
        'Perhaps "45.18517, 9.15997"? The expected form is: latitude, longitude: 45.18517, 9.15997.',
    ),
    "coordinates with decimal commas": Bad(
        cell("places", "place/018110", "coordinates", "45,18517 9,15997"), PLACES, "coordinates",
        "«45,18517 9,15997» non ha la forma attesa.", "Forse «45.18517, 9.15997»? ",
        '"45,18517 9,15997" does not have the expected form.', 'Perhaps "45.18517, 9.15997"? ',
    ),
    "coordinates swapped": Bad(
        cell("places", "place/018110", "coordinates", "9.15997, 45.18517"), PLACES, "coordinates",
        "«9.15997, 45.18517»: latitudine e longitudine sembrano scambiate",
        "Forse «45.18517, 9.15997»? Prima la latitudine, poi la longitudine.",
        '"9.15997, 45.18517": latitude and longitude seem swapped',
        'Perhaps "45.18517, 9.15997"? The latitude first, then the longitude.',
    ),
    "hours without their time": Bad(hours_without_time, HUBS, "hours_for", *HOURS),
    "hours of an unknown time": Bad(hours_of_unknown_time, HUBS, "hours_for", *HOURS),
}  # fmt: skip


@pytest.fixture
def pavia(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PAVIA, tmp_path / "pavia"))


@pytest.fixture(scope="module")
def settings_with_pavia(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(data=tmp_path_factory.mktemp("shelf") / "data", lock_wait=5)
    assert publish([PAVIA], settings).release == 1
    return settings


def said(text: str, expected: str) -> bool:
    return expected[3:] in text if expected.startswith("...") else text.startswith(expected)


def problems_of(folder: Path) -> list[Problem]:
    return [found for found in check(district.read(folder)).problems if found.severity >= Severity.VIOLATION]


@pytest.mark.parametrize("kind", KINDS)
def test_bad_input_gives_one_problem_with_its_place_and_remedy_and_is_not_published(
    kind: str, pavia: Path, settings_with_pavia: Settings
) -> None:
    bad = KINDS[kind]
    row = bad.spoil(pavia)

    [found] = problems_of(pavia)
    assert found.cell
    assert (Path(found.cell.file), found.cell.row, found.cell.column) == (pavia / bad.file, row, bad.column)
    assert found.severity == bad.severity
    assert said(found.message["it"], bad.it), found.message
    assert said(found.message["en"], bad.en), found.message
    assert said(found.remedy["it"], bad.remedy_it), found.remedy
    assert said(found.remedy["en"], bad.remedy_en), found.remedy
    assert not re.search(r"[{}]|  |None", " ".join([*found.message.values(), *found.remedy.values()]))

    outcome = publish([pavia], settings_with_pavia)
    assert [problem for problem in outcome.report.problems if problem.severity >= Severity.VIOLATION] == [found]
    assert outcome.release is None
    assert outcome.report.exit_code == (2 if bad.severity == Severity.UNUSABLE else 1)
    shelf = Shelf(settings_with_pavia.data)
    assert [release.number for release in shelf.all()] == [1]
    assert shelf.current() == shelf.release(1)
    assert sorted(path.name for path in shelf.releases.iterdir()) == ["000001"]


def answers(folder: Path) -> set[str]:
    """What a district says, each statement with its evidence."""
    read = district.read(folder)
    assert read.problems == []
    return {f"{statement.triple} {statement.evidence.graph}" for statement in read.statements}


def as_italian_excel(folder: Path) -> None:
    """Semicolons between cells, CRLF at the end of rows, and a byte-order mark."""
    for path in (folder / "tables").glob("*.csv"):
        save(folder, path.stem, rows_of(folder, path.stem), delimiter=";", lineterminator="\r\n")
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())


def with_crlf(folder: Path) -> None:
    for path in (folder / "tables").glob("*.csv"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def with_a_byte_order_mark(folder: Path) -> None:
    for path in (folder / "tables").glob("*.csv"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())


def with_tabs(folder: Path) -> None:
    for path in (folder / "tables").glob("*.csv"):
        save(folder, path.stem, rows_of(folder, path.stem), delimiter="\t")


def with_italian_titles(folder: Path) -> None:
    """The titles in the header, and in the field that a claim names."""
    for path in (folder / "tables").glob("*.csv"):
        stem = path.stem.removesuffix(".claims")
        titles = {column.name: column.titles["it"].upper() for column in schema(stem).real}
        rows = rows_of(folder, path.stem)
        if path.stem == stem:
            rows[0] = [titles[name] for name in rows[0]]
        else:
            rows = [rows[0], *([row[0], titles.get(row[1], row[1]), *row[2:]] for row in rows[1:])]
        save(folder, path.stem, rows)


def with_stray_spaces(folder: Path) -> None:
    for path in (folder / "tables").glob("*.csv"):
        rows = rows_of(folder, path.stem)
        save(folder, path.stem, [[f"  {value}\u00a0 " for value in row] for row in rows])


def with_blank_rows(folder: Path) -> None:
    for path in (folder / "tables").glob("*.csv"):
        rows = rows_of(folder, path.stem)
        blank = [""] * len(rows[0])
        save(folder, path.stem, [blank, rows[0], [], *rows[1:], blank, [" "], []])


def with_the_delimiter_told(folder: Path) -> None:
    """As Excel is told it: a first line that it does not show. The delimiter is not the one that would be guessed."""
    for path in (folder / "tables").glob("*.csv"):
        save(folder, path.stem, rows_of(folder, path.stem), delimiter=";", lineterminator="\r\n")
        path.write_bytes(b"\xef\xbb\xbfSEP=;\r\n" + path.read_bytes())


def with_endings_in_capitals(folder: Path) -> None:
    for path in list((folder / "tables").glob("*.csv")):
        path.rename(path.with_suffix(".CSV"))


def schema(table: str) -> Schema:
    return Schema.read(shipped_schemas()[f"{TABLES}{table}.json"])


@pytest.mark.parametrize(
    "writing",
    [as_italian_excel, with_crlf, with_a_byte_order_mark, with_tabs, with_italian_titles, with_stray_spaces,
     with_blank_rows, with_the_delimiter_told, with_endings_in_capitals],
)  # fmt: skip
def test_what_spreadsheets_write_differently_is_read_all_the_same(writing: Callable[[Path], None], pavia: Path) -> None:
    before = answers(pavia)
    writing(pavia)
    assert answers(pavia) == before


def test_rows_are_counted_as_a_spreadsheet_counts_them(pavia: Path) -> None:
    """Blank rows count, and so does a cell of several lines, as one row."""
    rows = rows_of(pavia, "hubs")
    rows[1][rows[0].index("description_it")] = "Una riga\ne un'altra,\n\ncon un vuoto"
    rows[2][rows[0].index("kind")] = "labb"
    save(pavia, "hubs", [rows[0], [], rows[1], [], *rows[2:]])
    [found] = problems_of(pavia)
    assert found.cell
    assert found.cell.row == 5


def test_the_line_that_tells_the_delimiter_is_no_row(pavia: Path) -> None:
    row = cell("hubs", "hub/crosione", "kind", "labb")(pavia)
    with_the_delimiter_told(pavia)
    [found] = problems_of(pavia)
    assert found.cell
    assert found.cell.row == row


def test_of_two_tables_with_one_name_the_second_is_not_passed_over(pavia: Path) -> None:
    shutil.copy(pavia / HUBS, pavia / "tables" / "hubs.CSV")
    [found] = problems_of(pavia)
    assert (found.check, found.value) == ("unlisted-table", "hubs.CSV")


def test_an_rdf_file_whose_ending_is_in_capitals_is_not_passed_over(pavia: Path) -> None:
    (pavia / "beside.TTL").write_text("<x:a> <x:b> 'c' .", encoding="utf-8")
    assert "beside.TTL" in {read.name for read in district.read(pavia).inputs}


def test_several_mistakes_are_told_together_each_once(pavia: Path) -> None:
    cell("hubs", "hub/crosione", "kind", "social-labb")(pavia)
    cell("projects", "project/fbc", "start", "28/11/2018")(pavia)
    cell("services", "service/jobsearch", "free", "forse")(pavia)
    text("tables/places.csv", "place/018110,Municipality,", "place/018110,Municipality,,")(pavia)
    assert sorted(found.check for found in problems_of(pavia)) == [
        "ragged-row", "unknown-concept", "wrong-boolean", "wrong-date",
    ]  # fmt: skip


def test_an_unusable_table_does_not_silence_the_mistakes_of_others(pavia: Path) -> None:
    latin_1(pavia)
    cell("projects", "project/fbc", "start", "28/11/2018")(pavia)
    assert [found.check for found in problems_of(pavia)] == ["not-utf8", "wrong-date"]


def test_a_schema_of_ones_own_is_read_and_its_faults_are_told(pavia: Path) -> None:
    """A district may have tables that Prossima does not foresee: their schema lies beside them."""
    own = {
        "aboutUrl": "{+id}",
        "columns": [
            {"name": "id", "required": True, "suppressOutput": True},
            {"name": "note", "propertyUrl": "http://www.w3.org/2004/02/skos/core#note", "lang": "it"},
            {"name": "sources", "separator": ";", "suppressOutput": True, "valueUrl": "{+sources}"},
        ],
    }
    metadata = pavia / METADATA
    metadata.write_text(metadata.read_text(encoding="utf-8").replace(
        "[", '[{"url": "appunti.csv", "tableSchema": "appunti.json"},', 1), encoding="utf-8")  # fmt: skip
    table, described = pavia / "tables" / "appunti.csv", pavia / "tables" / "appunti.json"

    table.write_text("id,note,sources\nhub/crosione,Un appunto,source/wia20\n", encoding="utf-8")
    described.write_text(json.dumps(own), encoding="utf-8")
    assert problems_of(pavia) == []

    table.write_text("id,note,sources\nhub/crosione,Un appunto,\n", encoding="utf-8")
    [found] = problems_of(pavia)
    assert (found.message["it"], found.cell) == ("Il fatto non ha fonti.", Cell(str(table), 2, "sources"))

    described.write_text('{"columns": [{"name": "note"}]}', encoding="utf-8")
    [found] = problems_of(pavia)
    assert (found.message["en"], found.cell) == (
        "The schema appunti.json does not describe a table.",
        Cell(str(described)),
    )

    described.write_bytes(json.dumps(own).encode("utf-16"))
    [found] = problems_of(pavia)
    assert (found.check, found.cell) == ("not-utf8", Cell(str(described), 1))

    described.write_text('{"columns": [\n}', encoding="utf-8")
    [found] = problems_of(pavia)
    assert (found.message["en"], found.cell) == (
        "appunti.json is not written in correct JSON.", Cell(str(described), 2),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "message", "remedy"),
    [
        ("a.ttl", b"<http://e.org/a> <http://e.org/b>", "Il file RDF non si può leggere", "Correggere quel punto"),
        ("a.pdf", b"%PDF", "Di questo file non si riconosce il formato.", "Formati letti: N-Quads"),
        ("a.nt.gz", b"\x1f\x8b\x08", "Il file non si può aprire", "Controllare che esista"),
        ("a.ttl", None, "Il file non si può aprire: No such file", "Controllare che esista"),
        ("a.ttl", b'@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . <x:a> <x:b> "1"^^xsd:byte , "2"^^xsd:byte .',
         "Il tipo http://www.w3.org/2001/XMLSchema#byte diventerebbe xsd:integer", "Usare xsd:integer, o un altro"),
    ],
)  # fmt: skip
def test_bad_files_give_one_problem_and_are_not_published(
    name: str, content: bytes | None, message: str, remedy: str, tmp_path: Path, settings_with_pavia: Settings
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    outcome = publish([file], settings_with_pavia)
    [found] = outcome.report.problems
    assert found.cell == Cell(str(file))
    assert found.message["it"].startswith(message)
    assert found.remedy["it"].startswith(remedy)
    assert outcome.release is None
    assert [release.number for release in Shelf(settings_with_pavia.data).all()] == [1]


def test_a_file_with_spaces_in_its_name_is_read(tmp_path: Path) -> None:
    file = tmp_path / "dati di Pavia.ttl"
    file.write_text('<#a> <http://example.org/says> "x" .', encoding="utf-8")
    read = files.read(file)
    assert read.problems == []
    assert read.origins[0].iri == ORIGIN + "dati%20di%20Pavia.ttl"


def test_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    [found] = problems_of(tmp_path / "pavia")
    assert found.message["it"] == f"La cartella {tmp_path / 'pavia'} non esiste."
    assert found.severity == Severity.UNUSABLE


def test_a_cell_may_hold_a_long_text(pavia: Path) -> None:
    long = "molto " * 30_000
    cell("hubs", "hub/crosione", "description_it", long)(pavia)
    assert problems_of(pavia) == []
