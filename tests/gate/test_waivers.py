"""A maintainer's waiver: who may give it, what it must say, and who hears of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from whygate.cli import main
from whygate.outcomes.ledger import parse_ledger

if TYPE_CHECKING:
    from tests.conftest import Repo
    from tests.fake_github import FakeGitHub
    from tests.gate.conftest import RunStep, Step

TODAY = datetime.now(UTC).date()
SOON = TODAY + timedelta(days=10)
WORDS = "this stops an outage of the shop"
GOOD = f"/whygate waive until {SOON}: {WORDS}"
SAID = f"@lena until {SOON}: {WORDS}"
MERGED = "e" * 40
REF = "refs/notes/product-context"


@pytest.fixture
def failing(github: FakeGitHub) -> FakeGitHub:
    """Give a request of ada's that answers nothing."""
    github.add_pull(body="")
    return github


def now(day: object = TODAY) -> dict[str, Any]:
    return dict.fromkeys(("created_at", "updated_at"), f"{day}T08:00:00Z")


def notices(step: Step) -> str:
    return "\n".join(text for name, text in step.commands if name == "notice")


def test_waiver_of_a_maintainer_lets_a_request_pass_and_is_shown(
    gate: RunStep, failing: FakeGitHub
) -> None:
    failing.say(GOOD, **now())

    step = gate("pull_request", failing.event())
    report: Any = step.report
    (change,) = report["changes"]

    assert (step.status, step.outputs["verdict"], step.outputs["errors"]) == (0, "exempt", "0")
    assert change["exemption"] == {"class": "waiver", "reason": SAID}
    assert SAID in step.out
    assert SAID in step.summary
    assert {f["severity"] for f in change["findings"]} == {"warning"}


@pytest.mark.parametrize("setting", ["adopt", "standard", "strict"])
def test_waiver_counts_under_every_preset(gate: RunStep, failing: FakeGitHub, setting: str) -> None:
    failing.write(".whygate.yml", f"version: 1\npreset: {setting}\n")
    failing.say(GOOD, **now())

    assert gate("pull_request", failing.event()).status == 0


@pytest.mark.parametrize(
    ("text", "by", "changes", "said"),
    [
        (GOOD, "ada", {}, "who may not write to the repository cannot waive"),
        (GOOD, "stranger", {}, "who may not write to the repository cannot waive"),
        (GOOD, "no/login", {}, "who may not write to the repository cannot waive"),
        (GOOD, "lena", {"user": {"login": "lena", "type": "Bot"}}, "cannot waive"),
        (GOOD, "lena", {"user": None}, "a deleted account does not count"),
        (GOOD, "lena", {"updated_at": f"{SOON}T09:00:00Z"}, "it was edited"),
        (f"/whygate waive until {TODAY}: {WORDS}", "lena", now("2025-01-01"), "more than 180 days"),
        (f"/whygate waive until 2025-01-09: {WORDS}", "lena", now("2025-01-01"), "it ran out on"),
        ("/whygate waive", "lena", {}, "it does not read"),
        (f"/whygate waive: {WORDS}", "lena", {}, "it does not read"),
        (f"/whygate waive until soon: {WORDS}", "lena", {}, "`soon` is no day"),
        (f"/whygate waive until 30 days after release: {WORDS}", "lena", {}, "is no day"),
        (f"/whygate waive until 9999-12-31: {WORDS}", "lena", {}, "more than 180 days"),
        (f"/whygate waive until {SOON}: ok", "lena", {}, "fewer than 4 words"),
        (f"/whygate waive until {SOON}:", "lena", {}, "fewer than 4 words"),
        (f"/whygate waive until {SOON}: n/a", "lena", {}, "fewer than 4 words"),
    ],
    ids=[
        *("the author, who may read", "a stranger", "no login", "an app", "a deleted account"),
        *("edited", "too far", "ran out", "no more", "no day", "vague", "release", "for ever"),
        *("short", "no reason", "placeholder"),
    ],
)
def test_waiver_that_does_not_count_is_named_with_its_reason(
    gate: RunStep, failing: FakeGitHub, text: str, by: str, changes: dict[str, object], said: str
) -> None:
    failing.say(text, by, **(now() | changes))

    step = gate("pull_request", failing.event())

    assert (step.status, step.outputs["verdict"]) == (1, "failed")
    assert said in notices(step)


