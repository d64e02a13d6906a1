"""Turn an evaluation into the figures it may not fall below, and say which ones it did."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from tests.corpus.document import CORPUS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.corpus.evaluation import Count, Evaluation

FLOORS = CORPUS / "floors.json"
Floors = dict[str, dict[str, dict[str, float]]]
GUARDED = ("fields", "kinds", "rules", "verdicts")


def read_floors() -> Floors:
    """Return the floors that are checked in."""
    floors: Floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    return floors


def find_drops(evaluation: Evaluation, floors: Floors) -> list[str]:
    """Return one sentence for each figure that is below its floor, or is no longer measured."""
    return list(_drops(evaluation, floors))


def write_floors(evaluation: Evaluation) -> str:
    """Return the floors that an evaluation just meets, as the JSON to check in."""
    floors = {
        group: {name: _figures(count) for name, count in evaluation.counts[group].items()}
        for group in GUARDED
    }
    return json.dumps(floors, indent=2) + "\n"


def _drops(evaluation: Evaluation, floors: Floors) -> Iterator[str]:
    for group, names in floors.items():
        for name, floor in names.items():
            count = evaluation.counts[group].get(name)
            if count is None:
                yield f"{group[:-1]} {name}: no document is labelled with it any more"
                continue
            for figure, least in floor.items():
                value = _figures(count)[figure]
                if value < least:
                    yield f"{group[:-1]} {name}: {figure} {value:.3f} is below {least:.3f}"


def _figures(count: Count) -> dict[str, float]:
    """Return the shares, rounded down, so that a floor is never above what was measured."""
    return {
        "precision": math.floor(count.precision * 1000) / 1000,
        "recall": math.floor(count.recall * 1000) / 1000,
    }
