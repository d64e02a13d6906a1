"""Turn a configuration into the same one with a setting more, every other byte kept."""

from __future__ import annotations

import re

_LEADING = re.compile(r"^(?:version|preset)[ \t]*:[^\r\n]*(?:\r?\n|\Z)", re.MULTILINE)
_TABLE = re.compile(r"^[ \t]*\[[ \t]*tool[ \t]*\.[ \t]*whygate[ \t]*\][^\r\n]*(?:\r?\n|\Z)", re.M)


def add_setting(text: str, key: str, value: str, form: str) -> str:
    """Return a `.whygate.yml` (`yaml`) or a pyproject.toml (`toml`) with `key` set to `value`.

    It stands below `version` and `preset`, or below the head of the table. The text comes back
    as it is when it has no such place (a table written inline); whoever writes it reads it
    again first.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    if form == "toml":
        found = _TABLE.search(text)
        return text if found is None else _insert(text, found.end(), f'{key} = "{value}"', end)
    places = [found.end() for found in _LEADING.finditer(text)]
    return _insert(text, places[-1] if places else len(text), f"{key}: {value}", end)


def _insert(text: str, at: int, line: str, end: str) -> str:
    before = text[:at]
    gap = "" if not before or before.endswith("\n") else end
    return f"{before}{gap}{line}{end}{text[at:]}"
