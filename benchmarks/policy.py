"""Turn whygate's own preset and schema into the policy that the benchmarks judge by."""

from __future__ import annotations

from datetime import date

from whygate.model import Change, Origin, Part
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema
from whygate.schema.files import read_presets
from whygate.text.template import template_lines
from whygate.world.world import schema_prompts

# The day on which everything is judged, so that two runs do the same work.
TODAY = date(2026, 11, 2)


def standard_policy() -> Policy:
    """Return the policy of a repository that configures nothing."""
    schema = bundled_schema()
    return Policy(
        config=resolve_config(read_presets()),
        schema=schema,
        template=template_lines(schema_prompts(schema)),
    )


def message_change(text: str) -> Change:
    """Return the change that a commit message, its first line the subject, is all there is of."""
    return Change("message", text.partition("\n")[0], (Part(Origin.MESSAGE, "message", text),))


def description_change(text: str, title: str) -> Change:
    """Return the change that a description and a title are all there is of."""
    return Change("description", title, (Part(Origin.DESCRIPTION, "description", text),))
