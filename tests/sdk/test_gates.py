from __future__ import annotations

from pathlib import Path

import pytest

from flext.quality.v1.quality_gate_pb2 import (
    GateComparison,
    GateCondition,
    GateScope,
    GateStatus,
    QualityGate,
)
from flext_quality.domain.findings.finding import Finding, Severity
from flext_quality_client import AbortedError, InvalidArgumentError, NotFoundError
from tests.conftest import StartServer
from tests.fakes import FakeAnalyzer
from tests.live import LiveServer
from tests.sdk.flavours import Connect

STRICT = GateCondition(
    metric="issues",
    comparison=GateComparison.GATE_COMPARISON_AT_MOST,
    threshold=0,
    scope=GateScope.GATE_SCOPE_OVERALL,
)


async def test_a_gate_is_tried_set_and_reset(
    connect: Connect, start_server: StartServer, project_dir: Path
) -> None:
    """Trying one changes nothing; setting one is what later analyses are held against."""
    finding = Finding("ruff", "F401", Severity.LOW, "unused", "main.py", 1)
    client = connect(start_server(FakeAnalyzer("ruff", [[finding]])).address)
    run = client.analyze(project_dir)
    assert (await run.wait()).gate.status == GateStatus.GATE_STATUS_PASSED
    gate = await client.gates.get(run.project)
    assert gate.is_default
    tried = await client.gates.check(run.project, gate=QualityGate(conditions=[STRICT]))
    assert tried.result.status == GateStatus.GATE_STATUS_FAILED
    assert tried.analysis == run.name
    assert (await client.gates.get(run.project)).etag == gate.etag
    wanted = QualityGate(name=gate.name, conditions=[STRICT], etag=gate.etag)
    changed = await client.gates.update(wanted)
    assert [STRICT] == list(changed.conditions)
    with pytest.raises(AbortedError):
        await client.gates.update(wanted)
    # The latest analysis follows the gate.
    assert (await client.analyses.get(run.name)).gate.status == GateStatus.GATE_STATUS_FAILED
    again = await client.gates.reset(run.project, etag=changed.etag)
    assert again.is_default
    checked = await client.gates.check(run.project, run.name)
    assert checked.result.status == GateStatus.GATE_STATUS_PASSED


async def test_what_is_wrong_with_a_gate_is_told(
    connect: Connect, live_server: LiveServer, project_dir: Path
) -> None:
    """Each condition by its place; and which project is not there."""
    client = connect(live_server.address)
    project = await client.projects.create(project_dir)
    wrong = GateCondition(
        metric="isues", comparison=GateComparison.GATE_COMPARISON_AT_MOST, scope=STRICT.scope
    )
    gate = QualityGate(name=f"{project.name}/qualityGate", conditions=[STRICT, wrong])
    with pytest.raises(InvalidArgumentError) as error:
        await client.gates.update(gate)
    (violation,) = error.value.field_violations
    assert "conditions[1]" in violation.field
    with pytest.raises(NotFoundError):
        await client.gates.get("projects/nobody")
