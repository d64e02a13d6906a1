import json
from collections.abc import Mapping
from pathlib import Path

import jsonschema_rs
import pytest
from msgspec.structs import replace

from whygate.errors import ConfigError
from whygate.model import Severity
from whygate.policy.config import (
    DEFAULT,
    CommitScope,
    Config,
    Drafts,
    KindPolicy,
    Override,
    PartialConfig,
    PartialKindPolicy,
    PathRule,
    Preset,
    RuleSetting,
    selects,
)
from whygate.policy.config_file import parse_config
from whygate.policy.presets import parse_preset, resolve_config
from whygate.policy.settings import effective

SCHEMAS = Path(__file__).parents[2] / "schemas"
SCHEMA: dict[str, object] = json.loads((SCHEMAS / "config.schema.json").read_text("utf-8"))
PRESETS = {
    name: (SCHEMAS / "presets" / f"{name}.yml").read_text("utf-8")
    for name in ("adopt", "standard", "strict")
}
INVALID = sorted((Path(__file__).parent / "invalid").glob("*.yml"))
RULES = {
    "WG101": "problem-missing",
    "WG102": "outcome-missing",
    "WG103": "measurement-missing",
    "WG104": "audience-missing",
    "WG111": "section-empty",
    "WG121": "problem-states-solution",
}
EVERYTHING = """\
version: 1
preset: strict
schema: docs/context.schema.json
aliases: {problem: [Why now, Rationale], measurement.target: Where to}
template: [.github/a.md, .github/b.md]
default_kind: spike
timezone: Europe/Berlin
max_severity: warning
drafts: skip
commits: {scope: each}
rules:
  WG101: info
  link-only:
    severity: off
    reason: our tracker holds the problem
overrides:
  - {rules: [WG12], kinds: [fix], paths: [src/**], severity: info}
  - {kinds: [docs], severity: off, reason: nobody reads it}
kinds:
  spike:
    need: {problem: error, measurement.target: off}
    exemptions: [trivial]
    skip: false
kind_from:
  types: {security: fix}
  labels: {"type: oops": fix}
  branches: {spike/**: spike}
  paths:
    - {paths: [docs/**], kind: docs}
exempt:
  bots: ["app[bot]"]
  labels: [skip-context]
  branches: [wip/**]
  paths: [vendor/**]
personas: [on-call engineers]
product_paths: [src/ui/**]
trivial: {max_lines: 5}
dates: {max_days: 90, grace_days: 0}
linked_issues: false
"""
LAYER = PartialConfig(
    preset=Preset.STRICT,
    schema_path="docs/context.schema.json",
    aliases={"problem": ("Why now", "Rationale"), "measurement.target": ("Where to",)},
    templates=(".github/a.md", ".github/b.md"),
    default_kind="spike",
    timezone="Europe/Berlin",
    max_severity=Severity.WARNING,
    drafts=Drafts.SKIP,
    commit_scope=CommitScope.EACH,
    rules={
        "WG101": RuleSetting(Severity.INFO),
        "link-only": RuleSetting(Severity.OFF, "our tracker holds the problem"),
    },
    overrides=(
        Override(Severity.INFO, rules=("WG12",), kinds=("fix",), paths=("src/**",)),
        Override(Severity.OFF, kinds=("docs",), reason="nobody reads it"),
    ),
    kinds={
        "spike": PartialKindPolicy(
            need={"problem": Severity.ERROR, "measurement.target": Severity.OFF},
            exemptions=("trivial",),
            skip=False,
        )
    },
    kind_types={"security": "fix"},
    kind_labels={"type: oops": "fix"},
    kind_branches={"spike/**": "spike"},
    kind_paths=(PathRule(("docs/**",), "docs"),),
    exempt_bots=("app[bot]",),
    exempt_labels=("skip-context",),
    exempt_branches=("wip/**",),
    exempt_paths=("vendor/**",),
    linked_issues=False,
    personas=("on-call engineers",),
    product_paths=("src/ui/**",),
    trivial_max_lines=5,
    max_days=90,
    grace_days=0,
    origin=".whygate.yml",
)
PYPROJECT = """\
[project]
name = "x"

[tool.whygate]
version = 1
preset = "strict"
timezone = 'Europe/Berlin'

[tool.whygate.rules]
WG101 = "info"
link-only = { severity = "off", reason = "our tracker" }

[[tool.whygate.overrides]]
kinds = ["docs"]
severity = "info"

[[tool.whygate.overrides]]
"kinds" = ["fix"]
severity = "error"

[tool.whygate.kinds.fix]
skip = true
need."measurement.target" = "off"
trivial.x = 1
"""


