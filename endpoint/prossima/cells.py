"""Cells into literals: what people write, as a term; what cannot be one, with what they may have meant."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from pyoxigraph import Literal

from prossima.dates import bounds
from prossima.problems import perhaps
from prossima.tables import Column
from prossima.vocabulary import GEO, PR, XSD

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
# What a spreadsheet shows where a formula failed, in Italian and English, and a formula itself.
_SPREADSHEET = re.compile(
    r"#(N/D|N/A|NOME\?|NAME\?|RIF!|REF!|VALORE!|VALUE!|DIV/0!|NUM!|NULLO!|NULL!)|=[A-Z][A-Z0-9.]*\(.*", re.IGNORECASE
)
YES, NO = {"true", "sì", "si", "yes", "vero", "1"}, {"false", "no", "falso", "0"}
EDTF, COORDINATES = PR + "edtf", PR + "coordinates"


class CellError(ValueError):
    """A cell that is no value of its column: the check that says so, and what fills the check's words."""

    def __init__(self, check: str, **said: Any) -> None:
        super().__init__(check)
        self.check, self.said = check, said


def no_value(text: str) -> str | None:
    """The check by which a cell's text is no value at all; None when it may be one."""
    if text.casefold() in NOT_A_VALUE:
        return "unknown-word"
    return "spreadsheet-error" if _SPREADSHEET.fullmatch(text) else None


def literal(column: Column, value: str) -> Literal:
    """The cell's value as a literal of the column's datatype. Raises CellError."""
    if column.kind == EDTF:
        if not _is_date(value):
            raise CellError("wrong-date", suggestion=_iso_date(value))
        return Literal(value)
    if column.kind == COORDINATES:
        return _point(column, value)
    if column.pattern and not re.fullmatch(column.pattern, value):
        raise CellError("wrong-format", expected=readable(column.pattern))
    if column.base in ("integer", "decimal"):
        return _number(column, value)
    if column.base == "boolean":
        if value.casefold() not in YES | NO:
            raise CellError("wrong-boolean")
        return Literal(value.casefold() in YES)
    return Literal(value, language=column.language) if column.language else Literal(value)


def _point(column: Column, value: str) -> Literal:
    """Coordinates, latitude first as people write them, in WKT, which has the longitude first."""
    if not re.fullmatch(column.pattern or "", value):
        expected = {tag: f"{words}: 45.18517, 9.15997" for tag, words in LATITUDE_LONGITUDE.items()}
        raise CellError("wrong-format", suggestion=_plain_point(value), expected=expected)
    latitude, longitude = (part.strip() for part in value.split(","))
    if not _in_italy(latitude, longitude) and _in_italy(longitude, latitude):
        raise CellError("swapped-coordinates", suggestion=perhaps(f"{longitude}, {latitude}"))
    return Literal(f"POINT({longitude} {latitude})", datatype=GEO("wktLiteral"))


def _number(column: Column, value: str) -> Literal:
    # 1.200 is one thousand two hundred to whoever writes it so in Italian: not taken for 1.2.
    thousands = re.fullmatch(r"[+-]?[1-9]\d{0,2}(\.\d{3})+", value)
    plain = r"[+-]?\d+" if column.base == "integer" else r"[+-]?\d+(\.\d+)?"
    if thousands or not re.fullmatch(plain, value):
        raise CellError("wrong-number", suggestion=_plain_number(value))
    number = Decimal(value)
    text = format(number.normalize(), "f") if column.base == "decimal" else str(int(number))
    return Literal(text, datatype=XSD(column.base))


# -- what people write --------------------------------------------------------------------------------------

LATITUDE_LONGITUDE = {"it": "latitudine, longitudine", "en": "latitude, longitude"}
_CHARACTERS = {
    "it": {"[0-9]": ("cifra", "cifre"), "[A-Z]": ("lettera maiuscola", "lettere maiuscole"), "to": "da {} a {}"},
    "en": {"[0-9]": ("digit", "digits"), "[A-Z]": ("capital letter", "capital letters"), "to": "{} to {}"},
}
_NAME = {"it": "nome", "en": "name"}


def readable(pattern: str) -> dict[str, str]:
    """A pattern of a schema as a volunteer reads it."""
    id_ = re.fullmatch(r"\(?([a-z|]+|\[a-z\]\+)\)?/\[a-z0-9-\]\+", pattern)
    if id_:
        kinds = ["..."] if id_[1].startswith("[") else id_[1].split("|")
        return {tag: " | ".join(f"{kind}/{name}" for kind in kinds) for tag, name in _NAME.items()}
    parts = re.findall(r"(\[0-9\]|\[A-Z\])(?:\{(\d+)(?:,(\d+))?\})?", pattern)
    if not parts:
        return dict.fromkeys(_NAME, pattern.replace("|", " | "))
    said = {}
    for tag, words in _CHARACTERS.items():
        counted = []
        for kind, least, most in parts:
            count = str(words["to"]).format(least, most) if most else least or "1"
            counted.append(f"{count} {words[kind][count != '1']}")
        said[tag] = ", ".join(counted)
    return said


def _is_date(value: str) -> bool:
    try:
        bounds(value)
    except ValueError:
        return False
    return True


def _iso_date(value: str) -> dict[str, str]:
    """A date written the Italian way, as we write it."""
    parts = re.split(r"[/. -]+", value)
    if not 2 <= len(parts) <= 3 or not all(part.isdigit() for part in parts):
        return perhaps(None)
    if len(parts[0]) < 4:
        parts.reverse()
    iso = "-".join([parts[0], *(f"{int(part):02d}" for part in parts[1:])])
    return perhaps(iso if len(parts[0]) == 4 and _is_date(iso) else None)


def _plain_number(value: str) -> dict[str, str]:
    """A number written with a decimal comma or thousands separators, as we write it."""
    plain = value.replace(" ", "").replace("\u00a0", "")
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+", plain):
        return perhaps(plain.replace(",", ""))
    plain = plain.replace(".", "").replace(",", ".")
    return perhaps(plain if re.fullmatch(r"[+-]?\d+(\.\d+)?", plain) else None)


def _plain_point(value: str) -> dict[str, str]:
    """Coordinates with decimal commas, without a comma between, or in WKT, as we write them."""
    parts = [part.replace(",", ".") for part in re.findall(r"-?\d+[.,]\d+", value)]
    if len(parts) != 2:
        return perhaps(None)
    if _in_italy(parts[1], parts[0]):
        parts.reverse()
    return perhaps(", ".join(parts) if _in_italy(*parts) else None)


def _in_italy(latitude: str, longitude: str) -> bool:
    return 35 <= float(latitude) <= 48 and 6 <= float(longitude) <= 19


def whole_address(value: str) -> dict[str, str]:
    """A web address without its scheme, with it."""
    return perhaps(f"https://{value}" if re.fullmatch(r"[\w-]+(\.[\w-]+)+(/\S*)?", value) else None)
