"""How a change is found by what people call it: `#123`, `!123`, a hash, a title, a quotation."""

from __future__ import annotations

import re
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from whygate.text.labels import edit_distance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from whygate.outcomes.outcome import Moved, Outcome
    from whygate.outcomes.promises import Promise
    from whygate.outcomes.result import Result

_LEAST_DIGITS = 7
_SHA = re.compile(r"[0-9a-f]{7,64}")
_NUMBERED = re.compile(r"[ \t]*\([#!][0-9]{1,10}\)\Z")
_MOST = 20
_SHAS = re.compile(r"^This reverts commit ([0-9a-fA-F]{7,64})", re.MULTILINE)
# GitHub's own: the description of a revert, and the branch it proposes.
# https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/incorporating-changes-from-a-pull-request/reverting-a-pull-request
_REQUEST = re.compile(r"^Reverts (?:[\w.-]{1,100}/[\w.-]{1,100})?#([0-9]{1,10})\b", re.MULTILINE)
# GitLab's: https://docs.gitlab.com/user/project/merge_requests/revert_changes/
_MERGE_REQUEST = re.compile(
    r"^This reverts merge request (?:[\w./-]{1,300})?!([0-9]{1,10})\b", re.MULTILINE
)
_BRANCH = re.compile(r"Merge pull request #[0-9]{1,10} from [^\s/]{1,100}/revert-([0-9]{1,10})-")
_QUOTED = re.compile(r"(?:Revert|Reapply) \"(.{1,500})\"", re.DOTALL)
_NUMBER = re.compile(r"\(([#!][0-9]{1,10})\)\Z")
_TYPED_NUMBER = re.compile(r"(?:#|(!|MR[ -]?!?)|PR[ -]?#?)?([0-9]{1,10})", re.IGNORECASE)
_NAMED = re.compile(r"[#!][0-9]{1,10}")
_SHORTEST_SHA = 7
# https://host/owner/name/pull/12 and https://host/group/name/-/merge_requests/12
_MARKS = ("#", "!")
_ADDRESS = re.compile(
    r"https?://[^\s/]{1,200}/\S{1,300}?/(?:(merge_requests)|pulls?|pull-requests|pullrequest)/([0-9]{1,10})(?:[/?#]\S*)?"
)
_COMMIT_ADDRESS = re.compile(r"https?://\S{1,300}/commit/([0-9a-f]{7,64})(?:[/?#]\S*)?")


