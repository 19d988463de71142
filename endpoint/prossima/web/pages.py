"""The pages: landing, lists, a page for each thing, the ontology, the questions, the query editor."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader
from pyoxigraph import DefaultGraph, NamedNode, Store
from starlette.responses import RedirectResponse, Response

from prossima import language as languages
from prossima import questions
from prossima.answers import Cell, in_words
from prossima.engine import Engine, Serving, UnwritablePredicateError
from prossima.engine.serialisation import write_graph
from prossima.language import Texts
from prossima.vocabulary import (
    DCTERMS,
    PR,
    PREFIXES,
    RDF,
    ROOT,
    ontology_files,
    scheme_files,
    shape_files,
    text_of,
    triples,
)
from prossima.web import terms
from prossima.web.links import Links
from prossima.web.negotiation import GRAPH_FORMATS, HTML, Format, by_name, negotiated
from prossima.web.things import Link, Thing
from prossima.words import Words

router = APIRouter()
HERE = Path(__file__).parent
texts = Texts(HERE / "texts.toml")
templates = Jinja2Templates(
    env=Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
)
PER_PAGE = 100
_DEFAULT = DefaultGraph()


# -- what every page has -----------------------------------------------------------------------------------


def language_of(request: Request) -> str:
    """The language of the page: asked for in the address, remembered, or preferred by the browser."""
    asked = request.query_params.get("lang") or request.cookies.get("lang")
    return asked if asked in languages.LANGUAGES else languages.preferred(request.headers.get("accept-language"))


def page(request: Request, template: str, *, status: int = 200, title: str = "", **context: Any) -> Response:
    """A page from a template, with what all pages share."""
    language = language_of(request)
    serving: Serving | None = request.app.state.engine.serving()

    def t(key: str, **values: object) -> str:
        return texts(language, key, **values)

    other = "en" if language == "it" else "it"
    parameters = {**request.query_params, "lang": other}
    release = None
    if serving:
        manifest = serving.release.manifest
        date = Words(serving.store, language).date(manifest.created)
        release = {"number": manifest.number, "date": date, "iri": "/releases"}
    shared = {
        "lang": language,
        "t": t,
        "path": request.url.path,
        "other_language_url": f"{request.url.path}?{urlencode(parameters)}",
        "release": release,
        "title": title,
        "status": status,
    }
    response: Response = templates.TemplateResponse(request, template, shared | context, status_code=status)
    response.headers["Vary"] = "Accept, Accept-Language, Cookie"
    if request.query_params.get("lang") in languages.LANGUAGES:
        response.set_cookie("lang", language, max_age=31_536_000, samesite="lax")
    return response


def error_page(request: Request, status: int, key: str, **values: object) -> Response:
    """An error as a page for people; machines get problem details from `app`."""
    language = language_of(request)
    hints = [Link(texts(language, f"nav.{name}"), path) for name, path in _WAYS]
    return page(
        request,
        "error.html",
        status=status,
        title=texts(language, f"{key}.heading"),
        heading=texts(language, f"{key}.heading"),
        message=texts(language, f"{key}.message", **values),
        hints=hints,
    )


_WAYS = (("hubs", "/#hubs"), ("questions", "/questions"), ("ontology", "/ontology"))


@lru_cache(maxsize=8)
def _districts(serving: Serving) -> tuple[tuple[str, str], ...]:
    """(base IRI, id) of each district of a release."""
    kind = NamedNode("http://www.w3.org/ns/dcat#Dataset")
    found = []
    for quad in serving.store.quads_for_pattern(None, RDF("type"), kind, _DEFAULT):
        base = text_of(quad.subject)
        ids = list(serving.store.quads_for_pattern(quad.subject, DCTERMS("identifier"), None, _DEFAULT))
        if ids:
            found.append((base, text_of(ids[0].object)))
    return tuple(sorted(found, key=lambda district: district[1]))


def links_of(serving: Serving) -> Links:
    return Links.of(_districts(serving))


@lru_cache(maxsize=8)
def _index(serving: Serving, base: str) -> dict[str, list[str]]:
    """The things of a district that have a type, by kind (the first segment of their id)."""
    found: dict[str, list[str]] = {}
    typed = {quad.subject for quad in serving.store.quads_for_pattern(None, RDF("type"), None, _DEFAULT)}
    for iri in sorted(text_of(subject) for subject in typed):
        kind, slash, slug = iri.removeprefix(base).partition("/")
        if iri.startswith(base) and slash and slug and "/" not in slug:
            found.setdefault(kind, []).append(iri)
    return found


# -- pages ---------------------------------------------------------------------------------------------------


@router.get("/")
def landing(request: Request) -> Response:
    engine: Engine = request.app.state.engine
    serving = engine.serving()
    language = language_of(request)
    if serving is None:
        return page(request, "landing.html", districts=[], hubs=[])
    words, links = Words(serving.store, language), links_of(serving)
    districts = []
    for base, id_ in _districts(serving):
        index = _index(serving, base)
        counts = [
            {"label": _kind_label(words, iris), "number": len(iris), "path": f"/id/{id_}/{kind}/"}
            for kind, iris in sorted(index.items(), key=lambda item: -len(item[1]))
            if kind in _SHOWN_KINDS
        ]
        districts.append(
            {
                "label": words.label(base),
                "path": f"/id/{id_}/",
                "description": words.one(base, DCTERMS("description")),
                "counts": counts,
            }
        )
    hubs = [
        _hub(words, links, iri, f"/id/{id_}/")
        for base, id_ in _districts(serving)
        for iri in _index(serving, base).get("hub", [])
    ]
    hubs.sort(key=lambda hub: str(hub["label"]).casefold())
    return page(request, "landing.html", districts=districts, hubs=hubs)


_SHOWN_KINDS = ("hub", "org", "group", "service", "project", "event", "figure", "source")


def _kind_label(words: Words, iris: list[str]) -> str:
    """The name of the class most of these things are of."""
    counted = Counter(
        text_of(k) for iri in iris[:50] for k in words.objects(iri, RDF("type")) if text_of(k).startswith(PR)
    )
    return words.label(counted.most_common(1)[0][0]) if counted else iris[0]


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


@router.get("/ontology")
@router.get("/ontology/{module}")
def ontology(request: Request, module: str = "") -> Response:
    """The ontology: a page for people, RDF for machines (the whole, or one module)."""
    language = language_of(request)
    if module == "context.jsonld":
        from prossima.vocabulary import knowledge

        body = (knowledge() / "ontology" / "context.jsonld").read_bytes()
        return Response(body, media_type="application/ld+json", headers={"Access-Control-Allow-Origin": "*"})
    files = [path for path in ontology_files() if not module or path.stem == module]
    if not files:
        return error_page(request, 404, "error.not_found", iri=f"{ROOT}ontology/{module}")
    chosen = _chosen(request)
    if chosen is not HTML:
        return _graph(request, chosen, [t for path in files for t in triples(path)])
    return page(
        request,
        "ontology.html",
        title=texts(language, "ontology.title"),
        modules=terms.modules(language),
        schemes=terms.schemes(language),
        formats=_formats(request.url.path),
    )


@router.get("/shapes")
def shapes(request: Request) -> Response:
    """The shapes, as RDF."""
    chosen = _chosen(request)
    format_ = GRAPH_FORMATS[0] if chosen is HTML else chosen
    return _graph(request, format_, [t for path in shape_files() for t in triples(path)])


@router.get("/scheme/{scheme}")
def scheme(request: Request, scheme: str) -> Response:
    """A concept scheme whole as RDF; for people, its page."""
    files = [path for path in scheme_files() if path.stem == scheme]
    chosen = _chosen(request)
    if files and chosen is not HTML:
        return _graph(request, chosen, triples(files[0]))
    return thing(request)


@router.get("/questions")
def question_list(request: Request) -> Response:
    language = language_of(request)
    themes: dict[str, list[dict[str, str]]] = {}
    for question in questions.questions().values():
        listed = {
            "id": question.id,
            "title": question.title[language],
            "description": question.description[language],
            "path": f"/questions/{question.id.lower()}",
        }
        themes.setdefault(question.theme_label(language), []).append(listed)
    groups = [{"label": theme, "questions": found} for theme, found in themes.items()]
    return page(request, "questions.html", title=texts(language, "questions.title"), groups=groups)


@router.get("/questions/{name}")
def question_page(request: Request, name: str) -> Response:
    """A question's answer on the current release."""
    language = language_of(request)
    question = questions.questions().get(name.upper())
    serving = request.app.state.engine.serving()
    if question is None or serving is None:
        return error_page(request, 404, "error.not_found", iri=request.url.path)
    given = {key: value for key, value in request.query_params.items() if key in question.parameters}
    try:
        found = questions.answer(question, serving.store, given)
    except questions.ParameterError as error:
        return error_page(request, 400, "error.bad_parameter", name=error.name, detail=error.detail)
    words, links = Words(serving.store, language), links_of(serving)
    answer = in_words(question, found, words)
    rows = [[_shown(cell, words, links) for cell in row] for row in answer.rows]
    parameters = [
        {"name": p.name, "label": p.label[language], "type": p.type, "value": given.get(p.name, p.default)}
        for p in question.parameters.values()
    ]
    filled = question.filled(given)
    downloads = [
        {"label": label, "url": "/sparql?" + urlencode({"query": filled, "format": key})}
        for key, label in (("csv", "CSV"), ("json", "JSON"))
    ]
    return page(
        request,
        "question.html",
        title=question.title[language],
        question={
            "id": question.id,
            "title": question.title[language],
            "description": question.description[language],
            "query": filled,
            "parameters": parameters,
        },
        columns=answer.headings,
        rows=rows,
        downloads=downloads,
    )


