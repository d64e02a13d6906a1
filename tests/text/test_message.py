from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from whygate.text.message import (
    CleanMessage,
    Cleanup,
    clean_message,
    decode,
    detect_comment_char,
    is_fixup,
    is_merge_subject,
    is_revert,
    merged_title_line,
    split_subject,
    without_number,
)

if TYPE_CHECKING:
    from pathlib import Path

CUT = "------------------------ >8 ------------------------"
SCISSORS = f"# {CUT}\n"

DECODED = [
    ("utf-8", "café".encode(), None, "café"),
    ("utf-8-mark", b"\xef\xbb\xbfcaf\xc3\xa9", None, "café"),
    ("bad-bytes", b"caf\xe9 x", None, "caf\ufffd x"),
    ("latin-1", b"caf\xe9", "ISO-8859-1", "café"),
    ("latin-1-lower", b"caf\xe9", "latin1", "café"),
    ("cp1252-hole", b"\x81\x80", "cp1252", "\ufffd€"),
    ("shift-jis", "日本".encode("shift_jis"), "Shift_JIS", "日本"),
    ("utf-16-mark", b"\xff\xfea\0", "UTF-16", "a"),
    ("named-utf-8", b"\xef\xbb\xbf\xff", "utf8", "\ufffd"),
    ("empty-name", "é".encode(), "", "é"),
    ("unknown", "é\xff".encode(), "KLINGON", "éÿ"),
    ("not-a-name", "é".encode(), "utf\0-8", "é"),
    ("not-ascii-name", "é".encode(), "ütf", "é"),
    ("not-text", "é".encode(), "hex", "é"),
    ("rot13", b"why", "rot13", "why"),
    ("escapes", b"a\\nb", "unicode_escape", "a\\nb"),
    ("raw-escapes", b"a\\u0041", "raw_unicode_escape", "a\\u0041"),
    ("idna", b"xn--caf-dma", "idna", "xn--caf-dma"),
    ("punycode", b"caf-dma", "punycode", "caf-dma"),
    ("undefined", b"x", "undefined", "x"),
    ("half-surrogate", b"a+2AA-b", "utf-7", "a\ufffdb"),
    ("surrogate-pair", b"+2D3eAA-", "utf-7", "\U0001f600"),
]


@pytest.mark.parametrize(
    ("data", "encoding", "expected"), [row[1:] for row in DECODED], ids=[row[0] for row in DECODED]
)
def test_decode_reads(data: bytes, encoding: str | None, expected: str) -> None:
    text = decode(data, encoding)

    assert text == expected


@given(data=st.binary(max_size=40), encoding=st.text(max_size=12))
@settings(max_examples=200, deadline=None)
def test_decode_never_raises(data: bytes, encoding: str) -> None:
    text = decode(data, encoding)

    assert text.encode().decode() == text


