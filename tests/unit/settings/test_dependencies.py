from __future__ import annotations

import pytest

from flext_quality.settings import create_api_settings
from tests.settings_files import wrong

HOSTS = "FLEXT_API_SECURITY__ALLOWED_EXTERNAL_HOSTS"
POLICIES = "FLEXT_API_RESILIENCE__"


def test_nobody_is_asked_by_default() -> None:
    """No host is allowed, and there is no Redis."""
    settings = create_api_settings().unwrap()
    assert settings.security.allowed_external_hosts == ("*",)
    assert settings.security.allowed_internal_hosts == ()
    assert settings.redis.url == ""


def test_dependencies_are_treated_as_documented() -> None:
    """Three attempts, 1 s to 30 s; five failures open the circuit for a minute; Redis is asked once."""
    resilience = create_api_settings().unwrap().resilience
    policy = resilience.policy_of("any")
    assert (policy.attempts, policy.backoff_initial, policy.backoff_max) == (3, 1, 30)
    assert (policy.breaker_failures, policy.breaker_seconds) == (5, 60)
    assert (resilience.policy_of("redis").attempts, resilience.policy_of("http").timeout) == (1, 30)


def test_a_dependency_s_own_policy_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over that of all, option by option."""
    monkeypatch.setenv(f"{POLICIES}ATTEMPTS", "2")
    monkeypatch.setenv(f"{POLICIES}DEPENDENCIES__HTTP__BREAKER_SECONDS", "7")
    resilience = create_api_settings().unwrap().resilience
    assert (resilience.policy_of("http").attempts, resilience.policy_of("any").attempts) == (2, 2)
    assert resilience.policy_of("http").breaker_seconds == 7
    assert resilience.policy_of("any").breaker_seconds == 60


@pytest.mark.parametrize("values", [{"tmeout": 1}, {"attempts": 0}, {"attempts": 1.5}])
def test_a_dependency_s_policy_is_checked(values: dict[str, float]) -> None:
    """Names and values, when the server starts."""
    assert wrong(resilience={"dependencies": {"http": values}})


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("a.example, *.b.example:8080", ("a.example", "*.b.example:8080")),
        ('["a.example"]', ("a.example",)),
        ("[::1]:80,10.0.0.1", ("[::1]:80", "10.0.0.1")),
        ("", ()),
    ],
)
def test_hosts_are_given_with_commas_or_as_json(
    monkeypatch: pytest.MonkeyPatch, text: str, hosts: tuple[str, ...]
) -> None:
    """Names, addresses, with or without a port."""
    monkeypatch.setenv(HOSTS, text)
    assert create_api_settings().unwrap().security.allowed_external_hosts == hosts


@pytest.mark.parametrize(
    "host", ["http://a.example", "a/b", "**", "*:80", "a.*.example", "a b", ":80"]
)
def test_what_is_no_host_is_refused(host: str) -> None:
    """A pattern that would match nothing, or too much."""
    assert HOSTS in wrong(security={"allowed_external_hosts": [host]})


def test_hosts_inside_are_named_one_by_one() -> None:
    """Whoever owns a name below could point it inside."""
    assert "one by one" in str(wrong(security={"allowed_internal_hosts": ["*.example"]}))


def test_redis_is_a_url_and_never_printed() -> None:
    """It may hold a password."""
    assert "FLEXT_API_REDIS__URL" in wrong(redis={"url": "host:6379"})
    settings = create_api_settings(redis={"url": "redis://:canary@host"}).unwrap()
    assert "canary" not in repr(settings)
