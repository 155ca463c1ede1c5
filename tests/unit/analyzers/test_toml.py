import tomllib
from datetime import date, datetime, time

import pytest

from flext_quality.infrastructure.analyzers.toml import to_toml
from tests.properties import given, st

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | texts
    | st.dates(date(1000, 1, 1))
    | st.times()
    | st.datetimes(datetime(1000, 1, 1)),  # noqa: DTZ001  # TOML has local times
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(texts, values, max_size=5))
def test_what_is_written_reads_the_same(table: dict[str, object]) -> None:
    """A configuration that was put back means what it meant."""
    assert table == tomllib.loads(to_toml(table))


def test_midnight_is_a_time() -> None:
    """A value that Python takes for false is kept."""
    assert {"t": time(0)} == tomllib.loads(to_toml({"t": time(0)}))


def test_what_toml_does_not_have_is_refused() -> None:
    """TOML has no null; leaving it out is up to the caller."""
    with pytest.raises(TypeError, match="NoneType"):
        to_toml({"a": None})
