"""Queries that count over all the data, asked of the release's statistics instead.

What a generic client asks first (how many triples, which classes and properties, how many of each, the sizes of the
graphs) reads everything. A release keeps these numbers as a small store of their own; a query of such a shape is
written anew over it, and the engine does the rest: grouping, names, order, limit. Any other is left alone.

The shapes: `SELECT` of a key and counts, with at most `GROUP BY` the key, `ORDER BY`, `LIMIT`, `OFFSET`, over one
of the patterns `?s ?p ?o`, `?s a ?c`, `?s a <C>`, `?s <p> ?o`, `GRAPH ?g { ?s ?p ?o }`; `SELECT DISTINCT` of the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from prossima.vocabulary import COUNTS, RDF

_TOKEN = re.compile(
    r"""\s+|\#[^\n\r]*|<[^<>"{}|^`\\\x00-\x20]*>|[?$]\w+|(?:[A-Za-z][\w-]*)?:(?:[\w:-](?:[\w.:-]*[\w:-])?)?
      |[A-Za-z]+|\d+|[{}()*.;]""",
    re.VERBOSE,
)
_ASKS = re.compile(r"COUNT\s*\(|SELECT\s+DISTINCT", re.IGNORECASE)
_LONGEST = 2_000
# The variables that the statistics' numbers are bound to: no query has them.
_MANY, _SUBJECTS = "?prossimaMany", "?prossimaSubjects"
_TYPE, _ALL = f"<{RDF}type>", f"<{COUNTS}all>"


class OtherShapeError(Exception):
    """The query has another shape."""


def rewritten(text: str) -> str | None:
    """The query over the statistics that has the same answer; None where there is none."""
    if len(text) > _LONGEST or not _ASKS.search(text) or "prossima" in text.replace("prossima/", ""):
        return None
    try:
        return _Reader([*tokens(text), ""]).query()
    except OtherShapeError:
        return None


def tokens(text: str) -> list[str]:
    """The tokens but white space and comments; words in capitals, variables with a question mark. Raises
    OtherShapeError at what no query of these shapes has, such as a literal."""
    found = _TOKEN.findall(text)
    if "".join(found) != text:
        raise OtherShapeError
    return [_plain(token) for token in found if token[0] != "#" and not token.isspace()]


def _plain(token: str) -> str:
    if token[0] in "?$":
        return "?" + token[1:]
    return token.upper() if token.isalpha() and token != "a" else token


def _kind_of(token: str) -> str:
    match token[:1]:
        case "":
            return "end"
        case "<":
            return "iri"
        case "?":
            return "var"
        case "{" | "}" | "(" | ")" | "*" | "." | ";":
            return "mark"
    return "name" if ":" in token else "word" if token.isalpha() else "number"


@dataclass(frozen=True)
class _Pattern:
    """What is counted: the variables, the key among them (None when nothing varies but subject and object), the
    statistics' number of each key, and where they have the number of all: a term, and the number's name."""

    variables: frozenset[str]
    subject: str
    key: str | None
    each: str
    whole: str
    of_whole: str
    # Whether the subjects of a key are all different, as those of a class are.
    distinct: bool = False


class _Reader:
    """Reads the tokens of a query from the left, each method one part of it; any other shape ends it."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at = tokens, 0

    def query(self) -> str:
        prologue = list(self._prologue())
        self._expect("SELECT")
        is_distinct = self._took("DISTINCT")
        columns = list(self._columns())
        self._took("WHERE")
        pattern = self._pattern()
        grouped = self._grouping(pattern)
        order, limits = list(self._order()), list(self._limits())
        if self.tokens[self.at]:
            raise OtherShapeError
        return self._written(prologue, is_distinct, columns, pattern, grouped, order, limits)

    # -- reading ----------------------------------------------------------------------------------------

    def _next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def _took(self, text: str) -> bool:
        if self.tokens[self.at] != text:
            return False
        self.at += 1
        return True

    def _expect(self, *texts: str) -> None:
        for text in texts:
            if not self._took(text):
                raise OtherShapeError

    def _kind(self, *kinds: str) -> str:
        token = self._next()
        if _kind_of(token) not in kinds:
            raise OtherShapeError
        return token

    def _prologue(self) -> Iterator[str]:
        while self.tokens[self.at] in ("PREFIX", "BASE"):
            word = self._next()
            yield word + " " + (self._kind("name") + " " if word == "PREFIX" else "") + self._kind("iri")

    def _columns(self) -> Iterator[tuple[str, str]]:
        """(what, name): a variable and itself, or a count and the variable it is called."""
        while self.tokens[self.at] not in ("WHERE", "{"):
            if self._took("("):
                counted = self._count()
                self._expect("AS")
                yield counted, self._kind("var")
                self._expect(")")
            else:
                name = self._kind("var")
                yield name, name

    def _count(self) -> str:
        """`*`, a variable, or `DISTINCT` and a variable."""
        self._expect("COUNT", "(")
        distinct = "DISTINCT " if self._took("DISTINCT") else ""
        counted = "*" if not distinct and self._took("*") else self._kind("var")
        self._expect(")")
        return "COUNT " + distinct + counted

    def _pattern(self) -> _Pattern:
        self._expect("{")
        graph = self._kind("var") if self._took("GRAPH") else None
        if graph:
            self._expect("{")
        subject = self._kind("var")
        predicate, value = self._next(), self._next()
        kind, object_kind = _kind_of(predicate), _kind_of(value)
        self._took(".")
        self._expect(*(["}"] if graph else []))
        self._took(".")
        self._expect("}")
        free = [t for t in (graph, subject, predicate if kind == "var" else None, value) if t and t[0] == "?"]
        if len(free) != len(set(free)) or (object_kind != "var" and (kind == "var" or graph)):
            raise OtherShapeError
        is_type = predicate in ("a", "rdf:type", _TYPE)
        names = frozenset(free)
        if graph:
            if kind != "var":
                raise OtherShapeError
            return _Pattern(names, subject, graph, "size", _ALL, "all-sizes")
        if kind == "var":
            return _Pattern(names, subject, predicate, "triples", _ALL, "all-triples")
        if is_type and object_kind == "var":
            return _Pattern(names, subject, value, "instances", _TYPE, "triples", distinct=True)
        if is_type and object_kind in ("iri", "name"):
            return _Pattern(names, subject, None, "instances", value, "instances", distinct=True)
        if kind in ("iri", "name") and object_kind == "var":
            return _Pattern(names, subject, None, "triples", predicate, "triples")
        raise OtherShapeError

    def _grouping(self, pattern: _Pattern) -> bool:
        if not self._took("GROUP"):
            return False
        self._expect("BY")
        if self._kind("var") != pattern.key:
            raise OtherShapeError
        return True

    def _order(self) -> Iterator[str]:
        if not self._took("ORDER"):
            return
        self._expect("BY")
        while self.tokens[self.at] not in ("LIMIT", "OFFSET", ""):
            if self.tokens[self.at] in ("ASC", "DESC"):
                way = self._next()
                self._expect("(")
                yield f"{way} {self._ordered_by()}"
                self._expect(")")
            else:
                yield f"ASC {self._ordered_by()}"

    def _ordered_by(self) -> str:
        return self._kind("var") if _kind_of(self.tokens[self.at]) == "var" else self._count()

    def _limits(self) -> Iterator[str]:
        while self.tokens[self.at] in ("LIMIT", "OFFSET"):
            yield self._next() + " " + self._kind("number")

    # -- writing ----------------------------------------------------------------------------------------

    def _written(
        self,
        prologue: list[str],
        is_distinct: bool,
        columns: list[tuple[str, str]],
        pattern: _Pattern,
        grouped: bool,
        order: list[str],
        limits: list[str],
    ) -> str:
        counts = [what for what, _ in columns if what.startswith("COUNT")]
        plain = [what for what, _ in columns if not what.startswith("COUNT")]
        names = {name for _, name in columns}
        known = {pattern.key} if grouped or (is_distinct and not counts) else set()
        if not columns or any(name not in known for name in plain) or len(names) != len(columns):
            raise OtherShapeError
        if (is_distinct and counts) or (not grouped and not counts and not is_distinct):
            raise OtherShapeError
        if names & (pattern.variables - set(plain)) or (grouped and not counts and not plain):
            raise OtherShapeError
        ordered = [part.split(" ", 1) for part in order]
        if any(by.startswith("COUNT") and not (grouped or counts) for _, by in ordered):
            raise OtherShapeError
        if any(not by.startswith("COUNT") and by not in names | known for _, by in ordered):
            raise OtherShapeError
        all_counts = counts + [by for _, by in ordered if by.startswith("COUNT")]
        of_keys = any(what == f"COUNT DISTINCT {pattern.key}" for what in all_counts)
        by_key = grouped or is_distinct or of_keys
        if of_keys and (grouped or len(set(all_counts)) > 1):
            raise OtherShapeError
        said = {what: self._said(what, pattern, by_key) for what in all_counts}
        subject = pattern.key if by_key else pattern.whole
        if subject is None:
            raise OtherShapeError
        where = f"{subject} <{COUNTS}{pattern.each if by_key else pattern.of_whole}> {_MANY} ."
        if any(_SUBJECTS in text for text in said.values()):
            where += f" {subject} <{COUNTS}{'all-subjects' if subject == _ALL else 'subjects'}> {_SUBJECTS} ."
        head = " ".join(f"({said[what]} AS {name})" if what in said else name for what, name in columns)
        by = " ".join(f"{way}({said.get(what, what)})" for way, what in ordered)
        return " ".join(
            [
                *prologue,
                "SELECT DISTINCT" if is_distinct else "SELECT",
                head,
                f"WHERE {{ {where} }}",
                *([f"GROUP BY {pattern.key}"] if grouped else []),
                *([f"ORDER BY {by}"] if by else []),
                *limits,
            ]
        )

    def _said(self, count: str, pattern: _Pattern, by_key: bool) -> str:
        """A count as the statistics have it."""
        counted = count.removeprefix("COUNT ")
        if counted == "*" or counted in pattern.variables:
            return f"SUM({_MANY})"
        if counted == f"DISTINCT {pattern.key}" and pattern.key:
            return f"COUNT(DISTINCT {pattern.key})"
        if counted == f"DISTINCT {pattern.subject}" and pattern.each != "size":
            # The subjects of a class are all different; of all together, each once.
            return f"SUM({_MANY})" if pattern.distinct and (by_key or pattern.key is None) else f"SUM({_SUBJECTS})"
        raise OtherShapeError