CLEANED = [
    ("empty", "", Cleanup.STRIP, "", ()),
    ("blank", "\n \n\t\r\n", Cleanup.STRIP, "", ()),
    ("no-end", "a", Cleanup.STRIP, "a\n", (1,)),
    ("edges", "\n\na\n\n", Cleanup.STRIP, "a\n", (3,)),
    ("trailing-space", "a \t\r\nb\r\n", Cleanup.STRIP, "a\nb\n", (1, 2)),
    ("leading-space", "  a\n", Cleanup.STRIP, "  a\n", (1,)),
    ("blank-run", "a\n\n \n\nb\n", Cleanup.STRIP, "a\n\nb\n", (1, 2, 5)),
    ("comment", "a\n# b\nc\n", Cleanup.STRIP, "a\nc\n", (1, 3)),
    ("comment-in-blanks", "a\n\n#\n\nb\n", Cleanup.STRIP, "a\n\nb\n", (1, 2, 5)),
    ("comment-first", "# b\n\nc\n", Cleanup.STRIP, "c\n", (3,)),
    ("indented-comment", " # b\n", Cleanup.STRIP, " # b\n", (1,)),
    ("comment-kept", "a\n# b\n", Cleanup.WHITESPACE, "a\n# b\n", (1, 2)),
    ("lone-cr", "a\rb\r\rc\r\n", Cleanup.STRIP, "a\rb\r\rc\n", (1,)),
    ("odd-line-ends", "a\x0b\x0cb\x85\u2028c", Cleanup.STRIP, "a\x0b\x0cb\x85\u2028c\n", (1,)),
    ("odd-space-kept", "a\x0c\u00a0\n", Cleanup.STRIP, "a\x0c\u00a0\n", (1,)),
    ("nul", "a\nb\0c\nd\n", Cleanup.STRIP, "a\nb\n", (1, 2)),
    ("scissors", f"a\n{SCISSORS}diff\n", Cleanup.STRIP, "a\n", (1,)),
    ("scissors-whitespace", f"a\n# b\n{SCISSORS}diff\n", Cleanup.WHITESPACE, "a\n# b\n", (1, 2)),
    ("scissors-mode", f"a\n# b \n\n{SCISSORS}diff\n", Cleanup.SCISSORS, "a\n# b\n", (1, 2)),
    ("scissors-first", f"{SCISSORS}a\n", Cleanup.STRIP, "", ()),
    ("scissors-after-a-blank", f"\n{SCISSORS}a\n", Cleanup.STRIP, "", ()),
    ("scissors-twice", f"a\n{SCISSORS}b\n{SCISSORS}c\n", Cleanup.SCISSORS, "a\n", (1,)),
    ("scissors-indented", f" {SCISSORS}a\n", Cleanup.SCISSORS, f" {SCISSORS}a\n", (1, 2)),
    ("scissors-other", f"; {CUT}\na\n", Cleanup.SCISSORS, f"; {CUT}\na\n", (1, 2)),
    ("scissors-longer", f"# {CUT}-\na\n", Cleanup.SCISSORS, f"# {CUT}-\na\n", (1, 2)),
    ("scissors-no-end", f"a\n# {CUT}", Cleanup.WHITESPACE, f"a\n# {CUT}\n", (1, 2)),
    ("scissors-crlf", f"a\r\n# {CUT}\r\nb\r\n", Cleanup.STRIP, "a\nb\n", (1, 3)),
    ("verbatim", "\n a \r\n\n\n# b", Cleanup.VERBATIM, "\n a \r\n\n\n# b", (1, 2, 3, 4, 5)),
    ("verbatim-end", "a\n\n", Cleanup.VERBATIM, "a\n\n", (1, 2)),
    ("verbatim-empty", "", Cleanup.VERBATIM, "", ()),
    ("verbatim-scissors", f"a \n\n{SCISSORS}diff\n", Cleanup.VERBATIM, "a \n\n", (1, 2)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "cleanup", "expected", "lines"),
    [row[1:] for row in CLEANED],
    ids=[row[0] for row in CLEANED],
)
def test_clean_message_keeps(
    text: str, cleanup: Cleanup, expected: str, lines: tuple[int, ...]
) -> None:
    message = clean_message(text, cleanup=cleanup)

    assert (message.text, message.lines) == (expected, lines)


COMMENTS = [
    ("hash", "#", "# Problem\n"),
    ("semicolon", ";", "; x\n"),
    ("string", "//", "// x\n"),
    ("wide-string", "⁑⁕⁑", "⁑⁕⁑x\n"),
]


@pytest.mark.parametrize(
    ("comment", "line"), [row[1:] for row in COMMENTS], ids=[row[0] for row in COMMENTS]
)
def test_clean_message_takes_comments_away(comment: str, line: str) -> None:
    message = clean_message(f"a\n{line}b\n{comment} {CUT}\nc\n", comment=comment)

    assert message == CleanMessage("a\nb\n", (1, 3), ((2, line[:-1]),))


def test_clean_message_says_which_comments_are_gone() -> None:
    message = clean_message(f"# Problem\r\n\nbody\n#x \n{SCISSORS}# not mine\n")

    assert message.removed == ((1, "# Problem"), (4, "#x "))


