"""The recipes of docs/recipes.md, taken from the page and run: git pushes, an API that answers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from doc_blocks import ROOT, read_blocks

if TYPE_CHECKING:
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
