"""The command that takes up a rejected commit; real git runs it in tests/cli/hook."""

from __future__ import annotations

import pytest

from whygate.hook.report import Rejected, _leading_options, find_cleanup, retry_command
from whygate.text.message import Cleanup

CUT = "# ------------------------ >8 ------------------------"
FILE = ".git/COMMIT_EDITMSG"


@pytest.mark.parametrize(
    ("commit", "command"),
    [
        pytest.param(Rejected(FILE), f"git commit --edit --file={FILE}", id="plain"),
        pytest.param(Rejected("/it's/M"), "git commit --edit --file='/it'\"'\"'s/M'", id="quoted"),
        pytest.param(
            Rejected(FILE, prefix="a/b/"), f"git commit --edit --file=../../{FILE}", id="below"
        ),
        pytest.param(Rejected("/x", prefix="a/"), "git commit --edit --file=/x", id="absolute"),
        pytest.param(Rejected("C:/x", prefix="a/"), "git commit --edit --file=C:/x", id="windows"),
        pytest.param(
            Rejected(FILE, options=("-C", "/a b", "--git-dir=/x y")),
            f"git -C '/a b' '--git-dir=/x y' commit --edit --file={FILE}",
            id="elsewhere",
        ),
        pytest.param(
            Rejected(FILE, amends=True, everything=True, is_empty=True, cleanup="--verbose"),
            f"git commit --edit --file={FILE} --amend --all --allow-empty --verbose",
            id="options",
        ),
        pytest.param(
            Rejected(FILE, only=("a b", "--c")),
            f"git commit --edit --file={FILE} -- ':/a b' :/--c",
            id="paths",
        ),
        pytest.param(
            Rejected(FILE, only=("x",) * 30),
            f"git commit --edit --file={FILE} --" + " :/x" * 30,
            id="many-paths",
        ),
        pytest.param(
            Rejected(FILE, only=("a*.md",)),
            f"git commit --edit --file={FILE} -- ':(top,literal)a*.md'",
            id="pattern",
        ),
        pytest.param(
            Rejected(FILE, included=("a",)),
            f"git commit --edit --file={FILE} --include -- :/a",
            id="included",
        ),
    ],
)
def test_command_is_exact(commit: Rejected, command: str) -> None:
    assert retry_command(commit) == command


@pytest.mark.parametrize(
    ("text", "cleanup", "edited", "option"),
    [
        ("x\n# kept\n", Cleanup.WHITESPACE, False, "--cleanup=scissors"),
        ("x\n", Cleanup.WHITESPACE, False, ""),
        ("x\n# gone\n", Cleanup.STRIP, True, ""),
        (f"x\n# a\n{CUT}\n# b\n# c\ndiff\n", Cleanup.STRIP, True, "--verbose"),
        (f"x\n{CUT}\n# b\n# c\n# On branch\n", Cleanup.STRIP, True, "--cleanup=scissors"),
        (f"x\n{CUT}\n# b\n", Cleanup.STRIP, True, "--verbose"),
        (f"x\n{CUT}\n# b\n# c\n# d\n", Cleanup.SCISSORS, True, ""),
        ("x\n# kept\n", Cleanup.WHITESPACE, True, ""),
    ],
)
def test_cleanup_keeps_what_the_file_says(
    text: str, cleanup: Cleanup, edited: bool, option: str
) -> None:
    assert find_cleanup(text, comment="#", cleanup=cleanup, is_edited=edited) == option


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["commit", "-C", "HEAD"], []),
        (
            ["-C", "x", "--git-dir=y", "--work-tree", "z", "commit"],
            ["-C", "x", "--git-dir=y", "--work-tree", "z"],
        ),
        (["-c", "core.commentChar=;", "commit"], ["-c", "core.commentChar=;"]),
        (["-c", "http.extraHeader=Authorization: x", "-C", "a", "commit"], ["-C", "a"]),
        (["--no-pager", "-p", "--exec-path=/x", "ci"], []),
        (["-C"], ["-C", ""]),
    ],
    ids=["none", "places", "a setting", "a secret", "others", "cut short"],
)
def test_options_in_front_of_the_command_are_told_apart(words: list[str], kept: list[str]) -> None:
    assert list(_leading_options(words)) == kept
