"""What each SHACL engine is known to get wrong, and which of it a shapes graph uses.

Who is right: the W3C's test suite, then the SHACL Recommendation, then pySHACL. What hangs on the data alone is not
here. Refused before: ill-typed values (the check `ill_typed_literals`). Not met: blank nodes, which have got IRIs.
Left: the reference takes days before year 1 or after 9999 and the hour 24:00 for ill-typed, and in a query an empty
text at the end of a repeated path for anything; the fast engine finds there no path of length nought from a term that
the data does not hold, and heeds sh:shape in the data; for both `.` matches a carriage return.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Triple
from rdflib import Literal as Constant
from rdflib import Variable
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue

from prossima.vocabulary import XSD, compact, text_of

BOTH, FAST, REFERENCE = ("fast", "reference"), ("fast",), ("reference",)

# The cases of the W3C's suite without the expected report.
W3C_MISSES: dict[str, dict[str, str]] = {
    "fast": {"sparql/pre-binding/unsupported-sparql-004": "it runs a nested SELECT that does not return $this"},
    "reference": {"sparql/pre-binding/shapesGraph-001": "it refuses $shapesGraph"},
}

# Construct -> which engines get it wrong, and how.
WRONGS: dict[str, tuple[tuple[str, ...], str]] = {
    "unknown term": (BOTH, "misspelt, or of SHACL-AF, SHACL-JS or SHACL 1.2: passed over, or run by one of them"),
    "import or entailment": (BOTH, "nothing is imported or inferred"),
    "no boolean": (BOTH, "the text `true` counts as true, and to the reference the number 1 does"),
    "said twice": (BOTH, "what may be said once: one of them is taken, or all"),
    "recursion": (BOTH, "what a shape that refers to itself means is not defined, and they differ"),
    "pair by path": (BOTH, "sh:equals and its like take a property: the reference finds nothing along a path"),
    "pattern dialect": (BOTH, r"not XPath's regular expressions: \w, \s, \b, lookaround, classes within classes"),
    "query that is no SELECT": (BOTH, "not SPARQL 1.1, or an ASK: one may run it all the same"),
    "?failure": (BOTH, "a query that says it failed is taken for a violation"),
    "FROM": (BOTH, "one then sees no data, the other passes it over"),
    "$PATH of many steps": (BOTH, "what an optional step reaches is lost, or what the data does not hold"),
    "order of two variables": (BOTH, "in a query: one compares no xsd:date, the other any two kinds of values"),
    "nested SELECT without $this": (FAST, "it is run, and should be refused (unsupported-sparql-004)"),
    "inequality of two variables": (FAST, "in a query: two days are never unequal"),
    "parts of a day": (FAST, "in a query: YEAR and its like take no xsd:date"),
    "computed ?value": (FAST, "the result lacks a value that the data does not hold"),
    "property without ?value": (FAST, "or with one that may be unbound: the focus node is given for it"),
    "?PATH": (FAST, "it stands for any property: only $PATH is put in"),
    "constraint off or with a severity": (FAST, "of a SPARQL constraint sh:deactivated is not heeded, sh:severity is"),
    "closed property shape": (FAST, "it closes the focus nodes, not the values"),
    "shape that is a class": (FAST, "its instances are targets only if it is an rdfs:Class directly"),
    "counts on a node shape": (FAST, "what only property shapes may have is applied all the same"),
    "property shape without a path": (FAST, "it is passed over, or applied to the focus node"),
    "range of other kinds": (FAST, "it orders numbers, xsd:date, xsd:dateTime: any other value is a violation"),
    "range without datatype": (REFERENCE, "values of another kind than the bound are ordered too"),
    "range of xsd:dateTime": (REFERENCE, "a time with its zone and one without are never in order"),
    "lessThan": (REFERENCE, "values of two kinds are ordered too"),
    "order of a variable": (REFERENCE, "in a query: values of two kinds are ordered too"),
    "variable in and out of a nested SELECT": (REFERENCE, "taken for the same one, though it is not returned"),
    "inverse of a sequence": (REFERENCE, "it walks the steps in the wrong order"),
    "$ or flags": (REFERENCE, "$ matches before a last line feed too; of the flags it knows i and m"),
    "ASK validator": (REFERENCE, "on a property shape the result lacks the value"),
    "$shapesGraph": (REFERENCE, "it is refused (shapesGraph-001)"),
}


def _sh(names: str) -> frozenset[str]:
    return frozenset(f"sh:{name}" for name in names.split())


_PATHS = _sh("inversePath alternativePath zeroOrMorePath oneOrMorePath zeroOrOnePath") | {"rdf:first"}
_RANGES = _sh("minInclusive maxInclusive minExclusive maxExclusive")
_PAIRS = _sh("equals disjoint lessThan lessThanOrEquals")
_COUNTS = _sh("minCount maxCount uniqueLang lessThan lessThanOrEquals qualifiedValueShape")
_BOOLEAN = _sh("uniqueLang closed deactivated qualifiedValueShapesDisjoint optional")
_REFERS = _sh("property node not qualifiedValueShape and or xone") | {"rdf:first", "rdf:rest"}
_ONCE = _RANGES | _BOOLEAN | _sh(
    "path datatype nodeKind minCount maxCount minLength maxLength flags languageIn in ignoredProperties severity "
    "qualifiedMinCount qualifiedMaxCount select ask"
)  # fmt: skip
_TERMS = _PATHS | _PAIRS | _COUNTS | _REFERS | _ONCE | _sh(
    "NodeShape PropertyShape Shape BlankNode IRI Literal BlankNodeOrIRI BlankNodeOrLiteral IRIOrLiteral Info Warning "
    "Violation ConstraintComponent Parameter Validator SPARQLConstraint SPARQLAskValidator SPARQLSelectValidator "
    "PrefixDeclaration PropertyGroup targetClass targetNode targetSubjectsOf targetObjectsOf message class pattern "
    "hasValue name description order group defaultValue sparql prefixes declare prefix namespace parameter "
    "labelTemplate validator nodeValidator propertyValidator shapesGraph suggestedShapesGraph entailment"
)  # fmt: skip
_NUMBERS = {"xsd:integer", "xsd:decimal", "xsd:double", "xsd:float", "xsd:dateTime"}
_DIALECT = re.compile(r"\\[sSwWbBAZziIcC<>]|\(\?(?!:)|\[[^]]*(\[|&&|--|~~)")
_OF_DAYS = re.compile("Builtin_(YEAR|MONTH|DAY|HOURS|MINUTES|SECONDS|TIMEZONE|TZ)")
About = dict[str, list[NamedNode | Literal]]


def misread(shapes: Iterable[Triple]) -> dict[str, list[str]]:
    """For each engine the constructs of WRONGS that a shapes graph uses and the engine gets wrong. The graph has to be
    whole, as shapes refer to each other, and without blank nodes, as `vocabulary.triples` gives it."""
    said: dict[str, About] = {}
    for triple in shapes:
        assert isinstance(triple.object, NamedNode | Literal)
        about = said.setdefault(compact(text_of(triple.subject)), {})
        about.setdefault(compact(triple.predicate.value), []).append(triple.object)
    found = {construct for node in said for construct in (*_in_shape(node, said), *_in_queries(said[node], said))}
    return {engine: [c for c, (wrong, _) in WRONGS.items() if c in found and engine in wrong] for engine in BOTH}


def _texts(about: About, *predicates: str) -> list[str]:
    """What is said by any of these: IRIs as prefixed names, and texts."""
    terms = (term for predicate in predicates for term in about.get(predicate, []))
    return [compact(term.value) if isinstance(term, NamedNode) else term.value for term in terms]


def _in_shape(node: str, said: dict[str, About]) -> Iterator[str]:
    about = said[node]
    used, kinds, patterns = set(about), set(_texts(about, "rdf:type")), _texts(about, "sh:pattern")
    iris = {compact(term.value) for terms in about.values() for term in terms if isinstance(term, NamedNode)}
    bounds = [term.datatype.value for name in _RANGES & used for term in about[name] if isinstance(term, Literal)]
    booleans = [term for name in _BOOLEAN & used for term in about[name]]
    has_path = "sh:path" in used
    uses = {
        "unknown term": any(name.startswith("sh:") for name in (used | iris) - _TERMS),
        "import or entailment": bool(used & {"owl:imports", "sh:entailment"}),
        "no boolean": any(getattr(term, "datatype", None) != XSD("boolean") for term in booleans),
        "said twice": any(len(about[name]) > 1 for name in _ONCE & used) or len(_PATHS & used) > 1,
        "recursion": "rdf:first" not in used and node in _reached(node, said, _REFERS),
        "pair by path": any(_PATHS & set(said.get(other, {})) for other in _texts(about, *_PAIRS)),
        "pattern dialect": any(_DIALECT.search(pattern) for pattern in patterns),
        "constraint off or with a severity": "sh:select" in used and bool(used & _sh("deactivated severity")),
        "closed property shape": has_path and "true" in _texts(about, "sh:closed"),
        "shape that is a class": bool(kinds & _sh("NodeShape PropertyShape")) and "rdfs:Class" not in kinds
        and any({"rdfs:Class", "owl:Class"} & {kind, *_reached(kind, said, {"rdfs:subClassOf"})} for kind in kinds),
        "counts on a node shape": not has_path and bool(_COUNTS & used),
        "property shape without a path": (not has_path and "sh:PropertyShape" in kinds)
        or any("sh:path" not in said.get(other, {}) for other in _texts(about, "sh:property")),
        "range of other kinds": any(compact(bound) not in {*_NUMBERS, "xsd:date"} for bound in bounds),
        "range without datatype": bool(_RANGES & used) and "sh:datatype" not in used,
        "range of xsd:dateTime": any(compact(bound) == "xsd:dateTime" for bound in bounds),
        "lessThan": bool(used & _sh("lessThan lessThanOrEquals")),
        "inverse of a sequence": "sh:inversePath" in used
        and any("rdf:first" in said.get(head, {}) for inside in (node, *_reached(node, said, _PATHS | {"rdf:rest"}))
                for head in _texts(said.get(inside, {}), *(_PATHS - {"sh:alternativePath"}))),
        "$ or flags": any("$" in pattern for pattern in patterns)
        or bool(set("".join(_texts(about, "sh:flags"))) - {"i", "m"}),
        "ASK validator": "sh:ask" in used,
    }  # fmt: skip
    return (construct for construct, is_used in uses.items() if is_used)


def _reached(node: str, said: dict[str, About], along: Iterable[str]) -> set[str]:
    """What one gets to from a node; the node itself only if there is a way back to it."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        new = set(_texts(said.get(waiting.pop(), {}), *along)) - found
        found |= new
        waiting += new
    return found


