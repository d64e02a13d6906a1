"""Policies of every preset and of a schema of a team's own, and the check on a fixed day."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Protocol

import pytest

from whygate.judge.check import check
from whygate.model import Change, Origin, Part
from whygate.policy.config import PartialConfig, Preset
from whygate.policy.config_file import parse_config
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema, load_user_schema
from whygate.schema.files import CONFIG, read_bundled, read_presets
from whygate.text.template import template_lines

if TYPE_CHECKING:
    from whygate.model import Verdict
    from whygate.schema.document import DocumentSchema

TODAY = date(2026, 12, 1)
RISK = {
    "title": "Risk",
    "description": "What can go wrong, and how we would notice.",
    "type": "string",
    "examples": ["The file may grow beyond ten megabytes; the upload fails loudly then."],
    "x-question": "What can go wrong?",
    "x-aliases": ["Danger"],
    "x-trailer": "Risk",
    "x-min-words": 3,
}


class MakePolicy(Protocol):
    """Makes a policy of a preset, a piece of configuration, a schema and a template."""

    def __call__(
        self,
        preset: Preset = Preset.STANDARD,
        *,
        config: str = "",
        schema: DocumentSchema | None = None,
        template: str = "",
    ) -> Policy: ...


class Judge(Protocol):
    """Judges a description with a title, or a commit message without one."""

    def __call__(self, text: str, policy: Policy, *, title: str = "") -> Verdict: ...


@pytest.fixture(scope="session")
def own_schema() -> DocumentSchema:
    """Give our schema with a required field more, whose example is the team's."""
    return make_schema(RISK)


def make_schema(risk: dict[str, object]) -> DocumentSchema:
    """Return our schema with a required field `risk` more."""
    source = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:example:product-context",
        "$ref": "urn:whygate:product-context:1#/$defs/document",
        "unevaluatedProperties": False,
        "required": ["risk"],
        "properties": {"risk": risk},
    }
    return load_user_schema(json.dumps(source), ".whygate/schema.json")


@pytest.fixture(scope="session")
def make_policy() -> MakePolicy:
    """Give a maker of policies."""
    presets, config_schema = read_presets(), json.loads(read_bundled(CONFIG))

    def make(
        preset: Preset = Preset.STANDARD,
        *,
        config: str = "",
        schema: DocumentSchema | None = None,
        template: str = "",
    ) -> Policy:
        layer = parse_config(config, ".whygate.yml", config_schema) if config else None
        return Policy(
            config=resolve_config(presets, layer, PartialConfig(preset=preset)),
            schema=schema or bundled_schema(),
            template=template_lines(template),
            bets={"cart-sync": (".whygate/bets/cart-sync.yml", BET)},
        )

    return make


BET = """\
version: 1
problem: phone carts are empty on the laptop
audience: shoppers with two devices
outcome: they finish the purchase on the second device
measurement: [{metric: finished purchases, baseline: 38 %, target: 45 %, evaluate_by: 2027-02-15}]
"""


@pytest.fixture(scope="session")
def judge() -> Judge:
    """Give the check on a fixed day."""

    def run(text: str, policy: Policy, *, title: str = "") -> Verdict:
        if title:
            part = Part(Origin.DESCRIPTION, "body.md", text)
            change = Change("body.md", title, (part,), lines_changed=2)
        else:
            part = Part(Origin.MESSAGE, "message", text)
            change = Change("message", text.partition("\n")[0], (part,), lines_changed=2)
        return check(change, policy, TODAY)

    return run
