"""What two fingerprints must have in common to be taken for one issue, as keys for looking them up.

Each holds within one analyzer and rule. None: there is no such key, and nothing is alike.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from flext_quality.domain.issues.fingerprint import Fingerprint

Key = Callable[[Fingerprint], Hashable]


def hash_in_file(that: Fingerprint) -> Hashable:
    """The same file and hash; without a line, the same file and message."""
    if that.line:
        return (that.analyzer, that.rule, that.path, that.line_hash)
    return (that.analyzer, that.rule, that.path, that.message_hash, "")


def code_in_file(that: Fingerprint) -> Hashable:
    """The same file and hash, of a line that is not blank."""
    if not that.line_hash:
        return None
    return (that.analyzer, that.rule, that.path, that.line_hash)


def words_in_file(that: Fingerprint) -> Hashable:
    """The same file, hash and message."""
    return (that.analyzer, that.rule, that.path, that.line_hash, that.message_hash)


def words_on_line(that: Fingerprint) -> Hashable:
    """The same file, message and line."""
    if not that.line:
        return None
    return (that.analyzer, that.rule, that.path, that.message_hash, that.line)


def all_in_file(that: Fingerprint) -> Hashable:
    """The same file, line, hash and message."""
    return (that.analyzer, that.rule, that.path, that.line, that.line_hash, that.message_hash)


def code_and_words(that: Fingerprint, name: str = "") -> Hashable:
    """The same hash and message; of files with the same `name`, if it is given."""
    if not that.line_hash:
        return None
    return (that.analyzer, that.rule, that.line_hash, that.message_hash, name)


def code_and_words_in_directory(that: Fingerprint) -> Hashable:
    """The same hash and message, in files whose names and directories' names are the same."""
    return code_and_words(that, _name(that.path, 2))


def code_and_words_in_name(that: Fingerprint) -> Hashable:
    """The same hash and message, in files of the same name."""
    return code_and_words(that, _name(that.path, 1))


def code(that: Fingerprint, name: str = "") -> Hashable:
    """The same hash; of files with the same `name`, if it is given."""
    if not that.line_hash:
        return None
    return (that.analyzer, that.rule, that.line_hash, name)


def code_in_name(that: Fingerprint) -> Hashable:
    """The same hash, in files of the same name."""
    return code(that, _name(that.path, 1))


def words_without_code_in_directory(that: Fingerprint) -> Hashable:
    """No code, but the same message, in files whose names and directories' names are the same."""
    return _words_without_code(that, 2)


def words_without_code_in_name(that: Fingerprint) -> Hashable:
    """No code, but the same message, in files of the same name."""
    return _words_without_code(that, 1)


def column_and_words(that: Fingerprint) -> Hashable:
    """The same column and message, wherever."""
    return (that.column, that.message_hash)


def words(that: Fingerprint) -> Hashable:
    """The same message, wherever."""
    return that.message_hash


def whatever(_: Fingerprint) -> Hashable:
    """Anything."""
    return ""


def file_name(path: str) -> str:
    """The last part of a path."""
    return _name(path, 1)


def _words_without_code(that: Fingerprint, parts: int) -> Hashable:
    if that.line_hash:
        return None
    return (that.analyzer, that.rule, that.message_hash, _name(that.path, parts))


def _name(path: str, parts: int) -> str:
    return "/".join(path.split("/")[-parts:])
