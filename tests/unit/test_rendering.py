from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from flext_quality.domain.errors import InvalidFieldError
from flext_quality.domain.identifiers import ChannelName, DeliveryName
from flext_quality.domain.notifications.channel import Channel, Template, WebhookTarget
from flext_quality.domain.notifications.delivery import Delivery
from flext_quality.domain.notifications.notification import Notification, NotificationEvent
from flext_quality.infrastructure.notifications.rendering import (
    MAX_TITLE,
    PLACEHOLDERS,
    TITLES,
    JinjaRenderer,
)
from tests.properties import given, st

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
RENDERER = JinjaRenderer()


def channel(template: Template | None = None) -> Channel:
    name = ChannelName("shop", "1" * 26)
    target = WebhookTarget("https://x.example")
    return Channel(name, "Ops", target, (), NOON, NOON, template or Template())


def delivery(*messages: str, branch: str = "") -> Delivery:
    name = DeliveryName("shop", "1" * 26, "2" * 26)
    told = [
        Notification(
            NotificationEvent.GATE_FAILED, NOON, message, branch, "a", {"gate_status": "FAILED"}
        )
        for message in messages
    ]
    return Delivery(name, tuple(told), NOON, NOON)


def test_the_default_words() -> None:
    """Say the project, the branch, what happened and where to look."""
    message = RENDERER.render(delivery("2 of 3 failed", branch="dev"), channel(), "Shop")
    assert message.title == "Shop (dev): The quality gate failed"
    assert message.body == "The quality gate failed on dev: 2 of 3 failed\na"
    digest = RENDERER.render(delivery("one", "two"), channel(), "Shop")
    assert digest.title == "Shop: 2 notifications"
    assert digest.body == "The quality gate failed: one\na\n\nThe quality gate failed: two\na"
    assert set(TITLES) == set(NotificationEvent)


def test_the_payload() -> None:
    """Has everything for programs, and is the same at each attempt."""
    message = RENDERER.render(delivery("é"), channel(), "Shop")
    assert json.loads(message.payload) == {
        "version": 1,
        "id": message.id,
        "project": "projects/shop",
        "project_display_name": "Shop",
        "create_time": "2025-03-01T12:00:00+00:00",
        "replay_of": "",
        "title": message.title,
        "text": message.body,
        "notifications": [
            {
                "event": "GATE_FAILED",
                "branch": "",
                "analysis": "a",
                "time": "2025-03-01T12:00:00+00:00",
                "message": "é",
                "values": {"gate_status": "FAILED"},
            }
        ],
    }
    assert RENDERER.render(delivery("é"), channel(), "Shop") == message


def test_own_words() -> None:
    """Every placeholder can be used; those that an event does not fill are empty."""
    everything = "|".join(f"{{{{ {name} }}}}" for name in sorted(PLACEHOLDERS))
    template = Template(
        "{{ event|lower }}", "{% if metric %}x{% else %}" + everything + "{% endif %}"
    )
    assert RENDERER.check(template).is_success
    message = RENDERER.render(delivery("m"), channel(template), "Shop")
    assert message.title == "gate_failed"
    assert message.body == (
        "a|||1||GATE_FAILED|The quality gate failed|FAILED||m||Shop|projects/shop|||"
        "2025-03-01T12:00:00+00:00|"
    )


@pytest.mark.parametrize(
    "text",
    [
        "{{ secret }}",
        "{{ message.__class__ }}",
        "{{ message['x'] }}",
        "{% for x in message %}{% endfor %}",
        "{{ 'a' * 1000000000 }}",
        "{{ 9 ** 999999999 }}",
        "{{ message() }}",
        "{{ message|replace('a', 'b') }}",
        "{% set x = 1 %}",
        "{% include '/etc/passwd' %}",
        "{% macro a() %}{% endmacro %}",
        "{{ ",
        "{{ message|truncate('x') }}",
        "(" * 3,
    ],
)
def test_what_is_no_template_here(text: str) -> None:
    """Nothing that repeats, calls, assigns, or reaches into values; the error names the field."""
    checked = RENDERER.check(Template(body=text))
    if text == "(((":
        assert checked.is_success
        return
    assert isinstance(checked.error, InvalidFieldError)
    assert checked.error.violations[0].field == "notification_channel.message_template.body"


@given(st.text(), st.text())
def test_titles_are_one_line(message: str, branch: str) -> None:
    """Without a character that could begin a header, and never longer than a subject may be."""
    rendered = RENDERER.render(
        delivery(message, branch=branch), channel(Template("{{ message }} {{ branch }}")), "Shop"
    )
    assert len(rendered.title) <= MAX_TITLE
    assert not any(ord(c) < 32 or ord(c) == 127 or c in "\u2028\u2029\x85" for c in rendered.title)


def test_a_template_in_a_message_stays_text() -> None:
    """What the analysed code says is not run; characters that hide or turn text are left out."""
    message = RENDERER.render(delivery("{{ 7 * 7 }}\u202e\x1b[31m\u200b"), channel(), "{{ 1 }}")
    assert message.title == "{{ 1 }}: The quality gate failed"
    assert "{{ 7 * 7 }}[31m" in message.body
