"""What ends a run early: wrong usage, a broken configuration, no answer, a signal, a bug."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

import whygate
from whygate.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Run, Spawn
    from tests.conftest import MakeRepo, Repo

SOURCES = Path(whygate.__file__).parents[1]
BARE = b"feat(export): write every row\n"
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX pipes and signals")

# --- usage: status 2 and the next step -------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "answer"),
    [
        (("chekc",), "no such command `chekc`; did you mean `check`?"),
        (("elephant",), "Try 'whygate --help' for help."),
        (("--elephant",), "No such option"),
        (("check",), "name a message file, --description FILE or --range A..B"),
        (("check", ""), "the name is empty, perhaps a variable that is not set"),
        (("check", "--range", ""), "the name is empty"),
        (("check", "--description", ""), "the name is empty"),
        (("check", "m", "--range", "HEAD"), "judge one thing at a time"),
        (("check", "m", "--title", "t"), "--title belongs to --description"),
        (("check", "m", "--scope", "each"), "--scope belongs to --range"),
        (("check", "--range", "HEAD", "--cleanup", "strip"), "--cleanup belongs to a message"),
        (("check", "m", "--today", "tomorrow"), "`tomorrow` is not a day; write 2027-02-15"),
        (("check", "m", "--format", "xml"), "'text', 'json'"),
        (("check", "m", "--preset", "lax"), "'adopt', 'standard', 'strict'"),
        (("check", "m", "--descripton", "d"), "--description"),
        (("check", "m", "-C", "nowhere"), "there is no directory `nowhere`"),
        (("audit", "--last", "0"), "x>=1"),
        (("rules", "WG999"), "there is no rule `WG999`"),
        (("show", "schema", "elephant"), "'config', 'contract', 'document'"),
    ],
)
def test_usage_error_names_the_next_step(run: Run, argv: tuple[str, ...], answer: str) -> None:
    Path("m").write_bytes(BARE)
    result = run(*argv)

    assert (result.status, result.out) == (2, "")
    assert answer in result.err
    assert "Traceback" not in result.err


def test_usage_error_quotes_arguments_safely(run: Run) -> None:
    command = run("check\x1b[31m\u202e")
    option = run("check", "--\x1b[31m\u202eevil", "m")

    assert (command.status, option.status) == (2, 2)
    assert "<U+202E>`; did you mean `check`?" in command.err
    assert not {"\x1b", "\u202e"} & {*command.err, *option.err}


@pytest.mark.parametrize(
    "argv",
    [
        ("check", "a\0b"),
        ("check", "--description", "a\0b"),
        ("check", "--range", "a\0b..HEAD"),
        ("check", "--config", "a\0b", "-"),
        ("check", "-C", "a\0b", "-"),
        ("check", "--today", "\0", "-"),
        ("check", "\udcff\udcfe"),
        ("check", "--config", "\udcff", "-"),
        ("check", "-C", "\udcff", "-"),
        ("check", "--range", "\udcff"),
        ("check", "--\udcff"),
        ("\udcff",),
        ("rules", "\udcff"),
        ("check", "\ud83d"),
        ("show", "config", "--config", "\ud83d"),
        ("show", "config", "-C", "\ud83d"),
        ("audit", "\ud83d"),
        ("show", "config", "--config", "x" * 5_000),
        ("check", "x" * 5_000),
    ],
    ids=ascii,
)
def test_odd_arguments_are_answered_in_words(run: Run, repo: Repo, argv: tuple[str, ...]) -> None:
    os.chdir(repo.path)
    result = run(*argv, stdin=BARE)

    assert (result.status, result.out) == (2, "")
    assert "Traceback" not in result.err
    assert "bug" not in result.err


def test_odd_titles_and_labels_are_judged(run: Run) -> None:
    options = ("--title", "feat: \udcff", "--label", "\udcff", "--branch", "\udcff\x1b")

    result = run("check", "--description", "-", *options, stdin=b"")

    assert result.status == 1
    assert "(feature, decided by title)" in result.out


# --- configuration and schema: status 2 ------------------------------------------------------


def test_config_with_many_mistakes_shows_all_of_them(run: Run, repo: Repo) -> None:
    repo.write(
        ".whygate.yml",
        "version: 1\npresett: strict\ntimezone: Mars/Olympus\ndrafts: maybe\n"
        "rules:\n  WG999: error\n  WG101: loud\n",
    )

    result = run("check", "-C", str(repo.path), "-", stdin=BARE)

    lines = result.err.splitlines()
    assert (result.status, result.out) == (2, "")
    assert lines[0] == "whygate: .whygate.yml has 5 mistakes"
    places = [int(m[1]) for line in lines[1:] if (m := re.match(r"\.whygate\.yml:(\d+): \S", line))]
    assert places == [2, 3, 4, 6, 7]
    assert "preset" in lines[1]


def test_config_that_asks_for_an_unknown_field_is_refused(run: Run, repo: Repo) -> None:
    cells = "{probelm: error, audience: warning, measurement.metrics: error}"
    repo.write(".whygate.yml", f"version: 1\nkinds:\n  feature:\n    need: {cells}\n")
    result = run("check", "-C", str(repo.path), "-", stdin=BARE)

    assert (result.status, result.out) == (2, "")
    assert result.err.splitlines()[:3] == [
        "whygate: .whygate.yml has 2 mistakes",
        ".whygate.yml:4: `kinds.feature.need` asks for `probelm`, which the schema does not "
        "have; did you mean `problem`?",
        ".whygate.yml:4: `kinds.feature.need` asks for `measurement.metrics`, which the schema "
        "does not have; did you mean `measurement.metric`?",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a: &x [1]\nb: *x\n", "anchors such as `&x` are not allowed"),
        ("a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b, *b]\n", "anchors such as `&a`"),
        ("[" * 5_000, ".whygate.yml:1: "),
        ("version: 1\nversion: 1\n", "version"),
        ("- a list\n", ".whygate.yml:1: "),
        ("\t- tabs\n", ".whygate.yml:1: "),
        ("!!python/object/apply:os.system [ls]\n", ".whygate.yml:1: "),
        ("version: 1\nx\x1b[31m: 1\n", "U+001B"),
        ("#" * 300_000, "larger than"),
    ],
    ids=["alias", "bomb", "depth", "twice", "list", "tab", "tag", "escape", "size"],
)
def test_hostile_config_is_refused_in_words(run: Run, repo: Repo, content: str, words: str) -> None:
    repo.write(".whygate.yml", content)

    result = run("show", "config", "-C", str(repo.path))

    assert (result.status, result.out) == (2, "")
    assert words in result.err
    assert "\x1b" not in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file or directory"),
        ("directory", "is not a plain file"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"#" * 300_000, "is larger than 262144 bytes"),
        (b"presett: x\n", "own.yml:1: "),
    ],
    ids=["missing", "directory", "encoding", "size", "mistake"],
)
def test_config_option_is_refused_in_words(
    run: Run, tmp_path: Path, content: bytes | str | None, words: str
) -> None:
    own = tmp_path / "own.yml"
    if isinstance(content, bytes):
        own.write_bytes(content)
    elif content is not None:
        own.mkdir()

    result = run("check", "--config", "own.yml", "-", stdin=BARE)

    assert (result.status, result.out) == (2, "")
    assert words in result.err


@posix
def test_config_option_that_is_a_pipe_does_not_wait(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "own.yml")

    result = run("show", "config", "--config", "own.yml")

    assert result.status == 2
    assert "`own.yml` is not a plain file" in result.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no schema `own.json`"),
        ("{", "own.json:1:2 is not JSON"),
        ("[]", "own.json is not a JSON Schema"),
        ("{}", "describes no properties"),
        ('{"properties": {"a": {"type": 5}}}', "is not valid JSON Schema"),
        (
            '{"properties": {"a": {"$ref": "https://example.org/evil.json"}}}',
            "which is not among the files it may use",
        ),
        (
            '{"properties": {"a": {"$ref": "file:///etc/passwd"}}}',
            "which is not among the files it may use",
        ),
        ('{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {}}}', "d"),
        ("[" * 100_000, "own.json"),
    ],
    ids=["missing", "json", "list", "empty", "type", "remote", "file", "dialect", "depth"],
)
def test_broken_schema_is_refused_in_words(
    run: Run, repo: Repo, content: str | None, words: str
) -> None:
    repo.write(".whygate.yml", "version: 1\nschema: own.json\n")
    if content is not None:
        repo.write("own.json", content)

    result = run("check", "-C", str(repo.path), "-", stdin=BARE)

    assert (result.status, result.out) == (2, "")
    assert words in result.err
    assert "Traceback" not in result.err


def test_schema_outside_a_repository_is_not_looked_for(run: Run, tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_text("version: 1\nschema: own.json\n")

    result = run("check", "--config", "own.yml", "-", stdin=BARE)

    assert result.status == 2
    assert "the schema `own.json` is looked for in a repository, and this is none" in result.err


# --- git: status 2 for a wrong name, 3 for no answer -----------------------------------------


@pytest.mark.parametrize("command", [("check", "--range", "HEAD"), ("audit",)], ids=lambda c: c[0])
def test_range_outside_a_repository(run: Run, command: tuple[str, ...]) -> None:
    result = run(*command)

    assert result.status in {2, 3}
    assert "there is no git repository here" in result.err
    assert "hint: " in result.err


@pytest.mark.parametrize("command", [("check", "--range", "HEAD"), ("audit",)], ids=lambda c: c[0])
def test_range_in_an_empty_repository(run: Run, empty_repo: Repo, command: tuple[str, ...]) -> None:
    result = run(*command, "-C", str(empty_repo.path))

    assert (result.status, result.out) == (2, "")
    assert result.err == "whygate: the repository has no commit yet\n"


def test_range_on_an_unborn_branch_may_name_another(run: Run, repo: Repo) -> None:
    repo.git("checkout", "--quiet", "--orphan", "fresh")

    unborn = run("check", "-C", str(repo.path), "--range", "main..HEAD")
    named = run("check", "-C", str(repo.path), "--range", "main", "--scope", "each")

    assert unborn.status == 2
    assert "no commit yet" in unborn.err
    assert named.status == 0


@pytest.mark.parametrize(
    "command",
    [
        "check --range A..B",
        "audit",
        "due",
        "scorecard",
        "record x met",
        "doctor",
        "init --yes",
        "template --check",
        "hook install",
        "hook uninstall",
        "new --from",
        "new --commit --answers -",
    ],
)
def test_command_without_a_repository_cannot_decide(run: Run, command: str) -> None:
    result = run(*command.split())

    assert (result.status, result.out) == (3, "")
    assert result.err == (
        "whygate: there is no git repository here\nhint: run it inside one, or name one with -C\n"
    )


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        ("audit ../shop", "`-C ../shop` reads the repository there"),
        ("due ../shop", "`-C ../shop` reads the repository there"),
        ("scorecard ../shop/.git", "`-C ../shop/.git` reads the repository there"),
        ("check --range ../shop", "`-C ../shop` reads the repository there"),
        ("new --from ../shop", "`-C ../shop` reads the repository there"),
        ("audit README.md", "`whygate audit --path README.md` takes what touches it"),
        ("audit src", "`whygate audit --path src` takes what touches it"),
        ("check main..HEAD", "a range: whygate check --range main..HEAD"),
        ("check --range HEAD", "the commit alone: --range HEAD~1..HEAD"),
    ],
)
def test_what_stands_in_the_wrong_place_is_answered_with_the_right_call(
    run: Run,
    repo: Repo,
    make_repo: MakeRepo,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    hint: str,
) -> None:
    make_repo("shop").commit("feat: x\n")
    repo.write("src/a", "1")
    monkeypatch.chdir(repo.path)

    result = run(*command.split())

    assert (result.status, result.out) == (2, "")
    assert hint in result.err


def test_branch_that_is_called_like_a_directory_is_the_branch(
    run: Run, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("docs/a", "1")
    repo.git("branch", "docs")
    monkeypatch.chdir(repo.path)

    assert run("audit", "docs").status == 0


@pytest.mark.parametrize(
    "name",
    [
        "no-such-branch",
        "--output=pwned",
        "-n1",
        "--exec=touch pwned",
        ":/Begin\n",
        "HEAD:README.md",
    ],
)
def test_unknown_revision_is_refused(run: Run, repo: Repo, name: str) -> None:
    for span in (f"{name}..HEAD", f"HEAD..{name}", f"{name}...HEAD", name):
        result = run("check", "-C", str(repo.path), f"--range={span}")

        assert (result.status, result.out) == (2, ""), span
    audited = run("audit", "-C", str(repo.path), "--", name)

    assert audited.status == 2
    assert not list(repo.path.glob("pwned*"))


def test_range_in_a_shallow_clone_is_undecided(run: Run, repo: Repo, tmp_path: Path) -> None:
    base = repo.head()
    repo.commit("Second\n")
    repo.commit("Third\n")
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.path}", str(tmp_path / "shallow"))

    ranged = run("check", "-C", "shallow", "--range", f"{base}..HEAD")
    audited = run("audit", "-C", "shallow")

    assert (ranged.status, audited.status) == (3, 3)
    assert "fetch-depth: 0" in ranged.err
    assert "fetch-depth: 0" in audited.err


def test_range_without_git_is_undecided(
    run: Run, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "PATH", str(repo.path))

    result = run("check", "-C", str(repo.path), "--range", "HEAD")

    assert (result.status, result.out) == (3, "")
    assert "git was not found on PATH" in result.err


@posix
def test_a_directory_that_is_gone_is_named(run: Run, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()

    result = run("check", "-", stdin=BARE)

    assert result.status == 2
    assert "the current directory does not exist any more" in result.err


# --- streams and signals ---------------------------------------------------------------------


@posix
def test_a_closed_pipe_is_no_error_to_talk_about(spawn: Spawn, tmp_path: Path) -> None:
    (tmp_path / "body.md").write_text(f"## Problem\n{'rows are lost ' * 4_000}\n")
    options = ("--description", "body.md", "--title", "feat: x", "--format", "json")
    reader, writer = os.pipe()
    process = spawn("check", *options, stdout=writer)
    os.close(writer)
    first = os.read(reader, 1)
    os.close(reader)

    _, complaints = process.communicate(timeout=60)

    assert (first, process.returncode, complaints) == (b"{", 141, b"")


@posix
def test_a_pipe_closed_from_the_start_is_no_finding(spawn: Spawn) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = spawn("show", "schema", stdout=writer)
    os.close(writer)

    _, complaints = process.communicate(timeout=60)

    assert (process.returncode, complaints) == (141, b"")


@posix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
def test_a_full_disk_is_named(spawn: Spawn) -> None:
    with Path("/dev/full").open("wb") as full:
        process = spawn("show", "schema", stdout=full.fileno())
        _, complaints = process.communicate(timeout=60)

    assert process.returncode == 3
    assert complaints == b"whygate: the output cannot be written: No space left on device\n"


@posix
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", ">&- <&-"])
@pytest.mark.parametrize(
    ("command", "status"),
    [("audit", 0), ("audit --format json", 0), ("scorecard", 0), ("check --range HEAD~1..", 1)],
)
def test_command_ends_cleanly_where_nobody_listens(
    repo: Repo, closed: str, command: str, status: int
) -> None:
    repo.commit("feat: x")
    shell = subprocess.run(
        ["sh", "-c", f"'{sys.executable}' -m whygate {command} {closed}"],
        cwd=repo.path,
        env={**repo.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        check=False,
    )

    assert shell.returncode == status, shell.stderr
    assert b"bug in whygate" not in shell.stderr


@posix
def test_closed_streams_are_survived(tmp_path: Path) -> None:
    command = f"'{sys.executable}' -m whygate"
    shell = subprocess.run(
        ["sh", "-c", f"{command} check - <&-; echo $?; {command} rules >&-; echo $?"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(SOURCES)},
        capture_output=True,
        check=True,
    )

    assert shell.stdout == b"2\n0\n"
    assert shell.stderr == b"whygate: there is nothing to read: stdin is closed\n"


@posix
def test_an_interrupt_ends_with_130_and_without_a_traceback(
    spawn: Spawn, repo: Repo, tmp_path: Path
) -> None:
    script = tmp_path / "bin" / "git"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\nkill -INT $PPID\n")
    script.chmod(0o755)
    path = f"{script.parent}:{os.environ['PATH']}"

    process = spawn("check", "-C", str(repo.path), "--range", "HEAD", PATH=path)
    out, complaints = process.communicate(timeout=60)

    assert (process.returncode, out, complaints) == (130, b"", b"whygate: interrupted\n")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()], ids=["signal", "prompt"])
def test_an_interrupt_anywhere_ends_with_130(
    run: Run, break_check: Callable[[BaseException], None], error: BaseException
) -> None:
    break_check(error)

    result = run("check", "-", stdin=BARE)

    assert (result.status, result.out, result.err) == (130, "", "whygate: interrupted\n")


def test_an_interrupt_while_loading_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("whygate.cli.app.run", interrupt)

    assert main(["--version"]) == 130


# --- a bug -----------------------------------------------------------------------------------


@pytest.fixture
def break_check(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Give a way to make the judge raise."""

    def break_with(error: BaseException) -> None:
        def broken(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr("whygate.reporters.text.check", broken)

    return break_with


def test_a_bug_prints_one_line_and_the_path_of_a_report(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    break_check: Callable[[BaseException], None],
) -> None:
    break_check(RuntimeError("a wheel came off \ud83d"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    result = run("check", "-", stdin=BARE)

    found = re.fullmatch(r"whygate: this is a bug in whygate; the report is in (.+)\n", result.err)
    assert found is not None
    assert (result.status, result.out) == (70, "")
    report = Path(found[1]).read_text(encoding="utf-8")
    assert "- command: ['check', '-']" in report
    assert "RuntimeError: a wheel came off" in report


def test_a_bug_without_room_for_a_report_prints_it(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    break_check: Callable[[BaseException], None],
) -> None:
    def refuse(**_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    break_check(RuntimeError("a wheel came off"))
    monkeypatch.setattr("tempfile.mkstemp", refuse)

    result = run("check", "-", stdin=BARE)

    assert result.status == 70
    assert "no file could be written (Read-only file system)" in result.err
    assert "RuntimeError: a wheel came off" in result.err


def test_completion_for_a_shell_is_offered(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_WHYGATE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "whygate sco")
    monkeypatch.setenv("COMP_CWORD", "1")

    result = run()

    assert (result.status, result.out) == (0, "plain,scorecard\n")


@posix
@pytest.mark.parametrize(
    ("command", "status"),
    [
        (["audit"], 0),
        (["due"], 0),
        (["scorecard"], 0),
        (["doctor"], 0),
        (["check", "--range", "HEAD~1.."], 1),
        (["show", "store"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_user_without_a_home_goes_on_without_a_cache(
    run: Run, repo: Repo, monkeypatch: pytest.MonkeyPatch, command: list[str], status: int
) -> None:
    repo.commit("feat: x")
    monkeypatch.chdir(repo.path)
    for name in ("HOME", "XDG_CACHE_HOME", "WHYGATE_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", _know_nobody)
    done = run(*command)

    assert done.status == status, done
    assert sorted(path.name for path in repo.path.iterdir()) == [".git", "README.md"]
    if command == ["audit"]:
        assert "the cache is not used: there is no home directory" in " ".join(done.out.split())


def _know_nobody(uid: int) -> None:
    raise KeyError(f"getpwuid(): uid not found: {uid}")


@pytest.mark.parametrize(
    ("command", "status"),
    [(["audit", "--no-cache"], 0), (["due"], 0), (["check", "--range", "HEAD~1.."], 1)],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_no_place_for_temporary_files_is_no_failure(
    run: Run, repo: Repo, monkeypatch: pytest.MonkeyPatch, command: list[str], status: int
) -> None:
    repo.commit("feat: x")
    monkeypatch.chdir(repo.path)
    monkeypatch.setattr("tempfile._get_candidate_names", _find_no_place)
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("tempfile._get_default_tempdir", _find_no_place)
    done = run(*command)

    assert done.status == status, done


def _find_no_place() -> None:
    raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")


@pytest.mark.parametrize(
    "command",
    [
        ["check", "--range", "HEAD^1..HEAD"],
        ["check", "--range", "HEAD^1..HEAD", "--scope", "each"],
        ["check", "--range", "HEAD^1...HEAD"],
        ["audit", "--no-cache"],
        ["audit", "--no-cache", "HEAD^1..HEAD"],
        ["due"],
    ],
    ids=" ".join,
)
def test_range_that_a_shallow_clone_cuts_off_decides_nothing(
    run: Run, repo: Repo, tmp_path: Path, command: list[str]
) -> None:
    repo.git("switch", "--quiet", "--create", "work")
    for n in range(3):
        repo.commit(f"docs: {n}", {f"d{n}.md": "x\n"})
    repo.git("switch", "--quiet", "main")
    repo.commit("docs: main", {"m.md": "x\n"})
    repo.git("merge", "--quiet", "--no-edit", "work")
    clone = tmp_path / "clone"
    repo.git("clone", "--quiet", "--depth=2", f"file://{repo.path}", str(clone))
    done = run(command[0], "-C", str(clone), *command[1:])

    assert done.status == 3, done
    assert "shallow" in done.err
    assert "fetch-depth: 0" in done.err
