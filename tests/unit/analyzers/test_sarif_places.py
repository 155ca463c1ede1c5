"""Which files and places a SARIF log means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flext_quality.domain.findings.finding import Finding
from tests.unit.analyzers.sarif_logs import imported, log_of, place, result, run_of

FILES = {
    "setup.py": "x = 1\n",
    "shop/app.py": "a = 1\nb = 2\n",
    "shop/a b é.py": "x = 1\n",
    "shop/100%.py": "x = 1\n",
    "shop/c%20d.py": "x = 1\n",
    "tests/app.py": "x = 1\n",
}


async def paths_of(
    tmp_path: Path, *uris: str, local_path: str = "", **run: Any
) -> tuple[list[str], set[str]]:
    """Where findings about these URIs are, and which URIs were told to be outside."""
    log = log_of(run_of(*(result(place(uri, startLine=1)) for uri in uris), **run))
    report, error = await imported(tmp_path, log, source=FILES, local_path=local_path)
    assert error is None
    return [finding.path for finding in report.all_findings], set(report.skipped_paths)


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("shop/app.py", "shop/app.py"),
        ("./shop//x/../app.py", "shop/app.py"),
        ("shop\\app.py", "shop/app.py"),
        ("shop/a%20b%20%C3%A9.py", "shop/a b é.py"),
        ("shop/a b é.py", "shop/a b é.py"),
        ("shop/100%.py", "shop/100%.py"),
        ("shop/100%25.py", "shop/100%.py"),
        ("shop/c%20d.py", "shop/c%20d.py"),
        (".github/workflows/ci.yml", ".github/workflows/ci.yml"),
        ("docs/index.html", "docs/index.html"),
    ],
)
async def test_relative_uris(tmp_path: Path, uri: str, path: str) -> None:
    """Percent-encoded or not, with either slash; files that no working copy holds are taken as named."""
    assert await paths_of(tmp_path, uri) == ([path], set())


@pytest.mark.parametrize(
    "uri",
    [
        "../shop/app.py",
        "../../etc/passwd",
        "/etc/passwd",
        "file:///etc/passwd",
        "https://example.com/shop/app.py",
        "shop/gone.py",
        ".",
        "ci\u0007.yml",
        "x/" * 2000 + "y.yml",
    ],
)
async def test_what_is_outside_of_the_project_is_told_and_not_read(
    tmp_path: Path, uri: str
) -> None:
    """So is a Python file that the project does not have."""
    found, outside = await paths_of(tmp_path, uri)
    assert found == []
    assert len(outside) == 1


async def test_absolute_uris_of_another_machine(tmp_path: Path) -> None:
    """The directory below which the most files are the project's is the project; the rest is outside."""
    there = "file:///home/runner/work/repo"
    uris = [
        f"{there}/setup.py",
        f"{there}/shop/app.py",
        f"{there}/tests/app.py",
        f"{there}/.github/ci.yml",
        "file:///usr/lib/python3/shop/app.py",
        "file:///usr/lib/python3/setup.py",
        f"{there}/gone.py",
    ]
    assert await paths_of(tmp_path, *uris) == (
        ["setup.py", "shop/app.py", "tests/app.py", ".github/ci.yml"],
        set(uris[4:]),
    )


@pytest.mark.parametrize(
    "there",
    ["file:///C:/agent/repo", "file://localhost/x", "file:/x", "C:\\agent", "file://host/x"],
)
async def test_forms_of_absolute_uris(tmp_path: Path, there: str) -> None:
    """Windows drives, hosts, and paths that are no URIs."""
    assert await paths_of(tmp_path, f"{there}/shop/app.py") == (["shop/app.py"], set())


async def test_the_longest_path_decides_where_nothing_else_does(tmp_path: Path) -> None:
    """One URI, two readings."""
    source = {"app.py": "", "shop/app.py": ""}
    log = log_of(run_of(result(place("file:///ci/shop/app.py"))))
    report, _ = await imported(tmp_path, log, source=source)
    assert [f.path for f in report.all_findings] == ["shop/app.py"]


