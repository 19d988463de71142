"""The dataset checks: what SHACL and a row by itself cannot tell. Their words are in `shapes/checks.ttl`."""

from collections.abc import Callable, Iterator

from prossima.problems import Problem
from prossima.validation.checks import form, likeness, people, sense
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
    people.personal_data,
    sense.points_astray,
    likeness.near_equal_names,
    sense.orphans,
    sense.stale_facts,
)

__all__ = ["CHECKS", "RIVAL", "Facts"]
