"""What every `Cache` promises."""

from __future__ import annotations

import asyncio

import pytest

from tests.contract.storages import ClosableCache
from tests.waiting import until

LONG = 60.0


async def missed(kept: ClosableCache, times: int) -> None:
    """Waits until so many have found nothing: from then on they wait for a computation."""
    await until(lambda: kept.counts.misses >= times)


async def test_a_value_is_kept(kept: ClosableCache) -> None:
    """As it was given, byte for byte; the last one counts."""
    assert await kept.get("a") is None
    await kept.set("a", b"", LONG)
    assert await kept.get("a") == b""
    await kept.set("a", b"\x00\xff", LONG)
    await kept.set("b", b"other", LONG)
    assert await kept.get("a") == b"\x00\xff"
    assert (2, 1) == (kept.counts.hits, kept.counts.misses)


async def test_a_value_ends_with_its_time(kept: ClosableCache) -> None:
    """Nothing is older than its TTL says; none lives for no time."""
    await kept.set("a", b"1", 0.05)
    await kept.set("b", b"1", LONG)
    await kept.set("b", b"2", 0)
    assert await kept.get("b") is None

    async def has_ended() -> bool:
        return await kept.get("a") is None

    await until(has_ended)


async def test_a_value_can_be_forgotten(kept: ClosableCache) -> None:
    """Others stay; forgetting what is not there is nothing."""
    await kept.set("a", b"1", LONG)
    await kept.set("b", b"2", LONG)
    await kept.delete("a")
    await kept.delete("never")
    assert [None, b"2"] == [await kept.get("a"), await kept.get("b")]


async def test_many_who_want_the_same_get_one_computation(kept: ClosableCache) -> None:
    """However many ask at once; those who come later get what was kept."""
    computed = 0

    async def compute() -> bytes:
        nonlocal computed
        computed += 1
        await missed(kept, 50)
        return b"dear"

    asked = [kept.get_or_compute("a", LONG, compute) for _ in range(50)]
    assert [b"dear"] * 50 == await asyncio.gather(*asked)
    assert await kept.get_or_compute("a", LONG, compute) == b"dear"
    assert computed == 1


async def test_different_keys_do_not_wait_for_each_other(kept: ClosableCache) -> None:
    """One slow computation holds nobody else up."""
    other_done = asyncio.Event()

    async def slow() -> bytes:
        await other_done.wait()
        return b"slow"

    async def quick() -> bytes:
        return b"quick"

    waiting = asyncio.create_task(kept.get_or_compute("slow", LONG, slow))
    assert await kept.get_or_compute("quick", LONG, quick) == b"quick"
    other_done.set()
    assert await waiting == b"slow"


async def test_a_failed_computation_is_told_and_not_kept(kept: ClosableCache) -> None:
    """All who waited get the error; the next one who asks computes again."""

    async def fail() -> bytes:
        await missed(kept, 3)
        raise ValueError("no")

    async def succeed() -> bytes:
        return b"yes"

    asked = [kept.get_or_compute("a", LONG, fail) for _ in range(3)]
    errors = await asyncio.gather(*asked, return_exceptions=True)
    assert [ValueError] * 3 == [type(error) for error in errors]
    assert await kept.get_or_compute("a", LONG, succeed) == b"yes"


async def test_who_gives_up_takes_nothing_from_the_others(kept: ClosableCache) -> None:
    """The first one's deadline may be the shortest."""
    may_end = asyncio.Event()

    async def compute() -> bytes:
        await may_end.wait()
        return b"done"

    first = asyncio.create_task(kept.get_or_compute("a", LONG, compute))
    await missed(kept, 1)
    second = asyncio.create_task(kept.get_or_compute("a", LONG, compute))
    await missed(kept, 2)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    may_end.set()
    assert await second == b"done"
    assert await kept.get("a") == b"done"


async def test_who_gives_up_at_any_moment_does(kept: ClosableCache) -> None:
    """Also while the connection is made: nobody goes on who was told to end."""
    for steps in range(40):
        await kept.delete("a")
        asking = asyncio.create_task(kept.get("a"))
        for _ in range(steps):
            await asyncio.sleep(0)
        was_over = asking.done()
        asking.cancel()
        (answer,) = await asyncio.gather(asking, return_exceptions=True)
        assert isinstance(answer, asyncio.CancelledError) is not was_over
