"""Two SHACL engines behind one answer: `shacl` (fast, in Rust) and `pyshacl` (the reference)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import shacl
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from prossima.vocabulary import SH, SHAPES, XSD, shape_files, text_of, triples


@dataclass(frozen=True, slots=True)
class Result:
    """One validation result. IRIs, but `value`, which is a term in N-Triples, and a `path` of more than one
    property, which is as SPARQL writes it; `component` is the local name
    in the SHACL namespace (MinCountConstraintComponent, ...), `severity` too (Violation, Warning, Info)."""

    focus: str
    path: str | None
    value: str | None
    component: str
    severity: str
    shape: str


def shapes_text(own: Iterable[Path] = ()) -> str:
    """All our shapes, and those a district adds, as one Turtle document."""
    return "\n".join(path.read_text(encoding="utf-8-sig") for path in [*shape_files(), *own])


def unusable(path: Path) -> str | None:
    """Why a file of shapes cannot be used beside ours, in the words of the parser or the engine; None when it can."""
    try:
        triples(path)
        shacl.Shapes.from_text(shapes_text([path])).validate_text("", format="ntriples")
    except (ValueError, SyntaxError, RuntimeError, OSError) as error:
        return str(error).splitlines()[0] if str(error) else type(error).__name__
    return None


def said(predicate: NamedNode, own: Iterable[Path] = ()) -> dict[str, dict[str, str]]:
    """What `predicate` (sh:message, prs:remedy) says of each shape, by language: engines lose the language."""
    found: dict[str, dict[str, str]] = {}
    for path in [*shape_files(), *own]:
        for triple in triples(path):
            if triple.predicate == predicate and isinstance(triple.object, Literal):
                found.setdefault(text_of(triple.subject), {})[triple.object.language or "en"] = triple.object.value
    return found


@cache
def languages_asked() -> dict[str, str]:
    """The shapes that ask for a text in one language, and the language."""
    shapes = {SHAPES + "italian": "it", SHAPES + "english": "en"}
    return {
        text_of(triple.subject): shapes[text_of(triple.object)]
        for path in shape_files()
        for triple in triples(path)
        if triple.predicate == SH("qualifiedValueShape")
    }


@cache
def _compiled(shapes: str) -> shacl.Shapes:
    return shacl.Shapes.from_text(shapes)


def fast(data: Iterable[Triple], shapes: str | None = None) -> list[Result]:
    """The results of the `shacl` engine over `data`."""
    return _results(_compiled(shapes or shapes_text()).validate_text(_n_triples(data), format="ntriples"))


def fast_file(path: Path, shapes: str | None = None) -> list[Result]:
    """The results of the `shacl` engine over an N-Triples file, which is not read into Python: about 3 microseconds
    and 250 bytes a triple. The file holds the ontology and the schemes too."""
    return _results(_compiled(shapes or shapes_text()).validate_file(str(path)))


def _results(report: shacl.Report) -> list[Result]:
    return [
        Result(
            focus=_bare(result.focus_node),
            path=_bare(result.path) if result.path else None,
            value=result.value,
            component=result.component,
            severity=result.severity,
            shape=_bare(result.source_shape or ""),
        )
        for result in report.results
    ]


def _bare(text: str) -> str:
    """An IRI without its brackets; any other term, or a path of more than an IRI, as it is."""
    return text[1:-1] if text.startswith("<") and text.find(">") == len(text) - 1 else text


def reference(data: Iterable[Triple], shapes: str | None = None) -> list[Result]:
    """The results of `pyshacl` over `data`: slow, and what people expect SHACL to mean."""
    import pyshacl
    from rdflib.namespace import SH as RDFLIB_SH

    # Shapes as text, read by pyshacl: it keeps their literals as written too, and takes no `1` for `true`.
    shapes_graph = BytesIO((shapes or shapes_text()).encode())
    _, report, _ = pyshacl.validate(
        _as_written(_n_triples(data)), shacl_graph=shapes_graph, shacl_graph_format="turtle",
        inference="none", advanced=False,
    )  # fmt: skip
    if isinstance(report, Exception):
        raise report
    found = []
    # Not all that are of the class: the results inside a result (sh:detail) are of it too.
    for node in report.objects(None, RDFLIB_SH.result):
        path, value = report.value(node, RDFLIB_SH.resultPath), report.value(node, RDFLIB_SH.value)
        found.append(
            Result(
                focus=str(report.value(node, RDFLIB_SH.focusNode)),
                path=_bare(_path(report, path)) if path else None,
                value=_n_triples_term(value) if value is not None else None,
                component=str(report.value(node, RDFLIB_SH.sourceConstraintComponent)).rpartition("#")[2],
                severity=str(report.value(node, RDFLIB_SH.resultSeverity)).rpartition("#")[2],
                shape=str(report.value(node, RDFLIB_SH.sourceShape)),
            )
        )
    return found


def _as_written(n_triples: str) -> Any:
    """An rdflib graph with the literals as they are written: of itself it reads `01` as `1`, another term."""
    import rdflib

    rdflib.NORMALIZE_LITERALS = False
    try:
        return rdflib.Graph().parse(data=n_triples, format="nt")
    finally:
        rdflib.NORMALIZE_LITERALS = True


def _path(graph: Any, path: Any) -> str:
    """A property path of an rdflib graph as the other engine writes it, much as SPARQL does."""
    from rdflib import URIRef
    from rdflib.collection import Collection
    from rdflib.namespace import SH as RDFLIB_SH

    if isinstance(path, URIRef):
        return f"<{path}>"
    if inverse := graph.value(path, RDFLIB_SH.inversePath):
        return f"^{_path(graph, inverse)}"
    for name, sign in (("zeroOrMorePath", "*"), ("oneOrMorePath", "+"), ("zeroOrOnePath", "?")):
        if repeated := graph.value(path, RDFLIB_SH[name]):
            return f"({_path(graph, repeated)}){sign}"
    ways = graph.value(path, RDFLIB_SH.alternativePath)
    steps = [_path(graph, step) for step in Collection(graph, ways or path)]
    return f"({('|' if ways else '/').join(steps)})"


def _n_triples_term(term: Any) -> str:
    """An rdflib term as the other engine writes it."""
    from rdflib import URIRef

    if isinstance(term, URIRef):
        return str(NamedNode(str(term)))
    if term.language:
        return str(Literal(str(term), language=term.language))
    return str(Literal(str(term), datatype=NamedNode(str(term.datatype or XSD + "string"))))


def _n_triples(data: Iterable[Triple]) -> str:
    return (serialize(data, format=RdfFormat.N_TRIPLES) or b"").decode()


ENGINES = {"fast": fast, "reference": reference}
