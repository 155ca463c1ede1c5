"""Messages survive a server that is killed in the middle: real processes, a real receiver."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from flext.quality.v1 import notification_pb2
from flext.quality.v1 import notification_service_pb2 as pb
from flext_quality.infrastructure.security.secret_box import new_key
from flext_quality_client import verify_webhook
from tests.hooks import HookServer
from tests.serving import serving
from tests.waiting import wait_until

SECRET = "a secret of the receiver"
KEY = new_key()
SETTINGS = {
    "SECURITY__SECRET_ENCRYPTION_KEY": KEY,
    "SECURITY__ALLOWED_INTERNAL_HOSTS": '["127.0.0.1"]',
    "NOTIFICATIONS__POLL_INTERVAL": "0.1",
}


def test_a_message_in_flight_is_sent_again(tmp_path: Path, project_dir: Path) -> None:
    """Once the claim of the killed server has run out, with the same id, so that it can be told apart."""
    data_dir = tmp_path / "data"
    with HookServer().running() as hooks:
        with serving(data_dir, project_dir, **SETTINGS) as server:
            project = server.calls.create(project_dir).name
            channel = notification_pb2.NotificationChannel(
                display_name="Ops",
                webhook=notification_pb2.WebhookTarget(url=hooks.url, secret=SECRET),
            )
            create = pb.CreateNotificationChannelRequest(
                parent=project, notification_channel=channel
            )
            name = server.calls.channels.CreateNotificationChannel(create).notification_channel.name
            tried = server.calls.channels.TestNotificationChannel(
                pb.TestNotificationChannelRequest(name=name)
            ).notification_delivery
            hooks.statuses = [0]
            replay = pb.ReplayNotificationDeliveryRequest(name=tried.name)
            again = server.calls.channels.ReplayNotificationDelivery(
                replay
            ).notification_delivery.name
            hooks.wait_for(2)
            server.kill()
        with sqlite3.connect(data_dir / "quality.db") as database:
            claimed = database.execute(
                "UPDATE deliveries SET owned_until = '2020-01-01 00:00:00.000000' WHERE owner != ''"
            )
            assert claimed.rowcount == 1
        database.close()
        with serving(data_dir, project_dir, **SETTINGS) as server:
            ids = [
                verify_webhook(body, headers, SECRET).delivery
                for headers, body in hooks.wait_for(3)
            ]
            assert ids == [tried.name, again, again]
            get = pb.GetNotificationDeliveryRequest(name=again)

            def attempts() -> list[str]:
                found = server.calls.channels.GetNotificationDelivery(get).notification_delivery
                return [attempt.status for attempt in found.attempts]

            wait_until(lambda: bool(attempts()))
            assert attempts() == ["200"]
