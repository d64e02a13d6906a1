"""Every setting in effect, and where it was set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from whygate.policy.config import (
    Config,
    KindPolicy,
    Override,
    PartialConfig,
    PartialKindPolicy,
    PathRule,
    RuleSetting,
)
from whygate.schema.validate import pointer
from whygate.text.yaml_tree import Path, find

# The keys of the file in the order of the documentation, and the attributes that hold them.
_KEYS: tuple[tuple[str, str], ...] = (
    ("preset", "preset"),
    ("schema", "schema_path"),
    ("aliases", "aliases"),
    ("template", "templates"),
    ("default_kind", "default_kind"),
    ("timezone", "timezone"),
    ("max_severity", "max_severity"),
    ("drafts", "drafts"),
    ("commits.scope", "commit_scope"),
    ("commits.base", "commit_bases"),
    ("rules", "rules"),
    ("overrides", "overrides"),
    ("kinds", "kinds"),
    ("kind_from.types", "kind_types"),
    ("kind_from.labels", "kind_labels"),
    ("kind_from.branches", "kind_branches"),
    ("kind_from.paths", "kind_paths"),
    ("exempt.bots", "exempt_bots"),
    ("exempt.labels", "exempt_labels"),
    ("exempt.branches", "exempt_branches"),
    ("exempt.paths", "exempt_paths"),
    ("exempt.unproven", "unproven"),
    ("exempt.waivers", "waivers"),
    ("exempt.labels_by", "labels_by"),
    ("linked_issues", "linked_issues"),
    ("personas", "personas"),
    ("product_paths", "product_paths"),
    ("trivial.max_lines", "trivial_max_lines"),
    ("release.tags", "release_tags"),
    ("release.environment", "release_environment"),
    ("dates.max_days", "max_days"),
    ("dates.grace_days", "grace_days"),
)
_EXTENDS = "extends"


class Setting(Struct, frozen=True):
    """One value in effect: its dotted key, the value as text, and where it was set."""

    path: str
    value: str
    origin: str


def effective(config: Config) -> tuple[Setting, ...]:
    """Return every setting with its origin.

    An origin is "default", "preset standard", ".whygate.yml:12" or "option"; of what is extended
    its path or address, and the line. Each file that extends another says so first.
    """
    origins: dict[Path, str] = {}
    for layer in config.layers:
        origins.update((path, _origin(layer, path)) for path, _ in _flatten(layer))
    extended = (
        Setting(_EXTENDS, layer.extends, _origin(layer, (_EXTENDS,)))
        for layer in reversed(config.layers)
        if layer.extends is not None
    )
    values = (
        Setting(pointer(path), value, origins.get(path, "default"))
        for path, value in _flatten(config)
    )
    return (*extended, *values)


def _origin(layer: PartialConfig, path: Path) -> str:
    return layer.origin if layer.tree is None else f"{layer.origin}:{find(layer.tree, path)[0]}"


def _flatten(config: Config | PartialConfig) -> Iterator[tuple[Path, str]]:
    for key, attribute in _KEYS:
        yield from _leaves(tuple(key.split(".")), getattr(config, attribute))


def _leaves(path: Path, value: object) -> Iterator[tuple[Path, str]]:
    match value:
        case None:
            return
        case KindPolicy() | PartialKindPolicy():
            yield from _leaves((*path, "need"), value.need)
            yield from _leaves((*path, "exemptions"), value.exemptions)
            yield from _leaves((*path, "skip"), value.skip)
        case Mapping():
            for key, inner in value.items():
                yield from _leaves((*path, key), inner)
        case (Override() | PathRule(), *_):
            for index, inner in enumerate(value):
                yield from _leaves((*path, index), inner)
        case _:
            yield path, _text(value)


def _text(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case tuple():
            return ", ".join(value) or "none"
        case RuleSetting():
            return _because(value.severity, value.reason)
        case Override():
            return _because(f"{_scope(value)}: {value.severity}", value.reason)
        case PathRule():
            return f"{', '.join(value.paths)}: {value.kind}"
    return str(value) or "none"


def _scope(override: Override) -> str:
    rules = ", ".join(override.rules) or "every rule"
    kinds = f" for {', '.join(override.kinds)}" if override.kinds else ""
    paths = f" in {', '.join(override.paths)}" if override.paths else ""
    return f"{rules}{kinds}{paths}"


def _because(text: str, reason: str) -> str:
    return f"{text} ({reason})" if reason else text
