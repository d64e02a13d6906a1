"""The key of a cache: two policies that judge differently never share one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from tests.history.conftest import make_policy

from whygate.history.store import policy_key
from whygate.model import Severity
from whygate.policy.config import PartialConfig, Preset, RuleSetting
from whygate.schema.document import parse_schema

if TYPE_CHECKING:
    from whygate.policy.policy import Policy

POLICY = make_policy()


def configured(**layer: object) -> Policy:
    return replace(POLICY, config=POLICY.config.apply(PartialConfig(**layer)))  # type: ignore[arg-type]


OTHERS = {
    "preset": configured(preset=Preset.ADOPT),
    "rule": configured(rules={"WG101": RuleSetting(Severity.INFO)}),
    "order": configured(kind_labels={"bug": "feature"}),
    "kind": configured(default_kind="feature"),
    "bots": configured(exempt_bots=("x[bot]",)),
    "template": replace(POLICY, template=frozenset({"who is hurt?"})),
    "no bets": replace(POLICY, bets={}),
    "bet": replace(POLICY, bets={"cart": ("cart.yml", "problem: slow")}),
    "other bet": replace(POLICY, bets={"cart": ("cart.yml", "problem: slower")}),
    "metrics": replace(POLICY, metrics=(".whygate/metrics.yml", "version: 1")),
    "other metrics": replace(POLICY, metrics=(".whygate/metrics.yml", "version: 2")),
    "schema": replace(POLICY, schema=parse_schema('{"properties": {"problem": {}}}', "a", {})),
    "schema name": replace(POLICY, schema=parse_schema('{"properties": {"problem": {}}}', "b", {})),
}


def test_key_of_an_equal_policy_is_the_same() -> None:
    assert policy_key(POLICY) == policy_key(make_policy()) != policy_key(POLICY, code="other")


@pytest.mark.parametrize("name", OTHERS)
def test_key_of_another_policy_differs(name: str) -> None:
    keys = {policy_key(policy) for policy in (POLICY, *OTHERS.values())}

    assert policy_key(OTHERS[name]) != policy_key(POLICY)
    assert len(keys) == len(OTHERS) + 1


def test_key_does_not_depend_on_what_a_policy_has_worked_out() -> None:
    used = make_policy()
    used.needs("feature")

    assert policy_key(used) == policy_key(POLICY)


def test_key_does_not_depend_on_where_a_setting_was_written() -> None:
    layers = replace(POLICY.config, layers=())

    assert policy_key(replace(POLICY, config=layers)) == policy_key(POLICY)
