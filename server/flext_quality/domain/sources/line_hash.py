"""The hash of a line of code by which issues are known again."""

from __future__ import annotations

from hashlib import blake2b


def line_hash(line: str) -> int:
    """64 bits over the line without white space; 0 for a line that has nothing else.

    Reformatting that only moves white space keeps it. It fits the contract's fixed64.
    """
    text = "".join(line.split())
    if not text:
        return 0
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") or 1
