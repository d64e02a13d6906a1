"""A history to records: with one process or many, with a cache or not, always the same ones."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from tests.conftest import Repo
from tests.history.conftest import make_policy

from whygate.audit.areas import area_finder
from whygate.errors import InputError, UndecidedError
from whygate.git.log import NAMES, Range, parse_since_tag, read_log
from whygate.git.run import Git
from whygate.history import pool as reading_pool
from whygate.history.pool import ReadingPool
from whygate.history.recorder import Recorder
from whygate.history.store import RecordCache
from whygate.history.stream import Reader, carried_change
from whygate.history.target import Unit, Walk, default_jobs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from whygate.audit.record import Record
    from whygate.git.log import LoggedCommit

POLICY = make_policy()
TODAY = date(2026, 12, 1)
BODY = "## Problem\n\nexports stop at row {}, so 40 accountants retype the rest\n"


def git_of(repo: Repo) -> Git:
    return Git(directory=repo.path, environ=repo.environ)


def read(
    repo: Repo,
    unit: Unit = Unit.FIRST_PARENT,
    *,
    base: str | None = None,
    within: tuple[str, ...] = (),
    limit: int | None = None,
    **more: object,
) -> list[Record]:
    reader = Reader(git_of(repo), POLICY, TODAY, **more)  # type: ignore[arg-type]
    walk = Walk(Range(base, repo.head()), unit, within, limit)
    return [record for batch in reader.read(walk) for record in batch]


def titles(records: Sequence[Record]) -> list[str]:
    return [record.title for record in records]


@pytest.fixture
def merged(repo: Repo) -> Repo:
    """Give a branch with a squash, a merge of two commits, and a merge of nothing new."""
    repo.commit("feat: squash (#1)\n\nBody.\n", {"src/a.py": "1"})
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit("feat: on the side\n\nProblem: it is slow on the first page of a day\n", {"b": "1"})
    repo.commit("fixup! feat: on the side\n", {"b": "2"})
    repo.git("checkout", "--quiet", "main")
    repo.git("merge", "--quiet", "--no-ff", "-m", "Merge branch 'topic'", "topic")
    repo.git("checkout", "--quiet", "-b", "second")
    repo.commit("wip\n\nOutcome: nobody waits for the first page any more\n", {"docs/c.md": "1"})
    repo.git("checkout", "--quiet", "main")
    message = "Merge pull request #9 from a/second\n\nfix: second\n\nProblem: the page is late\n"
    repo.git("merge", "--quiet", "--no-ff", "-m", message, "second")
    repo.commit("last\n", {"README.md": "2"})
    return repo


def test_first_parent_changes_and_commits(merged: Repo) -> None:
    assert titles(read(merged)) == [
        *("last", "fix: second", "Merge branch 'topic'", "feat: squash (#1)", "Begin")
    ]
    assert len(read(merged, Unit.COMMITS)) == 8


def test_merge_carries_what_its_commits_say(merged: Repo) -> None:
    records = {record.title: record for record in read(merged)}
    second, branch = records["fix: second"], records["Merge branch 'topic'"]

    assert [name for name, _ in second.answers] == ["problem", "outcome"]
    assert (second.identity, second.forms) == ("#9", ("trailer",))
    assert (branch.kind, branch.state, branch.reason) == ("merge", "skipped", "merge")


def test_merge_carries_the_same_whatever_else_is_asked(merged: Repo) -> None:
    within = read(merged, within=("docs",))

    assert [record.title for record in within] == ["fix: second"]
    assert [name for name, _ in within[0].answers] == ["problem", "outcome"]
    for options in ({"limit": 2}, {"find_area": area_finder(None)}, {"jobs": 2}):
        found = read(merged, **options)[1]
        assert (found.title, found.answers) == ("fix: second", within[0].answers)


def test_merge_of_a_range_is_not_taken_from_the_cache(merged: Repo, tmp_path: Path) -> None:
    """Its commits are those of the range."""
    cache = RecordCache(tmp_path, "p")
    whole = read(merged, cache=cache)
    side = merged.git("rev-parse", "second")
    part = read(merged, base=side, cache=cache)
    cache.close()

    assert [name for name, _ in whole[1].answers] == ["problem", "outcome"]
    assert part[1].title == "fix: second"
    assert [name for name, _ in part[1].answers] == ["problem"]


def test_merges_are_named_after_what_they_merged(merged: Repo) -> None:
    records = {record.title: record for record in read(merged, Unit.MERGED)}

    assert list(records) == [
        "last",
        "fix: second",
        "feat: on the side",
        "feat: squash (#1)",
        "Begin",
    ]
    assert [name for name, _ in records["fix: second"].answers] == ["problem", "outcome"]
    assert records["fix: second"].identity == "#9"
    assert (records["feat: on the side"].kind, records["feat: on the side"].state) == (
        "feature",
        "partial",
    )


def test_merges_of_a_range_hold_only_its_commits(merged: Repo) -> None:
    base = merged.git("rev-parse", "HEAD~2")
    records = read(merged, Unit.MERGED, base=base)

    assert titles(records) == ["last", "fix: second"]
    assert titles(read(merged, Unit.MERGED, limit=1)) == ["last"]


def test_octopus_and_foxtrot_merges_bring_each_commit_once(repo: Repo) -> None:
    for name in ("one", "two"):
        repo.git("checkout", "--quiet", "-b", name, "main")
        repo.commit(f"{name}\n\nProblem: {name} is slow in the morning\n", {name: "1"})
    repo.git("checkout", "--quiet", "main")
    repo.commit("main\n", {"m": "1"})
    repo.git("merge", "--quiet", "--no-ff", "-m", "Merge branches 'one' and 'two'", "one", "two")
    repo.git("checkout", "--quiet", "-b", "fox", "one")
    repo.commit("fox\n\nOutcome: no morning is slow any more\n", {"f": "1"})
    repo.git("merge", "--quiet", "--no-ff", "-m", "Merge branch 'main' into fox", "main")
    found = {record.title: record.answers for record in read(repo, Unit.MERGED)}

    assert list(found) == ["two", "fox", "one", "Begin"] or list(found) == [
        "main",
        "fox",
        "one",
        "Begin",
    ]
    assert sum(bool(answers) for answers in found.values()) >= 2


def test_paths_limit_the_walk(merged: Repo) -> None:
    assert titles(read(merged, within=("src",))) == ["feat: squash (#1)"]
    assert titles(read(merged, within=("b", "docs"))) == ["fix: second", "Merge branch 'topic'"]
    assert read(merged, within=("*",)) == []


def test_limit_is_the_most_changes(merged: Repo) -> None:
    assert titles(read(merged, limit=2)) == ["last", "fix: second"]


def test_areas_are_those_of_the_first_parents_diff(merged: Repo) -> None:
    records = read(merged, find_area=area_finder(None))

    assert [record.area for record in records] == ["(top)", "docs", "(top)", "src", "(top)"]
    assert records[0].kind == "docs"


@pytest.fixture(scope="module")
def long_history(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Give a thousand commits, two of three with something to read."""
    home = tmp_path_factory.mktemp("long")
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}
    repo = Repo(home / "repo", environ)
    repo.path.mkdir()
    repo.git("init", "--quiet", "--initial-branch=main")
    lines = []
    for number in range(1000):
        body = f"feat: {number}\n\n" + (BODY.format(number) if number % 3 else "Prose.\n")
        who = f"Ada <a@b> {1_735_732_800 + number} +0000"
        lines.append(f"commit refs/heads/main\nauthor {who}\ncommitter {who}\n")
        lines.append(f"data {len(body.encode())}\n{body}\n")
    repo.git("fast-import", "--quiet", data="".join(lines).encode())
    return repo


