"""What is due as a calendar (RFC 5545): a whole-day event an outcome, a task for what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whygate.reporters.links import safe_link
from whygate.text.clean import clean
from whygate.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from whygate.reporters.due import DueItem, DueList

_WIDTH = 75  # octets of a line without its end (RFC 5545, 3.1)
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_LONGEST = 200


def render_ical(due: DueList) -> str:
    """Return the calendar; the same list gives the same text, and an event keeps its UID.

    A calendar that subscribes to it moves an event when its day is extended, and drops it when a
    result is recorded.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//whygate//whygate {__version__}//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:whygate: outcomes to look at",
    ]
    for item in due.items:
        day = item.outcome.due
        lines += _waiting(item, due.today) if day is None else _event(item, day, due.today)
    lines.append("END:VCALENDAR")
    return "".join(f"{_fold(line)}\r\n" for line in lines)


def _event(item: DueItem, day: date, today: date) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield from _head(item, today)
    yield f"DTSTART;VALUE=DATE:{_basic(day)}"
    yield from _about(item, item.group)
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _waiting(item: DueItem, today: date) -> Iterator[str]:
    """Yield a plan whose release has not come as a task without a day (3.6.2)."""
    yield "BEGIN:VTODO"
    yield from _head(item, today)
    yield from _about(item, str(item.outcome.state))
    yield "STATUS:NEEDS-ACTION"
    yield "END:VTODO"


def _head(item: DueItem, today: date) -> Iterator[str]:
    plan = item.outcome.plan
    yield f"UID:{plan.sha}-{plan.index}@whygate"
    yield f"DTSTAMP:{_basic(today)}T000000Z"


def _about(item: DueItem, category: str) -> Iterator[str]:
    plan = item.outcome.plan
    waits = f"{item.outcome.state}: " if item.outcome.due is None else ""
    yield f"SUMMARY:{_text(f'{plan.identity}: {waits}{item.summary}'[:_LONGEST])}"
    about = [plan.title, f"Owner: {plan.owner or 'nobody'}"]
    about += [f"Day: {plan.due_text}"] if waits else []
    about += [f"Released: {plan.release}"] if plan.release else []
    about += [f"Data: {plan.source}"] if plan.source else []
    about += [f"Guardrail: {guardrail}" for guardrail in plan.guardrails]
    yield f"DESCRIPTION:{_text(chr(10).join((*about, item.command)))}"
    if link := safe_link(item.outcome.url):
        yield f"URL:{link}"
    yield f"CATEGORIES:{category}"


def _basic(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"


def _text(text: str) -> str:
    """Return a text as TEXT: escaped, and without what it must not hold (3.3.11).

    Nor what a terminal or a CI log would obey: a calendar is printed there as well.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return clean(lines).translate(_ESCAPES)


def _fold(line: str) -> str:
    """Return a line folded so that none is longer than 75 octets, no character cut (3.1)."""
    pieces, piece, room = [], "", _WIDTH
    for character in line:
        size = len(character.encode("utf-8"))
        if size > room:
            pieces.append(piece)
            piece, room = "", _WIDTH - 1  # the space that marks what goes on
        piece += character
        room -= size
    return "\r\n ".join((*pieces, piece))
