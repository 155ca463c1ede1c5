"""compose.yaml, held against the specification's schema and against what it starts."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.dockerfile import ROOT, stages
from tests.deploy.settings import accepted

FILE = ROOT / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OBSERVABILITY = ROOT / "deploy" / "observability"
SAID = {
    "POSTGRES_PASSWORD": "secret",
    "SECRET_ENCRYPTION_KEY": "A" * 43 + "=",
    "GRAFANA_PASSWORD": "secret",
    "PROJECTS": "/home/projects",
}
"""What the operator says in .env."""


def filled(text: str) -> str:
    """A text with what the operator said."""
    return re.sub(r"\$\{(\w+):\?[^}]*\}", lambda found: SAID[found[1]], text)


def test_it_keeps_to_the_specification() -> None:
    """By the schema of the Compose specification."""
    program = str(Path(sys.executable).parent / "check-jsonschema")
    command = [program, "--builtin-schema", "vendor.compose-spec", str(FILE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout


def test_whatever_must_be_said_is_said_at_the_top() -> None:
    """A variable that is not set stops the start with a message, and the file tells how to make it."""
    text = FILE.read_text()
    assert set(SAID) == set(re.findall(r"\$\{(\w+)", text))
    assert len(re.findall(r"\$\{\w+:\?", text)) == text.count("${")
    head = text[: text.index("name:")]
    assert all(f"#   {name}=" in head for name in SAID)


def test_images_are_pinned_and_reached_from_this_machine_alone() -> None:
    """No tag that moves, no port on other addresses, no way to more rights."""
    for name, service in SERVICES.items():
        if "build" not in service:
            assert re.fullmatch(
                r"[a-z/]+:v?\d+\.\d+(\.\d+)?[\w.-]*(@sha256:[0-9a-f]{64})?", service["image"]
            )
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name
        assert "no-new-privileges:true" in service["security_opt"]
        assert {"privileged", "cap_add", "network_mode", "pid"}.isdisjoint(service)
    assert COMPOSE["networks"]["inside"]["internal"]
    assert SERVICES["server"]["read_only"]


def test_what_is_mounted_is_there() -> None:
    """Volumes that the file names, and, unwritable, the operator's projects and files of ours."""
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source, _, options = filled(volume).partition(":")
            if source.startswith("./"):
                assert (ROOT / source).is_file(), source
            if source.startswith(("./", "/")):
                assert options.endswith(":ro"), volume
            else:
                assert source in COMPOSE["volumes"]


def test_the_servers_settings_are_right(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its database and cache are the services that it waits for."""
    image = {name: value for name, value in stages()[-1].environment.items() if "FLEXT" in name}
    own = {name: filled(value) for name, value in SERVICES["server"]["environment"].items()}
    settings = accepted({**image, **own}, monkeypatch, tmp_path)
    hosts = {re.sub(r".*@|.*//|[:/].*$", "", url) for url in (settings.redis.url,)}
    hosts.add(settings.effective_database_url.rpartition("@")[2].partition("/")[0])
    assert hosts == set(SERVICES["server"]["depends_on"])
    assert all("healthcheck" in SERVICES[host] for host in hosts)
    assert all(networks >= {"inside"} for networks in (set(SERVICES[h]["networks"]) for h in hosts))
    (published,) = SERVICES["server"]["ports"]
    assert published.endswith(f":{settings.api_port}")


def test_prometheus_and_grafana_find_what_they_show() -> None:
    """The job that the alerts count on, the source that the dashboard takes, the dashboard itself."""
    prometheus: Any = yaml.safe_load((OBSERVABILITY / "prometheus.yml").read_text())
    (job,) = prometheus["scrape_configs"]
    assert ["server:9464"] == job["static_configs"][0]["targets"]
    alerts = (OBSERVABILITY / "alerts.yml").read_text()
    assert set(re.findall(r'job="([^"]+)"', alerts)) <= {job["job_name"]}
    inside = {volume.split(":")[1] for volume in SERVICES["prometheus"]["volumes"]}
    assert set(prometheus["rule_files"]) <= inside
    sources: Any = yaml.safe_load((OBSERVABILITY / "grafana" / "datasources.yml").read_text())
    assert ["http://prometheus:9090"] == [source["url"] for source in sources["datasources"]]
    provided: Any = yaml.safe_load((OBSERVABILITY / "grafana" / "dashboards.yml").read_text())
    place = provided["providers"][0]["options"]["path"]
    shown = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    mounted = [volume.split(":")[1] for volume in SERVICES["grafana"]["volumes"]]
    assert shown in mounted
    assert shown.startswith(f"{place}/")
    assert json.loads((OBSERVABILITY / "dashboard.json").read_text())["title"]
