"""Turn the list of what is due into text and Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.reporters.due_list import GROUPS
from whygate.reporters.links import safe_link
from whygate.reporters.markdown import code
from whygate.text.clean import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from whygate.reporters.due_list import DueItem, DueList

_TITLE = 72
_CELL = 120
HOW = "a result is met, missed, inconclusive or abandoned; extended --until DATE moves the day"
_TITLES = {"overdue": "Overdue", "due": "Due", "coming": "Coming"}


def render_due_text(due: DueList) -> str:
    """Return the list for a terminal: one block an item, then what is to be corrected."""
    lines = [f"today: {due.today}"]
    for group in GROUPS:
        items = due.group(group)
        if items:
            lines += ["", f"{_TITLES[group]} ({len(items)})"]
            lines += [line for item in items for line in _item_lines(item)]
    if due.items:
        lines += ["", HOW]
    else:
        lines += ["", f"nothing is due within {_days(due.within)}"]
    wrong = list(_wrong(due))
    if wrong:
        lines += ["", f"To correct ({len(wrong)})"]
        lines += [f"  {clean_line(line)}" for line in wrong]
    lines += ["", *(f"note: {clean_line(note)}" for note in due.notes)] if due.notes else []
    counts = ", ".join(f"{len(due.group(group))} {group}" for group in GROUPS)
    return "\n".join([*lines, "", counts]) + "\n"


def render_due_markdown(due: DueList) -> str:
    """Return the list as GitHub Markdown, every word of the history in code."""
    lines = [f"# Due on {due.today}"]
    for group in GROUPS:
        items = due.group(group)
        if items:
            lines += ["", f"## {_TITLES[group]} ({len(items)})", ""]
            lines += ["| due | change | to look at | owner |", "| --- | --- | --- | --- |"]
            lines += [_row(item) for item in items]
    if due.items:
        lines += ["", "## To record", "", f"{HOW.capitalize()}.", ""]
        lines += [f"- {code(item.command, 300)}" for item in due.items]
    else:
        lines += ["", f"Nothing is due within {_days(due.within)}."]
    wrong = list(_wrong(due))
    if wrong:
        lines += ["", f"## To correct ({len(wrong)})", "", *(f"- {code(line)}" for line in wrong)]
    lines += ["", *(f"> Note: {code(note)}" for note in due.notes)] if due.notes else []
    return "\n".join(lines) + "\n"


def when(item: DueItem) -> str:
    """Return the day and how it stands to today: `2027-02-15, 4 days late`."""
    late = item.outcome.days_late
    return f"{item.outcome.due}, {_days(late)} late" if late else f"{item.outcome.due}"


def _item_lines(item: DueItem) -> Iterator[str]:
    outcome = item.outcome
    yield f"  {clean_line(outcome.name)} {_short(outcome.plan.title)}"
    yield f"    {_short(item.summary, 2 * _TITLE)}"
    yield f"    {when(item)}; {_short(outcome.plan.owner or 'no owner')}"
    others = len(outcome.changes) - 1
    if others > 0:
        yield f"    {others + 1} changes, the newest {clean_line(outcome.changes[0].identity)}"
    if outcome.url:
        yield f"    {clean_line(outcome.url)}"
    yield f"    {clean_line(item.command)}"


def _row(item: DueItem) -> str:
    outcome = item.outcome
    name = code(outcome.name, _CELL, cell=True)
    if link := safe_link(outcome.url):
        name = f"[{name}](<{link}>)"
    title = code(outcome.plan.title, _CELL, cell=True)
    summary = code(item.summary, 2 * _CELL, cell=True)
    owner = code(outcome.plan.owner or "nobody", _CELL, cell=True)
    return f"| {when(item)} | {name} {title} | {summary} | {owner} |"


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


def _short(text: str, longest: int = _TITLE) -> str:
    shown = clean_line(text)
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"
