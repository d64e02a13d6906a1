"""A stored policy spares a commit its reading, and counts only while it is certainly the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import whygate
from whygate.cli import main
from whygate.git.tree import Worktree
from whygate.hook import stored_policy
from whygate.hook.quick import passes_quickly
from whygate.hook.stored_policy import RecordingTree, read_stored, store_path, store_policy
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema
from whygate.schema.files import read_presets

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import MakeRepo, Repo

SOURCES = Path(whygate.__file__).parents[1]
ARGS = ("hook", "commit-msg", "m")
PASSING = """\
feat(export): write every row of a client's year

Problem: the export stops at row 100, so accountants retype the rest
Audience: accountants at firms with more than ten clients
Outcome: they close the month from the export without retyping a row
Metric: support tickets about missing rows
Baseline: 9 tickets
Target: <= 1 ticket
Evaluate-By: +30d
"""
FAILING = "feat(export): write every row\n\n## Problem\n\nTBD\n"
SCHEMA = json.dumps(
    {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": "urn:whygate:product-context:1#/$defs/document",
    }
)
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX owners, modes and pipes")


class Desk(NamedTuple):
    """A repository in which an installed whygate is run, and where its policy is stored."""

    repo: Repo
    file: Path

    def judge(self, message: str = PASSING) -> int:
        """Run the hook on a message in this process."""
        self.repo.write("m", message)
        return main(ARGS)

    @property
    def is_stored(self) -> bool:
        """Tell whether what is stored would be used."""
        return read_stored(os.environ, here()) is not None


def here() -> str:
    return str(Path.cwd())


def is_quick(*args: str) -> bool:
    return passes_quickly(args or ARGS, os.environ)


@pytest.fixture
def checkout(
    repo: Repo, git_environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Repo:
    """Give a repository as the current directory of a commit without an editor."""
    for name, value in git_environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WHYGATE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("GIT_EDITOR", ":")
    monkeypatch.delenv("WHYGATE_VERBOSE", raising=False)
    monkeypatch.chdir(repo.path)
    repo.write("m", PASSING)
    return repo


@pytest.fixture
def desk(checkout: Repo, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Give that repository to a whygate that takes itself for an installed one."""
    monkeypatch.setattr(stored_policy, "is_installed", lambda: True)
    path = store_path(os.environ, here())
    assert path is not None

    return Desk(checkout, Path(path))


def refuse(*_: object, **__: object) -> int:
    pytest.fail("the long way was taken")


# --- stored and used -------------------------------------------------------------------------


