"""Which options of a project's own MyPy configuration are used.

An option is used if it is mere data and decides only what is checked how. Any other, known or not,
is passed over and told. Names and meanings: https://mypy.readthedocs.io/en/stable/config_file.html
"""

from __future__ import annotations

import re

USED = frozenset(
    {
        # what is imported from where
        *("namespace_packages", "explicit_package_bases", "ignore_missing_imports"),
        *("follow_untyped_imports", "follow_imports", "follow_imports_for_stubs"),
        *("no_site_packages", "exclude", "exclude_gitignore"),
        # platform
        *("python_version", "platform", "always_true", "always_false"),
        # dynamic typing
        *("disallow_any_unimported", "disallow_any_expr", "disallow_any_decorated"),
        *("disallow_any_explicit", "disallow_any_generics", "disallow_subclassing_any"),
        # untyped definitions and calls
        *("disallow_untyped_calls", "untyped_calls_exclude", "disallow_untyped_defs"),
        *("disallow_incomplete_defs", "check_untyped_defs", "disallow_untyped_decorators"),
        # None
        *("implicit_optional", "strict_optional"),
        # warnings
        *("warn_redundant_casts", "warn_unused_ignores", "warn_no_return", "warn_return_any"),
        *("warn_unreachable", "report_deprecated_as_note", "deprecated_calls_exclude"),
        *("warn_unused_configs", "warn_incomplete_stub", "ignore_errors"),
        # strictness
        *("allow_untyped_globals", "allow_redefinition", "allow_redefinition_old"),
        *("allow_redefinition_new", "local_partial_types", "disable_error_code"),
        *("enable_error_code", "extra_checks", "implicit_reexport", "strict_concatenate"),
        *("strict_equality", "strict_equality_for_none", "strict_bytes", "strict"),
        *("disable_bytearray_promotion", "disable_memoryview_promotion"),
        *("enable_incomplete_feature", "old_type_inference", "check_unreachable"),
    }
)

FRAGILE = frozenset(
    {
        *("allow_redefinition", "allow_redefinition_new", "allow_redefinition_old"),
        *("always_false", "always_true", "disable_error_code", "enable_error_code"),
        *("enable_incomplete_feature", "explicit_package_bases", "local_partial_types"),
        *("namespace_packages", "platform", "python_version"),
        *("deprecated_calls_exclude", "untyped_calls_exclude"),
    }
)
"""Options with values that MyPy refuses to start with."""

MYPY_PATH = "mypy_path"
"""Used as far as it stays inside the project."""

_PYTHON_VERSION = re.compile(r"3\.\d{1,2}")

_RUNS_CODE = "it would run code that the project brings"
_REACHES_OUT = "it would make MyPy read or write elsewhere on the server's disk"
_TARGETS = "everything in the project is analysed"
_FORM = "the form of the output is not for the project to decide"
_ENVIRONMENT = "the server decides on environment, cache and processes"

_REASONS = {
    "plugins": _RUNS_CODE,
    "python_executable": _RUNS_CODE,
    "install_types": _RUNS_CODE,
    "non_interactive": _RUNS_CODE,
    "pdb": _RUNS_CODE,
    **dict.fromkeys(
        (MYPY_PATH, "custom_typeshed_dir", "shadow_file", "package_root"), _REACHES_OUT
    ),
    **dict.fromkeys(("junit_xml", "quickstart_file", "timing_stats"), _REACHES_OUT),
    **dict.fromkeys(("line_checking_stats", "mypyc_annotation_file"), _REACHES_OUT),
    "custom_typing_module": "it would replace what MyPy knows of typing",
    "no_silence_site_packages": "only the project's own files are told of",
    **dict.fromkeys(("files", "packages", "modules", "scripts_are_modules"), _TARGETS),
    **dict.fromkeys(("output", "pretty", "color_output", "error_summary", "verbosity"), _FORM),
    **dict.fromkeys(("show_error_context", "show_column_numbers", "show_error_end"), _FORM),
    **dict.fromkeys(("hide_error_codes", "show_error_codes", "show_error_code_links"), _FORM),
    **dict.fromkeys(("show_absolute_path", "many_errors_threshold", "junit_format"), _FORM),
    **dict.fromkeys(("cache_dir", "incremental", "sqlite_cache", "num_workers"), _ENVIRONMENT),
    **dict.fromkeys(("cache_fine_grained", "skip_version_check"), _ENVIRONMENT),
    **dict.fromkeys(("skip_cache_mtime_checks", "fixed_format_cache"), _ENVIRONMENT),
}


def is_used(option: str) -> bool:
    """Whether an option counts, also in one of the inverted forms that MyPy takes."""
    return (
        option in USED
        or (option.startswith("no_") and option[3:] in USED)
        or (option.startswith("allow") and f"dis{option}" in USED)
        or (option.startswith("disallow") and option[3:] in USED)
    )


def why_not_used(option: str) -> str:
    """Why an option that is not used is not used, for people."""
    if option.endswith("_report"):
        return _REACHES_OUT
    return _REASONS.get(option, "MyPy has no such option, or it is not for the project to decide")


def is_understood(option: str, value: object) -> bool:
    """Whether a value has a type that MyPy takes, and one it cannot stumble over."""
    if option == "python_version":
        return _PYTHON_VERSION.fullmatch(str(value)) is not None
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return isinstance(value, str | bool | int | float)
