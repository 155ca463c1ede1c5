"""A load generator: `python -m benchmarks.load ADDRESS METHOD REQUEST-FILE`.

It prints the calls per second, and how many seconds it took in all. It sends the file's bytes and takes
bytes, so that it does as little as possible itself and the server is what is measured.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import grpc

CONCURRENCY = 32
_WARM_UP_SECONDS = 0.5
_SECONDS = 2.5


async def _load(address: str, method: str, request: bytes) -> float:
    async with grpc.aio.insecure_channel(address) as channel:
        call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
        start = time.perf_counter() + _WARM_UP_SECONDS
        end = start + _SECONDS

        async def caller() -> int:
            counted = 0
            while (now := time.perf_counter()) < end:
                await call(request)
                counted += now >= start
            return counted

        counts = await asyncio.gather(*(caller() for _ in range(CONCURRENCY)))
        return sum(counts) / (time.perf_counter() - start)


if __name__ == "__main__":
    began = time.perf_counter()
    rate = asyncio.run(_load(sys.argv[1], sys.argv[2], Path(sys.argv[3]).read_bytes()))
    print(rate, time.perf_counter() - began)
