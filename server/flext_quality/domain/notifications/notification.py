"""Which events become notifications, and for which channels: rules and de-duplication."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from fnmatch import fnmatchcase

from flext_quality.domain.analyses.analysis import Analysis, AnalysisState
from flext_quality.domain.analyses.events import AnalysisFinished, IssuesTracked
from flext_quality.domain.events.catalog import AnyEvent
from flext_quality.domain.gates.events import QualityGateChanged, ThresholdViolated
from flext_quality.domain.gates.quality_gate import GateStatus
from flext_quality.domain.projects.events import NotificationChannelDisabled


class NotificationEvent(IntEnum):
    """Kinds of notifications. The numbers are the contract's, which explains each."""

    GATE_FAILED = 1
    GATE_RECOVERED = 2
    NEW_CRITICAL_ISSUES = 3
    THRESHOLD_VIOLATED = 4
    ANALYSIS_FAILED = 5
    CHANNEL_DISABLED = 6
    TEST = 7


@dataclass(frozen=True, slots=True)
class Notification:
    """One thing that channels tell people.

    Attributes:
        branch: empty for the main line.
        analysis: its resource name; empty if it is about none.
        message: in a sentence for people. It may hold text of the analysed code.
        values: the event's further placeholders.
    """

    event: NotificationEvent
    time: datetime
    message: str
    branch: str = ""
    analysis: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def dedup_key(self) -> str:
        """Equal for what counts as the same thing: event, branch, metric and channel."""
        about = self.values.get("metric", "") or self.values.get("channel", "")
        return f"{self.event.name}\n{self.branch}\n{about}"


@dataclass(frozen=True, slots=True)
class Rule:
    """Events of some branches; without branches of the main line. "*" stands for any characters."""

    events: frozenset[NotificationEvent]
    branches: tuple[str, ...] = ()

    def tells(self, notification: Notification) -> bool:
        """Whether the rule names it. A disabled channel is of no branch."""
        if notification.event not in self.events:
            return False
        if notification.event is NotificationEvent.CHANNEL_DISABLED:
            return True
        return any(_matches(notification.branch, pattern) for pattern in self.branches or ("",))


def is_told(rules: Iterable[Rule], notification: Notification) -> bool:
    """Whether any of the rules names it."""
    return any(rule.tells(notification) for rule in rules)


def _matches(branch: str, pattern: str) -> bool:
    # Only "*" is special: the other characters of fnmatch are taken as they are.
    return fnmatchcase(branch, pattern.replace("[", "[[]").replace("?", "[?]"))


_BAD = (GateStatus.FAILED, GateStatus.ERROR)


def notification_of(event: AnyEvent, analysis: Analysis | None = None) -> Notification | None:
    """What an event of the log means to people; None for what nobody is told.

    `analysis` is that of an `IssuesTracked`, which does not say its branch.
    """
    match event.payload:
        case QualityGateChanged() as what:
            return _of_gate(what, event.time)
        case ThresholdViolated() as what:
            return Notification(
                NotificationEvent.THRESHOLD_VIOLATED,
                event.time,
                what.message,
                what.branch,
                str(what.analysis),
                {
                    "metric": what.condition.metric,
                    "value": f"{what.value:g}",
                    "threshold": f"{what.condition.threshold:g}",
                },
            )
        case AnalysisFinished(analysis=ended) if ended.state is AnalysisState.FAILED:
            failure = ended.failure
            return Notification(
                NotificationEvent.ANALYSIS_FAILED,
                event.time,
                f"The analysis failed: {failure.message if failure else 'nobody knows why'}",
                ended.branch,
                str(ended.name),
                {"reason": failure.reason.value if failure else ""},
            )
        case IssuesTracked() as what if analysis is not None and what.new_severity_counts.critical:
            return _of_issues(what, event, analysis)
        case NotificationChannelDisabled() as what:
            return Notification(
                NotificationEvent.CHANNEL_DISABLED,
                event.time,
                f'The channel "{what.display_name}" was disabled: {what.reason}',
                values={"channel": what.channel},
            )
        case _:
            return None


def _of_gate(what: QualityGateChanged, time: datetime) -> Notification | None:
    if what.after in _BAD and what.before not in _BAD:
        event = NotificationEvent.GATE_FAILED
    elif what.after is GateStatus.PASSED and what.before in _BAD:
        event = NotificationEvent.GATE_RECOVERED
    else:
        return None
    return Notification(
        event,
        time,
        what.message,
        what.branch,
        str(what.analysis),
        {
            "gate_status": what.after.name,
            "gate_status_before": what.before.name if what.before is not None else "",
        },
    )


def _of_issues(what: IssuesTracked, event: AnyEvent, analysis: Analysis) -> Notification:
    count = what.new_severity_counts.critical
    return Notification(
        NotificationEvent.NEW_CRITICAL_ISSUES,
        event.time,
        f"There {'is' if count == 1 else 'are'} {count:,} critical "
        f"issue{'' if count == 1 else 's'} in new code",
        analysis.branch,
        str(analysis.name),
        {"critical_issues": str(count)},
    )
