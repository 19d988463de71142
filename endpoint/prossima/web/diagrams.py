"""The diagrams of the ontology as Graphviz texts: `python -m prossima.web.diagrams` prints them as JSON.

Classes that the same shapes hold for share a box. In the box stand the properties whose values are texts, numbers,
periods or concepts of a scheme; properties that lead to another class are the arrows. Nodes and edges have classes
that the stylesheet colours; the colours given here are for where there is none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape

from prossima import language as languages
from prossima.vocabulary import PR, RDFS, expand
from prossima.web.constraints import Constraints, Rule
from prossima.web.layout import texts
from prossima.web.terms import Module, Vocabulary, vocabulary
from prossima.web.views import Link

OVERVIEW = "modules"
LINES = 14
# What a class says with these is in its box, as a date would be: an arrow from every class would tell nothing.
_INSIDE = frozenset({PR + "Period", expand("locn:Address"), expand("geo:Geometry"), expand("cv:ContactPoint")})
_EVERYWHERE = frozenset(expand(name) for name in ("skos:altLabel", "skos:note", "dcterms:description"))
_INK, _SOFT, _PALE, _RIVER, _PAPER, _HEAD = "#23201c", "#5a5249", "#a99d8c", "#0f5662", "#fffdf9", "#e4efee"


@dataclass
class _Box:
    """Classes that stand together. fields: of (property, type); own: whether they are the module's."""

    name: str
    classes: list[str]
    own: bool
    fields: dict[str, tuple[Link, str]] = field(default_factory=dict)


