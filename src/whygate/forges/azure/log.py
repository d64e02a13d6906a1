"""Findings as issues in the log of a job of Azure Pipelines.

https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.forges.jobs import describe_finding
from whygate.model import Severity
from whygate.text.clean import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whygate.model import Verdict

_LONGEST = 2_000


def render_issues(verdicts: Sequence[Verdict], *, advisory: bool = False) -> str:
    """Return one issue for each error and warning; `advisory` makes every error a warning."""
    return "".join(_issues(verdicts, is_soft=advisory))


def render_issue(text: str, *, is_error: bool) -> str:
    """Return one logging command on one line, whatever the text holds, ending in a newline."""
    kind = "error" if is_error else "warning"
    told = clean(text[:_LONGEST]).replace("%", "%AZP25").replace("\n", "%0A")
    return f"##vso[task.logissue type={kind}]{told}\n"


def _issues(verdicts: Sequence[Verdict], *, is_soft: bool) -> Iterator[str]:
    for severity in (Severity.ERROR, Severity.WARNING):
        for verdict in verdicts:
            for finding in verdict.findings:
                if finding.severity is severity:
                    said = ": ".join(describe_finding(verdict, finding))
                    yield render_issue(said, is_error=severity is Severity.ERROR and not is_soft)
