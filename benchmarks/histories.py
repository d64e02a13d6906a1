"""Turn a number into a repository with so many commits, made by one `git fast-import`.

Three mixtures: `prose` is a project without a template, as most of those that write long messages
(a quarter are a subject only, the others have some paragraphs, 1 in 100 has sections); `plain` is
the same without these; `template` is a project whose pull requests have one (half are a subject
only, 30 % have prose, 15 % the sections of a pull request, 5 % a whole plan). No two messages are
alike.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from benchmarks.texts import (
    DESCRIPTION,
    FAILING_DESCRIPTION,
    PROSE_MESSAGE,
    SUBJECT_ONLY,
    TRAILERS_MESSAGE,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import IO

_FIRST_SECOND = 1_577_880_000  # 2020-01-01 12:00 UTC; a commit every ten minutes
_AUTHOR = "Mara Lind <mara@example.org>"
_MORE_PROSE = """
The first attempt, %d days ago, counted the answers of the mirror as well, so a slow mirror looked
like a full disk. It is asked last now, and only when the first two nodes disagree; the log says
which of them was believed, and how long each took to answer.
"""


def make_repository(directory: Path, count: int, message: Callable[[int], str]) -> None:
    """Fill a new bare repository with `count` commits on `main`."""
    branch = "--initial-branch=main"
    subprocess.run(["git", "init", "--quiet", "--bare", branch, str(directory)], check=True)
    command = ["git", "-C", str(directory), "fast-import", "--quiet"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        _write_commits(process.stdin, count, message)
    if process.returncode:
        raise SystemExit(f"git fast-import: exit status {process.returncode}")
    subprocess.run(["git", "-C", str(directory), "gc", "--quiet"], check=True)


def template_message(number: int) -> str:
    """Return a message of the `template` mixture; the shapes follow each other in twenties."""
    place = number % 20
    ticket = f" ({number:x})"
    if place < 10:
        return f"{SUBJECT_ONLY.rstrip()}{ticket}\n"
    if place < 16:
        return PROSE_MESSAGE.replace("\n", f"{ticket}\n", 1).replace("half", f"{number} pictures")
    if place < 19:
        body = FAILING_DESCRIPTION.replace("Old keys", f"The {number} old keys")
        return f"Sign the cart's cookie{ticket}\n\n{body}"
    if number % 40 == 19:
        return TRAILERS_MESSAGE.replace("\n", f"{ticket}\n", 1).replace("38 %", f"{number} pages")
    return f"feat(cart): keep the cart{ticket}\n\n{DESCRIPTION.replace('45 %', f'{number} pages')}"


def prose_message(number: int) -> str:
    """Return a message of the `prose` mixture; the shapes follow each other in hundreds."""
    if number % 100 == 99:
        return template_message(20 * number + 17)
    return plain_message(number)


def plain_message(number: int) -> str:
    """Return a message of the `plain` mixture: a subject, or some paragraphs."""
    place = number % 100
    if place % 4 == 0:
        return template_message(20 * number)
    written = template_message(20 * number + 12)
    if place % 2:
        return written
    head, _, signed = written.rpartition("\nSigned-off-by")
    return f"{head}{_MORE_PROSE % number}\nSigned-off-by{signed}"


MIXTURES: dict[str, Callable[[int], str]] = {
    "plain": plain_message,
    "prose": prose_message,
    "template": template_message,
}


def _write_commits(stream: IO[bytes], count: int, message: Callable[[int], str]) -> None:
    for number in range(count):
        stream.write(b"".join(_commit_lines(number, message(number))))


def _commit_lines(number: int, message: str) -> Iterator[bytes]:
    """Yield one commit in the language of git-fast-import(1); it has no files."""
    body = message.encode()
    person = f"{_AUTHOR} {_FIRST_SECOND + 600 * number} +0000\n".encode()
    yield b"commit refs/heads/main\n"
    yield b"author " + person
    yield b"committer " + person
    yield b"data %d\n" % len(body)
    yield body + b"\n"