def test_clean_message_without_comment_string_keeps_every_line() -> None:
    message = clean_message(f"# a\n{SCISSORS} {CUT}\nb\n", comment="")

    assert message.text == f"# a\n{SCISSORS} {CUT}\nb\n"


INSTRUCTIONS = (
    "\n{0} Please enter the commit message for your changes. Lines starting\n"
    "{0} with '{0}' will be ignored, and an empty message aborts the commit.\n"
    "{0}\n{0} On branch main\n{0} Changes to be committed:\n{0}\tnew file:   a\n{0}\n"
)
DIFF = "{0} " + CUT + "\n{0} Do not modify or remove the line above.\ndiff --git a/a b/a\n+; x\n"
MARKED = [
    ("empty", "", "#"),
    ("no-instructions", "subject\n\nbody\n", "#"),
    ("one-line", "; x\n", "#"),
    ("hash", "subject\n" + INSTRUCTIONS.format("#"), "#"),
    ("semicolon", "subject\n\n# Problem\n" + INSTRUCTIONS.format(";"), ";"),
    ("colon", "subject\n" + INSTRUCTIONS.format(":"), ":"),
    ("crlf", "subject\n" + INSTRUCTIONS.format("%").replace("\n", "\r\n"), "%"),
    ("no-blank-above", "subject" + INSTRUCTIONS.format("@"), "@"),
    ("verbose", "subject\n" + INSTRUCTIONS.format(";") + DIFF.format(";"), ";"),
    ("verbose-crlf", "s\n" + DIFF.format("!").replace("\n", "\r\n"), "!"),
    ("old-scissors-above", f"s\n\n{SCISSORS}x\n" + DIFF.format(";"), ";"),
    ("instructions-win", f"s\n\n{SCISSORS}x\n" + INSTRUCTIONS.format(";"), ";"),
    ("two-lines", "; On branch main\n;\n", ";"),
    ("two-lines-below-a-subject", "subject\n; On branch main\n;\n", ";"),
    ("mixed-tail", "s\n\n; x\n# y\n", "#"),
    ("no-space-behind", "s\n\n;x\n;y\n", "#"),
    ("not-a-candidate", "s\n\n- x\n- y\n", "#"),
]


@pytest.mark.parametrize(
    ("text", "expected"), [row[1:] for row in MARKED], ids=[row[0] for row in MARKED]
)
def test_detect_comment_char_reads_the_instructions(text: str, expected: str) -> None:
    mark = detect_comment_char(text)

    assert mark == expected


SUBJECTS = [
    ("empty", "", ("", "")),
    ("blank", " \n\n", ("", "")),
    ("only", "subject", ("subject", "")),
    ("body", "subject\n\nbody\n", ("subject", "body\n")),
    ("ends-in-x", "Port to OS X\n\nbody\n", ("Port to OS X", "body\n")),
    ("two-lines", "one \ntwo\r\n\nbody", ("one two", "body")),
    ("leading", "\n \n  one\n\n\n  body\n", ("  one", "  body\n")),
    ("cr", "one\r\n\r\n\r\nbody\r\n", ("one", "body\r\n")),
    ("odd-ends", "one\u2028\x85two\n\nb", ("one\u2028\x85two", "b")),
]


