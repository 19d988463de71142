"""What the shapes ask of the things of a class, property by property, in plain words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from pyoxigraph import DefaultGraph, Store

from prossima.vocabulary import OWL, RDF, RDFS, SH, XSD, compact, expand, text_of
from prossima.web.terms import Vocabulary
from prossima.web.views import Link
from prossima.words import Words

_DEFAULT = DefaultGraph()
_DATATYPES = {
    XSD + "string": "plain",
    expand("rdf:langString"): "text",
    XSD + "date": "date",
    XSD + "dateTime": "moment",
    XSD + "integer": "integer",
    XSD + "decimal": "decimal",
    XSD + "boolean": "truth",
    expand("geo:wktLiteral"): "point",
}
_STRENGTHS = {SH + "Warning": "should", SH + "Info": "may"}
_WEB = "^https?://"

Say = Callable[..., str]


@dataclass(frozen=True)
class Statement:
    """One demand. strength: must, should or may. words: how many and of what, with `{link}` where `link` goes.
    details: what else holds for each value. reason: the words of the shape, where it is not the plain demand."""

    strength: str
    words: str
    link: Link | None
    details: list[str]
    reason: str | None


@dataclass(frozen=True)
class Rule:
    """All that is asked of one property of some classes. values: the classes of its values; scheme: the one its
    concepts are of; kind: the end of the key of the words for its values."""

    classes: tuple[str, ...]
    path: str
    statements: list[Statement]
    values: list[str]
    scheme: str | None
    kind: str


@dataclass
class _Ask:
    """A property shape, or several of one path taken together."""

    severity: str
    least: int = 0
    most: int | None = None
    values: list[str] | None = None
    scheme: str | None = None
    datatype: str | None = None
    language: str | None = None
    pattern: str | None = None
    iri: bool = False
    unique: bool = False
    details: tuple[tuple[str, str], ...] = ()
    message: str | None = None


class Constraints:
    """The rules of all shapes that have a target class. say: the text of a key, with what is filled in."""

    def __init__(self, vocabulary: Vocabulary, say: Say) -> None:
        self.vocabulary, self.say = vocabulary, say
        self._shapes = Words(vocabulary.shapes, vocabulary.language)

    @cached_property
    def rules(self) -> list[Rule]:
        """In the order of the classes' names, required properties first."""
        store: Store = self.vocabulary.shapes
        targets: dict[str, list[str]] = {}
        for quad in store.quads_for_pattern(None, SH("targetClass"), None, _DEFAULT):
            targets.setdefault(text_of(quad.subject), []).append(text_of(quad.object))
        found = [
            rule for shape, classes in sorted(targets.items()) for rule in self._of_shape(shape, tuple(sorted(classes)))
        ]
        return sorted(found, key=lambda rule: (rule.classes, _rank(rule), self.vocabulary.words.label(rule.path)))

    def of_class(self, iri: str) -> list[Rule]:
        """The rules for the things of a class, those of its superclasses included."""
        above = superclasses(self.vocabulary, iri)
        return [rule for rule in self.rules if set(rule.classes) & above]

    def of_property(self, iri: str) -> list[Rule]:
        return [rule for rule in self.rules if rule.path == iri]

    def _of_shape(self, shape: str, classes: tuple[str, ...]) -> list[Rule]:
        by_path: dict[str, list[_Ask]] = {}
        for node in self._shapes.objects(shape, SH("property")):
            if path := self._shapes.one(text_of(node), SH("path")):
                by_path.setdefault(path, []).append(self._ask(text_of(node), path))
        return [self._rule(classes, path, asks) for path, asks in by_path.items()]

    def _ask(self, shape: str, path: str) -> _Ask:
        def one(name: str) -> str | None:
            return self._shapes.one(shape, SH(name))

        qualified, most, scheme = one("qualifiedValueShape"), one("maxCount"), None
        if node := one("node"):
            inner = self._shapes.one(node, SH("property"))
            scheme = self._shapes.one(inner, SH("hasValue")) if inner else None
        details = [(name, found) for name in ("minInclusive", "minExclusive", "maxInclusive") if (found := one(name))]
        if other := one("lessThanOrEquals"):
            details.append(("lessThanOrEquals", self.vocabulary.words.label(other)))
        return _Ask(
            severity=one("severity") or SH + "Violation",
            least=int(one("minCount") or one("qualifiedMinCount") or 0),
            most=int(most) if most else None,
            values=self._shapes.texts(shape, SH("class")) or None,
            scheme=scheme,
            datatype=one("datatype") or next(iter(self._literals(path)), None),
            language=self._language(qualified) if qualified else None,
            pattern=one("pattern"),
            iri=one("nodeKind") == SH + "IRI",
            unique=one("uniqueLang") == "true",
            details=tuple(details),
            message=one("message"),
        )

    def _language(self, shape: str) -> str | None:
        """The first language of a `sh:languageIn` list."""
        listed = self._shapes.one(shape, SH("languageIn"))
        return self._shapes.one(listed, RDF("first")) if listed else None

    def _rule(self, classes: tuple[str, ...], path: str, asks: list[_Ask]) -> Rule:
        plain = [ask for ask in asks if ask.severity == SH + "Violation" and not ask.language]
        others = [ask for ask in asks if ask not in plain]
        main = _together(plain) if plain else None
        statements = [self._statement(ask, main) for ask in others]
        # «A text for each language, and at least one in Italian»: the general demand goes without saying.
        if main and (main.least or main.details or main.pattern or not others):
            statements.insert(0, self._statement(main, None))
        whole = _together(asks)
        return self._ranged(Rule(classes, path, statements, whole.values or [], whole.scheme, self._kind(whole)[0]))

    def bare(self, iri: str, path: str) -> Rule:
        """The rule for a property of a class of which no shape speaks."""
        return self._ranged(Rule((iri,), path, [], [], None, "any"))

    def _ranged(self, rule: Rule) -> Rule:
        """The rule with what the range of its property says, where the shapes say nothing."""
        if rule.kind not in ("any", "described"):
            return rule
        found = self.vocabulary.texts(rule.path, RDFS("range"))
        literal = self._literals(rule.path)
        kind = datatype_key(literal[0]) if literal else "thing" if found else rule.kind
        return replace(rule, kind=kind, values=[iri for iri in found if iri not in literal])

    def _literals(self, path: str) -> list[str]:
        """The datatypes of a property's range."""
        return [iri for iri in self.vocabulary.texts(path, RDFS("range")) if iri.startswith((XSD, RDF))]

    def _statement(self, ask: _Ask, main: _Ask | None) -> Statement:
        kind, link = self._kind(ask if not main or ask.datatype or ask.values or ask.language else main)
        one, many = (self.say(f"ontology.value.{kind}.{number}") for number in ("one", "many"))
        if ask.least == ask.most == 1:
            words = self.say("ontology.count.exactly", one=one)
        elif ask.least > 1:
            words = self.say("ontology.count.several", number=ask.least, many=many)
        elif ask.least:
            words = self.say("ontology.count.some", one=one, many=many)
        elif ask.most:
            words = self.say("ontology.count.most", one=one)
        else:
            words = self.say("ontology.count.any", many=many)
        details = [self.say(f"ontology.detail.{name}", value=value) for name, value in ask.details]
        if ask.unique or (main and main.unique):
            details.append(self.say("ontology.detail.unique"))
        if ask.pattern and ask.pattern != _WEB:
            details.append(self.say("ontology.detail.pattern", value=ask.pattern))
        required = "must" if ask.least else "may"
        strength = _STRENGTHS.get(ask.severity, required)
        return Statement(strength, words, link, details, ask.message if ask.severity in _STRENGTHS else None)

    def _kind(self, ask: _Ask) -> tuple[str, Link | None]:
        """What the values are: the text that says it, and the class, scheme or datatype it names."""
        if ask.scheme:
            return "concept", self.vocabulary.link(ask.scheme)
        if ask.values:
            return "thing", self.vocabulary.link(ask.values[0])
        if ask.language:
            return f"text_{ask.language}", None
        if ask.pattern == _WEB:
            return "web", None
        if ask.datatype:
            kind = datatype_key(ask.datatype)
            return kind, Link(compact(ask.datatype), ask.datatype) if kind == "typed" else None
        return ("described", None) if ask.iri else ("any", None)


