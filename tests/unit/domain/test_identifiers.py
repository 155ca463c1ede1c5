import re
from datetime import UTC, datetime, timedelta

import pytest

from flext_quality.domain.errors import InvalidFieldError
from flext_quality.domain.identifiers import AnalysisName, ProjectName, new_id, new_project_id
from tests.properties import given, st

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@given(st.integers(0, 10**10).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
def test_ids_sort_by_the_time_they_were_made(time: datetime) -> None:
    """Of two ids made a millisecond apart, the later is the greater."""
    assert new_id(time) < new_id(time + timedelta(milliseconds=1))


def test_ids_are_26_lower_case_characters_that_differ() -> None:
    """A thousand ids of one instant are all different and well formed."""
    ids = {new_id(NOW) for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"[0-9a-z]{26}", i) for i in ids)


@given(st.text(max_size=200))
def test_every_display_name_gives_a_valid_project_id(display_name: str) -> None:
    """Whatever people call a project, the id made from it is a name the contract accepts."""
    name = str(ProjectName(new_project_id(display_name)))
    assert str(ProjectName.parse(name)) == name


def test_a_project_id_is_readable() -> None:
    """Accents go, spaces become hyphens."""
    assert re.fullmatch(r"grune-walder-[0-9a-z]{6}", new_project_id("Grüne  Wälder!"))


def test_names_survive_a_round_trip() -> None:
    """What a name prints, it reads."""
    name = AnalysisName("shop", new_id(NOW))
    assert AnalysisName.parse(str(name)) == name
    assert name.project == ProjectName("shop")


@pytest.mark.parametrize("text", ["", "projects/", "projects/A", "projects/ab/analyses/x", "x/ab"])
def test_what_is_no_name_is_refused(text: str) -> None:
    """Parsing never guesses."""
    with pytest.raises(InvalidFieldError, match="must be a name like"):
        ProjectName.parse(text)
    with pytest.raises(InvalidFieldError, match="must be a name like"):
        AnalysisName.parse(text)
