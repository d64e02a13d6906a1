"""What strangers wrote, in everything that whygate prints: no program obeys a word of it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import cmarkgfm  # type: ignore[import-untyped]
import pytest

import whygate
from whygate.cli import main
from whygate.text.clean import clean

if TYPE_CHECKING:
    from tests.conftest import Repo

SOURCES = Path(whygate.__file__).parent
ATTACKS = (
    "::error::evil",
    "##[add-mask]evil",
    "##vso[task.setvariable variable=verdict]evil",
    "##VSO[task.complete result=Succeeded]evil",
    "##teamcity[buildStatus status='SUCCESS']evil",
    "\u202eevil\u2066\u200b",
    "\x1b]0;evil\x07\x9b31m",
    "@evil/team @evil #12 GH-12",
    "<img src=x onerror=evil>",
    "![evil](http://evil.example/x.png) | `evil`",
    "x\u2028::set-output name=verdict::ok",
)
# What a runner obeys (GitHub's two forms, Azure's and TeamCity's), and what turns a terminal.
_OBEYED = re.compile(r"(?m)^\s*::[a-z-]+[^\n]*?::|##[A-Za-z]{0,20}\[")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")
COMMANDS = [
    *(("audit", form) for form in ("text", "json", "ndjson", "csv", "sarif", "junit")),
    *(("audit", form) for form in ("markdown", "html")),
    *(("due", form) for form in ("text", "json", "markdown", "ical")),
    *(("scorecard", form) for form in ("text", "json", "markdown")),
    *(("check", form) for form in ("text", "json")),
]
ARGUMENTS = {"check": ("--range", "HEAD", "--scope", "each"), "due": ("--within", "4000")}


@pytest.fixture
def hostile(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """Give a history that is hostile wherever a stranger writes."""
    for number, attack in enumerate(ATTACKS, 20):
        plan = f"Metric: {attack} a week\nBaseline: 9\nTarget: 1\nEvaluate-By: 2025-03-15\n"
        owner = f"Metric-Owner: {attack}\n" if "@" in attack else ""
        message = f"feat: {attack} (#{number})\n\nProblem: {attack}\nAudience: {attack}\n"
        name = attack.replace("<", "").replace(">", "")
        repo.commit(f"{message}Outcome: {attack}\n{plan}{owner}", GIT_AUTHOR_NAME=name)
        repo.commit(f"{attack}\n\n{attack}\n", GIT_AUTHOR_NAME=name)
        result = f"Outcome-For: #{number}\nOutcome-Result: met; {attack}\nOutcome-Learned: {attack}"
        if number % 2:
            repo.commit(f"chore: record\n\n{result}\n")
    monkeypatch.chdir(repo.path)
    for name, value in repo.environ.items():
        monkeypatch.setenv(name, value)
    return repo


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize(("command", "form"), COMMANDS, ids=" ".join)
def test_no_program_obeys_what_a_stranger_wrote(
    capfd: pytest.CaptureFixture[str], command: str, form: str
) -> None:
    main([command, *ARGUMENTS.get(command, ()), "--format", form])
    out, err = capfd.readouterr()

    assert "evil" in out, err
    for text in (out, err):
        assert _OBEYED.findall(text) == []
        assert _CONTROLS.findall(text) == []


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("command", ["audit", "due", "scorecard"])
def test_markdown_pings_nobody_and_refers_to_nothing(
    capfd: pytest.CaptureFixture[str], command: str
) -> None:
    main([command, *ARGUMENTS.get(command, ()), "--format", "markdown"])
    html = cmarkgfm.github_flavored_markdown_to_html(capfd.readouterr().out)

    outside = re.sub(r"(?s)<pre.*?</pre>|<code>.*?</code>", "", html)
    assert "<img" not in outside
    assert "evil.example" not in re.sub(r"<[^>]*>", "", outside)
    assert re.findall(r"@\w|#1\d|GH-\d", outside) == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_clean_breaks_what_a_runner_obeys(attack: str) -> None:
    assert _OBEYED.findall(clean(attack)) == _CONTROLS.findall(clean(attack)) == []


# The rooms that may write. Whatever they write, they got from a reporter or made safe themselves.
WRITERS = {"cli", "terminal", "setup"}


def test_only_the_rooms_that_may_print_do() -> None:
    found = set()
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _prints(node.func):
                found.add(path.relative_to(SOURCES).parts[0])

    assert found <= WRITERS


def _prints(called: ast.expr) -> bool:
    name = ast.unparse(called)
    return name in {"print", "click.echo", "click.secho", "sys.stdout.write", "sys.stderr.write"}
