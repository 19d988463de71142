"""The pages: landing, lists, a page for each thing, the history."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from pyoxigraph import DefaultGraph, NamedNode, Store, Triple
from starlette.responses import Response

from prossima.engine import UnwritableError
from prossima.engine.serving import Engine, Serving
from prossima.vocabulary import (
    DCTERMS,
    PR,
    RDF,
    RDFS,
    SKOS,
    is_iri,
    text_of,
)
from prossima.web.jsonview import json_view
from prossima.web.layout import (
    chosen_format,
    data_response,
    districts,
    error_page,
    graph_formats,
    graph_response,
    language_of,
    links_of,
    page,
    path_of,
    things_by_kind,
)
from prossima.web.links import Links, district_path
from prossima.web.negotiation import GRAPH_FORMATS, HTML, JSON, THING_FORMATS
from prossima.web.renaming import redirected, replacement
from prossima.web.things import Thing, arrangement
from prossima.web.views import Link
from prossima.words import Words

router = APIRouter()
PER_PAGE = 100


@router.get("/")
def landing(request: Request) -> Response:
    engine: Engine = request.app.state.engine
    serving = engine.serving()
    language = language_of(request)
    if serving is None:
        return page(request, "landing.html", districts=[], hubs=[])
    words, links = Words(serving.store, language), links_of(serving)
    shown = []
    for base, id_ in districts(serving):
        index = things_by_kind(serving, base)
        counts = [
            {"label": _kind_label(kind, language), "number": len(iris), "path": f"{district_path(id_)}{kind}/"}
            for kind, iris in sorted(index.items(), key=lambda item: -len(item[1]))
            if kind in _SHOWN_KINDS
        ]
        shown.append(
            {
                "label": words.label(base),
                "path": district_path(id_),
                "description": words.one(base, DCTERMS("description")),
                "counts": counts,
            }
        )
    hubs = [
        _hub(words, links, iri, district_path(id_))
        for base, id_ in districts(serving)
        for iri in things_by_kind(serving, base).get("hub", [])
    ]
    hubs.sort(key=lambda hub: str(hub["label"]).casefold())
    return page(request, "landing.html", districts=shown, hubs=hubs)


_SHOWN_KINDS = ("hub", "org", "group", "service", "project", "event", "figure", "source")


def _kind_label(kind: str, language: str) -> str:
    """What the things of a kind are called together; the kind itself where we have no word for it."""
    return str(arrangement()["kinds"].get(kind, {}).get(language, kind))


def _hub(words: Words, links: Links, iri: str, district: str) -> dict[str, Any]:
    places = [text_of(place) for place in words.objects(iri, PR("locatedIn"))]
    kinds = {place: {text_of(k) for k in words.objects(place, RDF("type"))} for place in places}
    municipality = [place for place in places if PR + "Municipality" in kinds[place]]
    near = [place for place in places if kinds[place] & {PR + "Neighbourhood", PR + "Quarter"}]
    near.sort(key=lambda place: PR + "Neighbourhood" not in kinds[place])
    buildings = [text_of(place) for place in words.objects(iri, PR("usesPlace"))]
    opened = words.when(iri, "opened")
    return {
        "label": words.label(iri),
        "path": links.path(iri),
        "kind": ", ".join(words.label(text_of(kind)) for kind in words.objects(iri, PR("hubKind"))),
        "municipality": words.label(municipality[0]) if municipality else None,
        "place": words.label((near or buildings)[0]) if near or buildings else None,
        "opened": opened or None,
        "district": district,
    }


@router.get("/id/{district}")
@router.get("/id/{district}/")
@router.get("/id/{district}/{kind}/")
def browse(request: Request, district: str, kind: str = "") -> Response:
    """A district's things, by kind, a hundred to a page; for machines the district, or all the things of the kind."""
    serving = request.app.state.engine.serving()
    base = {id_: base for base, id_ in districts(serving)}.get(district) if serving else None
    if serving is None or base is None:
        return thing(request)
    language = language_of(request)
    words, links, index = Words(serving.store, language), links_of(serving), things_by_kind(serving, base)
    if kind and kind not in index:
        return thing(request)
    chosen = chosen_format(request)
    if chosen is not HTML:
        store = store_asked(request, serving)
        described = Thing(store, base, language, links).description_graph
        return graph_response(request, chosen, _named(store, index[kind]) if kind else described())
    kinds = [
        {
            "label": _kind_label(name, language),
            "number": len(iris),
            "path": f"{district_path(district)}{name}/",
            "active": name == kind,
        }
        for name, iris in sorted(index.items(), key=lambda item: _kind_order(item[0]))
    ]
    listed = index[kind] if kind else index.get("hub", [])
    named = sorted((Link(words.label(iri), links.path(iri), _told(words, iri)) for iri in listed), key=_by_label)
    number, pages_ = _page_number(request, len(named))
    return page(
        request,
        "browse.html",
        title=words.label(base) if not kind else _kind_label(kind, language).capitalize(),
        heading=words.label(base) if not kind else _kind_label(kind, language).capitalize(),
        items=named[(number - 1) * PER_PAGE : number * PER_PAGE],
        page=number,
        pages=pages_,
        page_url=_page_url(request),
        total=len(named),
        kinds=kinds,
        about_district=None if kind else quote(district),
        formats=graph_formats(path_of(request)),
    )


