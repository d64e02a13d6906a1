"""A bare clone without file contents, kept up to date, and the few files of a commit we need.

The one place that talks to a remote repository by git. Contents are left out
(git-clone, `--filter=blob:none`), and what a policy is made of is then asked for by name, as git
itself does it for a promisor remote (partial-clone.txt): a reader of ours never fetches by itself.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from whygate.errors import InputError, UndecidedError
from whygate.git.guard import guard, release
from whygate.git.run import child_environ, explain_failure, find_program
from whygate.git.tree import read_objects

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from whygate.git.run import Git

# `ext::` and others run programs (git-remote-ext): they are no addresses for us.
PROTOCOLS = ("https", "ssh", "http", "git", "file")
ASK_SECONDS, FETCH_SECONDS = 60.0, 3600.0
_ADDRESS = re.compile(r"(?:https?|ssh|git|file)://[^\s]+\Z")
_SCP = re.compile(r"(?:[\w.-]+@)?[\w.-]+:(?!/?/)[^\s:]+\Z", re.ASCII)
_SECRET = re.compile(r"(?<=://)[^/@\s]*@")
_HEAD, _BRANCHES = "HEAD", "refs/heads/"
# Whatever else moves changes no record: releases are told by tags, kept plans by notes.
_READ = ("refs/tags/", "refs/notes/")
_SPECS = ("+refs/tags/*:refs/tags/*", "+refs/notes/*:refs/notes/*")
_OPTIONS = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "gc.autoDetach=false"),
    *("-c", "maintenance.autoDetach=false"),
    *("-c", "protocol.ext.allow=never"),
    *("-c", "protocol.file.allow=always"),
)
_ASKED = {
    "GIT_ALLOW_PROTOCOL": ":".join(PROTOCOLS),
    "GIT_TERMINAL_PROMPT": "0",
    "GCM_INTERACTIVE": "never",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS_REQUIRE": "never",
}
_WHO, _WHERE = (
    "the remote asks who you are, or refuses",
    "there is no repository at this address, or it may not be seen",
)
_CURES = (
    # What hinders git here comes first: the remote is then cut off, and git complains of that too.
    (
        r"[Nn]o space left|[Qq]uota exceeded",
        "the disk is full",
        "make room, and run it again: it goes on from here",
    ),
    (
        r"(?:cannot|could not|unable to|failed to) (?:mkdir|create|write|open|lock)[^\n]*: "
        r"(?:Permission denied|Read-only file system)",
        "the clone cannot be written",
        "let the user of the run write to --data, or name another directory",
    ),
    (
        r"[Cc]ould not resolve host|Temporary failure in name resolution",
        "its host has no address",
        "correct the address, or look at the network",
    ),
    (
        r"terminal prompts disabled|could not read (?:Username|Password)|Authentication failed"
        r"|Permission denied|returned error: 40[13]",
        _WHO,
        "give git a credential helper or an ssh key that may read it, and try `git ls-remote`",
    ),
    (
        r"[Rr]epository(?: '[^'\n]*')? not found|does not (?:appear to be a git repository|exist)"
        r"|returned error: (?:404|30\d)",
        _WHERE,
        "correct the address, or ask for access",
    ),
    (
        r"[Cc]onnection (?:refused|reset|timed out)|unable to access|early EOF|hung up"
        r"|[Cc]ould not read from remote",
        "the remote does not answer",
        "run it again later; what the others said is kept",
    ),
)
_OID = re.compile(rb"([0-9a-f]{40}(?:[0-9a-f]{24})?)\t(.+)")
_AT_ONCE = 1_000
_PLAIN = (b"100644", b"100755")
_ORIGIN = "origin"
_FETCH = (
    *("fetch", "--quiet", "--no-recurse-submodules", "--no-write-fetch-head"),
    "--filter=blob:none",
)


class RefusedError(UndecidedError):
    """A remote does not let us read, or does not say that the repository is there."""


def is_address(text: str) -> bool:
    """Tell whether a text is the address of a remote repository, and no path (git-clone, URLS)."""
    return bool(_ADDRESS.match(text) or (_SCP.match(text) and not Path(text).exists()))


def hide_secret(address: str) -> str:
    """Return an address without the name and the password that it may hold."""
    return _SECRET.sub("", address)


def with_login(environ: Mapping[str, str], origin: str, user: str, token: str) -> dict[str, str]:
    """Return an environment in which git tells a server who asks, and nobody else.

    `origin` is its scheme and host, such as `https://github.com`: the token goes into the header of
    questions to that very one (git-config, `http.<url>.*`). Nothing is followed to another place,
    where git would send the header as well, and no credential helper is asked, which would be told
    that what it holds is wrong.
    """
    key = base64.b64encode(f"{user}:{token}".encode()).decode("ascii")
    settings = {
        f"http.{origin}/.extraHeader": f"Authorization: Basic {key}",
        f"http.{origin}/.followRedirects": "false",
        f"credential.{origin}.helper": "",
    }
    return _with_settings(environ, settings)


def _with_settings(environ: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with settings of git, beside those that it has (GIT_CONFIG_COUNT)."""
    first = environ.get("GIT_CONFIG_COUNT", "")
    own = dict(environ)
    start = int(first) if first.isdecimal() else 0
    for number, (key, value) in enumerate(settings.items(), start):
        own |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return own | {"GIT_CONFIG_COUNT": str(start + len(settings))}


