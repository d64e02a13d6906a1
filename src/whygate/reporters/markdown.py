"""Verdicts as Markdown: the summary of a job and the comment on a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.context.fill import fill_of, is_answered, is_filled
from whygate.model import Finding, Item, Severity, Statement, Status, Verdict
from whygate.reporters.links import rule_link
from whygate.reporters.text import release_clocks
from whygate.text.clean import code, fence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whygate.policy.policy import Policy
    from whygate.reporters.text import Shown
    from whygate.schema.fields import Field

SUMMARY_LIMIT = 900_000  # bytes; GitHub refuses more than 1 MiB
COMMENT_LIMIT = 65_536  # characters

_CELL = 80
_QUOTE = 160
_MOST_ITEMS = 3
_NOTE_ROOM = 200
_STATES = {
    Status.OK: "complete",
    Status.FAILED: "incomplete",
    Status.EXEMPT: "exempt",
    Status.SKIPPED: "not asked",
}
_WEIGHTS = {
    Severity.ERROR: "**error**",
    Severity.WARNING: "warning",
    Severity.INFO: "information",
    Severity.OFF: "off",
}


class Page(Struct, frozen=True):
    """What a summary says besides the verdicts: how they were reached, and what to know."""

    basis: str = ""
    notices: Sequence[str] = ()


def render_summary(shown: Sequence[Shown], policy: Policy | None, page: Page) -> str:
    """Return the job summary, at most SUMMARY_LIMIT bytes.

    Every text that is not ours stands in code, where Markdown, HTML and mentions are inert.
    """
    head = _head(shown, page)
    blocks = [_join(_change_lines(entry, policy)) for entry in shown]
    kept = _fit(blocks, SUMMARY_LIMIT - len(head.encode()) - _NOTE_ROOM)
    missing = len(blocks) - len(kept)
    tail = [f"{missing} more do not fit on this page; the report has them."] if missing else []
    return "\n\n".join((head, *kept, *tail)) + "\n"


def render_comment(entry: Shown, policy: Policy | None, page: Page) -> str:
    """Return the comment for one pull request, at most COMMENT_LIMIT characters less a marker."""
    if entry.verdict.ok:
        return f"whygate: {code(entry.verdict.change.identity)} is {_STATES[entry.verdict.status]}"
    end = "_This comment is edited in place._"
    lines = list(_change_lines(entry, policy))
    short = [*_change_lines(entry, policy, skeleton=False), "The job summary has a text to paste."]
    for candidate in (lines, short, lines[:1]):
        text = "\n\n".join((_join(candidate), *_notes(page), end)) + "\n"
        if len(text) <= COMMENT_LIMIT - _NOTE_ROOM:
            return text
    return f"{lines[0]}\n\nThe job summary says what lacks.\n"


def _head(shown: Sequence[Shown], page: Page) -> str:
    states = [entry.verdict.status for entry in shown]
    count = ", ".join(f"{states.count(s)} {_STATES[s]}" for s in Status if s in states)
    heading = f"## whygate: {count or 'nothing to judge'}"
    return "\n\n".join((heading, *_notes(page)))


def _notes(page: Page) -> Iterator[str]:
    if page.basis:
        yield code(page.basis)
    for notice in page.notices:
        yield f"> Note: {code(notice)}"


def _change_lines(entry: Shown, policy: Policy | None, *, skeleton: bool = True) -> Iterator[str]:
    """Yield the paragraphs about one change: its state, its fields, its findings."""
    verdict = entry.verdict
    kind = f"{code(verdict.kind.name)}, decided by {code(verdict.kind.source)}"
    title = code(verdict.change.title, _CELL)
    yield f"### {code(verdict.change.identity)} {_STATES[verdict.status]}: {title}"
    note = f" {code(verdict.kind.note)}" if verdict.kind.note else ""
    yield f"Kind: {kind}.{note}"
    if verdict.exemption is not None:
        reason = code(verdict.exemption.reason)
        yield f"Exempt ({code(verdict.exemption.name)}): {reason}"
    if policy is not None and verdict.status is not Status.SKIPPED:
        yield "\n".join(_table(verdict, policy))
        missing = [code(field.title, _CELL) for field in _missing(verdict, policy)]
        if missing:
            yield f"Missing: {', '.join(missing)}"
    yield from (code(said) for said in release_clocks(verdict.context))
    if verdict.findings:
        yield "\n".join(_finding(f) for f in verdict.findings)
    if entry.skeleton and skeleton:
        yield "Paste this into the description and fill in what stands in `<...>`:"
        yield fence(entry.skeleton, "markdown")
    if verdict.suppressed:
        yield "Suppressed by the configuration:\n" + "\n".join(_suppressed(verdict))


def _table(verdict: Verdict, policy: Policy) -> Iterator[str]:
    needs = policy.needs(verdict.kind.name)
    yield "| Field | As understood | Where |\n| --- | --- | --- |"
    for field in policy.schema.fields:
        found = list(_statements(verdict, field))
        weight = needs.get(field.name, Severity.OFF)
        if not found and weight is Severity.OFF:
            continue
        cells = (code(field.title, _CELL, cell=True), _answer(verdict, field, found, weight))
        yield f"| {cells[0]} | {cells[1]} | {_places(found)} |"


def _statements(verdict: Verdict, field: Field) -> Iterator[Statement]:
    context = verdict.context
    if field.name in context.fields:
        yield context.fields[field.name]
    yield from context.lists.get(field.name, ())
    for item in context.items.get(field.name, ()):
        yield from _item_statements(item)


def _item_statements(item: Item) -> Iterator[Statement]:
    if item.prose is not None:
        yield item.prose
    else:
        yield from item.statements()


def _missing(verdict: Verdict, policy: Policy) -> Iterator[Field]:
    """Yield the fields that are asked for and have no answer, nor an excuse."""
    needs = policy.needs(verdict.kind.name)
    excused = verdict.exemption.excuses if verdict.exemption is not None else ()
    for field in policy.schema.fields:
        is_asked = needs.get(field.name, Severity.OFF).rank >= Severity.WARNING.rank
        if is_asked and not {"*", field.name} & set(excused) and not _said(verdict, field):
            yield field


def _answer(verdict: Verdict, field: Field, found: Sequence[Statement], weight: Severity) -> str:
    """Return an answer as it was understood, in code, or why there is none."""
    if said := _said(verdict, field):
        return code(said, _QUOTE, cell=True)
    fills = [str(fill_of(statement)) for statement in found]
    if fills:
        return f"no: {fills[0]}"
    excused = verdict.exemption.excuses if verdict.exemption is not None else ()
    if "*" in excused or field.name in excused:
        return "excused"
    return "**missing**" if weight is Severity.ERROR else "missing"


def _said(verdict: Verdict, field: Field) -> str:
    """Return the words of an answer, of a plan its parts with their names; empty without one."""
    items = [i for i in verdict.context.items.get(field.name, ()) if is_answered(i)]
    told = [_say_item(item, field) for item in items[:_MOST_ITEMS]]
    told += [s.text for s in _statements(verdict, field) if not items and is_filled(s)]
    return "; ".join(told)


def _say_item(item: Item, field: Field) -> str:
    parts = [
        f"{part.title.lower()} {statement.text}"
        for part in field.parts
        if (statement := item.parts.get(part.name)) is not None and is_filled(statement)
    ]
    return ", ".join(parts) or (item.prose.text if item.prose is not None else "")


def _places(found: Sequence[Statement]) -> str:
    places = dict.fromkeys(
        f"{s.location.path}:{s.location.line} ({s.form})" for s in found if s.location.path
    )
    shown = [code(place, _CELL, cell=True) for place in list(places)[:3]]
    return " ".join(shown) + (" ..." if len(places) > len(shown) else "")


def _finding(finding: Finding) -> str:
    weight = _WEIGHTS[finding.severity]
    rule = f"[{code(finding.rule)}]({rule_link(finding.rule)})"
    line = f"- {weight} {rule} {code(finding.name)}: {code(finding.message)}"
    if finding.question:
        line += f"\n  {code(finding.question)}"
    return line


def _suppressed(verdict: Verdict) -> Iterator[str]:
    for finding in verdict.suppressed:
        reason = f": {code(finding.reason)}" if finding.reason else ""
        yield f"- {code(finding.rule)} {code(finding.name)}{reason}"


def _join(paragraphs: Sequence[str] | Iterator[str]) -> str:
    return "\n\n".join(paragraphs)


def _fit(blocks: Sequence[str], room: int) -> list[str]:
    """Return the first blocks that fit into a number of bytes."""
    kept: list[str] = []
    for block in blocks:
        room -= len(block.encode("utf-8", "replace")) + 2
        if room < 0:
            break
        kept.append(block)
    return kept
