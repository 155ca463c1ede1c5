"""A project's own MyPy configuration, reduced to what may be used."""

from __future__ import annotations

import configparser
import posixpath
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flext_quality.domain.analyses.events import ConfigurationIgnored
from flext_quality.infrastructure.analyzers.mypy.options import (
    FRAGILE,
    MYPY_PATH,
    is_understood,
    is_used,
    why_not_used,
)
from flext_quality.infrastructure.analyzers.mypy.profile import OWN_FILES, PROFILE, SHARED_FILES
from flext_quality.infrastructure.analyzers.toml import to_toml

ANALYZER = PROFILE.name

_CONFIG_DIR = re.compile(r"\$(MYPY_CONFIG_FILE_DIR\b|\{MYPY_CONFIG_FILE_DIR\})")
_WHOLE_FILE = "*"

Section = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class MyPyConfiguration:
    """What is used of a project's configuration, and what is not.

    Attributes:
        path: of the file it comes from; empty if there is none.
        options: for all modules, `mypy_path` excepted.
        per_module: options by pattern of modules.
        mypy_path: directories in the project, relative to it.
    """

    path: str = ""
    options: Section = field(default_factory=dict)
    per_module: Mapping[str, Section] = field(default_factory=dict)
    mypy_path: tuple[str, ...] = ()
    ignored: tuple[ConfigurationIgnored, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing."""
        return not (self.options or self.per_module or self.mypy_path)

    @property
    def has_fragile(self) -> bool:
        """Whether it has options with values that MyPy may refuse."""
        return bool(self._given & FRAGILE)

    @property
    def _given(self) -> set[str]:
        sections = (self.options, *self.per_module.values())
        return {option for section in sections for option in section}

    @property
    def has_exclusions(self) -> bool:
        """Whether it may leave files out."""
        return bool(self.exclude) or self.exclude_gitignore

    @property
    def exclude(self) -> list[str]:
        """Patterns of files to leave out, as MyPy takes them; each may be anything."""
        given = self.options.get("exclude", [])
        patterns = given if isinstance(given, list) else [str(given)]
        return [pattern.strip() for pattern in patterns if pattern.strip()]

    @property
    def exclude_gitignore(self) -> bool:
        """Whether files that Git ignores are left out."""
        return _is_true(self.options.get("exclude_gitignore", False))

    @property
    def explicit_package_bases(self) -> bool:
        """Whether only `mypy_path` and the project's top begin packages."""
        return _is_true(self.options.get("explicit_package_bases", False))

    @property
    def namespace_packages(self) -> bool:
        """Whether a directory without __init__.py can be a package."""
        if "no_namespace_packages" in self.options:
            return not _is_true(self.options["no_namespace_packages"])
        return _is_true(self.options.get("namespace_packages", True))

    def without_fragile(self, words: str) -> MyPyConfiguration:
        """The same without the options whose values MyPy may refuse, as it did with `words`."""
        dropped = sorted(self._given & FRAGILE)
        return MyPyConfiguration(
            self.path,
            _without(self.options, dropped),
            {pattern: _without(section, dropped) for pattern, section in self.per_module.items()},
            self.mypy_path,
            (*self.ignored, *(_ignored(self.path, option, words) for option in dropped)),
        )

    def as_nothing(self, words: str) -> MyPyConfiguration:
        """No configuration, because MyPy refuses this one with `words`."""
        return MyPyConfiguration(
            self.path, ignored=(*self.ignored, _ignored(self.path, _WHOLE_FILE, words))
        )

    def to_toml(self, **changes: object) -> str:
        """What MyPy is to read. `changes` replace options; None takes one out."""
        table = {**self.options, MYPY_PATH: list(self.mypy_path), **changes}
        used: dict[str, object] = {k: v for k, v in table.items() if v is not None}
        used["overrides"] = [
            {"module": pattern, **section} for pattern, section in self.per_module.items()
        ]
        return to_toml({"tool": {"mypy": used}})


def read_configuration(root: Path) -> MyPyConfiguration:
    """The configuration that MyPy would find in the working copy `root`."""
    unread: list[ConfigurationIgnored] = []
    for name in (*OWN_FILES, *SHARED_FILES):
        path = root / name
        if not path.is_file():
            continue
        try:
            sections = _sections(name, path.read_text("utf-8"))
        except (ValueError, TypeError, configparser.Error, RecursionError) as error:
            unread.append(_ignored(name, _WHOLE_FILE, f"it cannot be read: {_words(error)}"))
            continue
        if name in SHARED_FILES and ANALYZER not in sections:
            continue
        return _reduced(name, sections, unread, root)
    return MyPyConfiguration(ignored=tuple(unread))


def parse_configuration(name: str, text: str, root: Path) -> MyPyConfiguration:
    """What may be used of a file with this text, whose name says in which format it is.

    Raises:
        ValueError, TypeError, configparser.Error, RecursionError: it is not well formed.
    """
    return _reduced(name, _sections(name, text), [], root)


def _sections(name: str, text: str) -> dict[str, dict[str, object]]:
    """The sections for MyPy by name: "mypy", and "mypy-" with a pattern of modules.

    Raises:
        ValueError, TypeError, configparser.Error, RecursionError: it is not well formed.
    """
    if name.endswith(".toml"):
        return _toml_sections(tomllib.loads(text))
    parser = configparser.RawConfigParser()
    parser.read_string(text, source=name)
    return {
        section: dict(parser[section])
        for section in parser.sections()
        if section == ANALYZER or section.startswith(f"{ANALYZER}-")
    }


def _toml_sections(table: dict[str, object]) -> dict[str, dict[str, object]]:
    tool = table.get("tool")
    mypy = tool.get("mypy") if isinstance(tool, dict) else None
    if not isinstance(mypy, dict):
        return {}
    overrides = mypy.pop("overrides", [])
    sections: dict[str, dict[str, object]] = {ANALYZER: mypy}
    for override in overrides if isinstance(overrides, list) else [overrides]:
        modules = override.pop("module", None) if isinstance(override, dict) else None
        patterns = [modules] if isinstance(modules, str) else modules
        if not patterns or not all(isinstance(pattern, str) for pattern in patterns):
            raise ValueError("an entry of tool.mypy.overrides names no module")
        for pattern in patterns:
            section = sections.setdefault(f"{ANALYZER}-{pattern}", {})
            if any(section.get(key, value) != value for key, value in override.items()):
                raise ValueError(f"tool.mypy.overrides contradict each other about {pattern}")
            section.update(override)
    return sections


def _reduced(
    name: str,
    sections: dict[str, dict[str, object]],
    unread: list[ConfigurationIgnored],
    root: Path,
) -> MyPyConfiguration:
    ignored: dict[str, str] = {}
    mypy_path = _inside(sections.get(ANALYZER, {}).pop(MYPY_PATH, ""), root, ignored)
    reduced = {
        section: {
            option: value
            for option, value in options.items()
            if _may_be_used(option, value, ignored)
        }
        for section, options in sections.items()
    }
    return MyPyConfiguration(
        name,
        reduced.pop(ANALYZER, {}),
        {section.removeprefix(f"{ANALYZER}-"): options for section, options in reduced.items()},
        mypy_path,
        (*unread, *(_ignored(name, option, why) for option, why in sorted(ignored.items()))),
    )


def _may_be_used(option: str, value: object, ignored: dict[str, str]) -> bool:
    if not is_used(option):
        ignored[option] = why_not_used(option)
    elif not is_understood(option, value):
        ignored[option] = "its value is none that MyPy takes"
    else:
        return True
    return False


def _inside(value: object, root: Path, ignored: dict[str, str]) -> tuple[str, ...]:
    """The entries of a `mypy_path` that are directories in the project."""
    given = re.split("[,:]", value) if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(entry, str) for entry in given):
        ignored[MYPY_PATH] = "its value is none that MyPy takes"
        return ()
    inside: list[str] = []
    for entry in filter(None, (entry.strip() for entry in given)):
        path = posixpath.normpath(_CONFIG_DIR.sub(".", entry))
        leads_out = path.startswith(("/", "~", "..")) or "$" in path
        if leads_out or not (root / path).is_dir():
            ignored[MYPY_PATH] = f"{entry!r} is no directory in the project"
        elif path not in inside:
            inside.append(path)
    return tuple(inside)


def _without(section: Section, options: list[str]) -> Section:
    return {option: value for option, value in section.items() if option not in options}


def _is_true(value: object) -> bool:
    return str(value).strip().lower() in ("true", "1", "yes", "on")


def _ignored(path: str, option: str, why: str) -> ConfigurationIgnored:
    return ConfigurationIgnored(ANALYZER, path, option, why)


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
