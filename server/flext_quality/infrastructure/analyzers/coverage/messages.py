"""What goes to and comes from the process that reads reports."""

from __future__ import annotations

import msgspec


class ReportFile(msgspec.Struct):
    """A report: where it lies, and what it is called towards people."""

    name: str
    path: str


class Job(msgspec.Struct):
    """What is to be read, and the paths of the project's Python files."""

    reports: list[ReportFile]
    files: list[str]


class Started(msgspec.Struct, tag="started"):
    """All reports were read; so many files were measured."""

    file_count: int


class Broken(msgspec.Struct, tag="broken"):
    """A report cannot be read; nothing else follows."""

    report: str
    why: str


class Unknown(msgspec.Struct, tag="unknown"):
    """Files in a report that are not in the project."""

    report: str
    paths: list[str]


class Unparsed(msgspec.Struct, tag="unparsed"):
    """Files whose executable lines are not known."""

    paths: list[str]


class Unwanted(msgspec.Struct, tag="unwanted"):
    """Files that the project's settings leave out."""

    paths: list[str]


class Beyond(msgspec.Struct, tag="beyond"):
    """Says how many lines of a report the file no longer has."""

    report: str
    path: str
    count: int


class Ignored(msgspec.Struct, tag="ignored"):
    """An option of the project's configuration is not used."""

    path: str
    option: str
    why: str


class Measured(msgspec.Struct, tag="measured", gc=False):
    """A file.

    Attributes:
        partial: lines that ran, of which some branches were not taken: line, how many, of how many.
        branches: how many there are and how many were taken; None if they were not measured.
        functions: the same of functions.
    """

    path: str
    covered: list[int]
    uncovered: list[int]
    partial: list[tuple[int, int, int]]
    branches: tuple[int, int] | None
    functions: tuple[int, int] | None


Message = Started | Broken | Unknown | Unparsed | Unwanted | Beyond | Ignored | Measured
