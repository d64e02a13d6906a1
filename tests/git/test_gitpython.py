"""GitPython walks the same histories as `git/`: an oracle for hashes, parents, order and trees.

It is no part of whygate: it holds whole trees in memory, runs git with the caller's own
configuration, and guesses at encodings. Those and dates are tested beside this file.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import git as gitpython
from whygate.git.log import Range, parse_range, read_commits
from whygate.git.run import Git
from whygate.git.tree import CommitTree

if TYPE_CHECKING:
    from tests.conftest import MakeRepo, Repo

NOW = 1_735_732_800
NAMES = ("a.txt", "src/b.py", "src/deep/c.py", "docs/name with space.md", "docs/é.md")
HISTORIES = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class MakeDrawn(Protocol):
    """Makes the repository of a history for git-fast-import(1), HEAD on its last branch."""

    def __call__(self, stream: bytes) -> tuple[Repo, Git]: ...


@st.composite
def histories(draw: st.DrawFn) -> bytes:
    """Draw a history in the language of git-fast-import(1): merges, roots, dates of any order."""
    last = draw(st.integers(1, 9))
    lines: list[bytes] = []
    for number in range(1, last + 1):
        older = list(range(1, number))
        most = 3 if older else 0
        least = 1 if older and number == last else 0  # the last one has a history behind it
        chosen = st.lists(st.sampled_from(older or [0]), unique=True, max_size=most, min_size=least)
        parents = draw(chosen)
        seconds = NOW + draw(st.integers(-3, 3)) * 3_600
        who = b"Ada <ada@example.org> %d +0000\n" % seconds
        message = b"Commit %d\n\nBody\n" % number
        lines += [b"commit refs/heads/work-%d\nmark :%d\n" % (number, number)]
        lines += [b"author " + who, b"committer " + who, b"data %d\n" % len(message), message]
        lines += [
            b"%s :%d\n" % (b"merge" if place else b"from", parent)
            for place, parent in enumerate(parents)
        ]
        for name in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=3)):
            text = b"".join(b"%d\n" % n for n in range(draw(st.integers(0, 4)))) + b"%d" % number
            lines += [b'M 644 inline "%s"\n' % name.encode(), b"data %d\n" % len(text), text, b"\n"]
        lines.append(b"\n")
    return b"".join(lines)


@pytest.fixture
def make_drawn(make_repo: MakeRepo) -> MakeDrawn:
    """Give a maker of the repository of a drawn history."""
    numbers = count()

    def make(stream: bytes) -> tuple[Repo, Git]:
        repo = make_repo(f"drawn-{next(numbers)}")
        repo.git("fast-import", "--quiet", data=stream)
        repo.git("symbolic-ref", "HEAD", _tips(repo)[-1])
        repo.git("config", "core.quotePath", "false")  # GitPython reads no quoted name
        return repo, Git(repo.path, environ=repo.environ)

    return make


@HISTORIES
@given(stream=histories(), first_parent=st.booleans())
def test_walk_gives_the_same_commits_in_the_same_order(
    make_drawn: MakeDrawn, stream: bytes, first_parent: bool
) -> None:
    repo, git = make_drawn(stream)
    ours = read_commits(git, Range(None, repo.head()), first_parent=first_parent)

    with gitpython.Repo(repo.path) as other:
        theirs = other.iter_commits("HEAD", first_parent=first_parent)

        assert [(c.sha, c.parents) for c in ours] == [
            (c.hexsha, tuple(parent.hexsha for parent in c.parents)) for c in theirs
        ]


@HISTORIES
@given(stream=histories(), data=st.data())
def test_range_gives_the_same_commits_in_the_same_order(
    make_drawn: MakeDrawn, stream: bytes, data: st.DataObject
) -> None:
    repo, git = make_drawn(stream)
    base, tip = (data.draw(st.sampled_from(_tips(repo))) for _ in range(2))
    ours = read_commits(git, parse_range(git, f"{base}..{tip}"), first_parent=False)

    with gitpython.Repo(repo.path) as other:
        theirs = other.iter_commits(f"{base}..{tip}", topo_order=True)

        assert [c.sha for c in ours] == [c.hexsha for c in theirs]


@HISTORIES
@given(stream=histories())
def test_commit_has_the_same_texts_paths_and_lines(make_drawn: MakeDrawn, stream: bytes) -> None:
    repo, git = make_drawn(stream)
    ours = list(read_commits(git, Range(None, repo.head()), first_parent=False, lines=True))

    with gitpython.Repo(repo.path) as other:
        for commit in ours:
            known = other.commit(commit.sha)
            changed = known.stats.files

            assert commit.message.decode() == known.message
            assert (commit.author_name, commit.author_mail) == (
                known.author.name,
                known.author.email,
            )
            assert commit.committed == known.committed_datetime.date()
            assert sorted(commit.paths or ()) == sorted(map(str, changed))
            assert commit.lines_changed == sum(held["lines"] for held in changed.values())


@HISTORIES
@given(stream=histories())
def test_tree_holds_the_same_files(make_drawn: MakeDrawn, stream: bytes) -> None:
    repo, git = make_drawn(stream)
    tree = CommitTree(git, repo.head())

    with gitpython.Repo(repo.path) as other:
        blobs = {
            str(item.path): item.data_stream.read()
            for item in other.head.commit.tree.traverse()
            if isinstance(item, gitpython.Blob)
        }
        listed = {
            f"{place}/{name}" if place else name
            for place in ("", "src", "src/deep", "docs")
            for name in tree.list_files(place)
        }

        assert listed == set(blobs)
        assert all(tree.read_bytes(path, limit=1 << 16) == data for path, data in blobs.items())


@HISTORIES
@given(stream=histories(), data=st.data())
def test_merge_base_is_one_of_the_same(
    make_drawn: MakeDrawn, stream: bytes, data: st.DataObject
) -> None:
    repo, git = make_drawn(stream)
    one, two = (data.draw(st.sampled_from(_tips(repo))) for _ in range(2))

    with gitpython.Repo(repo.path) as other:
        theirs = [commit.hexsha for commit in other.merge_base(one, two)]

        assert [found for found in [git.merge_base(one, two)] if found] == theirs


def _tips(repo: Repo) -> list[str]:
    return repo.git("for-each-ref", "--format=%(refname)", "refs/heads").split()
