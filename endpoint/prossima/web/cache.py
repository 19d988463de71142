"""Answers kept ready to send, by what was asked of which release; the least used go when they take too many bytes."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import cached_property

# What an entry costs beside its bytes, about.
_OVERHEAD = 600
_ALIASES = 16
# An answer larger than this share of the cache would push out too many others.
_LARGEST = 16
# From so many bytes on, time counts more than size.
_LARGE = 1_000_000

Headers = list[tuple[bytes, bytes]]
# A request letter by letter: all of it that a reply hangs on; or all its bytes.
Alias = tuple[bytes | None, ...] | bytes


@dataclass(frozen=True)
class Reply:
    """What is sent: status, headers, and the body, in memory or a file that is deleted as it is opened.

    etag: the strong validator, where there is one. kind, rows, waited (seconds), limit (which was met): for metrics and
    log."""

    status: int
    headers: Headers
    body: bytes = b""
    file: str | None = None
    etag: bytes | None = None
    kind: str = "other"
    rows: int | None = None
    waited: float = 0.0
    limit: str | None = None

    @cached_property
    def lines(self) -> bytes:
        """The headers as they are sent, with the length."""
        return b"".join(
            b"%b: %b\r\n" % header for header in [*self.headers, (b"content-length", b"%d" % len(self.body))]
        )

    def gzipped(self) -> Reply:
        """The same, compressed. (Its validator is that of the coding asked for: RFC 9110, section 8.8.3.3.)"""
        return replace(
            self,
            headers=[*self.headers, (b"content-encoding", b"gzip")],
            body=gzip.compress(self.body, 5 if len(self.body) < _LARGE else 1, mtime=0),
        )


class Cache:
    """At most `limit` bytes of replies. Requests are remembered letter by letter (an alias) so that the same one
    again is a look-up, and by what they mean (a key) so that it is kept once."""

    def __init__(self, limit: int) -> None:
        self.limit, self.bytes, self.hits, self.misses = limit, 0, 0, 0
        self._replies: OrderedDict[Hashable, tuple[Reply, int, list[Alias]]] = OrderedDict()
        self._aliases: dict[Alias, Hashable] = {}

    def takes(self, size: int) -> bool:
        """Whether a reply of so many bytes may be kept."""
        return size * _LARGEST <= self.limit

    def also(self, alias: Alias, whole: bytes) -> None:
        """The request that came as `alias` came as these bytes."""
        if (key := self._aliases.get(alias)) is not None:
            self._known_as(key, whole)

    def again(self, alias: Alias) -> Reply | None:
        """The reply to exactly this request."""
        key = self._aliases.get(alias)
        if key is None:
            return None
        self._replies.move_to_end(key)
        self.hits += 1
        return self._replies[key][0]

    def get(self, key: Hashable, alias: Alias) -> Reply | None:
        """The reply to what this request means; the request is remembered."""
        found = self._replies.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        self._replies.move_to_end(key)
        self._known_as(key, alias)
        return found[0]

    def _known_as(self, key: Hashable, alias: Alias) -> None:
        reply, bytes_, aliases = self._replies[key]
        if alias not in self._aliases and len(aliases) < _ALIASES:
            self._aliases[alias] = key
            aliases.append(alias)
            self.bytes += _size(alias)
            self._replies[key] = (reply, bytes_ + _size(alias), aliases)
            self._make_room()

    def keep(self, key: Hashable, reply: Reply, alias: Alias) -> None:
        """Keep a reply, with the request that it was first given to."""
        bytes_ = len(reply.body) + sum(len(value) for _, value in reply.headers) + 2 * _size(alias) + _OVERHEAD
        if not self.takes(bytes_) or key in self._replies:
            return
        self._replies[key] = (reply, bytes_, [alias])
        self._aliases[alias] = key
        self.bytes += bytes_
        self._make_room()

    def clear(self) -> None:
        self._replies.clear()
        self._aliases.clear()
        self.bytes = 0

    def _make_room(self) -> None:
        while self.bytes > self.limit and self._replies:
            _, (_, bytes_, aliases) = self._replies.popitem(last=False)
            self.bytes -= bytes_
            for alias in aliases:
                del self._aliases[alias]


def _size(alias: Alias) -> int:
    return len(alias) if isinstance(alias, bytes) else sum(len(part) for part in alias if part)
