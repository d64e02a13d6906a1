"""Which plans a history holds, whose they are, and which results belong to them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from whygate.context.extract import read_bet_context
from whygate.model import Form
from whygate.outcomes.ledger import split_corrected
from whygate.outcomes.names import Directory, Revert, Told, find_reverted
from whygate.outcomes.outcome import ChangeOf, Moved, Outcome, Outcomes
from whygate.outcomes.promises import (
    Carrier,
    Promise,
    read_aim,
    read_promises,
    read_value,
    with_release,
)
from whygate.outcomes.result import ResultState, in_order
from whygate.outcomes.rules import OutcomeCase, judge_outcome
from whygate.outcomes.state import MOST_EXTENSIONS, Standing, state_of
from whygate.policy.exemptions import names_change
from whygate.text.content import compare_key, token_overlap
from whygate.values.comparison import nouns_differ
from whygate.values.quantities import Quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from whygate.outcomes.names import Told
    from whygate.outcomes.promises import Promise
    from whygate.outcomes.result import Result
    from whygate.policy.policy import Policy
    from whygate.schema.document import DocumentSchema
    from whygate.values.plans import Answer

# Two metrics are one, said shorter, when they share half of their words.
SAME_METRIC = 0.5
_FIELDS = (
    *("metric", "baseline", "target", "due_text", "source", "decision"),
    *("direction", "method"),
)
_LABELS = {"due_text": "evaluate_by"}


def read_bet_plans(
    slug: str, path: str, text: str, first: Told, schema: DocumentSchema
) -> tuple[Promise, ...]:
    """Return the plans of a bet's file; their distances count from its first change's merge."""
    context = read_bet_context(path, text, schema)
    carrier = Carrier(
        slug, first.sha, first.title, first.day, first.kind, first.author, (slug, first.identity)
    )
    plans = read_promises(context, carrier)
    return tuple(replace(plan, bet=slug) for plan in plans if not plan.exempt)


def share_plan(plan: Promise, slug: str, first: Told) -> Promise:
    """Return the plan of a bet's first change as the plan of the bet."""
    return replace(plan, identity=slug, bet=slug, names=(*plan.names, first.identity))


def is_same_plan(own: Promise, shared: Promise) -> bool:
    """Tell whether a change repeats the plan it shares, perhaps in fewer words."""
    if not own.metric:
        return True
    return token_overlap(own.metric, shared.metric) >= SAME_METRIC


def find_moved(then: Promise, now: Promise, where: str) -> Iterator[Moved]:
    """Yield what differs between a plan at the merge and later; another spelling is no change."""
    for name in _FIELDS:
        old, new = getattr(then, name), getattr(now, name)
        if new and compare_key(old) != compare_key(new) and not _same_value(then, now, name):
            yield Moved(_LABELS.get(name, name), old, new, where)
    if now.guardrails and then.guardrails != now.guardrails:
        yield Moved("guardrail", "; ".join(then.guardrails), "; ".join(now.guardrails), where)


def is_same_target(plan: Promise, cited: str) -> bool:
    """Tell whether a result cites the target of the plan, in whatever spelling."""
    if compare_key(plan.target) == compare_key(cited):
        return True
    return _same_value(plan, replace(plan, target=cited), "target")


def _same_value(then: Promise, now: Promise, name: str) -> bool:
    if name == "due_text":
        return then.due is not None and then.due == now.due
    if name not in ("target", "baseline"):
        return False
    old, new = _read(then, name), _read(now, name)
    if isinstance(old, Quantity) and isinstance(new, Quantity):
        return _bare(old) == _bare(new) and not nouns_differ(old, new)
    return old is not None and old == new


def _read(plan: Promise, name: str) -> Quantity | Answer | None:
    return read_aim(plan) if name == "target" else read_value(plan.baseline)


def _bare(quantity: Quantity) -> Quantity:
    """Return a quantity without the words it is written in."""
    return replace(quantity, text="", noun="")


class OutcomeInputs(Struct, frozen=True):
    """What is known of results and plans besides the records.

    `results` come from the ledger, the notes and commits that are no records; `reverts` from
    such commits too. `bets_then` holds (path, text) of each bet's file as it was when the first
    of its changes was merged; a bet that is not in it is held against its file of today.
    `releases` holds the tag and the day of the first release that contains a commit.
    """

    results: tuple[Result, ...] = ()
    reverts: tuple[Revert, ...] = ()
    bets_then: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    releases: Mapping[str, tuple[str, date]] = field(default_factory=dict)


_NOTHING = OutcomeInputs()


