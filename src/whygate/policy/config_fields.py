"""Hold what a configuration asks for against the fields that its schema has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.errors import ConfigError
from whygate.policy.config_mistakes import suggest
from whygate.text.labels import normalise_label
from whygate.text.yaml_tree import find, find_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.policy.config import Config, PartialConfig
    from whygate.schema.document import DocumentSchema


def require_known_fields(config: Config, schema: DocumentSchema) -> None:
    """Raise ConfigError, with all of them, for fields a file names and the schema lacks.

    So does a label that two fields would be read from. What a preset asks for is left alone: a
    team's own schema may do without it, see `find_unasked`.
    """
    known = [field.name for field in schema.all_fields()]
    for layer in config.layers:
        problems = (*_unknown(layer, known), *_ambiguous(layer, schema))
        if problems:
            raise ConfigError(
                layer.origin, problems, hint="`whygate show schema` lists the fields of the schema"
            )


def find_unasked(config: Config, schema: DocumentSchema) -> tuple[str, ...]:
    """Return the fields that some kind needs and the schema does not have, so nobody is asked."""
    known = {field.name for field in schema.all_fields()}
    asked = (name for policy in config.kinds.values() for name in policy.need)
    return tuple(dict.fromkeys(name for name in asked if name not in known))


def _ambiguous(layer: PartialConfig, schema: DocumentSchema) -> Iterator[tuple[int, str]]:
    """Yield the labels under `aliases` that say nothing, or are another field's as well."""
    if layer.tree is None:
        return
    for name, labels in (layer.aliases or {}).items():
        for index, label in enumerate(labels):
            line, _ = find(layer.tree, ("aliases", name, index))
            key = normalise_label(label)
            if not key:
                yield line, f"`aliases.{name}`: `{label}` has no word that could be a label"
            elif other := _other_owner(key, name, schema):
                yield line, f"`aliases.{name}`: `{label}` is a label of `{other}` as well"


def _other_owner(key: str, name: str, schema: DocumentSchema) -> str:
    """Return another field of the same level that a label names, "" for none."""
    level = name.rpartition(".")[0]
    for field in schema.all_fields():
        if field.name != name and field.name.rpartition(".")[0] == level:
            named = (field.title, field.key, *field.aliases)
            if key in map(normalise_label, named):
                return field.name
    return ""


def _unknown(layer: PartialConfig, known: list[str]) -> Iterator[tuple[int, str]]:
    if layer.tree is None:
        return
    for kind, policy in (layer.kinds or {}).items():
        for name in policy.need or {}:
            if name not in known:
                line, _ = find_key(layer.tree, ("kinds", kind, "need", name))
                sentence = f"`kinds.{kind}.need` asks for `{name}`, which the schema does not have"
                yield line, sentence + suggest(name, known)
    for name in layer.aliases or {}:
        if name not in known:
            line, _ = find_key(layer.tree, ("aliases", name))
            sentence = f"`aliases` names `{name}`, which the schema does not have"
            yield line, sentence + suggest(name, known)
