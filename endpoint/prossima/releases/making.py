"""Making a release: read, check, fork, load, infer, close, rename, switch.

The new release is made in a hidden folder, from a fork of the current one (hard links: Oxigraph's `backup`),
and gets its name when it is whole.
"""

from __future__ import annotations

import datetime
import gzip
import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from pyoxigraph import Quad, RdfFormat, Store, serialize

from prossima import __version__, files, inputs, validation
from prossima.problems import Cell, problem
from prossima.releases import merge, statistics, textindex
from prossima.releases.shelf import Manifest, Release, Shelf, ShelfError, sync_folder, write_synced
from prossima.settings import Settings
from prossima.statements import Contribution
from prossima.validation import Report
from prossima.vocabulary import INFERRED, ORIGIN, knowledge_checksum, text_of

STEPS = ("read", "check", "fork", "load", "infer", "close", "rename", "switch")


class PublicationError(RuntimeError):
    """A publication that could not be done, for a reason that is not in what was contributed.

    key and values: which text of the interface says it, and what is filled in there.
    """

    def __init__(self, key: str, message: str, **values: object) -> None:
        super().__init__(message)
        self.key, self.values = key, values

    def __reduce__(self) -> tuple[object, ...]:
        return _error, (self.key, str(self), self.values)


def _error(key: str, message: str, values: dict[str, object]) -> PublicationError:
    return PublicationError(key, message, **values)


