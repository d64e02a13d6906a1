"""The words of whygate as frozen values: change, statement, context, finding, verdict."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date


class Severity(StrEnum):
    """How much a finding weighs; only `error` fails a check."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    OFF = "off"

    @property
    def rank(self) -> int:
        """Return 3 for error down to 0 for off, so that severities can be compared."""
        return _RANKS[self.value]


_RANKS = {"error": 3, "warning": 2, "info": 1, "off": 0}


class Form(StrEnum):
    """The written form a statement was read from."""

    BLOCK = "block"
    TRAILER = "trailer"
    SECTION = "section"
    NOTE = "note"
    BET = "bet"
    DEFAULT = "default"


class Origin(StrEnum):
    """Where one text of a change comes from."""

    DESCRIPTION = "description"
    MESSAGE = "message"
    COMMIT = "commit"
    NOTE = "note"
    BET = "bet"
    ISSUE = "issue"


class Location(Struct, frozen=True, order=True, gc=False):
    """A place in a text; `line` and `column` count from 1, `column` in characters."""

    path: str
    line: int = 1
    column: int = 1


class Prose(Struct, frozen=True, gc=False):
    """A piece of Markdown as a reader sees it.

    `text` is the visible text: comments, images, tags, quotations, fenced code and unticked boxes
    set aside, entities decoded, Unicode NFC, invisible filler dropped, white space folded.
    `unlinked` is the same without the links and bare URLs in it.
    """

    text: str = ""
    unlinked: str = ""
    images: int = 0
    links: int = 0
    ticked: int = 0
    unticked: int = 0
    fences: int = 0
    quotes: int = 0


class Part(Struct, frozen=True):
    """One text of a change: its description, its message, or the message of one commit.

    `lines` maps each line of `text` to its line in the file (None: the same). `removed` holds
    the (line, text) pairs that git's cleanup takes away before the text becomes a message, and
    `source` the text of the file where that is another one.
    """

    origin: Origin
    path: str
    text: str
    lines: tuple[int, ...] | None = None
    removed: tuple[tuple[int, str], ...] = ()
    source: str = ""

    def line_in_file(self, line: int) -> int:
        """Return the line of the file for a line of `text`, both counted from 1."""
        if self.lines is None or not self.lines:
            return line
        return self.lines[min(line, len(self.lines)) - 1]


class Author(Struct, frozen=True):
    """Who wrote a change. `login` and `is_bot` are known only from the forge's own record."""

    name: str = ""
    mail: str = ""
    login: str = ""
    is_bot: bool = False


class Change(Struct, frozen=True):
    """What is judged: a pull request, a commit, or the commits of a branch taken together.

    `parts` stand in merge order, the strongest first. `day` is the reference day for relative
    dates and for "in the past" (a pull request: today; history: the committer date).
    `paths`, `lines_changed` and `parents` are None when nobody knows them. `unread` counts the
    commits whose messages were too much to read; `proven_labels` are those of `labels` that the
    forge says a maintainer set, as far as it was asked.
    """

    identity: str
    title: str
    parts: tuple[Part, ...]
    author: Author = Author()
    labels: tuple[str, ...] = ()
    branch: str = ""
    paths: tuple[str, ...] | None = None
    lines_changed: int | None = None
    day: date | None = None
    parents: int | None = None
    is_draft: bool = False
    unread: int = 0
    proven_labels: tuple[str, ...] = ()

    @property
    def is_pull_request(self) -> bool:
        """Tell whether the change is written as a description, not as a commit message."""
        return bool(self.parts) and self.parts[0].origin is Origin.DESCRIPTION


class Statement(Struct, frozen=True, dict=True):
    """One answer of the author: a field's text and where it stands.

    What it amounts to is found once, and asked for by most rules (hence `dict`).

    `field` is a dotted name (`problem`, `measurement.target`), `raw` the text as written,
    `label` the heading or key it was found under. `is_template` tells that a template's own
    lines were set aside and nothing of the author's is left.
    """

    field: str
    raw: str
    prose: Prose
    location: Location
    form: Form
    origin: Origin
    label: str = ""
    is_template: bool = False

    @property
    def text(self) -> str:
        """Return the visible text."""
        return self.prose.text


