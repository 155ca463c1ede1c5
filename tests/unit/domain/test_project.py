from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flext_quality.domain.errors import EtagMismatchError
from flext_quality.domain.gates.gating import DEFAULT_GATE
from flext_quality.domain.gates.quality_gate import GateCondition, GateOperator, QualityGate
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.projects.events import (
    ProjectCreated,
    ProjectDeleted,
    ProjectUpdated,
    QualityGateUpdated,
)
from flext_quality.domain.projects.project import Project, Thresholds

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def registered() -> Project:
    return Project.register(ProjectName("shop"), "Shop", "/srv/shop", NOW)


def test_every_change_gives_a_new_etag() -> None:
    """An etag from before a change is refused, the current one accepted, an empty one not checked."""
    project = registered()
    before = project.etag
    project.update(LATER, display_name="The shop")
    with pytest.raises(EtagMismatchError, match="changed by somebody else"):
        project.check_etag(before)
    project.check_etag(project.etag)
    project.check_etag("")


def test_a_change_that_changes_nothing_keeps_the_etag() -> None:
    """Repeating an update is harmless."""
    project = registered()
    before = project.etag
    project.update(LATER, display_name="Shop", local_path="/srv/shop")
    assert (project.etag, project.updated_at) == (before, NOW)


def test_the_etag_of_an_earlier_project_of_the_name_does_not_fit() -> None:
    """Deleting and registering again under the same name is a change too."""
    again = Project.register(ProjectName("shop"), "Shop", "/srv/shop", LATER, last_sequence=2)
    assert again.etag != registered().etag


def test_events_tell_what_happened() -> None:
    """Numbered on from an earlier project of the same name."""
    project = Project.register(ProjectName("shop"), "Shop", "/srv/shop", NOW, last_sequence=4)
    project.update(LATER, display_name="The shop", local_path="/srv/the-shop")
    project.delete(LATER)
    assert [(e.sequence, e.payload) for e in project.take_events()] == [
        (5, ProjectCreated("Shop")),
        (6, ProjectUpdated(("display_name", "source"))),
        (7, ProjectDeleted()),
    ]
    assert project.take_events() == []


def gate(limit: float) -> QualityGate:
    return QualityGate((GateCondition("issues", GateOperator.AT_MOST, limit),))


def test_a_project_has_the_default_gate_until_it_sets_its_own() -> None:
    """And can go back to it; every change gives a new etag and is told."""
    project = registered()
    assert project.quality_gate == DEFAULT_GATE
    project.update_gate(gate(5), project.quality_gate.etag, LATER)
    assert project.quality_gate == replace(gate(5), version=1)
    project.update_gate(None, "", LATER)
    assert project.quality_gate == replace(DEFAULT_GATE, version=2)
    assert [e.payload for e in project.take_events()][1:] == [
        QualityGateUpdated(is_default=False),
        QualityGateUpdated(is_default=True),
    ]


def test_a_gate_that_somebody_changed_in_between_is_not_replaced() -> None:
    """Unless no etag is sent."""
    project = registered()
    before = project.quality_gate.etag
    project.update_gate(gate(5), before, LATER)
    with pytest.raises(EtagMismatchError) as error:
        project.update_gate(gate(6), before, LATER)
    assert error.value.metadata["quality_gate"] == "projects/shop/qualityGate"
    project.update_gate(gate(6), "", LATER)
    assert project.quality_gate.conditions[0].threshold == 6


def test_the_same_gate_again_changes_nothing() -> None:
    """Repeating an update is harmless; neither the gate's etag changes nor the project's."""
    project = registered()
    project.update_gate(None, "", LATER)
    project.update_gate(gate(5), "", LATER)
    etags = (project.etag, project.quality_gate.etag)
    project.update_gate(project.quality_gate, "", LATER)
    assert etags == (project.etag, project.quality_gate.etag)
    assert registered().etag == project.etag


def test_thresholds_are_the_defaults_until_they_are_changed() -> None:
    """A change of them is a change of the project, told as "thresholds"."""
    project = registered()
    assert Thresholds(10, 15, 4, 20) == project.thresholds
    project.update(LATER, thresholds=Thresholds())
    assert 1 == project.version
    project.update(LATER, thresholds=Thresholds(cyclomatic_complexity=0))
    assert ProjectUpdated(("thresholds",)) == project.take_events()[-1].payload
    assert (0, 2) == (project.thresholds.cyclomatic_complexity, project.version)
