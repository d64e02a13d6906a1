"""Which changes of a history are read, and what a report says of all of them."""

from __future__ import annotations

import os
import re
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - msgspec reads the type
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from whygate.audit.areas import FindArea, area_finder
from whygate.audit.record import Basis
from whygate.errors import InputError, UndecidedError
from whygate.git.log import (
    Range,
    parse_range,
    parse_since_tag,
)
from whygate.git.run import SHALLOW_HINT, Git
from whygate.text.clean import clean_line
from whygate.world.worktree import CODEOWNERS, CODEOWNERS_LIMIT, find_templates
from whygate.world.world import require_repository

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from whygate.audit.record import Record
    from whygate.git.log import Range
    from whygate.policy.policy import Policy
    from whygate.world.world import World

_MOST_JOBS = 16
# `https://host/owner/name.git`, `git@host:owner/name.git`, `ssh://git@host/owner/name`.
_REMOTE = re.compile(
    r"(?:https://(?:[^@/\s]{1,200}@)?|ssh://git@|git@)(github\.com|gitlab\.com)[:/]"
    r"([\w.-]{1,100}(?:/[\w.-]{1,100}){1,8})/?\Z",
    re.ASCII,
)


class Unit(StrEnum):
    """What counts as one change of a history."""

    FIRST_PARENT = "first-parent changes"
    MERGED = "first-parent changes with the commits they merged"
    COMMITS = "commits"


class Walk(Struct, frozen=True):
    """Which changes of a history to read: `within` are paths, `limit` the most of them."""

    span: Range
    unit: Unit = Unit.FIRST_PARENT
    within: tuple[str, ...] = ()
    limit: int | None = None


