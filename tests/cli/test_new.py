"""`whygate new`: on a terminal, from a file, and into a commit."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from whygate.terminal.interview import DRAFT_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.cli.conftest import Run, Spawn
    from tests.conftest import Repo

TITLE = "feat(export): write every row"
PROBLEM = "exports stop at row 100, so 40 accountants retype the rest"
OUTCOME = "they close the month without retyping a single row"
SENTENCE = "tickets about missing rows go from 9 to 1 a week"
ANSWERS = {
    "title": TITLE,
    "problem": PROBLEM,
    "audience": "accountants with more than ten clients",
    "outcome": OUTCOME,
    "measurement": [
        {"metric": "retyped rows", "baseline": "30", "target": "0", "evaluate_by": "+30d"}
    ],
}
END = "\x04"


def converse(spawn: Spawn, lines: Sequence[str], *argv: str) -> tuple[int, str, str]:
    """Give lines to a process whose stdin is a terminal; return its status, stdout and stderr.

    The input ends behind them, so that a question too many ends the process, too.
    """
    master, slave = os.openpty()
    process = spawn("new", *argv, stdin=slave)
    os.close(slave)
    os.write(master, "".join(f"{line}\n" for line in (*lines, END)).encode())
    try:
        out, err = process.communicate(timeout=60)
    finally:
        os.close(master)
    return process.returncode, out.decode(), err.decode()


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(ANSWERS))
    return path


# --- on a terminal ---------------------------------------------------------------------------


def test_conversation_ends_in_a_description_that_passes(
    spawn: Spawn, run: Run, tmp_path: Path
) -> None:
    lines = [TITLE, "Slow.", PROBLEM, "?", "accountants", OUTCOME, SENTENCE, "soon", "+30d"]

    status, out, err = converse(spawn, lines)
    (tmp_path / "body.md").write_text(out)
    checked = run("check", "--description", "body.md", "--title", TITLE)

    assert status == 0
    assert out == (
        f"## Problem\n{PROBLEM}\n\n## Who it helps\naccountants\n\n## Outcome\n{OUTCOME}\n\n"
        "## Measurement\n- Metric: tickets about missing rows\n- Baseline: 9\n"
        "- Target: 1 a week\n- Evaluate by: +30d\n"
    )
    assert (checked.status, checked.out[:2]) == (0, "ok")
    asked = [err.index(text) for text in ("A change of kind feature", "What problem", "Who does")]
    assert asked == sorted(asked)
    assert "Problem has 1 of at least 5 words (WG114)." in err
    assert "Who it helps: The group of people the change is for" in err
    assert "`soon` is no day; write +30d (30 days after the merge) (WG207)." in err


def test_conversation_on_one_terminal_edits_lines(spawn: Spawn) -> None:
    master, slave = os.openpty()
    process = spawn("new", stdin=slave, stdout=slave, TERM="dumb")
    os.close(slave)
    os.write(master, f"chore: tidy up\n{PROBLEM}\n".encode())
    _, err = process.communicate(timeout=60)
    shown = b""
    while f"## Problem\r\n{PROBLEM}\r\n".encode() not in shown:
        shown += os.read(master, 65_536)
    os.close(master)

    assert process.returncode == 0
    assert b"What problem does this solve" in err


def test_answer_that_earned_a_warning_may_be_kept_or_written_anew(spawn: Spawn) -> None:
    short = "Exports are slow."

    kept = converse(spawn, ["chore: x", short, ""])
    anew = converse(spawn, ["chore: x", short, "y", PROBLEM])

    assert kept[:2] == (0, f"## Problem\n{short}\n")
    assert anew[:2] == (0, f"## Problem\n{PROBLEM}\n")
    assert "Write it anew? [y/N]" in kept[2]


def test_question_left_open_stays_a_slot_and_fails(spawn: Spawn) -> None:
    status, out, err = converse(spawn, ["fix: x", "", "", "", "", "", ""])

    assert status == 1
    assert out.startswith("## Problem\n<who is hurt, when, how much, and how that is known>\n")
    assert "The change does not pass here without it." in err
    assert "whygate: to be filled in: Problem, Metric, Target, Evaluate by" in err
    assert "it does not pass yet: WG101 problem-missing" in err


def test_exemption_is_offered_and_taken(spawn: Spawn) -> None:
    sentence = "Not measurable because fewer than ten customers use it; we ask three by +30d"
    lines = [
        TITLE,
        PROBLEM,
        "",
        OUTCOME,
        "!",
        "we are late",
        "Not measurable because few",
        sentence,
    ]

    status, out, err = converse(spawn, lines)

    assert (status, out.rpartition("\n\n")[2]) == (0, f"## Product context\n{sentence}\n")
    assert "    Covered by bet cart-sync\n" in err
    assert "has fewer than 4 words of its own (WG401)." in err
    assert "names no reason that is known here" in err


def test_question_without_a_way_round_says_so(spawn: Spawn) -> None:
    _, _, err = converse(spawn, [TITLE, "!", "", "", "", "", "", "", "", "", "", "", "", ""])

    assert "no honest way round" in err


def test_exemption_may_be_declined(spawn: Spawn) -> None:
    status, out, _ = converse(spawn, ["chore: x", "!", "", PROBLEM])

    assert (status, out) == (0, f"## Problem\n{PROBLEM}\n")


def test_title_that_tells_no_kind_is_asked_for_it(spawn: Spawn) -> None:
    status, out, err = converse(spawn, ["", "tidy up", "elephant", "chore", PROBLEM])

    assert (status, out) == (0, f"## Kind\nchore\n\n## Problem\n{PROBLEM}\n")
    assert "`elephant` is none of them" in err


def test_kind_that_is_asked_nothing_ends_at_once(spawn: Spawn) -> None:
    status, out, err = converse(spawn, ["docs: say how"])

    assert (status, out) == (0, "\n")
    assert "Nothing more is asked of this change (docs)." in err


def test_kind_of_an_option_decides(spawn: Spawn) -> None:
    lines = [PROBLEM]

    assert converse(spawn, lines, "--title", "x", "--kind", "chore", "--as", "trailers")[:2] == (
        0,
        f"Change-Kind: chore\nProblem: {PROBLEM}\n",
    )


def test_choice_is_shown_with_its_words_and_its_bounds(spawn: Spawn, repo: Repo) -> None:
    cost = {"type": "string", "enum": ["low", "high"], "x-question": "What does it cost?"}
    risk = {"type": "string", "title": "Risk", "x-question": "What can go wrong?"}
    schema = {"required": ["cost", "risk"], "properties": {"cost": cost, "risk": risk}}
    repo.write("own.json", json.dumps(schema))
    repo.write(".whygate.yml", "version: 1\nschema: own.json\n")

    status, out, err = converse(
        spawn, ["x", "?", "!", "dear", "low", "?", "much"], "-C", str(repo.path)
    )

    assert (status, out) == (0, "## Cost\nlow\n\n## Risk\nmuch\n")
    assert "What does it cost?\n  one of low, high\n" in err
    assert "no honest way round" in err
    assert "is not one of low, high (WG309)." in err


# --- nothing is lost -------------------------------------------------------------------------


def test_interrupted_conversation_goes_on_where_it_was(spawn: Spawn, repo: Repo) -> None:
    where = ("-C", str(repo.path))
    draft = repo.path / ".git" / DRAFT_NAME

    first = converse(spawn, [TITLE, PROBLEM], *where)
    kept = json.loads(draft.read_text())
    second = converse(spawn, ["", "accountants", OUTCOME, SENTENCE, "+30d"], *where)

    assert (first[0], first[1]) == (130, "")
    assert f"kept in {draft}" in first[2]
    assert (kept["title"], kept["texts"]) == (TITLE, {"problem": [PROBLEM]})
    assert second[0] == 0
    assert f"answers from before: {TITLE} (problem)" in second[2]
    assert second[1].startswith(f"## Problem\n{PROBLEM}\n")
    assert not draft.exists()


def test_answers_from_before_may_be_left(spawn: Spawn, repo: Repo) -> None:
    where = ("-C", str(repo.path))
    converse(spawn, [TITLE, PROBLEM], *where)

    status, out, _ = converse(spawn, ["n", "docs: say how"], *where)

    assert (status, out) == (0, "\n")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"version": 9, "title": "x"}', '{"title": 1}'])
def test_damaged_draft_is_left_aside(spawn: Spawn, repo: Repo, text: str) -> None:
    (repo.path / ".git" / DRAFT_NAME).write_text(text)

    status, _, err = converse(spawn, ["docs: say how"], "-C", str(repo.path))

    assert status == 0
    assert "from before" not in err


def test_interrupted_conversation_outside_a_repository_shows_the_answers(spawn: Spawn) -> None:
    status, out, err = converse(spawn, [TITLE, PROBLEM])

    assert (status, out) == (130, "")
    assert f"Your answers so far:\n\n## Problem\n{PROBLEM}\n" in err


def test_interrupt_before_the_first_answer_is_quiet(spawn: Spawn) -> None:
    status, out, err = converse(spawn, [])

    assert (status, out) == (130, "")
    assert "answers" not in err


# --- from a file -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        ("sections", f"## Problem\n{PROBLEM}\n"),
        ("trailers", f"Problem: {PROBLEM}\n"),
        ("block", "```yaml product-context\nversion: 1\n"),
    ],
)
def test_answers_of_a_file_are_written_in_every_form(
    run: Run, answers: Path, form: str, begins: str
) -> None:
    result = run("new", "--answers", str(answers), "--as", form)

    assert (result.status, result.err) == (0, "")
    assert result.out.startswith(begins)
    assert "retyped rows" in result.out


def test_answers_come_from_stdin_when_asked(run: Run) -> None:
    result = run("new", "--answers", "-", stdin=json.dumps(ANSWERS).encode())

    assert result.status == 0


def test_answers_on_stdin_that_are_too_many_are_refused(run: Run) -> None:
    result = run("new", "--answers", "-", stdin=json.dumps(ANSWERS).encode() + b" " * 262_144)

    assert (result.status, result.out) == (2, "")
    assert "stdin is larger than 262144 bytes" in result.err


def test_answers_that_fail_are_shown_with_their_place(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(f"title: '{TITLE}'\nproblem: TBD\n")

    result = run("new", "--answers", "a.yml")

    assert (result.status, result.out) == (1, "")
    assert "a.yml:2:10: WG112 placeholder: Problem says only `TBD`" in result.err


def test_answers_are_written_to_a_new_file_only(run: Run, answers: Path, tmp_path: Path) -> None:
    first = run("new", "--answers", str(answers), "--output", "body.md")
    (tmp_path / "body.md").write_text("mine")
    second = run("new", "--answers", str(answers), "--output", "body.md")

    assert (first.status, first.out, first.err) == (0, "", "wrote body.md\n")
    assert second.status == 2
    assert "is there already" in second.err
    assert (tmp_path / "body.md").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param((), "there is no terminal to ask in", id="no terminal"),
        pytest.param(("--answers", "gone.yml"), "cannot be read", id="no file"),
        pytest.param(("--answers", "answers.json", "--kind", "x"), "`x` is no kind", id="kind"),
        pytest.param(("--commit", "--as", "block"), "--commit writes", id="form of a commit"),
        pytest.param(("--as", "poem"), "poem", id="form"),
    ],
)
def test_what_cannot_be_done_is_said(
    run: Run, answers: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    result = run("new", *arguments, stdin=b"")

    assert answers.exists()
    assert (result.status, result.out) == (2, "")
    assert sentence in result.err


# --- into a commit ---------------------------------------------------------------------------


def test_commit_is_made_with_the_hooks_of_the_user(run: Run, answers: Path, repo: Repo) -> None:
    hook = repo.write(".git/hooks/commit-msg", '#!/bin/sh\necho hooked > "$1.seen"\n')
    hook.chmod(0o755)
    repo.write("a", "1")
    repo.git("add", "a")

    result = run("new", "--answers", str(answers), "--commit", "-C", str(repo.path))

    message = repo.git("log", "-1", "--format=%B")
    assert (result.status, repo.git("log", "-1", "--format=%s")) == (0, TITLE)
    assert repo.git("interpret-trailers", "--parse", data=message.encode()).startswith(
        f"Problem: {PROBLEM}\nAudience: "
    )
    assert (repo.path / ".git" / "COMMIT_EDITMSG.seen").exists()
    assert not list((repo.path / ".git").glob("whygate-*"))


def test_message_is_kept_when_git_does_not_commit(run: Run, answers: Path, repo: Repo) -> None:
    result = run("new", "--answers", str(answers), "--commit", "-C", str(repo.path))

    kept = repo.path / ".git" / "whygate-message.txt"
    assert result.status == 1
    assert f"git commit --edit --file={kept}" in result.err
    assert kept.read_text().startswith(f"{TITLE}\n\nProblem: {PROBLEM}\n")
    repo.write("a", "1")
    repo.git("add", "a")
    repo.git("commit", "--quiet", f"--file={kept}")


def test_incomplete_conversation_is_not_committed(spawn: Spawn, repo: Repo) -> None:
    before = repo.head()

    status, _, err = converse(
        spawn, ["fix: x", "", "", "", "", "", ""], "--commit", "-C", str(repo.path)
    )

    assert (status, repo.head()) == (1, before)
    assert "it does not pass yet" in err
    assert (repo.path / ".git" / DRAFT_NAME).exists()
