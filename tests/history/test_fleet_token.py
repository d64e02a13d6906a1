"""The token of an organisation: git hands it to the forge that made it, and to nobody else."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.history.test_fleet import fill, run

from whygate.forges.find import find_login
from whygate.history.fleet.source import Fleet, Member

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import MakeRepo, Repo

TOKEN, STALE = "glpat-right", "glpat-stale"


@dataclass
class Server:
    """A server of git repositories that wants to know who asks, and what it was told."""

    url: str
    passwords: list[str] = field(default_factory=list)
    questions: int = 0


@contextmanager
def serve(top: Path, moved_to: str = "", password: str = TOKEN) -> Iterator[Server]:
    """Serve the repositories below a directory to who knows the password, or say where they are."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.questions += 1
            _, _, key = self.headers.get("Authorization", "").partition("Basic ")
            said = base64.b64decode(key).decode().partition(":")[2]
            if said:
                told.passwords.append(said)
            if moved_to:
                self.answer(301, {"Location": moved_to + self.path})
            elif password not in ("", said):
                self.answer(401, {"WWW-Authenticate": 'Basic realm="git"'})
            else:
                self.ask_git(top)

        do_POST = do_GET  # noqa: N815 - the name is the library's

        def ask_git(self, top: Path) -> None:
            path, _, query = self.path.partition("?")
            environ = {
                "GIT_PROJECT_ROOT": str(top),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": self.headers.get("Content-Length", "0"),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            }
            data = self.rfile.read(int(environ["CONTENT_LENGTH"]))
            done = subprocess.run(
                ["git", "http-backend"],
                input=data,
                capture_output=True,
                check=True,
                env={**os.environ, **environ},
            )
            head, _, body = done.stdout.partition(b"\r\n\r\n")
            rows = [row.split(": ", 1) for row in head.decode().split("\r\n")]
            headers = {name: value for name, value in rows if name != "Status"}
            self.answer(200, headers, body)

        def answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told = Server(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def be_in_job(monkeypatch: pytest.MonkeyPatch, server: Server, token: str) -> None:
    """Run from now on as a job of GitLab does that has this server and this token."""
    monkeypatch.setenv("CI_API_V4_URL", f"{server.url}/api/v4")
    monkeypatch.setenv("WHYGATE_TOKEN", token)


@pytest.fixture
def top(make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch, git_environ: dict[str, str]) -> Path:
    """Give a directory with the repository `acme/shop`, and a log of what git is called with."""
    for name, value in git_environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    shop: Repo = fill(make_repo("far/acme/shop"))
    top = shop.path.parents[1]
    script = top.parent / "bin" / "git"
    script.parent.mkdir()
    log = top.parent / "calls"
    script.write_text(f'#!/bin/sh\necho "$@" >> {log}\nexec {shutil.which("git")} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    return top


def list_shop(server: Server, forge: str = "gitlab") -> Fleet:
    return Fleet((Member("acme/shop", f"{server.url}/acme/shop/.git", "acme", forge=forge),))


def test_private_repository_of_a_group_is_read_with_the_token_that_is_kept_nowhere(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "data"
    with serve(top) as server:
        be_in_job(monkeypatch, server, TOKEN)
        ran = run(list_shop(server), root)
        again = run(list_shop(server), root)

    assert [row.failure for row in ran.rows] == [None]
    assert (ran.fresh, again.unchanged) == (4, 1)
    assert set(server.passwords) == {TOKEN}
    held = [p.read_bytes() for p in (*root.rglob("*"), tmp_path / "calls") if p.is_file()]
    for secret in (TOKEN.encode(), base64.b64encode(f"oauth2:{TOKEN}".encode())):
        assert not [data for data in held if secret in data]
    assert any(b"ls-remote" in data for data in held)


def test_address_of_a_list_is_not_given_the_token(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(top) as server:
        be_in_job(monkeypatch, server, TOKEN)
        ran = run(list_shop(server, ""), tmp_path / "data")

    assert len(ran.failed) == 1
    assert server.questions
    assert server.passwords == []


def test_other_server_than_that_of_the_list_is_not_given_the_token(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(top) as forge, serve(top) as other:
        be_in_job(monkeypatch, forge, TOKEN)
        ran = run(list_shop(other), tmp_path / "data")

    assert len(ran.failed) == 1
    assert other.questions
    assert other.passwords == []


def test_server_that_a_forge_sends_git_to_is_not_given_the_token(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(top, password="") as other, serve(top, other.url) as forge:
        be_in_job(monkeypatch, forge, TOKEN)
        ran = run(list_shop(forge), tmp_path / "data")

    assert ran.failed == [], "without the token git may go there"
    assert forge.passwords
    assert other.questions
    assert other.passwords == []


def test_helper_of_the_user_is_asked_where_the_token_may_not_read(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = tmp_path / "helper"
    helper.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/asked\necho password={TOKEN}\n')
    helper.chmod(0o755)
    config = f"[credential]\n  helper = {helper}\n  username = ada\n"
    Path(os.environ["GIT_CONFIG_GLOBAL"]).write_text(config)
    with serve(top) as server:
        be_in_job(monkeypatch, server, STALE)
        ran = run(list_shop(server), tmp_path / "data")

    assert ran.failed == []
    assert set(server.passwords) == {STALE, TOKEN}
    assert "erase" not in (tmp_path / "asked").read_text(), (
        "what the user keeps was taken for wrong"
    )


def test_token_that_may_not_read_is_told_with_the_right_it_needs(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(top) as server:
        be_in_job(monkeypatch, server, STALE)
        (row,) = run(list_shop(server), tmp_path / "data").rows

    assert row.failure is not None
    assert "refuses" in row.failure.error
    assert "`read_repository`" in row.failure.hint
    assert STALE not in repr(row)


@pytest.mark.parametrize(
    ("forge", "api", "origin"),
    [
        ("github", "", "https://github.com"),
        ("github", "https://api.github.com", "https://github.com"),
        ("github", "https://api.acme.ghe.com/", "https://acme.ghe.com"),
        ("github", "https://Git.acme.org:8443/api/v3", "https://git.acme.org:8443"),
        ("gitlab", "", "https://gitlab.com"),
        ("gitlab", "https://git.acme.org/code/api/v4", "https://git.acme.org"),
        ("gitlab", "http://git.acme.org/api/v4", "http://git.acme.org"),
    ],
    ids=lambda value: value or "none",
)
def test_token_is_for_the_host_of_the_api(forge: str, api: str, origin: str) -> None:
    name = "GITHUB_API_URL" if forge == "github" else "CI_API_V4_URL"

    login = find_login(forge, {name: api, "WHYGATE_TOKEN": "x y"})

    assert login is not None
    assert (login.origin, login.token) == (origin, "x")
    assert find_login(forge, {name: api}) is None


@pytest.mark.parametrize(("forge", "token"), [("github", "glpat-x"), ("gitlab", "ghp_x")])
def test_token_of_another_forge_is_none(forge: str, token: str) -> None:
    assert find_login(forge, {"WHYGATE_TOKEN": token}) is None
