"""What a commit had to compile, the next one finds compiled; what is odd is compiled anew."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import json

import whygate

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Repo

SOURCES = Path(whygate.__file__).parents[1]
MESSAGE = """\
feat(cart): keep the cart when the session ends

Problem: Shoppers who come back after the session ended find an empty cart and leave
Audience: shoppers without an account who return the same week
Outcome: A returning shopper finds the cart as it was left
Metric: share of returning sessions that reach the payment page
Baseline: TBD
Target: at least 30 % more
Evaluate-By: +30d
"""
# Counts what is compiled of our own; the checkout takes itself for an installed package.
SCRIPT = """\
import sys
import whygate.text.patterns as patterns
compiled, compile = [], patterns.re.compile
class Counted:
    def compile(written, flags=0):
        compiled.append(written)
        return compile(written, flags)
patterns.re = Counted
import whygate.hook.stored_policy as stored
stored.is_installed = lambda: True
from whygate.cli import main
status = main(["hook", "commit-msg", "m"])
print(status, len(compiled))
"""


@pytest.fixture
def cache(
    repo: Repo, git_environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Give the directory of the kept patterns, in a repository with a message to judge."""
    for name, value in git_environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("WHYGATE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("GIT_EDITOR", ":")
    monkeypatch.chdir(repo.path)
    repo.write("m", MESSAGE)
    return tmp_path / "cache" / "patterns"


def judge() -> tuple[int, int, str]:
    """Judge in a process of its own; return status, how many patterns it compiled, the report."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", SCRIPT],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        check=True,
        text=True,
    )
    status, compiled = map(int, done.stdout.split())
    return status, compiled, done.stderr


def test_second_commit_compiles_nothing_and_is_told_the_same(cache: Path) -> None:
    first, second = judge(), judge()

    assert (first[0], first[1] > 50, "WG205" in first[2]) == (1, True, True)
    assert second == (1, 0, first[2])
    assert len(list(cache.iterdir())) == 1


def corrupt(found: dict[str, object]) -> dict[str, object]:
    programs = found["programs"]
    assert isinstance(programs, dict)
    return {**found, "programs": {name: [32, 0, {}, "ffffffff"] for name in programs}}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(corrupt, id="nonsense"),
        pytest.param(lambda found: {**found, "key": ["another Python"]}, id="another Python"),
        pytest.param(lambda found: {**found, "programs": [1]}, id="another shape"),
        pytest.param(lambda _: None, id="nothing"),
    ],
)
def test_what_cannot_be_used_is_compiled_and_kept_anew(
    cache: Path, change: Callable[[dict[str, object]], object]
) -> None:
    first = judge()
    (file,) = cache.iterdir()
    file.write_bytes(json.encode(change(json.decode(file.read_bytes()))))

    second, third = judge(), judge()

    assert (second[0], second[1] > 50, second[2]) == (1, True, first[2])
    assert third == (1, 0, first[2])


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_patterns_that_others_may_write_are_not_used(cache: Path) -> None:
    first = judge()
    (file,) = cache.iterdir()
    file.chmod(0o666)

    second = judge()

    assert (second[0], second[1] > 50, second[2]) == (1, True, first[2])


def test_checkout_keeps_nothing(cache: Path) -> None:
    script = "from whygate.cli import main; main(['hook', 'commit-msg', 'm'])"
    environ = {**os.environ, "PYTHONPATH": str(SOURCES)}
    subprocess.run(
        [sys.executable, "-P", "-c", script], env=environ, capture_output=True, check=True
    )

    assert not cache.exists()
