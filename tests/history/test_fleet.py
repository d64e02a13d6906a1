"""A fleet: what is read, what is kept, and that nothing is lost or counted twice."""

from __future__ import annotations

import errno
import os
import shutil
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from msgspec.structs import replace

from whygate.errors import ConfigError, InputError, UndecidedError
from whygate.history.fleet.count import count_fleet, open_tables
from whygate.history.fleet.run import ALL, MANIFEST, Options, Processes, Ran, alone, run_fleet
from whygate.history.fleet.source import Fleet, Member, read_fleet
from whygate.history.fleet.tables import TABLES
from whygate.history.fleet.work import DATA, RECORDS
from whygate.history.outcomes import LEDGER_LIMIT
from whygate.outcomes.ledger import LEDGER_PATH
from whygate.reporters.fleet import render_fleet_html, render_fleet_json

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeRepo, Repo

TODAY = date(2026, 6, 1)
PLAN = """feat(cart): keep the cart ({number})

Problem: ten people a week lose their cart when they sign in on a phone
Audience: people who shop on a phone
Outcome: they find their cart again after signing in
Metric: lost carts, weekly
Baseline: 10
Target: 0
Evaluate-By: {day}
"""
LEDGER = '{"v": 1, "for": "#1", "at": "2026-03-02", "state": "met", "value": "0"}\n'
CONFIG = "version: 1\npreset: strict\n"


class Here:
    """An engine in this process, one task after another."""

    ahead = 1

    def open(self) -> Executor:
        return ThreadPoolExecutor(1)


@pytest.fixture
def acme(make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch, git_environ: dict[str, str]) -> Repo:
    """Give a repository with two plans, one of which was met, and a configuration of its own."""
    for name, value in git_environ.items():
        monkeypatch.setenv(name, value)
    return fill(make_repo("fleet/acme/shop"))


def fill(repo: Repo) -> Repo:
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.commit("Begin\n", {".whygate.yml": CONFIG, "CODEOWNERS": "* @acme/shop\n", "a": "1"})
    repo.commit(PLAN.format(number="#1", day="2026-03-01"), {"a": "2"})
    repo.commit(PLAN.format(number="#2", day="2026-05-30"), {"a": "3"})
    repo.commit("docs: say it\n", {".whygate/results.jsonl": LEDGER})
    return repo


def members(*repos: Repo) -> Fleet:
    return Fleet(tuple(Member(f"acme/{r.path.name}", str(r.path), "acme") for r in repos))


def read_rows(root: Path, query: str) -> list[tuple[Any, ...]]:
    with open_tables(root, TODAY) as base:
        return base.execute(query).fetchall()


def run(fleet: Fleet, root: Path, **options: Any) -> Ran:
    return run_fleet(fleet, root, Here(), Options(today=TODAY, **options))


def test_repository_is_read_by_its_own_policy_into_every_table(acme: Repo, tmp_path: Path) -> None:
    ran = run(members(acme), tmp_path / "data")

    assert [row.failure for row in ran.rows] == [None]
    (row,) = ran.rows
    assert row.report is not None
    assert {table: found.rows for table, found in row.report.files.items()}["changes"] == 4
    found = read_rows(tmp_path / "data", "SELECT id, standing FROM standing ORDER BY id")
    assert found == [("#1", "met"), ("#2", "due")]
    assert read_rows(tmp_path / "data", "SELECT team, organisation FROM repositories") == [
        ("@acme/shop", "acme")
    ]


def test_figures_of_a_group_add_up_to_the_total(
    acme: Repo, make_repo: MakeRepo, tmp_path: Path
) -> None:
    fleet = members(acme, fill(make_repo("fleet/acme/till")), make_repo("fleet/acme/empty"))

    found = count_fleet(tmp_path / "data", run(fleet, tmp_path / "data"), TODAY)

    assert (found.asked, found.read, found.failures) == (3, 3, ())
    assert found.total.tally.changes == 8
    for depth in (1, 2, 3):
        groups = [group for group in found.groups if len(group.path) == depth]
        assert sum(group.tally.changes for group in groups) == 8
        assert sum(group.score.plans for group in groups) == found.total.score.plans == 4
    assert sum(tally.changes for _, tally in found.months) == 8


