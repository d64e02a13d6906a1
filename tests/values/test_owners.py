from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.values.owners import Owner, parse_owner

OWNERS = [
    ("@lena", Owner("@lena", handle="lena")),
    ("@acme/checkout", Owner("@acme/checkout", handle="acme/checkout")),
    ("@org/team", Owner("@org/team", handle="org/team")),
    ("@lena.m_k-2", Owner("@lena.m_k-2", handle="lena.m_k-2")),
    (" @lena. ", Owner("@lena", handle="lena")),
    ("@lena, @bob", Owner("@lena, @bob", handle="lena")),
    ("Lena (@lena)", Owner("Lena (@lena)", handle="lena", name="Lena")),
    ("lena@example.com", Owner("lena@example.com", mail="lena@example.com")),
    (
        "Lena Müller <lena@example.com>",
        Owner("Lena Müller <lena@example.com>", mail="lena@example.com", name="Lena Müller"),
    ),
    ("Lena Müller", Owner("Lena Müller", name="Lena Müller")),
    ("lena at example", Owner("lena at example", name="lena at example")),
    ("lena@localhost", Owner("lena@localhost", name="lena@localhost")),
    ("@abbot", Owner("@abbot", handle="abbot")),
    (
        "1+lena@users.noreply.github.com",
        Owner("1+lena@users.noreply.github.com", mail="1+lena@users.noreply.github.com"),
    ),
]


@pytest.mark.parametrize(("text", "owner"), OWNERS, ids=[row[0] for row in OWNERS])
def test_owner_is_read(text: str, owner: Owner) -> None:
    assert parse_owner(text) == owner


BOTS = [
    "renovate[bot]",
    "@renovate[bot]",
    "@snyk-bot",
    "1+dependabot[bot]@users.noreply.github.com",
    "dependabot[bot] <support@example.com>",
    "noreply@example.com",
    "No-Reply@example.com",
]


@pytest.mark.parametrize("text", BOTS)
def test_bot_is_flagged(text: str) -> None:
    owner = parse_owner(text)

    assert owner is not None
    assert owner.is_bot


NOBODY = [
    "",
    " ",
    "me",
    "team",
    "the team",
    "TBD",
    "we",
    "@me",
    "@team",
    "@",
    "-",
    "42",
    "<x@>",
    "whoever has the shift",
    "Someone from the harbour office",
    "a" * 500,
]


@pytest.mark.parametrize("text", NOBODY, ids=[repr(row[:10]) for row in NOBODY])
def test_nobody_is_no_owner(text: str) -> None:
    assert parse_owner(text) is None


@given(st.text(st.one_of(st.sampled_from("@<>[]./-bot "), st.characters()), max_size=500))
@settings(max_examples=200, deadline=None)
def test_no_text_makes_it_fail(text: str) -> None:
    owner = parse_owner(text)

    assert owner is None or owner.handle or owner.mail or owner.name
