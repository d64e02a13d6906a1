"""The comment: one, ours, edited in place, and never the reason for a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.fake_github import FakeGitHub, Json
    from tests.gate.conftest import RunStep

MARKER = "<!-- whygate:default -->"
BOT: Json = {"login": "github-actions[bot]", "type": "Bot"}
EVE: Json = {"login": "eve", "type": "User"}


def test_comment_is_off_unless_asked(gate: RunStep, github: FakeGitHub, event: Json) -> None:
    github.add_pull(body="")

    gate("pull_request", event)

    assert github.comments == {}


def test_comment_is_created_for_what_is_missing(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.add_pull(body="")

    step = gate("pull_request", event, WHYGATE_COMMENT="true")

    (made,) = github.comments[7]
    assert step.status == 1
    assert str(made["body"]).startswith(f"{MARKER}\n### `#7` incomplete")
    assert "## Problem\n<who is hurt" in str(made["body"])


def test_comment_is_not_made_when_all_is_said(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    gate("pull_request", event, WHYGATE_COMMENT="true")

    assert github.comments == {}


def test_comment_is_edited_in_place_and_replaced_when_all_is_said(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.add_pull(body="")
    gate("pull_request", event, WHYGATE_COMMENT="true")
    first = str(github.comments[7][0]["body"])
    github.pulls[7]["body"] = "## Problem\nForty accountants retype thirty rows.\n"

    gate("pull_request", event, WHYGATE_COMMENT="true")
    second = str(github.comments[7][0]["body"])
    github.pulls[7]["body"] = github.good_body
    gate("pull_request", event, WHYGATE_COMMENT="true")

    assert len(github.comments[7]) == 1
    assert first != second
    assert github.comments[7][0]["body"] == f"{MARKER}\nwhygate: `#7` is complete"


def test_comment_is_left_alone_when_nothing_changed(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.add_pull(body="")
    gate("pull_request", event, WHYGATE_COMMENT="true")
    github.asked.clear()

    gate("pull_request", event, WHYGATE_COMMENT="true")

    assert not any(path.startswith(("PATCH", "POST /repos")) for path in github.paths())


def test_comment_of_a_stranger_with_our_marker_is_not_ours(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.add_pull(body="")
    other = [github.comment(n, f"comment {n}", EVE) for n in range(1, 121)]
    planted = github.comment(500, f"{MARKER}\nplanted", EVE)
    other_bot = github.comment(501, f"{MARKER}\nechoed", {"login": "welcome[bot]", "type": "Bot"})
    false_bot = github.comment(502, f"{MARKER}\nspoofed", {**BOT, "type": "User"})
    ours = github.comment(600, f"{MARKER}\nours", BOT)
    github.comments[7] = [planted, *other, other_bot, false_bot, ours]

    gate("pull_request", event, WHYGATE_COMMENT="true")

    assert planted["body"] == f"{MARKER}\nplanted"
    assert other_bot["body"] == f"{MARKER}\nechoed"
    assert false_bot["body"] == f"{MARKER}\nspoofed"
    assert "incomplete" in str(ours["body"])
    assert len(github.comments[7]) == 124


@pytest.mark.parametrize(
    ("user", "viewer"),
    [
        ({"login": "maria", "type": "User"}, ""),
        (None, "our-app[bot]"),
        (None, ""),
    ],
    ids=["a person's token", "another app's token", "nobody tells"],
)
def test_comment_is_known_by_the_identity_of_the_token(
    gate: RunStep, github: FakeGitHub, event: Json, user: Json | None, viewer: str
) -> None:
    github.add_pull(body="")
    github.user, github.viewer = user, viewer
    author = user or {"login": viewer or "github-actions[bot]", "type": "Bot"}
    ours = github.comment(600, f"{MARKER}\nours", author)
    github.comments[7] = [ours]

    gate("pull_request", event, WHYGATE_COMMENT="true")

    assert "incomplete" in str(ours["body"])


def test_comment_survives_an_api_without_graphql(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.add_pull(body="")
    github.fail("/graphql", status=403)
    ours = github.comment(600, f"{MARKER}\nours", BOT)
    github.comments[7] = [ours]

    gate("pull_request", event, WHYGATE_COMMENT="true")

    assert "incomplete" in str(ours["body"])


@pytest.mark.parametrize(
    ("method", "is_complete"),
    [("POST", False), ("GET", False), ("GET", True)],
    ids=["not written", "not read", "complete"],
)
def test_comment_that_fails_is_a_notice_and_changes_no_verdict(
    gate: RunStep, github: FakeGitHub, event: Json, method: str, is_complete: bool
) -> None:
    github.add_pull(body=github.good_body if is_complete else "")
    message = b'{"message": "Resource not accessible by integration"}'
    for _ in range(2):  # comments are read for waivers, too
        github.fail("/comments", method=method, status=403, body=message)

    step = gate("pull_request", event, WHYGATE_COMMENT="true")

    assert step.status == (0 if is_complete else 1)
    assert step.commands[-1][0] == "notice"
    assert "pull-requests: write" in step.commands[-1][1]


def test_comment_that_fails_for_the_identity_is_a_notice(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.add_pull(body="")
    github.comments[7] = [github.comment(600, f"{MARKER}\nours", BOT)]
    github.fail("/user", status=400)

    step = gate("pull_request", event, WHYGATE_COMMENT="true")

    assert (step.status, step.commands[-1][0]) == (1, "notice")


def test_comment_of_another_preset_is_another_comment(
    gate: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.add_pull(body="")

    gate("pull_request", event, WHYGATE_COMMENT="true")
    gate("pull_request", event, WHYGATE_COMMENT="true", WHYGATE_PRESET="strict")

    assert len(github.comments[7]) == 2


def test_comment_is_short_enough_for_github(gate: RunStep, github: FakeGitHub, event: Json) -> None:
    github.add_pull(body="## Problem\n" + "forty accountants retype rows. " * 2_500)

    step = gate("pull_request", event, WHYGATE_COMMENT="true")

    assert step.status == 1
    assert len(str(github.comments[7][0]["body"])) <= 65_536
    assert "The job summary has a text to paste." in str(github.comments[7][0]["body"])
