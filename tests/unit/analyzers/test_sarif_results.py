"""What results in a SARIF log become."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flext_quality.domain.analyses.attachment import Attachment, AttachmentKind
from flext_quality.domain.analyses.events import SkipReason
from flext_quality.domain.errors import (
    AnalyzerDisabledError,
    ReportMissingError,
    ToolFailedError,
    ToolOutputInvalidError,
)
from flext_quality.domain.findings.finding import (
    Category,
    Confidence,
    Edit,
    Finding,
    Fix,
    Location,
    Severity,
)
from flext_quality.infrastructure.analyzers.sarif.analyzer import SarifAnalyzer
from tests.recording import RecordingReport
from tests.unit.analyzers.sarif_logs import APP, SOURCE, imported, log_of, place, result, run_of
from tests.workspaces import make_workspace


async def finding_of(tmp_path: Path, *results: dict[str, Any], **run: Any) -> Finding:
    """The one finding that a run has."""
    report, error = await imported(tmp_path, log_of(run_of(*results, **run)))
    assert error is None
    (finding,) = report.all_findings
    return finding


async def test_a_small_result_becomes_a_finding(tmp_path: Path) -> None:
    """What is not told is not made up; the level is "warning", as the standard has it."""
    finding = await finding_of(tmp_path, result())
    assert finding == Finding("sarif", "tool:X1", Severity.MEDIUM, "wrong", APP, 1)


async def test_without_a_log_there_is_nothing_to_do(tmp_path: Path) -> None:
    """Skipped, with the reason; so is an importer that the operator switched off."""
    report, error = await imported(tmp_path)
    assert isinstance(error, ReportMissingError)
    assert report.starts == []
    off = await SarifAnalyzer(enabled=False).run(make_workspace(tmp_path / "x", {}), report)
    assert isinstance(off.error, AnalyzerDisabledError)
    assert (await SarifAnalyzer().version()).unwrap() == "2.1.0"


async def test_a_log_without_results_is_a_success(tmp_path: Path) -> None:
    """An empty run, a run whose results are null, and a log without any run."""
    report, error = await imported(
        tmp_path, log_of(run_of(), {"tool": {"driver": {"name": "t"}}, "results": None}), log_of()
    )
    assert error is None
    assert report.all_findings == []
    assert report.starts[0][:2] == ("t, tool 1.2", 0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "log0.sarif is empty"),
        (b"{", "log0.sarif is no JSON: "),
        (b"\xff\xfe\x00", "log0.sarif is no JSON: "),
        (b"[" * 100_000, "log0.sarif is "),
        (b"[]", "it is no object"),
        (b'{"runs": []}', 'it has no "version"'),
        (b'{"version": "2.1.0"}', 'it has no "runs"'),
        (b'{"version": "2.0.0", "runs": []}', "is of SARIF version '2.0.0'; only 2.1.0 is read"),
        (b'{"version": 2.1, "runs": []}', "is of SARIF version 2.1; only 2.1.0 is read"),
        (b'{"version": "2.1.0", "runs": [{}]}', "breaks the rules of SARIF 2.1.0: "),
        (
            log_of(run_of(externalPropertyFileReferences={"results": [{"itemCount": 3}]})),
            "keeps its results in other files",
        ),
        (b" " * (48 * 1024**2 + 1), "has 50,331,649 bytes, the limit is 50,331,648"),
    ],
)
async def test_what_is_no_log_fails_the_import(tmp_path: Path, content: bytes, said: str) -> None:
    """With the name of the file and what is wrong with it; nothing of a good log beside it is reported."""
    report, error = await imported(tmp_path, content, log_of(run_of(result())))
    assert isinstance(error, ToolOutputInvalidError)
    assert said in error.message
    assert (report.starts, report.batches) == ([], [])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
async def test_logs_with_a_byte_order_mark_are_read(tmp_path: Path, encoding: str) -> None:
    """As PowerShell's redirection writes them."""
    text = log_of(run_of(result(message={"text": "é"}))).decode()
    report, error = await imported(tmp_path, text.encode(encoding))
    assert error is None
    assert report.all_findings[0].message == "é"


