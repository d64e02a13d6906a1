"""Turn the preset `standard` into the table of what each kind of change must say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.model import Severity
from whygate.policy.exemptions import ExemptClass
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema
from whygate.schema.files import read_presets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.policy.config import KindPolicy

_FIELDS = ("problem", "audience", "outcome", "measurement")
_UNASKED = "not asked, only counted"


def render_kind_table() -> str:
    """Return the table by kind; kinds that are asked the same share a row."""
    schema = bundled_schema()
    titles = [f.title.lower() for f in schema.fields if f.name in _FIELDS]
    lines = [
        f"| kind | {' | '.join(titles)} | may be excused as |",
        f"|{' --- |' * (len(_FIELDS) + 2)}",
    ]
    rows: dict[tuple[str, ...], list[str]] = {}
    for name, kind in resolve_config(read_presets()).kinds.items():
        rows.setdefault(tuple(_cells(kind)), []).append(name)
    lines += [f"| {', '.join(names)} | {' | '.join(cells)} |" for cells, names in rows.items()]
    return "\n".join(lines)


def _cells(kind: KindPolicy) -> Iterator[str]:
    if kind.skip:
        yield from ("", "", "", "", _UNASKED)
        return
    for name in _FIELDS:
        weight = kind.need.get(name, Severity.OFF)
        parts = [
            key.removeprefix(f"{name}.") if weight is part else f"{key[len(name) + 1 :]} ({part})"
            for key, part in kind.need.items()
            if key.startswith(f"{name}.")
        ]
        inside = f": {', '.join(parts).replace('_', ' ')}" if parts else ""
        yield "" if weight is Severity.OFF else f"{weight}{inside}"
    every = set(kind.exemptions) == set(ExemptClass)
    yield "anything" if every else ", ".join(kind.exemptions)