def _shown(cell: Cell, words: Words, links: Links) -> dict[str, Any]:
    """A cell of an answer with its link, or with the sources where an unknown was looked for."""
    unknown = None
    if cell.searched is not None:
        unknown = {"searched": [Link(words.label(iri), links.path(iri)) for iri in cell.searched]}
    return {"text": cell.text, "path": (links.path(cell.iri) or cell.iri) if cell.iri else None, "unknown": unknown}


def query_page(request: Request) -> Response:
    """The query editor, with the questions as examples."""
    language = language_of(request)
    examples = [
        {"title": q.title[language], "group": q.theme_label(language), "query": _with_prefixes(q.filled({}))}
        for q in questions.questions().values()
    ]
    return page(
        request,
        "query.html",
        title=texts(language, "query.title"),
        examples=examples,
        prefixes=PREFIXES,
        query=request.query_params.get("query", ""),
    )


def _with_prefixes(query: str) -> str:
    """The query with a PREFIX line for each prefix it uses, so that it runs anywhere."""
    used = [p for p in PREFIXES if f"{p}:" in query and f"PREFIX {p}:" not in query]
    lines = "".join(f"PREFIX {p}: <{PREFIXES[p]}>\n" for p in used)
    return f"{lines}\n{query}" if lines else query


@router.get("/releases")
def releases(request: Request) -> Response:
    """The history: every release on the shelf."""
    language = language_of(request)
    engine: Engine = request.app.state.engine
    serving = engine.serving()
    items = []
    for release in reversed(engine.shelf.all()):
        manifest = release.manifest
        date = Words(serving.store if serving else Store(), language).date(manifest.created)
        detail = f"{date}, +{manifest.added} −{manifest.removed}"
        items.append(Link(f"{manifest.number}", "/releases", f"{detail}. {manifest.reason}".strip()))
    heading = texts(language, "footer.release_title")
    return page(
        request, "browse.html", title=heading, heading=heading, items=items, page=1, pages=1,
        page_url=lambda n: "/releases", total=len(items), kinds=[],
    )  # fmt: skip


