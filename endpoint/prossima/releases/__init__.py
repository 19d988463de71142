"""Releases: a folder of immutable states of the knowledge base, and the one way to add another.

There is no live store: `shelf` holds what has been published, `publication` starts the process that adds to it,
`making` makes the next release from a fork of the current one, `merge` says what changes in the fork.
"""

from prossima.releases.merge import said_before
from prossima.releases.publication import Outcome, PublicationError, publish, rollback
from prossima.releases.shelf import Manifest, Release, Shelf, ShelfError, release_in

__all__ = [
    "Manifest",
    "Outcome",
    "PublicationError",
    "Release",
    "Shelf",
    "ShelfError",
    "publish",
    "release_in",
    "rollback",
    "said_before",
]
