"""How the service is, for who keeps it: `/health`, `/ready`, `/metrics`; each is told in docs/operating.md."""

from __future__ import annotations

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import PlainTextResponse, Response

from prossima.engine.serving import Engine
from prossima.web.layout import problem_response

router, scratch = APIRouter(), APIRouter()


@router.get("/health", response_class=PlainTextResponse)
@scratch.get("/health", response_class=PlainTextResponse)
async def health() -> str:
    """200 as soon as requests are accepted."""
    return "ok\n"


@router.get("/ready")
async def ready(request: Request) -> Response:
    """200 when there is a release, and a process to ask it; 503 with the reason until then."""
    engine: Engine = request.app.state.engine
    if engine.serving() is None:
        return problem_response(503, "Nothing published", "Publish a district: prossima publish kb/...")
    if not engine.pool.processes:
        return problem_response(503, "No query process", "The query processes do not start: see the log.")
    return PlainTextResponse("ready\n")


@router.get("/metrics")
@scratch.get("/metrics")
async def metrics(request: Request) -> Response:
    """Prometheus metrics."""
    return Response(request.app.state.observation.text(), media_type=CONTENT_TYPE_LATEST)
