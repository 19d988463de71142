"""The quality of the ontology, check by check: what OOPS!, ROBOT's report and FOOPS! look at and can be computed.

Each check names the pitfalls it stands for and gives findings that say which term, what is wrong and how to mend it.
They work on any graph, so that the tests can spoil a copy and see each of them find it. What the three tools look at
and is not here needs a person (are two classes synonyms? is a relation named as people do?), a registry (prefix.cc,
LOV), or does not occur by the design (no inverses, no equivalences, no class expressions: `test_simple` holds it).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, BNode, Graph, Literal, URIRef
from rdflib.namespace import VANN
from rdflib.term import Node

from prossima.vocabulary import PR, ROOT
from prossima.web import history
from tests.ontology import vocabularies

STATUS = URIRef("http://www.w3.org/2003/06/sw-vocab-status/ns#term_status")
CITATION = DCTERMS.bibliographicCitation
PROPERTY_KINDS = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
BOTH = ("it", "en")
_BUILT_IN = tuple(map(str, (OWL, RDF, RDFS)))


@dataclass(frozen=True)
class Finding:
    term: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.term}: {self.what}. {self.remedy}"


@dataclass(frozen=True)
class Check:
    """One check. covers: the pitfalls of OOPS!, the checks of ROBOT's report and of FOOPS! that it stands for."""

    covers: str
    find: Callable[[Graph], Iterator[Finding]]

    def __call__(self, graph: Graph) -> list[Finding]:
        return sorted(self.find(graph), key=str)


CHECKS: dict[str, Check] = {}


def check(covers: str) -> Callable[[Callable[[Graph], Iterator[Finding]]], Check]:
    def kept(find: Callable[[Graph], Iterator[Finding]]) -> Check:
        CHECKS[find.__name__] = Check(covers, find)
        return CHECKS[find.__name__]

    return kept


def short(node: Node) -> str:
    return str(node).replace(PR, "pr:")


def classes(graph: Graph) -> list[URIRef]:
    return sorted(s for s in graph.subjects(RDF.type, OWL.Class) if isinstance(s, URIRef) and str(s).startswith(PR))


def properties(graph: Graph) -> list[URIRef]:
    found = {s for kind in PROPERTY_KINDS for s in graph.subjects(RDF.type, kind)}
    return sorted(s for s in found if isinstance(s, URIRef) and str(s).startswith(PR))


def terms(graph: Graph) -> list[URIRef]:
    return classes(graph) + properties(graph)


def headers(graph: Graph) -> list[URIRef]:
    return sorted(s for s in graph.subjects(RDF.type, OWL.Ontology) if isinstance(s, URIRef))


def texts(graph: Graph, term: Node, predicate: URIRef, language: str) -> list[str]:
    found = graph.objects(term, predicate)
    return [str(text) for text in found if isinstance(text, Literal) and text.language == language]


def live(graph: Graph, found: list[URIRef]) -> list[URIRef]:
    return [term for term in found if (term, OWL.deprecated, Literal(True)) not in graph]


@check("OOPS P08; ROBOT missing_label, multiple_labels; FOOPS VOC3")
def labels(graph: Graph) -> Iterator[Finding]:
    for term in terms(graph):
        for language in BOTH:
            count = len(texts(graph, term, RDFS.label, language))
            if count != 1:
                yield Finding(short(term), f"{count} labels in {language}", f'Write one rdfs:label "..."@{language}.')


@check("OOPS P08, P20; ROBOT missing_definition, multiple_definitions; FOOPS VOC4")
def definitions(graph: Graph) -> Iterator[Finding]:
    for term in terms(graph):
        for language in BOTH:
            found = texts(graph, term, SKOS.definition, language)
            if len(found) != 1:
                remedy = f'Write one skos:definition "..."@{language}.'
                yield Finding(short(term), f"{len(found)} definitions in {language}", remedy)
            elif found[0].casefold().rstrip(".") in [t.casefold() for t in texts(graph, term, RDFS.label, language)]:
                yield Finding(short(term), f"its definition in {language} is its label", "Say what the term means.")