def datatype_key(datatype: str) -> str:
    """The end of the key of the words for a datatype; `typed` for one we have no words for."""
    return _DATATYPES.get(datatype, "typed")


def superclasses(vocabulary: Vocabulary, iri: str) -> set[str]:
    """A class with all those above it."""
    found, waiting = {iri}, [iri]
    while waiting:
        new = set(vocabulary.texts(waiting.pop(), RDFS("subClassOf"))) - found - {OWL + "Thing"}
        found |= new
        waiting += new
    return found


def _together(asks: list[_Ask]) -> _Ask:
    """One demand that asks what each of several asks."""
    whole = _Ask(asks[0].severity)
    for ask in asks:
        whole.least = max(whole.least, ask.least)
        whole.most = min((most for most in (whole.most, ask.most) if most is not None), default=None)
        whole.values = whole.values or ask.values
        whole.scheme = whole.scheme or ask.scheme
        whole.datatype = whole.datatype or ask.datatype
        whole.pattern = whole.pattern or ask.pattern
        whole.iri |= ask.iri
        whole.unique |= ask.unique
        whole.details += ask.details
        whole.message = whole.message or ask.message
    return whole


def _rank(rule: Rule) -> int:
    return min(("must", "should", "may").index(statement.strength) for statement in rule.statements)
