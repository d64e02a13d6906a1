"""Every disguise we know meets what docs/bypasses.md says of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from bypasses import (
    DISGUISES,
    PASSES,
    PRESETS,
    WARNED,
    Disguise,
    judge_disguise,
    render_bypasses,
)

from whygate.policy.config import Preset

PAGE = Path(__file__).parents[2] / "docs" / "bypasses.md"
TODAY = date(2026, 11, 23)
MOST_OPEN = 3


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("disguise", DISGUISES, ids=[d.name for d in DISGUISES])
def test_disguise_meets_what_the_page_says(disguise: Disguise, preset: Preset) -> None:
    assert judge_disguise(disguise, preset, TODAY) == getattr(disguise, preset.value)


@pytest.mark.parametrize("disguise", DISGUISES, ids=[d.name for d in DISGUISES])
def test_disguise_that_standard_sees_is_a_warning_under_adopt(disguise: Disguise) -> None:
    seen = WARNED if disguise.standard != PASSES else PASSES

    assert judge_disguise(disguise, Preset.ADOPT, TODAY) == seen


def test_page_holds_the_whole_table() -> None:
    assert render_bypasses() in PAGE.read_text(encoding="utf-8")
    assert len({disguise.name for disguise in DISGUISES}) == len(DISGUISES)


def test_under_strict_few_pass_and_each_says_why() -> None:
    open_ones = [disguise for disguise in DISGUISES if disguise.strict == PASSES]

    assert len(open_ones) <= MOST_OPEN
    assert all(disguise.why.startswith("open: ") for disguise in open_ones)
