"""A whole release, or a large file, judged by the shapes and the dataset checks without reading it into memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple, parse, serialize

from prossima import files
from prossima.problems import Problem
from prossima.statements import Contribution, Evidence, Origin, Statement
from prossima.validation.checks import Facts, likeness, people, sense
from prossima.validation.engines import Result, fast_file, said
from prossima.validation.gate import MISSING, Words, known_gaps
from prossima.validation.report import Report
from prossima.vocabulary import (
    DCTERMS,
    GRAPH,
    INFERRED,
    ORIGIN,
    PR,
    PROV,
    SCHEME,
    SH,
    SHAPES,
    ontology_files,
    scheme_files,
    text_of,
    triples,
)

_DEFAULT = DefaultGraph()
_OURS = frozenset([INFERRED, GRAPH("ontology"), GRAPH("schemes"), GRAPH("shapes")])
_NOBODY = Evidence("", frozenset(), "as-published")
CHECKS = (
    sense.tax_codes,
    people.personal_data,
    sense.points_astray,
    likeness.near_equal_names,
    sense.stale_facts,
)


@dataclass(frozen=True)
class _Stored(Facts):
    """What a release says, read from its store each time it is asked for."""

    store: Store = field(kw_only=True)
    file: Evidence | None = field(default=None, kw_only=True)  # who says all of it, where it is a file's

    @cached_property
    def evidence(self) -> dict[NamedNode, Evidence]:
        """Who says each evidence graph."""
        found: dict[NamedNode, Evidence] = {}
        for quad in self.store.quads_for_pattern(None, PR("origin"), None, _DEFAULT):
            graph = quad.subject
            assert isinstance(graph, NamedNode)
            confidence = self._one(graph, PR("confidence")).removeprefix(f"{SCHEME}confidence/")
            scope = self._one(graph, PR("sourceScope")).removeprefix(f"{SCHEME}source-scope/")
            sources = self.store.quads_for_pattern(graph, PROV("hadPrimarySource"), None, _DEFAULT)
            cited = frozenset(text_of(source.object) for source in sources)
            found[graph] = Evidence(text_of(quad.object), cited, confidence, scope, graph.value)
        return found

    def _one(self, graph: NamedNode, predicate: NamedNode) -> str:
        return next((text_of(q.object) for q in self.store.quads_for_pattern(graph, predicate, None, _DEFAULT)), "")

    def _said(self, quads: Iterable[Quad]) -> Iterator[Statement]:
        """The statements, of whoever says them: of what a file published as it is says in no evidence graph, nobody."""
        for quad in quads:
            graph = quad.graph_name
            if self.file:
                yield Statement(quad.triple, self.file)
            elif isinstance(graph, NamedNode) and (found := self.evidence.get(graph)):
                yield Statement(quad.triple, found)
            elif graph not in _OURS and (graph != _DEFAULT or (self.has_bare and self._is_bare(quad))):
                yield Statement(quad.triple, _NOBODY)

    @cached_property
    def has_bare(self) -> bool:
        """Whether the default graph holds what no other graph says: as far as is looked, most of what it holds."""
        return any(map(self._is_bare, self.store.quads_for_pattern(None, None, None, _DEFAULT)))

    @cached_property
    def _origins(self) -> frozenset[str]:
        found = self.store.quads_for_pattern(None, PR("contributorRole"), None, _DEFAULT)
        return frozenset(text_of(quad.subject) for quad in found)

    def _is_bare(self, quad: Quad) -> bool:
        """Whether a quad of the default graph is neither held from another graph nor the description of one."""
        if quad.subject in self.evidence or text_of(quad.subject) in self._origins:
            return False
        said = self.store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
        return all(other.graph_name == _DEFAULT for other in said)

    @property
    def statements(self) -> Iterable[Statement]:
        return self._said(self.store)

    def saying(self, *predicates: NamedNode) -> Iterator[Statement]:
        for predicate in predicates:
            yield from self._said(self.store.quads_for_pattern(None, predicate, None, None))


def audit(store: Store, asserted: Store, as_of: str | None = None, on_step: Callable[[str], object] = str) -> Report:
    """What is wrong with a release as it stands. asserted: the same without what is inferred, which the shapes judge.
    as_of: ISO day from which the age of facts is counted. on_step: told what is being done: "shapes", "checks"."""
    on_step("shapes")
    facts = _Stored(_described(store), None, as_of=as_of, store=store)
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "data.nt"
        with plain.open("wb") as out:
            asserted.dump(out, RdfFormat.N_TRIPLES, from_graph=_DEFAULT)
            # What a file published as it is says in graphs of its own is judged too.
            for graph in asserted.named_graphs():
                if graph not in facts.evidence and graph not in _OURS:
                    asserted.dump(out, RdfFormat.N_TRIPLES, from_graph=graph)
            serialize(_known(), out, RdfFormat.N_TRIPLES)
        results = fast_file(plain)
    return _told(results, facts, sum(1 for _ in facts.statements), on_step)


def _known() -> Iterator[Triple]:
    """The ontology and the schemes."""
    return (triple for path in [*ontology_files(), *scheme_files()] for triple in triples(path))


def audit_file(path: Path, as_of: str | None = None, on_step: Callable[[str], object] = str) -> Report:
    """What is wrong with an RDF file too large to be read into memory. Raises SyntaxError, ValueError, OSError."""
    format_ = files.rdf_format(path)
    if format_ is None:
        raise ValueError(path.name)
    iri = ORIGIN + quote(path.name)
    with tempfile.TemporaryDirectory() as folder:
        plain, store = Path(folder) / "data.nt", Store(str(Path(folder) / "store"))
        on_step("load")
        with files.opened(path) as file:
            store.bulk_load(input=file, format=format_, base_iri=f"{iri}#")
        on_step("shapes")
        with plain.open("wb") as out:
            serialize((quad.triple for quad in store), out, RdfFormat.N_TRIPLES)
            serialize(_known(), out, RdfFormat.N_TRIPLES)
        origin, source = Origin(iri, iri, path.name), Evidence(iri, frozenset({f"{iri}/source"}), "as-published")
        facts = _Stored(Contribution(origins=[origin]), None, as_of=as_of, store=store, file=source)
        return _told(fast_file(plain), facts, len(store), on_step)


def _told(results: list[Result], facts: Facts, statements: int, on_step: Callable[[str], object]) -> Report:
    """The shapes' results and what the checks find, the worst first; what is known to be unknown is not missing."""
    gaps = known_gaps(facts)
    words = Words(said(SH("message")), said(SHAPES("remedy")), said(SHAPES("example")))
    problems: list[Problem] = [
        words.told(result, None, _plain(result.value), standing=False)
        for result in results
        if not (result.component in MISSING and (result.focus, result.path) in gaps)
    ]
    on_step("checks")
    for check in CHECKS:
        problems += check(facts)
    problems.sort(key=lambda found: (-found.severity, found.check, found.focus or ""))
    return Report(problems, statements)


def _plain(term: str | None) -> str | None:
    """The IRI or the text of a term in N-Triples, as the report shows it; a blank node has none."""
    if term is None or term.startswith("_:"):
        return None
    [quad] = parse(input=f"<x:s> <x:p> {term} .".encode(), format=RdfFormat.N_TRIPLES)
    return text_of(quad.object)


def _described(store: Store) -> Contribution:
    """The origins of a release: what the checks ask of a contribution besides its statements."""
    origins = []
    for quad in store.quads_for_pattern(None, PR("contributorRole"), None, _DEFAULT):
        iri = text_of(quad.subject)
        group = next((text_of(q.object) for q in store.quads_for_pattern(quad.subject, DCTERMS("isPartOf"), None)), iri)
        as_of = next((text_of(q.object) for q in store.quads_for_pattern(quad.subject, PR("asOf"), None)), None)
        origins.append(Origin(iri, group, iri, as_of=as_of))
    return Contribution(origins=origins)
