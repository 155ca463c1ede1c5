"""deploy/kubernetes, rendered by Kustomize and held against the schemas of Kubernetes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from flext.quality.v1 import system_service_pb2
from tests.deploy.dockerfile import ROOT, stages
from tests.deploy.settings import accepted

DIRECTORY = ROOT / "deploy" / "kubernetes"
KUBERNETES = ("1.30", "1.37")
"""The oldest and the newest version that the manifests are held against."""


def rendered() -> dict[str, dict[str, Any]]:
    """The manifests by their kind, as they are applied."""
    kubectl = Path(sys.executable).parent / "kubectl"
    done = subprocess.run(
        [kubectl, "kustomize", DIRECTORY], capture_output=True, text=True, check=True
    )
    manifests = list(yaml.safe_load_all(done.stdout))
    kinds = {manifest["kind"]: manifest for manifest in manifests}
    assert len(kinds) == len(manifests)
    return kinds


MANIFESTS = rendered()
POD = MANIFESTS["StatefulSet"]["spec"]["template"]
(CONTAINER,) = POD["spec"]["containers"]


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("kind", MANIFESTS)
def test_a_manifest_is_valid(kind: str, version: str) -> None:
    """By the schema of its kind, which allows no field that it does not name."""
    kubernetes_validate.validate(MANIFESTS[kind], version, strict=True)


def test_the_pod_keeps_to_the_restricted_standard() -> None:
    """As its namespace demands, with a root file system that cannot be written besides."""
    labels = MANIFESTS["Namespace"]["metadata"]["labels"]
    assert "restricted" == labels["pod-security.kubernetes.io/enforce"]
    context = POD["spec"]["securityContext"]
    assert context["runAsNonRoot"]
    user = f"{context['runAsUser']}:{context['runAsGroup']}"
    assert [user] == stages()[-1].all("USER")
    assert "RuntimeDefault" == context["seccompProfile"]["type"]
    own = CONTAINER["securityContext"]
    assert not own["allowPrivilegeEscalation"]
    assert own["readOnlyRootFilesystem"]
    assert {"drop": ["ALL"]} == own["capabilities"]
    assert not POD["spec"]["automountServiceAccountToken"]
    assert {"hostNetwork", "hostPID", "hostIPC"}.isdisjoint(POD["spec"])


def test_probes_ask_for_services_that_there_are() -> None:
    """A database that is away takes the pod out of the service, and does not start it again."""
    services = {
        probe: CONTAINER[f"{probe}Probe"]["grpc"].get("service", "")
        for probe in ("startup", "liveness", "readiness")
    }
    system = system_service_pb2.DESCRIPTOR.services_by_name["SystemService"].full_name
    assert {"startup": system, "liveness": system, "readiness": ""} == services
    ports = {port["name"]: port["containerPort"] for port in CONTAINER["ports"]}
    assert {ports["grpc"]} == {CONTAINER[f"{probe}Probe"]["grpc"]["port"] for probe in services}
    exposed = stages()[-1].all("EXPOSE")[0].split()
    assert {int(port) for port in exposed} == set(ports.values())


def test_everything_is_about_the_same_pods() -> None:
    """Service, disruption budget and network policy choose the server's pods, and the ports by name."""
    labels = POD["metadata"]["labels"].items()
    chosen = (
        MANIFESTS["StatefulSet"]["spec"]["selector"]["matchLabels"],
        MANIFESTS["Service"]["spec"]["selector"],
        MANIFESTS["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        MANIFESTS["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
    )
    for selector in chosen:
        assert selector
        assert selector.items() <= labels
    names = {port["name"] for port in CONTAINER["ports"]}
    assert names == {port["targetPort"] for port in MANIFESTS["Service"]["spec"]["ports"]}
    rules = MANIFESTS["NetworkPolicy"]["spec"]["ingress"]
    assert names == {port["port"] for rule in rules for port in rule["ports"]}
    clients = [rule["from"][0]["podSelector"]["matchLabels"] for rule in rules]
    assert not any(client.items() <= labels for client in clients)


def test_the_server_may_be_moved_and_never_doubled() -> None:
    """A drain is not held up by the budget, and two servers never work on one database."""
    assert 1 == MANIFESTS["StatefulSet"]["spec"]["replicas"]
    assert {"maxUnavailable": 1}.items() <= MANIFESTS["PodDisruptionBudget"]["spec"].items()
    (claim,) = MANIFESTS["StatefulSet"]["spec"]["volumeClaimTemplates"]
    assert ["ReadWriteOncePod"] == claim["spec"]["accessModes"]


def test_what_the_server_writes_is_a_volume(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its data, and temporary files; projects and secrets are mounted where the settings look for them."""
    image = {name: value for name, value in stages()[-1].environment.items() if "FLEXT" in name}
    key = {"FLEXT_API_SECURITY__SECRET_ENCRYPTION_KEY": "A" * 43 + "="}
    own = MANIFESTS["ConfigMap"]["data"]
    settings = accepted({**image, **own, **key}, monkeypatch, tmp_path)
    mounts = {mount["mountPath"]: mount for mount in CONTAINER["volumeMounts"]}
    writable = {path for path, mount in mounts.items() if not mount.get("readOnly")}
    assert {str(settings.data_dir), "/tmp"} == writable
    (projects,) = settings.security.allowed_project_paths
    assert {str(projects), "/run/secrets"} == mounts.keys() - writable
    volumes = {volume["name"] for volume in POD["spec"]["volumes"]} | {"data"}
    assert volumes == {mount["name"] for mount in mounts.values()}
    asked, most = CONTAINER["resources"]["requests"], CONTAINER["resources"]["limits"]
    assert {"cpu", "memory", "ephemeral-storage"} == asked.keys()
    # Held to its share of the processor it would be slow where nobody else needs it.
    assert {"memory", "ephemeral-storage"} == most.keys()
