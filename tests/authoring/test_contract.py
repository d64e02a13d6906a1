"""The contract: complete, true to the policy, and its own examples pass the check."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest

from whygate.authoring.contract import ADMONITION, EXIT_CODES, build_contract
from whygate.authoring.contract_text import (
    AGENTS_MARKS,
    insert_agents_section,
    render_agents_section,
    render_contract,
)
from whygate.judge.rules import RULES
from whygate.model import Severity, Status
from whygate.policy.config import Preset
from whygate.reporters.contract_json import render_contract_json
from whygate.schema.document import load_user_schema
from whygate.schema.fields import FieldKind
from whygate.schema.files import CONTRACT as CONTRACT_FILE
from whygate.schema.files import read_bundled
from whygate.values.dates import DateValue, parse_date
from whygate.values.owners import parse_owner
from whygate.values.plans import UnknownUntil, parse_baseline, parse_target
from whygate.values.quantities import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.authoring.conftest import Judge, MakePolicy

    from whygate.schema.document import DocumentSchema

TODAY = date(2026, 12, 1)
SCHEMA = json.loads(read_bundled(CONTRACT_FILE))
READERS: dict[str, Callable[[str], object]] = {
    "quantity": parse_quantity,
    "baseline": lambda text: parse_baseline(text, TODAY),
    "target": parse_target,
    "date": lambda text: parse_date(text, TODAY),
    "owner": parse_owner,
    "slug": lambda text: re.fullmatch("[a-z0-9-]{3,60}", text),
}

# --- the examples ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sections", "trailers", "block"])
@pytest.mark.parametrize("preset", list(Preset))
@pytest.mark.parametrize("own", [False, True], ids=["bundled", "own schema"])
def test_example_of_every_form_passes_without_a_finding(
    make_policy: MakePolicy,
    judge: Judge,
    own_schema: DocumentSchema,
    name: str,
    preset: Preset,
    own: bool,
) -> None:
    policy = make_policy(preset, schema=own_schema if own else None)
    contract = build_contract(policy)
    form = next(form for form in contract.forms if form.name == name)

    message = name == "trailers"
    verdict = judge(
        form.text if message else form.body, policy, title="" if message else form.title
    )

    assert contract.complete
    assert (verdict.kind.name, verdict.status, verdict.findings) == ("feature", Status.OK, ())


def test_trailers_of_the_example_stay_below_72_columns(make_policy: MakePolicy) -> None:
    form = build_contract(make_policy()).forms[1]

    assert max(len(line) for line in form.text.split("\n")) < 72


def test_example_without_an_example_in_the_schema_is_said_to_be_incomplete(
    make_policy: MakePolicy, judge: Judge
) -> None:
    source = {
        "$ref": "urn:whygate:product-context:1#/$defs/document",
        "required": ["risk"],
        "properties": {"risk": {"type": "string", "description": "What can go wrong."}},
    }
    policy = make_policy(schema=load_user_schema(json.dumps(source), "own.json"))
    contract = build_contract(policy)

    verdict = judge(contract.forms[1].text, policy)

    assert not contract.complete
    assert "<what can go wrong>" in contract.forms[1].text
    assert [f.field for f in verdict.findings if f.severity is Severity.ERROR] == ["risk"]
    assert "fill in what stands in `<...>`" in render_contract(contract)
    assert "is to be filled in:" in render_agents_section(policy)


def test_example_shows_the_kind_that_is_asked_most_when_nothing_is_asked_of_a_feature(
    make_policy: MakePolicy, judge: Judge
) -> None:
    policy = make_policy(config="version: 1\nkinds: {feature: {skip: true}}\n")
    contract = build_contract(policy)

    assert contract.example_kind == "experiment"
    assert judge(contract.forms[1].text, policy).status is Status.OK


def test_example_of_a_policy_that_asks_nothing_shows_the_prose_of_the_schema(
    make_policy: MakePolicy, judge: Judge
) -> None:
    kinds = [name for name in make_policy().config.kinds if name != "feature"]
    none = ", ".join(f"{name}: {{skip: true}}" for name in kinds)
    fields = ("problem", "audience", "outcome", "measurement")
    off = ", ".join(f'{name}: "off"' for name in (*fields, *(f"measurement.{p}" for p in PARTS)))
    policy = make_policy(config=f"version: 1\nkinds: {{{none}, feature: {{need: {{{off}}}}}}}\n")
    contract = build_contract(policy)

    assert contract.forms[1].body.startswith("Problem: ")
    assert judge(contract.forms[1].text, policy).findings == ()


PARTS = ("metric", "baseline", "target", "evaluate_by")


# --- what it says ----------------------------------------------------------------------------


def test_every_example_of_a_format_can_be_read(make_policy: MakePolicy) -> None:
    formats = {found.name: found for found in build_contract(make_policy()).formats}

    assert set(formats) == set(READERS)
    for name, found in formats.items():
        values = [READERS[name](text) for text in found.examples]
        assert all(value is not None for value in values), name
        assert name != "date" or all(isinstance(value, DateValue) for value in values)
    unknown = parse_baseline(formats["baseline"].examples[-1], TODAY)
    assert isinstance(unknown, UnknownUntil)
    assert (unknown.day, unknown.how) == (date(2026, 12, 31), "counted from the import log")


@pytest.mark.parametrize("written", ["sentence", "trailer"])
@pytest.mark.parametrize(
    "name", ["internal", "not-measurable", "covered-by", "deferred", "trivial"]
)
def test_every_exemption_is_accepted_as_it_is_shown(
    make_policy: MakePolicy, judge: Judge, name: str, written: str
) -> None:
    policy = make_policy()
    contract = build_contract(policy)
    found = next(e for e in contract.exemptions if e.name == name)
    reason = found.trailer.replace("<why, in at least four words>", "the public API is unchanged")

    problem = "Problem: exports stop at row 100, so accountants retype the rest\n"
    if written == "trailer":
        verdict = judge(f"fix: write every row\n\n{problem}{reason}\n", policy)
    else:
        text = f"## Problem\n{problem[9:]}\n## Measurement\n{found.sentence}\n"
        verdict = judge(text, policy, title="fix: write every row")

    assert verdict.exemption is not None
    assert (verdict.status, verdict.exemption.name) == (Status.EXEMPT, name)
    assert found.excuses == verdict.exemption.excuses


def test_exemptions_that_no_kind_may_claim_are_left_out(make_policy: MakePolicy) -> None:
    kinds = make_policy().config.kinds
    none = ", ".join(f"{name}: {{exemptions: [internal]}}" for name in kinds)
    contract = build_contract(make_policy(config=f"version: 1\nkinds: {{{none}}}\n"))

    assert [found.name for found in contract.exemptions] == ["internal"]


def test_needs_are_weighed_as_the_rules_that_miss_them(make_policy: MakePolicy) -> None:
    config = (
        'version: 1\nrules:\n  WG103: {severity: "off", reason: later}\n  WG104: error\n'
        "overrides: [{rules: [WG102], kinds: [feature], severity: warning, reason: soft}]\n"
    )

    contract = build_contract(make_policy(config=config))
    needs = {kind.name: kind.needs for kind in contract.kinds}

    assert needs["feature"]["problem"] is Severity.ERROR
    assert needs["feature"]["outcome"] is Severity.WARNING
    assert needs["feature"]["audience"] is Severity.ERROR
    assert "measurement" not in needs["feature"]
    assert needs["perf"]["outcome"] is Severity.ERROR
    rules = {rule.id: rule for rule in contract.rules}
    assert rules["WG102"].by_kind == {"feature": Severity.WARNING}
    text = render_contract(contract)
    assert "feature (`feat`): fails without `problem`, `audience`, `measurement.metric`" in text
    assert "; is asked for `outcome`, `measurement.baseline`." in text


def test_preset_that_only_warns_fails_nothing(make_policy: MakePolicy) -> None:
    contract = build_contract(make_policy(Preset.ADOPT))

    assert not [k for k in contract.kinds if Severity.ERROR in k.needs.values()]
    assert "fails without `" not in render_agents_section(make_policy(Preset.ADOPT))


def test_dates_are_never_farther_than_the_policy_allows(
    make_policy: MakePolicy, judge: Judge
) -> None:
    policy = make_policy(config="version: 1\ndates: {max_days: 7}\n")
    contract = build_contract(policy)

    assert "Evaluate-By: +7d" in contract.forms[1].body
    assert judge(contract.forms[1].text, policy).findings == ()


def test_paths_that_weigh_rules_otherwise_are_mentioned(make_policy: MakePolicy) -> None:
    config = (
        "version: 1\noverrides: [{rules: [WG101], paths: ['/lab/**'], severity: warning, "
        "reason: a sandbox}]\n"
    )

    assert "under some paths" in render_contract(build_contract(make_policy(config=config)))
    assert "under some paths" not in render_contract(build_contract(make_policy()))


# --- as Markdown -----------------------------------------------------------------------------


def test_markdown_names_everything(make_policy: MakePolicy, own_schema: DocumentSchema) -> None:
    policy = make_policy(schema=own_schema)
    text = render_contract(build_contract(policy))

    asked = {name.partition(".")[0] for kind in policy.config.kinds for name in policy.needs(kind)}
    for field in policy.schema.fields:
        if field.kind is not FieldKind.CONSTANT:
            assert f"{field.title} (`{field.key}`, `{field.trailer}`)" in text
        for part in field.parts:
            assert f"- {part.title} (`{part.key}`, `{part.trailer}`): " in text
        if field.name in asked and not field.format:
            assert (field.description or field.question).rstrip("?.") in text
    assert all(
        re.search(rf"[-,] {kind}\b", text) for kind in policy.config.kinds if kind != "merge"
    )
    assert all(f"{code} {meaning}" in text for code, meaning in EXIT_CODES)
    assert ADMONITION.partition(". ")[2] in text
    assert "unknown until <date>; <how it will be found>" in text
    assert "\n\n\n" not in text


def test_word_bounds_are_said_in_words(make_policy: MakePolicy) -> None:
    properties = {
        "both": {"type": "string", "x-min-words": 2, "x-max-words": 9},
        "least": {"type": "string", "x-min-words": 1},
        "least_two": {"type": "string", "x-min-words": 2},
        "most": {"type": "string", "x-max-words": 9},
    }
    source = {"properties": properties, "required": list(properties)}
    schema = load_user_schema(json.dumps(source), "own.json")

    text = render_contract(build_contract(make_policy(schema=schema)))

    assert re.findall(r"; ([^;]*words?)\.$", text, re.MULTILINE) == [
        "2 to 9 words",
        "at least 1 word",
        "at least 2 words",
        "at most 9 words",
    ]
    assert "A quantity is" not in text
    assert "## Honest exemptions" not in text


def test_contract_stays_small(make_policy: MakePolicy) -> None:
    contract = build_contract(make_policy())

    assert len(render_contract(contract).encode()) <= 6_000
    assert len(render_contract_json(contract).encode()) <= 12_000


# --- the section for agents ------------------------------------------------------------------


def test_agents_section_is_short_and_holds_the_admonition(make_policy: MakePolicy) -> None:
    section = render_agents_section(make_policy())

    assert section.startswith(AGENTS_MARKS.begin)
    assert section.endswith(f"{AGENTS_MARKS.end}\n")
    assert ADMONITION in section
    assert len(section.split("\n")) < 60
    assert not re.search(r"\d{4}-\d{2}-\d{2}", section), "a day would grow stale"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", "{section}", id="empty"),
        pytest.param("# Agents\n\nBe kind.\n", "# Agents\n\nBe kind.\n\n{section}", id="end"),
        pytest.param("# Agents\n\n\n", "# Agents\n\n{section}", id="blank lines at the end"),
        pytest.param(
            "# Agents\n\n<!-- whygate:begin -->\nold\n<!-- whygate:end -->\n\nMore.\n",
            "# Agents\n\n{section}\nMore.\n",
            id="replaced",
        ),
        pytest.param(
            "<!-- whygate:begin (x) -->\nold\n<!-- whygate:end -->", "{bare}", id="without an end"
        ),
        pytest.param(
            "<!-- whygate:begin -->\nnever closed\n",
            "<!-- whygate:begin -->\nnever closed\n\n{section}",
            id="not closed",
        ),
    ],
)
def test_agents_section_goes_where_it_belongs(before: str, after: str) -> None:
    section = AGENTS_MARKS.wrap("new")
    expected = after.format(section=section, bare=section.rstrip("\n"))

    result = insert_agents_section(before, section)

    assert result == expected
    assert insert_agents_section(before.replace("\n", "\r\n"), section) in (
        expected.replace("\n", "\r\n"),
        expected,  # a text without a line end has none to follow
    )


def test_agents_section_stays_the_same_when_it_is_inserted_twice(make_policy: MakePolicy) -> None:
    section = render_agents_section(make_policy())
    once = insert_agents_section("# Agents\n", section)

    assert insert_agents_section(once, section) == once


# --- as JSON ---------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", list(Preset))
def test_json_is_valid_and_says_what_markdown_says(make_policy: MakePolicy, preset: Preset) -> None:
    policy = make_policy(preset)
    contract = json.loads(render_contract_json(build_contract(policy)))

    jsonschema_rs.Draft202012Validator(SCHEMA).validate(contract)
    assert contract["version"] == SCHEMA["properties"]["version"]["const"]
    names = [f["name"] for f in contract["fields"]]
    assert names == [f.name for f in policy.schema.fields if f.kind is not FieldKind.CONSTANT]
    weighed = [rule for rules in contract["rules"].values() for rule in rules]
    assert sorted(weighed) == sorted(rule.id for rule in RULES)
    assert contract["admonition"] == ADMONITION
    assert set(contract["exit_codes"]) == {"0", "1", "2", "3", "130"}


def test_every_key_of_the_json_is_documented(make_policy: MakePolicy) -> None:
    contract = json.loads(render_contract_json(build_contract(make_policy())))

    closed = json.loads(json.dumps(SCHEMA))
    _close(closed)

    jsonschema_rs.meta.validate(SCHEMA)
    jsonschema_rs.Draft202012Validator(closed).validate(contract)


def _close(node: object) -> None:
    """Allow no key that is not named."""
    if isinstance(node, dict):
        if "properties" in node and "additionalProperties" not in node:
            node["additionalProperties"] = False
        for inner in list(node.values()):
            _close(inner)
    elif isinstance(node, list):
        for inner in node:
            _close(inner)
