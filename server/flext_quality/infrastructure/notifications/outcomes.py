"""What a request that got no answer means for the message."""

from __future__ import annotations

from flext_quality.domain.errors import InvalidFieldError, QualityError
from flext_quality.domain.notifications.delivery import SendOutcome
from flext_quality.domain.system.errors import (
    ExternalAnswerInvalidError,
    ExternalHostNotAllowedError,
    ExternalServiceUnavailableError,
)


def outcome_of_failure(error: QualityError) -> SendOutcome:
    """Not delivered; tried again unless the target itself is wrong or not allowed.

    The status does not name the host, which is a secret of some targets.
    """
    match error:
        case ExternalHostNotAllowedError():
            return never(f"the host {error.why}")
        case ExternalServiceUnavailableError() | ExternalAnswerInvalidError():
            said = error.message.replace(error.dependency, "the host", 1)
            return SendOutcome(delivered=False, status=said.removesuffix("; try again later"))
        case InvalidFieldError():
            return never("the URL cannot be asked")
    return SendOutcome(delivered=False, status="the request failed")


def never(why: str) -> SendOutcome:
    """Not delivered, and no use in trying again."""
    return SendOutcome(delivered=False, status=why, retry=False)
