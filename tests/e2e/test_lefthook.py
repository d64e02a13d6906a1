"""The hooks under lefthook."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import GOOD

from whygate.setup.hooks import LEFTHOOK_CALL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Repo
    from tests.e2e.conftest import Manage, Managed

BARE = "feat(export): write every row\n"


@pytest.fixture
def managed(repo: Repo, manage: Manage) -> Managed:
    return manage("lefthook", repo)


def test_configuration_is_valid(managed: Managed) -> None:
    done = managed.shell("lefthook validate")

    assert done.status == 0, done.said


@pytest.mark.parametrize(
    ("message", "status"), [pytest.param(BARE, 1, id="bare"), pytest.param(GOOD, 0, id="good")]
)
def test_hook_runs_by_its_name(managed: Managed, message: str, status: int) -> None:
    managed.repo.write("a message", message)
    done = managed.shell("lefthook run commit-msg 'a message'")

    assert done.status == status, done.said


def test_every_branch_of_a_push_is_judged(managed: Managed, tmp_path: Path) -> None:
    managed.repo.git("init", "--quiet", "--bare", str(tmp_path / "new.git"))
    managed.repo.git("remote", "add", "new", str(tmp_path / "new.git"))
    managed.repo.git("push", "--quiet", "--no-verify", "new", "main")
    managed.record(GOOD)
    managed.repo.git("switch", "--quiet", "--create", "z-bare", "main")
    managed.record(BARE)
    together = managed.git("push", "new", "work", "z-bare")

    assert together.status == 1, together.said
    assert "2 changes: 1 ok, 1 failed" in together.said


def test_whygate_does_not_install_where_it_would_be_overwritten(managed: Managed) -> None:
    done = managed.shell(f"'{managed.tools.whygate}' hook install")

    assert done.status == 2
    assert "let lefthook run `whygate hook commit-msg '{1}'`" in done.said


def test_contributor_without_whygate_is_not_locked_out(managed: Managed) -> None:
    """What `whygate init` writes."""
    managed.stage("lefthook.yml", f"commit-msg:\n  jobs:\n    - run: {LEFTHOOK_CALL}\n")
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
    assert "whygate is not installed here, so this message is judged later\n" in alone.said