@dataclass(frozen=True)
class Outcome:
    """What a publication came to.

    release: the number of the new release; None when nothing changed, when the report has violations, and
    for a dry run. report: what the gate found. added, removed: the quads that change. changed: of each thing,
    (IRI, quads added, quads removed), those that change most first.
    """

    release: int | None
    report: Report
    added: int = 0
    removed: int = 0
    unchanged: bool = False
    changed: list[tuple[str, int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Job:
    """What is to be made. back_to: the release to roll back to, if it is a rollback."""

    inputs: tuple[Path, ...]
    settings: Settings
    reason: str
    raw: bool = False
    dry_run: bool = False
    back_to: int | None = None


def made(job: Job, shelf: Shelf, on_step: Callable[[str], None]) -> Outcome:
    """Make the release. Only for who holds the publication lock. Raises PublicationError, ShelfError."""
    making = _Making(job, shelf, on_step)
    if job.back_to is not None:
        return making.rolled_back(job.back_to)
    return making.raw() if job.raw else making.merged()


@dataclass
class _Making:
    """One release being made."""

    job: Job
    shelf: Shelf
    on_step: Callable[[str], None]

    def merged(self) -> Outcome:
        """What the inputs say, checked and put in place of what they said before."""
        self.on_step("read")
        current = self.shelf.current()
        given = self._fingerprints()
        if current and not self.job.dry_run and given.items() <= current.manifest.inputs.items():
            return Outcome(None, Report([]), unchanged=True)
        contribution = Contribution()
        for path in self.job.inputs:
            contribution.extend(inputs.read(path))

        self.on_step("check")
        published = current.store() if current else None
        replaced = merge.said_before(published, contribution.groups())[0] if published else set()
        report = validation.check(contribution, published, replaced=replaced)
        if report.blocks:
            return Outcome(None, report)

        self.on_step("fork")
        store = self._forked(current)
        self.on_step("load")
        try:
            change = merge.load(store, contribution)
        except merge.TakenGraphError as error:
            taken = problem("taken-graph", Cell(str(self.job.inputs[0])), value=error.graph, other=error.owner)
            return Outcome(None, Report([*report.problems, taken]))
        self.on_step("infer")
        same = current and current.manifest.kind != "raw" and current.manifest.knowledge == knowledge_checksum()
        merge.infer(store, change, whole=not same)
        if not change or self.job.dry_run:
            del store
            shutil.rmtree(self.folder)
            return Outcome(None, report, len(change.added), len(change.removed), not change, _changed(change))
        manifest = self._manifest(
            kind="publication",
            inputs=(current.manifest.inputs if current else {}) | given,
            quads=(current.manifest.quads if current else 0) + len(change.added) - len(change.removed),
            inferred=(current.manifest.inferred if current else 0) + change.inferred,
            digest=merge.digest(change.added, change.removed, current.manifest.digest if current else ""),
            added=len(change.added),
            removed=len(change.removed),
        )
        if current and not current.manifest.digest:
            # The release forked from is raw: its content was never summed, so sum it all once.
            manifest = replace(manifest, digest=merge.digest(store))
        gone = dict.fromkeys(change.bare, current.number) if current else {}
        back = {text_of(quad.subject) for quad in change.added}
        kept = {iri: n for iri, n in (current.withdrawn if current else {}).items() if iri not in back}
        _keep_sources(contribution, current, self.folder)
        if current:
            self._keep_changes(change.added, change.removed)
        outcome = Outcome(manifest.number, report, manifest.added, manifest.removed, False, _changed(change))
        return self._finished(store, manifest, kept | gone, outcome, current, change)

    def raw(self) -> Outcome:
        """The quads of the inputs as they are, and nothing else."""
        self.on_step("read")
        current = self.shelf.current()
        unknown = [problem("unknown-format", Cell(str(p))) for p in self.job.inputs if files.rdf_format(p) is None]
        if unknown:
            return Outcome(None, Report(unknown))
        inputs = self._fingerprints()
        if current and current.manifest.kind == "raw" and not self.job.dry_run and inputs == current.manifest.inputs:
            return Outcome(None, Report([]), unchanged=True)
        self.on_step("check")
        self.on_step("fork")
        store = self._forked(None)
        self.on_step("load")
        for path in self.job.inputs:
            try:
                _bulk_load(store, path)
            except SyntaxError as error:
                line = f" ({error.lineno}:{error.offset})" if error.lineno else ""
                return Outcome(None, Report([problem("malformed-rdf", Cell(str(path)), detail=error.msg, line=line)]))
            except files.UNREADABLE as error:
                return Outcome(None, Report([problem("unreadable-file", Cell(str(path)), detail=error)]))
        self.on_step("infer")
        quads = len(store)
        if self.job.dry_run:
            del store
            shutil.rmtree(self.folder)
            return Outcome(None, Report([]), added=quads)
        store.optimize()
        inferred = sum(1 for _ in store.quads_for_pattern(None, None, None, INFERRED))
        manifest = self._manifest(kind="raw", inputs=inputs, quads=quads, added=quads, inferred=inferred)
        withdrawn = {iri: n for iri, n in (current.withdrawn if current else {}).items() if merge.is_bare(store, iri)}
        return self._finished(store, manifest, withdrawn, Outcome(manifest.number, Report([]), quads))

    def rolled_back(self, number: int) -> Outcome:
        """An earlier release again. What is current may be damaged: it is only compared with."""
        self.on_step("read")
        newest = self.shelf.number()
        try:
            target = self.shelf.release(number)
        except FileNotFoundError:
            target = None
        if target is None or newest is None or target.number > newest:
            there = ", ".join(str(release.number) for release in self.shelf.all()) or "-"
            message = f"Release {number} is not on the shelf; there: {there}."
            raise PublicationError("no_release", message, number=number, there=there)
        self.on_step("check")
        self.on_step("fork")
        store = self._forked(target)
        self.on_step("load")
        then = set(store)
        try:
            current = self.shelf.current()
            now = set(current.store()) if current else set()
        except ShelfError:
            now = set()
        bare = {text_of(quad.subject) for quad in now - then} - {text_of(quad.subject) for quad in then}
        withdrawn = dict(target.withdrawn) | {iri: newest for iri in bare if merge.is_thing(iri)}
        self.on_step("infer")
        manifest = replace(
            target.manifest,
            number=newest + 1,
            created=_now(),
            kind="rollback",
            reason=self.job.reason,
            parent=target.number,
            added=len(then - now),
            removed=len(now - then),
        )
        if (target.folder / "sources").is_dir():
            shutil.copytree(target.folder / "sources", self.folder / "sources", copy_function=os.link)
        self._keep_changes(then - now, now - then)
        outcome = Outcome(manifest.number, Report([]), manifest.added, manifest.removed)
        return self._finished(store, manifest, withdrawn, outcome, target)

    # -- what they share --------------------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """Where the release is made."""
        return self.shelf.releases / f".next-{os.getpid()}"

    def _forked(self, release: Release | None) -> Store:
        """A store to write in, with the release's content, or empty."""
        self.folder.mkdir()
        if release:
            release.store().backup(str(self.folder / "store"))
        return Store(str(self.folder / "store"))

    def _finished(
        self,
        store: Store,
        manifest: Manifest,
        withdrawn: dict[str, int],
        outcome: Outcome,
        forked_from: Release | None = None,
        change: merge.Change | None = None,
    ) -> Outcome:
        self.on_step("close")
        store.flush()
        self._keep_asserted(store, change, forked_from)
        self._keep_statistics(store, forked_from, change)
        self._keep_text(store, forked_from, change)
        del store
        write_synced(self.folder / "withdrawn.json", json.dumps(withdrawn, indent=0, sort_keys=True) + "\n")
        manifest.write(self.folder / "manifest.json")
        sync_folder(self.folder / "store")

        self.on_step("rename")
        self.folder.rename(self.shelf.releases / f"{manifest.number:06d}")
        sync_folder(self.shelf.releases)

        self.on_step("switch")
        self.shelf.switch(manifest.number)
        self.shelf.retain(self.job.settings)
        return outcome

    def _keep_changes(self, added: Iterable[Quad], removed: Iterable[Quad]) -> None:
        """What changed from the release before, to be read off later."""
        (self.folder / "changes").mkdir()
        for name, quads in (("added", added), ("removed", removed)):
            if ordered := sorted(quads, key=str):
                text = serialize(ordered, format=RdfFormat.N_QUADS) or b""
                (self.folder / "changes" / f"{name}.nq.gz").write_bytes(gzip.compress(text, 6, mtime=0))

    def _keep_statistics(self, store: Store, forked_from: Release | None, change: merge.Change | None) -> None:
        """Beside the store, its numbers: counted on from those of the release that it was forked from, if it has."""
        folder = self.folder / "statistics"
        if forked_from and forked_from.statistics_path:
            changed = change or merge.Change()
            old = Path(forked_from.statistics_path)
            statistics.recount(forked_from.store(), store, changed.added, changed.removed, old, folder)
        else:
            statistics.count(store, folder)
        if folder.is_dir():
            sync_folder(folder)

    def _keep_text(self, store: Store, forked_from: Release | None, change: merge.Change | None) -> None:
        """Beside the store, its text index: that of the release that it was forked from, if it has one, brought up
        to date."""
        folder = self.folder / "text"
        if forked_from and forked_from.text_path:
            changed = change or merge.Change()
            textindex.renew(store, changed.added | changed.removed, forked_from.text_path, folder)
        else:
            textindex.build(store, folder)
        sync_folder(folder)

    def _keep_asserted(self, store: Store, change: merge.Change | None, forked_from: Release | None) -> None:
        """Beside the store, the same without what is inferred: a fork too, which shares its files."""
        before = forked_from.asserted if forked_from else None
        if before and before.is_dir():
            Store.read_only(str(before)).backup(str(self.folder / "asserted"))
        elif any(store.quads_for_pattern(None, None, None, INFERRED)):
            store.backup(str(self.folder / "asserted"))
            change = merge.Change(removed=set(store.quads_for_pattern(None, None, None, INFERRED)))
        else:
            return
        asserted = Store(str(self.folder / "asserted"))
        if change:
            merge.without_inferred(asserted, store, change)
        asserted.flush()
        del asserted
        sync_folder(self.folder / "asserted")

    def _manifest(self, **rest: object) -> Manifest:
        newest = self.shelf.number()
        return Manifest(
            number=(newest or 0) + 1,
            created=_now(),
            reason=self.job.reason,
            parent=newest,
            package=__version__,
            knowledge=knowledge_checksum(),
            **rest,  # type: ignore[arg-type]
        )

    def _fingerprints(self) -> dict[str, str]:
        """Of each input, the group it speaks for and a digest of all that its publication depends on."""
        found: dict[str, str] = {}
        places: dict[str, Path] = {}
        for path in self.job.inputs:
            group = inputs.group_of(path)
            if group in found:
                first, second = places[group], path
                message = f"{first} and {second} both speak for {group}: publish one of them, or rename one."
                raise PublicationError("same_group", message, first=str(first), second=str(second))
            found[group], places[group] = _fingerprint(path), path
        return found


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _changed(change: merge.Change) -> list[tuple[str, int, int]]:
    """What a change does to each thing, those it changes most first."""
    added = Counter(text_of(quad.subject) for quad in change.added)
    removed = Counter(text_of(quad.subject) for quad in change.removed)
    things = filter(merge.is_thing, {*added, *removed})
    counted = ((iri, added[iri], removed[iri]) for iri in things)
    return sorted(counted, key=lambda found: (-found[1] - found[2], found[0]))


def _bulk_load(store: Store, path: Path) -> None:
    format_ = files.rdf_format(path)
    assert format_
    keeps_graphs = format_ in (RdfFormat.N_QUADS, RdfFormat.TRIG, RdfFormat.JSON_LD)
    base = None if keeps_graphs else f"{ORIGIN}{quote(path.name)}#"
    with files.opened(path) as file:
        store.bulk_load(input=file, format=format_, base_iri=base)


def _fingerprint(path: Path) -> str:
    """SHA-256 over a group's files, the package and the knowledge."""
    digest = hashlib.sha256(f"{__version__} {knowledge_checksum()}".encode())
    inside = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    for file in inside:
        if file.is_file():
            digest.update(f"\n{file.relative_to(path).as_posix()} {files.checksum(file)}".encode())
    return digest.hexdigest()


def _keep_sources(contribution: Contribution, current: Release | None, folder: Path) -> None:
    """Keep what was read, for exact re-publication: these groups' files anew, the others' by hard link. A group's
    folder is named by a digest of its IRI, which may be longer than a file name may be."""
    kept = folder / "sources"
    if current and (current.folder / "sources").is_dir():
        shutil.copytree(current.folder / "sources", kept, copy_function=os.link)
    for group in contribution.groups():
        shutil.rmtree(kept / _folder_of(group), ignore_errors=True)
    for read in contribution.inputs:
        target = kept / _folder_of(read.group) / read.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(read.path, target)


def _folder_of(group: str) -> str:
    return hashlib.sha256(group.encode()).hexdigest()[:20]
