"""The hooks under the pre-commit framework."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from tests.e2e.conftest import GOOD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Repo
    from tests.e2e.conftest import Manage, Managed, Tools

BARE = "feat(export): write every row\n"


@pytest.fixture
def managed(repo: Repo, manage: Manage) -> Managed:
    return manage("pre-commit", repo)


def test_manifest_is_valid(managed: Managed) -> None:
    manifest = managed.tools.snapshot / ".pre-commit-hooks.yaml"

    assert managed.shell(f"pre-commit validate-manifest '{manifest}'").status == 0


def test_repository_can_be_tried_out(managed: Managed) -> None:
    managed.repo.write("message", BARE)
    stage = "--hook-stage commit-msg --commit-msg-filename message"
    done = managed.shell(f"pre-commit try-repo '{managed.tools.snapshot}' whygate {stage}")

    assert done.status == 1, done.said
    assert "Problem: <" in done.said


@pytest.mark.parametrize("hook", ["commit-msg", "prepare-commit-msg", "pre-push"])
def test_every_stage_is_installed_by_the_first_line(managed: Managed, hook: str) -> None:
    assert (managed.repo.path / ".git" / "hooks" / hook).exists()


def test_stage_has_to_be_named_without_the_first_line(managed: Managed) -> None:
    managed.shell("pre-commit uninstall -t commit-msg -t prepare-commit-msg -t pre-push")
    file = managed.repo.path / ".pre-commit-config.yaml"
    configuration = yaml.safe_load(file.read_text())
    del configuration["default_install_hook_types"]
    managed.stage(file.name, yaml.safe_dump(configuration))
    managed.record("chore: no types")
    managed.shell("pre-commit install")
    forgotten = managed.commit("-m", BARE)
    managed.shell("pre-commit install -t commit-msg")
    named = managed.commit("-m", BARE)

    assert (forgotten.status, named.status) == (0, 1)


def test_first_push_of_all_history_is_judged(managed: Managed, tmp_path: Path) -> None:
    """pre-commit names no commits then, only the branch."""
    managed.repo.git("init", "--quiet", "--bare", str(tmp_path / "new.git"))
    managed.repo.git("remote", "add", "new", str(tmp_path / "new.git"))
    managed.record(BARE)
    bare = managed.git("push", "new", "work")
    managed.record(GOOD)
    good = managed.git("push", "new", "work")

    assert (bare.status, good.status) == (1, 0), good.said


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        ("--from-ref main --to-ref HEAD", 1, "failed (feature"),
        ("--all-files", 1, "nothing tells what is pushed"),
        ("", 1, "nothing tells what is pushed"),
    ],
    ids=["refs", "all files", "nothing"],
)
def test_stage_that_is_run_by_hand_is_judged_or_undecided(
    managed: Managed, options: str, status: int, said: str
) -> None:
    managed.record(BARE)
    done = managed.shell(f"pre-commit run whygate-push --hook-stage pre-push {options}")

    assert done.status == status, done.said
    assert said in done.said


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


def test_whygate_installs_in_front_of_it(managed: Managed) -> None:
    """`whygate hook install` keeps pre-commit's own hook, which runs first."""
    program = managed.tools.whygate
    managed.shell(f"'{program}' hook install")
    both = managed.commit("-m", BARE)
    managed.shell(f"'{program}' hook uninstall")
    hook = managed.repo.path / ".git" / "hooks" / "commit-msg"

    assert both.status == 1
    assert "pre-commit" in hook.read_text()


def test_tools_are_not_the_checkouts(tools: Tools) -> None:
    assert tools.whygate.is_file()
    assert tools.whygate.is_relative_to(tools.home)
