from __future__ import annotations

import asyncio
import gzip
import ssl
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from shutil import which

import pytest

from flext_quality.application.ports.http_client import HttpAnswer, HttpRequest
from flext_quality.domain.errors import InvalidFieldError, QualityError
from flext_quality.domain.system.errors import (
    CircuitOpenError,
    ExternalAnswerInvalidError,
    ExternalHostNotAllowedError,
    ExternalServiceTimedOutError,
    ExternalServiceUnavailableError,
)
from flext_quality.infrastructure.http.addresses import AllowedHosts, checked_addresses
from flext_quality.infrastructure.http.client import HttpClientAdapter
from flext_quality.infrastructure.http.options import HttpOptions
from flext_quality.infrastructure.resilience.options import PolicyOptions
from flext_quality.infrastructure.resilience.policy import ResiliencePolicies
from tests.waiting import until
from tests.web import Asked, WebServer, answer, web_server

MIB = 1024**2
INSIDE = HttpOptions(internal_hosts=["127.0.0.1"], cache_max_bytes=0)
POLICY = PolicyOptions(backoff_initial=0, backoff_jitter=0, timeout=5)


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with web_server() as it:
        yield it


@asynccontextmanager
async def client(
    options: HttpOptions = INSIDE,
    policy: PolicyOptions = POLICY,
    names: Mapping[str, Sequence[str]] | None = None,
) -> AsyncIterator[HttpClientAdapter]:
    async def resolver(host: str, port: int) -> Sequence[str]:
        return (names or {}).get(host, [host])

    it = HttpClientAdapter(options, ResiliencePolicies(lambda _: policy), resolver)
    yield it
    await it.close()


async def get(it: HttpClientAdapter, url: str, **headers: str) -> HttpAnswer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return (await it.send(HttpRequest("GET", url, named))).unwrap()


async def error_of(it: HttpClientAdapter, request: HttpRequest | str) -> QualityError:
    if isinstance(request, str):
        request = HttpRequest("GET", request)
    error = (await it.send(request)).error
    assert error is not None
    return error


async def test_an_answer_comes_whole(server: WebServer) -> None:
    """With status, headers in lower case, and content, whatever the status is."""
    server.routes["/a"] = answer(404, b"gone", X_Why="moved")
    async with client() as it:
        got = await get(it, server.url("/a"), x_token="t")
    assert (got.status, got.content, got.headers["x-why"]) == (404, b"gone", "moved")
    assert server.asked[0].headers["x-token"] == "t"
    assert (got.url, got.from_cache) == (server.url("/a"), False)


async def test_content_is_sent(server: WebServer) -> None:
    """As it was given."""
    server.routes["/a"] = answer()
    async with client() as it:
        await it.send(HttpRequest("POST", server.url("/a"), {"Content-Type": "x/y"}, b"\x00body"))
    assert (server.asked[0].method, server.asked[0].content) == ("POST", b"\x00body")
    assert server.asked[0].headers["content-type"] == "x/y"


async def test_statuses_that_say_later_are_asked_again(server: WebServer) -> None:
    """Three times in all; the last one is the answer."""
    server.routes["/a"] = answer(503, b"busy")
    async with client() as it:
        got = await get(it, server.url("/a"))
    assert (got.status, got.content, len(server.asked)) == (503, b"busy", 3)


async def test_a_server_that_asks_for_too_much_patience_is_not_asked_again(
    server: WebServer,
) -> None:
    """Its answer is passed on at once."""
    server.routes["/a"] = answer(429, retry_after="3600")
    async with client() as it:
        assert (await get(it, server.url("/a"))).status == 429
    assert len(server.asked) == 1


@pytest.mark.parametrize(("retry", "times"), [(None, 1), (True, 3)])
async def test_what_is_not_idempotent_is_sent_once(
    server: WebServer, retry: bool | None, times: int
) -> None:
    """Unless the caller knows that sending it again does no harm."""
    server.routes["/a"] = answer(500)
    async with client() as it:
        await it.send(HttpRequest("POST", server.url("/a"), retry=retry))
    assert len(server.asked) == times


