"""`whygate hook install` from a wheel, without any manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import GOOD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeRepo, Repo
    from tests.e2e.conftest import Manage, Managed

BARE = "feat(export): write every row\n"
OWN = '#!/bin/sh\necho "my own hook of $1"\n'


@pytest.fixture
def managed(repo: Repo, manage: Manage) -> Managed:
    return manage("plain", repo)


def list_hooks(managed: Managed, where: str = ".git/hooks") -> dict[str, tuple[int, bytes]]:
    found = sorted((managed.repo.path / where).iterdir())
    return {path.name: (path.stat().st_mode, path.read_bytes()) for path in found}


def test_uninstalling_restores_a_fresh_repository(managed: Managed) -> None:
    installed = list_hooks(managed)
    done = managed.shell(f"'{managed.tools.whygate}' hook uninstall")
    bare = managed.commit("-m", BARE)

    assert sorted(installed) == ["commit-msg", "pre-push", "prepare-commit-msg"]
    assert (done.status, bare.status) == (0, 0), bare.said
    assert list_hooks(managed) == {}


def test_hook_that_was_there_runs_first_and_comes_back(managed: Managed) -> None:
    program = managed.tools.whygate
    managed.shell(f"'{program}' hook uninstall")
    own = managed.repo.write(".git/hooks/commit-msg", OWN)
    own.chmod(0o755)
    before = list_hooks(managed)
    managed.shell(f"'{program}' hook install")
    bare = managed.commit("-m", BARE)
    good = managed.commit("-m", GOOD)
    managed.shell(f"'{program}' hook uninstall")

    assert (bare.status, good.status) == (1, 0)
    assert bare.said.startswith("my own hook of .git/COMMIT_EDITMSG\n")
    assert list_hooks(managed) == before


def test_configured_directory_is_used_by_all_worktrees(managed: Managed, tmp_path: Path) -> None:
    managed.shell(f"'{managed.tools.whygate}' hook uninstall")
    managed.repo.git("config", "core.hooksPath", "tools/hooks")
    managed.install()
    managed.stage("tools/hooks/.keep", "")
    managed.repo.git("add", "tools")
    managed.record("chore: keep the hooks with the code")
    managed.repo.git("worktree", "add", "--quiet", "-b", "beside", str(tmp_path / "tree"))
    here = managed.commit("-m", BARE)
    there = managed.commit("-m", BARE, cwd=tmp_path / "tree")

    assert (here.status, there.status) == (1, 1), there.said


def test_first_commit_of_all_and_a_branch_that_goes_on(
    make_repo: MakeRepo, managed: Managed
) -> None:
    fresh = make_repo("fresh")
    managed.install(fresh.path)
    bare = managed.commit("-m", BARE, cwd=fresh.path)
    good = managed.commit("-m", GOOD, cwd=fresh.path)

    assert (bare.status, good.status) == (1, 0), good.said


def test_stored_plan_does_not_outlive_the_configuration(managed: Managed) -> None:
    """The second plain message passes by what the first left; a new configuration counts."""
    first = managed.commit("-m", GOOD)
    second = managed.commit("-m", GOOD)
    managed.repo.write(".whygate.yml", "version: 1\nkinds:\n  feature:\n    require: [nonsense]\n")
    third = managed.commit("-m", GOOD)

    assert (first.status, second.status) == (0, 0), second.said
    assert third.status != 0
    assert "the message is kept" in third.said
