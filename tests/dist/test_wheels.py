"""What is in the files that are published."""

from __future__ import annotations

import os
import shutil
import tarfile
import tomllib
from email.message import Message
from email.parser import Parser
from hashlib import sha256
from pathlib import Path
from subprocess import run
from zipfile import ZipFile

import pytest

from flext_quality import __version__
from tools import dist

SERVER_ROOT = "server/"
CLIENT_ROOT = "clients/python/"


def tracked(*below: str) -> list[str]:
    """What Git knows, besides what is new and not ignored: what a checkout has."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *below]
    listed = run(command, cwd=dist.ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (dist.ROOT / name).is_file()]


def modules(wheel: Path) -> set[str]:
    """The files of a wheel besides those that describe it."""
    return {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}


def described(wheel: Path) -> dict[str, str]:
    """The files that describe a wheel, by their names below its .dist-info."""
    with ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" in name]
        return {name.split("/", 1)[1]: archive.read(name).decode() for name in names}


def metadata(wheel: Path) -> Message:
    """What an installer reads."""
    return Parser().parsestr(described(wheel)["METADATA"])


def test_the_server_has_all_its_files_and_no_others(built: dict[str, Path]) -> None:
    """Templates, migrations and the marker of types come along; tests, tools and caches do not."""
    files = modules(built["server.whl"])
    assert {name.removeprefix(SERVER_ROOT) for name in tracked("server/flext_quality")} == files
    assert "flext_quality/py.typed" in files
    assert any("/migrations/versions/" in name for name in files)
    assert any(name.endswith((".j2", ".html", ".jinja")) for name in files)
    assert {"flext_quality"} == {name.split("/")[0] for name in files}


def test_the_client_has_all_its_files_and_no_others(built: dict[str, Path]) -> None:
    """The generated code comes along, with the marker of types of each package."""
    files = modules(built["client.whl"])
    settings = tomllib.loads((dist.ROOT / CLIENT_ROOT / "pyproject.toml").read_text())
    packages = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    known = tracked(*(CLIENT_ROOT + package for package in packages))
    assert {name.removeprefix(CLIENT_ROOT) for name in known} == files
    for package in ("flext_quality_client", "flext/quality"):
        assert f"{package}/py.typed" in files


def test_licences_come_along(built: dict[str, Path]) -> None:
    """The metadata name each licence, and its whole text is in the wheel."""
    for wheel in (built["server.whl"], built["client.whl"]):
        told, files = metadata(wheel), described(wheel)
        licences = told["License-Expression"].split(" AND ")
        texts = [files[f"licenses/{name}"] for name in told.get_all("License-File", [])]
        assert "MIT" in licences
        assert len(licences) == len(texts)
        assert all("hereby grant" in " ".join(text.split()) for text in texts)


def test_pytest_comes_only_with_the_extra(built: dict[str, Path]) -> None:
    """Nothing registers itself with pytest, and nothing asks for it unless somebody tests."""
    wheel = built["server.whl"]
    assert "[console_scripts]" in described(wheel)["entry_points.txt"]
    assert "pytest" not in described(wheel)["entry_points.txt"]
    wanted = [line for line in metadata(wheel).get_all("Requires-Dist", []) if "pytest" in line]
    assert ["pytest"] == [line.split(">")[0] for line in wanted]
    assert "extra == 'testing'" in wanted[0]


@pytest.mark.parametrize("project", ["server", "client"])
def test_a_source_distribution_has_what_its_wheel_has(built: dict[str, Path], project: str) -> None:
    """Whoever builds from source gets the same, and a readme and a licence to look at."""
    with tarfile.open(built[f"{project}.tar.gz"]) as archive:
        names = {member.name.split("/", 1)[1] for member in archive if member.isfile()}
    root = SERVER_ROOT if project == "server" else ""
    assert {root + name for name in modules(built[f"{project}.whl"])} <= names
    assert {"LICENSE", "README.md", "pyproject.toml"} <= names
    assert not [name for name in names if name.startswith(("tests/", "tools/", "benchmarks/"))]


def test_the_same_files_give_the_same_bytes(built: dict[str, Path], tmp_path: Path) -> None:
    """Elsewhere, later, with other rights on the files, and with files beside them that Git ignores."""
    root = tmp_path / "elsewhere"
    for name in tracked("server", "clients", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(dist.ROOT / name, root / name)
        (root / name).chmod(0o600)
        os.utime(root / name, (1, 1_000_000_000))
    shutil.copyfile(dist.ROOT / ".gitignore", root / ".gitignore")
    cache = root / "server" / "flext_quality" / "__pycache__"
    cache.mkdir()
    (cache / "main.cpython-311.pyc").write_bytes(b"\0")
    again = dist.build(tmp_path / "again", root)
    assert {file.name: _digest(file) for file in built.values()} == {
        file.name: _digest(file) for file in again
    }


def test_a_release_has_one_version() -> None:
    """Both projects, and the client that the server asks for; a tag of another version is refused."""
    told = dist.versions()
    assert {__version__} == set(told.values())
    assert 3 == len(told)


def _digest(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()
