"""The one report that every check writes to and every renderer reads."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from prossima.problems import Problem, Severity


@dataclass
class Report:
    """What the gate found. `statements` and `rows` say how much was looked at."""

    problems: list[Problem] = field(default_factory=list)
    statements: int = 0

    @property
    def worst(self) -> Severity | None:
        return max((problem.severity for problem in self.problems), default=None)

    @property
    def blocks(self) -> bool:
        """Whether a publication must stop: something is violated, that was not before, or could not be read."""
        return any(problem.blocks for problem in self.problems)

    def counts(self) -> dict[Severity, int]:
        """How many problems of each severity, the worst first."""
        found = Counter(problem.severity for problem in self.problems)
        return {severity: found[severity] for severity in sorted(Severity, reverse=True)}

    @property
    def exit_code(self) -> int:
        """0 with nothing worse than warnings, 1 with violations, 2 when the input could not be used."""
        return (2 if self.worst is Severity.UNUSABLE else 1) if self.blocks else 0
