"""The commits of a branch, and the kind of change they make up; the rest is in tests/cli/hook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.conftest import Repo

from whygate.errors import InputError, UndecidedError
from whygate.git.branch import branch_change, find_bases, read_branch
from whygate.git.run import Git
from whygate.git.staged import find_amended, find_head, read_staged
from whygate.policy.presets import resolve_config
from whygate.schema.files import read_presets

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeRepo

CONFIG = resolve_config(read_presets())


def git_of(repo: Repo) -> Git:
    return Git(repo.path, environ=repo.environ)


def test_commits_since_the_default_branch_are_read(repo: Repo) -> None:
    repo.git("switch", "--quiet", "--create", "work")
    shas = [repo.commit(f"docs: {n}", {f"f{n}": "x\n"}) for n in range(3)]
    commits = read_branch(git_of(repo), head=repo.head(), name="work", lines=True)

    assert commits is not None
    assert [commit.sha for commit in commits] == shas[::-1]
    assert (commits[0].paths, commits[0].lines_changed) == (("f2",), 1)


def test_branch_of_more_commits_than_are_read_is_undecided(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whygate.git.branch.LIMIT", 2)
    repo.git("switch", "--quiet", "--create", "work")
    for n in range(3):
        repo.commit(f"docs: {n}")

    with pytest.raises(UndecidedError, match="more than 2 commits"):
        read_branch(git_of(repo), head=repo.head(), name="work")


@pytest.mark.parametrize(("head", "name"), [("", "work"), ("HEAD", "main")])
def test_default_and_unborn_branches_have_no_commits_together(
    repo: Repo, head: str, name: str
) -> None:
    assert read_branch(git_of(repo), head=head and repo.head(), name=name) is None


def own(repo: Repo, name: str, *base: str) -> list[str] | None:
    """Return the subjects of a branch's own commits, oldest first."""
    repo.git("switch", "--quiet", name)
    commits = read_branch(git_of(repo), head=repo.head(), name=name, base=base)
    return None if commits is None else [c.message.decode().strip() for c in reversed(commits)]


def cut(repo: Repo, name: str, start: str = "HEAD", *messages: str) -> None:
    """Make a branch and commit on it."""
    repo.git("switch", "--quiet", "--create", name, start)
    for message in messages:
        repo.commit(message)


def test_branch_of_git_flow_has_nothing_of_develop(repo: Repo) -> None:
    cut(repo, "develop", "main", "feat: theirs")
    cut(repo, "work", "develop", "feat: mine")

    assert own(repo, "work") == ["feat: mine"]
    assert own(repo, "develop") is None


def test_branch_cut_before_another_went_on_has_nothing_of_it(repo: Repo) -> None:
    cut(repo, "next-gen", "main", "feat: theirs")
    cut(repo, "work", "next-gen", "feat: mine")
    repo.git("switch", "--quiet", "next-gen")
    repo.commit("feat: theirs too")

    assert own(repo, "work") == ["feat: mine"]


def test_stacked_branches_have_their_own_commits_each(repo: Repo) -> None:
    cut(repo, "one", "main", "feat: 1")
    cut(repo, "two", "one", "feat: 2")
    cut(repo, "three", "two")

    assert own(repo, "one") == ["feat: 1"]
    assert own(repo, "two") == ["feat: 2"]
    assert own(repo, "three") == []

    repo.git("switch", "--quiet", "one")
    repo.commit("fix: 1b")

    assert own(repo, "one") == ["feat: 1", "fix: 1b"]
    assert own(repo, "two") == ["feat: 2"]


def test_branch_that_merged_another_has_nothing_of_it(repo: Repo) -> None:
    cut(repo, "other", "main", "feat: theirs")
    cut(repo, "work", "main", "feat: mine")
    repo.git("merge", "--quiet", "--no-edit", "other")

    assert own(repo, "work") == ["feat: mine", "Merge branch 'other' into work"]


def test_backup_of_a_branch_takes_nothing_from_it(repo: Repo) -> None:
    cut(repo, "work", "main", "feat: mine")
    repo.git("branch", "backup")
    repo.commit("fix: more")

    assert own(repo, "work") == ["feat: mine", "fix: more"]


