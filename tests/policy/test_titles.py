"""What kind a maintainer gives a title, and what stands in front of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.policy.kinds import kind_of_title, shows_no_type
from whygate.policy.presets import resolve_config
from whygate.schema.files import read_presets

CONFIG = resolve_config(read_presets())

# By hand: the title, and the kind that the one who merges it would name ("": only the paths tell).
TITLES = [
    ("feat: discount codes", "feature"),
    ("Feat: discount codes", "feature"),
    ("FEAT: discount codes", "feature"),
    ("feat:discount codes", "feature"),
    ("feat : discount codes", "feature"),
    ("feat\uff1adiscount codes", "feature"),
    ("feat \uff1a discount codes", "feature"),
    ("feat\u2236 discount codes", "feature"),
    ("\uff26\uff25\uff21\uff34\uff1a discount codes", "feature"),
    ("feat!: drop the old codes", "feature"),
    ("oops, fix --all (again)", ""),
    ("cart, fix - the total", ""),
    ("oops/fix(cart) the total", ""),
    ("security/tpm: the total", ""),  # a part of a firmware
    ("security/intel/txt: the total", ""),
    ("security/tpm: fix: the total", "fix"),
    ("soc/intel/fix: the total", ""),
    ("fix/cart: the total", "fix"),  # as branches are named
    ("feat/cart(ui): discount codes", "feature"),
    ("feat/fix: discount codes", "feature"),
    ("docs/cart: the total", ""),
    ("cherry-pick/revert -m: the total", ""),
    ("feat(cart): discount codes", "feature"),
    ("feat(cart)!: discount codes", "feature"),
    ("feat (cart): discount codes", "feature"),
    ("feat(cart) : discount codes", "feature"),
    ("feat[cart]: discount codes", "feature"),
    ("**feat**: discount codes", "feature"),
    ("`feat(cart)`: discount codes", "feature"),
    ('"feat: discount codes"', "feature"),
    ("- feat: discount codes", "feature"),
    ("\u2728 feat: discount codes", "feature"),
    ("\u2728feat(cart): discount codes", "feature"),
    ("\u26a1\ufe0f perf(search): cache the permissions", "perf"),
    ("\U0001f6a7 WIP \U0001f6a7 feat: discount codes", "feature"),
    (":sparkles: feat: discount codes", "feature"),
    (":bug: fix(cart): the total", "fix"),
    ("\ufefffeat: discount codes", "feature"),
    ("fe\u200bat: discount codes", "feature"),
    ("WIP: feat: discount codes", "feature"),
    ("wip feat: discount codes", "feature"),
    ("[WIP] feat: discount codes", "feature"),
    ("(WIP) feat: discount codes", "feature"),
    ("Draft: feat: discount codes", "feature"),
    ("Do not merge: fix: the total", "fix"),
    ("[#12] feat: discount codes", "feature"),
    ("[#12][MINOR] fix: the total", "fix"),
    ("#12 fix: the total", "fix"),
    ("(#12) fix: the total", "fix"),
    ("12: fix: the total", "fix"),
    ("PAY-12: feat: discount codes", "feature"),
    ("PAY-12 feat(cart): discount codes", "feature"),
    ("[PAY-12] fix: the total", "fix"),
    ("AB#12 fix: the total", "fix"),
    ("US1234 feat: discount codes", "feature"),
    ("\u3010#12\u3011feat\uff1adiscount codes", "feature"),
    ("[1.x] fix: the total", "fix"),
    ("[backport 2.x] fix: the total", "fix"),
    ("Backport #12: fix: the total", "fix"),
    ("cart: fix: the total", "fix"),
    ("part 2: feat: discount codes", "feature"),
    ("fixup! feat: discount codes", "feature"),
    ("Feat/discount codes", "feature"),
    ("Fix/PAY-12 the total", "fix"),
    ("fix - the total of the cart", "fix"),
    ("fix(cart) the total", "fix"),
    ("fix, test: the total", "fix"),
    ("docs, feat: discount codes", "feature"),
    ("[Bug] the total is wrong", "fix"),
    ("[Feature] discount codes", "feature"),
    ("[Perf] cache the permissions", "perf"),
    ("[Refactor] split the exporter", "refactor"),
    ("[Release] Stop writing a list of files", ""),
    ("[Docs] Say which Python", "docs"),
    ("[CI] Retry the upload", ""),
    ("[Build] Cache the wheels", ""),
    ("[Deps] Show who depends on a package", ""),
    ("[i18n] Right to left", ""),
    ("[Feature Store] Read in batches", ""),
    ("Add discount codes", ""),
    ("Fix the total of the cart", ""),
    ("fix typo in readme", ""),
    ("Support discount codes", ""),
    ("test the waters", ""),
    ("build system for themes", ""),
    ("Docs/install is renamed", ""),
    ("docs/install: say which Python", ""),
    ("feature flags: remove the old ones", ""),
    ("codes: longer", ""),
    ("docs: say which Python", "docs"),
    ("docs(readme): say which Python", "docs"),
    ("ci: retry the upload", "ci"),
    ("chore(deps): bump left-pad from 1 to 2", "deps"),
    ("chore(deps-dev): bump left-pad", "deps"),
    ("fix(deps): update left-pad", "deps"),
    ("feat(deps): bump left-pad from 1 to 2", "deps"),
    ("feat(deps): show who depends on a package", "feature"),
    ("chore(main): release 2.14.0", "release"),
    ("chore: release notes for 2.14", "chore"),
    ("revert: feat: discount codes", "revert"),
]


@pytest.mark.parametrize(("title", "kind"), TITLES, ids=[title for title, _ in TITLES])
def test_title_is_of_the_kind_a_maintainer_gives(title: str, kind: str) -> None:
    assert kind_of_title(title, CONFIG) == kind


@pytest.mark.parametrize("title", [title for title, _ in TITLES])
def test_glance_at_the_first_word_misses_no_type(title: str) -> None:
    word = title.partition(" ")[0]

    assert not (shows_no_type(word, CONFIG) and kind_of_title(title, CONFIG))


@pytest.mark.parametrize("word", ["Add", "Support", "fixes", "Documentation"])
def test_glance_knows_plain_words(word: str) -> None:
    assert shows_no_type(word, CONFIG)


UNITS = ("[", "[a", ":a", "WIP ", "a-1 ", "a/", "\u2728", "feat", "feat(", "feat,  ", "\ufdfa", "")


@pytest.mark.parametrize("unit", UNITS)
def test_title_of_nothing_but_decoration_shows_no_kind(unit: str) -> None:
    assert kind_of_title(unit * 5_000, CONFIG) == ""


PIECES = ("feat", "fix", "docs", "revert", "oops", "x-y", ",", "/", "&", "-", " ", ":", "!", "(x)")


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from((*PIECES, "[Bug]", "WIP", "#12", "`")), max_size=9).map("".join))
def test_every_title_has_a_kind_or_none(title: str) -> None:
    assert kind_of_title(title, CONFIG) in {"", *CONFIG.kinds}
