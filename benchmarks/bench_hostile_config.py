"""Turn hostile configuration files and schema patterns into figures: the seconds until refused.

Every file is at most 256 KiB, the most that is read. The peer of a bomb is PyYAML's own safe
loader where it can take the text at all; where it would hang or crash, only the budget counts.
"""

from __future__ import annotations

import contextlib
import time
from functools import partial
from typing import TYPE_CHECKING

import yaml
from benchmarks.table import judge_ratio, render_table

from whygate.schema.validate import compile_validator
from whygate.text.yaml_tree import YamlError, load_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BUDGET = 0.2
PEER_LEVELS = (
    6  # of a bomb that the peer may be asked to load: with one more it takes half a minute
)
PATTERNS = (r"^(a+)+$", r"^(a|a)*$", r"^(\w+\s?)+$", r"(x+x+)+y")


def main() -> None:
    """Print the time of every text, the same for the peer, and the worst against the budget."""
    load_tree("warm: up")
    _match("b")
    rows = [(name, _time(partial(_refuse, text))) for name, text in bombs().items()]
    rows += [(f"pattern {pattern}", _time(partial(_match, pattern))) for pattern in PATTERNS]
    print(render_table(("hostile input", "seconds"), [(name, f"{s:.4f}") for name, s in rows]))
    small = laughs(PEER_LEVELS)
    ours, peer = _time(partial(_refuse, small)), _time(partial(yaml.safe_load, small))
    print(f"\n{PEER_LEVELS} levels of merge keys: {ours:.4f} s, PyYAML's safe_load {peer:.4f} s")
    name, worst = max(rows, key=lambda row: row[1])
    print(judge_ratio(f"seconds of the worst, {name}", worst, BUDGET))


def bombs() -> Mapping[str, str]:
    """Return the hostile YAML texts by name."""
    return {
        "merge keys that multiply": laughs(8),
        "open brackets": "[" * 50_000,
        "open braces": "{a: " * 50_000,
        "block nesting": "- " * 50_000,
        "one value too many": "[" + "a," * 100_000 + "]",
        "many items": "- a\n" * 60_000,
        "too large": "x" * 262_145,
        "one key again and again": "a: 1\n" * 20_000,
    }


def laughs(levels: int) -> str:
    """Return mappings that merge nine times the one before."""
    nine = (", ".join([f"*a{level}"] * 9) for level in range(levels - 1))
    grown = (f"a{level}: &a{level} {{<<: [{row}]}}" for level, row in enumerate(nine, 1))
    return "\n".join(("a0: &a0 {k: v}", *grown))


def _refuse(text: str) -> None:
    with contextlib.suppress(YamlError):
        load_tree(text)
        raise AssertionError("a bomb was loaded")


def _match(pattern: str) -> None:
    problems = compile_validator({"properties": {"a": {"pattern": pattern}}}, {})(
        {"a": "a" * 4096 + "!"}
    )
    assert problems


def _time(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
