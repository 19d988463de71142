"""HTTP as uvicorn speaks it, but for one thing: a request that comes again letter by letter, and whose answer is kept,
is answered before it is taken apart. Parsing, tasks and messages cost several times what the answer does."""

from __future__ import annotations

from collections.abc import Callable

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# The scope's extension with the bytes of the request, where they are all of it and all that came.
WHOLE = "prossima.whole"
_LEFT = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade"})
_END = b"\r\n\r\n"


def protocol(ready: Callable[[bytes], tuple[bytes, ...] | None]) -> type[HttpToolsProtocol]:
    """The protocol class. ready: what is to be sent, from the headers on, to a request of exactly these bytes."""

    class Wire(HttpToolsProtocol):
        _between = True  # two requests: nothing of another has come, and no answer is on its way
        _whole: bytes | None = None

        def data_received(self, data: bytes) -> None:
            free = self._between and (self.cycle is None or self.cycle.response_complete) and not self.flow.write_paused
            if free and not self.transport.is_closing() and (parts := ready(data)):
                self._again(parts)
                return
            is_whole = free and data.startswith(b"GET ") and data.find(_END) == len(data) - len(_END)
            self._whole = data if is_whole else None
            super().data_received(data)

        def _again(self, parts: tuple[bytes, ...]) -> None:
            """Send a kept reply, as `on_response_complete` ends one that was made."""
            self._unset_keepalive_if_required()
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
                self.scope["extensions"] = {WHOLE: {"bytes": self._whole}}
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            self._between = True
            super().on_message_complete()

    return Wire
