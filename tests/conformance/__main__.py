"""The W3C suites against an endpoint, whose data are dropped, or else against a scratch store, as a table."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from contextlib import ExitStack

from prossima.settings import Settings
from tests.conformance.endpoint import Endpoint, Miss
from tests.conformance.runner import run
from tests.conformance.suite import tests
from tests.conftest import serving

ADDRESSES = ("query", "update", "graph_store")


def main() -> int:
    """The table is printed, the misses are said on the error stream; the exit code is 1 when there are any."""
    options = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    for name in ADDRESSES:
        options.add_argument(f"--{name.replace('_', '-')}", metavar="URL")
    given = [getattr(options.parse_args(), name) for name in ADDRESSES]
    if any(given) and not all(given):
        options.error("give all three addresses, or none")
    passed: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    with ExitStack() as stack:
        if not all(given):
            url = stack.enter_context(serving(Settings(), "--scratch")).url
            given = [url + "sparql", url + "sparql", url + "graph-store"]
        endpoint = Endpoint(*given)
        for test in tests():
            rows = [test.category, "all", *([] if test.is_optional else ["without optional features"])]
            rows += ["approved"] if test.is_approved and not test.is_optional else []
            counted.update(rows)
            try:
                run(endpoint, test)
                passed.update(rows)
            except Miss as miss:
                print(f"{test.name}: {miss}\n", file=sys.stderr)
    totals = ("all", "without optional features", "approved")
    for row in [*(name for name in counted if name not in totals), *totals]:
        print(f"{row:30} {passed[row]:4} of {counted[row]:4}")
    return 0 if passed["all"] == counted["all"] else 1


if __name__ == "__main__":
    sys.exit(main())