@pytest.mark.parametrize(
    ("text", "expected"), [row[1:] for row in SUBJECTS], ids=[row[0] for row in SUBJECTS]
)
def test_split_subject_splits(text: str, expected: tuple[str, str]) -> None:
    parts = split_subject(text)

    assert parts == expected
    assert text.endswith(parts[1])


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("fixup! feat: x", True),
        ("squash! x", True),
        ("amend! x", True),
        ("fixup!x", False),
        ("Fixup! x", False),
        ("feat: fixup! x", False),
        ("", False),
    ],
)
def test_is_fixup_knows_autosquash(subject: str, expected: bool) -> None:
    assert is_fixup(subject) is expected


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Merge branch 'topic'", True),
        ("Merge branch 'topic' into main", True),
        ("Merge branches 'a' and 'b'", True),
        ("Merge tag 'v1.0'", True),
        ("Merge commit 'abc1234'", True),
        ("Merge remote-tracking branch 'origin/main'", True),
        ("Merge remote-tracking branches 'a/x' and 'b/x'", True),
        ("Merge HEAD", True),
        ("Merge https://example.com/repo", True),
        ("Merge https://example.com/repo into main", True),
        ("Merge the pages of https://example.com/repo", False),
        ("Merge pull request #12 from me/topic", True),
        ("Auto merge of #12 - me:topic, r=you", True),
        ("Merged in topic (pull request #12)", True),
        ("Merged in topic", False),
        ("Merge branch lists before sorting", False),
        ("Merge tags of both pages", False),
        ("Merge the two caches", False),
        ("Merge", False),
        ("merge branch 'topic'", False),
        ("Fix: Merge branch 'topic'", False),
        ("", False),
    ],
)
def test_is_merge_subject_knows_what_tools_write(subject: str, expected: bool) -> None:
    assert is_merge_subject(subject) is expected


SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("subject", "body", "expected"),
    [
        ('Revert "feat: x"', "", True),
        ('Revert "feat: x" (#12)', "", True),
        ('Reapply "feat: x"', "", True),
        ('Revert "Revert "feat: x""', "", True),
        ("undo x", f"why\n\nThis reverts commit {SHA}.\n", True),
        ("undo x", f"This reverts commit {SHA}, reversing\nchanges made to x.\n", True),
        ("undo x", "This reverts commit 0123abc\r\n", True),
        ("undo x", "This reverts commit 012.", False),
        ("undo x", "This reverts commit message style.", False),
        ("undo x", f"Not so: This reverts commit {SHA}.", False),
        ("Revert #12", "", True),
        ("Revert #12 (#13)", "", True),
        ("Revert #1", "", True),
        ("Revert #12: the export", "", True),
        ("Revert #12 and #13", "", True),
        ("Revert #x1", "", False),
        ("Revert D1234", "", True),
        ("Revert D123", "", False),
        ('Revert ""', "", True),
        ("undo x", f"This reverts commit {SHA.upper()} and others.\n", True),
        ("undo x", f"This reverts commit {'0123abcd' * 8}.\n", True),
        ("undo x", f"This reverts commit {'0123abcd' * 8}0.\n", False),
        ("undo x", "This reverts commit \nbecause.\n", False),
        ("undo", f"This reverts commit {SHA}.\n", True),
        (f"This reverts commit {SHA}.", f"This reverts commit {SHA}.\n", True),
        ("fix: rows: all", f"This reverts commit {SHA}.\n", False),
        ("fix!: rows", f"This reverts commit {SHA}.\n", False),
        ("fix(export): rows", f"This reverts commit {SHA}.\n", False),
        ("Revert D12345678", "", True),
        ('Back out "feat: x"', "", True),
        ("Revert D2", "", False),
        ("Back out of the deal", "", False),
        ("write rows (#12)", f"* write\n\n* Revert it\n\nThis reverts commit {SHA}.\n", False),
        ("rows (#1)", f"rows (#1)\n\n* write\n\nThis reverts commit {SHA}.\n", False),
        ("feat: write rows", f"Write.\n\nThis reverts commit {SHA}.\n", False),
        ("chore: revert the rows", f"This reverts commit {SHA}.\n", True),
        ('Revert "feat', "", False),
        ("Revert the switch", "", False),
        ('revert "x"', "", False),
        ("", "", False),
    ],
)
def test_is_revert_knows_what_git_and_forges_write(subject: str, body: str, expected: bool) -> None:
    assert is_revert(subject, body) is expected


def environment(home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(home.parent),
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.com",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.com",
    }


def run_git(directory: Path, *arguments: str, stdin: bytes = b"", **extra: str) -> bytes:
    return subprocess.run(
        ["git", *arguments],
        cwd=directory,
        env={**environment(directory), **extra},
        input=stdin,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=60,
    ).stdout


