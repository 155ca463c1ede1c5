"""Pages of lists, as messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from google.protobuf.message import Message

from flext_quality.application.pages import MAX_PAGE_BYTES, Page
from flext_quality.rpc.page_tokens import make_token

T = TypeVar("T")
MessageT = TypeVar("MessageT", bound=Message)

_FRAME_BYTES = 6
"""What a message takes in a list beside its own bytes: its field's number and its length."""


def encoded_page(
    request: Message, page: Page[T], encode: Callable[[T], MessageT]
) -> tuple[list[MessageT], str]:
    """The messages of a page's items, and the token for what follows them; empty at the end.

    As many as `MAX_PAGE_BYTES` hold, but at least one if there is one. `request` is that for the list.
    """
    messages: list[MessageT] = []
    size = 0
    for index, item in enumerate(page.items):
        message = encode(item)
        size += message.ByteSize() + _FRAME_BYTES
        if messages and size > MAX_PAGE_BYTES:
            return messages, make_token(request, page.cursor_after(index - 1))
        messages.append(message)
    return messages, make_token(request, page.next_cursor)
