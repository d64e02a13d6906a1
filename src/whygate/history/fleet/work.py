"""What one worker does with one repository: see what moved, fetch it, audit it, write its files.

A task is a pure function of the repository, the policy in it, and what was known before: it may run
in another process or on another machine, and twice. It never raises: what goes wrong is part of
what it returns.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from whygate.audit.coverage import SKIPPED
from whygate.audit.record import BLIND
from whygate.catalogue import CATALOGUE_PATH
from whygate.catalogue.catalogue import find_named
from whygate.catalogue.file import parse_catalogue
from whygate.errors import (
    ConfigError,
    InputError,
    SchemaError,
    UndecidedError,
    WhygateError,
)
from whygate.forges.find import find_login, find_merged
from whygate.git.clone import (
    Contents,
    RefusedError,
    Snapshot,
    ask_local,
    ask_remote,
    bring,
    with_login,
)
from whygate.git.repository import find_repository
from whygate.git.run import Git
from whygate.history.fleet.source import Member  # noqa: TC001 - msgspec reads the types
from whygate.history.fleet.tables import (
    MAKING_DIRECTORY,
    NO_MEMORY,
    OPEN,
    VERSION,
    PartitionWriter,
    Written,
    explain_trouble,
    is_of_duckdb,
    is_sound,
    move_into_place,
    write_whole,
)
from whygate.history.importing import Import, tell_time
from whygate.history.outcomes import LEDGER_LIMIT
from whygate.history.requests import RequestStore, name_home, open_descriptions
from whygate.history.run import UNKNOWN, collect_seldom, run_audit
from whygate.history.store import CACHE_VARIABLE
from whygate.history.target import AuditOptions, find_target, with_links
from whygate.model import Severity
from whygate.outcomes.ledger import LEDGER_PATH
from whygate.outcomes.outcome import Outcomes
from whygate.policy.codeowners import CodeOwners
from whygate.world.worktree import BETS, CODEOWNERS, CODEOWNERS_LIMIT, CONFIG_NAME, PYPROJECT
from whygate.world.world import find_world, load_config, load_policy, preset_options, read_today

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from whygate.audit.record import Record
    from whygate.git.clone import Remote
    from whygate.git.tree import Tree
    from whygate.history.fleet.tables import Row
    from whygate.history.run import Audited
    from whygate.outcomes.outcome import Outcome
    from whygate.outcomes.result import Result
    from whygate.policy.policy import Policy
    from whygate.world.world import World

DONE, UNCHANGED, FAILED = "done", "unchanged", "failed"
CLONES, DATA, RECORDS = "clones", "data", "records"
_GITHUB, _GITLAB = ".github/", ".gitlab/merge_request_templates/"
_TEMPLATE = "pull_request_template"
_CURE_HERE = "`git fsck` in it says what is broken; clone it again, or take it off the list"
_CURE_FILE = "correct that file in the repository; the next run reads it again"
_CURE_CLONE = "remove its clone `{0}`: the next run makes it anew"
_CURE_FAR = "run it again; if it stays so, look at what `git clone` says of it"
_RIGHTS = "let WHYGATE_TOKEN read code (GitHub: `Contents`, GitLab: `read_repository`)"
_OF_ONE = "run it inside one"  # begins what is said to who names one repository
_OF_OBJECTS = ("`git fsck`", "fetch it", "clone the repository anew")  # begin such a hint
_GRAVE = tuple(map(str, (Severity.ERROR, Severity.WARNING, Severity.INFO)))


Render = Callable[["Audited", date], Iterable[str]]


class Known(Struct, frozen=True):
    """What an earlier run found: the fingerprint of all that decides, and the files it wrote.

    `imported` and `goes_on` are those of its report.
    """

    fingerprint: str
    files: dict[str, Written]
    imported: int = 0
    goes_on: bool = False


class Task(Struct, frozen=True):
    """One repository to audit, and everything that the answer depends on.

    `root` is the shared directory; `code` names the program and its options, so that another
    version reads everything again. `today` is the day for what has none of its own. With `imports`
    the requests of the repository's forge are brought here first. `render` makes a page of an
    audit, which is written to the directory `pages`.
    """

    member: Member
    root: str
    code: str
    today: date | None = None
    preset: str | None = None
    config: str | None = None
    by_area: bool = False
    imports: bool = False
    pages: str = ""
    render: Render | None = None
    known: Known | None = None


class Report(Struct, frozen=True):
    """What became of a task: DONE, UNCHANGED or FAILED, and the partition that stands now.

    `changes` are in the partition, of which `fresh` had to be read: no earlier run knew them.
    `imported` requests of the forge are held beside it; where their import `goes_on` another time,
    `notes` say why it stopped.
    `error` says in a sentence what went wrong, `hint` how to cure it. `megabytes` is the most that
    its worker had taken by then, 0 where the system does not say.
    """

    key: str
    state: str
    fingerprint: str = ""
    head: str = ""
    branch: str = ""
    team: str = ""
    changes: int = 0
    fresh: int = 0
    imported: int = 0
    goes_on: bool = False
    files: dict[str, Written] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    error: str = ""
    hint: str = ""
    seconds: float = 0.0
    megabytes: int = 0


def prepare_worker() -> None:
    """Make a process of this machine ready: it leaves interrupts to its parent, and ends with it.

    What a killed worker leaves of git is ended by the guard of git's room.
    """
    from multiprocessing import parent_process  # noqa: PLC0415  (only a worker asks)

    def end_with_parent() -> None:
        if (parent := parent_process()) is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collect_seldom()


def audit_member(task: Task) -> Report:
    """Return what became of one repository; its files are written, whole or not at all."""
    start = monotonic()
    try:
        report = _Work(task).run()
    except Exception as error:  # a repository that breaks us must not break the others
        report = _fail(task, error)
    return replace(report, seconds=round(monotonic() - start, 3), megabytes=_most_memory())


def _most_memory() -> int:
    try:
        import resource  # noqa: PLC0415  (not on Windows)
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most >> (20 if sys.platform == "darwin" else 10)  # bytes there, else KiB


def look_for_news(task: Task) -> Report | None:
    """Return the report of a repository that need not be read, None when a worker has to look.

    That is one without news, and a remote that does not answer.
    """
    try:
        report = _Work(task).look().report
    except WhygateError as error:
        return _fail(task, error) if task.member.is_remote else None
    except OSError:
        return None
    return report if report.state == UNCHANGED else None


def _fail(task: Task, error: Exception) -> Report:
    """Return the report of a repository that could not be read: why, and the cure of that kind."""
    hint = ""
    if isinstance(error, ConfigError):
        line, sentence = error.problems[0]
        sentence, hint = f"{error.path}:{line}: {sentence}", error.hint or _CURE_FILE
    elif isinstance(error, (InputError, SchemaError)):  # something that is committed is unfit
        sentence, hint = error.message, error.hint or _CURE_FILE
    elif isinstance(error, WhygateError):
        cure = _CURE_FAR if task.member.is_remote else _CURE_HERE
        fits = error.hint and not error.hint.startswith(_OF_ONE)
        sentence, hint = error.message, error.hint if fits else cure
    elif isinstance(error, MemoryError):
        sentence, hint = "there is not enough memory to read it", NO_MEMORY
    elif isinstance(error, OSError) or is_of_duckdb(error):
        told = explain_trouble(error)
        sentence, hint = told.message, told.hint
    else:
        sentence = f"this is a bug in whygate: {type(error).__name__}: {error}"[:300]
        hint = "`whygate audit -C` of it writes a report"
    return Report(task.member.key, FAILED, error=sentence, hint=hint)


class _Seen(NamedTuple):
    """Where a repository stands, and the report so far: UNCHANGED, or DONE when it is read."""

    directory: Path
    remote: Remote
    report: Report


class _Brought(NamedTuple):
    """How many requests a repository's own store holds, and why no more, if an import stopped."""

    held: int
    goes_on: bool = False
    notes: tuple[str, ...] = ()


