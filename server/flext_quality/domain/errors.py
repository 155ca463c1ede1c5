"""Everything that can go wrong and is not a bug, as a tree.

Each error holds values; its message and its metadata derive from them. The reasons are those of
`ErrorReason` in the contract; `rpc/errors.py` has the one table from reason to gRPC status code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class ErrorReason(StrEnum):
    """Why something failed, for programs: the contract's names without their prefix."""

    INVALID_FIELD = "INVALID_FIELD"
    INVALID_PAGE_TOKEN = "INVALID_PAGE_TOKEN"
    UNKNOWN_ANALYZER = "UNKNOWN_ANALYZER"
    PROJECT_NOT_FOUND = "PROJECT_NOT_FOUND"
    ANALYSIS_NOT_FOUND = "ANALYSIS_NOT_FOUND"
    NO_FINISHED_ANALYSIS = "NO_FINISHED_ANALYSIS"
    PROJECT_ALREADY_EXISTS = "PROJECT_ALREADY_EXISTS"
    REQUEST_ID_REUSED = "REQUEST_ID_REUSED"
    ETAG_MISMATCH = "ETAG_MISMATCH"
    SEQUENCE_OUT_OF_RANGE = "SEQUENCE_OUT_OF_RANGE"
    PROJECT_BUSY = "PROJECT_BUSY"
    ANALYSIS_FINISHED = "ANALYSIS_FINISHED"
    ANALYSIS_NOT_FINISHED = "ANALYSIS_NOT_FINISHED"
    SOURCE_NOT_ALLOWED = "SOURCE_NOT_ALLOWED"
    SOURCE_NOT_FOUND = "SOURCE_NOT_FOUND"
    SOURCE_UNREADABLE = "SOURCE_UNREADABLE"
    SOURCE_TOO_LARGE = "SOURCE_TOO_LARGE"
    QUEUE_FULL = "QUEUE_FULL"
    SERVER_SHUTTING_DOWN = "SERVER_SHUTTING_DOWN"
    STORAGE_UNAVAILABLE = "STORAGE_UNAVAILABLE"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    INTERNAL = "INTERNAL"
    TOOL_NOT_INSTALLED = "TOOL_NOT_INSTALLED"
    TOOL_FAILED = "TOOL_FAILED"
    TOOL_TIMED_OUT = "TOOL_TIMED_OUT"
    TOOL_OUTPUT_INVALID = "TOOL_OUTPUT_INVALID"
    NOTHING_TO_ANALYZE = "NOTHING_TO_ANALYZE"
    ANALYZER_DISABLED = "ANALYZER_DISABLED"
    NO_ANALYZER_SUCCEEDED = "NO_ANALYZER_SUCCEEDED"
    ATTEMPTS_EXHAUSTED = "ATTEMPTS_EXHAUSTED"
    ISSUE_NOT_FOUND = "ISSUE_NOT_FOUND"
    ISSUE_FIXED = "ISSUE_FIXED"
    DATA_EXPIRED = "DATA_EXPIRED"
    UNKNOWN_METRIC = "UNKNOWN_METRIC"
    ANSWER_TOO_LARGE = "ANSWER_TOO_LARGE"
    REPORT_MISSING = "REPORT_MISSING"
    CHANNEL_NOT_FOUND = "CHANNEL_NOT_FOUND"
    DELIVERY_NOT_FOUND = "DELIVERY_NOT_FOUND"
    CHANNEL_DISABLED = "CHANNEL_DISABLED"
    SECRETS_UNAVAILABLE = "SECRETS_UNAVAILABLE"
    TOO_MANY_CHANNELS = "TOO_MANY_CHANNELS"
    CURSOR_OUT_OF_RANGE = "CURSOR_OUT_OF_RANGE"
    BROKER_UNAVAILABLE = "BROKER_UNAVAILABLE"
    EXTERNAL_HOST_NOT_ALLOWED = "EXTERNAL_HOST_NOT_ALLOWED"
    EXTERNAL_SERVICE_UNAVAILABLE = "EXTERNAL_SERVICE_UNAVAILABLE"
    EXTERNAL_ANSWER_INVALID = "EXTERNAL_ANSWER_INVALID"
    REGISTRY_UNAVAILABLE = "REGISTRY_UNAVAILABLE"
    SERVER_NOT_REGISTERED = "SERVER_NOT_REGISTERED"


