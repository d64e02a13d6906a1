"""The whole catalogue: the rules that judge a change, then those that judge its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.judge.rules import RULES
from whygate.outcomes.rules import OUTCOME_RULES

if TYPE_CHECKING:
    from whygate.judge.rule import Rule

CATALOGUE: tuple[Rule, ...] = (*RULES, *OUTCOME_RULES)
