"""The answer of an operation that may fail for a reason that callers are meant to handle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from flext_quality.domain.errors import OperationFailedError, QualityError

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class FlextResult(Generic[T]):
    """Either data or a `QualityError`. Made by `ok` and `fail`, never by the constructor."""

    _data: T | None
    _error: QualityError | None

    @classmethod
    def ok(cls, data: T) -> FlextResult[T]:
        """A success that carries `data`, which may be None."""
        return cls(data, None)

    @classmethod
    def fail(cls, error: QualityError | str) -> FlextResult[T]:
        """A failure that carries `error`; of a text, an `OperationFailedError` that says it."""
        return cls(None, OperationFailedError(error) if isinstance(error, str) else error)

    @property
    def is_success(self) -> bool:
        """Whether there is data."""
        return self._error is None

    @property
    def success(self) -> bool:
        """The same as `is_success`."""
        return self._error is None

    @property
    def data(self) -> T | None:
        """The data; None for a failure."""
        return self._data

    @property
    def error(self) -> QualityError | None:
        """The error; None for a success."""
        return self._error

    def map(self, function: Callable[[T], U]) -> FlextResult[U]:
        """The result with `function` applied to its data; a failure stays as it is."""
        if self._error is not None:
            return FlextResult.fail(self._error)
        return FlextResult.ok(function(self.unwrap()))

    def and_then(self, function: Callable[[T], FlextResult[U]]) -> FlextResult[U]:
        """What `function` makes of the data; a failure stays as it is."""
        if self._error is not None:
            return FlextResult.fail(self._error)
        return function(self.unwrap())

    def unwrap(self) -> T:
        """The data.

        Raises:
            QualityError: the error, if this is a failure.
        """
        if self._error is not None:
            raise self._error
        return self._data  # type: ignore[return-value]  # `ok` put a T there, which may be None
