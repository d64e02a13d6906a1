"""Read a configuration file into one layer, or tell all its mistakes at once.

The steps stand in their order: the file, what its schema cannot say, the sentences about what the
schema says, and the fields that a team's own schema must have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from whygate.errors import ConfigError
from whygate.policy.config import PartialConfig, selects
from whygate.policy.config_toml import MAX_NODES, load_toml
from whygate.policy.presets import build_layer
from whygate.schema.validate import pointer
from whygate.text.labels import normalise_label
from whygate.text.yaml_tree import Mapping as Tree
from whygate.text.yaml_tree import (
    Node,
    Path,
    Scalar,
    Sequence,
    YamlError,
    find,
    find_key,
    load_tree,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from whygate.policy.config import Config
    from whygate.schema.document import DocumentSchema

Json = Mapping[str, object]

_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "`true` or `false`",
}
_MAX_SHOWN = 40
_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?", re.ASCII)
_BOOLEANS = {"true": True, "false": False}
# How much a new kind may resemble a built-in one before it is taken for a slip of the pen.
_NEAR_KIND = 0.7


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
            elif name == "extends":
                yield from self._extends(path, node.text)
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

    def _extends(self, path: Path, text: str) -> Iterator[Mistake]:
        from whygate.policy.extends import parse_extends  # noqa: PLC0415  (few files extend one)

        try:
            parse_extends(text)
        except ValueError as error:
            yield at(self.tree, path, f"`extends`: {error}")

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


class Mistake(Struct, frozen=True):
    """One mistake: where in the file (from 1), where in the tree, and a sentence."""

    line: int
    column: int
    path: Path
    sentence: str


class Breach(Struct, frozen=True):
    """One complaint of the validator about one place of the tree.

    `rule` is the schema that complains, `details` what its keyword says (options, limit ...).
    """

    keyword: str
    path: Path
    rule: Json
    details: Json
    root: Json
    tree: Node

    @property
    def where(self) -> str:
        """Return the place as people write it."""
        whole = str(self.root.get("x-names", "the configuration"))
        return f"`{pointer(self.path)}`" if self.path else whole

    @property
    def found(self) -> str:
        """Return what stands there, shortened."""
        return show(follow(self.tree, self.path))

    @property
    def expects(self) -> str:
        """Return what the schema expects, in the words it gives itself."""
        return str(self.rule.get("x-expects", ""))


def schema_mistakes(instance: object, tree: Node, schema: Json) -> tuple[Mistake, ...]:
    """Return every way an instance breaks a schema, at most one complaint for each place.

    `tree` is the instance with its positions. Keys that are unknown or missing are complaints
    of their own.
    """
    import jsonschema_rs  # noqa: PLC0415  (26 ms; only when a configuration is read)

    options = jsonschema_rs.RegexOptions()
    validator = jsonschema_rs.Draft202012Validator(dict(schema), pattern_options=options)
    mistakes: list[Mistake] = []
    seen: set[Path] = set()
    for breach in sorted(_breaches(validator.iter_errors(instance), schema, tree), key=_weight):
        if breach.keyword in _KEY_SENTENCES:
            mistakes.extend(_KEY_SENTENCES[breach.keyword](breach))
        elif breach.path not in seen:
            seen.add(breach.path)
            sentence = _SENTENCES.get(breach.keyword, _expected)(breach)
            mistakes.append(at(breach.tree, breach.path, sentence))
    return tuple(mistakes)


def at(tree: Node, path: Path, sentence: str) -> Mistake:
    """Return a mistake about the value a path leads to."""
    return Mistake(*find(tree, path), path, sentence)


def at_key(tree: Node, path: Path, sentence: str) -> Mistake:
    """Return a mistake about the key a path ends with."""
    return Mistake(*find_key(tree, path), path, sentence)


def suggest(name: str, known: list[str]) -> str:
    """Return `; did you mean ...?` for the nearest known name, else nothing."""
    from difflib import get_close_matches  # noqa: PLC0415  (only for mistakes)

    near = get_close_matches(name[:_MAX_SHOWN], known, n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else ""


def show(node: Node | None) -> str:
    """Return a value as a mistake shows it: one line, at most 40 characters."""
    if isinstance(node, Scalar):
        if not node.text:
            return "nothing"
        text = " ".join(node.text.split())
        short = text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"
        return f"`{short}`"
    return "a list" if isinstance(node, Sequence) else "a mapping"


def follow(tree: Node, path: Path) -> Node | None:
    """Return the node a path leads to, or None."""
    node: Node | None = tree
    for step in path:
        if isinstance(node, Sequence):
            node = node.items[step] if isinstance(step, int) else None
        else:
            node = None if node is None or isinstance(node, Scalar) else node.get(str(step))
    return node


def resolve(schema: Json, root: Json) -> Json:
    """Return a schema with the `$ref` into its own document laid flat (the outer keys win)."""
    ref = schema.get("$ref")
    if not isinstance(ref, str):
        return schema
    target = step_into(root, tuple(ref.removeprefix("#/").split("/")))
    return {**resolve(target, root), **{k: v for k, v in schema.items() if k != "$ref"}}


def step_into(schema: Json, path: Path) -> Json:
    """Return the part of a schema that a path of keys leads to, empty when there is none."""
    node: object = schema
    for step in path:
        if isinstance(node, list) and isinstance(step, int):
            node = node[step]
        else:
            node = node.get(step) if isinstance(node, Mapping) else None
    return node if isinstance(node, Mapping) else {}


def _breaches(errors: Iterator[object], root: Json, tree: Node) -> Iterator[Breach]:
    for error in errors:
        kind = getattr(error, "kind", None)
        path: Path = tuple(getattr(error, "instance_path", ()))
        rule_path: Path = tuple(getattr(error, "schema_path", ()))[:-1]
        keyword = str(getattr(kind, "name", ""))
        if keyword == "propertyNames":
            details: Json = {"name": getattr(getattr(kind, "value", None), "instance", "")}
        else:
            details = kind.as_dict() if kind is not None else {}
        yield Breach(keyword, path, step_into(root, rule_path), details, root, tree)


def _weight(breach: Breach) -> int:
    """Order the complaints about one place: a wrong type explains the rest."""
    return 0 if breach.keyword == "type" else 1


def _unknown_keys(breach: Breach) -> Iterator[Mistake]:
    for name in _texts(breach.details.get("unexpected")):
        known = list(step_into(breach.rule, ("properties",)))
        place = f" in {breach.where}" if breach.path else ""
        hint = _moved(name, breach) or suggest(name, known) or f"; known are {_list(known)}"
        sentence = f"unknown key `{name[:_MAX_SHOWN]}`{place}{hint}"
        yield at_key(breach.tree, (*breach.path, name), sentence)


def _moved(name: str, breach: Breach) -> str:
    """Return the hint for a key of a group that was written at the top."""
    if breach.path:
        return ""
    groups = step_into(breach.root, ("properties",))
    owners = [g for g in groups if name in step_into(groups, (g, "properties"))]
    return f"; it belongs under `{owners[0]}`" if owners else ""


def _bad_key(breach: Breach) -> Iterator[Mistake]:
    name = str(breach.details["name"])
    expects = breach.expects or "text"
    sentence = f"the key `{name[:_MAX_SHOWN]}` in {breach.where} must be {expects}"
    yield at_key(breach.tree, (*breach.path, name), sentence)


def _missing(breach: Breach) -> Iterator[Mistake]:
    name = breach.details.get("property")
    why = "is turned off without a" if name == "reason" else "lacks the key"
    yield at(breach.tree, breach.path, f"{breach.where} {why} `{name}`")


def _expected(breach: Breach) -> str:
    return f"{breach.where} must be {breach.expects or 'something else'}, found {breach.found}"


def _type(breach: Breach) -> str:
    node = follow(breach.tree, breach.path)
    names = _texts(breach.details.get("types"))
    expected = breach.expects or " or ".join(_TYPES.get(name, name) for name in names)
    if isinstance(node, Scalar) and not node.text and not node.quoted:
        return f"{breach.where} has no value; it must be {expected}"
    quotes = " in quotes" if isinstance(node, Scalar) and node.quoted else ""
    return f"{breach.where} must be {expected}, found {breach.found}{quotes}"


def _choice(breach: Breach) -> str:
    options = _texts(breach.details.get("options"))
    node = follow(breach.tree, breach.path)
    text = node.text if isinstance(node, Scalar) else ""
    if text == "off" and breach.path[0] == "rules":
        return f"{breach.where} is turned off without a reason; write `severity:` and `reason:`"
    hint = suggest(text, options)
    return f"{breach.where} must be one of {_list(options)}, found {breach.found}{hint}"


def _constant(breach: Breach) -> str:
    return f"{breach.where} must be `{breach.rule.get('const')}`, found {breach.found}"


def _bound(breach: Breach) -> str:
    side = "at least" if breach.keyword == "minimum" else "at most"
    return f"{breach.where} must be {side} {breach.details.get('limit')}, found {breach.found}"


def _empty(breach: Breach) -> str:
    return f"{breach.where} must not be empty"


def _too_long(breach: Breach) -> str:
    return f"{breach.where} is longer than {breach.details.get('limit')} characters"


def _one_of(breach: Breach) -> str:
    return f"{breach.where} needs {breach.expects}"


def _texts(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else []


def _list(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


_KEY_SENTENCES: dict[str, Callable[[Breach], Iterator[Mistake]]] = {
    "additionalProperties": _unknown_keys,
    "propertyNames": _bad_key,
    "required": _missing,
}
_SENTENCES: dict[str, Callable[[Breach], str]] = {
    "type": _type,
    "enum": _choice,
    "const": _constant,
    "minimum": _bound,
    "maximum": _bound,
    "minLength": _empty,
    "minItems": _empty,
    "maxLength": _too_long,
    "anyOf": _one_of,
}
