"""What a tag must fit, and what is said of the release.

    python scripts/release.py check v0.1.0
    python scripts/release.py notes v0.1.0

`check` ends with 1 unless the tag is the version of the package and CHANGELOG.md has a part for it;
`notes` prints that part. `Unreleased` stands for what comes next.
"""

from __future__ import annotations

import sys
from pathlib import Path

from whygate.version import __version__

ROOT = Path(__file__).parents[1]
NEXT = "Unreleased"


def find_notes(changelog: str, name: str) -> str:
    """Return the part of a change log below `## NAME`, "" when it has none."""
    lines = changelog.splitlines()
    heads = [number for number, line in enumerate(lines) if line.startswith("## ")]
    for start, end in zip(heads, [*heads[1:], len(lines)], strict=True):
        if lines[start].removeprefix("## ").split(" ")[0] == name:
            return "\n".join(lines[start + 1 : end]).strip()
    return ""


def main(argv: list[str]) -> int:
    """Return the exit status: 0, 1 for a tag that does not fit, 2 for a wrong call."""
    match argv:
        case ["check" | "notes" as task, tag]:
            name = tag if tag == NEXT else tag.removeprefix("v")
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    notes = find_notes((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), name)
    if not notes:
        print(f"CHANGELOG.md says nothing below `## {name}`", file=sys.stderr)
        return 1
    if name not in (NEXT, __version__):
        print(f"the tag is {tag}, the package is {__version__}", file=sys.stderr)
        return 1
    print(notes if task == "notes" else f"{tag} fits")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