@pytest.mark.parametrize("platform", ["linux", "another"])
def test_many_processes_read_what_one_does(
    platform: str, long_history: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_pool, "sys", SimpleNamespace(platform=platform))
    monkeypatch.setattr(reading_pool, "_PATIENCE", 100)
    alone = read(long_history)

    assert read(long_history, jobs=2) == alone
    assert len(alone) == 1000
    assert {record.state for record in alone} == {"partial", "missing"}


def test_system_without_processes_reads_alone(
    long_history: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(reading_pool, "_PATIENCE", 100)
    monkeypatch.setattr(reading_pool, "ProcessPoolExecutor", refuse)

    assert read(long_history, jobs=2, limit=300) == read(long_history, limit=300)


def first_entries(repo: Repo) -> list[LoggedCommit]:
    return next(read_log(git_of(repo), Range(None, repo.head()), first_parent=True))[:5]


class Dead:
    """A reading whose process has died."""

    def done(self) -> bool:
        return True

    def result(self) -> list[Record]:
        raise BrokenProcessPool


def test_process_that_dies_is_replaced(long_history: Repo) -> None:
    entries = first_entries(long_history)
    pool = ReadingPool(POLICY, TODAY, carried_change, jobs=1)
    pending = pool.submit(entries)
    pending.future = Dead()  # type: ignore[assignment]

    assert pending.is_ready
    assert pending.result() == pool.read(entries)
    assert not pool._waiting


def die(entries: Sequence[LoggedCommit]) -> list[Record]:
    """Take the place of what a process does with commits: end while its parent helps out."""
    if entries:
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGKILL)
    return []