def test_second_run_reads_nothing_and_a_commit_only_its_repository(
    acme: Repo, make_repo: MakeRepo, tmp_path: Path
) -> None:
    other = fill(make_repo("fleet/acme/till"))
    root = tmp_path / "data"
    run(members(acme, other), root)

    again = run(members(acme, other), root)
    other.commit("feat: more\n")
    moved = run(members(acme, other), root)

    assert (again.read, again.unchanged) == (0, 2)
    assert (moved.read, moved.unchanged) == (1, 1)
    assert read_rows(root, "SELECT count(*) FROM changes") == [(9,)]


class Nowhere:
    """An engine that nobody may open."""

    ahead = 1

    def open(self) -> Executor:
        raise AssertionError("a worker was started")


def test_run_without_news_starts_no_worker(acme: Repo, make_repo: MakeRepo, tmp_path: Path) -> None:
    fleet = Fleet(
        (*members(acme).members, Member("x/y", f"file://{fill(make_repo('far/y')).path}", "x"))
    )
    root = tmp_path / "data"
    run(fleet, root)

    again = run_fleet(fleet, root, Nowhere(), Options(today=TODAY))

    assert (again.unchanged, again.read, again.fresh, again.failed) == (2, 0, 0, [])


def test_remote_that_does_not_answer_any_more_is_told_without_a_worker(
    acme: Repo, tmp_path: Path
) -> None:
    far = Fleet((Member("acme/shop", f"file://{acme.path}", "acme"),))
    root = tmp_path / "data"
    run(far, root)
    acme.path.rename(acme.path.with_name("away"))

    ran = run_fleet(far, root, Nowhere(), Options(today=TODAY))

    (failure,) = count_fleet(root, ran, TODAY).failures
    assert failure.hint
    assert failure.since
    assert read_rows(root, "SELECT count(*) FROM changes") == [(4,)]


def test_note_alone_is_news(acme: Repo, tmp_path: Path) -> None:
    root = tmp_path / "data"
    run(members(acme), root)
    acme.git("notes", "--ref", "whygate-results", "add", "-m", "x")

    assert run(members(acme), root).read == 1


@pytest.mark.parametrize("option", [{"preset": "adopt"}, {"by_area": True}], ids=str)
def test_other_options_read_everything_again(
    acme: Repo, tmp_path: Path, option: dict[str, object]
) -> None:
    root = tmp_path / "data"
    run(members(acme), root)

    assert run(members(acme), root, **option).read == 1


def test_remote_without_contents_says_the_same_as_the_repository_itself(
    acme: Repo, tmp_path: Path
) -> None:
    local, remote = tmp_path / "local", tmp_path / "remote"
    run(members(acme), local)
    far = Fleet((Member("acme/shop", f"file://{acme.path}", "acme"),))
    first = run(far, remote)
    again = run(far, remote)

    assert (first.read, first.failed, again.unchanged) == (1, [], 1)
    for table in TABLES:
        query = f"SELECT * FROM {table} ORDER BY ALL"
        assert read_rows(remote, query) == read_rows(local, query)
    (clone,) = (remote / "clones").iterdir()
    lacking = Repo_at(acme, clone).git("rev-list", "--objects", "--missing=print", "HEAD")
    assert "?" in lacking, "file contents that nobody asked for were fetched"


def Repo_at(repo: Repo, path: Path) -> Repo:  # noqa: N802
    return type(repo)(path, repo.environ)


def test_remote_that_moved_is_fetched(acme: Repo, tmp_path: Path) -> None:
    far = Fleet((Member("acme/shop", f"file://{acme.path}", "acme"),))
    run(far, tmp_path / "data")
    acme.commit("feat: new\n", {".whygate/bets/big.yml": "problem: x\n"})

    again = run(far, tmp_path / "data")

    assert (again.read, again.failed) == (1, [])
    assert read_rows(tmp_path / "data", "SELECT count(*) FROM changes") == [(5,)]


