"""Count what a history says: every denominator, and coverage by field and by month."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct, field

from whygate.context.fill import is_filled
from whygate.judge.rules.exemption import has_complete_measurement
from whygate.model import Severity, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# The fields a complete answer needs, whatever the kind.
CORE = ("problem", "outcome", "measurement")
UNKNOWN_MONTH = "unknown"


class Tally(Struct):
    """The changes of one group by what they say."""

    complete: int = 0
    partial: int = 0
    missing: int = 0
    exempt: int = 0

    @property
    def judged(self) -> int:
        """Return how many changes the group has."""
        return self.complete + self.partial + self.missing + self.exempt


class Coverage(Struct):
    """What a history says, with every denominator.

    `skipped` counts the changes nothing is asked of, by reason; `blind` those of the judged
    that have a subject and nothing else; `fields` how many judged changes answer a field;
    `forms` where answers were read; `rules` how many changes a rule found something in, and
    `examples` one of them.
    """

    changes: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    blind: int = 0
    total: Tally = field(default_factory=Tally)
    months: dict[str, Tally] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    exempt_features: list[str] = field(default_factory=list)

    @property
    def judged(self) -> int:
        """Return how many changes were asked."""
        return self.total.judged


def count_coverage(verdicts: Iterable[Verdict]) -> Coverage:
    """Return the coverage of verdicts, read one at a time."""
    coverage = Coverage()
    for verdict in verdicts:
        _add(coverage, verdict)
    return coverage


def share(part: int, whole: int) -> float | None:
    """Return a percentage, or None under five: a rate of so few says nothing."""
    least = 5
    return 100 * part / whole if whole >= least else None


def _add(coverage: Coverage, verdict: Verdict) -> None:
    coverage.changes += 1
    coverage.kinds[verdict.kind.name] += 1
    if verdict.status is Status.SKIPPED:
        coverage.skipped[_skip_reason(verdict)] += 1
        return
    coverage.blind += _is_blind(verdict)
    state = _state(verdict)
    month = _month(verdict)
    for tally in (coverage.total, coverage.months.setdefault(month, Tally())):
        setattr(tally, state, getattr(tally, state) + 1)
    for name in answered_fields(verdict):
        coverage.fields[name] += 1
    for form in {str(s.form) for s in verdict.context.statements() if is_filled(s)}:
        coverage.forms[form] += 1
    _add_rules(coverage, verdict)
    if verdict.status is Status.EXEMPT and verdict.kind.name == "feature":
        coverage.exempt_features.append(f"{verdict.change.identity} {verdict.change.title}")


def _add_rules(coverage: Coverage, verdict: Verdict) -> None:
    for rule in {f.rule for f in verdict.findings if f.severity is not Severity.INFO}:
        coverage.rules[rule] += 1
        coverage.examples.setdefault(rule, verdict.change.identity)


def answered_fields(verdict: Verdict) -> tuple[str, ...]:
    """Return the names of the fields a change answers."""
    context = verdict.context
    singles = [name for name, s in context.fields.items() if is_filled(s)]
    items = [
        name
        for name, entries in context.items.items()
        if any(is_filled(i.prose) or any(map(is_filled, i.statements())) for i in entries)
    ]
    lists = [name for name, entries in context.lists.items() if any(map(is_filled, entries))]
    return (*singles, *items, *lists)


def _state(verdict: Verdict) -> str:
    if verdict.exemption is not None:
        return "exempt"
    answered = set(answered_fields(verdict))
    said = [name for name in CORE if name in answered]
    if len(said) == len(CORE) and has_complete_measurement(verdict.context):
        return "complete"
    return "partial" if said else "missing"


def _is_blind(verdict: Verdict) -> bool:
    """Tell whether a commit has nothing but a subject."""
    return not any("\n" in part.text.strip() for part in verdict.change.parts)


def _skip_reason(verdict: Verdict) -> str:
    exemption = verdict.exemption
    if exemption is None or exemption.name == "kind":
        return verdict.kind.name
    return exemption.name


def _month(verdict: Verdict) -> str:
    day = verdict.change.day
    return f"{day:%Y-%m}" if day is not None else UNKNOWN_MONTH


def as_report(coverage: Coverage) -> Mapping[str, object]:
    """Return the coverage as plain values, in a stable order."""
    return {
        "changes": coverage.changes,
        "skipped": dict(sorted(coverage.skipped.items())),
        "judged": coverage.judged,
        "blind": coverage.blind,
        "total": _tally(coverage.total),
        "fields": dict(sorted(coverage.fields.items())),
        "forms": dict(sorted(coverage.forms.items())),
        "kinds": dict(sorted(coverage.kinds.items())),
        "months": {m: _tally(coverage.months[m]) for m in sorted(coverage.months)},
        "rules": {r: coverage.rules[r] for r in sorted(coverage.rules)},
        "examples": dict(sorted(coverage.examples.items())),
        "exempt_features": coverage.exempt_features,
    }


def _tally(tally: Tally) -> dict[str, int]:
    return {
        "complete": tally.complete,
        "partial": tally.partial,
        "missing": tally.missing,
        "exempt": tally.exempt,
    }
