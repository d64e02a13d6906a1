"""What is kept of a merged change, where, and that nothing of it can change a verdict."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from whygate.outcomes.ledger import parse_ledger

if TYPE_CHECKING:
    from tests.fake_github import FakeGitHub, Json
    from tests.gate.conftest import RunStep, Step

MERGED = "e" * 40
OTHER = "f" * 40
REF = "refs/notes/product-context"
LEDGER = ".whygate/results.jsonl"


@pytest.fixture
def merged(github: FakeGitHub) -> FakeGitHub:
    """Give a GitHub on which #7 was squashed under its title alone."""
    github.pulls[7] |= {"state": "closed", "merged": True, "merge_commit_sha": MERGED}
    github.compared = [github.commit("feat(export): write every row (#7)", MERGED)]
    github.belonging = {MERGED: [7], OTHER: [8]}
    return github


def push(gate: RunStep, github: FakeGitHub, keep: str = "note", after: str = MERGED) -> Step:
    event: Json = {
        "ref": "refs/heads/main",
        "before": github.base_sha,
        "after": after,
        "repository": {"default_branch": "main"},
        "deleted": False,
    }
    return gate("push", event, WHYGATE_KEEP_PLAN=keep)


def notices(step: Step) -> list[str]:
    return [text for name, text in step.commands if name == "notice"]


def test_nothing_is_kept_unless_asked(gate: RunStep, merged: FakeGitHub) -> None:
    push(gate, merged, keep="")
    push(gate, merged, keep="off")

    assert (merged.refs, merged.contents) == ({}, {})
    assert not [a for a in merged.asked if a.method != "GET"]


def test_context_becomes_a_note_of_the_merge(gate: RunStep, merged: FakeGitHub) -> None:
    step = push(gate, merged)
    notes = merged.notes(REF)
    ledger = parse_ledger(notes[MERGED])

    assert step.status == 0
    assert notices(step) == [f"kept the context of 1 merged changes in {REF}"]
    assert list(notes) == [MERGED]
    assert [(k.change, k.sha) for k in ledger.kept] == [("#7", MERGED)]
    assert json.loads(ledger.kept[0].text)["measurement"] == [
        {
            "metric": "retyped rows per accountant, monthly",
            "baseline": "30",
            "target": "0",
            "evaluate_by": "+30d",
        }
    ]


def test_note_is_added_to_what_is_there(gate: RunStep, merged: FakeGitHub) -> None:
    push(gate, merged)
    first = merged.refs[REF]
    merged.add_pull(8, state="closed", merged=True, merge_commit_sha=OTHER)
    merged.compared = [merged.commit("feat: more (#8)", OTHER)]

    push(gate, merged, after=OTHER)

    assert set(merged.notes(REF)) == {MERGED, OTHER}
    assert merged.made[merged.refs[REF]]["parents"] == [{"sha": first}]


def test_note_that_is_there_is_never_written_again(gate: RunStep, merged: FakeGitHub) -> None:
    push(gate, merged)
    before = dict(merged.refs)
    tree = merged.made[merged.refs[REF]]["tree"]
    assert isinstance(tree, dict)
    files = merged.trees[str(tree["sha"])]
    files[f"{MERGED[:2]}/{MERGED[2:]}"] = files.pop(MERGED)  # as git fans out many notes

    step = push(gate, merged)

    assert merged.refs == before
    assert "kept the context of 0 merged changes" in notices(step)[0]
    assert "1 were kept before" in notices(step)[0]


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("git/refs$", "POST", 422), ("git/trees$", "POST", 409)],
    ids=["ref made", "tree moved"],
)
def test_note_is_built_again_when_somebody_else_was_faster(
    gate: RunStep, merged: FakeGitHub, path: str, method: str, status: int
) -> None:
    merged.fail(path, status=status, method=method)

    step = push(gate, merged)

    assert set(merged.notes(REF)) == {MERGED}
    assert "kept the context of 1" in notices(step)[0]


def test_ref_that_keeps_moving_is_given_up_with_a_notice(gate: RunStep, merged: FakeGitHub) -> None:
    for _ in range(3):
        merged.fail("git/refs$", status=422, method="POST")

    step = push(gate, merged)

    assert (step.status, merged.refs) == (0, {})
    assert "the plans were not kept" in notices(step)[0]