def parse(text: str) -> PartialConfig:
    return parse_config(text, ".whygate.yml", SCHEMA)


def parse_toml(text: str) -> PartialConfig:
    return parse_config(text, "pyproject.toml", SCHEMA, fmt="toml")


def mistakes(text: str, *, toml: bool = False) -> tuple[tuple[int, str], ...]:
    with pytest.raises(ConfigError) as caught:
        parse_toml(text) if toml else parse(text)
    return caught.value.problems


def resolve(file: str = "", options: PartialConfig | None = None) -> Config:
    return resolve_config(PRESETS, parse(file), options)


def weights(policy: KindPolicy) -> dict[str, str]:
    return {name: str(weight) for name, weight in policy.need.items()}


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_wrong_file_names_every_mistake(path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(path.read_text("utf-8"), path.name, SCHEMA, known_rules=RULES)

    found = "".join(f"{line}: {sentence}\n" for line, sentence in caught.value.problems)
    assert found == path.with_suffix(".errors.txt").read_text("utf-8")
    assert caught.value.hint


def test_whole_file_becomes_a_layer() -> None:
    assert parse(EVERYTHING) == LAYER


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "version: 1\n", "{}"])
def test_file_without_settings_is_a_layer_that_says_nothing(text: str) -> None:
    assert parse(text) == PartialConfig(origin=".whygate.yml")


def test_template_may_be_one_path() -> None:
    assert parse("template: a.md").templates == ("a.md",)


def test_unknown_rules_pass_without_a_list_of_rules() -> None:
    assert parse("rules: {WG999: error}").rules == {"WG999": RuleSetting(Severity.ERROR)}


@pytest.mark.parametrize("selector", ["WG1", "WG11", "WG111", "section-empty"])
def test_known_rule_may_be_selected(selector: str) -> None:
    layer = parse_config(f"rules: {{{selector}: info}}", "x", SCHEMA, known_rules=RULES)

    assert layer.rules == {selector: RuleSetting(Severity.INFO)}


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT+5"])
def test_time_zone_is_known(name: str) -> None:
    assert parse(f"timezone: {name}").timezone == name


@pytest.mark.parametrize("name", ["Mars", "America", "/etc/localtime", "utc\\0", "..", "a" * 300])
def test_time_zone_is_unknown(name: str) -> None:
    ((line, sentence),) = mistakes(f"# zone\ntimezone: '{name}'")

    assert line == 2
    assert sentence.startswith("`timezone` must be an IANA name, found `")


def test_too_long_file_is_refused() -> None:
    text = "personas:\n" + "- a\n" * 4_000

    assert mistakes(text)[0][1] == "more than 4,000 values"


def test_mistake_shows_at_most_forty_characters() -> None:
    ((_, sentence),) = mistakes(f"preset: {'x' * 50}")

    assert f"found `{'x' * 40}…`" in sentence


def test_toml_table_becomes_a_layer() -> None:
    layer = parse_toml(PYPROJECT.replace("trivial.x = 1\n", ""))

    assert layer == PartialConfig(
        preset=Preset.STRICT,
        timezone="Europe/Berlin",
        rules={
            "WG101": RuleSetting(Severity.INFO),
            "link-only": RuleSetting(Severity.OFF, "our tracker"),
        },
        overrides=(
            Override(Severity.INFO, kinds=("docs",)),
            Override(Severity.ERROR, kinds=("fix",)),
        ),
        kinds={
            "fix": PartialKindPolicy(need={"measurement.target": Severity.OFF}, skip=True),
        },
        origin="pyproject.toml",
    )


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'\n", "[tool.ruff]\n", "tool = 3\n"])
def test_toml_without_our_table_says_nothing(text: str) -> None:
    assert parse_toml(text) == PartialConfig(origin="pyproject.toml")


