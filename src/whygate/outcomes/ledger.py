"""What stands in `.whygate/results.jsonl` and in notes: one JSON object a line."""

from __future__ import annotations

import json
import re
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.model import Waiver
from whygate.outcomes.result import Result, ResultState, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VERSION = 1
LINE_LIMIT = 64 * 1024  # bytes of one line
_TEXTS = (
    "sha",
    "value",
    "target",
    "evidence",
    "by",
    "note",
    "forced",
    "corrects",
    "window",
    "query",
)
_LISTS = ("guardrails", "series")
_KNOWN = frozenset(("v", "for", "at", "state", "metric", "until", *_LISTS, *_TEXTS))
_SHA = re.compile(r"[0-9a-f]{7,64}")
_STATES = {str(state): state for state in ResultState}
_BROKEN = re.compile("[\ud800-\udfff]")  # what `surrogateescape` makes of bytes
_FULL_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_MOST_METRICS = 99
_NAME_DIGITS = 16
_MOST_POINTS = 100
LEDGER_PATH = ".whygate/results.jsonl"
# Two branches that append merge without a conflict (gitattributes, "merge", "union").
ATTRIBUTES_LINE = f"/{LEDGER_PATH} merge=union"
# What git writes around the two sides of a conflict (git-merge, "How conflicts are presented").
_CONFLICT = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")
_CONFLICT_HINT = (
    f"keep the lines of both sides and delete the marks; `{ATTRIBUTES_LINE}` in .gitattributes"
    " spares you the next one"
)


class Kept(Struct, frozen=True):
    """The context a change had when it was merged, kept where a squash cannot lose it.

    `text` is the document as JSON, one line; `path` and `line` tell where it stands. `waiver` is
    the one that let it pass.
    """

    change: str
    sha: str
    text: str
    path: str
    line: int = 1
    waiver: Waiver | None = None


class Damage(Struct, frozen=True):
    """A line that cannot be read: its number, and what is wrong with it."""

    path: str
    line: int
    message: str
    hint: str = ""


class Correction(Struct, frozen=True):
    """A result that was wrong, and the one that counts in its place."""

    wrong: Result
    right: Result

    def __str__(self) -> str:
        """Return it as a sentence."""
        why = f": {self.right.note}" if self.right.note else ""
        return f"{_told(self.wrong)} was corrected to {_told(self.right)}{why}"


def _told(result: Result) -> str:
    value = f", {result.value}" if result.value else ""
    place = f" ({result.path}:{result.line})" if result.path else ""
    return f"`{result.state}{value}` of {result.at}{place}"


Event = Result | Kept


class _WrongError(Exception):
    """A value of an event is not what it must be; the text says how."""


def read_event(text: str, source: Source, path: str, line: int) -> Event | Damage:
    """Return what one line of JSON says, or what is wrong with it.

    The shape is that of `results.schema.json`. Unknown keys are kept: a newer version may know
    them.
    """
    if len(text) > LINE_LIMIT:
        return Damage(path, line, f"the line is longer than {LINE_LIMIT} characters")
    if _BROKEN.search(text):
        return Damage(path, line, "this is not UTF-8")
    try:
        value = _parse(text)
    except _WrongError as error:
        return Damage(path, line, str(error))
    if not isinstance(value, dict):
        return Damage(path, line, "this is JSON, but no object")
    try:
        _require_version(value)
        if "context" in value and "state" not in value:
            return _read_kept(value, path, line)
        return _read_result(value, source, path, line)
    except _WrongError as error:
        return Damage(path, line, str(error))


def _parse(text: str) -> object:
    try:
        value: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise _WrongError(f"this is not JSON: {error.msg}") from None
    except RecursionError:
        raise _WrongError("this is not JSON: nested too deeply") from None
    except ValueError:  # Python reads no number of more than 4,300 digits
        raise _WrongError("a number has too many digits") from None
    # JSON can say half of a character, and no output can write it.
    if "\\u" in text and _BROKEN.search(json.dumps(value, ensure_ascii=False)):
        raise _WrongError("a text holds half of a character (`\\ud800` to `\\udfff`)")
    return value


