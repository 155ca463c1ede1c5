"""The image, as far as it can be made without an engine: the steps of its first stage, and what it starts."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.dockerfile import ROOT, Stage, Workshop, in_context, stages
from tests.deploy.settings import accepted

BUILD, FINAL = stages()
KEY = "A" * 43 + "="


def command(stage: Stage, kind: str) -> list[str]:
    """An instruction's program and arguments, as it lists them."""
    (line,) = stage.all(kind)
    words: list[str] = json.loads(line[line.index("[") :])
    return words


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the installation, made by the first stage's own steps."""
    workshop = Workshop(tmp_path_factory.mktemp("image"))
    for done in workshop.carry_out(BUILD):
        assert 0 == done.returncode, done.stdout + done.stderr
    return Path(workshop.moved("/opt/flext-quality"))


class Container:
    """Runs the image's commands with its environment, in a directory that stands for its volume."""

    def __init__(self, image: Path, data: Path) -> None:
        self.image = image
        self.environment = {
            **{name: value for name, value in FINAL.environment.items() if name != "PATH"},
            "PATH": f"{image}/bin:/usr/bin:/bin",
            "HOME": str(data),
            "FLEXT_API_DATA_DIR": str(data),
            # No port of this machine is taken.
            "FLEXT_API_API_SOCKET": str(data / "s"),
            "FLEXT_API_OBSERVABILITY__HTTP_PORT": "0",
        }

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Starts a program of the image."""
        program, *rest = arguments
        return subprocess.Popen(
            [self.image / "bin" / program, *rest],
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def container(image: Path, tmp_path: Path) -> Container:
    return Container(image, tmp_path)


def test_hadolint_finds_nothing() -> None:
    """The Dockerfile keeps to the rules of its trade."""
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run(
        [hadolint, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (0, "") == (done.returncode, done.stdout)


def test_the_image_is_pinned_and_not_root() -> None:
    """Both stages stand on one base, by name and content; whoever takes part is a number above 10000."""
    assert {BUILD.base} == {FINAL.base}
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+@sha256:[0-9a-f]{64}", FINAL.base)
    assert ["10001:10001"] == FINAL.all("USER")
    kinds = [kind for kind, _ in FINAL.instructions]
    assert "RUN" not in kinds[kinds.index("USER") :]
    assert "ADD" not in kinds
    made = " ".join(FINAL.all("RUN"))
    assert "--uid 10001" in made
    assert "--gid 10001" in made


def test_code_comes_after_what_it_needs() -> None:
    """A change of our code makes none of the layers with dependencies anew."""
    copied = [arguments.split()[0] for arguments in BUILD.all("COPY")]
    assert ["requirements/build.txt", "requirements/runtime.txt"] == copied[:2]
    assert "server" == copied[-1]
    for step in BUILD.all("RUN")[:2]:
        assert "--require-hashes" in step


def test_the_context_has_code_alone() -> None:
    """Neither secrets nor caches nor the repository's history can get into the image."""
    inside = ("server/flext_quality/__main__.py", "clients/python/pyproject.toml", "README.md")
    assert all(map(in_context, inside))
    outside = (
        *(".env", ".git/config", ".venv/bin/python", "tests/conftest.py", "compose.yaml"),
        *("server/flext_quality/__pycache__/x.pyc", "clients/python/dist/x.whl"),
    )
    assert not any(map(in_context, outside))


@pytest.mark.parametrize("step", FINAL.all("RUN"))
def test_steps_that_need_a_container_are_right_shell(step: str) -> None:
    """They change the system, so that only their grammar is tried here."""
    subprocess.run(["/bin/sh", "-n", "-c", step], check=True)


def test_its_settings_are_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And those of production, once the operator has said what only they can say."""
    said = {
        "FLEXT_API_SECURITY__NETWORK_IS_TRUSTED": "true",
        "FLEXT_API_SECURITY__SECRET_ENCRYPTION_KEY": KEY,
    }
    own = {name: value for name, value in FINAL.environment.items() if name.startswith("FLEXT_")}
    settings = accepted({**own, **said}, monkeypatch, tmp_path)
    assert ("production", "0.0.0.0") == (settings.environment, settings.api_host)
    ports = {settings.api_port, settings.observability.http_port}
    assert ports == {int(port) for port in FINAL.all("EXPOSE")[0].split()}
    assert FINAL.all("VOLUME") == [str(settings.data_dir)]


def test_the_server_starts_and_its_health_is_checked(container: Container) -> None:
    """From the start to SIGTERM, by the image's own commands."""
    server = [*command(FINAL, "ENTRYPOINT"), *command(FINAL, "CMD")]
    health = command(FINAL, "HEALTHCHECK")
    refused = container.start(*server)
    _, why = refused.communicate(timeout=60)
    assert 78 == refused.returncode
    assert "SECRET_ENCRYPTION_KEY" in why
    made = container.start("flext-quality", "config", "new-key")
    key = made.communicate(timeout=60)[0].strip()
    secret = {"FLEXT_API_SECURITY__SECRET_ENCRYPTION_KEY": key}
    running = container.start(*server, **secret)
    try:
        assert running.stdout is not None
        assert running.stdout.readline().startswith("listening on unix:")
        well = container.start(*health, **secret)
        assert ("SERVING\n", "") == well.communicate(timeout=60)
        assert 0 == well.returncode
    finally:
        running.send_signal(getattr(signal, FINAL.all("STOPSIGNAL")[0]))
        running.communicate(timeout=60)
    assert 0 == running.returncode
    gone = container.start(*health, "--timeout", "0.5", **secret)
    gone.communicate(timeout=60)
    assert 69 == gone.returncode


def test_postgresql_can_be_used(container: Container) -> None:
    """Its driver comes with the image."""
    done = container.start("python", "-c", "import psycopg; print(psycopg.pq.__impl__)")
    assert ("binary\n", "") == done.communicate(timeout=60)


def test_bytecode_does_not_tell_when_it_was_made(image: Path) -> None:
    """Modules are compiled already, and by the same rule wherever the image is built."""
    compiled = sorted(image.rglob("flext_quality/__pycache__/*.pyc"))
    assert compiled
    checked_by_hash = 0b11
    assert all(checked_by_hash == file.read_bytes()[4] for file in compiled)
    assert not os.access(image / "bin" / "pip", os.F_OK)