@check("OOPS P02, P32; ROBOT duplicate_label, duplicate_definition")
def told_apart(graph: Graph) -> Iterator[Finding]:
    for predicate in (RDFS.label, SKOS.definition):
        seen: dict[tuple[bool, str, str], URIRef] = {}
        for term in terms(graph):
            is_class = (term, RDF.type, OWL.Class) in graph
            for language in BOTH:
                for text in texts(graph, term, predicate, language):
                    first = seen.setdefault((is_class, language, text.casefold()), term)
                    if first != term:
                        what = f'the same {short(predicate).rpartition("#")[2]} as {short(first)}: "{text}"'
                        yield Finding(short(term), what, "Tell the two apart, or keep one of them.")


@check("ROBOT annotation_whitespace, label_whitespace, label_formatting")
def clean_texts(graph: Graph) -> Iterator[Finding]:
    for term in terms(graph):
        for predicate, text in graph.predicate_objects(term):
            if isinstance(text, Literal) and (str(text) != str(text).strip() or re.search(r"\s\s|[\n\t]", str(text))):
                yield Finding(short(term), f"stray spaces in its {predicate}", "Remove them.")


@check("OOPS P24; FIBO: no circular definition")
def no_circles(graph: Graph) -> Iterator[Finding]:
    for relation in (RDFS.subClassOf, RDFS.subPropertyOf):
        for term in terms(graph):
            if any(term in graph.transitive_objects(above, relation) for above in graph.objects(term, relation)):
                yield Finding(short(term), "it is below itself", f"Break the circle of {short(relation)} (OOPS P06).")


@check("OOPS P22, P07, P21, P03, P36; ROBOT lowercase_definition; FOOPS URI: names that last")
def names(graph: Graph) -> Iterator[Finding]:
    for term in terms(graph):
        local = str(term).removeprefix(PR)
        pattern = r"[A-Z][A-Za-z]+" if (term, RDF.type, OWL.Class) in graph else r"[a-z][A-Za-z]+"
        if not re.fullmatch(pattern, local):
            yield Finding(short(term), "its name breaks the convention", "Write classes LikeThis, properties likeThis.")
        if re.search(r"(And|Or|Other|Misc|Unspecified)[A-Z]?", local) and not re.search(r"(Organi|Ori|Order)", local):
            yield Finding(short(term), "its name holds two notions, or none", "Make one term for each notion.")
        if local in ("is", "isA", "has") or re.search(r"\.(owl|rdf|ttl|n3)", str(term)):
            yield Finding(short(term), "its name says nothing or names a file", "Name the relation.")
        if re.search(r"\d+\.\d+", str(term)):
            yield Finding(short(term), "a version in its name", "Versions belong in owl:versionIRI.")
    for term in terms(graph):
        for text in texts(graph, term, SKOS.definition, "en"):
            if not text or not (text[0].isupper() or text[0] in '"«') or not text.endswith("."):
                yield Finding(
                    short(term), "its definition is no sentence", "Begin with a capital, end with a full stop."
                )


@check("OOPS P34, P35, P04; ROBOT missing_entity_declaration: no dangling term")
def declared(graph: Graph) -> Iterator[Finding]:
    known = set(terms(graph))
    for subject, predicate, target in graph:
        for node in (subject, predicate, target):
            if isinstance(node, URIRef) and str(node).startswith(PR) and node not in known:
                remedy = "Define it with type, label, definition, status and module, or correct the name."
                yield Finding(short(node), f"used by {short(subject)} and not defined", remedy)


@check("FOOPS VOC1; ROBOT missing_*: module, status, example")
def documented(graph: Graph) -> Iterator[Finding]:
    for term in live(graph, terms(graph)):
        for predicate, word in ((RDFS.isDefinedBy, "module"), (STATUS, "status"), (SKOS.example, "example")):
            said = list(graph.objects(term, predicate))
            if not said or not all(str(text).strip() for text in said):
                yield Finding(short(term), f"no {word}", f"Write its {short(predicate)}.")
            if len(said) > 1 and predicate != SKOS.example:
                yield Finding(short(term), f"{len(said)} values of {word}", "Keep one.")
        for module in graph.objects(term, RDFS.isDefinedBy):
            if (module, RDF.type, OWL.Ontology) not in graph:
                yield Finding(short(term), f"defined by {module}, which is no module", "Name the module it is in.")
        for status in graph.objects(term, STATUS):
            if str(status) not in ("unstable", "testing", "stable", "archaic"):
                yield Finding(short(term), f'status "{status}"', "Write unstable, testing, stable or archaic.")
        spoken = {text.language for text in graph.objects(term, SKOS.example) if isinstance(text, Literal)}
        if spoken & set(BOTH) and not spoken >= set(BOTH):
            yield Finding(short(term), "an example in one language only", "Write it in both, or as a name without one.")