@pytest.mark.parametrize(
    ("fields", "rule", "expected"),
    [
        ({"level": "error"}, {}, Severity.HIGH),
        ({"level": "note"}, {"defaultConfiguration": {"level": "error"}}, Severity.LOW),
        ({"level": "none"}, {}, Severity.INFO),
        ({}, {"defaultConfiguration": {"level": "error"}}, Severity.HIGH),
        ({}, {"defaultConfiguration": {}}, Severity.MEDIUM),
        ({"level": "odd"}, {}, Severity.MEDIUM),
        ({"level": "note"}, {"properties": {"security-severity": "9.8"}}, Severity.CRITICAL),
        ({"level": "note"}, {"properties": {"security-severity": 7}}, Severity.HIGH),
        ({"level": "note"}, {"properties": {"security-severity": "4.0"}}, Severity.MEDIUM),
        ({"level": "error"}, {"properties": {"security-severity": "0.1"}}, Severity.LOW),
        ({"level": "error"}, {"properties": {"security-severity": "0.0"}}, Severity.HIGH),
        ({"level": "error"}, {"properties": {"security-severity": "high"}}, Severity.HIGH),
        ({"level": "error"}, {"properties": {"security-severity": ["9"]}}, Severity.HIGH),
        ({"properties": {"security-severity": "9.0"}}, {}, Severity.CRITICAL),
        ({"kind": "review"}, {"properties": {"security-severity": "9.0"}}, Severity.INFO),
        ({"kind": "informational"}, {}, Severity.INFO),
    ],
)
async def test_severity(
    tmp_path: Path, fields: dict[str, Any], rule: dict[str, Any], expected: Severity
) -> None:
    """By the score of security, the result's level, the rule's, or the standard's default."""
    driver = {"rules": [{"id": "X1", **rule}]}
    finding = await finding_of(tmp_path, result(**fields), driver=driver)
    assert finding.severity is expected


async def test_a_run_may_set_a_rule_s_level(tmp_path: Path) -> None:
    """The invocation's overrides go before the rule's default."""
    overrides = [
        {"descriptor": {"index": 0}, "configuration": {"level": "error"}},
        {"descriptor": {"id": "nowhere"}, "configuration": {"level": "note"}},
        {"descriptor": {"id": "X1"}, "configuration": {}},
    ]
    finding = await finding_of(
        tmp_path,
        result(),
        driver={"rules": [{"id": "X1"}]},
        invocations=[{"ruleConfigurationOverrides": overrides}],
    )
    assert finding.severity is Severity.HIGH


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["quality", "Security"], Category.SECURITY),
        (["external/cwe/cwe-089"], Category.SECURITY),
        (["CWE-79: XSS"], Category.SECURITY),
        (["OWASP-A03:2021"], Category.SECURITY),
        (["correctness", "style"], Category.RELIABILITY),
        (["maintainability"], Category.MAINTAINABILITY),
        (["unused-code"], Category.DEAD_CODE),
        (["duplicate-code"], Category.DUPLICATION),
        (["formatting"], Category.STYLE),
        (["cwebasics", 7], Category.UNSPECIFIED),
        ("security", Category.UNSPECIFIED),
    ],
)
async def test_category(tmp_path: Path, tags: object, expected: Category) -> None:
    """By the rule's tags; where they say nothing, nothing is claimed."""
    driver = {"rules": [{"id": "X1", "properties": {"tags": tags}}]}
    assert (await finding_of(tmp_path, result(), driver=driver)).category is expected


async def test_a_score_of_security_makes_a_finding_one_of_security(tmp_path: Path) -> None:
    """Whatever the tags."""
    properties = {"tags": ["style"], "security-severity": "3"}
    driver = {"rules": [{"id": "X1", "properties": properties}]}
    assert (await finding_of(tmp_path, result(), driver=driver)).category is Category.SECURITY