class Diagram:
    """The diagram of a module."""

    def __init__(self, words: Vocabulary, constraints: Constraints, module: Module) -> None:
        self.words, self.constraints, self.module = words, constraints, module
        self.own = {term.iri for term in module.classes}
        self.boxes: dict[str, _Box] = {}
        self.edges: dict[tuple[str, str], dict[str, Link]] = {}
        self._place()
        for rule in constraints.rules:
            self._draw(rule)
        self._draw_unshaped()
        self.kinds = self._kinds()

    # -- boxes -----------------------------------------------------------------------------------------

    def _place(self) -> None:
        """A box for the classes of each shape; one for the plain subclasses of a class; one for each other."""
        waiting = sorted(self.own, key=lambda iri: self.words.terms[iri].label)
        for classes in sorted({rule.classes for rule in self.constraints.rules}):
            if mine := [iri for iri in waiting if iri in classes]:
                self._box(mine)
        waiting = [iri for iri in waiting if iri not in self.boxes]
        above = {
            iri: [parent for parent in self.words.texts(iri, RDFS("subClassOf")) if parent in self.words.terms]
            for iri in waiting
        }
        held = {parent for parents in above.values() for parent in parents}
        for parents in sorted({tuple(above[iri]) for iri in waiting if above[iri] and iri not in held}):
            self._box([iri for iri in waiting if tuple(above[iri]) == parents and iri not in held])
        for iri in waiting:
            if iri not in self.boxes:
                self._box([iri])

    def _box(self, classes: list[str]) -> _Box:
        box = _Box(self._name(classes[0]), classes, classes[0] in self.own)
        self.boxes.update(dict.fromkeys(classes, box))
        return box

    @staticmethod
    def _name(iri: str) -> str:
        return iri.removeprefix(PR).rpartition("/")[2].rpartition("#")[2]

    def _reached(self, iri: str) -> _Box:
        """The box of a class, made pale where it is of another module."""
        return self.boxes.get(iri) or self._box([iri])

    # -- properties ------------------------------------------------------------------------------------

    def _draw(self, rule: Rule) -> None:
        mine = [iri for iri in rule.classes if iri in self.own]
        path = self.words.terms.get(rule.path)
        # A property of this module that classes of another have is told there.
        if not mine or rule.path in _EVERYWHERE or (path and path.deprecated):
            return
        box, link = self.boxes[mine[0]], self.words.link(rule.path)
        targets = [iri for iri in rule.values if iri not in _INSIDE or iri in self.own]
        if targets and not rule.scheme:
            for target in targets:
                self.edges.setdefault((box.name, self._reached(target).name), {})[rule.path] = link
        else:
            box.fields.setdefault(rule.path, (link, self._type(rule)))

    def _draw_unshaped(self) -> None:
        """The properties that no shape speaks of, by their domain and range."""
        shaped = {rule.path for rule in self.constraints.rules}
        for term in self.module.properties:
            domain = [iri for iri in self.words.texts(term.iri, RDFS("domain")) if iri in self.own]
            if term.iri in shaped or not domain or term.deprecated:
                continue
            self._draw(self.constraints.bare(domain[0], term.iri))

    def _type(self, rule: Rule) -> str:
        if rule.scheme:
            return self._say("ontology.short.concept")
        if rule.values:
            return self.words.words.label(rule.values[0])
        return self._say(f"ontology.short.{rule.kind}")

    def _say(self, key: str) -> str:
        return texts(self.words.language, key)

    # -- the text --------------------------------------------------------------------------------------

    def dot(self) -> str:
        title = self._say("ontology.diagram.title").format(module=self.module.label)
        boxes = {box.name: box for box in self.boxes.values()}
        lines = [self._node(box) for box in boxes.values()]
        lines += [self._edge(*ends, list(links.values())) for ends, links in sorted(self.edges.items())]
        lines += [self._kind(*ends, iris) for ends, iris in sorted(self.kinds.items())]
        return _graph(title, self._say("ontology.diagram.detail"), lines)

    def _node(self, box: _Box) -> str:
        rows = [_row(self.words.link(iri), head=_HEAD if box.own else "") for iri in box.classes]
        fields = sorted(box.fields.values(), key=lambda found: found[0].label)
        rows += [_row(link, kind) for link, kind in fields[:LINES]]
        if more := len(fields) - LINES:
            rows += [_plain(self._say("ontology.diagram.more").format(number=more))] if more > 0 else []
        table = _table("".join(rows), pale=not box.own)
        return f"{_quoted(box.name)} [class={'own' if box.own else 'other'}, label=<{table}>]"

    def _edge(self, start: str, end: str, links: list[Link]) -> str:
        label = _rows(sorted(links, key=lambda link: link.label)[:LINES])
        # The kinds of a class stand below it, whatever else ties them.
        free = ", constraint=false" if (start, end) in self.kinds else ""
        return f"{_quoted(start)} -> {_quoted(end)} [class=link{free}, label=<{label}>]"

    def _kinds(self) -> dict[tuple[str, str], list[str]]:
        """The boxes that hold kinds of the classes of another, and which these are."""
        found: dict[tuple[str, str], list[str]] = {}
        for iri in sorted(self.own):
            for parent in self.words.texts(iri, RDFS("subClassOf")):
                if parent in self.words.terms and self._reached(parent) is not self.boxes[iri]:
                    found.setdefault((self.boxes[iri].name, self.boxes[parent].name), []).append(iri)
        return found

    def _kind(self, below: str, above: str, iris: list[str]) -> str:
        """The arrow to a class from its kinds; it names them where their box holds others too."""
        whole = sum(1 for box in self.boxes.values() if box.name == below) == len(iris)
        label = "" if whole else f", label=<{_rows(self.words.link(iri) for iri in iris)}>"
        return f"{_quoted(above)} -> {_quoted(below)} [class=kind, dir=back, arrowtail=empty{label}]"


