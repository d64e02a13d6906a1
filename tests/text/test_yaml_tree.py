import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from whygate.text.yaml_tree import (
    Mapping,
    Node,
    Path,
    Plain,
    Scalar,
    Sequence,
    YamlError,
    find,
    find_key,
    load_tree,
    to_plain,
)

DOCUMENT = """\
version: 1
rules:
  WG101: info
  "WG102": {severity: off, reason: 'why'}
exempt:
  bots:
    - one
    - [two, three]
empty:
"""


def laughs(levels: int, *, merge: bool) -> str:
    """Return a document that grows ninefold with each level."""
    lines = ["a0: &a0 {k: v}" if merge else "a0: &a0 [v]"]
    for level in range(1, levels):
        nine = ", ".join([f"*a{level - 1}"] * 9)
        lines.append(f"a{level}: &a{level} " + (f"{{<<: [{nine}]}}" if merge else f"[{nine}]"))
    return "\n".join(lines)


BOMBS = {
    "merge-keys": (laughs(8, merge=True), "anchors such as `&a0` are not allowed"),
    "billion-laughs": (laughs(9, merge=False), "anchors such as `&a0` are not allowed"),
    "open-brackets": ("[" * 50_000, "nested deeper than 32 levels"),
    "open-braces": ("{a: " * 50_000, "nested deeper than 32 levels"),
    "block-nesting": ("- " * 50_000, "nested deeper than 32 levels"),
    "huge": ("x" * 262_145, "larger than 256 KiB"),
    "repeated": ("a: 1\n" * 20_000, "the key `a` stands twice; first on line 1"),
}


