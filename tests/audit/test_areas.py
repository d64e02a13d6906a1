"""Paths to areas: most of them decide."""

from __future__ import annotations

import pytest

from whygate.audit.areas import TOP, UNOWNED, area_finder

CODEOWNERS = """\
# the last rule that matches counts
*           @org/all
/src/ui/    @org/ui @lena
docs/       docs@example.org
/src/free/
"""


@pytest.mark.parametrize(
    ("paths", "area"),
    [
        ((), ""),
        (("README.md",), TOP),
        (("src/a.py", "src/b.py", "docs/c.md"), "src"),
        (("b/x", "a/x"), "a"),
        (("a/" * 40,), "a"),
    ],
)
def test_area_by_first_directory(paths: tuple[str, ...], area: str) -> None:
    assert area_finder(None)(paths) == area


@pytest.mark.parametrize(
    ("paths", "area"),
    [
        ((), ""),
        (("README.md",), "@org/all"),
        (("src/ui/a.ts", "src/ui/b.ts", "README.md"), "@org/ui @lena"),
        (("x/docs/a.md", "x/docs/a.md"), "docs@example.org"),
        (("src/free/a",), UNOWNED),
    ],
)
def test_area_by_codeowners(paths: tuple[str, ...], area: str) -> None:
    assert area_finder(CODEOWNERS)(paths) == area


def test_area_of_a_mass_edit_is_that_of_its_first_paths() -> None:
    paths = ("a/x",) * 300 + ("b/x",) * 100_000

    assert area_finder(None)(paths) == "a"


def test_broken_line_is_skipped_and_the_others_count() -> None:
    find = area_finder("* @all\n**/[ab @broken\n/src/ @org/src\n")

    assert find(("src/a.py",)) == "@org/src"
    assert find(("docs/a.md",)) == "@all"
