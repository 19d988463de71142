"""IRIs and the paths that serve them: pages link by path and show the IRI."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from prossima.vocabulary import ROOT

_FOLLOWED = ("http:", "https:", "mailto:", "tel:")
_LETTERS = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")


@dataclass(frozen=True)
class Links:
    """bases: IRI base of a district -> its id, for districts whose IRIs are not under ours."""

    bases: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, districts: Iterable[tuple[str, str]]) -> Links:
        return cls(tuple((base, id_) for base, id_ in districts if not base.startswith(ROOT)))

    def path(self, iri: str) -> str | None:
        """The server's path for an IRI; None when it is not ours to serve."""
        if iri.startswith(ROOT):
            return local_path("/" + iri[len(ROOT) :])
        for base, id_ in self.bases:
            if iri.startswith(base):
                return district_path(id_) + _quoted(iri[len(base) :])
        return None

    def href(self, iri: str) -> str | None:
        """Where a link to an IRI leads: here, on the web, to a mailbox or a telephone; None for all others, which
        a browser may run instead of following."""
        return self.path(iri) or (iri if iri.lower().startswith(_FOLLOWED) else None)

    def iris(self, path: str) -> list[str]:
        """The IRIs that a path, as the client spelled it, may stand for, the likeliest first."""
        for base, id_ in self.bases:
            prefix = district_path(id_)
            if path.startswith(prefix):
                return [base + spelled for spelled in _spellings(path[len(prefix) :])]
        return [ROOT + spelled for spelled in _spellings(path.removeprefix("/"))]


def district_path(id_: str) -> str:
    """The path of a district's list of things."""
    return f"/id/{quote(id_, safe='')}/"


def local_path(path: str) -> str:
    """The path with nothing that a browser would take for another server's name, or that HTTP does not allow."""
    return _quoted("/%2F" + path[2:] if path.startswith("//") else path)


def _quoted(path: str) -> str:
    return quote(path, safe="/#:@!$&'()*+,;=-._~%")


def _spellings(path: str) -> Iterable[str]:
    """As it stands; with its letters decoded and the rest not, which is how an IRI has them; all decoded."""
    return dict.fromkeys((path, _LETTERS.sub(lambda found: unquote(found[0]), path), unquote(path)))
