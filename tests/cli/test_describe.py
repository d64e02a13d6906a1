"""`whygate new --from`: from the commits of a real branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Run
    from tests.conftest import Repo

PROBLEM = "exports stop at row 100, so 40 accountants retype the rest of them every month"
PLAN = f"""\
Problem: {PROBLEM}
Audience: accountants at firms with more than ten clients
Outcome: they close the month without retyping a single row
Metric: retyped rows per accountant, monthly
Baseline: 30
Target: 0
Evaluate-By: +30d
"""


@pytest.fixture
def branch(repo: Repo) -> Repo:
    """Give a branch of three commits, the last one a fixup."""
    repo.git("switch", "--quiet", "--create", "feat/export")
    repo.commit(f"feat(export): write every row\n\n{PLAN}", {"a": "1"})
    repo.commit("test: count the rows", {"b": "1"})
    repo.commit("fixup! feat(export): write every row", {"c": "1"})
    return repo


def test_description_of_a_branch_passes_the_check(run: Run, branch: Repo) -> None:
    result = run("new", "-C", str(branch.path), "--from")
    branch.write("body.md", result.out)

    title = ("--title", "feat(export): write every row")
    checked = run("check", "--description", str(branch.path / "body.md"), *title)

    assert (result.status, result.err) == (0, "")
    head = result.out.partition("\n\n")[0]
    assert head == f"## Problem\n{PROBLEM}"
    assert "\n\n## Commits\n- `feat(export): write every row` (" in result.out
    assert "fixup!" not in result.out
    assert (checked.status, checked.out[:2]) == (0, "ok")


def test_description_of_a_branch_that_says_nothing_names_what_is_missing(
    run: Run, repo: Repo
) -> None:
    repo.git("switch", "--quiet", "--create", "feat/export")
    repo.commit("feat(export): write every row", {"a": "1"})

    result = run("new", "-C", str(repo.path), "--from")

    assert result.status == 0
    assert result.err == (
        "whygate: to be filled in: Problem, Who it helps, Outcome, Metric, Baseline, Target, "
        "Evaluate by\n"
    )
    assert "## Problem\n<who is hurt" in result.out


def test_trailers_of_a_squash_are_read_back_by_git(run: Run, branch: Repo) -> None:
    result = run("new", "--from", "--as", "trailers", "-C", str(branch.path))
    message = f"feat(export): write every row (#7)\n\n{result.out}"

    told = branch.git("interpret-trailers", "--parse", data=message.encode())

    assert max(map(len, result.out.split("\n"))) < 72
    assert told == PLAN.rstrip("\n")
    branch.git("switch", "--quiet", "main")
    branch.commit(message)
    assert run("check", "--range", "HEAD~1..HEAD", "-C", str(branch.path)).status == 0


@pytest.mark.parametrize("source", ["main", "main..HEAD"])
def test_description_against_a_named_base(run: Run, branch: Repo, source: str) -> None:
    alone = run("new", "-C", str(branch.path), "--from")

    assert run("new", "--from", source, "-C", str(branch.path)) == alone


def test_description_of_other_commits_is_not_of_this_branch(run: Run, branch: Repo) -> None:
    result = run("new", "--from", "main..HEAD~2", "-C", str(branch.path))

    assert result.out.count("- `") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(("--from",), "there is no branch to read", id="default branch"),
        pytest.param(("--from", "main"), "there is no commit to read", id="nothing new"),
        pytest.param(("--from", "gone"), "there is no commit `gone`", id="unknown base"),
        pytest.param(("--from", "--answers", "a.yml"), "leave --answers", id="answers"),
        pytest.param(("--from", "--commit"), "leave --answers, --commit", id="commit"),
    ],
)
def test_nothing_to_describe_is_said(
    run: Run, repo: Repo, arguments: tuple[str, ...], sentence: str
) -> None:
    result = run("new", "-C", str(repo.path), *arguments)

    assert (result.status, result.out) == (2, "")
    assert sentence in result.err


def test_description_outside_a_repository_is_refused(run: Run) -> None:
    result = run("new", "--from")

    assert (result.status, result.out) == (3, "")
    assert "there is no git repository here" in result.err


def test_description_of_an_unborn_branch_is_refused(run: Run, empty_repo: Repo) -> None:
    result = run("new", "--from", "-C", str(empty_repo.path))

    assert (result.status, result.out) == (2, "")


def test_control_characters_of_commits_are_written_out(run: Run, repo: Repo) -> None:
    repo.git("switch", "--quiet", "--create", "x")
    repo.commit("feat: a\x1b[31mb\n\nProblem: the \x1b[31m red rows are lost every month\n")

    result = run("new", "-C", str(repo.path), "--from")

    assert "\x1b" not in result.out
    assert "<U+001B>" in result.out
