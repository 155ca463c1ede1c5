"""Everything that can go wrong and is not a bug, as a table: a reason, a sentence and its values.

Each error is a dataclass: its fields are its values. Its message is its sentence with the values put in, and
its metadata are the values by their names, as `error_reason.proto` documents them. The reasons are those of
the contract; `rpc/errors.py` has the one table from reason to gRPC status code. Errors of the services that
the server depends on stand in `domain/system/errors.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum, auto
from typing import ClassVar, dataclass_transform


class ErrorReason(StrEnum):
    """Why something failed, for programs: the contract's names without their prefix."""

    @staticmethod
    def _generate_next_value_(name: str, *_: object) -> str:
        return name

    INVALID_FIELD = auto()
    INVALID_PAGE_TOKEN = auto()
    UNKNOWN_ANALYZER = auto()
    PROJECT_NOT_FOUND = auto()
    ANALYSIS_NOT_FOUND = auto()
    NO_FINISHED_ANALYSIS = auto()
    PROJECT_ALREADY_EXISTS = auto()
    REQUEST_ID_REUSED = auto()
    ETAG_MISMATCH = auto()
    SEQUENCE_OUT_OF_RANGE = auto()
    PROJECT_BUSY = auto()
    ANALYSIS_FINISHED = auto()
    ANALYSIS_NOT_FINISHED = auto()
    SOURCE_NOT_ALLOWED = auto()
    SOURCE_NOT_FOUND = auto()
    SOURCE_UNREADABLE = auto()
    SOURCE_TOO_LARGE = auto()
    QUEUE_FULL = auto()
    SERVER_SHUTTING_DOWN = auto()
    STORAGE_UNAVAILABLE = auto()
    DEADLINE_EXCEEDED = auto()
    INTERNAL = auto()
    OPERATION_FAILED = auto()
    TOOL_NOT_INSTALLED = auto()
    TOOL_FAILED = auto()
    TOOL_TIMED_OUT = auto()
    TOOL_OUTPUT_INVALID = auto()
    NOTHING_TO_ANALYZE = auto()
    ANALYZER_DISABLED = auto()
    NO_ANALYZER_SUCCEEDED = auto()
    ATTEMPTS_EXHAUSTED = auto()
    ISSUE_NOT_FOUND = auto()
    ISSUE_FIXED = auto()
    DATA_EXPIRED = auto()
    UNKNOWN_METRIC = auto()
    ANSWER_TOO_LARGE = auto()
    REPORT_MISSING = auto()
    NOTIFICATION_CHANNEL_NOT_FOUND = auto()
    NOTIFICATION_DELIVERY_NOT_FOUND = auto()
    NOTIFICATION_CHANNEL_DISABLED = auto()
    SECRETS_UNAVAILABLE = auto()
    TOO_MANY_NOTIFICATION_CHANNELS = auto()
    CURSOR_OUT_OF_RANGE = auto()
    BROKER_UNAVAILABLE = auto()
    EXTERNAL_HOST_NOT_ALLOWED = auto()
    EXTERNAL_SERVICE_UNAVAILABLE = auto()
    EXTERNAL_ANSWER_INVALID = auto()
    REGISTRY_UNAVAILABLE = auto()
    BRANCH_NOT_FOUND = auto()
    BRANCH_BUSY = auto()
    ANALYSIS_IN_USE = auto()
    RULE_NOT_FOUND = auto()
    SOURCE_EXCERPT_NOT_FOUND = auto()
    SOURCE_EXCERPTS_DISABLED = auto()
    SERVER_NOT_REGISTERED = auto()


