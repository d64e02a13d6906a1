"""git 2.30 is enough: no option that a later one brought is asked for.

The stand-in below refuses those options and leaves the rest to the git of this machine. By hand
the same commands were run with git 2.30.9, built from source.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from tests.cli.conftest import run  # noqa: F401  (a fixture)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run
    from tests.conftest import Repo

# From git's release notes of 2.31 to 2.51, as far as they are of commands that whygate runs.
_LATER = (
    *("--diff-merges=*", "--remerge-diff", "--path-format=*", "--disk-usage*"),
    *("--exclude=*", "--omit-empty", "--exclude-hidden=*", "--show-ref-format", "--no-ref-format"),
    *("--exclude-promisor-objects-best-effort", "--name-only-status", "--object-only", "-Z"),
    *("--attr-source=*", "--no-advice", "--value", "--all-names", "--since-as-filter*"),
)
_SCRIPT = """\
#!/bin/sh
for option in "$@"; do
  case "$option" in
    {refused}) echo "error: unknown option: $option" >&2; exit 129;;
  esac
done
case " $* " in
  *" config list "*|*" config get "*|*" hook run "*|*" cat-file -z "*) exit 129;;
esac
exec {git} "$@"
"""


@pytest.fixture
def oldest(tmp_path: Path) -> str:
    """Give the directory of a git that knows no later option."""
    git = tmp_path / "oldest" / "git"
    git.parent.mkdir()
    real = shutil.which("git")
    git.write_text(_SCRIPT.format(refused="|".join(_LATER), git=real))
    git.chmod(0o755)
    return str(git.parent)


def test_stand_in_refuses_a_later_option(repo: Repo, oldest: str) -> None:
    repo.environ = {**repo.environ, "PATH": f"{oldest}:{repo.environ['PATH']}"}

    with pytest.raises(AssertionError, match="unknown option: --diff-merges=first-parent"):
        repo.git("log", "--diff-merges=first-parent")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("check", "--range", "main..HEAD"), "failed (feature"),
        (("check", "--range", "main..HEAD", "--scope", "each"), "3 changes"),
        (("audit", "--no-cache"), "feat: one"),
        (("audit", "--no-cache", "--commits", "--by-area"), "src"),
        (("audit", "--no-cache", "--path", "src"), "feat: one"),
        (("new", "--from", "main"), "feat: one"),
        (("due",), "0 overdue"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_command_works_with_the_oldest_git(
    run: Run,  # noqa: F811
    repo: Repo,
    oldest: str,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    said: str,
) -> None:
    repo.git("switch", "--quiet", "--create", "work")
    repo.commit("feat: one\n\nWhy: x\n", {"src/a.py": "1\n"})
    repo.git("switch", "--quiet", "main")
    repo.commit("docs: two")
    repo.git("switch", "--quiet", "work")
    repo.git("merge", "--quiet", "--no-edit", "main")
    repo.commit("feat: three", {"src/b.py": "1\n"})
    monkeypatch.setenv("PATH", f"{oldest}:{repo.environ['PATH']}")
    done = run(command[0], "-C", str(repo.path), *command[1:])

    assert done.status in (0, 1), done
    assert said in done.out + done.err
