"""Count what the last changes of a repository say today, for those who begin."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from whygate.audit.coverage import count_coverage, show_share
from whygate.authoring.templates import template_fields
from whygate.errors import InputError
from whygate.git.log import parse_range
from whygate.history.stream import Reader
from whygate.history.target import Walk, default_jobs
from whygate.schema.document import bundled_schema
from whygate.terminal.output import show_progress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from whygate.audit.coverage import Coverage
    from whygate.git.run import Git
    from whygate.policy.policy import Policy

LAST = 500


def count_today(git: Git, policy: Policy, today: date, *, is_new: bool) -> Iterator[str]:
    """Yield what share of the last changes answers each question, with every number.

    The first-parent changes of the default branch, else of HEAD. `is_new` tells that whygate was
    not set up before. Raises UndecidedError when git fails on the way.
    """
    if git.is_shallow():
        yield "the history was not counted: this clone is shallow (git fetch --unshallow)"
        return
    ref = git.default_ref() or "HEAD"
    try:
        span = parse_range(git, ref)
    except InputError:
        yield "there is no commit yet, so there is nothing to count"
        return
    reader = Reader(git, policy, today, jobs=default_jobs())
    batches = show_progress(reader.read(Walk(span, limit=LAST)), sys.stderr)
    coverage = count_coverage(record for batch in batches for record in batch)
    yield from _lines(coverage, policy, ref)
    if is_new and coverage.judged:
        yield "  nobody was asked so far; this is where you start, not a mark"


def _lines(coverage: Coverage, policy: Policy, ref: str) -> Iterator[str]:
    total = coverage.total
    asked, whole = total.judged, coverage.changes
    name = ref.removeprefix("refs/heads/").removeprefix("refs/remotes/")
    shown = f"the last {whole} changes of {name}" if whole != 1 else f"the one change of {name}"
    skipped = ", ".join(f"{count} {reason}" for reason, count in coverage.skipped.most_common())
    yield f"{shown}: {asked} would be asked{f', not asked: {skipped}' if skipped else ''}"
    usual = {field.name for field in bundled_schema().fields}
    for field in template_fields(policy):
        if field.name in usual:
            said = coverage.fields[field.name]
            share = show_share(said, asked)
            yield f"  {field.title}: {said} of {asked}{f' ({share})' if share else ''}"
    if total.blind:
        yield f"  with a title and nothing else: {total.blind}; their reasons may be on the forge"
