"""The other events: merge groups, pushes, runs by hand, and what is none of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests import fake_github

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeRepo, Repo
    from tests.fake_github import FakeGitHub, Json
    from tests.gate.conftest import RunStep, Step

QUEUE = "refs/heads/gh-readonly-queue/main/pr-7-" + "d" * 40
NEW_SHA = "e" * 40
BASE = {"sha": "b" * 40, "repo": {"full_name": "octo-org/octo-repo"}}


def group_event(github: FakeGitHub, **changes: object) -> Json:
    group = {
        "head_ref": QUEUE,
        "head_sha": github.head_sha,
        "base_ref": "refs/heads/main",
        "base_sha": github.base_sha,
    }
    return {"action": "checks_requested", "merge_group": group | changes}


def verdicts(step: Step) -> dict[str, str]:
    changes = step.report["changes"]
    assert isinstance(changes, list)
    return {change["id"]: change["status"] for change in changes}


def push_event(old: str, new: str, **changes: object) -> Json:
    repository = {"default_branch": "main"}
    event = {"ref": "refs/heads/main", "before": old, "after": new, "repository": repository}
    return {**event, "deleted": False, **changes}


# Merge groups


def test_gate_judges_the_pull_request_of_a_merge_group(gate: RunStep, github: FakeGitHub) -> None:
    github.pulls[7]["body"] = ""
    github.compared = [github.commit("feat: rows")]

    step = gate("merge_group", group_event(github))

    assert (step.status, step.outputs["verdict"]) == (1, "failed")
    assert "### `#7` incomplete" in step.summary


def test_gate_gives_a_verdict_whatever_a_shell_left_in_the_environment(
    gate: RunStep, github: FakeGitHub
) -> None:
    github.pulls[7]["body"] = ""
    github.compared = [github.commit("feat: rows")]

    step = gate("merge_group", group_event(github), _WHYGATE_COMPLETE="bash_source")

    assert (step.status, step.outputs["verdict"]) == (1, "failed")


def test_gate_judges_every_pull_request_that_github_names_for_the_group(
    gate: RunStep, github: FakeGitHub
) -> None:
    github.add_pull(8, body="")
    github.add_pull(9, body="", base={**BASE, "ref": "other"})
    github.add_pull(10, body="", state="closed")
    github.compared = [github.commit("any subject", "8" * 40), github.commit("feat: rows")]
    github.belonging = {"8" * 40: [8, 9, 10]}

    step = gate("merge_group", group_event(github))

    assert (step.status, verdicts(step)) == (1, {"#7": "ok", "#8": "failed"})


@pytest.mark.parametrize("subject", ["feat: rows (#8)", "Merge pull request #8 from eve/eight"])
def test_gate_pulls_no_request_into_a_group_because_a_commit_says_so(
    gate: RunStep, github: FakeGitHub, subject: str
) -> None:
    github.add_pull(8, body="")
    github.compared = [github.commit(subject)]

    step = gate("merge_group", group_event(github))

    assert (step.status, verdicts(step)) == (0, {"#7": "ok"})


def test_gate_knows_a_queued_request_by_its_own_commits(gate: RunStep, github: FakeGitHub) -> None:
    github.add_pull(8, body="", commits=3)
    theirs = [str(commit["sha"]) for commit in github.commits[8]]
    github.compared = [*github.commits[8], github.commit("merge", "a" * 40, ("e" * 40, theirs[-1]))]
    github.compared.append(github.commit("feat: rows"))
    github.belonging = {theirs[0]: [8]}

    step = gate("merge_group", group_event(github))

    assert verdicts(step) == {"#7": "ok", "#8": "failed"}
    assert sum("/pulls" in path and "/commits/" in path for path in github.paths()) == 2


def test_gate_knows_the_copies_that_a_rebase_makes(gate: RunStep, github: FakeGitHub) -> None:
    github.add_pull(commits=3)
    github.compared = [
        {**commit, "sha": f"{n}" * 40} for n, commit in enumerate(github.commits[7], 1)
    ]
    github.compared[-1]["sha"] = github.head_sha

    step = gate("merge_group", group_event(github))

    assert (step.status, verdicts(step)) == (0, {"#7": "ok"})


def test_gate_knows_squashed_requests_by_the_branches_of_the_queue(
    gate: RunStep, github: FakeGitHub
) -> None:
    github.add_pull(8, body="")
    github.add_pull(9)
    github.compared = [
        github.commit("feat: eight (#8)", "8" * 40),
        github.commit("feat: nine (#9)", "a" * 40),
        github.commit("feat: rows (#7)"),
    ]
    github.branches |= {
        f"gh-readonly-queue/main/pr-8-{github.base_sha}": "8" * 40,
        f"gh-readonly-queue/main/pr-9-{'8' * 40}": "a" * 40,
        f"gh-readonly-queue/main/pr-10-{'7' * 40}": "7" * 40,  # of another group
    }

    step = gate("merge_group", group_event(github))

    assert (step.status, verdicts(step)) == (1, {"#7": "ok", "#8": "failed", "#9": "ok"})


@pytest.mark.parametrize(
    "name",
    [
        "gh-readonly-queue/main/pr-8",
        "gh-readonly-queue/other/pr-8-" + "b" * 40,
        "gh-readonly-queue/main/x/pr-8-" + "b" * 40,
        "gh-readonly-queue/main/pr-10-" + "b" * 40,
        "queue/main/pr-8-" + "b" * 40,
    ],
    ids=[
        "no base",
        "another branch",
        "a longer branch",
        "a request to another branch",
        "a person's",
    ],
)
def test_gate_believes_no_other_branch_about_a_squashed_request(
    gate: RunStep, github: FakeGitHub, name: str
) -> None:
    github.add_pull(8)
    github.add_pull(10, base={**BASE, "ref": "other"})
    github.compared = [github.commit("feat: eight (#8)", "8" * 40), github.commit("feat: rows")]
    github.branches |= {name: "8" * 40}

    step = gate("merge_group", group_event(github))

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")


def test_gate_cannot_decide_about_a_commit_that_belongs_to_no_request(
    gate: RunStep, github: FakeGitHub
) -> None:
    github.compared = [github.commit("feat: rows (#7)", "8" * 40), github.commit("feat: rows")]

    step = gate("merge_group", group_event(github))

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")
    assert "no pull request for the commit 888888888888" in step.commands[0][1]


def test_gate_cannot_decide_about_a_merge_group_without_a_token(
    gate: RunStep, github: FakeGitHub
) -> None:
    step = gate("merge_group", group_event(github), WHYGATE_TOKEN="")

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")
    assert "without a token" in step.commands[0][1]


@pytest.mark.parametrize(
    "compared",
    [pytest.param([], id="nothing"), pytest.param(["8" * 40], id="another commit")],
)
def test_gate_cannot_decide_when_the_head_of_the_group_is_not_listed(
    gate: RunStep, github: FakeGitHub, compared: list[str]
) -> None:
    github.compared = [github.commit("feat: rows", sha) for sha in compared]

    step = gate("merge_group", group_event(github))

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")


def test_gate_cannot_decide_when_no_request_of_the_group_is_open(
    gate: RunStep, github: FakeGitHub
) -> None:
    github.pulls[7]["state"] = "closed"
    github.compared = [github.commit("feat: rows")]

    step = gate("merge_group", group_event(github))

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")
    assert "no open request belongs to the merge group" in step.summary


def test_gate_cannot_decide_about_a_group_it_may_not_read(
    gate: RunStep, github: FakeGitHub
) -> None:
    del github.pulls[7]
    github.compared = [github.commit("feat: rows")]

    step = gate("merge_group", group_event(github))

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")
    assert "pull-requests: read" in step.commands[0][1]


def test_gate_cannot_decide_when_another_pull_request_of_the_group_cannot_be_read(
    gate: RunStep, github: FakeGitHub
) -> None:
    github.add_pull(8)
    github.compared = [github.commit("eight", "8" * 40), github.commit("feat: rows")]
    github.belonging = {"8" * 40: [8]}
    github.fail("/pulls/8$", status=401, body=b'{"message": "Bad credentials"}')

    step = gate("merge_group", group_event(github))

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")


@pytest.mark.parametrize(
    ("requests", "commits", "said"),
    [(52, 0, "more than 50 pull requests"), (0, 305, "more than 300 commits")],
    ids=["52 requests", "305 commits"],
)
def test_gate_cannot_decide_about_a_group_that_it_cannot_read_as_a_whole(
    gate: RunStep, github: FakeGitHub, requests: int, commits: int, said: str
) -> None:
    for number in range(100, 100 + requests):
        github.add_pull(number)
        github.compared.append(github.commit("queued", f"{number:040x}"))
        github.belonging[f"{number:040x}"] = [number]
    github.compared += [github.commit(f"wip {n}", f"{n:040x}") for n in range(commits)]
    github.compared.append(github.commit("feat: rows"))

    step = gate("merge_group", group_event(github))

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")
    assert said in step.commands[0][1]


def test_gate_ignores_a_group_that_was_destroyed(gate: RunStep, github: FakeGitHub) -> None:
    step = gate("merge_group", group_event(github) | {"action": "destroyed"})

    assert (step.status, step.outputs["verdict"]) == (0, "skipped")


def test_gate_refuses_a_group_without_commits(gate: RunStep, github: FakeGitHub) -> None:
    step = gate("merge_group", group_event(github, base_sha="main"))

    assert (step.status, step.outputs["verdict"]) == (2, "undecided")


# Pushes


@pytest.fixture
def pushed(make_repo: MakeRepo) -> tuple[Repo, str, str]:
    """Give a clone, and the ends of a push of a good commit and a bad one with a merge."""
    repo = make_repo()
    before = repo.commit("Begin\n")
    repo.commit("feat: export rows\n\nIt does.\n", {"src/a.py": "1"})
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit("wip\n", {"src/b.py": "1"})
    repo.git("checkout", "--quiet", "main")
    message = "Merge pull request #7 from octo-org/side\n\nfeat: side\n"
    repo.git("merge", "--quiet", "--no-ff", "-m", message, "side")
    return repo, before, repo.head()


def test_gate_audits_a_push_and_never_fails(
    gate: RunStep, github: FakeGitHub, pushed: tuple[Repo, str, str]
) -> None:
    repo, before, after = pushed
    github.pulls[7] |= {"state": "closed", "merged": True, "merge_commit_sha": after}
    github.belonging[after] = [7]

    step = gate("push", push_event(before, after), GITHUB_WORKSPACE=str(repo.path))

    assert (step.status, step.outputs["verdict"]) == (0, "failed")
    changes = step.report["changes"]
    assert isinstance(changes, list)
    assert [c["status"] for c in changes] == ["ok", "failed"]
    assert {name for name, _ in step.commands} == {"warning"}


def test_gate_believes_no_subject_that_names_another_pull_request(
    gate: RunStep, github: FakeGitHub, pushed: tuple[Repo, str, str]
) -> None:
    repo, before, after = pushed
    github.pulls[7]["merge_commit_sha"] = NEW_SHA
    github.belonging[after] = [7]

    step = gate("push", push_event(before, after), GITHUB_WORKSPACE=str(repo.path))

    changes = step.report["changes"]
    assert isinstance(changes, list)
    assert [c["status"] for c in changes] == ["failed", "failed"]


def test_gate_judges_a_pushed_commit_by_its_message_when_its_request_cannot_be_read(
    gate: RunStep, github: FakeGitHub, pushed: tuple[Repo, str, str]
) -> None:
    repo, before, after = pushed
    github.fail(f"/commits/{after}/pulls", status=404)

    step = gate("push", push_event(before, after), GITHUB_WORKSPACE=str(repo.path))

    assert step.status == 0
    assert "#7 is judged by its message" in step.commands[0][1]


def test_gate_reads_a_push_from_a_clone_without_a_token(
    gate: RunStep, github: FakeGitHub, pushed: tuple[Repo, str, str]
) -> None:
    repo, before, after = pushed
    variables = {"WHYGATE_TOKEN": "", "GITHUB_WORKSPACE": str(repo.path)}

    step = gate("push", push_event(before, after), **variables)

    assert (step.status, step.outputs["verdict"], github.asked) == (0, "failed", [])


def test_gate_reads_a_push_through_the_api(gate: RunStep, github: FakeGitHub) -> None:
    github.compared = [
        github.commit("feat: a (#7)", "1" * 40),
        github.commit("side work", "2" * 40, ("0" * 40,)),
        github.commit("Merge branch 'side'", NEW_SHA, ("1" * 40, "2" * 40)),
    ]
    github.compared[0]["commit"] = {"message": "feat: a (#7)", "committer": {"date": "no day"}}

    step = gate("push", push_event(github.base_sha, NEW_SHA))

    changes = step.report["changes"]
    assert isinstance(changes, list)
    assert [c["id"] for c in changes] == [NEW_SHA[:12], "#7"]


def test_gate_judges_the_last_twenty_changes_of_a_large_push(
    gate: RunStep, github: FakeGitHub
) -> None:
    shas = [f"{n:040x}" for n in range(1, 131)]
    parents = [github.base_sha, *shas]
    github.compared = [
        github.commit("Tidy", sha, (parent,)) for sha, parent in zip(shas, parents, strict=False)
    ]

    step = gate("push", push_event(github.base_sha, shas[-1]))

    assert step.status == 0
    assert "130 changes were pushed" in step.commands[0][1]
    assert sum("/compare/" in path for path in github.paths()) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"ref": "refs/heads/topic"},
        {"ref": "refs/tags/main"},
        {"deleted": True},
        {"after": "0" * 40},
        {"before": "0" * 40},
    ],
    ids=["a branch", "a tag", "deleted", "gone", "new"],
)
def test_gate_ignores_pushes_that_bring_no_change_to_the_default_branch(
    gate: RunStep, github: FakeGitHub, changes: Json
) -> None:
    step = gate("push", push_event(github.base_sha, NEW_SHA, **changes))

    assert (step.status, step.outputs["verdict"], github.asked) == (0, "skipped", [])


def test_gate_warns_when_a_push_cannot_be_audited(gate: RunStep, github: FakeGitHub) -> None:
    github.trees.clear()

    step = gate("push", push_event(github.base_sha, NEW_SHA))

    assert (step.status, step.outputs["verdict"]) == (0, "undecided")
    assert step.commands[0][0] == "warning"


def test_gate_warns_when_neither_token_nor_clone_tells_of_a_push(
    gate: RunStep, pushed: tuple[Repo, str, str]
) -> None:
    repo, before, _ = pushed
    variables = {"WHYGATE_TOKEN": "", "GITHUB_WORKSPACE": str(repo.path)}

    step = gate("push", push_event(before, NEW_SHA), **variables)

    assert (step.status, step.outputs["verdict"]) == (0, "undecided")
    assert "the pushed commits cannot be read" in step.commands[0][1]


# Runs by hand, and the rest


@pytest.mark.parametrize("number", ["7", "#7", 7])
@pytest.mark.usefixtures("github")
def test_gate_judges_the_pull_request_it_is_started_for(gate: RunStep, number: object) -> None:
    step = gate("workflow_dispatch", {"inputs": {"pr": number}})

    assert (step.status, step.outputs["verdict"]) == (0, "ok")


def test_gate_gives_no_verdict_on_a_request_to_another_commit(gate: RunStep) -> None:
    step = gate("workflow_dispatch", {"inputs": {"pr": "7"}}, GITHUB_SHA=NEW_SHA)

    assert (step.status, step.outputs["verdict"]) == (2, "undecided")
    assert "#7 is about the commit cccccccccccc" in step.commands[0][1]
    assert "started on eeeeeeeeeeee" in step.commands[0][1]


@pytest.mark.parametrize(
    ("sha", "changes", "status"),
    [
        (NEW_SHA, {"state": "closed"}, 2),
        (NEW_SHA, {"state": "closed", "merged": True}, 2),
        (fake_github.BASE_SHA, {"state": "closed"}, 2),
        (fake_github.BASE_SHA, {"state": "closed", "merged": True}, 0),
        (fake_github.HEAD_SHA, {"state": "closed", "merged": True}, 0),
    ],
    ids=["closed", "merged", "closed, on main", "merged, on main", "merged, on its branch"],
)
def test_request_that_is_over_gives_no_other_branch_a_green_check(
    gate: RunStep, github: FakeGitHub, *, sha: str, changes: Json, status: int
) -> None:
    github.pulls[7] |= changes

    step = gate("workflow_dispatch", {"inputs": {"pr": "7"}}, GITHUB_SHA=sha)

    assert step.status == status, step.out
    assert step.outputs["verdict"] == ("skipped" if status == 0 else "undecided")


@pytest.mark.parametrize("inputs", [None, {}, {"pr": ""}, {"pr": "7; rm"}, {"pr": "0"}])
def test_gate_says_what_to_give_when_started_for_nothing(gate: RunStep, inputs: object) -> None:
    step = gate("workflow_dispatch", {"inputs": inputs})

    assert (step.status, step.outputs["verdict"]) == (2, "undecided")
    assert "an input `pr`" in step.commands[0][1]


def test_gate_needs_a_token_when_started_by_hand(gate: RunStep) -> None:
    step = gate("workflow_dispatch", {"inputs": {"pr": "7"}}, WHYGATE_TOKEN="")

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")


def test_gate_lists_the_events_it_knows(gate: RunStep) -> None:
    step = gate("issue_comment", {})

    assert (step.status, step.outputs["verdict"]) == (2, "undecided")
    assert "pull_request, pull_request_target, merge_group, push" in step.commands[0][1]


@pytest.mark.parametrize("event", [{}, {"pull_request": []}, {"pull_request": {"number": 7}}])
def test_gate_cannot_decide_about_a_payload_without_a_pull_request(
    gate: RunStep, event: Json
) -> None:
    step = gate("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "it is no JSON"),
        (b"\xff", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (None, "No such file"),
    ],
    ids=["cut", "not UTF-8", "deep", "absent"],
)
def test_gate_refuses_an_event_file_that_is_none(
    gate: RunStep, tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "payload"
    if content is not None:
        path.write_bytes(content)

    step = gate("pull_request", {}, GITHUB_EVENT_PATH=str(path))

    assert (step.status, step.outputs["verdict"]) == (2, "undecided")
    assert said in step.commands[0][1]


def test_gate_refuses_an_event_file_that_is_too_large(gate: RunStep, tmp_path: Path) -> None:
    path = tmp_path / "payload"
    with path.open("wb") as stream:
        stream.truncate(40 << 20)

    step = gate("pull_request", {}, GITHUB_EVENT_PATH=str(path))

    assert (step.status, step.outputs["verdict"]) == (2, "undecided")


def test_action_says_what_it_is_for_outside_of_a_workflow(gate: RunStep) -> None:
    variables = {"GITHUB_OUTPUT": "", "GITHUB_REPOSITORY": ""}

    step = gate("pull_request", {}, **variables)

    assert step.status == 2
    assert "this is no step of a GitHub workflow" in step.err
    assert "whygate check" in step.err
