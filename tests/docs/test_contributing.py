"""The diffs of CONTRIBUTING.md show lines that stand in the code today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def shown_lines() -> dict[str, list[str]]:
    """Return the lines that the diffs add, by the file they add them to."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for block in re.findall(r"^```diff\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
        for part in re.split(r"^--- .*\n", block, flags=re.MULTILINE)[1:]:
            name, *lines = part.splitlines()
            found.setdefault(name.removeprefix("+++ b/"), []).extend(line[1:] for line in lines)
    return found


@pytest.mark.parametrize("name", shown_lines())
def test_lines_of_a_diff_stand_in_their_file_in_order(name: str) -> None:
    left = iter((ROOT / name).read_text(encoding="utf-8").splitlines())

    assert [line for line in shown_lines()[name] if line and line not in left] == []


def test_every_way_to_add_something_is_shown() -> None:
    rooms = {name.removeprefix("src/whygate/").partition("/")[0] for name in shown_lines()}

    assert {"schemas", "judge", "reporters", "cli", "metrics", "forges"} <= rooms


def test_map_names_every_room() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?) \|", page, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}

    assert {path.parent.name for path in (ROOT / "src/whygate").glob("*/__init__.py")} <= named
