"""The wheels in an environment that has nothing else, as `pip install flext-quality` makes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flext_quality import __version__
from tests.dist.conftest import RESOLUTION, Installed
from tools import audit, dist


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A small project with a finding for each analyzer that looks at code."""
    root = tmp_path / "shop"
    root.mkdir()
    twice = "".join(f"    total += rate * {n} + len(str(rate))\n" for n in range(12))
    (root / "cart.py").write_text(
        "import os\nimport subprocess\n\n\n"
        'def total(prices: list[int]) -> int:\n    return "none"\n\n\n'
        "def order(what: str) -> None:\n    subprocess.call(what, shell=True)\n\n\n"
        "def ship(parcel: int) -> int:\n    for weight in range(parcel):\n"
        "        if weight:\n            while weight > parcel:\n                if weight:\n"
        "                    for part in range(weight):\n                        if part:\n"
        "                            return weight\n    return 0\n"
    )
    for name in ("invoice", "offer"):
        (root / f"{name}.py").write_text(f"def {name}(rate: int, total: int) -> int:\n{twice}    return total\n")
    return root


def test_a_project_is_analyzed(installed: Installed, shop: Path, tmp_path: Path) -> None:
    """Every analyzer succeeds, finds what is there, and leaves nothing out."""
    arguments = ("analyze", ".", "--format", "json")
    data = {"FLEXT_API_DATA_DIR": str(tmp_path / "data")}
    done = installed.run("flext-quality", *arguments, cwd=shop, **data)
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    assert "ANALYSIS_STATE_SUCCEEDED" == told["analysis"]["state"], done.stdout + done.stderr
    found = {issue["analyzer"] for issue in told["issues"]}
    assert {"bandit", "complexity", "deadcode", "duplication", "mypy", "ruff"} == found
    assert not any(outcome["skippedFileCount"] for outcome in told["analysis"]["outcomes"])
    # The second time the database is there.
    issues = installed.run("flext-quality", "issues", ".", cwd=shop, **data)
    assert f"{len(told['issues'])} issues" == issues.stdout.splitlines()[-1]


def test_everything_is_in_order(installed: Installed, tmp_path: Path) -> None:
    """The doctor finds the packages and tools that came along."""
    version = installed.run("flext-quality", "--version", cwd=tmp_path)
    assert f"flext-quality {__version__}\n" == version.stdout
    doctor = installed.run("flext-quality", "doctor", "--format", "json", cwd=tmp_path)
    told = json.loads(doctor.stdout)
    assert told["ok"], [check for check in told["checks"] if check["status"] == "failed"]


def test_the_kit_needs_the_extra_for_pytest_alone(installed: Installed, tmp_path: Path) -> None:
    """Fakes and live servers work without pytest; pytest beside us loads nothing of ours unasked."""
    program = "import flext_quality.testing, sys; print('pytest' in sys.modules)"
    done = installed.run("python", "-c", program, cwd=tmp_path)
    assert ("False\n", "") == (done.stdout, done.stderr)
    assert 1 == installed.run("python", "-c", "import pytest", cwd=tmp_path).returncode
    server = installed.wheels[1]
    installed.add(f"flext-quality[testing] @ {server.as_uri()}")
    (tmp_path / "test_it.py").write_text(
        "import sys\n\n\ndef test_it():\n"
        "    assert not [name for name in sys.modules if name.startswith('flext')]\n"
    )
    unasked = installed.run("python", "-m", "pytest", "-q", cwd=tmp_path)
    assert 0 == unasked.returncode, unasked.stdout
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["flext_quality.pytest_fixtures"]\n')
    (tmp_path / "test_it.py").write_text(
        "def test_it(quality_client):\n    assert quality_client.server_info().version\n"
    )
    asked = installed.run("python", "-m", "pytest", "-q", cwd=tmp_path)
    assert 0 == asked.returncode, asked.stdout


def test_the_bill_of_materials_names_everything(installed: Installed, tmp_path: Path) -> None:
    """Each package that is installed, with its version and licence, and nothing of the machine that made it."""
    file = tmp_path / "sbom.cdx.json"
    dist.write_sbom(file, installed.directory / "bin" / "python")
    told = json.loads(file.read_text())
    assert ("CycloneDX", "flext-quality", __version__) == (
        told["bomFormat"],
        told["metadata"]["component"]["name"],
        told["metadata"]["component"]["version"],
    )
    versions = {one["name"]: one["version"] for one in told["components"]}
    if RESOLUTION == "locked":
        for name, version in audit.pinned().items():
            # The others are for other platforms.
            assert versions.get(name, version) == version
    assert len(versions) > len(audit.pinned()) - 10
    # protobuf tells its licence in words that stand for no SPDX name.
    assert {one["name"] for one in told["components"] if not one.get("licenses")} <= {"protobuf"}
    assert str(installed.wheels[0].parent) not in file.read_text()
    assert str(dist.ROOT) not in file.read_text()
