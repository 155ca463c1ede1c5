"""Quality gates as JSON, and back. What is stored stays: tags never change, new fields get defaults."""

from __future__ import annotations

import msgspec

from flext_quality.domain.gates import quality_gate as domain
from flext_quality.domain.identifiers import AnalysisName


class _Previous(msgspec.Struct, frozen=True, tag="previous"):
    pass


class _Analysis(msgspec.Struct, frozen=True, tag="analysis"):
    name: str


class _Days(msgspec.Struct, frozen=True, tag="days"):
    days: int


class _Branch(msgspec.Struct, frozen=True, tag="branch"):
    branch: str


_Since = _Previous | _Analysis | _Days | _Branch


class _Gate(msgspec.Struct, frozen=True):
    conditions: tuple[domain.GateCondition, ...]
    new_code: _Since
    required_analyzers: tuple[str, ...]
    min_new_lines: int


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Gate)


def encode(gate: domain.QualityGate) -> str:
    """The JSON of a gate that a project has set; its version is kept beside it."""
    stored = _Gate(
        gate.conditions, _stored(gate.new_code), gate.required_analyzers, gate.min_new_lines
    )
    return _encoder.encode(stored).decode()


def decode(text: str) -> domain.QualityGate:
    """The opposite of `encode`."""
    stored = _decoder.decode(text)
    return domain.QualityGate(
        conditions=stored.conditions,
        new_code=_restored(stored.new_code),
        required_analyzers=stored.required_analyzers,
        min_new_lines=stored.min_new_lines,
    )


def _stored(since: domain.NewCode) -> _Since:
    match since:
        case domain.SincePrevious():
            return _Previous()
        case domain.SinceAnalysis(analysis):
            return _Analysis(str(analysis))
        case domain.SinceDays(days):
            return _Days(days)
        case domain.SinceBranch(branch):
            return _Branch(branch)


def _restored(since: _Since) -> domain.NewCode:
    match since:
        case _Previous():
            return domain.SincePrevious()
        case _Analysis():
            return domain.SinceAnalysis(AnalysisName.parse(since.name))
        case _Days():
            return domain.SinceDays(since.days)
        case _Branch():
            return domain.SinceBranch(since.branch)