async def test_a_server_that_hangs_up_is_unavailable(server: WebServer) -> None:
    """After as many attempts as the policy has; the error holds nothing of the library's."""

    async def hang_up(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    server.routes["/a"] = hang_up
    async with client() as it:
        error = await error_of(it, server.url("/a"))
    assert isinstance(error, ExternalServiceUnavailableError)
    expected = f"http:127.0.0.1:{server.port} ended the connection without an answer"
    assert str(error) == f"{expected}; try again later"
    assert len(server.asked) == 3


async def test_nobody_at_the_port_is_unavailable(server: WebServer) -> None:
    """And after five attempts the host is left alone, whoever asks."""
    async with client() as it:
        url = "http://127.0.0.1:9/"
        assert type(await error_of(it, url)) is not CircuitOpenError
        assert isinstance(await error_of(it, url), CircuitOpenError)
        assert isinstance(await error_of(it, url), CircuitOpenError)


async def test_a_server_that_says_nothing_costs_the_read_timeout(server: WebServer) -> None:
    """For each attempt."""

    async def say_nothing(_: Asked, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    server.routes["/a"] = say_nothing
    async with client(replace(INSIDE, read_timeout=0.05)) as it:
        assert isinstance(await error_of(it, server.url("/a")), ExternalServiceUnavailableError)
    await until(lambda: len(server.asked) == 3)


async def test_a_server_that_answers_slowly_costs_the_timeout_of_the_whole(
    server: WebServer,
) -> None:
    """A byte now and then keeps nobody here."""

    async def drip(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.02)

    server.routes["/a"] = drip
    policy = replace(POLICY, timeout=0.2, attempts=1)
    async with client(policy=policy) as it:
        assert isinstance(await error_of(it, server.url("/a")), ExternalServiceTimedOutError)


@pytest.mark.parametrize("told", [True, False])
async def test_an_answer_that_is_too_large_is_refused(server: WebServer, told: bool) -> None:
    """Whether its length is told before or not; no more is read than may be."""
    written = 0

    async def flood(_: Asked, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\n")
        writer.write(b"content-length: 104857600\r\n\r\n" if told else b"connection: close\r\n\r\n")
        for _i in range(100):
            writer.write(bytes(MIB))
            written += 1
            await writer.drain()

    server.routes["/a"] = flood
    async with client() as it:
        error = await error_of(it, server.url("/a"))
    assert isinstance(error, ExternalAnswerInvalidError)
    assert str(error).endswith(" answered more than 10,485,760 bytes")
    assert error.metadata["why"] == "too_large"
    assert written < 30
    assert len(server.asked) == 1


async def test_ten_megabytes_are_taken(server: WebServer) -> None:
    """The limit itself is allowed."""
    server.routes["/a"] = answer(content=bytes(10 * MIB))
    async with client() as it:
        assert len((await get(it, server.url("/a"))).content) == 10 * MIB


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_bomb_does_not_go_off(server: WebServer, encoding: str) -> None:
    """200 MB in 200 kB: decoding stops at the limit."""
    packed = (gzip.compress if encoding == "gzip" else zlib.compress)(bytes(200 * MIB))
    server.routes["/a"] = answer(content=packed, content_encoding=encoding)
    del packed
    async with client() as it:
        tracemalloc.start()
        error = await error_of(it, server.url("/a"))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert error.metadata["why"] == "too_large"
    assert most < 40 * MIB


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (gzip.compress(b"one ", mtime=0) + gzip.compress(b"two", mtime=0), "GZip"),
        (zlib.compress(b"one two"), "deflate"),
        (b"one two", "identity"),
    ],
)
async def test_content_is_decoded(server: WebServer, content: bytes, encoding: str) -> None:
    """Gzip with all its members, and deflate."""
    server.routes["/a"] = answer(content=content, content_encoding=encoding)
    async with client() as it:
        assert (await get(it, server.url("/a"))).content == b"one two"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"no gzip", "gzip"),
        (gzip.compress(b"one two", mtime=0)[:-9], "gzip"),
        (gzip.compress(gzip.compress(b"twice", mtime=0), mtime=0), "gzip, gzip"),
        (b"x", "br"),
    ],
)
async def test_content_that_cannot_be_decoded_is_refused(
    server: WebServer, content: bytes, encoding: str
) -> None:
    """Broken, cut off, or in an encoding that nobody asked for."""
    server.routes["/a"] = answer(content=content, content_encoding=encoding)
    async with client() as it:
        assert (await error_of(it, server.url("/a"))).metadata["why"] == "encoding"


