"""What a sparse checkout leaves out of the worktree still decides, as in a whole one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whygate.errors import InputError, UndecidedError
from whygate.git.run import Git
from whygate.git.tree import SparseTree, Worktree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run
    from tests.conftest import MakeRepo, Repo
    from tests.hook.conftest import Hook

BARE = "feat(export): write every row\n"
BET = """\
problem: exports stop at row 100, so 40 accountants retype the rest every month
audience: accountants at firms with more than ten clients
outcome: they close the month without retyping a single row
measurement:
  - metric: retyped rows per accountant
    baseline: 30 rows
    target: 0 rows
    evaluate_by: +30d
"""
FILES = {
    ".whygate.yml": "version: 1\npreset: adopt\n",
    ".whygate/bets/rows.yml": BET,
    ".github/pull_request_template.md": "## Problem\n\nWho is hurt, and how often?\n",
    "docs/long.md": "x" * 99,
    "src/a": "1",
}
# Patterns of a sparse checkout, and whether they are directories (cone mode).
LEFT_OUT = [
    pytest.param(("/src/",), False, id="patterns: only src"),
    pytest.param(("src",), True, id="cone: src and the top"),
]


@pytest.fixture
def sparse(make_repo: MakeRepo) -> Repo:
    """Give a repository of which only `src` is checked out, on the branch `work`."""
    repo = make_repo("sparse")
    repo.commit("docs: begin", FILES)
    repo.git("switch", "--quiet", "--create", "work")
    return repo


def leave_out(repo: Repo, patterns: tuple[str, ...], *, cone: bool) -> None:
    repo.git("sparse-checkout", "set", "--cone" if cone else "--no-cone", *patterns)
    assert not (repo.path / ".whygate").exists()
    assert (repo.path / "src/a").exists()


def tree_of(repo: Repo) -> SparseTree:
    return SparseTree(Worktree(repo.path), Git(directory=repo.path, environ=repo.environ))


@pytest.mark.parametrize(("patterns", "cone"), LEFT_OUT)
def test_preset_of_the_repository_holds(
    sparse: Repo, hook: Hook, patterns: tuple[str, ...], cone: bool
) -> None:
    hooked = hook(sparse)
    whole = hooked.commit("--quiet", "-m", BARE)
    sparse.git("reset", "--quiet", "--hard", "HEAD~1")
    leave_out(sparse, patterns, cone=cone)
    parted = hooked.commit("--quiet", "-m", BARE)

    assert whole.status == 0
    assert "whygate: passed, but no labelled answer for Problem" in whole.said
    assert parted == whole


@pytest.mark.parametrize(("patterns", "cone"), LEFT_OUT)
@pytest.mark.parametrize("rest", ["", " that nobody made"])
def test_bet_that_is_left_out_is_resolved(
    sparse: Repo, hook: Hook, patterns: tuple[str, ...], cone: bool, rest: str
) -> None:
    sparse.commit("docs: ask", {".whygate.yml": "version: 1\npreset: standard\n"})
    leave_out(sparse, patterns, cone=cone)
    slug = "rows" if not rest else "other"
    done = hook(sparse).commit("--quiet", "-m", f"{BARE}\nBet: {slug}\n")

    assert done.status == (1 if rest else 0), done.said


def test_range_is_judged_by_what_is_left_out(sparse: Repo, run: Run) -> None:
    sparse.commit(BARE)
    leave_out(sparse, ("/src/",), cone=False)
    done = run("check", "-C", str(sparse.path), "--range", "main..work")

    assert done.status == 0
    assert "(warning): no labelled answer for Problem" in done.out


def test_policy_that_was_stored_ends_with_a_sparse_checkout(
    sparse: Repo, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A configuration may come into the index alone, and the disk is as it was."""
    run("--version")  # sets the environment
    monkeypatch.setattr("whygate.hook.stored_policy.is_installed", lambda: True)
    monkeypatch.setenv("WHYGATE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("GIT_EDITOR", ":")
    sparse.git("rm", "--quiet", ".whygate.yml")
    sparse.commit("docs: ask", {"m": "feat: x\n"})
    monkeypatch.chdir(sparse.path)
    before = run("hook", "commit-msg", "m")
    stored = len(list((tmp_path / "cache").rglob("*.json")))
    sparse.git("sparse-checkout", "set", "--no-cone", "/src/", "/m")
    found = sparse.git("rev-parse", "main:.whygate.yml")
    sparse.git("update-index", "--add", "--cacheinfo", f"100644,{found},.whygate.yml")
    sparse.git("update-index", "--skip-worktree", ".whygate.yml")
    after = run("hook", "commit-msg", "m")

    assert not (sparse.path / ".whygate.yml").exists()
    assert (before.status, stored, after.status) == (1, 1, 0)
    assert "whygate: passed, but no labelled answer for Problem" in after.err


def test_files_are_those_of_disk_and_index(sparse: Repo) -> None:
    leave_out(sparse, ("/src/",), cone=False)
    sparse.write(".github/new.md", "new")
    sparse.write("src/a", "changed")
    tree = tree_of(sparse)

    assert tree.list_files("") == (".whygate.yml",)
    assert tree.list_files(".github") == ("new.md", "pull_request_template.md")
    assert tree.list_files("nowhere") == ()
    assert tree.read_bytes("src/a", limit=99) == b"changed"
    assert tree.read_bytes(".whygate/bets/rows.yml", limit=999) == BET.encode()
    assert tree.read_bytes(".whygate/bets/none.yml", limit=999) is None


def test_file_that_is_left_out_is_bounded(sparse: Repo) -> None:
    leave_out(sparse, ("/src/",), cone=False)

    with pytest.raises(InputError, match="is larger than 98 bytes"):
        tree_of(sparse).read_bytes("docs/long.md", limit=98)


def test_link_that_is_left_out_is_refused(sparse: Repo) -> None:
    (sparse.path / "docs" / "link").symlink_to("long.md")
    sparse.git("add", "docs/link")
    sparse.commit("docs: link")
    leave_out(sparse, ("/src/",), cone=False)

    with pytest.raises(InputError, match="is not a plain file"):
        tree_of(sparse).read_bytes("docs/link", limit=99)


def test_file_that_is_nowhere_here_decides_nothing(sparse: Repo, make_repo: MakeRepo) -> None:
    sparse.git("config", "uploadpack.allowFilter", "true")
    clone = make_repo("partial")
    clone.git("remote", "add", "origin", f"file://{sparse.path}")
    clone.git("config", "remote.origin.promisor", "true")
    clone.git("config", "remote.origin.partialCloneFilter", "blob:none")
    clone.git("fetch", "--quiet", "--filter=blob:none", "origin", "work")
    clone.git("sparse-checkout", "set", "--no-cone", "/src/")
    clone.git("checkout", "--quiet", "FETCH_HEAD")

    with pytest.raises(UndecidedError, match="neither checked out nor in this partial clone"):
        tree_of(clone).read_bytes(".whygate/bets/rows.yml", limit=999)
