"""Column types that mean the same on every database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String
from sqlalchemy.types import TypeDecorator, TypeEngine

if TYPE_CHECKING:
    _DateTimeDecorator = TypeDecorator[datetime]
else:
    _DateTimeDecorator = TypeDecorator


class UtcDateTime(_DateTimeDecorator):
    """A moment, to the microsecond. Goes in with any zone, comes back in UTC, sorts by time.

    SQLite has no such type: SQLAlchemy stores a text of fixed width there and leaves the zone out.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuses a time without a zone, which would be a guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without its zone: {value.isoformat()}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Gives the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def text_by_code_point(length: int | None = None) -> TypeEngine[str]:
    """Text that is compared by its characters' numbers, as in Python, whatever the locale."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def big_key() -> TypeEngine[int]:
    """A number that the database counts up. SQLite does so for its INTEGER only, of 64 bits too."""
    return BigInteger().with_variant(Integer(), "sqlite")
