"""The API client: what it sends, what it believes, when it asks again, and what it never shows."""

from __future__ import annotations

import re
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Protocol

import pytest

from whygate.errors import InputError, UndecidedError
from whygate.forges.answers import decode_base64, parse_json, shape
from whygate.forges.github.api import Api, ApiError
from whygate.forges.github.shapes import Comment, ListedCommit, Pull, Viewer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fake_github import FakeGitHub

PULL = "/repos/octo-org/octo-repo/pulls/7"


class MakeApi(Protocol):
    """Makes a client of the fake whose pauses are only written down."""

    def __call__(self, seconds: float = 20.0) -> Api: ...


@pytest.fixture
def pauses() -> list[float]:
    """Give the pauses the client made."""
    return []


@pytest.fixture
def make_api(github: FakeGitHub, pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> MakeApi:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def make(seconds: float = 20.0) -> Api:
        return Api(github.url, github.token, seconds=seconds, sleep=pauses.append)

    return make


@pytest.fixture
def api(make_api: MakeApi) -> Api:
    return make_api()


@pytest.fixture
def stranger() -> Iterator[tuple[str, list[str]]]:
    """Give the address of another host and the Authorization headers it received."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization", ""))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"number": 7, "state": "closed", "base": {"sha": "' + b"b" * 40)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    thread.join()
    server.server_close()


def test_get_sends_the_token_and_the_version_of_the_api(github: FakeGitHub, api: Api) -> None:
    api.get(PULL, Pull)

    headers = github.asked[0].headers
    assert headers["authorization"] == f"Bearer {github.token}"
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["accept"] == "application/json"
    assert headers["user-agent"].startswith("whygate/")


def test_send_sends_json(github: FakeGitHub, api: Api) -> None:
    path = "/repos/octo-org/octo-repo/issues/7/comments"

    made = api.send("POST", path, {"body": "hallo ü"}, Comment)

    assert made.body == "hallo ü"
    assert github.asked[0].headers["content-type"] == "application/json"


def test_pages_reads_all_pages(github: FakeGitHub, api: Api) -> None:
    github.commits[7] = [github.commit("x", f"{n:040x}") for n in range(230)]

    found = api.pages(f"{PULL}/commits", ListedCommit, most=250)

    assert len(found) == 230
    assert [a.query["page"] for a in github.asked] == ["1", "2", "3"]


def test_pages_stops_at_the_most(github: FakeGitHub, api: Api) -> None:
    github.commits[7] = [github.commit("x", f"{n:040x}") for n in range(400)]

    found = api.pages(f"{PULL}/commits", ListedCommit, most=250)

    assert len(found) == 250
    assert len(github.asked) == 3


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_get_asks_again_when_the_server_fails_in_passing(
    github: FakeGitHub, api: Api, pauses: list[float], status: int
) -> None:
    github.fail(PULL, status=status, body=b"<html>oops</html>")

    assert api.get(PULL, Pull).number == 7
    assert 0.5 <= pauses[0] <= 0.75


def test_get_gives_up_when_the_server_goes_on_failing(
    github: FakeGitHub, api: Api, pauses: list[float]
) -> None:
    for _ in range(5):
        github.fail(PULL, status=500, body=b'{"message": "Server Error"}')

    with pytest.raises(ApiError, match=r"out of order .* 500: Server Error") as failure:
        api.get(PULL, Pull)

    assert failure.value.status == 500
    assert (len(github.asked), len(pauses)) == (4, 3)


def test_get_waits_as_long_as_it_is_told(github: FakeGitHub, api: Api, pauses: list[float]) -> None:
    github.fail(PULL, status=429, headers={"Retry-After": "2"})
    github.fail(PULL, status=503, headers={"Retry-After": "1"})

    assert api.get(PULL, Pull).number == 7
    assert pauses == [2.0, 1.0]


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (429, {}, b"{}"),
        (429, {"Retry-After": "3600"}, b"{}"),
        (429, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, b"{}"),
        (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795000000"}, b"{}"),
        (403, {"Retry-After": "60"}, b"{}"),
        (403, {}, b'{"message": "You have exceeded a secondary rate limit."}'),
    ],
)
def test_get_does_not_wait_beyond_its_time_for_a_rate_limit(
    github: FakeGitHub,
    api: Api,
    pauses: list[float],
    status: int,
    headers: dict[str, str],
    body: bytes,
) -> None:
    github.fail(PULL, status=status, headers=headers, body=body)

    with pytest.raises(ApiError, match="rate limit of the GitHub API is used up"):
        api.get(PULL, Pull)

    assert pauses == []


@pytest.mark.parametrize(
    ("reset", "said"),
    [("1795000000", "until 11:06 UTC"), ("9" * 12, "used up ("), ("soon", "used up (")],
)
def test_get_says_when_the_rate_limit_ends(
    github: FakeGitHub, api: Api, reset: str, said: str
) -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
    github.fail(PULL, status=403, headers=headers)

    with pytest.raises(ApiError) as failure:
        api.get(PULL, Pull)

    assert said in failure.value.message


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (401, "pass `token`"),
        (403, "`pull-requests: read`"),
        (404, "`pull-requests: read`"),
        (410, ""),
        (422, ""),
    ],
)
def test_get_says_what_to_grant(
    github: FakeGitHub, api: Api, pauses: list[float], status: int, hint: str
) -> None:
    github.fail(PULL, status=status, body=b'{"message": "No"}')

    with pytest.raises(ApiError, match=f"{status}: No") as failure:
        api.get(PULL, Pull)

    assert hint in failure.value.hint
    assert (failure.value.exit_code, failure.value.status, pauses) == (3, status, [])


@pytest.mark.parametrize(
    ("body", "headers", "said"),
    [
        (b"<html>Log in</html>", {"Content-Type": "text/html"}, "text/html came that is no JSON"),
        (b'{"number": 7, "title": "cut', {}, "no JSON"),
        (b"", {}, "no JSON"),
        (b"\xff\xfe", {}, "no JSON"),
        (b"[" * 100_000, {}, "no JSON"),
    ],
    ids=["HTML", "truncated", "empty", "not UTF-8", "deep"],
)
def test_get_believes_no_answer_that_is_not_json(
    github: FakeGitHub, api: Api, body: bytes, headers: dict[str, str], said: str
) -> None:
    for _ in range(4):
        github.fail(PULL, status=200, body=body, headers=headers)

    with pytest.raises(ApiError, match=said):
        api.get(PULL, Pull)


def test_get_asks_again_when_the_answer_is_cut(github: FakeGitHub, api: Api) -> None:
    github.fail(PULL, status=200, body=b'{"number": 7, "ti', declared_length=5000)

    assert api.get(PULL, Pull).number == 7


def test_get_refuses_an_answer_that_is_too_large(github: FakeGitHub, api: Api) -> None:
    body = b'{"x": "' + b"a" * (17 << 20) + b'"}'
    for _ in range(4):
        github.fail(PULL, status=200, body=body)

    with pytest.raises(ApiError, match="more than 16777216 bytes came"):
        api.get(PULL, Pull)


def test_get_gives_up_when_the_time_is_over(github: FakeGitHub, make_api: MakeApi) -> None:
    github.fail(PULL, status=200, delay=0.5)

    with pytest.raises(ApiError, match=r"questions are over|timed out"):
        make_api(0.1).get(PULL, Pull)


def test_get_shares_one_deadline_among_all_questions(github: FakeGitHub) -> None:
    now = [0.0]

    def tick() -> float:
        now[0] += 1.0  # each look at the clock, so each question takes a second
        return now[0]

    api = Api(github.url, github.token, seconds=3.0, clock=tick)
    for _ in range(3):
        api.get(PULL, Pull)

    with pytest.raises(ApiError, match="the 3 seconds for all questions are over"):
        api.get(PULL, Pull)

    assert len(github.asked) == 3


def test_get_counts_no_time_between_questions(github: FakeGitHub) -> None:
    now = [0.0]
    api = Api(github.url, github.token, clock=lambda: now[0])
    now[0] = 21.0

    assert api.get(PULL, Pull).number == 7


def test_get_cannot_reach_a_host_that_is_not_there(pauses: list[float]) -> None:
    api = Api("http://127.0.0.1:9", "t", sleep=pauses.append)

    with pytest.raises(ApiError, match="refused") as failure:
        api.get(PULL, Pull)

    assert (failure.value.status, len(pauses)) == (0, 3)


@pytest.fixture
def untrusted(tmp_path: Path) -> Iterator[str]:
    """Give the address of an API whose certificate nobody here trusts."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost")
    named = ("-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out")
    subprocess.run(["openssl", *made, *named, str(certificate)], check=True, capture_output=True)
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    yield f"https://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_get_names_the_variable_for_a_certificate_that_is_not_trusted(
    untrusted: str, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost")

    with pytest.raises(ApiError, match="certificate") as failure:
        Api(untrusted, "t", sleep=pauses.append).get(PULL, Pull)

    assert "SSL_CERT_FILE" in failure.value.hint
    assert pauses == []


