"""The shelf of releases: `<data>/releases/<number>/` each with its store and manifest, and `<data>/current`.

A release's folder is complete before it gets its name, and `current` changes by an atomic rename: a reader
sees the old release or the new one, and a crash leaves at most a folder to delete.
"""

from __future__ import annotations

import datetime
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

from pyoxigraph import Store

from prossima.settings import Settings


class ShelfError(RuntimeError):
    """A file or folder of the shelf is missing or damaged; nothing was touched."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is missing or damaged. Roll back to a release that is whole: nothing was touched.")
        self.path = path


@dataclass(frozen=True)
class Manifest:
    """What a release is: `manifest.json` in its folder.

    number: 1, 2, 3...; created: UTC, ISO 8601. kind: "publication", "rollback" or "raw". parent: the release
    it was forked from. inputs: SHA-256 of what each group (district or file) was published from, the package
    and knowledge included. quads: how many, and inferred, how many of them the rules added. digest: a sum
    over all quads, equal exactly when the content is; empty for raw releases. added, removed: quads changed
    from the release before.
    """

    number: int
    created: str
    kind: str
    reason: str
    parent: int | None
    package: str
    knowledge: str
    inputs: dict[str, str] = field(default_factory=dict)
    quads: int = 0
    inferred: int = 0
    digest: str = ""
    added: int = 0
    removed: int = 0

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """Raises ShelfError."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise ShelfError(path) from error

    def write(self, path: Path) -> None:
        write_synced(path, json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n")


@dataclass(frozen=True)
class Release:
    """One published state, immutable."""

    folder: Path

    @property
    def number(self) -> int:
        return int(self.folder.name)

    @cached_property
    def manifest(self) -> Manifest:
        return Manifest.read(self.folder / "manifest.json")

    @cached_property
    def withdrawn(self) -> dict[str, int]:
        """IRIs that had facts once and have none now -> the last release that had them. Raises ShelfError."""
        path = self.folder / "withdrawn.json"
        try:
            found: dict[str, int] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        except ValueError as error:
            raise ShelfError(path) from error
        return found

    def changes(self, name: str) -> Path:
        """The file of the quads that came with it (`added`) or went (`removed`), N-Quads in gzip; not there for a
        first or raw release."""
        return self.folder / "changes" / f"{name}.nq.gz"

    def sources(self) -> list[Path]:
        """The folders of the files that were published, one for each district and file."""
        return sorted(path for path in (self.folder / "sources").glob("*") if path.is_dir())

    @cached_property
    def created(self) -> datetime.datetime:
        """When it was published, in UTC."""
        return datetime.datetime.fromisoformat(self.manifest.created).astimezone(datetime.UTC)

    @property
    def asserted(self) -> Path:
        """Where the store without what is inferred is; not there when nothing is."""
        return self.folder / "asserted"

    def store_path(self, inference: bool = True) -> str:
        """The folder of the release's store, with or without what is inferred."""
        return self._paths[0 if inference else 1]

    @cached_property
    def statistics_path(self) -> str | None:
        """The folder of the store of its numbers; None for a release of an earlier software."""
        folder = self.folder / "statistics"
        return str(folder) if folder.is_dir() else None

    @cached_property
    def text_path(self) -> Path | None:
        """The folder of its text index; None for a release of an earlier software."""
        folder = self.folder / "text"
        return folder if folder.is_dir() else None

    @cached_property
    def _paths(self) -> tuple[str, str]:
        whole = self.folder / "store"
        return str(whole), str(self.asserted if self.asserted.is_dir() else whole)

    def store(self, inference: bool = True) -> Store:
        """The release's store, with or without what is inferred, opened read-only: any number of processes may.
        Raises ShelfError."""
        folder = self.store_path(inference)
        try:
            return Store.read_only(folder)
        except (OSError, RuntimeError) as error:
            raise ShelfError(Path(folder)) from error


def release_in(path: Path) -> Release | None:
    """The release that a folder is, or the current one of the data folder that it is; None when it is neither."""
    if (path / "manifest.json").is_file():
        return Release(path)
    return Shelf(path).current() if (path / "current").is_file() else None


class Shelf:
    """The releases in a data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.releases = data / "releases"
        self._current = data / "current"

    def number(self) -> int | None:
        """The number of the current release; None before the first publication. Raises ShelfError."""
        try:
            return int(self._current.read_text(encoding="ascii"))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise ShelfError(self._current) from error

    def current(self) -> Release | None:
        """The release that is served; None before the first publication. Raises ShelfError."""
        number = self.number()
        if number is None:
            return None
        try:
            return self.release(number)
        except FileNotFoundError as error:
            raise ShelfError(Path(str(error))) from error

    def release(self, number: int) -> Release:
        """The release with this number. Raises FileNotFoundError when it is not (or no more) on the shelf."""
        folder = self.releases / f"{number:06d}"
        if not (folder / "manifest.json").is_file():
            raise FileNotFoundError(folder)
        return Release(folder)

    def all(self) -> list[Release]:
        """Every release on the shelf up to the current one, oldest first.

        A folder newer than `current` was renamed into place by a publication that died before the switch: it
        was never served and the next publication removes it. One without a manifest is no release.
        """
        newest = self.number()
        if newest is None:
            return []
        folders = sorted(path.parent for path in self.releases.glob("[0-9]*/manifest.json"))
        return [Release(path) for path in folders if int(path.name) <= newest]

    def switch(self, number: int) -> None:
        """Make `number` the current release, atomically and durably."""
        write_synced(self._current, f"{number}\n")

    def clear_leftovers(self) -> None:
        """Remove what dead publications left: unfinished folders, and finished ones never switched to.

        Only for who holds the publication lock. Raises ShelfError, and removes nothing, when the current release
        is not known."""
        self.releases.mkdir(parents=True, exist_ok=True)
        newest = self.number() or 0
        for path in self.releases.iterdir():
            if path.name.startswith(".") or (path.name.isdigit() and int(path.name) > newest):
                shutil.rmtree(path)

    @contextmanager
    def pinned(self, release: Release) -> Iterator[Release]:
        """Keep `release` from being dropped while this process uses it."""
        pins = self.data / "in-use"
        pins.mkdir(parents=True, exist_ok=True)
        pin = pins / f"{release.number}.{os.getpid()}.{uuid.uuid4().hex}"
        pin.touch()
        try:
            yield release
        finally:
            pin.unlink(missing_ok=True)

    def retain(self, settings: Settings) -> list[int]:
        """Drop the oldest releases beyond what the settings keep; return their numbers.

        The current release and those in use by a living process stay. Bytes are counted once for files that
        releases share."""
        used = self._in_use()
        releases = self.all()
        dropped: list[int] = []
        for release in releases[:-1]:
            kept = len(releases) - len(dropped)
            too_many = kept > settings.keep_releases
            too_big = settings.keep_bytes and self._bytes(releases[len(dropped) :]) > settings.keep_bytes
            if not (too_many or too_big):
                break
            if release.number in used:
                continue
            # Out of sight first: what a kill leaves of it is a leftover, not a damaged release.
            leaving = release.folder.with_name(f".drop-{release.number}")
            release.folder.rename(leaving)
            shutil.rmtree(leaving)
            dropped.append(release.number)
        return dropped

    def _in_use(self) -> set[int]:
        used: set[int] = set()
        for pin in (self.data / "in-use").glob("*.*"):
            number, pid, *_ = pin.name.split(".")
            try:
                os.kill(int(pid), 0)
                used.add(int(number))
            except ProcessLookupError:
                pin.unlink(missing_ok=True)
            except PermissionError:
                used.add(int(number))
        return used

    @staticmethod
    def _bytes(releases: list[Release]) -> int:
        files: dict[int, int] = {}
        for release in releases:
            for path in release.folder.rglob("*"):
                if path.is_file():
                    stat = path.stat()
                    files[stat.st_ino] = stat.st_size
        return sum(files.values())


def write_synced(path: Path, text: str) -> None:
    """Replace the file's content atomically; on return it has reached the disk."""
    beside = path.with_name(path.name + ".tmp")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Bring a folder's entries to the disk, where the system can (POSIX)."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
