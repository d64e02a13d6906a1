"""Outcomes of every kind to show, and their scorecard; some of their texts are hostile."""

from __future__ import annotations

from datetime import date

from tests.outcomes.conftest import make_outcome, make_result

from whygate.outcomes.outcome import Moved, Outcomes
from whygate.outcomes.scorecard import Scorecard, Shipped, keep_score
from whygate.reporters.due import DueList, list_due

TODAY = date(2025, 3, 1)
LEARNED = "accountants did not notice the change, which was the point"
HOSTILE = "feat: <b>rows</b> \u202e & @acme/all"


def sample_outcomes() -> Outcomes:
    """Return fourteen plans and a promised one, by due day, and a result that fits none."""
    result, moved = make_result, Moved("target", "45 %", "40 %", ".whygate/bets/x.yml")
    met = result("met", value="0 tickets", note=LEARNED, evidence="https://bi.example.org/1")
    rows: tuple[tuple[int, list[object], dict[str, object]], ...] = (
        (1, [met], {"area": "src"}),
        (2, [result("missed", value="3 tickets", note="lost elsewhere")], {"area": "src"}),
        (3, [result("missed", value="11 tickets")], {"area": "web", "kind": "fix"}),
        (
            4,
            [result("met", value="1 ticket", guardrails=("broken",))],
            {"guardrails": ("p95 export <= 2 s",), "area": "web"},
        ),
        (5, [result("met", note="it works", forced="nobody counts them now")], {}),
        (6, [], {"owner": "Ada Lovelace <ada@example.org>", "source": "https://bi.example.org/4"}),
        (9, [result("inconclusive", note="the log was off for a week")], {}),
        (10, [], {"reverted": True}),
        (11, [result("abandoned", note="we sell it no more", evidence="minutes of 3 May")], {}),
        (14, [], {"due": date(2025, 2, 20), "exempt": "deferred", "metric": "", "target": ""}),
        (8, [], {"due": date(2025, 3, 3), "title": HOSTILE, "owner": "", "url": "javascript:x"}),
        (7, [], {"due": date(2025, 3, 10), "source": "ask support"}),
        (15, [result("met", "2025-02-01", value="1 ticket")], {"due": date(2025, 4, 1)}),
        (12, [], {"due": date(2025, 6, 1), "moved": (moved,)}),
        (13, [], {"due": None}),
    )
    made = tuple(make_outcome(n, told, today=TODAY, **more) for n, told, more in rows)  # type: ignore[arg-type]
    lost = make_result("met", change="#99", path=".whygate/results.jsonl", line=4)
    return Outcomes(made, (lost,))


def sample_card(*, by_owner: bool = False) -> tuple[Scorecard, DueList]:
    """Return the scorecard of the sample, and what waits for a result."""
    found = sample_outcomes()
    shipped = Shipped(40, (("#5", "tiny export", "internal"),))
    card = keep_score(found, TODAY, shipped, by_owner=by_owner)
    return card, list_due(found, today=TODAY, within=14)


def empty_card() -> tuple[Scorecard, DueList]:
    """Return the scorecard of a history without a plan."""
    found = Outcomes()
    return keep_score(found, TODAY, Shipped(3)), list_due(found, today=TODAY, within=14)