def collect_outcomes(
    records: Sequence[Told], policy: Policy, today: date, inputs: OutcomeInputs = _NOTHING
) -> Outcomes:
    """Return every outcome of a history, by due day, and the results that fit none.

    `records` stand newest first. The changes of a bet share one outcome for each measurement
    of the bet. The findings are weighed by the policy, which also gives the grace.
    """
    return _Collection(records, policy, today, inputs).collect()


def find_first_changes(records: Sequence[Told]) -> dict[str, Told]:
    """Return the first change of each bet: the one whose commit shows the plan at the merge."""
    return {r.shares: r for r in records if r.shares and not names_change(r.shares)}


class _Draft(Struct):
    """An outcome while it is put together."""

    plan: Promise
    changes: list[Told]
    moved: list[Moved] = field(default_factory=list)
    results: dict[Result, None] = field(default_factory=dict)

    def owners(self) -> list[Told]:
        """Return the changes without which there is nothing left to measure."""
        plan = self.plan
        is_bet = bool(plan.bet) and plan.identity == plan.bet
        return [c for c in self.changes if (c.shares == plan.bet if is_bet else c.sha == plan.sha)]


class _Collection:
    def __init__(
        self, records: Sequence[Told], policy: Policy, today: date, inputs: OutcomeInputs
    ) -> None:
        self._records = records
        self._policy = policy
        self._today = today
        self._inputs = inputs
        self._directory = Directory(records)
        self._drafts: list[_Draft] = []
        self._by_sha: dict[str, list[_Draft]] = {}
        self._by_bet: dict[str, list[_Draft]] = {}

    def collect(self) -> Outcomes:
        members: dict[str, list[Told]] = {}
        for record in self._records:
            if record.shares and not self._points(record):
                members.setdefault(record.shares, []).append(record)
        for slug, changes in members.items():
            self._draft_bet(slug, changes)
        for record in self._records:
            self._draft_own(record)
        for record in self._records:
            if record.shares and self._points(record):
                self._join(record)
        unmatched = self._hand_out_results()
        reverted = self._find_reverted()
        outcomes = [self._finish(draft, reverted) for draft in self._drafts]
        outcomes.sort(key=_order)
        return Outcomes(tuple(outcomes), unmatched)

    def _draft_bet(self, slug: str, changes: list[Told]) -> None:
        """Add the outcomes of a bet, whose changes stand newest first."""
        first = changes[-1]
        file = self._inputs.bets_then.get(slug) or (self._policy.bets or {}).get(slug)
        plans: tuple[Promise, ...] = ()
        if file is not None:
            plans = read_bet_plans(slug, *file, first, self._policy.schema)
        if not plans:
            owner = next((c for c in reversed(changes) if _own_plans(c)), None)
            plans = tuple(share_plan(p, slug, owner) for p in _own_plans(owner)) if owner else ()
        drafts = [_Draft(plan, list(changes)) for plan in plans]
        self._add_moved(slug, first, drafts)
        self._by_bet[slug] = drafts
        self._drafts += drafts

    def _add_moved(self, slug: str, first: Told, drafts: list[_Draft]) -> None:
        """Note what the bet's file of today says otherwise than the plan at the merge."""
        file = (self._policy.bets or {}).get(slug)
        if file is None or slug not in self._inputs.bets_then:
            return
        now = read_bet_plans(slug, *file, first, self._policy.schema)
        for draft, plan in zip(drafts, now, strict=False):
            draft.moved += find_moved(draft.plan, plan, file[0])

    def _draft_own(self, record: Told) -> None:
        """Add the outcomes of a change's own plans, those aside that repeat its bet's."""
        shared = self._by_bet.get(record.shares, ())
        for place, plan in enumerate(record.plans):
            if plan.form == Form.BET:
                continue
            twin = next((d for d in shared if is_same_plan(plan, d.plan)), None)
            if twin is not None:
                self._compare(record, plan, twin)
                continue
            draft = _Draft(plan, [record], [*(record.moved[place:] or ((),))[0]])
            self._drafts.append(draft)
            self._by_sha.setdefault(record.sha, []).append(draft)

    def _compare(self, record: Told, plan: Promise, twin: _Draft) -> None:
        """Note where a later change of a bet promises something else than the bet."""
        if record.sha == twin.plan.sha or plan.exempt:
            return
        where = f"{record.identity} {record.title}"
        twin.moved += (m for m in find_moved(twin.plan, plan, where) if m.field == "target")

    def _points(self, record: Told) -> bool:
        """Tell whether a change shares the plan of another change and not of a bet."""
        return names_change(record.shares) and record.shares not in (self._policy.bets or {})

    def _join(self, record: Told) -> None:
        for other in self._directory.find(record.shares):
            for draft in self._drafts_of(other):
                if record not in draft.changes:
                    draft.changes.insert(0, record)

    def _drafts_of(self, record: Told) -> list[_Draft]:
        own = self._by_sha.get(record.sha, [])
        return own or self._by_bet.get(record.shares, [])

    def _hand_out_results(self) -> tuple[Result, ...]:
        """Give each result to the outcomes it concerns; return those that fit none.

        Who recorded one of a change without a plan, and said why, made no mistake.
        """
        told = (result for record in reversed(self._records) for result in record.results)
        unmatched: list[Result] = []
        for result in dict.fromkeys((*told, *self._inputs.results)):
            drafts = [d for d in self._find_drafts(result) if result.concerns(d.plan.index)]
            for draft in drafts:
                draft.results[result] = None
            if not drafts and not result.forced:
                unmatched.append(result)
        return tuple(unmatched)

    def _find_drafts(self, result: Result) -> list[_Draft]:
        if result.change in self._by_bet:
            return self._by_bet[result.change]
        named = self._directory.find(result.change)
        exact = self._directory.find(result.sha) if result.sha else []
        # Two changes may bear one number; the hash says which of them is meant.
        both = [change for change in exact if change in named]
        for change in (*both, *reversed(named), *exact):
            if drafts := self._drafts_of(change):
                return drafts
        return []

    def _find_reverted(self) -> frozenset[str]:
        told = (Revert(r.sha, r.day, r.reverts) for r in reversed(self._records) if r.reverts)
        reverts = {revert.sha: revert for revert in (*self._inputs.reverts, *told)}
        return find_reverted(self._directory, reverts.values()) if reverts else frozenset()

    def _finish(self, draft: _Draft, reverted: frozenset[str]) -> Outcome:
        counted, corrected = split_corrected(draft.results)
        results = tuple(in_order(counted))
        plan = self._with_release(draft.plan)
        standing = state_of(
            plan,
            results,
            reverted=all(change.sha in reverted for change in draft.owners()),
            today=self._today,
            grace=self._policy.config.grace_days,
        )
        moved = tuple(_known_moves(draft, standing))
        before = [r.value for r in results if r.state is ResultState.BASELINE and r.value]
        baseline = before[-1] if before else ""
        case = OutcomeCase(plan, standing, moved, self._today, baseline)
        return Outcome(
            plan=plan,
            standing=standing,
            changes=tuple(_change_of(change) for change in draft.changes),
            results=results,
            corrected=tuple(corrected),
            moved=moved,
            findings=judge_outcome(case, self._policy),
            remarks=(*_remarks(standing, results), *map(str, corrected)),
        )

    def _with_release(self, plan: Promise) -> Promise:
        """Return a plan that waits for a release with its day, once the release is there."""
        released = self._inputs.releases.get(plan.sha) if plan.waits else None
        return with_release(plan, *released) if released is not None else plan


