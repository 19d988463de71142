"""Schemas of tables: which columns a table has and what each becomes (CSVW, W3C Metadata Vocabulary for Tabular Data).

Ours are `ontology/tables/*.json`.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from prossima.problems import perhaps
from prossima.vocabulary import PR, SCHEME, TABLES, concepts, knowledge, labels


@dataclass(frozen=True)
class Column:
    """One column of a schema, in CSVW's terms; `base` and `kind` are its datatype's base and own IRI."""

    name: str
    titles: dict[str, str] = field(default_factory=dict)
    required: bool = False
    virtual: bool = False
    suppressed: bool = False
    about: str | None = None
    property: str | None = None
    value: str | None = None
    separator: str | None = None
    language: str | None = None
    base: str = "string"
    kind: str | None = None
    pattern: str | None = None

    @cached_property
    def choices(self) -> Mapping[str, Mapping[str, str]]:
        """The values that a closed list allows, with their labels by language; empty where the column has no list."""
        value = self.value or ""
        if value.startswith(SCHEME):
            scheme = value.removeprefix(SCHEME).partition("/")[0]
            return {} if "{" in scheme else in_scheme(scheme)
        if value.startswith(PR) and self.pattern:
            return {kind: labels().get(PR + kind, {}) for kind in self.pattern.split("|")}
        return {}

    def chosen(self, text: str) -> str:
        """The cell's text with labels of choices, in either language, as the values they stand for."""
        choices = self.choices
        if not choices:
            return text
        parts = [part.strip() for part in text.split(self.separator)] if self.separator else [text.strip()]
        known = [part if part in choices else _value_of(self, part, part) for part in parts]
        return (self.separator or "").join(known)

    @classmethod
    def of(cls, described: dict[str, Any]) -> Column:
        datatype = described.get("datatype", "string")
        if isinstance(datatype, str):
            datatype = {"base": datatype}
        return cls(
            name=described["name"],
            titles=described.get("titles", {}),
            required=described.get("required", False),
            virtual=described.get("virtual", False),
            suppressed=described.get("suppressOutput", False),
            about=described.get("aboutUrl"),
            property=described.get("propertyUrl"),
            value=described.get("valueUrl"),
            separator=described.get("separator"),
            language=described.get("lang"),
            base=datatype.get("base", "string"),
            kind=datatype.get("@id"),
            pattern=datatype.get("format"),
        )


def _value_of(column: Column, label: str, otherwise: str) -> str:
    """The one choice that has this label; what was written, where there is none or more than one."""
    found = [value for value, words in column.choices.items() if label.casefold() in map(str.casefold, words.values())]
    return found[0] if len(found) == 1 else otherwise


@cache
def in_scheme(scheme: str) -> dict[str, dict[str, str]]:
    """The concepts of a shipped scheme by slug, with their labels by language."""
    base = f"{SCHEME}{scheme}/"
    return {iri.removeprefix(base): words for iri, words in concepts().items() if iri.startswith(base)}


@dataclass(frozen=True)
class Schema:
    """The columns of a kind of table, how a row's subject is named, and the kind's name by language."""

    name: str
    about: str
    columns: tuple[Column, ...]
    titles: dict[str, str] = field(default_factory=dict)

    @cached_property
    def classes(self) -> list[str]:
        """The classes of what its rows describe: one that is always so, or those that the column type takes."""
        type_ = self.by_name.get("type")
        if type_ and type_.pattern:
            return [(type_.value or "").partition("{")[0] + kind for kind in type_.pattern.split("|")]
        return [virtual.value or "" for virtual in self.virtual if virtual.name == "class"]

    @cached_property
    def kinds(self) -> list[str]:
        """How the ids of its rows may begin: `hub`, or `org`, `group` and `network`."""
        pattern = self.by_name["id"].pattern or ""
        return pattern.partition(")")[0].strip("(").split("|") if pattern.startswith("(") else [self.name]

    def shown(self, column: Column) -> str:
        """The property by which the row's thing has what a column holds: for a date, `pr:opened` rather than the
        `pr:edtf` of its node."""
        for virtual in self.virtual if column.about else ():
            if virtual.about is None and virtual.value and str(column.about).startswith(virtual.value):
                return virtual.property or ""
        return column.property or ""

    @classmethod
    def read(cls, path: Path) -> Schema:
        described = json.loads(path.read_text(encoding="utf-8"))
        columns = tuple(Column.of(column) for column in described["columns"])
        titles = {said["@language"]: said["@value"] for said in described.get("dc:title", []) if "@language" in said}
        return cls(path.stem, described.get("aboutUrl", "{+id}"), columns, titles)

    @cached_property
    def real(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if not column.virtual)

    @cached_property
    def virtual(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.virtual)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def by_title(self) -> dict[str, Column]:
        """Columns by any header that may stand for them: name, Italian title, English title."""
        titled = {title.casefold(): column for column in self.real for title in column.titles.values()}
        return titled | {column.name.casefold(): column for column in self.real}


def shipped_schemas() -> dict[str, Path]:
    """The schemas that ship with the package, by the IRI a `tableSchema` gives."""
    folder = knowledge() / "ontology" / "tables"
    return {f"{TABLES}{path.name}": path for path in sorted(folder.glob("*.json"))}


def closest(word: str, among: Iterable[str]) -> str | None:
    """The known word that is most like `word`; None when none is."""
    return next(iter(difflib.get_close_matches(word, list(among), n=1, cutoff=0.6)), None)


def nearest(word: str, among: Iterable[str]) -> dict[str, str]:
    """A suggestion, by language, of the closest known word; empty texts when none is close."""
    return perhaps(closest(word, among))


_TEMPLATE = re.compile(r"\{(\+?)(\w+)\}")


def slug(text: str) -> str:
    """`text` as a piece of an IRI: lower-case, whatever is not a letter or digit becomes a hyphen."""
    return re.sub(r"[^0-9a-z\u00c0-\u024f]+", "-", text.casefold()).strip("-")


def variables(template: str | None) -> list[str]:
    """The columns a URI template names."""
    return [name for _, name in _TEMPLATE.findall(template or "")]


def filled(template: str, values: dict[str, str]) -> str:
    """The template with `{+x}` replaced by the value of column x and `{x}` by its slug.

    Raises KeyError with the name of a column that has no value in this row.
    """
    return _TEMPLATE.sub(lambda match: values[match[2]] if match[1] else slug(values[match[2]]), template)