class QualityError(Exception):
    """The root of the tree. `reason` is for programs, `message` for people."""

    reason: ClassVar[ErrorReason]

    @property
    def message(self) -> str:
        """What happened and, where known, what to do. Holds no path of the server's disk."""
        raise NotImplementedError

    @property
    def metadata(self) -> Mapping[str, str]:
        """The values, for programs, under the keys that the contract documents."""
        return {}

    def __str__(self) -> str:
        return self.message


# --- what the caller sent ---------------------------------------------------------------------


@dataclass(eq=False)
class FieldViolation:
    """A field, by its path in the request, and what its value should be."""

    field: str
    description: str


@dataclass(eq=False)
class InvalidFieldError(QualityError):
    """Fields break their rules."""

    violations: Sequence[FieldViolation]
    reason = ErrorReason.INVALID_FIELD

    @property
    def message(self) -> str:
        return "; ".join(f"{v.field}: {v.description}" for v in self.violations)

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"fields": ",".join(v.field for v in self.violations)}


def invalid_field(field: str, description: str) -> InvalidFieldError:
    """An `InvalidFieldError` about one field."""
    return InvalidFieldError([FieldViolation(field, description)])


@dataclass(eq=False)
class InvalidPageTokenError(QualityError):
    """A token that this server did not make for this list."""

    field: str = "page_token"
    reason = ErrorReason.INVALID_PAGE_TOKEN

    @property
    def message(self) -> str:
        return (
            f"{self.field} is not one that this server gave out for this list with these fields; "
            "begin again without it"
        )

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"field": self.field}


@dataclass(eq=False)
class UnknownAnalyzerError(QualityError):
    """An analyzer that the server does not have."""

    analyzer: str
    available: Sequence[str]
    reason = ErrorReason.UNKNOWN_ANALYZER

    @property
    def message(self) -> str:
        return f"no analyzer {self.analyzer!r}; there are: {', '.join(self.available)}"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"analyzer": self.analyzer, "available": ",".join(self.available)}


@dataclass(eq=False)
class UnknownMetricError(QualityError):
    """A metric that the server does not have. `close` is the key that it may have been meant to be."""

    metric: str
    close: str = ""
    reason = ErrorReason.UNKNOWN_METRIC

    @property
    def message(self) -> str:
        hint = f"did you mean {self.close!r}? " if self.close else ""
        return f"no metric {self.metric!r}; {hint}ListMetricDescriptors tells all that there are"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"metric": self.metric, "close": self.close}


@dataclass(eq=False)
class AnswerTooLargeError(QualityError):
    """More would have to be sent than may be. `what` is counted by `limit`, `advice` how to ask for less."""

    what: str
    limit: int
    advice: str
    reason = ErrorReason.ANSWER_TOO_LARGE

    @property
    def message(self) -> str:
        return f"the answer would have more than {self.limit:,} {self.what}; {self.advice}"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"limit": str(self.limit)}


@dataclass(eq=False)
class RequestIdReusedError(QualityError):
    """A request_id that stands for another request already."""

    request_id: str
    reason = ErrorReason.REQUEST_ID_REUSED

    @property
    def message(self) -> str:
        return f"request_id {self.request_id!r} was used before for another request; take a new one"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"request_id": self.request_id}


@dataclass(eq=False)
class SequenceOutOfRangeError(QualityError):
    """A watcher claims to have seen events that have not happened."""

    after_sequence: int
    last_sequence: int
    reason = ErrorReason.SEQUENCE_OUT_OF_RANGE

    @property
    def message(self) -> str:
        return (
            f"after_sequence is {self.after_sequence}, but the newest event is {self.last_sequence}"
        )

    @property
    def metadata(self) -> Mapping[str, str]:
        return {
            "after_sequence": str(self.after_sequence),
            "last_sequence": str(self.last_sequence),
        }


# --- what is or is not there --------------------------------------------------------------------


@dataclass(eq=False)
class ProjectNotFoundError(QualityError):
    """No project of that name."""

    project: str
    reason = ErrorReason.PROJECT_NOT_FOUND

    @property
    def message(self) -> str:
        return f"there is no {self.project}"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"project": self.project}


