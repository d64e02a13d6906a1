"""Patterns: none may use what Python 3.11.2, which Debian 12 brings, matches wrongly."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import whygate

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(whygate.__file__).parent
ROOT = PACKAGE.parents[1]
SOURCES = sorted(
    p for d in ("src", "scripts", "fuzz", "benchmarks") for p in (ROOT / d).rglob("*.py")
)
SYSTEM_PYTHON = Path("/usr/bin/python3")
# An escape, the inside of a class, a possessive quantifier, or an atomic group (re, 3.11).
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|([*+?}]\+|\(\?>)", re.DOTALL)
# Imports the whole package and prints every pattern that it has compiled by then.
_IMPORT_ALL = """
import json, pkgutil, re, sys
from importlib import import_module

seen = set()
parse = re._parser.parse

def watch(text, flags=0, state=None):
    frame = sys._getframe(1)
    while frame is not None and frame.f_globals["__name__"].split(".")[0] == "re":
        frame = frame.f_back
    if frame is not None and frame.f_globals["__name__"].split(".")[0] == "whygate":
        seen.add(text if isinstance(text, str) else text.decode("latin-1"))
    return parse(text, flags)

re._parser.parse = watch
import whygate
for module in pkgutil.walk_packages(whygate.__path__, "whygate."):
    if not module.name.endswith("__main__"):
        import_module(module.name)
print(json.dumps(sorted(seen)))
"""


def find_refused(pattern: str) -> list[str]:
    """Return the possessive quantifiers and atomic groups in a pattern, or in a part of one."""
    return [match[1] for match in _TOKEN.finditer(pattern) if match[1]]


@pytest.mark.parametrize(
    ("pattern", "refused"),
    [
        pytest.param("a++", ["++"], id="plus"),
        pytest.param("(?:a|b)*+", ["*+"], id="star"),
        pytest.param("[+*]?+x", ["?+"], id="optional"),
        pytest.param("a{1,3}+", ["}+"], id="count"),
        pytest.param("(?>ab|a)b", ["(?>"], id="atomic"),
        pytest.param(r"\++ [*+]+ []*+]+ (?:a+)+ a+? \\+", [], id="none"),
    ],
)
def test_refused_construct_is_found(pattern: str, refused: list[str]) -> None:
    re.compile(pattern)

    assert find_refused(pattern) == refused


def test_source_holds_no_possessive_quantifier() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for path in SOURCES
        for line, text in _texts(path)
        if find_refused(text)
    ]

    assert len(SOURCES) > 100
    assert found == []


def test_compiled_pattern_holds_no_possessive_quantifier() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT_ALL], capture_output=True, text=True, check=True
    )
    patterns = json.loads(done.stdout)

    assert len(patterns) > 50
    assert [pattern for pattern in patterns if find_refused(pattern)] == []


@pytest.mark.parametrize(
    ("message", "status", "said"),
    [
        pytest.param("Feat: wishlist\n", 1, "failed (feature, decided by title)", id="feature"),
        pytest.param(
            "[#12] feat: wishlist\n", 1, "failed (feature, decided by title)", id="number"
        ),
        pytest.param("docs: say how\n", 0, "(docs, decided by title)", id="docs"),
    ],
)
def test_check_on_the_system_python(message: str, status: int, said: str) -> None:
    done = subprocess.run(
        [str(_system_python()), "-P", "-m", "whygate", "check", "-"],
        input=message.encode(),
        capture_output=True,
        env={"PYTHONPATH": _packages(), "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
        cwd="/",
        check=False,
    )

    assert (done.returncode, said in done.stdout.decode()) == (status, True), done


def _system_python() -> Path:
    """Return the system's own Python, where our packages can be imported by it."""
    if not SYSTEM_PYTHON.exists():
        pytest.skip("this machine has no /usr/bin/python3")
    told = subprocess.run(
        [str(SYSTEM_PYTHON), "-I", "-c", "import sys; print(*sys.version_info[:2])"],
        capture_output=True,
        check=True,
    )
    if tuple(map(int, told.stdout.split())) != sys.version_info[:2]:
        pytest.skip("compiled packages of this Python cannot be imported by /usr/bin/python3")
    return SYSTEM_PYTHON


def _packages() -> str:
    """Return where our packages are, for PYTHONPATH."""
    return ":".join((str(PACKAGE.parent), *(path for path in sys.path if "-packages" in path)))


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and text of each string of a module; what an f-string fills in is `x`.

    What `strip` takes away is a set of characters and no pattern.
    """
    tree = ast.parse(path.read_bytes())
    stripped = {id(arg) for call in ast.walk(tree) for arg in _strip_arguments(call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (v.value if isinstance(v, ast.Constant) else "x" for v in node.values)
            yield node.lineno, "".join(map(str, parts))
        elif not isinstance(node, ast.Constant) or id(node) in stripped:
            continue
        elif isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node.value, bytes):
            yield node.lineno, node.value.decode("latin-1")


def _strip_arguments(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.args if node.func.attr in ("strip", "lstrip", "rstrip") else []
    return []
