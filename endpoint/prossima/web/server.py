"""`prossima serve`: the application under uvicorn, and the address printed once it answers."""

from __future__ import annotations

import errno
import socket

import uvicorn
from rich.console import Console

from prossima.language import Texts
from prossima.releases import Shelf, ShelfError
from prossima.settings import Settings
from prossima.web.app import create_app

# Seconds that answers under way have to end when the server stops.
GRACE = 3
_REFUSALS: dict[int | None, str] = {errno.EADDRINUSE: "taken", errno.EACCES: "forbidden"}


def run(settings: Settings, texts: Texts, language: str) -> int:
    """Serve until stopped. Returns the exit code: 2 when the address cannot be had. Raises ShelfError, OSError."""
    console = Console()
    current = Shelf(settings.data).current()
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        # With the protocol named, or asyncio leaves Nagle's algorithm on: 40 ms for each answer on a kept connection.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
    except (OSError, UnicodeError) as error:  # UnicodeError: a name that no host can have
        key = _REFUSALS.get(getattr(error, "errno", None), "unknown_host")
        words = texts(language, f"serve.{key}", port=settings.port, host=settings.host)
        Console(stderr=True).print(words, style="red", highlight=False, soft_wrap=True)
        return 2
    port = listener.getsockname()[1]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            release = current.number if current else texts(language, "serve.empty")
            words = texts(language, "serve.ready", url=f"http://{host}:{port}/", release=release)
            console.print(words, highlight=False)

    app = create_app(settings)
    try:
        app.state.engine.start()  # here, where what is wrong with the release ends in one sentence
    except (OSError, ShelfError):
        app.state.engine.close()
        raise
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE)
    Server(config).run(sockets=[listener])
    return 0