class _Wanted(NamedTuple):
    world: World
    policy: Policy
    contents: Contents


def name_page(key: str) -> str:
    """Return the file name of the page of a repository."""
    return f"{key}.html"


class _Work:
    def __init__(self, task: Task) -> None:
        self._task = task
        self._member = task.member
        self._root = Path(task.root)
        self._place = self._root / DATA / task.member.key
        self._page = Path(task.pages) / name_page(task.member.key) if task.render else None
        self._own = self._root / RECORDS / task.member.key  # the store of this repository alone
        self._environ: Mapping[str, str] = os.environ  # with which git asks the remote

    def run(self) -> Report:
        """See what moved, and read what did."""
        seen = self.look()
        if seen.report.state == UNCHANGED:
            return seen.report
        if not (seen.remote.head and self._member.is_remote):
            return self._write(seen.directory, seen.remote, seen.report)
        bring(seen.directory, self._member.place, seen.remote, self._environ)
        try:
            return self._write(seen.directory, seen.remote, seen.report)
        except UndecidedError as error:
            if error.hint and not error.hint.startswith(_OF_OBJECTS):
                raise
            raise UndecidedError(error.message, hint=_CURE_CLONE.format(seen.directory)) from None

    def look(self) -> _Seen:
        """Ask where the repository stands, and see whether its files are of that."""
        member = self._member
        if member.is_remote:
            directory = self._root / CLONES / f"{member.key}.git"
            git = Git(directory=directory, environ=os.environ)
            remote = self._ask()
        else:
            directory = Path(member.place)
            if not directory.is_dir():
                hint = "correct the list, or mount the directory on every worker"
                raise InputError(f"there is no directory `{directory}`", hint=hint)
            if find_repository(directory) is None:
                hint = "correct the list, or clone it there"
                raise InputError(f"there is no git repository in `{directory}`", hint=hint)
            git = Git(directory=directory, environ=os.environ)
            remote = ask_local(git)
        known = self._task.known
        imported = known.imported if known is not None else 0
        fingerprint = self._fingerprint(git, remote, directory, imported)
        report = Report(
            member.key, DONE, fingerprint=fingerprint, head=remote.head, branch=remote.branch
        )
        if known is not None and known.fingerprint == fingerprint and not known.goes_on:
            if is_sound(self._place, known.files) and self._has_page():
                report = replace(report, state=UNCHANGED, files=known.files)
            else:
                report = replace(report, notes=("its files were damaged and are made anew",))
        return _Seen(directory, remote, report)

    def _ask(self) -> Remote:
        """Ask a remote where it stands: with the token of the forge that listed it, else without.

        A token that may list may lack the right to read what is in a repository; then the user's
        own credential helper is asked, as for any other address.
        """
        place = self._member.place
        login = find_login(self._member.forge, os.environ) if self._member.forge else None
        if login is None or not place.startswith(f"{login.origin}/"):
            return ask_remote(place, os.environ)
        self._environ = with_login(os.environ, *login)
        try:
            return ask_remote(place, self._environ)
        except RefusedError:
            self._environ = os.environ
        try:
            return ask_remote(place, os.environ)
        except RefusedError as error:
            raise UndecidedError(error.message, hint=f"{error.hint}; or {_RIGHTS}") from None

    def _fingerprint(self, git: Git, remote: Remote, directory: Path, imported: int) -> str:
        """Return what names everything that the files of this repository depend on.

        What a fleet `imported` itself changes in its own runs alone; what the user did may at any
        time.
        """
        key = "own" if imported else ""
        if not imported and directory.is_dir() and (held := open_descriptions(git)) is not None:
            key = held.key
        return "-".join((str(VERSION), self._task.code, remote.refs[:32], key[:32]))

    def _write(self, directory: Path, remote: Remote, report: Report) -> Report:
        made = self._root / MAKING_DIRECTORY / f"{self._member.key}.{os.getpid()}"
        writer = PartitionWriter(made)
        try:
            if remote.head:
                report = self._read(directory, remote, writer, report)
            else:
                report = replace(report, notes=(*report.notes, _name_empty(remote)))
            files = writer.close()
            move_into_place(made, self._place)
        except BaseException:
            writer.discard()
            raise
        return replace(report, files=files, changes=files["changes"].rows)

    def _read(
        self, directory: Path, remote: Remote, writer: PartitionWriter, report: Report
    ) -> Report:
        """Audit the history of HEAD by its own policy, and write what it says as it is read."""
        wanted = self._load(directory, remote)
        task, name = self._task, self._member.name
        options = AuditOptions(by_area=task.by_area, records=self._own, jobs=1)
        target = find_target(
            wanted.world, wanted.policy, options, read_today(task.today, wanted.policy.config)
        )
        target = replace(target, keeps_words=self._page is not None)
        links = target.links
        brought = self._import(target.git, issues=wanted.policy.config.linked_issues)
        if brought.held:  # else what the user imported counts
            environ = {**os.environ, CACHE_VARIABLE: str(self._own)}
            target = replace(target, git=replace(target.git, environ=environ))

        def write(batches: Iterable[list[Record]]) -> Iterator[list[Record]]:
            for batch in batches:
                writer.add(
                    "changes", (_change(name, r) for r in with_links(batch, links, named=False))
                )
                writer.add("answers", (row for r in batch for row in _answers(name, r)))
                writer.add("findings", (row for r in batch for row in _findings(name, r)))
                yield batch

        audited = run_audit(
            wanted.world,
            target,
            options,
            needs_records=self._page is not None,
            shows_outcomes=True,
            watch=write,
        )
        if self._page is not None and task.render is not None:
            write_whole(self._page, task.render(audited, target.today))
        if audited.coverage.changes != writer.rows["changes"]:
            raise UndecidedError(
                f"{audited.coverage.changes} changes were counted, "
                f"and {writer.rows['changes']} written",
                hint="this is a bug in whygate; please report it",
            )
        for note in audited.basis.notes:
            if note.startswith(UNKNOWN):  # to count no plans would look like a result
                raise UndecidedError(note)
        _Outcomes(name, wanted.policy).write(audited.outcomes or Outcomes(), writer)
        team = self._member.team or _find_team(wanted.world.tree)
        branch = remote.branch or wanted.world.git.head_branch()
        return replace(
            report,
            fingerprint=self._fingerprint(wanted.world.git, remote, directory, brought.held),
            team=team,
            branch=branch,
            fresh=audited.fresh,
            imported=brought.held,
            goes_on=brought.goes_on,
            notes=(*report.notes, *brought.notes, *_telling(audited.basis.notes)),
        )

    def _has_page(self) -> bool:
        return self._page is None or self._page.is_file()

    def _import(self, git: Git, *, issues: bool) -> _Brought:
        """Bring what is new of the merged requests here; what hinders that is told, not raised."""
        known = self._task.known
        before = known.imported if known is not None else 0
        if not self._task.imports:
            return _Brought(before)
        goes_on = False
        try:
            remote = git.origin()
            source = find_merged(remote, os.environ, issues=issues, say=lambda _: None)
            goes_on = True  # from here on another try may do better
            with RequestStore(self._own, name_home(git)) as store:
                try:
                    Import(store, source, source.home, "", tell_time).run()
                finally:
                    before = store.count()
        except WhygateError as error:
            told = f"descriptions not read: {error.message}"
            return _Brought(before, goes_on, (f"{told}; {error.hint}" if error.hint else told,))
        except (OSError, sqlite3.Error) as error:
            return _Brought(before, goes_on, (f"descriptions not read: {error}",))
        return _Brought(before)

    def _load(self, directory: Path, remote: Remote) -> _Wanted:
        """Return the policy of the commit that HEAD is, whatever is checked out.

        What a partial clone lacks is fetched by name: first the files that are always asked for,
        then those that the configuration names.
        """
        world = find_world(directory)
        address = self._member.place if self._member.is_remote else ""
        contents = Contents(world.git, address, self._environ)
        names = contents.find(remote.head)
        tree = Snapshot(names, {}, partial(contents.read, limit=LEDGER_LIMIT))
        world = replace(world, tree=tree)
        self._add(tree, contents, (path for path in names if _is_asked_for(path)))
        path = Path(self._task.config) if self._task.config is not None else None
        options = preset_options(self._task.preset)
        config = load_config(world, path=path, options=options)
        self._add(tree, contents, (p for p in (config.schema_path, *config.templates) if p))
        if any(path.startswith(f"{BETS}/") for path in names):
            contents.fetch_past(remote.head, BETS)
        policy = load_policy(world, path=path, options=options)
        if policy.config.release_environment:
            # Deployments are the forge's, and a fleet asks none: such plans wait.
            changed = replace(policy.config, release_environment="", release_tags=())
            policy = replace(policy, config=changed)
        return _Wanted(world, policy, contents)

    def _add(self, tree: Snapshot, contents: Contents, paths: Iterable[str]) -> None:
        wanted = [tree.names[path] for path in paths if path in tree.names]
        lacking = [name for name in wanted if name not in tree.contents]
        tree.contents.update(contents.read(lacking, limit=LEDGER_LIMIT))


