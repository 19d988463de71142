"""A district's folder read into statements: tables, claims about their cells, and RDF files beside them.

`kb/<district>/`: `district.toml` says which district it is; `tables/csv-metadata.json` (CSVW) lists the
tables, each `<table>.csv` with an optional companion `<table>.claims.csv` that gives single cells their own
sources and confidence; `*.ttl` beside it is data as it stands (an ontology module, schemes), `shapes/*.ttl` are
shapes of the district's own. In a cell `?` is a known unknown, `-` a known none, nothing is silence.
"""

from __future__ import annotations

import datetime
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from prossima import files, tables
from prossima.problems import Cell, Problem, problem
from prossima.rows import TableReader
from prossima.statements import Contribution, Evidence, Input, Origin, Reference, Statement
from prossima.tables import Schema, Table, nearest
from prossima.vocabulary import DCTERMS, PR, RDF, SCHEME, SHAPES, SKOS, XSD, concepts, is_iri, text_of


class KeyMissing(ValueError):
    """district.toml lacks a key, or has it in another form: which, in which line if any, how it is written."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(key)
        self.key, self.example = key, _EXAMPLES[key]
        self.line = _line_of(rf"\s*\[?{key}\b", text)


_EXAMPLES = {
    "id": 'id = "pavia"',
    "base": 'base = "https://w3id.org/prossima/id/pavia/"',
    "as_of": "as_of = 2026-11-23",
    "name": '[name] it = "...", en = "..."',
    "description": '[description] it = "...", en = "..."',
    "licence": 'licence = "https://creativecommons.org/licenses/by/4.0/"',
    "place": 'place = "place/distretto"',
    "role": 'role = "steward"',
    "box": "box = [8.9, 45.0, 9.3, 45.4]",
}


@dataclass(frozen=True)
class District:
    """What `district.toml` says."""

    id: str
    base: str
    as_of: str
    name: dict[str, str]
    description: dict[str, str]
    licence: str
    place: str | None = None
    role: str = "steward"
    box: tuple[float, ...] | None = None

    @classmethod
    def read(cls, folder: Path) -> District:
        """Raises KeyMissing, TOMLDecodeError or UnicodeDecodeError for what is wrong with the file; OSError."""
        text = (folder / "district.toml").read_text(encoding="utf-8-sig")
        return cls.of(tomllib.loads(text), text)

    @classmethod
    def of(cls, said: Mapping[str, Any], text: str = "") -> District:
        """What the keys of a district.toml say; `text`, its own. Raises KeyMissing."""
        licence = said.get("licence", "https://creativecommons.org/licenses/by/4.0/")
        found = cls(
            id=said.get("id", ""),
            base=said.get("base", ""),
            as_of=str(said.get("as_of")),
            name=said.get("name", {}),
            description=said.get("description", {}),
            licence=licence,
            place=said.get("place"),
            role=said.get("role", "steward"),
            box=tuple(said["box"]) if isinstance(said.get("box"), list) else said.get("box"),
        )
        good = {
            "id": isinstance(found.id, str) and found.id,
            "base": isinstance(found.base, str) and is_iri(found.base) and found.base.endswith("/"),
            "as_of": type(said.get("as_of")) is datetime.date,
            "name": _texts(found.name) and found.name,
            "description": _texts(found.description),
            "licence": isinstance(licence, str) and is_iri(licence),
            "place": found.place is None or (isinstance(found.place, str) and is_iri(f"x:{found.place}")),
            "box": found.box is None or _is_box(found.box),
            "role": f"{SCHEME}contributor-role/{found.role}" in concepts(),
        }
        for key, is_good in good.items():
            if not is_good:
                raise KeyMissing(key, text)
        return found

    def described(self) -> Iterator[Triple]:
        """The district's own description: the group its origins belong to."""
        node = NamedNode(self.base)
        yield Triple(node, RDF("type"), NamedNode("http://www.w3.org/ns/dcat#Dataset"))
        yield Triple(node, DCTERMS("identifier"), Literal(self.id))
        yield Triple(node, PR("asOf"), Literal(self.as_of, datatype=XSD("date")))
        yield Triple(node, DCTERMS("license"), NamedNode(self.licence))
        if self.place:
            yield Triple(node, PR("covers"), NamedNode(self.base + self.place))
        for language, text in self.name.items():
            yield Triple(node, SKOS("prefLabel"), Literal(text, language=language))
        for language, text in self.description.items():
            yield Triple(node, DCTERMS("description"), Literal(text, language=language))


