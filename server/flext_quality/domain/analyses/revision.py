"""Which state of the code an analysis is of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from unicodedata import category

from flext_quality.domain.errors import FieldViolation, InvalidFieldError
from flext_quality.domain.web_address import web_address_violation

_NAMES = ("commit", "branch", "base_branch", "base_commit", "pull_request")


@dataclass(frozen=True, slots=True)
class Revision:
    """Which state of the code an analysis is of, as the client said; it is kept and never changed.

    Attributes:
        commit, base_commit: full ids; empty: not told.
        branch: empty for the project's main line.
        base_branch: the branch that this one is to be merged into; empty: not told.
        base_commit: the commit at which the branch left its base.
        pull_request: its number or id; empty: none.
        build_url: of the build that asked for the analysis, http or https; empty: not told.
        author_time: when the commit was written; None: not told.
        labels: anything else, by name.
    """

    commit: str = ""
    branch: str = ""
    base_branch: str = ""
    base_commit: str = ""
    pull_request: str = ""
    build_url: str = ""
    author_time: datetime | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    def check(self, field_name: str = "revision") -> None:
        """Does nothing for a revision that can be kept. `field_name`: the field that holds it.

        Raises:
            InvalidFieldError: it cannot; names every field that is wrong.
        """
        violations = [*self._control_characters(field_name)]
        wrong = web_address_violation(self.build_url, f"{field_name}.build_url")
        if wrong is not None:
            violations.append(wrong)
        if violations:
            raise InvalidFieldError(violations)

    def _control_characters(self, field_name: str) -> Iterator[FieldViolation]:
        for name in _NAMES:
            if any(category(character) == "Cc" for character in getattr(self, name)):
                yield FieldViolation(f"{field_name}.{name}", "must have no control characters")
