"""What a query's text tells before the engine sees it: its form, and whether it would make the engine fetch.

The engine has no switch for SERVICE and fetches loopback addresses too. It reads without a lexer, so the same
characters may be an IRI or a comparison (`1<2)SERVICE#>`), a comment or the end of a name (`ex:a\\#b`): a text is
refused when any of these readings meets a SERVICE clause. The word in a string, a comment, an IRI or a name is
no clause.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from prossima.engine.query import ForbiddenQueryError

_FORMS = {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}
_UPDATES = {"INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD"}
_IRI = re.compile(r'<[^<>"{}|^`\x00-\x20]*>')
_STRING = re.compile(
    r"""\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''
      | "(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*'""",
    re.VERBOSE | re.DOTALL,
)
# A comment, an IRI, or a word with the prefixed name it may begin.
_PROLOGUE = re.compile(r"\#[^\n\r]*|<[^<>\s]*>|[^\W\d][\w.-]*(?::[^\s<]*)?")
_TURN = re.compile(r"""[<#'"\\]|service|load""", re.IGNORECASE)
_OPENING = {"service": "{", "load": ""}
_CLAUSES = 100
_SPACE = re.compile(r"\s*")
_ENDPOINT = re.compile(rf"{_IRI.pattern}|[?$]\w+|[^\s{{}}()<>'\"#:]*:[^\s{{}}()<>'\"#]*")


def form(text: str) -> str | None:
    """The query's form: SELECT, ASK, CONSTRUCT or DESCRIBE; None when it begins as none of them.

    Raises ForbiddenQueryError for SERVICE and for updates.
    """
    found = None
    for match in _PROLOGUE.finditer(text):
        word = match[0].upper()
        if word in _UPDATES:
            raise ForbiddenQueryError(word)
        if word in _FORMS:
            found = word
            break
    if _Readings(text).meet("service"):
        raise ForbiddenQueryError("SERVICE")
    return found


def harmless(text: str) -> tuple[str, str | None]:
    """The text with what would fetch taken out, as well or as badly formed as before: SERVICE becomes GRAPH, LOAD an
    operation that does nothing. And the keyword for which it is to be refused: LOAD SILENT is not, which may fail.

    Raises ForbiddenQueryError where there is more of it than anyone means."""
    refused = None
    for word, instead in (("service", "GRAPH"), ("load", "INSERT DATA {}")):
        for _ in range(_CLAUSES):
            if not (clause := _Readings(text).meet(word)):
                break
            if not (clause.silent and word == "load"):
                refused = refused or word.upper()
            kept = text[clause.name : clause.end] if word == "service" else ""
            # As long as before, and with as many lines, so that errors are told where they are.
            space = "\n" * text.count("\n", clause.start, clause.end)
            made = f"{instead} {kept}{space}".ljust(clause.end - clause.start)
            text = text[: clause.start] + made + text[clause.end :]
        else:
            raise ForbiddenQueryError(word.upper())
    return text, refused


def code(text: str) -> str:
    """The text with its strings, IRIs and comments blank, each character in its place."""
    return _NOT_CODE.sub(lambda match: " " * len(match[0]), text)


_CHANGING = ("NOW", "RAND", "UUID", "STRUUID", "BNODE")
_CALLS = re.compile(rf"\b(?:{'|'.join(_CHANGING)})\b")
_NOT_CODE = re.compile(rf"{_IRI.pattern}|{_STRING.pattern}|\#[^\n\r]*", re.VERBOSE | re.DOTALL)
_TEMPLATE = re.compile(r"\bCONSTRUCT\s*\{([^}]*)\}|\bCONSTRUCT\s+(.*)", re.IGNORECASE | re.DOTALL)


