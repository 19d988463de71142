"""The gate: what contributed data must satisfy, in one report.

Two kinds of checks: shapes (SHACL, `shapes/*.ttl`) and dataset checks (Python, described in
`shapes/checks.ttl`).
"""

from prossima.validation.gate import check
from prossima.validation.report import Report

__all__ = ["Report", "check"]
