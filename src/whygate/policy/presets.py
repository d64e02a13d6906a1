"""Turn presets, a file's layer and the options into the configuration in effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.errors import ConfigError
from whygate.policy.config import DEFAULT, Config, PartialConfig, Preset
from whygate.policy.config_layer import build_layer
from whygate.text.yaml_tree import Mapping as Tree
from whygate.text.yaml_tree import load_tree

if TYPE_CHECKING:
    from collections.abc import Mapping


def resolve_config(
    presets: Mapping[str, str],
    file: PartialConfig | None = None,
    options: PartialConfig | None = None,
) -> Config:
    """Return the configuration in effect: standard, the chosen preset, the file, the options.

    `presets` maps names to texts, `standard` among them. Every other preset is a difference
    to it. The options may choose the preset too. Raises ConfigError when a preset is missing.
    """
    layers = [layer for layer in (file, options) if layer is not None]
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
    if tree.get("preset") is not None:
        raise ConfigError(f"presets/{name}.yml", ((1, "a preset cannot choose a preset"),))
    return replace(build_layer(tree, f"preset {name}"), tree=None)
