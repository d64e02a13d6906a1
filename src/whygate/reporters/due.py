"""What is due and who looks: the list, for a terminal, as Markdown, and as an issue."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from whygate.audit.coverage import LEAST
from whygate.outcomes.rules import record_command
from whygate.outcomes.state import OutcomeState
from whygate.reporters.links import safe_link
from whygate.reporters.tables import WIDTH, clip, pad, shorten, text_width
from whygate.text.clean import clean_line, code
from whygate.values.owners import parse_owner

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from whygate.model import Finding
    from whygate.outcomes.ledger import Damage
    from whygate.outcomes.outcome import Outcome, Outcomes
    from whygate.outcomes.result import Result
    from whygate.outcomes.scorecard import Scorecard

GROUPS = ("overdue", "due", "coming", "unreleased")
_OVERDUE = "WG601"
_TITLE = 72
_NAME = 20
_NARROWEST = 30  # columns for what is to be looked at
_CELL = 120
HOW = "to record what came out, whatever it is (--review asks for each):"
_TITLES = {
    "overdue": "Overdue",
    "due": "Due",
    "coming": "Coming",
    "unreleased": "Waiting for a release",
}
ISSUE_LIMIT = 65_536  # characters of a body
_ROOM = ISSUE_LIMIT - 500  # a marker stands before it
_ISSUE_CELL = 120
_COMMAND = 300
_MOST_IN_CHAT = 30
_ENTITY = re.compile(r"&(?=#?\w{1,10};)")
_NAMES = {"overdue": "Overdue", "due": "Due", "coming": "Due today"}
_HEAD = "| day | change | to look at | owner |\n| --- | --- | --- | --- |"
# A login or a team, and nothing that Markdown or another forge would take for more.
# https://docs.github.com/en/enterprise-cloud@latest/admin/identity-and-access-management
_HANDLE = re.compile(r"@[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:/[A-Za-z0-9][A-Za-z0-9-]{0,99})?")
_ASKED = (
    "Somebody wrote down to look at these. What came out? Any answer counts, a missed target too."
)
_EMPTY = "Nothing is overdue or due."
_KEPT = (
    "_whygate keeps this issue: it closes when nothing is due, and opens again when something is._"
)
NOTHING_LEARNED = "nothing was written down"
NOBODY = "nobody"


class DueItem(Struct, frozen=True):
    """One line of the list; `group` is overdue, due, coming or unreleased."""

    outcome: Outcome
    group: str
    command: str

    @property
    def summary(self) -> str:
        """Return what is counted, from where to where."""
        plan = self.outcome.plan
        if plan.is_deferral:
            return "the plan that was promised when it was merged"
        steps = self.steps
        return f"{plan.metric}: {steps}" if plan.metric and steps else plan.metric or steps

    @property
    def steps(self) -> str:
        """Return from where to where."""
        plan = self.outcome.plan
        return " to ".join(text for text in (plan.baseline, plan.target) if text)


class DueList(Struct, frozen=True):
    """What is due on a day, what is wrong with what was written, and what could not be read.

    `findings` are those of every outcome but for being overdue; `unmatched` results fit no plan.
    """

    today: date
    within: int
    items: tuple[DueItem, ...] = ()
    findings: tuple[Finding, ...] = ()
    unmatched: tuple[Result, ...] = ()
    damages: tuple[Damage, ...] = ()
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def group(self, name: str) -> Sequence[DueItem]:
        """Return the items of one group."""
        return [item for item in self.items if item.group == name]


def list_due(
    outcomes: Outcomes,
    *,
    today: date,
    within: int,
    owner: str = "",
    damages: tuple[Damage, ...] = (),
    notes: tuple[str, ...] = (),
) -> DueList:
    """Return what is overdue, due, or comes due `within` days, the longest overdue first.

    Last stand the plans whose clock is a release that has not come.

    `owner` keeps the items whose owner contains it, whatever the case; what is wrong with the
    results is told to everybody.
    """
    chosen = [o for o in outcomes.outcomes if owner.casefold() in o.plan.owner.casefold()]
    return DueList(
        today=today,
        within=within,
        items=tuple(_items(chosen, today, within)),
        findings=tuple(f for o in outcomes.outcomes for f in o.findings if f.rule != _OVERDUE),
        unmatched=outcomes.unmatched,
        damages=damages,
        remarks=tuple(f"{o.name}: {remark}" for o in outcomes.outcomes for remark in o.remarks),
        notes=notes,
    )


def _items(outcomes: Iterable[Outcome], today: date, within: int) -> Iterator[DueItem]:
    for outcome in outcomes:
        group = _group(outcome, today, within)
        if group:
            yield DueItem(outcome, group, record_command(outcome.plan))


def _group(outcome: Outcome, today: date, within: int) -> str:
    if outcome.state is OutcomeState.OVERDUE:
        return GROUPS[0]
    if outcome.state is OutcomeState.DUE:
        return GROUPS[1]
    if outcome.state is OutcomeState.UNRELEASED:
        return GROUPS[3]
    if outcome.state is not OutcomeState.PLANNED or outcome.due is None:
        return ""
    return GROUPS[2] if outcome.due - today <= timedelta(days=within) else ""


def render_due_text(due: DueList, width: int = WIDTH) -> str:
    """Return the list for a terminal: by owner, one line an entry, the command once at the end."""
    lines = [f"today: {due.today}"]
    room = [max(map(text_width, cells)) for cells in zip(*_cells(due), strict=True)]
    for owner, items in group_by_owner(due.items).items():
        lines += ["", f"{clip(owner, _TITLE)} ({count_groups(items)})"]
        lines += [line for item in items for line in _lines(item, due.today, room, width)]
    if not any(item.outcome.due is not None for item in due.items):
        lines += ["", f"nothing is due within {_days(due.within)}"]
    if due.items:
        lines += ["", HOW, f"  {clean_line(due.items[0].command)}"]
    wrong = list(_wrong(due))
    if wrong:
        lines += ["", f"To correct ({len(wrong)})"]
        lines += [f"  {clean_line(line)}" for line in wrong]
    lines += ["", *(f"note: {clean_line(note)}" for note in due.notes)] if due.notes else []
    return "\n".join([*lines, "", count_groups(due.items, every=True)]) + "\n"


def group_by_owner(items: Iterable[DueItem]) -> dict[str, list[DueItem]]:
    """Return items by who looks, in the order of each one's first day."""
    owners: dict[str, list[DueItem]] = {}
    for item in items:
        owners.setdefault(show_owner(item.outcome.plan.owner), []).append(item)
    return owners


