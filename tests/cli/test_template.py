"""`whygate template`: printed, and held against the templates a repository has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run
    from tests.conftest import Repo

PATH = ".github/pull_request_template.md"
FORM = ".github/ISSUE_TEMPLATE/why.yml"
RISK = {
    "$ref": "urn:whygate:product-context:1#/$defs/document",
    "required": ["risk"],
    "properties": {"risk": {"type": "string", "title": "Risk", "x-question": "What can go wrong?"}},
}


def set_up(run: Run, repo: Repo) -> tuple[str, str]:
    """Write every template into the repository, and return how to name it."""
    where = ("-C", str(repo.path))
    for what, path in (("pr", PATH), ("commit", ".gitmessage"), ("issue-form", FORM)):
        (repo.path / path).parent.mkdir(parents=True, exist_ok=True)
        assert run("template", what, "--output", str(repo.path / path), *where).status == 0
    return where


def add_risk(repo: Repo) -> None:
    """Let the team ask for a risk, too."""
    repo.write("own.json", json.dumps(RISK))
    repo.write(".whygate.yml", "version: 1\nschema: own.json\n")


@pytest.mark.parametrize(
    ("what", "begins"),
    [
        ("pr", "## Problem\n<!-- Who is hurt, when, how much, and how that is known. -->"),
        ("commit", "\n\n# whygate:template:begin"),
        ("issue-form", "# whygate:template:begin"),
    ],
)
def test_template_asks_the_questions_of_the_schema(
    run: Run, repo: Repo, what: str, begins: str
) -> None:
    add_risk(repo)

    result = run("template", what, "-C", str(repo.path))

    assert (result.status, result.err) == (0, "")
    assert result.out.startswith(begins)
    assert "What can go wrong?" in result.out


def test_template_left_as_it_is_fails_and_filled_in_passes(run: Run, tmp_path: Path) -> None:
    text = run("template", "pr").out
    (tmp_path / "body.md").write_text(text)
    title = ("--title", "feat: x")

    assert run("check", "--description", "body.md", *title).status == 1


def test_template_uses_the_comment_character_of_git(run: Run, repo: Repo) -> None:
    repo.git("config", "core.commentChar", ";")

    assert "#" not in run("template", "commit", "-C", str(repo.path)).out
    repo.git("config", "core.commentChar", "auto")
    assert "\n# Who is hurt" in run("template", "commit", "-C", str(repo.path)).out


def test_template_is_written_to_a_new_file_only(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text("mine")

    result = run("template", "pr", "--output", "mine.md")

    assert (result.status, (tmp_path / "mine.md").read_text()) == (2, "mine")
    assert "`whygate template --check --write` add what is missing" in result.err


def test_templates_that_ask_for_everything_are_fine(run: Run, repo: Repo) -> None:
    where = set_up(run, repo)

    result = run("template", "--check", *where)

    assert (result.status, result.out) == (
        0,
        "ok: the templates ask for what a feature needs\n",
    )


def test_template_of_any_shape_is_fine_when_it_asks(run: Run, repo: Repo) -> None:
    text = "### Why?\n\n### Who is this for?\n\n### Goals\n\n### Success metrics\n"
    parts = "Metric:\nBaseline:\nTarget:\nCheck on:\n"
    repo.write(PATH, text + parts)

    assert run("template", "--check", "-C", str(repo.path)).status == 0


def test_templates_that_lag_are_shown_what_to_change(run: Run, repo: Repo) -> None:
    where = set_up(run, repo)
    add_risk(repo)

    result = run("template", "--check", *where)

    assert result.status == 1
    assert f"{PATH}: it does not ask for Risk\n" in result.out
    assert f"{FORM}: the generated part is out of date\n" in result.out
    assert ".gitmessage: the generated part is out of date\n" in result.out
    assert "\n+## Risk\n" in result.out
    assert "\n+Risk: \n" in result.out


def test_what_is_missing_is_written_and_the_teams_own_text_stays(run: Run, repo: Repo) -> None:
    where = set_up(run, repo)
    own = {
        PATH: ("# Hello\r\n\r\n", "\r\n## Test plan\r\nHow?\r\n"),
        FORM: ("# ours\n", "labels: [idea]\n"),
        ".gitmessage": ("\n\n# ours\n", "# bye\n"),
    }
    for path, (head, tail) in own.items():
        text = (repo.path / path).read_text()
        if path == PATH:
            text = text.replace("\n", "\r\n")
        (repo.path / path).write_bytes(f"{head}{text.lstrip()}{tail}".encode())
    add_risk(repo)

    written = run("template", "--check", "--write", *where)
    again = run("template", "--check", *where)

    assert (written.status, again.status) == (0, 0), again.out
    for path, (head, tail) in own.items():
        text = (repo.path / path).read_bytes().decode()
        assert text.startswith(head)
        assert tail in text
        assert "Risk" in text


def test_missing_template_is_an_open_end(run: Run, repo: Repo) -> None:
    result = run("template", "--check", "-C", str(repo.path))

    assert result.status == 1
    assert "there is no pull request template: `whygate template pr -o .github/" in result.out


def test_template_that_passes_unedited_is_an_open_end(run: Run, repo: Repo) -> None:
    block = (
        "```yaml product-context\nproblem: exports stop at row 100, so 40 accountants retype\n"
        "audience: accountants\noutcome: they close the month without retyping a row\n"
        "measurement: [{metric: retyped rows, baseline: 30, target: 0, evaluate_by: +30d}]\n```\n"
    )
    answered = f"# Hello\n\n{block}"
    repo.write(PATH, answered)

    result = run("template", "--check", "-C", str(repo.path))

    assert result.status == 1
    assert "left as it is, the template passes the check" in result.out


def test_template_that_swallows_what_is_added_is_said(run: Run, repo: Repo) -> None:
    repo.write(PATH, "## Problem\n\n<!-- never closed\n")

    result = run("template", "--check", "--write", "-C", str(repo.path))

    assert result.status == 1
    assert "close it first" in result.out
    assert (repo.path / PATH).read_text() == "## Problem\n\n<!-- never closed\n"


def test_configured_commit_template_inside_of_the_repository_is_looked_at(
    run: Run, repo: Repo
) -> None:
    where = set_up(run, repo)
    (repo.path / ".gitmessage").rename(repo.path / "message.txt")
    repo.git("config", "commit.template", "message.txt")
    add_risk(repo)

    assert "message.txt: the generated part" in run("template", "--check", *where).out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "name a template"),
        (("pr", "--check"), "name a template"),
        (("pr", "--write"), "--write belongs to --check"),
        (("--check", "--output", "x"), "--output to a template"),
        (("poem",), "poem"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    result = run("template", *arguments)

    assert (result.status, result.out) == (2, "")
    assert sentence in result.err


def test_policy_that_asks_nothing_has_no_template(run: Run, repo: Repo) -> None:
    need = ["problem", "outcome", "audience", "measurement"]
    parts = [f"measurement.{part}" for part in ["metric", "baseline", "target", "evaluate_by"]]
    cells = ", ".join(f'{name}: "off"' for name in (*need, *parts))
    repo.write(".whygate.yml", f"version: 1\nkinds: {{feature: {{need: {{{cells}}}}}}}\n")

    result = run("template", "pr", "-C", str(repo.path))

    assert (result.status, result.out) == (2, "")
    assert "nothing is asked of a feature here" in result.err
