"""Tell which day it is where a team works."""

from __future__ import annotations

from datetime import UTC, date, datetime


def today_in(timezone: str) -> date:
    """Return the day that the clock shows in a time zone of the tz database."""
    return _read_clock(timezone).date()


def _read_clock(timezone: str) -> datetime:
    if timezone == "UTC":  # a slim machine has no time zone files
        return datetime.now(UTC)
    from zoneinfo import ZoneInfo  # noqa: PLC0415  (most teams configure none)

    return datetime.now(ZoneInfo(timezone))