def count_groups(items: Sequence[DueItem], *, every: bool = False) -> str:
    """Return how many are overdue, due and coming: those there are, or with `every` all three."""
    counts = {name: sum(item.group == name for item in items) for name in GROUPS}
    waiting = counts.pop(GROUPS[3])
    told = [f"{count} {name}" for name, count in counts.items() if count or every]
    return ", ".join([*told, f"{waiting} waiting for a release"] if waiting else told)


def _cells(due: DueList) -> list[tuple[str, str]]:
    return [_head_cells(item, due.today) for item in due.items] or [("", "")]


def _head_cells(item: DueItem, today: date) -> tuple[str, str]:
    """Return when, and which change: with its metric where it has several."""
    outcome = item.outcome
    wait = show_wait(outcome.due, today) if outcome.due is not None else "no release"
    number = f" ({outcome.plan.index})" if outcome.plan.index > 1 else ""
    return wait, f"{clip(outcome.name, _NAME)}{number}"


def _lines(item: DueItem, today: date, room: Sequence[int], width: int) -> Iterator[str]:
    """Yield the line of an item, and below it the clock of one that counts from a release."""
    yield _line(item, today, room, width)
    if item.outcome.plan.waits:
        yield shorten(f"    {when(item, today)}", width)


def _line(item: DueItem, today: date, room: Sequence[int], width: int) -> str:
    when_cell, name = _head_cells(item, today)
    head = f"  {pad(when_cell, room[0])}  {pad(name, room[1])}  "
    left = max(_NARROWEST, width - text_width(head))
    summary, steps = clean_line(item.summary), clean_line(item.steps)
    end = f": {steps}" if item.outcome.plan.metric and steps else ""
    if text_width(summary) <= left or not end or text_width(end) > left // 2:
        return head + shorten(summary, left)
    return head + shorten(summary.removesuffix(end), left - text_width(end)) + end


