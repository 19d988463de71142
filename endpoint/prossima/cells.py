"""Cells into literals: what people write, as a term; what cannot be one, with what they may have meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pyoxigraph import Literal

from prossima.dates import bounds
from prossima.problems import perhaps
from prossima.tables import Column
from prossima.vocabulary import GEO, PR, XSD, is_iri

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
# What a spreadsheet shows where a formula failed, in Italian and English, or a column is too narrow; a formula.
_SPREADSHEET = re.compile(
    r"#(N/D|N/A|NOME\?|NAME\?|RIF!|REF!|VALORE!|VALUE!|DIV/0!|NUM!|NULLO!|NULL!|##+)|Err:\d+|=\s*[A-Z_][\w.]*\(.*",
    re.IGNORECASE | re.DOTALL,
)
YES, NO = {"true", "sì", "si", "yes", "vero", "1"}, {"false", "no", "falso", "0"}
EDTF, COORDINATES = PR + "edtf", PR + "coordinates"


class CellError(ValueError):
    """A cell that is no value of its column: the check that says so, and what fills the check's words."""

    def __init__(self, check: str, **said: Any) -> None:
        super().__init__(check)
        self.check, self.said = check, said


def no_value(text: str) -> CellError | None:
    """Why a cell's text is no value at all; None when it may be one."""
    if text.casefold() in NOT_A_VALUE:
        return CellError("unknown-word")
    return CellError("spreadsheet-error") if _SPREADSHEET.fullmatch(text) else None


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
        raise CellError("wrong-format", suggestion=_plain_point(column, value), expected=expected)
    latitude, longitude = (part.strip() for part in value.split(","))
    if not _in_italy(latitude, longitude) and _in_italy(longitude, latitude):
        raise CellError("swapped-coordinates", suggestion=perhaps(f"{longitude}, {latitude}"))
    return Literal(f"POINT({longitude} {latitude})", datatype=GEO("wktLiteral"))


def _number(column: Column, value: str) -> Literal:
    if not _is_number(column, value):
        raise CellError("wrong-number", suggestion=_plain_number(column, value))
    text = format(Decimal(value), "f")
    return Literal(text.rstrip("0").rstrip(".") if "." in text else text, datatype=XSD(column.base))


def _is_number(column: Column, value: str) -> bool:
    # 1.200 is one thousand two hundred to whoever writes it so in Italian: not taken for 1.2.
    thousands = re.fullmatch(r"[+-]?[1-9]\d{0,2}(\.\d{3})+", value)
    plain = r"[+-]?\d+" if column.base == "integer" else r"[+-]?\d+(\.\d+)?"
    return not thousands and re.fullmatch(plain, value) is not None


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
    """A date as people and spreadsheets write it (28/11/2018, 28.11.18, '2018-11-28), as we write it."""
    plain = value.strip("'’ ")
    return perhaps(next((date for date in (plain, *_iso_dates(plain)) if _is_date(date)), None))


def _iso_dates(text: str) -> Iterator[str]:
    """What a date in digits may stand for: the day first, as in Italy, or else the month."""
    parts = re.split(r"[/. -]+", text)
    if not 2 <= len(parts) <= 3 or not all(re.fullmatch("[0-9]{1,4}", part) for part in parts):
        return
    *rest, year = parts if len(parts[0]) < 4 else parts[::-1]
    if len(year) == 2 and len(rest) == 2:
        year = ("20" if year < "69" else "19") + year
    if len(year) == 4:
        for order in (rest[::-1], rest):
            yield "-".join([year, *(f"{int(part):02d}" for part in order)])


def _plain_number(column: Column, value: str) -> dict[str, str]:
    """A number written with a decimal comma or thousands separators, as we write it: of a point and a comma the
    last is that of the decimals, and the only one is it too where no thousands can be meant."""
    plain = re.sub(r"\s", "", value)
    other = "." if plain.rfind(",") > plain.rfind(".") else ","
    guesses = [plain.replace(other, "").replace(",", ".")]
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}([.,]\d{3})+", plain):
        guesses.append(re.sub("[.,]", "", plain))
    return perhaps(next((guess for guess in guesses if _is_number(column, guess)), None))


def _plain_point(column: Column, value: str) -> dict[str, str]:
    """Coordinates with decimal commas, without a comma between, or in WKT, as we write them."""
    parts = [part.replace(",", ".") for part in re.findall(r"-?\d+[.,]\d+", value)]
    if len(parts) != 2:
        return perhaps(None)
    if _in_italy(parts[1], parts[0]):
        parts.reverse()
    point = ", ".join(parts)
    return perhaps(point if _in_italy(*parts) and re.fullmatch(column.pattern or "", point) else None)


def _in_italy(latitude: str, longitude: str) -> bool:
    return 35 <= float(latitude) <= 48 and 6 <= float(longitude) <= 19


def whole_address(value: str) -> dict[str, str]:
    """A web address without its scheme, with it."""
    whole = f"https://{value}"
    return perhaps(whole if re.fullmatch(r"[\w-]+(\.[\w-]+)+(/\S*)?", value) and is_iri(whole) else None)