def render_event(result: Result) -> str:
    """Return a result as one line of JSON without its end; what is empty stays out."""
    values: dict[str, object] = {"v": VERSION, "for": result.change}
    if result.sha:
        values["sha"] = result.sha
    values |= {"at": result.at.isoformat(), "state": str(result.state)}
    if result.metric:
        values["metric"] = result.metric
    for name in ("value", "target"):
        if getattr(result, name):
            values[name] = getattr(result, name)
    if result.until is not None:
        values["until"] = result.until.isoformat()
    if result.guardrails:
        values["guardrails"] = list(result.guardrails)
    for name in ("evidence", "by", "note", "forced", "corrects", "window", "query"):
        if getattr(result, name):
            values[name] = getattr(result, name)
    if result.series:
        values["series"] = [list(pair) for pair in result.series]
    values |= {key: json.loads(text) for key, text in result.extra}
    return render_line(values)


def name_result(result: Result) -> str:
    """Return the name by which a later result corrects this one: a hash of all that it says.

    It is the same wherever the result stands, and however its line is spelled.
    """
    return sha256(render_event(result).encode("utf-8")).hexdigest()[:_NAME_DIGITS]


def split_corrected(results: Iterable[Result]) -> tuple[list[Result], list[Correction]]:
    """Return the results that count, and those that a later one took the place of."""
    every = list(results)
    if not any(result.corrects for result in every):
        return every, []
    known = {name_result(result): result for result in every}
    corrections = [
        Correction(known[result.corrects], result) for result in every if result.corrects in known
    ]
    wrong = {name_result(correction.wrong) for correction in corrections}
    return [result for result in every if name_result(result) not in wrong], corrections


def render_kept(
    change: str,
    sha: str,
    at: date,
    document: Mapping[str, object],
    *,
    waiver: Waiver | None = None,
) -> str:
    """Return the context of a merged change as one line of JSON without its end."""
    values = {"v": VERSION, "for": change, "sha": sha, "at": at.isoformat(), "context": document}
    if waiver is not None:
        said = {"by": waiver.by, "until": waiver.until.isoformat(), "reason": waiver.reason}
        values["waiver"] = said
    return render_line(values)


def render_line(values: Mapping[str, object]) -> str:
    """Return an object as JSON that no reader of lines can take apart.

    U+2028, U+2029 and U+0085 end a line for some programs, so they are written as escapes.
    """
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    for mark in ("\u2028", "\u2029", "\x85"):
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    # Half a surrogate pair has no UTF-8; JSON can still say it.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _require_version(value: Mapping[str, object]) -> None:
    if "v" not in value:
        raise _WrongError('it lacks `"v": 1`')
    version = value["v"]
    if version != VERSION or isinstance(version, bool):
        raise _WrongError(f"version {json.dumps(version)[:20]} is not known; this reads {VERSION}")


def _read_kept(value: Mapping[str, object], path: str, line: int) -> Kept:
    document = value["context"]
    if not isinstance(document, dict):
        raise _WrongError("`context` is no object")
    sha = _text(value, "sha")
    if not _FULL_SHA.fullmatch(sha):
        raise _WrongError("`sha` is no full commit hash")
    text = json.dumps(document, ensure_ascii=False)
    return Kept(_required(value, "for"), sha, text, path, line, _read_waiver(value))


def _read_waiver(value: Mapping[str, object]) -> Waiver | None:
    if "waiver" not in value:
        return None
    said = value["waiver"]
    if not isinstance(said, dict):
        raise _WrongError("`waiver` is no object")
    return Waiver(_required(said, "by"), _day(said, "until"), _required(said, "reason"))


def _read_result(value: Mapping[str, object], source: Source, path: str, line: int) -> Result:
    state = _required(value, "state")
    if state not in _STATES:
        raise _WrongError(f"`state` is {state[:40]!r}, not one of {', '.join(ResultState)}")
    until = _day(value, "until") if "until" in value else None
    if state == ResultState.EXTENDED and until is None:
        raise _WrongError('an extension names its new day: `"until": "2027-02-15"`')
    texts = {name: _text(value, name) for name in _TEXTS}
    if texts["sha"] and not _SHA.fullmatch(texts["sha"]):
        raise _WrongError("`sha` is no commit hash")
    return Result(
        change=_required(value, "for"),
        at=_day(value, "at"),
        state=_STATES[state],
        metric=_metric(value),
        until=until,
        guardrails=_texts(value, "guardrails"),
        series=_pairs(value, "series"),
        extra=tuple((k, json.dumps(v, ensure_ascii=False)) for k, v in _unknown(value)),
        source=source,
        path=path,
        line=line,
        **texts,
    )


