"""Findings as GitLab's code quality widget shows them.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from whygate.model import Severity
from whygate.text.clean import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from whygate.model import Finding, Verdict

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render_code_quality(verdicts: Sequence[Verdict]) -> str:
    """Return a code quality report with one entry for each finding, ending in a newline.

    A description is no file: its path is the word `description`, which the widget only shows.
    The id of a rule stands in the text, because the widget does not show `check_name`. A
    fingerprint holds no line, so a finding that moves is the same one.
    """
    entries: list[dict[str, object]] = []
    seen: dict[str, int] = {}
    for verdict in verdicts:
        for finding in verdict.findings:
            key = json.dumps([verdict.change.identity, finding.location.path, finding.rule])
            seen[key] = seen.get(key, 0) + 1
            entries.append(_entry(finding, f"{key}{seen[key]}"))
    return f"{json.dumps(entries, indent=2)}\n"


def _entry(finding: Finding, key: str) -> dict[str, object]:
    said = f"{finding.rule} {finding.name}: {finding.message}"
    place = finding.location
    return {
        "description": clean_line(f"{said}. {finding.question}" if finding.question else said),
        "check_name": finding.rule,
        "fingerprint": hashlib.sha256(key.encode("utf-8", "replace")).hexdigest(),
        "severity": _SEVERITIES.get(finding.severity, "info"),
        "location": {"path": clean_line(place.path), "lines": {"begin": place.line}},
    }
