"""Turn the YAML tree of a GitHub workflow into its events, jobs and steps, with their lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct, field

from whygate.text.yaml_tree import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

# https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
DEFAULT_TYPES = ("opened", "synchronize", "reopened")
PULL_REQUEST = ("pull_request", "pull_request_target")

_CALL = re.compile(
    r"(?:^|[\s;&|(/\"'`])whygate(?:\.exe|@[\w.]+)?[ \t]+(ci|audit|check)\b([^\n;&|]*)",
    re.MULTILINE,
)
_COMMENT = re.compile(r"^[ \t]*#[^\n]*", re.MULTILINE)
_ALL_SCOPES = {"read-all": {"*": "read"}, "write-all": {"*": "write"}}


class Permissions(Struct, frozen=True):
    """What a job's token may do: scope to `read`, `write` or `none`; `*` stands for the others."""

    levels: dict[str, str]
    line: int

    def level(self, scope: str) -> str:
        """Return the level of a scope; what is not named is `none` (GitHub, `permissions`)."""
        return self.levels.get(scope, self.levels.get("*", "none"))

    def written(self) -> tuple[str, ...]:
        """Return the scopes the token may write."""
        return tuple(scope for scope, level in self.levels.items() if level == "write")


class Event(Struct, frozen=True):
    """One entry of `on`: `types` as written (None: GitHub's own), `keys` to their lines."""

    name: str
    line: int
    types: tuple[str, ...] | None = None
    keys: dict[str, int] = field(default_factory=dict)


class Call(Struct, frozen=True):
    """A whygate command in a `run:` script: its name and the rest of its line."""

    name: str
    arguments: str


class Step(Struct, frozen=True):
    """One step of a job; `keys` are its keys to their lines, `scalars` to their texts."""

    line: int
    keys: dict[str, int]
    scalars: dict[str, str]
    inputs: dict[str, str]

    @property
    def uses(self) -> str:
        """Return what the step uses, empty when it runs a script."""
        return self.scalars.get("uses", "").strip()

    @property
    def action(self) -> str:
        """Return what the step uses without the version, such as `actions/checkout`."""
        return self.uses.partition("@")[0].rstrip("/").casefold()

    @property
    def script(self) -> str:
        """Return the script of the step without comments and with its lines joined."""
        return _COMMENT.sub("", self.scalars.get("run", "").replace("\\\n", " "))

    def calls(self) -> tuple[Call, ...]:
        """Return the whygate commands that the script runs."""
        return tuple(Call(found[1], found[2]) for found in _CALL.finditer(self.script))


class Job(Struct, frozen=True):
    """One job; `name` is what the check is called, `matrix` the line of its matrix or 0."""

    name: str
    line: int
    keys: dict[str, int]
    scalars: dict[str, str]
    permissions: Permissions | None
    steps: tuple[Step, ...]
    matrix: int = 0


class Workflow(Struct, frozen=True):
    """A workflow file; `is_listed` tells that `on` is no mapping, so that no event has keys."""

    path: str
    events: tuple[Event, ...]
    permissions: Permissions | None
    jobs: tuple[Job, ...]
    is_listed: bool = False

    def event(self, *names: str) -> Event | None:
        """Return the first event of one of these names, None when there is none."""
        return next((event for event in self.events if event.name in names), None)


def read_workflow(path: str, root: Node | None) -> Workflow:
    """Return the workflow of a file's tree; what is not as GitHub wants it is passed over."""
    if not isinstance(root, Mapping):
        return Workflow(path, (), None, ())
    on, jobs = root.get("on"), root.get("jobs")
    found = tuple(_job(key, job) for key, job in _entries(jobs) if isinstance(job, Mapping))
    return Workflow(
        path,
        tuple(_events(on)),
        _permissions(root),
        found,
        is_listed=not isinstance(on, Mapping),
    )


def _events(on: Node | None) -> Iterator[Event]:
    if isinstance(on, Scalar):
        yield Event(on.text, on.line)
    elif isinstance(on, Sequence):
        yield from (Event(i.text, i.line) for i in on.items if isinstance(i, Scalar))
    else:
        for key, value in _entries(on):
            types = value.get("types") if isinstance(value, Mapping) else None
            keys = {inner.text: inner.line for inner, _ in _entries(value)}
            yield Event(key.text, key.line, None if types is None else _texts(types), keys)


def _job(key: Scalar, job: Mapping) -> Job:
    scalars = _scalars(job)
    strategy = job.get("strategy")
    matrix = next((k.line for k, _ in _entries(strategy) if k.text == "matrix"), 0)
    steps = job.get("steps")
    items = steps.items if isinstance(steps, Sequence) else ()
    return Job(
        name=scalars.get("name", "") or key.text,
        line=key.line,
        keys={inner.text: inner.line for inner, _ in job.entries},
        scalars=scalars,
        permissions=_permissions(job),
        steps=tuple(_step(item) for item in items if isinstance(item, Mapping)),
        matrix=matrix,
    )


def _step(step: Mapping) -> Step:
    keys = {key.text: key.line for key, _ in step.entries}
    return Step(step.line, keys, _scalars(step), _scalars(step.get("with")))


def _permissions(node: Mapping) -> Permissions | None:
    found = next(((k, v) for k, v in node.entries if k.text == "permissions"), None)
    if found is None:
        return None
    key, value = found
    whole = _ALL_SCOPES.get(value.text, {}) if isinstance(value, Scalar) else _scalars(value)
    return Permissions(whole, key.line)


def _entries(node: Node | None) -> tuple[tuple[Scalar, Node], ...]:
    return node.entries if isinstance(node, Mapping) else ()


def _scalars(node: Node | None) -> dict[str, str]:
    return {key.text: value.text for key, value in _entries(node) if isinstance(value, Scalar)}


def _texts(node: Node) -> tuple[str, ...]:
    if isinstance(node, Scalar):
        return (node.text,) if node.text else ()
    items = node.items if isinstance(node, Sequence) else ()
    return tuple(item.text for item in items if isinstance(item, Scalar))
