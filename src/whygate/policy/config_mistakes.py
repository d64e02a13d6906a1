"""Turn the ways a configuration breaks its schema into sentences with lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from whygate.schema.validate import pointer
from whygate.text.yaml_tree import Node, Path, Scalar, Sequence, find, find_key

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