@dataclass_transform(eq_default=False)
class QualityError(Exception):
    """The root of the tree. `reason` is for programs, `message` for people.

    A subclass names its reason, its sentence with `{field}` where a value goes, and the fields that stay out
    of the metadata. Everything is inherited. No sentence holds a path of the server's disk.
    """

    reason: ClassVar[ErrorReason]
    _sentence: ClassVar[str] = ""
    _unpublished: ClassVar[Collection[str]] = ()

    def __init_subclass__(
        cls,
        *,
        reason: ErrorReason | None = None,
        sentence: str = "",
        unpublished: Collection[str] = (),
    ) -> None:
        """Makes a dataclass of the subclass."""
        if reason is not None:
            cls.reason = reason
        cls._sentence = sentence or cls._sentence
        cls._unpublished = unpublished or cls._unpublished
        dataclass(eq=False)(cls)

    @property
    def message(self) -> str:
        """What happened and, where known, what to do."""
        values = {name: _shown(value) for name, value in self._values().items()}
        return self._sentence.format(**values)

    @property
    def metadata(self) -> Mapping[str, str]:
        """The values, for programs, under the keys that the contract documents."""
        return {
            name: _published(value)
            for name, value in self._values().items()
            if name not in self._unpublished
        }

    def _values(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]  # `__init_subclass__` makes it one

    def __str__(self) -> str:
        return self.message


def _shown(value: object) -> object:
    """A value as people read it."""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return value


def _published(value: object) -> str:
    """A value as programs read it."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(map(str, value))
    return str(_shown(value))


# --- what the caller sent ---------------------------------------------------------------------


@dataclass(frozen=True)
class FieldViolation:
    """A field, by its path in the request, and what its value should be."""

    field: str
    description: str


class InvalidFieldError(QualityError, reason=ErrorReason.INVALID_FIELD):
    """Fields break their rules."""

    violations: Sequence[FieldViolation]

    @property
    def message(self) -> str:
        """Every field with what it should be."""
        return "; ".join(f"{v.field}: {v.description}" for v in self.violations)

    @property
    def metadata(self) -> Mapping[str, str]:
        """The fields' paths."""
        return {"fields": ",".join(v.field for v in self.violations)}


def invalid_field(field: str, description: str) -> InvalidFieldError:
    """An `InvalidFieldError` about one field."""
    return InvalidFieldError([FieldViolation(field, description)])


class InvalidPageTokenError(
    QualityError,
    reason=ErrorReason.INVALID_PAGE_TOKEN,
    sentence="{field} is not one that this server gave out for this list with these fields; "
    "begin again without it",
):
    """A token that this server did not make for this list."""

    field: str = "page_token"


class UnknownAnalyzerError(
    QualityError,
    reason=ErrorReason.UNKNOWN_ANALYZER,
    sentence="no analyzer {analyzer!r}; there are: {available}",
):
    """An analyzer that the server does not have."""

    analyzer: str
    available: Sequence[str]


class UnknownMetricError(QualityError, reason=ErrorReason.UNKNOWN_METRIC):
    """A metric that the server does not have. `close` is the key that it may have been meant to be."""

    metric: str
    close: str = ""

    @property
    def message(self) -> str:
        """With the close one, if there is one."""
        hint = f"did you mean {self.close!r}? " if self.close else ""
        return f"no metric {self.metric!r}; {hint}ListMetricDescriptors tells all that there are"


class AnswerTooLargeError(
    QualityError,
    reason=ErrorReason.ANSWER_TOO_LARGE,
    sentence="the answer would have more than {limit:,} {what}; {advice}",
    unpublished=("what", "advice"),
):
    """More would have to be sent than may be. `what` is counted by `limit`, `advice` how to ask for less."""

    what: str
    limit: int
    advice: str


class RequestIdReusedError(
    QualityError,
    reason=ErrorReason.REQUEST_ID_REUSED,
    sentence="request_id {request_id!r} was used before for another request; take a new one",
):
    """A request_id that stands for another request already."""

    request_id: str


class SequenceOutOfRangeError(
    QualityError,
    reason=ErrorReason.SEQUENCE_OUT_OF_RANGE,
    sentence="after_sequence is {after_sequence}, but the newest event is {last_sequence}",
):
    """A watcher claims to have seen events that have not happened."""

    after_sequence: int
    last_sequence: int


class CursorOutOfRangeError(
    QualityError,
    reason=ErrorReason.CURSOR_OUT_OF_RANGE,
    sentence="the cursor {cursor} is beyond the end of the log, {newest}: it is of another server, "
    "or the database was restored from an older copy",
):
    """A watcher's cursor is beyond the end of the log of events."""

    cursor: int
    newest: int


