"""Gather what a repository knows of results and kept plans, wherever it is written."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from whygate.git.log import read_entries
from whygate.git.notes import (
    CONTEXT_REF,
    FETCH_COMMAND,
    RESULTS_REF,
    Notes,
    read_notes,
)
from whygate.git.objects import read_objects
from whygate.outcomes.collect import Evidence, find_first_changes
from whygate.outcomes.event import Damage, Kept
from whygate.outcomes.ledger import LEDGER_PATH, Ledger, parse_ledger, read_lines
from whygate.outcomes.result import Source
from whygate.outcomes.reverts import Revert, read_reverts
from whygate.outcomes.trailers import FOR, find_complaints, read_results
from whygate.text.commit import name_change, utc_day
from whygate.text.message import decode, is_revert, split_subject
from whygate.world.worktree import BETS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from whygate.git.entry import Entry
    from whygate.git.git import Git
    from whygate.git.log import Range
    from whygate.git.tree import Tree
    from whygate.outcomes.directory import Told
    from whygate.outcomes.result import Result

_BET_LIMIT = 256 * 1024
LEDGER_LIMIT = 64 << 20  # bytes
_SHORT = 12
_PATTERNS = (f"^{FOR}:", "^This reverts commit ")


class Written(Struct, frozen=True):
    """What is written beside the commits: the ledger and the notes.

    `kept` holds the context of a change by the full hash of its commit; `results` those of the
    ledger and the notes; `damages` the lines that were set aside; `remarks` say in whole
    sentences what could not be looked at. `key` changes whenever `kept` does.
    """

    kept: Mapping[str, Kept] = field(default_factory=dict)
    results: tuple[Result, ...] = ()
    damages: tuple[Damage, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return what names the kept contexts in a cache, empty without any."""
        if not self.kept:
            return ""
        listed = sorted((k.sha, k.path, k.text) for k in self.kept.values())
        return sha256(repr(listed).encode("utf-8", "surrogatepass")).hexdigest()


def read_written(git: Git, tree: Tree | None) -> Written:
    """Return what the ledger in `tree` and the notes of a repository say.

    Of two contexts kept of one commit the note's counts. Raises UndecidedError when git fails,
    InputError when the ledger is no plain file, too large, or leads out of the repository.
    """
    ledger = parse_ledger((read_ledger(tree) if tree is not None else None) or "")
    contexts, results = read_notes(git, CONTEXT_REF), read_notes(git, RESULTS_REF)
    noted = [_read_note_lines(notes) for notes in (contexts, results)]
    kept = {known.sha: known for part in (ledger, *noted) for known in part.kept}
    return Written(
        kept=kept,
        results=(*ledger.results, *(r for part in noted for r in part.results)),
        damages=(*ledger.damages, *(d for part in noted for d in part.damages)),
        remarks=tuple(_remarks(contexts, results)),
    )


def gather_evidence(
    git: Git, span: Range, records: Sequence[Told], written: Written, *, deep: bool
) -> tuple[Evidence, tuple[Damage, ...]]:
    """Return the evidence for the outcomes of a walk, and what of it cannot be read.

    With `deep` the commits that the walk passed by are searched for results and reverts: a
    branch that was merged brings them in. The files of bets are read as they were when the
    first of their changes was merged. Raises UndecidedError when git fails.
    """
    found = _search(git, span, {record.sha for record in records}) if deep else _Found()
    evidence = Evidence(
        results=(*found.results, *written.results),
        reverts=tuple(found.reverts),
        bets_then=_read_bets_then(git, records),
    )
    return evidence, (*written.damages, *found.damages)


class _Found(Struct):
    results: list[Result] = field(default_factory=list)
    reverts: list[Revert] = field(default_factory=list)
    damages: list[Damage] = field(default_factory=list)


def _search(git: Git, span: Range, known: set[str]) -> _Found:
    found = _Found()
    entries = read_entries(git, span, first_parent=False, grep=_PATTERNS)
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


def _read_revert(entry: Entry, sha: str) -> list[Revert]:
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


def _remarks(*every: Notes) -> list[str]:
    absent = [notes.ref for notes in every if not notes.tip]
    remarks = []
    if absent:
        where = " or ".join(absent)
        remarks.append(f"no notes under {where}; clones do not fetch them: {FETCH_COMMAND}")
    for notes in every:
        remarks += (f"the note of {sha[:_SHORT]} is too large to read" for sha in notes.too_large)
    return remarks


def read_ledger(tree: Tree) -> str | None:
    """Return the text of the ledger, None when there is none.

    Bytes that are no UTF-8 become lone surrogates, so that only their line counts as damaged.
    """
    data = tree.read_bytes(LEDGER_PATH, limit=LEDGER_LIMIT)
    return None if data is None else data.decode("utf-8", "surrogateescape")
