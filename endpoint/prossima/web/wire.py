"""HTTP as uvicorn speaks it, but for two things, as tasks and messages cost several times what such answers do: a
request that comes again letter by letter, and whose reply is kept, is answered before it is taken apart; and a GET for
whose reply nothing has to be waited is answered before there is a task for it."""

from __future__ import annotations

from typing import Protocol

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# The scope's extension with the bytes of the request, where they are all of it and all that came.
WHOLE = "prossima.whole"
_LEFT = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade"})
_END = b"\r\n\r\n"
# What is sent with 200, from the headers on.
Parts = tuple[bytes, ...]


class Quick(Protocol):
    """Who has such answers; None where it has none."""

    def ready(self, whole: bytes) -> Parts | None:
        """To a request of exactly these bytes."""

    def at_once(self, target: bytes, headers: list[tuple[bytes, bytes]], whole: bytes) -> Parts | None:
        """To a GET of this target with these headers (in lower case), and of exactly these bytes."""


def protocol(quick: Quick) -> type[HttpToolsProtocol]:
    """The protocol class, which asks `quick` first."""

    class Wire(HttpToolsProtocol):
        _between = True  # two requests: nothing of another has come, and no answer is on its way
        _whole: bytes | None = None
        _is_sent = False  # the answer to the request whose end has not been seen yet

        def data_received(self, data: bytes) -> None:
            free = self._between and (self.cycle is None or self.cycle.response_complete) and not self.flow.write_paused
            if free and not self.transport.is_closing() and (parts := quick.ready(data)):
                self._unset_keepalive_if_required()
                self._send(parts)
                return
            is_whole = free and data.startswith(b"GET ") and data.find(_END) == len(data) - len(_END)
            self._whole = data if is_whole else None
            super().data_received(data)

        def _send(self, parts: Parts) -> None:
            """Send an answer, as `on_response_complete` ends one that a task made."""
            ours = [line for name, value in self.server_state.default_headers for line in (name, b": ", value, b"\r\n")]
            self.transport.write(b"".join([b"HTTP/1.1 200 OK\r\n", *ours, *parts]))
            self.server_state.total_requests += 1
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

        def on_message_begin(self) -> None:
            self._between = False
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            # Who closes, or has a body to come, is left to uvicorn, which knows how.
            keeps = self.parser.get_http_version() == "1.1" and self.parser.should_keep_alive()
            if self._whole and keeps and _LEFT.isdisjoint(name for name, _ in self.headers):
                if not self.transport.is_closing() and (parts := quick.at_once(self.url, self.headers, self._whole)):
                    self._is_sent = True
                    self._send(parts)
                    return
                self.scope["extensions"] = {WHOLE: {"bytes": self._whole}}
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            self._between = True
            if self._is_sent:
                self._is_sent = False
            else:
                super().on_message_complete()

    return Wire