@pytest.mark.parametrize(
    ("precision", "rank", "expected"),
    [
        ("very-high", None, Confidence.HIGH),
        ("medium", 99.0, Confidence.MEDIUM),
        ("low", None, Confidence.LOW),
        ("odd", 70.5, Confidence.HIGH),
        (None, 50, Confidence.MEDIUM),
        (None, 0.0, Confidence.LOW),
        (None, -1.0, Confidence.UNSPECIFIED),
        (None, None, Confidence.UNSPECIFIED),
    ],
)
async def test_confidence(
    tmp_path: Path, precision: object, rank: float | None, expected: Confidence
) -> None:
    """By the rule's precision, else by the result's rank."""
    driver = {"rules": [{"id": "X1", "properties": {"precision": precision}}]}
    finding = await finding_of(tmp_path, result(rank=rank), driver=driver)
    assert finding.confidence is expected


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"ruleId": None, "ruleIndex": 1}, "ext/deep"),
        ({"ruleId": "ext/deep"}, "ext/deep"),
        ({"ruleId": "ext/deep/7"}, "ext/deep/7"),
        ({"ruleId": None, "rule": {"guid": "g-1"}}, "ext/deep"),
        ({"rule": {"id": "ext/deep"}, "ruleId": None}, "ext/deep"),
        ({"ruleId": "ext/deep", "ruleIndex": 0}, "ext/deep"),
        ({"ruleId": None, "rule": {"index": 0, "toolComponent": {"index": 0}}}, "more"),
        ({"ruleId": None, "rule": {"index": 0, "toolComponent": {"guid": "pack"}}}, "more"),
        ({"ruleId": None, "rule": {"index": 0, "toolComponent": {"name": "Pack"}}}, "more"),
        ({"ruleId": "more"}, "more"),
    ],
)
async def test_rules_are_found_by_whatever_points_to_them(
    tmp_path: Path, fields: dict[str, Any], rule: str
) -> None:
    """Index, id, the id above it, guid; in the driver or in an extension."""
    rules = [{"id": "first"}, {"id": "ext/deep", "guid": "g-1", "helpUri": "https://help/x"}]
    extension = {
        "name": "Pack",
        "guid": "pack",
        "rules": [{"id": "more", "helpUri": "https://help/x"}],
    }
    tool = {"driver": {"name": "My Tool", "rules": rules}, "extensions": [extension]}
    finding = await finding_of(tmp_path, result(**fields), tool=tool)
    assert finding.rule == f"my-tool:{rule}"
    assert finding.documentation_url == "https://help/x"


async def test_a_rule_that_nothing_names(tmp_path: Path) -> None:
    """The finding is kept; a component that is not there stands for the driver."""
    reference = {"toolComponent": {"index": 9, "name": "nobody"}, "index": 5}
    finding = await finding_of(tmp_path, result(ruleId=None, rule=reference))
    assert finding.rule == "tool:unknown"


@pytest.mark.parametrize(
    "uri", ["javascript:alert(1)", "file:///etc/passwd", "https://" + "x" * 9999]
)
async def test_only_pages_are_linked_to(tmp_path: Path, uri: str) -> None:
    """A link that a browser should not follow is left out."""
    driver = {"rules": [{"id": "X1", "helpUri": uri}]}
    assert (await finding_of(tmp_path, result(), driver=driver)).documentation_url == ""


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"text": "a", "markdown": "**b**"}, "a"),
        ({"markdown": "**b**"}, "**b**"),
        ({"id": "default", "arguments": ["x", "y"]}, "y is {not} x {2}"),
        ({"id": "global"}, "of all rules"),
        ({"text": "{0} = {1}", "arguments": ["{1}", "2"]}, "{1} = 2"),
        ({"text": "keeps {0}"}, "keeps {0}"),
        (
            {"text": "a [flow](1) from [x\\[0\\]](2) [not](http://x)"},
            "a flow from x[0] [not](http://x)",
        ),
        ({"id": "nowhere"}, "Short."),
        ({}, "Short."),
        (None, "Short."),
    ],
)
async def test_messages(tmp_path: Path, message: object, expected: str) -> None:
    """Text before markdown, texts of the rule by their ids with the arguments filled in, links as words."""
    rule = {
        "id": "X1",
        "shortDescription": {"text": "Short."},
        "messageStrings": {"default": {"text": "{1} is {{not}} {0} {2}"}},
    }
    driver = {"rules": [rule], "globalMessageStrings": {"global": {"markdown": "of all rules"}}}
    finding = await finding_of(tmp_path, result(message=message), driver=driver)
    assert finding.message == expected


async def test_a_result_without_any_words_says_its_rule(tmp_path: Path) -> None:
    """There is always something to read."""
    assert (await finding_of(tmp_path, result(message={}))).message == "X1"