def overview(words: Vocabulary) -> str:
    """The modules, each with its classes, and what each builds on, leaving out what follows from the rest."""
    modules = {module.iri: module for module in words.modules.values() if module.classes}

    def below(iri: str) -> set[str]:
        return {iri}.union(*(below(other) for other in modules[iri].imports if other in modules))

    lines = []
    for module in modules.values():
        title = _row(Link(module.label, module.path), head=_HEAD)
        names = [_plain(line) for line in _wrapped([term.label for term in module.classes if not term.deprecated])]
        lines.append(f"{_quoted(module.name)} [class=own, label=<{_table(title + ''.join(names))}>]")
        for other in module.imports:
            around = [third for third in module.imports if third in modules and third != other]
            if other in modules and not any(other in below(third) for third in around):
                lines.append(f"{_quoted(module.name)} -> {_quoted(modules[other].name)} [class=uses, style=dashed]")
    title, detail = (texts(words.language, f"ontology.diagram.{key}") for key in ("overview", "overview_detail"))
    return _graph(title, detail, lines, across=True)


def _wrapped(names: list[str], width: int = 26) -> list[str]:
    """Names with commas, in lines of about that many letters."""
    lines = [""]
    for position, name in enumerate(names):
        piece = name + ("," if position < len(names) - 1 else "")
        if lines[-1] and len(lines[-1]) + len(piece) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {piece}".strip()
    return lines


def _graph(title: str, detail: str, lines: list[str], *, across: bool = False) -> str:
    """A whole Graphviz text. Its name, in two parts, becomes the title and the description of the drawing."""
    head = [
        f"rankdir={'RL' if across else 'TB'}", f"ranksep={0.4 if across else 0.6}",
        'bgcolor="transparent"', "pad=0.1", "nodesep=0.35",
        f'node [shape=plain, fontname="Helvetica", fontsize=14, fontcolor="{_INK}", color="{_SOFT}"]',
        f'edge [fontname="Helvetica", fontsize=12.5, fontcolor="{_RIVER}", color="{_SOFT}", arrowsize=0.7]',
    ]  # fmt: skip
    return "\n".join([f"digraph {_quoted(f'{title} | {detail}')} {{", *head, *lines, "}"]) + "\n"


def _table(rows: str, *, pale: bool = False) -> str:
    style = 'BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3"'
    look = f'COLOR="{_PALE}"' if pale else f'COLOR="{_SOFT}" BGCOLOR="{_PAPER}"'
    return f"<TABLE {style} {look}>{rows}</TABLE>"


def _rows(links: Iterable[Link]) -> str:
    """The label of an edge."""
    return f'<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="2">{"".join(_row(link) for link in links)}</TABLE>'


def _row(link: Link, kind: str = "", *, head: str = "") -> str:
    """A line of a box or of an edge. kind: what its values are; head: the ground of the name of a class."""
    label = escape(link.label, quote=True)
    href = f' HREF="{escape(link.path, quote=True)}" TITLE="{label}"' if link.path else ""
    told = f'<TD ALIGN="LEFT"><FONT COLOR="{_SOFT}">{escape(kind)}</FONT></TD>' if kind else ""
    look = ("" if kind else ' COLSPAN="2"') + (f' BGCOLOR="{head}"' if head else "")
    return f'<TR><TD{look} ALIGN="LEFT"{href}>{f"<B>{label}</B>" if head else label}</TD>{told}</TR>'


def _plain(words: str) -> str:
    return f'<TR><TD COLSPAN="2" ALIGN="LEFT"><FONT COLOR="{_SOFT}">{escape(words)}</FONT></TD></TR>'


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def diagrams(words: Vocabulary) -> dict[str, str]:
    """The overview and the diagram of each module that has classes, by name."""
    constraints = Constraints(words, lambda key, **values: texts(words.language, key, **values))
    drawn = {
        name: Diagram(words, constraints, module).dot() for name, module in words.modules.items() if module.classes
    }
    return {OVERVIEW: overview(words)} | drawn


if __name__ == "__main__":
    found = {
        f"{name}.{language}": dot
        for language in languages.LANGUAGES
        for name, dot in diagrams(vocabulary(language)).items()
    }
    print(json.dumps(found, ensure_ascii=False))
