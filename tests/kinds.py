"""Print which share of each type's changes a history would be asked about if no title had one.

Usage: python -m tests.kinds [--limit N] REPOSITORY...

The type is taken off the titles of first-parent commits that have one. What is left is decided by
the changed files, and a change counts as asked when its problem is required of it under the preset
`standard`. Each REPOSITORY is a path; docs/kinds.md shows what was printed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.table import render_table

from whygate.git.log import parse_range, read_commits
from whygate.git.run import Git
from whygate.model import Change, Severity
from whygate.policy.kinds import decide_kind, kind_of_title
from whygate.policy.presets import resolve_config
from whygate.schema.files import read_presets
from whygate.text.commit import to_change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.policy.config import Config

LIMIT = 4_000
KINDS = ("feature", "fix", "perf", "refactor", "docs", "deps", "ci", "test", "chore", "build")

Counts = dict[str, tuple[int, int]]


def main(arguments: list[str]) -> int:
    """Print the table; return 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.kinds", description=__doc__)
    parser.add_argument("repositories", nargs="+", type=Path, metavar="REPOSITORY")
    parser.add_argument("--limit", type=int, default=LIMIT, help="the newest N changes of each")
    options = parser.parse_args(arguments)
    rows: dict[str, Counts] = {}
    for path in options.repositories:
        rows[name_of(path)] = count_asked(path, options.limit)
    rows["all"] = add_up(list(rows.values()))
    print(render(rows))
    return 0


def count_asked(path: Path, limit: int) -> Counts:
    """Return for each kind how many typed changes would be asked, and how many there are."""
    config = resolve_config(read_presets())
    asked: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for change, kind in typed_changes(path, config, limit):
        seen[kind] += 1
        bare = Change(change.identity, "something", (), paths=change.paths, parents=1)
        decided = decide_kind(bare, None, config)
        asked[kind] += config.kind(decided.name).need.get("problem") is Severity.ERROR
    return {kind: (asked[kind], seen[kind]) for kind in seen}


def typed_changes(path: Path, config: Config, limit: int) -> Iterator[tuple[Change, str]]:
    """Yield the newest first-parent changes whose title shows a type, with their kind."""
    git = Git(directory=path, environ=os.environ)
    revisions = parse_range(git, "HEAD")
    commits = read_commits(git, revisions, first_parent=True, limit=limit, paths=True)
    for change in map(to_change, commits):
        kind = kind_of_title(change.title, config)
        if kind and change.paths:
            yield change, kind


def add_up(rows: list[Counts]) -> Counts:
    """Return the sum of several counts."""
    kinds = {kind for row in rows for kind in row}
    return {
        kind: (
            sum(row.get(kind, (0, 0))[0] for row in rows),
            sum(row.get(kind, (0, 0))[1] for row in rows),
        )
        for kind in kinds
    }


def name_of(path: Path) -> str:
    """Return the name to print for the path of a repository or of its git directory."""
    known = path.resolve()
    return known.parent.name if known.name in ("repo", ".git") else known.name


def render(rows: dict[str, Counts]) -> str:
    """Return the table: the share asked of each type, and of how many changes."""
    lines = [[name, *(show(c.get(kind, (0, 0))) for kind in KINDS)] for name, c in rows.items()]
    return render_table(["history", *KINDS], lines)


def show(count: tuple[int, int]) -> str:
    """Return `97 % of 230`, or nothing for none."""
    asked, seen = count
    return f"{100 * asked / seen:.0f} % of {seen:,}" if seen else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
