from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.text.trailers import Trailer, TrailerBlock, parse_loose, parse_trailers

SIGNED = b"Signed-off-by: A <a@example.com>"
PICKED = b"(cherry picked from commit 1234567890)"
SCISSORS = b"# ------------------------ >8 ------------------------"
PRODUCT_KEYS = frozenset({"problem", "outcome", "metric", "evaluate-by"})


def shown(block: TrailerBlock) -> bytes:
    return b"|".join(trailer.key + b": " + trailer.value for trailer in block.trailers)


# What git's manual and its log say about a message: (id, message, trailers joined by "|").
GIT_RULES = [
    ("title-only", b"Problem: users drop off", b""),
    ("title-paragraph", b"subject\nProblem: x", b""),
    ("prose-in-block", b"s\n\nProblem: x\nOutcome: y\nthis is prose\n", b""),
    (
        "prose-beside-signed-off",
        b"s\n\nProblem: x\n" + SIGNED + b"\none\ntwo\nthree\n",
        b"Problem: x|" + SIGNED,
    ),
    ("quarter-reached", b"s\n\n" + SIGNED + b"\n1\n2\n3\n", SIGNED),
    ("quarter-missed", b"s\n\n" + SIGNED + b"\n1\n2\n3\n4\n", b""),
    ("signed-lower-case", b"s\n\nsigned-off-by: a\nprose\n", b""),
    ("signed-no-space", b"s\n\nSigned-off-by:a\nprose\n", b""),
    ("signed-space-only", b"s\n\nSigned-off-by: \nprose\n", b"Signed-off-by: "),
    ("reviewed-by", b"s\n\nReviewed-by: a\nCo-authored-by: b\nprose\n", b""),
    ("two-blocks", b"s\n\nProblem: x\n\nOutcome: y\n", b"Outcome: y"),
    ("key-with-space", b"s\n\nMeasurement plan: x\n", b""),
    ("key-with-underscore", b"s\n\nMeasurement_plan: x\n", b""),
    ("key-not-ascii", "s\n\nProblème: x\n".encode(), b""),
    ("no-break-space", "s\n\nProblem\u00a0: x\n".encode(), b""),
    ("full-width-colon", "s\n\nProblem： x\n".encode(), b""),
    ("space-before-colon", b"s\n\nProblem \t : x\n", b"Problem: x"),
    ("leading-space", b"s\n\n Problem: x\n", b""),
    ("leading-space-continues", b"s\n\nProblem: x\n Outcome: y\n", b"Problem: x Outcome: y"),
    ("folded-by-tab", b"s\n\nProblem: x\n\ty\n", b"Problem: x y"),
    ("folded-keeps-end", b"s\n\nProblem: x   \n  y\n", b"Problem: x    y"),
    ("folded-crlf", b"s\r\n\r\nProblem: x\r\n y\r\n", b"Problem: x\r y"),
    ("value-below", b"s\n\nProblem:\n  the value\n", b"Problem: the value"),
    ("folded-across-blank", b"s\n\nProblem: x\n\n  y\n", b""),
    ("part-after-blank", b"s\n\nProblem: x\n\n  y\nOutcome: z\n", b""),
    ("empty-value", b"s\n\nProblem:\n", b"Problem: "),
    ("divider-in-block", b"s\n\nProblem: x\n---\nOutcome: y\n", b""),
    ("divider-in-body", b"s\n\nbody\n---\n\nOutcome: y\n", b"Outcome: y"),
    ("comment-in-block", b"s\n\nProblem: x\n# c\nOutcome: y\n", b"Problem: x|Outcome: y"),
    ("folded-after-comment", b"s\n\nProblem: x\n# c\n y\n", b""),
    ("comments-behind", b"s\n\nProblem: x\n\n# Please enter\n#\n", b"Problem: x"),
    ("scissors-behind", b"s\n\nProblem: x\n" + SCISSORS + b"\ndiff --git\n", b"Problem: x"),
    ("scissors-first", SCISSORS + b"\n\nProblem: x\n", b""),
    ("heading-behind", b"s\n\nProblem: x\n\n# Heading\n#123 fixed\n", b"Problem: x"),
    ("old-conflicts", b"s\n\nProblem: x\n\nConflicts:\n\ta.txt\n\tb.txt\n", b"Problem: x"),
    ("old-conflicts-cut", b"s\n\nProblem: x\n\nConflicts:", b"Conflicts: "),
    (
        "old-conflicts-before-scissors",
        b"s\n\nProblem: x\n\nConflicts:\n\ta.txt\n" + SCISSORS + b"\ndiff --git",
        b"Problem: x",
    ),
    ("prose-after-conflicts", b"s\n\nConflicts:\n\ta.txt\n\nK: v\n", b"K: v"),
    ("conflicts-as-title", b"Conflicts:\n\ta.txt\n\nK: v\n", b"K: v"),
    ("conflicts-title-forgotten", b"Conflicts:\n\nK: v\n# c\n\tx\n", b""),
    ("configured-key", b"s\n\nsome prose\nPro: x\n", b""),
    ("configured-separator", b"s\n\nProblem=x\n", b""),
    ("url", b"s\n\nhttps://example.com/x\n", b"https: //example.com/x"),
    ("any-word", b"s\n\nNote: this\nTODO: that\n", b"Note: this|TODO: that"),
    ("crlf", b"s\r\n\r\nProblem: x\r\nOutcome: y\r\n", b"Problem: x|Outcome: y"),
    ("cr-only", b"s\r\rProblem: x\r", b""),
    ("duplicates", b"s\n\nProblem: x\nPROBLEM: y\n", b"Problem: x|PROBLEM: y"),
    ("picked", b"s\n\nProblem: x\nprose\n" + PICKED + b"\n", b"Problem: x"),
    ("picked-alone", b"s\n\n" + PICKED + b"\n", b""),
    ("nul", b"s\n\nbody\0\n\nProblem: x\n", b""),
    ("nul-first", b"\0s\n\nProblem: x\n", b""),
    ("nul-twice", b"s\n\nProblem: x\n\0\n\nOutcome: y\n\0", b"Problem: x"),
    ("nul-behind", b"s\n\nProblem: x\0y\n\nbody\n", b"Problem: x"),
    (
        "unicode-line-ends",
        "s\n\nProblem: x\u2028y\u0085z\n".encode(),
        "Problem: x\u2028y\u0085z".encode(),
    ),
    ("form-feed", b"s\n\nProblem: x\n\x0cy\n", b""),
    ("blank-lines-first", b"\n \n\nProblem: x\n", b""),
    ("separator-first", b"s\n\n: x\nProblem: y\n", b""),
    ("divider-and-scissors", b"s\n\nProblem: x\n\n---\nnotes\n" + SCISSORS + b"\n", b""),
    ("blank-of-spaces", b"s\n \t\nProblem: x\n  \n\t\n", b"Problem: x"),
    ("dash-key", b"s\n\n-: x\n", b"-: x"),
    ("key-ends-in-x", b"s\n\nFAX: 1\n", b"FAX: 1"),
    ("empty", b"", b""),
    ("blank", b"\n \n", b""),
    ("colon", b":", b""),
]


