"""The issue about what is due: one, ours, open while something is, and never silently missing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.conftest import MakeRepo, Repo
    from tests.fake_github import FakeGitHub, Json
    from tests.gate.conftest import Machine, RunStep, Step

MARKER = "<!-- whygate:due -->"
BOT: Json = {"login": "github-actions[bot]", "type": "Bot"}
EVE: Json = {"login": "eve", "type": "User"}
SCHEDULE: Json = {"schedule": "0 6 * * *", "repository": {"default_branch": "main"}}
PLAN = """\
Problem: the export stops at row 100, so accountants retype the rest
Audience: accountants of firms with more than 100 rows
Outcome: they close the month without retyping a row
Metric: support tickets about missing rows, weekly
Baseline: 9 tickets
Target: <= 1 ticket
Evaluate-By: {day}
"""
PAST, FUTURE = "2025-02-15", "2999-01-01"
DONE = '{"v":1,"for":"#12","at":"2025-02-15","state":"met","value":"1 ticket"}\n'
LEDGER = ".whygate/results.jsonl"


def feature(number: int = 12, day: str = PAST, more: str = "") -> str:
    return f"feat: write every row (#{number})\n\n{PLAN.format(day=day)}{more}"


@pytest.fixture
def checkout(make_repo: MakeRepo) -> Repo:
    """Give the workspace as a repository of one commit with an overdue plan."""
    repo = make_repo("workspace-of-the-job")
    repo.commit(feature())
    return repo


@pytest.fixture
def scheduled(gate: RunStep, checkout: Repo) -> RunStep:
    """Give a run on a schedule, in the checkout, with the issue asked for."""

    def run(event: str, payload: Mapping[str, object], **variables: str) -> Step:
        known = {"WHYGATE_DUE_ISSUE": "true", "GITHUB_WORKSPACE": str(checkout.path)}
        return gate(event, payload, **(known | variables))

    return run


def notices(step: Step) -> list[str]:
    return [text for name, text in step.commands if name == "notice"]


def writes(github: FakeGitHub) -> list[str]:
    return [path for path in github.paths() if not path.startswith(("GET", "POST /graphql"))]


def test_schedule_without_the_input_is_a_mistake(gate: RunStep, github: FakeGitHub) -> None:
    step = gate("schedule", SCHEDULE)

    assert step.status == 2
    assert "due-issue: true" in step.out
    assert github.asked == []


def test_issue_is_opened_for_what_is_overdue(scheduled: RunStep, github: FakeGitHub) -> None:
    step = scheduled("schedule", SCHEDULE)
    (issue,) = github.issues

    assert (step.status, step.outputs["verdict"]) == (0, "skipped")
    assert (step.outputs["due"], step.outputs["issue"]) == ("1", "101")
    assert notices(step) == ["1 outcome to look at: issue #101 was created"]
    assert issue["title"] == "Outcomes to look at: 1 overdue"
    assert str(issue["body"]).startswith(f"{MARKER}\nSomebody wrote down to look at these.")
    assert "`whygate record '#12' --value" in str(issue["body"])
    assert "### Overdue (1)" in step.summary
    report = json.loads(Path(step.outputs["report"]).read_text())
    assert report["counts"] == {"overdue": 1, "due": 0, "coming": 0, "unreleased": 0}


def test_nothing_due_makes_no_issue(scheduled: RunStep, github: FakeGitHub, checkout: Repo) -> None:
    checkout.commit("chore: record\n", {LEDGER: DONE})
    step = scheduled("schedule", SCHEDULE)

    assert (step.status, step.outputs["due"], step.outputs["issue"]) == (0, "0", "")
    assert notices(step) == ["0 outcomes to look at: no issue is needed"]
    assert github.issues == []
    assert "Nothing is overdue or due." in step.summary


def test_what_comes_later_is_not_in_the_issue(
    scheduled: RunStep, github: FakeGitHub, checkout: Repo
) -> None:
    checkout.commit(feature(13, FUTURE))
    scheduled("schedule", SCHEDULE)

    assert "#13" not in str(github.issues[0]["body"])


def test_issue_lives_with_the_list(scheduled: RunStep, github: FakeGitHub, checkout: Repo) -> None:
    said = [notices(scheduled("schedule", SCHEDULE))]
    said.append(notices(scheduled("schedule", SCHEDULE)))
    checkout.commit(feature(13))
    said.append(notices(scheduled("schedule", SCHEDULE)))
    checkout.commit("chore: record\n", {LEDGER: DONE + DONE.replace("#12", "#13")})
    said.append(notices(scheduled("schedule", SCHEDULE)))
    closed = dict(github.issues[0])
    said.append(notices(scheduled("schedule", SCHEDULE)))
    checkout.commit(feature(14))
    said.append(notices(scheduled("schedule", SCHEDULE)))

    assert [text.rpartition(" ")[2] for (text,) in said] == [
        *("created", "kept", "edited", "closed", "needed", "reopened"),
    ]
    assert len(github.issues) == 1
    assert (closed["state"], closed["state_reason"]) == ("closed", "completed")
    assert "Nothing is overdue or due." in str(closed["body"])
    assert [c["body"] for c in github.comments[101]] == [
        "Nothing is overdue or due today. This issue is opened again when something is."
    ]
    assert (github.issues[0]["state"], github.issues[0]["title"]) == (
        "open",
        "Outcomes to look at: 1 overdue",
    )


def test_issue_that_is_right_is_left_alone(scheduled: RunStep, github: FakeGitHub) -> None:
    scheduled("schedule", SCHEDULE)
    github.issues[0]["body"] = str(github.issues[0]["body"]).replace("\n", "\r\n")
    github.asked.clear()

    scheduled("schedule", SCHEDULE)

    assert writes(github) == []


def test_issue_closed_by_hand_is_opened_again(scheduled: RunStep, github: FakeGitHub) -> None:
    github.add_issue(7, f"{MARKER}\nold", BOT, state="closed", state_reason="not_planned")

    step = scheduled("schedule", SCHEDULE)

    assert notices(step) == ["1 outcome to look at: issue #7 was reopened"]
    assert [issue["state"] for issue in github.issues] == ["open"]


def test_issue_of_a_stranger_with_our_marker_is_not_ours(
    scheduled: RunStep, github: FakeGitHub
) -> None:
    false_bot = {**BOT, "type": "User"}
    planted = [
        github.add_issue(1, f"{MARKER}\nplanted", EVE),
        github.add_issue(2, f"{MARKER}\nechoed", {"login": "welcome[bot]", "type": "Bot"}),
        github.add_issue(3, f"{MARKER}\nspoofed", false_bot),
        github.add_issue(4, f"said: {MARKER}", BOT),
        github.add_issue(5, f"{MARKER}\nrequest", BOT, pull_request={"url": "x"}),
    ]
    before = [dict(issue) for issue in planted]

    scheduled("schedule", SCHEDULE)

    assert planted == before
    assert len(github.issues) == 6


def test_issue_is_found_behind_many_others(scheduled: RunStep, github: FakeGitHub) -> None:
    for number in range(1, 131):
        github.add_issue(number, "something else", BOT)
    ours = github.add_issue(200, f"{MARKER}\nold", BOT)

    step = scheduled("schedule", SCHEDULE)

    assert len(github.issues) == 131
    assert "### Overdue (1)" in str(ours["body"])
    assert step.outputs["issue"] == "200"


def test_second_issue_of_ours_is_closed(scheduled: RunStep, github: FakeGitHub) -> None:
    first = github.add_issue(7, f"{MARKER}\nold", BOT)
    second = github.add_issue(9, f"{MARKER}\nold", BOT)
    third = github.add_issue(11, f"{MARKER}\nold", BOT, state="closed")

    scheduled("schedule", SCHEDULE)

    assert [issue["state"] for issue in (first, second, third)] == ["open", "closed", "closed"]
    assert second["state_reason"] == "not_planned"
    assert [c["body"] for c in github.comments[9]] == ["The list is in #7."]
    assert 11 not in github.comments


def test_more_issues_than_can_be_read_is_no_new_issue(
    scheduled: RunStep, github: FakeGitHub
) -> None:
    for number in range(1, 3_002):
        github.add_issue(number, "something else", BOT)

    step = scheduled("schedule", SCHEDULE)

    assert step.status == 3
    assert "more than 3000 issues" in step.out
    assert writes(github) == []


@pytest.mark.parametrize(
    ("user", "viewer"),
    [({"login": "maria", "type": "User"}, ""), (None, "our-app[bot]"), (None, "")],
    ids=["a person's token", "another app's token", "nobody tells"],
)
def test_issue_is_known_by_the_identity_of_the_token(
    scheduled: RunStep, github: FakeGitHub, user: Json | None, viewer: str
) -> None:
    github.user, github.viewer = user, viewer
    author = user or {"login": viewer or "github-actions[bot]", "type": "Bot"}
    ours = github.add_issue(7, f"{MARKER}\nold", author)

    scheduled("schedule", SCHEDULE)

    assert "### Overdue (1)" in str(ours["body"])
    assert len(github.issues) == 1


@pytest.mark.parametrize(
    ("fault", "hint"),
    [
        ({"status": 403, "method": "POST"}, "issues: write"),
        ({"status": 404, "method": "GET"}, "issues: write"),
        ({"status": 410, "method": "POST"}, "turn on Issues"),
        ({"status": 401, "method": "GET"}, "issues: write"),
        ({"status": 422, "method": "POST"}, ""),
    ],
    ids=["no right to write", "no right to read", "issues are off", "bad token", "refused"],
)
def test_issue_that_cannot_be_kept_is_no_silent_pass(
    scheduled: RunStep, github: FakeGitHub, fault: dict[str, object], hint: str
) -> None:
    github.fail("/issues$", **fault)

    step = scheduled("schedule", SCHEDULE)
    errors = [text for name, text in step.commands if name == "error"]

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")
    assert len(errors) == 1
    assert hint in errors[0]
    assert "### Overdue (1)" in step.summary


def test_rate_limit_is_no_missing_right(scheduled: RunStep, github: FakeGitHub) -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}
    github.fail("/issues$", status=403, headers=headers)

    step = scheduled("schedule", SCHEDULE)

    assert step.status == 3
    assert "run the job again" in step.out
    assert "issues: write" not in step.out


def test_no_token_keeps_no_issue(scheduled: RunStep) -> None:
    step = scheduled("schedule", SCHEDULE, WHYGATE_TOKEN="")

    assert step.status == 3
    assert "without a token" in step.out
    assert "### Overdue (1)" in step.summary


def test_no_checkout_says_what_to_do(scheduled: RunStep, machine: Machine) -> None:
    step = scheduled("schedule", SCHEDULE, GITHUB_WORKSPACE=machine.environ["GITHUB_WORKSPACE"])

    assert step.status == 3
    assert "actions/checkout" in step.out
    assert "fetch-depth: 0" in step.out


def test_shallow_checkout_says_what_to_do(
    scheduled: RunStep, checkout: Repo, make_repo: MakeRepo
) -> None:
    checkout.commit(feature(13))
    clone = make_repo("clone")
    clone.git("fetch", "-q", "--depth=1", checkout.path.as_uri(), "HEAD")
    clone.git("checkout", "-q", "FETCH_HEAD")
    step = scheduled("schedule", SCHEDULE, GITHUB_WORKSPACE=str(clone.path))

    assert step.status == 3
    assert "fetch-depth: 0" in step.out


def test_files_that_a_step_changed_do_not_count(
    scheduled: RunStep, github: FakeGitHub, checkout: Repo
) -> None:
    checkout.write(LEDGER, DONE)
    checkout.write(".whygate.yml", "no: config\n")

    step = scheduled("schedule", SCHEDULE)

    assert step.status == 0
    assert len(github.issues) == 1


def test_owner_is_mentioned_only_when_asked(
    scheduled: RunStep, github: FakeGitHub, checkout: Repo
) -> None:
    checkout.commit(feature(13, more="Metric-Owner: @lena\n"))
    checkout.commit(feature(14, more="Metric-Owner: @acme/growth\n"))
    scheduled("schedule", SCHEDULE)
    quiet = str(github.issues[0]["body"])
    scheduled("schedule", SCHEDULE, WHYGATE_MENTION_OWNERS="true")
    loud = str(github.issues[0]["body"])

    assert "| `@lena` |" in quiet
    assert "| @lena |" in loud
    assert "| @acme/growth |" in loud
    assert "| `Ada Author` |" in loud
    assert "ada@example.org" not in loud


@pytest.mark.parametrize(
    "owner",
    ["@lena @everyone", "@x<img src=y>", "x @everyone", "@a/b/c", "@lena_x", "@lena; @bob"],
)
def test_owner_that_is_more_than_a_handle_is_not_echoed(
    scheduled: RunStep, github: FakeGitHub, checkout: Repo, owner: str
) -> None:
    checkout.commit(feature(13, more=f"Metric-Owner: {owner}\n"))
    scheduled("schedule", SCHEDULE, WHYGATE_MENTION_OWNERS="true")
    row = next(r for r in str(github.issues[0]["body"]).split("\n") if "`#13`" in r)
    cell = row.rstrip(" |").rpartition(" | ")[2]

    assert cell.startswith("`") or re.fullmatch(r"@[A-Za-z0-9-]+(?:/[A-Za-z0-9-]+)?", cell)
    assert "<img" not in re.sub(r"`[^`]*`", "", row)


def test_hostile_words_of_the_history_are_inert(
    scheduled: RunStep, github: FakeGitHub, checkout: Repo
) -> None:
    hostile = "@acme/all <img src=x> | ` [a](javascript:x) ::error::x ##[error]y #1"
    checkout.commit(
        f"feat: {hostile} (#13)\n\n"
        + PLAN.format(day=PAST).replace("support tickets", hostile)
        + f"Metric-Owner: {hostile}\n"
    )
    step = scheduled("schedule", SCHEDULE, WHYGATE_MENTION_OWNERS="true")
    body = str(github.issues[0]["body"])
    outside = re.sub(r"(`+)(?:(?!\1).)*\1", "", body)

    assert step.status == 0
    assert {name for name, _ in step.commands} == {"notice"}
    for part in ("@acme/all <", "<img", "javascript:"):
        assert part not in outside


def test_results_to_correct_are_counted(
    scheduled: RunStep, github: FakeGitHub, checkout: Repo
) -> None:
    checkout.commit("chore: record\n", {LEDGER: "{broken\n"})
    scheduled("schedule", SCHEDULE)

    assert "Results to correct: 1; `whygate due`" in str(github.issues[0]["body"])


def dispatch(ref: str = "refs/heads/main", **inputs: str) -> Json:
    return {"inputs": inputs, "ref": ref, "repository": {"default_branch": "main"}}


def test_started_by_hand_it_does_the_same(scheduled: RunStep, github: FakeGitHub) -> None:
    step = scheduled("workflow_dispatch", dispatch())

    assert (step.status, len(github.issues)) == (0, 1)


def test_started_by_hand_for_a_request_it_judges_it(scheduled: RunStep, github: FakeGitHub) -> None:
    step = scheduled("workflow_dispatch", dispatch(pr="7"))

    assert (step.status, step.outputs["verdict"]) == (0, "ok")
    assert github.issues == []


def test_started_by_hand_on_another_branch_it_does_nothing(
    scheduled: RunStep, github: FakeGitHub
) -> None:
    step = scheduled("workflow_dispatch", dispatch("refs/heads/next"))

    assert (step.status, step.outputs["verdict"]) == (0, "skipped")
    assert "another one" in step.summary
    assert github.asked == []


def test_action_yml_passes_the_inputs_on(
    action: RunStep, machine: Machine, github: FakeGitHub, checkout: Repo
) -> None:
    machine.environ["GITHUB_WORKSPACE"] = str(checkout.path)
    checkout.commit(feature(13, more="Metric-Owner: @lena\n"))

    step = action("schedule", SCHEDULE, due_issue="true", mention_owners="true")

    assert (step.status, step.outputs["due"], step.outputs["issue"]) == (0, "2", "101")
    assert "| @lena |" in str(github.issues[0]["body"])
    assert step.environment == ""


def test_input_that_is_neither_true_nor_false_is_refused(scheduled: RunStep) -> None:
    step = scheduled("schedule", SCHEDULE, WHYGATE_MENTION_OWNERS="yes")

    assert step.status == 2
    assert "mention-owners" in step.out
