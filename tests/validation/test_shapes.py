"""The shapes themselves: each column has one, which tells in both languages what is wrong and what to write, with an
example that it accepts; and those that ask more than a form find it, in both engines."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from prossima.cells import literal
from prossima.dates import bounds
from prossima.tables import Column, Schema, shipped_schemas
from prossima.validation.engines import Result, fast, reference
from prossima.validation.reach import shapes_of
from prossima.vocabulary import (
    OWL,
    PR,
    RDF,
    SCHEME,
    SH,
    SHAPES,
    XSD,
    concepts,
    expand,
    ontology_files,
    shape_files,
    text_of,
    triples,
)

Term = NamedNode | Literal
BOTH = ["en", "it"]
PERIOD = PR + "Period"


@cache
def said() -> dict[str, dict[str, list[Term]]]:
    """What the shapes say, by subject and predicate."""
    found: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for path in shape_files():
        for triple in triples(path):
            assert isinstance(triple.object, NamedNode | Literal)
            found[text_of(triple.subject)][triple.predicate.value].append(triple.object)
    return found


def told(shape: str, predicate: NamedNode) -> list[Term]:
    return said()[shape][predicate.value] if shape in said() else []


def names(shape: str, predicate: NamedNode) -> list[str]:
    return [text_of(term) for term in told(shape, predicate)]


def local(iri: str) -> str:
    return iri.removeprefix(SHAPES)


def of_kind(kind: str) -> list[str]:
    return sorted(shape for shape in said() if SH + kind in names(shape, RDF("type")))


NODES = [shape for shape in of_kind("NodeShape") if names(shape, SH("targetClass"))]
# The shapes of a scheme (in-hub-kind) judge a concept, and not what someone writes.
PROPERTIES = sorted({child for shape in NODES for child in names(shape, SH("property"))})
SCHEMAS = {path.stem: Schema.read(path) for path in shipped_schemas().values()}


def example(shape: str) -> Literal:
    [found] = told(shape, SHAPES("example"))
    assert isinstance(found, Literal)
    return found


def scheme_of(shape: str) -> str | None:
    """The scheme a shape draws its values from."""
    for node in names(shape, SH("node")):
        if node.startswith(f"{SHAPES}in-"):
            return node.removeprefix(f"{SHAPES}in-")
    return None


def classes_of(schema: Schema, column: Column) -> set[str]:
    """The classes of what gets the column's value: the row's thing, or the node behind the column."""
    about = column.about or schema.about
    found: set[str] = set()
    for other in schema.columns:
        where = other.about or schema.about
        if other.property == RDF + "type" and where == about:
            base, brace, _ = (other.value or "").partition("{")
            found |= {base + kind for kind in (other.pattern or "").split("|")} if brace else {base}
    return found


def columns() -> Iterator[tuple[str, Column]]:
    """The columns that become properties of things. A type is not a value, and what is renamed has no class."""
    for name, schema in SCHEMAS.items():
        for column in schema.real:
            if column.property and column.property != RDF + "type" and name not in ("claims", "renamed"):
                yield name, column


COLUMNS = {f"{name}.{column.name}": (SCHEMAS[name], column) for name, column in columns()}


def shapes_for(schema: Schema, column: Column) -> dict[str, list[str]]:
    """The property shapes that judge what a column says, by class."""
    found: dict[str, list[str]] = defaultdict(list)
    for node in NODES:
        for class_ in classes_of(schema, column) & set(names(node, SH("targetClass"))):
            found[class_] += [s for s in names(node, SH("property")) if column.property in names(s, SH("path"))]
    return found


# -- words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", PROPERTIES, ids=local)
@pytest.mark.parametrize("predicate", ["name", "message", "description"])
def test_a_property_shape_has_its_words_in_italian_and_english(shape: str, predicate: str) -> None:
    texts = told(shape, SH(predicate))
    assert sorted(text.language or "" for text in texts if isinstance(text, Literal)) == BOTH
    assert len({text_of(text) for text in texts}) == 2, "the same words in both languages"


@pytest.mark.parametrize("shape", PROPERTIES, ids=local)
def test_messages_and_help_are_sentences_in_plain_words(shape: str) -> None:
    jargon = re.compile(r"\b(RDF|SHACL|IRI|URI|EDTF|WKT|literal|concept|node|nodo|datatype|tipo atteso)\b|\w+:[A-Z]")
    for text in names(shape, SH("message")) + names(shape, SH("description")):
        assert re.fullmatch(r"[A-ZÈÀ«\"].*[.)]", text), text
        assert not jargon.search(text), text
        assert len(text) <= 200, text


@pytest.mark.parametrize("node", NODES, ids=local)
@pytest.mark.parametrize("predicate", ["message", "description"])
def test_no_two_shapes_of_a_thing_say_the_same(node: str, predicate: str) -> None:
    texts = [text for child in names(node, SH("property")) for text in names(child, SH(predicate))]
    assert [text for text in set(texts) if texts.count(text) > 1] == []


def test_every_property_shape_belongs_to_a_thing_or_to_a_scheme() -> None:
    others = set(of_kind("PropertyShape")) - set(PROPERTIES)
    apart = {shape for shape in others if not re.fullmatch(r"in-[a-z-]+-scheme", local(shape))}
    assert {local(shape) for shape in apart} == {*RULE, "Hub-life", "Project-life"}
    assert all(shape.startswith(SHAPES) for shape in PROPERTIES)


# -- examples ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", PROPERTIES, ids=local)
def test_the_example_of_a_shape_satisfies_it(shape: str) -> None:
    value = example(shape)
    for pattern in names(shape, SH("pattern")):
        assert re.search(pattern, value.value)
    if scheme := scheme_of(shape):
        assert f"{SCHEME}{scheme}/{value.value}" in concepts()
    asked = {SHAPES + "italian": "it", SHAPES + "english": "en"}
    languages = {asked[text] for text in names(shape, SH("qualifiedValueShape"))}
    if languages or RDF + "langString" in names(shape, SH("datatype")):
        assert value.language in (languages or BOTH)
    for datatype in {XSD + name for name in ("integer", "decimal", "boolean")} & set(names(shape, SH("datatype"))):
        assert literal(Column("example", base=datatype.removeprefix(XSD)), value.value)
    if PERIOD in names(shape, SH("class")):
        assert bounds(value.value)
    if XSD + "date" in names(shape, SH("datatype")):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", value.value)
    for least in [*names(shape, SH("minInclusive")), *names(shape, SH("minExclusive"))]:
        assert float(value.value) >= float(least)


@pytest.mark.parametrize("column", COLUMNS)
def test_the_example_is_written_as_its_column_wants_it(column: str) -> None:
    """The cell reads without a problem; a reference is an id of a table of that class."""
    schema, described = COLUMNS[column]
    for shape in {shape for found in shapes_for(schema, described).values() for shape in found}:
        value = example(shape)
        if described.value is None:
            read = literal(described, value.value)
            assert value.language is None or read.language, "a text with a language for one without"
        elif described.value.startswith(SCHEME):
            iri = described.value.replace(f"{{+{described.name}}}", value.value)
            assert iri in concepts() or described.property == expand("skos:inScheme"), iri
        elif described.base != "anyURI" and described.property != PR + "onProperty":
            classes = set(names(shape, SH("class")))
            formats = [
                table.by_name["id"].pattern or ""
                for table in SCHEMAS.values()
                if table.name != "renamed"
                and "id" in table.by_name
                and (not classes or classes & classes_of(table, table.by_name["id"]))
            ]
            assert any(re.fullmatch(pattern, value.value) for pattern in formats if pattern), value.value


# -- completeness -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_has_a_shape(column: str) -> None:
    schema, described = COLUMNS[column]
    assert any(shapes_for(schema, described).values())


def test_a_column_of_one_value_asks_for_one_and_a_required_one_for_some() -> None:
    """Dates may be told in different ways by different sources, and then stay side by side: they have no maximum."""
    wrong = set()
    for name, (schema, column) in COLUMNS.items():
        shapes = [shape for found in shapes_for(schema, column).values() for shape in found]
        limits = {SH + name for name in ("maxCount", "uniqueLang")}
        if not column.separator and not any(limits & said()[shape].keys() for shape in shapes):
            wrong.add((name, "max"))
        if column.required and not any(
            {SH + "minCount", SH + "qualifiedMinCount"} & said()[shape].keys() for shape in shapes
        ):
            wrong.add((name, "min"))
    assert wrong == set()


def test_targets_are_classes() -> None:
    known = {
        text_of(triple.subject)
        for path in ontology_files()
        for triple in triples(path)
        if triple.predicate == RDF("type") and triple.object == OWL("Class")
    }
    assert {target for node in NODES for target in names(node, SH("targetClass"))} - known == set()


def test_a_thing_with_a_column_for_its_english_name_is_asked_for_it() -> None:
    # Of a publication the title is asked for, which is in the language it is in; what a source is may be told by the
    # reader of a file, in no language.
    lacking = {
        class_
        for name, (schema, column) in COLUMNS.items()
        if column.name == "name_en" and name.partition(".")[0] not in ("publications", "sources")
        for class_, shapes in shapes_for(schema, column).items()
        if not any(SHAPES + "english" in names(shape, SH("qualifiedValueShape")) for shape in shapes)
    }
    assert lacking == set()


# -- what is found ----------------------------------------------------------------------------------------------

EXAMPLE = "https://example.org/prova/"


def thing(name: str) -> NamedNode:
    return NamedNode(EXAMPLE + name)


def fact(subject: str, property_: str, term: Term | str) -> Triple:
    return Triple(thing(subject), NamedNode(expand(property_)), thing(term) if isinstance(term, str) else term)


def a(subject: str, class_: str) -> Triple:
    return Triple(thing(subject), RDF("type"), NamedNode(expand(class_)))


def date(value: str) -> Literal:
    return Literal(value, datatype=XSD("date"))


FORMS = {
    "Municipality-istatCode-digits": ("pr:Municipality", "pr:istatCode", "018110", "018"),
    "Province-istatCode": ("pr:Province", "pr:istatCode", "018", "018110"),
    "Region-istatCode": ("pr:Region", "pr:istatCode", "03", "003"),
    "Place-cadastralCode": ("pr:Place", "pr:cadastralCode", "G388", "388G"),
    "Address-postCode": ("locn:Address", "locn:postCode", "27100", "I-27100"),
    "ContactPoint-email": ("cv:ContactPoint", "cv:email", "info@example.org", "info at example.org"),
    "ContactPoint-telephone": ("cv:ContactPoint", "cv:telephone", "+39 0382 000000", "n. 0382"),
    "OpeningHours-openingHours": ("pr:OpeningHours", "schema:openingHours", "Mo-Fr,Su 09:00-12:30", "lun 9-12"),
    "Funding-currency": ("pr:Funding", "pr:currency", "EUR", "euro"),
}
PAGES = {
    "Place-sameAs": ("pr:Place", "schema:sameAs"),
    "Hub-page": ("pr:Hub", "foaf:page"),
    "Organisation-page": ("pr:Network", "foaf:page"),
    "Project-page": ("pr:Programme", "foaf:page"),
    "Publication-page": ("pr:Publication", "foaf:page"),
    "Source-page": ("pr:Source", "foaf:page"),
}
ENGLISH = {
    "Service": "pr:Activity",
    "Event": "pr:Event",
    "EventSeries": "pr:EventSeries",
    "Act": "pr:SharedProcedure",
    "Disagreement": "pr:Disagreement",
    "Concept": "skos:Concept",
}


def role(
    name: str, period: tuple[str, str], property_: str, other: tuple[str, str], kind: str = "partner"
) -> set[Triple]:
    """A role with its time, in something that begins or ends then."""
    facts = {
        a(name, "pr:DatedRole"),
        fact(name, "pr:roleKind", SCHEME(f"role-kind/{kind}")),
        fact(name, "pr:target", f"{name}/target"),
        fact(name, "pr:period", f"{name}/period"),
        fact(f"{name}/target", property_, f"{name}/other"),
    }
    for node, (first, last) in (("period", period), ("other", other)):
        facts.add(fact(f"{name}/{node}", "pr:earliest", date(first)))
        facts.add(fact(f"{name}/{node}", "pr:latest", date(last)))
    return facts


RULE = ("DatedRole-before", "DatedRole-after")
YEAR = ("2019-01-01", "2019-12-31")
BEFORE, AFTER = ("2017-01-01", "2018-12-31"), ("2020-01-01", "2021-12-31")
ROLES = {
    **{f"before/{way}": (BEFORE, f"pr:{way}", "DatedRole-before") for way in ("opened", "start", "founded")},
    **{f"after/{way}": (AFTER, f"pr:{way}", "DatedRole-after") for way in ("closed", "end")},
}
RIGHT = {
    **{f"right-before/{way}": (AFTER, f"pr:{way}") for way in ("opened", "start", "founded")},
    **{f"right-after/{way}": (BEFORE, f"pr:{way}") for way in ("closed", "end")},
    # As the bounds of a date are the first and last day that it may be, some overlap is no mistake.
    **{f"overlap/{way}": (YEAR, f"pr:{way}") for way in ("opened", "start", "founded", "closed", "end")},
}


@pytest.fixture(scope="module")
def results() -> dict[str, set[Result]]:
    """What each engine finds in all the things below, each right or wrong in one way."""
    graph: set[Triple] = set()
    for shape, (class_, property_, right, wrong) in FORMS.items():
        for name, value in ((f"right/{shape}", right), (f"wrong/{shape}", wrong)):
            graph |= {a(name, class_), fact(name, property_, Literal(value))}
    for shape, (class_, property_) in PAGES.items():
        for name, page in ((f"right/{shape}", "https://example.org/"), (f"wrong/{shape}", "mailto:a@example.org")):
            graph |= {a(name, class_), fact(name, property_, NamedNode(page))}
    for shape, class_ in ENGLISH.items():
        italian, english = (Literal("Nome", language=language) for language in ("it", "en"))
        graph |= {a(f"wrong/{shape}-name-en", class_), fact(f"wrong/{shape}-name-en", "skos:prefLabel", italian)}
        graph |= {a(f"right/{shape}-name-en", class_), fact(f"right/{shape}-name-en", "skos:prefLabel", english)}
    for name, (period, property_, _) in ROLES.items():
        graph |= role(name, period, property_, YEAR)
    for name, (period, property_) in RIGHT.items():
        graph |= role(name, period, property_, YEAR)
    return {"fast": set(fast(graph)), "reference": set(reference(graph))}


def found(results: set[Result], name: str) -> set[tuple[str, str]]:
    return {(local(result.shape), result.severity) for result in results if result.focus == EXAMPLE + name}


def test_engines_agree(results: dict[str, set[Result]]) -> None:
    assert results["fast"] == results["reference"]


@pytest.mark.parametrize("shape", [*FORMS, *PAGES])
@pytest.mark.parametrize("engine", ["fast", "reference"])
def test_a_value_of_another_form_is_a_violation(shape: str, engine: str, results: dict[str, set[Result]]) -> None:
    assert (shape, "Violation") in found(results[engine], f"wrong/{shape}")
    assert (shape, "Violation") not in found(results[engine], f"right/{shape}")


@pytest.mark.parametrize("shape", [f"{name}-name-en" for name in ENGLISH])
@pytest.mark.parametrize("engine", ["fast", "reference"])
def test_no_english_name_is_a_warning(shape: str, engine: str, results: dict[str, set[Result]]) -> None:
    assert (shape, "Warning") in found(results[engine], f"wrong/{shape}")
    assert (shape, "Warning") not in found(results[engine], f"right/{shape}")


@pytest.mark.parametrize("name", ROLES)
@pytest.mark.parametrize("engine", ["fast", "reference"])
def test_a_role_outside_the_life_of_what_it_is_in_is_a_warning(
    name: str, engine: str, results: dict[str, set[Result]]
) -> None:
    """The focus node is the date to look at: the role's own, or that of the end of what the role is in."""
    [result] = [r for r in results[engine] if local(r.shape) in RULE and r.focus.startswith(f"{EXAMPLE}{name}/")]
    assert (local(result.shape), result.severity) == (ROLES[name][2], "Warning")


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("engine", ["fast", "reference"])
def test_a_role_within_it_is_right(name: str, engine: str, results: dict[str, set[Result]]) -> None:
    assert [r for r in results[engine] if local(r.shape) in RULE and r.focus.startswith(f"{EXAMPLE}{name}/")] == []


def test_what_the_rule_of_roles_reads_is_known_beforehand() -> None:
    shapes = {shape.iri: shape for shape in shapes_of(t for path in shape_files() for t in triples(path))}
    for shape, ways in (("RolePeriod", {"opened", "start", "founded"}), ("Ending", {"closed", "end"})):
        assert not shapes[SHAPES + shape].whole
        read = {way for path in shapes[SHAPES + shape].paths for step in path for way, _ in step.ways}
        assert {PR + way for way in ways} | {PR + "target", PR + "period", PR + "earliest"} <= read