@pytest.mark.parametrize(
    ("message", "expected"), [row[1:] for row in GIT_RULES], ids=[row[0] for row in GIT_RULES]
)
def test_parse_trailers_follows_git(message: bytes, expected: bytes) -> None:
    block = parse_trailers(message)

    assert shown(block) == expected


def test_parse_trailers_says_where_each_value_stands() -> None:
    message = b"\n\nsubject\n\nbody\n\nProblem:   x\n  more\nOutcome :\n  below\nMetric:\n"

    block = parse_trailers(message)

    assert block == TrailerBlock(
        (
            Trailer(b"Problem", b"x more", 7, 12),
            Trailer(b"Outcome", b"below", 9, 10),
            Trailer(b"Metric", b"", 11, 8),
        ),
        first=7,
        last=11,
    )


def test_parse_trailers_counts_a_block_that_holds_no_trailer() -> None:
    block = parse_trailers(b"s\n\nbody\n\n" + PICKED + b"\n\n")

    assert block == TrailerBlock((), first=5, last=5)


def test_parse_trailers_without_block_has_no_lines() -> None:
    block = parse_trailers(b"s\n\nnot a block: of trailers\n")

    assert block == TrailerBlock((), first=0, last=0)


LOOSE = [
    ("above-prose", b"s\n\nProblem: x\nOutcome: y\n\nprose\n", [b"Problem: x|Outcome: y"]),
    (
        "above-git-block",
        b"s\n\nProblem: x\nOutcome: y\n\n" + SIGNED + b"\n",
        [b"Problem: x|Outcome: y"],
    ),
    (
        "document-order",
        b"s\n\nProblem: x\nOutcome: y\n\nMetric: m\nEvaluate-By: e\n\nprose\n",
        [b"Problem: x|Outcome: y", b"Metric: m|Evaluate-By: e"],
    ),
    ("folded", b"s\n\nProblem: x\n more\nOutcome: y\n\nprose\n", [b"Problem: x more|Outcome: y"]),
    (
        "key-of-one-letter",
        b"s\n\nProblem: x\nP: z\nOutcome: y\n\nprose\n",
        [b"Problem: x|P: z|Outcome: y"],
    ),
    ("any-case", b"s\n\nPROBLEM: x\noutcome: y\n\nprose\n", [b"PROBLEM: x|outcome: y"]),
    (
        "other-keys-beside",
        b"s\n\nProblem: x\nOutcome: y\nCc: z\n\nprose\n",
        [b"Problem: x|Outcome: y|Cc: z"],
    ),
    (
        "picked-beside",
        b"s\n\nProblem: x\nOutcome: y\n" + PICKED + b"\n\nprose\n",
        [b"Problem: x|Outcome: y"],
    ),
    ("crlf", b"s\r\n\r\nProblem: x\r\nOutcome: y\r\n\r\nprose\r\n", [b"Problem: x|Outcome: y"]),
    ("git-block", b"s\n\nProblem: x\nOutcome: y\n", []),
    ("git-block-with-prose", b"s\n\nProblem: x\nOutcome: y\n" + SIGNED + b"\nprose\n", []),
    ("title", b"Problem: x\nOutcome: y\n\nprose\n", []),
    ("blank-lines-then-title", b"\n\nProblem: x\nOutcome: y\n\nprose\n", []),
    ("one-key", b"s\n\nProblem: x\nCc: y\n\nprose\n", []),
    ("one-key-twice", b"s\n\nProblem: x\nProblem: y\n\nprose\n", []),
    ("prose-line", b"s\n\nProblem: x\nOutcome: y\nand more\n\nprose\n", []),
    ("comment-line", b"s\n\nProblem: x\n# c\nOutcome: y\n\nprose\n", []),
    ("folded-first", b"s\n\n  Problem: x\nOutcome: y\nMetric: z\n\nprose\n", []),
    ("folded-after-picked", b"s\n\nProblem: x\nOutcome: y\n" + PICKED + b"\n z\n\nprose\n", []),
    ("below-scissors", b"s\n\nbody\n" + SCISSORS + b"\n\nProblem: x\nOutcome: y\n\nz\n", []),
    ("form-feed-is-no-blank", b"s\n\nProblem: x\nOutcome: y\n\x0c\nprose\n\nmore\n", []),
    ("one-colon", b"s\n\nProblem: x\n", []),
    ("nul-first", b"\0Problem: x\nOutcome: y\n", []),
    ("empty", b"", []),
]


