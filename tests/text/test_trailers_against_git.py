from __future__ import annotations

import itertools
import os
import random
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from whygate.text.message import split_subject
from whygate.text.trailers import parse_trailers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SECONDS = 600
FORMAT = "tformat:%H%x00%B%x00%(trailers:only,unfold)%x00%s%x00%b"
LINES = [
    "subject",
    "",
    "",
    "",
    " ",
    "\t",
    "\r",
    " \r",
    "plain prose",
    "Problem: x",
    "Problem:",
    "Problem: ",
    "Outcome : y",
    "Outcome\t:y\r",
    "Key-2: a: b",
    "-: dash",
    ": x",
    "no key: x",
    "under_score: x",
    "Problème: x",
    "Problem\u00a0: x",
    "Problem： x",
    "https://example.com/x",
    " folded",
    "\tfolded: too",
    "  \r",
    " folded\r",
    "\x0cfeed: x",
    "\x0bK: x",
    "Line\u2028Sep: x\u0085y",
    "Signed-off-by: A <a@example.com>",
    "Signed-off-by:a",
    "Signed-off-by: ",
    "signed-off-by: a",
    "(cherry picked from commit 1234567)",
    "(cherry picked from commit ",
    " (cherry picked from commit 1234567)",
    "Conflicts:",
    "Conflicts: ",
    "\ta.txt",
    "\t",
    "# comment",
    "#",
    "#x: y",
    " # x: y",
    "---",
    "--- a/file",
    "# ------------------------ >8 ------------------------",
    "# ------------------------ >8 ------------------------\r",
    "; ------------------------ >8 ------------------------",
    "---: x",
    "汉字: x",
    "K: 汉字 🎉",
]
PIECES = ["K", "x", ":", " ", "\t", "\r", "#", "-", "é", "Signed-off-by: ", "Conflicts:", "\x0c"]


def environment(home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
    }


def run_git(git_dir: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    command = ["git", "--git-dir", str(git_dir), *arguments]
    return subprocess.run(
        command,
        input=stdin,
        env=environment(git_dir),
        check=True,
        stdout=subprocess.PIPE,
        timeout=SECONDS,
    ).stdout


def read_fields(git_dir: Path, *revisions: str) -> Iterator[bytes]:
    command = ["git", "--git-dir", str(git_dir), "log", "-z", "--encoding=none"]
    command += ["--no-show-signature", "--no-mailmap", f"--format={FORMAT}", *revisions]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(git_dir)) as process:
        assert process.stdout is not None
        rest = b""
        while chunk := process.stdout.read(1 << 20):
            *fields, rest = (rest + chunk).split(b"\0")
            yield from fields
    assert process.returncode == 0
    assert rest == b""


def read_commits(git_dir: Path, *revisions: str) -> Iterator[tuple[bytes, ...]]:
    fields = read_fields(git_dir, *revisions)
    while record := tuple(itertools.islice(fields, 5)):
        assert len(record) == 5
        yield record


def store_messages(git_dir: Path, messages: Iterable[bytes], branch: str) -> int:
    """Write the messages, byte for byte, as the commits of one branch; return their number."""
    stream = [b"reset refs/heads/" + branch.encode() + b"\n"]
    count = 0
    for count, message in enumerate(messages, 1):
        stream.append(b"commit refs/heads/" + branch.encode() + b"\n")
        stream.append(b"committer A <a@example.com> %d +0000\n" % (1_600_000_000 + count))
        stream.append(b"data %d\n%s\n" % (len(message), message))
    run_git(git_dir, "fast-import", "--quiet", "--force", stdin=b"".join(stream))
    return count


def find_disagreements(git_dir: Path, *revisions: str) -> tuple[int, list[bytes]]:
    """Return how many commits were read, and a line for each that git reads otherwise."""
    count = 0
    wrong: list[bytes] = []
    for commit, message, expected, _, _ in read_commits(git_dir, *revisions):
        count += 1
        trailers = parse_trailers(message).trailers
        ours = b"".join(b"%s: %s\n" % (trailer.key, trailer.value) for trailer in trailers)
        if ours != expected:
            wrong.append(b"%s: %r is %r, not %r" % (commit, message, expected, ours))
    return count, wrong


