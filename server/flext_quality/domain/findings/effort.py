"""How long it takes to end an issue, in minutes. docs/scoring.md shows the same tables and their reasons.

The scale is that of SonarQube's rules, whose constant efforts are 1, 2, 5, 10, 15, 20, 30 and 60 minutes
(https://docs.sonarsource.com, "Understanding measures and metrics": technical debt).
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType

from flext_quality.domain.findings.finding import Severity
from flext_quality.domain.findings.rule_prefixes import by_name, prefixes

RUFF_EFFORTS = by_name(
    {
        1: "COM E1 E2 E3 EM FA FLY I ICN ISC Q RSE RUF022 RUF023 RUF100 UP W1 W2 W3 F401 F541 D2 D3 D4",
        2: "E501 E711 E712 E713 E714 EXE C4 ERA F841 PIE PT RET SIM TC TID PTH T2 ANN D RUF0",
        5: "A ARG B BLE D1 DTZ FBT FURB G LOG N PERF PGH PLC PLW SLF TRY",
        10: "E722 FIX TD INP PLR2004 DOC",
        20: "PLR0911 PLR0912 PLR0913 PLR0917 PLR1702",
        30: "C9 PLR0915",
    }
)
"""Minutes by Ruff's rule or prefix of rules; others go by their severity."""

RULE_EFFORTS = MappingProxyType(
    {
        ("complexity", "cyclomatic-complexity"): 30,
        ("complexity", "cognitive-complexity"): 30,
        ("complexity", "nesting-depth"): 20,
        ("complexity", "maintainability-index"): 60,
        ("mypy", "import-untyped"): 2,
        ("mypy", "note"): 2,
        ("mypy", "no-untyped-def"): 5,
        ("mypy", "type-arg"): 2,
        ("mypy", "unused-ignore"): 1,
        ("mypy", "var-annotated"): 2,
    }
)
"""Minutes by analyzer and rule; others go by the analyzer."""

ANALYZER_EFFORTS = MappingProxyType({"coverage": 10, "deadcode": 5, "duplication": 20})
"""Minutes by analyzer; the issues of others go by their severity."""

SEVERITY_EFFORTS = MappingProxyType(
    {
        Severity.CRITICAL: 60,
        Severity.HIGH: 30,
        Severity.MEDIUM: 15,
        Severity.LOW: 5,
        Severity.INFO: 2,
    }
)
"""Minutes by severity, of whatever is not listed: a worse issue needs more thought and a test."""


@lru_cache(maxsize=32_768)
def effort_minutes(analyzer: str, rule: str, severity: Severity) -> int:
    """What ending an issue takes that `analyzer` found by `rule`."""
    if analyzer == "ruff":
        listed = (RUFF_EFFORTS[p] for p in prefixes(rule) if p in RUFF_EFFORTS)
        return next(listed, SEVERITY_EFFORTS[severity])
    by_analyzer = ANALYZER_EFFORTS.get(analyzer, SEVERITY_EFFORTS[severity])
    return RULE_EFFORTS.get((analyzer, rule), by_analyzer)