def test_send_never_creates_twice(github: FakeGitHub, api: Api, pauses: list[float]) -> None:
    github.fail("/comments", status=502, body=b"")

    with pytest.raises(ApiError):
        api.send("POST", "/repos/octo-org/octo-repo/issues/7/comments", {"body": "x"}, Comment)

    assert (len(github.asked), pauses) == (1, [])


def test_get_follows_a_redirect_within_the_api(github: FakeGitHub, api: Api) -> None:
    github.fail("/pulls/6$", status=301, headers={"Location": f"{github.url}{PULL}"})

    found = api.get(PULL.replace("7", "6"), Pull)

    assert found.number == 7
    assert github.asked[1].headers["authorization"] == f"Bearer {github.token}"


def test_get_follows_no_redirect_to_another_host(
    github: FakeGitHub, api: Api, stranger: tuple[str, list[str]]
) -> None:
    url, seen = stranger
    github.fail(PULL, status=302, headers={"Location": f"{url}{PULL}"})

    with pytest.raises(ApiError, match="leads to another host"):
        api.get(PULL, Pull)

    assert seen == []


def test_get_follows_no_redirect_to_a_file(github: FakeGitHub, api: Api) -> None:
    github.fail(PULL, status=302, headers={"Location": "file:///etc/passwd"})

    with pytest.raises(ApiError):
        api.get(PULL, Pull)