def test_first_run_stores_what_the_second_passes_by(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = is_quick()
    first = desk.judge()
    monkeypatch.setattr("whygate.cli._judge_message", refuse)
    monkeypatch.setattr("whygate.cli.app.run", refuse)

    assert (before, first, desk.judge()) == (False, 0, 0)


def test_first_run_stores_even_when_it_fails(desk: Desk) -> None:
    assert (desk.judge(FAILING), is_quick()) == (1, False)

    desk.repo.write("m", PASSING)

    assert is_quick()


@posix
def test_policy_is_the_users_own(desk: Desk) -> None:
    desk.judge()

    assert desk.file.stat().st_mode & 0o777 == 0o600
    assert desk.file.parent.stat().st_mode & 0o777 == 0o700


def test_second_process_imports_neither_policy_nor_patterns(desk: Desk) -> None:
    first, second = (spawn().communicate()[1].decode() for _ in range(2))

    assert desk.is_stored
    assert "whygate.policy.policy" in imports_of(first)
    assert not {"whygate.model", "whygate.terminal.failure", "msgspec", "click"} & imports_of(
        second
    )


def test_failing_message_needs_no_yaml_the_second_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.repo.write(".whygate.yml", "version: 1\npreset: strict\n")
    first = desk.judge(FAILING)
    monkeypatch.setitem(sys.modules, "yaml", None)

    assert (first, desk.judge(FAILING)) == (1, 1)


def test_two_hooks_at_once_leave_one_whole_file(desk: Desk) -> None:
    hooks = [spawn() for _ in range(3)]
    statuses = [(hook.communicate(), hook.returncode)[1] for hook in hooks]

    assert statuses == [0, 0, 0]
    assert desk.is_stored
    assert list(desk.file.parent.iterdir()) == [desk.file]


def spawn() -> subprocess.Popen[bytes]:
    script = (
        "import sys, whygate.hook.stored_policy as q; q.is_installed = lambda: True\n"
        f"from whygate.cli import main; sys.exit(main({list(ARGS)}))"
    )
    environ = {**os.environ, "PYTHONPATH": str(SOURCES)}
    return subprocess.Popen(
        [sys.executable, "-P", "-X", "importtime", "-c", script],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def imports_of(said: str) -> set[str]:
    return {line.rpartition("|")[2].strip() for line in said.split("\n")}


# --- never stale -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        pytest.param(".whygate.yml", None, "version: 1\n", id="config added"),
        pytest.param(".whygate.yml", "version: 1\n", "version: 1\n\n", id="config changed"),
        pytest.param(".whygate.yml", "version: 1\n", None, id="config removed"),
        pytest.param(".whygate.yaml", None, "version: 1\n", id="misnamed config added"),
        pytest.param("pyproject.toml", None, "[tool.whygate]\nversion = 1\n", id="table added"),
        pytest.param("pyproject.toml", "", "[tool.whygate]\nversion = 1\n", id="table written"),
        pytest.param("pyproject.toml", "[tool.whygate]\nversion = 1\n", "", id="table removed"),
        pytest.param("schema.json", SCHEMA, SCHEMA + "\n", id="schema changed"),
        pytest.param("schema.json", SCHEMA, None, id="schema removed"),
        pytest.param(".github/pull_request_template.md", None, "Why?\n", id="template added"),
        pytest.param(".github/pull_request_template.md", "Why?\n", "Who?\n", id="template changed"),
        pytest.param(".github/PULL_REQUEST_TEMPLATE/a.md", None, "Why?\n", id="second template"),
        pytest.param("docs/pull_request_template.md", None, "Why?\n", id="template in docs"),
        pytest.param(".gitlab/merge_request_templates/a.md", None, "Why?\n", id="GitLab template"),
        pytest.param("org.yml", "version: 1\n", "version: 1\n\n", id="extended file changed"),
        pytest.param("org.yml", "version: 1\n", None, id="extended file removed"),
        pytest.param("all.yml", "version: 1\n", "preset: adopt\n", id="file below changed"),
        pytest.param(".whygate/bets/cart-sync.yml", None, "problem: x\n", id="bet added"),
        pytest.param(".whygate/metrics.yml", None, "version: 1\n", id="metrics added"),
        pytest.param(".whygate/metrics.yml", "version: 1\n", None, id="metrics removed"),
        pytest.param(".whygate/bets/cart-sync.yml", "problem: x\n", "a: b\n", id="bet changed"),
        pytest.param(".whygate/bets/cart-sync.yml", "problem: x\n", None, id="bet removed"),
    ],
)
def test_policy_ends_with_what_it_was_made_from(
    desk: Desk, name: str, before: str | None, after: str | None
) -> None:
    if name == "schema.json":
        desk.repo.write(".whygate.yml", "version: 1\nschema: schema.json\n")
    if name in ("org.yml", "all.yml"):
        desk.repo.write(".whygate.yml", "version: 1\nextends: org.yml\n")
        desk.repo.write("org.yml", "version: 1\nextends: all.yml\n")
        desk.repo.write("all.yml", "version: 1\n")
    if before is not None:
        desk.repo.write(name, before)
    desk.judge()
    stored = desk.is_stored
    if after is None:
        (desk.repo.path / name).unlink()
    else:
        desk.repo.write(name, after)

    assert (stored, desk.is_stored, is_quick()) == (True, False, False)


def test_policy_ends_with_a_file_that_cannot_be_read_any_more(desk: Desk) -> None:
    config = desk.repo.write(".whygate.yml", "version: 1\n")
    desk.judge()
    config.unlink()
    config.mkdir()

    assert not is_quick()