class Told(Protocol):
    """A change of a history as far as outcomes are made of it; an audit's record is one.

    `plans` are its own, `results` those its message records, `reverts` the names of what it
    takes back, `shares` the bet or the `#123` whose plan it shares, `moved` what was changed of
    each plan after the merge.
    """

    @property
    def identity(self) -> str: ...  # noqa: D102 - as in every report
    @property
    def sha(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def day(self) -> date | None: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def author(self) -> str: ...  # noqa: D102
    @property
    def area(self) -> str: ...  # noqa: D102
    @property
    def url(self) -> str: ...  # noqa: D102
    @property
    def plans(self) -> tuple[Promise, ...]: ...  # noqa: D102
    @property
    def results(self) -> tuple[Result, ...]: ...  # noqa: D102
    @property
    def reverts(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def shares(self) -> str: ...  # noqa: D102
    @property
    def moved(self) -> tuple[tuple[Moved, ...], ...]: ...  # noqa: D102


class Directory:
    """Finds the changes of one history by name."""

    def __init__(self, changes: Sequence[Told]) -> None:
        self.changes = changes
        self._by_name: dict[str, list[Told]] = {}
        self._by_start: dict[str, list[Told]] = {}
        self._by_title: dict[str, list[Told]] = {}
        for change in changes:
            self._by_start.setdefault(change.sha[:_LEAST_DIGITS], []).append(change)
            for name in _names(change):
                self._by_name.setdefault(name, []).append(change)

    def find(self, name: str) -> list[Told]:
        """Return the changes that a name means, in the order they were given.

        A name is `#123`, a Gerrit Change-Id, or at least seven digits of a hash, whatever its
        case. Several changes may bear one number: a request that was merged to two branches. Where
        none is called `#123`, GitLab's or Azure's `!123` is meant, and the other way round.
        """
        wanted = name.strip().lower()
        if found := self._by_name.get(wanted) or self._by_name.get(other_mark(wanted)):
            return found
        if not _SHA.fullmatch(wanted):
            return []
        near = self._by_start.get(wanted[:_LEAST_DIGITS], ())
        return [change for change in near if change.sha.startswith(wanted)]

    def find_title(self, title: str) -> list[Told]:
        """Return the changes with a title, a number behind it set aside."""
        if not self._by_title:
            for change in self.changes:
                self._by_title.setdefault(_plain(change.title), []).append(change)
        return self._by_title.get(_plain(title), [])

    def names(self) -> Iterable[str]:
        """Return every name a change can be found by, hashes aside."""
        return self._by_name.keys()


def _names(change: Told) -> Iterator[str]:
    if change.identity and not change.sha.startswith(change.identity):
        yield change.identity.lower()
    for name in dict.fromkeys(name.lower() for plan in change.plans for name in plan.names):
        if name != change.identity.lower():
            yield name


def _plain(title: str) -> str:
    return _NUMBERED.sub("", title.strip())


def read_reverts(title: str, message: str) -> tuple[str, ...]:
    """Return what a revert takes back: hashes, `#123`, `!123`, or else the title as `"title`.

    `Reapply "x"` takes back the revert of x, as git names it (git-revert), so its title reads
    `"Revert "x"`. A title is named only when nothing more exact is.
    """
    exact = list(dict.fromkeys(_exact(title, message)))[:_MOST]
    if exact:
        return tuple(exact)
    match = _QUOTED.match(title)
    if match is None:
        return ()
    return (f'"Revert "{match[1]}"',) if title.startswith("Reapply") else (f'"{match[1]}',)


def _exact(title: str, message: str) -> Iterator[str]:
    for sha in _SHAS.findall(message):
        yield sha.lower()
    for number in _REQUEST.findall(message):
        yield f"#{number}"
    for number in _MERGE_REQUEST.findall(message):
        yield f"!{number}"
    if branch := _BRANCH.match(message.lstrip()):
        yield f"#{branch[1]}"
    quoted = _QUOTED.match(title)
    # `Reapply "x (#12)"` names the change, and takes back another commit: its revert.
    if quoted and not title.startswith("Reapply") and (number := _NUMBER.search(quoted[1])):
        yield number[1]


class Revert(Struct, frozen=True):
    """A commit that takes others back: its hash and day, and the names `read_reverts` gives."""

    sha: str
    day: date | None
    names: tuple[str, ...]


def find_reverted(directory: Directory, reverts: Iterable[Revert]) -> frozenset[str]:
    """Return the hashes of the changes that stand reverted.

    `reverts` come in any order and are taken by day, those of one day in the order they have;
    a revert of a revert brings the change back.
    """
    reverted: set[str] = set()
    effects: dict[str, list[str]] = {}
    for revert in sorted(reverts, key=lambda r: r.day or date.min):
        touched: list[str] = []
        for name in revert.names:
            for target in _targets(directory, name, revert):
                touched += effects.get(target, [target])
        reverted.symmetric_difference_update(touched)
        effects[revert.sha] = touched
    return frozenset(reverted)


def _targets(directory: Directory, name: str, revert: Revert) -> list[str]:
    """Return the hashes a name means: all of a number, the newest older one of a title."""
    if not name.startswith('"'):
        found = [change.sha for change in directory.find(name)]
        return found or ([name] if not name.startswith(_MARKS) else [])
    titled = [change for change in directory.find_title(name[1:]) if change.sha != revert.sha]
    if revert.day is not None:
        titled = [c for c in titled if c.day is None or c.day <= revert.day]
    return [change.sha for change in titled[:1]]


class Found(Struct, frozen=True):
    """A change, and the outcomes it has: one for each of its measurements, in their order."""

    name: str
    sha: str
    title: str
    outcomes: tuple[Outcome, ...] = ()


class Lookup:
    """Finds changes of a history by whatever people call them."""

    def __init__(self, records: Sequence[Told], outcomes: Sequence[Outcome]) -> None:
        self._directory = Directory(records)
        self._outcomes = outcomes
        self._records = records

    def find(self, text: str) -> Found | None:
        """Return the change of `#12`, `!12`, `12`, `PR 12`, an address, a hash or a bet.

        Of several changes with one number the oldest that has a plan is meant, as for a result.
        """
        name = read_name(text)
        shared = tuple(o for o in self._outcomes if o.plan.bet == name and o.name == name)
        if shared:
            return _of(shared)
        changes = [*reversed(self._directory.find(name))]
        for change in changes:
            own = self._outcomes_of(change)
            if own:
                return _of(own)
        return Found(changes[0].identity, changes[0].sha, changes[0].title) if changes else None

    def suggest(self, text: str) -> str:
        """Return the known name that is most like a text, empty when none is.

        Of a number that is the one with the fewest other digits, and the nearest of those.
        """
        name = read_name(text)
        known = {o.name for o in self._outcomes} | set(self._directory.names())
        if not name.startswith(_MARKS):
            near = get_close_matches(name, sorted(known), n=1)
            return near[0] if near else ""
        numbers = (other for other in known if _NAMED.fullmatch(other))
        ranked = sorted(
            (edit_distance(name, n, most=1), abs(int(n[1:]) - int(name[1:])), n) for n in numbers
        )
        return ranked[0][2] if ranked and ranked[0][0] == 1 else ""

    def _outcomes_of(self, change: Told) -> tuple[Outcome, ...]:
        own = tuple(o for o in self._outcomes if o.plan.sha == change.sha and not _is_shared(o))
        if own or not change.shares:
            return own
        return tuple(o for o in self._outcomes if _is_shared(o) and o.plan.bet == change.shares)


def read_name(text: str) -> str:
    """Return the name a result uses for what somebody typed."""
    written = text.strip().strip("`'\"")
    if found := _ADDRESS.fullmatch(written):
        return f"{'!' if found[1] else '#'}{found[2]}"
    if found := _COMMIT_ADDRESS.fullmatch(written):
        return found[1]
    found = _TYPED_NUMBER.fullmatch(written)
    # seven digits and more may be a hash
    if found and (not written.isdigit() or len(written) < _SHORTEST_SHA):
        return f"{'!' if found[1] else '#'}{found[2]}"
    return written


def other_mark(name: str) -> str:
    """Return `!12` for `#12` and `#12` for `!12`, "" for what is no number."""
    if _NAMED.fullmatch(name) is None:
        return ""
    return f"{'!' if name[0] == '#' else '#'}{name[1:]}"


def _is_shared(outcome: Outcome) -> bool:
    return bool(outcome.plan.bet) and outcome.name == outcome.plan.bet


def _of(outcomes: tuple[Outcome, ...]) -> Found:
    plan = outcomes[0].plan
    ordered = sorted(outcomes, key=lambda outcome: outcome.plan.index)
    return Found(plan.identity, plan.sha, plan.title, tuple(ordered))