@dataclass(eq=False)
class AnalysisNotFoundError(QualityError):
    """No analysis of that name."""

    analysis: str
    reason = ErrorReason.ANALYSIS_NOT_FOUND

    @property
    def message(self) -> str:
        return f"there is no {self.analysis}"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"analysis": self.analysis}


@dataclass(eq=False)
class IssueNotFoundError(QualityError):
    """No issue of that name."""

    issue: str
    reason = ErrorReason.ISSUE_NOT_FOUND

    @property
    def message(self) -> str:
        return f"there is no {self.issue}"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"issue": self.issue}


@dataclass(eq=False)
class NoFinishedAnalysisError(QualityError):
    """The project has no succeeded analysis."""

    project: str
    reason = ErrorReason.NO_FINISHED_ANALYSIS

    @property
    def message(self) -> str:
        return f"{self.project} has no succeeded analysis yet; start one"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"project": self.project}


@dataclass(eq=False)
class ProjectAlreadyExistsError(QualityError):
    """The id is taken."""

    project: str
    reason = ErrorReason.PROJECT_ALREADY_EXISTS

    @property
    def message(self) -> str:
        return f"{self.project} exists already; choose another project_id"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"project": self.project}


# --- what the state of things does not permit -----------------------------------------------------


@dataclass(eq=False)
class EtagMismatchError(QualityError):
    """Somebody changed the resource in between. `kind` is "project", "issue" or "quality_gate"."""

    resource: str
    current: str
    kind: str = "project"
    reason = ErrorReason.ETAG_MISMATCH

    @property
    def message(self) -> str:
        return (
            f"{self.resource} was changed by somebody else; get it again and repeat your change "
            f"(its etag is now {self.current})"
        )

    @property
    def metadata(self) -> Mapping[str, str]:
        return {self.kind: self.resource, "current": self.current}


@dataclass(eq=False)
class IssueFixedError(QualityError):
    """The issue is no longer seen, so nobody can decide about it."""

    issue: str
    reason = ErrorReason.ISSUE_FIXED

    @property
    def message(self) -> str:
        return f"{self.issue} is FIXED; only an issue that is still seen can be triaged"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"issue": self.issue}


@dataclass(eq=False)
class DataExpiredError(QualityError):
    """Retention removed the analysis's details. `kept`: the nearest later one that has its, if any."""

    analysis: str
    kept: str = ""
    reason = ErrorReason.DATA_EXPIRED

    @property
    def message(self) -> str:
        hint = f"; the nearest later analysis that has them is {self.kept}" if self.kept else ""
        return f"the details of {self.analysis} were removed by the server's retention{hint}"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"analysis": self.analysis, "kept": self.kept}


@dataclass(eq=False)
class ProjectBusyError(QualityError):
    """An analysis of the project has not ended."""

    project: str
    analysis: str
    reason = ErrorReason.PROJECT_BUSY

    @property
    def message(self) -> str:
        return f"{self.analysis} has not ended; cancel it or wait for its end first"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"project": self.project, "analysis": self.analysis}


@dataclass(eq=False)
class AnalysisFinishedError(QualityError):
    """The analysis has ended and cannot be cancelled."""

    analysis: str
    state: str
    reason = ErrorReason.ANALYSIS_FINISHED

    @property
    def message(self) -> str:
        return f"{self.analysis} has {self.state} already"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"analysis": self.analysis, "state": self.state}


@dataclass(eq=False)
class AnalysisNotFinishedError(QualityError):
    """The analysis has no figures, because it has not succeeded."""

    analysis: str
    state: str
    reason = ErrorReason.ANALYSIS_NOT_FINISHED

    @property
    def message(self) -> str:
        return f"{self.analysis} is {self.state}; only a SUCCEEDED analysis has figures"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"analysis": self.analysis, "state": self.state}


@dataclass(eq=False)
class QueueFullError(QualityError):
    """Too many analyses wait."""

    limit: int
    reason = ErrorReason.QUEUE_FULL

    @property
    def message(self) -> str:
        return f"{self.limit} analyses wait already, which is the limit; try again later"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"limit": str(self.limit)}


# --- sources ------------------------------------------------------------------------------------

ALLOWED_PATHS_SETTING = "FLEXT_API_SECURITY__ALLOWED_PROJECT_PATHS"


