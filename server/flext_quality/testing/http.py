"""Other servers, in memory."""

# ruff: noqa: D102  # the ports say what their methods promise

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flext_quality.application.ports.http_client import HttpAnswer, HttpRequest
from flext_quality.domain.result import FlextResult
from flext_quality.domain.system.errors import ExternalHostNotAllowedError


@dataclass
class FakeHttpClient:
    """Answers what it was told to, by URL, and remembers what it was asked; other URLs are not allowed."""

    answers: dict[str, FlextResult[HttpAnswer]] = field(default_factory=dict)
    asked: list[HttpRequest] = field(default_factory=list)

    async def send(self, request: HttpRequest) -> FlextResult[HttpAnswer]:
        self.asked.append(request)
        if (answer := self.answers.get(request.url)) is not None:
            return answer
        return FlextResult.fail(ExternalHostNotAllowedError(urlsplit(request.url).hostname or ""))