def _in_queries(about: About, said: dict[str, About]) -> Iterator[str]:
    has_path = "sh:path" in about
    stepped = any(_PATHS & set(said.get(path, {})) for path in _texts(about, "sh:path"))
    for name, of_property in (("sh:sparql", has_path), ("sh:propertyValidator", True), ("sh:nodeValidator", False)):
        for query in (said.get(node, {}) for node in _texts(about, name)):
            for text in _texts(query, "sh:select"):
                yield from _in_query(text, of_property)
                if stepped and "$PATH" in text:
                    yield "$PATH of many steps"


def _in_query(text: str, of_property: bool) -> Iterator[str]:
    # What its prefixes stand for does not matter.
    prefixes = {name: f"urn:x:{name}:" for name in re.findall(r"([A-Za-z][\w-]*|):", text)}
    try:
        query = prepareQuery(text, initNs=prefixes).algebra
    except Exception:
        query = CompValue("None")
    if query.name != "SelectQuery":
        yield "query that is no SELECT"
        return
    parts, names = list(_parts(query)), {str(variable) for variable in query.PV}
    nested = [part for part in parts if part.name == "Project"][1:]
    uses = {
        "?failure": "failure" in names,
        "FROM": bool(query.get("datasetClause")),
        "nested SELECT without $this": any(Variable("this") not in part.PV for part in nested),
        "computed ?value": any(p.name == "Extend" and p.var == Variable("value") and not _bare(p.expr) for p in parts),
        "property without ?value": of_property and not {"value"} <= names & {str(v) for v in _bound(query.p)},
        "variable in and out of a nested SELECT": any(
            _variables(query).count(v) > _variables(part).count(v) for part in nested for v in _inside(part)
        ),
        "?PATH": "?PATH" in text,
        "parts of a day": any(_OF_DAYS.fullmatch(part.name) for part in parts),
        "$shapesGraph": "$shapesGraph" in text,
        "pattern dialect": any(p.name == "Builtin_REGEX" and _DIALECT.search(str(p.pattern)) for p in parts),
    }
    yield from (construct for construct, is_used in uses.items() if is_used)
    for part in parts:
        if part.name == "RelationalExpression" and part.op in ("<", ">", "<=", ">=", "!="):
            sides = (part.expr, part.other)
            unlike = all(_bare(side) or _is_day(side) for side in sides)
            if part.op != "!=" and any(_bare(side) for side in sides):
                yield "order of two variables" if unlike else "order of a variable"
            elif part.op == "!=" and unlike:
                yield "inequality of two variables"


