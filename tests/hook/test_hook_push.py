"""`whygate hook pre-push`, run by a real `git push`."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest
from tests.hook.conftest import PLAN

from whygate.cli import main
from whygate.errors import InputError
from whygate.git.branch import parse_updates

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run
    from tests.conftest import Repo
    from tests.hook.conftest import Hook, Hooked

GOOD = f"feat(export): write every row\n\n{PLAN}"
BARE = "feat(export): write every row\n"
ZERO = "0" * 40


@pytest.fixture
def clone(repo: Repo, hook: Hook, tmp_path: Path) -> Hooked:
    """Give a clone on the new branch `work`, whose remote is bare."""
    bare = tmp_path / "origin.git"
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(bare))
    repo.git("clone", "--quiet", str(bare), str(tmp_path / "clone"))
    repo.path = tmp_path / "clone"
    repo.git("switch", "--quiet", "--create", "work")
    return hook(repo, "pre-push")


@pytest.mark.parametrize(
    ("messages", "status"),
    [
        pytest.param((GOOD,), 0, id="good"),
        pytest.param((BARE,), 1, id="bare"),
        pytest.param((GOOD, BARE), 0, id="first-carries"),
        pytest.param((BARE, GOOD), 0, id="last-carries"),
        pytest.param(("chore: prepare", BARE), 1, id="chore-and-bare"),
        pytest.param(("docs: x", "fixup! docs: x"), 0, id="nothing-asked"),
    ],
)
def test_branch_is_judged_as_a_whole(clone: Hooked, messages: tuple[str, ...], status: int) -> None:
    for message in messages:
        clone.repo.commit(message)
    done = clone.git("push", "origin", "work")

    assert done.status == status, done.said
    assert ("failed (feature" in done.said) is bool(status)
    assert ("nothing is pushed" in done.said) is bool(status)


@pytest.mark.parametrize(
    ("message", "path", "status"),
    [
        pytest.param("docs: discount codes", "src/cart.py", 1, id="docs-over-the-product"),
        pytest.param("docs: discount codes", "docs/cart.md", 0, id="docs"),
        pytest.param("chore(deps): bump codes", "src/cart.py", 1, id="deps-over-the-product"),
        pytest.param("Codes\n\nChange-Kind: release", "src/cart.py", 1, id="declared-release"),
        pytest.param("Add discount codes", "src/cart.py", 1, id="no-type"),
        pytest.param("wip", "src/cart.py", 1, id="wip"),
        pytest.param("Merge branch 'main' into codes", "src/cart.py", 1, id="merge-of-nothing"),
    ],
)
def test_push_holds_the_kind_against_the_files(
    clone: Hooked, message: str, path: str, status: int
) -> None:
    clone.repo.commit(message, {path: "x"})
    done = clone.git("push", "origin", "work")

    assert done.status == status, done.said


def test_second_push_of_a_branch_passes_by_the_first(clone: Hooked) -> None:
    clone.repo.commit(GOOD)
    clone.git("push", "origin", "work")
    clone.repo.commit("feat: and more")
    done = clone.git("push", "origin", "work")

    assert done.status == 0, done.said
    assert "ok (feature, decided by title" in done.said


def test_each_new_commit_of_the_default_branch_is_judged(clone: Hooked) -> None:
    clone.repo.git("switch", "--quiet", "main")
    for message in (GOOD, "docs: x", BARE):
        clone.repo.commit(message)
    done = clone.git("push", "origin", "main")

    assert done.status == 1
    assert "3 changes: 2 ok, 1 failed" in done.said


def test_pushed_commits_are_not_judged_again(clone: Hooked) -> None:
    clone.repo.git("switch", "--quiet", "main")
    clone.repo.commit(BARE)
    clone.git("push", "--no-verify", "origin", "main")
    clone.repo.commit(GOOD)
    done = clone.git("push", "origin", "main")

    assert done.status == 0
    assert "ok (feature" in done.said


def test_scope_each_judges_each_commit_of_a_branch(clone: Hooked) -> None:
    clone.repo.write(".whygate.yml", "version: 1\ncommits:\n  scope: each\n")
    clone.repo.commit(GOOD)
    clone.repo.commit(BARE)
    done = clone.git("push", "origin", "work")

    assert done.status == 1
    assert "2 changes: 1 ok, 1 failed" in done.said


def test_scope_off_judges_nothing(clone: Hooked) -> None:
    clone.repo.write(".whygate.yml", "version: 1\ncommits:\n  scope: off\n")
    clone.repo.commit(BARE)
    done = clone.git("push", "origin", "work")

    assert done.status == 0
    assert "nothing is judged, because `commits.scope` is off" in done.said


def test_tags_notes_and_deletions_are_not_judged(clone: Hooked) -> None:
    clone.repo.commit(BARE)
    clone.git("push", "--no-verify", "origin", "work")
    clone.repo.git("tag", "v1")
    clone.repo.git("notes", "add", "-m", "x")
    done = clone.git("push", "origin", "v1", "refs/notes/commits", ":work")

    assert done.status == 0, done.said
    assert "refs/tags/v1 is no branch and is not judged" in done.said
    assert "refs/heads/work is a deletion and is not judged" in done.said


def test_nothing_new_passes_and_says_so(clone: Hooked) -> None:
    done = clone.git("push", "origin", "work")

    assert done.status == 0
    assert "there is no new commit of a branch to judge" in done.said


def test_review_for_the_default_branch_is_judged_commit_by_commit(clone: Hooked) -> None:
    clone.repo.commit(BARE)
    done = clone.git("push", "origin", "HEAD:refs/for/main%topic=x")

    assert done.status == 1
    assert "WG101" in done.said


def test_first_push_to_a_remote_that_is_empty(on_main: Hooked, hook: Hook, tmp_path: Path) -> None:
    on_main.repo.git("init", "--quiet", "--bare", str(tmp_path / "new.git"))
    on_main.repo.git("remote", "add", "there", str(tmp_path / "new.git"))
    on_main.repo.commit(BARE)
    done = hook(on_main.repo, "pre-push").git("push", "there", "main")

    assert done.status == 1
    assert "2 changes: 1 ok, 1 failed" in done.said


def test_first_branch_of_a_remote_that_is_empty(hooked: Hooked, hook: Hook, tmp_path: Path) -> None:
    hooked.repo.git("init", "--quiet", "--bare", str(tmp_path / "new.git"))
    hooked.repo.git("remote", "add", "there", str(tmp_path / "new.git"))
    hooked.repo.commit(BARE)
    done = hook(hooked.repo, "pre-push").git("push", "there", "work")

    assert done.status == 1
    assert "failed (feature" in done.said


def test_repository_without_a_default_branch_is_judged_commit_by_commit(
    unborn: Hooked, hook: Hook, tmp_path: Path
) -> None:
    unborn.repo.git("switch", "--quiet", "--create", "lonely")
    unborn.repo.git("init", "--quiet", "--bare", str(tmp_path / "new.git"))
    unborn.repo.commit(BARE)
    unborn.repo.commit(GOOD)
    done = hook(unborn.repo, "pre-push").git("push", str(tmp_path / "new.git"), "lonely")

    assert done.status == 1
    assert "2 changes: 1 ok, 1 failed" in done.said


def test_fork_that_catches_up_is_not_judged(clone: Hooked, tmp_path: Path) -> None:
    upstream = tmp_path / "upstream.git"
    clone.repo.git("clone", "--quiet", "--bare", str(tmp_path / "origin.git"), str(upstream))
    clone.repo.git("remote", "add", "upstream", str(upstream))
    clone.repo.git("switch", "--quiet", "main")
    clone.repo.commit(GOOD)
    clone.repo.commit(BARE)
    clone.git("push", "--no-verify", "upstream", "main")
    caught_up = clone.git("push", "origin", "main")
    clone.repo.git("switch", "--quiet", "--create", "more")
    clone.repo.commit("fix: more")
    branch = clone.git("push", "origin", "more")

    assert caught_up.status == 0, caught_up.said
    assert branch.status == 1, branch.said
    assert "failed (fix" in branch.said


def test_push_to_a_url(clone: Hooked, tmp_path: Path) -> None:
    clone.repo.commit(BARE)
    done = clone.git("push", str(tmp_path / "origin.git"), "work")

    assert done.status == 1


def test_remote_that_moved_on_is_still_judged(clone: Hooked, tmp_path: Path) -> None:
    clone.repo.commit(BARE)
    clone.git("push", "--no-verify", "origin", "work")
    other = tmp_path / "other"
    clone.repo.git("clone", "--quiet", "--branch=work", str(tmp_path / "origin.git"), str(other))
    clone.repo.git("-C", str(other), "commit", "--quiet", "--allow-empty", "-m", "x")
    clone.repo.git("-C", str(other), "push", "--quiet")
    clone.repo.commit("feat: more")
    done = clone.git("push", "--force", "origin", "work")

    assert done.status == 1
    assert "WG101" in done.said


def test_shallow_clone_cannot_decide(clone: Hooked, hook: Hook, tmp_path: Path) -> None:
    clone.repo.commit("docs: one")
    clone.git("push", "--no-verify", "origin", "work")
    clone.repo.git("switch", "--quiet", "main")
    clone.repo.commit("docs: two")
    clone.git("push", "--no-verify", "origin", "main")
    shallow = tmp_path / "shallow"
    source = f"file://{tmp_path / 'origin.git'}"
    options = ("--quiet", "--no-single-branch", "--depth=1")
    clone.repo.git("clone", *options, source, str(shallow))
    clone.repo.path = shallow
    clone.repo.git("switch", "--quiet", "work")
    clone.repo.commit(BARE)
    done = hook(clone.repo, "pre-push").git("push", "origin", "work:new")

    assert done.status == 1
    assert "this shallow clone is cut off at" in done.said


def test_bare_repository_can_push(clone: Hooked, hook: Hook, tmp_path: Path) -> None:
    clone.repo.commit(BARE)
    sha = clone.repo.head()
    mirror = tmp_path / "mirror.git"
    clone.repo.git("clone", "--quiet", "--bare", str(clone.repo.path), str(mirror))
    clone.repo.path = mirror
    clone.repo.git("remote", "set-url", "origin", str(tmp_path / "origin.git"))
    done = hook(clone.repo, "pre-push").git("push", "origin", f"{sha}:refs/heads/new")

    assert done.status == 1
    assert "WG101" in done.said


# --- how the refs are told ---------------------------------------------------------------------


def test_framework_tells_the_refs_in_the_environment(
    run: Run, clone: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.repo.commit(BARE)
    monkeypatch.chdir(clone.repo.path)
    told = {
        "PRE_COMMIT_FROM_REF": clone.repo.git("rev-parse", "main"),
        "PRE_COMMIT_TO_REF": clone.repo.head(),
        "PRE_COMMIT_REMOTE_BRANCH": "refs/heads/work",
        "PRE_COMMIT_LOCAL_BRANCH": "refs/heads/work",
        "PRE_COMMIT_REMOTE_NAME": "origin",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)

    assert run("hook", "pre-push").status == 1


def test_framework_tells_only_the_branch_of_a_new_history(
    run: Run, clone: Hooked, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.repo.commit(BARE)
    monkeypatch.chdir(clone.repo.path)
    monkeypatch.setenv("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/work")
    monkeypatch.setenv("PRE_COMMIT_REMOTE_BRANCH", "work")

    assert run("hook", "pre-push").status == 1


def test_stdin_that_is_none_of_gits_is_refused(
    run: Run, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo.path)
    result = run("hook", "pre-push", "origin", "url", stdin=b"hello\n")

    assert result.status == 2
    assert "stdin does not hold what git tells a pre-push hook" in result.err


def test_bad_branch_behind_thousands_of_tags_is_judged(clone: Hooked) -> None:
    tip = clone.repo.git("rev-parse", "HEAD")
    tags = "".join(f"create refs/tags/{'v' * 90}-{n:05} {tip}\n" for n in range(6_000))
    clone.repo.git("update-ref", "--stdin", data=tags.encode())
    clone.repo.commit(BARE)
    clone.repo.git("branch", "--move", "zz")
    done = clone.git("push", "origin", "refs/tags/*:refs/tags/*", "zz")

    assert done.status == 1, done.said[-500:]
    assert "WG101" in done.said
    assert clone.repo.git("ls-remote", "origin", "refs/tags/*") == ""


@pytest.mark.parametrize("lines", [20_000, 40_000], ids=["2 MiB", "4 MiB"])
def test_stdin_of_any_length_is_read_to_its_end(
    run: Run, clone: Hooked, monkeypatch: pytest.MonkeyPatch, lines: int
) -> None:
    clone.repo.commit(BARE)
    monkeypatch.chdir(clone.repo.path)
    tag = f"refs/tags/v {'1' * 40} refs/tags/v {ZERO}\n"
    branch = f"refs/heads/work {clone.repo.head()} refs/heads/work {ZERO}\n"
    told = (tag * lines + branch).encode()
    result = run("hook", "pre-push", "origin", "url", stdin=told)

    assert len(told) > 1 << 20
    assert result.status == 1
    assert "WG101" in result.err


def test_line_that_is_too_long_to_be_read_is_refused(
    run: Run, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo.path)
    line = f"{'a' * 70_000} {'1' * 40} refs/tags/v {ZERO}\n"
    result = run("hook", "pre-push", "origin", "url", stdin=line.encode())

    assert result.status == 3
    assert "a line on stdin is longer than 65536 bytes" in result.err


@pytest.mark.parametrize("branch", ["main", "work"])
def test_push_of_more_commits_than_are_read_is_refused(
    clone: Hooked, run: Run, monkeypatch: pytest.MonkeyPatch, branch: str
) -> None:
    monkeypatch.setattr("whygate.git.branch.LIMIT", 2)
    monkeypatch.setattr("whygate.git.branch.LIMIT", 2)
    base = clone.repo.head()
    clone.repo.git("switch", "--quiet", "main" if branch == "main" else "work")
    clone.repo.commit(BARE)
    clone.repo.commit("docs: one")
    clone.repo.commit("docs: two")
    monkeypatch.chdir(clone.repo.path)
    line = f"x {clone.repo.head()} refs/heads/{branch} {base if branch == 'main' else ZERO}\n"
    result = run("hook", "pre-push", "origin", "url", stdin=line.encode())

    assert result.status == 3
    assert "brings more than 2 new commits" in result.err


def test_empty_pipe_of_git_is_a_push_that_changes_nothing(clone: Hooked) -> None:
    done = clone.git("push", "origin", "HEAD:refs/heads/main")

    assert done.status == 0, done.said
    assert "there is no new commit of a branch to judge" in done.said


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        pytest.param("", "", id="no remote"),
        pytest.param("origin url </dev/null", "", id="nothing instead of a pipe"),
        pytest.param("origin url <empty", "", id="an empty file"),
        pytest.param("origin url <&-", "", id="closed"),
        pytest.param("origin url", "PRE_COMMIT=1", id="pre-commit without refs"),
        pytest.param("origin url", "PRE_COMMIT=1 PRE_COMMIT_TO_REF=HEAD", id="pre-commit, one ref"),
    ],
)
def test_nothing_told_is_never_nothing_wrong(clone: Hooked, arguments: str, environ: str) -> None:
    clone.repo.commit(BARE)
    clone.repo.write("empty", "")
    pipe = "" if "<" in arguments else ": | "
    run = f'{pipe}{environ} "{sys.executable}" -m whygate hook pre-push {arguments}'
    done = clone.shell(run)

    assert done.status == 3, done.said
    assert "whygate: " in done.said
    assert "hint: " in done.said


@pytest.mark.parametrize(
    ("start", "status", "judged"),
    [
        pytest.param("main", 1, "failed (feature", id="the branch"),
        pytest.param("HEAD~1", 0, "ok (docs", id="its last commit"),
        pytest.param("HEAD", 0, "there is no new commit", id="nothing"),
        pytest.param("nowhere", 2, "there is no commit `nowhere`", id="no such commit"),
    ],
)
def test_commits_between_two_refs_are_judged_together(
    run: Run,
    clone: Hooked,
    monkeypatch: pytest.MonkeyPatch,
    start: str,
    status: int,
    judged: str,
) -> None:
    clone.repo.commit(BARE)
    clone.repo.commit("docs: say it")
    monkeypatch.chdir(clone.repo.path)
    monkeypatch.setenv("PRE_COMMIT", "1")
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", start)
    monkeypatch.setenv("PRE_COMMIT_TO_REF", "HEAD")
    done = run("hook", "pre-push")

    assert done.status == status
    assert judged in done.err


class Terminal:
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stdin", "status"), [(Terminal(), 2), (None, 3)], ids=["terminal", "closed"]
)
def test_stdin_is_not_waited_for(
    run: Run,
    repo: Repo,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    stdin: Terminal | None,
    status: int,
) -> None:
    run("--version")  # sets the environment
    monkeypatch.chdir(repo.path)
    monkeypatch.setattr(sys, "stdin", stdin)

    assert main(["hook", "pre-push", "origin"]) == status
    assert ("this is a terminal" in capsys.readouterr().err) is (status == 2)


def test_directory_that_is_gone_is_an_error(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    result = run("hook", "commit-msg", "m")

    assert result.status == 2
    assert "the current directory does not exist any more" in result.err


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"refs/heads/a {'1' * 40} refs/heads/b {ZERO}", ("1" * 40, "b", "")),
        (f"(delete) {ZERO} refs/heads/b {'2' * 40}", ("", "b", "2" * 40)),
        (f"HEAD~1 {'1' * 64} refs/heads/b/c {'2' * 64}\r", ("1" * 64, "b/c", "2" * 64)),
        (f":/fix it {'1' * 40} refs/tags/v1 {ZERO}", ("1" * 40, "", "")),
        (f"HEAD {'1' * 40} refs/for/main%r=x {ZERO}", ("1" * 40, "main", "")),
    ],
    ids=["new", "deleted", "sha256", "local-with-spaces", "review"],
)
def test_lines_of_git_are_read(line: str, expected: tuple[str, str, str]) -> None:
    (update,) = parse_updates(io.BytesIO(f"{line}\n\n".encode()))

    assert (update.tip, update.branch, update.known) == expected


@pytest.mark.parametrize("line", ["a b", f"a {'1' * 39} b {ZERO}", f"a {'g' * 40} b {ZERO}"])
def test_other_lines_are_refused(line: str) -> None:
    with pytest.raises(InputError, match="stdin does not hold"):
        list(parse_updates(io.BytesIO(line.encode())))


@pytest.mark.parametrize(
    ("theirs", "mine", "status"),
    [
        pytest.param(GOOD, BARE, 1, id="theirs answers, mine does not"),
        pytest.param(BARE, GOOD, 0, id="mine answers, theirs does not"),
    ],
)
@pytest.mark.parametrize("base", ["develop", "one"])
def test_pushed_branch_is_judged_without_what_it_is_cut_from(
    clone: Hooked, base: str, theirs: str, mine: str, status: int
) -> None:
    clone.repo.git("switch", "--quiet", "--create", base, "main")
    clone.repo.commit(theirs)
    clone.git("push", "--no-verify", "origin", base)
    clone.repo.git("switch", "--quiet", "--create", "two")
    clone.repo.commit(mine)
    done = clone.git("push", "origin", "two")

    assert done.status == status, done.said
    assert ("failed (feature" if status else "ok (feature") in done.said


def test_each_commit_of_develop_is_judged_like_one_of_the_default_branch(clone: Hooked) -> None:
    clone.repo.git("switch", "--quiet", "--create", "develop", "main")
    for message in (GOOD, BARE):
        clone.repo.commit(message)
    done = clone.git("push", "origin", "develop")

    assert done.status == 1
    assert "2 changes: 1 ok, 1 failed" in done.said
