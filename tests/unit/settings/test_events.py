from __future__ import annotations

from typing import Any

import pytest

from flext_quality.settings import create_api_settings


def test_nothing_goes_out_unless_it_is_asked_for() -> None:
    """The default needs no broker."""
    events = create_api_settings().unwrap().events
    assert (events.publisher, events.consume_commands) == ("none", False)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"publisher": "redis"}, "url has to begin with redis://"),
        ({"publisher": "nats", "url": "redis://x"}, "url has to begin with nats://"),
        ({"consume_commands": True}, "consume_commands needs redis or nats"),
        ({"publisher": "kafka", "consume_commands": True}, "consume_commands needs redis or nats"),
        ({"publisher": "Kafka"}, "pattern"),
        ({"topic_prefix": "Q."}, "pattern"),
    ],
)
def test_what_cannot_work_is_refused_at_the_start(values: dict[str, Any], told: str) -> None:
    """With the reason, by the variable's name."""
    error = create_api_settings(events=values).error
    assert error is not None
    assert told in error.message
    assert "FLEXT_API_EVENTS" in error.message


def test_the_url_s_password_is_not_printed() -> None:
    """Wherever settings are shown."""
    values = {"publisher": "redis", "url": "redis://:canary@host/0"}
    assert "canary" not in repr(create_api_settings(events=values).unwrap())
