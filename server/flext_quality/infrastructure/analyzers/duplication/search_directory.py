"""The directory that jscpd searches: the files that are to be compared, and no other.

jscpd takes a directory (many single files make it slow) and heeds ignore files in it and above it,
on the server's own disk. This one holds links to the files, numbered in their order, so that no
directories have to be made, and one ignore file that lets everything pass and has precedence.
"""

from __future__ import annotations

import os
import shutil
import threading
import tokenize
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from flext_quality.domain.analyses.events import SkipReason

_IGNORE_NOTHING = "!*\n"
NOT_DECODED = "it cannot be decoded"


@dataclass
class SearchDirectory:
    """The directory, while it is filled.

    Attributes:
        root: of the working copy.
        place: where the directory is made.
        paths: the files that are in it, in their order; the number of each is its name there.
        skipped: the files that cannot be, by reason and detail.
    """

    root: Path
    place: Path
    paths: list[str] = field(default_factory=list)
    skipped: defaultdict[tuple[SkipReason, str], list[str]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def fill(self, paths: Iterable[str], stop: threading.Event) -> None:
        """Takes files of the working copy in, until `stop` is set. Blocks.

        jscpd reads UTF-8; a file in another encoding that it declares is taken in as UTF-8.
        """
        self.place.mkdir(parents=True)
        (self.place / ".ignore").write_text(_IGNORE_NOTHING, "ascii")
        for path in paths:
            if stop.is_set():
                return
            self._take(path)

    def _take(self, path: str) -> None:
        with open(f"{self.root}/{path}", "rb", buffering=0) as file:  # noqa: PTH123  # a third of the time
            content = file.read()
        if _is_utf8(content):
            self._put(path, lambda target: _link(f"{self.root}/{path}", target))
            return
        try:
            encoding, _ = tokenize.detect_encoding(BytesIO(content).readline)
            text = content.decode(encoding)
        except (SyntaxError, UnicodeError, LookupError):
            self.skipped[SkipReason.ENCODING, NOT_DECODED].append(path)
            return
        self._put(path, lambda target: Path(target).write_bytes(text.encode()))

    def _put(self, path: str, write: Callable[[str], object]) -> None:
        write(f"{self.place}/{len(self.paths):09}{path[path.rindex('.') :]}")
        self.paths.append(path)

    def path_of(self, name: str) -> str:
        """The path of the file that jscpd knows by this name.

        Raises:
            ValueError: it is none.
            IndexError: it is none.
        """
        return self.paths[int(name.rpartition("/")[2].partition(".")[0])]


def _is_utf8(content: bytes) -> bool:
    if content.isascii():
        return True
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)
