"""Answers kept ready to send, by what was asked of which release; the least used go when they take too many bytes."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, replace

# What an entry costs beside its bytes, about.
_OVERHEAD = 600
# An answer larger than this share of the cache would push out too many others.
_LARGEST = 16

Headers = list[tuple[bytes, bytes]]
# A request letter by letter: all of it that a reply hangs on.
Alias = tuple[bytes | None, ...]


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

    def gzipped(self) -> Reply:
        """The same, compressed. (Its validator is that of the coding asked for: RFC 9110, section 8.8.3.3.)"""
        return replace(
            self,
            headers=[*self.headers, (b"content-encoding", b"gzip")],
            body=gzip.compress(self.body, 5, mtime=0),
        )


class Cache:
    """At most `limit` bytes of replies. Requests are remembered letter by letter (an alias) so that the same one
    again is a look-up, and by what they mean (a key) so that it is kept once."""

    def __init__(self, limit: int) -> None:
        self.limit, self.bytes, self.hits, self.misses = limit, 0, 0, 0
        self._replies: OrderedDict[Hashable, tuple[Reply, int, list[Alias]]] = OrderedDict()
        self._aliases: dict[Alias, Hashable] = {}

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
        reply, bytes_, aliases = found
        if alias not in self._aliases and len(aliases) < 8:
            self._aliases[alias] = key
            aliases.append(alias)
            self.bytes += _size(alias)
            self._replies[key] = (reply, bytes_ + _size(alias), aliases)
        self._replies.move_to_end(key)
        self._make_room()
        return reply

    def keep(self, key: Hashable, reply: Reply, alias: Alias) -> None:
        """Keep a reply, with the request that it was first given to."""
        bytes_ = len(reply.body) + sum(len(value) for _, value in reply.headers) + 2 * _size(alias) + _OVERHEAD
        if bytes_ * _LARGEST > self.limit or key in self._replies:
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
    return sum(len(part) for part in alias if part)