def test_policy_is_not_stored_when_a_directory_changes_meanwhile(desk: Desk) -> None:
    policy = Policy(config=resolve_config(read_presets()), schema=bundled_schema())
    tree = RecordingTree(Worktree(desk.repo.path), str(desk.repo.path))
    tree.list_files("")
    desk.repo.write(".whygate.yml", "version: 1\n")
    store_policy(policy, None, tree, os.environ, here())

    assert not desk.file.exists()


# --- never foreign ---------------------------------------------------------------------------


def test_policy_of_another_directory_is_not_taken(desk: Desk, make_repo: MakeRepo) -> None:
    desk.judge()
    other = make_repo("other")
    other.write("m", PASSING)
    forged = store_path(os.environ, str(other.path))
    assert forged is not None
    Path(forged).write_bytes(desk.file.read_bytes())
    Path(forged).chmod(0o600)
    os.chdir(other.path)

    assert not is_quick()


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_WORK_TREE"])
def test_policy_of_another_repository_is_not_taken(
    desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.judge()
    monkeypatch.setenv(name, ".")

    assert not is_quick()


@pytest.mark.parametrize("name", ["__version__", "VERSION"])
def test_policy_of_another_version_is_not_taken(
    desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.judge()
    monkeypatch.setattr(stored_policy, name, "another")

    assert not is_quick()


@posix
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_policy_that_others_may_write_is_not_taken(desk: Desk, mode: int) -> None:
    desk.judge()
    desk.file.chmod(mode)

    assert not is_quick()


@posix
@pytest.mark.parametrize("mode", [0o720, 0o702, 0o1777])
def test_directory_that_others_may_write_is_not_used(desk: Desk, mode: int) -> None:
    desk.judge()
    desk.file.parent.chmod(mode)
    taken = is_quick()
    desk.file.unlink()
    desk.judge()

    assert (taken, desk.file.exists()) == (False, False)


@posix
@pytest.mark.parametrize("name", ["file", "directory"])
def test_link_to_a_store_is_not_followed(desk: Desk, tmp_path: Path, name: str) -> None:
    desk.judge()
    path = desk.file if name == "file" else desk.file.parent
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")

    assert not is_quick()


@posix
def test_draft_overwrites_nothing_that_is_there(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("kept")
    monkeypatch.setattr(os, "urandom", bytes)  # a name that others know
    desk.file.parent.mkdir(mode=0o700, parents=True)
    Path(f"{desk.file}.{bytes(8).hex()}").symlink_to(victim)
    status = desk.judge()

    assert (status, victim.read_text(), desk.file.exists()) == (0, "kept", False)


@posix
def test_policy_that_others_own_is_not_taken(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.judge()
    owner = desk.file.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)

    assert not is_quick()


# --- broken plans ----------------------------------------------------------------------------


def cut(data: bytes) -> bytes:
    return data[: data.index(b"\n") // 2]


def with_value(key: str, value: object) -> Callable[[bytes], bytes]:
    def spoil(data: bytes) -> bytes:
        head, _, policy = data.partition(b"\n")
        return json.dumps({**json.loads(head), key: value}).encode() + b"\n" + policy

    return spoil


def with_policy(policy: bytes) -> Callable[[bytes], bytes]:
    return lambda data: with_value("plan", None)(data).partition(b"\n")[0] + b"\n" + policy


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(cut, id="truncated"),
        pytest.param(lambda _: b"\xff\xfe\0", id="no text"),
        pytest.param(lambda _: b"[" * 200_000, id="deep"),
        pytest.param(lambda data: data + b" " * (4 << 20), id="huge"),
        pytest.param(lambda _: b"[]", id="list"),
        pytest.param(lambda _: b"{}", id="no key"),
        pytest.param(with_value("key", None), id="other key"),
        pytest.param(with_value("inputs", None), id="no inputs"),
        pytest.param(with_value("inputs", ["names"]), id="input is no list"),
        pytest.param(with_value("inputs", [["file", "m"]]), id="input is short"),
        pytest.param(with_value("inputs", [["file", 7, None]]), id="input is no path"),
        pytest.param(with_value("inputs", [["file", "\0", None]]), id="input is no name"),
        pytest.param(with_value("plan", None), id="no plan"),
        pytest.param(with_value("plan", []), id="plan is a list"),
        pytest.param(with_value("plan", {}), id="plan is empty"),
        pytest.param(with_value("plan", {"kinds": {"feature": 7}}), id="plan is half"),
        pytest.param(with_policy(b""), id="no policy"),
        pytest.param(with_policy(b"[7]"), id="policy is a list"),
        pytest.param(with_policy(b"{}"), id="policy is empty"),
        pytest.param(with_policy(b'{"config": {"preset": "x"}, "bets": {}}'), id="half a policy"),
        pytest.param(with_policy(b'{"config": 7, "bets": 7}'), id="policy is 7"),
        pytest.param(with_policy(b"[" * 200_000), id="policy is deep"),
    ],
)
def test_broken_store_is_no_store(desk: Desk, spoil: Callable[[bytes], bytes]) -> None:
    desk.judge()
    desk.file.write_bytes(spoil(desk.file.read_bytes()))
    quick = is_quick()

    assert (quick, desk.judge(), desk.judge(FAILING)) == (False, 0, 1)


@posix
@pytest.mark.parametrize("name", ["plan", "message"])
def test_pipe_is_never_waited_for(desk: Desk, name: str) -> None:
    desk.judge()
    path = desk.file if name == "plan" else desk.repo.path / "m"
    path.unlink()
    os.mkfifo(path, 0o600)

    assert not is_quick()


def test_directory_is_no_message(desk: Desk) -> None:
    desk.judge()

    assert not is_quick("hook", "commit-msg", ".git")


def test_message_that_is_absent_or_too_long_takes_the_long_way(desk: Desk) -> None:
    desk.judge()
    desk.repo.write("long", PASSING + "\n" + "word\n" * 4_000)

    assert not is_quick("hook", "commit-msg", "absent")
    assert not is_quick("hook", "commit-msg", "long")


# --- nothing stored --------------------------------------------------------------------------


def test_cache_that_cannot_be_written_stops_nothing(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("WHYGATE_CACHE_DIR", str(tmp_path / "file"))

    assert (desk.judge(), desk.judge(FAILING), is_quick()) == (0, 1, False)


def test_read_only_cache_stops_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "makedirs", deny)

    assert (main(ARGS), desk.file.exists()) == (0, False)


def test_relative_cache_is_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHYGATE_CACHE_DIR", "cache")

    assert store_path(os.environ, here()) is None
    assert (desk.judge(), is_quick(), (desk.repo.path / "cache").exists()) == (0, False, False)


def test_cache_is_in_the_users_cache_directory(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WHYGATE_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    path = store_path(os.environ, here())

    assert path == str(tmp_path / "xdg" / "whygate" / "policies" / desk.file.name)


def test_user_without_a_home_has_no_cache(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WHYGATE_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # what it does without one

    assert store_path(os.environ, here()) is None
    assert (desk.judge(), is_quick()) == (0, False)


def test_checkout_stores_nothing(checkout: Repo, tmp_path: Path) -> None:
    assert store_path(os.environ, str(checkout.path)) is None
    assert main(ARGS) == 0
    assert not (tmp_path / "cache").exists()


def test_verbose_takes_the_long_way(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.judge()
    status = main([*ARGS, "--verbose"])
    said = capsys.readouterr().err
    monkeypatch.setenv("WHYGATE_VERBOSE", "1")

    assert (status, desk.judge(), is_quick()) == (0, 0, False)
    assert said == capsys.readouterr().err
    assert said.startswith("whygate: passed: ok (feature, decided by title)")


@pytest.mark.parametrize(
    "args", [(), ("hook",), ("hook", "commit-msg"), ("hook", "pre-push", "m"), ("check", "a", "m")]
)
def test_other_commands_are_not_answered(desk: Desk, args: tuple[str, ...]) -> None:
    desk.judge()

    assert not passes_quickly(args, os.environ)
