"""The quality of each district's data, as a page and as JSON."""

from __future__ import annotations

from functools import lru_cache

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from prossima import quality as measuring
from prossima.engine.serving import Serving
from prossima.quality import Quality
from prossima.vocabulary import ROOT, SCHEME
from prossima.web.layout import chosen_format, districts, error_page, language_of, links_of, page, path_of, texts
from prossima.web.links import district_path
from prossima.web.negotiation import HTML, JSON
from prossima.web.views import Link
from prossima.words import Words

router = APIRouter()
# Of long lists the first: all are in the JSON.
_SHOWN = 100


@router.get("/quality/{district}")
def quality(request: Request, district: str) -> Response:
    """How complete, how sure and how fresh a district's data are, what is open and what is known to be lacking."""
    serving = request.app.state.engine.serving()
    base = {id_: base for base, id_ in districts(serving)}.get(district) if serving else None
    if serving is None or base is None:
        return error_page(request, 404, "error.not_found", iri=ROOT + path_of(request).removeprefix("/"))
    found = _measured(serving, base)
    if chosen_format(request, (JSON,)) is not HTML:
        return JSONResponse(found.as_dict() | {"release": serving.release.number}, headers={"Vary": "Accept"})
    language = language_of(request)
    words, links = Words(serving.store, language), links_of(serving)

    def link(iri: str) -> Link:
        return Link(words.label(iri), links.path(iri))

    lacking: dict[str, list[str]] = {}
    for gap in found.unknowns:
        lacking.setdefault(gap.property, []).append(gap.subject)
    unknowns = [
        {"property": link(property_), "things": [link(thing) for thing in things]}
        for property_, things in sorted(lacking.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    disagreements = [
        {
            "subject": Link(words.label(open_.iri), links.path(open_.iri)),
            "property": link(open_.property),
            "resolution": words.label(f"{SCHEME}resolution/{open_.resolution}"),
        }
        for open_ in found.disagreements
    ]
    title = texts(language, "quality.title", name=words.label(base))
    return page(
        request,
        "quality.html",
        title=title,
        quality=found,
        heading=title,
        as_of=words.date(found.as_of) if found.as_of else None,
        district=Link(words.label(base), district_path(district)),
        disagreements=disagreements,
        unknowns=unknowns,
        limit=_SHOWN,
        number=words.number,
        parts=_parts,
    )


@lru_cache(maxsize=16)
def _measured(serving: Serving, base: str) -> Quality:
    return measuring.quality(serving.store, base)


def _parts(found: measuring.Field) -> list[tuple[str, int, float]]:
    """The parts of a field's bar: state, how many, and the width in percent."""
    counts = {"known": found.known, "none": found.none, "unknown": found.unknown, "silent": found.silent}
    return [(state, n, round(100 * n / found.total, 2)) for state, n in counts.items()]
