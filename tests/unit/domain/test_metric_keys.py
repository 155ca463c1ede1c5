import pytest

from flext_quality.domain.metrics.metric_keys import METRICS, NEW_PREFIX, close_metric


def test_every_metric_is_described() -> None:
    """In the order of the keys, each with a name and a sentence."""
    assert list(METRICS) == sorted(METRICS)
    for key, one in METRICS.items():
        assert key == one.key
        assert one.display_name
        assert one.description.endswith(".")
        assert one.for_paths is not key.startswith(NEW_PREFIX)


def test_names_are_unlike_each_other() -> None:
    """So that people can tell metrics apart."""
    names = [one.display_name for one in METRICS.values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("covrage", "coverage"),
        ("line-coverage", "line_coverage"),
        ("Technical Debt", "technical_debt"),
        ("critical issues", "issues_critical"),
        ("no such thing at all", ""),
    ],
)
def test_a_mistyped_metric_is_recognised(written: str, meant: str) -> None:
    """By its key or by its display name; empty where nothing is like it."""
    assert meant == close_metric(written)
