"""Rows into statements: what each cell says, who says it, and what cannot be understood."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from prossima import tables
from prossima.dates import bounds
from prossima.problems import Cell
from prossima.statements import Contribution, Evidence, Origin, Reference, Statement
from prossima.tables import Column, Row, Table, filled, nearest, suggested, variables
from prossima.vocabulary import GEO, PR, RDF, SCHEME, SKOS, XSD, expand, is_iri

UNKNOWN, NONE = "?", "-"
NOT_A_VALUE = {
    "unknown",
    "sconosciuto",
    "sconosciuta",
    "ignoto",
    "n.d.",
    "nd",
    "n/a",
    "n/d",
    "not found",
    "tbd",
}
YES, NO = {"true", "sì", "si", "yes", "vero", "1"}, {"false", "no", "falso", "0"}
EDTF, COORDINATES = PR + "edtf", PR + "coordinates"
# What a claim may speak of besides a column: that the thing exists at all.
EXISTENCE = ("type", "class")


@dataclass(frozen=True)
class _Claim:
    """A line of a claims table: what it says about one field (or one value) of one row."""

    value: str | None
    sources: frozenset[str]
    confidence: str | None
    notes: tuple[tuple[str, str], ...]
    cell: Cell


@dataclass
class TableReader:
    """Turns the rows of one table, and the claims on its cells, into statements."""

    base: str
    table: Table
    companion: Table | None
    origin: Origin
    contribution: Contribution
    claims: dict[tuple[str, str], list[_Claim]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.schema = self.table.schema
        self.has_sources = "sources" in self.schema.by_name

    def read(self) -> None:
        self._read_claims()
        rows: dict[str, int] = {}
        for row in self.table.rows:
            id_ = self._id(row)
            if id_ is None:
                continue
            if id_ in rows:
                self._report("duplicate-id", row, "id", value=id_, other=rows[id_])
                continue
            rows[id_] = row.number
            self._row(row, id_)
        self._claims_without_row(rows)

    # -- claims ------------------------------------------------------------------------------------------

    def _read_claims(self) -> None:
        if self.companion is None:
            return
        for row in self.companion.rows:
            cell = Cell(self.companion.file, row.number, "field")
            id_, field_name = row.cells.get("id", ""), row.cells.get("field", "")
            if field_name not in self.schema.by_name and field_name not in EXISTENCE:
                self._problem(
                    "claim-without-field", cell, nearest(field_name, [c.name for c in self.schema.real]),
                    value=field_name, table=self.table.file,
                )  # fmt: skip
                continue
            said = [source.strip() for source in row.cells.get("sources", "").split(";") if source.strip()]
            sources = frozenset(self._iri(source) for source in said)
            for source in said:
                self._refer(self._iri(source), source, Cell(cell.file, cell.row, "sources"))
            if confidence := row.cells.get("confidence"):
                concept = f"{SCHEME}confidence/{confidence}"
                self._refer(concept, confidence, Cell(cell.file, cell.row, "confidence"))
            notes = tuple((row.cells[f"note_{tag}"], tag) for tag in ("it", "en") if f"note_{tag}" in row.cells)
            claim = _Claim(row.cells.get("value"), sources, row.cells.get("confidence"), notes, cell)
            self.claims.setdefault((id_, _claimed_field(field_name)), []).append(claim)

    def _claims_without_row(self, rows: dict[str, int]) -> None:
        for (id_, _), claims in self.claims.items():
            if id_ not in rows:
                for claim in claims:
                    cell = Cell(claim.cell.file, claim.cell.row, "id")
                    self._problem("claim-without-row", cell, nearest(id_, rows), value=id_, table=self.table.file)

    def _evidence(self, row: Row, id_: str, field_name: str, value: str | None = None) -> list[Evidence]:
        """Who says this field (this value of it): its claims, or else the row's default."""
        said = self.claims.get((id_, _claimed_field(field_name)), [])
        exact = [claim for claim in said if claim.value is not None and claim.value == value]
        whole = [claim for claim in said if claim.value is None]
        return [self._claimed(row, id_, claim) for claim in exact or whole] or [self._default(row, id_)]

    def _default(self, row: Row, id_: str) -> Evidence:
        sources = self._row_sources(row, id_)
        confidence = row.cells.get("confidence", "single-source")
        return Evidence(self.origin.iri, sources, confidence, "row" if len(sources) > 1 else "field")

    def _row_sources(self, row: Row, id_: str) -> frozenset[str]:
        """The row's sources; a table without that column (the sources themselves) speaks for itself."""
        if not self.has_sources:
            return frozenset({self._iri(id_)})
        return frozenset(self._iri(source) for source in row.values(self.schema.by_name["sources"]))

    def _claimed(self, row: Row, id_: str, claim: _Claim) -> Evidence:
        default = self._default(row, id_)
        confidence = claim.confidence or default.confidence
        if claim.sources:
            return Evidence(self.origin.iri, claim.sources, confidence, "field")
        return Evidence(self.origin.iri, default.sources, confidence, default.scope)

    # -- rows --------------------------------------------------------------------------------------------

    def _id(self, row: Row) -> str | None:
        id_, column = row.cells.get("id"), self.schema.by_name["id"]
        if id_ is None:
            self._report("missing-value", row, "id")
            return None
        if (column.pattern and not re.fullmatch(column.pattern, id_)) or not is_iri(self._iri(id_)):
            self._report("wrong-id", row, "id", value=id_, expected=_readable(column.pattern or ""))
            return None
        return id_

    def _row(self, row: Row, id_: str) -> None:
        for column in self.schema.real:
            if column.suppressed and column.value:
                self._suppressed(row, column)
        for column in self.schema.real:
            if column.required and column.name not in row.cells:
                self._report("missing-value", row, column.name)
        for claim in self.claims.get((id_, "class"), []):
            self._remark(row, id_, "type", RDF + "type", claim)
        for column in self.schema.real:
            if column.property and not column.suppressed:
                self._column(row, id_, column)
        for column in self.schema.virtual:
            named = [name for name in variables(_templates(column)) if name != "id"]
            if all(self.schema.by_name[name].suppressed for name in named):
                values = {**row.cells, "id": id_}
                self._emit_virtual(row, column, values, self._evidence(row, id_, "class"), column.name)

    def _suppressed(self, row: Row, column: Column) -> None:
        """A cell that states nothing itself (sources, confidence, the row this one belongs to): what it points
        at must exist all the same."""
        for value in row.values(column):
            if self._check_reference(row, column, value):
                target = self._expanded(filled(column.value or "", {column.name: value}))
                self._refer(target, value, Cell(self.table.file, row.number, column.name))

    def _column(self, row: Row, id_: str, column: Column) -> None:
        values = row.values(column)
        added = [
            claim.value
            for claim in self.claims.get((id_, column.name), [])
            if claim.value is not None and claim.value not in values
        ]
        for claim in self.claims.get((id_, column.name), []):
            if claim.value in added and claim.confidence not in ("conflicting", "inferred"):
                self._problem("claim-without-value", claim.cell, value=claim.value, field=column.name, row=id_)
            elif claim.value is None and not values:
                self._problem("claim-on-nothing", claim.cell, field=column.name, row=id_)
            if claim.value is None:
                self._remark(row, id_, column.name, self._shown(column), claim)
        for value in [*values, *added]:
            if value in (UNKNOWN, NONE):
                self._gap(row, id_, column, known_none=value == NONE)
            elif value.casefold() in NOT_A_VALUE:
                self._report("unknown-word", row, column.name, value=value)
            else:
                self._value(row, id_, column, value)

    def _value(self, row: Row, id_: str, column: Column, value: str) -> None:
        variables_ = {**row.cells, "id": id_, column.name: value}
        try:
            subject = self._node(filled(column.about or self.schema.about, variables_))
        except KeyError as error:
            self._report("missing-companion", row, column.name, expected=error.args[0])
            return
        evidences = self._evidence(row, id_, column.name, value)
        term = self._term(row, column, value, variables_)
        if term is None or subject is None:
            return
        for claim in self.claims.get((id_, _claimed_field(column.name)), []):
            if claim.value == value:
                self._remark(row, id_, column.name, self._shown(column), claim, term)
        assert column.property
        self._emit(row, column.name, Triple(subject, NamedNode(column.property), term), evidences)
        if column.kind == EDTF:
            span = bounds(value)
            for name, day in (("earliest", span.earliest), ("latest", span.latest)):
                if day:
                    bound = Literal(day.isoformat(), datatype=XSD("date"))
                    self._emit(row, column.name, Triple(subject, PR(name), bound), evidences)
        for virtual in self.schema.virtual:
            named = variables(_templates(virtual))
            if column.name in named:
                self._emit_virtual(row, virtual, variables_, evidences, column.name)

    def _emit_virtual(
        self, row: Row, column: Column, values: dict[str, str], evidences: list[Evidence], shown: str
    ) -> None:
        try:
            subject = self._node(filled(column.about or self.schema.about, values))
            target = self._node(filled(column.value or "", values))
        except KeyError:
            return
        if subject and target and column.property:
            self._emit(row, shown, Triple(subject, NamedNode(column.property), target), evidences)

    def _gap(self, row: Row, id_: str, column: Column, *, known_none: bool) -> None:
        """A cell that says the information was looked for and not found, or is known not to exist."""
        about = NamedNode(self._iri(id_))
        gap = NamedNode(f"{about.value}/unknown/{column.name.replace('_', '-').removesuffix('-it')}")
        found = self._default(row, id_)
        sources = frozenset(s for c in self.claims.get((id_, column.name), []) for s in c.sources) or found.sources
        evidence = [Evidence(self.origin.iri, sources, "not-found", found.scope)]
        kind = PR("KnownNone") if known_none else PR("KnownUnknown")
        self._emit(row, column.name, Triple(gap, RDF("type"), kind), evidence)
        self._emit(row, column.name, Triple(gap, PR("onSubject"), about), evidence)
        self._emit(row, column.name, Triple(gap, PR("onProperty"), NamedNode(self._shown(column))), evidence)
        for source in sources:
            self._emit(row, column.name, Triple(gap, PR("searchedIn"), NamedNode(source)), evidence)

    def _remark(
        self, row: Row, id_: str, field_name: str, about: str, claim: _Claim, term: NamedNode | Literal | None = None
    ) -> None:
        """A claim's notes, on the property `about` of the row's thing; on one value of it where there are several."""
        if not claim.notes:
            return
        place = field_name.replace("_", "-") + (f"/{tables.slug(claim.value)}" if claim.value else "")
        thing = NamedNode(self._iri(id_))
        remark = NamedNode(f"{thing.value}/remark/{place}")
        said = [
            Triple(remark, RDF("type"), PR("Remark")),
            Triple(remark, PR("onSubject"), thing),
            Triple(remark, PR("onProperty"), NamedNode(about)),
            *(Triple(remark, SKOS("note"), Literal(text, language=tag)) for text, tag in claim.notes),
        ]
        if term is not None:
            said.append(Triple(remark, PR("onValue"), term))
        for triple in said:
            self._emit(row, field_name, triple, [self._claimed(row, id_, claim)])

    def _shown(self, column: Column) -> str:
        """The property by which the row's thing has what this column holds: for a date, `pr:opened` rather
        than the `pr:edtf` of its node."""
        about = column.about
        if about:
            for virtual in self.schema.virtual:
                if virtual.about is None and virtual.value and about.startswith(virtual.value) and virtual.property:
                    return virtual.property
        return column.property or ""

    # -- terms -------------------------------------------------------------------------------------------

    def _term(self, row: Row, column: Column, value: str, values: dict[str, str]) -> NamedNode | Literal | None:
        if column.value:
            if not self._check_reference(row, column, value):
                return None
            node = self._node(self._expanded(filled(column.value, {**values, column.name: expand(value)})))
            if node and column.base != "anyURI":
                self._refer(node.value, value, Cell(self.table.file, row.number, column.name))
            return node
        if column.kind == EDTF:
            try:
                bounds(value)
            except ValueError:
                self._problem(
                    "wrong-date",
                    Cell(self.table.file, row.number, column.name),
                    _iso_date(value),
                    value=value,
                )
                return None
            return Literal(value)
        if column.pattern and not re.fullmatch(column.pattern, value):
            hint = _point(value) if column.kind == COORDINATES else None
            self._problem(
                "wrong-format", Cell(self.table.file, row.number, column.name), hint,
                value=value, expected=_readable(column.pattern),
            )  # fmt: skip
            return None
        if column.kind == COORDINATES:
            latitude, longitude = (part.strip() for part in value.split(","))
            return Literal(f"POINT({longitude} {latitude})", datatype=GEO("wktLiteral"))
        if column.base in ("integer", "decimal"):
            return self._number(row, column, value)
        if column.base == "boolean":
            if value.casefold() not in YES | NO:
                self._report("wrong-boolean", row, column.name, value=value)
                return None
            return Literal(value.casefold() in YES)
        return Literal(value, language=column.language) if column.language else Literal(value)

    def _number(self, row: Row, column: Column, value: str) -> Literal | None:
        try:
            if not re.fullmatch(r"[+-]?\d+(\.\d+)?", value) or (column.base == "integer" and "." in value):
                raise InvalidOperation
            number = Decimal(value)
        except InvalidOperation:
            cell = Cell(self.table.file, row.number, column.name)
            self._problem("wrong-number", cell, _plain_number(value), value=value)
            return None
        text = format(number.normalize(), "f") if column.base == "decimal" else str(int(number))
        return Literal(text, datatype=XSD(column.base))

    def _check_reference(self, row: Row, column: Column, value: str) -> bool:
        """Whether the cell is something an IRI can be made of; that it exists is the gate's to see."""
        target = self._expanded(filled(column.value or "{+v}", {column.name: expand(value)}))
        if column.base == "anyURI":
            good = is_iri(value) and ("//" in value or value.startswith("urn:"))
        else:
            good = is_iri(target)
        if not good:
            self._report("wrong-iri", row, column.name, value=value)
        elif column.pattern and not re.fullmatch(column.pattern, value):
            expected = _readable(column.pattern)
            cell = Cell(self.table.file, row.number, column.name)
            self._problem(
                "wrong-format",
                cell,
                nearest(value, column.pattern.split("|")),
                value=value,
                expected=expected,
            )
            return False
        return good

    def _expanded(self, reference: str) -> str:
        return reference if re.match(r"[a-z][a-z0-9+.-]*:", reference) else self.base + reference

    def _iri(self, reference: str) -> str:
        return self._expanded(expand(reference.strip()))

    def _node(self, reference: str) -> NamedNode | None:
        iri = self._expanded(reference)
        return NamedNode(iri) if is_iri(iri) else None

    # -- out ---------------------------------------------------------------------------------------------

    def _emit(self, row: Row, column: str, triple: Triple, evidences: Iterable[Evidence]) -> None:
        cell = Cell(self.table.file, row.number, column)
        for evidence in evidences:
            self.contribution.statements.append(Statement(triple, evidence, cell))

    def _refer(self, iri: str, value: str, cell: Cell) -> None:
        if is_iri(iri):
            self.contribution.references.append(Reference(iri, value, cell))

    def _report(self, check: str, row: Row, column: str, **values: Any) -> None:
        self._problem(check, Cell(self.table.file, row.number, column), **values)

    def _problem(self, check: str, cell: Cell, suggestion: dict[str, str] | None = None, **values: Any) -> None:
        self.contribution.problems.append(suggested(check, cell, suggestion, **values))


