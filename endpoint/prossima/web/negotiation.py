"""Which format to answer in: the `format` parameter, else the `Accept` header (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Format:
    """A format we write. key: as the engine knows it. media: its types, the first being the one sent.
    names: what the `format` parameter may say. label: how a page calls it."""

    key: str
    media: tuple[str, ...]
    names: tuple[str, ...]
    label: str

    @property
    def content_type(self) -> str:
        return self.media[0] + ("; charset=utf-8" if self.media[0].startswith("text/") else "")


RESULT_FORMATS = (
    Format("json", ("application/sparql-results+json", "application/json"), ("json", "srj"), "JSON"),
    Format("xml", ("application/sparql-results+xml", "application/xml", "text/xml"), ("xml", "srx"), "XML"),
    Format("csv", ("text/csv",), ("csv",), "CSV"),
    Format("tsv", ("text/tab-separated-values",), ("tsv",), "TSV"),
)
GRAPH_FORMATS = (
    Format("ttl", ("text/turtle", "application/x-turtle", "text/n3"), ("ttl", "turtle"), "Turtle"),
    Format("jsonld", ("application/ld+json", "application/json"), ("jsonld", "json-ld", "json"), "JSON-LD"),
    Format("rdf", ("application/rdf+xml", "application/xml", "text/xml"), ("rdf", "rdfxml", "xml"), "RDF/XML"),
    Format("nt", ("application/n-triples", "text/plain"), ("nt", "ntriples"), "N-Triples"),
)
# The view of a thing for who does not know RDF comes before JSON-LD where plain JSON is asked for.
JSON = Format("json", ("application/json",), ("json",), "JSON")
THING_FORMATS = (GRAPH_FORMATS[0], JSON, *GRAPH_FORMATS[1:])
HTML = Format("html", ("text/html", "application/xhtml+xml"), ("html",), "HTML")


def by_name(name: str, offered: Sequence[Format]) -> Format | None:
    """The format that a `format` parameter (a short name or a media type) asks for."""
    wanted = name.strip().lower()
    return next((f for f in offered if wanted in f.names or wanted in f.media), None)


@lru_cache(maxsize=512)
def negotiated(accept: str | None, offered: tuple[Format, ...]) -> Format | None:
    """The best of `offered` (in our order of preference) for an Accept header; None when none will do."""
    if not accept or not accept.strip():
        return offered[0]
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    best: tuple[float, int] | None = None
    chosen: Format | None = None
    for order, format_ in enumerate(offered):
        quality = max((_quality(media, ranges) for media in format_.media), default=0.0)
        if quality > 0 and (best is None or (quality, -order) > best):
            best, chosen = (quality, -order), format_
    return chosen


def _range(part: str) -> tuple[str, float]:
    media, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return media, min(max(float(value), 0.0), 1.0)
            except ValueError:
                return media, 0.0
    return media, 1.0


def _quality(media: str, ranges: list[tuple[str, float]]) -> float:
    """The quality the most specific matching range gives this media type."""
    kind = media.partition("/")[0]
    for pattern in (media, f"{kind}/*", "*/*"):
        for given, quality in ranges:
            if given == pattern:
                return quality
    return 0.0
