from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.commands import Commands


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    """Runs the command as users do, with a data directory of its own."""
    running = Commands(tmp_path)
    yield running
    running.stop()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A small project with something for each analyzer to find."""
    root = tmp_path / "shop"
    (root / "shop").mkdir(parents=True)
    (root / "shop" / "__init__.py").write_text("")
    (root / "shop" / "cart.py").write_text(
        'import os\nimport subprocess\n\n\ndef total(prices: list[int]) -> int:\n    return "none"\n'
        "\n\ndef order(what: str) -> None:\n    subprocess.call(what, shell=True)\n"
        "\n\ndef ship(parcel: int) -> int:\n    if parcel:\n        for weight in range(parcel):\n"
        "            if weight:\n                while weight > parcel:\n"
        "                    if weight:\n                        return weight\n    return 0\n"
    )
    return root


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A project that takes its time to analyze."""
    root = tmp_path / "large"
    root.mkdir()
    body = "".join(
        f"def function_{n}(x: int) -> int:\n    assert x > {n}\n    return x + {n}\n\n\n"
        for n in range(150)
    )
    for n in range(400):
        (root / f"module_{n}.py").write_text(f"MODULE = {n}\n\n\n{body}")
    return root
