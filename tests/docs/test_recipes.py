"""The recipes of docs/recipes.md, taken from the page and run: git pushes, an API that answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from doc_blocks import ROOT, read_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.conftest import Repo

RECIPES = {b.told: b.text for b in read_blocks(ROOT / "docs/recipes.md") if b.way == "file"}
PLAN = """\
feat(export): write every row

Problem: the export stops at row 100, so accountants retype the rest
Audience: accountants at firms with more than ten clients
Outcome: they close the month from the export without retyping a row
Metric: support tickets about missing rows, weekly
Baseline: 9 tickets
Target: <= 1 ticket
Evaluate-By: +30d
"""
BARE = "feat(cart): wrap a gift\n"


class Served:
    """A repository whose remote is a bare one with the hook of the page."""

    def __init__(self, repo: Repo, server: Path) -> None:
        self.repo = repo
        repo.git("clone", "--quiet", "--bare", ".", str(server))
        hook = server / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(RECIPES["pre-receive"])
        hook.chmod(0o755)
        repo.git("remote", "add", "origin", str(server))
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environ = {**repo.environ, "PATH": programs}

    def push(self, *args: str) -> tuple[int, str]:
        """Push and return the status and what was said."""
        command = ("git", "-C", str(self.repo.path), "push", "origin", *args)
        done = subprocess.run(
            command, env=self.environ, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        return done.returncode, done.stderr.decode()


@pytest.fixture
def served(repo: Repo, tmp_path: Path) -> Served:
    """Give a repository and its server; both hold one commit on main."""
    return Served(repo, tmp_path / "server.git")


def test_pre_receive_judges_a_branch_as_a_whole(served: Served) -> None:
    served.repo.git("switch", "--quiet", "--create", "gift")
    served.repo.commit(BARE)
    status, said = served.push("gift")

    assert status != 0
    assert "WG101 problem-missing" in said
    served.repo.commit(PLAN)  # the second commit answers for both
    assert served.push("gift")[0] == 0


def test_pre_receive_judges_every_commit_of_main(served: Served) -> None:
    served.repo.commit(PLAN)
    served.repo.commit(BARE)
    status, said = served.push("main")

    assert status != 0
    assert "2 changes: 1 ok, 1 failed" in said


def test_pre_receive_lets_tags_deletions_and_old_commits_pass(served: Served) -> None:
    served.repo.git("tag", "v1")
    served.repo.git("branch", "same")

    assert served.push("v1", "same")[0] == 0
    assert served.push(":same")[0] == 0


def test_pre_receive_judges_by_the_configuration_before_the_push(served: Served) -> None:
    served.repo.git("switch", "--quiet", "--create", "weaker")
    served.repo.commit(BARE, {".whygate.yml": "version: 1\npreset: adopt\n"})

    assert served.push("weaker")[0] != 0
    assert served.push("weaker:main")[0] != 0


@contextmanager
def forge(answer: object) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """Yield the address of an API that gives one answer, and what it was asked."""
    asked: list[tuple[str, str | None]] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["PRIVATE-TOKEN"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/api/v4", asked
    server.shutdown()
    server.server_close()


def read_merge_request(directory: Path, environ: Mapping[str, str]) -> int:
    """Run the script of the GitLab recipe in a directory."""
    numbers = {"CI_PROJECT_ID": "7", "CI_MERGE_REQUEST_IID": "12", "no_proxy": "127.0.0.1"}
    script = (sys.executable, "-c", RECIPES[".gitlab/read_merge_request.py"])
    done = subprocess.run(
        script, cwd=directory, env={**os.environ, **numbers, **environ}, check=False
    )
    return done.returncode


def test_gitlab_script_reads_the_merge_request_as_it_is_now(tmp_path: Path) -> None:
    request = {"title": 'feat: "x" $(y)', "description": "## Problem\nÄ\n"}
    with forge(request) as (address, asked):
        environ = {"CI_API_V4_URL": address, "WHYGATE_TOKEN": "secret"}
        status = read_merge_request(tmp_path, environ)

    assert status == 0
    assert asked == [("/api/v4/projects/7/merge_requests/12", "secret")]
    assert (tmp_path / "title.txt").read_text("utf-8") == request["title"]
    assert (tmp_path / "body.md").read_text("utf-8") == request["description"]


def test_gitlab_script_takes_an_empty_description_for_none(tmp_path: Path) -> None:
    with forge({"title": "x", "description": None}) as (address, _):
        assert read_merge_request(tmp_path, {"CI_API_V4_URL": address}) == 0

    assert (tmp_path / "body.md").read_text("utf-8") == ""


@pytest.mark.parametrize(("cut", "status"), [("true", 3), ("false", 0), ("", 0)])
def test_gitlab_script_never_judges_half_a_description(
    tmp_path: Path, cut: str, status: int
) -> None:
    environ = {
        "CI_API_V4_URL": "http://127.0.0.1:9/api/v4",
        "CI_MERGE_REQUEST_TITLE": "fix: x",
        "CI_MERGE_REQUEST_DESCRIPTION": "## Problem\nhalf",
        "CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED": cut,
    }

    assert read_merge_request(tmp_path, environ) == status
    assert (tmp_path / "body.md").exists() is (status == 0)


# A request that brings its own judge

YES = """\
open("body.md", "w").write("none is needed")
open("title.txt", "w").write("docs: say it")
"""


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param(".whygate.yml", "version: 1\npreset: adopt\n", id="configuration"),
        pytest.param(".whygate.yml", "version: 1\nschema: yes.json\n", id="schema"),
        pytest.param(".whygate/bets/all-of-it.yml", "problem: all of it\n", id="bet"),
        pytest.param(".gitlab/read_merge_request.py", YES, id="helper"),
    ],
)
def test_gitlab_job_is_judged_by_the_base(repo: Repo, tmp_path: Path, path: str, text: str) -> None:
    (job,) = (
        yaml.safe_load(block.text)["whygate"]
        for block in read_blocks(ROOT / "docs/recipes.md")
        if block.told == "vendor.gitlab-ci"
    )
    helper = {".gitlab/read_merge_request.py": RECIPES[".gitlab/read_merge_request.py"]}
    repo.commit("chore: begin", {".whygate.yml": "version: 1\npreset: standard\n", **helper})
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "server.git"))
    repo.git("remote", "add", "origin", str(tmp_path / "server.git"))
    repo.git("switch", "--quiet", "--create", "wrap")
    repo.commit(BARE, {path: text})
    told = {
        "CI_API_V4_URL": "http://127.0.0.1:9/api/v4",
        "CI_PROJECT_ID": "7",
        "CI_MERGE_REQUEST_IID": "12",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_TITLE": BARE.strip(),
        "CI_MERGE_REQUEST_DESCRIPTION": "**Bet:** all-of-it\n",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }

    done = subprocess.run(
        ["sh", "-ec", "\n".join(job["script"])],
        cwd=repo.path,
        env={**repo.environ, **told},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 1, done.stdout.decode() + done.stderr.decode()
    assert b"WG101" in done.stdout or b"WG5" in done.stdout
