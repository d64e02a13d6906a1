"""The contract: what whoever writes a change must know, from the policy in effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.authoring.written import (
    Answers,
    example_answers,
    write_block,
    write_sections,
    write_trailers,
)
from whygate.judge.rules import RULES, find_rule
from whygate.model import Severity
from whygate.policy.exemptions import EXAMPLES, EXCUSES, MAX_DEFERRED_DAYS, ExemptClass
from whygate.policy.policy import UNKNOWN_KIND
from whygate.schema.fields import AUDIENCE, EXEMPT, MEASUREMENT, OUTCOME, PROBLEM

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from whygate.judge.case import Rule
    from whygate.policy.policy import Policy
    from whygate.schema.fields import Field

CONTRACT_VERSION = 1

ADMONITION = (
    "Never invent a number, a name or a date. What you do not know, ask the person you work "
    "for. A baseline that nobody knows yet is written `unknown until <date>; <how it will be "
    "found>`, and what honestly cannot be measured is said in one sentence."
)
EXIT_CODES: tuple[tuple[int, str], ...] = (
    (0, "clean, exempt, or only warnings"),
    (1, "errors found: the output asks each question and ends with a text to paste"),
    (2, "wrong usage, configuration or schema"),
    (3, "could not decide: no access, a shallow clone, a time-out"),
    (130, "interrupted"),
)
_USUAL_DAYS = 30
_SUMMARY = "what the change does, in a few words"
# The rules that miss a field; any other field is missed by WG105, a part of a plan by WG214.
_MISSING = {
    PROBLEM: "WG101",
    OUTCOME: "WG102",
    MEASUREMENT: "WG103",
    AUDIENCE: "WG104",
    "measurement.metric": "WG201",
    "measurement.baseline": "WG202",
    "measurement.target": "WG203",
    "measurement.evaluate_by": "WG204",
}
# Git only makes merges, and nobody says that nothing is known.
_NOT_WRITTEN = ("merge", UNKNOWN_KIND)


class Format(Struct, frozen=True):
    """How the values of one format are written; every example can be read."""

    name: str
    says: str
    examples: tuple[str, ...]


class KindDemand(Struct, frozen=True):
    """What one kind of change must say, and the title prefixes that name it."""

    name: str
    types: tuple[str, ...]
    skipped: bool
    needs: Mapping[str, Severity]
    exemptions: tuple[str, ...]


class ExemptionForm(Struct, frozen=True):
    """A class of exemption, the fields it excuses, a sentence that is accepted, the trailer."""

    name: str
    excuses: tuple[str, ...]
    sentence: str
    trailer: str


class RuleWeight(Struct, frozen=True):
    """A rule, what it weighs here, and the kinds for which it weighs something else."""

    id: str
    severity: Severity
    by_kind: Mapping[str, Severity]


class WrittenForm(Struct, frozen=True):
    """One of the written forms, with a whole example.

    Sections and a block stand in the description of a request, trailers in the last paragraph of
    a commit message with nothing else in it.
    """

    name: str
    title: str
    body: str

    @property
    def text(self) -> str:
        """Return the title and the body, as a commit message has them."""
        return f"{self.title}\n\n{self.body}\n"


class Contract(Struct, frozen=True):
    """What a change must say in one repository, from its schema and its configuration.

    `example_kind` is the kind whose questions the examples answer; `complete` tells whether the
    schema had an example for each of them (else a slot stands there).
    """

    schema: str
    preset: str
    default_kind: str
    commit_scope: str
    has_path_overrides: bool
    fields: tuple[Field, ...]
    formats: tuple[Format, ...]
    kinds: tuple[KindDemand, ...]
    exemptions: tuple[ExemptionForm, ...]
    rules: tuple[RuleWeight, ...]
    example_kind: str
    complete: bool
    forms: tuple[WrittenForm, ...]


def build_contract(policy: Policy) -> Contract:
    """Return the contract of a policy. It holds no day, so that it stays the same until edited."""
    config = policy.config
    kinds = tuple(_kind(policy, name) for name in config.kinds if name != "merge")
    example_kind = _pick_kind(kinds)
    answers = _example(policy, example_kind)
    forms = tuple(_forms(policy, example_kind, answers))
    return Contract(
        schema=policy.schema.name,
        preset=str(config.preset),
        default_kind=config.default_kind,
        commit_scope=str(config.commit_scope),
        has_path_overrides=any(override.paths for override in config.overrides),
        fields=policy.schema.fields,
        formats=tuple(_formats(policy)),
        kinds=kinds,
        exemptions=tuple(_exemptions(policy)),
        rules=tuple(_weigh(policy, rule) for rule in RULES),
        example_kind=example_kind.name,
        complete=not any(text.startswith("<") for text in _texts(answers)),
        forms=forms,
    )


def due_example(policy: Policy) -> str:
    """Return a date that is never too far away: `+30d`, or less where less is allowed."""
    return f"+{max(1, min(_USUAL_DAYS, policy.config.max_days))}d"


def example_title(kind: KindDemand) -> str:
    """Return a title whose conventional type names the kind."""
    return f"{kind.types[0]}: {_SUMMARY}" if kind.types else _SUMMARY


def _kind(policy: Policy, name: str) -> KindDemand:
    setting = policy.config.kind(name)
    types = tuple(word for word, kind in policy.config.kind_types.items() if kind == name)
    return KindDemand(
        name=name,
        types=types,
        skipped=setting.skip,
        needs={} if setting.skip else _needs(policy, name),
        exemptions=setting.exemptions if policy.schema.field(EXEMPT) is not None else (),
    )


def _needs(policy: Policy, kind: str) -> Mapping[str, Severity]:
    """Return what a kind must say, as the rules that miss it weigh it here."""
    needs: dict[str, Severity] = {}
    for name, usual in policy.needs(kind).items():
        rule = find_rule(_MISSING.get(name, "WG214" if "." in name else "WG105"))
        weight = usual if rule is None else _severity(policy, rule, kind, usual)
        if weight is not Severity.OFF:
            needs[name] = weight
    return needs


def _pick_kind(kinds: tuple[KindDemand, ...]) -> KindDemand:
    """Return the kind to show: feature where it is asked anything, else the one asked most."""
    asked = [kind for kind in kinds if kind.name not in _NOT_WRITTEN and not kind.skipped]
    known = next((kind for kind in asked if kind.name == "feature" and kind.needs), None)
    most = max(asked, key=lambda kind: len(kind.needs), default=None)
    return known or most or KindDemand(UNKNOWN_KIND, (), skipped=False, needs={}, exemptions=())


def _example(policy: Policy, kind: KindDemand) -> Answers:
    names = list(kind.needs) or [f.name for f in policy.schema.fields if f.min_words]
    return example_answers(policy.schema.fields, names, due=due_example(policy))


def _texts(answers: Answers) -> Iterator[str]:
    for texts in answers.texts.values():
        yield from texts
    for entries in answers.items.values():
        for entry in entries:
            for texts in entry.values():
                yield from texts


def _forms(policy: Policy, kind: KindDemand, answers: Answers) -> Iterator[WrittenForm]:
    title, schema = example_title(kind), policy.schema
    yield WrittenForm("sections", title, write_sections(answers, schema))
    yield WrittenForm("trailers", title, "\n".join(write_trailers(answers, schema)))
    if policy.schema.field("kind") is not None and kind.name not in _NOT_WRITTEN:
        answers = Answers({**answers.texts, "kind": (kind.name,)}, answers.items)
    yield WrittenForm("block", title, write_block(answers, schema))


def _formats(policy: Policy) -> Iterator[Format]:
    """Yield the grammar of each format that the schema uses."""
    used = {field.format for field in policy.schema.all_fields()}
    if used & {"baseline", "target"}:
        yield Format(
            "quantity",
            "`[>= <= > < ~] number [unit] [per window]`; a unit is %, pp, ms s min h, kB MB GB, "
            "a currency, or the thing that is counted",
            ("1,200", "12k", "38 %", "<= 300 ms", "9 tickets per week", "p95 820 ms", "40-45 %"),
        )
    if "baseline" in used:
        yield Format(
            "baseline",
            "a quantity; `new` when nothing exists yet; `unknown until <date>; <how it will be "
            "found>` when nobody has looked",
            ("38 %", "new", f"unknown until {due_example(policy)}; counted from the import log"),
        )
    if "target" in used:
        yield Format(
            "target",
            "a quantity in the unit of the baseline; a change of it; or the answer that an "
            "observation should give",
            ("45 %", "-30%", "+5 pp", "2x", "answer: yes"),
        )
    if "date" in used:
        yield Format(
            "date",
            f"a day or a distance from the merge, at most {policy.config.max_days} days away",
            (due_example(policy), "+2w", "2027-02-15", "15 Feb 2027", "2027-Q1", "2027-W07"),
        )
    if "owner" in used:
        yield Format(
            "owner",
            "a handle, a team, or a mail address; no owner means the author",
            ("@lena", "@acme/checkout", "lena@example.com", "Lena Rey <lena@example.com>"),
        )
    if "slug" in used:
        yield Format("slug", "3 to 60 of `a-z`, `0-9` and `-`", ("cart-sync",))


def exemption_sentence(name: ExemptClass, policy: Policy) -> str:
    """Return a plain sentence that is accepted; its dates count from the day it is judged."""
    if name is ExemptClass.NOT_MEASURABLE:
        reason = "fewer than ten customers use it; we will ask three by"
        return f"Not measurable because {reason} {due_example(policy)}"
    if name is ExemptClass.DEFERRED:
        return f"Deferred until +{MAX_DEFERRED_DAYS}d because this stops an outage"
    return EXAMPLES[name]


def _exemptions(policy: Policy) -> Iterator[ExemptionForm]:
    field = policy.schema.field(EXEMPT)
    if field is None:
        return
    trailers = {
        ExemptClass.COVERED_BY: "exempt covered-by; bet cart-sync",
        ExemptClass.DEFERRED: f"exempt deferred; until +{MAX_DEFERRED_DAYS}d; this stops an outage",
    }
    allowed = {name for kind in policy.config.kinds.values() for name in kind.exemptions}
    for name in ExemptClass:
        if name in allowed:
            written = trailers.get(name, f"exempt {name}; <why, in at least four words>")
            sentence = exemption_sentence(name, policy)
            yield ExemptionForm(str(name), EXCUSES[name], sentence, f"{field.trailer}: {written}")


def _weigh(policy: Policy, rule: Rule) -> RuleWeight:
    usual = _severity(policy, rule, "")
    kinds = (name for name, kind in policy.config.kinds.items() if not kind.skip)
    weights = {name: _severity(policy, rule, name) for name in kinds}
    return RuleWeight(
        id=rule.id,
        severity=usual,
        by_kind={name: weight for name, weight in weights.items() if weight is not usual},
    )


def _severity(policy: Policy, rule: Rule, kind: str, usual: Severity | None = None) -> Severity:
    usual = usual or rule.severity
    return policy.weigh(rule.id, rule.name, usual, kind=kind, paths=None).severity
