"""Whatever sends requests: a host that is not allowed gets no connection, not even an empty one.

Each test has real servers on loopback that count connections, and sends once where it is allowed, so that
a sender that sends nothing at all does not pass.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from flext_quality.application.ports.discovery import ServiceRegistry
from flext_quality.application.ports.http_client import HttpClient, HttpRequest
from flext_quality.application.ports.sending import Message, Notifier
from flext_quality.container import get_quality_container
from flext_quality.container.dependencies import http_options
from flext_quality.domain.notifications.channel import (
    AppriseTarget,
    EmailSecurity,
    EmailTarget,
    PluginTarget,
    SlackTarget,
    Target,
    WebhookTarget,
)
from flext_quality.domain.notifications.defaults import ChannelDefaults
from flext_quality.infrastructure.http import addresses
from flext_quality.infrastructure.observability.telemetry import Telemetry
from flext_quality.settings import create_api_settings, load_settings
from tests.settings_files import isolate
from tests.web import WebServer, answer, web_server

LOOPBACK = "127.0.0.1"
NAME = "localhost"
MESSAGE = Message("projects/p/channels/c/deliveries/d", "title", "body", b"{}")
Hosts = Mapping[str, tuple[str, ...]]
"""Lists of hosts by the setting's name."""
SLACK_URL = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"

NOTIFIER = """
from flext_quality.application.ports.http_client import HttpRequest
from flext_quality.domain.notifications.delivery import SendOutcome
from flext_quality.domain.result import FlextResult

class Notifier:
    def __init__(self, context):
        self.name, self._http = context.name, context.http

    def check(self, address):
        return FlextResult.ok(None)

    async def send(self, address, message):
        answer = await self._http.send(HttpRequest("POST", address))
        return SendOutcome(answer.is_success, str(answer.error or answer.unwrap().status))

create = Notifier
"""


@dataclass(frozen=True)
class World:
    """Where tests are: an empty directory, and ways to bend what libraries have built in."""

    directory: Path
    patch: pytest.MonkeyPatch


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    isolate(monkeypatch, tmp_path)
    return World(tmp_path, monkeypatch)


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    """A server that answers anything with 200."""
    async with web_server() as it:
        it.otherwise = answer(content=b"[]")
        yield it


# --- senders to hosts that projects name ----------------------------------------------------------


async def _notify(world: World, target: Target, secret: str, hosts: Hosts) -> str:
    """The status of one try with these lists of hosts."""
    chosen = create_api_settings(
        data_dir=world.directory,
        security=hosts,
        notifications={"apprise_schemes": ("*",), "timeout": 10},
    ).unwrap()
    container = get_quality_container(chosen)
    try:
        notifier: Notifier = await container.get(Notifier)
        outcome = await notifier.send(target, secret, MESSAGE)
        return outcome.status
    finally:
        await container.close()


async def webhook(world: World, port: int, hosts: Hosts) -> str:
    return await _notify(world, WebhookTarget(f"http://{LOOPBACK}:{port}/"), "x" * 16, hosts)


async def slack(world: World, port: int, hosts: Hosts) -> str:
    from apprise.plugins.slack import NotifySlack  # noqa: PLC0415  # slow to import

    world.patch.setattr(NotifySlack, "webhook_url", f"http://{LOOPBACK}:{port}/")
    return await _notify(world, SlackTarget(), SLACK_URL, hosts)


async def built_in_host(world: World, port: int, hosts: Hosts) -> str:
    """A service of apprise's whose URL names no host."""
    from apprise.plugins.discord import NotifyDiscord  # noqa: PLC0415  # slow to import

    world.patch.setattr(NotifyDiscord, "notify_url", f"http://{LOOPBACK}:{port}/")
    return await _notify(world, AppriseTarget("discord"), "discord://4174216298/token", hosts)


async def own_host(world: World, port: int, hosts: Hosts) -> str:
    """A service of apprise's whose URL names its host."""
    return await _notify(world, AppriseTarget("json"), f"json://{LOOPBACK}:{port}/", hosts)


async def mail(world: World, port: int, hosts: Hosts) -> str:
    """No HTTP, but the same rules."""
    target = EmailTarget(LOOPBACK, "a@x.example", ("b@x.example",), EmailSecurity.NONE, port)
    return await _notify(world, target, "", hosts)


