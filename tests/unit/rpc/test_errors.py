from __future__ import annotations

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo

from flext.quality.v1 import error_reason_pb2
from flext_quality.domain import errors
from flext_quality.domain.errors import ErrorReason, FieldViolation, QualityError
from flext_quality.domain.system import errors as dependency_errors
from flext_quality.domain.system.errors import RegistryUnavailableError, ServerNotRegisteredError
from flext_quality.rpc.errors import CODES, status_of

SAMPLES: list[tuple[QualityError, grpc.StatusCode, dict[str, str]]] = [
    (
        errors.InvalidFieldError([FieldViolation("a.b", "must be set"), FieldViolation("c", "no")]),
        grpc.StatusCode.INVALID_ARGUMENT,
        {"fields": "a.b,c"},
    ),
    (
        errors.InvalidPageTokenError(),
        grpc.StatusCode.INVALID_ARGUMENT,
        {"field": "page_token"},
    ),
    (
        errors.UnknownAnalyzerError("x", ["a", "b"]),
        grpc.StatusCode.INVALID_ARGUMENT,
        {"analyzer": "x", "available": "a,b"},
    ),
    (errors.ProjectNotFoundError("p"), grpc.StatusCode.NOT_FOUND, {"project": "p"}),
    (errors.AnalysisNotFoundError("a"), grpc.StatusCode.NOT_FOUND, {"analysis": "a"}),
    (errors.IssueNotFoundError("i"), grpc.StatusCode.NOT_FOUND, {"issue": "i"}),
    (errors.ChannelNotFoundError("c"), grpc.StatusCode.NOT_FOUND, {"notification_channel": "c"}),
    (errors.DeliveryNotFoundError("d"), grpc.StatusCode.NOT_FOUND, {"notification_delivery": "d"}),
    (
        errors.ChannelDisabledError("c"),
        grpc.StatusCode.FAILED_PRECONDITION,
        {"notification_channel": "c"},
    ),
    (
        errors.SecretsUnavailableError(),
        grpc.StatusCode.FAILED_PRECONDITION,
        {"setting": "FLEXT_API_SECURITY__SECRET_ENCRYPTION_KEY"},
    ),
    (
        errors.TooManyChannelsError(100),
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        {"limit": "100"},
    ),
    (
        errors.NoFinishedAnalysisError("p"),
        grpc.StatusCode.NOT_FOUND,
        {"project": "p", "branch": ""},
    ),
    (errors.ProjectAlreadyExistsError("p"), grpc.StatusCode.ALREADY_EXISTS, {"project": "p"}),
    (errors.RequestIdReusedError("r"), grpc.StatusCode.ALREADY_EXISTS, {"request_id": "r"}),
    (
        errors.EtagMismatchError("p", "e"),
        grpc.StatusCode.ABORTED,
        {"project": "p", "current": "e"},
    ),
    (
        errors.EtagMismatchError("i", "e", kind="issue"),
        grpc.StatusCode.ABORTED,
        {"issue": "i", "current": "e"},
    ),
    (errors.IssueFixedError("i"), grpc.StatusCode.FAILED_PRECONDITION, {"issue": "i"}),
    (
        errors.DataExpiredError("a", "b"),
        grpc.StatusCode.FAILED_PRECONDITION,
        {"analysis": "a", "kept": "b"},
    ),
    (
        errors.UnknownMetricError("m", "n"),
        grpc.StatusCode.INVALID_ARGUMENT,
        {"metric": "m", "close": "n"},
    ),
    (
        errors.CursorOutOfRangeError(812, 40),
        grpc.StatusCode.OUT_OF_RANGE,
        {"cursor": "812", "newest": "40"},
    ),
    (
        errors.AnswerTooLargeError("points", 7, "ask for less"),
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        {"limit": "7"},
    ),
    (
        errors.SequenceOutOfRangeError(9, 3),
        grpc.StatusCode.OUT_OF_RANGE,
        {"after_sequence": "9", "last_sequence": "3"},
    ),
    (
        errors.ProjectBusyError("p", "a"),
        grpc.StatusCode.FAILED_PRECONDITION,
        {"project": "p", "analysis": "a"},
    ),
    (
        errors.AnalysisFinishedError("a", "FAILED"),
        grpc.StatusCode.FAILED_PRECONDITION,
        {"analysis": "a", "state": "FAILED"},
    ),
    (
        errors.AnalysisNotFinishedError("a", "RUNNING"),
        grpc.StatusCode.FAILED_PRECONDITION,
        {"analysis": "a", "state": "RUNNING"},
    ),
    (
        errors.SourceNotAllowedError(),
        grpc.StatusCode.PERMISSION_DENIED,
        {"setting": "FLEXT_API_SECURITY__ALLOWED_PROJECT_PATHS"},
    ),
    (errors.SourceNotFoundError(), grpc.StatusCode.FAILED_PRECONDITION, {}),
    (errors.SourceUnreadableError("no"), grpc.StatusCode.FAILED_PRECONDITION, {}),
    (
        errors.SourceTooLargeError("max_files", 7),
        grpc.StatusCode.FAILED_PRECONDITION,
        {"limit": "max_files", "allowed": "7"},
    ),
    (errors.QueueFullError(7), grpc.StatusCode.RESOURCE_EXHAUSTED, {"limit": "7"}),
    (errors.ServerShuttingDownError(), grpc.StatusCode.UNAVAILABLE, {}),
    (errors.StorageUnavailableError(), grpc.StatusCode.UNAVAILABLE, {}),
    (errors.DeadlineExceededError(), grpc.StatusCode.DEADLINE_EXCEEDED, {}),
    (
        dependency_errors.ExternalHostNotAllowedError("h"),
        grpc.StatusCode.PERMISSION_DENIED,
        {"host": "h"},
    ),
    (
        dependency_errors.ExternalServiceUnavailableError("redis"),
        grpc.StatusCode.UNAVAILABLE,
        {"dependency": "redis", "why": "unreachable"},
    ),
    (
        dependency_errors.ExternalServiceTimedOutError("redis", 3),
        grpc.StatusCode.UNAVAILABLE,
        {"dependency": "redis", "why": "timed_out"},
    ),
    (
        dependency_errors.CircuitOpenError("redis", 3),
        grpc.StatusCode.UNAVAILABLE,
        {"dependency": "redis", "why": "circuit_open"},
    ),
    (
        dependency_errors.BulkheadFullError("redis", 3),
        grpc.StatusCode.UNAVAILABLE,
        {"dependency": "redis", "why": "too_busy"},
    ),
    (
        dependency_errors.ExternalAnswerInvalidError("hooks", "too_large", "more than 7 bytes"),
        grpc.StatusCode.UNAVAILABLE,
        {"dependency": "hooks", "why": "too_large"},
    ),
    (
        errors.BranchNotFoundError("p", "b"),
        grpc.StatusCode.NOT_FOUND,
        {"project": "p", "branch": "b"},
    ),
    (
        errors.BranchBusyError("p", "b", "a"),
        grpc.StatusCode.FAILED_PRECONDITION,
        {"project": "p", "branch": "b", "analysis": "a"},
    ),
    (
        errors.AnalysisInUseError("a", "latest"),
        grpc.StatusCode.FAILED_PRECONDITION,
        {"analysis": "a", "why": "latest"},
    ),
    (errors.RuleNotFoundError("r"), grpc.StatusCode.NOT_FOUND, {"rule": "r"}),
    (errors.SourceExcerptNotFoundError("i"), grpc.StatusCode.NOT_FOUND, {"issue": "i"}),
    (errors.SourceExcerptsDisabledError(), grpc.StatusCode.FAILED_PRECONDITION, {}),
    (errors.OperationFailedError("no"), grpc.StatusCode.FAILED_PRECONDITION, {}),
    (errors.InternalError("c"), grpc.StatusCode.INTERNAL, {"correlation_id": "c"}),
]

