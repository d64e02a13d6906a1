"""The record of one commit: its verdict, what it answers, and what it tells of outcomes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from whygate.audit.record import BLIND, EDITED, MISSING, READ, Record, read_state, read_words
from whygate.context.extract import extract_context
from whygate.context.fill import find_answers
from whygate.git.log import read_paths
from whygate.history.glance import Glance
from whygate.judge.check import check, waive
from whygate.model import Change, Context, KindDecision, Origin, Part
from whygate.outcomes.collect import find_moved
from whygate.outcomes.names import read_reverts
from whygate.outcomes.promises import Carrier, find_change_id, find_shared, read_promises
from whygate.outcomes.trailers import read_results
from whygate.policy.kinds import decide_kind, kind_of_title, shows_no_type
from whygate.schema.fields import EXEMPT
from whygate.text.agents import is_agent, tells_agent
from whygate.text.commit import MESSAGE_LIMIT, lacks_description, name_change, utc_day
from whygate.text.message import decode, is_merge_subject, is_revert, split_subject
from whygate.text.titles import undecorate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from whygate.git.log import LoggedCommit
    from whygate.history.requests import Descriptions, Held
    from whygate.outcomes.ledger import Kept
    from whygate.outcomes.promises import Promise
    from whygate.outcomes.result import Result
    from whygate.policy.policy import Policy

_TITLE_LIMIT = 4096
_LONGEST_LABEL = 80
_BOT = b"[bot]"
_SHORT = 12
_DAY = 10  # characters of a time that name its day
# One line of ASCII, then the end or a blank line and a body. A merge may have its title in there.
_ORDINARY = re.compile(
    rb"(?!Merge pull request |Merged |Auto merge of #|Pull request #)"
    rb"([!-~](?:[ -~]*[!-~])?) *(?:\n?\Z|\n(\n)[ \t\n]*[!-~])"
)
_SEE_REQUEST = b"\nSee merge request "
_REVERTED = b"This reverts commit "
# Subjects that say more than their first words show: see `whygate.text.message`.
_SPECIAL = ("fixup!", "squash!", "amend!")
_REVERTS = ("Revert", "Reapply", "Back out")
_MERGE_STARTS = ("Merge", "Auto merge of #")
_STARTS = (*_SPECIAL, *(start.partition(" ")[0] for start in (*_REVERTS, *_MERGE_STARTS)))
# What a title is about, without digits, which may be a ticket's.
_COMPONENT = re.compile(r"[A-Za-z][A-Za-z_./@-]*:\Z")
_PARTS = re.compile(r"[_./@]")
_JOINS = (",", "/", "&", "+", "|")  # between two types of one title
_MOST_WORDS = 1 << 14

Weight = tuple[str, str, tuple[tuple[str, str], ...]]
_MESSAGES = (Origin.MESSAGE, Origin.COMMIT)
_OWN = (Origin.MESSAGE,)  # of the commit itself
REVERT = "revert"
# A fixup goes into another commit, and nobody looks at what a bot promises.
_PLANLESS = ("bot", "fixup")


class Recorder:
    """Judges the commits of one history by one policy.

    `today` is the reference day of a commit whose date cannot be read; `to_change` makes the
    change of an entry, `find_area` names the area of its paths. `kept` holds by full hash the
    contexts that were kept when changes were merged, `descriptions` what was imported of requests.
    With `keeps_words` a record holds the answers themselves.
    """

    def __init__(  # noqa: PLR0913 - what a reading depends on
        self,
        policy: Policy,
        today: date,
        to_change: Callable[[LoggedCommit], Change],
        *,
        find_area: Callable[[tuple[str, ...]], str] | None = None,
        kept: Mapping[str, Kept] | None = None,
        keeps_words: bool = False,
        descriptions: Descriptions | None = None,
    ) -> None:
        self.policy = policy
        self.today = today
        self._to_change = to_change
        self._find_area = find_area
        self._kept = kept or {}
        self._keeps_words = keeps_words
        self._descriptions = descriptions
        self._glance = Glance(policy.schema)
        self._bots = frozenset(name.encode() for name in policy.config.exempt_bots)
        config = policy.config
        self._minds_paths = bool(config.exempt_paths) or any(o.paths for o in config.overrides)
        self._weights: dict[tuple[str, str, bool], Weight] = {}
        self._default = KindDecision(config.default_kind, "default")
        self._believes = config.skips_unproven
        self._plain: dict[str, bool] = {}
        self._people: dict[tuple[bytes, bytes], tuple[str, bool, bool]] = {}

    def says_nothing(self, message: bytes) -> bool:
        """Tell whether a message says nothing that a verdict could rest on."""
        return self._glance.says_nothing(message)

    def glance(self, entry: LoggedCommit) -> Record | None:
        """Return the record of a commit that says nothing, None when it must be read.

        It is the record that `read` would return.
        """
        raw_sha, parents, _, _, seconds, _, message, rows, brought = entry
        author, is_bot, _ = self._author_of(entry)
        if brought or len(message) > MESSAGE_LIMIT or (is_bot and b" " not in parents):
            return None
        if rows is not None and self._minds_paths:
            return None
        if not self._glance.says_nothing(message):
            return None
        sha = raw_sha.decode("ascii")
        if sha in self._kept:
            return None
        identity, title, is_blind = _name(message, sha)
        described = ""
        if self._descriptions and (held := self._descriptions.find(sha, identity)) is not None:
            if not self._is_silent(held):
                return None
            request = held.request
            identity, is_blind = request.identity, False
            described = EDITED if request.is_edited_later else READ
            if b" " in parents:
                title = request.title or title
                author = f"@{request.author.login}" if request.author.login else author
        decided = self._kind_of(title, entry)
        if decided is None or decided.name == REVERT:  # whose reason may be any line of prose
            return None
        kind = decided.name
        weight = self._weights.get((kind, decided.claimed, is_blind))
        if weight is None:
            record = self.read(entry)
            known = (record.state, record.reason, record.rules)
            self._weights[kind, decided.claimed, is_blind] = known
            return record
        state, reason, rules = weight
        day = utc_day(seconds)
        area = self._find_area(read_paths(entry)) if self._find_area is not None else ""
        record = Record(
            *(identity, sha, title, day, author, kind, state, reason, (), (), rules, area),
            described=described,
        )
        return replace(record, by_agent=True) if self._by_agent(entry) else record

    def _is_silent(self, held: Held) -> bool:
        """Tell whether nothing of an imported request can change the verdict on its commit."""
        request = held.request
        if request.labels or request.author.is_bot:
            return False
        if request.issues and self.policy.config.linked_issues:
            return False
        body = request.body.encode("utf-8", "replace")
        if len(body) > MESSAGE_LIMIT or tells_agent(body):
            return False
        return self._glance.says_nothing(b"-\n\n" + body)

    def is_fleeting(self, entry: LoggedCommit) -> bool:
        """Tell whether the record of a commit rests on more than the commit and the policy."""
        sha = entry.sha.decode("ascii")
        if entry.brought or sha in self._kept:
            return True
        if self._descriptions is None:
            return False
        return (sha, _name(entry.message, sha)[0]) in self._descriptions

    def read(self, entry: LoggedCommit) -> Record:
        """Return the record of a commit after reading all of it, unless it is too large."""
        if len(entry.message) > MESSAGE_LIMIT:
            return self._too_large(entry)
        return self.judge(self._to_change(entry), entry)

    def judge(self, change: Change, entry: LoggedCommit) -> Record:
        """Return the record of a change made of an entry, and perhaps of more than it.

        An author whose name or mail is that of a configured bot, or ends as that of every app of
        GitHub's (`x[bot]`), is counted as one: a history has no better witness.
        """
        sha = entry.sha.decode("ascii")
        held = self._descriptions.find(sha, change.identity) if self._descriptions else None
        if held is not None:
            if len(held.request.body) > MESSAGE_LIMIT:
                return self._too_large(entry)
            change = with_description(change, held, self.policy)
        if self._is_bot(entry) or change.author.is_bot:
            decided = decide_kind(change, None, self.policy.config, believe=True)
            record = self._record(change, entry, decided.name, "skipped", "bot")
            return tell_outcomes(record, change, None)
        kept = self._kept.get(sha)
        change = with_kept(change, kept)
        policy = self.policy
        said = change
        if held is not None and self._glance.says_nothing(entry.message):
            said = replace(change, parts=tuple(p for p in change.parts if p.origin not in _OWN))
        context = extract_context(said, policy.schema, template=policy.template, bets=policy.bets)
        verdict = check(change, policy, self.today, context=context, look_up=_look_later)
        if kept is not None and kept.waiver is not None:
            verdict = waive(verdict, kept.waiver)
        state, reason = read_state(verdict, policy)
        answers = tuple(find_answers(verdict.context))
        is_unread = held is None and state == MISSING and not answers
        if is_unread and lacks_description(decode(entry.message)):
            return self._record(change, entry, verdict.kind.name, BLIND, "")
        record = replace(
            self._record(change, entry, verdict.kind.name, state, reason),
            answers=tuple((name, statement.label[:_LONGEST_LABEL]) for name, statement in answers),
            origins=tuple(str(statement.origin) for _, statement in answers),
            forms=tuple(sorted({str(statement.form) for _, statement in answers})),
            rules=tuple(sorted({(f.rule, str(f.severity)) for f in verdict.findings})),
            waiver=str(verdict.waiver or ""),
            said=tuple(read_words(verdict.context, policy.schema)) if self._keeps_words else (),
        )
        if held is None:
            return tell_outcomes(record, change, verdict.context)
        record = replace(record, described=EDITED if held.request.is_edited_later else READ)
        told = tell_outcomes(record, change, verdict.context)
        return self._with_moves(told, change, held) if held.request.is_edited_later else told

    def _with_moves(self, record: Record, change: Change, held: Held) -> Record:
        """Return a record with the plans of the merge, where the text was edited since (WG604).

        They are those of a kept note, of the description as an earlier import saw it, or of the
        message. Without any of them there is nothing to compare with.
        """
        if not record.plans:
            return record
        edited = held.request.edited[:_DAY]
        kept = self._kept.get(record.sha)
        message = tuple(part for part in change.parts if part.origin in _MESSAGES)
        before = [Part(Origin.DESCRIPTION, _place_of(held), held.before)] * bool(held.before)
        then = with_kept(replace(change, parts=(*message, *before)), kept)
        now = tuple(part for part in change.parts if part.origin is Origin.DESCRIPTION)
        plans = self._plans(record, then)
        later = self._plans(record, replace(change, parts=now))
        if not plans or not later:
            return record
        where = f"the description, edited on {edited}"
        moved = tuple(
            tuple(find_moved(old, new, where)) for old, new in zip(plans, later, strict=False)
        )
        return replace(record, plans=plans, moved=moved)

    def _plans(self, record: Record, change: Change) -> tuple[Promise, ...]:
        policy = self.policy
        context = extract_context(change, policy.schema, template=policy.template, bets=policy.bets)
        return read_promises(context, _carrier(record, change)) if _may_plan(context) else ()

    def _record(
        self, change: Change, entry: LoggedCommit, kind: str, state: str, reason: str
    ) -> Record:
        return Record(
            identity=change.identity,
            sha=entry.sha.decode("ascii"),
            title=change.title,
            day=change.day,
            author=self._name_author(change, entry),
            kind=kind,
            state=state,
            reason=reason,
            area=self._find_area(change.paths or ()) if self._find_area is not None else "",
            by_agent=self._by_agent(entry) or any(tells_agent(text) for text in _texts(change)),
        )

    def _by_agent(self, entry: LoggedCommit) -> bool:
        return tells_agent(entry.message) or self._author_of(entry)[2]

    def _too_large(self, entry: LoggedCommit) -> Record:
        head = entry._replace(message=entry.message[:_TITLE_LIMIT])
        change = self._to_change(head)
        kind = decide_kind(change, None, self.policy.config).name
        return self._record(change, head, kind, "skipped", "too large")

    def _is_bot(self, entry: LoggedCommit) -> bool:
        """Tell whether a bot's name wrote a commit; a merge is named after whoever merged it."""
        return self._author_of(entry)[1] and b" " not in entry.parents

    def _name_author(self, change: Change, entry: LoggedCommit) -> str:
        """Return who wrote a change; the commit of a merge is its merger's."""
        login = change.author.login
        return f"@{login}" if login and b" " in entry.parents else self._author_of(entry)[0]

    def _kind_of(self, title: str, entry: LoggedCommit) -> KindDecision | None:
        """Return the kind of a commit that says nothing, None when the title cannot tell."""
        name = ""
        if (is_reverting := _REVERTED in entry.message) or not self._is_plain_title(title):
            if title.startswith(_SPECIAL):
                return None
            perhaps = is_reverting or title.startswith(_REVERTS)
            if perhaps and is_revert(title, decode(entry.message)):
                return KindDecision(REVERT, "title")
            may_revert = not title.isascii() or any(verb in title for verb in _REVERTS)
            if may_revert and is_revert(undecorate(title), ""):
                return KindDecision(REVERT, "title")
            if title.startswith(_MERGE_STARTS) and is_merge_subject(title):
                return KindDecision("merge", "title") if b" " in entry.parents else None
            name = kind_of_title(title, self.policy.config)
        if entry.rows is not None or (name and not self._believes):
            paths = read_paths(entry) if entry.rows is not None else None
            change = Change("", title, (), paths=paths, parents=1)
            return decide_kind(change, None, self.policy.config)
        return KindDecision(name, "title") if name else self._default

    def _is_plain_title(self, title: str) -> bool:
        """Tell whether a title begins as `Add rows` or `db/rows: add one`, and so shows no type."""
        word, _, rest = title.partition(" ")
        if word[-1:] == ":" and self._is_plain(word):
            word, _, rest = rest.partition(" ")
        return self._is_plain(word) and word[-1:] != ":" and rest[:1] not in _JOINS

    def _is_plain(self, word: str) -> bool:
        """Tell whether nothing behind the first word of a title can make it a special one.

        Of a component, which ends in a colon, that holds for each of its parts.
        """
        known = self._plain.get(word)
        if known is None:
            config = self.policy.config
            is_component = _COMPONENT.match(word) is not None
            parts = _PARTS.split(word[:-1]) if is_component else [word]
            heads = (part.partition("-")[0] for part in parts)
            # `Re-add` is a word; `PAY-12` is a ticket, behind which a type may stand.
            is_word = is_component or word.replace("-", "").isalpha()
            known = (
                is_word
                and not word.startswith(_STARTS)
                and all(
                    shows_no_type(head, config) and part.lower() not in config.kind_types
                    for head, part in zip(heads, parts, strict=True)
                )
            )
            if len(self._plain) < _MOST_WORDS:
                self._plain[word] = known
        return known

    def _author_of(self, entry: LoggedCommit) -> tuple[str, bool, bool]:
        """Return `Name <mail>` of an entry's author; whether it is a bot, and a coding agent."""
        key = entry.author_name, entry.author_mail
        known = self._people.get(key)
        if known is None:
            name, mail = (part.decode("utf-8", "replace") for part in key)
            person = f"{name} <{mail}>" if mail else name
            is_bot = not self._bots.isdisjoint(key) or _calls_itself_bot(*key)
            known = self._people[key] = person, is_bot, is_agent(person.encode())
        return known


