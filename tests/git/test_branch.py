"""The commits of a branch, and the kind of change they make up; the rest is in tests/cli/hook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whygate.errors import InputError, UndecidedError
from whygate.git.branch import branch_change, find_base, find_default_refs, read_branch
from whygate.git.run import Git
from whygate.git.staged import find_amended, find_head, read_staged
from whygate.policy.presets import resolve_config
from whygate.schema.files import read_presets

if TYPE_CHECKING:
    from tests.conftest import MakeRepo, Repo

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


def test_newest_meeting_point_counts(repo: Repo) -> None:
    git = git_of(repo)
    repo.git("branch", "old")
    newer = repo.commit("docs: newer")
    repo.git("branch", "new")
    repo.git("switch", "--quiet", "--create", "work")
    tip = repo.commit("docs: tip")

    assert find_base(git, tip, ("refs/heads/old", "refs/heads/new")) == newer
    assert find_base(git, tip, ("refs/heads/new", "refs/heads/old")) == newer
    assert find_base(git, tip, ()) is None


def test_refs_of_all_remotes_hold_the_default_branch(repo: Repo) -> None:
    for ref in ("refs/remotes/origin/main", "refs/remotes/upstream/main", "refs/heads/other"):
        repo.git("update-ref", ref, "HEAD")

    assert find_default_refs(git_of(repo)) == (
        "main",
        ("refs/heads/main", "refs/remotes/origin/main", "refs/remotes/upstream/main"),
    )


def test_shallow_clone_without_a_meeting_point_is_undecided(shallow: Git) -> None:
    with pytest.raises(UndecidedError, match="shallow clone does not show"):
        find_base(shallow, find_head(shallow), ())


def test_empty_repository_has_no_default_branch(empty_repo: Repo) -> None:
    assert find_default_refs(git_of(empty_repo)) == ("", ())


@pytest.mark.parametrize(
    ("messages", "title"),
    [
        (("feat: a", "fix: b"), "feat: a"),
        (("chore: a", "feat: b", "feat: c"), "feat: b"),
        (("fixup! feat: x", "chore: a"), "chore: a"),
        (("chore: a", "fixup! feat: x"), "chore: a"),
        (('Revert "x"', "feat: b"), "feat: b"),
        (("docs: a", "chore: b"), "docs: a"),
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