async def test_a_declared_base_decides_between_readings(tmp_path: Path) -> None:
    """Where the tool says which directory it took for the project."""
    source = {"app.py": "", "shop/app.py": ""}
    bases = {"SRCROOT": {"uri": "file:///ci/shop/"}}
    log = log_of(run_of(result(place("file:///ci/shop/app.py")), originalUriBaseIds=bases))
    report, _ = await imported(tmp_path, log, source=source)
    assert [f.path for f in report.all_findings] == ["app.py"]


async def test_the_project_s_own_path_is_known(tmp_path: Path) -> None:
    """Where a tool ran in the project itself, any file below it is found again."""
    uri = "file:///srv/repo/web/index.js"
    assert await paths_of(tmp_path / "1", uri, local_path="/srv/repo") == (["web/index.js"], set())
    assert await paths_of(tmp_path / "2", uri, local_path="/srv/other") == ([], {uri})


@pytest.mark.parametrize(
    ("uri", "bases", "path"),
    [
        ("app.py", {"B": {"uri": "shop/"}}, "shop/app.py"),
        (
            "app.py",
            {"B": {"uri": "shop/", "uriBaseId": "R"}, "R": {"uri": "file:///ci/"}},
            "shop/app.py",
        ),
        ("shop/app.py", {"B": {"uri": "file:///ci/repo/"}}, "shop/app.py"),
        ("shop/app.py", {"B": {"description": {"text": "the root"}}}, "shop/app.py"),
        ("shop/app.py", {}, "shop/app.py"),
        ("shop/app.py", {"B": {"uri": "https://example.com/"}}, "shop/app.py"),
        ("app.py", {"B": {"uri": "file:///ci/shop/"}}, "shop/app.py"),
        ("app.py", {"B": {"uri": "shop", "uriBaseId": "B"}}, None),
    ],
)
async def test_base_ids(tmp_path: Path, uri: str, bases: dict[str, Any], path: str | None) -> None:
    """A URI counts from its base, which may count from another; circles lead nowhere."""
    location = {"physicalLocation": {"artifactLocation": {"uri": uri, "uriBaseId": "B"}}}
    log = log_of(run_of(result(location), originalUriBaseIds=bases))
    report, error = await imported(tmp_path, log, source=FILES)
    assert error is None
    assert [f.path for f in report.all_findings] == ([path] if path else [])


async def test_other_files_below_a_base_that_is_elsewhere_are_outside(tmp_path: Path) -> None:
    """A vendored checkout beside the project does not pass for it."""
    locations = [
        {"physicalLocation": {"artifactLocation": {"uri": uri, "uriBaseId": base}}}
        for uri, base in (("setup.py", "R"), ("shop/app.py", "R"), ("x.yml", "R"), ("y.yml", "V"))
    ]
    bases = {"R": {"uri": "file:///ci/repo/"}, "V": {"uri": "file:///ci/vendor/"}}
    log = log_of(run_of(*(result(place) for place in locations), originalUriBaseIds=bases))
    report, _ = await imported(tmp_path, log, source=FILES)
    assert [f.path for f in report.all_findings] == ["setup.py", "shop/app.py", "x.yml"]
    assert set(report.skipped_paths) == {"y.yml"}


async def test_artifacts_are_found_by_their_index(tmp_path: Path) -> None:
    """A location may name a file by its place in the run's list."""
    artifacts = [{}, {"location": {"uri": "shop/app.py"}}]
    locations = [{"physicalLocation": {"artifactLocation": {"index": n}}} for n in (1, 0, 7)]
    log = log_of(run_of(*(result(place) for place in locations), artifacts=artifacts))
    report, error = await imported(tmp_path, log, source=FILES)
    assert error is None
    assert [f.path for f in report.all_findings] == ["shop/app.py"]
    assert "2 in all" in report.skips[0].detail
    assert report.starts[0][1] == 1


# --- regions ---------------------------------------------------------------------------------------

TEXTS: dict[str, str | bytes] = {
    "wide.py": "a = '🐍🐍'; b = 1\r\nc = 2\nd = 3",
    "plain.py": "one\ntwo\n",
    "latin.py": "# coding: latin-1\nä = 'é'; b = 1\n".encode("latin-1"),
    "bom.py": b"\xef\xbb\xbfx = 1\ny = 2\n",
    "broken.py": b"x = '\xff'\ny = 1\n",
}