@router.get("/id/{district}")
@router.get("/id/{district}/")
@router.get("/id/{district}/{kind}/")
def browse(request: Request, district: str, kind: str = "") -> Response:
    """A district's things, by kind, a hundred to a page."""
    serving = request.app.state.engine.serving()
    base = {id_: base for base, id_ in _districts(serving)}.get(district) if serving else None
    if serving is None or base is None:
        return error_page(request, 404, "error.not_found", iri=ROOT + request.url.path.lstrip("/"))
    if _chosen(request) is not HTML:
        return thing(request)
    language = language_of(request)
    words, links, index = Words(serving.store, language), links_of(serving), _index(serving, base)
    if kind and kind not in index:
        return error_page(request, 404, "error.not_found", iri=base + kind)
    kinds = [
        {
            "label": _kind_label(words, iris),
            "number": len(iris),
            "path": f"/id/{district}/{name}/",
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
        title=words.label(base),
        heading=words.label(base),
        items=named[(number - 1) * PER_PAGE : number * PER_PAGE],
        page=number,
        pages=pages_,
        page_url=_page_url(request),
        total=len(named),
        kinds=kinds,
    )


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
    return min(max(int(asked) if asked.isdigit() else 1, 1), pages_), pages_


def _page_url(request: Request) -> Callable[[int], str]:
    return lambda number: f"{request.url.path}?{urlencode({**request.query_params, 'page': number})}"


@router.get("/{path:path}")
def thing(request: Request, path: str = "") -> Response:
    """Any IRI of ours: its page or its RDF; 301 when renamed, 410 when withdrawn, else 404."""
    serving: Serving | None = request.app.state.engine.serving()
    if serving is None:
        return error_page(request, 404, "error.not_found", iri=ROOT + request.url.path.lstrip("/"))
    language, links = language_of(request), links_of(serving)
    iri = links.iri(request.url.path)
    found = Thing(serving.store, iri, language, links)
    if replaced := found.replaced_by():
        return RedirectResponse(links.path(replaced) or replaced, 301)
    if not found.exists():
        if last := serving.release.withdrawn.get(iri):
            return error_page(request, 410, "error.gone", iri=iri, release=last)
        return error_page(request, 404, "error.not_found", iri=iri)
    chosen = _chosen(request)
    if chosen is not HTML:
        return _graph(request, chosen, found.description_graph())
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
        formats=_formats(request.url.path),
        claimed_only=found.claimed_only(),
    )


