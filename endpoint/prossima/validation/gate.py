from __future__ import annotations

from pyoxigraph import Store

from prossima.statements import Contribution
from prossima.validation.report import Report


def check(contribution: Contribution, published: Store | None) -> Report:
    return Report(list(contribution.problems), len(contribution.statements))