PIECES = st.sampled_from(
    [
        *("", "", " ", "\t", "\r", "\r\r", "c\r", "a", "b \t", "é", "汉", "\\", "Problem: x"),
        *("#", "# c", " #", ";", "; c", "> quote"),
        *("\x0b", "\x0c", "\x1c", "\x85", "\u00a0", "\u2028"),
    ]
)
LINES = st.lists(PIECES, max_size=3).map("".join)
TEXTS = st.lists(LINES, max_size=9).map("\n".join)


@given(text=TEXTS, comment=st.sampled_from("#;"))
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_clean_message_cleans_as_git_stripspace(tmp_path: Path, text: str, comment: str) -> None:
    data = text.encode()
    configured = ("-c", f"core.commentChar={comment}", "stripspace")
    stripped = run_git(tmp_path, *configured, "--strip-comments", stdin=data)
    tidied = run_git(tmp_path, *configured, stdin=data)

    assert clean_message(text, comment=comment).text.encode() == stripped
    assert clean_message(text, cleanup=Cleanup.WHITESPACE, comment=comment).text.encode() == tidied


@given(text=TEXTS, cleanup=st.sampled_from(Cleanup))
@settings(max_examples=300, deadline=None)
def test_clean_message_knows_the_line_of_every_line(text: str, cleanup: Cleanup) -> None:
    message = clean_message(text, cleanup=cleanup)
    source = text.split("\n")
    kept = message.text.removesuffix("\n").split("\n") if message.text else []

    assert len(kept) == len(message.lines)
    assert list(message.lines) == sorted(set(message.lines))
    for number, line in zip(message.lines, kept, strict=True):
        assert line.rstrip(" \t\r") == source[number - 1].rstrip(" \t\r")
    for number, line in message.removed:
        assert line.startswith("#")
        assert source[number - 1].removesuffix("\r") == line


@given(text=TEXTS, cleanup=st.sampled_from(Cleanup))
@settings(max_examples=100, deadline=None)
def test_clean_message_changes_nothing_twice(text: str, cleanup: Cleanup) -> None:
    once = clean_message(text, cleanup=cleanup).text

    assert clean_message(once, cleanup=cleanup).text == once


class Commit(Struct, frozen=True):
    """A way to commit: what the editor puts above git's text, and how git is called."""

    written: str = ""
    arguments: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    cleanup: Cleanup = Cleanup.STRIP
    comment: str = "#"
    is_crlf: bool = False


