"""From each tool's own levels and rules to severities. docs/severity.md shows the same tables.

Ruff has no levels, so its rules have them here, by the longest prefix that is listed. Its S rules
follow the levels that Bandit gives the same checks. Bandit's levels are taken as they are. MyPy's
error codes are weighed by whether the code would fail when it runs. Complexity is weighed by how far it is
beyond the threshold, dead code by what it is, a clone by its size.
"""

from __future__ import annotations

import re
from functools import cache
from types import MappingProxyType

from flext_quality.domain.findings.finding import Severity

_RULE = re.compile(r"([A-Z]+)(\d*)")

_RUFF_RULES = {
    Severity.CRITICAL: (
        "invalid-syntax F70 F72 PLE0100 PLE0101 PLE0104 PLE0105 PLE0115 PLE0116 PLE0117 PLE0118"
    ),
    Severity.HIGH: (
        "E9 F402 F404 F406 F407 F5 F6 F82 F901 PLE B002 B003 B006 B012 B015 B016 B020 B021 "
        "B023 B029 B030 B031 B035 B039 ASYNC1 ASYNC2 RUF006 RUF008 RUF009 RUF024 YTT T1 "
        "S102 S103 S2 S324 S501 S502 S505 S507 S602 S605 S609 S701 S702 PLW0127 PLW0129 PLW0131"
    ),
    Severity.MEDIUM: (
        "A AIR ASYNC B BLE DJ DTZ E711 E712 E713 E714 E721 E722 E741 F811 INT LOG N805 NPY PD PGH PLW "
        "PYI001 RUF S TRY002 TRY2 TRY3 TRY400 W605 PT010 PT011 PT012 PT014 PT015"
    ),
    Severity.LOW: (
        "ARG C4 C9 E4 E7 ERA EXE F FAST FBT FURB G ICN INP ISC N PERF PIE PL PT PTH PYI RET RSE "
        "RUF1 SIM SLF SLOT T2 TC TRY UP RUF003 RUF001 RUF002 RUF005 RUF010 RUF015 RUF022 RUF023 "
        "S101 S105 S106 S107 S110 S112 S311 S4 S504 S603 S606 S607 B9 B007 B009 B010 B011 B028"
    ),
    Severity.INFO: "ANN COM CPY D DOC E E1 E2 E3 E5 EM FA FIX FLY I Q TD TID W",
}

_MYPY_CODES = {
    Severity.CRITICAL: "syntax",
    Severity.HIGH: (
        "abstract attr-defined await-not-async call-arg call-overload exit-return func-returns-value "
        "index method-assign name-defined operator "
        "str-bytes-safe str-format unused-coroutine used-before-def"
    ),
    Severity.LOW: (
        "deprecated explicit-any explicit-override has-type "
        "ignore-without-code import import-not-found "
        "maybe-unrecognized-str-typeform name-match no-any-return no-any-unimported "
        "no-untyped-call no-untyped-def prop-decorator redundant-cast redundant-expr "
        "redundant-self safe-super truthy-bool truthy-function truthy-iterable type-arg "
        "unimported-reveal unreachable untyped-decorator unused-awaitable unused-ignore var-annotated"
    ),
    Severity.INFO: "import-untyped note",
}

_BANDIT_LEVELS = {
    "HIGH": Severity.HIGH,
    "MEDIUM": Severity.MEDIUM,
    "LOW": Severity.LOW,
    "UNDEFINED": Severity.INFO,
}

_COMPLEXITY_LEVELS = {
    "beyond the threshold": Severity.MEDIUM,
    "twice the threshold": Severity.HIGH,
}

_DEADCODE_RULES = {
    Severity.MEDIUM: "unreachable-code",
    Severity.LOW: (
        "unused-attribute unused-class unused-function unused-import unused-method unused-property "
        "unused-variable"
    ),
}
_DUPLICATION_LINES = {Severity.HIGH: 100, Severity.MEDIUM: 30, Severity.LOW: 1}
"""The least lines of a clone; the largest that is reached decides."""


def _by_name(table: dict[Severity, str]) -> MappingProxyType[str, Severity]:
    return MappingProxyType(
        {name: severity for severity, names in table.items() for name in names.split()}
    )


RUFF_RULES = _by_name(_RUFF_RULES)
"""Severity by rule or prefix of rules."""
MYPY_CODES = _by_name(_MYPY_CODES)
"""Severity by error code, and of notes."""
BANDIT_LEVELS = MappingProxyType(_BANDIT_LEVELS)
"""Severity by Bandit's own."""
COMPLEXITY_LEVELS = MappingProxyType(_COMPLEXITY_LEVELS)
"""Severity by how far a value is beyond its threshold."""
DEADCODE_RULES = _by_name(_DEADCODE_RULES)
"""Severity by rule."""
DUPLICATION_LINES = MappingProxyType(_DUPLICATION_LINES)
"""How many lines a clone has at least, by severity, most first."""

RUFF_DEFAULT = Severity.LOW
MYPY_DEFAULT = Severity.MEDIUM
BANDIT_DEFAULT = Severity.INFO
DEADCODE_DEFAULT = Severity.LOW
COMPLEXITY_HIGH_FROM = 2.0
"""How many times the threshold is HIGH."""


@cache
def ruff_severity(rule: str) -> Severity:
    """The severity of a rule such as "F401": that of its longest listed prefix.

    A prefix holds whole letters, so "F" covers F401 but not FURB118.
    """
    if rule in RUFF_RULES:
        return RUFF_RULES[rule]
    match = _RULE.fullmatch(rule)
    if match is None:
        return RUFF_DEFAULT
    letters, digits = match.groups()
    prefixes = (letters + digits[:length] for length in range(len(digits), -1, -1))
    known = next((prefix for prefix in prefixes if prefix in RUFF_RULES), None)
    if known is None and letters.startswith("PL"):
        known = "PL"
    return RUFF_DEFAULT if known is None else RUFF_RULES[known]


def bandit_severity(level: str) -> Severity:
    """The severity of Bandit's `issue_severity`."""
    return BANDIT_LEVELS.get(level, BANDIT_DEFAULT)


def mypy_severity(code: str, *, is_note: bool = False) -> Severity:
    """The severity of an error code such as "arg-type"; a note that stands alone is INFO."""
    return MYPY_CODES["note"] if is_note else MYPY_CODES.get(code, MYPY_DEFAULT)


def complexity_severity(times: float) -> Severity:
    """The severity of a value that is so many times its threshold."""
    is_high = times >= COMPLEXITY_HIGH_FROM
    return COMPLEXITY_LEVELS["twice the threshold" if is_high else "beyond the threshold"]


def deadcode_severity(rule: str) -> Severity:
    """The severity of a rule such as "unused-import"."""
    return DEADCODE_RULES.get(rule, DEADCODE_DEFAULT)


def duplication_severity(lines: int) -> Severity:
    """The severity of a clone of so many lines."""
    return next(severity for severity, least in DUPLICATION_LINES.items() if lines >= least)
