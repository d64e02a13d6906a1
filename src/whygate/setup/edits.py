"""Add lines to somebody's file, every other byte kept."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from whygate.text.yaml_tree import Mapping as YamlMapping
from whygate.text.yaml_tree import Node, Scalar
from whygate.text.yaml_tree import Sequence as YamlSequence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_LEADING = re.compile(r"^(?:version|preset)[ \t]*:[^\r\n]*(?:\r?\n|\Z)", re.MULTILINE)
_TABLE = re.compile(r"^[ \t]*\[[ \t]*tool[ \t]*\.[ \t]*whygate[ \t]*\][^\r\n]*(?:\r?\n|\Z)", re.M)
# C1 controls, bidirectional controls, and characters without a width.
_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def key_line(root: Node | None, name: str) -> int:
    """Return the line, from 1, on which a key of the top level stands; 0 when there is none."""
    entries = root.entries if isinstance(root, YamlMapping) else ()
    return next((key.line for key, _ in entries if key.text == name), 0)


def insert_lines(text: str, at: int, rows: Sequence[str]) -> str:
    """Return a text with rows in front of its line `at`, counted from 0, in its own line ends."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split("\n")
    if at >= len(lines) and lines[-1]:
        lines[-1] += end.rstrip("\n")
        lines.append("")
    at = min(at, len(lines) - 1)
    lines[at:at] = [row + end.rstrip("\n") for row in rows]
    return "\n".join(lines)


def add_item(text: str, items: YamlSequence, rows: Sequence[str]) -> str | None:
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


def add_entry(text: str, mapping: YamlMapping, rows: Sequence[str]) -> str | None:
    """Return a text with one more key at the end of a block mapping, None for any other."""
    lines = text.split("\n")
    first = mapping.entries[0][0]
    row = lines[first.line - 1]
    indent = row[: len(row) - len(row.lstrip(" "))]
    if len(indent) != first.column - 1:
        return None
    at = _end_of_block(lines, first.line, len(indent), dashed=False)
    return insert_lines(text, at, [indent + row for row in rows])


def add_scalar(text: str, items: YamlSequence, value: str) -> str | None:
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


def _end_of_block(lines: Sequence[str], start: int, indent: int, *, dashed: bool) -> int:
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


# --- the configuration -------------------------------------------------------------------------


def render_aliases(aliases: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the lines of the key `aliases` in YAML."""
    yield "aliases: # the headings of our own template"
    for name, labels in aliases.items():
        yield f"  {name}: [{', '.join(map(_quote, labels))}]"


def add_aliases(text: str, aliases: Mapping[str, Sequence[str]], form: str) -> str:
    """Return a `.whygate.yml` (`yaml`) or a pyproject.toml (`toml`) with the key `aliases`.

    It stands below `version` and `preset`, or below the head of the table. The text comes back
    as it is when it has no such place (a table written inline); whoever writes it reads it
    again first.
    """
    if form == "toml":
        found = _TABLE.search(text)
        values = (f"{_key(n)} = [{', '.join(map(_quote, a))}]" for n, a in aliases.items())
        rows = [f"aliases = {{ {', '.join(values)} }}"]
        return text if found is None else _insert(text, found.end(), rows)
    places = [found.end() for found in _LEADING.finditer(text)]
    return _insert(text, places[-1] if places else len(text), list(render_aliases(aliases)))


def _insert(text: str, at: int, rows: Sequence[str]) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    before = text[:at]
    gap = "" if not before or before.endswith("\n") else end
    return f"{before}{gap}{end.join(rows)}{end}{text[at:]}"


def _key(name: str) -> str:
    return _quote(name) if "." in name else name


def _quote(label: str) -> str:
    r"""Return a string as YAML, TOML and JSON all write it; what nobody sees becomes `\u`."""
    text = json.dumps(label, ensure_ascii=False)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
