"""The ontology's pages: overview, modules, terms, schemes, versions. For machines the same addresses give RDF."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from pyoxigraph import Triple
from starlette.responses import Response

from prossima.vocabulary import (
    DCTERMS,
    PR,
    RDFS,
    ROOT,
    SCHEME,
    SKOS,
    compact,
    expand,
    knowledge,
    ontology_files,
    scheme_files,
    shape_files,
    triples,
)
from prossima.web import diagrams, history, schemes, termpages
from prossima.web.constraints import Constraints
from prossima.web.layout import (
    HERE,
    chosen_format,
    error_page,
    graph_formats,
    graph_response,
    language_of,
    page,
    path_of,
    texts,
)
from prossima.web.negotiation import GRAPH_FORMATS, HTML
from prossima.web.pages import thing
from prossima.web.terms import STATUSES, UMBRELLA, Module, vocabulary
from prossima.web.views import Link
from prossima.words import Words

router = APIRouter()


@cache
def constraints(language: str) -> Constraints:
    """What the shipped shapes ask, in words."""
    return Constraints(vocabulary(language), lambda key, **values: texts(language, key, **values))


@router.get("/ontology")
def overview(request: Request) -> Response:
    """The whole ontology: what it is made of, and an index of its terms."""
    found = [t for path in ontology_files() for t in triples(path)]
    words = vocabulary(language_of(request))
    modules = list(words.modules.values())
    listed = schemes.schemes(words)
    return _answer(
        request,
        found,
        "ontology.html",
        title=texts(words.language, "ontology.title"),
        modules=modules,
        terms=list(words.terms.values()),
        schemes=listed,
        version=history.current_version(),
        cite=words.words.one(UMBRELLA, DCTERMS("bibliographicCitation")),
        diagram=_drawing(diagrams.OVERVIEW, words.language),
        aligned=sum(1 for iri in words.terms if termpages.alignments(words, iri)),
        drawn={module.name: _drawn(module.name, words.language) for module in modules},
    )


@router.get("/ontology/context.jsonld")
def context() -> Response:
    """The JSON-LD context, for any page of the web to use."""
    body = (knowledge() / "ontology" / "context.jsonld").read_bytes()
    return Response(body, media_type="application/ld+json", headers={"Access-Control-Allow-Origin": "*"})


@router.get("/ontology/history")
def history_page(request: Request) -> Response:
    """Every version and what changed in it."""
    language = language_of(request)
    title = texts(language, "ontology.history")
    return page(request, "versions.html", title=title, versions=_versions(language), said_by=_said_by(language))


@router.get("/ontology/term/{local}")
def term_page(request: Request, local: str) -> Response:
    """One term."""
    language = language_of(request)
    words, iri = vocabulary(language), PR + local
    if iri not in words.terms:
        return error_page(request, 404, "error.not_found", iri=iri)
    term = words.terms[iri]
    serving = request.app.state.engine.serving()
    return _answer(
        request,
        termpages.described(words, iri),
        "term.html",
        title=term.label,
        page=termpages.term_page(words, constraints(language), iri),
        module=next((module for module in words.modules.values() if module.iri == term.module), None),
        use=termpages.use(serving, iri, language) if serving else None,
    )


@router.get("/ontology/{name}")
def module_page(request: Request, name: str) -> Response:
    """One module, or one version of the whole."""
    if history.VERSION.fullmatch(name):
        return _version(request, name)
    words = vocabulary(language_of(request))
    if name not in words.modules:
        return error_page(request, 404, "error.not_found", iri=f"{UMBRELLA}/{name}")
    module = words.modules[name]
    others = words.modules.values()
    return _answer(
        request,
        [t for path in ontology_files() if path.stem == name for t in triples(path)],
        "module.html",
        title=module.label,
        module=module,
        diagram=_drawing(name, words.language),
        imports=[Link(other.label, other.path) for other in others if other.iri in module.imports],
        imported_by=[Link(other.label, other.path) for other in others if module.iri in other.imports],
        aligned=_aligned(module, words.language),
    )


@router.get("/ontology/{module}/{version}")
def module_version(request: Request, module: str, version: str) -> Response:
    """One module as it was in a version."""
    return _version(request, version, module)


@router.get("/shapes")
def shapes(request: Request) -> Response:
    """The shapes, as RDF."""
    chosen = chosen_format(request)
    format_ = GRAPH_FORMATS[0] if chosen is HTML else chosen
    return graph_response(request, format_, [t for path in shape_files() for t in triples(path)])


@router.get("/scheme/{name}")
def scheme_page(request: Request, name: str) -> Response:
    """A concept scheme whole. One that only a release has gets the page of any thing."""
    files = [path for path in scheme_files() if path.stem == name]
    if not files:
        return thing(request)
    language = language_of(request)
    words, iri = vocabulary(language), SCHEME + name
    return _answer(
        request,
        triples(files[0]),
        "scheme.html",
        title=words.words.label(iri),
        scheme={
            "iri": iri,
            "label": words.words.label(iri),
            "definition": words.words.one(iri, SKOS("definition")),
            "notes": words.words.texts(iri, SKOS("note")) + words.words.texts(iri, SKOS("scopeNote")),
        },
        concepts=schemes.concepts(words, iri),
        used_by=schemes.used_by(words, constraints(language), iri),
    )


def _answer(request: Request, graph: list[Triple], template: str, **more: Any) -> Response:
    """A graph for machines, the page for people."""
    chosen = chosen_format(request)
    if chosen is not HTML:
        return graph_response(request, chosen, graph)
    return page(request, template, formats=graph_formats(path_of(request)), statuses=STATUSES, **more)


def _version(request: Request, number: str, module: str = "") -> Response:
    found = history.version_triples(number, module)
    if not found:
        return error_page(request, 404, "error.not_found", iri=ROOT + path_of(request).removeprefix("/"))
    language = language_of(request)
    return _answer(
        request,
        found,
        "versions.html",
        title=texts(language, "ontology.version", number=number),
        versions=[version for version in _versions(language) if version["number"] == number],
        said_by=_said_by(language),
        one=number,
        module=vocabulary(language).modules.get(module),
    )


def _versions(language: str) -> list[dict[str, Any]]:
    """The versions with their terms named and, where they still are, linked."""
    words = vocabulary(language)
    dates = Words(words.store, language)
    found = history.versions()
    labels: dict[str, str] = {}
    for version in found[::-1]:
        labels |= {
            local: said.get(language) or next(iter(said.values()), local) for local, said in version.terms.items()
        }

    def link(local: str) -> Link:
        term = words.terms.get(PR + local)
        return Link(labels[local], term.path if term else None, f"pr:{local}")

    return [
        {
            "number": version.number,
            "date": dates.date(version.date) if version.date else None,
            "current": version.current,
            "terms": [link(local) for local in sorted(version.terms, key=lambda local: labels[local].casefold())],
            "first": version.changes is None,
            "groups": [
                (key, [link(local) for local in getattr(version.changes, key)])
                for key in ("added", "deprecated", "removed")
                if version.changes and getattr(version.changes, key)
            ],
            "changed": [
                (link(local), changes)
                for local, changes in sorted(
                    (version.changes.changed if version.changes else {}).items(),
                    key=lambda entry: labels[entry[0]].casefold(),
                )
            ],
        }
        for version in found
    ]


def _said_by(language: str) -> Any:
    """What to call the properties that terms are described with."""
    named = {predicate: f"ontology.align.{relation}" for predicate, relation in termpages.ALIGNMENTS.items()} | {
        RDFS + "label": "ontology.change.label",
        SKOS + "definition": "ontology.change.definition",
        SKOS + "example": "ontology.example",
        SKOS + "editorialNote": "ontology.notes",
        expand("vs:term_status"): "ontology.status",
        RDFS + "subClassOf": "ontology.relation.superclasses",
        RDFS + "subPropertyOf": "ontology.relation.superproperties",
        RDFS + "domain": "ontology.relation.domain",
        RDFS + "range": "ontology.relation.range",
        expand("owl:disjointWith"): "ontology.relation.disjoint",
        expand("owl:inverseOf"): "ontology.relation.inverse",
        DCTERMS + "isReplacedBy": "ontology.replacement",
        RDFS + "isDefinedBy": "ontology.module",
    }
    return lambda predicate: texts(language, named[predicate]) if predicate in named else compact(predicate)


def _aligned(module: Module, language: str) -> list[tuple[Link, list[termpages.Alignment]]]:
    """For a module without terms of its own: the terms that it ties to those of others."""
    words = vocabulary(language)
    if module.classes or module.properties:
        return []
    found = ((words.link(iri), termpages.alignments(words, iri)) for iri in words.terms)
    return [(link, ties) for link, ties in found if ties]


def _drawn(name: str, language: str) -> str | None:
    """The address of a diagram; None where the build made none."""
    file = _file(name, language)
    return f"/static/{file.parent.name}/{file.name}" if file.is_file() else None


@cache
def _drawing(name: str, language: str) -> Markup | None:
    """A diagram as a part of a page."""
    file = _file(name, language)
    return Markup(file.read_text(encoding="utf-8")) if file.is_file() else None


def _file(name: str, language: str) -> Path:
    return HERE / "static" / "diagrams" / f"{name}.{language}.svg"
