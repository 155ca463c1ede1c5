"""Look at the licences and the known weaknesses of everything that the product brings along.

The packages are those of requirements/runtime.txt. Licences are read from what is installed here. Weaknesses
are asked of the package index by pip-audit. Where it cannot be reached, or does not know them, that is said:
such a run has not shown that there are none. It fails then only with ``--strict``, as a release does.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "requirements" / "runtime.txt"
SECONDS = 300

ALLOWED = {
    *(
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "PSF-2.0",
    ),
    # psycopg: an extra, imported as the library that it is.
    "LGPL-3.0-only",
}
"""SPDX names of licences that let an MIT product use the package as it is."""

OLDER_NAMES = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""What packages say whose metadata is older than SPDX expressions."""


def pinned(file: Path = PINS) -> dict[str, str]:
    """Return the version of every package that a lock file names."""
    return dict(re.findall(r"^([a-z0-9][\w.-]*)==([\w.!+-]+)", file.read_text(), re.MULTILINE))


def licence(package: str) -> str:
    """Return what a package says of its licence, as SPDX where it can be told; empty if it says nothing."""
    told = metadata(package)
    if "License-Expression" in told:
        return told["License-Expression"]
    classes = [
        line.rpartition(" :: ")[2]
        for line in told.get_all("Classifier", [])
        if "License ::" in line
    ]
    text = "".join(told.get_all("License", [])[:1])
    named = classes or text.strip().splitlines()[:1]
    return " AND ".join(OLDER_NAMES.get(name, name) for name in named)


def is_allowed(expression: str) -> bool:
    """Say whether a licence expression can be met by licences that are allowed."""
    alternatives = expression.strip("()").split(" OR ")
    return any(
        all(part.strip("() ") in ALLOWED for part in one.split(" AND ")) for one in alternatives
    )


def licence_problems(packages: Mapping[str, str]) -> Iterator[str]:
    """Give a line for every package that is installed here and whose licence is not allowed."""
    for package in packages:
        try:
            told = licence(package)
        except PackageNotFoundError:
            continue  # for another platform or Python
        if not is_allowed(told):
            yield f"{package}: its licence is {told or 'not told'}; allowed: {', '.join(sorted(ALLOWED))}"


def ask(pins: Path = PINS) -> tuple[str, str]:
    """Run pip-audit; return what it printed as JSON, and its messages."""
    program = [sys.executable, "-m", "pip_audit", "--requirement", str(pins), "--require-hashes"]
    options = ["--disable-pip", "--format", "json", "--progress-spinner", "off", "--timeout", "10"]
    try:
        done = subprocess.run(
            [*program, *options], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return "", f"no answer within {SECONDS} s"
    return done.stdout, done.stderr


def weaknesses(answer: str, packages: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Read pip-audit's answer; return a line for each known weakness, and the packages it knew nothing of.

    An answer that cannot be read tells nothing of any package. What is for other platforms is not in it.
    """
    try:
        told: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except ValueError:
        told = []
    known = [entry for entry in told if "skip_reason" not in entry]
    found = [
        f"{entry['name']} {entry['version']}: {one['id']}, mended in {_versions(one['fix_versions'])}"
        for entry in known
        for one in entry["vulns"]
    ]
    if not known:
        return [], sorted(packages)
    return found, sorted(entry["name"] for entry in told if "skip_reason" in entry)


def _versions(versions: list[str]) -> str:
    return ", ".join(versions) or "no version yet"


def report(packages: Mapping[str, str], answer: str, messages: str, *, strict: bool) -> int:
    """Print what was found; return the exit code."""
    problems = list(licence_problems(packages))
    found, unknown = weaknesses(answer, packages)
    print("\n".join(problems) or f"licences: all {len(packages)} packages may be used")
    print("\n".join(found) or f"weaknesses: none known in {len(packages) - len(unknown)} packages")
    if unknown:
        why = messages.strip().splitlines()[-1:] if len(unknown) == len(packages) else unknown
        print(
            f"weaknesses: NOT LOOKED UP for {len(unknown)} of {len(packages)} packages: the database of "
            f"advisories cannot be reached, or does not know them ({', '.join(why) or 'no reason given'})"
        )
    return 1 if problems or found or (strict and unknown) else 0


def main() -> int:
    """Audit; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--strict", action="store_true", help="fail if something was not looked up")
    strict = parser.parse_args().strict
    return report(pinned(), *ask(), strict=strict)


if __name__ == "__main__":
    sys.exit(main())
