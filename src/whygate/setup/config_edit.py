"""Put a team's own labels into a configuration, every other byte kept."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_LEADING = re.compile(r"^(?:version|preset)[ \t]*:[^\r\n]*(?:\r?\n|\Z)", re.MULTILINE)
_TABLE = re.compile(r"^[ \t]*\[[ \t]*tool[ \t]*\.[ \t]*whygate[ \t]*\][^\r\n]*(?:\r?\n|\Z)", re.M)
# C1 controls, bidirectional controls, and characters without a width.
_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


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
