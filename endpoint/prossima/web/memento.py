"""Time travel: which release a request asks of, and what its answer says of it (RFC 7089, Memento).

`/sparql` is at once original resource and TimeGate: `release=N` pins an answer to a release, for good;
`Accept-Datetime` picks the release that was current then, and the answer tells its pinned address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from prossima.releases import Release, Shelf
from prossima.web.asked import Asked, ProtocolError, one

# A longer address is refused by proxies and servers before it gets here.
_LONGEST = 3000


@dataclass(frozen=True)
class Chosen:
    """The release asked of. pinned: by its number. dated: by Accept-Datetime."""

    release: Release
    pinned: bool = False
    dated: bool = False


def chosen(asked: Asked, parameters: Sequence[tuple[str, str]], shelf: Shelf, current: Release) -> Chosen:
    """The release that a request asks of. Raises ProtocolError."""
    number = one(parameters, "release")
    if number is not None:
        return Chosen(_numbered(number, shelf, current), pinned=True)
    date = asked.header(b"accept-datetime")
    if not date:
        return Chosen(current)
    try:
        then = parsedate_to_datetime(date)
    except (TypeError, ValueError, IndexError):
        detail = f"Accept-Datetime is an HTTP date, such as {http_date(current.created)}, not {date!r}."
        raise ProtocolError(400, "Not a date", detail) from None
    then = then.replace(tzinfo=UTC) if then.tzinfo is None else then
    kept = shelf.all()
    return Chosen(next((r for r in reversed(kept) if r.created <= then), kept[0]), dated=True)


def _numbered(number: str, shelf: Shelf, current: Release) -> Release:
    if number.isascii() and number.isdigit() and int(number) == current.number:
        return current
    kept = {str(release.number): release for release in shelf.all()}
    if number in kept:
        return kept[number]
    there = f"{next(iter(kept))} to {current.number}" if len(kept) > 1 else str(current.number)
    detail = f"Release {number!r} is not kept here; there is {there}: see /releases."
    raise ProtocolError(404, "No such release", detail)


def headers(asked: Asked, given: Sequence[tuple[str, str]], found: Chosen) -> list[tuple[bytes, bytes]]:
    """What an answer says of its release. given: the parameters of the request, wherever they stood."""
    path = asked.raw_path.decode("latin-1").replace(">", "%3E")
    if asked.method == "POST" or found.pinned:
        address = urlencode([(name, value) for name, value in given if name != "release"])
    else:
        address = asked.query_string.decode("latin-1").replace(">", "%3E")
    if len(address) > _LONGEST:
        address = ""
    original = f"{path}?{address}" if address else path
    pinned = f"{original}{'&' if address else '?'}release={found.release.number}"
    created = _date(found.release)
    links = (
        f'<{original}>; rel="original timegate", <{pinned}>; rel="memento", '
        f'</timemap{original}>; rel="timemap"; type="application/link-format"'
    )
    said = [
        (b"prossima-release", str(found.release.number).encode()),
        (b"last-modified", created),
        (b"link", links.encode()),
    ]
    if found.pinned or found.dated:
        said.append((b"memento-datetime", created))
    if found.dated:
        said.append((b"content-location", pinned.encode()))
    return said


def time_map(host: str, path: str, query: str, releases: Sequence[Release]) -> str:
    """The TimeMap of an address: its pinned ones, one for each release (RFC 7089, section 5; RFC 6690)."""
    kept = urlencode([pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "release"])
    original = f"{host}{path}?{kept}" if kept else f"{host}{path}"
    joint = "&" if kept else "?"
    lines = [
        f'<{original}>; rel="original timegate"',
        f'<{host}/timemap{path}{"?" + kept if kept else ""}>; rel="self"; type="application/link-format"',
    ]
    for at, release in enumerate(releases):
        rel = " ".join([*(["first"] if at == 0 else []), *(["last"] if at == len(releases) - 1 else []), "memento"])
        lines.append(
            f'<{original}{joint}release={release.number}>; rel="{rel}"; datetime="{http_date(release.created)}"'
        )
    return ",\n".join(lines) + "\n"


@lru_cache(maxsize=16)
def _date(release: Release) -> bytes:
    return http_date(release.created).encode()


def http_date(when: datetime) -> str:
    """A date as HTTP writes it."""
    return format_datetime(when.astimezone(UTC), usegmt=True)
