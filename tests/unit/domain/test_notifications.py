from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from flext_quality.domain.errors import EtagMismatchError, InvalidFieldError
from flext_quality.domain.event import Event
from flext_quality.domain.events.catalog import EventPayload
from flext_quality.domain.gates.events import QualityGateChanged, ThresholdViolated
from flext_quality.domain.gates.quality_gate import GateCondition, GateOperator, GateStatus
from flext_quality.domain.identifiers import AnalysisName, ChannelName, DeliveryName
from flext_quality.domain.notifications.channel import (
    MAX_FAILED_IN_A_ROW,
    Channel,
    QuietHours,
    WebhookTarget,
)
from flext_quality.domain.notifications.delivery import (
    PAUSES,
    RETRY_SPAN,
    Attempt,
    Delivery,
    DeliveryState,
    SendOutcome,
)
from flext_quality.domain.notifications.notification import (
    Notification,
    NotificationEvent,
    Rule,
    is_told,
    notification_of,
)
from flext_quality.domain.projects.events import NotificationChannelDisabled, ProjectDeleted
from tests.properties import given, st

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
ANALYSIS = AnalysisName("shop", "0" * 26)
CHANNEL = ChannelName("shop", "1" * 26)
NOT_TAKEN = SendOutcome(delivered=False, status="503")
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"])
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
TIMES = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))


def channel(**fields: object) -> Channel:
    rules = (Rule(frozenset(NotificationEvent)),)
    made = Channel(CHANNEL, "Ops", WebhookTarget("https://x.example"), rules, NOON, NOON)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def told(
    event: NotificationEvent = NotificationEvent.GATE_FAILED, **fields: object
) -> Notification:
    return Notification(event, NOON, "m", **fields)  # type: ignore[arg-type]  # by name


def delivery() -> Delivery:
    return Delivery.of(DeliveryName("shop", "1" * 26, "2" * 26), told(), NOON, NOON)


def happened(what: EventPayload) -> Notification | None:
    return notification_of(Event("projects/shop", 1, NOON, what))


PASSED, FAILED, ERROR = GateStatus.PASSED, GateStatus.FAILED, GateStatus.ERROR


@pytest.mark.parametrize(
    ("before", "after", "event"),
    [
        (None, FAILED, NotificationEvent.GATE_FAILED),
        (PASSED, ERROR, NotificationEvent.GATE_FAILED),
        (FAILED, ERROR, None),
        (ERROR, PASSED, NotificationEvent.GATE_RECOVERED),
        (None, PASSED, None),
    ],
)
def test_a_gate_is_told_when_it_turns(
    before: GateStatus | None, after: GateStatus, event: NotificationEvent | None
) -> None:
    """From good to bad and back; a first good one, and a bad one that stays bad, are no news."""
    found = happened(QualityGateChanged(ANALYSIS, "b", before, after, "m"))
    assert event == (found.event if found else None)
    if found:
        assert (found.branch, found.analysis, found.message) == ("b", str(ANALYSIS), "m")


def test_other_events() -> None:
    """A violated threshold says by which metric; a removed project is told to nobody."""
    condition = GateCondition("coverage", GateOperator.AT_LEAST, 80)
    found = happened(ThresholdViolated(ANALYSIS, "", condition, 79.5, "m"))
    assert found is not None
    assert found.values == {"metric": "coverage", "value": "79.5", "threshold": "80"}
    assert happened(ProjectDeleted()) is None


def test_rules_filter_by_branch() -> None:
    """By default the main line; "*" stands for any characters, and nothing else is special."""
    failed = frozenset({NotificationEvent.GATE_FAILED})
    assert is_told([Rule(failed)], told())
    assert not is_told([Rule(failed)], told(branch="dev"))
    assert is_told([Rule(failed, ("dev", "release/*"))], told(branch="release/1"))
    assert not is_told([Rule(failed, ("release/*",))], told())
    assert not is_told([Rule(failed, ("v[12]?",))], told(branch="v1x"))
    assert is_told([Rule(failed, ("v[12]?",))], told(branch="v[12]?"))
    assert not is_told([Rule(frozenset({NotificationEvent.ANALYSIS_FAILED}))], told())
    disabled = told(NotificationEvent.CHANNEL_DISABLED)
    assert is_told([Rule(frozenset({NotificationEvent.CHANNEL_DISABLED}), ("x",))], disabled)


def test_a_channel_tells_what_happens_from_now_on() -> None:
    """Not what was before it, not its own end, and nothing while it is disabled."""
    assert channel().tells(told())
    assert not channel(created_at=NOON + timedelta(seconds=1)).tells(told())
    assert not channel(disabled=True).tells(told())
    own = happened(NotificationChannelDisabled(str(CHANNEL), "Ops", "r"))
    assert own is not None
    assert not channel().tells(own)


