"""What may be asked of the reading of a history: which changes, how, and by whose rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from whygate.history.walk import default_jobs

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path


class AuditOptions(msgspec.Struct, frozen=True):
    """What was asked for on the command line."""

    revisions: str = "HEAD"
    repository: Path | None = None
    commits: bool = False
    merged_commits: bool = False
    since: date | None = None
    until: date | None = None
    since_tag: str | None = None
    paths: tuple[str, ...] = ()
    author: str = ""
    kinds: tuple[str, ...] = ()
    last: int | None = None
    by_area: bool = False
    by_author: bool = False
    adopted: date | None = None
    form: str = "text"
    output: Path | None = None
    csv_raw: bool = False
    baseline: Path | None = None
    write_baseline: Path | None = None
    fail_under: float | None = None
    field: str = ""
    badge: Path | None = None
    badge_json: Path | None = None
    cache: bool = True
    jobs: int = msgspec.field(default_factory=default_jobs)
    preset: str | None = None
    config_path: Path | None = None
    today: str | None = None

    @property
    def needs_records(self) -> bool:
        """Tell whether the records are shown or compared one by one, not only counted."""
        files = self.baseline is not None or self.write_baseline is not None
        return files or self.form not in ("text", "markdown")

    @property
    def shows_outcomes(self) -> bool:
        """Tell whether the report has a part about what came of the plans."""
        return self.form in ("text", "markdown", "json", "html")
