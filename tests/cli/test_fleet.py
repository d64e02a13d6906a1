"""`whygate audit --fleet`: options, formats, and runs that are killed."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import html5lib
import jsonschema_rs
import pytest
from tests import fake_gitlab
from tests.fake_server import Fault
from tests.history.test_fleet import PLAN, fill

from whygate.reporters.fleet import _MOST_ROWS
from whygate.schema.files import FLEET_REPORT, read_bundled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Run, Spawn
    from tests.conftest import MakeRepo, Repo

SERVER = "https://gitlab.example.org/"
DAYS = ("2025-02-01", "2026-02-20", "2026-03-05", "2026-05-29", "2026-06-05", "2026-06-09")


@pytest.fixture
def shop(make_repo: MakeRepo, run: Run) -> Repo:
    """Give the one repository of the directory `fleet`."""
    assert run
    return fill(make_repo("fleet/acme/shop"))


@pytest.mark.parametrize("today", DAYS)
def test_outcomes_are_those_of_the_scorecard_on_every_day(run: Run, shop: Repo, today: str) -> None:
    told = run("audit", "--fleet", "fleet", "--today", today, "--format", "json", "-j", "1")
    card = run("scorecard", "-C", str(shop.path), "--today", today, "--format", "json")

    total = json.loads(told.out)["total"]["plans"]
    wanted = json.loads(card.out)["outcomes"]["total"]
    assert {name: wanted[name] for name in total if name in wanted} == {
        name: value for name, value in total.items() if name in wanted
    }
    assert len(set(total) & set(wanted)) > 10


def test_changes_are_those_of_the_audit_of_one(run: Run, shop: Repo) -> None:
    told = run("audit", "--fleet", "fleet", "--format", "json", "-j", "1")
    alone = run("audit", "-C", str(shop.path), "--format", "json")

    total = json.loads(told.out)["total"]["changes"]
    counted = json.loads(alone.out)["coverage"]["total"]
    names = ("changes", "complete", "partial", "missing", "exempt", "skipped", "blind")
    assert told.status == 0
    assert [total[name] for name in names] == [counted[name] for name in names]


def test_every_format_names_groups_and_what_failed(run: Run, shop: Repo) -> None:
    assert shop
    (shop.path.parents[1] / "broken.git" / "objects").mkdir(parents=True)
    (shop.path.parents[1] / "broken.git" / "refs").mkdir()
    (shop.path.parents[1] / "broken.git" / "HEAD").write_text("ref: refs/heads/main\n")
    (shop.path.parents[1] / "broken.git" / "config").write_text("[core\n")

    text = run("audit", "--fleet", "fleet", "-j", "1")
    rows = run("audit", "--fleet", "fleet", "-j", "1", "--format", "csv")
    page = run("audit", "--fleet", "fleet", "-j", "1", "--format", "html")
    told = json.loads(run("audit", "--fleet", "fleet", "-j", "1", "--format", "json").out)

    assert text.status == rows.status == 3
    assert "2 asked = 1 done + 1 failed" in text.out
    assert "acme/shop" in text.out
    assert "broken" in text.out
    html5lib.HTMLParser(strict=True).parse(page.out)
    for form in (page.out, rows.out):
        assert "acme/shop" in form
    assert "<script" not in page.out
    assert "://" not in re.sub(r"https?://www\.w3\.org", "", page.out)
    assert "broken" in page.out
    assert told["repositories"] == {
        "asked": 2,
        "done": 1,
        "failed": 1,
        "read": 0,
        "unchanged": 1,
        "changes_read": 0,
    }
    assert all(failure["error"] and failure["cure"] for failure in told["failures"])
    levels = [row["level"] for row in csv.DictReader(io.StringIO(rows.out))]
    assert levels == ["organisation", "team", "repository"]


@pytest.fixture
def group(
    make_repo: MakeRepo, run: Run, monkeypatch: pytest.MonkeyPatch, git_environ: dict[str, str]
) -> Iterator[list[dict[str, object]]]:
    """Give the projects of GitLab's group `acme`; git finds those of the server in `server/`."""
    assert run
    top = fill(make_repo("server/acme/web/shop")).path.parents[2]
    fill(make_repo("server/acme/till"))
    config = Path(git_environ["GIT_CONFIG_GLOBAL"])
    config.write_text(f'[url "file://{top}/"]\n  insteadOf = {SERVER}\n')
    projects: list[dict[str, object]] = [
        {"path_with_namespace": path, "http_url_to_repo": SERVER + path, "archived": archived}
        for path, archived in (("acme/web/shop", False), ("acme/till", False), ("acme/old", True))
    ]
    with fake_gitlab.serve() as state:
        monkeypatch.setenv("CI_API_V4_URL", state.url)
        monkeypatch.setenv("WHYGATE_TOKEN", fake_gitlab.TOKEN)
        monkeypatch.setattr(
            state,
            "look_up",
            lambda asked: (200, projects) if asked.path == "/groups/acme/projects" else (404, {}),
        )
        yield projects


