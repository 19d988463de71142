"""One publication: read, check, fork, load, infer, close, rename, switch, in a process of its own.

The process works on a fork of the current release (hard links: Oxigraph's `backup`), so nothing that is
served is touched; whatever it dies of leaves a folder that the next publication deletes.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout
from pyoxigraph import RdfFormat, Store

from prossima import __version__, district, files, validation
from prossima.problems import Cell, problem
from prossima.releases import merge
from prossima.releases.shelf import Manifest, Release, Shelf, sync_folder, write_synced
from prossima.settings import Settings
from prossima.statements import Contribution
from prossima.validation import Report
from prossima.vocabulary import knowledge_checksum, text_of

STEPS = ("read", "check", "fork", "load", "infer", "close", "rename", "switch")


class PublicationError(RuntimeError):
    """A publication that could not be done, for a reason that is not in what was contributed."""


@dataclass(frozen=True)
class Outcome:
    """What a publication came to.

    release: the number of the new release; None when nothing changed, when the report has violations, and
    for a dry run. report: what the gate found. added, removed: the quads that change.
    """

    release: int | None
    report: Report
    added: int = 0
    removed: int = 0
    unchanged: bool = False


@dataclass(frozen=True)
class _Job:
    inputs: tuple[Path, ...]
    settings: Settings
    reason: str
    raw: bool = False
    dry_run: bool = False
    back_to: int | None = None


def publish(
    inputs: list[Path],
    settings: Settings,
    *,
    reason: str = "",
    raw: bool = False,
    dry_run: bool = False,
    on_step: Callable[[str], None] | None = None,
) -> Outcome:
    """Publish district folders and RDF files as the next release.

    Each input replaces what it (its district, its file) said before. raw loads the quads of RDF files as
    they are, without gate or merge, as the whole content of the release. dry_run reports and counts, and
    publishes nothing. on_step is called, in the publishing process, as each of STEPS begins.
    Raises PublicationError when another publication holds the lock or the process died.
    """
    return _in_child(_Job(tuple(inputs), settings, reason, raw, dry_run), on_step)


def rollback(number: int, settings: Settings, *, reason: str, on_step: Callable[[str], None] | None = None) -> Outcome:
    """Publish release `number` again, as a new release. Raises PublicationError when it is not on the shelf."""
    return _in_child(_Job((), settings, reason, back_to=number), on_step)


def _in_child(job: _Job, on_step: Callable[[str], None] | None) -> Outcome:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(there, job, on_step), name="prossima-publication")
    child.start()
    there.close()
    try:
        result = here.recv()
    except EOFError:
        child.join()
        raise PublicationError(
            f"The publishing process ended without an answer (exit code {child.exitcode}). The current release "
            "is as it was; publish again."
        ) from None
    finally:
        here.close()
    child.join()
    if isinstance(result, BaseException):
        raise result
    assert isinstance(result, Outcome)
    return result


def _work(answer: Connection, job: _Job, on_step: Callable[[str], None] | None) -> None:
    try:
        answer.send(_published(job, on_step or (lambda step: None)))
    except BaseException as error:
        answer.send(error if isinstance(error, PublicationError) else PublicationError(f"{error!r}"))
        if not isinstance(error, PublicationError):
            raise


def _published(job: _Job, on_step: Callable[[str], None]) -> Outcome:
    shelf = Shelf(job.settings.data)
    shelf.data.mkdir(parents=True, exist_ok=True)
    lock = FileLock(shelf.data / "publication.lock")
    holder = shelf.data / "publication.holder"
    try:
        lock.acquire(timeout=job.settings.lock_wait)
    except Timeout:
        who = holder.read_text(encoding="utf-8") if holder.is_file() else "?"
        raise PublicationError(
            f"Another publication is under way ({who.strip()}) and did not end in {job.settings.lock_wait:g} s. "
            "Wait for it, or end that process: what it has not switched to is discarded."
        ) from None
    with lock:
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        holder.write_text(f"process {os.getpid()}, since {now}\n", encoding="utf-8")
        shelf.clear_leftovers()
        current = shelf.current()
        if job.back_to is not None:
            return _rolled_back(job, shelf, current, on_step)
        if job.raw:
            return _raw(job, shelf, current, on_step)
        return _merged(job, shelf, current, on_step)


def _merged(job: _Job, shelf: Shelf, current: Release | None, on_step: Callable[[str], None]) -> Outcome:
    on_step("read")
    inputs = {_group_key(path): _fingerprint(path) for path in job.inputs}
    if current and not job.dry_run and inputs.items() <= current.manifest.inputs.items():
        return Outcome(None, Report([]), unchanged=True)
    contribution = Contribution()
    for path in job.inputs:
        contribution.extend(district.read(path) if path.is_dir() or not path.suffix else files.read(path))

    on_step("check")
    report = validation.check(contribution, current.store() if current else None)
    if report.blocks:
        return Outcome(None, report)

    on_step("fork")
    folder = shelf.releases / f".next-{os.getpid()}"
    folder.mkdir()
    store = _forked(current, folder)

    on_step("load")
    try:
        change = merge.load(store, contribution)
    except merge.TakenGraphError as error:
        taken = problem("taken-graph", Cell(str(job.inputs[0])), value=error.graph, other=error.owner)
        return Outcome(None, Report([*report.problems, taken]))

    on_step("infer")
    merge.infer(store, change)
    if not change or job.dry_run:
        del store
        shutil.rmtree(folder)
        return Outcome(None, report, len(change.added), len(change.removed), unchanged=not change)
    manifest = _manifest(
        job,
        current,
        kind="publication",
        inputs=(current.manifest.inputs if current else {}) | inputs,
        quads=(current.manifest.quads if current else 0) + len(change.added) - len(change.removed),
        inferred=change.inferred,
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
    _keep_sources(contribution, current, folder)
    return _finished(job, shelf, folder, store, manifest, kept | gone, report, on_step)


def _raw(job: _Job, shelf: Shelf, current: Release | None, on_step: Callable[[str], None]) -> Outcome:
    on_step("read")
    unknown = [problem("unknown-format", Cell(str(p))) for p in job.inputs if files.rdf_format(p) is None]
    if unknown:
        return Outcome(None, Report(unknown))
    on_step("check")
    on_step("fork")
    folder = shelf.releases / f".next-{os.getpid()}"
    folder.mkdir()
    store = Store(str(folder / "store"))
    on_step("load")
    for path in job.inputs:
        try:
            _bulk_load(store, path)
        except SyntaxError as error:
            line = f" ({error.lineno}:{error.offset})" if error.lineno else ""
            return Outcome(None, Report([problem("malformed-rdf", Cell(str(path)), detail=error.msg, line=line)]))
        except OSError as error:
            return Outcome(None, Report([problem("unreadable-file", Cell(str(path)), detail=error)]))
    store.optimize()
    on_step("infer")
    quads = len(store)
    inputs = {_group_key(path): files.checksum(path) for path in job.inputs}
    manifest = _manifest(job, current, kind="raw", inputs=inputs, quads=quads, added=quads)
    return _finished(job, shelf, folder, store, manifest, {}, Report([]), on_step)


def _rolled_back(job: _Job, shelf: Shelf, current: Release | None, on_step: Callable[[str], None]) -> Outcome:
    on_step("read")
    try:
        target = shelf.release(job.back_to or 0)
    except FileNotFoundError:
        there = ", ".join(str(release.number) for release in shelf.all()) or "none"
        raise PublicationError(f"Release {job.back_to} is not on the shelf; there: {there}.") from None
    if current is None or target.number > current.number:
        raise PublicationError(f"Release {job.back_to} was never published.")
    on_step("check")
    on_step("fork")
    folder = shelf.releases / f".next-{os.getpid()}"
    folder.mkdir()
    store = _forked(target, folder)
    on_step("load")
    withdrawn = dict(target.withdrawn)
    now, then = set(current.store()), set(store)
    bare = {text_of(quad.subject) for quad in now - then} - {text_of(quad.subject) for quad in then}
    withdrawn |= {iri: current.number for iri in bare if merge.is_thing(iri)}
    on_step("infer")
    manifest = _manifest(
        job,
        current,
        kind="rollback",
        inputs=target.manifest.inputs,
        quads=target.manifest.quads,
        inferred=target.manifest.inferred,
        digest=target.manifest.digest,
        added=len(then - now),
        removed=len(now - then),
    )
    manifest = replace(
        manifest, parent=target.number, package=target.manifest.package, knowledge=target.manifest.knowledge
    )
    if (target.folder / "sources").is_dir():
        shutil.copytree(target.folder / "sources", folder / "sources", copy_function=os.link)
    return _finished(job, shelf, folder, store, manifest, withdrawn, Report([]), on_step)


def _finished(
    job: _Job,
    shelf: Shelf,
    folder: Path,
    store: Store,
    manifest: Manifest,
    withdrawn: dict[str, int],
    report: Report,
    on_step: Callable[[str], None],
) -> Outcome:
    on_step("close")
    store.flush()
    del store
    write_synced(folder / "withdrawn.json", json.dumps(withdrawn, indent=0, sort_keys=True) + "\n")
    manifest.write(folder / "manifest.json")
    sync_folder(folder / "store")

    on_step("rename")
    folder.rename(shelf.releases / f"{manifest.number:06d}")
    sync_folder(shelf.releases)

    on_step("switch")
    shelf.switch(manifest.number)
    shelf.retain(job.settings)
    return Outcome(manifest.number, report, manifest.added, manifest.removed)


def _manifest(job: _Job, current: Release | None, **rest: object) -> Manifest:
    return Manifest(
        number=current.number + 1 if current else 1,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        reason=job.reason,
        parent=current.number if current else None,
        package=__version__,
        knowledge=knowledge_checksum(),
        **rest,  # type: ignore[arg-type]
    )


def _forked(release: Release | None, folder: Path) -> Store:
    """A store to write in, with the release's content; empty before the first publication."""
    if release:
        release.store().backup(str(folder / "store"))
    return Store(str(folder / "store"))


