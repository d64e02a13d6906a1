"""The cache of records: never wrong, at worst empty, and it says so."""

from __future__ import annotations

import os
import sqlite3
import stat
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.outcomes.conftest import make_plan, make_result

from whygate.audit.coverage import Counting
from whygate.audit.record import Record
from whygate.history import store as record_cache
from whygate.history.store import (
    FILE_NAME,
    KnownCounts,
    RecordCache,
    cache_directory,
    code_key,
    measure_cache,
    remove_cache,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


HISTORY = [
    Record(f"#{n}", f"{n:040x}", f"feat: {n} \u00e9\u754c", date(2026, 1, 1), "A", "fix", "missing")
    for n in range(9_000)
]


def _count(records: list[Record]) -> KnownCounts:
    counting = Counting()
    counting.add(records)
    return KnownCounts(counting.counted(), records[:1])


COUNTS = _count(HISTORY[:50])


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[RecordCache]:
    found = RecordCache(tmp_path / "cache", "policy")
    yield found
    found.close()


def walk_of(cache: RecordCache, key: str = "w") -> list[Record] | None:
    found = cache.find_walk(key)
    return None if found is None else [record for batch in found for record in batch]


def test_records_come_back_by_commit(cache: RecordCache) -> None:
    cache.keep_records(HISTORY[:1200])
    found = cache.find_records([r.sha for r in HISTORY[600:1300]])

    assert found == {r.sha: r for r in HISTORY[600:1200]}
    assert cache.notes == []


def test_walk_comes_back_in_its_order(cache: RecordCache) -> None:
    cache.keep_walk("w", HISTORY)

    assert walk_of(cache) == HISTORY
    assert walk_of(cache, "other") is None


def test_every_part_of_a_record_comes_back(cache: RecordCache) -> None:
    whole = Record(
        *("#1", "a" * 40, "t", None, "Ada", "fix", "exempt", "trivial"),
        answers=(("problem", "Why"), ("links", "")),
        forms=("block", "section"),
        rules=(("WG101", "error"),),
        area="@org/ui",
        plans=(make_plan(guardrails=("p95 <= 300 ms",), names=("I1",)), make_plan(due=None)),
        shares="cart-sync",
        results=(make_result("met", value="46 %", until=date(2027, 1, 1), extra=(("a", "1"),)),),
        reverts=("abcdef0", "#7"),
    )
    cache.keep_walk("w", [whole])

    assert walk_of(cache) == [whole]


def test_counts_come_back_beside_their_walk(cache: RecordCache) -> None:
    assert cache.find_counts("w") is None
    cache.keep_walk("w", HISTORY[:3])
    cache.keep_counts("w", COUNTS)

    assert cache.find_counts("w") == COUNTS
    assert walk_of(cache) == HISTORY[:3]
    assert cache.find_counts("v") is None


def test_another_policy_finds_nothing(tmp_path: Path) -> None:
    one = RecordCache(tmp_path, "one")
    one.keep_records(HISTORY[:3])
    one.keep_walk("w", HISTORY[:3])
    one.close()
    other = RecordCache(tmp_path, "other")

    assert other.find_records([HISTORY[0].sha]) == {}
    assert walk_of(other) is None
    other.close()


def test_empty_walk_is_not_kept(cache: RecordCache) -> None:
    cache.keep_walk("w", [])

    assert walk_of(cache) is None


def test_oldest_walks_are_forgotten(cache: RecordCache) -> None:
    for number in range(84):
        cache.keep_walk(f"w{number}", HISTORY[:2])
    known = [number for number in range(84) if walk_of(cache, f"w{number}")]

    assert known == list(range(12, 84))


def test_walk_is_replaced_by_a_newer_one(cache: RecordCache) -> None:
    cache.keep_walk("w", HISTORY)
    cache.keep_walk("w", HISTORY[:5])

    assert walk_of(cache) == HISTORY[:5]


def test_two_runs_use_it_at_once(tmp_path: Path) -> None:
    one, two = RecordCache(tmp_path, "p"), RecordCache(tmp_path, "p")
    one.keep_records(HISTORY[:2])
    two.keep_records(HISTORY[2:4])
    one.keep_walk("w", HISTORY[:4])

    assert set(two.find_records([r.sha for r in HISTORY[:4]])) == {r.sha for r in HISTORY[:4]}
    assert walk_of(two) == HISTORY[:4]
    assert one.notes == two.notes == []
    one.close()
    two.close()


def test_locked_database_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_cache, "_BUSY_SECONDS", 0.01)
    cache = RecordCache(tmp_path, "p")
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    cache.keep_records(HISTORY[:2])
    other.execute("COMMIT")
    other.close()

    assert cache.notes == ["the cache is not used: database is locked"]
    assert cache.find_records([HISTORY[0].sha]) == {}
    cache.close()


@pytest.mark.parametrize(
    "data", [b"not a database at all, but long enough" * 40, b"SQLite format 3\0"]
)
def test_damaged_file_is_begun_again(tmp_path: Path, data: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(data)
    cache = RecordCache(tmp_path, "p")
    cache.keep_records(HISTORY[:2])

    assert cache.notes == ["the cache was damaged and is begun again"]
    assert len(cache.find_records([r.sha for r in HISTORY[:2]])) == 2
    cache.close()


def test_file_damaged_while_it_is_used_is_begun_again(tmp_path: Path) -> None:
    first = RecordCache(tmp_path, "p")
    first.keep_walk("w", HISTORY)
    first.close()
    path = tmp_path / FILE_NAME
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    cache = RecordCache(tmp_path, "p")

    assert walk_of(cache) is None
    assert cache.notes == ["the cache was damaged and is begun again"]
    cache.close()


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 10_000_000), st.integers(1, 255))
def test_changed_bit_is_never_believed(tmp_path: Path, place: int, change: int) -> None:
    remove_cache(tmp_path / FILE_NAME)
    first = RecordCache(tmp_path, "p")
    first.keep_walk("w", HISTORY[:50])
    first.keep_records(HISTORY[:50])
    first.keep_counts("w", COUNTS)
    first.close()
    path = tmp_path / FILE_NAME
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= change
    path.write_bytes(data)
    cache = RecordCache(tmp_path, "p")
    found = cache.find_records([r.sha for r in HISTORY[:50]])

    assert all(HISTORY[int(sha, 16)] == record for sha, record in found.items())
    assert walk_of(cache) in (None, HISTORY[:50])
    assert cache.find_counts("w") in (None, COUNTS)
    cache.close()


