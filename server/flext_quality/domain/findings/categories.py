"""What a finding is about, where its analyzer does not say. docs/scoring.md shows the same tables.

A Ruff rule belongs where its longest listed prefix stands, and is of MAINTAINABILITY if there is none. What
makes a program do the wrong thing is of RELIABILITY, what only reads differently is of STYLE.
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType

from flext_quality.domain.findings.finding import Category
from flext_quality.domain.findings.rule_prefixes import by_name, prefixes

RUFF_CATEGORIES = by_name(
    {
        Category.SECURITY: "S",
        Category.RELIABILITY: (
            "invalid-syntax F E9 E711 E712 E713 E714 E721 E722 W605 B BLE PLE PLW ASYNC DTZ YTT T1 INT "
            "LOG NPY AIR FAST DJ PGH001 PGH003 PGH004 PT010 PT012 PT015 RUF006 RUF008 RUF009 RUF012 "
            "RUF013 RUF016 RUF018 RUF024 RUF034 RUF040 RUF043 RUF048 RUF049 TRY203 TRY401 PYI001 "
            "PLC1802 PLR0124 PLR1704"
        ),
        Category.MAINTAINABILITY: (
            "A ARG005 B904 B905 C4 C9 FBT FIX FURB G INP PD PERF PGH PIE PL PT PYI RET RUF SIM SLF SLOT "
            "T2 TC TD TRY B9 B009 B010 B011 B028 F403 F405 E401 E402 E701 E702 E703 E731 E741 E742 E743"
        ),
        Category.DEAD_CODE: "ERA ARG F401 F811 F841 F842 B007 B018 RUF059 RUF100",
        Category.STYLE: (
            "E W I D DOC Q COM UP ANN N CPY EM EXE FA FLY ICN ISC TID RSE PTH PLC RUF001 RUF002 RUF003 "
            "RUF005 RUF010 RUF015 RUF022 RUF023"
        ),
    }
)
"""Category by Ruff's rule or prefix of rules."""

MYPY_CATEGORIES = by_name(
    {
        Category.MAINTAINABILITY: (
            "note deprecated explicit-any explicit-override has-type ignore-without-code import "
            "import-not-found import-untyped no-any-return no-any-unimported no-untyped-call "
            "no-untyped-def redundant-cast redundant-expr redundant-self type-arg unimported-reveal "
            "untyped-decorator unused-ignore var-annotated"
        ),
        Category.DEAD_CODE: "unreachable",
    }
)
"""Category by MyPy's error code, where it is not RELIABILITY."""

ANALYZER_CATEGORIES = MappingProxyType(
    {
        "bandit": Category.SECURITY,
        "complexity": Category.MAINTAINABILITY,
        "coverage": Category.COVERAGE,
        "deadcode": Category.DEAD_CODE,
        "duplication": Category.DUPLICATION,
        "mypy": Category.RELIABILITY,
    }
)
"""Category by analyzer, where no rule says otherwise."""

DEFAULT_CATEGORY = Category.MAINTAINABILITY
"""Of what nothing is known about."""


@lru_cache(maxsize=8192)
def category_of(analyzer: str, rule: str) -> Category:
    """The category of what `analyzer` finds by `rule`; never UNSPECIFIED."""
    if analyzer == "ruff":
        return next(
            (RUFF_CATEGORIES[p] for p in prefixes(rule) if p in RUFF_CATEGORIES), DEFAULT_CATEGORY
        )
    by_analyzer = ANALYZER_CATEGORIES.get(analyzer, DEFAULT_CATEGORY)
    return MYPY_CATEGORIES.get(rule, by_analyzer) if analyzer == "mypy" else by_analyzer
