"""A text is parsed as Markdown once, whatever is asked about it; plain ones are not parsed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from whygate.judge.check import check
from whygate.model import Change, Origin, Part
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema
from whygate.schema.files import read_presets
from whygate.text import markup
from whygate.text.template import template_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyromark.event import Event, Range

SECTIONS = """\
## Problem

Who is hurt? Say it in *one* sentence.
Accountants retype 30 rows a month, see [the tickets](https://x.org/1). Fixes #12

Closes: #13

## Who it helps
- **Accountants** of `ten` clients

**Outcome:** they close the month without retyping

## Measurement
- **Metric:** retyped rows, *weekly*
  - Baseline: 60
  - **Target:** 5
- [x] Evaluate by: 2027-02-15

| Metric | Baseline | Target |
|---|---|---|
| tickets about `rows` | 9 | 1 |

## Links
- [x] https://x.org/2
- [a](https://x.org/3)

<!-- ## Rollout -->

```yaml product-context
bet: export-rows
```
"""
LAZY = "- Metric: a *b*\nOutcome: `c` is better than before\n\n" + SECTIONS
TRAILERS = "feat: x\n\nSome words.\n\nProblem: rows are lost\nOutcome: none is lost again\n"
CODE_AND_TRAILERS = "Words.\n\n```\ncode\n```\n\nProblem: rows are lost\nOutcome: no row is lost\n"
LABELS = "feat: x\n\nProblem: rows are *lost*\n\nMore words.\n"
TEMPLATE = "## Problem\nWho is hurt? Say it in *one* sentence.\n"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the texts that are parsed, as they come."""
    texts: list[str] = []
    parse = markup._read_events

    def read(source: str) -> Iterable[tuple[Event, Range]]:
        texts.append(source)
        return parse(source)

    monkeypatch.setattr(markup, "_read_events", read)
    return texts


def judge(*parts: Part) -> None:
    policy = Policy(
        config=resolve_config(read_presets()),
        schema=bundled_schema(),
        template=template_lines(TEMPLATE),
    )
    check(Change("#1", "feat: x", parts), policy, date(2026, 12, 1))


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        pytest.param(SECTIONS, 1, id="sections, entries, a table, a template, a block"),
        pytest.param(LAZY, 1, id="label below a list"),
        pytest.param(CODE_AND_TRAILERS, 1, id="trailers that a fence might hide"),
        pytest.param("Problem: rows are lost\nOutcome: none is lost again\n", 0, id="trailers"),
        pytest.param("Rows are lost. They never come back.\n", 0, id="prose"),
    ],
)
def test_description_is_parsed_once(text: str, passes: int, parsed: list[str]) -> None:
    judge(Part(Origin.DESCRIPTION, "body.md", text))

    assert len(parsed) == passes


def test_description_and_commits_are_parsed_once_each(parsed: list[str]) -> None:
    commits = (LABELS, TRAILERS, "fix: y\n\nprose\n", f"feat: z\n\n{SECTIONS}")

    judge(
        Part(Origin.DESCRIPTION, "body.md", SECTIONS),
        *(Part(Origin.COMMIT, f"c{at}", text) for at, text in enumerate(commits)),
    )

    assert len(parsed) == 3
