"""Starts MyPy. Runs as a script in a subprocess, never in the server.

The server gives MyPy a large stack, for expressions that are nested deeply. Without this, each of its
threads would take as much of the address space, which is limited; they only parse, with Rust's care.
"""

from __future__ import annotations

import runpy
import threading

_THREAD_STACK_BYTES = 8 << 20

if __name__ == "__main__":
    threading.stack_size(_THREAD_STACK_BYTES)
    runpy.run_module("mypy", run_name="__main__", alter_sys=True)
