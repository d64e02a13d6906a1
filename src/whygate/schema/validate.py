"""What is wrong with a document by its JSON Schema, in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from whygate.errors import SchemaError

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Path = tuple[str | int, ...]

_MASK = "it"  # in place of the value, which may be a whole document, in the engine's own words


class SchemaProblem(Struct, frozen=True):
    """One way a document breaks its schema.

    `keyword` is the JSON Schema keyword, `path` where in the document, `member` the property
    that is missing or unknown, `message` the sentence for the author.
    """

    keyword: str
    path: Path
    message: str
    member: str = ""


Validate = Callable[[Mapping[str, object]], tuple[SchemaProblem, ...]]


def compile_validator(
    schema: Mapping[str, object],
    bundled: Mapping[str, Mapping[str, object]],
    name: str = "the schema",
) -> Validate:
    """Return a function from a document to its problems.

    JSON Schema draft 2020-12 by jsonschema-rs with its linear-time regex engine; a reference is
    followed only inside the schema and to `bundled` (by `$id`): never to a file or the network.
    Raises SchemaError, which calls the schema `name`, when it is not valid or refers elsewhere.
    """
    import jsonschema_rs  # noqa: PLC0415  (26 ms; only when a document is validated)

    _check_dialect(schema, name)

    def retrieve(uri: str) -> dict[str, object]:
        if uri in bundled:
            return dict(bundled[uri])
        raise LookupError(uri)

    try:
        jsonschema_rs.meta.validate(dict(schema))
        validator = jsonschema_rs.Draft202012Validator(
            dict(schema),
            retriever=retrieve,
            pattern_options=jsonschema_rs.RegexOptions(),
            mask=_MASK,
        )
    except jsonschema_rs.ReferencingError as error:
        raise _reference_error(str(error), name) from None
    except jsonschema_rs.ValidationError as error:
        raise _schema_error(error.message, tuple(error.instance_path), name) from None

    def validate(document: Mapping[str, object]) -> tuple[SchemaProblem, ...]:
        errors = validator.iter_errors(dict(document))
        return tuple(sorted((_problem(e) for e in errors), key=_order))

    return validate


def _check_dialect(schema: Mapping[str, object], name: str) -> None:
    dialect = schema.get("$schema", DIALECT)
    if not isinstance(dialect, str) or dialect.rstrip("#") != DIALECT:
        raise SchemaError(
            f"{name} is written in `{dialect}`, which is not supported",
            hint=f'write "$schema": "{DIALECT}"',
        )


def _reference_error(message: str, name: str) -> SchemaError:
    found = re.search(r"Resource '([^']*)'", message)
    target = found.group(1) if found else "another document"
    return SchemaError(
        f"{name} refers to `{target}`, which is not among the files it may use",
        hint="refer only to `#/...` in the same file or to `urn:whygate:product-context:1`",
    )


def _schema_error(message: str, path: Path, name: str) -> SchemaError:
    if "is not present in a registry" in message:
        return _reference_error(message, name)
    place = f" at `{pointer(path)}`" if path else ""
    return SchemaError(
        f"{name} is not valid JSON Schema{place}: {message}",
        hint="`whygate show schema` prints one that is",
    )


def pointer(path: Path) -> str:
    """Return a path as people write it: `measurement[0].target`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def _order(problem: SchemaProblem) -> tuple[str, str, str]:
    return (pointer(problem.path), problem.keyword, problem.member)


def _problem(error: object) -> SchemaProblem:
    kind = getattr(error, "kind", None)
    details: dict[str, object] = kind.as_dict() if kind is not None else {}
    keyword = str(getattr(kind, "name", "schema"))
    path: Path = tuple(getattr(error, "instance_path", ()))
    member = details.get("property") or next(iter(_names(details.get("unexpected"))), "")
    sentence = _SENTENCES.get(keyword, _plain)
    return SchemaProblem(
        keyword=keyword,
        path=path,
        member=str(member),
        message=sentence(details, str(getattr(error, "message", ""))),
    )


def _names(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else []


def _plain(_details: Mapping[str, object], message: str) -> str:
    return message.removeprefix(f"{_MASK} ").replace("\n", " ")


def _choice(details: Mapping[str, object], _message: str) -> str:
    return f"is not one of {', '.join(_names(details.get('options')))}"


def _pattern(details: Mapping[str, object], _message: str) -> str:
    return f"does not match `{details.get('pattern')}`"


def _required(details: Mapping[str, object], _message: str) -> str:
    return f"lacks `{details.get('property')}`"


def _unknown(details: Mapping[str, object], _message: str) -> str:
    return f"has the unknown key `{next(iter(_names(details.get('unexpected'))), '')}`"


def _too_many(details: Mapping[str, object], _message: str) -> str:
    return f"has more than {details.get('limit')} entries"


def _type(details: Mapping[str, object], _message: str) -> str:
    words = {"object": "a mapping", "array": "a list", "string": "text", "integer": "a number"}
    names = _names(details.get("types"))
    return f"is not {' or '.join(words.get(name, name) for name in names)}"


_SENTENCES: dict[str, Callable[[Mapping[str, object], str], str]] = {
    "enum": _choice,
    "pattern": _pattern,
    "required": _required,
    "additionalProperties": _unknown,
    "unevaluatedProperties": _unknown,
    "maxItems": _too_many,
    "type": _type,
}
