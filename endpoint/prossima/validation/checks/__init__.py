"""The dataset checks: what SHACL and a row by itself cannot tell. Their words are in `shapes/checks.ttl`."""

from collections.abc import Callable, Iterator

from prossima.problems import Problem
from prossima.validation.checks import form, sense
from prossima.validation.checks.facts import RIVAL, Facts

CHECKS: tuple[Callable[[Facts], Iterator[Problem]], ...] = (
    form.unknown_concepts,
    form.restated_terms,
    form.dangling_references,
    form.rivals_without_value,
    form.lost_datatypes,
    form.ill_typed_literals,
    form.empty_files,
    sense.facts_without_source,
    sense.tax_codes,
    sense.personal_data,
    sense.points_astray,
    sense.near_equal_names,
    sense.orphans,
    sense.stale_facts,
)

__all__ = ["CHECKS", "RIVAL", "Facts"]
