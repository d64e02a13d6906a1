"""A policy that is kept as plain values comes back as it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from msgspec import json as msgspec_json

from whygate.model import Severity
from whygate.policy.config import (
    CommitScope,
    Config,
    Drafts,
    KindPolicy,
    LabelsBy,
    Override,
    PathRule,
    Preset,
    RuleSetting,
    Unproven,
    Waivers,
)
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.policy.stored import from_plain_policy, to_plain_policy
from whygate.schema.document import bundled_schema, load_user_schema
from whygate.schema.files import read_presets

if TYPE_CHECKING:
    from whygate.schema.document import DocumentSchema

TEAM = load_user_schema(
    json.dumps(
        {
            "$id": "urn:example:team",
            "$ref": "urn:whygate:product-context:1#/$defs/document",
            "required": ["risk"],
            "properties": {"risk": {"enum": ["low", "high"]}},
        }
    ),
    "team.json",
)
FULL = Config(
    preset=Preset.STRICT,
    schema_path="team.json",
    aliases={"problem": ("Warum",)},
    templates=("a.md",),
    default_kind="feature",
    timezone="Europe/Berlin",
    max_severity=Severity.INFO,
    drafts=Drafts.SKIP,
    commit_scope=CommitScope.EACH,
    commit_bases=("develop",),
    rules={"WG1": RuleSetting(Severity.OFF, "later"), "WG2": RuleSetting(Severity.ERROR)},
    overrides=(Override(Severity.INFO, ("WG1",), ("fix",), ("docs/**",), "old"),),
    kinds={"fix": KindPolicy({"problem": Severity.ERROR}, ("internal",), skip=True)},
    kind_types={"feat": "feature"},
    kind_labels={"bug": "fix"},
    kind_branches={"fix/**": "fix"},
    kind_paths=(PathRule(("*.md",), "docs"),),
    exempt_bots=("x[bot]",),
    exempt_labels=("skip",),
    exempt_branches=("wip/**",),
    exempt_paths=("vendor/**",),
    unproven=Unproven.ASK,
    waivers=Waivers.NEVER,
    labels_by=LabelsBy.MAINTAINERS,
    linked_issues=False,
    personas=("dispatchers",),
    product_paths=("src/**",),
    trivial_max_lines=1,
    release_tags=("v*",),
    release_environment="production",
    max_days=2,
    grace_days=3,
)


@pytest.mark.parametrize(
    ("config", "schema", "bets"),
    [
        pytest.param(resolve_config(read_presets()), bundled_schema(), None, id="standard"),
        pytest.param(FULL, TEAM, {"cart": ("cart.yml", "problem: x")}, id="a team's own"),
        pytest.param(Config(), bundled_schema(), {}, id="no bet"),
    ],
)
def test_policy_comes_back_as_it_was(
    config: Config, schema: DocumentSchema, bets: dict[str, tuple[str, str]] | None
) -> None:
    metrics = (".whygate/metrics.yml", "version: 1") if bets else None
    policy = Policy(config, schema, frozenset({"why", "who"}), bets, metrics)
    text = json.dumps(to_plain_policy(policy))
    found = from_plain_policy(msgspec_json.decode(text))

    assert (found.config, found.template, found.bets) == (config, policy.template, bets)
    assert found.metrics == metrics
    for name in schema.__struct_fields__:
        assert getattr(found.schema, name) == getattr(schema, name)


def test_every_setting_is_among_those_that_come_back() -> None:
    usual = Config()
    same = [n for n in FULL.__struct_fields__ if getattr(FULL, n) == getattr(usual, n)]

    assert same == ["layers"]


@pytest.mark.parametrize("plain", [None, [], {}, {"config": {}, "bets": None}])
def test_anything_else_is_refused(plain: object) -> None:
    with pytest.raises((ValueError, TypeError, KeyError, AttributeError)):
        from_plain_policy(plain)