class Remote(Struct, frozen=True):
    """What a remote said when it was asked: its HEAD, the branch that is, and what names all.

    `has_branches` tells, of a repository of this machine, that it has any.
    """

    head: str
    branch: str
    refs: str
    has_branches: bool = False


def ask_remote(address: str, environ: Mapping[str, str]) -> Remote:
    """Return where a remote stands; its `head` is empty when it has no commit yet.

    Raises UndecidedError, with a cure, when it does not answer.
    """
    wanted = (_HEAD, *(f"{prefix}*" for prefix in _READ))
    command = ("ls-remote", "--symref", "--", hide_secret(address), *wanted)
    told = _run(None, command, environ, ASK_SECONDS, address=address)
    head = branch = ""
    others = []
    for row in told.split(b"\n"):
        if row.startswith(b"ref: ") and row.endswith(b"\tHEAD"):
            branch = row[5:-5].decode("utf-8", "replace").removeprefix(_BRANCHES)
        elif (match := _OID.fullmatch(row)) is not None:
            if match[2] == b"HEAD":
                head = match[1].decode("ascii")
            else:
                others.append(row)
    return Remote(head, branch, _digest(head, others))


def ask_local(git: Git) -> Remote:
    """Return where a repository of this machine stands, by one git process; not its branch."""
    rows = git.run("show-ref", "--head", "--dereference", ok=(0, 1)).replace(b" ", b"\t")
    head, others, has_branches = "", [], False
    for row in rows.split(b"\n"):
        if (match := _OID.fullmatch(row)) is None:
            continue
        if match[2] == b"HEAD":
            head = match[1].decode("ascii")
        elif match[2].decode("utf-8", "replace").startswith(_READ):
            others.append(row)
        has_branches = has_branches or match[2].startswith(b"refs/heads/")
    return Remote(head, "", _digest(head, others), has_branches)


def _digest(head: str, others: Iterable[bytes]) -> str:
    return hashlib.sha256(b"\n".join((head.encode(), *others))).hexdigest()


