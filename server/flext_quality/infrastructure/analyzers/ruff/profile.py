"""What the server knows of Ruff.

Ruff has no levels, so severities stand here; its S rules have those that Bandit gives the same checks. What
makes a program do the wrong thing is of RELIABILITY, what only reads differently is of STYLE.
docs/severity.md and docs/scoring.md show the same tables.
"""

from __future__ import annotations

from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.domain.findings.rule_table import RuleTable
from flext_quality.infrastructure.analyzers.ruff.rules import NAME, list_rules

CONFIGURATION_NAMES = (".ruff.toml", "ruff.toml", "pyproject.toml")
"""Where Ruff's settings stand, in order of precedence."""

SEVERITIES = RuleTable(
    Severity.LOW,
    {
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
            "ARG C4 C9 E4 E7 ERA EXE F FAST FBT FURB G ICN INP ISC N PERF PIE PLC PLR PT PTH PYI RET RSE "
            "RUF1 SIM SLF SLOT T2 TC TRY UP RUF003 RUF001 RUF002 RUF005 RUF010 RUF015 RUF022 RUF023 "
            "S101 S105 S106 S107 S110 S112 S311 S4 S504 S603 S606 S607 B9 B007 B009 B010 B011 B028"
        ),
        Severity.INFO: "ANN COM CPY D DOC E E1 E2 E3 E5 EM FA FIX FLY I Q TD TID W",
    },
)

_CATEGORIES = RuleTable(
    Category.MAINTAINABILITY,
    {
        Category.SECURITY: "S",
        Category.RELIABILITY: (
            "invalid-syntax F E9 E711 E712 E713 E714 E721 E722 W605 B BLE PLE PLW ASYNC DTZ YTT T1 INT "
            "LOG NPY AIR FAST DJ PGH001 PGH003 PGH004 PT010 PT012 PT015 RUF006 RUF008 RUF009 RUF012 "
            "RUF013 RUF016 RUF018 RUF024 RUF034 RUF040 RUF043 RUF048 RUF049 TRY203 TRY401 PYI001 "
            "PLC1802 PLR0124 PLR1704"
        ),
        Category.MAINTAINABILITY: (
            "A ARG005 B904 B905 C4 C9 FBT FIX FURB G INP PD PERF PGH PIE PLR PT PYI RET RUF SIM SLF SLOT "
            "T2 TC TD TRY B9 B009 B010 B011 B028 F403 F405 E401 E402 E701 E702 E703 E731 E741 E742 E743"
        ),
        Category.DEAD_CODE: "ERA ARG F401 F811 F841 F842 B007 B018 RUF059 RUF100",
        Category.STYLE: (
            "E W I D DOC Q COM UP ANN N CPY EM EXE FA FLY ICN ISC TID RSE PTH PLC RUF001 RUF002 RUF003 "
            "RUF005 RUF010 RUF015 RUF022 RUF023"
        ),
    },
)

_EFFORTS: RuleTable[int | None] = RuleTable(
    None,
    {
        1: "COM E1 E2 E3 EM FA FLY I ICN ISC Q RSE RUF022 RUF023 RUF100 UP W1 W2 W3 F401 F541 D2 D3 D4",
        2: "E501 E711 E712 E713 E714 EXE C4 ERA F841 PIE PT RET SIM TC TID PTH T2 ANN D RUF0",
        5: "A ARG B BLE D1 DTZ FBT FURB G LOG N PERF PGH PLC PLW SLF TRY",
        10: "E722 FIX TD INP PLR2004 DOC",
        20: "PLR0911 PLR0912 PLR0913 PLR0917 PLR1702",
        30: "C9 PLR0915",
    },
)

PROFILE = AnalyzerProfile(
    name=NAME,
    categories=_CATEGORIES,
    efforts=_EFFORTS,
    severities=SEVERITIES,
    measured_categories=frozenset({Category.RELIABILITY, Category.STYLE}),
    capabilities=frozenset({"linting"}),
    # Of the last two Ruff takes what is not to be checked.
    configuration_names=frozenset({*CONFIGURATION_NAMES, ".gitignore", ".ignore"}),
    packages=(NAME,),
    list_rules=list_rules,
)