@pytest.mark.skipif(sys.platform != "linux", reason="the others are copies on Linux only")
def test_process_that_is_killed_is_missed_by_nobody(
    long_history: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = read(long_history)
    ended: list[object] = []
    monkeypatch.setattr(threading, "excepthook", ended.append)
    monkeypatch.setattr(reading_pool, "_read_all", die)

    assert read(long_history, jobs=2) == alone
    assert ended == []


@pytest.mark.parametrize("error", [BrokenProcessPool, OSError])
def test_commits_are_read_here_when_no_process_takes_them(
    error: type[Exception], long_history: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise error

    entries = first_entries(long_history)
    with ReadingPool(POLICY, TODAY, carried_change, jobs=2) as pool:
        monkeypatch.setattr(ProcessPoolExecutor, "submit", refuse)
        pending = [pool.submit(entries), pool.submit(entries)]

        assert [each.result() for each in pending] == [pool.read(entries)] * 2


@pytest.mark.parametrize("error", [InputError, UndecidedError])
def test_no_process_is_left_when_the_reading_ends_with_a_sentence(
    error: type[Exception], long_history: Repo
) -> None:
    pool = ReadingPool(POLICY, TODAY, carried_change, jobs=2)
    entries = first_entries(long_history)

    def fail() -> None:
        with pool:
            pool.submit(entries)
            assert multiprocessing.active_children()
            raise error("git failed")

    with pytest.raises(error):
        fail()

    assert multiprocessing.active_children() == []


def test_newest_commits_are_read_here_while_the_oldest_are_elsewhere(
    long_history: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow:
        """A future that ends when the pool has nothing left to help with."""

        def done(self) -> bool:
            return False

        def result(self) -> list[Record]:
            return []

    entries = first_entries(long_history)
    with ReadingPool(POLICY, TODAY, carried_change, jobs=3) as pool:
        monkeypatch.setattr(pool, "_send", lambda _: Slow())
        many = [pool.submit([entry]) for entry in entries * 2]

        assert sum(each.future is not None for each in many) == 6
    with ReadingPool(POLICY, TODAY, carried_change, jobs=2) as pool:
        monkeypatch.setattr(pool, "_send", lambda _: Slow())
        pending = [pool.submit([entry]) for entry in entries]

        assert [each.future is not None for each in pending] == [True, True, True, False, False]
        assert pending[0].result() == []
        assert [each.is_ready for each in pending] == [False, False, False, True, True]
        assert [each.result() for each in pending[3:]] == [pool.read([e]) for e in entries[3:]]


def test_reading_process_judges_as_its_parent(
    long_history: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = next(
        read_log(git_of(long_history), Range(None, long_history.head()), first_parent=True)
    )
    before = signal.getsignal(signal.SIGINT)
    steps: list[int] = []
    monkeypatch.setattr(os, "nice", steps.append, raising=False)
    reading_pool._prepare(POLICY, TODAY, carried_change)
    signal.signal(signal.SIGINT, before)

    assert steps == [10]
    assert reading_pool._read_all(entries[:5]) == [
        Recorder(POLICY, TODAY, carried_change).read(entry) for entry in entries[:5]
    ]


def test_default_jobs_are_the_processors_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    found = default_jobs()
    monkeypatch.delattr("os.sched_getaffinity", raising=False)

    assert 1 <= found <= 16
    assert 1 <= default_jobs() <= 16


def test_cache_gives_back_what_was_read(
    long_history: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = RecordCache(tmp_path, "p")
    first = read(long_history, cache=cache)
    reads: list[int] = []
    monkeypatch.setattr(ReadingPool, "submit", lambda _, entries: reads.append(len(entries)))
    again = read(long_history, cache=cache)
    cache.close()

    assert again == first
    assert reads == []


def test_cache_knows_no_commit_without_a_day(repo: Repo, tmp_path: Path) -> None:
    tree = repo.git("rev-parse", "HEAD^{tree}")
    raw = f"tree {tree}\nauthor A <a> 1 +0000\ncommitter A <a>\n\nx\n\nProblem: it is late\n"
    sha = repo.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", data=raw.encode())
    repo.git("update-ref", "refs/heads/main", sha)
    cache = RecordCache(tmp_path / "cache", "p")
    records = read(repo, cache=cache)

    assert records[0].day is None
    assert cache.find_records([sha]) == {}
    cache.close()


def test_history_that_breaks_says_how_far_it_came(repo: Repo) -> None:
    for number in range(4):
        repo.commit(f"{number}\n")
    gone = repo.git("rev-parse", "HEAD~2")
    (repo.path / ".git/objects" / gone[:2] / gone[2:]).unlink()

    with pytest.raises(UndecidedError) as error:
        read(repo)

    assert "; commits read before that: 1, the last one " in error.value.message
    assert "git fsck" in error.value.hint


def test_history_that_cannot_begin_says_so(repo: Repo) -> None:
    gone = repo.head()
    reader = Reader(git_of(repo), POLICY, TODAY)
    (repo.path / ".git/objects" / gone[:2] / gone[2:]).unlink()

    with pytest.raises(UndecidedError) as error:
        list(reader.read(Walk(Range(None, gone))))

    assert error.value.message.endswith("; commits read before that: 0")


def test_since_tag(repo: Repo) -> None:
    with pytest.raises(InputError, match="no tag leads"):
        parse_since_tag(git_of(repo), "", repo.head())
    repo.git("tag", "v1")
    first = repo.head()
    repo.commit("Second\n")
    repo.git("tag", "-a", "-m", "x", "v2")
    second = repo.head()
    tip = repo.commit("Third\n")

    assert parse_since_tag(git_of(repo), "", tip) == ("v2", Range(second, tip))
    assert parse_since_tag(git_of(repo), "v1", tip) == ("v1", Range(first, tip))
    with pytest.raises(InputError):
        parse_since_tag(git_of(repo), "main", tip)


def test_entries_with_paths_may_come_in_many_chunks(merged: Repo) -> None:
    whole = read_log(git_of(merged), Range(None, merged.head()), first_parent=True, rows=NAMES)
    rows = [entry.rows for batch in whole for entry in batch]

    assert rows == [(b"README.md",), (b"docs/c.md",), (b"b",), (b"src/a.py",), (b"README.md",)]


def test_no_revisions_are_no_entries(repo: Repo) -> None:
    assert list(read_log(git_of(repo), [], first_parent=True)) == []