IN_OUTCOMES: list[tuple[QualityError, dict[str, str], str]] = [
    (errors.ToolNotInstalledError("ruff"), {"analyzer": "ruff"}, "not installed"),
    (
        RegistryUnavailableError("consul", "does not answer"),
        {"registry": "consul"},
        "the registry (consul) does not answer",
    ),
    (ServerNotRegisteredError("01k"), {"instance": "01k"}, "does not know the server 01k"),
    (
        errors.ToolFailedError("ruff", 2, "words"),
        {"analyzer": "ruff", "exit_code": "2"},
        "exit code 2: words",
    ),
    (
        errors.ToolFailedError("ruff", -9, ""),
        {"analyzer": "ruff", "exit_code": "-9"},
        "failed with signal 9",
    ),
    (
        errors.ToolTimedOutError("ruff", 60),
        {"analyzer": "ruff", "timeout_seconds": "60"},
        "limit of 60 s",
    ),
    (errors.ToolOutputInvalidError("ruff", "not JSON"), {"analyzer": "ruff"}, "not JSON"),
    (errors.NothingToAnalyzeError("ruff"), {"analyzer": "ruff"}, "no file"),
    (errors.AnalyzerDisabledError("ruff"), {"analyzer": "ruff"}, "switched off"),
    (errors.ReportMissingError("coverage"), {"analyzer": "coverage"}, "no report"),
    (errors.BrokerUnavailableError("refused"), {}, "broker does not answer: refused"),
    (errors.NoAnalyzerSucceededError(), {}, "no analyzer succeeded"),
    (errors.AttemptsExhaustedError(3), {"attempts": "3"}, "3 attempts"),
]


