"""What every `AttachmentRepository` promises."""

from __future__ import annotations

import pytest

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.analyses.analysis import Analysis
from flext_quality.domain.analyses.attachment import Attachment, AttachmentKind
from flext_quality.domain.analyses.events import AnalyzerStarted
from flext_quality.domain.errors import SourceTooLargeError
from tests.contract.samples import NOON, analysis, analysis_name, project, store

ONE, TWO = analysis_name(1), analysis_name(2)
SENT = [
    Attachment(AttachmentKind.SARIF, "z “log”.sarif", b"\x00\xff{}"),
    Attachment(AttachmentKind.COVERAGE, ".coverage", b""),
    Attachment(AttachmentKind.SARIF, "a.sarif", b"x" * 300_000),
]


async def stored(uow: UnitOfWorkFactory) -> None:
    """Two analyses, each with attachments."""
    await store(uow, project(), analysis(1), analysis(2))
    async with uow() as work:
        await work.attachments.add(ONE, SENT)
        await work.attachments.add(TWO, SENT[:1])
        await work.commit()


async def kept(uow: UnitOfWorkFactory) -> list[int]:
    """How many attachments each of the two has."""
    async with uow(read_only=True) as work:
        return [len(await work.attachments.of(name)) for name in (ONE, TWO)]


async def test_attachments_are_kept_as_they_were_sent(uow: UnitOfWorkFactory) -> None:
    """In their order, byte for byte; another analysis has its own."""
    await stored(uow)
    async with uow(read_only=True) as work:
        assert tuple(SENT) == await work.attachments.of(ONE)
        assert (SENT[0],) == await work.attachments.of(TWO)
        assert () == await work.attachments.of(analysis_name(3))


async def test_attachments_are_stored_with_their_analysis_or_not_at_all(
    uow: UnitOfWorkFactory,
) -> None:
    """Without a commit there is neither."""
    await store(uow, project())
    async with uow() as work:
        await work.analyses.add(analysis(1))
        await work.attachments.add(ONE, SENT)
    assert [0, 0] == await kept(uow)


def cancelled(that: Analysis) -> None:
    """Ends it while it waits."""
    that.request_cancel(NOON)


def failed(that: Analysis) -> None:
    """Ends it in the middle."""
    that.start(NOON)
    that.fail(SourceTooLargeError("max_files", 5), NOON)


def succeeded(that: Analysis) -> None:
    """Ends it well."""
    that.start(NOON)
    for analyzer in that.outcomes:
        that.analyzer_started(AnalyzerStarted(analyzer, "1", 1, ""), NOON)
        that.analyzer_succeeded(analyzer, NOON)
    that.finish(NOON)


@pytest.mark.parametrize("end", [cancelled, failed, succeeded])
async def test_attachments_go_when_their_analysis_ends(uow: UnitOfWorkFactory, end: object) -> None:
    """However it ends, in the same transaction; another analysis keeps its own."""
    await stored(uow)
    async with uow() as work:
        that = (await work.analyses.get(ONE, for_update=True)).unwrap()
        end(that)  # type: ignore[operator]
        await work.analyses.save(that)
    assert [3, 1] == await kept(uow)
    async with uow() as work:
        that = (await work.analyses.get(ONE, for_update=True)).unwrap()
        end(that)  # type: ignore[operator]
        await work.analyses.save(that)
        await work.commit()
    assert [0, 1] == await kept(uow)


async def test_attachments_stay_for_the_next_attempt(uow: UnitOfWorkFactory) -> None:
    """An attempt that breaks off needs them again."""
    await stored(uow)
    for act in (Analysis.start, Analysis.recover, Analysis.start):
        async with uow() as work:
            that = (await work.analyses.get(ONE, for_update=True)).unwrap()
            act(that, NOON)
            await work.analyses.save(that)
            await work.commit()
        assert [3, 1] == await kept(uow)


async def test_attachments_go_with_their_project(uow: UnitOfWorkFactory) -> None:
    """Nothing of it is left behind."""
    await stored(uow)
    async with uow() as work:
        that = project()
        that.take_events()
        await work.projects.delete(that)
        await work.commit()
    assert [0, 0] == await kept(uow)
