import pytest

from flext_quality.domain.findings.finding import Severity
from flext_quality.domain.projects.project import Thresholds
from flext_quality.infrastructure.analyzers.complexity.output import ComplexityResult, Function

DEFAULTS = Thresholds()


@pytest.mark.parametrize(
    ("index", "severity", "told"),
    [
        (19.96, Severity.MEDIUM, "the maintainability index is 19.9 (threshold 20)"),
        (10.1, Severity.MEDIUM, "the maintainability index is 10.1 (threshold 20)"),
        (10.0, Severity.HIGH, "the maintainability index is 10.0 (threshold 20)"),
        (0.0, Severity.HIGH, "the maintainability index is 0.0 (threshold 20)"),
    ],
)
def test_a_file_below_its_threshold_is_found(index: float, severity: Severity, told: str) -> None:
    """As a whole, with no line; half the threshold is HIGH."""
    (found,) = ComplexityResult(path="a.py", maintainability=index).findings(DEFAULTS)
    assert (severity, told, 0) == (found.severity, found.message, found.line)


@pytest.mark.parametrize("index", [20.0, 100.0, None])
def test_a_file_at_its_threshold_is_not_found(index: float | None) -> None:
    """Nor is one without an index."""
    assert [] == list(ComplexityResult(path="a.py", maintainability=index).findings(DEFAULTS))
    assert [] == list(
        ComplexityResult(path="a.py", maintainability=0.0).findings(
            Thresholds(maintainability_index=0)
        )
    )


def test_a_file_that_could_not_be_read_has_no_measures() -> None:
    """And what one tool could not tell is absent, not 0."""
    assert ComplexityResult(path="a.py", error="syntax").measures() is None
    function = Function("f", 1, 1, cyclomatic=2, cognitive=None, nesting=1)
    partly = ComplexityResult(
        path="a.py", functions=[function], has_cognitive=False, failure="complexipy: no"
    )
    measures = partly.measures()
    assert measures is not None
    assert {
        "functions": 1,
        "classes": 0,
        "cyclomatic_complexity": 2,
        "max_cyclomatic_complexity": 2,
        "max_nesting_depth": 1,
    } == dict(measures.values)
