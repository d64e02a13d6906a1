"""Verdicts for a terminal: every finding with its question and its line to paste."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.authoring.skeleton import render_skeleton
from whygate.context.fill import find_answers, find_part
from whygate.judge.check import check
from whygate.model import Edit, Finding, Severity, Status, Verdict
from whygate.schema.fields import MEASUREMENT
from whygate.text.clean import clean, clean_line
from whygate.values.dates import DateValue, parse_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whygate.judge.case import LookUp
    from whygate.model import Change, Context
    from whygate.policy.policy import Policy

_SHOWN = 60
_ANY_DAY = date(2000, 1, 1)  # whether a day waits for a release is the same on each
_STYLES = {
    Severity.ERROR: "31",
    Severity.WARNING: "33",
    Severity.INFO: "36",
    Severity.OFF: "2",
}


class Shown(Struct, frozen=True):
    """A verdict with the skeleton to paste when it failed ("" for none)."""

    verdict: Verdict
    skeleton: str = ""


def render_text(shown: Sequence[Shown], *, color: bool = False, verbose: bool = False) -> str:
    """Return every finding with its question and its line to paste, and the counts last."""
    lines: list[str] = []
    for entry in shown:
        lines += _verdict_lines(entry, color=color, verbose=verbose, single=len(shown) == 1)
    lines += _counts(shown)
    return "\n".join(lines) + "\n"


def _verdict_lines(entry: Shown, *, color: bool, verbose: bool, single: bool) -> Iterator[str]:
    verdict = entry.verdict
    for finding in verdict.findings:
        yield from _finding_lines(finding, color=color)
    if verbose:
        for finding in verdict.suppressed:
            reason = f" ({clean_line(finding.reason)})" if finding.reason else ""
            yield f"{_head(finding, color=False)} [suppressed{reason}]"
    if verbose or not single or verdict.exemption is not None:
        yield _state_line(verdict)
    if verdict.ok:
        yield from (clean_line(said) for said in release_clocks(verdict.context))
    if verdict.kind.note and not verdict.kind.claimed and verdict.exemption is None:
        yield clean_line(verdict.kind.note)
    if entry.skeleton:
        yield from _skeleton_lines(entry)


def release_clocks(context: Context) -> Iterator[str]:
    """Yield a sentence for each plan whose day counts from a release, which is still to come."""
    for item in context.items.get(MEASUREMENT, ()):
        due = find_part(item, "evaluate_by")
        read = parse_date(due.text, _ANY_DAY) if due is not None else None
        if due is not None and isinstance(read, DateValue) and read.waits_for_release:
            yield (
                f"`{due.text[:_SHOWN]}` counts from the first release that holds the change; until "
                "there is one, it is not due"
            )


def _finding_lines(finding: Finding, *, color: bool) -> Iterator[str]:
    yield _head(finding, color=color)
    if finding.question:
        yield f"    {clean_line(finding.question)}"
    if finding.edit is not None:
        yield f"    {show_edit(finding.edit)}"
    elif finding.paste:
        yield f"    {clean_line(finding.paste)}"


def show_edit(edit: Edit) -> str:
    """Return the mend of a finding on one line."""
    return f"{clean_line(edit.old)} -> {clean_line(edit.new)} (`whygate check --fix` writes it)"


def _head(finding: Finding, *, color: bool) -> str:
    place = finding.location
    rule = f"{finding.rule} {finding.name}"
    if color:
        rule = f"\x1b[{_STYLES[finding.severity]}m{rule}\x1b[0m"
    weight = "" if finding.severity is Severity.ERROR else f" ({finding.severity})"
    path = clean_line(place.path)
    return f"{path}:{place.line}:{place.column}: {rule}{weight}: {clean_line(finding.message)}"


def _state_line(verdict: Verdict) -> str:
    change = clean_line(verdict.change.identity)
    title = clean_line(verdict.change.title)[:72]
    state = str(verdict.status)
    if verdict.exemption is not None:
        state += f" ({verdict.exemption.name}: {clean_line(verdict.exemption.reason)})"
    return f"{change}: {state} - {title} [{verdict.kind.name}, by {verdict.kind.source}]"


def _skeleton_lines(entry: Shown) -> Iterator[str]:
    change, context = entry.verdict.change, entry.verdict.context
    is_message = not change.is_pull_request
    place = "as the last paragraph of the message" if is_message else "into the description"
    instead = ", instead of the answers there now," if any(context.statements()) else ""
    yield ""
    yield f"Paste this {place}{instead} and fill in what stands in <...>:"
    yield ""
    yield clean(entry.skeleton)
    yield ""


def _counts(shown: Sequence[Shown]) -> Iterator[str]:
    verdicts = [entry.verdict for entry in shown]
    weights = Counter(f.severity for v in verdicts for f in v.findings)
    suppressed = sum(len(v.suppressed) for v in verdicts)
    found = ", ".join(
        (
            _plural(weights[Severity.ERROR], "error"),
            _plural(weights[Severity.WARNING], "warning"),
            f"{weights[Severity.INFO]} information",
        )
    )
    tail = f", {suppressed} suppressed" if suppressed else ""
    if len(verdicts) == 1:
        yield f"{_summary(verdicts[0])}: {found}{tail}"
        return
    states = Counter(v.status for v in verdicts)
    split = ", ".join(f"{states[s]} {s}" for s in Status if states[s])
    yield f"{_plural(len(verdicts), 'change')}: {split or 'none'}; {found}{tail}"


def _summary(verdict: Verdict) -> str:
    kind = f"{verdict.kind.name}, decided by {verdict.kind.source}"
    answered = [name for name, _ in find_answers(verdict.context)]
    said = f"; says {', '.join(answered)}" if answered and verdict.ok else ""
    return f"{verdict.status} ({kind}{said})"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def judge_all(
    changes: Sequence[Change], policy: Policy, day: date, look_up: LookUp | None = None
) -> list[Shown]:
    """Return the verdict on every change, with a skeleton for those that failed."""
    shown = []
    for change in changes:
        verdict = check(change, policy, day, look_up=look_up)
        failed = verdict.status is Status.FAILED
        shown.append(Shown(verdict, render_skeleton(verdict, policy) if failed else ""))
    return shown
