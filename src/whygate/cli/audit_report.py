"""Write an audit in the format that was asked for."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from whygate.world.world import use_color

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from whygate.audit.coverage import Coverage
    from whygate.audit.record import Basis, Record
    from whygate.history.target import AuditOptions
    from whygate.reporters.html_ import Looked

# https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/troubleshoot-sarif-uploads/results-exceed-limit
_MOST_RESULTS = 25_000


def render_report(
    options: AuditOptions,
    basis: Basis,
    coverage: Coverage,
    records: Sequence[Record],
    looked: Looked | None,
) -> Iterable[str]:
    """Return the report piece by piece; each reporter is imported when it is asked for.

    `looked` is what came of the plans, None when there is no plan.
    """
    match options.form:
        case "json":
            from whygate.reporters.coverage_json import render_coverage_json  # noqa: PLC0415

            outcomes = _describe_outcomes(looked) if looked is not None else None
            return render_coverage_json(basis, coverage, records, outcomes)
        case "ndjson":
            from whygate.reporters.coverage_json import render_ndjson  # noqa: PLC0415

            return render_ndjson(records)
        case "csv":
            from whygate.reporters.csv_ import render_csv  # noqa: PLC0415

            return render_csv(records, raw=options.csv_raw)
        case "html":
            from whygate.reporters.html_ import render_html  # noqa: PLC0415

            return (render_html(basis, coverage, records, looked),)
        case "sarif":
            from whygate.reporters.sarif import render_sarif  # noqa: PLC0415

            return (render_sarif(basis, records),)
        case "junit":
            from whygate.reporters.junit import render_junit  # noqa: PLC0415

            return (render_junit(basis, records),)
    return (_render_counts(options, basis, coverage, looked),)


def name_excess(records: Iterable[Record]) -> str:
    """Return what to do when a SARIF log of the records is too long to be uploaded, or ""."""
    count = sum(len(record.rules) for record in records)
    if count <= _MOST_RESULTS:
        return ""
    return (
        f"the log holds {count} results, and GitHub's code scanning refuses one with more than "
        f"{_MOST_RESULTS}: audit a part of the history, such as --since or --last"
    )


def _describe_outcomes(looked: Looked) -> dict[str, object]:
    from whygate.reporters.scorecard_json import describe_scorecard  # noqa: PLC0415

    return describe_scorecard(*looked)


def _render_counts(
    options: AuditOptions, basis: Basis, coverage: Coverage, looked: Looked | None
) -> str:
    from whygate.reporters.coverage import render_markdown, render_rich, render_text  # noqa: PLC0415
    from whygate.reporters.outcome_tables import outcome_tables  # noqa: PLC0415

    more = tuple(outcome_tables(*looked, brief=True)) if looked is not None else ()
    if options.form == "markdown":
        return render_markdown(basis, coverage, more)
    if options.output is None and sys.stdout.isatty():
        width = shutil.get_terminal_size().columns
        return render_rich(basis, coverage, more, width=width, color=use_color(None))
    return render_text(basis, coverage, more)
