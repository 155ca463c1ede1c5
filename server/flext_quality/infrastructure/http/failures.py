"""What the network does to a request, in words that hold nothing of a library's or of another server's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flext_quality.domain.system.errors import (
    ExternalAnswerInvalidError,
    ExternalServiceUnavailableError,
)


class UnansweredError(
    ExternalServiceUnavailableError, sentence="{dependency} {problem}; try again later"
):
    """There is no answer; asking again may help."""

    problem: str = "ended the connection without an answer"


class UnreachableError(UnansweredError):
    """There is not even a connection, whoever asks for whatever."""

    problem: str = "cannot be reached"


@contextmanager
def network_failures(dependency: str) -> Iterator[None]:
    """Gives the libraries' exceptions our names.

    Raises:
        UnreachableError: there was no connection.
        UnansweredError: there was no answer, or not all of it.
        ExternalAnswerInvalidError: the answer was not HTTP.
    """
    import httpcore
    import httpx

    from flext_quality.infrastructure.http.transport import NO_ADDRESS

    try:
        yield
    except (httpcore.ConnectError, httpx.ConnectError) as error:
        if str(error) == NO_ADDRESS:
            raise UnreachableError(dependency, NO_ADDRESS) from None
        raise UnreachableError(dependency) from None
    except (httpcore.ConnectTimeout, httpx.ConnectTimeout):
        raise UnreachableError(dependency) from None
    except (httpcore.TimeoutException, httpx.TimeoutException):
        raise UnansweredError(dependency, "does not answer") from None
    except (
        *(httpcore.RemoteProtocolError, httpx.RemoteProtocolError),
        *(httpcore.NetworkError, httpx.NetworkError),
    ):
        raise UnansweredError(dependency) from None
    except (httpcore.ProtocolError, httpx.HTTPError, httpx.InvalidURL, ValueError):
        raise ExternalAnswerInvalidError(dependency, "protocol", "what cannot be read") from None
