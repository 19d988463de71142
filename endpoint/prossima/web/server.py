"""`prossima serve`: the application under uvicorn, and the address printed once it answers."""

from __future__ import annotations

import asyncio
import errno
import gc
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn
from rich.console import Console
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from prossima.engine.scratch import Scratch
from prossima.language import Texts
from prossima.releases import Shelf, ShelfError
from prossima.settings import Settings
from prossima.web.app import create_app, create_scratch
from prossima.web.wire import protocol

# Seconds that answers under way have to end when the server stops.
GRACE = 3
_REFUSALS: dict[int | None, str] = {errno.EADDRINUSE: "taken", errno.EACCES: "forbidden"}


def run(settings: Settings, texts: Texts, language: str) -> int:
    """Serve the releases until stopped. Returns the exit code: 2 when the address cannot be had. Raises ShelfError,
    OSError."""
    current = Shelf(settings.data).current()
    if (listener := _listener(settings, texts, language)) is None:
        return 2
    app, engine = create_app(settings)
    try:
        engine.serving()  # here, where what is wrong with the release ends in one sentence
    except (OSError, ShelfError):
        engine.forget()
        raise
    release = current.number if current else texts(language, "serve.empty")
    said = lambda url: texts(language, "serve.ready", url=url, release=release)  # noqa: E731
    _serve(app, listener, settings, said, protocol(app))
    return 0


def run_scratch(paths: list[Path], settings: Settings, texts: Texts, language: str) -> int:
    """Serve RDF files, and what is done to them, until stopped. Returns the exit code: 1 for a file that cannot be
    read, 2 when the address cannot be had."""
    scratch = Scratch(settings)
    try:
        scratch.load(paths)
    except (SyntaxError, OSError, ValueError) as error:
        words = texts(language, "serve.unreadable", detail=error)
        Console(stderr=True).print(words, style="red", highlight=False, soft_wrap=True)
        return 1
    if (listener := _listener(settings, texts, language)) is None:
        return 2
    triples = len(scratch.store)
    _serve(
        create_scratch(scratch), listener, settings,
        lambda url: texts(language, "serve.scratch", url=url, triples=triples),
    )  # fmt: skip
    return 0


def _listener(settings: Settings, texts: Texts, language: str) -> socket.socket | None:
    """A socket at the address; None, and the reason is told, when it cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # With the protocol named, or asyncio leaves Nagle's algorithm on: 40 ms for each answer on a kept connection.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
    except (OSError, UnicodeError) as error:  # UnicodeError: a name that no host can have
        listener.close()
        key = _REFUSALS.get(getattr(error, "errno", None), "unknown_host")
        words = texts(language, f"serve.{key}", port=settings.port, host=settings.host)
        Console(stderr=True).print(words, style="red", highlight=False, soft_wrap=True)
        return None
    return listener


def _serve(
    app: ASGIApp,
    listener: socket.socket,
    settings: Settings,
    ready: Callable[[str], str],
    http: type[asyncio.Protocol] = HttpToolsProtocol,
) -> None:
    """Serve `app`; `ready` makes the sentence that is printed once it answers, from its address."""
    console = Console()
    port = listener.getsockname()[1]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            # What is there now stays: to look through it for garbage would hold up answers again and again.
            gc.collect()
            gc.freeze()
            console.print(ready(f"http://{host}:{port}/"), highlight=False, soft_wrap=True)

    config = uvicorn.Config(app, http=http, log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE)
    Server(config).run(sockets=[listener])