def test_group_of_a_forge_is_listed_cloned_and_counted(
    run: Run, group: list[dict[str, object]]
) -> None:
    first = run("audit", "--fleet", "gitlab:acme", "-j", "1", "--format", "json")
    del group[1]
    again = run("audit", "--fleet", "forge:org/acme", "-j", "1", "--format", "json")

    told = json.loads(first.out)
    assert first.status == 0, first.err
    assert told["total"]["changes"]["changes"] == 8
    teams = {g["repository"]: g["team"] for g in told["groups"] if g["level"] == "repository"}
    assert teams == {"acme/web/shop": "web", "acme/till": "@acme/shop"}
    assert "gitlab:acme: left out archived: 1" in told["notes"]
    assert json.loads(again.out)["repositories"] == {
        "asked": 1,
        "done": 1,
        "failed": 0,
        "read": 0,
        "unchanged": 1,
        "changes_read": 0,
    }


def test_group_stands_in_a_list_beside_others(
    run: Run, group: list[dict[str, object]], make_repo: MakeRepo, tmp_path: Path
) -> None:
    assert group
    fill(make_repo("own"))
    (tmp_path / "fleet.yml").write_text(
        "version: 1\n"
        "repositories:\n"
        "  - own\n"
        "  - {at: 'gitlab:acme', archived: true, organisation: bank}\n"
        "teams:\n"
        "  tills: ['acme/till']\n"
    )

    found = run("audit", "--fleet", "fleet.yml", "-j", "1", "--format", "json")

    told = json.loads(found.out)
    assert told["repositories"]["asked"] == 4
    assert [f["repository"] for f in told["failures"]] == ["acme/old"], "it is on no server"
    groups = {g["repository"]: g for g in told["groups"] if g["level"] == "repository"}
    assert groups["acme/till"]["team"] == "tills"
    assert {g["organisation"] for n, g in groups.items() if "acme" in n} == {"bank"}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("gitlab:nobody", "there is no group nobody on GitLab"),
        ("gitlab:a b", "there is no list and no directory"),
        ("github:acme/shop", "names no group of a forge"),
    ],
)
def test_group_that_cannot_be_listed_removes_nothing(
    run: Run, group: list[dict[str, object]], tmp_path: Path, source: str, said: str
) -> None:
    assert group
    run("audit", "--fleet", "gitlab:acme", "-j", "1")
    before = sorted((tmp_path / "whygate-fleet" / "data").iterdir())

    result = run("audit", "--fleet", source, "-j", "1")

    assert result.status in (2, 3)
    assert said in result.err
    assert len(before) == 2
    assert sorted((tmp_path / "whygate-fleet" / "data").iterdir()) == before


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{at: 'gitlab:acme', name: x}", "`name` says nothing of a whole group"),
        ("{at: own, archived: true}", "`archived` says nothing of one repository"),
        ("{at: 'gitlab:acme', forks: maybe}", "forks"),
    ],
)
def test_entry_that_means_nothing_is_named_with_its_line(
    run: Run, tmp_path: Path, entry: str, said: str
) -> None:
    (tmp_path / "fleet.yml").write_text(f"version: 1\nrepositories:\n  - {entry}\n")

    result = run("audit", "--fleet", "fleet.yml")

    assert result.status == 2
    assert "fleet.yml:3" in result.err
    assert said in result.err


LEVELS = {"organisation": 1, "team": 2, "repository": 3, "area": 4}


@pytest.fixture
def areas(shop: Repo, make_repo: MakeRepo) -> Repo:
    """Give the fleet two repositories, one with two areas, and one with a failure."""
    shop.commit("chore: own\n", {"CODEOWNERS": "* @acme/shop\nsrc/ @acme/web\n"})
    plan = PLAN.format(number="#3", day="2026-05-30")
    shop.commit(plan, {"src/a": "1"})
    fill(make_repo("fleet/acme/till"))
    (make_repo("fleet/acme/bad").path / ".git" / "HEAD").write_text("gone\n")
    return shop


