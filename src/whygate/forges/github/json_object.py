"""Turn parsed JSON of the forge into records whose values have the expected types."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

_SURROGATE = re.compile("[\ud800-\udfff]")


class Record(Struct, frozen=True):
    """A JSON object; a value that is absent or of another type reads as empty."""

    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """Return a string; half a surrogate pair or a NUL in it becomes U+FFFD."""
        value = self.values.get(key)
        if not isinstance(value, str):
            return ""
        return _SURROGATE.sub("\ufffd", value).replace("\0", "\ufffd")

    def number(self, key: str) -> int:
        """Return an integer, 0 when there is none."""
        value = self.values.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    def flag(self, key: str) -> bool:
        """Tell whether a value is true; only JSON's own `true` counts."""
        return self.values.get(key) is True

    def record(self, key: str) -> Record:
        """Return an object, an empty one when there is none."""
        return as_record(self.values.get(key))

    def records(self, key: str) -> tuple[Record, ...]:
        """Return the objects of an array."""
        return as_records(self.values.get(key))


def parse_json(data: bytes | str) -> object:
    """Return what a JSON text holds; raises ValueError when it is none or nested too deeply."""
    try:
        value: object = json.loads(data)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    return value


def as_record(value: object) -> Record:
    """Return a JSON value as a record, an empty one when it is no object."""
    return Record(value) if isinstance(value, dict) else Record()


def as_records(value: object) -> tuple[Record, ...]:
    """Return the objects of a JSON array; what is no object is left out."""
    if not isinstance(value, list):
        return ()
    return tuple(Record(entry) for entry in value if isinstance(entry, dict))
