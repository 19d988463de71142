"""What is measured and what is logged: Prometheus metrics, one JSON line a request, slow queries. No line has an
address, a name or a query's text, but for the slow ones, whose text is what there is to mend."""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import IO
from urllib.parse import parse_qs

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.types import Scope

from prossima.engine.serving import Engine
from prossima.settings import Settings
from prossima.web.asked import Asked
from prossima.web.cache import Cache, Reply

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
slow = logging.getLogger("prossima.slow")
faults = logging.getLogger("prossima.faults")


class Observation:
    """Counts, times and logs requests; each application has its own."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "prossima_request_seconds", "Seconds to the last byte handed on, by kind of request.", ["kind"],
            registry=self.registry, buckets=_BUCKETS,
        )  # fmt: skip
        self._queue = Histogram(
            "prossima_queue_seconds", "Seconds that queries waited for their turn.",
            registry=self.registry, buckets=_BUCKETS,
        )  # fmt: skip
        self._requests = Counter(
            "prossima_requests", "Requests, by kind and status.", ["kind", "status"], registry=self.registry
        )
        self._limits = Counter(
            "prossima_limits", "Queries refused or ended, by limit.", ["limit"], registry=self.registry
        )
        self._gone = Counter("prossima_clients_gone", "Clients that left before their answer.", registry=self.registry)
        self._faults = Counter("prossima_faults", "Faults of ours, logged.", registry=self.registry)
        self._bound: dict[tuple[str, int], tuple[Histogram, Counter]] = {}
        self._log = _opened(settings.access_log)

    def watch(self, engine: Engine, cache: Cache, is_warming: Callable[[], bool]) -> None:
        """Report on the processes, the queue, the cache and the release too."""
        self.registry.register(_State(engine, cache, is_warming))

    def text(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self.registry)

    def answered(self, asked: Asked, reply: Reply, status: int, seconds: float) -> None:
        """A request of the SPARQL or Graph Store protocol was answered."""
        self._counted(reply.kind, status, seconds)
        if reply.waited:
            self._queue.observe(reply.waited)
        if reply.limit:
            self._limits.labels(reply.limit).inc()
        is_slow = seconds >= self.settings.slow_query
        if self._log is None and not is_slow:
            return
        text = parse_qs(asked.query_string.decode("utf-8", "replace")).get("query", [""])[0]
        if self._log:
            self._line(
                reply.kind, asked.path, status, seconds,
                query=hashlib.sha256(asked.query_string).hexdigest()[:16] if asked.query_string else None,
                rows=reply.rows, bytes=len(reply.body) or None, queue_ms=round(reply.waited * 1000, 1) or None,
                limit=reply.limit,
            )  # fmt: skip
        if is_slow:
            slow.warning("%.1f s, status %d, %s: %s", seconds, status, reply.kind, " ".join(text.split())[:2000])

    @property
    def logs(self) -> bool:
        """Whether each request is a line of a log."""
        return self._log is not None

    def again(self, reply: Reply, seconds: float) -> None:
        """A request that had come before was answered as then."""
        self._counted(reply.kind, 200, seconds)

    def passed(self, scope: Scope, status: int, seconds: float) -> None:
        """A request was answered by the framework: a page, its styles, a description."""
        path: str = scope["path"]
        kind = "static" if path.startswith("/static/") else "page"
        self._counted(kind, status, seconds)
        if self._log:
            self._line(kind, path, status, seconds)

    def gone(self) -> None:
        """A client left before its answer."""
        self._gone.inc()

    def fault(self, where: str) -> None:
        """An exception nobody foresaw; called where it is handled."""
        self._faults.inc()
        faults.exception("a fault at %s", where)

    def _counted(self, kind: str, status: int, seconds: float) -> None:
        bound = self._bound.get((kind, status))
        if bound is None:
            bound = self._bound[kind, status] = (self._seconds.labels(kind), self._requests.labels(kind, str(status)))
        bound[0].observe(seconds)
        bound[1].inc()

    def _line(self, kind: str, path: str, status: int, seconds: float, **more: object) -> None:
        assert self._log
        said = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "kind": kind,
            "path": path,
            "status": status,
            "ms": round(seconds * 1000, 2),
        } | {name: value for name, value in more.items() if value is not None}
        self._log.write(json.dumps(said, ensure_ascii=False) + "\n")


def _opened(path: str) -> IO[str] | None:
    if not path:
        return None
    return sys.stdout if path == "-" else open(path, "a", encoding="utf-8", buffering=1)


class _State(Collector):
    """What is read off when it is asked for."""

    def __init__(self, engine: Engine, cache: Cache, is_warming: Callable[[], bool]) -> None:
        self.engine, self.cache, self.is_warming = engine, cache, is_warming

    def collect(self) -> Iterable[Metric]:
        engine, cache = self.engine, self.cache
        serving = engine.serving()
        yield GaugeMetricFamily("prossima_release", "The release served.", serving.release.number if serving else 0)
        yield GaugeMetricFamily("prossima_queue_length", "Queries waiting for their turn.", engine.turns.waiting)
        yield GaugeMetricFamily("prossima_processes", "Query processes alive.", len(engine.pool.processes))
        replaced = CounterMetricFamily(
            "prossima_processes_replaced", "Query processes that were ended or died, by why.", labels=["why"]
        )
        for why in ("time", "memory", "left", "died"):
            replaced.add_metric([why], engine.pool.replaced[why])
        yield replaced
        warming = "Whether the published questions are being asked, so that their answers are kept."
        yield GaugeMetricFamily("prossima_warming", warming, int(self.is_warming()))
        yield GaugeMetricFamily("prossima_cache_bytes", "Bytes that the kept answers take.", cache.bytes)
        yield CounterMetricFamily("prossima_cache_hits", "Requests answered from the kept answers.", cache.hits)
        yield CounterMetricFamily("prossima_cache_misses", "Requests that had to be evaluated.", cache.misses)