def _claimed_field(name: str) -> str:
    """The field a claim is filed under: `type` and `class` both speak of the thing's existence."""
    return "class" if name in EXISTENCE else name


def _templates(column: Column) -> str:
    return f"{column.about or ''} {column.value or ''}"


def _readable(pattern: str) -> str:
    """A pattern of a schema as a volunteer reads it."""
    return pattern.replace("[a-z0-9-]+", "nome").replace("(", "").replace(")", "").replace("|", " | ")


def _iso_date(value: str) -> dict[str, str] | None:
    """A date written the Italian way, as we write it."""
    match = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", value)
    if not match:
        return None
    iso = f"{match[3]}-{int(match[2]):02d}-{int(match[1]):02d}"
    return {"it": f" Forse {iso}?", "en": f" Perhaps {iso}?"}


def _plain_number(value: str) -> dict[str, str] | None:
    """A number written with a decimal comma or thousands separators, as we write it."""
    plain = value.replace(" ", "").replace(".", "").replace(",", ".")
    return {"it": f" Forse {plain}?", "en": f" Perhaps {plain}?"} if re.fullmatch(r"\d+(\.\d+)?", plain) else None


def _point(value: str) -> dict[str, str] | None:
    parts = re.findall(r"-?\d+[.,]\d+", value)
    if len(parts) != 2:
        return None
    plain = ", ".join(part.replace(",", ".") for part in parts)
    return {"it": f" Forse {plain}?", "en": f" Perhaps {plain}?"}
