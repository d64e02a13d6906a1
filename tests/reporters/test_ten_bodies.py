"""Ten descriptions as people write them: each is green after at most one paste."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.history.conftest import make_policy

from whygate.authoring.skeleton import render_skeleton
from whygate.judge.check import check
from whygate.model import Change, Origin, Part
from whygate.reporters.markdown import Page, render_comment, render_summary
from whygate.reporters.text import Shown

if TYPE_CHECKING:
    from whygate.model import Verdict

TODAY = date(2026, 12, 1)
POLICY = make_policy()


class Body(NamedTuple):
    """A request as written, what its author types into the slots, and what must be quoted."""

    title: str
    text: str
    typed: tuple[tuple[str, str], ...] = ()
    quoted: str = ""
    passes_at_once: bool = False


# What an author types into a slot whose words begin so; a `check:` slot is confirmed as it is.
USUAL = (
    ("who is hurt", "accountants retype forty rows a month because the export stops at row 100"),
    ("the group of people", "accountants at firms with more than ten clients"),
    ("what people will do", "they close the month from the export without retyping a row"),
    ("what is counted> goes", ""),
    ("what is counted", "mails about missing rows, weekly"),
    ("the number today", "40 mails"),
    ("the number that means", "5 mails"),
    ("the day the number", "2027-02-15"),
)
BODIES = {
    "prose with numbers": Body(
        "feat(export): write every row",
        "Today the export stops at row 100, and about 40 mails a week ask us why.\n\n"
        "This writes every row. We want under 5 mails a week by the end of January 2027.\n",
    ),
    "sections of our own": Body(
        "feat(cart): keep the cart on a second device",
        "## Problem\nShoppers who fill a cart on the phone find it empty on the laptop; support "
        "counts 140 tickets a month.\n\n## Who it helps\nSigned-in shoppers with two devices.\n\n"
        "## Outcome\nThey finish the purchase on the second device.\n\n## Measurement\n"
        "Checkout completion of two-device sessions goes from 38 % to 45 % by 2027-02-15.\n",
        quoted="140 tickets a month",
        passes_at_once=True,
    ),
    "motivation, modification, result": Body(
        "feat(codec): read frames of any length",
        "Motivation:\n\nClients that send frames beyond 64 KiB are cut off, and four users "
        "reported lost uploads this month.\n\nModifications:\n\n- Add a second length field.\n\n"
        "Result:\n\nUploads of any size arrive whole.\n",
        quoted="four users",
    ),
    "a fix with its cause": Body(
        "fix(search): find names with an apostrophe",
        "Fixes #812.\n\nShoppers who type o'neill see an empty page, about 60 times a day. "
        "The tokenizer dropped everything behind the apostrophe.\n",
    ),
    "template half filled": Body(
        "feat(returns): print the label without an account",
        "### What does this PR do?\nLets guests print a return label.\n\n### Why are the changes "
        "needed?\nGuests ask the chat for a label 60 times a week, and each answer takes five "
        "minutes.\n\n### How was this tested?\nUnit tests.\n",
        quoted="60 times a week",
    ),
    "bold labels": Body(
        "feat(invoice): send the invoice as a file",
        "**Problem:** Nine in ten business buyers retype the invoice into their books.\n"
        "**Solution:** We attach a structured file.\n",
        quoted="Nine in ten business buyers",
    ),
    "performance with numbers": Body(
        "perf(search): cache permission lookups",
        "Large tenants wait for the same permission query 60 times in one search.\n\n"
        "p95 search latency drops from 820 ms to 240 ms on the replay of last week.\n",
    ),
    "a refactoring": Body(
        "refactor(search): split the tokenizer from the grammar",
        "Every grammar change forces us to read 900 lines of tokenizer again. No behaviour "
        "changes: the 412 golden outputs are byte-identical.\n",
    ),
    "one line": Body("feat(login): sign in with a passkey", "See title.\n"),
    "a story": Body(
        "feat(export): hand the accountant one file",
        "As a seller with fewer than 50 orders a month, I want to export my orders as a "
        "spreadsheet so that I can hand my accountant one file instead of copying rows.\n",
    ),
}


def judge(body: Body, text: str) -> Verdict:
    part = Part(Origin.DESCRIPTION, "description", text)
    return check(Change("#12", body.title, (part,)), POLICY, TODAY)


def fill(skeleton: str) -> str:
    """Return the block with every slot filled, as its author would."""

    def answer(slot: re.Match[str]) -> str:
        words = slot[1]
        if words.startswith("check: "):
            return words.removeprefix("check: ")
        return next(text for start, text in USUAL if words.startswith(start))

    return re.sub(r"<([^<>]+)>", answer, skeleton)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_natural_body_is_green_after_one_paste(body: Body) -> None:
    first = judge(body, body.text)
    assert first.ok or not body.passes_at_once
    if first.ok:
        return
    block = render_skeleton(first, POLICY)
    second = judge(body, f"{body.text}\n{fill(block)}\n")

    assert second.ok, [f"{f.rule} {f.message}" for f in second.findings]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_comment_quotes_what_was_understood_and_has_one_block(body: Body) -> None:
    verdict = judge(body, body.text)
    shown = Shown(verdict, "" if verdict.ok else render_skeleton(verdict, POLICY))

    summary = render_summary([shown], POLICY, Page())
    comment = render_comment(shown, POLICY, Page())

    assert body.quoted in summary
    assert summary.count("```markdown") == (0 if verdict.ok else 1)
    if not verdict.ok:
        assert body.quoted in comment
        assert comment.count("```markdown") == 1
        assert "Missing: " in comment
