"""Every run of git is hardened, bounded, and explains itself when it fails."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from whygate.errors import InputError, UndecidedError
from whygate.git.log import Range, read_commits
from whygate.git.run import Git, child_environ

if TYPE_CHECKING:
    from tests.conftest import MakeRepo, Repo
    from tests.git.conftest import FakeGit, WriteCommit

NOBODY = "0" * 40


def test_run_gives_output_for_input(git: Git) -> None:
    blob = git.run("hash-object", "--stdin", input=b"x\n")

    assert blob == b"587be6b4c3f93f93c489c0111bba5596147a26cb\n"


def test_run_without_git(tmp_path: Path) -> None:
    with pytest.raises(UndecidedError, match="git was not found on PATH") as caught:
        Git(environ={"PATH": str(tmp_path)}).run("version")

    assert caught.value.exit_code == 3
    assert "install git" in caught.value.hint


def test_run_ignores_git_in_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = tmp_path / "git"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/mark\n")
    trap.chmod(0o755)
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UndecidedError, match="not found"):
        Git(environ={"PATH": ".:"}).run("version")
    assert not (tmp_path / "mark").exists()


def test_run_with_git_that_cannot_start(tmp_path: Path) -> None:
    (tmp_path / "git").write_bytes(b"\x7fELF no program")
    (tmp_path / "git").chmod(0o755)

    with pytest.raises(UndecidedError, match="git could not be started"):
        Git(environ={"PATH": str(tmp_path)}).run("version")


@pytest.mark.parametrize(
    ("config", "sentence", "hint"),
    [
        pytest.param(
            "[core]\nrepositoryformatversion = 1\n[extensions]\nnewthing = x\n",
            "too old for the repository, which uses the extension `newthing`",
            "upgrade git",
            id="unknown-extension",
        ),
        pytest.param(
            "[core]\nrepositoryformatversion = 99\n", "too old", "upgrade", id="future-format"
        ),
        pytest.param(
            "[core\n", "cannot read its configuration: bad config line 1", "correct", id="syntax"
        ),
    ],
)
def test_run_explains_configuration(repo: Repo, config: str, sentence: str, hint: str) -> None:
    repo.write(".git/config", config)

    with pytest.raises(UndecidedError, match=sentence) as caught:
        Git(repo.path, environ=repo.environ).resolve("HEAD")

    assert hint in caught.value.hint


def test_run_explains_foreign_owner(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.path)
    environ = {**repo.environ, "GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}

    with pytest.raises(UndecidedError, match="belongs to another user") as caught:
        Git(environ=environ).resolve("HEAD")

    assert "safe.directory" in caught.value.hint
    assert str(repo.path) in caught.value.hint


@pytest.mark.parametrize("name", ["", "missing"])
def test_run_outside_a_repository(tmp_path: Path, git_environ: dict[str, str], name: str) -> None:
    with pytest.raises(UndecidedError, match="no git repository here"):
        Git(tmp_path / name, environ=git_environ).resolve("HEAD")


def test_run_shows_one_printable_line_of_an_unknown_failure(fake_git: FakeGit) -> None:
    git = fake_git(r"printf 'warning: x\nfatal: bad \033[31m::error::\nmore\n' >&2; exit 9", 20)

    with pytest.raises(UndecidedError) as caught:
        git.run("log")

    assert caught.value.message == "`git log` failed: bad ?[31m::error::"


@pytest.mark.parametrize(
    ("script", "reason"),
    [("exit 1", "it gave no reason"), ("echo oops >&2; exit 1", "oops")],
    ids=["silent", "without-prefix"],
)
def test_run_failure_without_fatal(fake_git: FakeGit, script: str, reason: str) -> None:
    with pytest.raises(UndecidedError, match=reason):
        fake_git(script, 20).run("log")


def test_run_stops_when_time_is_up(fake_git: FakeGit) -> None:
    git = fake_git("sleep 60; true")

    with pytest.raises(UndecidedError, match=r"`git log` took longer than 0\.2 s") as caught:
        git.run("log")

    assert caught.value.hint


def test_stream_gives_chunks(git: Git) -> None:
    assert b"".join(git.stream("log", "--format=%s")) == b"Begin\n"


def test_stream_stops_when_git_is_silent(fake_git: FakeGit) -> None:
    stream = fake_git("echo begun; sleep 60; true").stream("log")

    assert next(stream) == b"begun\n"
    with pytest.raises(UndecidedError, match="took longer"):
        next(stream)


def test_stream_stops_when_git_does_not_end(fake_git: FakeGit) -> None:
    stream = fake_git("exec >&-; sleep 60; true").stream("log")

    with pytest.raises(UndecidedError, match="took longer"):
        next(stream)


def test_stream_kills_git_when_reader_stops(fake_git: FakeGit, tmp_path: Path) -> None:
    stream = fake_git(f"echo $$ > {tmp_path}/pid; exec yes", 20).stream("log")
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    pid = int((tmp_path / "pid").read_text())

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_stream_fails_after_output(fake_git: FakeGit) -> None:
    stream = fake_git("echo part; echo 'fatal: bad tree' >&2; exit 128", 20).stream("log")

    assert next(stream) == b"part\n"
    with pytest.raises(UndecidedError, match="`git log` failed: bad tree"):
        next(stream)


@pytest.mark.parametrize("rev", ["HEAD", "main", "refs/heads/main", "@", "-evil", "v1", "HEAD~0"])
def test_resolve(repo: Repo, git: Git, rev: str) -> None:
    repo.git("update-ref", "refs/heads/-evil", "HEAD")
    repo.git("tag", "--annotate", "--message=x", "v1")

    assert git.resolve(rev) == repo.head()


@pytest.mark.parametrize(
    "rev",
    [
        pytest.param("", id="empty"),
        pytest.param("nope", id="unknown"),
        pytest.param("--output=pwned", id="option"),
        pytest.param("--all", id="option-all"),
        pytest.param("-evil", id="dash"),
        pytest.param("main\0", id="nul"),
        pytest.param("main\n--all", id="line-feed"),
        pytest.param("main..main", id="range"),
        pytest.param("^main", id="negated"),
        pytest.param("main^{tree}", id="tree"),
        pytest.param("HEAD:README.md", id="blob"),
        pytest.param("\ud800", id="lone-surrogate"),
        pytest.param("é" * 5000, id="long"),
        pytest.param("$(touch pwned)", id="shell"),
        pytest.param(NOBODY, id="zero-hash"),
    ],
)
def test_resolve_refuses(
    git: Git, rev: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)

    with pytest.raises(InputError) as caught:
        git.resolve(rev)
    assert caught.value.message.isprintable()
    assert not list(here.iterdir())


def test_resolve_without_a_commit(empty_repo: Repo) -> None:
    with pytest.raises(InputError, match="no commit yet"):
        Git(empty_repo.path, environ=empty_repo.environ).resolve("HEAD")


def test_resolve_in_shallow_clone(shallow: Git, long_repo: Repo) -> None:
    cut_off = long_repo.git("rev-parse", "HEAD~1")

    with pytest.raises(UndecidedError, match="shallow") as caught:
        shallow.resolve(cut_off)

    assert "fetch-depth: 0" in caught.value.hint


def test_resolve_long_hash(sha256: Git) -> None:
    assert len(sha256.resolve("HEAD")) == 64


def test_merge_base(repo: Repo, git: Git) -> None:
    base = repo.head()
    repo.git("checkout", "--quiet", "-b", "topic")
    repo.commit("On topic\n")
    repo.git("checkout", "--quiet", "main")
    repo.commit("On main\n")

    assert git.merge_base("main", "topic") == base


def test_merge_base_of_unrelated_histories(git: Git, write_commit: WriteCommit) -> None:
    assert git.merge_base("main", write_commit(b"alone\n")) is None


def test_is_shallow(shallow: Git, git: Git) -> None:
    assert shallow.is_shallow()
    assert not git.is_shallow()


def test_is_bare(repo: Repo, make_repo: MakeRepo) -> None:
    bare = make_repo("bare.git", "--bare")

    assert Git(git_dir=bare.path, environ=bare.environ).is_bare()
    assert not Git(repo.path / ".git" / "..", environ=repo.environ).is_bare()


def test_head_branch(repo: Repo, git: Git) -> None:
    repo.git("tag", "main")

    assert git.head_branch() == "main"


def test_head_branch_not_born(empty_repo: Repo) -> None:
    assert Git(empty_repo.path, environ=empty_repo.environ).head_branch() == "main"


def test_head_branch_detached(repo: Repo, git: Git) -> None:
    repo.git("checkout", "--quiet", "--detach")

    assert git.head_branch() == ""


@pytest.mark.parametrize(
    ("refs", "head", "configured", "expected"),
    [
        pytest.param(["heads/topic"], "", "", "", id="none"),
        pytest.param(["heads/develop", "heads/master"], "", "", "refs/heads/master", id="order"),
        pytest.param(["heads/main", "heads/prod"], "", "prod", "refs/heads/prod", id="configured"),
        pytest.param(["heads/main"], "", "gone", "refs/heads/main", id="configured-absent"),
        pytest.param(["heads/main"], "", "*", "refs/heads/main", id="configured-glob"),
        pytest.param(
            ["heads/main", "remotes/origin/main"], "", "", "refs/remotes/origin/main", id="remote"
        ),
        pytest.param(
            ["heads/main", "remotes/origin/next"],
            "refs/remotes/origin/next",
            "",
            "refs/remotes/origin/next",
            id="origin-head",
        ),
        pytest.param(
            ["heads/main"], "refs/remotes/origin/gone", "", "refs/heads/main", id="dangling"
        ),
    ],
)
def test_default_ref(
    repo: Repo, refs: list[str], head: str, configured: str, expected: str
) -> None:
    commit = repo.head()
    repo.git("checkout", "--quiet", "--detach")
    repo.git("update-ref", "-d", "refs/heads/main")
    for ref in refs:
        repo.git("update-ref", f"refs/{ref}", commit)
    if head:
        repo.git("symbolic-ref", "refs/remotes/origin/HEAD", head)
    if configured:
        repo.git("config", "init.defaultBranch", configured)
    git = Git(repo.path, environ=repo.environ)

    assert git.default_ref() == expected


def test_config(repo: Repo, git: Git) -> None:
    Path(repo.environ["GIT_CONFIG_GLOBAL"]).write_text("[core]\n\tcommentChar = ;\n")
    repo.git("config", "core.commentString", "//")
    repo.git("config", "--add", "core.commentChar", "%")
    repo.git("config", "core.hooksPath", "hooks\nhere")
    keys = ("core.commentChar", "core.commentString", "core.hooksPath", "commit.cleanup")

    values = git.config(keys)

    assert list(values.items()) == [
        ("core.commentstring", "//"),
        ("core.commentchar", "%"),
        ("core.hookspath", "hooks\nhere"),
    ]


def test_config_key_without_value(repo: Repo, git: Git) -> None:
    repo.write(".git/config", "[commit]\n\tverbose\n")

    assert git.config(["commit.verbose"]) == {"commit.verbose": "true"}


def test_config_outside_a_repository(tmp_path: Path, git_environ: dict[str, str]) -> None:
    Path(git_environ["GIT_CONFIG_GLOBAL"]).write_text("[commit]\n\tcleanup = strip\n")

    values = Git(tmp_path, environ=git_environ).config(["commit.cleanup"])

    assert values == {"commit.cleanup": "strip"}


@pytest.fixture
def tree(repo: Repo, make_repo: MakeRepo) -> Repo:
    inner = make_repo("inner")
    inner.commit("Inner\n")
    repo.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.path), "sub"
    )
    (repo.path / "link").symlink_to("README.md")
    repo.write("run.sh", "#!/bin/sh\n").chmod(0o755)
    for name in ("docs/a b.md", "docs/*.md", "docs/é.md", ":(top)x", "docs/deep/x.md"):
        repo.write(name, name)
    repo.commit("Files\n")
    return repo


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("README.md", b"hello\n"),
        ("run.sh", b"#!/bin/sh\n"),
        ("docs/*.md", b"docs/*.md"),
        ("docs/é.md", "docs/é.md".encode()),
        (":(top)x", b":(top)x"),
        ("missing.md", None),
        ("docs/missing.md", None),
        ("README.md/x", None),
        ("docs/*", None),
        ("-x", None),
    ],
)
def test_show_file(tree: Repo, path: str, content: bytes | None) -> None:
    git = Git(tree.path, environ=tree.environ)

    assert git.show_file("main", path) == content


@pytest.mark.parametrize(
    "path", ["link", "sub", "docs", "", "../x", "/etc/passwd", "docs/", "a\0b", "./README.md"]
)
def test_show_file_refuses(tree: Repo, path: str) -> None:
    with pytest.raises(InputError):
        Git(tree.path, environ=tree.environ).show_file("HEAD", path)


def test_show_file_refuses_large(git: Git) -> None:
    assert git.show_file("HEAD", "README.md", limit=6) == b"hello\n"
    with pytest.raises(InputError, match="larger than 5 bytes"):
        git.show_file("HEAD", "README.md", limit=5)


@pytest.mark.parametrize(
    ("directory", "names"),
    [
        ("", (".gitmodules", ":(top)x", "README.md", "link", "run.sh")),
        ("docs", ("*.md", "a b.md", "é.md")),
        ("docs/deep", ("x.md",)),
        ("missing", ()),
        ("README.md", ()),
        ("link", ()),
        ("sub", ()),
    ],
)
@pytest.mark.parametrize("rev", ["HEAD", ""], ids=["name", "hash"])
def test_list_directory(tree: Repo, directory: str, names: tuple[str, ...], rev: str) -> None:
    found = Git(tree.path, environ=tree.environ).list_directory(rev or tree.head(), directory)

    assert tuple(name for name, entry in found.items() if entry.is_file) == names
    assert {name for name, entry in found.items() if entry.is_directory} <= {"docs", "deep"}


@pytest.mark.parametrize("directory", ["..", "/etc", "docs/", "a\nb"])
def test_list_directory_refuses(git: Git, directory: str) -> None:
    with pytest.raises(InputError):
        git.list_directory("HEAD", directory)


def test_show_file_of_long_hash(sha256: Git) -> None:
    assert sha256.show_file("HEAD", "f") == b"x\n"
    assert list(sha256.list_directory(sha256.resolve("HEAD"), "")) == ["f"]


def test_show_file_absent_from_partial_clone(blobless: Git) -> None:
    with pytest.raises(UndecidedError, match="partial clone"):
        blobless.show_file("HEAD", "a.txt")


@pytest.fixture
def trapped(repo: Repo, tmp_path: Path, write_commit: WriteCommit) -> Repo:
    """Give a repository whose configuration runs a program at every turn."""
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/mark\ncat\n")
    trap.chmod(0o755)
    signature = b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n"
    signed = write_commit(b"Signed\n\nAlpha: beta\n", headers=signature)
    repo.write(".gitattributes", "* diff=evil filter=evil\n")
    repo.commit("Evil\n", {"a.txt": "1\n"})
    repo.commit("More\n", {"a.txt": "2\n"})
    repo.git("merge", "--quiet", "--allow-unrelated-histories", "-s", "ours", "-m", "M\n", signed)
    knobs = (
        *("core.fsmonitor", "core.pager", "core.sshCommand", "core.editor", "core.askPass"),
        *("diff.external", "diff.evil.command", "diff.evil.textconv", "gpg.program"),
        *("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "pager.log"),
        *("remote.origin.uploadpack", "remote.origin.vcs", "credential.helper"),
        *("trailer.alpha.command", "trailer.alpha.cmd", "interactive.diffFilter"),
        *("alias.log", "alias.rev-parse", "alias.cat-file", "core.alternateRefsCommand"),
    )
    for knob in knobs:
        repo.git("config", knob, f"!{trap}" if knob.startswith("alias") else str(trap))
    repo.git("config", "log.showSignature", "true")
    repo.git("config", "core.hooksPath", str(tmp_path / "hooks"))
    return repo


def test_hostile_configuration_runs_nothing(trapped: Repo, tmp_path: Path) -> None:
    git = Git(trapped.path, environ=trapped.environ)
    tip = git.resolve("HEAD")
    commits = [*read_commits(git, Range(None, tip), first_parent=False, paths=True, lines=True)]
    git.default_ref()
    git.is_bare()
    git.config(["core.hooksPath"])
    git.show_file("HEAD", "a.txt")

    assert len(commits) == 5
    assert not (tmp_path / "mark").exists()


def test_hostile_configuration_would_run_a_program(trapped: Repo, tmp_path: Path) -> None:
    trapped.git("log", "-p")

    assert (tmp_path / "mark").exists()


@pytest.fixture
def trapped_clone(treeless: Git, tmp_path: Path) -> Git:
    """Give a clone without trees whose remote would be asked through a program."""
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/mark\n")
    trap.chmod(0o755)
    treeless.run("config", "remote.origin.uploadpack", str(trap))
    return treeless


def test_hostile_partial_clone_fetches_nothing(trapped_clone: Git, tmp_path: Path) -> None:
    tip = Range(None, trapped_clone.resolve("HEAD"))

    with pytest.raises(UndecidedError, match="partial clone") as caught:
        list(read_commits(trapped_clone, tip, first_parent=True, paths=True))
    assert "--filter" in caught.value.hint
    assert not (tmp_path / "mark").exists()


def test_hostile_partial_clone_would_fetch(trapped_clone: Git, tmp_path: Path) -> None:
    command = ("git", "-C", str(trapped_clone.directory), "log", "--name-only")
    subprocess.run(command, env=trapped_clone.environ, check=False, capture_output=True)

    assert (tmp_path / "mark").exists()


def test_hook_environment_names_the_current_repository(
    repo: Repo, make_repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_repo("other")
    other.commit("Other\n")
    monkeypatch.chdir(tmp_path)
    hook = {**repo.environ, "GIT_DIR": str(repo.path / ".git"), "GIT_INDEX_FILE": "x"}

    assert Git(environ=hook).resolve("HEAD") == repo.head()
    assert Git(other.path, environ=hook).resolve("HEAD") == other.head()
    assert Git(git_dir=other.path / ".git", environ=hook).resolve("HEAD") == other.head()


def test_child_environ_keeps_configuration_elsewhere() -> None:
    given = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b", "GIT_DIR": "x", "LANGUAGE": "de"}

    elsewhere = child_environ(given, elsewhere=True)

    assert elsewhere.keys() & given.keys() == {"GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0"}
    assert child_environ(given, elsewhere=False)["GIT_DIR"] == "x"
    assert elsewhere["GIT_NO_LAZY_FETCH"] == "1"