def _look_later(_: str) -> str:
    """Take a plan of another change for one: see `name_dangling`, once all changes are read."""
    return ""


def _calls_itself_bot(name: bytes, mail: bytes) -> bool:
    """Tell whether an author has the name of an app of GitHub's, which no person can have there."""
    return name.endswith(_BOT) or _BOT + b"@" in mail


def _name(message: bytes, sha: str) -> tuple[str, str, bool]:
    """Return what `name_change` says of a message, and `lacks_description`."""
    ordinary = _ORDINARY.match(message)
    is_numbered = ordinary is not None and ordinary[1].endswith(b")")
    if ordinary is None or _SEE_REQUEST in message or (is_numbered and ordinary[2]):
        text = decode(message)
        identity, title = name_change(*split_subject(text), sha)
        return identity, title, lacks_description(text)
    title = ordinary[1].decode("ascii")
    if not is_numbered:
        return sha[:_SHORT], title, False
    return name_change(title, "", sha)[0], title, lacks_description(title)


def tell_outcomes(record: Record, change: Change, context: Context | None) -> Record:
    """Return the record with what its texts say of outcomes.

    `context` is None when nothing of the change was read but its messages.
    """
    results = tuple(_results(change))
    if record.kind == REVERT:
        said = (p.text for p in change.parts[:1])
        described = (p.text for p in change.parts if p.origin is Origin.DESCRIPTION)
        reverts = read_reverts(change.title, "\n\n".join(dict.fromkeys((*said, *described))))
        return replace(record, results=results, reverts=reverts)
    if context is None or record.reason in _PLANLESS:
        return replace(record, results=results) if results else record
    plans = read_promises(context, _carrier(record, change)) if _may_plan(context) else ()
    if record.by_agent:
        plans = tuple(replace(plan, by_agent=True) for plan in plans)
    return replace(record, results=results, plans=plans, shares=find_shared(context))


