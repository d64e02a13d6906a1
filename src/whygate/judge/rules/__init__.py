"""The catalogue: every rule by its stable id, in order."""

from __future__ import annotations

from whygate.judge.case import Rule
from whygate.judge.rules import (
    consistency,
    emptiness,
    exemption,
    measurement,
    metric,
    presence,
    structure,
    wording,
)
from whygate.model import Severity

_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO
# What of a case a rule looks at (`whygate.judge.case.TOPICS`).
_UNFILLED, _PROSE, _PLANS, _REMARKS = "unfilled", "prose_answers", "asked_plans", "remarks"

RULES: tuple[Rule, ...] = (
    Rule("WG101", "problem-missing", _E, presence.problem_missing),
    Rule("WG102", "outcome-missing", _E, presence.outcome_missing),
    Rule("WG103", "measurement-missing", _E, presence.measurement_missing),
    Rule("WG104", "audience-missing", _W, presence.audience_missing),
    Rule("WG105", "field-missing", _E, presence.field_missing),
    Rule("WG111", "section-empty", _E, emptiness.section_empty, _UNFILLED),
    Rule("WG112", "placeholder", _E, emptiness.placeholder, _UNFILLED),
    Rule("WG113", "template-unedited", _E, emptiness.template_unedited, _UNFILLED),
    Rule("WG114", "too-short", _W, emptiness.too_short, _PROSE),
    Rule("WG115", "restates-title", _W, emptiness.restates_title, _PROSE),
    Rule("WG116", "link-only", _W, emptiness.link_only, _PROSE),
    Rule("WG117", "image-only", _E, emptiness.image_only, _UNFILLED),
    Rule("WG118", "choice-unanswered", _E, emptiness.choice_unanswered, _UNFILLED),
    Rule("WG119", "too-long", _I, emptiness.too_long),
    Rule("WG121", "problem-states-solution", _W, wording.problem_states_solution, _PROSE),
    Rule("WG122", "outcome-states-output", _W, wording.outcome_states_output, _PROSE),
    Rule("WG123", "outcome-vague", _I, wording.outcome_vague, _PROSE),
    Rule("WG124", "test-plan-as-measurement", _W, wording.tests_as_measurement, _PLANS),
    Rule("WG125", "copied-text", _W, wording.copied_text, _PROSE),
    Rule("WG201", "metric-missing", _E, measurement.metric_missing, _PLANS),
    Rule("WG202", "baseline-missing", _W, measurement.baseline_missing, _PLANS),
    Rule("WG203", "target-missing", _E, measurement.target_missing, _PLANS),
    Rule("WG204", "date-missing", _E, measurement.date_missing, _PLANS),
    Rule("WG205", "target-not-comparable", _E, measurement.target_not_comparable, _PLANS),
    Rule(
        "WG206",
        "target-contradicts-direction",
        _E,
        measurement.target_contradicts_direction,
        "asked_plans",
    ),
    Rule("WG207", "date-unparsable", _E, measurement.date_unparsable, _PLANS),
    Rule("WG208", "date-in-past", _E, measurement.date_in_past, _PLANS),
    Rule("WG209", "date-too-far", _W, measurement.date_too_far, _PLANS),
    Rule("WG211", "owner-unusable", _W, measurement.owner_unusable, _PLANS),
    Rule("WG212", "source-missing", _W, metric.source_missing, _PLANS),
    Rule("WG213", "metric-is-output", _W, metric.metric_is_output, _PLANS),
    Rule("WG214", "plan-part-missing", _W, measurement.plan_part_missing, _PLANS),
    Rule("WG215", "number-unparsable", _W, measurement.number_unparsable, _PLANS),
    Rule("WG216", "metric-unknown", _W, metric.metric_unknown, _PLANS),
    Rule("WG217", "metric-unit-differs", _E, metric.metric_unit_differs, _PLANS),
    Rule("WG218", "target-relative-share", _I, measurement.target_relative_share, _PLANS),
    Rule("WG301", "unknown-section-near-miss", _W, structure.unknown_section_near_miss),
    Rule("WG302", "duplicate-section", _W, structure.duplicate_section, _REMARKS),
    Rule("WG303", "section-hidden", _I, structure.section_hidden, _REMARKS),
    Rule("WG304", "unclosed-fence-or-comment", _W, structure.unclosed_fence_or_comment, _REMARKS),
    Rule("WG305", "block-invalid", _E, structure.block_invalid, _REMARKS),
    Rule("WG306", "block-unknown-key", _W, structure.block_unknown_key, _REMARKS),
    Rule("WG309", "value-invalid", _E, structure.value_invalid, "schema_problems"),
    Rule("WG401", "exempt-without-reason", _E, exemption.exempt_without_reason),
    Rule("WG402", "exempt-class-not-allowed", _E, exemption.exempt_class_not_allowed, "asked"),
    Rule("WG403", "exempt-contradicts-paths", _W, exemption.exempt_contradicts_paths, "asked"),
    Rule("WG404", "exempt-and-plan", _W, exemption.exempt_and_plan, "asked"),
    Rule("WG405", "covered-by-unresolved", _E, exemption.covered_by_unresolved),
    Rule("WG501", "contradictory-fields", _E, consistency.contradictory_fields, "lost"),
    Rule("WG503", "revert-without-reason", _W, consistency.revert_without_reason),
    Rule("WG504", "kind-contradicts-paths", _W, consistency.kind_contradicts_paths),
)

FAMILIES: dict[str, str] = {
    "WG10": "presence",
    "WG11": "emptiness",
    "WG12": "wording",
    "WG2": "measurement",
    "WG3": "structure",
    "WG4": "exemption",
    "WG5": "consistency",
    "WG6": "outcome",
}


def find_rule(selector: str, among: tuple[Rule, ...] = RULES) -> Rule | None:
    """Return the rule of an id (any case) or name, or None."""
    wanted = selector.strip()
    return next((r for r in among if wanted.upper() == r.id or wanted.lower() == r.name), None)


def family_of(rule: Rule) -> str:
    """Return the family a rule belongs to."""
    return next(name for prefix, name in FAMILIES.items() if rule.id.startswith(prefix))
