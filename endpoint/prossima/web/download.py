"""A district's facts as a workbook to take home: what `prossima export` writes, of the release that is served."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, Request
from pyoxigraph import NamedNode
from starlette.responses import Response

from prossima import workbook
from prossima.engine.serving import Serving
from prossima.vocabulary import DCTERMS, ROOT, text_of
from prossima.web.layout import districts, error_page, language_of, path_of

router = APIRouter()
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/id/{district}.xlsx")
def download(request: Request, district: str) -> Response:
    """The workbook in the reader's language; 404 where the district was not published from tables."""
    serving = request.app.state.engine.serving()
    base = {id_: base for base, id_ in districts(serving)}.get(district) if serving else None
    made = _written(serving, base, language_of(request)) if serving and base else None
    if serving is None or made is None:
        return error_page(request, 404, "error.not_found", iri=ROOT + path_of(request).removeprefix("/"))
    name = f"{district}-{serving.release.number}.xlsx"
    return Response(made, media_type=_XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@lru_cache(maxsize=8)
def _written(serving: Serving, base: str, language: str) -> bytes | None:
    ids = serving.store.quads_for_pattern(NamedNode(base), DCTERMS("identifier"), None, None)
    book = workbook.found(next((text_of(quad.object) for quad in ids), ""), serving.release.sources())
    if book is None or not book.tables:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "district.xlsx"
        workbook.write(path, book.said or {}, book.tables, language, example=False)
        return path.read_bytes()
