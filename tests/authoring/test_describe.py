"""What the commits say, put together: all of it kept, nothing made up."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from whygate.authoring.describe import describe_change, list_commits
from whygate.authoring.written import write_sections, write_trailers
from whygate.judge.check import check
from whygate.model import Change, Origin, Part, Status

if TYPE_CHECKING:
    from tests.authoring.conftest import MakePolicy

    from whygate.policy.policy import Policy

TODAY = date(2026, 12, 1)
TITLE = "feat(export): write every row"
PROBLEM = "exports stop at row 100, so 40 accountants retype the rest"
MEASURED = "Metric: retyped rows\nBaseline: 30 rows\nTarget: 0 rows\nEvaluate-By: +30d\n"


def branch(*messages: str) -> Change:
    """Return commits, the oldest first, as one change."""
    parts = [
        Part(Origin.COMMIT, f"{n:04}", f"{TITLE}\n\n{text}\n") for n, text in enumerate(messages)
    ]
    return Change("main..", TITLE, tuple(reversed(parts)))


def sections(policy: Policy, *messages: str) -> tuple[str, list[str]]:
    described = describe_change(check(branch(*messages), policy, TODAY), policy)
    return write_sections(described.answers, policy.schema), [f.name for f in described.missing]


def trailers(policy: Policy, *messages: str) -> tuple[str, ...]:
    described = describe_change(check(branch(*messages), policy, TODAY), policy, joint="; ")
    return write_trailers(described.answers, policy.schema)


def test_answers_of_all_commits_are_kept_and_the_rest_is_slots(make_policy: MakePolicy) -> None:
    text, missing = sections(
        make_policy(),
        f"Problem: {PROBLEM}",
        "Metric: retyped rows\nBaseline: 30 rows\nTrade-Off: one more write",
    )

    assert text == (
        f"## Problem\n{PROBLEM}\n\n"
        "## Who it helps\n<the group of people the change is for, and its size if known>\n\n"
        "## Outcome\n<what people will do differently, or what the system will do for them, once "
        "this works>\n\n"
        "## Measurement\n- Metric: retyped rows\n- Baseline: 30 rows\n"
        "- Target: <the number that means success, in the unit of the baseline or relative to it>\n"
        "- Evaluate by: <the day the number is looked at>\n\n"
        "## Trade-offs\none more write"
    )
    assert missing == ["audience", "outcome", "measurement.target", "measurement.evaluate_by"]


def test_description_of_silent_commits_is_all_slots_and_fails(make_policy: MakePolicy) -> None:
    policy = make_policy()
    text, missing = sections(policy, "Written on the train.")

    part = Part(Origin.DESCRIPTION, "body.md", text)
    verdict = check(Change("body.md", TITLE, (part,)), policy, TODAY)

    assert verdict.status is Status.FAILED
    assert missing == list(dict.fromkeys(n for n in policy.needs("feature") if n != "measurement"))


def test_description_of_complete_commits_passes(make_policy: MakePolicy) -> None:
    policy = make_policy()
    whole = f"Problem: {PROBLEM}\nAudience: accountants\nOutcome: they close the month in one go\n"

    text, missing = sections(policy, whole + MEASURED)
    part = Part(Origin.DESCRIPTION, "body.md", text)
    verdict = check(Change("body.md", TITLE, (part,)), policy, TODAY)

    assert missing == []
    assert (verdict.status, verdict.findings) == (Status.OK, ())


def test_different_problems_are_kept_oldest_first(make_policy: MakePolicy) -> None:
    messages = (
        f"Problem: {PROBLEM}",
        f"Problem: {PROBLEM}.",
        "Problem: the import drops the last column of a file.",
        "Problem: a typo hides the button",
    )

    text, _ = sections(make_policy(), *messages)
    lines = trailers(make_policy(), *messages)

    assert text.startswith(
        f"## Problem\n{PROBLEM}.\n\nthe import drops the last column of a file.\n\n"
        "a typo hides the button\n\n## Who"
    )
    assert " ".join(line.strip() for line in lines).startswith(
        f"Problem: {PROBLEM}; the import drops the last column of a file; a typo hides the button"
    )


def test_newest_of_two_dates_wins(make_policy: MakePolicy) -> None:
    lines = trailers(make_policy(), MEASURED, "Metric: retyped rows\nEvaluate-By: +60d")

    assert "Evaluate-By: +60d" in lines
    assert "Evaluate-By: +30d" not in lines
    assert "Target: 0 rows" in lines


def test_second_measurement_without_a_metric_gets_a_slot_to_stand_apart(
    make_policy: MakePolicy,
) -> None:
    block = (
        "```yaml product-context\nmeasurement:\n"
        "  - {metric: retyped rows, target: 0 rows}\n  - {target: 300 ms}\n```"
    )

    lines = trailers(make_policy(), block)

    assert [line.partition(":")[0] for line in lines if line.startswith(("Metric", "Target"))] == [
        "Metric",
        "Target",
        "Metric",
        "Target",
    ]
    assert "Metric: <what is counted, of whom, in which window>" in lines


def test_exemption_is_kept_and_what_it_excuses_is_not_asked(make_policy: MakePolicy) -> None:
    sentence = "Not measurable because fewer than ten customers use it; we ask three by 2027-01-31"

    text, missing = sections(
        make_policy(),
        f"Problem: {PROBLEM}\nAudience: accountants\nOutcome: they close the month in one go",
        f"## Measurement\n{sentence}",
    )

    assert missing == []
    assert text.endswith(f"## Product context\n{sentence}")
    assert "## Measurement" not in text


def test_answers_of_a_bet_are_left_to_the_bet(make_policy: MakePolicy) -> None:
    text, missing = sections(make_policy(), "Bet: cart-sync", "Metric: finished purchases weekly")

    assert missing == []
    assert text == ("## Measurement\n- Metric: finished purchases weekly\n\n## Bet\ncart-sync")


def test_bet_alone_is_named_and_not_copied(make_policy: MakePolicy) -> None:
    assert sections(make_policy(), "Bet: cart-sync") == ("## Bet\ncart-sync", [])


def test_declared_kind_and_lists_are_kept(make_policy: MakePolicy) -> None:
    lines = trailers(make_policy(), "Change-Kind: chore\nRefs: #1\nRefs: #2\nProblem: x y z v w")

    assert lines == ("Change-Kind: chore", "Problem: x y z v w", "Refs: #1", "Refs: #2")


def test_measurement_in_one_sentence_is_kept_whole(make_policy: MakePolicy) -> None:
    sentence = "retyped rows go from 30 to 0 a month by 2027-02-15"

    text, _ = sections(make_policy(), f"**Measurement:** {sentence}")

    assert "- Baseline: 30" in text
    assert sentence in text or "- Target: 0" in text


@pytest.mark.parametrize(
    ("commits", "text"),
    [
        ([], ""),
        ([("abc", "feat: x")], "- `feat: x` (abc)"),
        (
            [("abc", "closes #1, @all"), ("def", "say `x` <!--")],
            "- `closes #1, @all` (abc)\n- ``say `x` <!--`` (def)",
        ),
    ],
    ids=["none", "one", "markup"],
)
def test_commits_are_listed_as_code(commits: list[tuple[str, str]], text: str) -> None:
    assert list_commits(commits) == text


@pytest.mark.parametrize(("count", "head"), [(51, "- 1 older commit"), (60, "- 10 older commits")])
def test_long_list_of_commits_is_cut(count: int, head: str) -> None:
    lines = list_commits([(str(n), "x") for n in range(count)]).split("\n")

    assert lines[0] == head
    assert lines[-1] == f"- `x` ({count - 1})"
    assert len(lines) == 51