async def plugin(world: World, port: int, hosts: Hosts) -> str:
    """A notifier that asks by what its factory was given."""
    root = world.directory / "plugin"
    distribution = root / "our_notifier-1.0.dist-info"
    distribution.mkdir(parents=True, exist_ok=True)
    (distribution / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: our-notifier\nVersion: 1.0\n"
    )
    (distribution / "entry_points.txt").write_text(
        "[flext_quality.notifiers]\nours = our_notifier:create\n"
    )
    (root / "our_notifier.py").write_text(NOTIFIER)
    world.patch.syspath_prepend(root)
    return await _notify(world, PluginTarget("ours"), f"http://{LOOPBACK}:{port}/", hosts)


async def any_part(world: World, port: int, hosts: Hosts) -> str:
    """Whatever else uses the client."""
    container = get_quality_container(
        create_api_settings(data_dir=world.directory, security=hosts).unwrap()
    )
    try:
        client = await container.get(HttpClient)
        answered = await client.send(HttpRequest("GET", f"http://{LOOPBACK}:{port}/"))
        return str(answered.error or answered.unwrap().status)
    finally:
        await container.close()


BY_HTTP = [webhook, slack, built_in_host, own_host, plugin, any_part]
PROJECTS = [*BY_HTTP, mail]
Sender = Callable[[World, int, Hosts], Awaitable[str]]


@pytest.mark.parametrize("sender", PROJECTS)
async def test_a_host_that_no_list_names_gets_no_connection(
    sender: Sender, world: World, server: WebServer
) -> None:
    """Neither where there is a list without it nor where nothing is allowed; the outcome says so."""
    for allowed in ((), ("hooks.example",), (f"{LOOPBACK}:{server.port + 1}",)):
        said = await sender(world, server.port, {"allowed_external_hosts": allowed})
        assert "is none of the allowed hosts" in said
    assert server.connections == 0
    lists = {"allowed_external_hosts": (), "allowed_internal_hosts": (LOOPBACK,)}
    if sender is not mail:  # the server would have to speak SMTP
        await sender(world, server.port, lists)
        assert server.connections >= 1


@pytest.mark.parametrize("sender", PROJECTS)
async def test_an_address_inside_gets_no_connection(
    sender: Sender, world: World, server: WebServer
) -> None:
    """Though every host is allowed, as by default, or this very one: it has to be called internal."""
    for allowed in (("*",), (LOOPBACK,)):
        said = await sender(world, server.port, {"allowed_external_hosts": allowed})
        assert "has an address that is not public" in said
    assert "not public" in await sender(world, server.port, {})
    assert server.connections == 0


@pytest.mark.parametrize("sender", BY_HTTP)
async def test_a_redirect_to_such_a_host_gets_no_connection(
    sender: Sender, world: World, server: WebServer
) -> None:
    """An allowed server cannot lead us to one that is not."""
    async with web_server() as outside:
        outside.otherwise = answer(307, location=server.url("/", NAME))
        said = await sender(world, outside.port, {"allowed_internal_hosts": (LOOPBACK,)})
        assert outside.connections == 1
    assert "not public" in said
    assert server.connections == 0


# --- senders to hosts that settings name ----------------------------------------------------------


async def consul(world: World, port: int) -> str:
    chosen = create_api_settings(
        data_dir=world.directory,
        security={"allowed_external_hosts": ()},
        discovery={"registry": "consul", "consul_url": f"http://{LOOPBACK}:{port}"},
    ).unwrap()
    container = get_quality_container(chosen)
    try:
        found = await (await container.get(ServiceRegistry)).find("flext-quality")
        return str(found.error or "found")
    finally:
        await container.close()


async def vault(world: World, port: int) -> str:
    world.patch.setenv("FLEXT_API_VAULT__ADDRESS", f"http://{LOOPBACK}:{port}")
    world.patch.setenv("FLEXT_API_VAULT__TOKEN", "t")
    world.patch.setenv("FLEXT_API_MAX_RETRIES", "0")
    world.patch.setenv("FLEXT_API_SECURITY__ALLOWED_EXTERNAL_HOSTS", "")
    return str((await asyncio.to_thread(load_settings)).error or "read")


