"""Compare the ontology with OntoPiA, CPSV-AP, Open Referral HSDS and CIDS: writes `docs/comparison.md`.

`python docs/compare.py <folder>` reads the others from a folder and keeps what it found in `comparison/others.json`;
`python docs/compare.py` alone does our column anew and keeps theirs. `comparison/notions.toml` holds the notions, the
terms that express them and where each vocabulary was read (repository and commit). The folder holds:

    it-<acronym>.ttl       italia/daf-ontologie-vocabolari-controllati: Ontologie/<ACRONYM>/latest/<ACRONYM>-AP_IT.ttl
                           (cov, cpsv and their imports: accesscondition, clv, l0, language, mu, ro, sm, ti)
    it-<acronym>-aligns.ttl, it-shapes.ttl   the same: <ACRONYM>-aligns-AP_IT.ttl (cov, cpsv), Ontologie/rules.shacl
    cpsv-ap.ttl, cpsv-ap-shapes.ttl          SEMICeu/CPSV-AP, releases/3.2.0: rdf/cpsv-ap.ttl, shacl/cpsv-ap-SHACL.ttl
    hsds/*.json            openreferral/specification, branch 3.0: schema/*.json
    cids.ttl, cids-shapes.ttl   commonapproach/CIDS: cids.ttl, validation/shacl/cids.fulltier.shacl.ttl
    cids-imports/*.ttl     the same: validation/models/{activity,icontact,iso21972,organization,time}.ttl
    files/<vocabulary>.txt the listing of each repository (ontopia, cpsv-ap, hsds, cids): git ls-tree -r --name-only
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from rdflib import OWL, RDF, RDFS, SH, SKOS, Graph, Literal, URIRef

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

from tests.ontology import reasoner  # noqa: E402
from tests.ontology.vocabularies import RELATIONS  # noqa: E402

PAGE, OTHERS = HERE / "comparison.md", HERE / "comparison" / "others.json"
CONFIG: dict[str, Any] = tomllib.loads((HERE / "comparison" / "notions.toml").read_text(encoding="utf-8"))
VOCABULARIES: dict[str, Any] = CONFIG["vocabularies"]
NAMES: dict[str, str] = {key: entry["name"] for key, entry in VOCABULARIES.items()}
TERMS = (OWL.Class, RDFS.Class, OWL.ObjectProperty, OWL.DatatypeProperty, RDF.Property)
DECLARED = (*TERMS, OWL.AnnotationProperty, OWL.NamedIndividual)
LABELS, DEFINITIONS = (RDFS.label, SKOS.prefLabel), (RDFS.comment, SKOS.definition)
Cells = dict[str, Any]


def files(key: str, part: str, folder: Path) -> list[Path]:
    """The files of a part of a vocabulary: of ours in this checkout, of another in the folder."""
    patterns, found = VOCABULARIES[key].get(part, []), []
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        matches = sorted(folder.glob(pattern))
        if not matches:
            raise SystemExit(f"{NAMES[key]} is not whole: {folder / pattern} is missing (see docs/compare.py).")
        found += matches
    return found


@cache
def graph(key: str, part: str, folder: Path) -> Graph:
    found = Graph()
    for path in files(key, part, folder):
        found = as_graph(path, found) if path.suffix == ".json" else found.parse(path, format="turtle")
    return found


def as_graph(path: Path, found: Graph) -> Graph:
    """A JSON Schema of HSDS as a class and its fields as properties, `service` and `service.status`."""
    schema = json.loads(path.read_text(encoding="utf-8"))
    fields = {f"{path.stem}.{name}": field for name, field in schema.get("properties", {}).items()}
    for name, node in ({path.stem: schema} | fields).items() if path.stem != "openapi" else ():
        term, text = URIRef(full(name)), node.get("description")
        said = {RDFS.label: node.get("title", node.get("name")), RDFS.comment: text, SKOS.example: node.get("example")}
        for predicate, value in said.items():
            if value is not None:
                found.add((term, predicate, Literal(str(value))))
        found.add((term, RDF.type, RDF.Property if "." in name else RDFS.Class))
        if str(text).startswith("DEPRECATED"):
            found.add((term, OWL.deprecated, Literal(True)))
    return found


def full(term: str) -> str:
    prefix, _, name = term.rpartition(":")
    return str(CONFIG["prefixes"][prefix or "hsds"]) + name


@cache
def declared(key: str, part: str, folder: Path) -> dict[str, str]:
    """Term -> its name, labels, definitions and notes, to search in."""
    found, source = {}, graph(key, part, folder)
    for kind in DECLARED:
        for term in source.subjects(RDF.type, kind):
            said = [o for p in (*LABELS, *DEFINITIONS, SKOS.scopeNote) for o in source.objects(term, p)]
            name = re.sub("(?<=[a-z])(?=[A-Z])", " ", re.split("[/#]", str(term))[-1])
            found[str(term)] = " ".join(" ".join([name, *map(str, said)]).split())
    return found


def named(key: str, text: str, folder: Path) -> list[str]:
    """The terms named in the configuration, each declared by the vocabulary or by what it imports (then with a ¹)."""
    own, imported = declared(key, "files", folder), declared(key, "imports", folder)
    for term in text.split():
        if full(term) not in own | imported:
            raise SystemExit(f"{NAMES[key]}: {term} is not declared.")
    return [f"`{term}`" if full(term) in own else f"`{term}`¹" for term in text.split()]


def coverage(key: str, folder: Path) -> Cells:
    """Each notion with the terms that express it, each theme with how many of its notions are expressed."""
    texts = (declared(key, "imports", folder) | declared(key, "files", folder)).values()
    cells: Cells = {"notions": {}, "themes": {}}
    for theme in CONFIG["themes"]:
        within = beyond = 0
        for notion in theme["notions"]:
            shown = named(key, notion.get(key, ""), folder)
            hits = sum(bool(re.search(notion["words"], text, re.IGNORECASE)) for text in texts)
            within += any(not term.endswith("¹") for term in shown)
            beyond += bool(shown)
            cells["notions"][f"{theme['name']}: {notion['name']}"] = f"{', '.join(shown) or 'none'} ({hits})"
        more = f" ({beyond} with imports)" if beyond > within else ""
        cells["themes"][theme["name"]] = f"{within or 'none'} of {len(theme['notions'])}{more}"
    return cells


def own_terms(key: str, folder: Path) -> list[URIRef]:
    source, roots = graph(key, "files", folder), tuple(VOCABULARIES[key]["roots"])
    found = {term for kind in TERMS for term in source.subjects(RDF.type, kind)}
    return sorted(term for term in found if isinstance(term, URIRef) and str(term).startswith(roots))


def languages(key: str, folder: Path) -> str:
    source, terms = graph(key, "files", folder), own_terms(key, folder)

    def having(properties: tuple[URIRef, ...], tags: tuple[str | None, ...]) -> str:
        said = ({getattr(o, "language", "") for p in properties for o in source.objects(t, p)} for t in terms)
        return share(sum(bool(found & set(tags)) for found in said), len(terms))

    rows = [("label", LABELS), ("definition", DEFINITIONS)]
    cells = [f"{part}: it {having(of, ('it',))}, en {having(of, ('en', None))}" for part, of in rows]
    return f"{len(terms)} terms; " + "; ".join(cells)


def share(count: int, total: int) -> str:
    return f"{100 * count // total} %"


def shapes(key: str, folder: Path) -> str:
    source = graph(key, "shapes", folder)
    nodes = set(source.subjects(RDF.type, SH.NodeShape))
    properties = set(source.objects(None, SH.property)) | set(source.subjects(RDF.type, SH.PropertyShape))
    return f"{len(nodes)} for nodes, {len(properties)} for properties: {VOCABULARIES[key]['shapes_note']}"


def questions(key: str, folder: Path) -> str:
    """Queries with an expected answer beside them: same folder and name, a table of results."""
    names = [name for path in files(key, "listing", folder) for name in path.read_text("utf-8").splitlines()]
    names = names or [path.name for path in folder.glob("queries/*")]
    stems = [name.rpartition(".")[0] for name in names if name.endswith((".rq", ".sparql"))]
    answers = {re.sub(r"(\.answer|\.expected)?\.(tsv|csv|srx|srj|json)$", "", name) for name in names}
    answered = sum(stem in answers for stem in stems)
    note = VOCABULARIES[key].get("questions_note")
    return f"{answered} with an answer, of {len(stems)} queries" + (f": {note}" if note else "")


def alignments(key: str, folder: Path) -> tuple[str, dict[str, int]]:
    """Own terms tied to other vocabularies, by the namespace they are tied to; concepts of schemes apart."""
    roots = tuple(VOCABULARIES[key]["roots"])
    source = graph(key, "files", folder) + graph(key, "aligned", folder)
    pairs = [(s, o) for p in RELATIONS for s, o in source.subject_objects(p)]
    pairs += [(o, s) for p in (OWL.equivalentClass, OWL.equivalentProperty) for s, o in source.subject_objects(p)]
    inside = (*roots, VOCABULARIES[key]["family"], str(OWL))
    kept = {(s, str(o)) for s, o in pairs if isinstance(o, URIRef) and str(s).startswith(roots)}
    kept = {(term, other) for term, other in kept if not other.startswith(inside)}
    concepts = {term for term, _ in kept if (term, RDF.type, SKOS.Concept) in source}
    tied = {term for term, _ in kept} - concepts
    prefixes = {root: prefix for prefix, root in CONFIG["prefixes"].items()}
    spaces = {(term, next(filter(other.startswith, prefixes), re.sub(r"[^/#]*$", "", other))) for term, other in kept}
    targets = Counter(prefixes.get(space, space) for _, space in spaces)
    extra = f" and {len(concepts)} concepts of its schemes" if concepts else ""
    return f"{len(tied)} terms{extra}; vocabularies: {len(targets)}", dict(sorted(targets.items()))


def reasoning(key: str, folder: Path) -> tuple[str, dict[str, int]]:
    """HermiT and the profile, on the vocabulary with what it imports; what is outside the profile, by kind."""
    whole = Graph()
    for s, p, o in graph(key, "files", folder) + graph(key, "imports", folder):
        # On one line, or the lines of the texts would be taken for findings.
        language = getattr(o, "language", None)
        whole.add((s, p, Literal(" ".join(str(o).split()), lang=language) if language else o))
    with ThreadPoolExecutor() as pool:
        empty = pool.submit(reasoner.unsatisfiable, reasoner.logical([whole]))
        lines = reasoner.profile_violations(whole)
        classes = empty.result()
    kinds: dict[str, set[str]] = {}
    for line in lines:
        if found := re.match(r"((?:Use of|Cannot pun|Datatype IRI|Illegal|Lexical)[^:<]*): \[?(<[^>]+>|\S+)", line):
            kind = "Axiom that the OWL API cannot read" if "owlapi/error" in found[2] else found[1]
            kinds.setdefault(kind, set()).add(found[2])
    cell = "all classes satisfiable; " if not classes else f"{len(classes)} classes that can have no instance; "
    findings = sum(map(len, kinds.values()))
    cell += f"outside OWL 2 DL: {findings} findings" if kinds else "within OWL 2 DL"
    return cell, {kind: len(terms) for kind, terms in sorted(kinds.items())}


def versioning(key: str, folder: Path) -> str:
    source = graph(key, "files", folder)
    headers, marks = set(source.subjects(RDF.type, OWL.Ontology)), set(source.subjects(OWL.deprecated, Literal(True)))
    having = {
        n: sum((h, OWL[n], None) in source for h in headers) for n in ("versionIRI", "versionInfo", "priorVersion")
    }
    said = ", ".join(f"{name} {count} of {len(headers)}" for name, count in having.items())
    return f"{VOCABULARIES[key].get('version_note', said)}; terms marked deprecated: {len(marks)}"


def documentation(key: str, folder: Path) -> str:
    terms, source = own_terms(key, folder), graph(key, "files", folder)
    examples = sum((term, SKOS.example, None) in source for term in terms)
    return f"{VOCABULARIES[key]['documentation']} Terms with an example: {share(examples, len(terms))}."


CRITERIA: dict[str, Callable[[str, Path], Any]] = {
    "Definitions in two languages": languages,
    "SHACL shapes": shapes,
    "Executable questions": questions,
    "Alignments": alignments,
    "Reasoner (HermiT) and profile": reasoning,
    "Versions": versioning,
    "Documentation": documentation,
}


def column(key: str, folder: Path, criteria: Iterable[str] = tuple(CRITERIA)) -> Cells:
    """All that is told of one vocabulary; a criterion that cannot apply to it has its words in the configuration."""
    fixed = VOCABULARIES[key].get("fixed", {})
    return coverage(key, folder) | {name: fixed.get(name) or CRITERIA[name](key, folder) for name in criteria}


def stored() -> dict[str, Cells]:
    """The columns of the others, as the last run on a folder found them."""
    return dict(json.loads(OTHERS.read_text(encoding="utf-8")))


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def counts(columns: dict[str, Cells], criterion: str, head: str) -> str:
    """The second cell of a criterion: how many of what."""
    found = {key: {} if isinstance(cells[criterion], str) else cells[criterion][1] for key, cells in columns.items()}
    rows = [[NAMES[k], ", ".join(f"{name} {count}" for name, count in v.items()) or "none"] for k, v in found.items()]
    return table(["vocabulary", head], rows)


def page(columns: dict[str, Cells]) -> str:
    names, themes = [NAMES[key] for key in columns], CONFIG["themes"]
    main = [[theme["name"], *(cells["themes"][theme["name"]] for cells in columns.values())] for theme in themes]
    for criterion in CRITERIA:
        said = [cells[criterion] for cells in columns.values()]
        main.append([f"**{criterion}**", *(cell if isinstance(cell, str) else cell[0] for cell in said)])
    details = []
    for theme in themes:
        rows = []
        for notion in theme["notions"]:
            found = (cells["notions"][f"{theme['name']}: {notion['name']}"] for cells in columns.values())
            rows.append([notion["name"] + notion.get("note", ""), *found, f"`{notion['words']}`"])
        details.append(f"### {theme['name']}\n\n{table(['notion', *names, 'words searched'], rows)}")
    better = []
    for entry in CONFIG["better"]:
        terms = ", ".join(f"`{term}`" for term in entry["terms"].split())
        better.append(f"* **{NAMES[entry['vocabulary']]}.** {entry['text']} {terms}.")
    notions = [notion for theme in themes for notion in theme["notions"]]
    template = (HERE / "comparison" / "page.md").read_text(encoding="utf-8")
    return template.format(
        versions=table(["vocabulary", "read"], [[v["name"], v["version"]] for v in VOCABULARIES.values()]),
        main=table(["", *names], main),
        notions="\n\n".join(details),
        count=len(notions),
        targets=counts(columns, "Alignments", "tied to (terms and concepts)"),
        kinds=counts(columns, "Reasoner (HermiT) and profile", "outside OWL 2 DL (terms)"),
        better="\n".join(better),
        lacking="; ".join(notion["name"] for notion in notions if not notion.get("ours")),
    )


def main(arguments: list[str]) -> None:
    if arguments:
        folder = Path(arguments[0])
        for entry in CONFIG["better"]:
            named(entry["vocabulary"], entry["terms"], folder)
        others = {key: column(key, folder) for key in NAMES if key != "ours"}
        OTHERS.write_text(json.dumps(others, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page({"ours": column("ours", ROOT)} | stored()), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
