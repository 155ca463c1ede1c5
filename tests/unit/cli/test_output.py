from __future__ import annotations

import json
import os
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from google.protobuf.json_format import Parse

from flext.quality.v1.analysis_pb2 import Analysis
from flext.quality.v1.finding_pb2 import Finding
from flext_quality.cli.exit_codes import ExitCode
from flext_quality.cli.failures import CommandFailedError
from flext_quality.cli.json_output import write_analysis
from flext_quality.cli.output import open_output
from tests.unit.cli.stories import final, finding


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """New files are for others to read, whoever runs the tests."""
    before = os.umask(0o022)
    yield
    os.umask(before)


async def stream(*findings: Finding) -> AsyncIterator[Finding]:
    """The findings, one by one."""
    for one in findings:
        yield one


async def test_json_holds_the_contracts_messages(tmp_path: Path) -> None:
    """Any proto3 JSON reader gets back the analysis and each finding; zeros are written too."""
    target = tmp_path / "result.json"
    findings = [finding(), Finding(analyzer="ruff", path="a.py")]
    with open_output(target) as output:
        await write_analysis(output, final(), stream(*findings))
    result = json.loads(target.read_text(encoding="ascii"))
    assert ["analysis", "issues"] == list(result)
    assert final() == Parse(json.dumps(result["analysis"]), Analysis())
    assert findings == [Parse(json.dumps(issue), Finding()) for issue in result["issues"]]
    assert 0 == result["issues"][1]["line"]
    skipped = result["analysis"]["outcomes"][2]
    assert ("ruff", "1.2.3", "ANALYZER_STATE_SKIPPED", 0, "3.500s") == tuple(
        skipped[key] for key in ("analyzer", "version", "state", "findingCount", "duration")
    )


async def test_json_without_issues_is_json(tmp_path: Path) -> None:
    """An empty list, not a comma too many."""
    target = tmp_path / "result.json"
    with open_output(target) as output:
        await write_analysis(output, Analysis(), stream())
    assert [] == json.loads(target.read_text())["issues"]


def test_a_failed_command_leaves_the_old_file(tmp_path: Path) -> None:
    """The file is replaced as a whole, or not at all, and nothing else stays behind."""
    target = tmp_path / "result"
    target.write_text("old")

    def fail() -> None:
        with open_output(target) as output:
            output.write("new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert "old" == target.read_text()
    assert [target] == list(tmp_path.iterdir())


def test_a_new_file_has_the_usual_mode_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    """Others may read a report as far as the umask lets them."""
    new, old = tmp_path / "new", tmp_path / "old"
    old.touch()
    old.chmod(0o640)
    for target in (new, old):
        with open_output(target) as output:
            output.write("text")
        assert "text" == target.read_text()
    assert 0o644 == stat.S_IMODE(new.stat().st_mode)
    assert 0o640 == stat.S_IMODE(old.stat().st_mode)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What it leads to is replaced."""
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    with open_output(link) as output:
        output.write("text")
    assert link.is_symlink()
    assert "text" == target.read_text()


def test_a_device_is_written_to_not_replaced() -> None:
    """`--output /dev/null` does not make a file of it."""
    with open_output(Path("/dev/null")) as output:
        output.write("text")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_file_that_cannot_be_made_is_told_before_any_work(tmp_path: Path) -> None:
    """The directory is missing: exit code 73."""
    with pytest.raises(CommandFailedError) as caught, open_output(tmp_path / "no" / "file"):
        pytest.fail("the work began")
    assert ExitCode.CANNOT_CREATE is caught.value.code


def test_a_full_disk_is_an_output_error() -> None:
    """Exit code 74."""
    with pytest.raises(CommandFailedError) as caught, open_output(Path("/dev/full")) as output:
        output.write("text")
    assert ExitCode.IO_ERROR is caught.value.code
