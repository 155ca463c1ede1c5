from __future__ import annotations

from pathlib import Path

import pytest

from flext.quality.v1.notification_pb2 import (
    NotificationChannel,
    NotificationDeliveryState,
    NotificationEvent,
    NotificationRule,
    WebhookTarget,
)
from flext_quality.infrastructure.security.secret_box import new_key
from flext_quality_client import FailedPreconditionError, NotFoundError, verify_webhook
from tests.conftest import StartServer
from tests.hooks import HookServer
from tests.sdk.flavours import Connect

SECRET = "a secret of the receiver"


async def test_a_channel_from_making_to_removing(
    connect: Connect, start_server: StartServer, project_dir: Path
) -> None:
    """Against the real server and a real receiver."""
    server = start_server(
        security={
            "allowed_project_paths": [project_dir],
            "secret_encryption_key": new_key(),
            "allowed_internal_hosts": ["127.0.0.1"],
        },
        notifications={"poll_interval": 0.1},
    )
    client = connect(server.address)
    project = (await client.projects.of_path(str(project_dir))).name
    event = NotificationEvent.NOTIFICATION_EVENT_ANALYSIS_FAILED
    with HookServer().running() as hooks:
        wanted = NotificationChannel(
            display_name="Ops",
            webhook=WebhookTarget(url=hooks.url, secret=SECRET),
            rules=[NotificationRule(events=[event])],
        )
        made = await client.channels.create(project, wanted)
        assert await client.channels.get(made.name) == made
        assert [one async for one in client.channels.list(project)] == [made]
        made.display_name = "Dev"
        changed = await client.channels.update(made, ["display_name"])
        assert (changed.display_name, changed.webhook.secret) == ("Dev", "")
        tried = await client.channels.test(made.name)
        assert tried.attempts[0].delivered
        headers, body = hooks.wait_for(1)[0]
        assert verify_webhook(body, headers, SECRET).delivery == tried.name
        assert await client.channels.delivery(tried.name) == tried
        changed.disabled = True
        await client.channels.update(changed, ["disabled"])
        with pytest.raises(FailedPreconditionError):
            await client.channels.replay(tried.name)
        assert not (await client.channels.enable(made.name)).disabled
        again = await client.channels.replay(tried.name)
        assert again.replay_of == tried.name
        hooks.wait_for(2)
    failed = [NotificationDeliveryState.NOTIFICATION_DELIVERY_STATE_FAILED]
    assert [one async for one in client.channels.deliveries(made.name, states=failed)] == []
    names = [one.name async for one in client.channels.deliveries(made.name, page_size=1)]
    assert names == [again.name, tried.name]
    await client.channels.delete(made.name)
    with pytest.raises(NotFoundError):
        await client.channels.get(made.name)