@given(MOMENTS, TIMES, TIMES, ZONES, st.frozensets(st.integers(1, 7)))
def test_quiet_hours_end_where_they_end(
    now: datetime, start: time, end: time, zone: str, days: frozenset[int]
) -> None:
    """What is put off is put off to the first loud moment: never earlier than now, and loud itself."""
    if start == end and len(days) in {0, 7}:
        return
    hours = QuietHours(zone, start, end, days)
    loud = hours.next_loud(now)
    assert loud >= now
    assert hours.next_loud(loud) == loud
    if loud > now:
        here = loud.astimezone(ZoneInfo(zone))
        # An hour that the clocks leave out ends where they go on.
        gap = here.utcoffset() != (loud - timedelta(hours=3)).astimezone(ZoneInfo(zone)).utcoffset()
        assert gap or here.time() == end


def test_quiet_hours_over_midnight() -> None:
    """Belong to the day on which they start."""
    hours = QuietHours("Europe/Berlin", time(22), time(6), frozenset({6}))  # noon is a Saturday
    assert hours.next_loud(NOON) == NOON
    night = datetime(2025, 3, 2, 1, tzinfo=UTC)
    assert hours.next_loud(night) == datetime(2025, 3, 2, 5, tzinfo=UTC)
    assert hours.next_loud(night + timedelta(days=1)) == night + timedelta(days=1)
    quiet = channel(quiet_hours=hours, digest_interval=timedelta(hours=13))
    assert quiet.due_at(NOON) == datetime(2025, 3, 2, 5, tzinfo=UTC)


def test_a_message_is_tried_for_a_day() -> None:
    """With pauses that double up to 4 hours and are up to a tenth shorter; then it has FAILED."""
    assert sum(PAUSES, timedelta(0)) == RETRY_SPAN
    assert PAUSES[:3] == tuple(timedelta(seconds=s) for s in (10, 20, 40))
    assert max(PAUSES) == timedelta(hours=4)
    tried, now, tries = delivery(), NOON, 0
    while tried.state is DeliveryState.PENDING:
        tried.record(Attempt(now, timedelta(0), False, "503"), NOT_TAKEN, channel())
        if tried.state is DeliveryState.PENDING:
            assert PAUSES[tries] * 0.9 <= tried.due_at - now <= PAUSES[tries]
        now, tries = tried.due_at, tries + 1
    assert tries == len(PAUSES) + 1 == len(tried.attempts)
    assert RETRY_SPAN * 0.9 <= now - NOON <= RETRY_SPAN
    assert (tried.failure, tried.ended_at) == ("503", now)


def test_what_arrives_late_has_arrived() -> None:
    """Though it was given up meanwhile; another late failure changes nothing but is kept."""
    tried = delivery()
    tried.give_up("no", NOON)
    tried.record(Attempt(NOON, timedelta(0), False, "503"), NOT_TAKEN, channel())
    assert (tried.state, len(tried.attempts)) == (DeliveryState.FAILED, 1)
    tried.record(Attempt(NOON, timedelta(0), True, "200"), SendOutcome(True, "200"), channel())
    assert (tried.state, tried.failure) == (DeliveryState.SUCCEEDED, "")


def test_a_channel_that_fails_again_and_again_is_disabled() -> None:
    """At the fifth message in a row; one that arrives begins the count anew; one that is gone, at once."""
    failing = channel()
    assert not any(failing.failed("503", is_gone=False) for _ in range(MAX_FAILED_IN_A_ROW - 1))
    failing.arrived()
    assert not any(failing.failed("503", is_gone=False) for _ in range(MAX_FAILED_IN_A_ROW - 1))
    etag = failing.etag
    assert failing.failed("503", is_gone=False)
    assert failing.disabled_reason == "5 messages in a row could not be sent, the last one: 503"
    assert not failing.failed("503", is_gone=False)
    with pytest.raises(EtagMismatchError):
        failing.check_etag(etag)
    failing.enable()
    assert (failing.disabled, failing.failed_in_a_row, failing.disabled_reason) == (False, 0, "")
    assert channel().failed("410", is_gone=True)


def test_names() -> None:
    """Are read as they are written."""
    name = DeliveryName("shop", "1" * 26, "2" * 26)
    assert DeliveryName.parse(str(name)) == name
    assert ChannelName.parse(str(name.channel)) == CHANNEL
    for parse in (DeliveryName.parse, ChannelName.parse):
        with pytest.raises(InvalidFieldError, match="must be a name like"):
            parse("projects/shop")
