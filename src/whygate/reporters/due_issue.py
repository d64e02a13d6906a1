"""Turn the list of what is due into the title and the text of an issue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from whygate.reporters.due import HOW, when
from whygate.reporters.links import safe_link
from whygate.reporters.markdown import code
from whygate.reporters.outcome_words import show_owner

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whygate.reporters.due_list import DueItem, DueList

ISSUE_LIMIT = 65_536  # characters of a body
_ROOM = ISSUE_LIMIT - 500  # a marker stands before it
_CELL = 120
_COMMAND = 300
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


class IssuePage(NamedTuple):
    """The title and the text of the issue."""

    title: str
    text: str


def render_due_issue(due: DueList, *, mention: bool = False) -> IssuePage:
    """Return the issue, at most ISSUE_LIMIT characters less a marker.

    Every word of the history stands in code, where Markdown, references and mentions are inert.
    With `mention` an owner who was named by a handle is mentioned.
    """
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
            rows = "\n".join(_row(item, mention=mention) for item in items)
            lines += [f"### {title} ({len(due.group(name))})", f"{_HEAD}\n{rows}"]
    lines += [f"### To record what came out\n\n{HOW.capitalize()}.", "\n".join(_commands(shown))]
    if left := len(due.items) - len(shown):
        lines.append(f"{left} more do not fit here: `whygate due` lists them.")
    if wrong := len(due.findings) + len(due.damages) + len(due.unmatched):
        lines.append(f"Results to correct: {wrong}; `whygate due` says which and how.")
    return "\n\n".join((*lines, _KEPT)) + "\n"


def _row(item: DueItem, *, mention: bool) -> str:
    outcome = item.outcome
    name = code(outcome.name, _CELL, cell=True)
    if link := safe_link(outcome.url):
        name = f"[{name}](<{link}>)"
    title = code(outcome.plan.title, _CELL, cell=True)
    summary = code(item.summary, 2 * _CELL, cell=True)
    return f"| {when(item)} | {name} {title} | {summary} | {_owner(item, mention=mention)} |"


def _owner(item: DueItem, *, mention: bool) -> str:
    plan = item.outcome.plan
    owner = show_owner(plan.owner)
    if mention and plan.owner_named and _HANDLE.fullmatch(owner):
        return owner
    return code(owner, _CELL, cell=True)


def _commands(shown: Sequence[DueItem]) -> Iterator[str]:
    for item in shown:
        yield f"- {code(item.command, _COMMAND)}"