def bring(directory: Path, address: str, remote: Remote, environ: Mapping[str, str]) -> None:
    """Make a bare clone without file contents, or fetch what is new into the one that is there.

    A clone that cannot be brought up to date is made anew. Raises UndecidedError when the remote
    does not answer, with a cure.
    """
    if (directory / _HEAD).exists():
        try:
            _fetch(directory, address, remote, environ)
        except UndecidedError:
            shutil.rmtree(directory, ignore_errors=True)
        else:
            return
    part = directory.with_name(f".{directory.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.parent.mkdir(parents=True, exist_ok=True)
    _run(None, ("init", "--quiet", "--bare", "--template=", "--", str(part)), environ, ASK_SECONDS)
    settings = {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.url": hide_secret(address),
        "remote.origin.promisor": "true",
        "remote.origin.partialCloneFilter": "blob:none",
    }
    for key, value in settings.items():
        _run(part, ("config", key, value), environ, ASK_SECONDS)
    try:
        _fetch(part, address, remote, environ)
    except UndecidedError:
        shutil.rmtree(part, ignore_errors=True)
        raise
    shutil.rmtree(directory, ignore_errors=True)
    part.replace(directory)


def _fetch(directory: Path, address: str, remote: Remote, environ: Mapping[str, str]) -> None:
    branch = remote.branch or "main"
    # A HEAD that is on no branch is fetched as it is.
    source = f"{_BRANCHES}{branch}" if remote.branch else _HEAD
    command = (*_FETCH, "--prune", "--no-tags", "--", _ORIGIN)
    specs = (f"+{source}:{_BRANCHES}{branch}", *_SPECS)
    _run(directory, (*command, *specs), environ, FETCH_SECONDS, address=address)
    _run(directory, ("symbolic-ref", _HEAD, f"{_BRANCHES}{branch}"), environ, ASK_SECONDS)


class Snapshot(Struct, frozen=True, eq=False):
    """The files of one commit that were asked for by name, held here; see `git.tree.Tree`.

    `names` has every file of the commit, `contents` those whose bytes are here; `bring` gets
    others, by their objects, but none that is larger than any reader may take. A file that is
    there and does not come raises UndecidedError, so that nobody takes it for absent.
    """

    names: dict[str, bytes]
    contents: dict[bytes, bytes]
    bring: Callable[[Collection[bytes]], Mapping[bytes, bytes]] | None = None

    def list_files(self, directory: str) -> tuple[str, ...]:
        """Return the names in a directory of the commit; one that is absent has none."""
        prefix = f"{directory}/" if directory else ""
        under = (n[len(prefix) :] for n in self.names if n.startswith(prefix))
        return tuple(sorted(name for name in under if "/" not in name))

    def read_bytes(self, path: str, *, limit: int) -> bytes | None:
        """Return the bytes of a plain file of the commit, None when it is absent."""
        if path not in self.names:
            return None
        if not self.names[path]:
            raise InputError(f"`{path}` is not a plain file")
        name = self.names[path]
        if name not in self.contents and self.bring is not None:
            self.contents.update(self.bring([name]))
        data = self.contents.get(name)
        if data is None and self.bring is None:
            raise UndecidedError(f"the contents of `{path}` are not in this clone")
        if data is None or len(data) > limit:  # what is too large is not brought
            raise InputError(f"`{path}` is larger than {limit} bytes", hint="make it smaller")
        return data


class Contents:
    """Reads files of a commit, and fetches those first that a partial clone lacks.

    `address` is where they are fetched from; with "" nothing is ever fetched.
    """

    def __init__(self, git: Git, address: str, environ: Mapping[str, str]) -> None:
        self._git = git
        self._address = address
        self._environ = environ

    def find(self, commit: str) -> dict[str, bytes]:
        """Return the object of each plain file of a commit, empty for links and submodules."""
        names = {}
        listed = self._git.run("ls-tree", "-rz", "--full-tree", commit)
        for row in listed.split(b"\0")[:-1]:
            about, _, path = row.partition(b"\t")
            mode, _, name = about.split(b" ")
            names[path.decode("utf-8", "surrogateescape")] = name if mode in _PLAIN else b""
        return names

    def read(self, objects: Collection[bytes], *, limit: int) -> dict[bytes, bytes]:
        """Return the bytes of objects; those above `limit` bytes are left out.

        Raises UndecidedError when one cannot be fetched.
        """
        wanted = [name.decode("ascii") for name in dict.fromkeys(objects) if name]
        try:
            found = read_objects(self._git, wanted, limit=limit)
        except UndecidedError:  # git does not say which of them are not here
            if not self._address:
                raise
            self._fetch(wanted)
            found = read_objects(self._git, wanted, limit=limit)
        return {name.encode("ascii"): data for name, data in found.items()}

    def fetch_past(self, commit: str, directory: str) -> None:
        """Bring every version that the files of a directory had in the history of a commit."""
        command = ("log", "-z", "--format=", "--raw", "--no-abbrev", "--no-renames", "-m")
        told = self._git.run(*command, "--first-parent", commit, "--", directory)
        rows = (row.strip().split(b" ") for row in told.split(b"\0") if b":" in row[:2])
        past = (row[3].decode("ascii") for row in rows if row[1] in _PLAIN)
        self.read([name.encode("ascii") for name in dict.fromkeys(past)], limit=0)

    def _fetch(self, names: list[str]) -> None:
        """Fetch objects by name, as git does it from a promisor remote."""
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            command = (*_FETCH, "--no-tags", "--", _ORIGIN, *some)
            _run(self._git.directory, command, self._environ, FETCH_SECONDS, address=self._address)


def _run(
    directory: Path | None,
    command: tuple[str, ...],
    environ: Mapping[str, str],
    seconds: float,
    *,
    address: str = "",
) -> bytes:
    """Return what git prints; the user's own settings and credentials hold, prompts do not.

    A password in `address` goes into the environment of git alone: a command line is seen by
    everybody, and the settings of a clone are kept.
    """
    program = find_program(environ)
    if program is None:
        raise UndecidedError("git was not found on PATH", hint="install git 2.30 or newer")
    where = [] if directory is None else [f"--git-dir={directory}"]
    own = child_environ(environ, elsewhere=True) | _ASKED
    own.setdefault("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")
    if (plain := hide_secret(address)) != address:
        own = _with_settings(own, {f"url.{address}.insteadOf": plain})
    verb = command[0]
    with subprocess.Popen(  # noqa: S603 - a fixed program, no shell
        [program, *_OPTIONS, *where, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=own,
        start_new_session=True,
    ) as process:
        guard(process.pid)
        try:
            out, said = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise UndecidedError(
                f"`git {verb}` took longer than {seconds:g} s and was stopped",
                hint="run it again later; a repository of this size may need a clone by hand",
            ) from None
        finally:
            if process.poll() is None:
                process.kill()
            release(process.pid)
    if process.returncode:
        raise _explain(verb, said)
    return out


def _explain(verb: str, said: bytes) -> UndecidedError:
    words = said.decode("utf-8", "replace")
    for pattern, sentence, cure in _CURES:
        if re.search(pattern, words):
            kind = RefusedError if sentence in (_WHO, _WHERE) else UndecidedError
            return kind(sentence, hint=cure)
    error = explain_failure(verb, hide_secret(words).encode("utf-8", "replace"))
    return UndecidedError(error.message, hint=error.hint)
