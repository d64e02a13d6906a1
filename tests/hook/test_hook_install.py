"""`whygate hook install` and `uninstall`, and the scripts they write."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import whygate
from whygate.errors import InputError
from whygate.setup.hook_script import (
    HOOKS,
    Interpreter,
    install_hook,
    is_ours,
    render_script,
    uninstall_hook,
)

if TYPE_CHECKING:
    from tests.cli.conftest import Run
    from tests.conftest import MakeRepo, Repo
    from tests.hook.conftest import Hook

BARE = "feat(export): write every row\n"
OWN = '#!/bin/sh\necho "own $(dirname "$0") $@" >&2\n'
THIS = Interpreter(Path(sys.executable), Path(whygate.__file__))


def hooks_of(repo: Repo) -> Path:
    return repo.path / ".git" / "hooks"


def put(hook: Path, text: str = OWN, mode: int = 0o755) -> Path:
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(text)
    hook.chmod(mode)
    return hook


def test_commit_msg_is_installed_by_default(run: Run, repo: Repo) -> None:
    result = run("hook", "install", "-C", str(repo.path))
    hook = hooks_of(repo) / "commit-msg"

    assert (result.status, result.err) == (0, "")
    assert result.out == f"commit-msg: installed: {hook}\n"
    assert os.access(hook, os.X_OK)
    assert [path.name for path in hooks_of(repo).iterdir()] == ["commit-msg"]


def test_named_hooks_are_installed_and_work(run: Run, repo: Repo, hook: Hook) -> None:
    options = [word for name in HOOKS for word in ("--hook", name)]
    result = run("hook", "install", "-C", str(repo.path), *options)
    hooked = hook(repo)

    assert result.status == 0
    assert {path.name for path in hooks_of(repo).iterdir()} == set(HOOKS)
    assert hooked.commit("-m", BARE).status == 1
    assert hooked.commit("-m", "docs: x").status == 0


def test_second_installation_changes_nothing(run: Run, repo: Repo) -> None:
    run("hook", "install", "-C", str(repo.path))
    hook = hooks_of(repo) / "commit-msg"
    before = hook.stat().st_ino
    result = run("hook", "install", "-C", str(repo.path))

    assert "commit-msg: is installed already" in result.out
    assert hook.stat().st_ino == before


def test_script_of_another_interpreter_is_updated(run: Run, repo: Repo) -> None:
    install_hook(hooks_of(repo), "commit-msg", Interpreter(Path("/old/python"), Path("/old/w")))
    result = run("hook", "install", "-C", str(repo.path))

    assert "commit-msg: updated" in result.out
    assert "/old" not in (hooks_of(repo) / "commit-msg").read_text()


def test_hook_that_was_there_runs_first(run: Run, repo: Repo, hook: Hook) -> None:
    put(hooks_of(repo) / "commit-msg")
    result = run("hook", "install", "-C", str(repo.path))
    done = hook(repo).commit("-m", BARE)

    assert "the hook that was there runs first, as commit-msg.before-whygate" in result.out
    assert done.status == 1
    own = done.said.index("own .git/hooks .git/COMMIT_EDITMSG")
    assert own < done.said.index("WG101")


# husky 9, overcommit and others ask by which name they were run.
DISPATCH = '#!/bin/sh\ncase "$(basename "$0")" in commit-msg) exit 7 ;; esac\n'


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(DISPATCH, id="shell"),
        pytest.param('#!/bin/bash\nexec run-parts "${0}.d"\n', id="braces"),
        pytest.param('#!/bin/bash\nexec x "${BASH_SOURCE[0]##*/}"\n', id="bash"),
        pytest.param('#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n', id="husky 9"),
        pytest.param("#!/bin/sh\nif true; then . ./_/run; fi\n", id="another file"),
        pytest.param("#!/usr/bin/env python3\nimport sys\nrun(sys.argv[0])\n", id="python"),
        pytest.param("#!/usr/bin/env ruby\nrun(File.basename($0))\n", id="ruby"),
        pytest.param("#!/usr/bin/env node\nrun(process.argv[1])\n", id="node"),
        pytest.param("\x7fELF\0\0", id="a program"),
    ],
)
def test_hook_that_may_look_at_its_name_is_not_renamed(run: Run, repo: Repo, script: str) -> None:
    hook = put(hooks_of(repo) / "commit-msg", script)
    result = run("hook", "install", "-C", str(repo.path), "--force")

    assert (result.status, result.out) == (2, "")
    assert "may look at its own name" in result.err
    assert "whygate hook commit-msg" in result.err
    assert hook.read_text() == script
    assert list(hooks_of(repo).iterdir()) == [hook]


def test_dispatcher_reached_by_a_link_is_not_renamed(run: Run, repo: Repo) -> None:
    target = put(repo.path / "tools" / "dispatch", DISPATCH)
    hook = hooks_of(repo) / "commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.symlink_to(target)

    assert run("hook", "install", "-C", str(repo.path)).status == 2
    assert hook.is_symlink()


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(
            '#!/bin/bash\nHERE="$(cd "$(dirname "$0")" && pwd)"\ntrue "$@"\n', id="pre-commit"
        ),
        pytest.param("#!/bin/sh\n# $0 is git's\n. ~/.profile-of-hooks || true\n", id="home"),
        pytest.param("#!/usr/bin/env python3\nimport sys\nopen(sys.argv[1])\n", id="python"),
    ],
)
def test_hook_that_needs_no_name_runs_first(run: Run, repo: Repo, script: str) -> None:
    put(hooks_of(repo) / "commit-msg", script)

    assert run("hook", "install", "-C", str(repo.path)).status == 0
    assert (hooks_of(repo) / "commit-msg.before-whygate").read_text() == script


def test_hook_that_was_there_and_fails_wins(run: Run, repo: Repo, hook: Hook) -> None:
    put(hooks_of(repo) / "commit-msg", "#!/bin/sh\necho no >&2\nexit 7\n")
    run("hook", "install", "-C", str(repo.path))
    done = hook(repo).commit("-m", BARE)

    assert (done.status, done.said) == (1, "no\n")


def test_both_pre_push_hooks_hear_what_is_pushed(
    run: Run, repo: Repo, hook: Hook, tmp_path: Path
) -> None:
    heard = tmp_path / "heard"
    put(hooks_of(repo) / "pre-push", f'#!/bin/sh\ncat > "{heard}"\n')
    run("hook", "install", "-C", str(repo.path), "--hook", "pre-push")
    repo.git("init", "--quiet", "--bare", str(tmp_path / "origin.git"))
    repo.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    repo.git("switch", "--quiet", "--create", "work")
    repo.commit(BARE)
    done = hook(repo, "pre-push").git("push", "origin", "work")

    assert done.status == 1
    assert "WG101" in done.said
    assert heard.read_text() == f"refs/heads/work {repo.head()} refs/heads/work {'0' * 40}\n"


def test_hook_that_git_does_not_run_is_kept_but_not_run(run: Run, repo: Repo, hook: Hook) -> None:
    put(hooks_of(repo) / "commit-msg", mode=0o644)
    run("hook", "install", "-C", str(repo.path))

    assert hook(repo).commit("--quiet", "-m", "docs: x") == (0, "")


@pytest.mark.parametrize("mode", [0o755, 0o700, 0o644])
def test_uninstalling_restores_byte_for_byte(run: Run, repo: Repo, mode: int) -> None:
    hook = put(hooks_of(repo) / "commit-msg", mode=mode)
    run("hook", "install", "-C", str(repo.path))
    result = run("hook", "uninstall", "-C", str(repo.path), "--hook", "commit-msg")

    assert "removed; the hook that was there before is back" in result.out
    assert (hook.read_text(), hook.stat().st_mode & 0o777) == (OWN, mode)
    assert [path.name for path in hooks_of(repo).iterdir()] == ["commit-msg"]


def test_uninstalling_restores_a_link(run: Run, repo: Repo) -> None:
    put(hooks_of(repo) / "all")
    link = hooks_of(repo) / "commit-msg"
    link.symlink_to("all")
    run("hook", "install", "-C", str(repo.path))
    assert not link.is_symlink()
    run("hook", "uninstall", "-C", str(repo.path))

    assert link.readlink() == Path("all")


def test_uninstalling_takes_only_what_is_ours(run: Run, repo: Repo) -> None:
    put(hooks_of(repo) / "pre-push")
    run("hook", "install", "-C", str(repo.path))
    result = run("hook", "uninstall", "-C", str(repo.path))

    assert result.out.split("\n")[:3] == [
        f"commit-msg: removed: {hooks_of(repo) / 'commit-msg'}",
        f"prepare-commit-msg: is not installed: {hooks_of(repo) / 'prepare-commit-msg'}",
        f"pre-push: is not whygate's and stays: {hooks_of(repo) / 'pre-push'}",
    ]


def test_two_hooks_to_keep_are_refused(run: Run, repo: Repo) -> None:
    put(hooks_of(repo) / "commit-msg")
    run("hook", "install", "-C", str(repo.path))
    put(hooks_of(repo) / "commit-msg", "#!/bin/sh\n")
    result = run("hook", "install", "-C", str(repo.path))

    assert result.status == 2
    assert "was replaced after whygate kept `commit-msg.before-whygate`" in result.err
    assert (hooks_of(repo) / "commit-msg.before-whygate").read_text() == OWN


def test_directory_that_cannot_be_written_is_named(repo: Repo) -> None:
    (repo.path / "file").write_text("")

    with pytest.raises(InputError, match="cannot be written"):
        install_hook(repo.path / "file", "commit-msg", THIS)


def test_hook_that_cannot_be_put_back_is_named(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Path) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    install_hook(hooks_of(repo), "commit-msg", THIS)
    monkeypatch.setattr(Path, "unlink", fail)

    with pytest.raises(InputError, match="cannot be written: Permission denied"):
        uninstall_hook(hooks_of(repo), "commit-msg")


def test_hook_that_cannot_be_read_is_not_ours(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Path) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    install_hook(hooks_of(repo), "commit-msg", THIS)
    monkeypatch.setattr(Path, "lstat", fail)

    assert not is_ours(hooks_of(repo) / "commit-msg")


# --- where hooks are -----------------------------------------------------------------------------


def test_linked_worktree_shares_the_hooks(run: Run, repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", str(tmp_path / "tree"))
    run("hook", "install", "-C", str(tmp_path / "tree"))

    assert (hooks_of(repo) / "commit-msg").exists()


def test_bare_repository_has_hooks(run: Run, make_repo: MakeRepo) -> None:
    bare = make_repo("bare.git", "--bare")
    run("hook", "install", "-C", str(bare.path), "--hook", "pre-push")

    assert (bare.path / "hooks" / "pre-push").exists()


@pytest.mark.parametrize("path", ["tools/hooks", "./tools//hooks"])
def test_configured_directory_inside_is_used(run: Run, repo: Repo, hook: Hook, path: str) -> None:
    repo.git("config", "core.hooksPath", path)
    result = run("hook", "install", "-C", str(repo.path))

    assert result.status == 0
    assert (repo.path / "tools" / "hooks" / "commit-msg").exists()
    assert hook(repo).commit("-m", BARE).status == 1


@pytest.mark.parametrize("path", ["~/hooks", "/elsewhere/hooks", "../hooks"])
def test_configured_directory_outside_is_refused(run: Run, repo: Repo, path: str) -> None:
    repo.git("config", "core.hooksPath", path)
    result = run("hook", "install", "-C", str(repo.path))

    assert result.status == 2
    assert "outside of this repository: other repositories may use it" in result.err
    assert "`--force` installs there" in result.err


def test_configured_directory_outside_is_used_when_forced(
    run: Run, repo: Repo, git_environ: dict[str, str]
) -> None:
    repo.git("config", "core.hooksPath", "~/hooks")
    result = run("hook", "install", "-C", str(repo.path), "--force")

    assert result.status == 0
    assert (Path(git_environ["HOME"]) / "hooks" / "commit-msg").exists()


@pytest.mark.parametrize(
    ("manager", "advice"),
    [
        ("husky", 'put `whygate hook commit-msg "$@"` into .husky/commit-msg'),
        ("lefthook", "let lefthook run `whygate hook commit-msg '{1}'`"),
    ],
)
def test_manager_that_would_overwrite_the_hook_is_named(
    run: Run, repo: Repo, manager: str, advice: str
) -> None:
    if manager == "husky":
        repo.git("config", "core.hooksPath", ".husky/_")
    else:
        repo.write("lefthook.yml", "")
    result = run("hook", "install", "-C", str(repo.path))

    assert result.status == 2
    assert f"{manager} manages the hooks of this repository" in result.err
    assert advice in result.err


def test_pre_commit_is_named_and_does_no_harm(run: Run, repo: Repo) -> None:
    repo.write(".pre-commit-config.yaml", "repos: []\n")
    result = run("hook", "install", "-C", str(repo.path))

    assert result.status == 0
    assert "note: pre-commit manages hooks in this repository" in result.out


def test_no_repository_is_an_error(run: Run, tmp_path: Path) -> None:
    result = run("hook", "install", "-C", str(tmp_path))

    assert result.status == 3
    assert "there is no git repository here" in result.err


# --- the script when whygate is gone ---------------------------------------------------------


def run_script(
    tmp_path: Path, name: str, interpreter: Interpreter, *, path: str = "/usr/bin:/bin"
) -> subprocess.CompletedProcess[bytes]:
    script = put(tmp_path / name, render_script(name, interpreter))
    return subprocess.run(
        ["sh", str(script), "the file"],
        env={"PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "status"), [("commit-msg", 1), ("prepare-commit-msg", 0), ("pre-push", 1)]
)
@pytest.mark.parametrize("gone", ["python", "package"])
def test_missing_whygate_is_never_a_silent_pass(
    tmp_path: Path, name: str, status: int, gone: str
) -> None:
    interpreter = THIS._replace(**{gone: tmp_path / "gone"})
    done = run_script(tmp_path, name, interpreter)
    said = done.stderr.decode()

    assert done.returncode == status
    assert f"whygate: the hook {name} cannot find whygate any more" in said
    assert f"remove the hook: rm '{tmp_path / name}'" in said
    assert ("git commit --edit --file='the file'" in said) is (name == "commit-msg")


def test_missing_whygate_names_the_hook_to_put_back(tmp_path: Path) -> None:
    before = put(tmp_path / "commit-msg.before-whygate", "#!/bin/sh\n")
    done = run_script(tmp_path, "commit-msg", THIS._replace(python=tmp_path / "gone"))

    assert f"mv '{before}' '{tmp_path / 'commit-msg'}'" in done.stderr.decode()


def test_whygate_of_the_working_directory_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "whygate", "#!/bin/sh\nexit 0\n")
    monkeypatch.chdir(tmp_path)
    gone = THIS._replace(python=tmp_path / "gone")
    done = run_script(tmp_path, "commit-msg", gone, path=".:/usr/bin:/bin")

    assert done.returncode == 1
    assert "cannot find whygate any more" in done.stderr.decode()


def test_whygate_on_the_path_hears_no_variable_of_python(tmp_path: Path) -> None:
    put(tmp_path / "bin" / "whygate", "#!/bin/sh\nenv\nexit 5\n")
    script = render_script("commit-msg", THIS._replace(python=tmp_path / "gone"))
    path = f"{tmp_path}/bin:/usr/bin:/bin"
    done = subprocess.run(
        ["sh", str(put(tmp_path / "commit-msg", script)), "the file"],
        env={"PATH": path, "PYTHONHOME": "/x", "PYTHONPATH": ":", "OTHER": "a\nPYTHONX=b"},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 5
    assert {line.partition(b"=")[0] for line in done.stdout.split(b"\n")} & {
        b"PYTHONHOME",
        b"PYTHONPATH",
        b"OTHER",
    } == {b"OTHER"}


def test_package_that_only_a_variable_names_is_found(
    tmp_path: Path, git_environ: dict[str, str]
) -> None:
    (tmp_path / "target/whygate").mkdir(parents=True)
    package = put(tmp_path / "target/whygate/__init__.py", "")
    put(package.with_name("cli.py"), "import sys\n\ndef main():\n    print(sys.argv[1:])\n")
    (tmp_path / "message").write_text("docs: x\n")
    python = Path(sys.base_prefix) / "bin/python3"  # without our own packages
    script = render_script("commit-msg", Interpreter(python, package))
    done = subprocess.run(
        ["sh", str(put(tmp_path / "commit-msg", script)), "message"],
        cwd=tmp_path,
        env=git_environ,
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, b"['hook', 'commit-msg', 'message']\n")


def test_whygate_on_the_path_is_found(tmp_path: Path) -> None:
    put(tmp_path / "bin" / "whygate", '#!/bin/sh\necho "found $@"\nexit 5\n')
    gone = THIS._replace(python=tmp_path / "gone")
    done = run_script(tmp_path, "commit-msg", gone, path=f"{tmp_path}/bin:/usr/bin:/bin")

    assert (done.returncode, done.stdout) == (5, b"found hook commit-msg the file\n")


@pytest.mark.parametrize("name", HOOKS)
def test_paths_with_quotes_are_safe(tmp_path: Path, name: str) -> None:
    python = put(tmp_path / "it's $(here)" / "python", '#!/bin/sh\necho "ran $@"\n')
    package = put(python.with_name("__init__.py"))
    done = run_script(tmp_path, name, Interpreter(python, package))

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"ran -E -P -c ")
    assert done.stdout.endswith(f"/__init__.py hook {name} the file\n".encode())