def render_due_markdown(due: DueList) -> str:
    """Return the list as GitHub Markdown, every word of the history in code."""
    lines = [f"# Due on {due.today}"]
    for group in GROUPS:
        items = due.group(group)
        if items:
            lines += ["", f"## {_TITLES[group]} ({len(items)})", ""]
            lines += ["| due | change | to look at | owner |", "| --- | --- | --- | --- |"]
            lines += [_row(item, due.today) for item in items]
    if any(item.outcome.due is not None for item in due.items):
        lines += ["", f"{HOW.capitalize()} {code(due.items[0].command, _COMMAND)}"]
    else:
        lines += ["", f"Nothing is due within {_days(due.within)}."]
    wrong = list(_wrong(due))
    if wrong:
        lines += ["", f"## To correct ({len(wrong)})", "", *(f"- {code(line)}" for line in wrong)]
    lines += ["", *(f"> Note: {code(note)}" for note in due.notes)] if due.notes else []
    return "\n".join(lines) + "\n"


def render_due_chat(due: DueList) -> str:
    """Return the reminder for a chat, empty when nobody has to look.

    Words of the history stand in code, where no chat takes them for a mention, and without the
    signs that Slack reads as markup there too.
    https://docs.slack.dev/messaging/formatting-message-text
    """
    items = [item for item in due.items if item.outcome.due is not None]
    if not items:
        return ""
    lines = [f"Outcomes to look at on {due.today}: {count_groups(items)}"]
    left = _MOST_IN_CHAT
    for owner, found in group_by_owner(items).items():
        lines += [_chat(owner)] if left > 0 else []
        for item in found[: max(0, left)]:
            wait, name = _head_cells(item, due.today)
            link = f" {url}" if (url := safe_link(item.outcome.url)) else ""
            lines.append(f"• {wait}: {_chat(f'{name} {item.summary}')}{link}")
        left -= len(found)
    if left < 0:
        lines.append(f"and {-left} more: `whygate due` lists them")
    return "\n".join([*lines, f"{HOW.capitalize()} {_chat(due.items[0].command)}"])


def _chat(text: str) -> str:
    """Return a text in code, whose signs no chat takes for a link, a mention or an entity."""
    shown = text.replace("<=", "≤").replace(">=", "≥").replace("<", "‹").replace(">", "›")
    return code(_ENTITY.sub("& ", shown), _CELL)


def when(item: DueItem, today: date) -> str:
    """Return the day and how it stands to today: `2027-02-15, 4 days late`.

    A day that counts from a release names it; without one it says how long the merge is ago.
    """
    outcome, plan = item.outcome, item.outcome.plan
    if outcome.due is None:
        since = f", {_days((today - plan.merged).days)} since the merge" if plan.merged else ""
        return f"{clean_line(plan.due_text[:_TITLE])}{since}"
    clock = f" ({clean_line(plan.due_text[:_TITLE])}: {clean_line(plan.release)})"
    day = f"{outcome.due}{clock if plan.release else ''}"
    return f"{day}, {_days(outcome.days_late)} late" if outcome.days_late else day


def _row(item: DueItem, today: date) -> str:
    outcome = item.outcome
    name = code(outcome.name, _CELL, cell=True)
    if link := safe_link(outcome.url):
        name = f"[{name}](<{link}>)"
    title = code(outcome.plan.title, _CELL, cell=True)
    summary = code(item.summary, 2 * _CELL, cell=True)
    owner = code(outcome.plan.owner or "nobody", _CELL, cell=True)
    return f"| {_cell_of(item, today)} | {name} {title} | {summary} | {owner} |"


def _cell_of(item: DueItem, today: date) -> str:
    """Return when, in code where words of the history are part of it."""
    said = when(item, today)
    plan = item.outcome.plan
    is_plain = item.outcome.due is not None and not plan.release
    return said if is_plain else code(said, _CELL, cell=True)


def _wrong(due: DueList) -> Iterator[str]:
    for finding in due.findings:
        place = f"{finding.location.path}:{finding.location.line}"
        yield f"{place}: {finding.rule} {finding.name} ({finding.severity}): {finding.message}"
    for damage in due.damages:
        hint = f"; {damage.hint}" if damage.hint else ""
        yield f"{damage.path}:{damage.line}: {damage.message}{hint}"
    for result in due.unmatched:
        message = f"the result `{result.state}` of `{result.change}` fits no plan of this history"
        yield f"{result.path}:{result.line}: {message}"
    yield from due.remarks


def _days(count: int) -> str:
    return f"{count} day{'s' if count != 1 else ''}"