class Item(Struct, frozen=True):
    """One entry of an items field such as `measurement`.

    `parts` holds the single answers by dotted field name, `lists` those that may repeat
    (`measurement.guardrail`), `prose` the whole text of the section it was read from.
    """

    parts: Mapping[str, Statement] = field(default_factory=dict)
    lists: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)
    prose: Statement | None = None

    def statements(self) -> Iterator[Statement]:
        """Yield every statement of the entry, its prose excepted."""
        yield from self.parts.values()
        for entries in self.lists.values():
            yield from entries


class Remark(Struct, frozen=True):
    """Something seen while reading that a rule may judge (a near miss, a broken block)."""

    kind: str
    location: Location
    field: str = ""
    label: str = ""
    detail: str = ""


class Context(Struct, frozen=True):
    """The document a change carries: the winning statement per field.

    `fields` holds single values, `items` the list fields. `others` holds the statements that
    lost against a stronger source, in order; `remarks` what the reader noticed on the way.
    """

    fields: Mapping[str, Statement] = field(default_factory=dict)
    items: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)
    lists: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)
    others: tuple[Statement, ...] = ()
    remarks: tuple[Remark, ...] = ()

    def statements(self) -> Iterator[Statement]:
        """Yield every winning statement: fields first, then lists, then the items' parts."""
        yield from self.fields.values()
        for entries in self.lists.values():
            yield from entries
        for group in self.items.values():
            for item in group:
                yield from item.statements()


class Exemption(Struct, frozen=True):
    """Why a change need not carry some fields: a written class, or a policy such as a bot."""

    name: str
    reason: str
    location: Location | None = None
    excuses: tuple[str, ...] = ()


class Waiver(Struct, frozen=True):
    """A maintainer's word that a change may pass: who gave it, to what day included, and why."""

    by: str
    until: date
    reason: str

    def __str__(self) -> str:
        """Return it in one line, as every report shows it."""
        return f"{self.by} until {self.until}: {self.reason}"


class Edit(Struct, frozen=True, gc=False):
    """A mend that is certain: a piece of one line of a text, and what to write in its place.

    `start` and `end` count the characters (code points) of the file's text from 0, a byte order
    mark left out and a Windows line end as two; `end` is behind the piece. `location` is its
    place by line and column, `old` the piece as it stands.
    """

    location: Location
    start: int
    end: int
    old: str
    new: str


class Finding(Struct, frozen=True):
    """One judgement of one rule: a sentence, the question behind it, a line to paste.

    `edit` mends it, where only one mend is possible.
    """

    rule: str
    name: str
    severity: Severity
    message: str
    location: Location
    field: str = ""
    question: str = ""
    paste: str = ""
    reason: str = ""
    edit: Edit | None = None


class Status(StrEnum):
    """The state of a verdict."""

    OK = "ok"
    FAILED = "failed"
    EXEMPT = "exempt"
    SKIPPED = "skipped"


class KindDecision(Struct, frozen=True):
    """The kind of a change, and what decided it (title, label, branch, paths, default...).

    `claimed` is a kind that the author named and that the paths contradict, `doubt` the file that
    contradicts it; where `claimed` is `name`, it was taken all the same. `note` says in one
    sentence why a change that names no kind is asked, and how to say otherwise.
    """

    name: str
    source: str
    claimed: str = ""
    doubt: str = ""
    note: str = ""


class Verdict(Struct, frozen=True):
    """The whole judgement of one change; `waiver` is the one that lets it pass, if any."""

    change: Change
    kind: KindDecision
    status: Status
    context: Context
    findings: tuple[Finding, ...] = ()
    suppressed: tuple[Finding, ...] = ()
    exemption: Exemption | None = None
    waiver: Waiver | None = None

    @property
    def ok(self) -> bool:
        """Tell whether the change may pass: no finding of severity error."""
        return self.status is not Status.FAILED
