"""`make audit`: what it finds, and that it never takes silence for a clean bill."""

from __future__ import annotations

import json

import pytest

from tools import audit

PACKAGES = {"ruff": "1.0", "radon": "2.0"}


def answer(**advisories: list[str]) -> str:
    """As pip-audit prints it."""
    return json.dumps(
        {
            "dependencies": [
                {
                    "name": name,
                    "version": PACKAGES[name],
                    "vulns": [{"id": one, "fix_versions": ["9"]} for one in ids],
                }
                for name, ids in advisories.items()
            ]
        }
    )


def test_our_packages_may_all_be_used() -> None:
    """Every package that the product brings along has a licence that allows it."""
    packages = audit.pinned()
    assert "grpcio" in packages
    assert [] == list(audit.licence_problems(packages))


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("MIT AND PSF-2.0", True),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-only", False),
        ("", False),
    ],
)
def test_a_licence_expression_is_read(expression: str, allowed: bool) -> None:
    """One of the alternatives must be allowed in all its parts."""
    assert allowed == audit.is_allowed(expression)


def test_nothing_known_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    """Only if every package was looked up."""
    assert 0 == audit.report(PACKAGES, answer(ruff=[], radon=[]), "", strict=True)
    assert "none known in 2 packages" in capsys.readouterr().out


def test_a_weakness_fails_the_audit(capsys: pytest.CaptureFixture[str]) -> None:
    """It is named, with the version that mends it."""
    assert 1 == audit.report(PACKAGES, answer(ruff=["CVE-1"], radon=[]), "", strict=False)
    assert "ruff 1.0: CVE-1, mended in 9" in capsys.readouterr().out


@pytest.mark.parametrize(
    "silence",
    [
        "",
        "Traceback …",
        json.dumps({"dependencies": [{"name": "ruff", "skip_reason": "not found on PyPI"}]}),
    ],
)
def test_a_database_that_does_not_answer_is_told(
    silence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is no failure of ours, unless a release depends on it."""
    assert 0 == audit.report(PACKAGES, silence, "ConnectionError: no route", strict=False)
    assert "NOT LOOKED UP for 2 of 2 packages" in capsys.readouterr().out
    assert 1 == audit.report(PACKAGES, silence, "", strict=True)
