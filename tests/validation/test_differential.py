"""Both SHACL engines find the same in whatever graph by our shapes; what they get wrong is told of other shapes.

The graphs are made from the shapes themselves, from their classes, paths, and constraints: new ones are covered.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import settings as within
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from prossima import district
from prossima.validation.checks import Facts
from prossima.validation.engines import Result, fast, reference
from prossima.validation.gate import data_graph
from prossima.validation.wrongs import WRONGS, misread
from prossima.vocabulary import PREFIXES, RDF, RDFS, SH, XSD, shape_files, skolemised, triples
from tests.conftest import BOLOGNA, PAVIA, REPOSITORY, TORINO

EX = "https://example.org/"
TYPE = RDF("type")
Term = NamedNode | Literal
Graph = set[Triple]
GRAPHS, THINGS, CHANGES = 10, 120, 200
KINDS = [0, 1, 1, 1, 1, 2]  # how many classes a thing is of
# In every run the same graphs: nobody meets a failure that another run's luck has brought.
always_the_same = within(max_examples=GRAPHS, derandomize=True, deadline=None, database=None)

TEXTS = {
    "string": ("", "x", "G388", "018110", "Mo-Fr 09:00-18:00", "+39 0382 000000", "info@example.org", "0", "caffè"),
    "integer": ("0", "1", "-1", "01", "600"),
    "decimal": ("0", "0.0", "2.50", "-1.0", "600"),
    "boolean": ("true", "false", "1"),
    "date": ("2018-11-28", "2020-02-29", "2021-01-01", "1999-12-31"),
    "dateTime": ("2018-11-28T10:00:00", "2021-01-01T00:00:00Z"),
    "gYear": ("2018", "2021"),
    "anyURI": ("https://example.org/",),
}  # fmt: skip
LITERALS = [Literal(text, datatype=XSD(kind)) for kind, texts in TEXTS.items() for text in texts]
LITERALS += [Literal(text, language=tag) for text in ("uno", "two", "") for tag in ("it", "en", "de", "it-CH")]
ORDER = ("LessThan", "MinInclusive", "MinExclusive", "MaxInclusive", "MaxExclusive")


# -- graphs made from the shapes -------------------------------------------------------------------------------


class Shapes:
    """What our shapes ask for: of each class the paths, and of each path what its values should be."""

    def __init__(self) -> None:
        self.said: dict[NamedNode, dict[str, list[Term]]] = {}
        for path in shape_files():
            for triple in triples(path):
                about = self.said.setdefault(triple.subject, {})
                about.setdefault(triple.predicate.value.removeprefix(SH), []).append(triple.object)
        self.classes = sorted({c for about in self.said.values() for c in about.get("targetClass", ())}, key=str)
        targeted = [(shape, about) for shape, about in self.said.items() if "targetClass" in about]
        self.asked = {
            kind: [about for shape, of in targeted if kind in of["targetClass"] for about in self.properties(shape)]
            for kind in self.classes
        }
        self.paths = sorted({p for about in self.said.values() for p in about.get("path", [])}, key=str)
        self.terms = sorted({t for about in self.said.values() for t in about.get("hasValue", [])}, key=str)

    def properties(self, shape: NamedNode) -> list[dict[str, list[Term]]]:
        return [self.said[property_] for property_ in self.said[shape].get("property", ())]


@cache
def shapes() -> Shapes:
    return Shapes()


@cache
def background() -> frozenset[Triple]:
    """What the shapes can read of the ontology and its schemes."""
    read = {TYPE, RDFS("subClassOf"), *shapes().paths}
    return frozenset(t for t in everything(PAVIA) - own(PAVIA) if t.predicate in read)


class Made:
    """A graph of things of our classes, most of them nearly right, with some of the concepts."""

    def __init__(self, some: Random) -> None:
        self.some = some
        described = sorted({t.subject for t in background()}, key=str)
        kept = {*some.sample(described, len(described) // 8)}
        self.graph = {t for t in background() if t.subject in kept or t.predicate == RDFS("subClassOf")}
        self.things = [NamedNode(f"{EX}{number}") for number in range(THINGS)]
        for thing in self.things:
            self.graph |= {Triple(thing, TYPE, kind) for kind in some.sample(shapes().classes, some.choice(KINDS))}
        wider: dict[Term, set[Term]] = {}
        for triple in self.graph:
            if triple.predicate == RDFS("subClassOf"):
                wider.setdefault(triple.subject, set()).add(triple.object)
        self.of_class: dict[Term, list[NamedNode]] = {}
        self.having: dict[tuple[Term, Term], list[NamedNode]] = {}
        for triple in sorted(self.graph, key=str):
            self.having.setdefault((triple.predicate, triple.object), []).append(triple.subject)
            for kind in {triple.object, *wider.get(triple.object, ())} if triple.predicate == TYPE else ():
                self.of_class.setdefault(kind, []).append(triple.subject)
        asked = [
            (triple.subject, asked)
            for triple in sorted(self.graph, key=str)
            if triple.predicate == TYPE for asked in shapes().asked.get(triple.object, ())
        ]  # fmt: skip
        for thing, about in asked:
            for _ in range(some.choice([0, 1, 1, 1, 2])):
                value = self.odd() if some.random() < 0.15 else self.right(about)
                path = about["path"][0] if some.random() < 0.98 else some.choice(shapes().paths)
                self.graph.add(Triple(thing, path, value))

    def odd(self) -> Term:
        some = self.some
        return some.choice([some.choice(LITERALS), some.choice(self.things), some.choice(shapes().terms)])

    def right(self, asked: dict[str, list[Term]]) -> Term:
        """A value that may be right for a property shape."""
        some = self.some
        if "datatype" in asked:
            return some.choice([t for t in LITERALS if t.datatype == asked["datatype"][0]] or LITERALS)
        if "qualifiedValueShape" in asked:
            return Literal("uno", language=some.choice(["it", "en"]))
        wanted = [about for shape in asked.get("node", ()) for about in shapes().properties(shape)]
        having = [(about["path"][0], value) for about in wanted for value in about.get("hasValue", ())]
        found = [node for kind in asked.get("class", ()) for node in self.of_class.get(kind, ())]
        found += [node for pair in having for node in self.having.get(pair, ())]
        found += asked.get("hasValue", ())
        return some.choice(found or self.things)


# -- the real data, changed ------------------------------------------------------------------------------------


@cache
def everything(folder: Path) -> frozenset[Triple]:
    return frozenset(data_graph(Facts(district.read(folder), None)))


@cache
def own(folder: Path) -> frozenset[Triple]:
    """What a district says."""
    return frozenset(statement.triple for statement in district.read(folder).statements)


def changed(folder: Path, some: Random) -> Graph:
    """A part of a district with many of its statements dropped, or said otherwise."""
    things = sorted({triple.subject for triple in own(folder)}, key=str)
    kept = {*some.sample(things, min(THINGS // 2, len(things)))}
    graph = {t for t in own(folder) if t.subject in kept or (t.predicate == TYPE and some.random() < 0.03)}
    was = sorted(graph, key=str)
    for triple in some.sample(was, min(CHANGES, len(was) // 3)):
        subject, predicate, value = triple.subject, triple.predicate, triple.object
        other = some.choice(was)
        ways = {
            "dropped": [],
            "retargeted": [Triple(subject, predicate, other.subject)],
            "of another kind": [Triple(subject, TYPE, some.choice(shapes().classes)), triple],
            "another literal": [Triple(subject, predicate, some.choice(LITERALS))],
            "said twice": [triple, Triple(subject, predicate, other.object)],
            "another language": [
                Triple(subject, predicate, Literal(value.value, language=some.choice(["it", "en", "de"])))
                if isinstance(value, Literal) and value.language else triple
            ],
            "of something else": [Triple(other.subject, predicate, value)],
            "by another property": [Triple(subject, some.choice(shapes().paths), value)],
        }  # fmt: skip
        graph.discard(triple)
        graph.update(ways[some.choice(sorted(ways))])
        if predicate == TYPE and some.random() < 0.5:
            graph.add(Triple(subject, TYPE, some.choice(shapes().classes)))
    return graph | {t for t in background() if t.predicate == RDFS("subClassOf") or some.random() < 0.3}


# -- the engines side by side ----------------------------------------------------------------------------------


def comparable(results: list[Result]) -> set[Result]:
    """Without the order of values where one is of the wrong datatype: pySHACL then orders what has no order, and the
    datatype is told anyway (`wrongs`: "lessThan", "range without datatype")."""
    mixed = {result.focus for result in results if result.component.startswith("Datatype")}
    return {r for r in results if not (r.component.startswith(ORDER) and r.focus in mixed)}


def differences(graph: Graph) -> str:
    """What only one of the engines finds, readably, with what is said of the first thing they differ on."""
    found = {"fast": comparable(fast(graph)), "reference": comparable(reference(graph))}
    only = {"fast": found["fast"] - found["reference"], "reference": found["reference"] - found["fast"]}
    lines = [f"only {engine}: {result}" for engine in only for result in sorted(only[engine], key=repr)]
    for focus in sorted({result.focus for results in only.values() for result in results})[:1]:
        lines += sorted(f"    {triple} ." for triple in graph if triple.subject == NamedNode(focus))
    return "\n".join(lines)


@always_the_same
@given(st.randoms(use_true_random=True))
def test_engines_agree_on_made_graphs(some: Random) -> None:
    assert differences(Made(some).graph) == ""


@always_the_same
@given(st.sampled_from([PAVIA, TORINO, BOLOGNA]), st.randoms(use_true_random=True))
def test_engines_agree_on_changed_real_data(folder: Path, some: Random) -> None:
    assert differences(changed(folder, some)) == ""


def test_the_graphs_break_every_property_shape() -> None:
    """Else the engines would agree on nothing; and some things are right, else they would agree on noise."""
    broken: set[str] = set()
    for seed in range(4 * GRAPHS):
        broken |= {result.shape for result in fast(Made(Random(seed)).graph)}
    targeted = {
        str(p.value) for about in shapes().said.values() if "targetClass" in about for p in about.get("property", [])
    }
    assert targeted - broken == set()


# -- what the engines get wrong --------------------------------------------------------------------------------

EXAMPLE = {**PREFIXES, "ex": EX}
TURTLE = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in EXAMPLE.items())
DATA = r"""
    ex:a a ex:A ; ex:p 1 , "x" , ex:b ; ex:d "2020-01-01"^^xsd:date , "2021-01-01"^^xsd:date ; ex:g "2019"^^xsd:gYear ;
        ex:t "b\n" , "a]" , "_" ; ex:u "2020-01-01T00:00:00Z"^^xsd:dateTime .
    ex:b a ex:A ; ex:p "y"@en ; ex:q ex:c . ex:c ex:p ex:c .
