"""Build what is published, and install it as users do.

``python tools/dist.py build DIR`` makes the two wheels and source distributions, the same bytes from the same
files: the build tool is the one that is pinned in requirements/dev.txt.

``python tools/dist.py sbom FILE DIR`` installs the wheels that lie in DIR with the versions of
requirements/runtime.txt, and writes down what is there (CycloneDX, JSON).

``python tools/dist.py version VERSION`` fails unless both projects, and what the server asks of the client,
have this version.

``python tools/dist.py environment RESOLUTION DIR`` makes a virtual environment with the wheels and the tools
of the tests. RESOLUTION: ``locked`` (the versions of requirements/runtime.txt), ``lowest-direct`` (the oldest
that pyproject.toml allows) or ``highest`` (the newest that there are).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from uv import find_uv_bin

ROOT = Path(__file__).resolve().parent.parent
RESOLUTIONS = ("locked", "lowest-direct", "highest")
PROJECTS = ("clients/python", ".")


def uv(*arguments: str | Path, root: Path = ROOT) -> None:
    """Run uv in the directory `root`; raise CalledProcessError, with its words on stderr, if it fails."""
    environment = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "CONDA_PREFIX")}
    subprocess.run(
        [find_uv_bin(), *map(str, arguments)], cwd=root, env=environment, check=True, timeout=600
    )


def build(out: Path, root: Path = ROOT) -> list[Path]:
    """Build both projects below `root` into `out`; return all four files.

    Each wheel is made from its source distribution, so both are known to be complete.
    """
    for project in PROJECTS:
        options = ("--quiet", "--no-build-isolation", "--no-create-gitignore")
        uv("build", *options, "--python", sys.executable, "--out-dir", out, project, root=root)
    return sorted(out.iterdir())


def pin(resolution: str, file: Path) -> Path:
    """Write the versions of one resolution into `file`, extras included."""
    if resolution == "locked":
        file.write_bytes((ROOT / "requirements" / "runtime.txt").read_bytes())
        return file
    options = ("--quiet", "--resolution", resolution, "--python", sys.executable, "--all-extras")
    skipped = ("--no-emit-package", "flext-quality-client", "--only-binary", ":all:")
    projects = [Path(project, "pyproject.toml") for project in PROJECTS]
    uv("pip", "compile", *options, *skipped, "--output-file", file, *projects)
    return file


def create(directory: Path) -> Path:
    """Make an empty virtual environment; return its python."""
    uv("venv", "--quiet", "--clear", "--python", sys.executable, directory)
    return directory / "bin" / "python"


def install(python: Path, pins: Path, *packages: str | Path) -> None:
    """Install packages with all that they need, in the pinned versions, from wheels only."""
    options = ("--quiet", "--only-binary", ":all:", "--constraint", pins)
    uv("pip", "install", "--python", python, *options, *packages)


def write_sbom(file: Path, python: Path) -> None:
    """Write what an environment with our wheels consists of, the same bytes for the same versions."""
    # Where our wheels lay is nobody's business.
    for origin in python.parent.parent.rglob("flext_quality*.dist-info/direct_url.json"):
        origin.unlink()
    options = ("--pyproject", ROOT / "pyproject.toml", "--mc-type", "application")
    output = ("--output-reproducible", "--of", "JSON", "--output-file", file)
    program = (sys.executable, "-m", "cyclonedx_py", "environment")
    subprocess.run([*program, *options, *output, python], cwd=ROOT, check=True, timeout=120)
    told = json.loads(file.read_text())
    # It does not stand in pyproject.toml.
    (installed,) = python.parent.parent.rglob("flext_quality-*.dist-info")
    told["metadata"]["component"]["version"] = installed.name.split("-")[1].removesuffix(".dist")
    file.write_text(json.dumps(told, indent=2) + "\n")


def versions() -> dict[str, str]:
    """Return the version of each project, and the one of the client that the server asks for."""
    with tempfile.TemporaryDirectory() as scratch:
        names = [file.name for file in build(Path(scratch)) if file.suffix == ".whl"]
    wheels = {name.split("-")[0].replace("_", "-"): name.split("-")[1] for name in names}
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (asked,) = (one for one in settings["dependencies"] if one.startswith("flext-quality-client"))
    return {
        **wheels,
        asked.partition("==")[0] + " that flext-quality asks for": asked.partition("==")[2],
    }


def main() -> None:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build").add_argument("directory", type=Path)
    commands.add_parser("version").add_argument("version")
    sbom = commands.add_parser("sbom")
    sbom.add_argument("file", type=Path)
    sbom.add_argument("directory", type=Path)
    environment = commands.add_parser("environment")
    environment.add_argument("resolution", choices=RESOLUTIONS)
    environment.add_argument("directory", type=Path)
    chosen = parser.parse_args()
    if chosen.command == "build":
        for file in build(chosen.directory.absolute()):
            print(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file)
        return
    if chosen.command == "version":
        others = {name: found for name, found in versions().items() if found != chosen.version}
        if others:
            sys.exit(f"not {chosen.version}: {', '.join(f'{n} {v}' for n, v in others.items())}")
        return
    with tempfile.TemporaryDirectory() as scratch:
        if chosen.command == "sbom":
            python = create(Path(scratch, "environment"))
            wheels = sorted(chosen.directory.absolute().glob("*.whl"))
            install(python, pin("locked", Path(scratch, "pins.txt")), *wheels)
            write_sbom(chosen.file.absolute(), python)
            return
        wheels = [file for file in build(Path(scratch, "dist")) if file.suffix == ".whl"]
        python = create(chosen.directory.absolute())
        pins = pin(chosen.resolution, Path(scratch, "pins.txt"))
        install(python, pins, *wheels, "--group", "test")


if __name__ == "__main__":
    main()