def with_kept(change: Change, kept: Kept | None) -> Change:
    """Return a change with the context that was kept of it at its merge, which is the strongest."""
    if kept is None:
        return change
    return replace(change, parts=(*change.parts, Part(Origin.NOTE, kept.path, kept.text)))


def with_description(change: Change, held: Held, policy: Policy) -> Change:
    """Return a change with what the forge knows of its request: text, labels, author, issues.

    Its title is the request's where a merge has no better one. Issues count unless the policy says
    otherwise.
    """
    request = held.request
    parts = [*change.parts, Part(Origin.DESCRIPTION, _place_of(held), request.body)]
    if policy.config.linked_issues:
        parts += (
            Part(Origin.ISSUE, f"issue #{issue.number} on the forge", issue.body)
            for issue in request.issues
        )
    is_merge = change.parents is not None and change.parents > 1
    return replace(
        change,
        identity=request.identity,
        title=request.title if is_merge and request.title else change.title,
        parts=tuple(parts),
        labels=request.labels,
        author=request.author if request.author.login else change.author,
    )


def _place_of(held: Held) -> str:
    return f"{held.request.identity} on the forge"


def _may_plan(context: Context) -> bool:
    return bool(context.items) or EXEMPT in context.fields


def _texts(change: Change) -> Iterator[bytes]:
    """Yield the texts of a change that are no message of git's, which was looked at by itself."""
    for part in change.parts:
        if part.origin not in (*_MESSAGES, Origin.ISSUE):
            yield part.text.encode("utf-8", "replace")


def _results(change: Change) -> Iterator[Result]:
    for part in change.parts:
        if part.origin in _MESSAGES:
            yield from read_results(part.text.encode("utf-8", "replace"), part.path, change.day)


def _carrier(record: Record, change: Change) -> Carrier:
    change_id = find_change_id(change)
    is_request = record.identity.startswith(("#", "!"))
    return Carrier(
        identity=change_id if change_id and not is_request else record.identity,
        sha=record.sha,
        title=record.title,
        merged=record.day,
        kind=record.kind,
        author=record.author,
        names=(change_id,) if change_id else (),
    )