@pytest.mark.parametrize(("error", "code", "metadata"), SAMPLES, ids=lambda v: str(v)[:30])
def test_each_error_has_the_code_and_the_values_of_the_contract(
    error: QualityError, code: grpc.StatusCode, metadata: dict[str, str]
) -> None:
    """A client reads reason and values from ErrorInfo, without parsing the message."""
    status = status_of(error)
    assert status.code == code.value[0]
    assert status.message == error.message == str(error)
    info = ErrorInfo()
    assert status.details[0].Unpack(info)
    assert (info.reason, info.domain) == (error.reason.value, "quality.flext")
    assert dict(info.metadata) == metadata


def test_a_client_is_told_when_to_try_again() -> None:
    """A full queue and an open circuit say after how long."""
    for error, seconds in (
        (errors.QueueFullError(7), 10),
        (dependency_errors.CircuitOpenError("redis", 3), 3),
    ):
        retry = RetryInfo()
        assert status_of(error).details[1].Unpack(retry)
        assert retry.retry_delay.seconds == seconds


def test_field_violations_are_told_one_by_one() -> None:
    """A form can mark each wrong field."""
    bad = BadRequest()
    assert status_of(SAMPLES[0][0]).details[1].Unpack(bad)
    assert [(v.field, v.description) for v in bad.field_violations] == [
        ("a.b", "must be set"),
        ("c", "no"),
    ]


@pytest.mark.parametrize(("error", "metadata", "words"), IN_OUTCOMES, ids=lambda v: str(v)[:30])
def test_errors_in_outcomes_say_what_happened(
    error: QualityError, metadata: dict[str, str], words: str
) -> None:
    """With values for programs and words for people."""
    assert error.metadata == metadata
    assert words in error.message


def test_the_samples_cover_every_reason_of_the_contract() -> None:
    """The domain's reasons are the contract's, each is made by an error, each call's has a code."""
    contract = {
        name.removeprefix("ERROR_REASON_")
        for name, _ in error_reason_pb2.ErrorReason.items()
        if name != "ERROR_REASON_UNSPECIFIED"
    }
    assert contract == {reason.value for reason in ErrorReason}
    in_calls = {error.reason for error, _, _ in SAMPLES}
    in_outcomes = {error.reason for error, _, _ in IN_OUTCOMES}
    assert in_calls == set(CODES)
    assert in_calls | in_outcomes == set(ErrorReason)
