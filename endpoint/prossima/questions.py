"""The named questions: each a `.rq` file of `queries/` with a header that says what it asks.

The header is TOML in comment lines that begin with `#+`: `id`, `title`, `description`, `theme`, `columns`
(name -> heading `it` and `en`, and `as`: "period" for an EDTF text, "things" for IRIs with spaces between),
optional `parameters` (name -> `type`, `default`, `label`) and `chart`. The parameter `language`, where there is
one, is that of the reader unless another is asked for. By convention a variable `x` with a
companion `x_searched` may be unbound because the answer is not known: the companion then gives the sources
where it was looked for.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pyoxigraph import Literal, NamedNode, QuerySolutions, Store

from prossima import rq
from prossima.language import LANGUAGES
from prossima.vocabulary import PREFIXES, XSD, expand, is_iri, knowledge

SEARCHED = "_searched"
LANGUAGE = "language"
THEMES: Mapping[str, Mapping[str, str]] = tomllib.loads(
    (knowledge() / "queries" / "themes.toml").read_text(encoding="utf-8")
)


class ParameterError(ValueError):
    """A parameter that the question does not have, or whose value is not of its type."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(name, detail)
        self.name, self.detail = name, detail


@dataclass(frozen=True)
class Parameter:
    """What can be filled in: `type` is date, iri, integer or string; `default` as text."""

    name: str
    type: str
    default: str
    label: Mapping[str, str]

    def term(self, text: str) -> NamedNode | Literal:
        """The value as a term. Raises ParameterError."""
        if self.type == "iri":
            if not is_iri(expand(text)):
                raise ParameterError(self.name, f"{text!r} is no IRI")
            return NamedNode(expand(text))
        if self.type == "date":
            try:
                return Literal(datetime.date.fromisoformat(text).isoformat(), datatype=XSD("date"))
            except ValueError:
                raise ParameterError(self.name, f"{text!r} is no date (YYYY-MM-DD)") from None
        if self.type == "integer":
            if not text.lstrip("+-").isdigit():
                raise ParameterError(self.name, f"{text!r} is no whole number")
            return Literal(int(text))
        return Literal(text)


@dataclass(frozen=True)
class Question:
    """One question: its words, its query, and what can be filled in."""

    id: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    theme: str
    query: str
    path: Path
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    chart: str | None = None

    @classmethod
    def read(cls, path: Path) -> Question:
        """Raises ValueError (TOML) or KeyError when the header is not as it must be."""
        described, query = rq.read(path)
        parameters = {
            name: Parameter(name, said["type"], str(said["default"]), said["label"])
            for name, said in described.get("parameters", {}).items()
        }
        return cls(
            id=described["id"],
            title=described["title"],
            description=described["description"],
            theme=described["theme"],
            query=query,
            path=path,
            columns=described.get("columns", {}),
            parameters=parameters,
            chart=described.get("chart"),
        )

    @property
    def asked(self) -> list[Parameter]:
        """The parameters to ask a reader for: all but the language, which is the reader's own."""
        return [parameter for name, parameter in self.parameters.items() if name != LANGUAGE]

    def filled(self, given: Mapping[str, str], language: str = "") -> str:
        """The query with the parameters given (or their defaults) as the values of its VALUES clauses.

        Each parameter `x` stands in the query as `VALUES ?x { term }`; what goes in its place is a term of
        the parameter's type, never text. Raises ParameterError.
        """
        for name in given:
            if name not in self.parameters:
                raise ParameterError(name, "no such parameter")
        query = self.query
        for name, parameter in self.parameters.items():
            own = language if name == LANGUAGE else ""
            term = str(parameter.term(given.get(name) or own or parameter.default))
            clause = re.compile(rf"VALUES \?{name} \{{[^}}]*\}}")
            query = clause.sub(lambda _, n=name, t=term: f"VALUES ?{n} {{ {t} }}", query)  # type: ignore[misc]
        return query

    def theme_label(self, language: str) -> str:
        """The theme in words."""
        return THEMES[self.theme][language]

    def column(self, name: str, language: str) -> str:
        """The heading of a column."""
        return self.columns.get(name, {}).get(language) or name.replace("_", " ")

    def kind(self, name: str) -> str | None:
        """How a column's literals are to be read: "period", "things", or as they are (None)."""
        return self.columns.get(name, {}).get("as")

    def shown(self, names: list[str]) -> list[str]:
        """The columns that a table shows: all but those that say where an unknown was looked for."""
        return [name for name in names if not name.endswith(SEARCHED)]


@cache
def questions() -> dict[str, Question]:
    """All questions, by id, in order."""
    found = [Question.read(path) for path in sorted((knowledge() / "queries").glob("*.rq"))]
    return {question.id: question for question in found}


@cache
def published_texts() -> frozenset[str]:
    """The text of each question as it is asked when nothing is filled in, in each language."""
    return frozenset(q.filled({}, language) for q in questions().values() for language in LANGUAGES)


def answer(
    question: Question, store: Store, given: Mapping[str, str] | None = None, language: str = ""
) -> QuerySolutions:
    """The question's answer on a release, its texts in `language` where they have it. Raises ParameterError."""
    found = store.query(question.filled(given or {}, language), prefixes=PREFIXES)
    assert isinstance(found, QuerySolutions)
    return found
