"""What is ours at a forge: a comment, an issue and a request to merge, each kept up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from whygate.errors import UndecidedError
from whygate.forges.port import Published
from whygate.forges.rest import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whygate.forges.port import Files, IssueText, Proposed

LIMIT = 8 << 20  # bytes of the file
_ATTEMPTS = 3
_REFUSED = (401, 403, 404)
_Done = TypeVar("_Done")


class Ours(Struct, frozen=True):
    """What is ours, and open or not: a request, an issue, or a comment, which has no title."""

    number: int
    title: str
    text: str
    is_open: bool = True


class Step(Struct, frozen=True):
    """What our branch is to hold: the file as in the default branch (None: absent), and as wanted.

    `tip` is where that branch ends, `head` where ours does, "" without one; `brought` is the file
    that our open request brings, None for none.
    """

    base: str
    tip: str
    head: str
    is_open: bool
    old: bytes | None
    brought: bytes | None
    new: bytes


class Proposals:
    """Keeps our one request; each forge says in a class of its own how it is asked.

    `hint` says what a token needs, `moved` are the statuses by which the forge refuses because
    somebody else was faster. Every method raises ApiError when the forge does not answer.
    """

    mark = "#"
    hint = ""
    moved: tuple[int, ...] = ()

    def find_base(self) -> tuple[str, str]:
        """Return the name of the default branch, and the commit at its tip."""
        raise NotImplementedError

    def find_head(self, branch: str) -> str:
        """Return the commit at the tip of our branch, "" without one."""
        raise NotImplementedError

    def find_open(self, base: str, branch: str) -> Ours | None:
        """Return the open request from our branch of this very repository, not of a fork."""
        raise NotImplementedError

    def list_changed(self, tip: str, head: str) -> tuple[Sequence[str], bool]:
        """Return the names of what our branch changes, and whether these are all."""
        raise NotImplementedError

    def files_at(self, sha: str) -> Files:
        """Return the files of a commit."""
        raise NotImplementedError

    def write(self, wanted: Proposed, step: Step) -> None:
        """Let our branch hold the new file; while a request is open it loses nobody's commit."""
        raise NotImplementedError

    def open(self, wanted: Proposed, base: str) -> int:
        """Open the request, and return its number."""
        raise NotImplementedError

    def edit(self, number: int, wanted: Proposed) -> None:
        """Give our request its title and text."""
        raise NotImplementedError

    def close(self, number: int) -> None:
        """Close our request."""
        raise NotImplementedError

    def propose(self, wanted: Proposed) -> Published:
        """Open our request or bring it up to date, and return what was done.

        The file is read from the tip of the default branch, and what is written is that file with
        the new lines behind it, so no line that somebody else adds meanwhile can be lost. Where
        somebody else was faster everything is read again. Raises ApiError when the token may not
        write, UndecidedError when the branch changes another file, which is then nobody's to take
        away.
        """
        try:
            return retry(lambda: self._propose(wanted), self.moved)
        except ApiError as error:
            if error.status in _REFUSED and not error.is_limit:
                raise ApiError(error.message, hint=self.hint, status=error.status) from None
            raise

    def _propose(self, wanted: Proposed) -> Published:
        base, tip = self.find_base()
        old = self.files_at(tip).read_bytes(wanted.path, limit=LIMIT)
        ours = self.find_open(base, wanted.branch)
        head = self.find_head(wanted.branch)
        if head:
            self._require_ours(tip, head, wanted)
        brought = None
        if ours is not None and head:
            brought = self.files_at(head).read_bytes(wanted.path, limit=LIMIT)
        new = wanted.compose(old or b"", brought)
        if new == (old or b""):
            return self._leave(ours)
        is_new = new != brought
        if is_new:
            is_open = ours is not None and bool(head)
            self.write(wanted, Step(base, tip, head, is_open, old, brought, new))
        if ours is None:
            return self._told("created", self.open(wanted, base))
        if (ours.title, plain(ours.text)) != (wanted.title, plain(wanted.text)):
            self.edit(ours.number, wanted)
            is_new = True
        return self._told("edited" if is_new else "kept", ours.number)

    def _require_ours(self, tip: str, head: str, wanted: Proposed) -> None:
        """Refuse to build on a branch, or to take one away, that changes any other file."""
        names, is_whole = self.list_changed(tip, head)
        others = [name for name in names if name != wanted.path]
        if others or not is_whole:
            named = f"`{others[0]}`" if others else "many files"
            raise UndecidedError(
                f"the branch `{wanted.branch}` changes {named}, which whygate did not propose",
                hint=f"merge or close its request, delete `{wanted.branch}`, and run this again",
            )

    def _leave(self, ours: Ours | None) -> Published:
        """Close our request when every line it brings is there already."""
        if ours is None:
            return Published("none")
        self.close(ours.number)
        return self._told("closed", ours.number)

    def _told(self, action: str, number: int) -> Published:
        return Published(action, number, self.mark)


