"""`python -m tests.conformance`: the suites against an endpoint, or against a scratch store, as a table."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from contextlib import ExitStack

from prossima.settings import Settings
from tests.conformance.runner import Endpoint, Miss
from tests.conformance.suite import tests
from tests.conftest import serving


def main() -> int:
    """Run and print; the exit code is 1 when there are misses."""
    options = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    for name in ("query", "update", "graph-store"):
        options.add_argument(f"--{name}", help=f"address of the {name} endpoint")
    given = options.parse_args()
    passed: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    with ExitStack() as stack:
        if not given.query:
            url = stack.enter_context(serving(Settings(), "--scratch")).url
            given.query = given.update = url + "sparql"
            given.graph_store = url + "graph-store"
        endpoint = Endpoint(given.query, given.update, given.graph_store)
        for test in tests():
            counted[test.category] += 1
            try:
                endpoint.run(test)
                passed[test.category] += 1
            except Exception as error:  # whatever it is, the test did not pass
                said = str(error) if isinstance(error, Miss) else repr(error)
                print(f"{test.name}: {said[:300]}", file=sys.stderr)
    for category, number in counted.items():
        print(f"{category:25} {passed[category]:4} of {number:4}")
    print(f"{'all':25} {passed.total():4} of {counted.total():4}")
    return 0 if passed.total() == counted.total() else 1


if __name__ == "__main__":
    sys.exit(main())
