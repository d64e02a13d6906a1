"""Turn a YAML text into the same text with a few lines more, every other byte kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.text.yaml_tree import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Sequence as Rows


def key_line(root: Node | None, name: str) -> int:
    """Return the line, from 1, on which a key of the top level stands; 0 when there is none."""
    entries = root.entries if isinstance(root, Mapping) else ()
    return next((key.line for key, _ in entries if key.text == name), 0)


def insert_lines(text: str, at: int, rows: Rows[str]) -> str:
    """Return a text with rows in front of its line `at`, counted from 0, in its own line ends."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split("\n")
    if at >= len(lines) and lines[-1]:
        lines[-1] += end.rstrip("\n")
        lines.append("")
    at = min(at, len(lines) - 1)
    lines[at:at] = [row + end.rstrip("\n") for row in rows]
    return "\n".join(lines)


def add_item(text: str, items: Sequence, rows: Rows[str]) -> str | None:
    """Return a text with one more item at the end of a block sequence, None for any other.

    `rows` are the lines of the item, the first with its `- `, none indented.
    """
    lines = text.split("\n")
    first = items.items[0] if items.items else None
    row = lines[first.line - 1] if first is not None else ""
    indent = row[: len(row) - len(row.lstrip(" "))]
    if first is None or not row.lstrip(" ").startswith("- "):
        return None
    at = _end_of_block(lines, first.line, len(indent), dashed=True)
    return insert_lines(text, at, [indent + row for row in rows])


def add_entry(text: str, mapping: Mapping, rows: Rows[str]) -> str | None:
    """Return a text with one more key at the end of a block mapping, None for any other."""
    lines = text.split("\n")
    first = mapping.entries[0][0]
    row = lines[first.line - 1]
    indent = row[: len(row) - len(row.lstrip(" "))]
    if len(indent) != first.column - 1:
        return None
    at = _end_of_block(lines, first.line, len(indent), dashed=False)
    return insert_lines(text, at, [indent + row for row in rows])


def add_scalar(text: str, items: Sequence, value: str) -> str | None:
    """Return a text with one more word in a sequence, in its style; None when it has none."""
    if (found := add_item(text, items, [f"- {value}"])) is not None:
        return found
    last = items.items[-1] if items.items else None
    if not isinstance(last, Scalar):
        return None
    lines = text.split("\n")
    row = lines[last.line - 1]
    close = row.find("]", last.column - 1)
    if close < 0:
        return None
    lines[last.line - 1] = f"{row[:close].rstrip()}, {value}{row[close:]}"
    return "\n".join(lines)


def _end_of_block(lines: Rows[str], start: int, indent: int, *, dashed: bool) -> int:
    """Return the line, from 0, in front of which the block that holds line `start` ends."""
    end = start
    for number in range(start, len(lines)):
        row = lines[number].rstrip("\r")
        words = row.lstrip(" ")
        if not words or (words.startswith("#") and len(row) - len(words) <= indent):
            continue
        depth = len(row) - len(words)
        goes_on = words.startswith("- ") if dashed else depth == indent
        if depth < indent or (depth == indent and not goes_on):
            break
        end = number + 1
    return end