def test_report_is_what_its_schema_says(run: Run, areas: Repo) -> None:
    assert areas
    schema = json.loads(read_bundled(FLEET_REPORT))
    closed = json.loads(json.dumps(schema), object_hook=close)

    told = json.loads(
        run("audit", "--fleet", "fleet", "--by-area", "-j", "1", "--format", "json").out
    )

    jsonschema_rs.meta.validate(schema)
    jsonschema_rs.validator_for(closed).validate(told)
    assert {group["level"] for group in told["groups"]} == set(LEVELS)
    assert told["failures"]
    assert not jsonschema_rs.validator_for(schema).is_valid({**told, "version": 2})


def close(held: dict[str, Any]) -> dict[str, Any]:
    """Return an object of a schema that takes no more keys than it names."""
    if "allOf" in held:
        return {**held, "unevaluatedProperties": False}
    if (
        "properties" in held
        and "level" not in held["properties"]
        and "plans" not in held["properties"]
    ):
        return {**held, "additionalProperties": False}
    return held


def test_areas_add_up_to_their_repository_in_every_form(run: Run, areas: Repo) -> None:
    assert areas
    call = ("audit", "--fleet", "fleet", "--by-area", "-j", "1", "--today", "2026-06-20")
    told = json.loads(run(*call, "--format", "json").out)
    rows = list(csv.DictReader(io.StringIO(run(*call, "--format", "csv", "--csv-raw").out)))
    page = run(*call, "--format", "html").out
    text = run(*call).out

    groups = told["groups"]
    shop = [g for g in groups if g.get("repository") == "acme/shop"]
    (whole,) = [g for g in shop if g["level"] == "repository"]
    parts = [g for g in shop if g["level"] == "area"]
    assert len(parts) > 1
    for name in ("changes", "complete", "missing"):
        assert sum(g["changes"][name] for g in parts) == whole["changes"][name]
    for name in ("plans", "due", "overdue", "without_readable_metric", "evaluated", "met"):
        assert sum(g["plans"][name] for g in parts) == whole["plans"][name]
    assert whole["plans"]["without_readable_metric"] == 3
    assert [row["level"] for row in rows] == [g["level"] for g in groups]
    assert {row["area"] for row in rows if row["repository"] == "acme/shop"} == {
        *("", *(g["area"] for g in parts))
    }
    html5lib.HTMLParser(strict=True).parse(page)
    assert f"acme/shop: {len(parts)} areas" in page
    assert "By area" in text
    assert "No readable metric" in page
    assert page.index("Looked at, of those past their day") < page.index("Met, of those decided")
    assert text.index("Looked at") < text.index("Met")


def test_page_of_each_repository_is_written_and_linked(
    run: Run, areas: Repo, tmp_path: Path
) -> None:
    call = ("audit", "--fleet", "fleet", "-j", "1", "--pages", "www/each", "--format")
    first = run(*call, "html", "-o", "www/why.html")
    pages = sorted((tmp_path / "www" / "each").iterdir())
    links = re.findall(r'<a href="(each/[^"]+)"', (tmp_path / "www" / "why.html").read_text())
    pages[0].unlink()
    again = json.loads(run(*call, "json").out)
    shutil.rmtree(areas.path.parent / "till")
    shutil.rmtree(areas.path.parent / "bad")
    alone = run(*call, "json")

    assert first.status == 3
    assert sorted(links) == [f"each/{page.name}" for page in pages]
    assert len(pages) == 2
    assert (again["repositories"]["read"], again["repositories"]["changes_read"]) == (1, 0)
    assert pages[0].is_file(), "a page that is gone is written again"
    html5lib.HTMLParser(strict=True).parse(pages[0].read_text())
    assert "ten people a week lose their cart" in pages[0].read_text()
    assert alone.status == 0
    (left,) = (tmp_path / "www" / "each").iterdir()
    assert [g["page"] for g in json.loads(alone.out)["groups"] if "page" in g] == [
        f"www/each/{left.name}"
    ]


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("organisation", "0 of 1 organisations, 0 of 1 teams"),
        ("team", "0 of 1 teams"),
        ("repository", "0 of 2 repositories, 0 of 3 areas"),
        ("area", "0 of 3 areas"),
    ],
)
def test_groups_that_are_too_many_for_the_page_are_counted(
    run: Run, areas: Repo, monkeypatch: pytest.MonkeyPatch, level: str, told: str
) -> None:
    assert areas
    monkeypatch.setitem(_MOST_ROWS, level, 0)

    page = run("audit", "--fleet", "fleet", "--by-area", "-j", "1", "--format", "html").out

    assert f"This page shows {told}" in page
    html5lib.HTMLParser(strict=True).parse(page)


