"""Patterns as gitignore(5) reads them, held against git itself."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from whygate.policy.globs import compile_pattern, matches_any, matches_file

if TYPE_CHECKING:
    from pathlib import Path

_PATTERNS = r"""
    *.md docs/ /docs docs/** **/docs **/docs/ a/**/b a/b /a b/ * ** /* /** **/ a*b a?c [ab]c [!ab]c
    [a-c]x [^a] a\*b *.[jt]s x.* *x* *a*b*c a/*/c a/* !*.md #x \#x \!x foo//bar [[:digit:]]* []]x [a
    a**b a/**b **a/b a/** a/**/ */ /**/x
"""
_PATHS = """
    README.md docs/a.txt docs/x/b.md src/docs/a.py src/docs a/b a/x/b a/x/y/b a b ab axb abc ac bc
    cc bx a*b x.js x.ts x.md/evil.py a/b/c a/c xax xaxbxc #x !x 1a ]x [a foo/bar x y/x aab/b
"""
PATTERNS, PATHS = _PATTERNS.split(), _PATHS.split()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_pattern_means_the_paths_that_git_ignores(tmp_path: Path, pattern: str) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".git/info/exclude").write_text(f"{pattern}\n")
    asked = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin", "-z"],
        cwd=tmp_path,
        input="\0".join(PATHS),
        capture_output=True,
        text=True,
        check=False,
    )
    ignored = set(asked.stdout.split("\0")) - {""}

    assert {path for path in PATHS if matches_any(path, (pattern,))} == ignored


@pytest.mark.parametrize(
    ("path", "patterns", "expected"),
    [
        ("README.md", ("*.md",), True),
        ("x.md/evil.py", ("*.md",), False),
        ("yarn.lock/evil.py", ("yarn.lock",), False),
        ("yarn.lock", ("yarn.lock",), True),
        ("LICENSE.d/evil.py", ("/LICENSE*",), False),
        ("vendor/a/b.c", ("vendor/**",), True),
        ("vendor/a/b.c", ("vendor/",), True),
        ("vendor/a/b.c", ("vendor",), False),
        ("src/vendor/a.c", ("vendor/",), True),
        ("docs/api/evil.py", ("docs/*",), False),
        ("docs/a.md", ("*.md", "!docs/**"), False),
        ("docs/a.md", ("!docs/**", "*.md"), True),
        ("a.md", (), False),
    ],
)
def test_file_is_meant_only_by_its_own_name_or_a_folder(
    path: str, patterns: tuple[str, ...], *, expected: bool
) -> None:
    assert matches_file(path, patterns) is expected


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 300 + "*b", "a" * 4000),
        ("*" + "a" * 500 + "b", "a" * 4000),
        ("**/a/" * 100 + "b", "a/" * 1500 + "a"),
        ("*?" * 400 + "b", "a" * 4000),
        ("*[ab]" * 180 + "c", "ab" * 2000),
        ("*-v*-*.md", "-v" * 2000 + ".txt"),
    ],
    ids=lambda text: text[:12],
)
def test_pattern_made_to_take_long_is_answered(pattern: str, path: str) -> None:
    assert compile_pattern(pattern) is not None
    assert not matches_any(path, (pattern,))


def test_pattern_longer_than_the_cap_means_nothing() -> None:
    assert compile_pattern("a" * 1001) is None
