"""Results written as trailers of a later commit (`Outcome-For`, `Outcome-Result`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from whygate.outcomes.result import Result, ResultState, Source
from whygate.text.trailers import parse_loose, parse_trailers
from whygate.values.dates import find_dates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from whygate.text.trailers import Trailer

FOR, RESULT = "Outcome-For", "Outcome-Result"
EVIDENCE, NOTE, BY = "Outcome-Evidence", "Outcome-Note", "Outcome-By"
GUARDRAIL, FORCED = "Outcome-Guardrail", "Outcome-Forced"
KEYS = tuple(key.lower() for key in (FOR, RESULT, EVIDENCE, NOTE, BY, GUARDRAIL, FORCED))
MARK = b"utcome-"  # of every key, whatever the case of its first letter
_LONGEST = 2_000
_METRIC = re.compile(r"(.*?)[ \t]*[;,][ \t]*metric[ \t]+([0-9]{1,2})", re.IGNORECASE)
_ON = re.compile(r"[ \t]on[ \t]+([0-9]{4}-[0-9]{2}-[0-9]{2})[ \t]*\Z")
_TARGET = re.compile(r"[ \t]*\(target ([^()]{1,200})\)[ \t]*\Z", re.IGNORECASE)
_UNTIL = re.compile(r"(?:until|to)[ \t]+(.+)", re.IGNORECASE)


def read_results(message: bytes, path: str, day: date | None) -> tuple[Result, ...]:
    """Return the results in the trailers of a message, in order.

    Each `Outcome-For` begins one; a result without a day of its own is of the day of the
    commit, and is left out when nobody knows that either. So is one whose `Outcome-Result`
    starts with no known word: `find_complaints` names it.
    """
    if MARK not in message.lower():
        return ()
    groups = _groups(_trailers(message))
    found = (_read_group(group, path, day) for group in groups)
    return tuple(result for result in found if isinstance(result, Result))


def find_complaints(message: bytes, day: date | None) -> tuple[tuple[int, str], ...]:
    """Return the (line, sentence) of each result of a message that cannot be read."""
    if MARK not in message.lower():
        return ()
    groups = _groups(_trailers(message))
    found = (_read_group(group, "", day) for group in groups)
    return tuple(complaint for complaint in found if not isinstance(complaint, Result))


def render_trailers(result: Result) -> tuple[str, ...]:
    """Return the trailer lines of a result, which `read_results` reads as the same again."""
    subject = f"{result.change}; metric {result.metric}" if result.metric > 1 else result.change
    said = f"{result.state}"
    if result.until is not None:
        said += f"; until {result.until}"
    elif result.value:
        said += f"; {_flat(result.value)}"
        said += f" (target {_flat(result.target)})" if _fits(result.target) else ""
    lines = [f"{FOR}: {subject}", f"{RESULT}: {said} on {result.at}"]
    lines += [f"{GUARDRAIL}: {_flat(text)}" for text in result.guardrails]
    named = ((EVIDENCE, "evidence"), (NOTE, "note"), (BY, "by"), (FORCED, "forced"))
    lines += [f"{key}: {_flat(text)}" for key, name in named if (text := getattr(result, name))]
    return tuple(lines)


def _trailers(message: bytes) -> Iterator[Trailer]:
    """Yield git's own trailers, then those that a squash left in the middle of the message."""
    for block in (parse_trailers(message), *parse_loose(message, KEYS)):
        yield from block.trailers


def _fits(target: str) -> bool:
    return bool(target) and len(target) <= 200 and not set("()") & set(target)


def _flat(text: str) -> str:
    """Return a text on one line: a line feed would end the trailer."""
    return " ".join(text.split())


def _groups(trailers: Iterable[Trailer]) -> Iterator[dict[str, list[tuple[str, int]]]]:
    """Yield the trailers of each result by lower-case key."""
    group: dict[str, list[tuple[str, int]]] = {}
    for trailer in trailers:
        key = trailer.key.decode("ascii", "replace").lower()
        if key not in KEYS:
            continue
        if key == KEYS[0] and group:
            yield group
            group = {}
        text = trailer.value.decode("utf-8", "replace")[:_LONGEST]
        group.setdefault(key, []).append((text, trailer.line))
    if group:
        yield group


def _read_group(
    group: dict[str, list[tuple[str, int]]], path: str, day: date | None
) -> Result | tuple[int, str]:
    line = next(iter(group.values()))[0][1]
    if FOR.lower() not in group or RESULT.lower() not in group:
        return line, f"a result is written as `{FOR}: #123` and `{RESULT}: met; 46 %`"
    change, metric = _split_metric(group[FOR.lower()][0][0])
    said = group[RESULT.lower()][0][0]
    state, value, target, at = _split_result(said)
    if state is None or not change:
        words = ", ".join(ResultState)
        return line, f"`{said[:60]}` begins with none of {words}"
    if at is None and day is None:
        return line, f"`{said[:60]}` names no day, and the commit has none"
    until = _until(value) if state is ResultState.EXTENDED else None
    if state is ResultState.EXTENDED and until is None:
        return line, f"`{said[:60]}` names no new day: `extended; until 2027-02-15`"
    texts = {key: group[key][0][0] for key in KEYS if key in group}
    assert at is not None or day is not None  # noqa: S101 - asked above
    return Result(
        change=change,
        at=at or day,  # type: ignore[arg-type]
        state=state,
        metric=metric,
        value="" if until is not None else value,
        target=target,
        evidence=texts.get(EVIDENCE.lower(), ""),
        by=texts.get(BY.lower(), ""),
        note=texts.get(NOTE.lower(), ""),
        forced=texts.get(FORCED.lower(), ""),
        until=until,
        guardrails=tuple(text for text, _ in group.get(GUARDRAIL.lower(), ())),
        source=Source.TRAILER,
        path=path,
        line=line,
    )


def _split_metric(subject: str) -> tuple[str, int]:
    match = _METRIC.fullmatch(subject)
    return (match[1].strip(), int(match[2])) if match else (subject.strip(), 0)


def _split_result(said: str) -> tuple[ResultState | None, str, str, date | None]:
    """Return state, value, target and day of `met; 46 % (target 45 %) on 2027-02-14`."""
    head, _, rest = said.partition(";")
    word = head.strip().lower()
    rest, at = _cut_day(rest)
    if not rest and not at:
        word, at = _cut_day(word)
    target = _TARGET.search(rest)
    value = (rest[: target.start()] if target else rest).strip()
    state = ResultState(word) if word in set(ResultState) else None
    return state, value, target[1].strip() if target else "", at


def _cut_day(text: str) -> tuple[str, date | None]:
    match = _ON.search(text)
    dates = find_dates(match[1]) if match else ()
    if match is None or not dates:
        return text, None
    return text[: match.start()].strip(), dates[0][2].day


def _until(value: str) -> date | None:
    match = _UNTIL.match(value)
    dates = find_dates(match[1]) if match else find_dates(value)
    return dates[0][2].day if dates else None
