"""The house: what the hot path may load, and that a command is found where it is named."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

import whygate
from whygate.cli.app import COMMANDS
from whygate.judge.rules import FAMILIES, family_of, find_rule
from whygate.outcomes.rules import ALL_RULES as RULES

SOURCES = Path(whygate.__file__).parents[1]
PLAIN = "feat(export): write every row\n\nThe writer kept one page only.\n"
HEAVY = {"pyromark", "git", "rich", "jinja2", "asyncio", "urllib.request", "http.client"}


@pytest.mark.parametrize("name", COMMANDS)
def test_command_has_its_own_module(name: str) -> None:
    command = import_module(f"whygate.cli.{name}").command

    assert isinstance(command, click.Command)
    assert command.name == name
    assert command.help


def test_package_loads_nothing_until_it_is_asked() -> None:
    code = "import whygate, whygate.cli; print(*sys.modules)"

    loaded = _run(code).split()

    assert [name for name in loaded if name.startswith(("click", "yaml", "jsonschema"))] == []


def test_check_of_a_message_loads_nothing_heavy(tmp_path: Path) -> None:
    message = tmp_path / "message"
    message.write_text(PLAIN, encoding="utf-8")
    code = f"from whygate.cli import main; main(['check', {str(message)!r}]); print(*sys.modules)"

    loaded = set(_run(code).split("\n")[-2].split())

    assert loaded & HEAVY == set()


def test_rules_have_unique_names_and_a_family() -> None:
    assert len({rule.id for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)
    assert {family_of(rule) for rule in RULES} == set(FAMILIES.values())
    assert all(find_rule(rule.id, RULES) is find_rule(rule.name, RULES) is rule for rule in RULES)


def _run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(SOURCES)!r}); {code}"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout
