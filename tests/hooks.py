"""An HTTP server in a thread that takes webhooks, for tests of whole servers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.waiting import PATIENCE_SECONDS


class HookServer:
    """Keeps what it gets. `statuses` are what it says first, then 200; 0 is to say nothing."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self._arrived = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def wait_for(self, count: int) -> list[tuple[dict[str, str], bytes]]:
        """The requests once there are so many."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.requests) >= count, PATIENCE_SECONDS)
            return list(self.requests)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hooks = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the library's name
                """Keeps it and answers."""
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = hooks.statuses.pop(0) if hooks.statuses else 200
                if status:
                    self.send_response(status)
                    self.end_headers()
                with hooks._arrived:  # its own
                    hooks.requests.append((dict(self.headers), body))
                    hooks._arrived.notify_all()  # its own
                if not status:
                    self.rfile.read(1)  # until the client goes away

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
                """Says nothing."""

        return Handler

    @contextmanager
    def running(self) -> Iterator[HookServer]:
        """It runs within the block."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()