# --- what is or is not there --------------------------------------------------------------------


class ProjectNotFoundError(
    QualityError, reason=ErrorReason.PROJECT_NOT_FOUND, sentence="there is no {project}"
):
    """No project of that name."""

    project: str


class AnalysisNotFoundError(
    QualityError, reason=ErrorReason.ANALYSIS_NOT_FOUND, sentence="there is no {analysis}"
):
    """No analysis of that name."""

    analysis: str


class IssueNotFoundError(
    QualityError, reason=ErrorReason.ISSUE_NOT_FOUND, sentence="there is no {issue}"
):
    """No issue of that name."""

    issue: str


class ChannelNotFoundError(
    QualityError,
    reason=ErrorReason.NOTIFICATION_CHANNEL_NOT_FOUND,
    sentence="there is no {notification_channel}",
):
    """No channel of that name."""

    notification_channel: str


class DeliveryNotFoundError(
    QualityError,
    reason=ErrorReason.NOTIFICATION_DELIVERY_NOT_FOUND,
    sentence="there is no {notification_delivery}; deliveries are kept for a time only",
):
    """No delivery of that name, or none any more."""

    notification_delivery: str


class NoFinishedAnalysisError(
    QualityError,
    reason=ErrorReason.NO_FINISHED_ANALYSIS,
):
    """The project has no succeeded analysis on the branch; empty: on its main line."""

    project: str
    branch: str = ""

    @property
    def message(self) -> str:
        """With the branch, unless it is the main line."""
        where = f" on branch {self.branch!r}" if self.branch else ""
        return f"{self.project} has no succeeded analysis{where} yet; start one"


class BranchNotFoundError(
    QualityError,
    reason=ErrorReason.BRANCH_NOT_FOUND,
    sentence="{project} has no analysis of branch {branch!r}",
):
    """No analysis of the project is of that branch."""

    project: str
    branch: str


class RuleNotFoundError(
    QualityError, reason=ErrorReason.RULE_NOT_FOUND, sentence="there is no {rule}"
):
    """The server has no rule of that name."""

    rule: str


class SourceExcerptNotFoundError(
    QualityError,
    reason=ErrorReason.SOURCE_EXCERPT_NOT_FOUND,
    sentence="no lines of code are kept for {issue}",
):
    """No lines are kept of the issue's place."""

    issue: str


class ProjectAlreadyExistsError(
    QualityError,
    reason=ErrorReason.PROJECT_ALREADY_EXISTS,
    sentence="{project} exists already; choose another project_id",
):
    """The id is taken."""

    project: str


# --- what the state of things does not permit -----------------------------------------------------


class EtagMismatchError(
    QualityError,
    reason=ErrorReason.ETAG_MISMATCH,
    sentence="{resource} was changed by somebody else; get it again and repeat your change "
    "(its etag is now {current})",
):
    """Somebody changed the resource in between. `kind` is "project", "issue" or "quality_gate"."""

    resource: str
    current: str
    kind: str = "project"

    @property
    def metadata(self) -> Mapping[str, str]:
        """The resource under its kind."""
        return {self.kind: self.resource, "current": self.current}


class IssueFixedError(
    QualityError,
    reason=ErrorReason.ISSUE_FIXED,
    sentence="{issue} is FIXED; only an issue that is still seen can be triaged",
):
    """The issue is no longer seen, so nobody can decide about it."""

    issue: str


class DataExpiredError(QualityError, reason=ErrorReason.DATA_EXPIRED):
    """Retention removed the analysis's details. `kept`: the nearest later one that has its, if any."""

    analysis: str
    kept: str = ""

    @property
    def message(self) -> str:
        """With the analysis to ask for instead, if there is one."""
        hint = f"; the nearest later analysis that has them is {self.kept}" if self.kept else ""
        return f"the details of {self.analysis} were removed by the server's retention{hint}"


class ProjectBusyError(
    QualityError,
    reason=ErrorReason.PROJECT_BUSY,
    sentence="{analysis} has not ended; cancel it or wait for its end first",
):
    """An analysis of the project has not ended."""

    project: str
    analysis: str


