from datetime import UTC, datetime

from flext_quality.application.finished_analyses import FinishedAnalyses
from flext_quality.domain.analyses.analysis import Analysis, AnalysisState
from flext_quality.domain.identifiers import AnalysisName, ProjectName

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def finished(number: int, project: str = "shop") -> Analysis:
    name = AnalysisName(project, f"{number:026}")
    return Analysis(name, NOW, {}, "me", AnalysisState.SUCCEEDED)


def test_an_entry_lives_as_long_as_a_deletion_elsewhere_may_go_unnoticed() -> None:
    """After `lifetime` seconds the database is asked again."""
    now = 100.0
    cache = FinishedAnalyses(lifetime=5, now=lambda: now)
    cache.put(finished(1))
    assert cache.get(finished(1).name) == finished(1)
    now = 105.1
    assert cache.get(finished(1).name) is None


def test_memory_is_bounded() -> None:
    """The oldest entry makes room."""
    cache = FinishedAnalyses(capacity=2)
    for number in (1, 2, 3):
        cache.put(finished(number))
    assert [cache.get(finished(n).name) is None for n in (1, 2, 3)] == [True, False, False]


def test_a_deleted_project_is_forgotten_at_once() -> None:
    """Its analyses only."""
    cache = FinishedAnalyses()
    cache.put(finished(1))
    cache.put(finished(1, "other"))
    cache.forget(ProjectName("shop"))
    assert cache.get(finished(1).name) is None
    assert cache.get(finished(1, "other").name) is not None
