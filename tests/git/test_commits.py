"""History is read in one pass, byte for byte, and no commit can upset it."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from whygate.errors import InputError, UndecidedError
from whygate.git.log import Range, parse_range, read_commits
from whygate.git.run import Git
from whygate.model import Author, Change, Origin, Part
from whygate.text.commit import Commit, to_change, union_change

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import MakeRepo, Repo
    from tests.git.conftest import FakeGit, WriteCommit

SHA = "0123456789abcdef0123456789abcdef01234567"


class Recorded(Git, frozen=True):
    """A Git that replays one recorded stream in the given chunks, and starts no process."""

    chunks: tuple[bytes, ...] = ()

    def stream(self, *_: str) -> Iterator[bytes]:
        yield from self.chunks


def _read(git: Git, tip: str = "HEAD", *, paths: bool = False, lines: bool = False) -> list[Commit]:
    everything = Range(None, git.resolve(tip))
    return [*read_commits(git, everything, first_parent=False, paths=paths, lines=lines)]


def _commit(message: str, sha: str = SHA, parents: int = 1) -> Commit:
    day = date(2025, 1, 1)
    return Commit(sha, ("0" * 40,) * parents, "Ada", "ada@x", day, message.encode())


def test_read_commits_gives_every_field(repo: Repo, git: Git) -> None:
    first = repo.head()
    second = repo.commit("Subject\n\nBody\n\nKey: value\n")

    assert _read(git) == [
        Commit(
            sha=second,
            parents=(first,),
            author_name="Ada Author",
            author_mail="ada@example.org",
            committed=date(2025, 1, 2),
            message=b"Subject\n\nBody\n\nKey: value\n",
        ),
        Commit(first, (), "Ada Author", "ada@example.org", date(2025, 1, 1), b"Begin\n"),
    ]


def test_read_commits_of_long_hash(sha256: Git) -> None:
    (commit,) = _read(sha256, paths=True)

    assert len(commit.sha) == 64
    assert commit.paths == ("f",)


HOSTILE = [
    pytest.param(
        b"s\n\nx\x01y\x1ez\x0b\x0c\x85\n", b"s\n\nx\x01y\x1ez\x0b\x0c\x85\n", id="separators"
    ),
    pytest.param(b"\n\n  lead\n", b"\n\n  lead\n", id="blank-first"),
    pytest.param(b"", b"", id="empty"),
    pytest.param(b"no line feed", b"no line feed", id="no-line-feed"),
    pytest.param(b"crlf\r\n\r\nbody\r\n", b"crlf\r\n\r\nbody\r\n", id="crlf"),
    pytest.param(b"caf\xe9 \xff\xfe\n", b"caf\xe9 \xff\xfe\n", id="invalid-utf-8"),
    pytest.param(b"seen\n\0hidden: x\n", b"seen\n", id="nul"),
    pytest.param(
        b"big\n\n" + b"x" * (1 << 20) + b"\n", b"big\n\n" + b"x" * (1 << 20) + b"\n", id="1-MiB"
    ),
    pytest.param(
        b"\x1b]0;title\x07\n::error::x\n", b"\x1b]0;title\x07\n::error::x\n", id="escapes"
    ),
]


@pytest.mark.parametrize("paths", [False, True], ids=["messages", "with-paths"])
@pytest.mark.parametrize(("written", "expected"), HOSTILE)
def test_read_commits_keeps_message(
    git: Git, write_commit: WriteCommit, written: bytes, expected: bytes, paths: bool
) -> None:
    (commit,) = _read(git, write_commit(written), paths=paths)

    assert commit.message == expected


@pytest.mark.parametrize(
    ("header", "written", "expected"),
    [
        ("ISO-8859-1", b"caf\xe9\n", "café\n"),
        ("KLINGON", b"caf\xe9\n", "caf\ufffd\n"),
        ("UTF-8", "café\n".encode(), "café\n"),
    ],
)
def test_read_commits_follows_encoding(
    git: Git, write_commit: WriteCommit, header: str, written: bytes, expected: str
) -> None:
    (commit,) = _read(git, write_commit(written, headers=f"encoding {header}\n".encode()))

    assert to_change(commit).parts[0].text == expected
    assert commit.encoding == header


@pytest.mark.parametrize(
    ("committer", "expected"),
    [
        pytest.param(b"C <c@x> 0 +0000", date(1970, 1, 1), id="epoch"),
        pytest.param(b"C <c@x> 1735775999 -1200", date(2025, 1, 1), id="utc-not-local"),
        pytest.param(b"C <c@x> 253402300799 +0000", date(9999, 12, 31), id="last-day"),
        pytest.param(b"C <c@x> 253402300800 +0000", None, id="year-10000"),
        pytest.param(b"C <c@x> 99999999999999 +0000", None, id="year-3170843"),
        pytest.param(b"C <c@x> 99999999999999999999999 +0000", None, id="overflow"),
        pytest.param(b"C <c@x> -5 +0000", None, id="negative"),
        pytest.param(b"C <c@x> soon +0000", None, id="word"),
        pytest.param(b"C <c@x>", None, id="no-date"),
        pytest.param(b"C", None, id="no-mail"),
    ],
)
def test_read_commits_survives_dates(
    git: Git, write_commit: WriteCommit, committer: bytes, expected: date | None
) -> None:
    (commit,) = _read(git, write_commit(b"x\n", committer=committer))

    assert commit.committed == expected


@pytest.mark.parametrize(
    ("author", "name", "mail"),
    [
        pytest.param(b"Nobody 1 +0000", "", "", id="no-mail"),
        pytest.param(b"<> 1 +0000", "", "", id="empty"),
        pytest.param(b"A \xff <a\xff@x> 1 +0000", "A \ufffd", "a\ufffd@x", id="invalid-utf-8"),
        pytest.param(b"A\x01B <a@x> 1 +0000", "A\x01B", "a@x", id="control"),
        pytest.param(b"::error::x <a@x> 1 +0000", "::error::x", "a@x", id="command"),
    ],
)
def test_read_commits_survives_authors(
    git: Git, write_commit: WriteCommit, author: bytes, name: str, mail: str
) -> None:
    (commit,) = _read(git, write_commit(b"x\n", author=author))

    assert (commit.author_name, commit.author_mail) == (name, mail)


def test_read_commits_ignores_replace_refs_and_grafts(
    repo: Repo, git: Git, write_commit: WriteCommit
) -> None:
    first, second = repo.head(), repo.commit("True\n")
    repo.git("replace", second, write_commit(b"False\n"))
    repo.write(".git/info/grafts", f"{second}\n")

    commits = _read(git)

    assert [(commit.sha, commit.message) for commit in commits] == [
        (second, b"True\n"),
        (first, b"Begin\n"),
    ]


def test_read_commits_from_linked_worktree(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", str(tmp_path / "linked"))

    assert len(_read(Git(tmp_path / "linked", environ=repo.environ))) == 1


def test_read_commits_from_submodule(repo: Repo, make_repo: MakeRepo) -> None:
    inner = make_repo("inner")
    inner.commit("Inner\n")
    allowed = ("-c", "protocol.file.allow=always")
    repo.git(*allowed, "submodule", "--quiet", "add", str(inner.path), "sub")
    (commit,) = _read(Git(repo.path / "sub", environ=repo.environ))

    assert commit.message == b"Inner\n"


def test_walk_that_comes_to_where_a_clone_was_cut_off_is_undecided(shallow: Git) -> None:
    with pytest.raises(UndecidedError, match=r"shallow clone is cut off at [0-9a-f]{12}"):
        _read(shallow)


@pytest.mark.parametrize("first_parent", [True, False])
@pytest.mark.parametrize("rows", ["", "paths"])
def test_range_of_a_merge_whose_side_was_cut_off_is_undecided(
    long_repo: Repo, tmp_path: Path, rows: str, first_parent: bool
) -> None:
    long_repo.git("switch", "--quiet", "--create", "side", "main~1")
    for n in range(3):
        long_repo.commit(f"docs: {n}")
    long_repo.git("switch", "--quiet", "main")
    long_repo.git("merge", "--quiet", "--no-edit", "side")
    clone = tmp_path / "clone"
    long_repo.git("clone", "--quiet", "--depth=2", f"file://{long_repo.path}", str(clone))
    git = Git(clone, environ=long_repo.environ)
    commits = read_commits(
        git, parse_range(git, "HEAD^1..HEAD"), first_parent=first_parent, paths=bool(rows)
    )

    if first_parent:
        assert len(list(commits)) == 1
    else:
        with pytest.raises(UndecidedError, match="cut off"):
            list(commits)


def test_range_above_where_a_clone_was_cut_off_is_whole(long_repo: Repo, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    long_repo.git("clone", "--quiet", "--depth=2", f"file://{long_repo.path}", str(clone))
    git = Git(clone, environ=long_repo.environ)
    commits = read_commits(git, parse_range(git, "HEAD~1.."), first_parent=False)

    assert [commit.message for commit in commits] == [b"Third\n"]


def test_read_commits_from_partial_clones(blobless: Git, treeless: Git) -> None:
    assert [commit.paths for commit in _read(blobless, paths=True)] == [
        ("a.txt", "b.txt"),
        ("a.txt",),
        ("README.md",),
    ]
    assert [commit.message for commit in _read(treeless)] == [b"Third\n", b"Second\n", b"Begin\n"]


def test_read_commits_without_the_contents_to_count(blobless: Git) -> None:
    with pytest.raises(UndecidedError, match="partial clone"):
        _read(blobless, lines=True)


def test_read_commits_fails_when_git_falls_silent(fake_git: FakeGit) -> None:
    commits = read_commits(fake_git("sleep 60; true"), [SHA], first_parent=True)

    with pytest.raises(UndecidedError, match="took longer"):
        next(commits)


STRANGE = ("\n", "\nlead", "a\tb", "a\nb", SHA, "é ü", "-x", '"quoted"', "1\t2\tx", "d/e/f")


@pytest.mark.parametrize("lines", [False, True], ids=["names", "counts"])
def test_read_commits_gives_strange_paths(repo: Repo, git: Git, lines: bool) -> None:
    repo.commit("Strange\n", dict.fromkeys(STRANGE, "x\n"))

    strange, begin = _read(git, paths=True, lines=lines)

    assert strange.paths == tuple(sorted(STRANGE, key=str.encode))
    assert begin.paths == ("README.md",)
    assert strange.lines_changed == (len(STRANGE) if lines else None)


def test_read_commits_counts_lines(repo: Repo, git: Git) -> None:
    repo.write("image", b"\0\1\2")
    repo.commit("Change\n", {"README.md": "one\ntwo\n"})
    repo.commit("Nothing\n")

    assert [commit.lines_changed for commit in _read(git, lines=True)] == [0, None, 1]


def test_read_commits_keeps_renames_apart(repo: Repo, git: Git) -> None:
    repo.git("config", "diff.renames", "copies")
    repo.git("mv", "README.md", "MOVED.md")
    repo.commit("Move\n")

    assert _read(git, paths=True)[0].paths == ("MOVED.md", "README.md")


def test_read_commits_is_deaf_to_log_configuration(repo: Repo, git: Git) -> None:
    (repo.path / "deep").mkdir()
    for key, value in (
        *(("diff.relative", "true"), ("log.showRoot", "false"), ("color.ui", "always")),
        *(
            ("log.decorate", "full"),
            ("diff.noprefix", "true"),
            ("i18n.logOutputEncoding", "latin1"),
        ),
        *(("log.diffMerges", "combined"), ("format.pretty", "oneline"), ("log.follow", "true")),
    ):
        repo.git("config", key, value)
    repo.commit("Café\n", {"deep/a": "1\n"})
    below = Git(repo.path / "deep", environ=repo.environ)

    assert [commit.paths for commit in _read(below, paths=True)] == [("deep/a",), ("README.md",)]
    assert _read(git)[0].message == "Café\n".encode()


@pytest.fixture
def merged(repo: Repo) -> Repo:
    """Give `main` with a merge of `topic`, which has two commits of its own."""
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit("One\n", {"one": "1\n"})
    repo.commit("Two\n", {"two": "2\n"})
    repo.git("checkout", "--quiet", "main")
    repo.commit("Aside\n", {"aside": "1\n"})
    repo.git("merge", "--quiet", "--no-ff", "--message=Merge\n", "topic")
    return repo


def _subjects(git: Git, revs: Range | list[str], *, first_parent: bool, limit: int | None) -> str:
    commits = read_commits(git, revs, first_parent=first_parent, limit=limit)
    return " ".join(commit.message.decode().strip() for commit in commits)


@pytest.mark.parametrize(
    ("text", "first_parent", "limit", "expected"),
    [
        ("main", True, None, "Merge Aside Begin"),
        ("main", False, 2, "Merge Aside"),
        ("main^1..main", False, None, "Merge Two One"),
        ("main~1..", True, None, "Merge"),
        ("topic...main~1", False, None, "Aside"),
        ("main~1...topic", False, None, "Two One"),
        ("topic..topic", False, None, ""),
        ("main..", False, None, ""),
        ("topic", False, 0, ""),
    ],
)
def test_read_commits_of_a_range(
    merged: Repo, text: str, first_parent: bool, limit: int | None, expected: str
) -> None:
    git = Git(merged.path, environ=merged.environ)

    revs = parse_range(git, text)

    assert _subjects(git, revs, first_parent=first_parent, limit=limit) == expected


def test_read_commits_of_a_list(merged: Repo) -> None:
    git = Git(merged.path, environ=merged.environ)
    listed = [git.resolve(rev) for rev in ("topic~1", "main", "topic")]

    assert _subjects(git, listed, first_parent=True, limit=None) == "One Merge Two"
    assert _subjects(git, [], first_parent=True, limit=None) == ""


def test_read_commits_compares_merge_with_first_parent(merged: Repo) -> None:
    git = Git(merged.path, environ=merged.environ)

    assert _read(git, paths=True)[0].paths == ("one", "two")


def test_read_commits_names_children_before_parents_whatever_their_dates(
    repo: Repo, git: Git
) -> None:
    base = repo.head()
    repo.commit("Late\n", GIT_COMMITTER_DATE="4000000000 +0000")
    tip = repo.commit("Early\n", GIT_COMMITTER_DATE="1000000000 +0000")

    assert _subjects(git, Range(base, tip), first_parent=False, limit=None) == "Early Late"


FIELD = st.binary(max_size=12).map(lambda field: field.replace(b"\0", b""))
PATH = FIELD.filter(bool)
RECORD = st.tuples(FIELD, FIELD, FIELD, st.lists(PATH, max_size=3))


def _recorded(records: list[tuple[bytes, bytes, bytes, list[bytes]]], *, paths: bool) -> bytes:
    """Return what git would print for commits with these names, mails, messages and paths."""
    out = b""
    for name, mail, message, changed in records:
        fields = [SHA.encode(), b"", name, mail, b"1", b"", message]
        if paths:
            fields = [b"", *fields, *changed]
            if changed:
                fields[8] = b"\n" + fields[8]
        out += b"".join(field + b"\0" for field in fields)
    return out


@settings(max_examples=150, deadline=None)
@given(st.lists(RECORD, max_size=6), st.lists(st.integers(0, 400), max_size=8), st.booleans())
def test_read_commits_does_not_depend_on_chunks(
    records: list[tuple[bytes, bytes, bytes, list[bytes]]], cuts: list[int], paths: bool
) -> None:
    data = _recorded(records, paths=paths)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    git = Recorded(chunks=tuple(data[start:end] for start, end in pairwise(edges) if end > start))

    commits = [*read_commits(git, [SHA], first_parent=True, paths=paths)]

    assert [commit.message for commit in commits] == [record[2] for record in records]
    if paths:
        expected = [tuple(p.decode("utf-8", "replace") for p in record[3]) for record in records]
        assert [commit.paths for commit in commits] == expected


@pytest.mark.parametrize("text", ["nope", "main..nope", "nope..main", "main...nope", "--all..", ""])
def test_parse_range_of_unknown_revision(git: Git, text: str) -> None:
    with pytest.raises(InputError):
        parse_range(git, text)


@pytest.mark.parametrize(
    ("text", "base", "tip"),
    [
        ("main", None, "main"),
        ("main~1..main", "main~1", "main"),
        ("main~1..", "main~1", "main"),
        ("..main~1", "main", "main~1"),
        ("main~1...main", "main~1", "main"),
        ("...main~1", "main~1", "main~1"),
    ],
)
def test_parse_range(long_repo: Repo, text: str, base: str | None, tip: str) -> None:
    git = Git(long_repo.path, environ=long_repo.environ)

    expected = (None if base is None else git.resolve(base), git.resolve(tip))
    assert parse_range(git, text) == expected


def test_parse_range_of_unrelated_histories(git: Git, write_commit: WriteCommit) -> None:
    alone = write_commit(b"alone\n")

    assert parse_range(git, f"{alone}..main") == (alone, git.resolve("main"))
    with pytest.raises(UndecidedError, match="have no common ancestor") as caught:
        parse_range(git, f"{alone}...main")
    assert "fetch-depth" not in caught.value.hint


def test_parse_range_in_shallow_clone_without_base(shallow: Git, long_repo: Repo) -> None:
    old = long_repo.git("rev-parse", "HEAD~2")
    long_repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    long_repo.git("-C", str(shallow.directory), "fetch", "--quiet", "--depth=1", "origin", old)

    with pytest.raises(UndecidedError, match="shallow") as caught:
        parse_range(shallow, f"{old}..HEAD")
    assert "fetch-depth: 0" in caught.value.hint


def test_parse_range_in_shallow_clone_with_base(shallow: Git) -> None:
    tip = shallow.resolve("HEAD")

    assert parse_range(shallow, "HEAD..HEAD") == (tip, tip)


@pytest.mark.parametrize(
    ("message", "identity", "title"),
    [
        ("Add a thing\n\nBody (#9)\n", "0123456789ab", "Add a thing"),
        ("Add a thing (#123)\n\nBody\n", "#123", "Add a thing (#123)"),
        ("Add (#1) thing (#22)\n", "#22", "Add (#1) thing (#22)"),
        ('Revert "Add (#1)"\n', "0123456789ab", 'Revert "Add (#1)"'),
        ("Add (#١٢)\n", "0123456789ab", "Add (#١٢)"),
        ("Merge pull request #7 from a/b\n\nThe title\n\nBody\n", "#7", "The title"),
        ("Auto merge of #7 - ann:fix, r=bob\n\nThe title\n\nBody\n", "#7", "The title"),
        ("Merge pull request #7 from a/b\n", "#7", "b"),  # the branch, for want of a title
        ("Merge pull request #x from a/b\n\nT\n", "0123456789ab", "Merge pull request #x from a/b"),
        (
            "Merge branch 'x' into 'main'\n\nThe title\n\nCloses #4\n\nSee merge request a/b!17\n",
            "!17",
            "The title",
        ),
        ("Merge branch 'x' into 'main'\n\nSee merge request a/b!17\n", "!17", "x"),
        ("The title\n\nBody\n\nSee merge request group/sub/b!17", "!17", "The title"),
        ("The title\n\nWe see merge request a/b!17 as a way\n", "0123456789ab", "The title"),
        ("The title\n\nSee merge request a/b!17 for more\n", "0123456789ab", "The title"),
        ("Merge branch 'x'\n\nThe title\n", "0123456789ab", "Merge branch 'x'"),
        ("", "0123456789ab", ""),
        ("wrapped\nsubject (#5)\n\nbody", "#5", "wrapped subject (#5)"),
    ],
)
def test_to_change(message: str, identity: str, title: str) -> None:
    change = to_change(_commit(message))

    assert (change.identity, change.title) == (identity, title)
    assert change.parts == (Part(Origin.MESSAGE, "0123456789ab", message),)


def test_to_change_keeps_what_the_commit_knows() -> None:
    commit = replace(_commit("x\n", parents=2), paths=("a",), lines_changed=3)

    assert to_change(commit, identity="bet") == Change(
        identity="bet",
        title="x",
        parts=(Part(Origin.MESSAGE, "0123456789ab", "x\n"),),
        author=Author("Ada", "ada@x"),
        paths=("a",),
        lines_changed=3,
        day=date(2025, 1, 1),
        parents=2,
    )


def _branch() -> list[Commit]:
    newest = replace(_commit("fixup! Begin\n", "a" * 40), paths=("x", "y"), lines_changed=1)
    middle = replace(_commit("Go on\n", "b" * 40), paths=("x",), lines_changed=2)
    oldest = replace(_commit("Begin\n", "c" * 40), author_name="Bo", paths=("z",), lines_changed=4)
    return [newest, middle, oldest]


def test_union_change_takes_commits_together() -> None:
    change = union_change(_branch(), branch="topic")

    assert change == Change(
        identity="a" * 12,
        title="Begin",
        parts=(
            Part(Origin.COMMIT, "a" * 12, "fixup! Begin\n"),
            Part(Origin.COMMIT, "b" * 12, "Go on\n"),
            Part(Origin.COMMIT, "c" * 12, "Begin\n"),
        ),
        author=Author("Bo", "ada@x"),
        branch="topic",
        paths=("x", "y", "z"),
        lines_changed=7,
        day=date(2025, 1, 1),
        parents=1,
    )


def test_union_change_passes_over_fixups_for_the_title() -> None:
    commits = [_commit("Real\n"), _commit("squash! Other\n")]

    assert union_change(commits).title == "Real"
    assert union_change(commits[1:]).title == "squash! Other"


def test_union_change_with_the_commit_being_written() -> None:
    message = Part(Origin.MESSAGE, "COMMIT_EDITMSG", "Now\n")
    pending = Change("COMMIT_EDITMSG", "Now", (message,), branch="topic")

    change = union_change(_branch()[1:], pending=pending, identity="topic")

    assert [part.path for part in change.parts] == ["COMMIT_EDITMSG", "b" * 12, "c" * 12]
    assert (change.identity, change.title, change.branch) == ("topic", "Begin", "topic")
    assert (change.paths, change.lines_changed) == (None, None)


def test_union_change_of_nothing() -> None:
    with pytest.raises(InputError, match="no commit to judge"):
        union_change([])