@dataclass(eq=False)
class SourceNotAllowedError(QualityError):
    """The path is not under an allowed one."""

    reason = ErrorReason.SOURCE_NOT_ALLOWED

    @property
    def message(self) -> str:
        return (
            "the path is not under one of the server's allowed project paths; its operator can "
            f"allow it with {ALLOWED_PATHS_SETTING}"
        )

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"setting": ALLOWED_PATHS_SETTING}


@dataclass(eq=False)
class SourceNotFoundError(QualityError):
    """Nothing is at the path."""

    reason = ErrorReason.SOURCE_NOT_FOUND

    @property
    def message(self) -> str:
        return "there is nothing at the project's path on the server's machine"


@dataclass(eq=False)
class SourceUnreadableError(QualityError):
    """What is at the path cannot be read; `why` says in which way."""

    why: str
    reason = ErrorReason.SOURCE_UNREADABLE

    @property
    def message(self) -> str:
        return f"the project's path cannot be read: {self.why}"


@dataclass(eq=False)
class SourceTooLargeError(QualityError):
    """More than the server takes. `limit` is the setting's name, `allowed` its value."""

    limit: str
    allowed: int
    reason = ErrorReason.SOURCE_TOO_LARGE

    @property
    def message(self) -> str:
        return f"the project is too large: {self.limit} is {self.allowed}"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"limit": self.limit, "allowed": str(self.allowed)}


# --- tools ----------------------------------------------------------------------------------------


@dataclass(eq=False)
class ToolError(QualityError):
    """The branch for what analyzers' tools do."""

    analyzer: str

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"analyzer": self.analyzer}


@dataclass(eq=False)
class ToolNotInstalledError(ToolError):
    """There is no such program where the server runs."""

    reason = ErrorReason.TOOL_NOT_INSTALLED

    @property
    def message(self) -> str:
        return f"{self.analyzer} is not installed where the server runs"


@dataclass(eq=False)
class ToolFailedError(ToolError):
    """The program ended with an error. `detail` is its last words, `exit_code` negative for a signal."""

    exit_code: int
    detail: str
    reason = ErrorReason.TOOL_FAILED

    @property
    def message(self) -> str:
        how = f"signal {-self.exit_code}" if self.exit_code < 0 else f"exit code {self.exit_code}"
        return f"{self.analyzer} failed with {how}" + (f": {self.detail}" if self.detail else "")

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"analyzer": self.analyzer, "exit_code": str(self.exit_code)}


@dataclass(eq=False)
class ToolTimedOutError(ToolError):
    """The program ran longer than it may."""

    timeout_seconds: float
    reason = ErrorReason.TOOL_TIMED_OUT

    @property
    def message(self) -> str:
        return f"{self.analyzer} was stopped at its limit of {self.timeout_seconds:g} s"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"analyzer": self.analyzer, "timeout_seconds": f"{self.timeout_seconds:g}"}


@dataclass(eq=False)
class ToolOutputInvalidError(ToolError):
    """The program printed something that cannot be read."""

    detail: str
    reason = ErrorReason.TOOL_OUTPUT_INVALID

    @property
    def message(self) -> str:
        return f"{self.analyzer} printed something that cannot be read: {self.detail}"


@dataclass(eq=False)
class NothingToAnalyzeError(ToolError):
    """There is no file for the analyzer."""

    reason = ErrorReason.NOTHING_TO_ANALYZE

    @property
    def message(self) -> str:
        return f"the project has no file for {self.analyzer}"


@dataclass(eq=False)
class ReportMissingError(ToolError):
    """What the analyzer reads was neither sent nor found in the project."""

    reason = ErrorReason.REPORT_MISSING

    @property
    def message(self) -> str:
        return (
            f"{self.analyzer} found no report to read; send one with the analysis or leave it in "
            "the project"
        )


@dataclass(eq=False)
class AnalyzerDisabledError(ToolError):
    """The operator switched the analyzer off."""

    reason = ErrorReason.ANALYZER_DISABLED

    @property
    def message(self) -> str:
        return f"{self.analyzer} is switched off on this server"


@dataclass(eq=False)
class NoAnalyzerSucceededError(QualityError):
    """No analyzer did its work."""

    reason = ErrorReason.NO_ANALYZER_SUCCEEDED

    @property
    def message(self) -> str:
        return "no analyzer succeeded; their outcomes say why"


# --- the server itself ----------------------------------------------------------------------------