def _name_empty(remote: Remote) -> str:
    if not remote.has_branches:
        return "it has no commit yet"
    return "HEAD names a branch without a commit, so nothing was read; other branches have some"


def _is_asked_for(path: str) -> bool:
    """Tell whether a policy may be made of a file."""
    if path in (CONFIG_NAME, PYPROJECT, LEDGER_PATH, CATALOGUE_PATH, *CODEOWNERS):
        return True
    if path.startswith((f"{BETS}/", ".whygate/", _GITLAB)):
        return True
    home, _, name = path.rpartition("/")
    parts = (home.rpartition("/")[2].lower(), name.lower())
    return path.count("/") <= 2 and any(part.startswith(_TEMPLATE) for part in parts)


def _telling(notes: Iterable[str]) -> Iterator[str]:
    """Yield the notes that tell of this repository, not what holds for every audit."""
    standing = (
        "descriptions read from the forge",
        "bots are told",
        "changed paths were not read",
        "this clone is bare",
        "blind:",
    )
    yield from (note for note in notes if not note.startswith(standing))


def _find_team(tree: Tree | None) -> str:
    """Return who owns the whole repository by its CODEOWNERS: the rule for a file at the top."""
    if tree is None:
        return ""
    for path in CODEOWNERS:
        try:
            data = tree.read_bytes(path, limit=CODEOWNERS_LIMIT)
        except WhygateError:
            return ""
        if data is not None:
            owners = CodeOwners(data.decode("utf-8", "replace"))
            return " ".join(owners.of("whygate-asks-who-owns-the-top"))
    return ""


