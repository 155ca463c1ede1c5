"""Turns what a call raises into a status."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
import structlog
from google.protobuf.message import Message

from flext_quality.application.correlation import correlation_id
from flext_quality.domain.errors import InternalError, QualityError
from flext_quality.rpc.errors import abort
from flext_quality.rpc.interceptors.around import AroundCall, Context

_log = structlog.get_logger("flext_quality.rpc")


class ErrorsInterceptor(AroundCall):
    """A `QualityError` becomes its status; anything else is a bug, whose details only the log gets."""

    @asynccontextmanager
    async def around(self, method: str, request: Message, context: Context) -> AsyncIterator[None]:
        """Translates exceptions."""
        try:
            yield
        except QualityError as error:
            await abort(context, error)
        except grpc.aio.AbortError:
            raise
        except Exception:  # noqa: BLE001  # the last line of defence: clients get no internals
            await _log.aexception("defect", method=method)
            await abort(context, InternalError(correlation_id()))