def test_copy_of_a_branch_at_a_remote_is_the_branch(repo: Repo) -> None:
    cut(repo, "work", "main", "feat: mine")
    repo.git("update-ref", "refs/remotes/fork/work", "HEAD")
    repo.commit("fix: more")

    assert own(repo, "work") == ["feat: mine", "fix: more"]


def test_without_a_reflog_what_another_branch_holds_is_not_taken(repo: Repo) -> None:
    repo.git("config", "core.logAllRefUpdates", "false")
    cut(repo, "one", "main", "feat: 1")
    cut(repo, "two", "one", "feat: 2")

    assert own(repo, "two") == ["feat: 2"]
    assert own(repo, "one") == []


def test_configured_base_counts_alone(repo: Repo) -> None:
    repo.git("branch", "trunk")
    repo.git("branch", "--move", "main", "stable")
    cut(repo, "next-1", "stable", "feat: theirs")
    cut(repo, "work", "next-1", "feat: mine")

    assert own(repo, "work", "next-1") == ["feat: mine"]
    assert own(repo, "next-1", "next-1") is None
    assert own(repo, "trunk", "next-1") == []
    assert own(repo, "work", "nowhere") is None


def test_upstream_of_another_name_is_what_the_branch_is_cut_from(repo: Repo) -> None:
    repo.git("remote", "add", "mine", str(repo.path))
    cut(repo, "theirs", "main", "feat: theirs")
    repo.git("update-ref", "refs/remotes/mine/release-2", "theirs")
    repo.git("switch", "--quiet", "--detach")
    repo.git("branch", "--delete", "--force", "theirs")
    repo.git("switch", "--quiet", "--create", "Work/1", "--track", "mine/release-2")
    repo.commit("feat: mine")
    followed = find_bases(git_of(repo))

    assert own(repo, "Work/1") == ["feat: mine"]
    assert followed.names == {"main"}


@pytest.mark.parametrize(
    "command",
    [("clone", "--origin", "theirs"), ("-c", "clone.defaultRemoteName=theirs", "clone")],
    ids=["option", "configured"],
)
def test_clone_knows_its_default_branch_whatever_the_remote_is_called(
    repo: Repo, tmp_path: Path, command: tuple[str, ...]
) -> None:
    repo.git("branch", "--move", "main", "stable")
    repo.git(*command, "--quiet", str(repo.path), str(tmp_path / "clone"))
    clone = Repo(tmp_path / "clone", repo.environ)
    clone.git("switch", "--quiet", "--create", "work")
    clone.git("branch", "--delete", "stable")
    clone.commit("feat: mine")

    assert git_of(clone).default_ref() == "refs/remotes/theirs/stable"
    assert own(clone, "work") == ["feat: mine"]


def test_branches_of_all_remotes_are_known(repo: Repo) -> None:
    for ref in ("refs/remotes/origin/main", "refs/remotes/upstream/next", "refs/heads/other"):
        repo.git("update-ref", ref, "HEAD")
    repo.git("symbolic-ref", "refs/remotes/upstream/HEAD", "refs/remotes/upstream/next")
    found = find_bases(git_of(repo))

    assert found.names == {"main", "next"}
    assert set(found.branches) == {
        *("refs/heads/main", "refs/heads/other"),
        *("refs/remotes/origin/main", "refs/remotes/upstream/next"),
    }


def test_shallow_clone_that_hides_where_a_branch_begins_is_undecided(
    long_repo: Repo, tmp_path: Path
) -> None:
    cut(long_repo, "work", "main~1", "feat: mine", "fix: more")
    long_repo.git("switch", "--quiet", "main")
    options = ("--depth=1", "--no-single-branch", "--branch=work")
    long_repo.git("clone", "--quiet", *options, f"file://{long_repo.path}", str(tmp_path / "clone"))
    clone = Repo(tmp_path / "clone", long_repo.environ)

    with pytest.raises(UndecidedError, match="shallow clone is cut off"):
        own(clone, "work")


