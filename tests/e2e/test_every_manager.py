"""What the three hooks do, whoever runs them: real `git commit` and `git push`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.hook.conftest import PLAN

from whygate.hook.prepare import HEADER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.conftest import MakeRepo
    from tests.e2e.conftest import Manage, Managed

GOOD = f"feat(export): write every row\n\n{PLAN}"
BARE = "feat(export): write every row\n"
SUBJECT = BARE.strip()
BODY = "A body that took an hour."
# An editor of an author who answers by uncommenting.
ANSWER = r"""
sed -i -e '1s/^/feat: x/' -e 's/^# Problem: .*/Problem: exports stop at row 100 for 40 people/' \
  -e 's/^# Audience: .*/Audience: accountants at firms with more than ten clients/' \
  -e 's/^# Outcome: .*/Outcome: they close the month without retyping a single row/' \
  -e 's/^# Measurement: .*/Measurement: retyped rows goes from 30 to 0 by +30d/' "$1"
"""


@pytest.fixture(params=["pre-commit", "prek", "lefthook", "husky", "plain"])
def managed(request: pytest.FixtureRequest, make_repo: MakeRepo, manage: Manage) -> Managed:
    repo = make_repo("the repository")
    repo.commit("Begin\n", {"README.md": "hello\n"})
    return manage(request.param, repo)


@pytest.fixture
def shared(managed: Managed, tmp_path: Path) -> Managed:
    """Give a repository with a remote that has its `main`."""
    bare = tmp_path / "the origin.git"
    managed.repo.git("clone", "--quiet", "--bare", str(managed.repo.path), str(bare))
    managed.repo.git("--git-dir", str(bare), "branch", "--quiet", "--delete", "--force", "work")
    managed.repo.git("--git-dir", str(bare), "symbolic-ref", "HEAD", "refs/heads/main")
    managed.repo.git("remote", "add", "origin", str(bare))
    managed.repo.git("fetch", "--quiet", "origin")
    return managed


def has_branch(managed: Managed, name: str) -> bool:
    return bool(managed.repo.git("ls-remote", "--heads", "origin", name))


# --- commit-msg ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param((), "git commit --edit --file=.git/COMMIT_EDITMSG", id="staged"),
        pytest.param(("--all",), " --all", id="all"),
        pytest.param(("--amend",), " --amend", id="amend"),
        pytest.param(("--", "README.md"), " -- :/README.md", id="some-paths"),
    ],
)
def test_bad_commit_is_blocked_and_its_retry_works(
    managed: Managed, options: Sequence[str], expected: str
) -> None:
    managed.record("docs: say hello")
    managed.repo.write("README.md", "changed\n")
    managed.stage("new", "new\n")
    before = managed.count()
    done = managed.git("commit", "-m", f"{BARE}\n{BODY}", *options)
    kept = (managed.repo.path / ".git" / "COMMIT_EDITMSG").read_text()
    command = done.retry

    assert done.status == 1, done.said
    assert managed.count() == before
    assert kept.startswith(f"{BARE}\n{BODY}\n")
    assert "\nProblem: <" in kept  # what to fill in
    assert command.endswith(expected)

    again = managed.shell(command, editor=managed.editor(f'cat >> "$1" <<X\n\n{PLAN}X'))

    assert again.status == 0, again.said
    assert managed.count() == before + ("--amend" not in options)
    assert managed.message() == f"{BARE}\n{BODY}\n\n{PLAN}".strip()
    changed = managed.repo.git("show", "--format=", "--name-only").split()
    assert changed == {"--all": ["README.md", "new"], "--": ["README.md"]}.get(
        next(iter(options), ""), ["new"]
    )


def test_retry_works_from_a_directory_below(managed: Managed) -> None:
    managed.stage("a b/c/f", "x")
    below = managed.repo.path / "a b" / "c"
    done = managed.git("commit", "-m", BARE, cwd=below)
    again = managed.shell(done.retry, cwd=below, editor=managed.typing(GOOD))

    assert done.retry.endswith("--file=../../.git/COMMIT_EDITMSG")
    assert again.status == 0, again.said


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("-m", GOOD), id="one-text"),
        pytest.param(("-m", SUBJECT, "-m", PLAN), id="two-texts"),
        pytest.param(("-m", SUBJECT, "-m", PLAN, "--signoff"), id="signed-off"),
        pytest.param(("-m", "docs: name the option"), id="nothing-asked"),
    ],
)
def test_good_commit_passes(managed: Managed, arguments: Sequence[str]) -> None:
    done = managed.commit(*arguments)

    assert done.status == 0, done.said
    assert "whygate:" not in done.said


def test_later_commits_of_a_branch_are_silent(managed: Managed) -> None:
    first = managed.commit("-m", BARE)
    second = managed.commit("-m", GOOD)
    third = managed.commit("-m", BARE)

    assert (first.status, second.status, third.status) == (1, 0, 0), third.said
    assert "Problem" not in third.said


@pytest.mark.parametrize("mode", ["default", "scissors", "verbatim", "whitespace"])
def test_diff_of_a_verbose_commit_is_never_read(managed: Managed, mode: str) -> None:
    managed.repo.git("config", "commit.cleanup", mode)
    managed.stage("f", f"{GOOD}\n{PLAN}")
    bare = managed.git("commit", "--verbose", editor=managed.typing(BARE))
    shown = managed.seen.read_text()
    again = managed.shell(bare.retry, editor=managed.answering(PLAN))

    assert "\n+Problem: exports stop" in shown
    assert bare.status == 1, bare.said
    assert again.status == 0, again.said
    assert managed.message().count("\nProblem: exports") == 1
    assert "diff --git" not in managed.message()


@pytest.mark.parametrize(
    ("mode", "status"),
    [
        pytest.param("default", 1, id="default"),
        pytest.param("scissors", 1, id="scissors"),
        pytest.param("whitespace", 0, id="whitespace"),
        pytest.param("verbatim", 0, id="verbatim"),
    ],
)
def test_comments_count_as_far_as_git_keeps_them(managed: Managed, mode: str, status: int) -> None:
    """Below a cut, and in headings, stands what the mode keeps or deletes."""
    managed.repo.git("config", "commit.cleanup", mode)
    managed.repo.git("config", "commit.status", "false")
    headings = (
        "feat: x\n\n# Problem\nExports stop at row 100, so 40 accountants retype the rest.\n\n"
        "# Who it helps\nAccountants at firms with more than ten clients.\n\n"
        "# Outcome\nThey close the month without retyping a single row.\n\n"
        "# Measurement\nRetyped rows per accountant goes from 30 to 0 by +30d.\n"
    )
    cut = f"# {'-' * 24} >8 {'-' * 24}\n"
    text = headings if mode != "scissors" else f"feat: x\n\n{cut}{headings}"
    done = managed.commit(editor=managed.editor(f"cat > \"$1\" <<'X'\n{text}X"))

    assert done.status == status, done.said


@pytest.mark.parametrize(
    ("command", "subject"),
    [
        pytest.param("merge --no-ff --no-edit topic", "Merge branch 'topic' into work", id="merge"),
        pytest.param("revert --no-edit HEAD", 'Revert "feat(export)', id="revert"),
        pytest.param("cherry-pick --edit topic", "feat: topic", id="cherry-pick"),
        pytest.param("commit --allow-empty --fixup HEAD", "fixup! feat(export)", id="fixup"),
        pytest.param("rebase --reapply-cherry-picks topic", "feat(export)", id="rebase"),
    ],
)
def test_operation_passes(managed: Managed, command: str, subject: str) -> None:
    managed.repo.git("switch", "--quiet", "--create", "topic")
    managed.stage("t", "x")
    managed.record("feat: topic")
    managed.repo.git("switch", "--quiet", "work")
    managed.stage("f", "x")
    managed.record(BARE)
    done = managed.git(*command.split(), editor="true")

    assert done.status == 0, done.said
    assert managed.message().startswith(subject)


def test_linked_worktree_is_judged_and_its_retry_works(managed: Managed, tmp_path: Path) -> None:
    tree = tmp_path / "the tree"
    managed.repo.git("worktree", "add", "--quiet", "-b", "beside", str(tree))
    if managed.manager == "husky":  # its directory is ignored: each worktree needs its own
        managed.install(tree)
    (tree / "f").write_text("x")
    managed.repo.git("-C", str(tree), "add", "f")
    done = managed.git("commit", "-m", BARE, cwd=tree)
    again = managed.shell(done.retry, cwd=tree, editor=managed.typing(GOOD))

    assert done.status == 1, done.said
    assert again.status == 0, again.said
    assert managed.message("beside").startswith(GOOD.strip())
    assert managed.repo.git("status", "--porcelain") == ""


def test_file_that_is_not_staged_stays_as_it_is(managed: Managed) -> None:
    managed.stage("f", "x")
    managed.repo.write("README.md", "not staged\n")
    bare = managed.git("commit", "-m", BARE)
    good = managed.git("commit", "-m", GOOD)

    assert (bare.status, good.status) == (1, 0), good.said
    assert (managed.repo.path / "README.md").read_text() == "not staged\n"
    assert managed.repo.git("show", "--format=", "--name-only") == "f"


# --- prepare-commit-msg ----------------------------------------------------------------------


def test_editor_shows_questions_that_add_nothing(managed: Managed) -> None:
    empty = managed.commit(editor=managed.typing(""))
    shown = managed.seen.read_text()
    done = managed.commit(editor=managed.typing("docs: name it\n"))

    assert shown.startswith(f"\n\n# {HEADER}\n")
    assert shown.index("# Measurement: <") < shown.index("# Please enter the commit message")
    assert (empty.status, done.status) == (1, 0), done.said
    assert "Aborting commit due to empty commit message" in empty.said
    assert managed.message() == "docs: name it"


def test_uncommented_answers_are_trailers_that_pass(managed: Managed) -> None:
    done = managed.commit(editor=managed.editor(ANSWER))
    trailers = managed.repo.git("log", "-1", "--format=%(trailers:only)").split("\n")

    assert done.status == 0, done.said
    assert {"Problem", "Outcome", "Measurement"} <= {t.partition(":")[0] for t in trailers}


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--edit", "-m", "docs: x"), id="message"),
        pytest.param(("--amend",), id="amend"),
        pytest.param(("--squash", "HEAD", "--edit"), id="squash"),
    ],
)
def test_message_that_is_given_gets_no_questions(managed: Managed, options: Sequence[str]) -> None:
    managed.record("docs: say hello")
    done = managed.commit(*options, editor=managed.typing(""))

    assert done.status == 0, done.said
    assert HEADER not in managed.seen.read_text()


# --- pre-push --------------------------------------------------------------------------------


def test_push_of_a_branch_without_context_is_blocked(shared: Managed) -> None:
    shared.record(BARE)
    bare = shared.git("push", "origin", "work")

    assert bare.status == 1, bare.said
    assert "nothing is pushed" in bare.said
    assert not has_branch(shared, "work")

    shared.record(GOOD)
    good = shared.git("push", "origin", "work")
    shared.record(BARE)
    later = shared.git("push", "origin", "work")

    assert (good.status, later.status) == (0, 0), good.said + later.said
    assert has_branch(shared, "work")


def test_push_of_the_default_branch_is_judged_commit_by_commit(shared: Managed) -> None:
    shared.repo.git("switch", "--quiet", "main")
    shared.record(GOOD)
    good = shared.git("push", "origin", "main")
    shared.record(BARE)
    bare = shared.git("push", "origin", "main")

    assert (good.status, bare.status) == (0, 1), good.said + bare.said


def test_deletion_and_tags_are_not_judged(shared: Managed) -> None:
    shared.record(BARE)
    shared.repo.git("push", "--quiet", "--no-verify", "origin", "work")
    shared.repo.git("tag", "v1")
    tag = shared.git("push", "origin", "v1")
    deletion = shared.git("push", "--delete", "origin", "work")

    assert (tag.status, deletion.status) == (0, 0), tag.said + deletion.said
