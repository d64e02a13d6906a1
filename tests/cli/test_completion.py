"""Completion in the shell: the scripts, and the words that a shell is offered."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from whygate.cli import app as app_module
from whygate.cli.app import COMMANDS
from whygate.judge.rules import RULES

if TYPE_CHECKING:
    from tests.cli.conftest import Run
    from tests.conftest import Repo

SCHEMA = {
    "$ref": "urn:whygate:product-context:1#/$defs/document",
    "properties": {"problematic": {"type": "string", "x-question": "Is it?"}},
}


def complete(run: Run, monkeypatch: pytest.MonkeyPatch, *words: str) -> list[str]:
    """Return what the shell is offered for the last word."""
    monkeypatch.setenv("_WHYGATE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", " ".join(("whygate", *words)))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    result = run()
    assert result.err == ""
    return [line.partition(",")[2] for line in result.out.splitlines() if line]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_names_the_program_and_the_shell(run: Run, shell: str) -> None:
    result = run("show", "completion", shell)

    assert (result.status, result.err) == (0, "")
    assert f"_WHYGATE_COMPLETE={shell}_complete" in result.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_is_read_by_its_shell(run: Run, shell: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not on this machine")
    (tmp_path / "script").write_text(run("show", "completion", shell).out)

    done = subprocess.run([program, "-n", "script"], capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


def test_unknown_shell_is_refused(run: Run) -> None:
    assert run("show", "completion", "tcsh").status == 2


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("sc",), ["scorecard"]),
        (("show", "completion", "z"), ["zsh"]),
        (("rules", "WG11"), [rule.id for rule in RULES if rule.id.startswith("WG11")]),
        (("rules", "wg40"), [rule.id for rule in RULES if rule.id.startswith("WG40")]),
        (("rules", "problem-miss"), ["problem-missing"]),
        (("audit", "--field", "prob"), ["problem"]),
        (("new", "--kind", "fea"), ["feature"]),
        (("template", "is"), ["issue-form"]),
        (("check", "--ran"), ["--range"]),
        (("--ver",), ["--version"]),
        (("rules", "zz"), []),
    ],
)
def test_words_are_offered(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], offered: list[str]
) -> None:
    assert complete(run, monkeypatch, *words) == offered


def test_commands_are_offered_without_importing_them(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} was imported")

    monkeypatch.setattr(app_module, "import_module", refuse)

    assert complete(run, monkeypatch, "") == list(COMMANDS)


def test_fields_of_the_teams_own_schema_are_offered(
    run: Run, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("own.json", json.dumps(SCHEMA))
    repo.write(".whygate.yml", "version: 1\nschema: own.json\n")
    run("rules")
    monkeypatch.chdir(repo.path)

    assert complete(run, monkeypatch, "audit", "--field", "prob") == ["problem", "problematic"]


@pytest.mark.parametrize("asked", ["bash_source", "bash_complete", "fish_complete", "1"])
@pytest.mark.parametrize(
    ("words", "status"),
    [
        pytest.param(("hook", "commit-msg", "m"), 1, id="plain hook"),
        pytest.param(("hook", "commit-msg", "-v", "m"), 1, id="parsed hook"),
        pytest.param(("hook", "pre-push"), 2, id="push"),
        pytest.param(("check", "m"), 1, id="check"),
        pytest.param(("ci",), 2, id="ci"),
        pytest.param(("doctor",), 3, id="doctor"),
    ],
)
def test_variable_that_was_left_over_answers_no_command(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], status: int, asked: str
) -> None:
    Path("m").write_text("feat: wishlist\n", encoding="utf-8")
    expected = run(*words, stdin=b"x\n")
    monkeypatch.setenv("_WHYGATE_COMPLETE", asked)
    monkeypatch.setenv("COMP_WORDS", "whygate ")
    monkeypatch.setenv("COMP_CWORD", "1")

    assert run(*words, stdin=b"x\n") == expected
    assert expected.status == status, expected


def test_mistake_in_the_configuration_offers_nothing(
    run: Run, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write(".whygate.yml", "version: 2\n")
    monkeypatch.chdir(repo.path)

    assert complete(run, monkeypatch, "audit", "--field", "prob") == []
    assert complete(run, monkeypatch, "new", "--kind", "f") == []
