"""What writing reports needs of the world."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO, Protocol

from flext_quality.domain.errors import invalid_field
from flext_quality.domain.reports.report import Report, ReportFormat, ReportKind


class ReportRenderer(Protocol):
    """Writes reports in one format."""

    @property
    def format(self) -> ReportFormat | str:
        """The format; a plugin's has a name of its own, as `docs/plugins.md` says."""
        ...

    @property
    def kinds(self) -> frozenset[ReportKind]:
        """The kinds of reports that the format has."""
        ...

    @property
    def media_type(self) -> str:
        """What the bytes are, such as "text/html; charset=utf-8"."""
        ...

    @property
    def extension(self) -> str:
        """How a file of it ends, without the dot."""
        ...

    def render(self, report: Report) -> AsyncIterator[bytes]:
        """What `finish` makes the report of, in pieces of any size. The same report gives the same bytes.

        Reads a report's issues batch by batch and holds few of them at once.
        """
        ...

    async def finish(self, written: IO[bytes]) -> None:
        """Turns the file into which the report was rendered into what is sent; mostly it is that already.

        For what takes long: nothing of the report is read any more. Raises a `QualityError` where the
        format cannot be made.
        """
        ...


Spool = Callable[[], AbstractContextManager[IO[bytes]]]
"""Makes a file that is gone when it is closed; a small one stays in memory."""


@dataclass(frozen=True)
class ReportRenderers:
    """The formats that the server has."""

    by_format: dict[ReportFormat | str, ReportRenderer]

    @classmethod
    def of(cls, *renderers: ReportRenderer) -> ReportRenderers:
        """The given ones; of two for one format, the later one."""
        return cls({renderer.format: renderer for renderer in renderers})

    def in_order(self) -> list[ReportRenderer]:
        """All, the contract's formats first and the plugins' after them by name."""
        return [self.by_format[known] for known in sorted(self.by_format, key=_place)]

    def choose(
        self,
        kind: ReportKind,
        format: ReportFormat | str,  # noqa: A002  # its name
    ) -> ReportRenderer:
        """The renderer for reports of this kind in this format.

        Raises:
            InvalidFieldError: there is none.
        """
        renderer = self.by_format.get(format)
        if renderer is not None and kind in renderer.kinds:
            return renderer
        possible = ", ".join(
            known if isinstance(known, str) else known.name
            for known in (
                candidate.format for candidate in self.in_order() if kind in candidate.kinds
            )
        )
        raise invalid_field("format", f"{kind.name} reports have {possible}")


def _place(form: ReportFormat | str) -> tuple[bool, int, str]:
    return (True, 0, form) if isinstance(form, str) else (False, form.value, "")
