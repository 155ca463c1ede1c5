import pytest

from flext_quality.domain.errors import ErrorReason, ProjectNotFoundError
from flext_quality.domain.result import FlextResult

ERROR = ProjectNotFoundError("projects/shop")


def test_a_success_hands_out_its_data() -> None:
    """`ok(x)` is a success whose data is x, None included."""
    assert FlextResult.ok(3).unwrap() == 3
    assert FlextResult.ok(3).is_success
    assert FlextResult.ok(3).success
    assert FlextResult.ok(3).error is None
    assert FlextResult.ok(None).is_success


def test_a_failure_raises_its_error_when_unwrapped() -> None:
    """The error that was put in comes out, with its values."""
    result: FlextResult[int] = FlextResult.fail(ERROR)
    assert not result.is_success
    assert result.data is None
    with pytest.raises(ProjectNotFoundError) as raised:
        result.unwrap()
    assert raised.value is ERROR


def test_map_and_and_then_pass_failures_by() -> None:
    """A chain stops at its first failure and keeps that error."""
    failed: FlextResult[int] = FlextResult.fail(ERROR)
    assert FlextResult.ok(3).map(lambda x: x + 1).unwrap() == 4
    assert FlextResult.ok(3).and_then(lambda x: FlextResult.ok(str(x))).unwrap() == "3"
    assert FlextResult.ok(3).and_then(lambda _: failed).error is ERROR
    assert failed.map(lambda x: x + 1).error is ERROR
    assert failed.and_then(FlextResult.ok).error is ERROR


def test_a_text_is_an_error_that_says_it() -> None:
    """Whoever has no error of its own can still fail with a sentence."""
    error = FlextResult[int].fail("the disk is full").error
    assert error is not None
    assert (error.reason, error.message) == (ErrorReason.OPERATION_FAILED, "the disk is full")