BODY = "subject \n\n\n# Problem\nphone carts\t\n; x\n\n\n"
COMMITS = [
    ("editor", Commit(BODY)),
    ("verbose", Commit(BODY, ("-v",))),
    ("verbose-no-status", Commit(BODY, ("-v", "--no-status"))),
    ("scissors", Commit(BODY, ("--cleanup=scissors",), cleanup=Cleanup.SCISSORS)),
    ("scissors-verbose", Commit(BODY, ("--cleanup=scissors", "-v"), cleanup=Cleanup.SCISSORS)),
    ("whitespace", Commit(BODY, ("--cleanup=whitespace",), cleanup=Cleanup.WHITESPACE)),
    (
        "whitespace-verbose",
        Commit(BODY, ("--cleanup=whitespace", "-v"), cleanup=Cleanup.WHITESPACE),
    ),
    ("verbatim", Commit(BODY, ("--cleanup=verbatim",), cleanup=Cleanup.VERBATIM)),
    ("verbatim-verbose", Commit(BODY, ("--cleanup=verbatim", "-v"), cleanup=Cleanup.VERBATIM)),
    ("no-editor", Commit("", ("-m", BODY), cleanup=Cleanup.WHITESPACE)),
    ("no-editor-strip", Commit("", ("-m", BODY, "--cleanup=strip"))),
    ("configured-cleanup", Commit(BODY, (), ("commit.cleanup=strip",))),
    ("semicolon", Commit(BODY, ("-v",), ("core.commentChar=;",), comment=";")),
    ("auto", Commit(BODY, (), ("core.commentChar=auto",), comment="auto")),
    ("auto-verbose", Commit(BODY, ("-v",), ("core.commentChar=auto",), comment="auto")),
    (
        "auto-hash-taken",
        Commit("more\n", ("-e", "-m", BODY), ("core.commentChar=auto",), comment="auto"),
    ),
    (
        "auto-hash-taken-verbose",
        Commit("more\n", ("-e", "-v", "-m", BODY), ("core.commentChar=auto",), comment="auto"),
    ),
    ("crlf", Commit(BODY, (), is_crlf=True)),
    ("crlf-verbose", Commit(BODY, ("-v",), is_crlf=True)),
    (
        "crlf-auto",
        Commit("", ("-e", "-m", BODY), ("core.commentChar=auto",), comment="auto", is_crlf=True),
    ),
    ("amend-verbose", Commit("more\n\n", ("--amend", "-v"))),
    ("template", Commit(BODY, ("--template=template.txt",))),
]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository whose commit-msg hook keeps the file it is given as seen.txt."""
    root = tmp_path_factory.mktemp("repository")
    run_git(root, "init", "--quiet", "--template=", ".")
    (root / "base.txt").write_text("; base\n# base\n", encoding="utf-8")
    (root / "template.txt").write_text("# fill in\nwhy:\n\n# end\n", encoding="utf-8")
    run_git(root, "add", "base.txt")
    run_git(root, "commit", "--quiet", "--message=base\n\n#123 is kept")
    scripts = {
        ".git/hooks/commit-msg": 'cp "$1" seen.txt',
        "editor": 'cat written.txt "$1" > both.txt; cat both.txt > "$1"',
        "editor-crlf": './editor "$1"; sed "s/$/\\r/" "$1" > both.txt; cat both.txt > "$1"',
    }
    for name, script in scripts.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8", newline="\n")
        path.chmod(0o755)
    return root


@pytest.mark.parametrize("commit", [row[1] for row in COMMITS], ids=[row[0] for row in COMMITS])
def test_clean_message_foretells_what_git_records(repository: Path, commit: Commit) -> None:
    editor = "./editor-crlf" if commit.is_crlf else "./editor"
    (repository / "written.txt").write_text(commit.written, encoding="utf-8", newline="\n")
    with (repository / "base.txt").open("a", encoding="utf-8") as file:
        file.write("# more\n; more\n\n")
    config = [word for pair in commit.config for word in ("-c", pair)]
    arguments = (*config, "commit", "--quiet", "--all", *commit.arguments)
    run_git(repository, *arguments, GIT_EDITOR=editor)
    recorded = run_git(repository, "cat-file", "commit", "HEAD").partition(b"\n\n")[2]
    seen = decode((repository / "seen.txt").read_bytes())
    comment = detect_comment_char(seen) if commit.comment == "auto" else commit.comment

    message = clean_message(seen, cleanup=commit.cleanup, comment=comment)

    assert message.text == decode(recorded)


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        ("feat: rows (#12)", "feat: rows"),
        ("feat: rows (#13)", "feat: rows (#13)"),
        ('Revert "rows (#11)" (#12)', 'Revert "rows (#11)"'),
        ("rows", "rows"),
    ],
)
def test_title_in_a_list_names_its_number_once(title: str, bare: str) -> None:
    assert without_number(title, "#12") == bare


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Merge pull request #7 from a/b\n\nfix: mend\n", 3),
        ("Merge pull request #7 from a/b\n\n\nfix: mend\n\nWhy: x\n", 4),
        ("Merge pull request #7 from a/b\nand more\n\nfix: mend", 4),
        ("Auto merge of #8 - x, r=y\n\nfix: mend\n \nmore", 3),
        ("Merge pull request #7 from a/b\n\nfix: mend\nit\n", 0),
        ("Merge pull request #7 from a/b\n", 0),
        ("Merge branch 'b'\n\nfix: mend\n", 0),
        ("fix: mend\n\nfix: mend\n", 0),
        ("", 0),
    ],
)
def test_line_of_a_merged_title(text: str, line: int) -> None:
    assert merged_title_line(text) == line
