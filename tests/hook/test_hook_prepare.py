"""`whygate hook prepare-commit-msg`, run by a real `git commit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.hook.conftest import PLAN

from whygate.hook.prepare import HEADER, run_prepare

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run
    from tests.conftest import Repo
    from tests.hook.conftest import Hook, Hooked

GOOD = f"feat(export): write every row\n\n{PLAN}"
BARE = "feat(export): write every row\n"
# An editor of an author who answers by uncommenting.
ANSWER = r"""
sed -i -e '1s/^/feat: x/' -e 's/^# Problem: .*/Problem: exports stop at row 100 for 40 people/' \
  -e 's/^# Audience: .*/Audience: accountants at firms with more than ten clients/' \
  -e 's/^# Outcome: .*/Outcome: they close the month without retyping a single row/' \
  -e 's/^# Measurement: .*/Measurement: retyped rows goes from 30 to 0 by +30d/' "$1"
"""


@pytest.fixture
def prepared(repo: Repo, hook: Hook) -> Hooked:
    repo.git("switch", "--quiet", "--create", "feat/rows")
    return hook(repo, "prepare-commit-msg", "commit-msg")


def shown(hooked: Hooked, *options: str, script: str = "exit 1") -> str:
    """Return what the editor of a commit shows, empty when none opened."""
    seen = hooked.scripts / "seen"
    seen.unlink(missing_ok=True)
    hooked.commit(*options, GIT_EDITOR=hooked.editor(f'cp "$1" "{seen}"; {script}'))
    return seen.read_text() if seen.exists() else ""


def test_editor_shows_the_questions_between_subject_and_status(prepared: Hooked) -> None:
    text = shown(prepared)

    assert text.startswith(f"\n\n# {HEADER}\n#\n# What problem does this solve")
    assert "# Problem: <who is hurt" in text
    assert text.index("# Measurement: <") < text.index("# Please enter the commit message")


def test_uncommented_answers_are_trailers_that_pass(prepared: Hooked) -> None:
    done = prepared.commit("--quiet", GIT_EDITOR=prepared.editor(ANSWER))

    assert done == (0, "")
    trailers = prepared.repo.git("log", "-1", "--format=%(trailers:only)").split("\n")
    keys = [line.partition(":")[0] for line in trailers]
    assert keys == ["Problem", "Audience", "Outcome", "Measurement"]


def test_answers_and_sign_off_are_one_block(prepared: Hooked) -> None:
    prepared.commit("--quiet", "--signoff", GIT_EDITOR=prepared.editor(ANSWER))
    trailers = prepared.repo.git("log", "-1", "--format=%(trailers:only)").split("\n")

    assert [line.partition(":")[0] for line in trailers][3:] == ["Measurement", "Signed-off-by"]


def test_unedited_file_adds_nothing(prepared: Hooked) -> None:
    aborted = prepared.commit(GIT_EDITOR=prepared.editor(":"))
    prepared.commit("--quiet", GIT_EDITOR=prepared.typing("docs: name it\n"))

    assert "Aborting commit due to empty commit message" in aborted.said
    assert prepared.message() == "docs: name it"


def test_branch_that_answers_is_not_asked_again(prepared: Hooked) -> None:
    prepared.repo.commit(GOOD)

    assert HEADER not in shown(prepared)


def test_branch_that_answers_some_is_asked_the_rest(prepared: Hooked) -> None:
    prepared.repo.commit("feat: x\n\n" + "\n".join(PLAN.split("\n")[:3]) + "\n")
    text = shown(prepared)

    assert "# Measurement: <" in text
    assert "# Problem: <" not in text


def test_default_branch_is_asked_each_time(on_main: Hooked, hook: Hook) -> None:
    prepared = hook(on_main.repo, "prepare-commit-msg")
    prepared.repo.commit(GOOD)

    assert HEADER in shown(prepared)


def test_scope_each_asks_each_time(prepared: Hooked) -> None:
    prepared.repo.write(".whygate.yml", "version: 1\ncommits:\n  scope: each\n")
    prepared.repo.commit(GOOD)

    assert HEADER in shown(prepared)


def test_change_of_which_nothing_is_asked_has_no_questions(prepared: Hooked) -> None:
    prepared.repo.git("branch", "-m", "docs/rows")

    assert HEADER not in shown(prepared)


@pytest.mark.parametrize("scope", ["off"])
def test_scope_off_asks_nothing(prepared: Hooked, scope: str) -> None:
    prepared.repo.write(".whygate.yml", f"version: 1\ncommits:\n  scope: {scope}\n")

    assert HEADER not in shown(prepared)


def test_template_keeps_its_text_in_front(prepared: Hooked) -> None:
    template = prepared.repo.write("template", "Ticket: \n\n# Think first\n")
    text = shown(prepared, f"--template={template}")

    assert text.startswith(f"Ticket: \n\n# {HEADER}")
    assert text.index("# Measurement: <") < text.index("# Think first")


def test_template_that_asks_itself_is_left_alone(prepared: Hooked) -> None:
    template = prepared.repo.write(
        "template", "\n\n# Problem:\n# Audience:\n# Outcome:\n# Measurement:\n"
    )

    assert HEADER not in shown(prepared, f"--template={template}")


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("-m", "docs: x", "--edit"), id="message"),
        pytest.param(("--file=m", "--edit"), id="file"),
        pytest.param(("--amend",), id="amend"),
        pytest.param(("--reedit-message=HEAD",), id="commit"),
        pytest.param(("--squash=HEAD",), id="squash"),
        pytest.param(("--cleanup=scissors",), id="scissors"),
        pytest.param(("--cleanup=scissors", "-v"), id="scissors-verbose"),
        pytest.param(("--cleanup=whitespace",), id="whitespace"),
        pytest.param(("--cleanup=verbatim",), id="verbatim"),
    ],
)
def test_other_messages_are_not_touched(prepared: Hooked, options: tuple[str, ...]) -> None:
    prepared.repo.write("m", "docs: y\n")
    text = shown(prepared, *options)

    assert "docs: x\n" in text or "Begin\n" in text or "\n#" in text
    assert HEADER not in text


@pytest.mark.parametrize("mode", ["scissors", "whitespace", "verbatim"])
def test_configured_cleanup_that_keeps_comments_is_respected(prepared: Hooked, mode: str) -> None:
    prepared.repo.git("config", "commit.cleanup", mode)

    assert HEADER not in shown(prepared)


def test_message_without_editor_is_not_touched(prepared: Hooked) -> None:
    done = prepared.commit("--quiet", "-m", "docs: x", WHYGATE_VERBOSE="1")

    assert done.status == 0
    assert "no questions were added: no editor opens" in done.said
    assert prepared.message() == "docs: x"


def test_merge_and_squash_messages_are_not_touched(prepared: Hooked) -> None:
    prepared.repo.commit(BARE, {"a": "1"})
    prepared.repo.git("switch", "--quiet", "main")
    prepared.repo.commit("Other", {"b": "1"})
    seen = prepared.scripts / "seen"
    editor = prepared.editor(f'cp "$1" "{seen}"')
    prepared.git("merge", "--edit", "feat/rows", GIT_EDITOR=editor)
    merged = seen.read_text()
    prepared.repo.git("reset", "--quiet", "--hard", "HEAD^")
    prepared.repo.git("merge", "--squash", "feat/rows")
    prepared.git("commit", GIT_EDITOR=editor)

    assert "Merge branch 'feat/rows'" in merged
    assert "Squashed commit" in seen.read_text()
    assert HEADER not in merged + seen.read_text()


def test_operation_in_progress_is_not_interrupted(prepared: Hooked) -> None:
    (prepared.repo.path / ".git" / "REVERT_HEAD").write_text(prepared.repo.head() + "\n")

    assert HEADER not in shown(prepared)


@pytest.mark.parametrize("mark", [";", "auto"])
def test_comments_are_written_as_configured(prepared: Hooked, mark: str) -> None:
    prepared.repo.git("config", "core.commentChar", mark)
    comment = "#" if mark == "auto" else mark

    assert f"\n\n{comment} {HEADER}\n{comment}\n" in shown(prepared)


def test_diff_of_a_verbose_commit_stays_last(prepared: Hooked) -> None:
    prepared.repo.write("f", "x")
    prepared.repo.git("add", "f")
    text = shown(prepared, "-v")

    assert text.index("# Measurement: <") < text.index(">8") < text.index("diff --git")
    assert text.endswith("+x\n\\ No newline at end of file\n")


def test_second_run_changes_nothing(prepared: Hooked) -> None:
    text = shown(prepared)
    prepared.file.write_text(text)
    environ = {**prepared.environ, "GIT_DIR": str(prepared.repo.path / ".git")}
    reason = run_prepare(str(prepared.file), "", environ=environ, cwd=prepared.repo.path)

    assert reason == "nothing is left to ask"
    assert prepared.file.read_text() == text


def test_mode_of_the_file_is_kept(prepared: Hooked) -> None:
    prepared.file.write_text("\n")
    prepared.file.chmod(0o640)
    environ = {**prepared.environ, "GIT_DIR": str(prepared.repo.path / ".git")}
    reason = run_prepare(str(prepared.file), "", environ=environ, cwd=prepared.repo.path)

    assert reason == ""
    assert prepared.file.stat().st_mode & 0o777 == 0o640
    assert HEADER in prepared.file.read_text()


def test_unborn_branch_is_asked(unborn: Hooked, hook: Hook) -> None:
    assert HEADER in shown(hook(unborn.repo, "prepare-commit-msg"))


# --- nothing that goes wrong stops a commit ----------------------------------------------------


def test_broken_configuration_does_not_stop_the_editor(prepared: Hooked) -> None:
    prepared.repo.write(".whygate.yml", "version: 1\nnonsense: 1\n")
    done = prepared.git("commit", "--allow-empty", GIT_EDITOR=prepared.editor("echo open"))

    assert "whygate: no questions were added: .whygate.yml has 1 mistake" in done.said
    assert "open\n" in done.said


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"\xff\xfe\n", "UnicodeDecodeError"), (None, "FileNotFoundError")],
    ids=["no-utf-8", "absent"],
)
def test_file_that_cannot_be_read_is_left_alone(
    run: Run, repo: Repo, monkeypatch: pytest.MonkeyPatch, content: bytes | None, reason: str
) -> None:
    file = repo.path / ".git" / "MESSAGE"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.chdir(repo.path)
    result = run("hook", "prepare-commit-msg", str(file))

    assert result.status == 0
    assert f"whygate: no questions were added: {reason}" in result.err
    assert content is None or file.read_bytes() == content


def test_link_is_not_followed(
    run: Run, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "target"
    target.write_text("\n")
    link = repo.path / "link"
    link.symlink_to(target)
    monkeypatch.chdir(repo.path)
    result = run("hook", "prepare-commit-msg", str(link))

    assert (result.status, target.read_text()) == (0, "\n")
    assert "is no message file" in result.err


def test_directory_without_a_repository_is_left_alone(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "message"
    file.write_text("\n")
    result = run("hook", "prepare-commit-msg", str(file), "--verbose")

    assert (result.status, file.read_text()) == (0, "\n")
    assert "there is no repository" in result.err


def test_source_is_read_from_the_framework(
    run: Run, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = repo.write("message", "\n")
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv("PRE_COMMIT_COMMIT_MSG_SOURCE", "commit")
    result = run("hook", "prepare-commit-msg", "-v", str(file))

    assert (result.status, file.read_text()) == (0, "\n")
    assert "the message comes from `commit`" in result.err


def test_placeholder_that_lefthook_left_is_no_source(
    run: Run, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = repo.write("message", "\n")
    monkeypatch.chdir(repo.path)
    result = run("hook", "prepare-commit-msg", "-v", str(file), "{2}")

    assert (result.status, result.err) == (0, "")
    assert HEADER in file.read_text()


def test_questions_that_nobody_answered_are_not_held_against_the_message(
    repo: Repo, hook: Hook
) -> None:
    hooked = hook(repo, "prepare-commit-msg", "commit-msg")
    done = hooked.commit(GIT_EDITOR=hooked.typing("feat(export): write every row\n"))
    seen = hooked.file.read_text()

    assert HEADER in seen
    assert done.status == 1
    assert "WG303" not in done.said
    assert "WG101" in done.said


def test_answer_that_was_left_a_comment_is_pointed_at(repo: Repo, hook: Hook) -> None:
    hooked = hook(repo)
    typed = "feat(export): write every row\n\n# Problem\n# exports stop at row 100\n"
    done = hooked.commit(GIT_EDITOR=hooked.typing(typed))

    assert "WG303" in done.said
