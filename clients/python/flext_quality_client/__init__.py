"""Client of FLEXT Quality, code quality as a gRPC service.

`QualityClient` is for ordinary programs, `AsyncQualityClient` the same for asyncio. What they give
and take are the contract's own messages (`flext.quality.v1`); what they raise is a `QualityError`.
"""

from flext_quality_client._async.client import AsyncQualityClient
from flext_quality_client._async.reports import AsyncReport
from flext_quality_client._async.run import AsyncAnalysisRun
from flext_quality_client._sync.client import QualityClient
from flext_quality_client._sync.reports import Report
from flext_quality_client._sync.run import AnalysisRun
from flext_quality_client.attachments import MAX_ATTACHMENT_BYTES, read_attachment
from flext_quality_client.errors import (
    AbortedError,
    AlreadyExistsError,
    CallCancelledError,
    DeadlineExceededError,
    ExportBrokenError,
    FailedPreconditionError,
    FieldViolation,
    InternalError,
    InvalidArgumentError,
    NotFoundError,
    OutOfRangeError,
    PermissionDeniedError,
    ProtocolError,
    QualityError,
    ResourceExhaustedError,
    UnauthenticatedError,
    UnavailableError,
)
from flext_quality_client.events import event_filter
from flext_quality_client.findings import finding_filter
from flext_quality_client.issues import issue_filter, triage_decision
from flext_quality_client.notifications import (
    VerifiedWebhook,
    WebhookVerificationError,
    verify_webhook,
)
from flext_quality_client.options import ClientOptions, WatchOptions

__all__ = [
    "MAX_ATTACHMENT_BYTES",
    "AbortedError",
    "AlreadyExistsError",
    "AnalysisRun",
    "AsyncAnalysisRun",
    "AsyncQualityClient",
    "AsyncReport",
    "CallCancelledError",
    "ClientOptions",
    "DeadlineExceededError",
    "ExportBrokenError",
    "FailedPreconditionError",
    "FieldViolation",
    "InternalError",
    "InvalidArgumentError",
    "NotFoundError",
    "OutOfRangeError",
    "PermissionDeniedError",
    "ProtocolError",
    "QualityClient",
    "QualityError",
    "Report",
    "ResourceExhaustedError",
    "UnauthenticatedError",
    "UnavailableError",
    "VerifiedWebhook",
    "WatchOptions",
    "WebhookVerificationError",
    "event_filter",
    "finding_filter",
    "issue_filter",
    "read_attachment",
    "triage_decision",
    "verify_webhook",
]