@pytest.mark.parametrize(
    "fields", [{"kind": "pass"}, {"kind": "notApplicable"}, {"baselineState": "absent"}]
)
async def test_results_that_tell_of_nothing_wrong_are_no_findings(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    """A rule that was kept, that does not apply, or a result that is gone."""
    report, error = await imported(tmp_path, log_of(run_of(result(**fields), result())))
    assert error is None
    assert len(report.all_findings) == 1
    assert report.skips == []


async def test_suppressed_results_are_counted_and_told(tmp_path: Path) -> None:
    """They are no findings, unless somebody has still to agree or did not."""
    accepted = [result(suppressions=[{"kind": "inSource"}]) for _ in range(3)]
    accepted.append(result(place("setup.py"), suppressions=[{"status": "accepted"}]))
    open_ones = [result(suppressions=[{"status": s}]) for s in ("underReview", "rejected")]
    nowhere = result(suppressions=[{}])
    nowhere["locations"] = []
    log = log_of(run_of(*accepted, *open_ones, nowhere, result(suppressions=[])))
    report, error = await imported(tmp_path, log)
    assert error is None
    assert len(report.all_findings) == 3
    (told,) = report.skips
    assert told.reason is SkipReason.EXCLUDED
    assert told.paths == ("(no file)", "setup.py", APP)
    assert "5 in all" in told.detail


async def test_results_that_name_no_file_are_told(tmp_path: Path) -> None:
    """With their rules, so that nothing is lost silently."""
    logical = {"logicalLocations": [{"fullyQualifiedName": "a.b"}]}
    bare = result(ruleId="X2")
    bare["locations"] = []
    log = log_of(run_of(result(logical), bare, result(place(None, startLine=1)), result()))
    report, error = await imported(tmp_path, log)
    assert error is None
    assert len(report.all_findings) == 1
    (told,) = report.skips
    assert told.paths == ("log0.sarif",)
    assert told.detail == "results that name no file: 3 in all, of X1, X2"


async def test_the_analysis_target_stands_in_for_a_location(tmp_path: Path) -> None:
    """The finding is about the file as a whole then."""
    found = result(analysisTarget={"uri": APP})
    found["locations"] = []
    finding = await finding_of(tmp_path, found)
    assert (finding.path, finding.line) == (APP, 0)


async def test_further_locations_are_related(tmp_path: Path) -> None:
    """Those of the result itself and its related ones, as far as they are in the project."""
    found = result(
        place(startLine=1),
        place("setup.py", startLine=1),
        relatedLocations=[
            place(startLine=2, startColumn=1, endColumn=7, message="defined here"),
            place("../outside.py", startLine=1),
            {"message": {"text": "nowhere"}},
        ],
    )
    finding = await finding_of(tmp_path, found)
    assert finding.related == (Location("setup.py", 1), Location(APP, 2, 1, 2, 7, "defined here"))


def change(*replacements: tuple[dict[str, int], str | None], uri: str = APP) -> dict[str, Any]:
    """An artifactChange."""
    parts = [
        {"deletedRegion": region, **({} if text is None else {"insertedContent": {"text": text}})}
        for region, text in replacements
    ]
    return {"artifactLocation": {"uri": uri}, "replacements": parts}


LATER = {"startLine": 2, "startColumn": 1, "endColumn": 7}
EARLIER = {"startLine": 1}


async def test_fixes_of_one_file_are_kept(tmp_path: Path) -> None:
    """Edits come in the order of the file; a region without an end reaches to the end of its line."""
    fix = {
        "description": {"text": "mend"},
        "artifactChanges": [change((LATER, "x"), (EARLIER, None))],
    }
    finding = await finding_of(tmp_path, result(fixes=[fix]))
    assert finding.fix == Fix("mend", edits=(Edit(1, 1, 1, 10, ""), Edit(2, 1, 2, 7, "x")))


@pytest.mark.parametrize(
    "changes",
    [
        [change((LATER, "x")), change((EARLIER, "y"), uri="setup.py")],
        [change((LATER, "x"), ({"startLine": 2, "startColumn": 3, "endColumn": 9}, "y"))],
        [change(({"charOffset": 9999}, "x"))],
        [],
    ],
)
async def test_fixes_that_cannot_be_told_exactly_keep_their_description(
    tmp_path: Path, changes: list[dict[str, Any]]
) -> None:
    """Those of several files, with edits that overlap, or in places that are not there."""
    fix = {"description": {"text": "mend"}, "artifactChanges": changes}
    assert (await finding_of(tmp_path, result(fixes=[fix]))).fix == Fix("mend")


async def test_a_fix_of_a_file_that_is_not_in_the_copy_needs_all_numbers(tmp_path: Path) -> None:
    """The end of a line that cannot be read is not guessed."""
    whole = change((LATER, "x"), uri="a.js")
    bad = {"artifactChanges": [change((EARLIER, "x"), uri="a.js")]}
    found = result(place("a.js", startLine=2), fixes=[bad, {"artifactChanges": [whole]}])
    assert (await finding_of(tmp_path, found)).fix == Fix("", edits=(Edit(2, 1, 2, 7, "x"),))


async def test_a_run_that_failed_fails_the_import(tmp_path: Path) -> None:
    """With the tool's words, after its findings and those of the other logs were told."""
    words = [{"message": {"text": "no licence"}}, {"message": {"markdown": "see *log*"}}, {}]
    invocation = {
        "executionSuccessful": False,
        "exitCode": 7,
        "exitCodeDescription": "gave up",
        "toolExecutionNotifications": words[:1],
        "toolConfigurationNotifications": words[1:],
    }
    failed = log_of(run_of(result(), invocations=[invocation]))
    report, error = await imported(tmp_path, failed, log_of(run_of(result())))
    assert isinstance(error, ToolFailedError)
    assert error.message == "sarif failed with exit code 7: tool: gave up; no licence; see *log*"
    assert len(report.all_findings) == 2


async def test_files_that_the_tool_failed_on_are_told(tmp_path: Path) -> None:
    """With its words; a note of lesser weight is none."""
    broken = {"level": "error", "message": {"text": "cannot parse"}, "locations": [place(), {}]}
    mild = {**broken, "level": "warning", "message": {"text": "slow"}}
    invocation = {
        "executionSuccessful": True,
        "toolExecutionNotifications": [mild, broken, {"level": "error", "locations": [place()]}],
    }
    report, error = await imported(tmp_path, log_of(run_of(invocations=[invocation])))
    assert error is None
    told = [(s.reason, s.paths, s.detail) for s in report.skips]
    assert told == [
        (SkipReason.TOOL_ERROR, (APP,), ""),
        (SkipReason.TOOL_ERROR, (APP,), "cannot parse"),
    ]


async def test_large_logs_are_reported_in_batches(tmp_path: Path) -> None:
    """All of it, in the order of the log."""
    log = log_of(run_of(*(result(message={"text": str(n)}) for n in range(2500))))
    report, error = await imported(tmp_path, log)
    assert error is None
    assert [len(batch) for batch in report.batches] == [1000, 1000, 500]
    assert [f.message for f in report.all_findings] == [str(n) for n in range(2500)]


async def test_the_version_is_each_tool_s_own(tmp_path: Path) -> None:
    """The semantic one before the other; the digest follows it, and nothing else."""
    first = log_of(run_of(driver={"semanticVersion": "3.0.1", "rules": [{"id": "a"}]}))
    same = log_of(run_of(driver={"semanticVersion": "3.0.1", "rules": [{"id": "b"}]}))
    other = log_of(run_of(driver={"semanticVersion": "3.0.2"}))
    starts = [
        (await imported(tmp_path / str(number), log))[0].starts[0]
        for number, log in enumerate((first, same, other))
    ]
    assert [version for version, _, _ in starts] == ["tool 3.0.1", "tool 3.0.1", "tool 3.0.2"]
    assert starts[0][2] == starts[1][2] != starts[2][2]


async def test_hostile_text_stays_data(tmp_path: Path) -> None:
    """Endless names and URIs are cut where they are told, and control characters escaped."""
    uri = "file:///nowhere/\x1b[31m" + "x" * 5000
    found = result(place(uri), ruleId="R" * 5000)
    report, error = await imported(tmp_path, log_of(run_of(found, result(ruleId="R" * 5000))))
    assert error is None
    (path,) = report.skips[0].paths
    assert "\x1b" not in path
    assert len(path) < 600
    assert report.all_findings[0].rule == "tool:" + "R" * 1000


async def test_other_attachments_are_left_alone(tmp_path: Path) -> None:
    """A report of coverage is not for this analyzer."""
    coverage = Attachment(AttachmentKind.COVERAGE, "coverage.xml", b"<coverage/>")
    workspace = replace(make_workspace(tmp_path, SOURCE), attachments=(coverage,))
    outcome = await SarifAnalyzer().run(workspace, RecordingReport())
    assert isinstance(outcome.error, ReportMissingError)
