"""What is too much to read is refused, or the newest of it is read, and a sentence says so."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from whygate.cli import main
from whygate.text.commit import MESSAGE_LIMIT, MESSAGES_LIMIT

if TYPE_CHECKING:
    from tests.conftest import Repo

PLAN = "Problem: exports stop at row 100, so 40 accountants retype the rest every month\n"
HUGE = "fix: write every row\n\n" + "one more line of a log\n" * 20_000
SAID = "the messages of its 3 newest commits were read, and of 2 not (131,072 characters are read)"
REFUSED = f"is larger than {MESSAGE_LIMIT} bytes"


@pytest.fixture
def branch(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Give a branch of five commits, of whose messages three are as much as is read."""
    repo.git("switch", "--quiet", "--create", "work")
    filler = "one line of a log that nobody needs\n"
    size = MESSAGES_LIMIT // 3 - 200
    for number in range(5):
        text = filler * (size // len(filler))
        repo.commit(f"fix: write row {number}\n\n{text}\n{PLAN if number == 0 else ''}")
    monkeypatch.chdir(repo.path)
    return repo


@pytest.mark.usefixtures("branch")
@pytest.mark.parametrize("form", ["text", "json"])
def test_check_says_that_not_all_messages_were_read(
    capfd: pytest.CaptureFixture[str], form: str
) -> None:
    capfd.readouterr()
    status = main(["check", "--range", "main..HEAD", "--scope", "branch", "--format", form])
    out, err = capfd.readouterr()

    assert (status, err) == (1, f"note: main..HEAD: {SAID}\n")
    assert form == "text" or json.loads(out)["version"] == 1


def test_push_says_that_not_all_messages_were_read(
    branch: Repo, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRE_COMMIT", "1")
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", branch.git("rev-parse", "main").strip())
    monkeypatch.setenv("PRE_COMMIT_TO_REF", branch.git("rev-parse", "HEAD").strip())
    monkeypatch.setenv("PRE_COMMIT_REMOTE_BRANCH", "refs/heads/work")
    monkeypatch.setenv("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/work")

    main(["hook", "pre-push", "origin"])

    assert SAID in capfd.readouterr().err


def commit_huge(repo: Repo) -> str:
    subprocess.run(
        ["git", "commit", "--quiet", "--allow-empty", "--file=-"],
        input=HUGE.encode(),
        cwd=repo.path,
        env=repo.environ,
        check=True,
    )
    return repo.git("rev-parse", "HEAD").strip()


def test_check_refuses_a_commit_of_too_large_a_message(
    repo: Repo, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = commit_huge(repo)
    monkeypatch.chdir(repo.path)
    status = main(["check", "--range", "HEAD~1..HEAD", "--scope", "each"])

    assert status == 2
    assert f"the message of {sha[:12]} {REFUSED}" in capfd.readouterr().err


def test_branch_of_one_huge_message_says_that_nothing_was_read(
    repo: Repo, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_huge(repo)
    monkeypatch.chdir(repo.path)
    status = main(["check", "--range", "HEAD~1..HEAD", "--scope", "branch"])

    assert status == 1
    assert "the messages of its 0 newest commits were read, and of 1 not" in capfd.readouterr().err


def test_audit_counts_a_huge_message_as_too_large(
    repo: Repo, capfd: pytest.CaptureFixture[str]
) -> None:
    commit_huge(repo)
    capfd.readouterr()
    main(["audit", "-C", str(repo.path), "--format", "json", "--no-cache"])

    assert json.loads(capfd.readouterr().out)["coverage"]["skipped"] == {"too large": 1}