def _own_plans(record: Told) -> tuple[Promise, ...]:
    return tuple(plan for plan in record.plans if plan.form != Form.BET and not plan.exempt)


def _known_moves(draft: _Draft, standing: Standing) -> Iterator[Moved]:
    """Yield what was moved: in the bet's file, and in the target that the result cites.

    A day that an extension gives a reason for was moved in the open.
    """
    announced = {str(result.until) for result in standing.extended}
    for move in draft.moved:
        if move.field != "evaluate_by" or move.now not in announced:
            yield move
    result = standing.result
    if result is not None and result.target and not is_same_target(draft.plan, result.target):
        where = f"the result in {result.path}:{result.line}"
        yield Moved("target", draft.plan.target, result.target, where)


def _remarks(standing: Standing, results: Sequence[Result]) -> Iterator[str]:
    if standing.ignored:
        count = MOST_EXTENSIONS + len(standing.ignored)
        yield f"extended {count} times; only the first {MOST_EXTENSIONS} moved the day"
    if standing.result is not None and standing.result.forced:
        yield f"recorded against the number, because: {standing.result.forced}"
    if standing.result is not None and not standing.result.is_measured:
        measured = [r for r in results if r.is_measured and r.settles]
        if measured:
            said = measured[-1].value or str(measured[-1].state)
            yield f"whygate measured {said} for {measured[-1].at}; what a person recorded counts"


def _change_of(record: Told) -> ChangeOf:
    return ChangeOf(
        record.identity,
        record.sha,
        record.title,
        record.day,
        record.kind,
        record.author,
        record.area,
        record.url,
    )


def _order(outcome: Outcome) -> tuple[date, str, int, str]:
    plan = outcome.plan
    return outcome.due or date.max, plan.identity, plan.index, plan.sha