@pytest.mark.parametrize(
    ("message", "expected"), [row[1:] for row in LOOSE], ids=[row[0] for row in LOOSE]
)
def test_parse_loose_reads(message: bytes, expected: list[bytes]) -> None:
    blocks = parse_loose(message, PRODUCT_KEYS)

    assert [shown(block) for block in blocks] == expected


def test_parse_loose_says_where_the_paragraph_stands() -> None:
    (block,) = parse_loose(b"s\n\nProblem: x\n more\nOutcome: y\n \nprose\n", PRODUCT_KEYS)

    assert (block.first, block.last) == (3, 5)
    assert [(trailer.line, trailer.column) for trailer in block.trailers] == [(3, 10), (5, 10)]


def test_lines_are_counted_from_the_blank_ones_above_the_title() -> None:
    (block,) = parse_loose(b"\n\ns\n\nProblem: x\nOutcome: y\n\nprose\n", PRODUCT_KEYS)

    assert (block.first, block.last) == (5, 6)


def test_empty_value_stands_behind_its_colon_whatever_spaces_follow() -> None:
    block = parse_trailers(b"s\n\nMetric:   \nProblem: x\n")

    assert [(trailer.line, trailer.column) for trailer in block.trailers] == [(3, 8), (4, 10)]


ATOMS = st.sampled_from(
    [
        *(b"Problem", b"Outcome", b"x", b"-", b": ", b":", b" ", b"\t", b"\r", b"\n", b"\n\n"),
        *(SIGNED, PICKED, SCISSORS, b"Conflicts:\n", b"\n#", b"\xff", "é".encode()),
    ]
)
MESSAGES = st.lists(ATOMS, max_size=40).map(b"".join)


