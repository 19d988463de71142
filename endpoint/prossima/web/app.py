"""The application: the front with SPARQL, and behind it pages, static files, health and metrics."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from prossima import __version__
from prossima.engine.scratch import Scratch
from prossima.engine.serving import Engine
from prossima.settings import Settings
from prossima.web import download, ontology, pages, quality, questions, releases, search, status
from prossima.web.front import Front
from prossima.web.layout import error_page, is_browser, problem_response
from prossima.web.observation import Observation

STATIC = Path(__file__).parent / "static"


def create_app(settings: Settings) -> tuple[Front, Engine]:
    """The application over the releases in `settings.data`, and its engine, which it starts and closes."""
    engine = Engine(settings)
    observation = Observation(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await engine.start()
        front.sparql.follow()
        yield
        front.sparql.close()
        await engine.close()

    app = FastAPI(title="Prossima", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    front = Front(app, engine, observation)
    observation.watch(engine, front.sparql.cache, lambda: front.sparql.is_warming)
    app.state.engine, app.state.front = engine, front
    app.state.observation = observation
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "HEAD", "POST"],
        allow_headers=["*"],
        expose_headers=["Prossima-Release", "Content-Location"],
    )
    app.add_middleware(HeadAsGet)
    app.mount("/static", StaticFiles(directory=STATIC, check_dir=False), name="static")
    app.include_router(status.router)
    app.include_router(questions.router)
    app.include_router(releases.router)
    app.include_router(ontology.router)
    app.include_router(quality.router)
    app.include_router(download.router)
    app.include_router(search.router)
    app.include_router(pages.router)  # last: it takes every path
    _explain_errors(app)
    return front, engine


def create_scratch(scratch: Scratch) -> ASGIApp:
    """The application over a scratch store: SPARQL and Graph Store, health and metrics, and nothing else."""
    observation = Observation(scratch.settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await scratch.close()

    app = FastAPI(title="Prossima scratch", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.observation = observation
    app.add_middleware(HeadAsGet)
    app.include_router(status.scratch)
    return Front(app, scratch, observation)


def _explain_errors(app: FastAPI) -> None:
    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        response = problem_response(error.status_code, str(error.detail), f"{request.method} {request.url.path}")
        headers = dict(error.headers or {})
        if "GET" in (allowed := headers.get("Allow", "").split(", ")):
            headers["Allow"] = ", ".join(sorted({*allowed, "HEAD"}))
        response.headers.update(headers)
        return response

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Response:
        # Raised again after this answer: the server logs it with its traceback.
        if is_browser(request):
            return error_page(request, 500, "error.fault")
        detail = "This is a fault of ours, and it has been logged."
        return problem_response(500, "Internal error", detail)


class HeadAsGet:
    """Answers HEAD as GET everywhere, with the same headers; the server sends no body to who asked by HEAD."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_head = scope["type"] == "http" and scope["method"] == "HEAD"
        await self.app({**scope, "method": "GET"} if is_head else scope, receive, send)
