"""What every page shares: its language, its frame, its formats, and where the things of a release are."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode

from fastapi import Request
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader
from pyoxigraph import DefaultGraph, NamedNode, Triple
from starlette.responses import JSONResponse, Response

from prossima import language as languages
from prossima.engine import UnwritableError
from prossima.engine.serialisation import write_graph
from prossima.engine.serving import Serving
from prossima.language import Texts
from prossima.vocabulary import DCTERMS, RDF, ROOT, text_of
from prossima.web.links import Links, local_path
from prossima.web.negotiation import GRAPH_FORMATS, HTML, RESULT_FORMATS, Format, by_name, negotiated
from prossima.web.views import Link
from prossima.words import Words

HERE = Path(__file__).parent
texts = Texts(HERE / "texts.toml")
templates = Jinja2Templates(
    env=Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
)
_DEFAULT = DefaultGraph()


def header(request: Request, name: str) -> str | None:
    """A header that is a list: given several times, it is one (RFC 9110, section 5.3)."""
    return ", ".join(request.headers.getlist(name)) or None


def path_of(request: Request) -> str:
    """The path of the request as the client spelled it, safe to link to."""
    return local_path(request.scope["raw_path"].decode("latin-1"))


def language_of(request: Request) -> str:
    """The language of the page: asked for in the address, remembered, or preferred by the browser."""
    asked = request.query_params.get("lang") or request.cookies.get("lang")
    return asked if asked in languages.LANGUAGES else languages.preferred(header(request, "accept-language"))


def page(request: Request, template: str, *, status: int = 200, title: str = "", **context: Any) -> Response:
    """A page from a template, with what all pages share."""
    language = language_of(request)
    # A fault may lie in the release: the page that tells of it does without.
    serving: Serving | None = request.app.state.engine.serving() if status != 500 else None

    def t(key: str, **values: object) -> str:
        return texts(language, key, **values)

    path = path_of(request)
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
        "path": path,
        "other_language_url": f"{path}?{urlencode(parameters)}",
        "release": release,
        "title": title,
        "status": status,
    }
    response: Response = templates.TemplateResponse(request, template, shared | context, status_code=status)
    response.headers["Vary"] = "Accept, Accept-Language, Cookie"
    if request.query_params.get("lang") in languages.LANGUAGES:
        response.set_cookie("lang", language, max_age=31_536_000, samesite="lax")
    return response


def problem_response(status: int, title: str, detail: str, **more: object) -> JSONResponse:
    """An error for machines, as RFC 9457 problem details."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    headers = {"Retry-After": "5"} if status == 503 else None
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def error_page(request: Request, status: int, key: str, **values: object) -> Response:
    """An error: a page for people, problem details for machines."""
    language = language_of(request)
    heading, message = texts(language, f"{key}.heading"), texts(language, f"{key}.message", **values)
    if chosen_format(request) is not HTML:
        return problem_response(status, texts("en", f"{key}.heading"), texts("en", f"{key}.message", **values))
    hints = [Link(texts(language, f"nav.{name}"), path) for name, path in _WAYS if status != 500]
    return page(request, "error.html", status=status, title=heading, heading=heading, message=message, hints=hints)


_WAYS = (("hubs", "/#hubs"), ("questions", "/questions"), ("ontology", "/ontology"))


@lru_cache(maxsize=8)
def districts(serving: Serving) -> tuple[tuple[str, str], ...]:
    """(base IRI, id) of each district of a release; the id is the one in its addresses, and no two have the same."""
    kind = NamedNode("http://www.w3.org/ns/dcat#Dataset")
    said = []
    for quad in serving.store.quads_for_pattern(None, RDF("type"), kind, _DEFAULT):
        ids = list(serving.store.quads_for_pattern(quad.subject, DCTERMS("identifier"), None, _DEFAULT))
        if ids and isinstance(quad.subject, NamedNode):
            said.append((quad.subject.value, text_of(ids[0].object)))
    found: dict[str, str] = {}
    for base, id_ in sorted(said, key=lambda district: (not _OURS.fullmatch(district[0]), district)):
        found[next(name for name in _ids(base, id_) if name not in found)] = base
    return tuple(sorted(((base, id_) for id_, base in found.items()), key=lambda district: district[1]))


_OURS = re.compile(re.escape(ROOT) + r"id/([^/]+)/")


def _ids(base: str, id_: str) -> Iterator[str]:
    """What a district may be called in addresses: as its IRI says, where that is one of ours; else by its id, with
    a number where another has the same."""
    if ours := _OURS.fullmatch(base):
        yield unquote(ours[1])
    yield id_
    yield from (f"{id_}-{number}" for number in itertools.count(2))


def links_of(serving: Serving) -> Links:
    return Links.of(districts(serving))


@lru_cache(maxsize=8)
def things_by_kind(serving: Serving, base: str) -> dict[str, list[str]]:
    """The things of a district that have a type, by kind (the first segment of their id)."""
    found: dict[str, list[str]] = {}
    typed = {quad.subject for quad in serving.store.quads_for_pattern(None, RDF("type"), None, _DEFAULT)}
    for iri in sorted(text_of(subject) for subject in typed):
        kind, slash, slug = iri.removeprefix(base).partition("/")
        if iri.startswith(base) and slash and slug and "/" not in slug:
            found.setdefault(kind, []).append(iri)
    return found


def chosen_format(request: Request, formats: tuple[Format, ...] = GRAPH_FORMATS) -> Format:
    """HTML or one of the formats. A client that accepts none of them gets Turtle rather than a refusal."""
    offered = (HTML, *formats)
    if name := request.query_params.get("format"):
        return by_name(name, offered) or GRAPH_FORMATS[0]
    return negotiated(header(request, "accept"), offered) or GRAPH_FORMATS[0]


def is_browser(request: Request) -> bool:
    """Whether the client asks for a page by name, rather than for anything or for data."""
    return negotiated(header(request, "accept"), (*RESULT_FORMATS, *GRAPH_FORMATS, HTML)) is HTML


def graph_formats(path: str, formats: tuple[Format, ...] = GRAPH_FORMATS) -> list[dict[str, str]]:
    return [{"label": f.label, "url": f"{path}?format={f.names[0]}"} for f in formats]


def graph_response(request: Request, format_: Format, graph: list[Triple]) -> Response:
    """A graph in an RDF format; one that the format cannot hold goes out as Turtle."""
    out = io.BytesIO()
    try:
        write_graph(graph, format_.key, out)
    except UnwritableError:
        format_, out = GRAPH_FORMATS[0], io.BytesIO()
        write_graph(graph, format_.key, out)
    return data_response(request, format_, out.getvalue())


def data_response(request: Request, format_: Format, body: bytes) -> Response:
    """A description of what the path names, in a format."""
    off = "&inference=off" if request.query_params.get("inference") == "off" else ""
    headers = {"Vary": "Accept", "Content-Location": f"{path_of(request)}?format={format_.names[0]}{off}"}
    serving = request.app.state.engine.serving()
    if serving:
        headers["Prossima-Release"] = str(serving.release.number)
    return Response(body, headers=headers, media_type=format_.content_type)
