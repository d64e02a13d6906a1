"""Print how well whygate reads the corpus; fail when it reads worse than the floors allow.

Usage: python -m tests.corpus [--format text|json] [--only TEXT] [--write-floors]
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from benchmarks.table import render_table
from tests.corpus.document import load_documents
from tests.corpus.evaluation import GROUPS, evaluate
from tests.corpus.floors import FLOORS, find_drops, read_floors, write_floors

if TYPE_CHECKING:
    from tests.corpus.evaluation import Evaluation


def main(arguments: list[str]) -> int:
    """Return 0 when every figure is at or above its floor, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description=__doc__)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--only", default="", metavar="TEXT", help="part of a name or a theme")
    parser.add_argument("--write-floors", action="store_true", help="raise floors to what is read")
    options = parser.parse_args(arguments)
    chosen = [d for d in load_documents() if options.only in d.name or options.only in d.theme]
    evaluation = evaluate(chosen)
    if options.write_floors and not options.only:
        FLOORS.write_text(write_floors(evaluation), encoding="utf-8")
    drops = [] if options.only else find_drops(evaluation, read_floors())
    print(as_json(evaluation, drops) if options.format == "json" else as_text(evaluation, drops))
    return 1 if drops else 0


def as_json(evaluation: Evaluation, drops: list[str]) -> str:
    """Return the counts, the shares, the disagreements and the drops as JSON."""
    report = {
        "documents": evaluation.documents,
        **{
            group: {
                name: {
                    "hits": count.hits,
                    "false_alarms": count.false_alarms,
                    "misses": count.misses,
                    "precision": round(count.precision, 4),
                    "recall": round(count.recall, 4),
                }
                for name, count in evaluation.counts[group].items()
            }
            for group in GROUPS
        },
        "agreed": {name: list(pair) for name, pair in evaluation.agreed.items()},
        "disagreements": [
            {"document": d.document, "what": d.group, "name": d.name, "sentence": d.sentence}
            for d in evaluation.disagreements
        ],
        "drops": drops,
    }
    return json.dumps(report, indent=2, ensure_ascii=False)


def as_text(evaluation: Evaluation, drops: list[str]) -> str:
    """Return a table for each group, then every disagreement, then every drop."""
    blocks = [f"{evaluation.documents} documents"]
    for group in GROUPS:
        rows = [
            (
                name,
                f"{count.precision:.3f}",
                f"{count.hits}/{count.claimed}",
                f"{count.recall:.3f}",
                f"{count.hits}/{count.labelled}",
            )
            for name, count in evaluation.counts[group].items()
        ]
        blocks.append(render_table((group, "precision", "of said", "recall", "of labels"), rows))
    agreed = [(name, f"{good}/{all_}") for name, (good, all_) in evaluation.agreed.items()]
    blocks.append(render_table(("read as labelled", "documents"), agreed))
    differing = [
        f"{d.theme}/{d.document}: {d.group[:-1]} {d.name}: {d.sentence}"
        for d in evaluation.disagreements
    ]
    blocks.append("\n".join([f"{len(differing)} disagreements", *differing]))
    if drops:
        blocks.append("\n".join(["below the floor:", *drops]))
    return "\n\n".join(blocks)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
