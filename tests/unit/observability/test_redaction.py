from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterator

import pytest
import structlog

from flext_quality.infrastructure.observability.logging import configure_logging
from flext_quality.infrastructure.observability.redaction import HIDDEN, Redactor

CANARY = 'canary-"quoted"\\-ü'
FORMATS = ("json", "console")


@pytest.fixture(autouse=True)
def quiet_afterwards() -> Iterator[None]:
    """Leaves logging as it was."""
    level = logging.getLogger().level
    yield
    logging.getLogger().setLevel(level)
    structlog.reset_defaults()


def configure(log_format: str, level: str, secrets: Collection[str] = ()) -> None:
    """Sets logging up as at a server's start: without the handlers that pytest has added."""
    logging.getLogger().handlers = []
    configure_logging(log_format, level, secrets)  # type: ignore[arg-type]  # given by tests


@pytest.mark.parametrize("log_format", FORMATS)
def test_known_secrets_are_taken_out_wherever_they_are(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In texts, nested values, exceptions, local variables of tracebacks, and other libraries' lines."""
    configure(log_format, "debug", {CANARY})
    log = structlog.get_logger("test")
    local_variable = CANARY
    event = f"event {local_variable}"
    log.info(event, value=CANARY, nested={"deep": [CANARY, (CANARY,)]})
    try:
        int(f"no {CANARY}")
    except ValueError:
        log.exception("failed")
    logging.getLogger("library").warning("said %s %r", CANARY, {"x": CANARY})
    logging.getLogger("library").error("failed", exc_info=(ValueError, ValueError(CANARY), None))
    found = capsys.readouterr().err
    assert "canary" not in found
    assert found.count(HIDDEN) >= 6
    assert "ValueError" in found


@pytest.mark.parametrize("log_format", FORMATS)
def test_local_variables_are_not_logged(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody knows what is in them."""
    configure(log_format, "debug")
    unknown_secret = "known"[::-1]
    try:
        int("x" * len(unknown_secret))
    except ValueError:
        structlog.get_logger("test").exception("failed")
    assert "nwonk" not in capsys.readouterr().err


def test_what_is_named_like_a_secret_is_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    """Known or not; page tokens and counts of tokens are none."""
    configure("json", "info")
    structlog.get_logger("test").info(
        "x", api_key="1", Authorization="2", db_password="3", page_token="4", min_tokens=5, path="6"
    )
    line = json.loads(capsys.readouterr().err)
    assert (line["api_key"], line["Authorization"], line["db_password"]) == (HIDDEN,) * 3
    assert (line["page_token"], line["min_tokens"], line["path"]) == ("4", 5, "6")


def test_a_secret_within_another_leaves_nothing_of_either() -> None:
    """The longer one goes first; very short ones would take innocent words out."""
    redactor = Redactor({"abcd", "abcdefgh", "a", ""})
    assert redactor.clean("abcdefgh abcd a") == f"{HIDDEN} {HIDDEN} a"


def test_the_level_can_change(capsys: pytest.CaptureFixture[str]) -> None:
    """For loggers that exist already, and for other libraries."""
    configure("console", "error")
    log = structlog.get_logger("test")
    log.info("one")
    logging.getLogger("library").warning("one")
    configure_logging("console", "info")
    log.info("two")
    logging.getLogger("library").warning("three")
    found = capsys.readouterr().err
    assert "one" not in found
    assert "two" in found
    assert "three" in found
