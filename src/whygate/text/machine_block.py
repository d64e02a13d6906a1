"""The product context that a fenced code block holds for programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.text.yaml_tree import Mapping, Node, YamlError, YamlProblem, load_tree

if TYPE_CHECKING:
    from whygate.text.document import Fence

MAX_BYTES = 65_536
WRAPPER = "product_context"

_LANGUAGES = frozenset({"yaml", "yml"})
_MARKERS = frozenset({"product-context", "product_context"})
_LINE_END = re.compile(r"\r\n|\n|\r")
_OPENING = re.compile(rf"""[ ]*(?:\{{[ ]*)?["']?{WRAPPER}["']?[ ]*:""")


class MachineBlock(Struct, frozen=True):
    """A machine-readable product context: its mapping, and what is wrong with its YAML.

    `root` is None when the block cannot be read at all. Positions are those of the surrounding
    text; `line` is the line of the opening fence, `last` that of the last line inside.
    """

    root: Mapping | None
    problems: tuple[YamlProblem, ...]
    line: int
    last: int


def read_block(fence: Fence) -> MachineBlock | None:
    """Return the product context of a fenced block, or None when it is some other code.

    A block is a fence with the info string `yaml product-context`, or a `yaml` fence whose only
    top key is `product_context`; that key is taken off.
    """
    words = fence.info.lower().split()
    if not words or words[0] not in _LANGUAGES:
        return None
    if len(words) > 1 and words[1] in _MARKERS:
        return _read(fence)
    if WRAPPER not in fence.text:
        return None
    return _read_wrapped(fence)


def read_whole(text: str) -> MachineBlock:
    """Return the product context of a text that is one from its first line to its last."""
    from whygate.text.document import Fence  # noqa: PLC0415 - only bets and notes need it

    return _read(Fence("yaml product-context", text, 1, 1, closed=True))


def _read_wrapped(fence: Fence) -> MachineBlock | None:
    """Return the block of a fence that only its content can mark as ours."""
    try:
        tree = _load(fence)
    except YamlError:
        return _read(fence) if _opens_with_wrapper(fence.text) else None
    return _block(fence, tree, ()) if _is_wrapped(tree) else None


def _read(fence: Fence) -> MachineBlock:
    try:
        return _block(fence, _load(fence), ())
    except YamlError as error:
        return _block(fence, error.root, error.problems)


def _load(fence: Fence) -> Node | None:
    return load_tree(fence.text, max_bytes=MAX_BYTES, start=(fence.line, fence.column))


def _block(fence: Fence, tree: Node | None, problems: tuple[YamlProblem, ...]) -> MachineBlock:
    root = _unwrap(tree)
    if root is None and not problems:
        problems = (_not_a_mapping(fence, tree),)
    if not fence.closed:
        problems = tuple(_cut_off(fence, problem) for problem in problems)
    return MachineBlock(root, problems, fence.line - 1, fence.line + fence.text.count("\n"))


def _cut_off(fence: Fence, problem: YamlProblem) -> YamlProblem:
    """Return a problem of a fence that the end of the text closes, on no line after its last."""
    message = f"{problem.message} (the fence is never closed)"
    last = fence.line + fence.text.removesuffix("\n").count("\n")
    if problem.line > last:
        return YamlProblem(message, last, fence.column)
    return replace(problem, message=message)


def _unwrap(tree: Node | None) -> Mapping | None:
    inner = tree.get(WRAPPER) if isinstance(tree, Mapping) and _is_wrapped(tree) else tree
    return inner if isinstance(inner, Mapping) else None


def _is_wrapped(tree: Node | None) -> bool:
    return isinstance(tree, Mapping) and [key.text for key, _ in tree.entries] == [WRAPPER]


def _not_a_mapping(fence: Fence, tree: Node | None) -> YamlProblem:
    if tree is None:
        return YamlProblem("the block is empty", max(fence.line - 1, 1), fence.column)
    inner = (tree.get(WRAPPER) if isinstance(tree, Mapping) else None) or tree
    message = "the block must be `key: value` lines, such as `problem: ...`"
    return YamlProblem(message, inner.line, inner.column)


def _opens_with_wrapper(text: str) -> bool:
    """Tell whether the first line with content is the key `product_context`."""
    for line in _LINE_END.split(text):
        content = line.strip(" \t")
        if content and not content.startswith(("#", "---", "%")):
            return _OPENING.match(line) is not None
    return False
