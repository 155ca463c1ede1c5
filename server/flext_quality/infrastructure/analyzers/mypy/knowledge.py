"""What is learnt of a project while MyPy is run over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flext_quality.domain.analyses.events import SkipReason

Import = tuple[int, str]
"""The number of leading dots and the name of an imported module, or of what may be one."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a file cannot be analysed."""

    reason: SkipReason
    detail: str = ""


@dataclass(slots=True)
class Knowledge:
    """What stands in MyPy's way. Paths are the project's own, but where it says "placed".

    Attributes:
        obstacles: files for which a placeholder has to stand.
        imports: of each file, once MyPy's parser was asked.
        renamed: directories and files that need another name, by any name they have.
        promoted: a placed directory that modules' names must not begin in, and where they begin.
        unlisted: placed files that MyPy finds by their imports only.
        foreign: absolute paths of files outside of the project that MyPy cannot read.
        top_is_package: files at the top import each other as those of a package do.
    """

    obstacles: dict[str, Obstacle] = field(default_factory=dict)
    imports: Mapping[str, list[Import]] = field(default_factory=dict)
    renamed: set[str] = field(default_factory=set)
    promoted: dict[str, str] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)
    top_is_package: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in the way as far as is known."""
        return not (
            self.obstacles
            or self.renamed
            or self.promoted
            or self.unlisted
            or self.top_is_package
            or self.imports
        )