def test_toml_mistakes_have_lines() -> None:
    text = PYPROJECT.replace('"info"', '"inform"').replace("skip = true", "skip = 'true'")

    assert mistakes(text, toml=True) == (
        (
            10,
            "`rules.WG101` must be one of `error`, `warning`, `info`, found `inform`"
            "; did you mean `info`?",
        ),
        (
            15,
            "`overrides[0].severity` must be one of `error`, `warning`, `info`, `off`,"
            " found `inform`; did you mean `info`?",
        ),
        (22, "`kinds.fix.skip` must be `true` or `false`, found `true` in quotes"),
        (24, "unknown key `trivial` in `kinds.fix`; known are `need`, `exemptions`, `skip`"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a = 1\nb = \n", (2, "not TOML: Invalid value"), id="value"),
        pytest.param("a = 1\n\nb = [\n", (3, "not TOML: Invalid value (at end of"), id="end"),
        pytest.param("a = 1\na = 2\n", (2, "not TOML: Cannot overwrite a value"), id="repeated"),
        pytest.param("x = " + "[" * 9_000, (1, "nested deeper than 32 levels"), id="recursion"),
        pytest.param("a = 1\n" + "a." * 99_999, (2, "nested deeper than 32 levels"), id="dots"),
        pytest.param("[" + "a." * 99_999, (1, "nested deeper than 32 levels"), id="table-dots"),
        pytest.param("#" * ((1 << 20) + 1), (1, "larger than 1024 KiB"), id="huge"),
        pytest.param(
            "[tool.whygate]\nx = " + "[" * 40 + "]" * 40,
            (2, "nested deeper than 32 levels"),
            id="deep-list",
        ),
        pytest.param(
            "[tool.whygate]\nx = " + "{a=" * 40 + "1" + "}" * 40,
            (2, "nested deeper than 32 levels"),
            id="deep-table",
        ),
        pytest.param(
            "[tool.whygate]\n" + "".join(f"k{i} = 1\n" for i in range(2_001)),
            (1, "more than 4,000 values"),
            id="long",
        ),
        pytest.param(
            "[tool.whygate]\ntimezone = 2027-01-01\n",
            (2, "`timezone` must be an IANA name, found `2027-01-01`"),
            id="date",
        ),
        pytest.param(
            "[tool.whygate]\npersonas = []\npersona = []\n",
            (3, "unknown key `persona`; did you mean `personas`?"),
            id="unknown-key",
        ),
        pytest.param(
            "[tool.whygate]\ntrivial = {max_lines = 3.5}\n",
            (2, "`trivial.max_lines` must be a whole number, found `3.5`"),
            id="inline-table",
        ),
    ],
)
def test_wrong_toml_says_where(text: str, expected: tuple[int, str]) -> None:
    ((line, sentence), *_) = mistakes(text, toml=True)

    assert line == expected[0]
    assert sentence.startswith(expected[1])


def test_schema_is_valid_and_closed() -> None:
    def objects(node: object) -> list[Mapping[str, object]]:
        if isinstance(node, dict):
            here = [node] if "properties" in node and node.get("type") == "object" else []
            return here + [found for inner in node.values() for found in objects(inner)]
        return [o for item in node for o in objects(item)] if isinstance(node, list) else []

    jsonschema_rs.meta.validate(SCHEMA)

    assert len(objects(SCHEMA)) == 10
    assert all(found["additionalProperties"] is False for found in objects(SCHEMA))


