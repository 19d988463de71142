"""IRIs and the paths that serve them: pages link by path and show the IRI."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from prossima.vocabulary import ROOT


@dataclass(frozen=True)
class Links:
    """bases: IRI base of a district -> its id, for districts whose IRIs are not under ours."""

    bases: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, districts: Iterable[tuple[str, str]]) -> Links:
        return cls(tuple((base, id_) for base, id_ in districts if not base.startswith(ROOT)))

    def path(self, iri: str) -> str | None:
        """The server's path for an IRI; None when it is not ours to serve."""
        for base, id_ in self.bases:
            if iri.startswith(base):
                return f"/id/{id_}/{_quoted(iri[len(base) :])}"
        return f"/{_quoted(iri[len(ROOT) :])}" if iri.startswith(ROOT) else None

    def iri(self, path: str) -> str:
        """The IRI that a path serves."""
        for base, id_ in self.bases:
            prefix = f"/id/{id_}/"
            if path.startswith(prefix):
                return base + unquote(path[len(prefix) :])
        return ROOT + unquote(path.removeprefix("/"))


def _quoted(rest: str) -> str:
    return quote(rest, safe="/#:@!$&'()*+,;=-._~%")
