"""Turn what git tells a pre-push hook into the commits that are new to the remote."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.errors import InputError, UndecidedError
from whygate.git.branch import LIMIT, find_base, find_default_refs, read_all
from whygate.git.history import read_commits
from whygate.git.log import Range

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

    from whygate.git.git import Git
    from whygate.text.commit import Commit

_HEADS = "refs/heads/"
_REVIEWS = "refs/for/"  # Gerrit: a push to refs/for/main asks for review
_REMOTES = "refs/remotes/"
_LINE_LIMIT = 65_536  # bytes; paths bound the names of refs far below
_HEX = frozenset("0123456789abcdef")
_NAME = frozenset(string.ascii_letters + string.digits + "-_./")  # a URL has more


class Update(Struct, frozen=True):
    """One ref that is pushed: the new commit here, its ref there, and the commit it had there.

    `tip` is empty when the ref is deleted, `known` when it is new or not told.
    """

    tip: str
    remote_ref: str
    known: str = ""

    @property
    def branch(self) -> str:
        """Return the name of the branch at the remote, empty for a tag and other refs."""
        for prefix in (_HEADS, _REVIEWS):
            if self.remote_ref.startswith(prefix):
                return self.remote_ref.removeprefix(prefix).partition("%")[0]
        return ""


class Remote(Struct, frozen=True):
    """Where is pushed to: the name of its default branch, and the refs here that hold it.

    `refs` are of this and other remotes; `local` is the branch here, for want of those.
    """

    default: str = ""
    refs: tuple[str, ...] = ()
    local: tuple[str, ...] = ()


def parse_updates(stream: IO[bytes]) -> Iterator[Update]:
    """Yield the updates git writes to the stdin of pre-push, one a line (githooks).

    Reads to the end, one line in memory at a time. Raises InputError for a line that has
    another form, UndecidedError for one that is too long to be read as a whole.
    """
    while raw := stream.readline(_LINE_LIMIT + 1):
        if len(raw) > _LINE_LIMIT:
            raise UndecidedError(f"a line on stdin is longer than {_LINE_LIMIT} bytes")
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if not line.strip():
            continue
        # a local `HEAD~3` or `:/fix bug` may hold spaces; the other three never do
        fields = line.rsplit(" ", 3)
        if len(fields) != 4 or not (_is_hash(fields[1]) and _is_hash(fields[3])):
            raise InputError("stdin does not hold what git tells a pre-push hook")
        _, tip, remote_ref, known = fields
        yield Update(_hash(tip), remote_ref, _hash(known))


def read_environ_update(environ: Mapping[str, str]) -> Update | None:
    """Return the update that the pre-commit framework tells in the environment, None if none.

    It has read stdin itself. When a whole new history is pushed it names only the branch.
    https://pre-commit.com/#pre-push
    """
    tip = environ.get("PRE_COMMIT_TO_REF") or environ.get("PRE_COMMIT_LOCAL_BRANCH")
    remote = environ.get("PRE_COMMIT_REMOTE_BRANCH", "")
    if not tip or not remote:
        return None
    remote_ref = remote if remote.startswith("refs/") else _HEADS + remote
    return Update(tip, remote_ref, environ.get("PRE_COMMIT_FROM_REF", ""))


def find_remote(git: Git, name: str) -> Remote:
    """Return what is known here of the default branch of a remote (a name or a URL).

    That is what the remote's HEAD pointed to when it was cloned, else the default branch of
    origin or of this repository, which a URL or a remote never fetched will share.
    """
    default, refs = find_default_refs(git)
    own = _find_own(git, name)
    if own:
        default = own.removeprefix(f"{_REMOTES}{name}/")
    tracked = tuple(ref for ref in refs if ref.startswith(_REMOTES))
    refs = tuple(dict.fromkeys((*((own,) if own else ()), *tracked)))
    return Remote(default, refs, (_HEADS + default,) if default and not refs else ())


def read_new(git: Git, update: Update, remote: Remote, *, lines: bool) -> tuple[Commit, ...]:
    """Return the first-parent commits that no remote is known to have, newest first.

    What another remote has is published already, as when a fork catches up. Raises
    UndecidedError when a shallow clone would show old commits as new ones, and when there are
    more than LIMIT of them.
    """
    tip = git.resolve(update.tip)
    known = (git.resolve(update.known),) if _is_here(git, update.known) else ()
    refs = (*known, *remote.refs)
    if git.is_shallow():
        find_base(git, tip, refs)
    options = ("--first-parent", f"--max-count={LIMIT + 1}")
    hashes = git.run("rev-list", *options, tip, "--not", *refs, "--remotes")
    new = hashes.decode("ascii").split()
    if len(new) > LIMIT:
        raise UndecidedError(
            f"`{update.remote_ref}` brings more than {LIMIT:,} new commits, too many to judge here",
            hint="`whygate audit` judges a whole history; `git push --no-verify` skips the hook",
        )
    return tuple(read_commits(git, new, first_parent=True, paths=True, lines=lines))


def read_pushed_branch(
    git: Git, update: Update, remote: Remote, *, lines: bool
) -> tuple[Commit, ...]:
    """Return all commits of a branch since it left the remote's default branch, newest first.

    All, because a branch carries its context together: what was pushed before still counts.
    Raises UndecidedError when a shallow clone hides where the branch began, or as `read_all`.
    """
    tip = git.resolve(update.tip)
    revisions = Range(find_base(git, tip, remote.refs or remote.local), tip)
    return read_all(git, revisions, lines=lines)


def _find_own(git: Git, name: str) -> str:
    """Return the ref that a remote's HEAD points to, empty when the remote is not known."""
    if not name or name.startswith(("-", ".", "/")) or not _NAME.issuperset(name):
        return ""
    target = git.run("symbolic-ref", "--quiet", f"{_REMOTES}{name}/HEAD", ok=(0, 1))
    return target.decode("utf-8", "replace").strip()


def _is_here(git: Git, rev: str) -> bool:
    """Tell whether a commit is in this repository; the remote may be ahead."""
    if not rev:
        return False
    return bool(git.run("rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}", ok=(0, 1, 128)))


def _is_hash(text: str) -> bool:
    return len(text) in (40, 64) and _HEX.issuperset(text)


def _hash(text: str) -> str:
    return text if text.strip("0") else ""