@check("OOPS P11, P12, P19; SEMIC: light domains and ranges")
def domains_and_ranges(graph: Graph) -> Iterator[Finding]:
    for term in live(graph, properties(graph)):
        for predicate in (RDFS.domain, RDFS.range):
            count = len(list(graph.objects(term, predicate)))
            name = short(predicate).rpartition("#")[2]
            if count > 1:
                yield Finding(short(term), f"{count} {name}s, which are met all at once", "Keep one, or none.")
            annotation = (term, RDF.type, OWL.AnnotationProperty) in graph
            if annotation and count:
                yield Finding(short(term), f"an annotation property with a {name}", "Leave it to the shapes.")
            if not count and (term, SKOS.editorialNote, None) not in graph:
                yield Finding(short(term), f"no {name} and no reason", "Give it one where it always holds, or say why "
                              "not in a skos:editorialNote in both languages.")  # fmt: skip


@check("OOPS P10: disjointness where true")
def disjointness(graph: Graph) -> Iterator[Finding]:
    main = {URIRef(PR + name) for name in ("Hub", "Organisation", "Place", "Project", "Service", "Event", "Figure")}
    apart = {frozenset(pair) for pair in graph.subject_objects(OWL.disjointWith)}
    for term in sorted(main):
        if not any(term in pair for pair in apart):
            yield Finding(short(term), "disjoint with nothing", "Say with owl:disjointWith what it can never be.")


@check("OOPS P05, P13, P25, P26, P27, P28, P29, P30, P31, P33; ROBOT equivalent_pair, equivalent_class_axiom_no_genus")
def simple(graph: Graph) -> Iterator[Finding]:
    left_out = (OWL.inverseOf, OWL.equivalentClass, OWL.equivalentProperty, OWL.propertyChainAxiom, OWL.unionOf,
                OWL.intersectionOf, OWL.onProperty, OWL.oneOf, OWL.sameAs)  # fmt: skip
    for predicate in left_out:
        for subject in graph.subjects(predicate, None):
            yield Finding(short(subject), f"it says {short(predicate)}", "Leave it to the shapes, or to SPARQL's ^.")
    for kind in (OWL.SymmetricProperty, OWL.FunctionalProperty, OWL.InverseFunctionalProperty):
        for subject in graph.subjects(RDF.type, kind):
            yield Finding(short(subject), f"an {short(kind)}", "Leave it to the shapes.")
    for subject in graph.subjects(RDF.type, OWL.TransitiveProperty):
        if graph.value(subject, RDFS.domain) != graph.value(subject, RDFS.range):
            yield Finding(short(subject), "transitive from one class to another", "Its domain must be its range.")
    for node in graph.all_nodes():
        if isinstance(node, BNode):
            yield Finding(f"_:{node}", "a blank node", "Name it.")


@check("OOPS P40, P39; ROBOT illegal_use_of_built_in_vocabulary; FOOPS VOC2: no namespace hijacked")
def namespaces(graph: Graph) -> Iterator[Finding]:
    for subject in sorted(set(graph.subjects(RDF.type, None)), key=str):
        if str(subject).startswith(_BUILT_IN):
            yield Finding(str(subject), "a term of OWL, RDF or RDFS defined anew", "Use another.")
        if str(subject).startswith(ROOT):
            continue
        for predicate in (SKOS.definition, RDFS.subClassOf, OWL.disjointWith, RDFS.domain, RDFS.range):
            if (subject, predicate, None) in graph:
                yield Finding(str(subject), f"{short(predicate)} said of a term of others", "Say it of ours.")