def test_password_of_an_address_is_written_nowhere(acme: Repo, tmp_path: Path) -> None:
    place = "https://ada:hunter2@127.0.0.1:9/acme/shop.git"
    root = tmp_path / "data"

    ran = run(Fleet((Member("acme/shop", place), *members(acme).members)), root)

    assert len(ran.failed) == 1
    assert "hunter2" not in repr(ran)
    assert b"hunter2" not in b"".join(p.read_bytes() for p in root.rglob("*") if p.is_file())


def break_by_shallow(repo: Repo) -> None:
    (repo.path / ".git" / "shallow").write_text(repo.head() + "\n")


def break_by_object(repo: Repo) -> None:
    name = repo.git("rev-parse", "HEAD~1")
    (repo.path / ".git" / "objects" / name[:2] / name[2:]).unlink()


def break_by_pipe(repo: Repo) -> None:
    os.mkfifo(repo.path / ".git" / "refs" / "heads" / "pipe")


def break_by_absence(repo: Repo) -> None:
    shutil.rmtree(repo.path)


def break_by_configuration(repo: Repo) -> None:
    repo.commit("chore: x\n", {".whygate.yml": "version: 1\npreset: hard\n"})


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (break_by_shallow, "shallow"),
        (break_by_object, "git"),
        (break_by_pipe, "pipe"),
        (break_by_absence, "there is no directory"),
        (break_by_configuration, ".whygate.yml:2"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_broken_repository_is_named_and_the_others_are_done(
    acme: Repo, make_repo: MakeRepo, tmp_path: Path, harm: Any, told: str
) -> None:
    bad = fill(make_repo("fleet/acme/bad"))
    harm(bad)

    ran = run(members(bad, acme), tmp_path / "data")
    found = count_fleet(tmp_path / "data", ran, TODAY)

    (failure,) = found.failures
    assert failure.name == "acme/bad"
    assert told in failure.error
    assert found.total.tally.changes == 4
    assert not (tmp_path / "data" / DATA / bad_key(bad)).exists()


def grow_owners(repo: Repo) -> None:
    repo.commit("chore: own\n", {"CODEOWNERS": "* @acme/shop\n" + "#" * (4 << 20)})


def grow_ledger(repo: Repo) -> None:
    repo.commit("chore: own\n", {LEDGER_PATH: LEDGER * (LEDGER_LIMIT // len(LEDGER) + 1)})


def link_configuration(repo: Repo) -> None:
    (repo.path / ".whygate.yml").unlink()
    (repo.path / ".whygate.yml").symlink_to("a")
    repo.commit("chore: link\n")


def leave_directory(repo: Repo) -> None:
    shutil.rmtree(repo.path / ".git")


def link_head(repo: Repo) -> None:
    (repo.path / ".git" / "HEAD").unlink()
    (repo.path / ".git" / "HEAD").symlink_to("/etc/passwd")


def leave_contents_out(repo: Repo) -> None:
    whole = repo.path.with_name("whole")
    repo.path.rename(whole)
    partial = ("--quiet", "--no-checkout", "--filter=blob:none")
    Repo_at(repo, whole).git("clone", *partial, f"file://{whole}", str(repo.path))
    shutil.rmtree(whole)


@pytest.mark.parametrize(
    ("harm", "cure"),
    [
        (grow_owners, "correct that file in the repository"),
        (grow_ledger, "make it smaller"),
        (link_configuration, "correct that file in the repository"),
        (break_by_configuration, "prints every key"),
        (leave_directory, "correct the list"),
        (break_by_absence, "correct the list, or mount"),
        (break_by_shallow, "fetch the whole history"),
        (leave_contents_out, "fetch it with git first"),
        (break_by_object, "`git fsck`"),
        (break_by_pipe, "remove it"),
        (link_head, "`git fsck`"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_cure_is_of_the_kind_of_what_is_broken(
    acme: Repo, tmp_path: Path, harm: Any, cure: str
) -> None:
    harm(acme)

    (row,) = run(members(acme), tmp_path / "data", by_area=True).rows

    assert row.failure is not None
    assert cure in row.failure.hint, row.failure.error


@pytest.mark.parametrize(
    ("error", "told", "cure"),
    [
        (OSError(errno.ENOSPC, "x", "/data/a"), "`/data/a` cannot be used: No space", "make room"),
        (OSError(errno.EDQUOT, "x"), "quota", "make room"),
        (PermissionError(errno.EACCES, "x", b"/a"), "`/a` cannot be used: Permission", "let the u"),
        (OSError(errno.EROFS, "x"), "Read-only", "let the user of the run"),
        (OSError(errno.EMFILE, "x"), "Too many open files", "ulimit -n"),
        (OSError(errno.ESTALE, "x"), "Stale", "the share"),
        (FileNotFoundError(errno.ENOENT, "x", "/a"), "No such file", "run it again"),
        (MemoryError(), "not enough memory", "fewer --jobs"),
        (duckdb.IOException("IO Error: write: No space left on device"), "No space", "make room"),
        (duckdb.OutOfMemoryException("Out of Memory Error: 9 MiB"), "memory", "fewer --jobs"),
        (duckdb.IOException("IO Error: open: Permission denied"), "Permission", "let the user"),
        (UndecidedError("git is slow", hint="try again"), "git is slow", "try again"),
        (UndecidedError("`git log` failed"), "git log", "`git fsck`"),
        (KeyError("x"), "this is a bug in whygate: KeyError", "writes a report"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_cure_is_of_the_kind_of_the_error(
    acme: Repo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    told: str,
    cure: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("whygate.history.fleet.work.run_audit", fail)

    (row,) = run(members(acme), tmp_path / "data").rows

    assert row.failure is not None
    assert told in row.failure.error
    assert cure in row.failure.hint


def test_clone_of_ours_that_is_damaged_is_named_and_made_anew_once_it_is_removed(
    acme: Repo, tmp_path: Path
) -> None:
    root, far = tmp_path / "data", Fleet((Member("shop", f"file://{acme.path}"),))
    assert run(far, root).failed == []
    acme.commit("feat: more\n")
    (clone,) = (root / "clones").iterdir()
    for pack in (clone / "objects" / "pack").glob("*.pack"):
        pack.chmod(0o644)
        pack.write_bytes(pack.read_bytes()[:200])

    (row,) = run(far, root).rows
    if row.failure is not None:
        assert f"remove its clone `{clone}`" in row.failure.hint
        shutil.rmtree(clone)

    assert run(far, root).failed == []


def bad_key(repo: Repo) -> str:
    return members(repo).members[0].key


def test_repository_that_fails_later_keeps_its_figures_and_is_named(
    acme: Repo, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    run(members(acme), root)
    acme.path.rename(acme.path.with_name("away"))

    found = count_fleet(root, run(members(acme), root), TODAY)

    assert [(f.name, bool(f.since)) for f in found.failures] == [("acme/shop", True)]
    assert found.total.tally.changes == 4


@pytest.mark.parametrize("table", TABLES)
def test_file_that_was_cut_is_made_again(acme: Repo, tmp_path: Path, table: str) -> None:
    root = tmp_path / "data"
    run(members(acme), root)
    file = root / DATA / bad_key(acme) / f"{table}.parquet"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])

    ran = run(members(acme), root)

    assert (ran.read, ran.failed) == (1, [])
    assert file.read_bytes() == whole
    assert run(members(acme), root).unchanged == 1


@pytest.mark.parametrize("name", [*TABLES, "repositories"])
def test_compacted_table_that_was_cut_is_made_again(acme: Repo, tmp_path: Path, name: str) -> None:
    root = tmp_path / "data"
    run(members(acme), root)
    file = root / ALL / f"{name}.parquet"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])

    ran = run(members(acme), root)

    assert ran.unchanged == 1
    assert count_fleet(root, ran, TODAY).total.tally.changes == 4
    assert read_rows(root, f"SELECT count(*) FROM {name}") != []


def test_disk_that_is_full_at_the_end_is_told_and_the_next_run_goes_on(
    acme: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "data"

    def fill_disk(*_: object) -> None:
        raise duckdb.IOException("IO Error: Could not write file: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("whygate.history.fleet.run.compact", fill_disk)
        with pytest.raises(UndecidedError, match="No space left") as caught:
            run(members(acme), root)
    ran = run(members(acme), root)

    assert "make room" in caught.value.hint
    assert (ran.unchanged, ran.fresh) == (1, 0)
    assert read_rows(root, "SELECT count(*) FROM changes") == [(4,)]


def test_directory_of_broken_and_hostile_repositories_is_told_whole(
    acme: Repo, make_repo: MakeRepo, tmp_path: Path
) -> None:
    touch = f"touch {tmp_path / 'touched'}"
    hooky = fill(make_repo("fleet/acme/hooky"))
    for key in ("core.fsmonitor", "core.sshCommand", "core.pager", "diff.external"):
        hooky.git("config", key, touch)
    make_repo("fleet/acme/empty")
    for name, harm in HARMS.items():
        harm(fill(make_repo(f"fleet/acme/{name}")))
    assert acme

    ran = run(read_fleet(str(tmp_path / "fleet")), tmp_path / "data")
    found = count_fleet(tmp_path / "data", ran, TODAY)

    assert found.asked == 3 + len(HARMS) - 1, "one of them has no directory any more"
    assert found.asked == ran.read + ran.unchanged + len(found.failures)
    broken = {f.name.rpartition("/")[2] for f in found.failures}
    assert broken == set(HARMS) - {"absent", "headless", "clocks"}
    assert all(failure.error and failure.hint for failure in found.failures)
    written = sum(row.report.changes for row in ran.rows if row.report is not None)
    assert found.total.tally.changes == written == ran.fresh
    assert read_rows(tmp_path / "data", "SELECT count(*) FROM changes") == [(written,)]
    assert any("HEAD names a branch without a commit" in note for note in found.notes)
    months = [month for month, _ in found.months]
    assert (months[0], months[-1]) == ("1970-01", "2099-01"), "of clocks that differ"
    assert not (tmp_path / "touched").exists()


def break_by_link(repo: Repo) -> None:
    shutil.rmtree(repo.path / ".git")
    (repo.path / ".git").write_text("gitdir: /nowhere\n")


def break_by_pack(repo: Repo) -> None:
    repo.git("gc", "--quiet")
    (pack,) = (repo.path / ".git" / "objects" / "pack").glob("*.pack")
    pack.chmod(0o644)
    pack.write_bytes(pack.read_bytes()[:200])


def break_by_extends(repo: Repo) -> None:
    repo.commit("chore: x\n", {".whygate.yml": "version: 1\nextends: ../../etc/passwd\n"})


def break_by_anchor(repo: Repo) -> None:
    repo.commit("chore: x\n", {".whygate.yml": "a: &a [x]\nb: [*a, *a]\n"})


def break_by_head(repo: Repo) -> None:
    (repo.path / ".git" / "HEAD").write_text("ref: refs/heads/none\n")


def set_clocks(repo: Repo) -> None:
    for day in ("2099-01-01T00:00:00Z", "1970-01-02T00:00:00Z"):
        tree, head = repo.git("rev-parse", "HEAD^{tree}"), repo.head()
        other = type(repo)(repo.path, {**repo.environ, "GIT_COMMITTER_DATE": day})
        sha = other.git("commit-tree", tree, "-p", head, "-m", "feat: x")
        repo.git("update-ref", "HEAD", sha)


HARMS = {
    "shallow": break_by_shallow,
    "object": break_by_object,
    "pipe": break_by_pipe,
    "absent": break_by_absence,
    "configuration": break_by_configuration,
    "link": break_by_link,
    "pack": break_by_pack,
    "extends": break_by_extends,
    "anchor": break_by_anchor,
    "headless": break_by_head,
    "clocks": set_clocks,
}


def test_manifest_that_was_cut_costs_a_reading_and_nothing_more(acme: Repo, tmp_path: Path) -> None:
    root = tmp_path / "data"
    run(members(acme), root)
    text = (root / MANIFEST).read_bytes()
    (root / MANIFEST).write_bytes(text[:-20])

    ran = run(members(acme), root)

    assert (ran.read, ran.failed) == (1, [])
    assert read_rows(root, "SELECT count(*) FROM changes") == [(4,)]


def test_repository_that_is_not_asked_for_any_more_counts_for_nothing(
    acme: Repo, make_repo: MakeRepo, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    other = fill(make_repo("fleet/acme/till"))
    run(members(acme, other), root)

    ran = run(members(acme), root)

    assert ran.notes == ("no longer in the list, and removed: acme/till",)
    assert [place.name for place in (root / DATA).iterdir()] == [bad_key(acme)]
    assert read_rows(root, "SELECT DISTINCT repository FROM changes") == [("acme/shop",)]


@pytest.mark.parametrize(
    ("notes", "told"),
    [
        (("it is empty",), "acme/r0: it is empty"),
        (("it is empty", "it is empty"), "2 repositories: it is empty"),
        (
            ("refused (`GET /0`)", "refused (`GET /1`)", "refused (`GET /2`)"),
            "3 repositories, such as acme/r0: refused (`GET /0`)",
        ),
    ],
    ids=["one", "the same", "of one kind"],
)
def test_notes_of_one_kind_are_told_once(
    acme: Repo, tmp_path: Path, notes: tuple[str, ...], told: str
) -> None:
    root = tmp_path / "data"
    ran = run(members(acme), root)
    (row,) = ran.rows
    assert row.report is not None
    rows = tuple(
        replace(
            row,
            member=replace(row.member, name=f"acme/r{number}"),
            report=replace(row.report, notes=(note,)),
        )
        for number, note in enumerate(notes)
    )

    assert count_fleet(root, replace(ran, rows=rows), TODAY).notes == (told,)


def test_second_run_at_once_is_refused(acme: Repo, tmp_path: Path) -> None:
    root = tmp_path / "data"
    root.mkdir()
    with alone(root), pytest.raises(UndecidedError, match="another run is at work"):
        run(members(acme), root)

    assert run(members(acme), root).read == 1


KILLER = """#!/bin/sh
case "$*" in
  *{name}*) if mkdir "$KILLED/$(date +%s%N)" && [ "$(ls "$KILLED" | wc -l)" -le {times} ]; then
    kill -9 $PPID
    exit 1
  fi ;;
esac
exec {git} "$@"
"""


@pytest.fixture
def kill_worker_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, acme: Repo) -> Any:
    """Give what puts a git before the real one that kills the process which reads a repository."""
    assert acme

    def put(name: str, times: int) -> None:
        (tmp_path / "killed").mkdir()
        monkeypatch.setenv("KILLED", str(tmp_path / "killed"))
        script = tmp_path / "bin" / "git"
        script.parent.mkdir()
        script.write_text(KILLER.format(name=name, times=times, git=shutil.which("git")))
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")

    return put


def test_worker_that_is_killed_once_costs_nothing(
    acme: Repo, make_repo: MakeRepo, tmp_path: Path, kill_worker_of: Any
) -> None:
    fleet = members(acme, *(fill(make_repo(f"fleet/acme/r{n}")) for n in range(3)))
    kill_worker_of("/acme/r1", 1)

    ran = run_fleet(fleet, tmp_path / "data", Processes(2), Options(today=TODAY))

    assert (ran.read, ran.failed) == (4, [])
    assert read_rows(tmp_path / "data", "SELECT count(*) FROM changes") == [(16,)]


def test_repository_that_kills_every_worker_is_named_and_the_others_are_done(
    acme: Repo, make_repo: MakeRepo, tmp_path: Path, kill_worker_of: Any
) -> None:
    fleet = members(acme, *(fill(make_repo(f"fleet/acme/r{n}")) for n in range(3)))
    kill_worker_of("/acme/r1", 99)

    ran = run_fleet(fleet, tmp_path / "data", Processes(2), Options(today=TODAY))

    assert [row.member.name for row in ran.failed] == ["acme/r1"]
    assert ran.read == 3
    assert read_rows(tmp_path / "data", "SELECT count(*) FROM changes") == [(12,)]


def test_directory_gives_checked_out_and_bare_clones_once(
    acme: Repo, make_repo: MakeRepo, tmp_path: Path
) -> None:
    make_repo("fleet/tools.git", "--bare")
    make_repo("fleet/acme/shop/inner")
    (tmp_path / "fleet" / "again").symlink_to(acme.path)
    make_repo("fleet/acme/.github")
    make_repo("fleet/.cache/other")

    fleet = read_fleet(str(tmp_path / "fleet"))

    assert [(m.name, m.organisation) for m in fleet.members] == [
        ("acme/.github", "acme"),
        ("acme/shop", "acme"),
        ("tools", ""),
    ]


@pytest.mark.parametrize(
    "name",
    ["with space", "line\nbreak", "名前", "-n", "<b>", "a..b", "n" * 240, os.fsdecode(b"b\xff")],
    ids=["space", "line", "unicode", "option", "markup", "dots", "long", "no UTF-8"],
)
@pytest.mark.parametrize("is_broken", [False, True], ids=["sound", "broken"])
def test_repository_of_any_name_is_read_or_told(
    acme: Repo, make_repo: MakeRepo, tmp_path: Path, name: str, *, is_broken: bool
) -> None:
    repo = fill(make_repo(f"fleet/acme/{name}"))
    if is_broken:
        (repo.path / ".git" / "HEAD").write_text("")
    root = tmp_path / "data"

    run(read_fleet(str(tmp_path / "fleet")), root)
    again = run(read_fleet(str(tmp_path / "fleet")), root)
    found = count_fleet(root, again, TODAY)

    assert acme
    assert (again.unchanged, len(found.failures)) == ((1, 1) if is_broken else (2, 0))
    assert found.total.tally.changes == sum(g.tally.changes for g in found.groups if g.path[2:])
    assert found.total.tally.changes == 4 * again.unchanged
    assert (render_fleet_html(found) + render_fleet_json(found)).encode()


def test_list_takes_paths_and_addresses_and_each_once(acme: Repo, tmp_path: Path) -> None:
    text = "# ours\nfleet/acme/shop\n\nfleet/acme/../acme/shop\nhttps://x.org/acme/till.git\n"
    (tmp_path / "list").write_text(text + "git@x.org:acme/pay.git\n")

    fleet = read_fleet(str(tmp_path / "list"))

    assert [m.name for m in fleet.members] == ["acme/shop", "acme/till", "acme/pay"]
    assert [m.is_remote for m in fleet.members] == [False, True, True]
    assert fleet.notes == ("named more than once, and counted once: acme/shop",)
    assert fleet.members[0].place == str(acme.path)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://x.org/acme/till.git", "https://x.org/acme/till"),
        ("https://x.org/acme/till", "https://x.org/acme/till/"),
        ("https://x.org/acme/till", "git@x.org:acme/till.git"),
        ("https://X.org/acme/till", "ssh://git@x.org:7999/acme/till.git"),
        ("https://ada:secret@x.org/acme/till", "https://x.org/acme/till"),
        ("file://{top}/shop", "shop"),
        ("file://{top}/shop/.git", "file://{top}/shop/"),
    ],
    ids=["suffix", "slash", "ssh", "ssh with a port", "password", "file and path", "inside"],
)
def test_repository_that_is_named_in_two_ways_counts_once(
    tmp_path: Path, one: str, other: str
) -> None:
    text = f"{one}\n{other}\n".replace("{top}", str(tmp_path))
    (tmp_path / "list").write_text(text)

    fleet = read_fleet(str(tmp_path / "list"))

    assert len(fleet.members) == 1
    assert fleet.notes[0].startswith("named more than once, and counted once: ")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://x.org/acme/till", "https://y.org/acme/till"),
        ("https://x.org/acme/till", "https://x.org/acme/pay"),
        ("https://x.org:8443/acme/till", "https://x.org/acme/till"),
        ("shop", "shop.git"),
    ],
    ids=["host", "name", "port", "directories"],
)
def test_repositories_that_are_two_count_twice(tmp_path: Path, one: str, other: str) -> None:
    (tmp_path / "list").write_text(f"{one}\n{other}\n")

    assert len(read_fleet(str(tmp_path / "list")).members) == 2


def test_yaml_names_organisation_and_team_and_patterns_give_the_rest(tmp_path: Path) -> None:
    (tmp_path / "fleet.yml").write_text(
        "version: 1\n"
        "repositories:\n"
        "  - https://x.org/acme/till.git\n"
        "  - {at: 'https://x.org/acme/pay.git', name: pay, team: money, organisation: bank}\n"
        "teams:\n"
        "  tills: ['acme/t*']\n"
    )

    found = read_fleet(str(tmp_path / "fleet.yml")).members

    assert [(m.name, m.organisation, m.team) for m in found] == [
        ("acme/till", "acme", "tills"),
        ("pay", "bank", "money"),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("repositories: []\n", 1, id="no version"),
        pytest.param("version: 1\nrepositories:\n  - {name: x}\n", 3, id="no place"),
        pytest.param("version: 1\nrepos: []\n", 2, id="unknown key"),
        pytest.param("version: 1\nteams: [a]\n", 2, id="teams as a list"),
        pytest.param("- a\n", 1, id="a list"),
        pytest.param("version: 1\nx: *a\n", 2, id="an alias"),
    ],
)
def test_mistake_of_a_list_is_named_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "fleet.yml").write_text(text)

    with pytest.raises(ConfigError) as caught:
        read_fleet(str(tmp_path / "fleet.yml"))

    assert line in [found for found, _ in caught.value.problems]


@pytest.mark.parametrize("source", ["nowhere", "github:no/such", "empty"])
def test_source_that_names_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)

    with pytest.raises(InputError) as caught:
        read_fleet(source)

    assert source in caught.value.message


@pytest.mark.parametrize(
    "address", ["ext::sh -c 'touch x'", "--upload-pack=x", "fd::7"], ids=["ext", "option", "fd"]
)
def test_address_that_would_run_something_is_a_path_that_is_not_there(
    tmp_path: Path, acme: Repo, address: str
) -> None:
    (tmp_path / "list").write_text(address + "\n")

    ran = run(read_fleet(str(tmp_path / "list")), tmp_path / "data")

    assert acme
    assert [row.failure is not None for row in ran.rows] == [True]
    assert not (tmp_path / "x").exists()


def test_repository_that_went_on_reads_what_is_new_alone(acme: Repo, tmp_path: Path) -> None:
    root = tmp_path / "data"
    first = run(members(acme), root)
    for number in range(10):
        acme.commit(f"feat: more {number}\n", {"b": str(number)})
    moved = run(members(acme), root)
    again = run(members(acme), root)

    assert (first.fresh, moved.fresh, again.fresh) == (4, 10, 0)
    assert read_tables(root) == read_tables_anew(acme, tmp_path)


def read_tables(root: Path) -> list[list[tuple[Any, ...]]]:
    return [read_rows(root, f"SELECT * FROM {table} ORDER BY ALL") for table in TABLES]


def read_tables_anew(repo: Repo, tmp_path: Path) -> list[list[tuple[Any, ...]]]:
    """Return what a run says that knows nothing of an earlier one."""
    new = tmp_path / "anew"
    assert run(members(repo), new).failed == []
    return read_tables(new)


def test_files_that_were_damaged_are_made_again_without_a_reading(
    acme: Repo, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    run(members(acme), root)
    (root / DATA / bad_key(acme) / "plans.parquet").unlink()

    ran = run(members(acme), root)

    assert (ran.read, ran.fresh) == (1, 0)
    assert read_tables(root) == read_tables_anew(acme, tmp_path)


@pytest.mark.parametrize("harm", ["cut", "gone"])
def test_records_that_were_damaged_are_read_again(acme: Repo, tmp_path: Path, harm: str) -> None:
    root = tmp_path / "data"
    run(members(acme), root)
    (store,) = (root / RECORDS).glob("*/*.sqlite3")
    store.write_bytes(b"x" * 5_000) if harm == "cut" else store.unlink()
    acme.commit("feat: more\n")

    ran = run(members(acme), root)

    assert (ran.fresh, ran.failed) == (5, [])
    assert read_tables(root) == read_tables_anew(acme, tmp_path)
