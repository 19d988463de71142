"""The questions' pages and the query editor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from prossima import questions
from prossima.answers import Cell, in_words
from prossima.vocabulary import PREFIXES, ROOT
from prossima.web.layout import error_page, language_of, links_of, page, path_of, texts
from prossima.web.links import Links, district_path
from prossima.web.results import results
from prossima.web.views import Link
from prossima.words import Words

router = APIRouter()
STARTER = """SELECT ?hub ?name ?place WHERE {
  ?hub a pr:Hub ; skos:prefLabel ?name ; pr:locatedIn ?municipality .
  ?municipality a pr:Municipality ; skos:prefLabel ?place .
}
ORDER BY ?place ?name"""


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
        return error_page(request, 404, "error.not_found", iri=path_of(request))
    given = {key: value for key, value in request.query_params.items() if key in question.parameters}
    try:
        found = questions.answer(question, serving.store, given, language)
    except questions.ParameterError as error:
        return error_page(request, 400, "error.bad_parameter", name=error.name, detail=error.detail)
    words, links = Words(serving.store, language), links_of(serving)
    answer = in_words(question, found, words)
    rows = [[_shown(cell, words, links) for cell in row] for row in answer.rows]
    parameters = [
        {"name": p.name, "label": p.label[language], "type": p.type, "value": given.get(p.name, p.default)}
        for p in question.asked
    ]
    filled = question.filled(given, language)
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
    """A cell of an answer with its link or links, or with the sources where an unknown was looked for."""

    def linked(iris: Iterable[str]) -> list[Link]:
        return [Link(words.label(iri), links.path(iri)) for iri in iris]

    return {
        "text": cell.text,
        "things": linked(cell.things),
        "path": links.href(cell.iri) if cell.iri else None,
        "unknown": None if cell.searched is None else {"searched": linked(cell.searched)},
    }


@router.get("/sparql", include_in_schema=False)
async def query_page(request: Request) -> Response:
    """The query editor, with the questions as examples: what a browser gets, which the front lets through. With
    format=html, which who has no JavaScript asks, the answer too."""
    language = language_of(request)
    examples = [
        {"title": q.title[language], "group": q.theme_label(language), "query": _with_prefixes(q.filled({}, language))}
        for q in questions.questions().values()
    ]
    engine = request.app.state.engine
    serving, release = engine.serving(), request.query_params.get("release")
    if release and release not in {str(kept.number) for kept in engine.shelf.all()}:
        return error_page(request, 404, "error.not_found", iri=f"/sparql?release={release}")
    text, answer = request.query_params.get("query"), None
    links = links_of(serving) if serving else None
    if text and links and "html" in request.query_params.getlist("format"):
        front = request.app.state.front
        answer = await results(request, front.sparql, front.client(request.scope), text, links)
    bases = links.bases if links else ()
    local = {ROOT: "/"} | {base: district_path(id_) for base, id_ in bases}
    return page(
        request,
        "query.html",
        title=texts(language, "query.title"),
        examples=examples,
        prefixes=PREFIXES,
        query=text or _with_prefixes(STARTER),
        local_paths=local,
        asked_release=release,
        answer=answer,
        status=answer.status if answer else 200,
    )


def _with_prefixes(query: str) -> str:
    """The query with a PREFIX line for each prefix it uses, so that it runs anywhere."""
    used = [p for p in PREFIXES if f"{p}:" in query and f"PREFIX {p}:" not in query]
    lines = "".join(f"PREFIX {p}: <{PREFIXES[p]}>\n" for p in used)
    return f"{lines}\n{query}" if lines else query
