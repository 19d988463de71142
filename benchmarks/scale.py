"""How long the endpoint benchmark measures: in full, or just long enough to see that it works."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """rounds: of the latencies, all servers in each. seconds: of one load with wrk, and of the look-ups beside endless
    queries and slow readers. endless: queries cut off one after the other. readers: slow ones at once."""

    rounds: int
    seconds: float
    endless: int
    readers: int


FULL = Scale(rounds=10, seconds=4, endless=200, readers=50)
QUICK = Scale(rounds=2, seconds=1, endless=6, readers=20)