def _parts(part: object) -> Iterator[CompValue]:
    """The parts of a query, wherever they stand in it."""
    if isinstance(part, CompValue):
        yield part
    for inside in part.values() if isinstance(part, CompValue) else part if isinstance(part, list | tuple) else ():
        yield from _parts(inside)


def _variables(part: object) -> list[Variable]:
    """The variables in a part of a query, as often as they stand there."""
    if isinstance(part, Variable):
        return [part]
    inside = part.values() if isinstance(part, CompValue) else part if isinstance(part, list | tuple) else ()
    return [variable for one in inside for variable in _variables(one)]


def _inside(nested: CompValue) -> set[Variable]:
    """The variables that a nested SELECT keeps to itself."""
    return set(_variables(nested.p)) - set(nested.PV)


def _bound(part: CompValue) -> set[Variable]:
    """The variables that have a value in every solution."""
    if part.name == "BGP":
        return set(_variables(part.triples))
    if part.name == "Union":
        return _bound(part.p1) & _bound(part.p2)
    if part.name == "Join":
        return _bound(part.p1) | _bound(part.p2)
    if part.name in ("LeftJoin", "Project", "ToMultiSet"):
        bound = _bound(part.p1 if part.name == "LeftJoin" else part.p)
        return bound & set(part.PV) if part.name == "Project" else bound
    found = _bound(part.p) if isinstance(part.p, CompValue) else set()
    # An expression may fail, a variable by another name does not.
    renamed = part.name == "Extend" and isinstance(part.expr, Variable) and part.expr in found
    return found | {part.var} if renamed else found


def _bare(side: object) -> bool:
    return isinstance(side, Variable) and not side.startswith("__agg_")


def _is_day(side: object) -> bool:
    return isinstance(side, Constant) and compact(str(side.datatype)) not in {*_NUMBERS, "xsd:string", "None"}
