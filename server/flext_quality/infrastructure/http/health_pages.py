"""Health for those who speak HTTP: load balancers, Kubernetes, people with curl."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus

from flext_quality.application.system.health import HealthChecks
from flext_quality.infrastructure.http.server import Page, Request, Response

IsServing = Callable[[], bool]
"""Whether the gRPC health service says SERVING for the server as a whole."""

LIVE, READY = "/health/live", "/health/ready"


def health_pages(checks: HealthChecks, is_serving: IsServing) -> dict[str, Page]:
    """`/health/live`: this process answers. `/health/ready`: it serves, and what is vital for it is there."""

    async def live(_: Request) -> Response:
        return _answer(HTTPStatus.OK, {"status": "LIVE"})

    async def ready(_: Request) -> Response:
        serving = is_serving()
        checked = await checks()
        is_ready = serving and all(each.is_well for each in checked if each.is_vital)
        status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        answer: dict[str, object] = {
            "status": "READY" if is_ready else "NOT_READY",
            "serving": serving,
            "checks": {
                each.name: {
                    "well": each.is_well,
                    "vital": each.is_vital,
                    "detail": each.detail,
                }
                for each in checked
            },
        }
        return _answer(status, answer)

    return {LIVE: live, READY: ready}


def _answer(status: HTTPStatus, what: dict[str, object]) -> Response:
    return Response(json.dumps(what).encode() + b"\n", "application/json", status)