# -- formats -------------------------------------------------------------------------------------------------


def _chosen(request: Request) -> Format:
    """HTML or an RDF format. A client that accepts none of them gets Turtle rather than a refusal."""
    offered = (HTML, *GRAPH_FORMATS)
    if name := request.query_params.get("format"):
        return by_name(name, offered) or GRAPH_FORMATS[0]
    return negotiated(request.headers.get("accept"), offered) or GRAPH_FORMATS[0]


def _formats(path: str) -> list[dict[str, str]]:
    return [{"label": f.label, "url": f"{path}?format={f.names[0]}"} for f in GRAPH_FORMATS]


def _graph(request: Request, format_: Format, graph: list[Any]) -> Response:
    """A graph in an RDF format; one that RDF/XML cannot write goes out as Turtle."""
    out = io.BytesIO()
    try:
        write_graph(graph, format_.key, out)
    except UnwritablePredicateError:
        format_, out = GRAPH_FORMATS[0], io.BytesIO()
        write_graph(graph, format_.key, out)
    headers = {"Vary": "Accept", "Content-Location": f"{request.url.path}?format={format_.names[0]}"}
    serving = request.app.state.engine.serving()
    if serving:
        headers["Prossima-Release"] = str(serving.release.number)
    return Response(out.getvalue(), headers=headers, media_type=format_.content_type)