class BranchBusyError(
    QualityError,
    reason=ErrorReason.BRANCH_BUSY,
    sentence="{analysis} of branch {branch!r} has not ended; cancel it or wait for its end first",
):
    """An analysis of the branch has not ended."""

    project: str
    branch: str
    analysis: str


class AnalysisInUseError(QualityError, reason=ErrorReason.ANALYSIS_IN_USE):
    """The analysis is still needed. `why` is "latest" or "quality_gate"."""

    analysis: str
    why: str

    @property
    def message(self) -> str:
        """What needs it."""
        needed = {
            "latest": "the branch's next analysis is compared with it",
            "quality_gate": "the project's quality gate names it as the old code",
        }
        return f"{self.analysis} cannot be removed: {needed[self.why]}"


class SourceExcerptsDisabledError(
    QualityError,
    reason=ErrorReason.SOURCE_EXCERPTS_DISABLED,
    sentence="the server's operator lets it keep no code",
):
    """The operator has switched excerpts off."""


class AnalysisFinishedError(
    QualityError,
    reason=ErrorReason.ANALYSIS_FINISHED,
    sentence="{analysis} has {state} already",
):
    """The analysis has ended and cannot be cancelled."""

    analysis: str
    state: str


class AnalysisNotFinishedError(
    QualityError,
    reason=ErrorReason.ANALYSIS_NOT_FINISHED,
    sentence="{analysis} is {state}; only a SUCCEEDED analysis has figures",
):
    """The analysis has no figures, because it has not succeeded."""

    analysis: str
    state: str


class QueueFullError(
    QualityError,
    reason=ErrorReason.QUEUE_FULL,
    sentence="{limit} analyses wait already, which is the limit; try again later",
    unpublished=("retry_after_seconds",),
):
    """Too many analyses wait. `retry_after_seconds`: about when one of them may have begun."""

    limit: int
    retry_after_seconds: float = 10.0


class ChannelDisabledError(
    QualityError,
    reason=ErrorReason.NOTIFICATION_CHANNEL_DISABLED,
    sentence="{notification_channel} is disabled; enable it first",
):
    """The channel is disabled, so nothing can be sent through it."""

    notification_channel: str


class TooManyChannelsError(
    QualityError,
    reason=ErrorReason.TOO_MANY_NOTIFICATION_CHANNELS,
    sentence="the project has {limit} channels, which is the limit; remove one first",
):
    """The project has as many channels as it may."""

    limit: int


SECRET_KEY_SETTING = "FLEXT_API_SECURITY__SECRET_ENCRYPTION_KEY"  # a setting's name


class SecretsUnavailableError(
    QualityError,
    reason=ErrorReason.SECRETS_UNAVAILABLE,
    sentence="the server has no key that fits, so the channel's secret can be neither stored nor read; "
    "its operator sets one with {setting}",
):
    """A secret can be neither stored nor read: the operator has set no key, or another one."""

    setting: str = SECRET_KEY_SETTING


# --- sources ------------------------------------------------------------------------------------

ALLOWED_PATHS_SETTING = "FLEXT_API_SECURITY__ALLOWED_PROJECT_PATHS"


class SourceNotAllowedError(
    QualityError,
    reason=ErrorReason.SOURCE_NOT_ALLOWED,
    sentence="the path is not under one of the server's allowed project paths; its operator can "
    "allow it with {setting}",
):
    """The path is not under an allowed one."""

    setting: str = ALLOWED_PATHS_SETTING


class SourceNotFoundError(
    QualityError,
    reason=ErrorReason.SOURCE_NOT_FOUND,
    sentence="there is nothing at the project's path on the server's machine",
):
    """Nothing is at the path."""


class SourceUnreadableError(
    QualityError,
    reason=ErrorReason.SOURCE_UNREADABLE,
    sentence="the project's path cannot be read: {why}",
    unpublished=("why",),
):
    """What is at the path cannot be read; `why` says in which way."""

    why: str


class SourceTooLargeError(
    QualityError,
    reason=ErrorReason.SOURCE_TOO_LARGE,
    sentence="the project is too large: {limit} is {allowed}",
):
    """More than the server takes. `limit` is the setting's name, `allowed` its value."""

    limit: str
    allowed: int