@check("alignments: every target is there")
def aligned(graph: Graph) -> Iterator[Finding]:
    known = vocabularies.known()
    for ours, target in vocabularies.targets(graph):
        if str(target) not in known:
            remedy = "Correct its IRI; if it is right, run python -m tests.ontology.vocabularies on the vocabulary."
            yield Finding(short(ours), f"aligned to <{target}>, which its vocabulary does not declare", remedy)


@check("ROBOT deprecated_class_reference, deprecated_property_reference, missing_obsolete_label")
def deprecated(graph: Graph) -> Iterator[Finding]:
    for term in graph.subjects(OWL.deprecated, Literal(True)):
        if (term, DCTERMS.isReplacedBy, None) not in graph and (term, SKOS.editorialNote, None) not in graph:
            remedy = "Say what replaces it (dcterms:isReplacedBy) or why nothing does (skos:editorialNote)."
            yield Finding(short(term), "deprecated, and no word on what to use", remedy)
        for relation in (RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range):
            for user in graph.subjects(relation, term):
                yield Finding(
                    short(user), f"it builds on {short(term)}, which is deprecated", "Build on what replaces it."
                )


@check("versioning: a term is deprecated before it is removed")
def kept(graph: Graph) -> Iterator[Finding]:
    for version, path in history.snapshots().items():
        before = Graph().parse(path)
        for term in set(live(before, terms(before))) - set(terms(graph)):
            remedy = "Keep it with owl:deprecated true, and dcterms:isReplacedBy what replaces it."
            yield Finding(short(term), f"in version {version}, and gone now without having been deprecated", remedy)


@check("OOPS P38, P41; ROBOT missing_ontology_title, missing_ontology_description, missing_ontology_license; "
       "FOOPS PURL1, URI2, VER1, OM1, OM2, OM4.1, OM5.1, HTTP1")  # fmt: skip
def header(graph: Graph) -> Iterator[Finding]:
    wanted = (DCTERMS.title, DCTERMS.description, DCTERMS.license, DCTERMS.creator, DCTERMS.created, OWL.versionIRI,
              OWL.versionInfo)  # fmt: skip
    for ontology in headers(graph):
        if not str(ontology).startswith("https://w3id.org/"):
            yield Finding(str(ontology), "its IRI is not a persistent one", "Use w3id.org.")
        for predicate in wanted:
            if (ontology, predicate, None) not in graph:
                yield Finding(str(ontology), f"no {short(predicate)}", "Write it in the module's header.")
        for predicate in (DCTERMS.title, DCTERMS.description):
            if {t.language for t in graph.objects(ontology, predicate) if isinstance(t, Literal)} != set(BOTH):
                yield Finding(str(ontology), f"{short(predicate)} not in both languages", "Write it in both.")
        for version in graph.objects(ontology, OWL.versionIRI):
            if str(version) != f"{ontology}/{graph.value(ontology, OWL.versionInfo)}":
                yield Finding(str(ontology), "versionIRI and versionInfo disagree", "Write the same version in both.")


@check("FOOPS OM1, OM2, OM3 (without DOI and logo), OM5.2, FIND1; LOV: VANN and VOAF")
def umbrella(graph: Graph) -> Iterator[Finding]:
    ontology = URIRef(ROOT + "ontology")
    voaf, bibo = "http://purl.org/vocommons/voaf#", "http://purl.org/ontology/bibo/"
    wanted = (VANN.preferredNamespacePrefix, VANN.preferredNamespaceUri, CITATION, OWL.priorVersion, DCTERMS.issued,
              DCTERMS.modified, DCTERMS.source, URIRef(bibo + "status"), URIRef(voaf + "reliesOn"),
              URIRef(voaf + "metadataVoc"), URIRef("http://purl.org/dc/elements/1.1/publisher"))  # fmt: skip
    for predicate in wanted:
        if (ontology, predicate, None) not in graph:
            yield Finding(str(ontology), f"no {short(predicate)}", "Write it in prossima.ttl.")
    if (ontology, RDF.type, URIRef(voaf + "Vocabulary")) not in graph:
        yield Finding(str(ontology), "not said to be a voaf:Vocabulary", "Write it in prossima.ttl.")
