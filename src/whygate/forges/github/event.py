"""What the event that started a workflow asks, in the words of the port."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.errors import InputError
from whygate.forges.answers import HASH, Shape, parse_json, shape
from whygate.forges.github.pull_request import QUEUE_BRANCH, to_request
from whygate.forges.github.shapes import Pull  # noqa: TC001 - msgspec reads it
from whygate.forges.port import (
    AskedEvent,
    DueEvent,
    Event,
    ForgeError,
    Ignored,
    PushEvent,
    QueueEvent,
    RequestEvent,
)

if TYPE_CHECKING:
    from pathlib import Path

EVENTS = ("pull_request", "pull_request_target", "merge_group", "push", "workflow_dispatch")
SCHEDULE = "schedule"

_PAYLOAD_LIMIT = 32 << 20  # bytes; GitHub sends at most 25 MB
_HEADS = "refs/heads/"
_NO_COMMIT = re.compile("0+")
_NUMBER = re.compile(r"#?([1-9][0-9]{0,9})")


class _PullPayload(Struct):
    pull_request: Pull


class _Group(Struct):
    base_sha: str
    head_sha: str
    base_ref: str
    head_ref: str


class _GroupPayload(Struct):
    merge_group: _Group
    action: str = ""


class _Home(Struct):
    default_branch: str


class _PushPayload(Struct):
    ref: str
    before: str
    after: str
    repository: _Home
    deleted: bool = False


class _Inputs(Struct):
    pr: str | int | None = None


class _DispatchPayload(Struct):
    inputs: _Inputs | None = None


class _RefPayload(Struct):
    ref: str
    repository: _Home


def load_payload(path: Path) -> object:
    """Return what the event file of the runner holds; raises InputError when it is none."""
    try:
        with path.open("rb") as stream:
            data = stream.read(_PAYLOAD_LIMIT + 1)
        if len(data) <= _PAYLOAD_LIMIT:
            return parse_json(data)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no JSON"
        raise InputError(f"the event file cannot be read: {reason}") from None
    raise InputError("the event file is too large")


def read_event(name: str, payload: object, *, sha: str = "", due: bool = False) -> Event:
    """Return what an event asks; `name` is GITHUB_EVENT_NAME, `sha` is GITHUB_SHA.

    With `due` a schedule asks what is due, and so does whoever starts the workflow by hand
    without naming a pull request. Raises InputError for an event that brings nothing to judge,
    ForgeError for a payload that is not what GitHub documents.
    """
    match name:
        case "pull_request" | "pull_request_target":
            return RequestEvent(to_request(_read(name, payload, _PullPayload).pull_request))
        case "merge_group":
            return _merge_group(_read(name, payload, _GroupPayload))
        case "push":
            return _push(_read(name, payload, _PushPayload))
        case "schedule" if due:
            return DueEvent()
        case "workflow_dispatch":
            return _dispatched(payload, sha, due=due)
    known = ", ".join(EVENTS)
    hint = f"run the action on {known}"
    if name == SCHEDULE:
        hint = "set the input `due-issue: true`, and it keeps an issue about what is due"
    raise InputError(f"the event `{name}` brings nothing to judge", hint=hint)


def _read(name: str, payload: object, wanted: type[Shape]) -> Shape:
    try:
        return shape(payload, wanted)
    except ValueError as error:
        raise ForgeError(f"this is no `{name}` event as GitHub documents it: {error}") from None


def _merge_group(payload: _GroupPayload) -> Event:
    group = payload.merge_group
    if payload.action == "destroyed":
        return Ignored("the merge group is gone")
    if not HASH.fullmatch(group.base_sha) or not HASH.fullmatch(group.head_sha):
        raise InputError("the event names no commits of the merge group")
    queue = QUEUE_BRANCH.fullmatch(group.head_ref)
    branch = group.base_ref.removeprefix(_HEADS)
    return QueueEvent(int(queue[2]) if queue else 0, branch, group.base_sha, group.head_sha)


def _push(payload: _PushPayload) -> Event:
    if payload.ref != f"{_HEADS}{payload.repository.default_branch}":
        return Ignored("this push is not to the default branch; its pull request is judged")
    before, after = payload.before, payload.after
    if payload.deleted or not HASH.fullmatch(after) or _NO_COMMIT.fullmatch(after):
        return Ignored("the branch was deleted")
    if not HASH.fullmatch(before) or _NO_COMMIT.fullmatch(before):
        return Ignored("the branch is new: `whygate audit` judges its whole history")
    return PushEvent(before, after)


def _dispatched(payload: object, sha: str, *, due: bool) -> Event:
    inputs = _read("workflow_dispatch", payload, _DispatchPayload).inputs or _Inputs()
    named = str(inputs.pr or "").strip()
    if due and not named:
        place = _read("workflow_dispatch", payload, _RefPayload)
        if place.ref != f"{_HEADS}{place.repository.default_branch}":
            return Ignored("what is due is read from the default branch, and this is another one")
        return DueEvent()
    match = _NUMBER.fullmatch(named)
    if match is None:
        raise InputError(
            "the workflow was started by hand without saying for which pull request",
            hint="give it an input `pr` and start it with the number of the pull request",
        )
    return AskedEvent(int(match[1]), sha)