class IssuePage(NamedTuple):
    """The title and the text of the issue."""

    title: str
    text: str


def render_due_issue(due: DueList, *, mention: bool = False) -> IssuePage:
    """Return the issue, at most ISSUE_LIMIT characters less a marker.

    Every word of the history stands in code, where Markdown, references and mentions are inert.
    With `mention` an owner who was named by a handle is mentioned.
    """
    due = replace(due, items=tuple(item for item in due.items if item.group in _NAMES))
    if not due.items:
        return IssuePage("Outcomes to look at: none", f"{_EMPTY}\n\n{_KEPT}\n")
    shown = list(due.items)
    text = _page(due, shown, mention=mention)
    while len(text) > _ROOM:
        shown = shown[: len(shown) * 3 // 4]
        text = _page(due, shown, mention=mention)
    counts = ", ".join(
        f"{len(items)} {_NAMES[name].lower()}" for name in _NAMES if (items := due.group(name))
    )
    return IssuePage(f"Outcomes to look at: {counts}", text)


def _page(due: DueList, shown: Sequence[DueItem], *, mention: bool) -> str:
    lines = [_ASKED]
    for name, title in _NAMES.items():
        items = [item for item in shown if item.group == name]
        if items:
            rows = "\n".join(_issue_row(item, due.today, mention=mention) for item in items)
            lines += [f"### {title} ({len(due.group(name))})", f"{_HEAD}\n{rows}"]
    lines += [f"{HOW.capitalize()} {code(shown[0].command, _COMMAND)}"]
    if left := len(due.items) - len(shown):
        lines.append(f"{left} more do not fit here: `whygate due` lists them.")
    if wrong := len(due.findings) + len(due.damages) + len(due.unmatched):
        lines.append(f"Results to correct: {wrong}; `whygate due` says which and how.")
    return "\n\n".join((*lines, _KEPT)) + "\n"


def _issue_row(item: DueItem, today: date, *, mention: bool) -> str:
    outcome = item.outcome
    name = code(outcome.name, _ISSUE_CELL, cell=True)
    if link := safe_link(outcome.url):
        name = f"[{name}](<{link}>)"
    title = code(outcome.plan.title, _ISSUE_CELL, cell=True)
    summary = code(item.summary, 2 * _ISSUE_CELL, cell=True)
    said = _cell_of(item, today)
    return f"| {said} | {name} {title} | {summary} | {_owner(item, mention=mention)} |"


def _owner(item: DueItem, *, mention: bool) -> str:
    plan = item.outcome.plan
    owner = show_owner(plan.owner)
    if mention and plan.owner_named and _HANDLE.fullmatch(owner):
        return owner
    return code(owner, _ISSUE_CELL, cell=True)


def show_effect(effect: float | None) -> str:
    """Return how far beyond or short of the target a result is, "" when that cannot be told.

    The percentage is of the way from the baseline to the target.
    """
    if effect is None:
        return ""
    if effect < 0:
        return f"{round(-100 * effect)} % the wrong way"
    distance = round(100 * (effect - 1))
    if not distance:
        return "at the target"
    return f"{distance} % beyond" if distance > 0 else f"{-distance} % short"


def reason_given_up(outcome: Outcome) -> str:
    """Return why nobody measures any more."""
    result = outcome.result
    if result is None:
        return "reverted before anybody looked"
    return result.note or NOTHING_LEARNED


def show_per_met(card: Scorecard) -> str:
    """Return how many changes were shipped for each outcome met, "" under five outcomes."""
    rate = per_met(card)
    return "" if rate is None else f"{rate:.1f}"


def per_met(card: Scorecard) -> float | None:
    """Return how many changes were shipped for each outcome met, None under five outcomes."""
    met = card.total.met
    return card.shipped.changes / met if met >= LEAST else None


def show_owner(text: str) -> str:
    """Return who looks, without the address where a name is known."""
    owner = parse_owner(text)
    if owner is None:
        return NOBODY
    return owner.name or (f"@{owner.handle}" if owner.handle else owner.mail)


def show_wait(due: date, today: date) -> str:
    """Return how a day stands to today: `4 days late`, `today` or `in 1 day`."""
    days = (due - today).days
    if not days:
        return "today"
    count = f"{abs(days)} day{'s' if abs(days) != 1 else ''}"
    return f"in {count}" if days > 0 else f"{count} late"
