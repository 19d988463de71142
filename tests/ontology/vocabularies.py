"""The terms of other vocabularies that ours is aligned to, as their own files declare them.

`python -m tests.ontology.vocabularies <folder of Turtle files>` writes `vocabularies.csv` anew from official copies:
every IRI that the alignments and the schemes point at, with the file that declares it. An IRI that no file declares
is not written, and the test of the alignments then says so.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from rdflib import OWL, RDF, RDFS, SKOS, Graph, URIRef

from prossima.vocabulary import ROOT, ontology_files, scheme_files

FILE = Path(__file__).parent / "vocabularies.csv"
HSDS = "https://raw.githubusercontent.com/openreferral/specification/3.0/schema/"
RELATIONS = (RDFS.subClassOf, RDFS.subPropertyOf, OWL.equivalentClass, OWL.equivalentProperty, SKOS.exactMatch,
             SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch)  # fmt: skip


def targets(graph: Graph) -> set[tuple[URIRef, URIRef]]:
    """(term of ours, IRI of another vocabulary) of each alignment in a graph."""
    found = set()
    for relation in RELATIONS:
        for ours, target in graph.subject_objects(relation):
            if str(ours).startswith(ROOT) and isinstance(target, URIRef) and not str(target).startswith(ROOT):
                found.add((ours, target))
    return found


def known() -> dict[str, str]:
    """IRI -> the vocabulary that declares it."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["iri"]: row["vocabulary"] for row in csv.DictReader(file)}


def declared(folder: Path) -> dict[str, str]:
    """IRI -> file stem of every term and concept that the Turtle files of a folder declare; Open Referral's schemas
    too, where a file `hsds.txt` lists their names."""
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.ttl"), key=lambda path: (path.stem.startswith("it-"), path.stem)):
        for subject in Graph().parse(path).subjects(RDF.type, None):
            found.setdefault(str(subject), path.stem)
    return found


def main(folder: Path) -> None:
    graph = Graph()
    for path in [*ontology_files(), *scheme_files()]:
        graph.parse(path)
    there, before = declared(folder), known() if FILE.is_file() else {}
    rows = sorted(
        {(str(target), there.get(str(target)) or before.get(str(target), "")) for _, target in targets(graph)}
    )
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([("iri", "vocabulary"), *(row for row in rows if row[1])])
    for iri, vocabulary in rows:
        if not vocabulary:
            print(f"No file declares {iri}.", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
