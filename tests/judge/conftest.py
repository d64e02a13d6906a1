"""A judge for every test: the standard policy, a description or message, and a fixed day."""

from __future__ import annotations

import importlib.util
import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypedDict, Unpack

import pytest
from msgspec.structs import replace

from whygate.catalogue import CATALOGUE_PATH
from whygate.judge.check import check
from whygate.model import Author, Change, Origin, Part
from whygate.policy.config_file import parse_config
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema
from whygate.schema.files import CONFIG, read_bundled, read_presets
from whygate.text.template import template_lines

if TYPE_CHECKING:
    from types import ModuleType

    from whygate.model import Finding, Verdict
    from whygate.schema.document import DocumentSchema

SECTIONS = {
    "Problem": "Exports stop at row 100, and support hears about it nine times a week.",
    "Who it helps": "Accountants with more than ten clients.",
    "Outcome": "They close the month from one file.",
}
PLAN = {
    "Metric": "tickets about lost rows, weekly",
    "Baseline": "9 tickets",
    "Target": "1 ticket",
    "Evaluate by": "+30d",
}

TODAY = date(2026, 11, 23)
BET = """\
version: 1
problem: accountants retype the rows that the export leaves out
audience: accountants with more than ten clients
outcome: they close the month from one file
measurement: [{metric: retyped rows, baseline: 30 rows, target: 0 rows, evaluate_by: 2027-01-31}]
"""
BETS = {"export-rows": (".whygate/bets/export-rows.yml", BET)}


class Facts(TypedDict, total=False):
    """What is known of a change besides its text."""

    author: Author
    labels: tuple[str, ...]
    branch: str
    paths: tuple[str, ...] | None
    lines_changed: int | None
    day: date | None
    parents: int | None
    is_draft: bool


class MakePolicy(Protocol):
    """Makes a policy of the standard preset, a piece of configuration and a template."""

    def __call__(
        self,
        config: str = "",
        *,
        template: str = "",
        schema: DocumentSchema | None = None,
        bets: dict[str, tuple[str, str]] | None = BETS,
        metrics: str = "",
    ) -> Policy: ...


class Judge(Protocol):
    """Judges a text as the description, or as the message, of one change."""

    def __call__(
        self,
        text: str,
        title: str = "",
        *,
        policy: Policy | None = None,
        message: bool = False,
        **facts: Unpack[Facts],
    ) -> Verdict: ...


@pytest.fixture(scope="session")
def make_policy() -> MakePolicy:
    """Give a maker of policies; the bet `export-rows` is known."""
    presets = read_presets()
    config_schema = json.loads(read_bundled(CONFIG))

    def make(
        config: str = "",
        *,
        template: str = "",
        schema: DocumentSchema | None = None,
        bets: dict[str, tuple[str, str]] | None = BETS,
        metrics: str = "",
    ) -> Policy:
        layer = parse_config(config, ".whygate.yml", config_schema) if config else None
        return Policy(
            config=resolve_config(presets, layer),
            schema=schema or bundled_schema(),
            template=template_lines(template) if template else frozenset(),
            bets=bets,
            metrics=(CATALOGUE_PATH, metrics) if metrics else None,
        )

    return make


@pytest.fixture(scope="session")
def judge(make_policy: MakePolicy) -> Judge:
    """Give the check on a fixed day under the standard policy, or under the one given."""
    standard = make_policy()

    def run(
        text: str,
        title: str = "",
        *,
        policy: Policy | None = None,
        message: bool = False,
        **facts: Unpack[Facts],
    ) -> Verdict:
        origin, path = (Origin.MESSAGE, "msg") if message else (Origin.DESCRIPTION, "body.md")
        title = title or (text.partition("\n")[0] if message else "feat(export): longer reports")
        plain = Change(identity=path, title=title, parts=(Part(origin, path, text),))
        return check(replace(plain, **facts), policy or standard, TODAY)

    return run


@pytest.fixture(scope="session")
def fragments() -> ModuleType:
    """Give the module beside this file; the import mode of the tests knows no siblings."""
    path = Path(__file__).with_name("fragments.py")
    spec = importlib.util.spec_from_file_location("whygate_test_fragments", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def write(plan: dict[str, str] | None = None, **sections: str) -> str:
    """Return a complete description; a value replaces a section or a part, "" takes it away."""
    named = {name.replace("_", " "): text for name, text in sections.items()}
    parts = {name: value for name, value in (PLAN | (plan or {})).items() if value}
    listed = "\n".join(f"- {name}: {value}" for name, value in parts.items())
    contents = SECTIONS | {"Measurement": listed} | named
    return "\n\n".join(f"## {name}\n{text}" for name, text in contents.items() if text) + "\n"


def found(verdict: Verdict) -> list[tuple[str, str]]:
    return [(finding.rule, str(finding.severity)) for finding in verdict.findings]


def find(verdict: Verdict, rule: str) -> Finding:
    return next(finding for finding in verdict.findings if finding.rule == rule)