@pytest.fixture(params=["libyaml", "pure"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test with the C parser and as on a machine without it."""
    if request.param == "pure":
        monkeypatch.delattr(yaml, "CSafeLoader")
    return str(request.param)


def refuse(text: str) -> list[tuple[str, int, int]]:
    with pytest.raises(YamlError) as caught:
        load_tree(text)
    return [(p.message, p.line, p.column) for p in caught.value.problems]


def load(text: str) -> Node:
    tree = load_tree(text)
    assert tree is not None
    return tree


def plain(text: str) -> Plain:
    return to_plain(load(text))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("yes", id="boolean"),
        pytest.param("off", id="off"),
        pytest.param("012", id="octal"),
        pytest.param("12:30:45", id="sexagesimal"),
        pytest.param("1_200", id="underscore"),
        pytest.param("2027-02-15", id="date"),
        pytest.param("~", id="null"),
        pytest.param("38 %", id="percent"),
        pytest.param(".inf", id="infinity"),
        pytest.param("=", id="value-tag"),
    ],
)
def test_scalar_stays_the_text_as_written(text: str) -> None:
    assert plain(f"key: {text}") == {"key": text}


def test_tree_holds_positions_and_quotes() -> None:
    assert load("a: 'x'\nb:\n  - y\n") == Mapping(
        (
            (Scalar("a", 1, 1), Scalar("x", 1, 4, quoted=True)),
            (Scalar("b", 2, 1), Sequence((Scalar("y", 3, 5),), 3, 3)),
        ),
        1,
        1,
    )


def test_tree_moves_to_where_the_text_stands() -> None:
    tree = load_tree("a: x", start=(10, 5))

    assert tree == Mapping(((Scalar("a", 10, 5), Scalar("x", 10, 8)),), 10, 5)


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n...\n"])
def test_document_without_content_is_none_or_empty(text: str) -> None:
    tree = load_tree(text)

    assert tree is None or to_plain(tree) == ""


def test_get_returns_the_value_of_a_key() -> None:
    tree = load("a: x\nb: y")
    assert isinstance(tree, Mapping)

    assert tree.get("b") == Scalar("y", 2, 4)
    assert tree.get("c") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a: !!int 3", {"a": "3"}, id="core-scalar"),
        pytest.param("a: ! 3", {"a": "3"}, id="non-specific"),
        pytest.param("a: !!map {b: !!seq [c]}", {"a": {"b": ["c"]}}, id="core-collections"),
        pytest.param("%YAML 1.2\n---\na: b", {"a": "b"}, id="directive"),
        pytest.param("'<<': x", {"<<": "x"}, id="quoted-merge-key"),
        pytest.param("a: >-\n  b\n  c\nd: |\n  e\n", {"a": "b c", "d": "e\n"}, id="block-scalars"),
        pytest.param('{"a": ["b"]}', {"a": ["b"]}, id="json"),
        pytest.param("\ufeffa: b", {"a": "b"}, id="byte-order-mark"),
        pytest.param("a: b\rc: d\r\ne: f", {"a": "b", "c": "d", "e": "f"}, id="line-ends"),
        pytest.param("a: x\u2028y\u2029z\x85w", {"a": "x y z w"}, id="old-line-ends"),
        pytest.param("日本: 語", {"日本": "語"}, id="not-ascii"),
    ],
)
@pytest.mark.usefixtures("parser")
def test_document_is_read(text: str, expected: Plain) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a: 1\nb: &x 2", ("anchors such as `&x` are not allowed", 2, 4), id="anchor"),
        pytest.param("a: *x", ("aliases such as `*x` are not allowed", 1, 4), id="alias"),
        pytest.param("<<: {a: b}", ("merge keys (`<<`) are not allowed", 1, 1), id="merge"),
        pytest.param("a: !x b", ("the tag `!x` is not allowed here", 1, 4), id="own-tag"),
        pytest.param(
            "a: !!python/name:os.system x",
            ("the tag `tag:yaml.org,2002:python/name:os.system` is not allowed here", 1, 4),
            id="python-tag",
        ),
        pytest.param(
            "a: !!timestamp 2027-01-01",
            ("the tag `tag:yaml.org,2002:timestamp` is not allowed here", 1, 4),
            id="timestamp-tag",
        ),
        pytest.param(
            "a: !!seq b", ("the tag `tag:yaml.org,2002:seq` is not allowed here", 1, 4), id="kind"
        ),
        pytest.param("--- a\n--- b\n", ("only one document is allowed", 2, 1), id="documents"),
        pytest.param("? [a]\n: b", ("a key must be plain text", 1, 3), id="list-as-key"),
        pytest.param("{a: b}: c", ("a key must be plain text", 1, 1), id="mapping-as-key"),
        pytest.param("a:\n  b\x1bc", ("holds the control character U+001B", 2, 4), id="escape"),
        pytest.param("a: \ud800", ("holds the control character U+D800", 1, 4), id="surrogate"),
        pytest.param("a\r\nb\rc\x00", ("holds the control character U+0000", 3, 2), id="nul"),
        pytest.param(
            "o: @lena", ("text cannot begin with `@`: put it in quotes", 1, 4), id="at-sign"
        ),
        pytest.param(
            "x: 1\no: `a`", ("text cannot begin with a backtick: put it in quotes", 2, 4), id="tick"
        ),
        pytest.param(
            "a: b\r\nc: @d",
            ("text cannot begin with `@`: put it in quotes", 2, 4),
            id="at-sign-crlf",
        ),
        pytest.param(
            "a: b\rc: @d", ("text cannot begin with `@`: put it in quotes", 2, 4), id="at-sign-cr"
        ),
        pytest.param("a: b\r\nc\x00", ("holds the control character U+0000", 2, 2), id="nul-crlf"),
        pytest.param("a:\n\tb: c", ("a tab cannot indent: use spaces", 2, 1), id="tab"),
        pytest.param(
            "a: the bug: it crashes",
            ("a `:` is not allowed here: put the text in quotes, or check the indent", 1, 11),
            id="colon",
        ),
        pytest.param("a: b\nc: 'd", ("the quote is never closed", 2, 4), id="open-quote"),
        pytest.param(
            "a: [b[c]]",
            ("expected `,` or the closing bracket: put text with brackets in quotes", 1, 6),
            id="bracket-in-list",
        ),
    ],
)
@pytest.mark.usefixtures("parser")
def test_document_is_refused(text: str, expected: tuple[str, int, int]) -> None:
    assert refuse(text) == [expected]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("a:\n  b: 1\n c: 2", 3, id="indent"),
        pytest.param("]", 1, id="stray-bracket"),
        pytest.param("%YAML 3.0\n---\na: 1", 1, id="version"),
        pytest.param('a: "\\UFFFFFFFF"', 1, id="no-such-character"),
    ],
)
@pytest.mark.usefixtures("parser")
def test_other_complaints_keep_the_parser_words(text: str, line: int) -> None:
    ((message, at, _),) = refuse(text)

    assert message.startswith("not YAML: ")
    assert at == line


@pytest.mark.usefixtures("parser")
def test_half_a_character_is_refused() -> None:
    assert len(refuse('a: "\\ud800"')) == 1


def test_repeated_keys_are_all_named_and_the_first_value_stands() -> None:
    with pytest.raises(YamlError) as caught:
        load_tree("a: 1\nb: {c: 2, c: 3}\na: 4\n")

    assert [(p.message, p.line, p.column) for p in caught.value.problems] == [
        ("the key `c` stands twice; first on line 2", 2, 11),
        ("the key `a` stands twice; first on line 1", 3, 1),
    ]
    assert refuse("a:\n  x\na: y\n") == [("the key `a` stands twice; first on line 1", 3, 1)]
    assert caught.value.problem is caught.value.problems[0]
    assert caught.value.root is not None
    assert to_plain(caught.value.root) == {"a": "1", "b": {"c": "2"}}


def test_same_key_in_two_mappings_is_no_repetition() -> None:
    assert plain("- {a: 1}\n- {a: 2}") == [{"a": "1"}, {"a": "2"}]


def test_limits_can_be_set() -> None:
    assert load_tree("[[a]]", max_bytes=5, max_depth=2, max_nodes=3) is not None
    with pytest.raises(YamlError, match="larger than 0 KiB"):
        load_tree("[[a]]", max_bytes=4)
    with pytest.raises(YamlError, match="nested deeper than 1 levels"):
        load_tree("[[a]]", max_depth=1)
    with pytest.raises(YamlError, match="more than 2 values"):
        load_tree("[[a]]", max_nodes=2)


def test_size_is_counted_in_bytes() -> None:
    with pytest.raises(YamlError, match="larger than 0 KiB"):
        load_tree("ééé", max_bytes=5)


@pytest.mark.parametrize(("text", "message"), BOMBS.values(), ids=BOMBS.keys())
def test_bomb_is_refused(text: str, message: str) -> None:
    problems = refuse(text)

    assert problems[0][0] == message


@pytest.mark.parametrize(
    "text", ["- a\n" * 60_000, "[" + "a," * 100_000 + "]", "{" + "a: b," * 50_000]
)
def test_too_many_values_are_refused(text: str) -> None:
    ((message, _, _), *_) = refuse(text)

    assert message.startswith(("more than 20,000 values", "the key `a` stands twice"))


@pytest.mark.parametrize(
    ("path", "place", "key_place"),
    [
        pytest.param((), (1, 1), (1, 1), id="root"),
        pytest.param(("version",), (1, 10), (1, 1), id="scalar"),
        pytest.param(("rules",), (2, 1), (2, 1), id="mapping-at-its-key"),
        pytest.param(("rules", "WG102", "reason"), (4, 36), (4, 28), id="flow"),
        pytest.param(("rules", "WG999"), (2, 1), (2, 1), id="missing-key"),
        pytest.param(("exempt", "bots", 0), (7, 7), (7, 7), id="item"),
        pytest.param(("exempt", "bots", 1, 1), (8, 13), (8, 13), id="item-of-item"),
        pytest.param(("exempt", "bots", 7), (6, 3), (6, 3), id="missing-item"),
        pytest.param(("exempt", "bots", "x"), (6, 3), (6, 3), id="key-of-a-list"),
        pytest.param(("version", "x"), (1, 10), (1, 10), id="key-of-a-scalar"),
        pytest.param(("empty",), (9, 7), (9, 1), id="no-value"),
        pytest.param(("nothing", "at", 1, "all"), (1, 1), (1, 1), id="nowhere"),
    ],
)
def test_place_of_a_path(path: Path, place: tuple[int, int], key_place: tuple[int, int]) -> None:
    tree = load(DOCUMENT)

    assert find(tree, path) == place
    assert find_key(tree, path) == key_place


YAML_BITS = st.sampled_from(
    [
        *"a[]{},'\"!#@`\t\r\n\\\u2028\ufeff\x00é😀",
        "b: ",
        "- ",
        "? ",
        ": ",
        "  ",
        "&x ",
        "*x",
        "<<: ",
        "!!",
        "|\n",
        ">-\n",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "%TAG ! tag:\n",
        "\\x41",
        "\\ud800",
    ]
)


@given(st.one_of(st.lists(YAML_BITS, max_size=60).map("".join), st.text(max_size=80)))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_a_tree_or_a_problem_inside_the_text(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    try:
        tree = load_tree(text)
    except YamlError as error:
        for problem in error.problems:
            assert 1 <= problem.line <= len(lines) + 1
            assert problem.column >= 1
    else:
        assert tree is None or to_plain(tree) is not None


TREES = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abcé ", max_size=5), inner)
    ),
    max_leaves=20,
)


@given(TREES)
@settings(max_examples=150, deadline=None)
def test_what_json_writes_is_read_back(value: Plain) -> None:
    text = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=1_000_000)

    assert plain(text) == value
