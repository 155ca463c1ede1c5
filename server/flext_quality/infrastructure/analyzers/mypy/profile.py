"""What the server knows of MyPy.

MyPy calls everything an error or a note, so severities stand here: by whether the code would fail when it
runs. docs/severity.md and docs/scoring.md show the same tables.
"""

from __future__ import annotations

from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.domain.findings.rule_table import RuleTable
from flext_quality.infrastructure.analyzers.mypy.rules import NAME, NOTE, list_rules

OWN_FILES = ("mypy.ini", ".mypy.ini")
SHARED_FILES = ("pyproject.toml", "setup.cfg")
"""Where settings stand, in MyPy's order: the first that is there counts, a shared one only if it has a
section for MyPy."""

SEVERITIES = RuleTable(
    Severity.MEDIUM,
    {
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
        Severity.INFO: f"import-untyped {NOTE}",
    },
)

_CATEGORIES = RuleTable(
    Category.RELIABILITY,
    {
        Category.MAINTAINABILITY: (
            f"{NOTE} deprecated explicit-any explicit-override has-type ignore-without-code import "
            "import-not-found import-untyped no-any-return no-any-unimported no-untyped-call "
            "no-untyped-def redundant-cast redundant-expr redundant-self type-arg unimported-reveal "
            "untyped-decorator unused-ignore var-annotated"
        ),
        Category.DEAD_CODE: "unreachable",
    },
)

_EFFORTS: RuleTable[int | None] = RuleTable(
    None,
    {1: "unused-ignore", 2: f"import-untyped {NOTE} type-arg var-annotated", 5: "no-untyped-def"},
)

PROFILE = AnalyzerProfile(
    name=NAME,
    categories=_CATEGORIES,
    efforts=_EFFORTS,
    severities=SEVERITIES,
    measured_categories=frozenset({Category.RELIABILITY}),
    capabilities=frozenset({"type_checking"}),
    # `py.typed` tells that a package has types, `.gitignore` what `exclude_gitignore` leaves out.
    configuration_names=frozenset({*OWN_FILES, *SHARED_FILES, "py.typed", ".gitignore"}),
    packages=(NAME,),
    documentation_url="https://mypy.readthedocs.io/en/stable/_refs.html#code-{rule}",
    list_rules=list_rules,
)
