"""Rows into statements: what each cell says, who says it, and what cannot be understood."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from prossima import cells, tables
from prossima.claims import ADDING, CLAIM_CONFIDENCE, CLAIM_SOURCES, EXISTENCE, Claim, claimed_field, plain_claim
from prossima.dates import described
from prossima.problems import Cell, perhaps, problem
from prossima.statements import Contribution, Evidence, Origin, Reference, Statement
from prossima.tables import Column, Row, Table, filled, nearest, variables
from prossima.vocabulary import PR, RDF, SCHEME, SKOS, expand, is_iri

# How an id begins that names a concept of the district's own.
OWN_CONCEPT = "concept/"


@dataclass
class TableReader:
    """Turns the rows of one table, and the claims on its cells, into statements."""

    base: str
    table: Table
    companion: Table | None
    origin: Origin
    contribution: Contribution
    claims: dict[tuple[str, str], list[Claim]] = field(default_factory=dict)
    lacking: set[Cell] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.schema = self.table.schema
        self.has_sources = "sources" in self.schema.by_name

    def read(self) -> None:
        self._read_claims()
        rows: dict[str, int] = {}
        nameless = False
        for row in self.table.rows:
            if row.ragged:
                self.contribution.problems.append(replace(row.ragged, hides=self._hidden(row)))
            id_ = self._id(row)
            if id_ is None:
                nameless = True
            elif id_ not in rows:
                rows[id_] = row.number
                if not row.ragged:
                    self._row(row, id_)
            elif not row.ragged:
                self._report("duplicate-id", row, "id", value=id_, other=rows[id_])
        if not nameless:
            self._claims_without_row(rows)

    # -- claims ------------------------------------------------------------------------------------------

    def _read_claims(self) -> None:
        if self.companion is None:
            return
        fields = {column.name for column in self.schema.real if column.property and not column.suppressed}
        for written in self.companion.rows:
            row = plain_claim(written, self.schema)
            cell = self.companion.cell(row.number)
            id_, name = row.cells.get("id", ""), written.cells.get("field", "")
            field_name = row.cells.get("field", "")
            if row.ragged:
                self.contribution.problems.append(replace(row.ragged, hides=_below(self._iri(id_))))
                continue
            if not id_ or not name:
                self._problem("missing-value", replace(cell, column="field" if id_ else "id"))
                continue
            if field_name not in fields and field_name not in EXISTENCE:
                close = nearest(name, [*sorted(fields), *EXISTENCE])
                place = replace(cell, column="field")
                self._problem("claim-without-field", place, suggestion=close, value=name, table=self.table.name)
                continue
            said = row.values(CLAIM_SOURCES)
            found = [self._target(replace(cell, column="sources"), CLAIM_SOURCES, source) for source in said]
            if None in found:
                continue
            sources = frozenset(node.value for node in found if node)
            confidence = row.cells.get("confidence")
            if confidence:
                self._target(replace(cell, column="confidence"), CLAIM_CONFIDENCE, confidence)
            notes = tuple((row.cells[f"note_{tag}"], tag) for tag in ("it", "en") if f"note_{tag}" in row.cells)
            for text, tag in notes:
                if error := cells.no_value(text):
                    self._problem(error.check, replace(cell, column=f"note_{tag}"), value=text)
            claim = Claim(row.cells.get("value"), sources, confidence, notes, cell)
            self.claims.setdefault((id_, claimed_field(field_name)), []).append(claim)

    def _claims_without_row(self, rows: dict[str, int]) -> None:
        for (id_, _), claims in self.claims.items():
            if id_ not in rows:
                said = {"suggestion": nearest(id_, rows), "value": id_, "table": self.table.name}
                for claim in claims:
                    self._problem("claim-without-row", claim.cell("id"), **said)

    def _evidence(self, row: Row, id_: str, field_name: str, value: str | None = None) -> list[Evidence]:
        """Who says this field (this value of it): its claims, or else the row's default."""
        said = self.claims.get((id_, claimed_field(field_name)), [])
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
        column = self.schema.by_name["sources"]
        # What is no id, or several with a wrong separator, is told where it stands; the row has sources all the same.
        meant = [cells.separated(column, source) or source for source in row.values(column)]
        said = (self._iri(s) for text in meant for s in text.split(column.separator) if not cells.no_value(s))
        return frozenset(iri if is_iri(iri) else self.base + quote(iri.removeprefix(self.base)) for iri in said)

    def _claimed(self, row: Row, id_: str, claim: Claim) -> Evidence:
        default = self._default(row, id_)
        sources, scope = (claim.sources, "field") if claim.sources else (default.sources, default.scope)
        return Evidence(self.origin.iri, sources, claim.confidence or default.confidence, scope)

    def _check_support(self, row: Row, id_: str) -> None:
        """What is said to be confirmed has two sources; what a row says has one."""
        column = self.schema.by_name.get("sources")
        said = set(row.values(column)) if column else {id_}
        if column and not said and not column.required:
            self._report("no-source", row, "sources")
        elif len(said) == 1 and self._default(row, id_).confidence == "confirmed" and self._are_ids(column, said):
            self._report("confirmed-by-one", row, "confidence")
        for name in {*self.schema.by_name, "class"}:
            for claim in self.claims.get((id_, name), []):
                evidence, own = self._claimed(row, id_, claim), claim.sources or claim.confidence
                if own and evidence.confidence == "confirmed" and len(evidence.sources) == 1:
                    self._problem("confirmed-by-one", claim.cell("confidence"))

    def _are_ids(self, column: Column | None, said: set[str]) -> bool:
        """Whether each may be the id of one thing: no words, nor several ids with a wrong separator."""
        return all(
            is_iri(self._iri(text)) and not cells.no_value(text) and not (column and cells.separated(column, text))
            for text in said
        )

    # -- rows --------------------------------------------------------------------------------------------

    def _id(self, row: Row) -> str | None:
        """The id of a row, where it has a good one; of a ragged row no more is asked."""
        id_, column = row.cells.get("id"), self.schema.by_name["id"]
        if id_ and (not column.pattern or re.fullmatch(column.pattern, id_)) and is_iri(self._iri(id_)):
            return id_
        if row.ragged:
            return None
        if id_ is None:
            self._report("missing-value", row, "id")
        else:
            pattern = column.pattern or ""
            suggestion, expected = cells.slugged(pattern, id_), cells.readable(pattern)
            self._report("wrong-id", row, "id", suggestion=suggestion, value=id_, expected=expected)
        return None

    def _row(self, row: Row, id_: str) -> None:
        for column in self.schema.real:
            if column.suppressed and column.value:
                self._suppressed(row, column)
        for column in self.schema.real:
            if column.required and column.name not in row.cells:
                self._report("missing-value", row, column.name)
        self._check_support(row, id_)
        for claim in self.claims.get((id_, "class"), []):
            self._remark(row, id_, "type", RDF + "type", claim)
        for column in self.schema.real:
            if column.property and not column.suppressed:
                self._column(row, id_, column)
        for column in self.schema.virtual:
            named = [name for name in variables(_templates(column)) if name != "id"]
            if all(self.schema.by_name[name].suppressed for name in named):
                values = {**row.cells, "id": id_}
                cell = self._cell(row, named[0] if named else "id")
                self._emit_virtual(cell, column, values, self._evidence(row, id_, "class"))

    def _suppressed(self, row: Row, column: Column) -> None:
        """A cell that states nothing itself (sources, confidence, the row this one belongs to): what it points
        at must exist all the same."""
        for value in row.values(column):
            self._target(self._cell(row, column.name), column, value, row)

    def _column(self, row: Row, id_: str, column: Column) -> None:
        values, here = row.values(column), self._cell(row, column.name)
        for value in values:
            self._cell_value(row, id_, column, value, here)
        for claim in self.claims.get((id_, column.name), []):
            said = {"field": column.name, "row": id_, "follows": here}
            if claim.value is None:
                self._remark(row, id_, column.name, self.schema.shown(column), claim)
                if not values:
                    self._problem("claim-on-nothing", claim.cell("field"), **said)
            elif claim.value in values:
                continue
            elif claim.confidence in ADDING:
                self._cell_value(row, id_, column, claim.value, claim.cell("value"))
            else:
                close = nearest(claim.value, values)
                self._problem("claim-without-value", claim.cell("value"), suggestion=close, value=claim.value, **said)

    def _cell_value(self, row: Row, id_: str, column: Column, value: str, cell: Cell) -> None:
        if value in (cells.UNKNOWN, cells.NONE):
            self._gap(row, id_, column, cell, known_none=value == cells.NONE)
        elif error := cells.no_value(value):
            self._report(error.check, row, cell, value=value)
        else:
            self._value(row, id_, column, value, cell)

    def _value(self, row: Row, id_: str, column: Column, value: str, cell: Cell) -> None:
        variables_ = {name: text for name, text in row.cells.items() if text not in (cells.UNKNOWN, cells.NONE)}
        variables_ |= {"id": id_, column.name: value}
        try:
            subject = self._node(filled(column.about or self.schema.about, variables_))
        except KeyError as error:
            missing = self._cell(row, error.args[0])
            if missing not in self.lacking:
                self.lacking.add(missing)
                self._report("missing-companion", row, missing, filled=column.name, value=error.args[0])
            return
        evidences = self._evidence(row, id_, column.name, value)
        term = self._term(row, cell, column, value, variables_)
        if term is None or subject is None:
            return
        for claim in self.claims.get((id_, claimed_field(column.name)), []):
            if claim.value == value:
                self._remark(row, id_, column.name, self.schema.shown(column), claim, term)
        assert column.property
        self._emit(cell, Triple(subject, NamedNode(column.property), term), evidences)
        if column.kind == cells.EDTF:
            for name, found in described(value):
                self._emit(cell, Triple(subject, PR(name), found), evidences)
        for virtual in self.schema.virtual:
            named = variables(_templates(virtual))
            if column.name in named:
                self._emit_virtual(cell, virtual, variables_, evidences)

    def _emit_virtual(self, cell: Cell, column: Column, values: dict[str, str], evidences: list[Evidence]) -> None:
        try:
            subject = self._node(filled(column.about or self.schema.about, values))
            target = self._node(filled(column.value or "", values))
        except KeyError:
            return
        if subject and target and column.property:
            self._emit(cell, Triple(subject, NamedNode(column.property), target), evidences)

    def _gap(self, row: Row, id_: str, column: Column, cell: Cell, *, known_none: bool) -> None:
        """A cell that says the information was looked for and not found, or is known not to exist."""
        about = NamedNode(self._iri(id_))
        gap = NamedNode(f"{about.value}/unknown/{column.name.replace('_', '-').removesuffix('-it')}")
        found = self._default(row, id_)
        sources = frozenset(s for c in self.claims.get((id_, column.name), []) for s in c.sources) or found.sources
        evidence = [Evidence(self.origin.iri, sources, "not-found", found.scope)]
        self._emit(cell, Triple(gap, RDF("type"), PR("KnownNone" if known_none else "KnownUnknown")), evidence)
        self._emit(cell, Triple(gap, PR("onSubject"), about), evidence)
        self._emit(cell, Triple(gap, PR("onProperty"), NamedNode(self.schema.shown(column))), evidence)
        for source in sources:
            self._emit(cell, Triple(gap, PR("searchedIn"), NamedNode(source)), evidence)

    def _remark(
        self, row: Row, id_: str, field_name: str, about: str, claim: Claim, term: NamedNode | Literal | None = None
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
            self._emit(claim.cell("field"), triple, [self._claimed(row, id_, claim)])

    # -- terms -------------------------------------------------------------------------------------------

    def _term(
        self, row: Row, cell: Cell, column: Column, value: str, values: dict[str, str]
    ) -> NamedNode | Literal | None:
        if column.value:
            return self._target(cell, column, value, row, values)
        try:
            return cells.literal(column, value)
        except cells.CellError as error:
            self._report(error.check, row, cell, value=value, **error.said)
            return None

    def _target(
        self, cell: Cell, column: Column, value: str, row: Row | None = None, values: dict[str, str] | None = None
    ) -> NamedNode | None:
        """What the cell points at; None, and a problem, where no IRI can be made of it. That it exists is the
        gate's to see."""
        if error := cells.no_value(value):
            self._report(error.check, row, cell, value=value)
            return None
        if several := cells.separated(column, value):
            said = {"suggestion": perhaps(several), "separator": column.separator}
            self._report("wrong-separator", row, cell, value=value, **said)
            return None
        if column.pattern and not re.fullmatch(column.pattern, value):
            close, expected = nearest(value, column.pattern.split("|")), cells.readable(column.pattern)
            self._report("wrong-format", row, cell, suggestion=close, value=value, expected=expected)
            return None
        own = self._iri(value)
        # How sure a row is becomes no statement of the row's thing: its column has no property.
        is_scheme = column.property and (column.value or "").startswith(SCHEME)
        if is_scheme and (value.startswith(OWN_CONCEPT) or "//" in value) and is_iri(own):
            iri = own  # a concept of the district's own, in a scheme of ours
        else:
            iri = self._expanded(filled(column.value or "", {**(values or {}), column.name: expand(value)}))
        address = column.base == "anyURI"
        if iri.startswith(SCHEME) and not is_iri(iri):
            # Words instead of a concept's slug: the gate knows which concept they may mean.
            self._refer(SCHEME + quote(iri.removeprefix(SCHEME)), value, cell)
            return None
        if not is_iri(iri) and not address:
            # A name instead of an id: the gate knows whose name it may be.
            self._refer(self.base + quote(value), value, cell)
            return None
        if address and not (is_iri(value) and ("//" in value or value.startswith("urn:"))):
            self._report("wrong-iri", row, cell, suggestion=cells.whole_address(value), value=value)
            return None
        if not address:
            self._refer(iri, value, cell)
        return NamedNode(iri)

    def _expanded(self, reference: str) -> str:
        return reference if re.match(r"[a-z][a-z0-9+.-]*:", reference) else self.base + reference

    def _iri(self, reference: str) -> str:
        return self._expanded(expand(reference.strip()))

    def _node(self, reference: str) -> NamedNode | None:
        iri = self._expanded(reference)
        return NamedNode(iri) if is_iri(iri) else None

    # -- out ---------------------------------------------------------------------------------------------

    def _cell(self, row: Row, column: str) -> Cell:
        return self.table.cell(row.number, column)

    def _emit(self, cell: Cell, triple: Triple, evidences: Iterable[Evidence]) -> None:
        for evidence in evidences:
            self.contribution.statements.append(Statement(triple, evidence, cell))

    def _refer(self, iri: str, value: str, cell: Cell) -> None:
        self.contribution.references.append(Reference(iri, value, cell))

    def _report(self, check: str, row: Row | None, place: Cell | str, **values: Any) -> None:
        """A problem of a row, at a cell or column of it."""
        cell = place if isinstance(place, Cell) else self.table.cell(row.number if row else None, place)
        self._problem(check, cell, hides=self._hidden(row, cell.column) if row else None, **values)

    def _problem(self, check: str, cell: Cell, **values: Any) -> None:
        self.contribution.problems.append(problem(check, cell, **values))

    def _hidden(self, row: Row, column: str | None = None) -> str:
        """A pattern of what a problem in this column, or in the whole row, keeps from being read: the thing
        itself, what hangs from it, and what the row says of other things."""
        id_, pattern = row.cells.get("id"), self.schema.by_name["id"].pattern or r"\S+"
        known = id_ is not None and re.fullmatch(pattern, id_)
        thing = re.escape(self._iri(id_)) if id_ and known else re.escape(self.base) + f"(?:{pattern})"
        others = [
            re.escape(virtual.property or "")
            for virtual in self.schema.virtual
            if virtual.about and not virtual.about.startswith("{+id}")
        ]
        return "|".join([*([thing] if column in (None, "id", "type") else []), f"{thing}/.+", *others])


def _below(iri: str) -> str:
    return re.escape(iri) + "/.+"


def _templates(column: Column) -> str:
    return f"{column.about or ''} {column.value or ''}"