def _unknown(value: Mapping[str, object]) -> list[tuple[str, object]]:
    return [(key, entry) for key, entry in value.items() if key not in _KNOWN]


def _required(value: Mapping[str, object], name: str) -> str:
    if name not in value:
        raise _WrongError(f"it lacks `{name}`")
    text = _text(value, name)
    if not text:
        raise _WrongError(f"`{name}` is empty")
    return text


def _text(value: Mapping[str, object], name: str) -> str:
    text = value.get(name, "")
    if not isinstance(text, str):
        raise _WrongError(f"`{name}` is not text")
    return text.strip()


def _texts(value: Mapping[str, object], name: str) -> tuple[str, ...]:
    entries = value.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise _WrongError(f"`{name}` is no list of texts")
    return tuple(entry.strip() for entry in entries)


def _pairs(value: Mapping[str, object], name: str) -> tuple[tuple[str, str], ...]:
    entries = value.get(name, [])
    wrong = _WrongError(f"`{name}` is no list of at most {_MOST_POINTS} pairs of texts")
    if not isinstance(entries, list) or len(entries) > _MOST_POINTS:
        raise wrong
    for entry in entries:
        if not isinstance(entry, list) or [type(part) for part in entry] != [str, str]:
            raise wrong
    return tuple((day.strip(), number.strip()) for day, number in entries)


def _day(value: Mapping[str, object], name: str) -> date:
    """Return the day of a text; a time behind it, as in RFC 3339, is tolerated."""
    text = _required(value, name)
    try:
        day, mark, _ = text.partition("T")
        if len(day) != 10 or (mark and len(text) < len("2027-02-14T00:00")):
            raise ValueError
        return date.fromisoformat(day)
    except ValueError:
        raise _WrongError(f"`{name}` is {text[:40]!r}, not a day such as 2027-02-14") from None


def _metric(value: Mapping[str, object]) -> int:
    number = value.get("metric", 0)
    is_number = isinstance(number, int) and not isinstance(number, bool)
    if not is_number or not 0 <= int(str(number)) <= _MOST_METRICS:
        raise _WrongError("`metric` is not the number of a measurement, such as 1")
    assert isinstance(number, int)  # noqa: S101 - asked above
    return number


class Ledger(Struct, frozen=True):
    """What a file of events says, in its order; `damages` are the lines that were set aside."""

    results: tuple[Result, ...] = ()
    kept: tuple[Kept, ...] = ()
    damages: tuple[Damage, ...] = ()


def parse_ledger(text: str, path: str = LEDGER_PATH, source: Source = Source.LEDGER) -> Ledger:
    """Return what each line says; a damaged one is reported and the others are read.

    Lines end at a line feed, with or without a return before it. The same line twice counts
    once: a union merge may repeat it. Both sides of a merge conflict are read, and the conflict
    is reported where it begins.
    """
    return read_lines(enumerate(text.removeprefix("\ufeff").split("\n"), 1), path, source)


def read_lines(lines: Iterable[tuple[int, str]], path: str, source: Source) -> Ledger:
    """Return what numbered lines say."""
    results: list[Result] = []
    kept: list[Kept] = []
    damages: list[Damage] = []
    seen: set[str] = set()
    for number, raw in lines:
        line = raw.strip(" \t\r")
        if not line or line in seen:
            continue
        if line.startswith(_CONFLICT):
            damages += _conflict(line, path, number)
            continue
        seen.add(line)
        event = read_event(line, source, path, number)
        if isinstance(event, Damage):
            damages.append(event)
        elif isinstance(event, Kept):
            kept.append(event)
        else:
            results.append(event)
    return Ledger(tuple(results), tuple(kept), tuple(damages))


def _conflict(line: str, path: str, number: int) -> Iterable[Damage]:
    if line.startswith(_CONFLICT[0]):
        message = "a merge conflict begins here that nobody has resolved"
        yield Damage(path, number, message, _CONFLICT_HINT)
