"""Cells into literals: what people write, as a term; what cannot be one, with what they may have meant."""

from __future__ import annotations

import re
import unicodedata
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
    "not known",
    "sconosciuto",
    "sconosciuta",
    "ignoto",
    "non noto",
    "non nota",
    "non disponibile",
    "not available",
    "non trovato",
    "not found",
    "da definire",
    "n.d.",
    "nd",
    "n/a",
    "n.a.",
    "n/d",
    "n.p.",
    "tbd",
    "??",
    "???",
    "--",
    "---",
}
# What a spreadsheet shows where a formula failed, in Italian and English, or a column is too narrow; a formula, which
# begins with a function, a cell (of another sheet) or a sum.
_SPREADSHEET = re.compile(
    r"#(N/D|N/A|NOME\?|NAME\?|RIF!|REF!|VALORE!|VALUE!|DIV/0!|NUM!|NULLO!|NULL!|##+)|Err:\d+"
    r"|=[\s(+-]*(?:[A-Z_][\w.]*\(|(?:'[^']+'!|\w+!)?\[?[.$]*[A-Z]{1,3}\$?\d+\b).*|=[\s\d.,()+*/-]+",
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


# What people put between values besides a semicolon.
_BETWEEN = re.compile(r"\s*[,\n|]\s*|\s+(?:[/&+-]|ed?|and)\s+")
_ONE = re.compile(r"[a-z-]+/[a-z0-9-]+|https?://\S+")


def separated(column: Column, text: str) -> str | None:
    """The text with the column's separator between its values, where another stands between ids, addresses or
    choices."""
    parts = [column.chosen(part) for part in _BETWEEN.split(text) if part] if column.separator and column.value else []
    good = len(parts) > 1 and all(part in column.choices or _ONE.fullmatch(part) for part in parts)
    return str(column.separator).join(parts) if good else None


def slugged(pattern: str, text: str) -> dict[str, str]:
    """An id with capitals, accents or spaces, without them."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().strip(" '\"").lower()
    kind, slash, name = plain.replace("\\", "/").partition("/")
    id_ = f"{kind.strip()}/{re.sub('[^a-z0-9]+', '-', name).strip('-')}"
    return perhaps(id_ if slash and re.fullmatch(pattern, id_) else None)


def literal(column: Column, value: str) -> Literal:
    """The cell's value as a literal of the column's datatype. Raises CellError."""
    if column.kind == EDTF:
        if not _is_date(value):
            raise CellError("wrong-date", suggestion=_iso_date(value))
        return Literal(value)
    if column.kind == COORDINATES:
        return _point(column, value)
    if column.pattern and not re.fullmatch(column.pattern, value):
        padded, expected = _with_zeros(column.pattern, value), readable(column.pattern)
        raise CellError("wrong-format", suggestion=padded, expected=expected)
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
    """A date as people and spreadsheets write it (28/11/2018, 28.11.18, '2018-11-28, 28 novembre 2018), as we write
    it."""
    plain = value.strip("'’‘\"“”«» ")
    return perhaps(next((date for date in (plain, *_iso_dates(plain)) if _is_date(date)), None))


# The first letters of each month, in Italian and English.
_MONTHS = ("gen jan", "feb", "mar", "apr", "mag may", "giu jun", "lug jul", "ago aug", "set sep", "ott oct", "nov",
           "dic dec")  # fmt: skip


def _iso_dates(text: str) -> Iterator[str]:
    """What a date may stand for: the day first, as in Italy, or else the month; of a period, its ends swapped."""
    if len(ends := text.split("/")) == 2:
        yield "/".join(reversed(ends))
    found = re.fullmatch(r"(?:(\d{1,2})[°º]?[ -])?([a-z]{3})[a-z]*\.?[ -](\d{2,4})", text.casefold())
    for number, names in enumerate(_MONTHS, 1):
        if found and found[2] in names.split():
            text = "/".join(filter(None, [found[1], f"{number:02d}", found[3] if found[1] else _century(found[3])]))
    parts = re.split(r"[/. -]+", text)
    if not 2 <= len(parts) <= 3 or not all(re.fullmatch("[0-9]{1,4}", part) for part in parts):
        return
    *rest, year = parts if len(parts[0]) < 4 else parts[::-1]
    if len(rest) == 2:
        year = _century(year)
    if len(year) == 4:
        for order in (rest[::-1], rest):
            yield "-".join([year, *(f"{int(part):02d}" for part in order)])


def _century(year: str) -> str:
    """A year of two digits with its century."""
    return ("20" if year < "69" else "19") + year if len(year) == 2 else year


def _with_zeros(pattern: str, value: str) -> dict[str, str]:
    """A code of digits with the zeros that a spreadsheet took for a number's."""
    digits = re.fullmatch(r"\[0-9\]\{(\d+)\}", pattern)
    return perhaps(value.zfill(int(digits[1])) if digits and re.fullmatch("[0-9]{2,}", value) else None)


def _plain_number(column: Column, value: str) -> dict[str, str]:
    """A number written with a decimal comma, thousands separators or words around it, as we write it: of a point and
    a comma the last is that of the decimals, and the only one is it too where no thousands can be meant."""
    numbers = re.findall(r"[+-]?\d(?:[\d.,\s'’]*\d)?", value)
    if len(numbers) != 1:
        return perhaps(None)
    plain = re.sub(r"[\s'’]", "", numbers[0])
    other = "." if plain.rfind(",") > plain.rfind(".") else ","
    guesses = [plain.replace(other, "").replace(",", ".")]
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}([.,]\d{3})+", plain):
        guesses.append(re.sub("[.,]", "", plain))
    return perhaps(next((guess for guess in guesses if _is_number(column, guess)), None))


def _plain_point(column: Column, value: str) -> dict[str, str]:
    """Coordinates with decimal commas, in degrees, without a comma between, or in WKT, as we write them."""
    degrees = re.findall(r"(\d+)\s*°\s*(\d+)\s*['’′]\s*(?:(\d+(?:[.,]\d+)?)\s*(?:\"|''|”|″))?", value)
    parts = [str(round(int(d) + int(m) / 60 + float((s or "0").replace(",", ".")) / 3600, 5)) for d, m, s in degrees]
    parts = parts or [part.replace(",", ".") for part in re.findall(r"-?\d+[.,]\d+", value)]
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