def test_page_with_room_for_some_shows_the_largest_of_each_team(
    run: Run, make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, team in enumerate("aaabb"):
        repo = make_repo(f"fleet/{team}/r{number}")
        for commit in range(number + 1):
            repo.commit(f"feat: x {commit}\n")
    monkeypatch.setitem(_MOST_ROWS, "repository", 3)
    Path("fleet.yml").write_text(TEAMS)

    call = ("audit", "--fleet", "fleet", "--teams", "fleet.yml", "-j", "1", "--format")
    page = run(*call, "html").out

    assert "This page shows 2 of 5 repositories" in page
    assert re.findall(r'<th scope="row">([ab]/r\d)', page) == ["a/r2", "b/r4"]
    assert "one: 3 repositories, 1 of them here" in page
    assert len(re.findall("^repository,", run(*call, "csv").out, re.MULTILINE)) == 5


TEAMS = "version: 1\nteams: {one: ['a/*'], two: ['b/*']}\n"
BODY = "## Problem\n\nThe export stops at row 100, so 40 accountants retype the rest.\n"


@pytest.fixture
def merged(
    make_repo: MakeRepo, run: Run, monkeypatch: pytest.MonkeyPatch, git_environ: dict[str, str]
) -> Iterator[tuple[fake_gitlab.FakeGitLab, Repo]]:
    """Give a GitLab and the repository of its project, with two changes that say nothing."""
    assert run
    repo = make_repo("server/shop/web")
    repo.git("config", "uploadpack.allowFilter", "true")
    for number in (7, 8):
        repo.commit(f"feat: {number}\n\nSee merge request shop/web!{number}\n", {"a": f"{number}"})
    with fake_gitlab.serve() as state:
        base = state.url.removesuffix("/api/v4")
        config = Path(git_environ["GIT_CONFIG_GLOBAL"])
        config.write_text(f'[url "file://{repo.path}"]\n  insteadOf = {base}/shop/web.git\n')
        for name in ("GITLAB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "CI_API_V4_URL"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("WHYGATE_TOKEN", fake_gitlab.TOKEN)
        monkeypatch.setenv("GITLAB_HOST", base)
        (repo.path.parents[2] / "list").write_text(f"{base}/shop/web.git\n")
        state.merge(7, description=BODY, merge_commit_sha=repo.git("rev-parse", "HEAD~1"))
        yield state, repo


def bring(run: Run, *more: str) -> dict[str, Any]:
    result = run("audit", "--fleet", "list", "--import", "-j", "1", "--format", "json", *more)
    assert result.status == 0, result.err
    told: dict[str, Any] = json.loads(result.out)
    return told


def test_descriptions_are_brought_where_something_moved(
    run: Run, merged: tuple[fake_gitlab.FakeGitLab, Repo]
) -> None:
    gitlab, repo = merged
    first = bring(run)
    asked = len(gitlab.asked)
    again = bring(run)
    quiet = len(gitlab.asked)
    gitlab.merge(9, description=BODY, merge_commit_sha=repo.commit("feat: more\n"))
    moved = bring(run)

    assert first["described_by_forge"] == 1
    assert first["notes"] == []
    assert first["repositories"]["changes_read"] == 2
    assert quiet == asked, "without news no forge is asked"
    assert (again["described_by_forge"], again["repositories"]["unchanged"]) == (1, 1)
    assert moved["described_by_forge"] == 2
    assert moved["repositories"]["changes_read"] == 1
    assert moved["total"]["changes"]["partial"] + moved["total"]["changes"]["complete"] >= 1


def test_descriptions_that_were_brought_count_without_the_option(
    run: Run, merged: tuple[fake_gitlab.FakeGitLab, Repo]
) -> None:
    bring(run)
    asked = len(merged[0].asked)

    told = json.loads(run("audit", "--fleet", "list", "-j", "1", "--format", "json").out)

    assert told["described_by_forge"] == 1
    assert len(merged[0].asked) == asked


def test_import_that_fails_is_told_and_tried_again(
    run: Run, merged: tuple[fake_gitlab.FakeGitLab, Repo]
) -> None:
    gitlab, _ = merged
    gitlab.faults.append(Fault("merge_requests", 403))
    first = bring(run)
    again = bring(run)

    (note,) = first["notes"]
    assert "shop/web: descriptions not read: " in note
    assert first["described_by_forge"] == 0
    assert first["total"]["changes"]["changes"] == 2
    assert (again["described_by_forge"], again["notes"]) == (1, [])


def test_repository_without_a_forge_is_told_and_read(run: Run, shop: Repo, tmp_path: Path) -> None:
    (tmp_path / "list").write_text(f"{shop.path}\n")

    told = bring(run)
    again = bring(run)

    (note,) = told["notes"]
    assert "descriptions not read: there is no remote `origin` on a forge" in note
    assert told["total"]["changes"]["changes"] == 4
    assert (again["repositories"]["unchanged"], again["notes"]) == (1, [note])


def test_what_the_user_imported_counts_where_the_fleet_brought_nothing(
    run: Run, merged: tuple[fake_gitlab.FakeGitLab, Repo], tmp_path: Path
) -> None:
    gitlab, repo = merged
    base = gitlab.url.removesuffix("/api/v4")
    repo.git("remote", "add", "origin", f"{base}/shop/web.git")
    (tmp_path / "list").write_text(f"{repo.path}\n")
    assert run("import", "-C", str(repo.path)).status == 0

    told = json.loads(run("audit", "--fleet", "list", "-j", "1", "--format", "json").out)

    assert told["described_by_forge"] == 1


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--fleet", "fleet", "--since", "2026-01-01"), "--fleet goes without --since"),
        (("--fleet", "fleet", "HEAD~1"), "a range"),
        (("--fleet", "fleet", "--format", "sarif"), "no sarif"),
        (("--fleet", "fleet", "--engine", "dask"), "go together"),
        (("--data", "x"), "--data only with --fleet"),
        (("--fleet", "nowhere"), "there is no list and no directory"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_call_is_refused(run: Run, shop: Repo, argv: tuple[str, ...], said: str) -> None:
    assert shop

    result = run("audit", *argv)

    assert result.status == 2
    assert said in result.err


KILLER = """#!/bin/sh
case "$*" in
  *acme/two*) if mkdir "$KILLED" 2>/dev/null; then
    until grep -q acme/one "$MANIFEST"; do :; done
    kill -9 "$(cut -d' ' -f4 /proc/$PPID/stat)"
  fi ;;
esac
exec {git} "$@"
"""


def test_run_that_is_killed_goes_on_where_it_was(
    run: Run, spawn: Spawn, make_repo: MakeRepo, tmp_path: Path
) -> None:
    for name in ("one", "two", "three"):
        fill(make_repo(f"fleet/acme/{name}"))
    names = ("one", "two", "three")
    (tmp_path / "list").write_text("".join(f"fleet/acme/{name}\n" for name in names))
    script = tmp_path / "bin" / "git"
    script.parent.mkdir()
    script.write_text(KILLER.format(git=shutil.which("git")))
    script.chmod(0o755)
    call = ("audit", "--fleet", "list", "-j", "1", "--format", "json")
    process = spawn(
        *call,
        PATH=f"{script.parent}{os.pathsep}{os.environ['PATH']}",
        KILLED=str(tmp_path / "killed"),
        MANIFEST=str(tmp_path / "whygate-fleet" / "manifest.jsonl"),
    )
    process.communicate()

    told = json.loads(run(*call).out)

    assert process.returncode == -signal.SIGKILL
    assert told["repositories"]["unchanged"] == 1
    assert told["repositories"]["read"] == 2
    assert told["total"]["changes"]["changes"] == 12


def test_disk_that_is_full_is_named_and_the_next_run_goes_on(run: Run, shop: Repo) -> None:
    assert shop
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500)); "
    code = f"{limit}from whygate.cli import main; raise SystemExit(main())"
    call = ("audit", "--fleet", "fleet", "-j", "1", "--format", "json")
    full = subprocess.run([sys.executable, "-c", code, *call], capture_output=True, check=False)

    told = json.loads(run(*call).out)

    assert full.returncode == 3
    (failure,) = json.loads(full.stdout)["failures"]
    assert "cannot be used: File too large" in failure["error"]
    assert "make room" in failure["cure"]
    assert told["total"]["changes"]["changes"] == 4
