"""The first release that contains a commit, by real tags."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from whygate.git.run import Git
from whygate.git.tags import Release, find_releases, is_release

if TYPE_CHECKING:
    from tests.conftest import Repo

NAMES = {
    "v1": True,
    "v1.2.0": True,
    "V2.0": True,
    "1.2.0": True,
    "2027.02": True,
    "release-1.2": True,
    "cart@1.2.0": True,
    "@shop/cart@1.2.0": True,
    "cart/v3": True,
    "v2.0-rc1": True,
    "nightly": False,
    "before-the-move": False,
    "vendor-drop": False,
    "7": False,
    "build-4711": False,
}


@pytest.mark.parametrize("tag", NAMES)
def test_name_that_reads_as_a_version_is_a_release(tag: str) -> None:
    assert is_release(tag) is NAMES[tag]


def test_patterns_of_a_team_decide_alone() -> None:
    assert is_release("live-7", ["live-*"])
    assert not is_release("v1.2.0", ["live-*"])


def git_of(repo: Repo) -> Git:
    return Git(directory=repo.path, environ=repo.environ)


def tag(repo: Repo, name: str, day: str, *, light: bool = False, at: str = "HEAD") -> None:
    form = () if light else ("-a", "-m", name)
    repo.git("tag", *form, name, at, GIT_COMMITTER_DATE=f"{day}T12:00:00+0000")


def test_first_tag_that_contains_a_commit_counts(repo: Repo) -> None:
    first = repo.commit("feat: one\n")
    tag(repo, "v1.0", "2025-02-01")
    second = repo.commit("feat: two\n")
    tag(repo, "nightly", "2025-02-02")
    tag(repo, "v1.1", "2025-03-01")
    third = repo.commit("feat: three\n")
    tag(repo, "v1.2", "2025-04-01", at=second)

    found = find_releases(git_of(repo), [first, second, third])

    assert found == {
        first: Release("v1.0", date(2025, 2, 1)),
        second: Release("v1.1", date(2025, 3, 1)),
    }


def test_containment_counts_and_no_time(repo: Repo) -> None:
    base = repo.commit("chore: begin\n")
    tag(repo, "v1.0", "2025-01-01")
    repo.git("switch", "-q", "-c", "stable")
    repo.commit("fix: on the stable branch\n")
    tag(repo, "v1.0.1", "2025-06-01")
    repo.git("switch", "-q", "-")
    merged = repo.commit("feat: not in it\n")

    found = find_releases(git_of(repo), [base, merged])

    assert set(found) == {base}
    tag(repo, "v2.0", "2025-07-01")
    assert find_releases(git_of(repo), [merged])[merged].tag == "v2.0"


def test_lightweight_tag_has_the_day_of_its_commit(repo: Repo) -> None:
    sha = repo.commit("feat: one\n")
    tag(repo, "1.0.0", "2025-06-01", light=True)

    assert find_releases(git_of(repo), [sha])[sha] == Release("1.0.0", date(2025, 1, 2))


def test_tag_of_no_commit_releases_nothing(repo: Repo) -> None:
    sha = repo.commit("feat: one\n", {"a": "b"})
    repo.git("tag", "v1.0", "HEAD^{tree}")

    assert find_releases(git_of(repo), [sha]) == {}


def test_many_tags_and_commits_are_asked_in_parts(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whygate.git.tags._AT_ONCE", 2)
    shas = []
    for number in range(5):
        shas.append(repo.commit(f"feat: {number}\n"))
        tag(repo, f"v1.{number}", f"2025-0{number + 2}-01")
        tag(repo, f"daily-{number}", f"2025-0{number + 2}-01")

    found = find_releases(git_of(repo), shas)

    assert [found[sha].tag for sha in shas] == [f"v1.{number}" for number in range(5)]


def test_nothing_is_asked_about_nothing(repo: Repo) -> None:
    repo.commit("feat: one\n")

    assert find_releases(git_of(repo), []) == {}
