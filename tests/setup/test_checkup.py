"""What the doctor reads: workflows, the commit-msg hook git would run, and merged messages."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from whygate.git.repository import find_repository
from whygate.git.run import Git
from whygate.git.tree import CommitTree, Worktree
from whygate.setup.doctor import is_whygate, read_hooks, read_messages, read_workflows
from whygate.setup.hook_script import Interpreter, install_hook
from whygate.setup.hooks import find_runner

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Repo

    from whygate.setup.advice import Advice
    from whygate.setup.hooks import Hooks


def hooks_of(repo: Repo) -> tuple[Hooks, tuple[Advice, ...]]:
    found = find_repository(repo.path)
    assert found is not None
    git = Git(directory=repo.path, environ=repo.environ)
    return read_hooks(found, git, Worktree(repo.path))


# --- workflows -------------------------------------------------------------------------------


def test_workflows_are_read_by_name(repo: Repo) -> None:
    repo.write(".github/workflows/b.yaml", "b: 1\n")
    repo.write(".github/workflows/a.yml", "a: 1\n")
    repo.write(".github/workflows/README.md", "not one\n")

    files, problems = read_workflows(Worktree(repo.path))

    assert [file.path.rpartition("/")[2] for file in files] == ["a.yml", "b.yaml"]
    assert files[0].text == "a: 1\n"
    assert problems == ()


def test_workflow_that_cannot_be_read_is_a_hint(repo: Repo) -> None:
    repo.write(".github/workflows/a.yml", b"\xff\n")
    (repo.path / ".github/workflows/b.yml").symlink_to("/etc/hostname")

    files, problems = read_workflows(Worktree(repo.path))

    assert files == ()
    assert [one.path for one in problems] == [f".github/workflows/{n}.yml" for n in "ab"]
    assert not any(one.is_broken for one in problems)


def test_workflows_of_a_commit_are_read(repo: Repo) -> None:
    repo.commit("more\n", {".github/workflows/a.yml": "a: 1\n"})

    files, _ = read_workflows(CommitTree(Git(repo.path, environ=repo.environ), repo.head()))

    assert [file.text for file in files] == ["a: 1\n"]


@pytest.mark.parametrize(
    ("name", "text", "is_ours"),
    [
        ("action.yml", "name: whygate\n", True),
        ("action.yaml", "name: whygate\n", True),
        ("action.yml", "name: other\n", False),
        ("action.yml", "- whygate\n", False),
        ("action.yml", "name: [", False),
        ("README", "", False),
    ],
    ids=["yml", "yaml", "other", "list", "broken", "none"],
)
def test_own_action_is_known_by_its_name(
    tmp_path: Path, name: str, text: str, *, is_ours: bool
) -> None:
    (tmp_path / name).write_text(text)

    assert is_whygate(Worktree(tmp_path)) is is_ours


# --- hooks -----------------------------------------------------------------------------------


def test_no_hook_is_found_in_a_new_clone(repo: Repo) -> None:
    hooks, problems = hooks_of(repo)

    assert (hooks.script, hooks.is_ours, hooks.configs, problems) == ("", False, (), ())


def test_hook_of_ours_is_known_by_its_mark(repo: Repo) -> None:
    install_hook(repo.path / ".git/hooks", "commit-msg", Interpreter(repo.path, repo.path))

    hooks, _ = hooks_of(repo)

    assert (hooks.is_ours, hooks.is_runnable, hooks.is_husky) == (True, True, False)
    assert "whygate hook commit-msg" in hooks.script


def test_hook_is_looked_for_where_git_looks(repo: Repo) -> None:
    repo.git("config", "core.hooksPath", ".husky/_")
    repo.write(".husky/_/commit-msg", "stub\n")
    repo.write(".husky/commit-msg", "mine\n")
    repo.write("lefthook.yml", "{}\n")

    hooks, _ = hooks_of(repo)

    assert (hooks.script, hooks.is_husky, hooks.is_runnable) == ("stub\n", True, False)
    assert [config.path for config in hooks.configs] == ["lefthook.yml", ".husky/commit-msg"]


def test_hook_that_cannot_be_read_is_none(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    hook = repo.write(".git/hooks/commit-msg", "x")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr(type(hook), "open", refuse)
        hooks, _ = hooks_of(repo)

    assert hooks.script == ""


def test_configuration_of_a_manager_that_cannot_be_read_is_a_hint(repo: Repo) -> None:
    (repo.path / ".pre-commit-config.yaml").mkdir()

    hooks, problems = hooks_of(repo)

    assert hooks.configs == ()
    assert [(one.path, one.is_broken) for one in problems] == [(".pre-commit-config.yaml", False)]


NEW_GIT = """\
#!/bin/sh
# answers `git hook list` as git 2.54 does: a name a line, with what switches it off in front
case " $* " in
*" hook list commit-msg "*)
  printf 'spelling\\ndisabled\\told\\nwhy\\nhook from hookdir\\n'
  exit 0 ;;
esac
exec {git} "$@"
"""


@pytest.mark.parametrize(
    ("name", "command", "runner"),
    [
        ("why", "whygate hook commit-msg", "hook.why.command of git"),
        ("old", "whygate hook commit-msg", ""),
        ("why", "vale", ""),
    ],
    ids=["runs", "disabled", "other"],
)
def test_hook_of_the_configuration_is_what_git_runs(
    repo: Repo, tmp_path: Path, name: str, command: str, runner: str
) -> None:
    real = shutil.which("git")
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(NEW_GIT.format(git=real))
    program.chmod(0o755)
    repo.git("config", f"hook.{name}.event", "commit-msg")
    repo.git("config", f"hook.{name}.command", command)
    environ = {**repo.environ, "PATH": f"{program.parent}:{repo.environ['PATH']}"}
    found = find_repository(repo.path)
    assert found is not None

    hooks, _ = read_hooks(found, Git(directory=repo.path, environ=environ), Worktree(repo.path))

    assert find_runner(hooks) == runner


def test_hook_of_the_configuration_is_none_for_a_git_that_knows_no_such_thing(repo: Repo) -> None:
    repo.git("config", "hook.why.event", "commit-msg")
    repo.git("config", "hook.why.command", "whygate hook commit-msg")

    hooks, _ = hooks_of(repo)

    assert dict(hooks.configured) == {}


# --- messages --------------------------------------------------------------------------------


def test_messages_follow_the_first_parent_of_the_default_branch(repo: Repo) -> None:
    repo.git("switch", "--quiet", "--create", "side")
    repo.commit("on the side\n")
    repo.git("switch", "--quiet", "main")
    repo.commit("two (#2)\n\nBody\n")
    repo.git("merge", "--quiet", "--no-ff", "--no-edit", "side")
    repo.git("switch", "--quiet", "--create", "elsewhere")
    repo.commit("not merged\n")

    messages = read_messages(Git(repo.path, environ=repo.environ))

    assert messages == ("Merge branch 'side'\n", "two (#2)\n\nBody\n", "Begin\n")
    assert read_messages(Git(repo.path, environ=repo.environ), 1) == messages[:1]


def test_empty_repository_has_no_messages(empty_repo: Repo) -> None:
    assert read_messages(Git(empty_repo.path, environ=empty_repo.environ)) == ()


def test_messages_of_a_branch_of_another_name_are_read(empty_repo: Repo) -> None:
    empty_repo.git("switch", "--quiet", "--orphan", "odd")
    empty_repo.commit("One\n")

    assert read_messages(Git(empty_repo.path, environ=empty_repo.environ)) == ("One\n",)
