"""The pages about writing: every command in them is run, or at least parsed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from whygate.cli.app import app

if TYPE_CHECKING:
    from tests.cli.conftest import Run
    from tests.conftest import Repo

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / name for name in ("authoring.md", "agents.md")]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
STOP = ("|", ">", ">>", "&&", "#")
# These ask somebody, or need what no fresh repository has.
NOT_RUN = {
    "whygate init --agents",
}


def commands(page: Path) -> list[str]:
    """Return the calls of whygate in the shell blocks of a page, without what a shell adds."""
    found = []
    for kind, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        for line in text.split("\n") if kind == "bash" else ():
            words = line.split(" ")
            end = next((n for n, word in enumerate(words) if word in STOP), len(words))
            if words[0] == "whygate":
                found.append(" ".join(words[:end]).strip())
    return found


def answers() -> str:
    blocks = BLOCK.findall(PAGES[0].read_text(encoding="utf-8"))
    return "".join(text for kind, text in blocks if kind == "yaml")


@pytest.mark.parametrize("line", sorted({line for page in PAGES for line in commands(page)}))
def test_command_of_a_page_can_be_typed(
    run: Run, repo: Repo, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    arguments = shlex.split(line)[1:]
    if line in NOT_RUN:
        app.make_context("whygate", arguments)
        return
    template = run("template", "pr").out
    repo.write(".github/pull_request_template.md", template)
    repo.write("answers.yml", answers())
    repo.git("switch", "--quiet", "--create", "topic")
    repo.commit("feat: x", {"a": "1"})
    if "--output" in arguments:
        (repo.path / ".github" / "pull_request_template.md").unlink()
        (repo.path / ".github" / "ISSUE_TEMPLATE").mkdir()
    monkeypatch.chdir(repo.path)

    result = run(*arguments)

    assert result.status == 0, result.err


def test_commands_that_are_not_run_stand_in_the_pages() -> None:
    assert {line for page in PAGES for line in commands(page)} >= NOT_RUN


def test_answers_of_the_page_pass(run: Run, tmp_path: Path) -> None:
    (tmp_path / "answers.yml").write_text(answers())

    result = run("new", "--answers", "answers.yml", "--as", "trailers")

    assert (result.status, result.err) == (0, "")
    assert result.out.startswith("Problem: exports stop at row 100")
