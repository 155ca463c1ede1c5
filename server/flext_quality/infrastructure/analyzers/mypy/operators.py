"""What the operator decides about MyPy; it wins over what projects say."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from flext_quality.domain.analyses.events import ConfigurationIgnored
from flext_quality.infrastructure.analyzers.mypy.configuration import (
    ANALYZER,
    MyPyConfiguration,
    Section,
    parse_configuration,
    read_configuration,
)
from flext_quality.infrastructure.analyzers.operators import (
    OPERATOR_DECIDES,
    operators_file_error,
    read_operators_file,
)

STRICT: Mapping[str, bool] = {
    **dict.fromkeys(("disallow_any_generics", "disallow_subclassing_any"), True),
    **dict.fromkeys(("disallow_untyped_calls", "disallow_untyped_defs"), True),
    **dict.fromkeys(("disallow_incomplete_defs", "check_untyped_defs"), True),
    **dict.fromkeys(("disallow_untyped_decorators", "warn_redundant_casts"), True),
    **dict.fromkeys(("warn_unused_ignores", "warn_return_any"), True),
    **dict.fromkeys(("strict_equality", "extra_checks"), True),
    "implicit_reexport": False,
}
"""What `--strict` sets: `mypy --help`, and `strict_flag_assignments` in mypy/main.py."""


@dataclass(frozen=True, slots=True)
class MyPyOperator:
    """What the operator says; None leaves it to the project.

    Attributes:
        config_file: a configuration in place of all that projects bring.
        strict: True for `--strict` for all modules, whatever the project relaxes; False for never.
    """

    config_file: Path | None = None
    strict: bool | None = None

    def configuration(self, root: Path) -> MyPyConfiguration:
        """What is in effect in a working copy. Blocks, for it reads files.

        Raises:
            ToolFailedError: the operator's file cannot be read.
        """
        configuration = read_configuration(root)
        if self.config_file is not None:
            configuration = _of_file(self.config_file, root, configuration)
        if self.strict is None:
            return configuration
        return _strict(configuration) if self.strict else _never_strict(configuration)


def _of_file(file: Path, root: Path, project: MyPyConfiguration) -> MyPyConfiguration:
    content = read_operators_file(ANALYZER, file)
    try:
        configuration = parse_configuration(file.name, content.decode("utf-8-sig"), root)
    except (ValueError, TypeError, configparser.Error, RecursionError) as error:
        words = " ".join(str(error).split())
        raise operators_file_error(ANALYZER, file, words or type(error).__name__) from None
    if not project.path:
        return configuration
    unused = ConfigurationIgnored(ANALYZER, project.path, "*", OPERATOR_DECIDES)
    return replace(configuration, ignored=(unused, *configuration.ignored))


def _strict(configuration: MyPyConfiguration) -> MyPyConfiguration:
    sections = (configuration.options, *configuration.per_module.values())
    relaxed = sorted(
        {option for section in sections for option in section if _relaxes(section, option)}
    )
    return replace(
        configuration,
        options={**_without(configuration.options, relaxed), "strict": True},
        per_module={
            pattern: _without(section, relaxed)
            for pattern, section in configuration.per_module.items()
        },
        ignored=(*configuration.ignored, *(_unused(configuration, name) for name in relaxed)),
    )


def _never_strict(configuration: MyPyConfiguration) -> MyPyConfiguration:
    if not _is_true(configuration.options.get("strict", False)):
        return configuration
    return replace(
        configuration,
        options=_without(configuration.options, ["strict"]),
        ignored=(*configuration.ignored, _unused(configuration, "strict")),
    )


def _relaxes(section: Section, option: str) -> bool:
    """Whether it makes MyPy less strict than `--strict`, also in one of its inverted forms."""
    value = _is_true(section[option])
    if option == "strict":
        return not value
    for name, turned in (
        (option, False),
        (option.removeprefix("no_"), True),
        (f"dis{option}", True),
        (option.removeprefix("dis"), True),
    ):
        if name in STRICT and (name == option) is not turned:
            return (value is not turned) is not STRICT[name]
    return False


def _without(section: Section, options: list[str]) -> dict[str, object]:
    return {option: value for option, value in section.items() if option not in options}


def _is_true(value: object) -> bool:
    return str(value).strip().lower() in ("true", "1", "yes", "on")


def _unused(configuration: MyPyConfiguration, option: str) -> ConfigurationIgnored:
    return ConfigurationIgnored(ANALYZER, configuration.path, option, OPERATOR_DECIDES)