def is_stable(text: str) -> bool:
    """Whether the query has the same answer each time it is asked of the same data: it calls neither the clock nor
    chance, and makes no blank node. Where the text leaves doubt it is said not to be."""
    capitals = text.upper()
    # A word is looked for much faster than where words begin and end.
    if any(name in capitals for name in _CHANGING) and _CALLS.search(capitals):
        return False
    if "CONSTRUCT" not in capitals:
        return True
    template = _TEMPLATE.search(_NOT_CODE.sub(" ", text))
    made = (template[1] or template[2] or "") if template else text
    return not re.search(r"_:|\[|\(", made)


@dataclass(frozen=True)
class _Clause:
    """Where a clause that fetches begins, where the name of what it fetches does, and where it ends (of SERVICE, before
    its group)."""

    start: int
    name: int
    end: int
    silent: bool


class _Readings:
    """All the ways in which a text may be read, each place in it looked at once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._skipped: dict[int, int] = {}

    def meet(self, word: str) -> _Clause | None:
        """A SERVICE clause, or a LOAD operation, that there is in some reading."""
        if word not in self.text.lower():
            return None
        waiting, begun, seen = [0], set(), set()
        while waiting:
            start = waiting.pop()
            found = None if start in begun else _TURN.search(self.text, start)
            begun.add(start)
            if found is None or found.start() in seen:
                continue
            seen.add(found.start())
            if self.text[found.start()] not in "sSlL":
                waiting += self._onward(found.start())
            elif found[0].lower() == word and self._is_word(found) and (clause := self._clause(found, _OPENING[word])):
                return clause
            else:
                waiting.append(found.end())
        return None

    def _onward(self, at: int) -> Iterator[int]:
        """Where a reading may go on after the character at this place."""
        match self.text[at]:
            case "#":
                yield self._end_of_line(at)
            case "\\":
                yield from (at + 1, at + 2)
            case "<":
                yield at + 1
                if iri := _IRI.match(self.text, at):
                    yield iri.end()
            case quote:
                # None goes on after a string that stays open: the engine would stop there.
                if string := _STRING.match(self.text, at):
                    yield string.end()
                if self.text.startswith(quote, at + 1):
                    yield at + 2

    def _is_word(self, found: re.Match[str]) -> bool:
        """Whether it is more than the end of a name."""
        before = self.text[max(0, found.start() - 1) : found.start()]
        return before != ":" and (found[0].lower() == "service" or not re.match(r"[\w?$@.-]", before))

    def _clause(self, word: re.Match[str], opening: str) -> _Clause | None:
        """The clause that the word begins, if it does: SILENT or not, a name, an open brace where one belongs."""
        at = self._after_space(word.end())
        starts = {at: False}
        if self.text[at : at + 6].upper() == "SILENT":
            starts = {self._after_space(at + 6): True, at: False}
        for start, silent in starts.items():
            name = _ENDPOINT.match(self.text, start)
            if name and self.text.startswith(opening, self._after_space(name.end())):
                end = name.end() if opening else self._into(name.end())
                return _Clause(word.start(), start, end, silent)
        return None

    def _into(self, at: int) -> int:
        """Where `INTO GRAPH name` ends, if it is what follows."""
        after = at
        for word in ("INTO", "GRAPH"):
            after = self._after_space(after)
            if self.text[after : after + len(word)].upper() != word:
                return at
            after += len(word)
        name = _ENDPOINT.match(self.text, self._after_space(after))
        return name.end() if name else at

    def _after_space(self, at: int) -> int:
        """Where white space and comments end."""
        passed = []
        while at not in self._skipped:
            passed.append(at)
            space = _SPACE.match(self.text, at)
            assert space
            if not self.text.startswith("#", space.end()):
                self._skipped[at] = space.end()
                break
            at = self._end_of_line(space.end())
        end = self._skipped[at]
        self._skipped.update(dict.fromkeys(passed, end))
        return end

    @cached_property
    def _line_ends(self) -> list[int]:
        return [match.start() for match in re.finditer(r"[\n\r]|\Z", self.text)]

    def _end_of_line(self, at: int) -> int:
        return self._line_ends[bisect_left(self._line_ends, at)]
