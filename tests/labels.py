"""Print which labels of a history's messages are read as which field, and how often each stands.

Usage: python -m tests.labels [--limit N] [--least N] [--show LABEL] REPOSITORY...

A label is `named` when the schema knows its words, `meant` when it asks for the same in other
words, `beside` when it counts beside certain others, `offered` when it may hold the answer and is
not read, and `unknown` otherwise. `--show` prints texts that stand under one label, drawn at
random but the same ones each time: read them, and trust a label that is right nine times in ten.
Each REPOSITORY is a path.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.table import render_table

from whygate.context.extract import read_part
from whygate.git.log import parse_range, read_commits
from whygate.git.run import Git
from whygate.model import Form, Part
from whygate.schema.document import DocumentSchema, bundled_schema
from whygate.text.commit import to_change
from whygate.text.labels import normalise_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whygate.model import Change, Location

LIMIT = 20_000
LEAST = 10
SAMPLES = 20
SEED = 16
LONGEST = 300  # characters of a text that is shown


class Use(NamedTuple):
    """One label in one message: what is made of it, and the text below it."""

    label: str
    field: str
    how: str
    style: str
    change: str
    text: str = ""


def main(arguments: list[str]) -> int:
    """Print the table, or the texts under one label; return 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.labels", description=__doc__)
    parser.add_argument("repositories", nargs="+", type=Path, metavar="REPOSITORY")
    parser.add_argument("--limit", type=int, default=LIMIT, help="the newest N changes of each")
    parser.add_argument("--least", type=int, default=LEAST, help="labels that stand N times")
    parser.add_argument("--show", metavar="LABEL", help="the texts under this label instead")
    options = parser.parse_args(arguments)
    uses = [use for path in options.repositories for use in labels_of(path, options.limit)]
    if options.show:
        print("\n".join(samples(uses, normalise_label(options.show))))
    else:
        print(render(uses, options.least))
    return 0


def labels_of(path: Path, limit: int) -> Iterator[Use]:
    """Yield every label of the newest first-parent commits of a repository."""
    git = Git(directory=path, environ=os.environ)
    revisions = parse_range(git, "HEAD")
    schema = bundled_schema()
    for commit in read_commits(git, revisions, first_parent=True, limit=limit):
        yield from labels_in(to_change(commit), schema)


def labels_in(change: Change, schema: DocumentSchema) -> Iterator[Use]:
    """Yield every label of one change's texts, in the order of the fields they are read as."""
    for part in change.parts:
        lines = part.text.split("\n")
        for reading in read_part(part, schema):
            if reading.form is not Form.SECTION:
                continue
            items = [item for group in reading.items.values() for item in group]
            found = [*reading.singles, *(i.prose for i in items if i.prose is not None)]
            found += [statement for group in reading.lists.values() for statement in group[:1]]
            for statement in found:
                key = normalise_label(statement.label)
                style = _style(lines, part, statement.location)
                how = how_read(key, statement.field, schema)
                yield Use(key, statement.field, how, style, change.identity, statement.text)
            for remark in reading.remarks:
                if remark.kind in ("weak-section", "unknown-section"):
                    style = _style(lines, part, remark.location)
                    key = normalise_label(remark.label)
                    how = "offered" if remark.field else "unknown"
                    yield Use(key, remark.field, how, style, change.identity)


def how_read(key: str, field: str, schema: DocumentSchema) -> str:
    """Return how a label that is read came to its field."""
    words = schema.vocabulary
    if words.labels.get(key) == field or any(key in inner for inner in words.inner.values()):
        return "named"
    return "beside" if key in words.paired else "meant"


def _style(lines: list[str], part: Part, place: Location) -> str:
    at = place.line - part.line_in_file(1)
    line = lines[at].lstrip(" \t>-*+") if 0 <= at < len(lines) else ""
    if line.startswith("#"):
        return "heading"
    written = lines[at].lstrip(" \t") if line else ""
    return "bold" if "**" in written[:12] or "__" in written[:12] else "plain"


def render(uses: Iterable[Use], least: int) -> str:
    """Return the table of the labels that stand at least so often, by field and count."""
    styles: defaultdict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for use in uses:
        styles[use.field or "-", use.how, use.label][use.style] += 1
    rows = [
        [label[:60], field, how, str(count.total()), *(str(count[s] or "") for s in STYLES)]
        for (field, how, label), count in styles.items()
        if count.total() >= least
    ]
    rows.sort(key=lambda row: (row[1], row[2], -int(row[3])))
    return render_table(["label", "field", "read", "uses", *STYLES], rows)


STYLES = ("heading", "bold", "plain")


def samples(uses: Iterable[Use], key: str) -> Iterator[str]:
    """Yield texts that stand under a label, with the change of each."""
    found = [use for use in uses if use.label == key]
    drawn = random.Random(SEED).sample(found, min(SAMPLES, len(found)))
    for use in drawn:
        yield f"{use.change[:12]} {use.field or '-'}: {' '.join(use.text.split())[:LONGEST]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