async def traces(world: World, port: int) -> str:
    chosen = create_api_settings(
        data_dir=world.directory,
        security={"allowed_external_hosts": ()},
        observability={
            "tracing_endpoint": f"http://{LOOPBACK}:{port}",
            "tracing_sample_ratio": 1.0,
        },
    ).unwrap()
    container = get_quality_container(chosen)
    try:
        telemetry = await container.get(Telemetry)
        with telemetry.tracing.job("job", "", {}):
            pass
    finally:
        await container.close()
    return ""


async def default_mail_server(world: World, port: int) -> str:
    """Where mail goes of channels that name no server."""
    email = {"smtp_server": LOOPBACK, "smtp_port": port, "security": "none"}
    chosen = create_api_settings(
        data_dir=world.directory,
        security={"allowed_external_hosts": ()},
        notifications={"email": email, "timeout": 2},
    ).unwrap()
    container = get_quality_container(chosen)
    try:
        defaults = await container.get(ChannelDefaults)
        left_out = EmailTarget("", "a@x.example", ("b@x.example",))
        target, secret = defaults.completed(left_out, "")
        notifier: Notifier = await container.get(Notifier)
        return (await notifier.send(target, secret, MESSAGE)).status
    finally:
        await container.close()


OPERATOR = [consul, vault, traces, default_mail_server]
Asker = Callable[[World, int], Awaitable[str]]


@pytest.mark.parametrize("asker", OPERATOR)
async def test_what_settings_name_is_asked_without_being_listed(
    asker: Asker, world: World, server: WebServer
) -> None:
    """Also beside the server; but never where a cloud gives out the machine's credentials."""
    server.otherwise = answer(content=b'{"data": {"data": {}}}')
    await asker(world, server.port)
    assert server.connections >= 1
    seen = server.connections
    metadata = frozenset({ipaddress.ip_address(LOOPBACK)})
    world.patch.setattr(addresses, "_METADATA", metadata)
    await asker(world, server.port)
    assert server.connections == seen


@pytest.mark.parametrize("asker", [consul, vault])
async def test_what_settings_name_cannot_name_others(
    asker: Asker, world: World, server: WebServer
) -> None:
    """A redirect of Consul's or Vault's to another host is not followed, whatever host it is."""
    async with web_server() as named:
        for status in (302, 307):
            named.otherwise = answer(status, location=server.url("/", NAME))
            await asker(world, named.port)
        assert named.connections == 2
    assert server.connections == 0


async def test_the_default_slack_webhook_needs_no_mention(world: World) -> None:
    """A setting names its host, which is then allowed where the list is another."""
    url = SLACK_URL
    chosen = create_api_settings(
        data_dir=world.directory,
        security={"allowed_external_hosts": ("hooks.example",)},
        notifications={"slack": {"webhook_url": url}},
    ).unwrap()
    assert http_options(chosen).allowed_hosts == ("hooks.example", "hooks.slack.com")
    without = create_api_settings(data_dir=world.directory).unwrap()
    assert http_options(without).allowed_hosts == ("*",)


# --- everybody ------------------------------------------------------------------------------------


@asynccontextmanager
async def _proxied(world: World) -> AsyncIterator[WebServer]:
    async with web_server() as proxy:
        proxy.otherwise = answer(502)
        for name in ("http_proxy", "https_proxy", "all_proxy", "grpc_proxy"):
            world.patch.setenv(name, f"http://{NAME}:{proxy.port}")
            world.patch.setenv(name.upper(), f"http://{NAME}:{proxy.port}")
        world.patch.setenv("no_proxy", "")
        yield proxy


@pytest.mark.parametrize(
    "ask",
    [
        *(partial(sender, hosts={"allowed_internal_hosts": (LOOPBACK,)}) for sender in BY_HTTP),
        *(asker for asker in OPERATOR if asker is not default_mail_server),
    ],
    ids=lambda ask: getattr(ask, "func", ask).__name__,
)
async def test_proxies_of_the_environment_get_no_connection(
    ask: Asker, world: World, server: WebServer
) -> None:
    """They would resolve names by themselves; whoever is asked is asked directly."""
    async with _proxied(world) as proxy:
        await ask(world, server.port)
        assert proxy.connections == 0
    assert server.connections >= 1