@dataclass(eq=False)
class AttemptsExhaustedError(QualityError):
    """The server went away in the middle as often as it may."""

    attempts: int
    reason = ErrorReason.ATTEMPTS_EXHAUSTED

    @property
    def message(self) -> str:
        return f"the server stopped in the middle of each of {self.attempts} attempts"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"attempts": str(self.attempts)}


@dataclass(eq=False)
class ServerShuttingDownError(QualityError):
    """The server is going down."""

    reason = ErrorReason.SERVER_SHUTTING_DOWN

    @property
    def message(self) -> str:
        return "the server is going down; call again"


@dataclass(eq=False)
class StorageUnavailableError(QualityError):
    """The database does not answer."""

    reason = ErrorReason.STORAGE_UNAVAILABLE

    @property
    def message(self) -> str:
        return "the database does not answer; try again"


@dataclass(eq=False)
class DeadlineExceededError(QualityError):
    """The call's deadline ran out."""

    reason = ErrorReason.DEADLINE_EXCEEDED

    @property
    def message(self) -> str:
        return "the call's deadline ran out"


@dataclass(eq=False)
class InternalError(QualityError):
    """A defect of the server."""

    correlation_id: str
    reason = ErrorReason.INTERNAL

    @property
    def message(self) -> str:
        return (
            "the server has a defect; its operator finds the details in its log under "
            f"correlation id {self.correlation_id}"
        )

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"correlation_id": self.correlation_id}


# --- events ---------------------------------------------------------------------------------------


@dataclass(eq=False)
class CursorOutOfRangeError(QualityError):
    """A watcher's cursor is beyond the end of the log of events."""

    cursor: int
    newest: int
    reason = ErrorReason.CURSOR_OUT_OF_RANGE

    @property
    def message(self) -> str:
        return (
            f"the cursor {self.cursor} is beyond the end of the log, {self.newest}: it is of another "
            "server, or the database was restored from an older copy"
        )

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"cursor": str(self.cursor), "newest": str(self.newest)}


@dataclass(eq=False)
class BrokerUnavailableError(QualityError):
    """The message broker does not answer, or not as it should; `detail` is for the server's log."""

    detail: str
    reason = ErrorReason.BROKER_UNAVAILABLE

    @property
    def message(self) -> str:
        return f"the message broker does not answer: {self.detail}"


# --- notifications --------------------------------------------------------------------------------

SECRET_KEY_SETTING = "FLEXT_API_SECURITY__SECRET_ENCRYPTION_KEY"  # a setting's name


@dataclass(eq=False)
class ChannelNotFoundError(QualityError):
    """No channel of that name."""

    channel: str
    reason = ErrorReason.CHANNEL_NOT_FOUND

    @property
    def message(self) -> str:
        return f"there is no {self.channel}"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"channel": self.channel}


@dataclass(eq=False)
class DeliveryNotFoundError(QualityError):
    """No delivery of that name, or none any more."""

    delivery: str
    reason = ErrorReason.DELIVERY_NOT_FOUND

    @property
    def message(self) -> str:
        return f"there is no {self.delivery}; deliveries are kept for a time only"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"delivery": self.delivery}


@dataclass(eq=False)
class ChannelDisabledError(QualityError):
    """The channel is silent."""

    channel: str
    reason = ErrorReason.CHANNEL_DISABLED

    @property
    def message(self) -> str:
        return f"{self.channel} is disabled; enable it first"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"channel": self.channel}


@dataclass(eq=False)
class SecretsUnavailableError(QualityError):
    """A secret can be neither stored nor read: the operator has set no key, or another one."""

    reason = ErrorReason.SECRETS_UNAVAILABLE

    @property
    def message(self) -> str:
        return (
            "the server has no key that fits, so the channel's secret can be neither stored nor read; "
            f"its operator sets one with {SECRET_KEY_SETTING}"
        )

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"setting": SECRET_KEY_SETTING}


@dataclass(eq=False)
class TooManyChannelsError(QualityError):
    """The project has as many channels as it may."""

    limit: int
    reason = ErrorReason.TOO_MANY_CHANNELS

    @property
    def message(self) -> str:
        return f"the project has {self.limit} channels, which is the limit; remove one first"

    @property
    def metadata(self) -> Mapping[str, str]:
        return {"limit": str(self.limit)}