def test_row_of_another_commit_is_never_believed(cache: RecordCache) -> None:
    cache.keep_records(HISTORY[:2])
    base = sqlite3.connect(cache.path)
    one, two = HISTORY[0].sha, HISTORY[1].sha
    base.execute("UPDATE verdicts SET data = (SELECT data FROM verdicts WHERE sha = ?)", (one,))
    base.execute("UPDATE verdicts SET data = 7 WHERE sha = 'x'")
    base.commit()
    base.close()

    assert cache.find_records([one, two]) == {one: HISTORY[0]}


def test_walk_without_all_of_its_parts_is_never_believed(cache: RecordCache) -> None:
    cache.keep_walk("w", HISTORY)
    base = sqlite3.connect(cache.path)
    base.execute("DELETE FROM walks WHERE part = 1")
    base.commit()
    base.close()

    assert walk_of(cache) is None


def test_cache_of_another_user_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"")
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    cache = RecordCache(tmp_path, "p")
    cache.keep_records(HISTORY[:1])

    assert cache.notes == [f"the cache is not used: `{cache.path}` belongs to another user"]
    assert cache.find_records([HISTORY[0].sha]) == {}
    cache.close()


def test_link_in_place_of_the_cache_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_bytes(b"precious")
    (tmp_path / FILE_NAME).symlink_to(target)
    cache = RecordCache(tmp_path, "p")

    assert "is not a plain file" in cache.notes[0]
    assert target.read_bytes() == b"precious"


def test_directory_that_cannot_be_made_leaves_a_note(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = RecordCache(tmp_path / "file" / "cache", "p")

    assert cache.notes == ["the cache is not used: Not a directory"]
    assert walk_of(cache) is None


def test_place_that_cannot_be_opened_leaves_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(sqlite3, "connect", refuse)
    cache = RecordCache(tmp_path, "p")

    assert cache.notes == ["the cache is not used: unable to open database file"]


def test_damaged_file_that_cannot_be_replaced_leaves_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database at all, but long enough" * 40)

    def refuse(_: Path) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(record_cache, "remove_cache", refuse)
    cache = RecordCache(tmp_path, "p")

    assert cache.notes[-1] == "the cache is not used: Permission denied"
    assert walk_of(cache) is None


def test_huge_cache_is_begun_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = RecordCache(tmp_path, "p")
    first.keep_walk("w", HISTORY)
    first.close()
    monkeypatch.setattr(record_cache, "_LARGEST", 1000)
    cache = RecordCache(tmp_path, "p")

    assert walk_of(cache) is None
    assert cache.notes == []
    cache.close()


def test_measure_and_remove(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    nothing = (measure_cache(path), remove_cache(path))
    cache = RecordCache(tmp_path, "p")
    cache.keep_walk("w", HISTORY)
    cache.close()
    size = measure_cache(path)

    assert nothing == (0, 0)
    assert size > 100_000
    assert remove_cache(path) >= size
    assert list(tmp_path.iterdir()) == []


def test_directory_is_named_or_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert cache_directory({"WHYGATE_CACHE_DIR": "/x"}) == Path("/x")
    assert cache_directory({}).name == "whygate"


def test_code_key_is_the_same_until_a_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "__init__.py").write_text("")
    before = code_key()
    again = code_key()
    monkeypatch.setattr("whygate.__file__", str(tmp_path / "__init__.py"))
    small = code_key()
    (tmp_path / "new.py").write_text("x = 1")

    assert before == again
    assert len({before, small, code_key()}) == 3


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no users to tell apart")
@pytest.mark.parametrize("end", ["-wal", "-shm", "-journal"])
def test_planted_sidecar_is_not_read(tmp_path: Path, end: str) -> None:
    target = tmp_path / "theirs"
    target.write_bytes(b"planted")
    (tmp_path / f"{FILE_NAME}{end}").symlink_to(target)

    cache = RecordCache(tmp_path, "p")

    assert cache.notes == [
        f"the cache is not used: `{tmp_path / FILE_NAME}{end}` is not a plain file"
    ]
    assert target.read_bytes() == b"planted"


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770], ids=oct)
def test_shared_directory_holds_a_directory_of_ones_own(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    place = cache_directory({"WHYGATE_CACHE_DIR": str(tmp_path)})

    assert place == tmp_path / f"whygate-{os.getuid()}"
    assert RecordCache(place, "p").notes == []
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert RecordCache(tmp_path, "p").notes == [
        f"the cache is not used: others may write to `{tmp_path}`"
    ]


def test_directory_that_is_a_link_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    cache = RecordCache(tmp_path / "link", "p")

    assert cache.notes == [f"the cache is not used: `{tmp_path / 'link'}` is a symbolic link"]


def test_home_in_the_name_of_the_directory_is_expanded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    assert cache_directory({"WHYGATE_CACHE_DIR": "~/kept"}) == tmp_path / "kept"
