"""The reference implementation of JSON Schema says the same of every document as our engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from tests.corpus.document import TODAY, load_documents
from tests.corpus.judging import make_policy, to_change
from tests.schema.test_accept import BUNDLED, DOCUMENTS, ENGINES, PLAIN
from tests.schema.test_official_suite import as_object, cases, remotes, uri_of

from whygate.context.fill import build_document
from whygate.judge.check import check
from whygate.schema.document import bundled_schema
from whygate.schema.validate import DIALECT, compile_validator

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]
# The one case of the suite that the reference implementation itself decides otherwise than the
# suite says: it checks a number where the schema's own dialect switches checking off.
MISTAKEN = (
    "vocabulary: schema that uses custom metaschema with with no validation vocabulary",
    "no validation: invalid number, but it still validates",
    True,
)


def reference(schema: Mapping[str, object], bundled: Mapping[str, Any]) -> Draft202012Validator:
    """Return jsonschema's validator of a schema that may refer to the bundled ones."""
    known = [(uri, DRAFT202012.create_resource(one)) for uri, one in bundled.items()]
    return Draft202012Validator(dict(schema), registry=Registry().with_resources(known))


@pytest.mark.parametrize("name", ENGINES)
@given(document=DOCUMENTS | PLAIN)
@settings(max_examples=300, deadline=None)
def test_drawn_documents_are_judged_alike(name: str, document: Json) -> None:
    source, bundled, ours = ENGINES[name]

    theirs = reference(source, {**BUNDLED, **bundled})

    assert (not ours(document)) == theirs.is_valid(document)


def test_documents_of_the_corpus_are_judged_alike() -> None:
    schema = bundled_schema()
    theirs = reference(schema.source, BUNDLED)
    apart, seen = [], 0
    for labelled in load_documents():
        if labelled.schema:
            continue
        policy = make_policy(labelled)
        context = check(to_change(labelled), policy, TODAY).context
        document = build_document(context, schema)
        seen += bool(document)
        if (not schema.validate(document)) != theirs.is_valid(document):
            apart.append((labelled.name, document))

    assert apart == []
    assert seen > 300


def test_the_suite_is_decided_alike() -> None:
    apart = []
    for name, schema, test in cases():
        bundled = {uri_of(schema): as_object(schema), **remotes()}
        whole = {"$schema": DIALECT, "properties": {"value": {"$ref": uri_of(schema)}}}
        document = {"value": test["data"]}
        ours = not compile_validator(whole, bundled)(document)
        if ours != reference(whole, bundled).is_valid(document):
            apart.append((name, test["description"], ours))

    assert apart == [MISTAKEN]
