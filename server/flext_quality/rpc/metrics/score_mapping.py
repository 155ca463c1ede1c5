"""Scores to protobuf."""

from __future__ import annotations

from typing import cast

from flext.quality.v1 import finding_pb2, score_pb2
from flext_quality.domain.metrics.score import Score


def score_to_proto(score: Score) -> score_pb2.Score:
    """The message of a score."""
    return score_pb2.Score(
        overall=score.overall,
        grade=cast("score_pb2.Grade", score.grade),
        categories=[
            score_pb2.CategoryScore(
                category=cast("finding_pb2.Category", one.category),
                score=one.score,
                grade=cast("score_pb2.Grade", one.grade),
            )
            for one in score.categories
        ],
        confidence=score.confidence,
    )