def group_of(folder: Path) -> str:
    """The IRI of the district that a folder speaks for; the folder's own path where it does not say which."""
    try:
        said = tomllib.loads((folder / "district.toml").read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return folder.resolve().as_uri()
    return str(said.get("base") or folder.resolve().as_uri())


def _line_of(pattern: str, text: str) -> int | None:
    """The first line that begins with the pattern."""
    return next((number for number, line in enumerate(text.splitlines(), 1) if re.match(pattern, line)), None)


def _texts(said: Any) -> bool:
    """Whether it is a text for each of some languages."""
    return isinstance(said, dict) and all(
        re.fullmatch("[a-z]{2,3}", language) and isinstance(text, str) for language, text in said.items()
    )


def _is_box(said: Any) -> bool:
    """Whether it is west, south, east and north, in degrees."""
    is_four = isinstance(said, tuple) and len(said) == 4 and all(type(edge) in (int, float) for edge in said)
    return is_four and -180 <= said[0] < said[2] <= 180 and -90 <= said[1] < said[3] <= 90


def read(folder: Path) -> Contribution:
    """What the district in `folder` says, with a problem for all that could not be understood."""
    contribution = Contribution()
    cell = Cell(str(folder / "district.toml"))
    try:
        district = District.read(folder)
    except (ValueError, OSError) as error:
        contribution.problems.append(_unreadable(folder, cell, error))
        return contribution
    contribution.inputs.append(Input(district.base, "district.toml", folder / "district.toml"))
    found = tables_in(folder, district, contribution)
    text = (folder / "district.toml").read_text(encoding="utf-8-sig")
    state(district, cell, found, contribution, Cell(cell.file, _line_of(r"\s*place\b", text)))
    rdf = beside(folder, district)
    contribution.extend(rdf)
    if not found and not rdf.inputs and not contribution.problems:
        contribution.problems.append(problem("empty-district", Cell(str(folder))))
    return contribution


def beside(folder: Path, district: District) -> Contribution:
    """What the RDF files beside the tables say, and the shapes that a district adds to ours."""
    contribution = Contribution()
    _own_shapes(folder, district, contribution)
    for path in sorted(path for path in folder.iterdir() if path.suffix.lower() == ".ttl"):
        contribution.extend(files.read(path, base=district.base, group=district.base))
    return contribution


def state(district: District, cell: Cell, found: Mapping[str, Table], contribution: Contribution, place: Cell) -> None:
    """Add what a district's tables say, by their names, and what it says of itself, at `cell`; of which place it is,
    at `place`."""
    origin = Origin(f"{district.base}origin/district", district.base, "district.toml", as_of=district.as_of)
    contribution.origins.append(origin)
    if district.box:
        contribution.boxes[district.base] = district.box
    evidence = Evidence(origin.iri, frozenset({district.base}), "as-published")
    contribution.statements += [Statement(triple, evidence, cell) for triple in district.described()]
    if district.place:
        contribution.references.append(Reference(district.base + district.place, district.place, place))
    for name, table in found.items():
        contribution.tables[table.cell()] = table
        if is_claims(name):
            continue
        iri = f"{district.base}origin/{name}"
        origin = Origin(iri, district.base, f"{name}.csv", as_of=district.as_of, role=district.role)
        contribution.origins.append(origin)
        TableReader(district.base, table, found.get(f"{name}.claims"), origin, contribution).read()
    for statement in contribution.statements:
        if statement.cell is not cell and files.is_reserved(statement.triple):
            told = f"{statement.triple.subject} {statement.triple.predicate}"
            contribution.problems.append(problem("reserved-name", statement.cell, value=told))
            break


def _own_shapes(folder: Path, district: District, contribution: Contribution) -> None:
    """The shapes that a district adds to ours, in `shapes/`: only those that can be read."""
    for path in sorted((folder / "shapes").glob("*.ttl")):
        found = files.read(path, base=district.base, group=district.base)
        contribution.problems += found.problems
        contribution.inputs.append(Input(district.base, f"shapes/{path.name}", path))
        of_ours = next((s for s in found.statements if text_of(s.triple.subject).startswith(SHAPES)), None)
        if of_ours:
            value = str(of_ours.triple.subject)
            contribution.problems.append(problem("reserved-name", Cell(str(path)), value=value))
        elif not found.problems:
            contribution.shapes[path] = district.base


def _unreadable(folder: Path, cell: Cell, error: Exception) -> Problem:
    """Why a district cannot be read."""
    if isinstance(error, FileNotFoundError):
        name = "no-district-file" if folder.is_dir() else "no-folder"
        return problem(name, cell if folder.is_dir() else Cell(str(folder)), value=folder)
    if isinstance(error, OSError):
        return problem("unreadable-file", cell, detail=error.strerror)
    if isinstance(error, KeyMissing):
        return problem("district-key", Cell(cell.file, error.line), value=error.key, expected=error.example)
    if isinstance(error, UnicodeDecodeError):
        return problem("not-utf8", Cell(cell.file, error.object[: error.start].count(b"\n") + 1))
    line = re.search(r"at line (\d+)", str(error))
    return problem("malformed-district-file", Cell(cell.file, int(line[1]) if line else None))


def is_claims(name: str) -> bool:
    """Whether a table of this name is a companion, of claims on single cells."""
    return name.endswith(".claims")


def _stem(name: str) -> str:
    """A table's name without its ending, which some programs write .CSV."""
    return name[:-4] if name.lower().endswith(".csv") else name


def tables_in(folder: Path, district: District, contribution: Contribution) -> dict[str, Table]:
    """The tables that csv-metadata.json lists and that can be read, by file stem; problems go to the contribution."""
    path = folder / "tables" / "csv-metadata.json"
    present: dict[str, Path] = {}
    unread: list[str] = []
    for csv in sorted(folder.glob("tables/*.[cC][sS][vV]"), reverse=True):  # hubs.csv before hubs.CSV
        if present.setdefault(_stem(csv.name), csv) != csv:
            unread.append(csv.name)
    if not path.is_file():
        if present:
            contribution.problems.append(problem("no-metadata", Cell(str(path))))
        return {}
    try:
        text = path.read_text(encoding="utf-8-sig")
        listed = {str(entry["url"]): entry["tableSchema"] for entry in json.loads(text)["tables"]}
    except OSError as error:
        contribution.problems.append(problem("unreadable-file", Cell(str(path)), detail=error.strerror))
        return {}
    except UnicodeDecodeError as error:
        contribution.problems.append(problem("not-utf8", Cell(str(path), error.object[: error.start].count(b"\n") + 1)))
        return {}
    except json.JSONDecodeError as error:
        contribution.problems.append(problem("malformed-json", Cell(str(path), error.lineno), value=path.name))
        return {}
    except (ValueError, KeyError, TypeError, RecursionError):
        contribution.problems.append(problem("wrong-metadata", Cell(str(path))))
        return {}
    contribution.inputs.append(Input(district.base, "tables/csv-metadata.json", path))
    names = {_stem(url) for url in listed}
    found: dict[str, Table] = {}
    for url, iri in listed.items():
        name = _stem(url)
        csv_path = present.get(name)
        here = Cell(str(path), _line_of(f'.*"{re.escape(url)}"', text))
        schema = _schema(iri, here, contribution) if csv_path else None
        if csv_path is None:
            contribution.problems.append(problem("missing-table", here, value=url))
        elif schema and (schema.name == "claims") != is_claims(name):
            contribution.problems.append(problem("misnamed-claims", here, value=url))
        elif is_claims(name) and name.removesuffix(".claims") not in present.keys() | names:
            among = [f"{other}.csv" for other in names if not is_claims(other)]
            close = nearest(name.removesuffix(".claims") + ".csv", among)
            contribution.problems.append(
                problem("claims-without-table", Cell(str(csv_path)), suggestion=close, value=url)
            )
        elif schema:
            contribution.inputs.append(Input(district.base, f"tables/{csv_path.name}", csv_path))
            table = tables.read(csv_path, schema)
            contribution.problems += table.problems
            if table.usable:
                found[name] = table
    unread += [csv.name for name, csv in present.items() if name not in names]
    for name in sorted(unread):
        contribution.problems.append(problem("unlisted-table", Cell(str(path)), value=name))
    return found


def _schema(iri: Any, here: Cell, contribution: Contribution) -> Schema | None:
    """The schema that csv-metadata.json names: one of ours, or a file beside it. None, and a problem, if neither."""
    shipped = tables.shipped_schemas()
    path = shipped.get(str(iri)) or Path(here.file).parent / str(iri)
    try:
        schema = Schema.read(path)
        if "id" in schema.by_name:
            return schema
    except OSError:
        close = nearest(str(iri), shipped)
        contribution.problems.append(problem("unknown-schema", here, suggestion=close, value=str(iri)))
        return None
    except UnicodeDecodeError as error:
        contribution.problems.append(problem("not-utf8", Cell(str(path), error.object[: error.start].count(b"\n") + 1)))
        return None
    except json.JSONDecodeError as error:
        contribution.problems.append(problem("malformed-json", Cell(str(path), error.lineno), value=path.name))
        return None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    contribution.problems.append(problem("wrong-schema", Cell(str(path)), value=path.name))
    return None
