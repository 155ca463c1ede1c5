"""Says all that is wrong with the settings, at once, and never what a wrong value is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from pydantic import ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from flext_quality.domain.errors import FieldViolation, InvalidFieldError
from flext_quality.settings.options import RENAMED, Path, dotted, options, variable
from flext_quality.settings.record import CALLER, Origin, Problem, Record

_NO_GROUP = {"model_type", "model_attributes_type"}
"""pydantic's kinds of errors for what is no mapping."""
_OF_A_FILE = "file"


def no_such_option(path: Path, origin: Origin | None) -> str:
    """What to say of a name that no option has: what to set instead, or what it may be misspelt for."""

    def named(option: str) -> str:
        is_variable = origin is not None and origin.source == "environment"
        return variable(tuple(option.split("."))) if is_variable else option

    if new := RENAMED.get(dotted(path)):
        return f"there is no such option any more; set {' and '.join(map(named, new))}"
    known = [option.name for option in options().values()]
    alike = difflib.get_close_matches(dotted(path), known, 1)
    return "there is no such option" + (f"; did you mean {named(alike[0])}?" if alike else "")


def problems_of(error: ValidationError, record: Record) -> list[Problem]:
    """What the model found wrong, but for what its sources told already."""
    told = {problem.path for problem in record.problems}
    return [
        Problem(details["loc"], _message(details, origin), origin)
        for details in error.errors(include_url=False, include_input=False)
        if details["loc"] not in told
        for origin in [record.origin(details["loc"])]
    ]


def to_validation_error(title: str, problems: Iterable[Problem]) -> ValidationError:
    """One error about all problems."""
    lines = [
        InitErrorDetails(
            type=PydanticCustomError(
                _OF_A_FILE if problem.file else "setting", "{words}", {"words": _words(problem)}
            ),
            loc=(problem.file,) if problem.file else problem.path,
            input=None,  # never what was given: it may be a secret
        )
        for problem in problems
    ]
    return ValidationError.from_exception_data(title, lines, hide_input=True)


def to_error(error: ValidationError) -> InvalidFieldError:
    """The same as an error of ours, which names options by their variables, in the order of their names."""
    violations = {
        (str(line["loc"][0]) if line["type"] == _OF_A_FILE else variable(line["loc"]), line["msg"])
        for line in error.errors(include_url=False, include_input=False)
    }
    return InvalidFieldError([FieldViolation(*each) for each in sorted(violations)])


def _words(problem: Problem) -> str:
    if problem.origin is None or problem.origin == CALLER:
        return problem.message
    return f"{problem.message} (from {problem.origin.place})"


def _message(details: ErrorDetails, origin: Origin | None) -> str:
    if details["type"] == "extra_forbidden":
        path = details["loc"]
        names = tuple(part for part in path if isinstance(part, str))
        # What stands in a list is no option, so nothing is like it.
        return (
            no_such_option(names, origin) if len(names) == len(path) else "there is no such field"
        )
    if details["type"] in _NO_GROUP:
        return "has to be a group of options"
    return details["msg"].removeprefix("Value error, ")