def _bulk_load(store: Store, path: Path) -> None:
    format_ = files.rdf_format(path)
    assert format_
    keeps_graphs = format_ in (RdfFormat.N_QUADS, RdfFormat.TRIG, RdfFormat.JSON_LD)
    base = None if keeps_graphs else f"https://w3id.org/prossima/origin/{quote(path.name)}#"
    with files.opened(path) as file:
        store.bulk_load(input=file, format=format_, base_iri=base)


def _group_key(path: Path) -> str:
    """The name under which a manifest remembers what a group was published from."""
    return path.resolve().name


def _fingerprint(path: Path) -> str:
    """SHA-256 over all that a group's publication depends on: its files, the package, the knowledge."""
    digest = hashlib.sha256(f"{__version__} {knowledge_checksum()}".encode())
    inside = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    for file in inside:
        if file.is_file():
            digest.update(f"\n{file.relative_to(path.parent).as_posix()} {files.checksum(file)}".encode())
    return digest.hexdigest()


def _keep_sources(contribution: Contribution, current: Release | None, folder: Path) -> None:
    """Keep what was read, for exact re-publication: these groups' files anew, the others' by hard link."""
    kept = folder / "sources"
    if current and (current.folder / "sources").is_dir():
        shutil.copytree(current.folder / "sources", kept, copy_function=os.link)
    for group in contribution.groups():
        shutil.rmtree(kept / quote(group, safe=""), ignore_errors=True)
    for read in contribution.inputs:
        target = kept / quote(read.group, safe="") / read.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(read.path, target)
