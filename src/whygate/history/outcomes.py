"""A history with all that is known of its outcomes: results, kept plans, and what is damaged."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from whygate.audit.areas import area_finder
from whygate.errors import InputError
from whygate.git.clone import Snapshot
from whygate.git.log import NAMES, Range, read_log, read_paths
from whygate.git.notes import (
    CONTEXT_REF,
    FETCH_COMMAND,
    RESULTS_REF,
    Notes,
    read_notes,
)
from whygate.git.tags import find_releases
from whygate.git.tree import CommitTree, Worktree, read_objects
from whygate.history.requests import Descriptions, open_descriptions
from whygate.history.stream import open_cache, read_records
from whygate.history.target import (
    AuditOptions,
    Unit,
    find_target,
    name_empty,
    read_codeowners,
    with_links,
)
from whygate.outcomes.collect import OutcomeInputs, collect_outcomes, find_first_changes
from whygate.outcomes.ledger import LEDGER_PATH, Damage, Ledger, parse_ledger, read_lines
from whygate.outcomes.names import Directory, Revert, read_reverts
from whygate.outcomes.outcome import Outcomes
from whygate.outcomes.result import Source
from whygate.outcomes.trailers import FOR, find_complaints, read_results
from whygate.policy.exemptions import names_change
from whygate.text.commit import name_change, utc_day
from whygate.text.message import decode, is_revert, split_subject
from whygate.world.worktree import BETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from whygate.audit.areas import FindArea
    from whygate.audit.record import Record
    from whygate.git.log import LoggedCommit
    from whygate.git.run import Git
    from whygate.git.tree import Tree
    from whygate.history.target import Target
    from whygate.outcomes.ledger import Kept
    from whygate.outcomes.names import Told
    from whygate.outcomes.outcome import Outcome
    from whygate.outcomes.result import Result
    from whygate.policy.policy import Policy
    from whygate.world.world import World

_BET_LIMIT = 256 * 1024
LEDGER_LIMIT = 16 << 20  # bytes: some 80,000 results, more than one repository will have
_SHORT = 12
_PATTERNS = (f"^{FOR}:", "^This reverts commit ")
_AT_ONCE = 5_000  # hashes on one command line, which is far from its limit
NEXT_DAYS = 14  # a report looks so far ahead
_SHOWN = 10
_MOST_NAMED = 5


class Written(Struct, frozen=True):
    """What is written beside the commits: the ledger and the notes.

    `kept` holds the context of a change by the full hash of its commit; `results` those of the
    ledger and the notes; `damages` the lines that were set aside; `remarks` say in whole
    sentences what could not be looked at, `unfetched` how to get notes that a clone may lack
    (empty: there are some, or no remote has any). `descriptions` are what was imported of
    requests, None when nothing was. `key` changes whenever `kept` or they do.
    """

    kept: Mapping[str, Kept] = field(default_factory=dict)
    results: tuple[Result, ...] = ()
    damages: tuple[Damage, ...] = ()
    remarks: tuple[str, ...] = ()
    unfetched: str = ""
    descriptions: Descriptions | None = None

    @property
    def key(self) -> str:
        """Return what names the kept contexts and descriptions in a cache, empty without any."""
        imported = self.descriptions.key if self.descriptions is not None else ""
        if not self.kept:
            return imported
        listed = sorted((k.sha, k.path, k.text, str(k.waiver or "")) for k in self.kept.values())
        return sha256(repr((imported, listed)).encode("utf-8", "surrogatepass")).hexdigest()

    def witness(self, record: Record) -> str:
        """Return what names all that a record rests on besides its commit, "" for nothing.

        `record` may be of an earlier run: its identity is that of the message, or of the request.
        """
        kept, held = self.kept.get(record.sha), self.descriptions
        imported = held.witness(record.sha, record.identity) if held is not None else ""
        if kept is None:
            return imported
        told = repr((imported, kept.path, kept.text, str(kept.waiver or "")))
        return sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def read_written(git: Git, tree: Tree | None) -> Written:
    """Return what the ledger in `tree` and the notes of a repository say.

    Of two contexts kept of one commit the note's counts. Raises UndecidedError when git fails,
    InputError when the ledger is no plain file, too large, or leads out of the repository.
    """
    ledger = parse_ledger((read_ledger(tree) if tree is not None else None) or "")
    contexts, results = read_notes(git, CONTEXT_REF), read_notes(git, RESULTS_REF)
    noted = [_read_note_lines(notes) for notes in (contexts, results)]
    kept = {known.sha: known for part in (ledger, *noted) for known in part.kept}
    descriptions = open_descriptions(git)
    return Written(
        kept=kept,
        results=(*ledger.results, *(r for part in noted for r in part.results)),
        damages=(*ledger.damages, *(d for part in noted for d in part.damages)),
        remarks=tuple(_remarks(contexts, results)),
        descriptions=descriptions,
        unfetched=_name_unfetched(git, contexts, results),
    )


def gather_inputs(
    git: Git,
    span: Range,
    records: Sequence[Told],
    written: Written,
    *,
    deep: bool,
    tags: Sequence[str] = (),
) -> tuple[OutcomeInputs, tuple[Damage, ...]]:
    """Return the inputs for the outcomes of a walk, and what of it cannot be read.

    With `deep` the commits that the walk passed by are searched for results and reverts: a
    branch that was merged brings them in. The files of bets are read as they were when the
    first of their changes was merged. `tags` are the patterns of releases. Raises UndecidedError
    when git fails.
    """
    found = _search(git, span, {record.sha for record in records}) if deep else _Found()
    inputs = OutcomeInputs(
        results=(*found.results, *written.results),
        reverts=tuple(found.reverts),
        bets_then=_read_bets_then(git, records),
        releases=_read_releases(git, records, tags),
    )
    return inputs, (*written.damages, *found.damages)


def _read_releases(
    git: Git, records: Sequence[Told], tags: Sequence[str]
) -> dict[str, tuple[str, date]]:
    """Return with which tag each plan that waits for one was released, and on which day."""
    found = find_releases(git, find_waiting(records), tags)
    return {sha: (release.tag, release.day) for sha, release in found.items()}


def find_waiting(records: Sequence[Told]) -> list[str]:
    """Return the commits whose plans may count from a release."""
    waiting = [r.sha for r in records if any(plan.waits for plan in r.plans)]
    return waiting + [first.sha for first in find_first_changes(records).values()]  # a bet's file


class _Found(Struct):
    results: list[Result] = field(default_factory=list)
    reverts: list[Revert] = field(default_factory=list)
    damages: list[Damage] = field(default_factory=list)


def _search(git: Git, span: Range, known: set[str]) -> _Found:
    found = _Found()
    entries = read_log(git, span, first_parent=False, grep=_PATTERNS)
    for entry in (entry for batch in entries for entry in batch):
        sha, day = entry.sha.decode("ascii"), utc_day(entry.seconds)
        found.damages += (
            Damage(sha[:_SHORT], line, sentence)
            for line, sentence in find_complaints(entry.message, day)
        )
        if sha not in known:
            found.results += reversed(read_results(entry.message, sha[:_SHORT], day))
            found.reverts += _read_revert(entry, sha)
    found.results.reverse()  # the newest comes last
    found.reverts.reverse()
    return found


def _read_revert(entry: LoggedCommit, sha: str) -> list[Revert]:
    text = decode(entry.message)
    _, title = name_change(*split_subject(text), sha)
    names = read_reverts(title, text) if is_revert(title, text) else ()
    return [Revert(sha, utc_day(entry.seconds), names)] if names else []


def _read_bets_then(git: Git, records: Sequence[Told]) -> dict[str, tuple[str, str]]:
    firsts = find_first_changes(records)
    paths = {slug: f"{BETS}/{slug}.yml" for slug in firsts}
    names = {slug: f"{firsts[slug].sha}:{path}" for slug, path in paths.items()}
    found = read_objects(git, list(names.values()), limit=_BET_LIMIT) if names else {}
    return {
        slug: (paths[slug], found[name].decode("utf-8-sig", "replace"))
        for slug, name in names.items()
        if name in found
    }


def _read_note_lines(notes: Notes) -> Ledger:
    """Return what the lines of all notes say; an event without a hash is of its commit."""
    results: list[Result] = []
    kept: list[Kept] = []
    damages: list[Damage] = []
    for note in notes.notes:
        path = f"{notes.ref}:{note.sha[:_SHORT]}"
        part = read_lines(enumerate(note.text.split("\n"), 1), path, Source.NOTE)
        results += (r if r.sha else replace(r, sha=note.sha) for r in part.results)
        # A note is of the commit it is attached to, whatever it says.
        kept += (replace(k, sha=note.sha) for k in part.kept)
        damages += part.damages
    return Ledger(tuple(results), tuple(kept), tuple(damages))


def _remarks(*every: Notes) -> Iterator[str]:
    for notes in every:
        yield from (f"the note of {sha[:_SHORT]} is too large to read" for sha in notes.too_large)


def _name_unfetched(git: Git, *every: Notes) -> str:
    """Return how to fetch notes, where none are here and a remote may have some."""
    absent = [notes.ref for notes in every if not notes.tip]
    remotes = git.run("remote").decode("utf-8", "replace").split() if absent else []
    if not remotes:
        return ""
    remote = "origin" if "origin" in remotes else remotes[0]
    command = FETCH_COMMAND.format(remote=remote)
    return f"no notes under {' or '.join(absent)}; clones do not fetch them: {command}"


def read_ledger(tree: Tree) -> str | None:
    """Return the text of the ledger, None when there is none.

    Bytes that are no UTF-8 become lone surrogates, so that only their line counts as damaged.
    """
    data = tree.read_bytes(LEDGER_PATH, limit=LEDGER_LIMIT)
    return None if data is None else data.decode("utf-8", "surrogateescape")


class History(Struct, frozen=True):
    """A history with its outcomes.

    `records` stand newest first and know their addresses. `damages` are the lines of results
    that cannot be read; `remarks` say in whole sentences what could not be looked at.
    """

    target: Target
    records: Sequence[Record]
    outcomes: Outcomes
    written: Written
    damages: tuple[Damage, ...] = ()
    remarks: tuple[str, ...] = ()


def read_history(
    world: World,
    policy: Policy,
    today: date,
    options: AuditOptions | None = None,
    *,
    keeps_words: bool = False,
) -> History:
    """Return a history and its outcomes on a day; with `keeps_words` records hold the answers.

    Of the options those count that say which changes are read and how. Raises InputError
    without a repository or a commit, UndecidedError when the clone is shallow or git fails.
    """
    options = options or AuditOptions()
    target = replace(find_target(world, policy, options, today), keeps_words=keeps_words)
    written = read_written(target.git, find_tree(world, target))
    records, notes = _read_records(target, options, written)
    linked = with_links(records, target.links, named=True)
    outcomes, damages = find_outcomes(target, linked, written)
    remarks = [*notes, *written.remarks, *_name_read(written, records), *outcomes.notes]
    remarks += name_dangling(target, linked)
    if outcomes.outcomes and written.unfetched:  # without a plan nobody waits for a result
        remarks.append(written.unfetched)
    if not records:
        remarks.append(name_empty(options))
    return History(target, linked, outcomes, written, damages, tuple(remarks))


def _name_read(written: Written, records: Sequence[Record]) -> Iterator[str]:
    """Yield how many descriptions came from the forge, where an import was made."""
    if written.descriptions is None:
        return
    yield from written.descriptions.notes
    read = len({record.identity for record in records if record.described})
    blind = sum(record.is_blind for record in records)
    more = f"; {blind} are still blind" if blind else ""
    yield f"descriptions read from the forge: {read}{more}"


def find_outcomes(
    target: Target, records: Sequence[Record], written: Written
) -> tuple[Outcomes, tuple[Damage, ...]]:
    """Return the outcomes of records, newest first, and the results that cannot be read.

    What was recorded behind the walk counts as well: a range may end where its results begin.
    Where the walk passes changes by, a result that fits none of it is no mistake.
    """
    deep = target.unit is Unit.FIRST_PARENT and not target.within
    span = _search_span(target, records)
    config = target.policy.config
    tags = () if config.release_environment else config.release_tags
    inputs, damages = gather_inputs(target.git, span, records, written, deep=deep, tags=tags)
    notes: tuple[str, ...] = ()
    if environment := config.release_environment:
        from whygate.history.deployments import find_deployed  # noqa: PLC0415  (few teams ask)

        waiting = find_waiting(records)
        releases, notes = find_deployed(target.git, waiting, environment, target.today)
        inputs = replace(inputs, releases=releases)
    found = replace(collect_outcomes(records, target.policy, target.today, inputs), notes=notes)
    is_part = target.span.base is not None or bool(target.within)
    return (replace(found, unmatched=()) if is_part else found), damages


def find_tree(world: World, target: Target) -> Tree:
    """Return where the ledger is read: the checked-out files, in a bare repository the tip.

    Of a partial clone only those files can be read that were fetched by name.
    """
    if isinstance(world.tree, Snapshot):
        return world.tree
    if world.root is None:
        return CommitTree(target.git, target.span.tip)
    files = world.files
    return Worktree(world.root) if files is None or isinstance(files, Path) else files


def _search_span(target: Target, records: Sequence[Record]) -> Range:
    """Return the commits that may say what came of a plan.

    They reach from the oldest change with a plan, which a result never goes before, to the head
    where that goes on from the walk.
    """
    planned = (record.sha for record in reversed(records) if record.plans or record.shares)
    base, git, tip = next(planned, target.span.base), target.git, target.span.tip
    try:
        head = git.resolve("HEAD")
    except InputError:  # nothing is checked out yet
        head = tip
    follows = head != tip and git.merge_base(tip, head) == tip
    return Range(base, head if follows else tip)


def name_dangling(target: Target, records: Sequence[Record]) -> tuple[str, ...]:
    """Return in a sentence which changes are covered by a plan that the history does not hold.

    Of a part of a history nobody can tell: the plan may stand in the rest.
    """
    if target.span.base is not None or target.within:
        return ()
    directory, bets = Directory(records), target.policy.bets or {}
    lost = [
        f"{record.identity} by {record.shares}"
        for record in records
        if names_change(record.shares)
        and record.shares not in bets
        and not any(r.plans or r.shares in bets for r in directory.find(record.shares))
    ]
    if not lost:
        return ()
    more = f" and {len(lost) - _MOST_NAMED} more" if len(lost) > _MOST_NAMED else ""
    named = ", ".join(lost[:_MOST_NAMED])
    return (f"covered by a plan that stands nowhere in this history: {named}{more}",)


def _read_records(
    target: Target, options: AuditOptions, written: Written
) -> tuple[list[Record], tuple[str, ...]]:
    """Return all records, and what is to be said of the cache."""
    cache = open_cache(target) if options.cache else None
    batches = read_records(target, written, cache, jobs=options.jobs)
    records = [record for batch in batches for record in batch]
    if cache is None:
        return records, ()
    cache.close()
    return records, tuple(cache.notes)


def read_areas(git: Git, shas: Sequence[str], find_area: FindArea) -> dict[str, str]:
    """Return the area of each change by its hash, with one git process for thousands of them.

    The paths of all changes of a history are slow to read; those of the few that have a plan
    are not. Raises UndecidedError when git fails.
    """
    return {
        entry.sha.decode("ascii"): find_area(read_paths(entry))
        for start in range(0, len(shas), _AT_ONCE)
        for batch in read_log(git, shas[start : start + _AT_ONCE], first_parent=False, rows=NAMES)
        for entry in batch
    }


def with_areas(target: Target, found: Outcomes) -> Outcomes:
    """Return outcomes whose newest change knows its area: the code owners, or the first directory.

    Raises UndecidedError when git fails.
    """
    shas = tuple(dict.fromkeys(o.changes[0].sha for o in found.outcomes if o.changes))
    if not shas:
        return found
    owners = read_codeowners(target.git, target.span.tip)
    areas = read_areas(target.git, shas, area_finder(owners))
    return Outcomes(tuple(_with_area(o, areas) for o in found.outcomes), found.unmatched)


def name_trouble(unmatched: Sequence[Result], damages: Sequence[Damage]) -> Iterator[str]:
    """Yield a sentence for each result that counts for nothing: it cannot be read, or fits none."""
    sentences = [f"{d.path}:{d.line}: {d.message}" for d in damages]
    sentences += [
        f"{r.path}:{r.line}: the result `{r.state}` of `{r.change}` fits no plan of this history"
        for r in unmatched
    ]
    yield from sentences[:_SHOWN]
    if len(sentences) > _SHOWN:
        yield f"{len(sentences) - _SHOWN} more results count for nothing; `whygate due` lists them"


def _with_area(outcome: Outcome, areas: Mapping[str, str]) -> Outcome:
    known = (replace(c, area=areas.get(c.sha, c.area)) for c in outcome.changes)
    return replace(outcome, changes=tuple(known))
