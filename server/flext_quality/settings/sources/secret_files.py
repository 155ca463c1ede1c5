"""Files that hold one option each, as Docker and Kubernetes mount secrets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flext_quality.settings.options import ENVIRONMENT_PREFIX, path_of
from flext_quality.settings.record import Origin, Problem, UnreadableError
from flext_quality.settings.sources.so_far import option_so_far
from flext_quality.settings.sources.texts import Given, TextSource, is_ours, read_text


class SecretFilesSource(TextSource):
    """The files of a directory that are named after options.

    Others are none of ours: all that runs in a container shares the directory. In a Kubernetes mount each
    file is a symbolic link into `..data`, which is followed. A line end at a file's end is not part of the
    value.
    """

    def given(self) -> Iterator[Given]:
        """What the files hold."""
        directory: Path = option_so_far("secrets_dir", self.current_state)
        try:
            entries = sorted(directory.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            origin = Origin("secret file", str(directory))
            why = f"cannot be read: {error.strerror}"
            self.record.problems.append(Problem(("secrets_dir",), why, origin))
            return
        for file in entries:
            if is_ours(path_of(file.name)) or file.name.upper().startswith(ENVIRONMENT_PREFIX):
                origin = Origin("secret file", f"the secret file {file}")
                yield Given(file.name, _text_in(file), origin)


def _text_in(file: Path) -> str | UnreadableError:
    try:
        return read_text(file).rstrip("\r\n")
    except UnreadableError as error:
        return error
