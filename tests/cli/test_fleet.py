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
from typing import TYPE_CHECKING

import html5lib
import pytest
from tests.history.test_fleet import fill

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run, Spawn
    from tests.conftest import MakeRepo, Repo

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
    }
    assert all(failure["error"] and failure["cure"] for failure in told["failures"])
    levels = [row["level"] for row in csv.DictReader(io.StringIO(rows.out))]
    assert levels == ["organisation", "team", "repository"]


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
    assert "cannot be written" in failure["error"]
    assert told["total"]["changes"]["changes"] == 4
