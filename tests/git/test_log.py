"""One stream of `git log` becomes the same entries however its bytes arrive."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.git.log import LINES, NAMES, LoggedCommit, Range, read_log, read_paths
from whygate.git.run import Git

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Repo
    from tests.git.conftest import WriteCommit

SHA = b"0123456789abcdef0123456789abcdef01234567"
EVERYTHING = Range(None, SHA.decode())


class Replayed(Git, frozen=True):
    """A Git that replays one stream in the given chunks, and starts no process."""

    chunks: tuple[bytes, ...] = ()

    def stream(self, *_: str) -> Iterator[bytes]:
        yield from self.chunks


def _cut(data: bytes, places: list[int]) -> tuple[bytes, ...]:
    ends = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return tuple(data[a:b] for a, b in pairwise(ends))


def _read(git: Git, *, rows: str = "", revs: Range | list[str] = EVERYTHING) -> list[LoggedCommit]:
    return [e for batch in read_log(git, revs, first_parent=bool(rows), rows=rows) for e in batch]


field = st.binary(max_size=9).map(lambda data: data.replace(b"\0", b""))
path = st.binary(min_size=1, max_size=9).map(lambda data: data.replace(b"\0", b"/"))
places = st.lists(st.integers(0, 999), max_size=9)
head = st.tuples(st.just(SHA), field, field, field, field, field, field)


@given(st.lists(head, max_size=5), places)
@settings(max_examples=200, deadline=None)
def test_entries_do_not_depend_on_the_chunks(
    commits: list[tuple[bytes, ...]], places: list[int]
) -> None:
    data = b"".join(part + b"\0" for commit in commits for part in commit)

    assert _read(Replayed(chunks=_cut(data, places))) == [
        LoggedCommit._make((*commit, None, ())) for commit in commits
    ]


@given(st.lists(st.tuples(head, st.lists(path, max_size=3)), max_size=5), places)
@settings(max_examples=200, deadline=None)
def test_entries_with_paths_do_not_depend_on_the_chunks(
    commits: list[tuple[tuple[bytes, ...], list[bytes]]], places: list[int]
) -> None:
    data = b""
    for fields, paths in commits:
        lines = [b"\n" + paths[0], *paths[1:]] if paths else []
        data += b"".join(part + b"\0" for part in (b"", *fields, *lines))
    wanted = [LoggedCommit._make((*fields, tuple(paths), ())) for fields, paths in commits]

    assert _read(Replayed(chunks=_cut(data, places)), rows=NAMES) == wanted


def test_git_gives_messages_and_paths_as_they_are(repo: Repo) -> None:
    odd = 'a "b"\nc é'
    sha = repo.commit("Subject\n\n\x1b[31mred\x85\u2028\n", {odd: "1\n2\n"})
    git = Git(repo.path, environ=repo.environ)
    span = Range(None, sha)
    named, counted = (_read(git, rows=rows, revs=span)[0] for rows in (NAMES, LINES))

    assert named.message == "Subject\n\n\x1b[31mred\x85\u2028\n".encode()
    assert read_paths(named) == (odd,)
    assert counted.rows == (b"2\t0\t" + odd.encode(),)
    assert (named.author_name, named.author_mail) == (b"Ada Author", b"ada@example.org")


def test_listed_commits_come_in_their_order(repo: Repo) -> None:
    first, second, third = repo.head(), repo.commit("Second\n"), repo.commit("Third\n")
    entries = _read(Git(repo.path, environ=repo.environ), revs=[second, third, first])

    assert [entry.sha.decode() for entry in entries] == [second, third, first]


def test_range_keeps_out_what_its_base_holds(repo: Repo) -> None:
    base, tip = repo.head(), repo.commit("Second\n", {"a": "1"})
    git = Git(repo.path, environ=repo.environ)
    span = Range(base, tip)
    elsewhere = read_log(git, span, first_parent=True, within=["b"])
    topological = read_log(git, span, first_parent=True, limit=1, children_first=True)

    assert [entry.sha.decode() for entry in _read(git, revs=span)] == [tip]
    assert [entry for batch in elsewhere for entry in batch] == []
    assert [entry.sha.decode() for batch in topological for entry in batch] == [tip]


def test_date_that_git_cannot_read_is_empty_or_far(repo: Repo, write_commit: WriteCommit) -> None:
    sha = write_commit(b"Odd\n", committer=b"A <a@x> yesterday")
    entry = _read(Git(repo.path, environ=repo.environ), revs=Range(None, sha))[0]

    assert entry.seconds in (b"", b"0")
