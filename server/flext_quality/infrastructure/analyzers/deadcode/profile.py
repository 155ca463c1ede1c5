"""What the server knows of vulture, which has no levels.

docs/severity.md and docs/scoring.md show the same tables.
"""

from __future__ import annotations

from flext_quality.domain.findings.finding import Category, Severity
from flext_quality.domain.findings.profile import AnalyzerProfile
from flext_quality.domain.findings.rule import RuleDescription, fixed_rules
from flext_quality.domain.findings.rule_table import RuleTable

SEVERITIES = RuleTable(
    Severity.LOW,
    {
        Severity.MEDIUM: "unreachable-code",
        Severity.LOW: (
            "unused-attribute unused-class unused-function unused-import unused-method "
            "unused-property unused-variable"
        ),
    },
)

_BY_NAME = (
    "Vulture goes by names alone: nothing in the project uses this one. A framework or `getattr` may use it "
    "in a way that no tool sees. Delete it, or name it in `ignore_names` of `[tool.vulture]`."
)


def _unused(what: str, title: str) -> RuleDescription:
    return RuleDescription(f"unused-{what}", title, _BY_NAME)


PROFILE = AnalyzerProfile(
    name="deadcode",
    categories=RuleTable(Category.DEAD_CODE),
    efforts=RuleTable(5),
    severities=SEVERITIES,
    measured_categories=frozenset({Category.DEAD_CODE}),
    capabilities=frozenset({"dead_code_detection"}),
    configuration_names=frozenset({"pyproject.toml"}),
    packages=("vulture",),
    list_rules=fixed_rules(
        RuleDescription(
            "unreachable-code",
            "Code that is never reached",
            "It stands behind a `return`, `raise`, `break` or `continue`, or under a condition that is never "
            "true. Either it is of no use, or what stands before it is wrong.",
        ),
        _unused("attribute", "An attribute that is never read"),
        _unused("class", "A class that nothing uses"),
        _unused("function", "A function that nothing calls"),
        _unused("import", "An import that nothing uses"),
        _unused("method", "A method that nothing calls"),
        _unused("property", "A property that is never read"),
        _unused("variable", "A variable or parameter that is never read"),
    ),
)
