"""What every `SnapshotRepository` promises."""

from __future__ import annotations

from flext_quality.application.ports.storage import UnitOfWorkFactory
from flext_quality.domain.identifiers import ProjectName
from flext_quality.domain.sources.measures import FileRecord
from tests.contract.samples import SHOP, project, store

OTHER = ProjectName("other")
A = FileRecord("a.py", "aa" * 32, {"functions": 2.0, "lines": 9.0}, (1, 2), (3,), (4, 5))
B = FileRecord("b \u00e9.py", "bb" * 32, {})
LINES = {A.sha256: [1, 2**64 - 1, 0, 1], B.sha256: []}


async def test_records_come_back_by_their_digest(uow: UnitOfWorkFactory) -> None:
    """As they were, in the order of the paths; of another project, or another digest, there are none."""
    await store(uow, project(), project("other"))
    async with uow() as work:
        digest = await work.snapshots.put(SHOP, [B, A])
        await work.commit()
    async with uow(read_only=True) as work:
        assert [A, B] == await work.snapshots.get(SHOP, digest)
        assert await work.snapshots.get(OTHER, digest) is None
        assert await work.snapshots.get(SHOP, "0" * 64) is None


async def test_alike_records_have_one_digest(uow: UnitOfWorkFactory) -> None:
    """In whatever order they, or their values, come; others have another one."""
    turned = FileRecord("a.py", A.sha256, {"lines": 9, "functions": 2}, (1, 2), (3,), (4, 5))
    await store(uow, project())
    async with uow() as work:
        digest = await work.snapshots.put(SHOP, [A, B])
        assert digest == await work.snapshots.put(SHOP, [B, turned])
        assert digest != await work.snapshots.put(SHOP, [A])
        assert [] == await work.snapshots.get(SHOP, await work.snapshots.put(SHOP, []))


async def test_the_lines_of_contents_are_kept_once(uow: UnitOfWorkFactory) -> None:
    """Exactly; what is there already stays as it is."""
    await store(uow, project(), project("other"))
    asked = {A.sha256, B.sha256, "cc" * 32}
    async with uow() as work:
        assert asked == await work.snapshots.missing_lines(SHOP, asked)
        await work.snapshots.put_lines(SHOP, LINES)
        await work.snapshots.put_lines(SHOP, {A.sha256: [7], "dd" * 32: [8]})
        await work.snapshots.put_lines(SHOP, {})
        await work.commit()
    async with uow(read_only=True) as work:
        found = await work.snapshots.get_lines(SHOP, asked)
        assert LINES == {content: list(lines) for content, lines in found.items()}
        assert {"cc" * 32} == await work.snapshots.missing_lines(SHOP, asked)
        assert {} == await work.snapshots.get_lines(OTHER, asked)


async def test_they_go_with_their_project(uow: UnitOfWorkFactory) -> None:
    """Nothing of them is left."""
    await store(uow, project())
    async with uow() as work:
        digest = await work.snapshots.put(SHOP, [A])
        await work.snapshots.put_lines(SHOP, LINES)
        await work.projects.delete((await work.projects.get(SHOP)).unwrap())
        await work.commit()
    async with uow(read_only=True) as work:
        assert await work.snapshots.get(SHOP, digest) is None
        assert {} == await work.snapshots.get_lines(SHOP, LINES)
