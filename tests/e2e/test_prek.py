"""The hooks under prek, which reads pre-commit's files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import GOOD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Repo
    from tests.e2e.conftest import Manage, Managed

BARE = "feat(export): write every row\n"


@pytest.fixture
def managed(repo: Repo, manage: Manage) -> Managed:
    return manage("prek", repo)


def test_manifest_is_valid(managed: Managed) -> None:
    manifest = managed.tools.snapshot / ".pre-commit-hooks.yaml"

    assert managed.shell(f"prek validate-manifest '{manifest}'").status == 0


@pytest.mark.parametrize(
    ("message", "status"), [pytest.param(BARE, 1, id="bare"), pytest.param(GOOD, 0, id="good")]
)
def test_hook_runs_by_its_name(managed: Managed, message: str, status: int) -> None:
    managed.repo.write("message", message)
    stage = "--stage commit-msg --commit-msg-filename message"
    done = managed.shell(f"prek run whygate --verbose {stage}")

    assert done.status == status, done.said


@pytest.mark.parametrize("hook", ["commit-msg", "prepare-commit-msg", "pre-push"])
def test_every_stage_is_installed_by_the_first_line(managed: Managed, hook: str) -> None:
    assert "prek" in (managed.repo.path / ".git" / "hooks" / hook).read_text()


def test_first_push_of_all_history_is_judged(managed: Managed, tmp_path: Path) -> None:
    managed.repo.git("init", "--quiet", "--bare", str(tmp_path / "new.git"))
    managed.repo.git("remote", "add", "new", str(tmp_path / "new.git"))
    managed.record(BARE)
    bare = managed.git("push", "new", "work")
    managed.record(GOOD)
    good = managed.git("push", "new", "work")

    assert (bare.status, good.status) == (1, 0), good.said


def test_only_the_first_of_several_branches_is_told(managed: Managed, tmp_path: Path) -> None:
    """The limit that docs/hooks.md names."""
    managed.repo.git("init", "--quiet", "--bare", str(tmp_path / "new.git"))
    managed.repo.git("remote", "add", "new", str(tmp_path / "new.git"))
    managed.repo.git("push", "--quiet", "--no-verify", "new", "main")
    managed.record(GOOD)
    managed.repo.git("switch", "--quiet", "--create", "z-bare", "main")
    managed.record(BARE)
    together = managed.git("push", "--dry-run", "new", "work", "z-bare")
    alone = managed.git("push", "--dry-run", "new", "z-bare")

    assert (together.status, alone.status) == (0, 1), together.said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--from-ref main --to-ref HEAD", "failed (feature"),
        ("--all-files", "nothing tells what is pushed"),
    ],
    ids=["refs", "all files"],
)
def test_stage_that_is_run_by_hand_is_judged_or_undecided(
    managed: Managed, options: str, said: str
) -> None:
    managed.record(BARE)
    done = managed.shell(f"prek run whygate-push --stage pre-push {options}")

    assert done.status == 1, done.said
    assert said in done.said
