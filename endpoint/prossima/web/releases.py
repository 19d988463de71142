"""`/releases`: the history, what each release changed, and the TimeMap of a query (RFC 7089)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response

from prossima.engine.serving import Engine
from prossima.releases import Release
from prossima.web import memento
from prossima.web.layout import chosen_format, error_page, language_of, page, path_of, problem_response, texts
from prossima.web.negotiation import HTML, JSON
from prossima.words import Words

router = APIRouter()
CHANGES = ("added", "removed")


@router.get("/releases")
def releases(request: Request) -> Response:
    """Every release on the shelf, newest first: date, size, what changed and why."""
    engine: Engine = request.app.state.engine
    kept = engine.shelf.all()[::-1]
    if chosen_format(request, (JSON,)) is not HTML:
        return JSONResponse({"releases": [_described(release) for release in kept]}, headers={"Vary": "Accept"})
    language = language_of(request)
    serving = engine.serving()
    listed = []
    for release in kept:
        date = Words(serving.store, language).date(release.manifest.created) if serving else release.manifest.created
        kind = texts(language, f"releases.kinds.{release.manifest.kind}", parent=release.manifest.parent)
        listed.append(_described(release) | {"date": date, "kind": kind})
    title = texts(language, "releases.title")
    newest = kept[0].number if kept else None
    return page(request, "releases.html", title=title, releases=listed, newest=newest)


def _described(release: Release) -> dict[str, Any]:
    manifest = release.manifest
    return {
        "number": manifest.number,
        "created": manifest.created,
        "kind": manifest.kind,
        "reason": manifest.reason,
        "forkedFrom": manifest.parent,
        "quads": manifest.quads,
        "inferred": manifest.inferred,
        "added": manifest.added,
        "removed": manifest.removed,
        "sparql": f"/sparql?release={manifest.number}",
        "changes": {
            name: f"/releases/{manifest.number}/{name}.nq" for name in CHANGES if release.changes(name).is_file()
        },
    }


@router.get("/releases/{number}/{name}.nq")
def changes(request: Request, number: int, name: str) -> Response:
    """The quads that a release added or removed, as N-Quads, compressed as they are kept."""
    engine: Engine = request.app.state.engine
    kept = {release.number: release for release in engine.shelf.all()}
    if number not in kept or name not in CHANGES or not (file := kept[number].changes(name)).is_file():
        return error_page(request, 404, "error.not_found", iri=path_of(request))
    saved = f'attachment; filename="prossima-{number}-{name}.nq"'
    headers = {"Content-Encoding": "gzip", "Content-Disposition": saved, "Cache-Control": "public, max-age=31536000"}
    return FileResponse(file, media_type="application/n-quads", headers=headers)


@router.get("/timemap/{path:path}")
def time_map(request: Request, path: str) -> Response:
    """The pinned addresses of a query, or of a graph."""
    engine: Engine = request.app.state.engine
    kept = engine.shelf.all()
    if not kept or not (path == "sparql" or path.split("/")[0] == "graph-store"):
        return problem_response(404, "No TimeMap", "There are TimeMaps of /sparql and /graph-store.")
    host = f"{request.url.scheme}://{request.url.netloc}"
    text = memento.time_map(host, "/" + path, request.url.query, kept)
    return PlainTextResponse(text, media_type="application/link-format")
