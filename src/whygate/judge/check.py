"""The check: what is asked of a change, what excuses it, and what the rules find."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.context.extract import extract_context
from whygate.context.fill import build_document, is_answered, is_filled, read_item
from whygate.judge.case import TOPICS, Case
from whygate.judge.rules import RULES
from whygate.judge.rules.exemption import has_complete_measurement, is_small
from whygate.model import (
    Change,
    Context,
    Exemption,
    Finding,
    Form,
    Item,
    KindDecision,
    Severity,
    Statement,
    Status,
    Verdict,
)
from whygate.policy.config import Drafts
from whygate.policy.exemptions import EXCUSES, ExemptClass, parse_exemption
from whygate.policy.kinds import decide_kind, find_skip, kind_of_word
from whygate.schema.fields import EXEMPT, MEASUREMENT
from whygate.text.labels import normalise_label

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from whygate.judge.case import LookUp, Problem, Rule
    from whygate.model import Waiver
    from whygate.policy.policy import Policy
    from whygate.values.plans import Plan


WAIVER = "waiver"  # the class of what a maintainer lets pass


def check(
    change: Change,
    policy: Policy,
    today: date,
    *,
    context: Context | None = None,
    believe: bool = False,
    look_up: LookUp | None = None,
) -> Verdict:
    """Return the verdict on a change.

    `today` is the day it is judged on unless the change brings its own; `context` is what
    the same texts were read as before, by the same policy. `believe` takes the kind that title
    and text say, whatever the paths are: for a commit being made, which the gate will see again.
    `look_up` finds the plan of another change that covers this one; what it raises is raised.
    Raises SchemaError when the policy's schema cannot be used.
    """
    if context is None:
        context = extract_context(change, policy.schema, template=policy.template, bets=policy.bets)
    kind = decide_kind(change, context.fields.get("kind"), policy.config, believe=believe)
    skip = find_skip(change, kind, policy.config, believe=believe)
    if skip is not None:
        return Verdict(change, kind, Status.SKIPPED, context, exemption=skip)
    case = build_case(change, policy, context, kind, change.day or today)
    if look_up is not None:
        case = replace(case, look_up=look_up)
    findings, suppressed = _judge(case)
    failed = any(finding.severity is Severity.ERROR for finding in findings)
    exemption = case.exemption if not _is_refused(findings) else None
    status = Status.FAILED if failed else Status.EXEMPT if exemption is not None else Status.OK
    return Verdict(change, kind, status, context, findings, suppressed, exemption)


def waive(verdict: Verdict, waiver: Waiver) -> Verdict:
    """Return a verdict that failed as one that a maintainer lets pass: its errors warn."""
    if verdict.ok:
        return verdict
    findings = tuple(
        replace(f, severity=Severity.WARNING, reason=f"waived by {waiver}")
        if f.severity is Severity.ERROR
        else f
        for f in verdict.findings
    )
    return replace(
        verdict,
        status=Status.EXEMPT,
        findings=findings,
        exemption=Exemption(WAIVER, str(waiver)),
        waiver=waiver,
    )


def _is_refused(findings: tuple[Finding, ...]) -> bool:
    """Tell whether a rule found the exemption dishonest, too late, or without a plan behind it."""
    refusals = ("WG401", "WG402", "WG405")
    return any(f.rule in refusals and f.severity is not Severity.INFO for f in findings)


def build_case(
    change: Change, policy: Policy, context: Context, kind: KindDecision, today: date
) -> Case:
    """Return the case of a change: its needs after any exemption, and what its schema says."""
    statement = context.fields.get(EXEMPT)
    asked = parse_exemption(statement.text) if statement is not None else None
    needs = policy.needs(kind.name)
    case = Case(change, policy, context, kind, today, needs, asked, plans=_plans(context, today))
    exemption = _grant(case)
    if exemption is not None:
        case = replace(case, exemption=exemption, needs=_excuse(needs, exemption))
    declared = context.fields.get("kind")
    understood = ""
    if declared is not None and is_filled(declared):
        understood = kind_of_word(declared.text, policy.config)
        if not understood and not _is_own_label(declared, policy):
            kept = {name: s for name, s in context.fields.items() if name != "kind"}
            context = replace(context, fields=kept)
    document = build_document(context, policy.schema, kind=understood)
    if not document and not policy.schema.required:
        return case
    return replace(case, schema_problems=policy.schema.validate(document))


def _is_own_label(declared: Statement, policy: Policy) -> bool:
    """Tell whether a kind stands under our own name for it.

    "What type of PR is this?" asks in the words of somebody else's template, and the answer may
    be one of theirs: `/kind improvement`.
    """
    field = policy.schema.field("kind")
    own = (field.title, field.key) if field is not None else ()
    is_label = normalise_label(declared.label) in map(normalise_label, own)
    return declared.form is not Form.SECTION or is_label


def _plans(context: Context, today: date) -> tuple[tuple[Item, Plan], ...]:
    """Return the measurements that say something, with their values read once for all rules."""
    items = context.items.get(MEASUREMENT, ())
    return tuple((item, read_item(item, today)) for item in items if is_answered(item))


def _grant(case: Case) -> Exemption | None:
    """Return the exemption an author asked for when it is honest and allowed."""
    asked, statement = case.asked, case.context.fields.get(EXEMPT)
    if asked is None or statement is None or asked.name is None or not case.has_reason:
        return None
    if asked.name not in case.policy.config.kind(case.kind.name).exemptions:
        return None
    if has_complete_measurement(case.context):
        return None
    if asked.name is ExemptClass.TRIVIAL and not is_small(case):
        return None
    return Exemption(asked.name, asked.reason, statement.location, EXCUSES[asked.name])


def _excuse(needs: Mapping[str, Severity], exemption: Exemption) -> Mapping[str, Severity]:
    if "*" in exemption.excuses:
        return {}
    return {
        name: weight
        for name, weight in needs.items()
        if name.partition(".")[0] not in exemption.excuses
    }


def _judge(case: Case) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    findings: list[Finding] = []
    suppressed: list[Finding] = []
    policy, paths = case.policy, case.change.paths
    is_lenient = case.change.is_draft and policy.config.drafts is Drafts.WARN
    for rule in _rules_about(tuple([topic for topic in TOPICS if getattr(case, topic)])):
        for problem in rule.check(case):
            finding = weigh(policy, rule, problem, kind=case.kind.name, paths=paths)
            if is_lenient and finding.severity is Severity.ERROR:
                finding = replace(finding, severity=Severity.WARNING)
            kept = finding.severity is not Severity.OFF
            (findings if kept else suppressed).append(finding)
    findings.sort(key=_order)
    return tuple(findings), tuple(suppressed)


@lru_cache(maxsize=256)
def _rules_about(topics: tuple[str, ...]) -> tuple[Rule, ...]:
    """Return the rules that look at a case as a whole, or at one of some topics of it."""
    return tuple(rule for rule in RULES if not rule.about or rule.about in topics)


def weigh(
    policy: Policy, rule: Rule, problem: Problem, *, kind: str, paths: tuple[str, ...] | None
) -> Finding:
    """Return what a rule says of a problem as a finding, as heavy as the policy lets it be.

    It is OFF where the policy turns the rule off for that kind of change or those paths.
    """
    usual = problem.severity or rule.severity
    weight = policy.weigh(rule.id, rule.name, usual, kind=kind, paths=paths)
    return Finding(
        rule=rule.id,
        name=rule.name,
        severity=weight.severity,
        message=problem.message,
        location=problem.location,
        field=problem.field,
        question=problem.question,
        paste=problem.paste,
        reason=weight.reason,
        edit=problem.edit,
    )


def _order(finding: Finding) -> tuple[int, str, int, int, str]:
    place = finding.location
    return (-finding.severity.rank, place.path, place.line, place.column, finding.rule)
