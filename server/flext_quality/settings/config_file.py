"""The configuration file of an environment: YAML whose keys are the options' names.

In text, `${VAR}` stands for an environment variable, `${VAR:-default}` for one that may be missing or
empty, and `$${` for `${` itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs

from flext_quality.settings.layers import Layer, Origin, Problem
from flext_quality.settings.options import Path as OptionPath
from flext_quality.settings.options import groups, options
from flext_quality.settings.sources import read_text

WORKING_DIRECTORY = Path("config")
_REFERENCE = re.compile(
    r"\$(?P<escape>\$\{)|\$\{(?P<name>[A-Za-z_]\w*)(?::-(?P<default>[^}]*))?\}|\$\{"
)
_MAX_VALUES = 20_000
"""References within YAML let a small file stand for an endless one."""


def user_config_dir() -> Path:
    """Where the user's own configuration lies."""
    return platformdirs.user_config_path("flext-quality")


def find_config_file(config_dir: Path | None, environment: str) -> Path | None:
    """The file to read, or None if there is none."""
    directories = [config_dir] if config_dir else [WORKING_DIRECTORY, user_config_dir()]
    files = [directory / f"{environment}.yml" for directory in directories]
    return next((file for file in files if file.is_file()), None)


def from_config_file(file: Path, variables: Mapping[str, str]) -> Layer:
    """What the file says; whatever is wrong with it is a problem with its key and line."""
    reader = _Reader(file, variables)
    try:
        node = _composed(file)
        if node is not None:
            reader.read_group(node, ())
    except RecursionError:
        return _refused(file, "is nested too deeply")
    except ValueError as error:
        return _refused(file, str(error))
    return reader.layer


def _composed(file: Path) -> Any:
    """The file's mapping as YAML nodes; None if there is nothing in it.

    Raises:
        ValueError: it is not what it should be; says why, never what is in it.
    """
    import yaml  # noqa: PLC0415  # many start without a file

    try:
        node = yaml.compose(read_text(file), yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ValueError(f"is not YAML: {error.problem}{line}") from None
    except yaml.YAMLError:
        raise ValueError("is not YAML: it holds characters that YAML does not allow") from None
    if node is not None and not isinstance(node, yaml.MappingNode):
        raise ValueError("has to be a mapping from options to values")
    return node


def _refused(file: Path, why: str) -> Layer:
    return Layer(problems=[Problem((), why, place=str(file))])


class _Reader:
    def __init__(self, file: Path, variables: Mapping[str, str]) -> None:
        self.layer = Layer()
        self._file = file
        self._variables = variables
        self._values = 0

    def read_group(self, node: Any, path: OptionPath) -> None:
        """Takes the options of a group, and those of the groups in it."""
        seen = set()
        for key_node, value_node in node.value:
            key = (*path, str(key_node.value))
            origin = self._origin(key, key_node)
            option = options().get(key)
            if key in seen:
                self._problem(key, "is given twice", origin)
            elif option is not None and option.is_from_outside:
                self._problem(key, "can only be set in the environment", origin)
            elif key in groups():
                self._read_inner_group(value_node, key, origin)
            else:
                self._take(key, self._value(value_node, key, origin), origin)
            seen.add(key)

    def _read_inner_group(self, node: Any, path: OptionPath, origin: Origin) -> None:
        if node.id == "mapping":
            self.read_group(node, path)
        elif self._value(node, path, origin) is not None:  # "security:" alone says nothing
            self._problem(path, "has to be a group of options", origin)

    def _take(self, path: OptionPath, value: Any, origin: Origin) -> None:
        if value is None:  # "api_socket:" alone says nothing
            return
        # A reference may stand for a whole list, as an environment variable does.
        if isinstance(value, str):
            self.layer.take_text(path, value, origin)
        else:
            self.layer.take(path, value, origin)

    def _value(self, node: Any, path: OptionPath, origin: Origin) -> Any:
        self._values += 1
        if self._values > _MAX_VALUES:
            raise ValueError(f"holds more than {_MAX_VALUES:,} values")
        if node.id == "sequence":
            return [self._value(item, path, origin) for item in node.value]
        if node.id == "mapping":
            return {
                str(key.value): self._value(value, path, self._origin((*path, str(key.value)), key))
                for key, value in node.value
            }
        if node.tag == "tag:yaml.org,2002:str":
            return self._with_variables(node.value, path, origin)
        return self._scalar(node, path, origin)

    def _scalar(self, node: Any, path: OptionPath, origin: Origin) -> Any:
        import yaml  # noqa: PLC0415  # as above

        loader = yaml.SafeLoader("")
        try:
            return loader.construct_object(node)
        except (yaml.YAMLError, ValueError):
            self._problem(path, "has a YAML type that no option takes", origin)
            return None
        finally:
            loader.dispose()

    def _with_variables(self, text: str, path: OptionPath, origin: Origin) -> str:
        def value_of(match: re.Match[str]) -> str:
            if match["escape"]:
                return "${"
            name, default = match["name"], match["default"]
            if name is None:
                self._problem(path, "a reference has to be ${VAR} or ${VAR:-default}", origin)
                return ""
            value = self._variables.get(name)
            if value or (value is not None and default is None):
                return value
            if default is None:
                self._problem(path, f"the variable {name} is not set and has no default", origin)
            return default or ""

        return _REFERENCE.sub(value_of, text)

    def _problem(self, path: OptionPath, message: str, origin: Origin) -> None:
        self.layer.problems.append(Problem(path, message, origin))

    def _origin(self, path: OptionPath, node: Any) -> Origin:
        line = node.start_mark.line + 1
        return Origin("file", f"{self._file}, key {'.'.join(path)}, line {line}")