"""


def node(*said: str) -> str:
    return f"ex:S a sh:NodeShape ; sh:targetNode ex:a , ex:c ; {' ; '.join(said)} ."


def property_(*said: str, path: str = "ex:p") -> str:
    return f"ex:S a sh:PropertyShape ; sh:targetNode ex:a , ex:c ; sh:path {path} ; {' ; '.join(said)} ."


def query(text: str, *said: str, of: Callable[..., str] = node, path: str = "ex:p") -> str:
    shape = of("sh:sparql ex:Q") if of is node else property_("sh:sparql ex:Q", path=path)
    return f'{shape} ex:Q {"".join(f"{more} ; " for more in said)} sh:select """PREFIX ex: <{EX}> {text}""" .'


# Of each construct, shapes that use it.
USING = {
    "unknown term": node("sh:property [ sh:path ex:p ; sh:maxCuont 0 ]"),
    "unknown term, SHACL-AF": node("sh:rule [ a sh:TripleRule ]"),
    "unknown term, SHACL-AF target": "ex:S a sh:NodeShape ; sh:target [ a sh:SPARQLTarget ] .",
    "unknown term, SHACL-AF expression": node("sh:expression false"),
    "unknown term, SHACL-AF function": "ex:f a sh:SPARQLFunction .",
    "unknown term, SHACL-JS": node("sh:js [ a sh:JSConstraint ]"),
    "unknown term, a class": "ex:S a sh:NodeShap .",
    "import or entailment": node("owl:imports ex:other"),
    "import or entailment, entailment": "ex: sh:entailment <http://www.w3.org/ns/entailment/RDFS> .",
    "no boolean": property_("sh:uniqueLang 1"),
    "no boolean, a text": node('sh:nodeKind sh:Literal ; sh:deactivated "true"'),
    "said twice": property_("sh:minCount 1 , 2"),
    "said twice, a path": property_("sh:maxCount 1", path="[ sh:inversePath ex:p ; sh:zeroOrMorePath ex:p ]"),
    "recursion": node("sh:property [ sh:path ex:p ; sh:or ( [ sh:nodeKind sh:Literal ] ex:S ) ]"),
    "pair by path": node("sh:equals [ sh:inversePath ex:q ]"),
    "pair by path, a sequence": property_("sh:disjoint ( ex:p ex:q )"),
    "pattern dialect": property_(r'sh:pattern "^\\w+"'),
    "pattern dialect, subtraction": property_('sh:pattern "[a-z-[aeiou]]"'),
    "pattern dialect, intersection": property_('sh:pattern "[a&&b]"'),
    "pattern dialect, lookahead": property_('sh:pattern "(?=a)"'),
    "pattern dialect, in a query": query("SELECT $this { $this ex:p ?x FILTER REGEX(?x, '(?!x)') }"),
    "query that is no SELECT": query("ASK { $this ex:p 1 }"),
    "query that is no SELECT, nor SPARQL 1.1": query("SELECT $this { << $this ex:p 1 >> ex:q ?x }"),
    "?failure": query("SELECT $this ?failure { BIND (true AS ?failure) }"),
    "FROM": query("SELECT $this FROM <http://example.org/> { $this ex:p 1 }"),
    "$PATH of many steps": query("SELECT $this ?value { $this $PATH ?value }", of=property_, path="( ex:p ex:q )"),
    "order of two variables": query("SELECT $this ?value { $this ex:d ?value , ?other FILTER (?value < ?other) }"),
    "order of two variables, of a day": query(
        f"SELECT $this ?value {{ $this ex:d ?value FILTER (?value < '2020-06-01'^^<{XSD}date>) }}"
    ),
    "nested SELECT without $this": query("SELECT $this { $this ex:p 1 { SELECT ?other { ?other ex:p 1 } } }"),
    "inequality of two variables": query("SELECT $this { $this ex:d ?value , ?other FILTER (?value != ?other) }"),
    "parts of a day": query("SELECT $this { $this ex:d ?day FILTER (YEAR(?day) = 2020) }"),
    "computed ?value": query("SELECT $this ?value { $this ex:p ?v BIND (CONCAT(STR(?v), '!') AS ?value) }"),
    "computed ?value, counted": query("SELECT $this (COUNT(?v) + 5 AS ?value) { $this ex:p ?v } GROUP BY $this"),
    "property without ?value": query("SELECT $this { $this $PATH 1 }", of=property_),
    "property without ?value, always": query(
        "SELECT $this ?value { $this ex:d ?x OPTIONAL { ?x ex:q ?value } }", of=property_
    ),
    "?PATH": query("SELECT $this ?value { $this ?PATH ?value }", of=property_),
    "constraint off or with a severity": query("SELECT $this { $this ex:p 1 }", "sh:deactivated true"),
    "constraint off or with a severity, severity": query("SELECT $this { $this ex:p 1 }", "sh:severity sh:Info"),
    "closed property shape": property_("sh:closed true"),
    "shape that is a class": "ex:A a owl:Class , sh:NodeShape ; sh:nodeKind sh:Literal .",
    "counts on a node shape": node("sh:minCount 2"),
    "property shape without a path": node("sh:property [ sh:minCount 1 ]"),
    "property shape without a path, typed": "ex:S a sh:PropertyShape ; sh:targetNode ex:a ; sh:nodeKind sh:Literal .",
    "range of other kinds": property_('sh:datatype xsd:gYear ; sh:minInclusive "2020"^^xsd:gYear'),
    "range without datatype": property_('sh:maxExclusive "2020-01-01T00:00:00"^^xsd:dateTime', path="ex:d"),
    "range of xsd:dateTime": property_(
        'sh:datatype xsd:dateTime ; sh:maxExclusive "2030-01-01T00:00:00"^^xsd:dateTime', path="ex:u"
    ),
    "lessThan": property_("sh:lessThan ex:g", path="ex:d"),
    "order of a variable": query("SELECT $this ?value { $this ex:p ?value FILTER (?value > 0) }"),
    "variable in and out of a nested SELECT": query(
        "SELECT $this ?value { $this ex:p ?x { SELECT $this ?value { $this ex:d ?value ; ex:g ?x } } }"
    ),
    "inverse of a sequence": property_("sh:nodeKind sh:Literal", path="[ sh:inversePath ( ex:p ex:q ) ]"),
    "inverse of a sequence, within": property_(
        "sh:nodeKind sh:Literal", path="[ sh:inversePath [ sh:oneOrMorePath ( ex:p ex:q ) ] ]"
    ),
    "$ or flags": property_('sh:pattern "^b$"', path="ex:t"),
    "$ or flags, a flag": property_('sh:pattern "a." ; sh:flags "q"', path="ex:t"),
    "ASK validator": property_("ex:limit 1") + """
        ex:Limit a sh:ConstraintComponent ; sh:parameter [ sh:path ex:limit ] ; sh:validator ex:V .
        ex:V a sh:SPARQLAskValidator ; sh:ask "ASK { FILTER ($value = $limit) }" .""",
    "$shapesGraph": query("SELECT $this { GRAPH $shapesGraph { $currentShape ?p ?o } }"),
}  # fmt: skip


def read(turtle: str) -> list[Triple]:
    return [quad.triple for quad in skolemised(parse(input=TURTLE + turtle, format=RdfFormat.TURTLE), "shapes.ttl")]


def outcome(engine: Callable[[list[Triple], str], list[Result]], shapes: str) -> set[Result] | str:
    try:
        return set(engine(read(DATA), TURTLE + shapes))
    except Exception as error:
        return f"refused: {error}"


@pytest.mark.parametrize("name", USING)
def test_what_an_engine_gets_wrong_is_recognised(name: str) -> None:
    construct = name.partition(", ")[0]
    found = {engine for engine, constructs in misread(read(USING[name])).items() if construct in constructs}
    assert found == set(WRONGS[construct][0])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [n for n in USING if len(WRONGS[n.partition(", ")[0]][0]) == 1])
def test_what_one_engine_gets_wrong_the_other_does_not(name: str) -> None:
    """Else it is no longer wrong, and is to be taken off the list."""
    assert outcome(fast, USING[name]) != outcome(reference, USING[name])


def test_all_that_is_listed_has_an_example() -> None:
    assert {name.partition(", ")[0] for name in USING} == set(WRONGS)


def test_the_fast_engine_gets_nothing_wrong_of_our_shapes_and_those_of_the_example() -> None:
    ours = [triple for path in shape_files() for triple in triples(path)]
    examples = sorted((REPOSITORY / "docs" / "reuse" / "esempio" / "shapes").glob("*.ttl"))
    assert examples
    found = misread([*ours, *(triple for path in examples for triple in triples(path))])
    assert found["fast"] == []
    # Only values of two kinds, which `comparable` leaves out, and line feeds at the end, which the graphs do not have.
    assert set(found["reference"]) <= {"lessThan", "$ or flags"}


def test_common_shapes_are_not_suspected() -> None:
    """What is used every day, and both engines get right."""
    common = r"""
        ex:S a sh:NodeShape ; sh:targetClass ex:A ; sh:closed true ; sh:ignoredProperties ( rdf:type ) ;
            sh:property ex:P , [ sh:path ( ex:p [ sh:inversePath ex:q ] ) ; sh:or ( [ sh:class ex:A ] ex:N ) ] .
        ex:P a sh:PropertyShape ; sh:path ex:d ; sh:datatype xsd:date ; sh:minCount 1 ; sh:uniqueLang true ;
            sh:minInclusive "2020-01-01"^^xsd:date ; sh:pattern "^[0-9]{4}-(?:0|1)\\d-.*" ; sh:name "x"@it , "x"@en ;
            sh:order 1 ; sh:group ex:G ; sh:severity sh:Warning ; sh:message "y"@it , "y"@en ; sh:sparql ex:Q .
        ex:N a sh:NodeShape ; sh:node ex:M ; sh:not [ sh:hasValue 1 ] . ex:M a sh:NodeShape , rdfs:Class .
        ex:Q sh:prefixes ex: ; sh:select '''SELECT $this ?value {
            $this $PATH ?value . { SELECT $this (COUNT(?b) AS ?n) { $this ex:p ?b } GROUP BY $this }
            FILTER (STR(?value) > STR(?n) && ?value != ex:b && ?value NOT IN (ex:a, other:b)) }''' .
        ex: sh:declare [ sh:prefix "ex" ; sh:namespace "https://example.org/"^^xsd:anyURI ] ,
            [ sh:prefix "other" ; sh:namespace "https://example.org/other/"^^xsd:anyURI ] .
    """
    assert misread(read(common)) == {"fast": [], "reference": []}