@given(message=MESSAGES)
@settings(max_examples=300, deadline=None)
def test_every_trailer_stands_where_it_says(message: bytes) -> None:
    blocks = [parse_trailers(message), *parse_loose(message, PRODUCT_KEYS)]
    lines = message.split(b"\n")

    for block in blocks:
        for trailer in block.trailers:
            line = lines[trailer.line - 1]
            here = line[trailer.column - 1 :].strip(b" \t\r")

            assert block.first <= trailer.line <= block.last
            assert line.startswith(trailer.key)
            assert trailer.value.startswith(here)


@given(message=MESSAGES)
@settings(max_examples=300, deadline=None)
def test_loose_blocks_come_in_order_and_above_the_block_of_git(message: bytes) -> None:
    own = parse_trailers(message)
    ranges = [(block.first, block.last) for block in parse_loose(message, PRODUCT_KEYS)]
    if own.first:
        ranges.append((own.first, own.last))
    numbers = [number for pair in ranges for number in pair]

    assert numbers == sorted(numbers)
    assert len({first for first, _ in ranges}) == len(ranges)


HOSTILE = [
    ("folded", b"s\n\nK: v" + b"\n x" * 30_000),
    ("keys", b"s\n\n" + b"k:\n" * 30_000),
    ("prose", b"s\n\n" + b"x\n" * 30_000 + SIGNED),
    ("comments", b"s\n\nK: v\n" + b"#\n" * 30_000),
    ("spaces", b"s\n\nK:" + b" " * 65_536),
    ("blank-lines", b"s\n\nK: v\n" + b" \n" * 30_000),
    ("long-key", b"s\n\n" + b"k" * 65_536 + b" " * 100),
    ("conflicts", b"s\n\nK: v\n" + b"Conflicts:\n\tx\n" * 5_000),
    ("paragraphs", b"s\n\n" + b"Problem: x\nOutcome: y\n\n" * 3_000),
]


@pytest.mark.parametrize(
    "message", [row[1] for row in HOSTILE], ids=[f"hostile-{row[0]}" for row in HOSTILE]
)
def test_hostile_message_is_read_to_the_end(message: bytes) -> None:
    blocks = [parse_trailers(message), *parse_loose(message, PRODUCT_KEYS)]

    assert all(block.last <= message.count(b"\n") + 1 for block in blocks)