@pytest.mark.parametrize(
    "text",
    [
        f"> {GOOD}",
        f"please\n{GOOD}",
        f"```\n{GOOD}\n```",
        f"<!-- {GOOD} -->",
        "/whygate waived",
    ],
    ids=["quoted", "later", "code", "hidden", "another word"],
)
def test_comment_that_is_no_command_is_not_looked_at(
    gate: RunStep, failing: FakeGitHub, text: str
) -> None:
    failing.say(text, **now())

    step = gate("pull_request", failing.event())

    assert (step.status, notices(step)) == (1, "")
    assert not any("permission" in path for path in failing.paths())


@pytest.mark.parametrize(("setting", "status"), [("never", 1), ("others", 1), ("all", 0)], ids=str)
def test_author_waives_only_where_the_policy_says_so(
    gate: RunStep, failing: FakeGitHub, setting: str, status: int
) -> None:
    failing.write(".whygate.yml", f"version: 1\nexempt: {{waivers: {setting}}}\n")
    failing.rights["ada"] = "admin"
    failing.say(GOOD, "ada", **now())

    assert gate("pull_request", failing.event()).status == status


def test_waivers_are_not_asked_for_where_nobody_can_give_one_or_none_is_needed(
    gate: RunStep, github: FakeGitHub
) -> None:
    gate("pull_request", github.event())
    github.write(".whygate.yml", "version: 1\nexempt: {waivers: never}\n")
    github.add_pull(body="")
    gate("pull_request", github.event())

    assert not any("comments" in path for path in github.paths())


def test_newest_waiver_that_counts_is_taken(gate: RunStep, failing: FakeGitHub) -> None:
    failing.say(GOOD, **now())
    because = "because nobody answers until Monday"
    failing.say(f"/whygate waive until {TODAY} {because}", "olaf", **now())
    failing.say(GOOD, "stranger", **now())

    step = gate("pull_request", failing.event())

    assert f"@olaf until {TODAY}: nobody answers until Monday" in step.summary


@pytest.mark.parametrize("question", ["/comments$", "/permission$"])
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"{}"),
        (200, b"null"),
        (200, b"[{}]"),
        (200, b'[{"body": "/whygate waive"}]'),
        (200, b'{"permission": "admin"}'),
        (200, b'{"permission": true, "user": {"login": "lena", "type": "User"}}'),
        (403, b'{"message": "Resource not accessible by integration"}'),
        (500, b"{}"),
    ],
)
def test_request_never_passes_by_a_fault_about_waivers(
    gate: RunStep,
    failing: FakeGitHub,
    monkeypatch: pytest.MonkeyPatch,
    question: str,
    status: int,
    body: bytes,
) -> None:
    monkeypatch.setattr("whygate.forges.rest._FIRST_PAUSE", 0.0001)
    failing.say(GOOD, **now())
    for _ in range(4):
        failing.fail(question, status=status, body=body)

    step = gate("pull_request", failing.event())

    assert (step.status, step.outputs["verdict"]) == (1, "failed")
    assert "was not looked for" in notices(step)