def test_empty_repository_has_no_base(empty_repo: Repo) -> None:
    assert find_bases(git_of(empty_repo)).names == frozenset()


@pytest.mark.parametrize(
    ("messages", "title"),
    [
        (("feat: a", "fix: b"), "feat: a"),
        (("chore: a", "feat: b", "feat: c"), "feat: b"),
        (("fixup! feat: x", "chore: a"), "chore: a"),
        (("chore: a", "fixup! feat: x"), "chore: a"),
        (('Revert "x"', "feat: b"), "feat: b"),
        (("docs: a", "chore: b"), "chore: b"),
        (("docs: a", "ci: b", "chore: c"), "ci: b"),
        (("wip", "docs: a"), "docs: a"),
    ],
)
def test_first_commit_that_owes_an_answer_names_the_branch(
    repo: Repo, messages: tuple[str, ...], title: str
) -> None:
    repo.git("switch", "--quiet", "--create", "work")
    for message in messages:
        repo.commit(message)
    commits = read_branch(git_of(repo), head=repo.head(), name="work")

    assert branch_change(commits or (), CONFIG).title == title


def test_no_commit_is_an_error() -> None:
    with pytest.raises(InputError):
        branch_change((), CONFIG)


def test_staged_paths_of_an_unborn_branch(empty_repo: Repo) -> None:
    empty_repo.write("a b", "1\n2\n")
    empty_repo.write("bin", b"\0\1")
    empty_repo.git("add", ".")
    git = git_of(empty_repo)

    assert find_head(git) == ""
    assert read_staged(git).paths == ("a b", "bin")
    assert read_staged(git, lines=True) == read_staged(git, lines=True)
    assert read_staged(git, lines=True).lines_changed is None
    empty_repo.git("rm", "--quiet", "--cached", "bin")
    assert read_staged(git, lines=True).lines_changed == 2


@pytest.mark.parametrize(
    ("environ", "amended"),
    [
        ({}, False),
        ({"GIT_AUTHOR_DATE": "@1735732800 +0000"}, True),
        ({"GIT_AUTHOR_DATE": "@1735732800 +0000", "GIT_COMMITTER_DATE": "x"}, False),
        ({"GIT_AUTHOR_DATE": "@1735732801 +0000"}, False),
        ({"GIT_AUTHOR_DATE": "@1735732800 +0000", "GIT_AUTHOR_NAME": "Bob"}, False),
        ({"GIT_AUTHOR_DATE": "2025-01-01"}, False),
    ],
    ids=["untold", "same", "dates-set", "other-second", "other-author", "other-form"],
)
def test_amending_is_known_by_the_author(
    repo: Repo, environ: dict[str, str], amended: bool
) -> None:
    head = repo.head()
    told = {"GIT_AUTHOR_NAME": "Ada Author", "GIT_AUTHOR_EMAIL": "ada@example.org", **environ}
    found = find_amended(git_of(repo), told, head=head, now=1_735_800_000)

    assert found == ("" if amended else None)


def test_amending_within_seconds_is_not_known(repo: Repo) -> None:
    told = {"GIT_AUTHOR_DATE": "@1735732800 +0000"}

    assert find_amended(git_of(repo), told, head=repo.head(), now=1_735_732_801) is None
    assert find_amended(git_of(repo), told, head="", now=1_735_800_000) is None


def test_base_of_an_amended_merge_is_its_first_parent(repo: Repo) -> None:
    first = repo.head()
    repo.git("switch", "--quiet", "--create", "side")
    repo.commit("docs: side")
    repo.git("switch", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "--no-edit", "side")
    name, mail, second = repo.git("log", "-1", "--format=%an%n%ae%n%at").split("\n")
    told = {
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": mail,
        "GIT_AUTHOR_DATE": f"@{second} +0000",
    }

    assert find_amended(git_of(repo), told, head=repo.head(), now=2e9) == first


def test_repository_of_another_hash(make_repo: MakeRepo) -> None:
    repo = make_repo("long", "--object-format=sha256")
    repo.commit("Begin")

    assert len(find_head(git_of(repo))) == 64
