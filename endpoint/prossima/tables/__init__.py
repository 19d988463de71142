"""Tables: what a spreadsheet holds, read by the schema that says which columns it has and what each becomes."""

from prossima.tables.reading import Row, Table, read
from prossima.tables.schema import Column, Schema, closest, filled, nearest, shipped_schemas, slug, variables

__all__ = [
    "Column", "Row", "Schema", "Table",
    "closest", "filled", "nearest", "read", "shipped_schemas", "slug", "variables",
]  # fmt: skip
