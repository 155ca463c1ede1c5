from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from flext.quality.v1.analysis_pb2 import Analysis, AnalysisState, AnalyzerOutcome, AnalyzerState
from flext_quality.cli.analyses.follow import exit_code_of
from flext_quality.cli.exit_codes import EPILOG, ExitCode
from flext_quality.cli.failures import CommandFailedError, failure_of
from flext_quality.cli.system.serve import ServeOptions, overrides
from flext_quality_client import QualityError, UnavailableError

SUCCEEDED = AnalyzerState.ANALYZER_STATE_SUCCEEDED


@pytest.mark.parametrize(
    ("state", "analyzers", "code"),
    [
        (AnalysisState.ANALYSIS_STATE_SUCCEEDED, [SUCCEEDED], ExitCode.OK),
        (
            AnalysisState.ANALYSIS_STATE_SUCCEEDED,
            [SUCCEEDED, AnalyzerState.ANALYZER_STATE_SKIPPED],
            ExitCode.OK,
        ),
        (
            AnalysisState.ANALYSIS_STATE_SUCCEEDED,
            [SUCCEEDED, AnalyzerState.ANALYZER_STATE_FAILED],
            ExitCode.NOT_SUCCEEDED,
        ),
        (
            AnalysisState.ANALYSIS_STATE_SUCCEEDED,
            [SUCCEEDED, AnalyzerState.ANALYZER_STATE_TIMED_OUT],
            ExitCode.NOT_SUCCEEDED,
        ),
        (AnalysisState.ANALYSIS_STATE_FAILED, [], ExitCode.NOT_SUCCEEDED),
        (AnalysisState.ANALYSIS_STATE_CANCELLED, [SUCCEEDED], ExitCode.NOT_SUCCEEDED),
    ],
)
def test_an_analysis_is_fine_only_if_all_of_it_is(
    state: AnalysisState, analyzers: list[AnalyzerState], code: ExitCode
) -> None:
    """Exit code 0 promises that every analyzer did its work or had none."""
    outcomes = [AnalyzerOutcome(state=analyzer) for analyzer in analyzers]
    assert code is exit_code_of(Analysis(state=state, outcomes=outcomes))


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [
        ("INVALID_ARGUMENT", "UNKNOWN_ANALYZER", 64),
        ("OUT_OF_RANGE", "SEQUENCE_OUT_OF_RANGE", 64),
        ("FAILED_PRECONDITION", "SOURCE_NOT_FOUND", 66),
        ("FAILED_PRECONDITION", "SOURCE_UNREADABLE", 66),
        ("FAILED_PRECONDITION", "SOURCE_TOO_LARGE", 66),
        ("NOT_FOUND", "ANALYSIS_NOT_FOUND", 66),
        ("UNAVAILABLE", "", 69),
        ("DEADLINE_EXCEEDED", "", 69),
        ("INTERNAL", "INTERNAL", 70),
        ("UNIMPLEMENTED", "", 70),
        ("RESOURCE_EXHAUSTED", "QUEUE_FULL", 75),
        ("PERMISSION_DENIED", "SOURCE_NOT_ALLOWED", 77),
    ],
)
def test_each_error_of_the_server_has_its_exit_code(status: str, reason: str, code: int) -> None:
    """Scripts can tell what went wrong without reading text."""
    error = QualityError("why", code=grpc.StatusCode[status], reason=reason)
    assert code == failure_of(error, "").code
    assert "why" in failure_of(error, "").message


def test_an_unreachable_server_is_named() -> None:
    """The message says which address does not answer, and what to do."""
    error = UnavailableError("connection refused", code=grpc.StatusCode.UNAVAILABLE)
    failure = failure_of(error, "127.0.0.1:1")
    assert "127.0.0.1:1" in failure.message
    assert "flext-quality serve" in failure.hint


def test_help_and_manual_name_every_exit_code() -> None:
    """What the command can end with is documented in both places."""
    manual = Path("docs/cli.md").read_text(encoding="utf-8")
    for code in ExitCode:
        assert str(int(code)) in EPILOG
        assert f"| {int(code)} |" in manual


def test_serve_takes_one_way_to_say_where() -> None:
    """Options that contradict each other are wrong usage."""
    with pytest.raises(CommandFailedError) as caught:
        overrides(ServeOptions(address="127.0.0.1:1", port=2))
    assert ExitCode.USAGE is caught.value.code
    with pytest.raises(CommandFailedError):
        overrides(ServeOptions(address="localhost"))


def test_serve_options_become_settings() -> None:
    """Relative allowed paths count from where the command runs."""
    assert {"api_host": "::1", "api_port": "50051", "api_socket": None} == overrides(
        ServeOptions(address="[::1]:50051")
    )
    assert {"api_port": 0, "api_socket": None} == overrides(ServeOptions(port=0))
    values = overrides(ServeOptions(socket=Path("s"), data_dir=Path("d"), allowed=(Path("x"),)))
    assert {
        "api_socket": Path("s"),
        "data_dir": Path("d"),
        "security": {"allowed_project_paths": (Path.cwd() / "x",)},
    } == values