def make_message(chance: random.Random) -> bytes:
    lines = chance.choices(LINES, k=chance.randint(1, 12))
    if chance.random() < 0.5:
        lines.insert(0, "subject\n")
    if chance.random() < 0.3:
        line = "".join(chance.choices(PIECES, k=chance.randint(1, 6)))
        lines.insert(chance.randint(0, len(lines)), line)
    text = "\n".join(lines) + chance.choice(["", "\n", "\n", "\n\n"])
    if chance.random() < 0.05:
        text = text.replace("\n", "\r\n")
    data = text.encode()
    return data.replace(b"x", b"\xff\xfe") if chance.random() < 0.05 else data


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    git_dir = tmp_path_factory.mktemp("store")
    run_git(git_dir, "init", "--quiet", "--bare")
    return git_dir


@pytest.fixture(scope="module")
def generated(store: Path) -> Path:
    chance = random.Random(8)
    count = store_messages(store, (make_message(chance) for _ in range(12_000)), "generated")
    assert count == 12_000
    return store


def test_generated_messages_read_as_git_reads_them(generated: Path) -> None:
    count, wrong = find_disagreements(generated, "generated")

    assert (count, wrong) == (12_000, [])


def test_generated_messages_split_as_git_splits_them(generated: Path) -> None:
    def text(data: bytes) -> str:
        return data.decode("utf-8", "replace")

    wrong = [
        message
        for _, message, _, subject, body in read_commits(generated, "generated")
        if split_subject(text(message)) != (text(subject), text(body))
    ]

    assert wrong == []


LINE = st.one_of(st.sampled_from(LINES), st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
MESSAGE = st.lists(LINE, min_size=1, max_size=8).map("\n".join).map(str.encode)


@given(messages=st.lists(MESSAGE, min_size=1, max_size=20))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_messages_read_as_git_reads_them(store: Path, messages: list[bytes]) -> None:
    stored = store_messages(store, messages, "any")

    count, wrong = find_disagreements(store, "any")

    assert (count, wrong) == (stored, [])


def test_message_with_nul_reads_as_git_reads_it(store: Path) -> None:
    messages = [b"s\n\nbody\0\n\nK: v\n", b"s\n\nK: v\0 w\n", b"\0\n\nK: v\n"]
    store_messages(store, [b"first\n"], "nul")
    for message in messages:
        head = run_git(store, "rev-parse", "nul").strip()
        tree = run_git(store, "rev-parse", "nul^{tree}").strip()
        ident = b"A <a@example.com> 1600000000 +0000"
        header = b"tree %s\nparent %s\nauthor %s\ncommitter %s\n\n" % (tree, head, ident, ident)
        options = ("-t", "commit", "-w", "--literally", "--stdin")
        commit = run_git(store, "hash-object", *options, stdin=header + message).strip()
        run_git(store, "update-ref", "refs/heads/nul", commit.decode())

    read = [record[1] for record in read_commits(store, "nul")]
    count, wrong = find_disagreements(store, "nul")

    assert (count, wrong) == (4, [])
    assert read == [b"", b"s\n\nK: v", b"s\n\nbody", b"first\n"]
    assert [parse_trailers(message) for message in reversed(messages)] == [
        parse_trailers(message) for message in read[:3]
    ]


def project_history() -> list[Path]:
    """Return the project's own git directory, or nothing where there is none to read."""
    process = subprocess.run(
        ["git", "rev-parse", "--absolute-git-dir", "--verify", "--quiet", "HEAD"],
        cwd=Path(__file__).parent,
        env=environment(Path(__file__).parent),
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    if process.returncode != 0:
        return []
    return [Path(os.fsdecode(process.stdout).splitlines()[0])]


def test_whole_histories_read_as_git_reads_them(generated: Path) -> None:
    """WHYGATE_HISTORIES lists git directories; without it the project's own history is read."""
    named = os.environ.get("WHYGATE_HISTORIES", "")
    histories = [Path(name) for name in named.split(os.pathsep) if name] or project_history()

    for git_dir in [*histories, generated]:
        count, wrong = find_disagreements(git_dir, "--all")
        print(f"{git_dir}: {count} commits, {len(wrong)} read otherwise")

        assert wrong == []
        assert count > 0
