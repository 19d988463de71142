"""Two SHACL engines behind one answer: `shacl` (fast, in Rust) and `pyshacl` (the reference)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import shacl
from pyoxigraph import Literal, RdfFormat, Triple, serialize

from prossima.vocabulary import SH, shape_files, text_of, triples


@dataclass(frozen=True, slots=True)
class Result:
    """One validation result. IRIs, but `value`, which is a term in N-Triples; `component` is the local name
    in the SHACL namespace (MinCountConstraintComponent, ...), `severity` too (Violation, Warning, Info)."""

    focus: str
    path: str | None
    value: str | None
    component: str
    severity: str
    shape: str


@cache
def shapes_text() -> str:
    """All our shapes as one Turtle document."""
    return "\n".join(path.read_text(encoding="utf-8") for path in shape_files())


@cache
def messages() -> dict[str, dict[str, str]]:
    """The messages of each shape, by language: engines give them back without their tags."""
    found: dict[str, dict[str, str]] = {}
    for path in shape_files():
        for triple in triples(path):
            if triple.predicate == SH("message") and isinstance(triple.object, Literal):
                found.setdefault(text_of(triple.subject), {})[triple.object.language or "en"] = triple.object.value
    return found


@cache
def _compiled(shapes: str) -> shacl.Shapes:
    return shacl.Shapes.from_text(shapes)


def fast(data: Iterable[Triple], shapes: str | None = None) -> list[Result]:
    """The results of the `shacl` engine over `data`."""
    report = _compiled(shapes or shapes_text()).validate_text(_n_triples(data), format="ntriples")
    return [
        Result(
            focus=result.focus_node.strip("<>"),
            path=result.path.strip("<>") if result.path else None,
            value=result.value,
            component=result.component,
            severity=result.severity,
            shape=(result.source_shape or "").strip("<>"),
        )
        for result in report.results
    ]


def reference(data: Iterable[Triple], shapes: str | None = None) -> list[Result]:
    """The results of `pyshacl` over `data`: slow, and what people expect SHACL to mean."""
    import pyshacl
    from rdflib import RDF, Graph
    from rdflib.namespace import SH as RDFLIB_SH

    graph = Graph().parse(data=_n_triples(data), format="nt")
    shapes_graph = Graph().parse(data=shapes or shapes_text(), format="turtle")
    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes_graph, inference="none", advanced=False)
    found = []
    for node in report.subjects(RDF.type, RDFLIB_SH.ValidationResult):
        path, value = report.value(node, RDFLIB_SH.resultPath), report.value(node, RDFLIB_SH.value)
        found.append(
            Result(
                focus=str(report.value(node, RDFLIB_SH.focusNode)),
                path=str(path) if path else None,
                value=value.n3() if value is not None else None,
                component=str(report.value(node, RDFLIB_SH.sourceConstraintComponent)).rpartition("#")[2],
                severity=str(report.value(node, RDFLIB_SH.resultSeverity)).rpartition("#")[2],
                shape=str(report.value(node, RDFLIB_SH.sourceShape)),
            )
        )
    return found


def _n_triples(data: Iterable[Triple]) -> str:
    return (serialize(data, format=RdfFormat.N_TRIPLES) or b"").decode()


ENGINES = {"fast": fast, "reference": reference}
