"""Keep a resolved policy as plain values, so that the next run need not resolve it again.

Resolving reads YAML, JSON and Markdown; a commit should wait for none of them. What is kept is
the whole policy but the layers that its configuration was made of, which no verdict looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from msgspec import to_builtins
from msgspec.structs import replace

from whygate.model import Severity
from whygate.policy.config import (
    CommitScope,
    Config,
    Drafts,
    KindPolicy,
    LabelsBy,
    Override,
    PathRule,
    Preset,
    RuleSetting,
    Unproven,
    Waivers,
)
from whygate.policy.policy import Policy
from whygate.schema.document import DocumentSchema, Vocabulary
from whygate.schema.fields import Field, FieldKind

if TYPE_CHECKING:
    from typing import Any

Plain = dict[str, object]


def to_plain_policy(policy: Policy) -> Plain:
    """Return a policy as values that JSON can hold."""
    schema = policy.schema
    return {
        "config": to_builtins(replace(policy.config, layers=())),
        "schema": {name: to_builtins(getattr(schema, name)) for name in schema.__struct_fields__},
        "template": sorted(policy.template),
        "bets": to_builtins(policy.bets),
        "metrics": to_builtins(policy.metrics),
    }


def from_plain_policy(plain: object) -> Policy:
    """Return the policy that `to_plain_policy` gave.

    Raises ValueError, TypeError, KeyError or AttributeError for anything else.
    """
    values = cast("dict[str, Any]", plain)
    bets = values["bets"]
    return Policy(
        config=Config(**_read(values["config"], _CONFIG)),
        schema=DocumentSchema(**_read(values["schema"], _SCHEMA)),
        template=frozenset(values["template"]),
        bets=None if bets is None else {slug: tuple(found) for slug, found in bets.items()},
        metrics=tuple(values["metrics"]) if values["metrics"] is not None else None,
    )


Reader = Callable[["Any"], object]


def _read(group: Mapping[str, object], readers: Mapping[str, Reader]) -> dict[str, Any]:
    """Return the values of a struct; what has no reader of its own is plain, its lists tuples."""
    return {name: readers.get(name, _plain)(value) for name, value in group.items()}


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _severities(group: Mapping[str, str]) -> Mapping[str, Severity]:
    return {name: Severity(weight) for name, weight in group.items()}


def _rules(group: Mapping[str, dict[str, Any]]) -> Mapping[str, RuleSetting]:
    return {name: RuleSetting(**_read(rule, _WEIGHED)) for name, rule in group.items()}


def _overrides(rows: list[dict[str, Any]]) -> tuple[Override, ...]:
    return tuple(Override(**_read(row, _WEIGHED)) for row in rows)


def _kinds(group: Mapping[str, dict[str, Any]]) -> Mapping[str, KindPolicy]:
    return {name: KindPolicy(**_read(kind, _KIND)) for name, kind in group.items()}


def _path_rules(rows: list[dict[str, Any]]) -> tuple[PathRule, ...]:
    return tuple(PathRule(**_read(row, {})) for row in rows)


def _fields(rows: list[dict[str, Any]]) -> tuple[Field, ...]:
    return tuple(Field(**_read(row, _FIELD)) for row in rows)


def _vocabulary(group: dict[str, Any]) -> Vocabulary:
    paired = {label: (name, frozenset(words)) for label, (name, words) in group["paired"].items()}
    return Vocabulary(**{**group, "parts": frozenset(group["parts"]), "paired": paired})


def _labels(group: Mapping[str, list[str]]) -> Mapping[str, tuple[str, ...]]:
    return {name: tuple(labels) for name, labels in group.items()}


_WEIGHED: dict[str, Reader] = {"severity": Severity}
_KIND: dict[str, Reader] = {"need": _severities}
_CONFIG: dict[str, Reader] = {
    "preset": Preset,
    "aliases": _labels,
    "max_severity": Severity,
    "drafts": Drafts,
    "commit_scope": CommitScope,
    "unproven": Unproven,
    "waivers": Waivers,
    "labels_by": LabelsBy,
    "rules": _rules,
    "overrides": _overrides,
    "kinds": _kinds,
    "kind_paths": _path_rules,
}
_SCHEMA: dict[str, Reader] = {"fields": _fields, "vocabulary": _vocabulary}
_FIELD: dict[str, Reader] = {
    "kind": FieldKind,
    "parts": _fields,
    "paired_aliases": lambda group: {name: tuple(labels) for name, labels in group.items()},
}