async def test_what_is_no_http_is_refused(server: WebServer) -> None:
    """Without a word of it in the error."""

    async def talk(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 secret smtp ready\r\n\r\n")
        writer.close()

    server.routes["/a"] = talk
    async with client() as it:
        assert "secret" not in str(await error_of(it, server.url("/a")))


async def test_redirects_are_followed_up_to_five(server: WebServer) -> None:
    """The answer says where it came from; six are too many, and none may be followed."""
    for number in range(6):
        server.routes[f"/{number}"] = answer(302, location=f"/{number + 1}")
    server.routes["/6"] = answer(content=b"end")
    async with client() as it:
        got = await get(it, server.url("/1"))
        assert (got.url, got.content) == (server.url("/6"), b"end")
        assert (await error_of(it, server.url("/0"))).metadata["why"] == "redirects"
        request = HttpRequest("GET", server.url("/1"), follow_redirects=False)
        assert (await it.send(request)).unwrap().status == 302


async def test_secrets_do_not_follow_a_redirect_to_another_origin(server: WebServer) -> None:
    """Neither known headers nor unknown ones; within an origin they do."""
    async with web_server() as other:
        server.routes["/near"] = answer(302, location="/far")
        server.routes["/far"] = answer(302, location=other.url("/end"))
        other.routes["/end"] = answer()
        async with client() as it:
            await get(it, server.url("/near"), Authorization="a", X_Signature="s", Accept="x/y")
        assert server.asked[1].headers["x-signature"] == "s"
        assert not {"authorization", "x-signature"} & set(other.asked[0].headers)
        assert other.asked[0].headers["accept"] == "x/y"


async def test_cookies_are_not_kept(server: WebServer) -> None:
    """Nobody's session becomes another's."""
    server.routes["/a"] = answer(set_cookie="session=1")
    async with client() as it:
        await get(it, server.url("/a"))
        await get(it, server.url("/a"))
    assert "cookie" not in server.asked[1].headers


async def test_the_environment_s_proxy_is_not_asked(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would resolve names by itself."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    server.routes["/a"] = answer()
    async with client() as it:
        assert (await get(it, server.url("/a"))).status == 200


# --- where requests may go ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest/", "http://localhost:{port}/in", "http://[::1]:{port}/in"],
)
async def test_a_redirect_inside_is_refused(server: WebServer, target: str) -> None:
    """A server outside cannot make this one ask what only it can reach."""
    server.routes["/a"] = answer(302, location=target.format(port=server.port))
    server.routes["/in"] = answer()
    async with client() as it:
        assert isinstance(await error_of(it, server.url("/a")), ExternalHostNotAllowedError)
    assert [asked.path for asked in server.asked] == ["/a"]


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://u:p@127.0.0.1/"]
)
async def test_a_redirect_to_something_else_is_refused(server: WebServer, target: str) -> None:
    """Other schemes, and URLs with a user."""
    server.routes["/a"] = answer(302, location=target)
    async with client() as it:
        assert isinstance(await error_of(it, server.url("/a")), QualityError)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.1.1", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "2001:db8::1"),
        *(
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "64:ff9b::a01:203",
            "64:ff9b:1::a00:1",
            "::a00:1",
        ),
        *("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16"),
        "::ffff:169.254.169.254",
    ],
)
async def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    """After resolution; one such address among good ones is enough."""
    names = {"far.example": ["93.184.216.34", address]}
    options = HttpOptions(allowed_hosts=["far.example"], cache_max_bytes=0)
    async with client(options, names=names) as it:
        error = await error_of(it, "http://far.example/")
    assert isinstance(error, ExternalHostNotAllowedError)
    assert address not in str(error)


