"""Takes secrets out of what is logged, whoever put them there."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection
from typing import Any

import structlog

HIDDEN = "********"

_SHORTEST = 4
"""Characters. A shorter secret would take innocent words out, too."""
_SECRET_KEYS = ("password", "passwd", "secret", "token", "authorization", "api_key", "credential")
_INNOCENT_KEYS = ("page_token", "tokens")


class Redactor:
    """Replaces known secrets in texts, in whatever way they are quoted."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        forms = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)}
        # Longer ones first: one secret may be part of another.
        self._forms = sorted(forms, key=len, reverse=True)

    def clean(self, text: str) -> str:
        """The text without secrets."""
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return text

    def rendered(self, renderer: structlog.typing.Processor) -> structlog.typing.Processor:
        """The renderer, whose lines hold no secrets."""

        def render(logger: Any, method: str, event: structlog.typing.EventDict) -> str:
            return self.clean(str(renderer(logger, method, event)))

        return render


def hide_secret_keys(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """A structlog processor: what is logged under a secret's name is hidden, known or not."""
    return {key: HIDDEN if _is_secret(key) else value for key, value in event.items()}


class RedactingFormatter(logging.Formatter):
    """The same for the standard library's logging."""

    def __init__(self, redactor: Redactor, form: str) -> None:
        super().__init__(form)
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """The line without secrets."""
        return self._redactor.clean(super().format(record))


def _is_secret(key: str) -> bool:
    name = key.lower().replace("-", "_")
    if any(innocent in name for innocent in _INNOCENT_KEYS):
        return False
    return any(part in name for part in _SECRET_KEYS)


def _forms(secret: str) -> set[str]:
    """The secret as it is, and as it is quoted by Python and JSON, one of them within the other."""
    forms = {secret}
    for _ in range(2):
        for form in list(forms):
            forms |= {repr(form)[1:-1], json.dumps(form)[1:-1]}
            forms.add(json.dumps(form, ensure_ascii=False)[1:-1])
    return forms
