"""Which documents plainly keep their schema, told without loading a JSON Schema engine.

This is a twin of the engine, and it stays for its figure: loading jsonschema-rs (it loads `socket`
and `email`) takes 30 ms, as long as a whole commit that passes at once and a third of what
conventional-pre-commit takes. A document of the few plain keywords below is walked here; anything
else is left to the engine, which alone explains what is wrong. The tests hold both against each
other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

Json = Mapping[str, object]

# Annotations and containers say nothing about validity by themselves.
_SILENT = frozenset(
    {"$schema", "$id", "$defs", "$comment", "title", "description", "examples", "default"}
    | {"format", "deprecated", "readOnly", "writeOnly"}
)
_MAX_DEPTH = 12


class _UndecidedError(Exception):
    """The document or the schema is not plain enough to decide here."""


def is_plainly_valid(document: object, schema: Json, bundled: Mapping[str, Json]) -> bool:
    """Tell whether a document certainly keeps a schema (draft 2020-12).

    False means "ask the engine": the document may be valid or not.
    """
    try:
        return _accepts(document, schema, _Root(schema, bundled), 0)
    except _UndecidedError:
        return False


class _Root:
    def __init__(self, document: Json, bundled: Mapping[str, Json]) -> None:
        self.document = document
        self.bundled = bundled

    def follow(self, ref: str) -> tuple[Json, _Root]:
        base, _, pointer = ref.partition("#")
        if pointer and not pointer.startswith("/"):  # an anchor, which may stand anywhere
            raise _UndecidedError
        root = self
        if base and base != self.document.get("$id"):
            if base not in self.bundled:
                raise _UndecidedError
            root = _Root(self.bundled[base], self.bundled)
        node: object = root.document
        for step in pointer.split("/")[1:]:
            node = node.get(step) if isinstance(node, dict) else None
        if not isinstance(node, dict):
            raise _UndecidedError
        return node, root


def _accepts(value: object, schema: object, root: _Root, depth: int) -> bool:
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        raise _UndecidedError
    if "$id" in schema and schema is not root.document:  # references inside have another base
        raise _UndecidedError
    for keyword, argument in schema.items():
        if keyword in _SILENT or keyword.startswith("x-"):
            continue
        check = _KEYWORDS.get(keyword)
        if check is None:
            raise _UndecidedError
        if not check(value, argument, schema, root, depth + 1):
            return False
    return True


def _ref(value: object, argument: object, _schema: Json, root: _Root, depth: int) -> bool:
    if not isinstance(argument, str):
        raise _UndecidedError
    target, base = root.follow(argument)
    return _accepts(value, target, base, depth)


def _type(value: object, argument: object, _schema: Json, _root: _Root, _depth: int) -> bool:
    wanted = _TYPES.get(argument) if isinstance(argument, str) else None
    if wanted is None or isinstance(value, bool):
        raise _UndecidedError
    return isinstance(value, wanted)


def _enum(value: object, argument: object, _schema: Json, _root: _Root, _depth: int) -> bool:
    return isinstance(value, str) and isinstance(argument, list) and value in argument


def _properties(value: object, argument: object, _schema: Json, root: _Root, depth: int) -> bool:
    if not isinstance(value, dict):
        return True
    known = argument if isinstance(argument, dict) else {}
    return all(_accepts(value[k], known[k], root, depth) for k in value if k in known)


def _required(value: object, argument: object, _schema: Json, _root: _Root, _depth: int) -> bool:
    names = argument if isinstance(argument, list) else []
    return not isinstance(value, dict) or all(name in value for name in names)


def _closed(value: object, argument: object, schema: Json, root: _Root, _depth: int) -> bool:
    """Read `additionalProperties: false` and `unevaluatedProperties: false`."""
    if argument is not False:
        raise _UndecidedError
    return not isinstance(value, dict) or set(value) <= _known(schema, root, 0)


def _known(schema: Json, root: _Root, depth: int) -> set[str]:
    """Return the properties a schema evaluates itself or through a reference."""
    if depth > _MAX_DEPTH:
        raise _UndecidedError
    properties = schema.get("properties")
    names = set(properties) if isinstance(properties, dict) else set()
    ref = schema.get("$ref")
    if isinstance(ref, str) and "additionalProperties" not in schema:
        target, base = root.follow(ref)
        names |= _known(target, base, depth + 1)
    return names


def _items(value: object, argument: object, _schema: Json, root: _Root, depth: int) -> bool:
    if not isinstance(value, list):
        return True
    return all(_accepts(entry, argument, root, depth) for entry in value)


def _least_items(value: object, argument: object, _s: Json, _root: _Root, _depth: int) -> bool:
    return not isinstance(value, list) or len(value) >= _count(argument)


def _most_items(value: object, argument: object, _s: Json, _root: _Root, _depth: int) -> bool:
    return not isinstance(value, list) or len(value) <= _count(argument)


def _least_length(value: object, argument: object, _s: Json, _root: _Root, _depth: int) -> bool:
    return not isinstance(value, str) or len(value) >= _count(argument)


def _most_length(value: object, argument: object, _s: Json, _root: _Root, _depth: int) -> bool:
    return not isinstance(value, str) or len(value) <= _count(argument)


def _count(argument: object) -> int:
    if not isinstance(argument, int) or isinstance(argument, bool):
        raise _UndecidedError
    return argument


_TYPES: dict[str, type] = {"object": dict, "array": list, "string": str}
_KEYWORDS: dict[str, Callable[[object, object, Json, _Root, int], bool]] = {
    "$ref": _ref,
    "type": _type,
    "enum": _enum,
    "properties": _properties,
    "required": _required,
    "additionalProperties": _closed,
    "unevaluatedProperties": _closed,
    "items": _items,
    "minItems": _least_items,
    "maxItems": _most_items,
    "minLength": _least_length,
    "maxLength": _most_length,
}
