import pytest

from whygate.text.document import Fence
from whygate.text.machine_block import MachineBlock, read_block
from whygate.text.yaml_tree import to_plain

PLAN = "version: 1\nproblem: carts are lost\n"


def fence(info: str, text: str, *, line: int = 11, column: int = 1, closed: bool = True) -> Fence:
    return Fence(info, text, line, column, closed)


def read(info: str, text: str) -> MachineBlock:
    block = read_block(fence(info, text))
    assert block is not None
    return block


def problems(block: MachineBlock) -> list[tuple[str, int, int]]:
    return [(p.message, p.line, p.column) for p in block.problems]


@pytest.mark.parametrize(
    "info",
    [
        "yaml product-context",
        "yml product-context",
        "YAML Product-Context",
        "  yaml \t product-context  ",
        "yaml product_context",
        'yaml product-context title="plan"',
    ],
)
def test_marked_fence_is_a_block(info: str) -> None:
    block = read(info, PLAN)

    assert block.root is not None
    assert to_plain(block.root) == {"version": "1", "problem": "carts are lost"}
    assert (block.problems, block.line) == ((), 10)


@pytest.mark.parametrize(
    ("info", "text"),
    [
        pytest.param("", PLAN, id="no-info"),
        pytest.param("yaml", PLAN, id="plain-yaml"),
        pytest.param("product-context", PLAN, id="no-language"),
        pytest.param("json product-context", PLAN, id="other-language"),
        pytest.param("yaml {product-context}", PLAN, id="attribute"),
        pytest.param("python", "product_context: {}", id="python"),
        pytest.param("yaml", "a: 1\nproduct_context: {}", id="second-key"),
        pytest.param("yaml", "product_context: {}\na: 1", id="key-behind"),
        pytest.param("yaml", "- product_context", id="list"),
        pytest.param("yaml", "product_contexts: {}", id="longer-key"),
        pytest.param("yaml", "a: [product_context", id="broken-other-yaml"),
        pytest.param("yaml", "# product_context\n", id="comment"),
        pytest.param("yaml", "---\n@product_context\n", id="broken-after-marker"),
        pytest.param("yaml", "# product_context \x00", id="nothing-but-comments"),
    ],
)
def test_other_fence_is_no_block(info: str, text: str) -> None:
    assert read_block(fence(info, text)) is None


@pytest.mark.parametrize(
    ("info", "text"),
    [
        pytest.param("yaml", "product_context:\n  problem: x\n", id="plain-yaml"),
        pytest.param("yml", "product_context: {problem: x}", id="one-line"),
        pytest.param("YAML", "# why\n---\n'product_context': {problem: x}", id="quoted"),
        pytest.param("yaml linenums", '{"product_context": {"problem": "x"}}', id="json"),
        pytest.param("yaml product-context", "product_context: {problem: x}", id="marked-too"),
    ],
)
def test_wrapper_is_taken_off(info: str, text: str) -> None:
    block = read(info, text)

    assert block.root is not None
    assert to_plain(block.root) == {"problem": "x"}


def test_positions_are_those_of_the_surrounding_text() -> None:
    block = read_block(fence("yaml product-context", PLAN, line=7, column=3))

    assert block is not None
    assert block.root is not None
    assert [(key.line, key.column) for key, _ in block.root.entries] == [(7, 3), (8, 3)]


NOT_A_MAPPING = "the block must be `key: value` lines, such as `problem: ...`"


@pytest.mark.parametrize(
    ("info", "text", "expected"),
    [
        pytest.param("yaml product-context", "", ("the block is empty", 10, 1), id="empty"),
        pytest.param("yaml product-context", "# x\n", ("the block is empty", 10, 1), id="comment"),
        pytest.param("yaml product-context", "\n- a: b", (NOT_A_MAPPING, 12, 1), id="list"),
        pytest.param("yaml product-context", "carts", (NOT_A_MAPPING, 11, 1), id="text"),
        pytest.param("yaml", "product_context:\n- a", (NOT_A_MAPPING, 12, 1), id="wrapped-list"),
        pytest.param("yaml", "product_context:\n", (NOT_A_MAPPING, 11, 17), id="wrapped-nothing"),
        pytest.param(
            "yaml product-context",
            "a: b\nowner: @lena",
            ("text cannot begin with `@`: put it in quotes", 12, 8),
            id="bad-yaml",
        ),
        pytest.param(
            "yaml",
            "# ours\nproduct_context:\n  a: &x b",
            ("anchors such as `&x` are not allowed", 13, 6),
            id="wrapped-anchor",
        ),
        pytest.param(
            "yaml",
            "{product_context: {a: @x}}",
            ("text cannot begin with `@`: put it in quotes", 11, 23),
            id="wrapped-flow",
        ),
        pytest.param(
            "yaml",
            "%YAML 1.2\n---\nproduct_context: {a: @x}",
            ("text cannot begin with `@`: put it in quotes", 13, 22),
            id="wrapped-after-a-directive",
        ),
        pytest.param(
            "yaml product-context", "a: " + "x" * 65_534, ("larger than 64 KiB", 11, 1), id="huge"
        ),
    ],
)
def test_unreadable_block_says_where(info: str, text: str, expected: tuple[str, int, int]) -> None:
    block = read(info, text)

    assert block.root is None
    assert problems(block) == [expected]


def test_repeated_key_keeps_the_first_value() -> None:
    block = read("yaml", "product_context:\n  a: x\n  a: y\n")

    assert problems(block) == [("the key `a` stands twice; first on line 12", 13, 3)]
    assert block.root is not None
    assert to_plain(block.root) == {"a": "x"}


def test_repeated_wrapper_is_still_ours() -> None:
    block = read("yaml", "product_context: {a: x}\nproduct_context: {a: y}\n")

    assert problems(block) == [("the key `product_context` stands twice; first on line 11", 12, 1)]


def test_block_of_the_largest_size_is_read() -> None:
    assert read("yaml product-context", "a: " + "x" * 65_533).problems == ()


def test_unclosed_fence_is_named_with_the_problem() -> None:
    block = read_block(fence("yaml product-context", "a: b\n\nThanks: a lot: really", closed=False))

    assert block is not None
    assert [p.message.endswith("(the fence is never closed)") for p in block.problems] == [True]


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize(
    ("text", "line"), [("problem: [a", 11), ("problem:\n~~~", 12), ("problem: [a,\n\n  b", 13)]
)
def test_problem_at_the_end_of_an_unclosed_fence_stands_on_its_last_line(
    text: str, end: str, line: int
) -> None:
    block = read_block(fence("yaml product-context", text + end, column=3, closed=False))

    assert block is not None
    assert [(p.line, p.column) for p in block.problems] == [(line, 3)]
    assert [p.message.endswith(" (the fence is never closed)") for p in block.problems] == [True]


def test_problem_on_the_last_line_of_an_unclosed_fence_keeps_its_column() -> None:
    block = read_block(fence("yaml product-context", "a: b\nowner: @lena", closed=False))

    assert block is not None
    assert [(p.line, p.column) for p in block.problems] == [(12, 8)]


def test_unclosed_fence_without_a_problem_is_read() -> None:
    block = read_block(fence("yaml product-context", PLAN, closed=False))

    assert block is not None
    assert block.root is not None
    assert block.problems == ()
