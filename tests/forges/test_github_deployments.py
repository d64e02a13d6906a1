"""The clock by deployments: what the forge tells, by containment, and kept for offline."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest
from icalendar import Calendar

import whygate
from whygate.cli import main
from whygate.history.deployments import FILE_NAME

if TYPE_CHECKING:
    from tests.conftest import Repo
    from tests.fake_github import FakeGitHub

SOURCES = Path(whygate.__file__).parents[1]
TODAY = "2025-03-20"
CONFIG = "version: 1\nrelease: {environment: production, tags: [never]}\n"
PLAN = """\
feat(export): write every row (#12)

Problem: rows are cut off at 100
Metric: tickets about rows
Baseline: 21 tickets
Target: <= 7 tickets
Evaluate-By: 30 days after release
"""


class Ran(NamedTuple):
    """What a run left behind."""

    status: int
    out: str
    err: str


class Tell(Protocol):
    """Runs a command in the shop, with a token unless it is `offline`."""

    def __call__(self, *argv: str, offline: bool = False, today: str = TODAY) -> Ran: ...


@pytest.fixture
def shop(repo: Repo) -> Repo:
    repo.commit("chore: begin\n", {".whygate.yml": CONFIG})
    return repo


@pytest.fixture
def tell(
    shop: Repo,
    github: FakeGitHub,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Tell:
    def go(*argv: str, offline: bool = False, today: str = TODAY) -> Ran:
        given = {
            **shop.environ,
            "WHYGATE_TOKEN": "" if offline else github.token,
            "GITHUB_REPOSITORY": github.repository,
            "GITHUB_API_URL": github.url,
        }
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        where = ("-C", str(shop.path), "--no-cache", "--today", today)
        status = main([*argv, *where])
        return Ran(status, *capsys.readouterr())

    return go


def test_day_counts_from_the_first_deployment_that_holds_the_change(
    tell: Tell, shop: Repo, github: FakeGitHub
) -> None:
    before = shop.head()
    shop.commit(PLAN)
    after = shop.commit("fix: later\n")
    github.deploy(before, "SUCCESS 2025-02-20")  # later by time, and without the change
    github.deploy(after, "IN_PROGRESS 2025-02-01", "SUCCESS 2025-02-02", "INACTIVE 2025-02-25")
    github.deploy(after, "SUCCESS 2025-02-28")

    due = json.loads(tell("due", "--within", "1y", "--format", "json").out)

    (item,) = due["items"]
    assert (item["due"], item["release"]) == (
        "2025-03-04",
        "deployment to production of 2025-02-02",
    )


NOT_YET = {
    "failed": ("FAILURE 2025-02-02",),
    "still running": ("IN_PROGRESS 2025-02-02", "QUEUED 2025-02-02"),
    "without a status": (),
}


@pytest.mark.parametrize("name", NOT_YET)
def test_change_waits_until_a_deployment_succeeds(
    tell: Tell, shop: Repo, github: FakeGitHub, name: str
) -> None:
    github.deploy(shop.commit(PLAN), *NOT_YET[name])

    due = tell("due")
    assert "1 waiting for a release" in due.out
    assert "30 days after release, 76 days since the merge" in due.out
    assert "of these waiting for a release" in tell("scorecard").out
    calendar = tell("due", "--format", "ical").out
    assert ("BEGIN:VEVENT" in calendar, "BEGIN:VTODO" in calendar) == (False, True)
    (task,) = Calendar.from_ical(calendar).walk("VTODO")
    assert str(task["SUMMARY"]).startswith("#12: waiting for a release: tickets about rows")
    assert "due" not in task

    github.deploy(shop.commit("fix: later\n"), "SUCCESS 2025-03-01")
    assert "2025-03-31" in tell("due", "--within", "1y").out


@pytest.mark.parametrize("form", ["text", "html"])
def test_audit_says_what_waits_and_what_is_not_known(shop: Repo, form: str) -> None:
    """An audit freezes what is in memory (gc.freeze), so it runs in a process of its own."""
    shop.commit(PLAN)
    argv = ("audit", "--format", form, "-C", str(shop.path), "--today", TODAY)
    done = subprocess.run(
        [sys.executable, "-m", "whygate", *argv],
        capture_output=True,
        check=False,
        env={**shop.environ, "PYTHONPATH": str(SOURCES)},
    )

    out = " ".join(done.stdout.decode().split())
    assert done.returncode == 0
    assert "aiting for a release" in out
    assert "no deployment to" in out


def test_deployment_to_another_environment_is_none(
    tell: Tell, shop: Repo, github: FakeGitHub
) -> None:
    github.deploy(shop.commit(PLAN), "SUCCESS 2025-02-02", environment="staging")
    shop.git("tag", "v1.0")

    assert "1 waiting for a release" in tell("due").out


def test_what_was_told_is_kept_and_its_day_said_offline(
    tell: Tell, shop: Repo, github: FakeGitHub
) -> None:
    github.deploy(shop.commit(PLAN), "SUCCESS 2025-02-02")
    unknown = tell("due", offline=True)
    online = tell("due", "--within", "1y")
    github.asked.clear()
    offline = tell("due", "--within", "1y", offline=True, today="2025-03-21")

    assert "no deployment to `production` is known here: set WHYGATE_TOKEN" in unknown.out
    assert "1 waiting for a release" in unknown.out
    assert "2025-03-04" in online.out
    assert "the deployments to `production` are" not in online.out
    assert "2025-03-04" in offline.out
    assert "the deployments to `production` are those of 2025-03-20" in offline.out
    assert github.asked == []


def test_reading_goes_on_where_it_ended(tell: Tell, shop: Repo, github: FakeGitHub) -> None:
    github.deployments_page = 2
    first = shop.head()
    for day in range(1, 6):
        github.deploy(first, f"SUCCESS 2025-01-0{day}")
    sha = shop.commit(PLAN)
    tell("due")
    asked = [a for a in github.asked if a.path == "/graphql"]
    github.asked.clear()
    github.deploy(sha, "SUCCESS 2025-02-02")
    again = tell("due", "--within", "1y")

    assert (len(asked), len([a for a in github.asked if a.path == "/graphql"])) == (3, 1)
    assert "2025-03-04" in again.out


def test_nobody_is_asked_without_a_plan_that_waits(
    tell: Tell, shop: Repo, github: FakeGitHub
) -> None:
    shop.commit(PLAN.replace("30 days after release", "2025-03-10"))

    assert tell("due").status == 0
    assert github.asked == []


ODD = {
    "no data": (200, b'{"data": {"repository": null}}', "may not read"),
    "no shape": (200, b'{"data": {"repository": {"deployments": 7}}}', "is not what it documents"),
    "no day": (
        200,
        b'{"data": {"repository": {"deployments": {"pageInfo": {"hasNextPage": false, "endCursor":'
        b' null}, "nodes": [{"commitOid": "' + b"a" * 40 + b'", "statuses": {"nodes": [{"state":'
        b' "SUCCESS", "createdAt": "2025-99-99T00:00:00Z"}]}}]}}}}',
        "GitHub names `2025-99-99` as a day",
    ),
    "refused": (401, b"{}", "does not accept the token"),
}


@pytest.mark.parametrize("name", ODD)
def test_answer_that_says_nothing_leaves_what_is_kept(
    tell: Tell, shop: Repo, github: FakeGitHub, name: str
) -> None:
    github.deploy(shop.commit(PLAN), "SUCCESS 2025-02-02")
    tell("due")
    status, body, reason = ODD[name]
    github.fail("/graphql", status=status, body=body)

    due = tell("due", "--within", "1y")

    assert due.status == 0
    assert "the forge does not tell the deployments:" in due.out
    assert reason in due.out
    assert "2025-03-04" in due.out
    assert github.token not in due.out + due.err


def _broken(place: Path) -> None:
    place.write_text("{")


def _linked(place: Path) -> None:
    place.symlink_to("/etc/hostname")


def _strange(place: Path) -> None:
    place.write_text('{"environment": "production", "read": "2025-01-01", "recent": [{"sha": 7}]}')


@pytest.mark.parametrize("spoil", [_broken, _linked, _strange])
def test_file_that_cannot_be_read_counts_as_none(tell: Tell, shop: Repo, spoil: object) -> None:
    shop.commit(PLAN)
    assert callable(spoil)
    spoil(shop.path / ".git" / FILE_NAME)

    assert "no deployment to `production` is known here" in tell("due", offline=True).out
