"""Puts deliveries into words, and into JSON for webhooks."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from flext_quality.application.ports.sending import Message
from flext_quality.domain.errors import invalid_field
from flext_quality.domain.notifications.channel import Channel, Template
from flext_quality.domain.notifications.delivery import Delivery
from flext_quality.domain.notifications.notification import Notification, NotificationEvent
from flext_quality.domain.result import FlextResult

DEFAULT_TITLE = (
    "{{ project }}{% if branch %} ({{ branch }}){% endif %}: "
    "{% if count > 1 %}{{ count }} notifications{% else %}{{ event_title }}{% endif %}"
)
DEFAULT_BODY = (
    "{{ event_title }}{% if branch %} on {{ branch }}{% endif %}: {{ message }}"
    "{% if analysis %}\n{{ analysis }}{% endif %}"
)

TITLES: Mapping[NotificationEvent, str] = {
    NotificationEvent.GATE_FAILED: "The quality gate failed",
    NotificationEvent.GATE_RECOVERED: "The quality gate passes again",
    NotificationEvent.NEW_CRITICAL_ISSUES: "New critical issues",
    NotificationEvent.THRESHOLD_VIOLATED: "A threshold is violated",
    NotificationEvent.ANALYSIS_FAILED: "An analysis failed",
    NotificationEvent.CHANNEL_DISABLED: "A notification channel was disabled",
    NotificationEvent.TEST: "Test",
}

VALUES = (
    "gate_status",
    "gate_status_before",
    "metric",
    "value",
    "threshold",
    "critical_issues",
    "reason",
    "channel",
)
"""Placeholders that only some events fill; for the others they are empty."""

PLACEHOLDERS = frozenset(
    {"project", "project_name", "event", "event_title", "branch", "analysis", "time", "message"}
    | {"count", *VALUES}
)

MAX_TITLE = 250
"""A longer title ends with "…": subjects of mails are one line."""

_FILTERS = frozenset(
    {"capitalize", "default", "length", "lower", "title", "trim", "truncate", "upper"}
)
_NODES = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Filter,
)
"""All that templates may be made of: nothing that repeats, calls, assigns or reaches into values, so that
rendering takes no longer than the template is long."""


class JinjaRenderer:
    """The port `MessageRenderer`."""

    def __init__(self) -> None:
        self._environment = ImmutableSandboxedEnvironment(
            undefined=StrictUndefined, autoescape=False
        )
        self._environment.globals.clear()

    def check(self, template: Template) -> FlextResult[None]:
        """Whether both texts are templates of what there is."""
        for field, text in (("title", template.title), ("body", template.body)):
            if why := self._objection(text):
                return FlextResult.fail(
                    invalid_field(f"notification_channel.message_template.{field}", why)
                )
        return FlextResult.ok(None)

    def render(self, delivery: Delivery, channel: Channel, project: str) -> Message:
        """The message in plain text and in JSON."""
        template, told = channel.template, delivery.notifications
        name = str(channel.name.project)
        values = [_values(one, project, name, len(told)) for one in told]
        title = self._run(template.title or DEFAULT_TITLE, values[0])
        bodies = [self._run(template.body or DEFAULT_BODY, one) for one in values]
        title, body = _one_line(title), _visible("\n\n".join(bodies))
        payload = _payload(delivery, name, project, title, body)
        return Message(str(delivery.name), title, body, payload)

    def _objection(self, text: str) -> str:
        try:
            parsed = self._environment.parse(text)
            for node in parsed.find_all(nodes.Node):
                if not isinstance(node, _NODES):
                    return f"line {node.lineno}: {type(node).__name__} is not allowed"
                if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
                    return f"line {node.lineno}: there is no filter {node.name!r}"
                if isinstance(node, nodes.Name) and node.name not in PLACEHOLDERS:
                    return f"line {node.lineno}: there is no placeholder {node.name!r}"
            self._run(text, dict.fromkeys(PLACEHOLDERS, "") | {"count": 1})
        except (TemplateError, TypeError, ValueError, RecursionError) as error:
            return f"cannot be used: {error}"
        return ""

    def _run(self, text: str, values: Mapping[str, Any]) -> str:
        return self._environment.from_string(text).render(values)


def _values(told: Notification, project: str, name: str, count: int) -> dict[str, Any]:
    return {
        **dict.fromkeys(VALUES, ""),
        **told.values,
        "project": project,
        "project_name": name,
        "event": told.event.name,
        "event_title": TITLES[told.event],
        "branch": told.branch,
        "analysis": told.analysis,
        "time": told.time.isoformat(timespec="seconds"),
        "message": told.message,
        "count": count,
    }


def _payload(delivery: Delivery, name: str, project: str, title: str, body: str) -> bytes:
    """The webhook's body. Escapes all but ASCII, so that no character is lost on the way."""
    content = {
        "version": 1,
        "id": str(delivery.name),
        "project": name,
        "project_display_name": project,
        "create_time": delivery.created_at.isoformat(),
        "replay_of": delivery.replay_of,
        "title": title,
        "text": body,
        "notifications": [
            {
                "event": told.event.name,
                "branch": told.branch,
                "analysis": told.analysis,
                "time": told.time.isoformat(),
                "message": told.message,
                "values": dict(told.values),
            }
            for told in delivery.notifications
        ],
    }
    return json.dumps(content, separators=(",", ":")).encode()


def _visible(text: str) -> str:
    """Without characters that steer terminals, or turn or hide text; line ends and tabs stay."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _HIDDEN)


_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def _one_line(text: str) -> str:
    line = " ".join(_visible(text).split())
    return line if len(line) <= MAX_TITLE else f"{line[: MAX_TITLE - 1]}…"