@pytest.mark.parametrize("keep", ["note", "ledger"])
def test_missing_right_is_a_notice_and_no_verdict(
    gate: RunStep, merged: FakeGitHub, keep: str
) -> None:
    for path in ("git/trees$", "contents/"):
        merged.fail(path, status=403, method="PUT" if "contents" in path else "POST")

    step = push(gate, merged, keep)

    assert (step.status, step.outputs["verdict"]) == (0, "ok")
    assert "contents: write" in notices(step)[0]


def test_context_becomes_a_line_of_the_ledger(gate: RunStep, merged: FakeGitHub) -> None:
    before = b'{"v":1,"for":"#1","at":"2025-01-01","state":"met"}\nnot ours, \xff'
    merged.contents[LEDGER] = before

    step = push(gate, merged, "ledger")
    again = push(gate, merged, "ledger")
    after = merged.contents[LEDGER]

    assert after.startswith(before + b"\n")
    assert [k.sha for k in parse_ledger(after.decode("utf-8", "replace")).kept] == [MERGED]
    assert notices(step) == [f"kept the context of 1 merged changes in {LEDGER}"]
    assert "kept the context of 0" in notices(again)[0]


def test_ledger_is_made_when_it_is_absent(gate: RunStep, merged: FakeGitHub) -> None:
    push(gate, merged, "ledger")

    assert len(parse_ledger(merged.contents[LEDGER].decode()).kept) == 1


def test_ledger_that_is_too_large_is_left_alone(gate: RunStep, merged: FakeGitHub) -> None:
    answer = {"encoding": "none", "size": 2_000_000, "content": "", "sha": "1" * 40}
    merged.fail("contents/", status=200, body=json.dumps(answer).encode(), method="GET")

    step = push(gate, merged, "ledger")

    assert "too large for the API" in notices(step)[0]
    assert merged.contents == {}


def test_ledger_in_a_broken_form_is_left_alone(gate: RunStep, merged: FakeGitHub) -> None:
    answer = {"encoding": "base64", "size": 3, "content": "x", "sha": "1" * 40}
    merged.fail("contents/", status=200, body=json.dumps(answer).encode(), method="GET")

    assert "it is no base64" in notices(push(gate, merged, "ledger"))[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "docs: say it", "body": ""},
        {"body": ""},
        {"user": {"login": "dependabot[bot]", "type": "Bot"}},
        {"merge_commit_sha": OTHER},
    ],
    ids=["docs", "empty", "bot", "another commit"],
)
def test_what_says_nothing_is_not_kept(
    gate: RunStep, merged: FakeGitHub, changes: dict[str, object]
) -> None:
    merged.pulls[7] |= changes
    merged.commits[7] = [merged.commit("wip")]

    push(gate, merged)

    assert merged.refs == {}


def test_merged_request_is_kept_by_its_own_event(gate: RunStep, merged: FakeGitHub) -> None:
    event = merged.event(action="closed")
    left = gate("pull_request", event)
    step = gate("pull_request", event, WHYGATE_KEEP_PLAN="note")

    assert left.outputs["verdict"] == "skipped"
    assert (step.status, step.outputs["verdict"]) == (0, "ok")
    assert set(merged.notes(REF)) == {MERGED}


def test_closed_request_without_a_merge_is_not_kept(gate: RunStep, github: FakeGitHub) -> None:
    github.pulls[7]["state"] = "closed"
    step = gate("pull_request", github.event(action="closed"), WHYGATE_KEEP_PLAN="note")

    assert (step.outputs["verdict"], github.refs) == ("skipped", {})


def test_merged_request_that_says_nothing_never_fails(gate: RunStep, merged: FakeGitHub) -> None:
    merged.pulls[7]["body"] = ""
    step = gate("pull_request", merged.event(action="closed"), WHYGATE_KEEP_PLAN="note")

    assert (step.status, step.outputs["verdict"], merged.refs) == (0, "failed", {})


def test_other_choice_is_refused(gate: RunStep, merged: FakeGitHub) -> None:
    step = push(gate, merged, "always")

    assert step.status == 2
    assert "`keep-plan` is one of off, note, ledger" in step.out


def test_hostile_text_stays_one_line(gate: RunStep, merged: FakeGitHub) -> None:
    body = str(merged.pulls[7]["body"])
    merged.pulls[7]["body"] = body.replace(
        "Exports stop", "Exports\u2028stop\u0085\ud800 ::error::"
    )

    push(gate, merged)

    assert len(merged.notes(REF)[MERGED].splitlines()) == 1
