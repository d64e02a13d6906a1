"""The hooks under husky, which sets core.hooksPath."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from whygate.setup.hooks import HUSKY_CALL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Repo
    from tests.e2e.conftest import Manage, Managed

BARE = "feat(export): write every row\n"


@pytest.fixture
def managed(repo: Repo, manage: Manage) -> Managed:
    return manage("husky", repo)


def test_hooks_are_where_husky_put_them(managed: Managed) -> None:
    assert managed.repo.git("config", "core.hooksPath") == ".husky/_"
    assert not (managed.repo.path / ".git" / "hooks" / "commit-msg").exists()


def test_husky_off_is_off(managed: Managed) -> None:
    """HUSKY=0 is husky's own switch."""
    done = managed.shell(f"HUSKY=0 git commit --allow-empty -m '{BARE}'")

    assert done.status == 0, done.said


def test_worktree_without_its_own_husky_is_not_judged(managed: Managed, tmp_path: Path) -> None:
    """The limit that docs/hooks.md names."""
    managed.repo.git("worktree", "add", "--quiet", "-b", "beside", str(tmp_path / "tree"))
    done = managed.commit("-m", BARE, cwd=tmp_path / "tree")

    assert done.status == 0, done.said


def test_whygate_does_not_install_where_it_would_be_overwritten(managed: Managed) -> None:
    before = sorted((managed.repo.path / ".husky" / "_").iterdir())
    done = managed.shell(f"'{managed.tools.whygate}' hook install")

    assert done.status == 2
    assert 'put `whygate hook commit-msg "$@"` into .husky/commit-msg' in done.said
    assert sorted((managed.repo.path / ".husky" / "_").iterdir()) == before


def test_contributor_without_whygate_is_not_locked_out(managed: Managed) -> None:
    """What `whygate init` writes."""
    managed.stage(".husky/commit-msg", f"{HUSKY_CALL}\n")
    managed.repo.git("rm", "--quiet", ".husky/prepare-commit-msg", ".husky/pre-push")
    managed.record("chore: let whygate init write the call")
    managed.install()
    program = str(managed.tools.whygate.parent)
    path = managed.environ["PATH"].split(os.pathsep)
    without = os.pathsep.join(part for part in path if part != program)
    judged = managed.commit("-m", BARE)
    alone = managed.shell(f"PATH='{without}' git commit --allow-empty -m '{BARE}'")

    assert judged.status == 1, judged.said
    assert "WG101" in judged.said
    assert alone.status == 0, alone.said
    assert alone.said.count("whygate is not installed here") == 1
