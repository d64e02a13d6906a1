"""A message file reads as the message that git will record; anything else is refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from whygate.errors import InputError
from whygate.git.message_file import (
    CONFIG_KEYS,
    DESCRIPTION_LIMIT,
    cleanup_for,
    read_description,
    read_message,
)
from whygate.git.run import Git
from whygate.model import Origin, Part
from whygate.text.message import Cleanup

if TYPE_CHECKING:
    from tests.conftest import Repo

SCISSORS = "# ------------------------ >8 ------------------------\n"


def test_read_message_cleans_and_keeps_places(tmp_path: Path) -> None:
    path = tmp_path / "COMMIT_EDITMSG"
    path.write_text("# hint\nSubject  \n\n\n# why\nBody\n")

    change = read_message(path)

    assert (change.title, change.identity) == ("Subject", path.as_posix())
    assert change.parts == (
        Part(
            origin=Origin.MESSAGE,
            path=path.as_posix(),
            text="Subject\n\nBody\n",
            lines=(2, 3, 6),
            removed=((1, "# hint"), (5, "# why")),
            source="# hint\nSubject  \n\n\n# why\nBody\n",
        ),
    )


def test_read_message_from_stdin() -> None:
    change = read_message(None, b"\xef\xbb\xbfSubject\r\n\r\nBody\r\n", cleanup=Cleanup.WHITESPACE)

    assert change.parts[0].path == "<stdin>"
    assert change.parts[0].text == "Subject\n\nBody\n"


def test_read_message_without_stdin() -> None:
    assert read_message(None).title == ""


def test_read_message_in_another_encoding() -> None:
    assert read_message(None, b"Caf\xe9\n", encoding="ISO-8859-1").title == "Café"
    assert read_message(None, b"Caf\xe9\n").title == "Caf\ufffd"


def test_read_message_stops_at_nul() -> None:
    assert read_message(None, b"Seen\n\nText\0Hidden: x\n").parts[0].text == "Seen\n\nText\n"


def test_read_message_finds_the_comment_character() -> None:
    data = b"#12 fixed\n\n; Please enter the message.\n; On branch main\n;\n"

    assert read_message(None, data, comment="auto").parts[0].text == "#12 fixed\n"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param(b"\xff\xfeS\0u\0b\0", "UTF-16, not UTF-8", id="utf-16-le"),
        pytest.param(b"\xfe\xff\0S\0u\0b", "UTF-16, not UTF-8", id="utf-16-be"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(200), "is not text", id="png"),
        pytest.param(bytes(range(256)) * 8, "is not text", id="binary"),
    ],
)
def test_read_message_refuses_what_is_no_text(data: bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        read_message(None, data)

    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "data", [b"", b"\x01 \x1e x\n", b"caf\xe9\n", "変更\n".encode(), b"\x1b[1m"]
)
def test_read_message_accepts_odd_text(data: bytes) -> None:
    assert read_message(None, data).parts[0].origin is Origin.MESSAGE


def test_read_message_of_limited_size(tmp_path: Path) -> None:
    path = tmp_path / "big"
    path.write_bytes(b"x" * (10 << 20))

    with pytest.raises(InputError, match="larger than 262144 bytes"):
        read_message(path)
    assert len(read_message(None, b"x" * 20, limit=20).title) == 20
    with pytest.raises(InputError, match="larger than 20 bytes"):
        read_message(None, b"x" * 21, limit=20)


def test_read_message_with_a_huge_diff_below_the_scissors(tmp_path: Path) -> None:
    path = tmp_path / "COMMIT_EDITMSG"
    path.write_bytes(b"Subject\n" + SCISSORS.encode() + b"+x\n" * (1 << 20))

    assert read_message(path).parts[0].text == "Subject\n"
    assert read_message(path, comment="auto").parts[0].text == "Subject\n"


def test_read_message_is_not_excused_by_nul_when_too_large() -> None:
    with pytest.raises(InputError, match="larger"):
        read_message(None, b"x\0" + b"y" * 40, limit=20)


@pytest.fixture
def strange_path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "strange"
    if request.param == "directory":
        path.mkdir()
    elif request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "loop":
        path.symlink_to(path)
    elif request.param == "device":
        return Path(os.devnull)
    elif request.param == "nul":
        return tmp_path / "a\0b"
    elif request.param == "long":
        return tmp_path / ("x" * 5000)
    return path


@pytest.mark.parametrize(
    ("strange_path", "sentence"),
    [
        ("missing", "there is no file"),
        ("directory", "is a directory, not a file"),
        ("pipe", "is a pipe or device, not a file"),
        ("device", "is a pipe or device, not a file"),
        ("loop", "cannot be read"),
        ("nul", "cannot be read"),
        ("long", "cannot be read"),
    ],
    indirect=["strange_path"],
)
def test_read_message_refuses_what_is_no_file(strange_path: Path, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_message(strange_path)
    with pytest.raises(InputError, match=sentence):
        read_description(strange_path, title="x")


def test_read_message_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret"
    path.write_text("x")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root may read everything

    with pytest.raises(InputError, match="cannot be read: Permission denied"):
        read_message(path)


@pytest.mark.parametrize(
    ("config", "editor", "expected"),
    [
        pytest.param({}, None, (Cleanup.STRIP, "#"), id="default"),
        pytest.param({}, "vim", (Cleanup.STRIP, "#"), id="editor"),
        pytest.param({}, ":", (Cleanup.WHITESPACE, "#"), id="no-editor"),
        pytest.param({"commit.cleanup": "default"}, ":", (Cleanup.WHITESPACE, "#"), id="named"),
        pytest.param({"commit.cleanup": "strip"}, ":", (Cleanup.STRIP, "#"), id="strip"),
        pytest.param({"commit.cleanup": "verbatim"}, None, (Cleanup.VERBATIM, "#"), id="verbatim"),
        pytest.param({"commit.cleanup": "scissors"}, None, (Cleanup.SCISSORS, "#"), id="scissors"),
        pytest.param(
            {"commit.cleanup": "scissors"}, ":", (Cleanup.WHITESPACE, "#"), id="scissors-no-editor"
        ),
        pytest.param({"commit.cleanup": "soap"}, None, (Cleanup.STRIP, "#"), id="unknown"),
        pytest.param({"core.commentchar": ";"}, None, (Cleanup.STRIP, ";"), id="char"),
        pytest.param({"core.commentchar": "auto"}, None, (Cleanup.STRIP, "auto"), id="auto"),
        pytest.param({"core.commentchar": ""}, None, (Cleanup.STRIP, "#"), id="empty"),
        pytest.param(
            {"core.commentchar": ";", "core.commentstring": "//"},
            None,
            (Cleanup.STRIP, "//"),
            id="string-later",
        ),
        pytest.param(
            {"core.commentstring": "//", "core.commentchar": ";"},
            None,
            (Cleanup.STRIP, ";"),
            id="char-later",
        ),
    ],
)
def test_cleanup_for(
    config: dict[str, str], editor: str | None, expected: tuple[Cleanup, str]
) -> None:
    environ = {} if editor is None else {"GIT_EDITOR": editor}

    assert cleanup_for(config, environ) == expected


HOOK = """#!/bin/sh
cp "$1" .git/seen
printf %s "$GIT_EDITOR" > .git/editor
"""
MARKDOWN = "Subject\n\n# Problem\nx  \n\n\n\n## Outcome\ny\n"


@pytest.mark.parametrize("editor", [True, False], ids=["editor", "no-editor"])
@pytest.mark.parametrize(
    ("config", "options", "message"),
    [
        pytest.param({}, (), MARKDOWN, id="default"),
        pytest.param({}, ("--verbose",), MARKDOWN, id="verbose"),
        pytest.param({"commit.cleanup": "strip"}, (), MARKDOWN, id="strip"),
        pytest.param({"commit.cleanup": "whitespace"}, (), MARKDOWN, id="whitespace"),
        pytest.param({"commit.cleanup": "verbatim"}, (), MARKDOWN, id="verbatim"),
        pytest.param({"commit.cleanup": "scissors"}, (), MARKDOWN, id="scissors"),
        pytest.param(
            {"commit.cleanup": "scissors"}, ("--verbose",), MARKDOWN, id="scissors-verbose"
        ),
        pytest.param({"core.commentChar": ";"}, (), MARKDOWN + "; gone\n", id="semicolon"),
        pytest.param({"core.commentChar": "auto"}, (), MARKDOWN, id="auto"),
        pytest.param({"core.commentChar": "auto"}, ("--verbose",), MARKDOWN, id="auto-verbose"),
        pytest.param({"commit.status": "false"}, (), MARKDOWN, id="no-status"),
        pytest.param({}, (), "Subject\r\n\r\nBody \t\r\n", id="crlf"),
        pytest.param({}, (), "\n\n  Lead\n\nU+2028 \u2028 \x0c\n\n\n", id="odd-space"),
    ],
)
def test_read_message_agrees_with_git(
    repo: Repo, config: dict[str, str], options: tuple[str, ...], message: str, editor: bool
) -> None:
    repo.write(".git/hooks/commit-msg", HOOK).chmod(0o755)
    repo.write("a.txt", "# a\n")
    repo.git("add", "a.txt")
    for key, value in config.items():
        repo.git("config", key, value)
    written = repo.write(".git/written", message)
    prepare = '#!/bin/sh\ncat "$1" > "$1.old"; cat .git/written "$1.old" > "$1"\n'
    if editor:
        repo.write(".git/edit", prepare).chmod(0o755)
        repo.git("commit", "--quiet", *options, GIT_EDITOR=".git/edit")
    else:
        repo.git("commit", "--quiet", *options, f"--file={written}")
    hook_environ = {"GIT_EDITOR": (repo.path / ".git/editor").read_text()}
    git = Git(repo.path, environ=repo.environ)
    cleanup, comment = cleanup_for(git.config(CONFIG_KEYS), hook_environ)

    seen = read_message(repo.path / ".git/seen", cleanup=cleanup, comment=comment)

    recorded = git.run("cat-file", "commit", "HEAD").partition(b"\n\n")[2]
    assert seen.parts[0].text == recorded.decode()


def test_read_description(tmp_path: Path) -> None:
    path = tmp_path / "body.md"
    path.write_bytes(b"\xef\xbb\xbf## Problem\r\nx\0\r\n")

    change = read_description(path, title="Add it")

    assert change.is_pull_request
    assert (change.title, change.identity) == ("Add it", path.as_posix())
    assert change.parts[0].text == "## Problem\r\nx\ufffd\r\n"


def test_read_description_from_stdin_with_a_label() -> None:
    assert read_description(None, b"x", title="t").parts[0].path == "<stdin>"
    assert read_description(None, b"x", title="t", label="#12").parts[0].path == "#12"


@pytest.mark.parametrize("mark", ["x", "é", "\U0001f600"], ids=["ascii", "latin", "emoji"])
def test_read_description_of_limited_size(mark: str) -> None:
    longest = (mark * DESCRIPTION_LIMIT).encode()

    assert len(read_description(None, longest, title="t").parts[0].text) == DESCRIPTION_LIMIT
    with pytest.raises(InputError, match="longer than 65536 characters"):
        read_description(None, longest + mark.encode(), title="t")


def test_read_description_refuses_binary() -> None:
    with pytest.raises(InputError, match="not text"):
        read_description(None, bytes(100), title="t")
