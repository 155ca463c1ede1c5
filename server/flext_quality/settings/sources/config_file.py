"""The configuration file of an environment: YAML whose keys are the options' names.

In text, `${VAR}` stands for an environment variable, `${VAR:-default}` for one that may be missing or
empty, and `$${` for `${` itself.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from flext_quality.settings.options import Path as OptionPath
from flext_quality.settings.options import dotted, groups, options, variable
from flext_quality.settings.record import Origin, Problem, Record
from flext_quality.settings.sources.files import read_text
from flext_quality.settings.sources.so_far import option_so_far
from flext_quality.settings.sources.texts import not_json

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


class ConfigFileSource(PydanticBaseSettingsSource):
    """Reads the file, once. Whatever is wrong with it is a problem with its key and line.

    Attributes:
        file: the file that is read; None if there is none.
    """

    def __init__(self, settings_cls: type[BaseSettings], record: Record, file: Path | None) -> None:
        super().__init__(settings_cls)
        self._record = record
        self._values: dict[str, Any] | None = None
        self._origins: dict[OptionPath, Origin] = {}
        self.file = file

    def get_field_value(
        self,
        field: FieldInfo,  # noqa: ARG002  # pydantic-settings gives both
        field_name: str,
    ) -> tuple[Any, str, bool]:
        """Nothing: all values are read at once."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """The values."""
        return self._record.keep(self.values(self.current_state), self._origins.__getitem__)

    def values(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """What the file says; `known` is what the sources that were asked before say."""
        if self._values is None:
            self._values = {}
            self.file = self.file or self._found(known)
            if self.file is not None:
                reader = _Reader(self.file, os.environ)
                self._values = reader.read()
                self._origins = reader.origins
                self._record.problems += reader.problems
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


class _Reader:
    """Reads one file.

    Attributes:
        origins: where every value stands.
        problems: what is wrong with the file, or with keys that have no value because of that.
    """

    def __init__(self, file: Path, variables: Mapping[str, str]) -> None:
        self.origins: dict[OptionPath, Origin] = {}
        self.problems: list[Problem] = []
        self._file = file
        self._variables = variables
        self._count = 0

    def read(self) -> dict[str, Any]:
        """What it says, as groups in groups; nothing if it cannot be read."""
        try:
            node = _composed(self._file)
            return {} if node is None else self._group(node, ())
        except RecursionError:
            why = "is nested too deeply"
        except ValueError as error:
            why = str(error)
        self.problems = [Problem((), why, file=str(self._file))]
        return {}

    def _group(self, node: Any, above: OptionPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            path = (*above, str(key_node.value))
            self._note(path, key_node)
            option = options().get(path)
            if path[-1] in values:
                self._problem(path, "is given twice")
            elif option is not None and option.is_environment_only:
                self._problem(path, "can only be set in the environment")
            elif path in groups() and value_node.id == "mapping":
                values[path[-1]] = self._group(value_node, path)
            else:
                value = self._settled(path, self._value(value_node, path))
                if value is not None:  # "api_socket:" alone says nothing, nor does "security:"
                    values[path[-1]] = value
        return values

    def _settled(self, path: OptionPath, value: Any) -> Any:
        option = options().get(path)
        if option is None or not isinstance(value, str):
            return value
        if option.is_operators_file:
            return self._file.absolute().parent / value
        if option.is_json_in_text:  # a reference may stand for a whole list, as a variable does
            try:
                return json.loads(value)
            except (ValueError, RecursionError) as error:
                return not_json(error)
        return value

    def _value(self, node: Any, path: OptionPath) -> Any:
        self._count += 1
        if self._count > _MAX_VALUES:
            raise ValueError(f"holds more than {_MAX_VALUES:,} values")
        if node.id == "sequence":
            return [self._value(item, path) for item in node.value]
        if node.id == "mapping":
            values = {}
            for key, value in node.value:
                inner = (*path, str(key.value))
                self._note(inner, key)
                values[inner[-1]] = self._value(value, inner)
            return values
        if node.tag == "tag:yaml.org,2002:str":
            return self._with_variables(node.value, path)
        return self._scalar(node, path)

    def _scalar(self, node: Any, path: OptionPath) -> Any:
        import yaml  # noqa: PLC0415  # many start without a file

        loader = yaml.SafeLoader("")
        try:
            return loader.construct_object(node)
        except (yaml.YAMLError, ValueError):
            self._problem(path, "has a YAML type that no option takes")
            return None
        finally:
            loader.dispose()

    def _with_variables(self, text: str, path: OptionPath) -> str:
        def value_of(match: re.Match[str]) -> str:
            if match["escape"]:
                return "${"
            name, default = match["name"], match["default"]
            if name is None:
                self._problem(path, "a reference has to be ${VAR} or ${VAR:-default}")
                return ""
            value = self._variables.get(name)
            if value or (value is not None and default is None):
                return value
            if default is None:
                self._problem(path, f"the variable {name} is not set and has no default")
            return default or ""

        return _REFERENCE.sub(value_of, text)

    def _problem(self, path: OptionPath, message: str) -> None:
        self.problems.append(Problem(path, message, self.origins[path]))

    def _note(self, path: OptionPath, key: Any) -> None:
        line = key.start_mark.line + 1
        self.origins[path] = Origin("file", f"{self._file}, key {dotted(path)}, line {line}")


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
