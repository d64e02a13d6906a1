"""Which configuration is in effect: a preset, what is extended, the file, the options of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from msgspec.structs import replace

from whygate.errors import ConfigError
from whygate.model import Severity
from whygate.policy.config import (
    DEFAULT,
    CommitScope,
    Config,
    Drafts,
    LabelsBy,
    Override,
    PartialConfig,
    PartialKindPolicy,
    PathRule,
    Preset,
    RuleSetting,
    Unproven,
    Waivers,
)
from whygate.text.yaml_tree import Mapping as Tree
from whygate.text.yaml_tree import Plain, load_tree, to_plain

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
Group = Mapping[str, Plain]


def build_layer(tree: Tree, origin: str) -> PartialConfig:
    """Return the layer a tree holds, which must be valid; `origin` names it.

    Keys that the configuration does not know are not looked at.
    """
    return replace(build_plain_layer(_group(to_plain(tree)), origin), tree=tree)


def build_plain_layer(top: Group, origin: str) -> PartialConfig:
    """Return the layer that plain values hold, as `to_plain` makes them of a valid tree."""
    kinds, exempt, dates = (_group(top.get(k)) for k in ("kind_from", "exempt", "dates"))
    return PartialConfig(
        extends=_value(top, "extends", _text),
        preset=_value(top, "preset", _word(Preset)),
        schema_path=_value(top, "schema", _text),
        aliases=_value(top, "aliases", _labels),
        templates=_value(top, "template", _texts),
        default_kind=_value(top, "default_kind", _text),
        timezone=_value(top, "timezone", _text),
        max_severity=_value(top, "max_severity", _severity),
        drafts=_value(top, "drafts", _word(Drafts)),
        commit_scope=_value(_group(top.get("commits")), "scope", _word(CommitScope)),
        commit_bases=_value(_group(top.get("commits")), "base", _texts),
        rules=_value(top, "rules", _rules),
        overrides=_value(top, "overrides", _overrides),
        kinds=_value(top, "kinds", _kinds),
        kind_types=_value(kinds, "types", _words),
        kind_labels=_value(kinds, "labels", _words),
        kind_branches=_value(kinds, "branches", _words),
        kind_paths=_value(kinds, "paths", _path_rules),
        exempt_bots=_value(exempt, "bots", _texts),
        exempt_labels=_value(exempt, "labels", _texts),
        exempt_branches=_value(exempt, "branches", _texts),
        exempt_paths=_value(exempt, "paths", _texts),
        unproven=_value(exempt, "unproven", _word(Unproven)),
        waivers=_value(exempt, "waivers", _word(Waivers)),
        labels_by=_value(exempt, "labels_by", _word(LabelsBy)),
        linked_issues=_value(top, "linked_issues", _boolean),
        personas=_value(top, "personas", _texts),
        product_paths=_value(top, "product_paths", _texts),
        trivial_max_lines=_value(_group(top.get("trivial")), "max_lines", _integer),
        release_tags=_value(_group(top.get("release")), "tags", _texts),
        release_environment=_value(_group(top.get("release")), "environment", _text),
        max_days=_value(dates, "max_days", _integer),
        grace_days=_value(dates, "grace_days", _integer),
        origin=origin,
    )


def _value(group: Group, key: str, read: Callable[[Plain], T]) -> T | None:
    return read(group[key]) if key in group else None


def _group(value: Plain | None) -> Group:
    return value if isinstance(value, dict) else {}


def _items(value: Plain) -> list[Plain]:
    return value if isinstance(value, list) else [value]


def _text(value: Plain) -> str:
    return str(value)


def _texts(value: Plain) -> tuple[str, ...]:
    return tuple(_text(item) for item in _items(value))


def _words(value: Plain) -> Mapping[str, str]:
    return {key: _text(word) for key, word in _group(value).items()}


def _labels(value: Plain) -> Mapping[str, tuple[str, ...]]:
    return {name: _texts(labels) for name, labels in _group(value).items()}


def _integer(value: Plain) -> int:
    return int(_text(value))


def _boolean(value: Plain) -> bool:
    return value == "true"


def _word(kind: type[E]) -> Callable[[Plain], E]:
    """Return what reads a setting that is one of some words."""
    return lambda value: kind(_text(value))


def _severity(value: Plain) -> Severity:
    return Severity(_text(value))


def _rules(value: Plain) -> Mapping[str, RuleSetting]:
    return {selector: _rule(setting) for selector, setting in _group(value).items()}


def _rule(value: Plain) -> RuleSetting:
    if not isinstance(value, dict):
        return RuleSetting(_severity(value))
    return RuleSetting(_severity(value["severity"]), _text(value.get("reason", "")))


def _overrides(value: Plain) -> tuple[Override, ...]:
    return tuple(_override(_group(item)) for item in _items(value))


def _override(group: Group) -> Override:
    return Override(
        severity=_severity(group["severity"]),
        rules=_texts(group.get("rules", [])),
        kinds=_texts(group.get("kinds", [])),
        paths=_texts(group.get("paths", [])),
        reason=_text(group.get("reason", "")),
    )


def _kinds(value: Plain) -> Mapping[str, PartialKindPolicy]:
    return {name: _kind(_group(policy)) for name, policy in _group(value).items()}


def _kind(group: Group) -> PartialKindPolicy:
    return PartialKindPolicy(
        need=_value(group, "need", _severities),
        exemptions=_value(group, "exemptions", _texts),
        skip=_value(group, "skip", _boolean),
    )


def _severities(value: Plain) -> Mapping[str, Severity]:
    return {field: _severity(weight) for field, weight in _group(value).items()}


def _path_rules(value: Plain) -> tuple[PathRule, ...]:
    groups = (_group(item) for item in _items(value))
    return tuple(PathRule(_texts(group["paths"]), _text(group["kind"])) for group in groups)


def resolve_config(presets: Mapping[str, str], *given: PartialConfig | None) -> Config:
    """Return the configuration in effect: standard, the chosen preset, then what is `given`.

    That is what a file extends, the file, the options of a run, each stronger than the one before.
    The strongest that names a preset chooses it. `presets` maps names to texts, `standard` among
    them; every other one is a difference to it. Raises ConfigError when a preset is missing.
    """
    layers = [layer for layer in given if layer is not None]
    chosen = next((layer.preset for layer in reversed(layers) if layer.preset), Preset.STANDARD)
    config = DEFAULT
    for name in dict.fromkeys((Preset.STANDARD, chosen)):
        config = config.apply(parse_preset(presets, name))
    for layer in layers:
        config = config.apply(layer)
    return config


def parse_preset(presets: Mapping[str, str], name: Preset) -> PartialConfig:
    """Return a preset as a layer.

    A preset has the shape of a configuration without the key `preset`; the tests hold ours
    against the schema, so that no run pays for it. Raises ConfigError when there is none.
    """
    tree = load_tree(presets.get(name, ""))
    if not isinstance(tree, Tree):
        raise ConfigError(f"presets/{name}.yml", ((1, "the preset is missing or empty"),))
    if tree.get("preset") is not None or tree.get("extends") is not None:
        raise ConfigError(f"presets/{name}.yml", ((1, "a preset starts from nothing else"),))
    return replace(build_layer(tree, f"preset {name}"), tree=None)
