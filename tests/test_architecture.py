"""The house: what the hot path may load, and that a command is found where it is named."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

import whygate
from whygate.cli.app import COMMANDS
from whygate.judge.rules import FAMILIES, family_of, find_rule
from whygate.outcomes.rules import ALL_RULES as RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGE = Path(whygate.__file__).parent
SOURCES = PACKAGE.parent
PLAIN = "feat(export): write every row\n\nThe writer kept one page only.\n"
HEAVY = {"pyromark", "git", "rich", "jinja2", "asyncio", "urllib.request", "http.client"}


@pytest.mark.parametrize("name", COMMANDS)
def test_command_has_its_own_module(name: str) -> None:
    module = f"{name}_" if iskeyword(name) else name
    command = import_module(f"whygate.cli.{module}").command

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


def test_hook_spares_what_it_never_uses_and_leaves_it_to_others() -> None:
    code = (
        "import sys; before = set(sys.modules); from whygate.cli import _load_lean; _load_lean()\n"
        "print(*set(sys.modules) - before)\n"
        "import pathlib, platform, urllib.parse; print(pathlib.PurePosixPath('/a b').as_uri(),"
        " bool(platform.python_version()), urllib.parse.quote('a b'))"
    )

    loaded, used = _run(code).splitlines()

    assert "msgspec" in loaded.split()
    assert not {"inspect", "ipaddress", "platform", "urllib.parse"} & set(loaded.split())
    assert used == "file:///a%20b True a%20b"


def test_rules_have_unique_names_and_a_family() -> None:
    assert len({rule.id for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)
    assert {family_of(rule) for rule in RULES} == set(FAMILIES.values())
    assert all(find_rule(rule.id, RULES) is find_rule(rule.name, RULES) is rule for rule in RULES)


def test_no_two_modules_import_each_other_in_a_circle() -> None:
    imports = read_imports(PACKAGE)

    assert find_circle(imports) == []
    assert {"whygate.cli", "whygate.git.run", "whygate.judge.rules"} <= set(imports)
    assert "whygate.errors" in imports["whygate.git.run"]


@pytest.mark.parametrize(
    ("files", "circle"),
    [
        pytest.param({"a": "import toy.b", "b": ""}, [], id="one way"),
        pytest.param(
            {"a": "import toy.b", "b": "from toy.a import x"}, ["toy.a", "toy.b"], id="two files"
        ),
        pytest.param(
            {"a": "def f():\n    from toy import b", "b": "from toy.a import x"},
            ["toy.a", "toy.b"],
            id="inside a function",
        ),
        pytest.param(
            {"a": "import toy.b", "b": "import toy.c", "c": "import toy.a"},
            ["toy.a", "toy.b", "toy.c"],
            id="three files",
        ),
        pytest.param(
            {"a": "import toy.b", "b": "if TYPE_CHECKING:\n    from toy.a import x"},
            [],
            id="for types only",
        ),
    ],
)
def test_circle_of_imports_is_found(
    tmp_path: Path, files: dict[str, str], circle: list[str]
) -> None:
    package = tmp_path / "toy"
    package.mkdir()
    for name, code in {"__init__": "", **files}.items():
        (package / f"{name}.py").write_text(code, encoding="utf-8")

    assert find_circle(read_imports(package)) == circle


def read_imports(package: Path) -> Mapping[str, set[str]]:
    """Return the modules of a package, each with those of the package that it runs.

    Imports inside functions count, those for type checkers do not.
    """
    files = {_module_name(package, file): file for file in package.rglob("*.py")}
    return {
        name: {
            target
            for target in _imported(ast.parse(file.read_text(encoding="utf-8")), set(files))
            if target in files and target != name
        }
        for name, file in files.items()
    }


def find_circle(imports: Mapping[str, set[str]]) -> list[str]:
    """Return the sorted modules of a circle, empty when there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return sorted(set(error.args[1]))
    return []


def _module_name(package: Path, file: Path) -> str:
    parts = file.relative_to(package.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _imported(node: ast.AST, known: set[str]) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.If(test=ast.Name("TYPE_CHECKING")):
                continue
            case ast.ImportFrom(module=str(module)):
                names = {f"{module}.{alias.name}" for alias in child.names}
                yield from (name if name in known else module for name in names)
            case ast.Import():
                yield from (alias.name for alias in child.names)
        yield from _imported(child, known)


def _run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(SOURCES)!r}); {code}"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout
