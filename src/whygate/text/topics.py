"""Tell the headings that begin another topic, whatever their level."""

from __future__ import annotations

# What follows the reason of a change in the templates of public projects. Many of them write
# `# Objective` and below it `## Solution`: a deeper heading, and not a part of the reason.
_TOPICS = frozenset(
    (
        *("solution", "proposed solution", "the solution", "the fix"),
        *("what changed", "what has changed", "changes", "changes made", "the changes"),
        *("changelog", "change log", "migration guide", "release notes", "breaking changes"),
        *("testing", "tests", "test plan", "how to test", "how to test it", "how did you test it"),
        *("how was this tested", "how was this patch tested", "verification"),
        *("showcase", "screenshots", "screenshot", "checklist", "reviewer notes"),
    )
)


def begins_topic(key: str) -> bool:
    """Tell whether a normalised heading ends the section it stands in, as a sub-heading too."""
    return key in _TOPICS