def _change(name: str, record: Record) -> Row:
    r = record
    told = (r.identity, r.day, r.kind, r.state, r.reason, r.title, r.area)
    return (name, r.sha, *told, r.by_agent, r.described, r.waiver, r.url)


def _answers(name: str, record: Record) -> Iterator[Row]:
    origins = (*record.origins, *[""] * len(record.answers))
    for (answered, label), origin in zip(record.answers, origins, strict=False):
        yield name, record.sha, answered, label, origin


def _findings(name: str, record: Record) -> Iterator[Row]:
    """Yield each rule once; what was not judged has none, as in the audit's own counts."""
    if record.state in (SKIPPED, BLIND):
        return
    gravest: dict[str, str] = {}
    for rule, severity in record.rules:
        known = gravest.get(rule, severity)
        gravest[rule] = min(known, severity, key=_GRAVE.index)
    for rule, severity in gravest.items():
        yield name, record.sha, rule, severity


class _Outcomes:
    """Writes plans and results so that they hold on every day: which are overdue is asked later."""

    def __init__(self, name: str, policy: Policy) -> None:
        self._name = name
        self._grace = policy.config.grace_days
        found = policy.metrics
        self._catalogue = parse_catalogue(*found) if found is not None else None

    def write(self, found: Outcomes, writer: PartitionWriter) -> None:
        plans = [o for o in found.outcomes if not o.plan.exempt or o.plan.is_deferral]
        writer.add("plans", map(self._plan, plans))
        rows = ((o, r, r == o.result) for o in plans for r in o.results)
        writer.add("results", (self._result(r, o, settles=s) for o, r, s in rows))
        writer.add("results", (self._result(r, None, settles=False) for r in found.unmatched))

    def _plan(self, outcome: Outcome) -> Row:
        plan, result = outcome.plan, outcome.result
        state = OPEN if outcome.state.is_open else str(outcome.state)
        named = find_named(self._catalogue, plan.metric, plan.source)
        is_reverted = state == "abandoned" and result is None
        return (
            *(self._name, outcome.name, plan.index, plan.sha, plan.merged, plan.kind),
            *(outcome.area, plan.title, plan.metric, plan.baseline, plan.target),
            *(outcome.due, self._grace, plan.is_deferral, plan.waits and outcome.due is None),
            named is not None and named.metric is not None,
            *(len(outcome.changes), state, result.at if result is not None else None),
            *(result.value if result is not None else "", is_reverted),
        )

    def _result(self, result: Result, outcome: Outcome | None, *, settles: bool) -> Row:
        key = (outcome.name, outcome.plan.index) if outcome is not None else ("", result.metric)
        return (
            *(self._name, *key, result.change, str(result.state), result.at, result.value),
            *(result.evidence, result.note, str(result.source), settles),
        )
