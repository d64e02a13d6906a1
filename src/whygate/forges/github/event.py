"""Turn the event that started a workflow into what is to be judged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.errors import InputError
from whygate.forges.github.json_object import Record, as_record, parse_json
from whygate.forges.github.pull_request import PullRequest, parse_pull_request

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

EVENTS = ("pull_request", "pull_request_target", "merge_group", "push", "workflow_dispatch")
SCHEDULE = "schedule"

_PAYLOAD_LIMIT = 32 << 20  # bytes; GitHub sends at most 25 MB
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_HEADS = "refs/heads/"
_NO_COMMIT = re.compile("0+")
# https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository
_QUEUE = re.compile(r"refs/heads/gh-readonly-queue/.+/pr-([0-9]{1,10})-[0-9a-f]{40,64}")
_SQUASHED = re.compile(r"\(#([0-9]{1,10})\)$")
_MERGED = re.compile(r"Merge pull request #([0-9]{1,10}) ")
_NUMBER = re.compile(r"#?([1-9][0-9]{0,9})")


class PullRequestEvent(Struct, frozen=True):
    """Something happened to a pull request; `pull` is as it was then."""

    pull: PullRequest


class MergeGroupEvent(Struct, frozen=True):
    """A merge queue asks about a group; `number` is the pull request at its end, 0 if unknown."""

    number: int
    base_branch: str
    base_sha: str
    head_sha: str


class PushEvent(Struct, frozen=True):
    """Commits came to the default branch."""

    before: str
    after: str


class DispatchEvent(Struct, frozen=True):
    """Somebody asks for the verdict on a pull request by hand."""

    number: int


class DueEvent(Struct, frozen=True):
    """The day has come to look at what is due."""


class Ignored(Struct, frozen=True):
    """Nothing is to be judged, and why."""

    reason: str


JudgedEvent = PullRequestEvent | MergeGroupEvent | PushEvent | DispatchEvent | Ignored
Event = JudgedEvent | DueEvent


def load_payload(path: Path) -> Record:
    """Return the event file of the runner; raises InputError when it is none."""
    try:
        with path.open("rb") as stream:
            data = stream.read(_PAYLOAD_LIMIT + 1)
        if len(data) <= _PAYLOAD_LIMIT:
            return as_record(parse_json(data))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no JSON"
        raise InputError(f"the event file cannot be read: {reason}") from None
    raise InputError("the event file is too large")


def read_event(name: str, payload: Record, *, due_issue: bool = False) -> Event:
    """Return what an event asks; `name` is GITHUB_EVENT_NAME.

    With `due_issue` a schedule asks what is due, and so does whoever starts the workflow by
    hand without naming a pull request. Raises InputError for an event that brings nothing to
    judge, UndecidedError for a payload that is not what GitHub documents.
    """
    match name:
        case "pull_request" | "pull_request_target":
            return PullRequestEvent(parse_pull_request(payload.record("pull_request")))
        case "merge_group":
            return _merge_group(payload)
        case "push":
            return _push(payload)
        case "schedule" if due_issue:
            return DueEvent()
        case "workflow_dispatch" if due_issue and not _names_request(payload):
            return _dispatched_due(payload)
        case "workflow_dispatch":
            return DispatchEvent(_dispatched_number(payload.record("inputs")))
    known = ", ".join(EVENTS)
    hint = f"run the action on {known}"
    if name == SCHEDULE:
        hint = "set the input `due-issue: true`, and it keeps an issue about what is due"
    raise InputError(f"the event `{name}` brings nothing to judge", hint=hint)


def numbers_in(messages: Iterable[str]) -> tuple[int, ...]:
    """Return the pull requests that the subjects of commits name, as GitHub writes them."""
    found: dict[int, None] = {}
    for message in messages:
        subject = message.split("\n", maxsplit=1)[0].rstrip()
        if match := _MERGED.match(subject) or _SQUASHED.search(subject):
            found[int(match[1])] = None
    return tuple(number for number in found if number)


def _merge_group(payload: Record) -> Event:
    group = payload.record("merge_group")
    if payload.text("action") == "destroyed":
        return Ignored("the merge group is gone")
    base, head = group.text("base_sha"), group.text("head_sha")
    if not _HASH.fullmatch(base) or not _HASH.fullmatch(head):
        raise InputError("the event names no commits of the merge group")
    queue = _QUEUE.fullmatch(group.text("head_ref"))
    branch = group.text("base_ref").removeprefix(_HEADS)
    return MergeGroupEvent(int(queue[1]) if queue else 0, branch, base, head)


def _push(payload: Record) -> Event:
    branch = payload.record("repository").text("default_branch")
    if payload.text("ref") != f"{_HEADS}{branch}":
        return Ignored("this push is not to the default branch; its pull request is judged")
    before, after = payload.text("before"), payload.text("after")
    if payload.flag("deleted") or not _HASH.fullmatch(after) or _NO_COMMIT.fullmatch(after):
        return Ignored("the branch was deleted")
    if not _HASH.fullmatch(before) or _NO_COMMIT.fullmatch(before):
        return Ignored("the branch is new: `whygate audit` judges its whole history")
    return PushEvent(before, after)


def _names_request(payload: Record) -> bool:
    inputs = payload.record("inputs")
    return bool(inputs.text("pr").strip() or inputs.number("pr"))


def _dispatched_due(payload: Record) -> Event:
    branch = payload.record("repository").text("default_branch")
    if payload.text("ref") != f"{_HEADS}{branch}":
        return Ignored("what is due is read from the default branch, and this is another one")
    return DueEvent()


def _dispatched_number(inputs: Record) -> int:
    named = inputs.text("pr").strip() or str(inputs.number("pr"))
    match = _NUMBER.fullmatch(named)
    if match is None:
        raise InputError(
            "the workflow was started by hand without saying for which pull request",
            hint="give it an input `pr` and start it with the number of the pull request",
        )
    return int(match[1])
