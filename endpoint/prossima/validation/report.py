"""The one report that every check writes to and every renderer reads."""

from __future__ import annotations

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
        """Whether a publication must stop: something is violated or could not be read."""
        return self.worst is not None and self.worst >= Severity.VIOLATION

    @property
    def exit_code(self) -> int:
        """0 with nothing worse than warnings, 1 with violations, 2 when the input could not be used."""
        return {Severity.UNUSABLE: 2, Severity.VIOLATION: 1}.get(self.worst or Severity.INFO, 0)