def store_asked(request: Request, serving: Serving) -> Store:
    """The release's store, without what is inferred where that is asked."""
    return serving.asserted if request.query_params.get("inference") == "off" else serving.store


def _named(store: Store, iris: list[str]) -> list[Triple]:
    """Things with what they are and what they are called."""
    said = (RDF("type"), SKOS("prefLabel"), RDFS("label"), DCTERMS("title"))
    found = (
        store.quads_for_pattern(NamedNode(iri), predicate, None, DefaultGraph()) for iri in iris for predicate in said
    )
    return [quad.triple for quads in found for quad in quads]


def _kind_order(kind: str) -> tuple[int, str]:
    return (_SHOWN_KINDS.index(kind) if kind in _SHOWN_KINDS else len(_SHOWN_KINDS), kind)


def _told(words: Words, iri: str) -> str | None:
    """What tells a thing of a list apart from its neighbours."""
    when = words.when(iri, "period", "opened", "start", "issued", "attested")
    kinds = [words.label(text_of(kind)) for kind in words.objects(iri, PR("hubKind"))]
    return ", ".join([*kinds, *([when] if when else [])]) or None


def _by_label(link: Link) -> str:
    return link.label.casefold()


def _page_number(request: Request, total: int) -> tuple[int, int]:
    pages_ = max(1, -(-total // PER_PAGE))
    asked = request.query_params.get("page", "1")
    number = int(asked) if re.fullmatch("[0-9]{1,6}", asked) else 1
    return min(max(number, 1), pages_), pages_


def _page_url(request: Request) -> Callable[[int], str]:
    return lambda number: f"{path_of(request)}?{urlencode({**request.query_params, 'page': number})}"


@router.get("/{path:path}")
def thing(request: Request, path: str = "") -> Response:
    """Any IRI of ours: its page or its RDF; 301 when renamed, 410 when withdrawn, else 404."""
    serving: Serving | None = request.app.state.engine.serving()
    links = links_of(serving) if serving else Links()
    iris = links.iris(path_of(request))
    if serving is None:
        return error_page(request, 404, "error.not_found", iri=iris[-1])
    language = language_of(request)
    store = store_asked(request, serving)
    things = (Thing(store, iri, language, links) for iri in iris if is_iri(iri))
    found = next((thing for thing in things if thing.exists()), None)
    if found is None:
        withdrawn = serving.release.withdrawn
        for iri in iris:
            if iri in withdrawn:
                return error_page(request, 410, "error.gone", iri=iri, release=withdrawn[iri])
        return error_page(request, 404, "error.not_found", iri=iris[-1])
    if new := replacement(found.words, links, found.iri):
        return redirected(request, links, new)
    chosen = chosen_format(request, THING_FORMATS)
    if chosen is JSON:
        try:
            return data_response(request, JSON, json_view(found.iri, found.description_graph(own_terms=True)))
        except UnwritableError:
            chosen = GRAPH_FORMATS[0]
    if chosen is not HTML:
        return graph_response(request, chosen, found.description_graph())
    entity = found.entity()
    return page(
        request,
        "entity.html",
        title=entity.label,
        entity=entity,
        sections=found.sections(),
        unknowns=found.unknowns(),
        disagreements=found.disagreements(),
        links=found.incoming(),
        formats=graph_formats(path_of(request), THING_FORMATS),
        claimed_only=found.claimed_only(),
    )
