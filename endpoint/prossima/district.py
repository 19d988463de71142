"""A district's folder read into statements: tables, claims about their cells, and RDF files beside them.

`kb/<district>/`: `district.toml` says which district it is; `tables/csv-metadata.json` (CSVW) lists the
tables, each `<table>.csv` with an optional companion `<table>.claims.csv` that gives single cells their own
sources and confidence. In a cell `?` is a known unknown, `-` a known none, nothing is silence.
"""

from __future__ import annotations

import datetime
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Triple

from prossima import files, tables
from prossima.problems import Cell, problem
from prossima.rows import TableReader
from prossima.statements import Contribution, Evidence, Input, Origin, Statement
from prossima.tables import Schema, Table, nearest, suggested
from prossima.vocabulary import DCTERMS, PR, RDF, SKOS, XSD, is_iri


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

    @classmethod
    def read(cls, folder: Path) -> District:
        """Raises ValueError saying what is wrong with the file; OSError when there is none."""
        text = (folder / "district.toml").read_text(encoding="utf-8")
        described = tomllib.loads(text)
        for key, kind in (("id", str), ("base", str), ("as_of", datetime.date), ("name", dict)):
            if not isinstance(described.get(key), kind):
                raise ValueError(key)
        if not is_iri(described["base"]) or not described["base"].endswith("/"):
            raise ValueError("base: https://.../")
        return cls(
            id=described["id"],
            base=described["base"],
            as_of=described["as_of"].isoformat(),
            name=described["name"],
            description=described.get("description", {}),
            licence=described.get("licence", "https://creativecommons.org/licenses/by/4.0/"),
            place=described.get("place"),
            role=described.get("role", "steward"),
        )

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


def read(folder: Path) -> Contribution:
    """What the district in `folder` says, with a problem for all that could not be understood."""
    contribution = Contribution()
    try:
        district = District.read(folder)
    except FileNotFoundError:
        name = "no-district-file" if folder.is_dir() else "no-folder"
        contribution.problems.append(problem(name, Cell(str(folder / "district.toml")), value=str(folder)))
        return contribution
    except (ValueError, OSError) as error:
        contribution.problems.append(
            problem("malformed-district-file", Cell(str(folder / "district.toml")), detail=error)
        )
        return contribution
    contribution.inputs.append(Input(district.base, "district.toml", folder / "district.toml"))
    origin = Origin(f"{district.base}origin/district", district.base, "district.toml", as_of=district.as_of)
    contribution.origins.append(origin)
    evidence = Evidence(origin.iri, frozenset({district.base}), "as-published")
    contribution.statements += [
        Statement(t, evidence, Cell(str(folder / "district.toml"))) for t in district.described()
    ]

    found = _tables(folder, district, contribution)
    plain = {name: table for name, table in found.items() if not name.endswith(".claims")}
    for name, table in plain.items():
        iri = f"{district.base}origin/{name}"
        origin = Origin(iri, district.base, f"{name}.csv", as_of=district.as_of, role=district.role)
        contribution.origins.append(origin)
        TableReader(district.base, table, found.get(f"{name}.claims"), origin, contribution).read()
    for path in sorted(folder.glob("*.ttl")):
        beside = files.read(path, base=district.base, group=district.base)
        contribution.extend(beside)
    if not plain and not any(folder.glob("*.ttl")) and not contribution.problems:
        contribution.problems.append(problem("empty-district", Cell(str(folder))))
    return contribution


def _tables(folder: Path, district: District, contribution: Contribution) -> dict[str, Table]:
    """The tables that csv-metadata.json lists, by file stem."""
    path = folder / "tables" / "csv-metadata.json"
    present = {csv.name for csv in (folder / "tables").glob("*.csv")}
    if not path.is_file():
        if present:
            contribution.problems.append(
                problem("malformed-metadata", Cell(str(path)), detail="csv-metadata.json: 404")
            )
        return {}
    try:
        listed = [(entry["url"], entry["tableSchema"]) for entry in json.loads(path.read_bytes())["tables"]]
    except (ValueError, KeyError, TypeError) as error:
        contribution.problems.append(problem("malformed-metadata", Cell(str(path)), detail=error))
        return {}
    contribution.inputs.append(Input(district.base, "tables/csv-metadata.json", path))
    found: dict[str, Table] = {}
    shipped = tables.shipped_schemas()
    for url, schema_iri in listed:
        csv_path, cell = folder / "tables" / url, Cell(str(path))
        schema_path = shipped.get(schema_iri) or folder / "tables" / str(schema_iri)
        if url not in present:
            contribution.problems.append(problem("missing-table", cell, value=url))
        elif not schema_path.is_file():
            close = nearest(str(schema_iri), shipped)
            contribution.problems.append(suggested("unknown-schema", cell, close, value=schema_iri))
        else:
            contribution.inputs.append(Input(district.base, f"tables/{url}", csv_path))
            table = tables.read(csv_path, Schema.read(schema_path))
            contribution.problems += table.problems
            found[url.removesuffix(".csv")] = table
    for name in sorted(present - {url for url, _ in listed}):
        contribution.problems.append(problem("unlisted-table", Cell(str(path)), value=name))
    return found
