"""`/search`: the things of the release that have some words, for people and, as JSON, for programs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from pyoxigraph import DefaultGraph, Literal, NamedNode
from starlette.responses import JSONResponse, Response

from prossima.engine.serving import Serving
from prossima.releases.textindex import kind_iri
from prossima.releases.textsearch import LONGEST, Asked, Found, Hit, search
from prossima.searchtext import LABELS, TEXTS
from prossima.vocabulary import PR, RDF, text_of
from prossima.web.layout import chosen_format, districts, language_of, links_of, page, path_of, texts
from prossima.web.negotiation import HTML, JSON
from prossima.words import Words

router = APIRouter()
PER_PAGE = 20
_MOST = 100
_LAST_PAGE = 1000
_WORD = re.compile(r"[^\W_]+")
_CHOICES = 10
_SNIPPET = 220
_BEFORE = 60
Pieces = list[tuple[str, bool]]


@dataclass(frozen=True)
class Result:
    """A hit as it is shown; name and snippet in pieces, with whether a piece is what was looked for."""

    name: Pieces
    path: str | None
    iri: str
    kind: str
    where: str
    snippet: Pieces
    lang: str | None = None


@router.get("/search")
def found(request: Request) -> Response:
    """What has the words of `q`, the best first; of one `kind` or `district`, where that is asked."""
    serving: Serving | None = request.app.state.engine.serving()
    asked = request.query_params
    text, language = asked.get("q", "")[:LONGEST].strip(), language_of(request)
    for_people = chosen_format(request, (JSON,)) is HTML
    size = PER_PAGE if for_people else _number(asked.get("limit"), PER_PAGE, _MOST)
    number = _number(asked.get("page"), 1, _LAST_PAGE)
    base_of = {id_: base for base, id_ in districts(serving)} if serving else {}
    result, searchable = Found(), False
    if serving and serving.release.text_path:
        try:
            result = search(
                serving.release.text_path,
                text,
                language,
                kind=asked.get("kind") or None,
                district=base_of.get(asked["district"], "none") if asked.get("district") else None,
                limit=size,
                offset=(number - 1) * size,
            )
            searchable = True
        except FileNotFoundError:  # an index that an earlier version made
            pass
    if not for_people:
        return _answer(serving, text, result, language)
    pages = max(1, min(-(-result.total // size), _LAST_PAGE))
    title = texts(language, "search.title")
    return page(
        request,
        "search.html",
        title=f"{text} – {title}" if text else title,
        query=text,
        found=result,
        searchable=searchable,
        results=list(_results(serving, result, language)) if serving else [],
        kinds=_choices(request, "kind", _named_kinds(serving, result, language)) if serving else [],
        districts=_choices(request, "district", _named_districts(serving, result, language)) if serving else [],
        page=min(number, pages),
        pages=pages,
        page_url=lambda number: _url(request, page=number),
        without_filters=_url(request, kind=None, district=None) if asked.get("kind") or asked.get("district") else None,
    )


def _number(text: str | None, otherwise: int, most: int) -> int:
    number = int(text) if text and re.fullmatch("[0-9]{1,6}", text) else otherwise
    return min(max(number, 1), most)


def _answer(serving: Serving | None, text: str, result: Found, language: str) -> JSONResponse:
    """The hits for programs: docs/search.md tells what each member is."""
    headers = {"Vary": "Accept, Accept-Language, Cookie"}
    rows: list[dict[str, Any]] = []
    if serving:
        headers["Prossima-Release"] = str(serving.release.number)
        words, links = Words(serving.store, language), links_of(serving)
        rows = [
            {
                "iri": hit.iri,
                "name": words.label(hit.iri),
                "kind": next(iter(hit.kinds), None),
                "score": round(hit.score, 3),
                "path": links.path(hit.iri),
            }
            for hit in result.hits
        ]
    members = {
        "query": text,
        "total": result.total,
        "someWordsOnly": result.some,
        "misspelt": sorted(result.asked.near),
    }
    return JSONResponse(members | {"results": rows}, headers=headers)


def _results(serving: Serving, result: Found, language: str) -> Iterator[Result]:
    words, links = Words(serving.store, language), links_of(serving)
    for hit in result.hits:
        snippet, lang = _snippet(words, hit.iri, result.asked)
        yield Result(
            name=_marked(words.label(hit.iri), result.asked),
            path=links.path(hit.iri),
            iri=hit.iri,
            kind=", ".join(_kind_label(words, kind) for kind in hit.kinds),
            where=_where(words, hit),
            snippet=snippet,
            lang=lang,
        )


def _kind_label(words: Words, kind: str) -> str:
    """What a class is called by its label, or by us."""
    key = f"search.kinds_of.{kind.replace(':', '-')}"
    known = texts.keys()
    return texts(words.language, key) if key in known else words.label(kind_iri(kind))


def _where(words: Words, hit: Hit) -> str:
    """The quarter and the town, or else the district."""
    places = [text_of(place) for name in ("locatedIn", "within") for place in words.objects(hit.iri, PR(name))]
    kinds = {place: {text_of(kind) for kind in words.objects(place, RDF("type"))} for place in places}
    named = (
        next((place for place in places if PR + kind in kinds[place]), None)
        for kind in ("Neighbourhood", "Quarter", "Municipality")
    )
    near, quarter, town = named
    shown = [words.label(place) for place in (near or quarter, town) if place]
    return ", ".join(shown) or (words.label(hit.district) if hit.district else "")


# -- the words in their place ----------------------------------------------------------------------------------


def _snippet(words: Words, iri: str, asked: Asked) -> tuple[Pieces, str | None]:
    """The part of the thing's texts where the words are, and its language where it is not the page's; else how its
    description begins."""
    said = [
        quad.object
        for quad in words.store.quads_for_pattern(NamedNode(iri), None, None, DefaultGraph())
        if quad.predicate in (*LABELS, *TEXTS) and isinstance(quad.object, Literal)
    ]
    name = words.label(iri)
    order = {"": 1, words.language: 0}
    said.sort(key=lambda text: (order.get(text.language or "", 2), -len(text.value), text.value))
    best = max(said, key=lambda text: 0 if text.value == name else _how_many(text.value, asked), default=None)
    if best is None or best.value == name:
        return [], None
    return _cut(best.value, asked), best.language if best.language != words.language else None


def _how_many(text: str, asked: Asked) -> int:
    """How many different words of a text are asked for; one more where there are any, so that none is last."""
    return 1 + len({word.casefold() for word in _WORD.findall(text) if asked.marks(word)})


def _cut(text: str, asked: Asked) -> Pieces:
    """A text of a line or two around the first word that was asked for."""
    first = next((match.start() for match in _WORD.finditer(text) if asked.marks(match[0])), 0)
    start = 0 if first < 2 * _BEFORE else text.find(" ", first - _BEFORE) + 1
    end = len(text) if len(text) - start <= _SNIPPET else max(text.rfind(" ", start, start + _SNIPPET), first + 1)
    pieces = _marked(text[start:end], asked)
    before, after = "… " if start else "", " …" if end < len(text) else ""
    return [*([(before, False)] if before else []), *pieces, *([(after, False)] if after else [])]


def _marked(text: str, asked: Asked) -> Pieces:
    """A text in pieces, those that were asked for by themselves."""
    pieces: Pieces = []
    done = 0
    for match in _WORD.finditer(text):
        if asked.marks(match[0]):
            pieces += [(text[done : match.start()], False), (match[0], True)]
            done = match.end()
    return [piece for piece in [*pieces, (text[done:], False)] if piece[0]]


# -- the filters -----------------------------------------------------------------------------------------------


def _named_kinds(serving: Serving, result: Found, language: str) -> list[tuple[str, str, int]]:
    words = Words(serving.store, language)
    return [(kind, _kind_label(words, kind), number) for kind, number in result.kinds.items()]


def _named_districts(serving: Serving, result: Found, language: str) -> list[tuple[str, str, int]]:
    words = Words(serving.store, language)
    found = ((id_, words.label(base), result.districts.get(base, 0)) for base, id_ in districts(serving))
    return [district for district in found if district[2]]


def _choices(request: Request, name: str, values: Iterable[tuple[str, str, int]]) -> list[dict[str, Any]]:
    """The links of a filter, those that find most first; the one that is chosen leads back to all."""
    chosen = request.query_params.get(name)
    ordered = sorted(values, key=lambda entry: (-entry[2], entry[1].casefold()))
    shown = ordered[:_CHOICES] + [entry for entry in ordered[_CHOICES:] if entry[0] == chosen]
    return [
        {
            "label": label,
            "number": number,
            "active": value == chosen,
            "path": _url(request, **{name: None if value == chosen else value}),
        }
        for value, label, number in shown
    ]


def _url(request: Request, **changed: object) -> str:
    """The address of this search with some parameters changed, or None for gone; the first page unless told."""
    kept = {name: value for name, value in request.query_params.items() if name in ("q", "kind", "district", "lang")}
    asked = {name: value for name, value in {**kept, **changed}.items() if value is not None}
    return f"{path_of(request)}?{urlencode(asked)}"
