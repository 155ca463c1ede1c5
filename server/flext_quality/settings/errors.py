"""Says all that is wrong with the settings, at once, and never what a wrong value is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from flext_quality.domain.errors import FieldViolation, InvalidFieldError
from flext_quality.settings.layers import CALLER, Origin, Problem
from flext_quality.settings.options import Path, groups, variable


def problems_of(error: ValidationError, origins: Mapping[Path, Origin]) -> list[Problem]:
    """What the model found wrong, each with where the value comes from."""
    return [
        Problem(details["loc"], _message(details), _origin(details["loc"], origins))
        for details in error.errors(include_url=False, include_input=False)
    ]


def to_error(problems: Iterable[Problem]) -> InvalidFieldError:
    """One error about all problems, in the order of their names."""
    violations = dict.fromkeys((_name(problem), _words(problem)) for problem in problems)
    return InvalidFieldError([FieldViolation(*each) for each in sorted(violations)])


def _name(problem: Problem) -> str:
    return problem.place or variable(problem.path)


def _words(problem: Problem) -> str:
    if problem.origin is None or problem.origin == CALLER:
        return problem.message
    return f"{problem.message} (from {problem.origin})"


def _message(details: ErrorDetails) -> str:
    if details["type"] != "extra_forbidden":
        return details["msg"].removeprefix("Value error, ")
    *above, name = details["loc"]
    group = groups().get(tuple(str(part) for part in above))
    known = list(group.model_fields) if group else []
    alike = difflib.get_close_matches(str(name), known, 1)
    return "there is no such option" + (f"; did you mean {alike[0]}?" if alike else "")


def _origin(location: tuple[int | str, ...], origins: Mapping[Path, Origin]) -> Origin | None:
    """That of the value, or of what it is part of, or (for a group as a whole) of its first option."""
    path = tuple(str(part) for part in location)
    for length in range(len(path), 0, -1):
        if path[:length] in origins:
            return origins[path[:length]]
    return next((origin for given, origin in origins.items() if given[: len(path)] == path), None)