def test_schema_describes_every_key() -> None:
    def silent(node: object, path: str) -> list[str]:
        if not isinstance(node, dict):
            return []
        found = []
        for name, spec in node.get("properties", {}).items():
            described = isinstance(spec, dict) and (spec.get("description") or "const" in spec)
            found += [] if described else [f"{path}.{name}"]
        return found + [s for key, inner in node.items() for s in silent(inner, f"{path}.{key}")]

    assert [s for s in silent(SCHEMA, "") if ".if." not in s] == []


def test_schema_defaults_are_those_of_the_code() -> None:
    def default(*path: str) -> object:
        node: object = SCHEMA
        for step in path:
            node = node["properties"][step] if isinstance(node, dict) else None
        return node["default"] if isinstance(node, dict) else None

    assert default("preset") == DEFAULT.preset
    assert default("default_kind") == DEFAULT.default_kind
    assert default("timezone") == DEFAULT.timezone
    assert default("max_severity") == DEFAULT.max_severity
    assert default("drafts") == DEFAULT.drafts
    assert default("commits", "scope") == DEFAULT.commit_scope
    assert default("trivial", "max_lines") == DEFAULT.trivial_max_lines
    assert default("dates", "max_days") == DEFAULT.max_days
    assert default("dates", "grace_days") == DEFAULT.grace_days


@pytest.mark.parametrize("name", PRESETS)
def test_preset_is_a_valid_configuration(name: str) -> None:
    layer = parse(PRESETS[name])

    assert layer.preset is None
    assert parse_preset(PRESETS, Preset(name)) == replace(layer, origin=f"preset {name}")