async def span_of(
    tmp_path: Path, path: str, kind: str | None = None, **region: int
) -> tuple[int, int, int, int]:
    """Line, column, end line and end column of a finding with this region."""
    run = run_of(result(place(path, message="", **region)))
    log = log_of(run if kind is None else {**run, "columnKind": kind})
    report, error = await imported(tmp_path, log, source=TEXTS)
    assert error is None
    found: Finding = report.all_findings[0]
    return found.line, found.column, found.end_line, found.end_column


@pytest.mark.parametrize(
    ("path", "kind", "region", "expected"),
    [
        ("wide.py", None, {"startLine": 1, "startColumn": 11, "endColumn": 12}, (1, 11, 1, 12)),
        ("wide.py", "unicodeCodePoints", {"startLine": 1, "startColumn": 11}, (1, 11, 0, 0)),
        (
            "wide.py",
            "utf16CodeUnits",
            {"startLine": 1, "startColumn": 12, "endColumn": 13},
            (1, 10, 1, 11),
        ),
        ("wide.py", "utf16CodeUnits", {"startLine": 1, "startColumn": 1}, (1, 1, 0, 0)),
        (
            "wide.py",
            "utf16CodeUnits",
            {"startLine": 1, "startColumn": 1, "endColumn": 30},
            (1, 1, 1, 28),
        ),
        ("wide.py", "utf16CodeUnits", {"startLine": 9, "startColumn": 4}, (9, 4, 0, 0)),
        ("plain.py", "utf16CodeUnits", {"startLine": 1, "startColumn": 2}, (1, 2, 0, 0)),
        ("gone.js", "utf16CodeUnits", {"startLine": 1, "startColumn": 12}, (1, 12, 0, 0)),
        ("broken.py", "utf16CodeUnits", {"startLine": 1, "startColumn": 3}, (1, 3, 0, 0)),
        ("plain.py", None, {"startLine": 1, "endLine": 2}, (1, 0, 2, 0)),
        ("plain.py", None, {"startLine": 0}, (0, 0, 0, 0)),
        ("plain.py", None, {"startLine": 2**40, "startColumn": 3}, (0, 0, 0, 0)),
        ("plain.py", None, {"startLine": 1, "startColumn": -2, "endColumn": 2**40}, (1, 0, 0, 0)),
        ("plain.py", None, {"charOffset": 5, "charLength": 2}, (2, 2, 2, 4)),
        ("plain.py", None, {"charOffset": 0}, (1, 1, 0, 0)),
        ("plain.py", None, {"charOffset": 8, "charLength": 0}, (3, 1, 3, 1)),
        ("plain.py", None, {"charOffset": 99}, (0, 0, 0, 0)),
        ("plain.py", None, {"charOffset": -1}, (0, 0, 0, 0)),
        ("gone.js", None, {"charOffset": 5}, (0, 0, 0, 0)),
        ("wide.py", None, {"charOffset": 17, "charLength": 1}, (2, 1, 2, 2)),
        ("wide.py", "utf16CodeUnits", {"charOffset": 19, "charLength": 1}, (2, 1, 2, 2)),
        ("wide.py", None, {"byteOffset": 23, "byteLength": 1}, (2, 1, 2, 2)),
        ("latin.py", None, {"byteOffset": 18, "byteLength": 1}, (2, 1, 2, 2)),
        ("bom.py", None, {"charOffset": 6}, (2, 1, 0, 0)),
        ("broken.py", None, {"charOffset": 3}, (0, 0, 0, 0)),
    ],
)
async def test_regions(
    tmp_path: Path,
    path: str,
    kind: str | None,
    region: dict[str, int],
    expected: tuple[int, int, int, int],
) -> None:
    """Lines and columns in characters, from whatever the tool counts in."""
    assert await span_of(tmp_path, path, kind, **region) == expected


async def test_more_files_than_are_kept_at_hand(tmp_path: Path) -> None:
    """Texts that were put aside are read again."""
    source = {f"f{n}.py": "'🐍'; x\n" for n in range(40)}
    results = [result(place(path, startLine=1, startColumn=7)) for path in [*source, *source]]
    log = log_of(run_of(*results, columnKind="utf16CodeUnits"))
    report, _ = await imported(tmp_path, log, source=source)
    assert {f.column for f in report.all_findings} == {6}
