"""What a history says, counted with every denominator, and which of its records count."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct, field

from whygate.audit.record import BLIND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from whygate.audit.record import Record

UNKNOWN_MONTH = "unknown"
NO_AREA = "no area"
NO_AUTHOR = "no author"
BEFORE, SINCE = "before", "since"
AGENT, PERSON = "agent", "person"
SKIPPED, EXEMPT = "skipped", "exempt"
LEAST = 5  # a rate of fewer says nothing

# What a record says to the counts; a history has few different ones.
_Key = tuple[
    str,
    str,
    tuple[tuple[str, str], ...],
    tuple[str, ...],
    tuple[tuple[str, str], ...],
    str,
    date | None,
    str,
    str,
    tuple[str, ...],
    str,
    str,
]


class Selection(Struct, frozen=True):
    """Which records count: days (both included), a part of the author, kinds, the newest N.

    `author` is looked for in `Name <mail>`, whatever its case. A record without a day is in no
    period.
    """

    since: date | None = None
    until: date | None = None
    author: str = ""
    kinds: tuple[str, ...] = ()
    last: int | None = None

    @property
    def is_plain(self) -> bool:
        """Tell whether every record counts, up to the newest N."""
        return not (self.since or self.until or self.author or self.kinds)

    def describe(self) -> Iterator[str]:
        """Yield each condition in words."""
        if self.since is not None:
            yield f"since {self.since.isoformat()}"
        if self.until is not None:
            yield f"until {self.until.isoformat()}"
        if self.author:
            yield f"author {self.author}"
        if self.kinds:
            yield f"kind {' or '.join(self.kinds)}"
        if self.last is not None:
            yield f"the last {self.last}"


class Selector:
    """Picks records; `undated` counts those that a period left out because they have no day."""

    def __init__(self, selection: Selection) -> None:
        self.undated = 0
        self._selection = selection
        self._author = selection.author.casefold()

    def pick(self, batches: Iterable[list[Record]]) -> Iterator[list[Record]]:
        """Yield what is selected of each list, and stop once there are enough."""
        left = self._selection.last
        for batch in batches:
            picked = batch if self._selection.is_plain else list(filter(self._fits, batch))
            if left is not None:
                picked = picked[:left]
                left -= len(picked)
            yield picked
            if left == 0:
                return

    def _fits(self, record: Record) -> bool:
        wanted = self._selection
        if wanted.kinds and record.kind not in wanted.kinds:
            return False
        if self._author and self._author not in record.author.casefold():
            return False
        return self._is_in_time(record.day)

    def _is_in_time(self, day: date | None) -> bool:
        since, until = self._selection.since, self._selection.until
        if since is None and until is None:
            return True
        if day is None:
            self.undated += 1
            return False
        return (since is None or day >= since) and (until is None or day <= until)


class Tally(Struct):
    """The changes of one group by what they say; the `blind` were not read, so not judged."""

    complete: int = 0
    partial: int = 0
    missing: int = 0
    exempt: int = 0
    skipped: int = 0
    blind: int = 0

    @property
    def judged(self) -> int:
        """Return how many changes of the group were asked anything and could be read."""
        return self.complete + self.partial + self.missing + self.exempt

    @property
    def asked(self) -> int:
        """Return how many of those had to answer: the judged that are not exempt."""
        return self.complete + self.partial + self.missing

    @property
    def changes(self) -> int:
        """Return how many changes the group has."""
        return self.judged + self.skipped + self.blind

    def add(self, state: str, count: int) -> None:
        """Count changes of one state."""
        setattr(self, state, getattr(self, state) + count)


class RuleCount(Struct):
    """How many judged changes a rule found something in, errors among them, and the newest."""

    rule: str
    changes: int = 0
    errors: int = 0
    example: str = ""
    title: str = ""


class Coverage(Struct):
    """What a history says, with every denominator.

    `skipped` and `exempt` count the changes nothing is asked of, or that are excused, by
    reason. `writers` tells agents from people, as far as a message or an author says that an agent
    wrote or helped; it is empty where none does. `fields` counts the judged changes that answer a
    field, `labels` the (field, label) an answer was read from, `forms` the written forms, `origins`
    in which text. `described` counts the changes whose description came from the forge (READ,
    EDITED), `matched` names them. Groups without a name asked for (`areas`, `authors`, `phases`)
    are empty.
    """

    total: Tally = field(default_factory=Tally)
    skipped: Counter[str] = field(default_factory=Counter)
    exempt: Counter[str] = field(default_factory=Counter)
    months: dict[str, Tally] = field(default_factory=dict)
    kinds: dict[str, Tally] = field(default_factory=dict)
    areas: dict[str, Tally] = field(default_factory=dict)
    authors: dict[str, Tally] = field(default_factory=dict)
    writers: dict[str, Tally] = field(default_factory=dict)
    phases: dict[str, Tally] = field(default_factory=dict)
    fields: Counter[str] = field(default_factory=Counter)
    labels: Counter[tuple[str, str]] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    origins: Counter[str] = field(default_factory=Counter)
    described: Counter[str] = field(default_factory=Counter)
    matched: set[str] = field(default_factory=set)
    rules: dict[str, RuleCount] = field(default_factory=dict)
    exempt_features: list[tuple[str, str, str]] = field(default_factory=list)
    waived: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def changes(self) -> int:
        """Return how many changes were counted."""
        return self.total.changes

    @property
    def judged(self) -> int:
        """Return how many changes were asked anything."""
        return self.total.judged

    @property
    def blind(self) -> int:
        """Return how many are requests whose description nobody read."""
        return self.total.blind


class Counted(Struct, frozen=True, array_like=True):
    """What was counted of records, to go on from another time."""

    keys: tuple[tuple[_Key, int], ...]
    rules: dict[str, RuleCount]
    exempt_features: list[tuple[str, str, str]]
    waived: list[tuple[str, str, str]]
    matched: list[str]

    @property
    def is_dated(self) -> bool:
        """Tell whether every record had a day, and so was judged by its own."""
        return all(day is not None for (*_, day, _, _, _, _, _), _ in self.keys)


class Counting:
    """Counts records one by one; equal ones are added up and taken apart at the end."""

    def __init__(
        self, *, adopted: date | None = None, by_area: bool = False, by_author: bool = False
    ) -> None:
        self._adopted = adopted
        self._by_area = by_area
        self._by_author = by_author
        self._keys: dict[_Key, int] = {}
        self._coverage = Coverage()

    def add(self, records: Iterable[Record]) -> None:
        """Count records, the newest change first."""
        keys, by_area, by_author = self._keys, self._by_area, self._by_author
        for record in records:
            key = (
                record.kind,
                record.state,
                record.answers,
                record.forms,
                record.rules,
                record.reason,
                record.day,
                (record.area or NO_AREA) if by_area else "",
                (record.author or NO_AUTHOR) if by_author else "",
                record.origins,
                record.described,
                AGENT if record.by_agent else PERSON,
            )
            count = keys.get(key, 0)
            keys[key] = count + 1
            if not count:
                self._note_examples(record)
            if record.state == EXEMPT and record.kind == "feature":
                known = (record.identity, record.title, record.reason)
                self._coverage.exempt_features.append(known)
            if record.described:
                self._coverage.matched.add(record.identity)
            if record.waiver:
                self._coverage.waived.append((record.identity, record.title, record.waiver))

    def resume(self, counted: Counted) -> None:
        """Begin with what was counted before."""
        self._keys.update(counted.keys)
        self._coverage.rules.update(counted.rules)
        self._coverage.exempt_features += counted.exempt_features
        self._coverage.waived += counted.waived
        self._coverage.matched.update(counted.matched)

    def counted(self) -> Counted:
        """Return what was counted so far."""
        coverage = self._coverage
        features, waived = coverage.exempt_features, coverage.waived
        matched = sorted(coverage.matched)
        return Counted(tuple(self._keys.items()), coverage.rules, features, waived, matched)

    def finish(self) -> Coverage:
        """Return what was counted."""
        keys, self._keys = self._keys, {}
        for key, count in keys.items():
            self._spread(key, count)
        if AGENT not in self._coverage.writers:
            self._coverage.writers.clear()
        return self._coverage

    def _spread(self, key: _Key, count: int) -> None:
        coverage = self._coverage
        kind, state, answers, forms, rules, reason, day, area, author, *_ = key
        *_, origins, described, writer = key
        groups = (
            (coverage.months, day.isoformat()[:7] if day is not None else UNKNOWN_MONTH),
            (coverage.kinds, kind),
            (coverage.areas, area),
            (coverage.authors, author),
            (coverage.writers, writer),
            (coverage.phases, self._phase(day)),
        )
        coverage.total.add(state, count)
        for group, name in groups:
            if name:
                group.setdefault(name, Tally()).add(state, count)
        if described:
            coverage.described[described] += count
        if state == SKIPPED:
            coverage.skipped[reason] += count
        if state in (SKIPPED, BLIND):  # nothing of it was read
            return
        if state == EXEMPT:
            coverage.exempt[reason] += count
        for name, label in answers:
            coverage.fields[name] += count
            coverage.labels[name, label] += count
        for form in forms:
            coverage.forms[form] += count
        for origin in set(origins):
            coverage.origins[origin] += count
        _spread_rules(coverage, rules, count)

    def _phase(self, day: date | None) -> str:
        if self._adopted is None:
            return ""
        if day is None:
            return UNKNOWN_MONTH
        return SINCE if day >= self._adopted else BEFORE

    def _note_examples(self, record: Record) -> None:
        if record.state in (SKIPPED, BLIND):
            return
        rules = self._coverage.rules
        for rule, severity in record.rules:
            if severity != "info" and rule not in rules:
                rules[rule] = RuleCount(rule, example=record.identity, title=record.title)


def count_coverage(
    records: Iterable[Record],
    *,
    adopted: date | None = None,
    by_area: bool = False,
    by_author: bool = False,
) -> Coverage:
    """Return the coverage of records, newest first, read one at a time.

    `adopted` splits them into before and since that day.
    """
    counting = Counting(adopted=adopted, by_area=by_area, by_author=by_author)
    counting.add(records)
    return counting.finish()


def share(part: int, whole: int) -> float | None:
    """Return a percentage, or None under five: a rate of so few says nothing."""
    return 100 * part / whole if whole >= LEAST else None


def show_share(part: int, whole: int) -> str:
    """Return a share such as `12.5 %`, or "" under five.

    A share that is not zero is never shown as zero, nor one that is not whole as whole.
    """
    rate = share(part, whole)
    if rate is None:
        return ""
    shown = f"{rate:.1f}"
    if shown == "0.0" and part:
        return "under 0.1 %"
    if shown == "100.0" and part != whole:
        return "over 99.9 %"
    return f"{shown} %"


def _spread_rules(coverage: Coverage, rules: tuple[tuple[str, str], ...], count: int) -> None:
    found = {rule for rule, severity in rules if severity != "info"}
    failing = {rule for rule, severity in rules if severity == "error"}
    for rule in found:
        coverage.rules[rule].changes += count
    for rule in failing:
        coverage.rules[rule].errors += count
