"""A history that went on: what is taken from the walk of before, and that it says the same."""

from __future__ import annotations

import random
from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.history.conftest import make_policy

from whygate.forges.port import MergedRequest
from whygate.git.run import Git
from whygate.history.outcomes import Written
from whygate.history.requests import Progress, RequestStore, name_home, open_descriptions
from whygate.history.stream import open_cache, read_records
from whygate.history.target import AuditOptions, Target, find_target
from whygate.model import Author
from whygate.outcomes.ledger import Kept
from whygate.world.world import find_world

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Repo

    from whygate.audit.record import Record

TODAY = date(2026, 12, 1)
SAYS = "## Problem\n\nThe export stops at row {}, so 40 accountants retype the rest.\n"


@pytest.fixture(autouse=True)
def _own_git(git_environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in git_environ.items():
        monkeypatch.setenv(name, value)


def target_of(repo: Repo, **options: object) -> Target:
    wanted = AuditOptions(**options)  # type: ignore[arg-type]
    return find_target(find_world(repo.path), make_policy(), wanted, TODAY)


def read(
    repo: Repo, own: Path | None, written: Written | None = None, **options: object
) -> tuple[list[Record], int]:
    """Return the records, and how many changes were walked through for them."""
    target = target_of(repo, **options)
    cache = open_cache(target, own)
    found = list(read_records(target, written or Written(), cache, jobs=1))
    cache.close()
    return [record for batch in found for record in batch], cache.fresh


def read_anew(repo: Repo, written: Written | None = None, **options: object) -> list[Record]:
    batches = read_records(target_of(repo, **options), written or Written(), None, jobs=1)
    return [record for batch in batches for record in batch]


def merge(repo: Repo, name: str, number: int, *bodies: str, since: str = "HEAD") -> None:
    """Merge a branch that begins at `since`."""
    repo.git("checkout", "--quiet", "-b", name, since)
    for place, body in enumerate(bodies):
        repo.commit(f"feat: {name} {place}\n\n{body}", {f"{name}{place}": "1"})
    repo.git("checkout", "--quiet", "main")
    message = f"Merge pull request #{number} from a/{name}\n\nfeat: {name}\n"
    repo.git("merge", "--quiet", "--no-ff", "-m", message, name)


@pytest.mark.parametrize("merged", [False, True], ids=["first parent", "with merged commits"])
def test_history_that_grows_says_the_same_as_when_it_is_read_anew(
    repo: Repo, tmp_path: Path, merged: bool
) -> None:
    chance = random.Random(7)
    for step in range(14):
        begin = "HEAD" if step < 4 else f"HEAD~{chance.randrange(1, 4)}"
        if chance.random() < 0.5:
            merge(repo, f"b{step}", step + 1, SAYS.format(step), "Nothing.\n", since=begin)
        else:
            repo.commit(f"feat: {step} (#{step + 1})\n\n{SAYS.format(step)}", {f"f{step}": "1"})
        if chance.random() < 0.3:  # a force-push
            repo.git("reset", "--quiet", "--hard", "HEAD~1")
            repo.commit(f"fix: another {step}\n\n{SAYS.format(step)}")
        found, fresh = read(repo, tmp_path / "own", merged_commits=merged)

        assert found == read_anew(repo, merged_commits=merged)
        assert fresh <= 3 or step == 0
        assert read(repo, tmp_path / "own", merged_commits=merged) == (found, 0)


def test_branch_that_begins_behind_what_is_known_brings_all_its_commits(
    repo: Repo, tmp_path: Path
) -> None:
    repo.git("branch", "old")
    for number in range(6):
        repo.commit(f"feat: {number}\n", {f"f{number}": "1"})
    read(repo, tmp_path)
    merge(repo, "late", 9, SAYS.format(1), since="old")

    found, fresh = read(repo, tmp_path)

    assert fresh == 1
    assert found == read_anew(repo)
    assert [name for name, _ in found[0].answers] == ["problem"]


def test_context_that_was_kept_is_read_where_it_was_kept(repo: Repo, tmp_path: Path) -> None:
    for number in range(6):
        repo.commit(f"feat: {number} (#{number})\n", {f"f{number}": "1"})
    read(repo, tmp_path)
    sha = repo.git("rev-parse", "HEAD~2")
    kept = Written(kept={sha: Kept("#3", sha, '{"problem": "the export stops"}', "note")})

    found, fresh = read(repo, tmp_path, kept)

    assert found == read_anew(repo, kept)
    assert fresh == 3, "down to the commit whose context was kept"
    assert read(repo, tmp_path, Written())[0] == read_anew(repo)


def bring(repo: Repo, *numbers: int, body: str) -> Written:
    """Import requests, and return what is known of them."""
    git = Git(directory=repo.path, environ=repo.environ)
    requests = [
        MergedRequest(n, f"feat: {n}", body, Author("ada", login="ada"), updated=f"2026-01-0{n}")
        for n in numbers
    ]
    from pathlib import Path as Place  # noqa: PLC0415

    with RequestStore(Place(repo.environ["WHYGATE_CACHE_DIR"]), name_home(git)) as store:
        store.keep(requests, Progress())
    return Written(descriptions=open_descriptions(git))


def test_description_that_came_or_changed_is_read_where_it_belongs(
    repo: Repo, tmp_path: Path
) -> None:
    for number in range(1, 7):
        repo.commit(f"feat: {number} (#{number})\n", {f"f{number}": "1"})
    read(repo, tmp_path)
    seen = []
    for numbers, body in (((6,), "no"), ((5, 6), SAYS.format(5)), ((5, 6), SAYS.format(5))):
        written = bring(repo, *numbers, body=body)
        found, fresh = read(repo, tmp_path, written)
        seen.append(fresh)

        assert found == read_anew(repo, written)
    assert seen == [1, 2, 0]


def test_area_of_other_code_owners_is_found_again(repo: Repo, tmp_path: Path) -> None:
    repo.commit("feat: a\n", {"src/a": "1"})
    read(repo, tmp_path, by_area=True)
    repo.commit("chore: own\n", {"CODEOWNERS": "src/ @acme/shop\n"})

    found, fresh = read(repo, tmp_path, by_area=True)

    assert found == read_anew(repo, by_area=True)
    assert fresh == 3


def test_limit_takes_so_many_of_what_is_new_and_known(repo: Repo, tmp_path: Path) -> None:
    for number in range(5):
        repo.commit(f"feat: {number}\n", {f"f{number}": "1"})
    read(repo, tmp_path)
    repo.commit("feat: new\n")
    target = target_of(repo)

    for limit in (1, 3):
        cache = open_cache(target, tmp_path)
        batches = read_records(target, Written(), cache, jobs=1, limit=limit)
        found = [record for batch in batches for record in batch]
        cache.close()
        assert found == read_anew(repo)[:limit]
        assert cache.fresh == 1


def test_store_of_one_repository_keeps_one_walk(repo: Repo, tmp_path: Path) -> None:
    sizes = []
    for number in range(12):
        repo.commit(f"feat: {number}\n\n{SAYS.format(number)}")
        read(repo, tmp_path)
        sizes.append((tmp_path / "store.sqlite3").stat().st_size)

    assert sizes[-1] <= sizes[2] * 2
