"""A stranger's YAML, read safely: plain strings in a tree, each with its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct, field

from whygate.errors import WhygateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import yaml

Path: TypeAlias = tuple[str | int, ...]
Plain: TypeAlias = "str | list[Plain] | dict[str, Plain]"
Node: TypeAlias = "Scalar | Sequence | Mapping"

# What YAML allows in a document (YAML 1.2.2, 5.1, c-printable) is everything but these.
_FORBIDDEN = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"
# YAML 1.1 breaks lines at NEL, LS and PS; YAML 1.2 (5.4) and every editor do not. Read as the
# space they look like, they cannot start a key that no reader sees.
_OLD_BREAKS = str.maketrans("\x85\u2028\u2029", "   ")
_SURROGATE = "[\ud800-\udfff]"
# The core schema (YAML 1.2.2, 10.3) by the kind of node that may carry the tag; `!` is the
# non-specific tag. They are accepted and ignored: every scalar stays the text as written.
_CORE = "tag:yaml.org,2002:"
_SCALAR_TAGS = frozenset({"!", *(_CORE + name for name in ("str", "int", "float", "bool", "null"))})
_SEQUENCE_TAGS = frozenset({"!", _CORE + "seq"})
_MAPPING_TAGS = frozenset({"!", _CORE + "map"})

_MAX_REPEATED = 20


class Scalar(Struct, frozen=True):
    """A piece of text; `quoted` tells `"7"` and block scalars from a plain `7`."""

    text: str
    line: int
    column: int
    quoted: bool = False


class Sequence(Struct, frozen=True):
    """A list."""

    items: tuple[Node, ...]
    line: int
    column: int


class Mapping(Struct, frozen=True):
    """Keys and values in the order written; keys are unique."""

    entries: tuple[tuple[Scalar, Node], ...]
    line: int
    column: int

    def get(self, name: str) -> Node | None:
        """Return the value of a key, or None."""
        return next((value for key, value in self.entries if key.text == name), None)


class YamlProblem(Struct, frozen=True):
    """One reason why a text is refused; `line` and `column` count from 1, in characters."""

    message: str
    line: int
    column: int


class YamlError(WhygateError):
    """The text is not YAML that whygate reads.

    `problems` holds at least one reason. `root` is the tree when it could be read to the end
    all the same (repeated keys: the first value stands), else None.
    """

    def __init__(self, problems: tuple[YamlProblem, ...], root: Node | None = None) -> None:
        super().__init__(problems[0].message)
        self.problems = problems
        self.root = root

    @property
    def problem(self) -> YamlProblem:
        """Return the first reason."""
        return self.problems[0]


def load_tree(
    text: str,
    *,
    max_bytes: int = 262_144,
    max_depth: int = 32,
    max_nodes: int = 20_000,
    start: tuple[int, int] = (1, 1),
) -> Node | None:
    """Return the tree of one YAML document, None when it holds nothing.

    Every scalar stays a string: `yes`, `012`, `2027-02-15` and `12:30` mean what they say.
    `start` is the (line, column) at which the text stands in its file.

    Raises YamlError for text that is not YAML or too large, deep or long, and for what a plain
    document does not need and an attack does: aliases and anchors, merge keys, foreign tags,
    a second document, repeated keys.
    """
    builder = _Builder(max_depth, max_nodes, start)
    if len(text) > max_bytes or len(text.encode(errors="surrogatepass")) > max_bytes:
        raise builder.error(f"larger than {max_bytes // 1024} KiB", 0, 0)
    forbidden = re.search(_FORBIDDEN, text)
    if forbidden:
        line, column = _line_and_column(text, forbidden.start())
        raise builder.error(f"holds the control character U+{ord(forbidden[0]):04X}", line, column)
    text = text.translate(_OLD_BREAKS)
    for event in _events(text, builder):
        builder.feed(event)
    if builder.repeated:
        raise YamlError(tuple(builder.repeated), builder.root)
    return builder.root


def to_plain(node: Node) -> Plain:
    """Return a tree as dicts, lists and strings, the shape JSON Schema validates."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [to_plain(item) for item in node.items]
    return {key.text: to_plain(value) for key, value in node.entries}