class Comments:
    """Keeps our one comment below a request; each forge says in a class of its own how."""

    def find_ours(self, marker: str) -> Ours | None:
        """Return our comment: a stranger may copy the marker that it begins with."""
        raise NotImplementedError

    def write(self, text: str) -> None:
        """Write a comment."""
        raise NotImplementedError

    def edit(self, comment: Ours, text: str) -> None:
        """Give our comment its text."""
        raise NotImplementedError

    def keep(self, marker: str, text: str, *, done: bool) -> str:
        """Write `text` into our comment and return what was done: created, edited, kept or none.

        When all is `done` no new comment is made. Raises ApiError when the token may not comment.
        """
        body = f"{marker}\n{text}"
        ours = self.find_ours(marker)
        if ours is None:
            if done:
                return "none"
            self.write(body)
            return "created"
        if plain(ours.text) == plain(body):
            return "kept"
        self.edit(ours, body)
        return "edited"


class Issues:
    """Keeps our one issue; each forge says in a class of its own how it is asked.

    `refusals` say by a status what to do about it. Every method raises ApiError when the forge
    does not answer.
    """

    refusals: Mapping[int, str] = {}

    def find_ours(self, marker: str) -> Sequence[Ours]:
        """Return our issues, the oldest first: a stranger may copy the marker they begin with."""
        raise NotImplementedError

    def open(self, title: str, text: str) -> int:
        """Open an issue, and return its number."""
        raise NotImplementedError

    def edit(self, issue: Ours, title: str, text: str) -> None:
        """Give an issue its title and text, and open it where it is closed."""
        raise NotImplementedError

    def close(self, issue: Ours, note: str, *, wanted: tuple[str, str] | None) -> None:
        """Close an issue with a word; with the `wanted` title and text when it is done."""
        raise NotImplementedError

    def keep(self, marker: str, wanted: IssueText) -> Published:
        """Bring our issue up to date and return what was done.

        It is open as long as there is something to do; what is ours besides, which two runs at one
        time may leave, is closed. Raises ApiError when the token may not write issues,
        UndecidedError when they cannot all be looked at.
        """
        try:
            return self._keep(marker, wanted)
        except ApiError as error:
            hint = self.refusals.get(error.status, "")
            if not hint or error.is_limit:
                raise
            raise ApiError(error.message, hint=hint, status=error.status) from None

    def _keep(self, marker: str, wanted: IssueText) -> Published:
        text = f"{marker}\n{wanted.text}"
        ours = self.find_ours(marker)
        if not ours:
            if wanted.done:
                return Published("none")
            return Published("created", self.open(wanted.title, text))
        kept = ours[0]
        for double in ours[1:]:
            if double.is_open:
                self.close(double, f"The list is in #{kept.number:d}.", wanted=None)
        return self._update(kept, wanted, text)

    def _update(self, kept: Ours, wanted: IssueText, text: str) -> Published:
        if wanted.done:
            if not kept.is_open:
                return Published("none")
            self.close(kept, wanted.note, wanted=(wanted.title, text))
            return Published("closed", kept.number)
        if kept.is_open and (kept.title, plain(kept.text)) == (wanted.title, plain(text)):
            return Published("kept", kept.number)
        self.edit(kept, wanted.title, text)
        return Published("edited" if kept.is_open else "reopened", kept.number)


def append_new(old: bytes, lines: Mapping[str, str]) -> tuple[bytes, int]:
    """Return a file with those lines behind it whose key it does not hold, and how many."""
    new = [line for key, line in lines.items() if key.encode() not in old]
    start = b"\n" if new and old and not old.endswith(b"\n") else b""
    return old + start + "".join(f"{line}\n" for line in new).encode(), len(new)


def retry(work: Callable[[], _Done], moved: Sequence[int]) -> _Done:
    """Do a piece of work anew, from its first question, where somebody else was faster."""
    for left in range(_ATTEMPTS - 1, -1, -1):
        try:
            return work()
        except ApiError as error:
            if error.status not in moved or not left:
                raise
    raise AssertionError  # the last attempt returns or raises


def plain(text: str) -> str:
    """Return a text as a reader sees it: a forge may keep other line ends."""
    return text.replace("\r\n", "\n").strip()
