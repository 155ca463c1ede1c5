"""Messages survive a server that is killed in the middle: real processes, a real receiver."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flext.quality.v1 import notification_pb2
from flext.quality.v1 import notification_service_pb2 as pb
from flext_quality.infrastructure.security.secret_box import new_key
from flext_quality_client import verify_webhook
from tests.hooks import HookServer
from tests.rpc.calls import Calls

SECRET = "a secret of the receiver"
KEY = new_key()
_LISTENING = "listening on "


@contextmanager
def serving(data_dir: Path, allowed: Path) -> Iterator[tuple[subprocess.Popen[str], Calls]]:
    """A server process; killed at the end of the block if it still runs."""
    program = str(Path(sys.executable).with_name("flext-quality"))
    environment = {
        **os.environ,
        "FLEXT_API_DATA_DIR": str(data_dir),
        "FLEXT_API_SECURITY__ALLOWED_PROJECT_PATHS": str(allowed),
        "FLEXT_API_SECURITY__SECRET_ENCRYPTION_KEY": KEY,
        "FLEXT_API_SECURITY__ALLOWED_INTERNAL_HOSTS": '["127.0.0.1"]',
        "FLEXT_API_NOTIFICATIONS__POLL_INTERVAL": "0.1",
        "FLEXT_API_OBSERVABILITY__LOG_LEVEL": "error",
    }
    command = [program, "serve", "--address", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith(_LISTENING)
            yield process, Calls(line.removeprefix(_LISTENING).strip())
        finally:
            process.kill()


def test_a_message_in_flight_is_sent_again(tmp_path: Path, project_dir: Path) -> None:
    """Once the claim of the killed server has run out, with the same id, so that it can be told apart."""
    data_dir = tmp_path / "data"
    with HookServer().running() as hooks:
        with serving(data_dir, project_dir) as (process, calls):
            project = calls.create(project_dir).name
            channel = notification_pb2.NotificationChannel(
                display_name="Ops",
                webhook=notification_pb2.WebhookTarget(url=hooks.url, secret=SECRET),
            )
            create = pb.CreateNotificationChannelRequest(
                parent=project, notification_channel=channel
            )
            name = calls.channels.CreateNotificationChannel(create).notification_channel.name
            tried = calls.channels.TestNotificationChannel(
                pb.TestNotificationChannelRequest(name=name)
            ).notification_delivery
            hooks.statuses = [0]
            replay = pb.ReplayNotificationDeliveryRequest(name=tried.name)
            again = calls.channels.ReplayNotificationDelivery(replay).notification_delivery.name
            hooks.wait_for(2)
            process.send_signal(signal.SIGKILL)
            process.wait()
        with sqlite3.connect(data_dir / "quality.db") as database:
            claimed = database.execute(
                "UPDATE deliveries SET owned_until = '2020-01-01 00:00:00.000000' WHERE owner != ''"
            )
            assert claimed.rowcount == 1
        database.close()
        with serving(data_dir, project_dir) as (_, calls):
            ids = [
                verify_webhook(body, headers, SECRET).delivery
                for headers, body in hooks.wait_for(3)
            ]
            assert ids == [tried.name, again, again]
            get = pb.GetNotificationDeliveryRequest(name=again)
            while not (
                found := calls.channels.GetNotificationDelivery(get).notification_delivery
            ).attempts:
                pass
            assert [attempt.status for attempt in found.attempts] == ["200"]
