"""What a benchmark finds out, and whether that is enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.targets import TARGETS, Judged, Target


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: the median of what was measured of us and, where there is one, of a peer.

    Attributes:
        name: a key of `TARGETS`, unless the figure is for information only.
        unit: of `subject` and `peer`.
        subject: every measurement of ours.
        peer: every measurement of the peer, taken in turn with ours.
    """

    name: str
    unit: str
    subject: Sequence[float]
    peer: Sequence[float] = field(default=())

    @property
    def target(self) -> Target | None:
        """What it must reach."""
        return TARGETS.get(self.name)

    @property
    def ratio(self) -> float | None:
        """Ours divided by the peer's."""
        return median(self.subject) / median(self.peer) if self.peer else None

    @property
    def judged(self) -> float:
        """The value that the target bounds."""
        judged = self.target.judged if self.target else Judged.VALUE
        if judged is Judged.RATIO:
            return median(self.subject) / median(self.peer)
        if judged is Judged.DIFFERENCE:
            return median(self.subject) - median(self.peer)
        return median(self.subject)

    @property
    def is_reached(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        return self.target.is_reached_by(self.judged) if self.target else None

    def as_json(self) -> dict[str, object]:
        """Everything about it."""
        target = self.target
        return {
            "name": self.name,
            "unit": self.unit,
            "subject": median(self.subject),
            "peer": median(self.peer) if self.peer else None,
            "ratio": self.ratio,
            "target": None
            if target is None
            else {
                "of": target.judged.value,
                "bound": target.bound,
                "at_least": target.at_least,
                "judged": self.judged,
                "reached": self.is_reached,
            },
            "subject_samples": list(self.subject),
            "peer_samples": list(self.peer),
        }