def test_permission_of_somebody_else_proves_nothing(gate: RunStep, failing: FakeGitHub) -> None:
    failing.say(GOOD, **now())
    answer = {"permission": "admin", "user": {"login": "olaf", "type": "User"}}
    failing.fail("/permission$", status=200, body=json.dumps(answer).encode())

    assert gate("pull_request", failing.event()).status == 1


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html"])
def test_waiver_is_kept_at_the_merge_and_read_by_audit_and_scorecard(
    gate: RunStep,
    failing: FakeGitHub,
    repo: Repo,
    capfd: pytest.CaptureFixture[str],
    form: str,
) -> None:
    sha = repo.commit("feat(export): write every row (#7)")
    failing.pulls[7] |= {"state": "closed", "merged": True, "merge_commit_sha": sha}
    failing.compared = [failing.commit("feat(export): write every row (#7)", sha)]
    failing.belonging = {sha: [7]}
    failing.say(GOOD, **now())
    push = {
        "ref": "refs/heads/main",
        "before": failing.base_sha,
        "after": sha,
        "repository": {"default_branch": "main"},
    }

    gate("push", push, WHYGATE_KEEP_PLAN="note")
    (kept,) = parse_ledger(failing.notes(REF)[sha]).kept

    assert str(kept.waiver) == SAID
    repo.commit("chore: keep", {".whygate/results.jsonl": failing.notes(REF)[sha]})
    for command in ("audit", "scorecard"):
        capfd.readouterr()
        shown = "markdown" if (form, command) == ("html", "scorecard") else form
        assert main([command, "-C", str(repo.path), "--format", shown, "--no-cache"]) == 0
        out = " ".join(capfd.readouterr().out.split())
        assert f"lena until {SOON}" in out
        if form == "json":
            report = json.loads(out)
            waived = report.get("waived") or report["coverage"]["waived"]
            assert waived == [
                {"id": "#7", "title": "feat(export): write every row (#7)", "waiver": SAID}
            ]
            if command == "audit":
                assert report["coverage"]["exempt"] == {"waiver": 1}


# Labels that exempt

LABELLED = "version: 1\npreset: strict\nexempt: {labels: [no-why]}\n"


@pytest.mark.parametrize(
    ("who", "kind", "status", "verdict"),
    [
        ("lena", "User", 0, "skipped"),
        ("olaf", "User", 0, "skipped"),
        ("ada", "User", 1, "failed"),
        ("stranger", "User", 1, "failed"),
        ("labeler[bot]", "Bot", 1, "failed"),
    ],
)
def test_label_exempts_under_strict_only_if_a_maintainer_set_it(
    gate: RunStep, failing: FakeGitHub, who: str, kind: str, status: int, verdict: str
) -> None:
    failing.write(".whygate.yml", LABELLED)
    failing.label("no-why", who, kind=kind)

    step = gate("pull_request", failing.event())

    assert (step.status, step.outputs["verdict"]) == (status, verdict)
    assert ("the label `no-why` exempts nothing" in notices(step)) == (status == 1)


def test_label_that_was_set_anew_is_its_last_setters(gate: RunStep, failing: FakeGitHub) -> None:
    failing.write(".whygate.yml", LABELLED)
    failing.label("no-why", "lena")
    failing.label("no-why", "stranger")

    assert gate("pull_request", failing.event()).status == 1


def test_author_who_may_write_does_not_label_a_request_of_their_own(
    gate: RunStep, failing: FakeGitHub
) -> None:
    failing.write(".whygate.yml", LABELLED)
    failing.rights["ada"] = "admin"
    failing.label("no-why", "ada")

    step = gate("pull_request", failing.event())

    assert (step.status, "the author of the request set it" in notices(step)) == (1, True)


def test_label_of_anybody_exempts_under_standard_and_nobody_is_asked(
    gate: RunStep, failing: FakeGitHub
) -> None:
    failing.write(".whygate.yml", "version: 1\nexempt: {labels: [no-why]}\n")
    failing.label("no-why", "stranger")

    assert gate("pull_request", failing.event()).status == 0
    assert not any("/events" in path for path in failing.paths())


@pytest.mark.parametrize("answer", [b"{}", b"null", b"[7]", b'[{"event": 7}]'])
def test_label_never_exempts_by_an_answer_of_another_shape(
    gate: RunStep, failing: FakeGitHub, answer: bytes
) -> None:
    failing.write(".whygate.yml", LABELLED)
    failing.label("no-why", "lena")
    failing.fail("/events$", status=200, body=answer)

    step = gate("pull_request", failing.event())

    assert (step.status, step.outputs["verdict"]) == (3, "undecided")
