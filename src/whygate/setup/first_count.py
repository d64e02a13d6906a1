"""What a gate would have done with the last changes of a repository, for those who begin."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.audit.areas import area_finder
from whygate.audit.coverage import SKIPPED, count_coverage, show_share
from whygate.audit.record import BLIND
from whygate.authoring.templates import template_fields
from whygate.errors import InputError
from whygate.git.log import parse_range
from whygate.history.stream import Reader
from whygate.history.target import Walk, default_jobs
from whygate.policy.config import PartialConfig, Preset
from whygate.policy.policy import UNKNOWN_KIND
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema
from whygate.schema.files import read_presets
from whygate.terminal.output import show_progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from whygate.audit.coverage import Coverage
    from whygate.audit.record import Record
    from whygate.git.run import Git
    from whygate.policy.policy import Policy

LAST = 200
_FAILS = "error"


def count_last(git: Git, policy: Policy, today: date, *, is_new: bool) -> Iterator[str]:
    """Yield what the gate would have done with the last changes under each preset, and why.

    They are the first-parent changes of the default branch, else of HEAD, with their titles,
    paths and messages. `is_new` tells that whygate was not set up before. Raises UndecidedError
    when git fails on the way.
    """
    if git.is_shallow():
        yield "the history was not counted: this clone is shallow (git fetch --unshallow)"
        return
    ref = git.default_ref() or "HEAD"
    try:
        walk = Walk(parse_range(git, ref), limit=LAST)
    except InputError:
        yield "there is no commit yet, so there is nothing to count"
        return
    records: dict[Preset, list[Record]] = {}
    for preset in Preset:
        batches = _reader(git, _with_preset(policy, preset), today).read(walk)
        records[preset] = [
            record for batch in show_progress(batches, sys.stderr) for record in batch
        ]
    chosen = policy.config.preset
    name = ref.removeprefix("refs/heads/").removeprefix("refs/remotes/")
    count = len(records[chosen])
    shown = f"the last {count} changes of {name}" if count != 1 else f"the one change of {name}"
    yield f"{shown}, as the gate would have judged what git knows of them:"
    for preset, found in records.items():
        yield f"  {preset:<9} {_outcome(found)}{'  <- chosen' * (preset is chosen)}"
    yield from _reasons(records[chosen], policy)
    if is_new and count:
        yield "  nobody was asked so far; this is where you start, not a mark"


def _reader(git: Git, policy: Policy, today: date) -> Reader:
    return Reader(git, policy, today, jobs=default_jobs(), find_area=area_finder(None))


def _with_preset(policy: Policy, preset: Preset) -> Policy:
    """Return the policy as it would be under a preset, with the rest of its own configuration."""
    config = policy.config
    own = (layer for layer in config.layers if layer.tree is not None)
    options = PartialConfig(preset=preset, aliases=config.aliases, origin="init")
    return replace(policy, config=resolve_config(read_presets(), *own, options))


def _outcome(records: Sequence[Record]) -> str:
    passed = sum(record.state == SKIPPED for record in records)
    blind = sum(record.is_blind for record in records)
    asked = len(records) - passed - blind
    fail = sum(
        record.state != SKIPPED and any(weight == _FAILS for _, weight in record.rules)
        for record in records
    )
    unread = f"; {blind:>3} blind" if blind else ""
    return f"{asked:>3} asked, {fail:>3} of them fail; {passed:>3} let pass{unread}"


def _reasons(records: Sequence[Record], policy: Policy) -> Iterator[str]:
    """Yield why some were not asked, what the others answer, and what cannot be seen here."""
    coverage = count_coverage(records)
    if coverage.skipped:
        skipped = ", ".join(f"{count} {why}" for why, count in coverage.skipped.most_common())
        yield f"  let pass: {skipped}"
    unknown = sum(r.kind == UNKNOWN_KIND and r.state not in (SKIPPED, BLIND) for r in records)
    if unknown:
        yield f"  asked without a known kind: {unknown}; a type in the title (`docs: ...`) says it"
    if coverage.judged:
        yield from _answers(coverage, policy)
    if coverage.blind:
        yield f"  blind: {coverage.blind}, their descriptions are on the forge; `whygate import`"


def _answers(coverage: Coverage, policy: Policy) -> Iterator[str]:
    usual = {field.name for field in bundled_schema().fields}
    for field in template_fields(policy):
        if field.name in usual:
            said = coverage.fields[field.name]
            share = show_share(said, coverage.judged)
            yield f"  {field.title}: {said} of {coverage.judged}{f' ({share})' if share else ''}"