def find(node: Node, path: Path) -> tuple[int, int]:
    """Return the (line, column) of what a path leads to, else of its nearest ancestor.

    A mapping or list found under a key is reported at that key, where an eye looks for it.
    """
    place = (node.line, node.column)
    for key, value in _walk(node, path):
        at = value if key is None or isinstance(value, Scalar) else key
        place = (at.line, at.column)
    return place


def find_key(node: Node, path: Path) -> tuple[int, int]:
    """Return the (line, column) of the key a path ends with, else as `find` does."""
    steps = list(_walk(node, path))
    key = steps[-1][0] if len(steps) == len(path) and steps else None
    return (key.line, key.column) if key is not None else find(node, path)


def _walk(node: Node, path: Path) -> Iterator[tuple[Scalar | None, Node]]:
    """Yield (key, value) for each step that exists; the key is None for a list's item."""
    for step in path:
        if isinstance(node, Mapping):
            found = next(((k, v) for k, v in node.entries if k.text == str(step)), None)
            if found is None:
                return
            node = found[1]
            yield found
        elif isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
            node = node.items[step]
            yield (None, node)
        else:
            return


def _events(text: str, builder: _Builder) -> Iterator[yaml.Event]:
    """Yield the parser's events; its complaints become YamlError.

    Only events are taken from libyaml: its parser keeps a stack of its own, while composing
    nodes recurses in C and ends the process on 50,000 open brackets.
    """
    import yaml  # noqa: PLC0415  (20 ms; most messages hold no YAML)

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from yaml.parse(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        message, mark = _explain(error, text)
        # libyaml 0.2.6 has a limit of its own, and looks ahead of the events it gives
        too_deep = "maximum nesting depth" in message
        raise builder.error(builder.too_deep if too_deep else message, *mark) from None
    except (ValueError, OverflowError) as error:  # the pure-Python scanner on "\U00ffffff"
        raise builder.error(f"not YAML: {error}", 0, 0) from None


class _Open(Struct):
    """A list or mapping whose end has not come yet; `key` waits for its value."""

    line: int
    column: int
    is_mapping: bool
    items: list[Node] = field(default_factory=list)
    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    key: Scalar | None = None

    def close(self) -> Node:
        if self.is_mapping:
            return Mapping(tuple(self.entries.values()), self.line, self.column)
        return Sequence(tuple(self.items), self.line, self.column)


class _Builder:
    """Collects events into nodes, without recursion, and refuses what is not allowed."""

    def __init__(self, max_depth: int, max_nodes: int, start: tuple[int, int]) -> None:
        self.root: Node | None = None
        self.repeated: list[YamlProblem] = []
        self._stack: list[_Open] = []
        self._documents = 0
        self._nodes = 0
        self._max_depth = max_depth
        self._max_nodes = max_nodes
        self._start = start
        self.too_deep = f"nested deeper than {max_depth} levels"
        self._handlers: dict[str, Callable[..., None]] = {
            "ScalarEvent": self._scalar,
            "MappingStartEvent": self._mapping,
            "SequenceStartEvent": self._sequence,
            "MappingEndEvent": self._end,
            "SequenceEndEvent": self._end,
            "AliasEvent": self._alias,
            "DocumentStartEvent": self._document,
        }

    def error(self, message: str, line: int, column: int) -> YamlError:
        """Return the error for a position as the parser counts it, from 0."""
        return YamlError((YamlProblem(message, *self._place(line, column)),))

    def feed(self, event: yaml.Event) -> None:
        """Take the next event; those of the stream's and the document's end mean nothing here."""
        handle = self._handlers.get(type(event).__name__)
        if handle is not None:
            handle(event)

    def _document(self, event: yaml.Event) -> None:
        self._documents += 1
        if self._documents > 1:
            raise self._refusal("only one document is allowed", event)

    def _alias(self, event: yaml.NodeEvent) -> None:
        raise self._refusal(f"aliases such as `*{event.anchor}` are not allowed", event)

    def _check(self, event: yaml.NodeEvent, tags: frozenset[str]) -> None:
        if event.anchor is not None:
            raise self._refusal(f"anchors such as `&{event.anchor}` are not allowed", event)
        tag = getattr(event, "tag", None)
        if tag is not None and tag not in tags:
            raise self._refusal(f"the tag `{tag}` is not allowed here", event)
        self._nodes += 1
        if self._nodes > self._max_nodes:
            raise self._refusal(f"more than {self._max_nodes:,} values", event)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._check(event, _SCALAR_TAGS)
        text: str = event.value
        if event.style == '"' and re.search(_SURROGATE, text):
            raise self._refusal("an escape stands for half a character", event)
        self._add(Scalar(text, *self._place(*_mark(event)), quoted=bool(event.style)))

    def _mapping(self, event: yaml.MappingStartEvent) -> None:
        self._check(event, _MAPPING_TAGS)
        self._open(event, is_mapping=True)

    def _sequence(self, event: yaml.SequenceStartEvent) -> None:
        self._check(event, _SEQUENCE_TAGS)
        self._open(event, is_mapping=False)

    def _open(self, event: yaml.Event, *, is_mapping: bool) -> None:
        if len(self._stack) >= self._max_depth:
            raise self._refusal(self.too_deep, event)
        if self._is_at_key():
            raise self._refusal("a key must be plain text", event)
        self._stack.append(_Open(*self._place(*_mark(event)), is_mapping=is_mapping))

    def _end(self, _event: yaml.Event) -> None:
        self._add(self._stack.pop().close())

    def _is_at_key(self) -> bool:
        return bool(self._stack) and self._stack[-1].is_mapping and self._stack[-1].key is None

    def _add(self, node: Node) -> None:
        if not self._stack:
            self.root = node
        elif not self._stack[-1].is_mapping:
            self._stack[-1].items.append(node)
        elif isinstance(node, Scalar) and self._stack[-1].key is None:
            self._begin_entry(self._stack[-1], node)
        else:
            self._end_entry(self._stack[-1], node)

    def _begin_entry(self, mapping: _Open, key: Scalar) -> None:
        if key.text == "<<" and not key.quoted:
            problem = YamlProblem("merge keys (`<<`) are not allowed", key.line, key.column)
            raise YamlError((problem,))
        first = mapping.entries.get(key.text)
        if first is not None:
            message = f"the key `{key.text}` stands twice; first on line {first[0].line}"
            self.repeated.append(YamlProblem(message, key.line, key.column))
        if len(self.repeated) >= _MAX_REPEATED:
            raise YamlError(tuple(self.repeated))
        mapping.key = key

    @staticmethod
    def _end_entry(mapping: _Open, value: Node) -> None:
        key, mapping.key = mapping.key, None
        if key is not None:
            mapping.entries.setdefault(key.text, (key, value))

    def _refusal(self, message: str, event: yaml.Event) -> YamlError:
        return self.error(message, *_mark(event))

    def _place(self, line: int, column: int) -> tuple[int, int]:
        return (self._start[0] + line, self._start[1] + column)


def _mark(event: yaml.Event) -> tuple[int, int]:
    """Return where an event begins, both from 0 (every event a parser makes has a mark)."""
    mark = event.start_mark
    return (mark.line, mark.column) if mark is not None else (0, 0)


def _line_and_column(text: str, index: int) -> tuple[int, int]:
    """Return the position of a character, both from 0; lines end at CR LF, LF or CR."""
    before = text[:index].replace("\r\n", "\n").replace("\r", "\n")
    return (before.count("\n"), len(before) - before.rfind("\n") - 1)


def _explain(error: yaml.MarkedYAMLError, text: str) -> tuple[str, tuple[int, int]]:
    """Return what is wrong in plain words, and where; libyaml and PyYAML word it differently."""
    problem = error.problem or "not YAML"
    mark = error.problem_mark or error.context_mark
    place = (mark.line, mark.column) if mark is not None else (0, 0)
    if "cannot start any token" in problem:
        return _explain_start(text, place), place
    if "mapping values are not allowed" in problem:
        return "a `:` is not allowed here: put the text in quotes, or check the indent", place
    is_open = "end of stream" in problem and "quoted scalar" in (error.context or "")
    if is_open and error.context_mark is not None:
        return "the quote is never closed", (error.context_mark.line, error.context_mark.column)
    if "',' or" in problem:
        return "expected `,` or the closing bracket: put text with brackets in quotes", place
    return f"not YAML: {problem}", place


def _explain_start(text: str, place: tuple[int, int]) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    character = lines[place[0]][place[1] : place[1] + 1]
    if character == "\t":
        return "a tab cannot indent: use spaces"
    shown = "a backtick" if character == "`" else f"`{character}`"
    return f"text cannot begin with {shown}: put it in quotes"