def test_get_leaves_a_loop_of_redirects(github: FakeGitHub, api: Api) -> None:
    for _ in range(20):
        github.fail(PULL, status=302, headers={"Location": f"{github.url}{PULL}"})

    with pytest.raises(ApiError):
        api.get(PULL, Pull)


def test_send_follows_no_redirect(github: FakeGitHub, api: Api) -> None:
    github.fail("/comments", status=302, headers={"Location": f"{github.url}{PULL}"})

    with pytest.raises(ApiError):
        api.send("POST", "/repos/octo-org/octo-repo/issues/7/comments", {"body": "x"}, Comment)

    assert len(github.asked) == 1


def test_errors_never_show_the_token(github: FakeGitHub, api: Api) -> None:
    github.fail(PULL, status=400, body=f'{{"message": "bad {github.token}"}}'.encode())

    with pytest.raises(ApiError, match=r"bad \*\*\*") as failure:
        api.get(PULL, Pull)

    assert github.token not in failure.value.message + failure.value.hint + repr(api)


@pytest.mark.parametrize("token", ["a b", "a\nb", "ä", ""])
def test_api_refuses_a_token_that_is_none_without_showing_it(token: str) -> None:
    with pytest.raises(InputError) as failure:
        Api("https://api.example.org", token)

    assert failure.value.message == "the token holds characters that no token has"


@pytest.mark.parametrize(
    "url", ["file:///etc", "https://u:p@host", "ftp://host", "https://host/?q", "host", ""]
)
def test_api_refuses_an_address_that_is_none(url: str) -> None:
    with pytest.raises(InputError, match="GITHUB_API_URL"):
        Api(url, "t")


def test_graphql_of_an_enterprise_server_stands_beside_the_third_version(
    github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    with pytest.raises(ApiError, match="404"):
        Api(f"{github.url}/api/v3", github.token).graphql("query { viewer { login } }", Viewer)

    assert github.asked[0].path == "/api/graphql"


# Shapes


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({}, "missing required field `id`"),
        ([], "Expected `object`, got `array`"),
        (None, "Expected `object`, got `null`"),
        ({"id": "7", "user": None}, "Expected `int`, got `str` - at `$.id`"),
        ({"id": True, "user": None}, "Expected `int`, got `bool` - at `$.id`"),
        ({"id": 0, "user": None}, "Expected `int` >= 1 - at `$.id`"),
        ({"id": 7}, "missing required field `user`"),
        ({"id": 7, "user": {"login": "ada"}}, "missing required field `type` - at `$.user`"),
        ({"id": 7, "user": None, "body": 7}, "Expected `str`, got `int` - at `$.body`"),
    ],
)
def test_shape_says_where_an_answer_breaks(value: object, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        shape(value, Comment)


def test_parse_json_replaces_what_cannot_be_encoded() -> None:
    assert parse_json(b'{"a": ["x\\ud800y\\u0000z", 1]}') == {"a": ["x\ufffdy\ufffdz", 1]}


@pytest.mark.parametrize(
    "data", [b'"\xed\xa0\x80"', b'"\xff"', '"a"'.encode("utf-16")], ids=["half", "byte", "utf-16"]
)
def test_parse_json_refuses_what_is_no_utf_8(data: bytes) -> None:
    with pytest.raises(ValueError, match="utf-8"):
        parse_json(data)


def test_parse_json_refuses_what_is_nested_too_deeply() -> None:
    with pytest.raises(ValueError, match="nested"):
        parse_json(b"[" * 200_000)


@pytest.mark.parametrize(
    ("text", "size", "said"),
    [
        ("YWJj", 4, "3 bytes came of 4"),
        ("YWJj", 2, "3 bytes came of 2"),
        ("YW", None, "no base64"),
        ("YWJ", 2, "no base64"),
        ("YWJj*", 3, "no base64"),
        ("YW Jj", 3, "no base64"),
        ("YW=J", 2, "no base64"),
        ("", 1, "0 bytes came of 1"),
    ],
)
def test_decode_base64_refuses_what_is_not_whole(text: str, size: int | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        decode_base64(text, size)


@pytest.mark.parametrize("text", ["YWJj", "YW\nJj\n", "YWJj\r\n"])
def test_decode_base64_reads_it_as_github_breaks_it(text: str) -> None:
    assert decode_base64(text, 3) == b"abc"


def test_api_error_is_undecided() -> None:
    assert issubclass(ApiError, UndecidedError)
