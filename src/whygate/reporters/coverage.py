"""Turn the coverage of a history into lines for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.audit.coverage import Coverage, Tally, share
from whygate.reporters.clean import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOP = 10
_MONTHS = 12


def render_coverage(coverage: Coverage, basis: str) -> str:
    """Return the counts with their denominators; `basis` says what was read."""
    return "\n".join(_lines(coverage, basis)) + "\n"


def _lines(coverage: Coverage, basis: str) -> Iterator[str]:
    yield clean_line(basis)
    skipped = ", ".join(f"{n} {reason}" for reason, n in sorted(coverage.skipped.items()))
    total = sum(coverage.skipped.values())
    yield f"{_changes(coverage.changes)}: {coverage.judged} judged, {total} not asked" + (
        f" ({skipped})" if skipped else ""
    )
    if not coverage.judged:
        yield "nothing to judge"
        return
    yield f"{coverage.blind} of the {coverage.judged} judged have a subject and nothing else"
    yield ""
    yield from _table("says", [(n, coverage.fields[n]) for n in _field_order(coverage)], coverage)
    yield ""
    yield f"complete {_rate(coverage.total.complete, coverage)}"
    yield f"partial  {_rate(coverage.total.partial, coverage)}"
    yield f"missing  {_rate(coverage.total.missing, coverage)}"
    yield f"exempt   {_rate(coverage.total.exempt, coverage)}"
    yield from _months(coverage)
    yield from _rules(coverage)
    for feature in coverage.exempt_features:
        yield f"exempt feature: {clean_line(feature)}"


def _field_order(coverage: Coverage) -> list[str]:
    core = ["problem", "audience", "outcome", "measurement"]
    return core + sorted(set(coverage.fields) - set(core) - {"kind", "exempt"})


def _table(verb: str, rows: list[tuple[str, int]], coverage: Coverage) -> Iterator[str]:
    for name, count in rows:
        yield f"{verb} {name:14} {_rate(count, coverage)}"


def _rate(count: int, coverage: Coverage) -> str:
    rate = share(count, coverage.judged)
    shown = f"{rate:5.1f} %" if rate is not None else "      -"
    return f"{shown}  ({count} of {coverage.judged})"


def _months(coverage: Coverage) -> Iterator[str]:
    months = sorted(coverage.months)[-_MONTHS:]
    if len(months) > 1:
        yield ""
        yield "month     judged  complete  partial  missing  exempt"
        for month in months:
            yield _month_row(month, coverage.months[month])


def _month_row(month: str, tally: Tally) -> str:
    return (
        f"{month:8} {tally.judged:7} {tally.complete:9} {tally.partial:8} "
        f"{tally.missing:8} {tally.exempt:7}"
    )


def _rules(coverage: Coverage) -> Iterator[str]:
    if coverage.rules:
        yield ""
        for rule, count in sorted(coverage.rules.items(), key=lambda r: (-r[1], r[0]))[:_TOP]:
            yield f"{rule} in {_changes(count)}, such as {clean_line(coverage.examples[rule])}"


def _changes(count: int) -> str:
    return f"{count} change{'' if count == 1 else 's'}"