# --- tools ----------------------------------------------------------------------------------------


class ToolError(QualityError):
    """The branch for what analyzers' tools do."""

    analyzer: str


class ToolNotInstalledError(
    ToolError,
    reason=ErrorReason.TOOL_NOT_INSTALLED,
    sentence="{analyzer} is not installed where the server runs",
):
    """There is no such program where the server runs."""


class ToolFailedError(ToolError, reason=ErrorReason.TOOL_FAILED, unpublished=("detail",)):
    """The program ended with an error. `detail` is its last words, `exit_code` negative for a signal."""

    exit_code: int
    detail: str

    @property
    def message(self) -> str:
        """How it ended, and its last words."""
        how = f"signal {-self.exit_code}" if self.exit_code < 0 else f"exit code {self.exit_code}"
        return f"{self.analyzer} failed with {how}" + (f": {self.detail}" if self.detail else "")


class ToolTimedOutError(
    ToolError,
    reason=ErrorReason.TOOL_TIMED_OUT,
    sentence="{analyzer} was stopped at its limit of {timeout_seconds} s",
):
    """The program ran longer than it may."""

    timeout_seconds: float


class ToolOutputInvalidError(
    ToolError,
    reason=ErrorReason.TOOL_OUTPUT_INVALID,
    sentence="{analyzer} printed something that cannot be read: {detail}",
    unpublished=("detail",),
):
    """The program printed something that cannot be read."""

    detail: str


class NothingToAnalyzeError(
    ToolError,
    reason=ErrorReason.NOTHING_TO_ANALYZE,
    sentence="the project has no file for {analyzer}",
):
    """There is no file for the analyzer."""


class ReportMissingError(
    ToolError,
    reason=ErrorReason.REPORT_MISSING,
    sentence="{analyzer} found no report to read; send one with the analysis or leave it in the project",
):
    """What the analyzer reads was neither sent nor found in the project."""


class AnalyzerDisabledError(
    ToolError,
    reason=ErrorReason.ANALYZER_DISABLED,
    sentence="{analyzer} is switched off on this server",
):
    """The operator switched the analyzer off."""


class NoAnalyzerSucceededError(
    QualityError,
    reason=ErrorReason.NO_ANALYZER_SUCCEEDED,
    sentence="no analyzer succeeded; their outcomes say why",
):
    """No analyzer did its work."""


# --- the server itself ----------------------------------------------------------------------------


class AttemptsExhaustedError(
    QualityError,
    reason=ErrorReason.ATTEMPTS_EXHAUSTED,
    sentence="the server stopped in the middle of each of {attempts} attempts",
):
    """The server stopped in the middle of an analysis as often as it may."""

    attempts: int


class ServerShuttingDownError(
    QualityError,
    reason=ErrorReason.SERVER_SHUTTING_DOWN,
    sentence="the server is going down; call again",
):
    """The server is going down."""


class StorageUnavailableError(
    QualityError,
    reason=ErrorReason.STORAGE_UNAVAILABLE,
    sentence="the database does not answer; try again",
):
    """The database does not answer."""


class BrokerUnavailableError(
    QualityError,
    reason=ErrorReason.BROKER_UNAVAILABLE,
    sentence="the message broker does not answer: {detail}",
    unpublished=("detail",),
):
    """The message broker does not answer, or not as it should; `detail` is for the server's log."""

    detail: str


class DeadlineExceededError(
    QualityError,
    reason=ErrorReason.DEADLINE_EXCEEDED,
    sentence="the call's deadline ran out",
):
    """The call's deadline ran out."""


class OperationFailedError(
    QualityError,
    reason=ErrorReason.OPERATION_FAILED,
    sentence="{detail}",
    unpublished=("detail",),
):
    """Something failed that has no reason of its own; `detail` says what: see `FlextResult.fail`."""

    detail: str


class InternalError(
    QualityError,
    reason=ErrorReason.INTERNAL,
    sentence="the server has a defect; its operator finds the details in its log under "
    "correlation id {correlation_id}",
):
    """A defect of the server."""

    correlation_id: str