async def test_metadata_services_are_refused_even_by_name() -> None:
    """They give out the machine's credentials."""
    options = HttpOptions(internal_hosts=["169.254.169.254", "meta"], cache_max_bytes=0)
    async with client(options, names={"meta": ["169.254.169.254"]}) as it:
        for host in ("169.254.169.254", "meta"):
            error = await error_of(it, f"http://{host}/")
            assert "metadata service" in str(error)


async def test_a_name_cannot_change_between_check_and_connection(server: WebServer) -> None:
    """It is resolved once for a connection, and the checked address is the one that is used."""
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    options = HttpOptions(internal_hosts=["near.example"], cache_max_bytes=0)
    server.routes["/a"] = answer()
    it = HttpClientAdapter(options, ResiliencePolicies(lambda _: POLICY), rebinding)
    got = await get(it, server.url("/a", "near.example"))
    await it.close()
    assert (got.status, asked) == (200, ["near.example"])
    assert server.asked[0].headers["host"] == f"near.example:{server.port}"


async def test_the_next_address_is_tried(server: WebServer) -> None:
    """A name may have several, and one of them be down."""
    options = HttpOptions(internal_hosts=["near.example"], cache_max_bytes=0)
    server.routes["/a"] = answer()
    names = {"near.example": ["127.0.0.2", "127.0.0.1"]}
    async with client(options, names=names) as it:
        assert (await get(it, server.url("/a", "near.example"))).status == 200


@pytest.mark.parametrize("numbers", [[], ["fails"]])
async def test_a_name_without_an_address_is_unavailable(numbers: list[str]) -> None:
    """It may have one later."""

    async def resolver(host: str, port: int) -> Sequence[str]:
        if numbers:
            raise OSError("no such name")
        return []

    options = HttpOptions(allowed_hosts=["far.example"], cache_max_bytes=0)
    it = HttpClientAdapter(options, ResiliencePolicies(lambda _: POLICY), resolver)
    assert isinstance(await error_of(it, "http://far.example/"), ExternalServiceUnavailableError)
    await it.close()


@pytest.mark.parametrize(
    ("allowed", "url", "may"),
    [
        ("far.example", "http://far.example/", True),
        ("far.example", "http://FAR.example.:81/", True),
        ("far.example:81", "http://far.example:81/", True),
        ("far.example:81", "http://far.example/", False),
        ("far.example:443", "https://far.example/", True),
        ("far.example", "http://a.far.example/", False),
        ("*.far.example", "http://a.b.far.example/", True),
        ("*.far.example:81", "http://a.far.example:81/", True),
        ("*.far.example:81", "http://a.far.example/", False),
        ("*.far.example", "http://far.example/", False),
        ("*.far.example", "http://notfar.example/", False),
        ("far.example", "http://far.example.evil/", False),
        ("xn--mnchen-3ya.example", "http://münchen.example/", True),
        ("[2606:2800::1]:80", "http://[2606:2800::1]/", True),
    ],
)
async def test_only_allowed_hosts_are_asked(allowed: str, url: str, may: bool) -> None:
    """By name, with or without a port, with all names below, whatever way it is written."""
    resolved: list[str] = []

    async def resolver(host: str, port: int) -> Sequence[str]:
        resolved.append(host)
        return []

    options = HttpOptions(allowed_hosts=[allowed], cache_max_bytes=0)
    policies = ResiliencePolicies(lambda _: PolicyOptions(attempts=1))
    it = HttpClientAdapter(options, policies, resolver)
    error = await error_of(it, url)
    await it.close()
    assert isinstance(error, ExternalServiceUnavailableError) is may
    assert isinstance(error, ExternalHostNotAllowedError) is not may
    assert bool(resolved) is may


@pytest.mark.parametrize(
    "url",
    ["", "far.example", "file:///etc/passwd", "http://", "http://u:p@far.example/", "http://x:y/"],
)
async def test_what_is_no_web_address_is_refused(url: str) -> None:
    """Nothing but http and https, and no user in it."""
    async with client() as it:
        assert isinstance(await error_of(it, url), InvalidFieldError)


