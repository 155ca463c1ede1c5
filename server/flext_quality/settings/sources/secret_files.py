"""Files that hold one option each, as Docker and Kubernetes mount secrets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flext_quality.settings.options import ENVIRONMENT_PREFIX, path_of
from flext_quality.settings.record import Origin, Problem
from flext_quality.settings.sources.files import read_text
from flext_quality.settings.sources.so_far import option_so_far
from flext_quality.settings.sources.texts import Given, TextSource, is_ours


class SecretFilesSource(TextSource):
    """The files of a directory that are named after options.

    Others are none of ours: all that runs in a container shares the directory. In a Kubernetes mount each
    file is a symbolic link into `..data`, which is followed. A line end at a file's end is not part of the
    value.
    """

    def given(self) -> Iterator[Given]:
        """What the files hold; one that cannot be read is a problem."""
        directory: Path = option_so_far("secrets_dir", self.current_state)
        try:
            entries = sorted(directory.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            origin = Origin("secret file", str(directory))
            why = f"cannot be read: {error.strerror}"
            self._record.problems.append(Problem(("secrets_dir",), why, origin))
            return
        for file in entries:
            path, origin = path_of(file.name), Origin("secret file", f"the secret file {file}")
            if not (is_ours(path) or file.name.upper().startswith(ENVIRONMENT_PREFIX)):
                continue
            try:
                yield Given(file.name, read_text(file).rstrip("\r\n"), origin)
            except ValueError as error:
                self._record.problems.append(Problem(path, str(error), origin))