def default_jobs() -> int:
    """Return the number of processors this process may use."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        count = os.cpu_count() or 1
    return min(count, _MOST_JOBS)


class AuditOptions(msgspec.Struct, frozen=True):
    """Which changes are read, how they are grouped, and how it is done.

    `records` is a directory that keeps those of this repository alone; then each is read or taken
    from there, and none is only counted.
    """

    revisions: str = "HEAD"
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
    field: str = ""
    cache: bool = True
    records: Path | None = None
    jobs: int = msgspec.field(default_factory=default_jobs)


class Links(Struct, frozen=True):
    """Where the forge shows a commit and a request of one repository; empty when unknown.

    `mark` is what it puts before the number of a request.
    """

    commit: str = ""
    request: str = ""
    mark: str = "#"


class Target(Struct, frozen=True):
    """What one audit reads, and what it says about itself.

    With `keeps_words` the records hold the answers themselves, which a page shows.
    """

    git: Git
    policy: Policy
    today: date
    span: Range
    unit: Unit
    within: tuple[str, ...]
    find_area: FindArea | None
    area_key: str
    links: Links
    known: Basis
    keeps_words: bool = False

    def walk(self, limit: int | None) -> Walk:
        """Return the walk through the history, of at most `limit` changes."""
        return Walk(self.span, self.unit, self.within, limit)

    @property
    def walk_key(self) -> str:
        """Return what names the walk in a cache: hashes, so that a moved branch is another one."""
        paths = "\0".join(self.within)
        here = str(self.git.directory) if self.within else ""
        return repr((self.span.base, self.span.tip, str(self.unit), here, paths, self.area_key))

    def basis(self, filters: Iterable[str], notes: Iterable[str]) -> Basis:
        """Return the basis with the conditions of this run and what it met on the way."""
        known = self.known
        return Basis(
            repository=known.repository,
            revisions=known.revisions,
            branch=known.branch,
            head=known.head,
            unit=known.unit,
            today=known.today,
            timezone=known.timezone,
            config=known.config,
            preset=known.preset,
            schema=known.schema,
            templates=known.templates,
            filters=(*(f"path {path}" for path in self.within), *filters),
            notes=(*known.notes, *notes),
        )


def find_target(world: World, policy: Policy, options: AuditOptions, today: date) -> Target:
    """Return what to audit.

    Raises InputError without a commit, kind or field of that name, UndecidedError without a
    repository and when the clone is shallow.
    """
    git = world.git
    require_repository(world)
    if git.is_shallow():
        raise UndecidedError("this clone is shallow: its history is cut off", hint=SHALLOW_HINT)
    _require_known(policy, options)
    span, revisions = _find_span(git, options)
    owners = read_codeowners(git, span.tip) if options.by_area else None
    remote = git.origin()
    return Target(
        git=git,
        policy=policy,
        today=today,
        span=span,
        unit=_unit(options),
        within=options.paths,
        find_area=area_finder(owners) if options.by_area else None,
        area_key=owners or "",
        links=_find_links(remote),
        known=Basis(
            repository=_name_repository(world, remote),
            revisions=revisions,
            branch=git.head_branch() if options.revisions == "HEAD" else "",
            head=span.tip,
            unit=str(_unit(options)),
            today=today,
            timezone=policy.config.timezone,
            config=_name_config(policy),
            preset=str(policy.config.preset),
            schema=policy.schema.name,
            templates=_name_templates(world, policy),
            notes=tuple(_standing_notes(git, world, options)),
        ),
    )


def _require_known(policy: Policy, options: AuditOptions) -> None:
    for kind in options.kinds:
        if kind not in policy.config.kinds:
            known = ", ".join(sorted(policy.config.kinds))
            raise InputError(f"there is no kind `{kind}`", hint=f"there are {known}")
    fields = [field.name for field in policy.schema.fields]
    if options.field and options.field not in fields:
        raise InputError(
            f"there is no field `{options.field}`", hint=f"there are {', '.join(fields)}"
        )


def _find_span(git: Git, options: AuditOptions) -> tuple[Range, str]:
    span = parse_range(git, options.revisions)
    if options.since_tag is None:
        return span, options.revisions
    tag, since = parse_since_tag(git, options.since_tag, span.tip)
    return since, f"{tag}..{options.revisions}"


def _unit(options: AuditOptions) -> Unit:
    if options.merged_commits:
        return Unit.MERGED
    return Unit.COMMITS if options.commits else Unit.FIRST_PARENT


def read_codeowners(git: Git, tip: str) -> str | None:
    """Return the code owners of a commit, None when it names none."""
    for path in CODEOWNERS:
        data = git.show_file(tip, path, limit=CODEOWNERS_LIMIT)
        if data is not None:
            return data.decode("utf-8", "replace")
    return None


def _find_links(remote: str) -> Links:
    match = _REMOTE.match(remote)
    if match is None:
        return Links()
    host, name = match[1], match[2].removesuffix(".git")
    if host == "github.com":
        home = f"https://{host}/{name}"
        return Links(f"{home}/commit/", f"{home}/pull/")
    home = f"https://{host}/{name}/-"
    return Links(f"{home}/commit/", f"{home}/merge_requests/", "!")


def _name_repository(world: World, remote: str) -> str:
    match = _REMOTE.match(remote)
    if match is not None:
        return match[2].removesuffix(".git")
    assert world.repository is not None  # noqa: S101 - asked for before
    return (world.repository.worktree or world.repository.git_dir).name


def _name_config(policy: Policy) -> str:
    files = [layer.origin for layer in policy.config.layers if layer.tree is not None]
    return files[-1] if files else "built in"


def _name_templates(world: World, policy: Policy) -> tuple[str, ...]:
    root = world.files
    if root is None:
        return ()
    return tuple(found.path for found in find_templates(root, policy.config.templates))


def _standing_notes(git: Git, world: World, options: AuditOptions) -> Iterable[str]:
    if world.files is None:
        yield "this clone is bare and has no file contents: its own configuration was not read"
    yield "bots are told by the author's name alone, which a history cannot verify"
    if not options.by_area:
        yield "changed paths were not read: what depends on them was not judged"
    assert world.repository is not None  # noqa: S101 - asked for before
    if (world.repository.common_dir / "info" / "grafts").is_file():
        yield "the repository has grafts, which are ignored"
    if git.run("for-each-ref", "--count=1", "--format=x", "refs/replace/").strip():
        yield "the repository has replace refs, which are ignored"


def name_empty(options: AuditOptions, filters: Iterable[str] = ()) -> str:
    """Return in words that nothing is in a range, touches a path or fits the filters."""
    nothing = f"no change in `{clean_line(options.revisions)}`"
    paths = " or ".join(f"`{clean_line(path)}`" for path in options.paths)
    shown = clean_line(", ".join(filters))
    wanted = [f"touches {paths}"] * bool(paths) + [f"fits `{shown}`"] * bool(shown)
    return f"{nothing} {' and '.join(wanted)}" if wanted else f"there is {nothing}"


def with_links(records: Iterable[Record], links: Links, *, named: bool) -> list[Record]:
    """Return records with their addresses; authors are named only when that was asked for."""
    if not links.commit and named:
        return list(records)
    return [
        replace(record, url=_address(record, links), author=record.author if named else "")
        for record in records
    ]


def _address(record: Record, links: Links) -> str:
    if links.request and record.identity.startswith(links.mark):
        return f"{links.request}{record.identity[1:]}"
    return f"{links.commit}{record.sha}" if links.commit else ""