@pytest.mark.parametrize(
    ("presets", "sentence"),
    [
        pytest.param({}, "the preset is missing or empty", id="missing"),
        pytest.param({"standard": "preset: strict"}, "a preset starts from", id="chooses"),
        pytest.param({"standard": "extends: x.yml"}, "a preset starts from", id="extends"),
    ],
)
def test_wrong_preset_is_refused(presets: Mapping[str, str], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve_config(presets)

    assert caught.value.problems[0][1].startswith(sentence)


def test_standard_knows_the_kinds_of_the_schema() -> None:
    definitions = SCHEMA["$defs"]
    assert isinstance(definitions, dict)

    assert list(resolve().kinds) == definitions["kind"]["examples"]


PLAN = {"measurement": "error", "measurement.metric": "error", "measurement.target": "error"}
DATE = {"measurement.evaluate_by": "error"}
SOFT = {"measurement": "warning", "measurement.metric": "warning", "measurement.target": "warning"}


@pytest.mark.parametrize(
    ("kind", "need"),
    [
        pytest.param(
            "feature",
            {"problem": "error", "audience": "warning", "outcome": "error"}
            | PLAN
            | DATE
            | {"measurement.baseline": "warning"},
            id="feature",
        ),
        pytest.param(
            "experiment",
            {"problem": "error", "audience": "warning", "outcome": "error"}
            | PLAN
            | DATE
            | {"measurement.baseline": "error"}
            | {"measurement.guardrail": "error", "measurement.decision": "error"},
            id="experiment",
        ),
        pytest.param(
            "perf",
            {"problem": "error", "outcome": "error", "measurement.baseline": "error"} | PLAN | DATE,
            id="perf",
        ),
        pytest.param(
            "fix", {"problem": "error", "measurement.evaluate_by": "warning"} | SOFT, id="fix"
        ),
        *(
            pytest.param(kind, {"problem": "warning"}, id=kind)
            for kind in ("refactor", "chore", "ci", "test", "build", "style")
        ),
        pytest.param("docs", {}, id="docs"),
        pytest.param("revert", {}, id="revert"),
        pytest.param(
            "unknown",
            {"problem": "error", "outcome": "warning", "measurement.baseline": "warning"}
            | {"measurement.evaluate_by": "warning"}
            | SOFT,
            id="unknown",
        ),
    ],
)
def test_standard_asks_of_each_kind(kind: str, need: dict[str, str]) -> None:
    policy = resolve().kind(kind)

    assert weights(policy) == need
    assert not policy.skip


@pytest.mark.parametrize("kind", ["deps", "release", "i18n", "merge"])
def test_standard_skips(kind: str) -> None:
    assert resolve().kind(kind) == KindPolicy(skip=True)


@pytest.mark.parametrize(
    ("kind", "classes"),
    [
        ("feature", "not-measurable covered-by deferred"),
        ("experiment", "covered-by"),
        ("perf", "covered-by not-measurable internal"),
        ("fix", "internal not-measurable covered-by deferred trivial"),
        ("chore", "internal not-measurable covered-by trivial"),
        ("docs", "internal not-measurable covered-by deferred trivial"),
        ("revert", ""),
    ],
)
def test_standard_allows_exemptions(kind: str, classes: str) -> None:
    assert resolve().kind(kind).exemptions == tuple(classes.split())


def test_standard_maps_to_known_kinds_only() -> None:
    config = resolve()
    used = {
        *config.kind_types.values(),
        *config.kind_labels.values(),
        *config.kind_branches.values(),
        *(rule.kind for rule in config.kind_paths),
    }

    assert used <= set(config.kinds)
    assert {"feat": "feature", "bugfix": "fix", "exp": "experiment"}.items() <= (
        config.kind_types.items()
    )
    assert all(bot.endswith("[bot]") for bot in config.exempt_bots)
    assert len(config.exempt_bots) == len(set(config.exempt_bots)) == 15


def test_adopt_differs_in_the_most_severe_weight_only() -> None:
    adopt = resolve("preset: adopt")

    assert adopt.max_severity is Severity.WARNING
    assert replace(adopt, max_severity=Severity.ERROR, preset=Preset.STANDARD) == resolve()


def test_strict_asks_for_more() -> None:
    strict = resolve("preset: strict")

    assert strict.default_kind == "feature"
    assert strict.rule_setting("WG116", "link-only") == RuleSetting(Severity.ERROR)
    assert strict.kind("feature").need["audience"] is Severity.ERROR
    assert strict.kind("feature").exemptions == resolve().kind("feature").exemptions
    assert strict.kind("deps").skip


def test_no_layer_is_the_standard_preset() -> None:
    assert resolve_config(PRESETS) == resolve()


def test_option_chooses_the_preset_and_keeps_the_file() -> None:
    config = resolve("preset: adopt\ntimezone: Europe/Berlin", PartialConfig(preset=Preset.STRICT))

    assert config.preset is Preset.STRICT
    assert config.default_kind == "feature"
    assert config.max_severity is Severity.ERROR
    assert config.timezone == "Europe/Berlin"


def test_later_layer_wins_and_falsy_values_count() -> None:
    config = resolve(
        "dates: {grace_days: 0}\nexempt: {bots: []}\nkinds: {deps: {skip: false}}",
        PartialConfig(max_days=30),
    )

    assert (config.grace_days, config.max_days) == (0, 30)
    assert config.exempt_bots == ()
    assert not config.kind("deps").skip


def test_kind_cells_merge() -> None:
    config = resolve("kinds: {fix: {need: {measurement: off, outcome: info}}, spike: {skip: true}}")

    assert weights(config.kind("fix")) == {
        "problem": "error",
        "measurement": "off",
        "measurement.metric": "warning",
        "measurement.target": "warning",
        "measurement.evaluate_by": "warning",
        "outcome": "info",
    }
    assert config.kind("spike").skip
    assert config.kind("nobody-knows") == KindPolicy()


def test_own_branches_and_labels_come_first() -> None:
    config = resolve("kind_from: {branches: {'f*/**': fix, feat/**: perf}, labels: {zzz: fix}}")

    assert list(config.kind_branches)[:2] == ["f*/**", "feat/**"]
    assert config.kind_branches["feat/**"] == "perf"
    assert next(iter(config.kind_labels)) == "zzz"
    assert config.kind_labels["bug"] == "fix"


def test_lists_replace() -> None:
    config = resolve("kind_from: {paths: [{paths: [a/**], kind: docs}]}\nexempt: {bots: [x]}")

    assert config.kind_paths == (PathRule(("a/**",), "docs"),)
    assert config.exempt_bots == ("x",)


@pytest.mark.parametrize(
    ("rule", "name", "expected"),
    [
        pytest.param("WG101", "problem-missing", "info", id="full-id-before-prefix"),
        pytest.param("WG102", "outcome-missing", "warning", id="name-before-prefix"),
        pytest.param("WG103", "measurement-missing", "error", id="long-prefix"),
        pytest.param("WG121", "problem-states-solution", "off", id="short-prefix"),
        pytest.param("WG116", "link-only", "off", id="file-before-preset"),
        pytest.param("WG301", "unknown-section-near-miss", None, id="nothing"),
    ],
)
def test_more_exact_selector_decides(rule: str, name: str, expected: str | None) -> None:
    config = resolve(
        "preset: strict\nrules:\n  WG1: {severity: off, reason: x}\n  WG10: error\n"
        "  WG101: info\n  outcome-missing: warning\n"
    )
    setting = config.rule_setting(rule, name)

    assert (setting and str(setting.severity)) == expected


def test_selector_means_ids_prefixes_and_names() -> None:
    assert selects("WG1", "WG101", "problem-missing")
    assert selects("problem-missing", "WG101", "problem-missing")
    assert not selects("WG2", "WG101", "problem-missing")
    assert not selects("problem", "WG101", "problem-missing")


def test_every_setting_has_an_origin() -> None:
    config = resolve(
        EVERYTHING.replace("preset: strict\n", ""),
        PartialConfig(origin="option", rules={"WG111": RuleSetting(Severity.INFO)}, max_days=3),
    )
    settings = {s.path: (s.value, s.origin) for s in effective(config)}

    assert {path: settings[path] for path in WANTED} == WANTED


WANTED = {
    "preset": ("standard", "default"),
    "schema": ("docs/context.schema.json", ".whygate.yml:2"),
    "aliases.problem": ("Why now, Rationale", ".whygate.yml:3"),
    "template": (".github/a.md, .github/b.md", ".whygate.yml:4"),
    "commits.scope": ("each", ".whygate.yml:9"),
    "rules.WG111": ("info", "option"),
    "rules.WG101": ("info", ".whygate.yml:11"),
    "rules.link-only": ("off (our tracker holds the problem)", ".whygate.yml:12"),
    "overrides[0]": ("WG12 for fix in src/**: info", ".whygate.yml:16"),
    "overrides[1]": ("every rule for docs: off (nobody reads it)", ".whygate.yml:17"),
    "kinds.feature.need.measurement.baseline": ("warning", "preset standard"),
    "kinds.feature.skip": ("false", "default"),
    "kinds.deps.skip": ("true", "preset standard"),
    "kinds.spike.need.measurement.target": ("off", ".whygate.yml:20"),
    "kind_from.types.feat": ("feature", "preset standard"),
    "kind_from.types.security": ("fix", ".whygate.yml:24"),
    "kind_from.paths[0]": ("docs/**: docs", ".whygate.yml:28"),
    "exempt.bots": ("app[bot]", ".whygate.yml:30"),
    "dates.max_days": ("3", "option"),
    "dates.grace_days": ("0", ".whygate.yml:37"),
}


def test_settings_cover_every_attribute() -> None:
    config = resolve_config(PRESETS, LAYER)
    groups = {s.path.split(".")[0].split("[")[0] for s in effective(config)}

    assert groups == set(SCHEMA["properties"]) - {"version", "extends"}  # type: ignore[call-overload]
    assert set(Config.__struct_fields__) - {"layers"} == (
        set(PartialConfig.__struct_fields__) - {"origin", "tree", "extends"}
    )


def test_setting_of_a_layer_without_a_file_has_its_name() -> None:
    settings = {s.path: s.origin for s in effective(resolve_config(PRESETS, LAYER))}

    assert settings["timezone"] == ".whygate.yml"


def test_empty_values_read_none() -> None:
    settings = {s.path: s.value for s in effective(DEFAULT)}

    assert (settings["schema"], settings["template"]) == ("none", "none")
