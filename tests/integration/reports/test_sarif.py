from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from sarif import loader

from flext_quality.domain.errors import InvalidFieldError
from flext_quality.domain.issues.issue import IssueStatus
from flext_quality.domain.reports.report import ReportedIssue, TechnicalReport
from flext_quality.infrastructure.reports.sarif import SarifRenderer
from flext_quality.infrastructure.reports.sarif_values import message
from tests.integration.reports import samples
from tests.integration.reports.samples import HOSTILE, written

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0-rtm.5.json").read_text())


async def log(report: TechnicalReport) -> Any:
    """The log, which fits the schema."""
    data = await written(SarifRenderer(), report)
    assert data.isascii()
    value = json.loads(data)
    jsonschema.Draft4Validator(
        SCHEMA, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
    ).validate(value)
    return value


def results(value: Any) -> list[Any]:
    return [result for run in value["runs"] for result in run["results"]]


@pytest.mark.parametrize("count", [0, 61])
async def test_a_log_fits_the_schema_of_the_standard(count: int) -> None:
    """With issues and without, of analyzers that worked and of those that did not."""
    await log(samples.technical(samples.reported(count)))
    await log(samples.empty()[1])  # type: ignore[arg-type]  # the technical one


async def test_an_independent_reader_counts_the_same(tmp_path: Path) -> None:
    """By tool and by level."""
    issues = samples.reported(300)
    path = tmp_path / "report.sarif"
    report = samples.technical(issues, absent=samples.reader(()))
    path.write_bytes(await written(SarifRenderer(), report))
    read = loader.load_sarif_file(str(path))
    assert read.get_result_count() == 300
    by_tool = {run.get_tool_name(): run.get_result_count() for run in read.runs}
    for tool in ("bandit", "ruff", "vulture"):
        assert by_tool[tool] == sum(one.issue.finding.analyzer == tool for one in issues)
    errors = sum(one.issue.finding.severity.name in {"CRITICAL", "HIGH"} for one in issues)
    assert read.get_report().get_issue_count_for_severity("error") == errors


async def test_a_result_leads_to_its_rule_and_its_issue() -> None:
    """The rule by its index, the issue by a fingerprint that stays the same."""
    issues = samples.reported(61)
    value = await log(samples.technical(issues))
    for run in value["runs"]:
        rules = run["tool"]["driver"]["rules"]
        assert len({rule["id"] for rule in rules}) == len(rules)
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    ids = {one.issue.name.issue_id for one in issues}
    found = {one["partialFingerprints"]["flextQualityIssue/v1"] for one in results(value)}
    assert ids <= found
    bandit = next(r for r in value["runs"] if r["tool"]["driver"]["name"] == "bandit")
    rule = bandit["tool"]["driver"]["rules"][0]
    assert rule["helpUri"] == "https://docs.example.org/bandit/B105"
    assert rule["properties"]["security-severity"] == "9.5"


async def test_results_say_how_they_differ_from_the_analysis_before() -> None:
    """New, unchanged, updated and absent; nothing where there is none before."""
    value = await log(samples.technical(samples.reported(61)))
    states = [one["baselineState"] for one in results(value)]
    assert set(states) == {"new", "unchanged", "updated", "absent"}
    assert states.count("absent") == 3
    first = [ReportedIssue(one.issue) for one in samples.reported(9)]
    value = await log(samples.technical(first, base=None, absent=samples.reader(())))
    assert not any("baselineState" in one for one in results(value))


async def test_what_people_resolved_is_suppressed_with_their_words() -> None:
    """Only FALSE_POSITIVE and ACCEPTED are."""
    issues = samples.reported(100)
    value = await log(samples.technical(issues, absent=samples.reader(())))
    suppressed = [one["suppressions"] for one in results(value) if "suppressions" in one]
    resolved = (IssueStatus.FALSE_POSITIVE, IssueStatus.ACCEPTED)
    assert len(suppressed) == sum(one.issue.status in resolved for one in issues) > 0
    assert "Checked with the payments team." in suppressed[0][0]["justification"]


async def test_analyzers_say_how_they_fared() -> None:
    """One that was stopped is no success, though its issues are there."""
    value = await log(samples.technical(samples.reported(61)))
    runs = {run["tool"]["driver"]["name"]: run for run in value["runs"]}
    assert runs["ruff"]["invocations"][0]["executionSuccessful"]
    assert runs["ruff"]["tool"]["driver"]["version"] == "0.17.6"
    stopped = runs["mypy"]["invocations"][0]
    assert not stopped["executionSuccessful"]
    assert stopped["exitCodeDescription"] == "timed out: mypy was stopped at its limit of 600 s"
    assert runs["coverage"]["invocations"][0]["toolExecutionNotifications"][0]["level"] == "note"
    assert "invocations" not in runs["vulture"]


async def test_hostile_text_fits_the_schema_and_is_not_obeyed() -> None:
    """Paths are percent-encoded and come back exactly; links and placeholders in messages are none."""
    value = await log(samples.technical(samples.hostile_issues(), absent=samples.reader(())))
    places = [
        one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results(value)
    ]
    assert sorted(HOSTILE) == sorted(map(unquote, places))
    assert not any(set(place) & set(' <>"\\|`{}^:') for place in places)
    texts = [one["message"]["text"] for one in results(value)]
    assert "\\x1b[31mred\\x1b]0;title\\x07\\x9b2J\\x7f" in texts
    assert not any("[f](" in text for text in texts)
    assert not any("helpUri" in r for run in value["runs"] for r in run["tool"]["driver"]["rules"])


def test_messages_hold_no_placeholders() -> None:
    """A reader would put an argument into their place (SARIF 2.1.0, 3.11.5)."""
    assert message("at {0} of {name} and [x](y)") == "at {{0}} of {name} and \\[x\\](y)"


async def test_places_are_those_that_were_told() -> None:
    """A file as a whole has no region; a notebook's cell has its line beside it."""
    whole = samples.issue(1, line=0, column=0, end_line=0, end_column=0)
    cell = samples.issue(2, cell=3, line=4)
    odd = samples.issue(3, line=9, column=5, end_line=9, end_column=2)
    value = await log(
        samples.technical(
            [ReportedIssue(one) for one in (whole, cell, odd)], absent=samples.reader(())
        )
    )
    by_issue = {one["properties"]["issue"]: one for one in results(value)}
    where = {
        name: one["locations"][0]["physicalLocation"].get("region")
        for name, one in by_issue.items()
    }
    assert where[str(whole.name)] is None
    assert where[str(cell.name)] is None
    assert by_issue[str(cell.name)]["properties"]["cell"] == 3
    assert where[str(odd.name)] == {"startLine": 9, "startColumn": 5, "endLine": 9}


async def test_other_reports_have_no_sarif() -> None:
    """Only a technical report is a list of results."""
    with pytest.raises(InvalidFieldError):
        await written(SarifRenderer(), samples.trend())
