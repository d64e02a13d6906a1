"""Reads texts into contexts, as the bundled schema describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from whygate.context.extract import extract_context
from whygate.context.fill import build_document
from whygate.model import Change, Origin, Part
from whygate.schema.document import bundled_schema

if TYPE_CHECKING:
    from whygate.model import Context
    from whygate.schema.document import DocumentSchema


class Extract(Protocol):
    """Reads parts, a plain text being a description, into a context."""

    def __call__(
        self,
        *parts: Part | str,
        schema: DocumentSchema | None = None,
        template: frozenset[str] = frozenset(),
        bets: dict[str, tuple[str, str]] | None = None,
    ) -> Context: ...


class AsDocument(Protocol):
    """Turns a context into the document that the schema validates."""

    def __call__(self, context: Context) -> dict[str, object]: ...


@pytest.fixture(scope="session")
def extract() -> Extract:
    """Give the reader of contexts."""

    def run(
        *parts: Part | str,
        schema: DocumentSchema | None = None,
        template: frozenset[str] = frozenset(),
        bets: dict[str, tuple[str, str]] | None = None,
    ) -> Context:
        read = tuple(
            Part(Origin.DESCRIPTION, "body.md", part) if isinstance(part, str) else part
            for part in parts
        )
        change = Change("#1", "feat: x", read)
        return extract_context(change, schema or bundled_schema(), template=template, bets=bets)

    return run


@pytest.fixture(scope="session")
def as_document() -> AsDocument:
    """Give the maker of documents."""
    return lambda context: build_document(context, bundled_schema())
