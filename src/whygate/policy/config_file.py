"""Turn the text of a configuration file into one layer, or into all its mistakes at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from whygate.errors import ConfigError
from whygate.policy.config import PartialConfig, selects
from whygate.policy.config_layer import build_layer
from whygate.policy.config_mistakes import (
    Json,
    Mistake,
    at,
    at_key,
    resolve,
    schema_mistakes,
    show,
    step_into,
    suggest,
)
from whygate.policy.config_toml import MAX_NODES, load_toml
from whygate.text.yaml_tree import Mapping as Tree
from whygate.text.yaml_tree import Node, Path, Scalar, Sequence, YamlError, load_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?", re.ASCII)
_BOOLEANS = {"true": True, "false": False}
# How much a new kind may resemble a built-in one before it is taken for a slip of the pen.
_NEAR_KIND = 0.7


def parse_config(
    text: str,
    path: str,
    schema: Json,
    *,
    fmt: Literal["yaml", "toml"] = "yaml",
    known_rules: Mapping[str, str] | None = None,
) -> PartialConfig:
    """Return the layer that `.whygate.yml`, or `[tool.whygate]` of a pyproject.toml, holds.

    `path` names the file in messages and origins; `schema` is the configuration's JSON Schema;
    `known_rules` maps rule ids to names, so that a selector of no rule is a mistake.
    Raises ConfigError with every mistake as (line, sentence), in the order of the lines.
    """
    if fmt == "toml":
        tree: Node | None = load_toml(text, path)
        mistakes: list[Mistake] = []
    else:
        tree, mistakes = _load_yaml(text)
    if tree is not None:
        mistakes += _Checker(tree, schema, known_rules or {}).mistakes()
    if mistakes:
        raise _error(path, mistakes)
    return build_layer(tree, path) if isinstance(tree, Tree) else PartialConfig(origin=path)


def _error(path: str, mistakes: list[Mistake]) -> ConfigError:
    ordered = sorted(mistakes, key=lambda m: (m.line, m.column))
    return ConfigError(
        path,
        tuple((m.line, m.sentence) for m in ordered),
        hint="`whygate show schema config` prints every key with its meaning",
    )


def _load_yaml(text: str) -> tuple[Node | None, list[Mistake]]:
    try:
        return load_tree(text, max_nodes=MAX_NODES), []
    except YamlError as error:
        return error.root, [Mistake(p.line, p.column, (), p.message) for p in error.problems]


class _Checker:
    """Holds a tree against the schema, and against what a schema cannot say."""

    def __init__(self, tree: Node, schema: Json, known_rules: Mapping[str, str]) -> None:
        self.tree = tree
        self.schema = schema
        self.rules = known_rules
        self.builtin = _strings(step_into(schema, ("$defs", "kind")).get("examples"))
        kinds = tree.get("kinds") if isinstance(tree, Tree) else None
        self.declared = [key.text for key, _ in kinds.entries] if isinstance(kinds, Tree) else []

    def mistakes(self) -> Iterator[Mistake]:
        """Yield all mistakes; a place that breaks the schema has no second one."""
        if not isinstance(self.tree, Tree):
            yield at(self.tree, (), f"the configuration must be a mapping, found {show(self.tree)}")
            return
        instance = as_instance(self.tree, self.schema, self.schema)
        meanings = list(self._meanings())
        nobody = {m.path for m in meanings if m.path[:1] == ("rules",)}  # what it says is moot
        broken = [
            m
            for m in schema_mistakes(instance, self.tree, self.schema)
            if tuple(map(str, m.path[:2])) not in nobody
        ]
        yield from broken
        places = {mistake.path for mistake in broken}
        yield from (m for m in meanings if m.path not in places)

    def _meanings(self) -> Iterator[Mistake]:
        for name, path, node in _uses(self.tree, self.schema, self.schema, ()):
            if name == "kind":
                yield from self._kind(path, node.text)
            elif name == "path":
                yield from self._path(path, node.text)
            elif name == "selector":
                yield from self._selector(path, node.text)
        for name in self.declared:
            yield from self._new_kind(name)
        zone = self.tree.get("timezone") if isinstance(self.tree, Tree) else None
        if isinstance(zone, Scalar):
            yield from self._timezone(zone.text)

    def _kind(self, path: Path, name: str) -> Iterator[Mistake]:
        known = [*self.builtin, *self.declared]
        if path != ("kinds", name) and name not in known:
            hint = suggest(name, known) or "; a key under `kinds` would make it one"
            yield at(self.tree, path, f"`{name}` is not a kind{hint}")

    def _new_kind(self, name: str) -> Iterator[Mistake]:
        from difflib import get_close_matches  # noqa: PLC0415  (only for new kinds)

        near = () if name in self.builtin else get_close_matches(name, self.builtin, 1, _NEAR_KIND)
        if near:
            sentence = f"`{name}` is not a kind; did you mean `{near[0]}`?"
            yield at_key(self.tree, ("kinds", name), sentence)

    def _path(self, path: Path, text: str) -> Iterator[Mistake]:
        if ".." in text.split("/"):
            yield at(self.tree, path, f"the path `{text}` must stay inside the repository")

    def _selector(self, path: Path, text: str) -> Iterator[Mistake]:
        if self.rules and not any(selects(text, *rule) for rule in self.rules.items()):
            known = list(self.rules.values())  # an id resembles every other id
            place = at_key if path[0] == "rules" else at
            yield place(self.tree, path, f"no rule is called `{text}`{suggest(text, known)}")

    def _timezone(self, name: str) -> Iterator[Mistake]:
        if not _is_timezone(name):
            import zoneinfo  # noqa: PLC0415  (only for mistakes)

            hint = suggest(name, sorted(zoneinfo.available_timezones()))
            sentence = f"`timezone` must be an IANA name, found `{name}`{hint}"
            yield at(self.tree, ("timezone",), sentence)


def _is_timezone(name: str) -> bool:
    """Tell whether the zone database knows a name; UTC needs no database."""
    if name == "UTC":
        return True
    import zoneinfo  # noqa: PLC0415  (reads the disk; UTC is the default)

    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True


def as_instance(node: Node, schema: Json, root: Json) -> object:
    """Return what the schema is held against: plain numbers and booleans become values.

    A scalar that is no number stays text, so the schema's own complaint names the type.
    """
    schema = resolve(schema, root)
    if isinstance(node, Tree):
        return {key.text: as_instance(v, _value(schema, key.text), root) for key, v in node.entries}
    if isinstance(node, Sequence):
        items = step_into(schema, ("items",))
        return [as_instance(item, items, root) for item in node.items]
    if node.quoted:
        return node.text
    if schema.get("type") == "integer" and _INTEGER.fullmatch(node.text):
        return int(node.text)
    if schema.get("type") == "number" and _NUMBER.fullmatch(node.text):
        return float(node.text)
    if schema.get("type") == "boolean":
        return _BOOLEANS.get(node.text, node.text)
    return node.text


def _uses(node: Node, schema: Json, root: Json, path: Path) -> Iterator[tuple[str, Path, Scalar]]:
    """Yield (definition, path, text) for each text whose schema is a named definition."""
    flat = resolve(schema, root)
    if "if" in flat:
        side = "else" if isinstance(node, Scalar) else "then"
        inner = step_into(flat, (side,))
        schema, flat = {**schema, **inner}, {**flat, **resolve(inner, root)}
    if isinstance(node, Scalar):
        yield _definition(schema), path, node
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from _uses(item, step_into(flat, ("items",)), root, (*path, index))
    else:
        keys = _definition(step_into(flat, ("propertyNames",)))
        for key, value in node.entries:
            yield keys, (*path, key.text), key
            yield from _uses(value, _value(flat, key.text), root, (*path, key.text))


def _value(schema: Json, name: str) -> Json:
    """Return the schema of a key's value."""
    properties = step_into(schema, ("properties",))
    return step_into(properties, (name,)) or step_into(schema, ("additionalProperties",))


def _definition(schema: Json) -> str:
    return str(schema.get("$ref", "")).removeprefix("#/$defs/")


def _strings(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else []
