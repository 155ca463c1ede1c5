"""The configuration file of an environment: YAML whose keys are the options' names.

In text, `${VAR}` stands for an environment variable, `${VAR:-default}` for one that may be missing or
empty, and `$${` for `${` itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs
from pydantic_settings import BaseSettings, InitSettingsSource

from flext_quality.settings.options import Path as OptionPath
from flext_quality.settings.options import dotted, groups, options, variable
from flext_quality.settings.record import Origin, Problem, Record, UnreadableError
from flext_quality.settings.sources.so_far import option_so_far
from flext_quality.settings.sources.texts import not_json, read_text

WORKING_DIRECTORY = Path("config")
_REFERENCE = re.compile(
    r"\$(?P<escape>\$\{)|\$\{(?P<name>[A-Za-z_]\w*)(?::-(?P<default>[^}]*))?\}|\$\{"
)
_MAX_VALUES = 20_000
"""References within YAML let a small file stand for an endless one."""


def user_config_dir() -> Path:
    """Where the user's own configuration lies."""
    return platformdirs.user_config_path("flext-quality")


def named_config_dir() -> Path | None:
    """The directory that FLEXT_API_CONFIG_DIR names."""
    text = os.environ.get(variable(("config_dir",)))
    return Path(text) if text else None


class ConfigFileSource(InitSettingsSource):
    """Reads the file, once. Whatever is wrong with it is a problem with its key and line.

    Attributes:
        file: the file that is read; None if there is none.
    """

    def __init__(self, settings_cls: type[BaseSettings], record: Record, file: Path | None) -> None:
        super().__init__(settings_cls, {})
        self.file = file
        self._record = record
        self._values: dict[str, Any] | None = None
        self._origins: dict[OptionPath, Origin] = {}
        self._count = 0

    def __call__(self) -> dict[str, Any]:
        """The values."""
        return self._record.keep(self.values(self.current_state), self._origins.__getitem__)

    def values(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """What the file says; `known` is what the sources that were asked before say."""
        if self._values is None:
            self.file = self.file or self._found(known)
            self._values = self._read(self.file) if self.file else {}
        return self._values

    def _found(self, known: Mapping[str, Any]) -> Path | None:
        environment: str = option_so_far("environment", known)
        config_dir: Path | None = option_so_far("config_dir", known)
        directories = [config_dir] if config_dir else [WORKING_DIRECTORY, user_config_dir()]
        files = [directory / f"{environment}.yml" for directory in directories]
        found = next((file for file in files if file.is_file()), None)
        if found is None and (config_dir is not None or environment != "development"):
            self._record.notes.append(f"there is no configuration file {environment}.yml")
        return found

    def _read(self, file: Path) -> dict[str, Any]:
        try:
            node = _composed(file)
            return {} if node is None else self._group(node, ())
        except RecursionError:
            why = "is nested too deeply"
        except ValueError as error:
            why = str(error)
        self._record.problems.append(Problem((), why, file=str(file)))
        return {}

    def _group(self, node: Any, above: OptionPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value_node in node.value:
            path = (*above, str(key.value))
            place = f"{self.file}, key {dotted(path)}, line {key.start_mark.line + 1}"
            self._origins[path] = Origin("file", place)
            try:
                value = self._option(value_node, path)
            except UnreadableError as error:
                value = error
            if path[-1] in values:
                value = UnreadableError("is given twice")
            if value is not None:  # "api_socket:" alone says nothing, nor does "security:"
                values[path[-1]] = value
        return values

    def _option(self, node: Any, path: OptionPath) -> Any:
        if path in groups() and node.id == "mapping":
            return self._group(node, path)
        option, value = options().get(path), self._value(node)
        if option is None:
            return value
        if option.is_environment_only:
            raise UnreadableError("can only be set in the environment")
        if isinstance(value, str) and option.is_operators_file:
            return Path(f"{self.file}").absolute().parent / value
        if isinstance(value, str) and self.field_is_complex(option.field):
            # A reference may stand for a whole list, as a variable does.
            try:
                return self.decode_complex_value(option.name, option.field, value)
            except (ValueError, RecursionError) as error:
                raise not_json(error) from None
        return value

    def _value(self, node: Any) -> Any:
        self._count += 1
        if self._count > _MAX_VALUES:
            raise ValueError(f"holds more than {_MAX_VALUES:,} values")
        if node.id == "sequence":
            return [self._value(item) for item in node.value]
        if node.id == "mapping":
            return {str(key.value): self._value(value) for key, value in node.value}
        if node.tag == "tag:yaml.org,2002:str":
            return _REFERENCE.sub(_of_variable, node.value)
        return _scalar(node)


def _of_variable(reference: re.Match[str]) -> str:
    if reference["escape"]:
        return "${"
    name, default = reference["name"], reference["default"]
    if name is None:
        raise UnreadableError("a reference has to be ${VAR} or ${VAR:-default}")
    value = os.environ.get(name)
    if default is None and value is None:
        raise UnreadableError(f"the variable {name} is not set and has no default")
    return value or default or ""


def _scalar(node: Any) -> Any:
    import yaml  # noqa: PLC0415  # many start without a file

    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node)
    except (yaml.YAMLError, ValueError):
        raise UnreadableError("has a YAML type that no option takes") from None
    finally:
        loader.dispose()


def _composed(file: Path) -> Any:
    """The file's mapping as YAML nodes; None if there is nothing in it.

    Raises:
        ValueError: it is not what it should be; says why, never what is in it.
    """
    import yaml  # noqa: PLC0415  # as above

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
