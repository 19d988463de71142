"""Where a thing went that goes by another name now: `dcterms:isReplacedBy`, from wherever a file says it."""

from __future__ import annotations

from urllib.parse import unquote

from fastapi import Request
from pyoxigraph import NamedNode
from starlette.responses import RedirectResponse, Response

from prossima.vocabulary import DCTERMS
from prossima.web.links import Links
from prossima.words import Words


def replacement(words: Words, links: Links, iri: str) -> str | None:
    """What replaces a thing: an IRI of ours or on the web, from which no renaming leads back to the thing."""
    here = _address(links, iri)
    for new in _replacements(words, links, iri):
        waiting, seen = [new], {new}
        while waiting:
            onward = set(_replacements(words, links, waiting.pop())) - seen
            waiting += onward
            seen |= onward
        if here not in {_address(links, other) for other in seen}:
            return new
    return None


def redirected(request: Request, links: Links, iri: str) -> Response:
    """To the page of an IRI with the parameters of the request, or to another site, which has none of ours."""
    path = links.path(iri)
    if path is None:
        return RedirectResponse(iri, 301)
    path, hash_, fragment = path.partition("#")
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{path}{query}{hash_}{fragment}", 301)


def _replacements(words: Words, links: Links, iri: str) -> list[str]:
    nodes = [node.value for node in words.objects(iri, DCTERMS("isReplacedBy")) if isinstance(node, NamedNode)]
    return sorted(new for new in nodes if links.path(new) or new.startswith(("http:", "https:")))


def _address(links: Links, iri: str) -> str:
    """Where an IRI leads: several, spelled differently, may lead to the same page."""
    return unquote((links.path(iri) or iri).partition("#")[0])
