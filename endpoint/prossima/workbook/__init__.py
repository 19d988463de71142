"""A district in one workbook: a sheet for each table, one for what the district is, one for claims on single cells."""

from prossima.workbook.folder import as_toml, beside, collected, found, own_schemas, proposed, save
from prossima.workbook.reading import SUFFIXES, Book, opened, read, stated
from prossima.workbook.writing import write

__all__ = [
    "SUFFIXES", "Book",
    "as_toml", "beside", "collected", "found", "opened", "own_schemas", "proposed", "read", "save", "stated", "write",
]  # fmt: skip
