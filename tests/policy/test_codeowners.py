"""Owners as the library `codeowners` finds them, which makes a regular expression of each rule."""

from __future__ import annotations

import random

import codeowners
import pytest

from whygate.errors import InputError
from whygate.policy.codeowners import CodeOwners

_PATTERNS = r"""
    * *.js *.tar.gz /build/ apps/ docs/* /docs/ /apps/github docs/**/*.md **/logs src/cart a/b/** /a
    a/*/c *x* src/*.py /src/cart/* d?cs README.md /README.md cart/ src/cart/ **/cart /x/y/z b/ *.md
    src/**/test
"""
_PATHS = """
    a.js b.tar.gz build/x src/build/x apps/a src/apps/a docs/a.md docs/x/a.md apps/github src/logs/a
    logs/a src/cart src/cart/a.py src/cart/x/a.py a/b/c a/x/c a/b README.md src/README.md x/y/z
    cart/a src/x/test src/x/test/a docs a b/c c/b/d dxcs/a src/a.py lib/q.md x/y/z/a
"""
PATTERNS, PATHS = _PATTERNS.split(), _PATHS.split()


@pytest.mark.parametrize("seed", range(40))
def test_owner_is_that_of_the_reference(seed: int) -> None:
    draw = random.Random(seed)
    rules = [f"{draw.choice(PATTERNS)} @o{n}" for n in range(draw.randint(1, 12))]
    text = "\n".join(rules)
    mine, theirs = CodeOwners(text), codeowners.CodeOwners(text)

    for path in PATHS:
        assert mine.of(path) == tuple(name for _, name in theirs.of(path)), (text, path)


@pytest.mark.parametrize(
    ("text", "path", "owners"),
    [
        ("* @all\n/docs/ # nobody\n", "docs/a", ()),
        ("a\\ b/ @team\n", "a b/c", ("@team",)),
        (
            "[Cart] @cart\nsrc/cart/\n^[Docs][2] @org/docs\ndocs/ ada@x.io @bo\n",
            "src/cart/a",
            ("@cart",),
        ),
        ("[Cart] @cart\ndocs/ ada@x.io @bo\n", "docs/a", ("ada@x.io", "@bo")),
        ("* @all\n!docs/ @x\n[a @y\n", "docs/a", ("@all",)),
        ("", "a", ()),
    ],
)
def test_owner_of_a_path(text: str, path: str, owners: tuple[str, ...]) -> None:
    assert CodeOwners(text).of(path) == owners


def test_very_many_plain_rules_are_looked_up() -> None:
    lines = [f"/src/area{n}/ @o{n}\n*.e{n} @e{n}\nname{n} @n{n}\n" for n in range(33_000)]
    owners = CodeOwners("".join(lines))

    assert owners.of("src/area32999/x.py") == ("@o32999",)
    assert owners.of("src/area7/x.e9") == ("@e9",)
    assert owners.of("lib/name5/x") == ("@n5",)


def test_pattern_made_to_take_long_is_answered() -> None:
    assert CodeOwners("*a" * 12 + "*b @x\n").of("a" * 4000) == ()


def test_too_many_wildcards_are_refused_in_a_sentence() -> None:
    with pytest.raises(InputError, match="more than 5,000 patterns with wildcards"):
        CodeOwners("".join(f"a*{n}*b @x\n" for n in range(6_000)))