async def test_names_are_resolved_by_the_system(server: WebServer) -> None:
    """Odd ways to write an address too, and what they stand for is what counts."""
    server.routes["/a"] = answer()
    options = HttpOptions(
        allowed_hosts=["2130706433", "localhost"], internal_hosts=["127.0.0.1"], cache_max_bytes=0
    )
    it = HttpClientAdapter(options, ResiliencePolicies(lambda _: POLICY))
    assert (await get(it, server.url("/a"))).status == 200
    for host in ("2130706433", "localhost"):
        error = await error_of(it, server.url("/a", host))
        assert "not public" in str(error)
    await it.close()


@pytest.mark.skipif(not which("openssl"), reason="makes the certificate")
async def test_certificates_are_checked_against_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the connection goes to an address; an unknown issuer is refused too."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subject = ("-subj", "/CN=near.example", "-addext", "subjectAltName=DNS:near.example")
    made = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject),
        *("-keyout", str(key), "-out", str(certificate)),
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await made.wait() == 0
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    options = HttpOptions(internal_hosts=["near.example", "other.example"], cache_max_bytes=0)
    names = {"near.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]}
    async with web_server(tls) as server:
        server.routes["/a"] = answer(302, location=f"http://near.example:{server.port}/b")
        url = f"https://near.example:{server.port}/a"
        async with client(options, names=names) as it:
            assert isinstance(await error_of(it, url), ExternalServiceUnavailableError)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        async with client(options, names=names) as it:
            request = HttpRequest("GET", url, follow_redirects=False)
            assert (await it.send(request)).unwrap().status == 302
            assert "without encryption" in str(await error_of(it, url))
            wrong = await error_of(it, url.replace("near", "other"))
            assert isinstance(wrong, ExternalServiceUnavailableError)
    assert len(server.asked) == 2


async def test_a_service_s_connection_is_not_lent_to_others(server: WebServer) -> None:
    """A project that names Consul's address is refused, though a connection to it is open."""
    server.routes["/a"] = answer(content=b"for us", cache_control="max-age=60")
    async with client(HttpOptions(allowed_hosts=["*"])) as it:
        ours = HttpRequest("GET", server.url("/a"), dependency="registry")
        assert (await it.send(ours)).unwrap().content == b"for us"
        theirs = HttpRequest("GET", server.url("/a"))
        assert isinstance(await error_of(it, theirs), ExternalHostNotAllowedError)
        assert not (await it.send(ours)).unwrap().from_cache
    assert (server.connections, len(server.asked)) == (1, 2)


async def test_what_one_url_does_keeps_nobody_from_its_host(server: WebServer) -> None:
    """Failures and silence are the URL's; only a host without a connection is left alone, for all."""

    async def say_nothing(_: Asked, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    server.routes |= {"/broken": answer(500), "/slow": say_nothing, "/good": answer()}
    async with client() as it:
        for _ in range(6):
            await it.send(HttpRequest("POST", server.url("/broken")))
            slow = HttpRequest("POST", server.url("/slow"), timeout=0.02)
            assert "did not answer within 0.02 s" in str(await error_of(it, slow))
        assert (await get(it, server.url("/good"))).status == 200


async def test_a_service_that_fails_is_left_alone(server: WebServer) -> None:
    """Whatever of it fails: nobody but the server itself asks it."""
    server.routes |= {"/broken": answer(500), "/good": answer()}
    async with client() as it:
        for _ in range(5):
            broken = HttpRequest("POST", server.url("/broken"), dependency="it")
            assert (await it.send(broken)).unwrap().status == 500
        good = HttpRequest("POST", server.url("/good"), dependency="it")
        assert isinstance(await error_of(it, good), CircuitOpenError)


@pytest.mark.parametrize("status", [301, 302, 303])
async def test_a_post_is_not_made_a_get(server: WebServer, status: int) -> None:
    """A redirect that would do so is an answer; by 308 everything is sent again."""
    server.routes |= {
        "/a": answer(status, location="/b"),
        "/c": answer(308, location="/b"),
        "/b": answer(),
    }
    async with client() as it:
        answered = await it.send(HttpRequest("POST", server.url("/a"), content=b"body"))
        assert answered.unwrap().status == status
        answered = await it.send(HttpRequest("POST", server.url("/c"), content=b"body"))
        assert answered.unwrap().status == 200
    assert [asked.content for asked in server.asked] == [b"body"] * 3


async def test_only_the_beginning_is_read_where_that_is_enough(server: WebServer) -> None:
    """Whatever length the answer claims; nothing of one that is compressed."""
    server.routes |= {
        "/a": answer(content=b"beginning and more"),
        "/b": answer(content=gzip.compress(b"x"), content_encoding="gzip"),
    }
    async with client() as it:
        for path, content in (("/a", b"beginning"), ("/b", b"")):
            request = HttpRequest("GET", server.url(path), excerpt=9)
            assert (await it.send(request)).unwrap().content == content


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
async def test_public_addresses_may_be_asked(address: str) -> None:
    """Of any host, where all are allowed."""
    await checked_addresses(AllowedHosts(["*"], []), address, 443)


# --- what is kept ---------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["memory", "disk"])
async def test_answers_are_kept_as_the_standard_says(
    server: WebServer, tmp_path: Path, where: str
) -> None:
    """While fresh nobody is asked; then whether it changed; what is private or forbidden is not kept."""
    tagged = answer(content=b"kept", etag='"1"', cache_control="max-age=0")

    async def revalidated(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.headers.get("if-none-match") == '"1"':
            writer.write(b'HTTP/1.1 304 X\r\netag: "1"\r\n\r\n')
        else:
            await tagged(asked, writer)

    server.routes |= {
        "/fresh": answer(
            content=gzip.compress(b"fresh"), content_encoding="gzip", cache_control="max-age=60"
        ),
        "/tagged": revalidated,
        "/private": answer(cache_control="private, max-age=60"),
        "/never": answer(cache_control="no-store"),
    }
    path = tmp_path / "http" / "cache.db" if where == "disk" else None
    async with client(replace(INSIDE, cache_path=path, cache_max_bytes=MIB)) as it:
        for _ in range(2):
            assert (await get(it, server.url("/fresh"))).content == b"fresh"
        assert (await get(it, server.url("/fresh"))).from_cache
        for _ in range(2):
            assert (await get(it, server.url("/tagged"))).content == b"kept"
        for route in ("/private", "/never"):
            for _ in range(2):
                assert not (await get(it, server.url(route))).from_cache
    paths = [asked.path for asked in server.asked]
    assert [1, 2, 2, 2] == [paths.count(p) for p in ("/fresh", "/tagged", "/private", "/never")]
    assert server.asked[2].headers["if-none-match"] == '"1"'
    if path is not None:
        async with client(replace(INSIDE, cache_path=path, cache_max_bytes=MIB)) as again:
            assert (await get(again, server.url("/fresh"))).from_cache


async def test_what_was_asked_with_a_secret_is_not_kept(server: WebServer) -> None:
    """Even where the standard would allow it: a token's holder may see more than others."""
    server.routes["/a"] = answer(content=b"for you", cache_control="max-age=60")
    async with client(replace(INSIDE, cache_max_bytes=MIB)) as it:
        await get(it, server.url("/a"), X_Vault_Token="t")
        assert not (await get(it, server.url("/a"))).from_cache
        assert not (await get(it, server.url("/a"), X_Vault_Token="t")).from_cache
        assert (await get(it, server.url("/a"))).from_cache


async def test_what_is_changed_is_forgotten(server: WebServer) -> None:
    """A POST, with a secret or without, makes the next one ask again."""
    server.routes["/a"] = answer(cache_control="max-age=60")
    async with client(replace(INSIDE, cache_max_bytes=MIB)) as it:
        await get(it, server.url("/a"))
        await it.send(HttpRequest("POST", server.url("/a"), {"X-Token": "t"}))
        assert not (await get(it, server.url("/a"))).from_cache
