"""Turn a file of answers (YAML or JSON) into what a change says, with the place of each answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.context.builder import ReadingBuilder
from whygate.context.merge import merge_readings
from whygate.context.read_block import read_mapping
from whygate.errors import InputError
from whygate.model import Change, Context, Form, Origin, Part
from whygate.text.yaml_tree import Mapping, Scalar, YamlError, load_tree

if TYPE_CHECKING:
    from whygate.schema.document import DocumentSchema

_TITLE = "title"


class Answers(Struct, frozen=True):
    """The change that a file of answers describes, and what it says."""

    change: Change
    context: Context


def read_answers(text: str, path: str, schema: DocumentSchema, *, title: str = "") -> Answers:
    """Return what a file of answers says: the keys of a machine block, and `title`.

    JSON is read as the YAML it is. What is wrong with a key becomes a remark that a rule
    judges; `title` is used when the file has none. Raises InputError when the text is no
    mapping of YAML.
    """
    try:
        root = load_tree(text)
    except YamlError as error:
        first = error.problems[0]
        raise InputError(
            f"{path}:{first.line}:{first.column}: {first.message}",
            hint="write the keys of a machine block, and `title`, as YAML or JSON",
        ) from None
    if not isinstance(root, Mapping):
        raise InputError(
            f"{path} holds no answers", hint="write the keys of a machine block, and `title`"
        )
    named = root.get(_TITLE) if schema.field(_TITLE) is None else None
    if isinstance(named, Scalar):
        title = " ".join(named.text.split())
        root = replace(root, entries=tuple(e for e in root.entries if e[0].text != _TITLE))
    part = Part(Origin.DESCRIPTION, path, text)
    builder = ReadingBuilder(schema, part, Form.BLOCK, frozenset())
    read_mapping(builder, root)
    limits = {field.name: field.max_items for field in schema.fields if field.parts}
    context = merge_readings([builder.build()], limits)
    return Answers(Change(path, title, (part,)), context)
