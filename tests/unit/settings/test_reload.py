from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from flext_quality.application.analyses.start_analysis import QueueLimit
from flext_quality.application.findings.analyzers import Analyzers
from flext_quality.application.heartbeats import HeartbeatInterval
from flext_quality.application.ports.secret_box import SecretBox
from flext_quality.container import build_container
from flext_quality.domain.errors import AnalyzerDisabledError
from flext_quality.infrastructure.jobs.in_process_queue import InProcessJobQueue
from flext_quality.infrastructure.security.secret_box import new_key
from flext_quality.rpc.interceptors.deadline import UnaryLimit
from flext_quality.rpc.server import RpcServer
from flext_quality.settings import LiveSettings, create_api_settings, load_settings
from flext_quality.settings.reload import follow_file
from tests.logs import captured_logs
from tests.recording import RecordingReport
from tests.settings_files import write
from tests.waiting import until
from tests.workspaces import make_workspace


def test_what_can_change_does_and_the_rest_waits() -> None:
    """Both are named; who follows is told of the settings as they are then."""
    live = LiveSettings(create_api_settings().unwrap())
    told: list[int] = []
    live.follow(lambda settings: told.append(settings.max_queued_analyses))
    wanted = create_api_settings(
        api_port=1,
        max_queued_analyses=2,
        observability={"log_level": "debug", "log_format": "json"},
        external_tools={"mypy": {"timeout": 3}, "sarif_tools": [{"name": "x", "command": ["x"]}]},
        features={"flags": {"analyzer.mypy": {"enabled": False}}},
    ).unwrap()
    changed, waiting = live.change(wanted)
    assert changed == [
        "max_queued_analyses",
        "external_tools.mypy.timeout",
        "observability.log_level",
        "features.flags",
    ]
    assert waiting == ["api_port", "external_tools.sarif_tools", "observability.log_format"]
    now = live.current
    assert (now.api_port, now.max_queued_analyses, told) == (50051, 2, [2])
    assert (now.external_tools.mypy.timeout, now.external_tools.sarif_tools) == (3, ())
    assert (now.observability.log_level, now.observability.log_format) == ("debug", "console")
    assert not now.features.flags["analyzer.mypy"].enabled
    assert live.change(wanted) == ([], waiting)
    assert told == [2]


async def test_limits_change_in_a_running_server(tmp_path: Path) -> None:
    """All that reads them has the new ones; analyzers and their flags, too."""
    container = build_container(create_api_settings(data_dir=tmp_path / "data").unwrap())
    live = await container.get(LiveSettings)
    queue, limit = await container.get(InProcessJobQueue), await container.get(QueueLimit)
    interval, analyzers = await container.get(HeartbeatInterval), await container.get(Analyzers)
    await container.get(RpcServer)
    unary = await container.get(UnaryLimit)
    flags = {"analyzer.mypy": {"off_for": ["projects/shop"]}}
    wanted = create_api_settings(
        max_concurrent_analyses=2,
        max_queued_analyses=3,
        heartbeat_interval=4,
        default_timeout=5,
        external_tools={"ruff": {"enabled": False}},
        features={"flags": flags},
    )
    live.change(wanted.unwrap())
    assert queue.max_concurrent == 2
    assert (limit.analyses, interval.default, unary.seconds) == (3, timedelta(seconds=4), 5)
    workspace = make_workspace(tmp_path, {"a.py": ""})
    result = await analyzers.by_name["ruff"].run(workspace, RecordingReport())
    assert isinstance(result.error, AnalyzerDisabledError)
    await container.close()


@pytest.mark.parametrize("key", [None, new_key()], ids=["none", "new"])
async def test_the_secret_box_has_the_operators_keys(tmp_path: Path, key: str | None) -> None:
    """Without any it stores nothing."""
    settings = create_api_settings(
        data_dir=tmp_path / "data", security={"secret_encryption_key": key}
    )
    container = build_container(settings.unwrap())
    box = await container.get(SecretBox)
    assert box.encrypt("secret").is_success is (key is not None)
    await container.close()


async def test_a_change_before_the_watch_began_is_not_missed() -> None:
    """Nor is the end of a wrong file; one without a file is not watched at all."""
    file = write("config/development.yml", "max_retries: 1\n")
    loaded = load_settings().unwrap()
    live = LiveSettings(loaded.settings)
    changed = asyncio.Event()
    live.follow(lambda _: changed.set())
    write(file, "max_queued_analyses: 5\n")
    following = asyncio.create_task(follow_file(loaded, live))
    await changed.wait()
    assert live.current.max_queued_analyses == 5
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    write(file, "max_queued_analyses: -5\n")
    with captured_logs(lambda line: "settings" in line["event"]) as logs:
        following = asyncio.create_task(follow_file(loaded, live))
        await until(lambda: bool(logs))
        assert not following.done()
        following.cancel()
    assert [log["event"] for log in logs] == ["the settings stay as they were"]
    assert "FLEXT_API_MAX_QUEUED_ANALYSES" in logs[0]["why"]
    file.unlink()
    await follow_file(load_settings().unwrap(), live)
