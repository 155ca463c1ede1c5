from __future__ import annotations

import json
from typing import Any

import pytest

from flext_quality.infrastructure.reports.json_report import JsonRenderer
from tests.integration.reports import samples
from tests.integration.reports.samples import HOSTILE, written
from tests.integration.reports.test_html import every_report


async def value(number: int) -> Any:
    """What a program reads."""
    return json.loads(await written(JsonRenderer(), every_report()[number]))


@pytest.mark.parametrize("number", range(10))
async def test_a_report_is_plain_json_in_ascii(number: int) -> None:
    """So no terminal obeys it; with its version, kind, project and analysis."""
    data = await written(JsonRenderer(), every_report()[number])
    assert data.isascii()
    assert not set(data) & {*range(9), *range(11, 32), 127}
    report = json.loads(data)
    assert report["version"] == 1
    assert report["kind"] in {"EXECUTIVE", "TECHNICAL", "TREND", "COMPARISON"}
    assert report["project"]["name"] == "projects/shop"
    assert report["analysis"]["name"].startswith("projects/shop/analyses/")


async def test_text_comes_back_exactly() -> None:
    """Escaping loses nothing: programs get what the tool said."""
    issues = (await value(5))["issues"]
    assert sorted(HOSTILE) == sorted(issue["message"] for issue in issues)
    assert sorted(HOSTILE) == sorted(issue["path"] for issue in issues)


async def test_issues_come_whole_and_in_order() -> None:
    """With difference, place before, decision; and those that are gone apart."""
    issues = samples.reported(100)
    report = json.loads(await written(JsonRenderer(), samples.technical(issues)))
    assert [str(one.issue.name) for one in issues] == [one["name"] for one in report["issues"]]
    moved = next(one for one in report["issues"] if one["difference"] == "MOVED")
    assert (moved["basePath"], moved["baseLine"]) == ("server/shop/old.py", 12)
    decided = next(one for one in report["issues"] if one["status"] == "ACCEPTED")
    assert decided["triage"]["reason"] == "Checked with the payments team."
    assert [one["difference"] for one in report["absentIssues"]] == ["FIXED"] * 3
    assert report["summary"]["seen"] == 100


async def test_not_measured_is_null() -> None:
    """Never 0, and the score of nothing is null too."""
    measures = {one["metric"]: one for one in (await value(0))["measures"]}
    assert measures["line_coverage"]["value"] is None
    assert measures["score"]["base"] == 81.0
    assert (await value(6))["analysis"]["score"]["overall"] is None


async def test_a_trend_has_points_and_where_it_is_heading() -> None:
    """By the same rules as GetTrends."""
    metrics = {one["metric"]: one for one in (await value(2))["metrics"]}
    assert metrics["technical_debt"]["direction"] == "WORSENING"
    assert metrics["technical_debt"]["points"][0] == {
        "time": "2025-03-01T12:00:00.000000Z",
        "value": 2400,
    }
