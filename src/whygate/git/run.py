"""Run git safely: the program, its environment, its answers, and why it failed."""

from __future__ import annotations

import math
import os
import re
import time
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from msgspec import Struct, field

from whygate.errors import InputError, UndecidedError
from whygate.git.guard import guard, release
from whygate.git.repository import Repository, find_repository
from whygate.text.patterns import later

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from subprocess import Popen

# A repository's own .git/config is written by strangers: no key of it may start a program.
HARDENED_OPTIONS = (
    "--no-pager",
    *("-c", "log.showSignature=false"),
    *("-c", "log.showRoot=true"),
    *("-c", "log.diffMerges=separate"),
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", f"core.attributesFile={os.devnull}"),
    *("-c", "diff.external="),
    *("-c", "protocol.allow=never"),
)
# https://git-scm.com/docs/git#_environment_variables
_FIXED = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_FLUSH": "0",  # git would write each commit by itself into a pipe
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C.UTF-8",
}
# LANGUAGE would translate git's messages even under C.UTF-8.
_NEVER_PASSED = frozenset(
    {
        *("LANGUAGE", "GIT_EXTERNAL_DIFF"),
        *("GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"),
    }
)
_KEPT_ELSEWHERE = (
    *("GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"),
    *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"),
    *("GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM"),
    *("GIT_EXEC_PATH", "GIT_SSL"),
    # Who writes, wherever it is.
    *("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"),
)
__all__ = ["SHALLOW_HINT", "Git", "Repository", "TreeEntry", "find_repository", "require_path"]

SHALLOW_HINT = "fetch the whole history: `fetch-depth: 0` in CI, or `git fetch --unshallow`"

_HEX = later(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_ENTRY = later(rb"(\d{6}) (\w+) ([0-9a-f]+) +(\d+|-)\t(.*)", re.DOTALL)
_PLAIN_FILES = (b"100644", b"100755")
_DIRECTORY = b"040000"
_DIRECTORIES = (_DIRECTORY, b"160000")
_CHUNK = 1 << 20
_STDERR_LIMIT = 64 * 1024
_MEMORY = 4 << 30  # bytes; the history of Linux takes half a gigabyte
_CPU_SECONDS = 900
DEFAULT_BRANCHES = ("main", "master", "trunk", "develop")
REMOTES, LOCAL = "refs/remotes/", "refs/heads/"
# git's messages in the C locale; each row: what it says, our sentence, our hint.
_KNOWN_FAILURES = (
    (
        r"(?:dubious ownership in repository at|unsafe repository \()\s*'([^'\n]*)'",
        "git refuses to read `{0}` because the directory belongs to another user",
        "if you trust it, run `git config --global --add safe.directory {quoted}`",
    ),
    (
        r"unknown repository extensions? found:?\s*([^\s']*)",
        "this git is too old for the repository, which uses the extension `{0}`",
        "upgrade git",
    ),
    (
        r"[Ee]xpected git repo version <= (\d+)",
        "this git is too old for the repository: it reads formats up to {0}",
        "upgrade git",
    ),
    (
        r"not a git repository|cannot change to '|must be run in a work tree",
        "there is no git repository here that could be read",
        "run it inside one, or name one with -C",
    ),
    (
        r"promisor|lazy fetching|transport '[^'\n]*' not allowed|missing blob object",
        "the repository is a partial clone and an object that is needed is not in it",
        "fetch it with git first, or use a clone without `--filter`",
    ),
    (
        r"[Aa]uthor identity unknown|[Cc]ommitter identity unknown|unable to auto-detect email",
        "git does not know who you are",
        'run `git config user.name "You"` and `git config user.email you@example.org`',
    ),
    # What git quotes may be a line of any file that a foreign repository links to: it is left out.
    (
        r"bad (?:\w+ )?config value '[^'\n]*' for '([^'\n]*)'",
        "git cannot read the value of `{0}` in its configuration",
        "correct it",
    ),
    (
        r"(unexpected line in [^\s:]*|bad shallow line|normalize alternate object path)",
        "git cannot read one of its own files ({0})",
        "clone the repository anew",
    ),
    (
        r"[Oo]ut of memory",
        "git needs more memory than it may have here",
        "narrow the range; `git fsck` tells whether the repository is damaged",
    ),
    (
        r"bad config (?:line|variable|value|numeric)[^\n]*",
        "git cannot read its configuration: {match}",
        "correct that file",
    ),
)
_PREFIXES = ("fatal: ", "error: ")
_LONGEST = 200


def find_program(environ: Mapping[str, str]) -> str | None:
    """Return the path of the git program on PATH, None when there is none.

    Only absolute entries of PATH count: a file named git in the directory being read must
    never run (CVE-2023-40590).
    """
    name = "git.exe" if os.name == "nt" else "git"
    for directory in environ.get("PATH", os.defpath).split(os.pathsep):
        candidate = os.path.join(directory, name)  # noqa: PTH118 - on the way of every hook
        if os.path.isabs(directory) and os.access(candidate, os.X_OK):  # noqa: PTH117
            return candidate
    return None


def child_environ(environ: Mapping[str, str], *, elsewhere: bool) -> dict[str, str]:
    """Return the environment for a git process.

    git sets GIT_DIR, GIT_INDEX_FILE and others for its hooks; a process that reads another
    repository (`elsewhere`) must not inherit them.
    """
    kept = {
        key: value
        for key, value in environ.items()
        if key not in _NEVER_PASSED
        and not (elsewhere and key.startswith("GIT_") and not key.startswith(_KEPT_ELSEWHERE))
    }
    return kept | _FIXED


class TreeEntry(NamedTuple):
    """What git-ls-tree(1) says of an entry: its mode, the name of its object, and its size."""

    mode: bytes
    name: str
    size: bytes

    @property
    def is_file(self) -> bool:
        """Tell a file, or a link to one, from a directory and a submodule."""
        return self.mode not in _DIRECTORIES

    @property
    def is_directory(self) -> bool:
        """Tell whether there is a directory behind it."""
        return self.mode == _DIRECTORY


class Git(Struct, frozen=True):
    """Runs git for one repository.

    With neither `directory` nor `git_dir` it is the current directory's repository, and the
    GIT_* variables that git sets for its hooks hold. With one of them those are dropped, so
    that a hook can read another repository. `git_dir` is taken as given: as with GIT_DIR, git
    does not ask then who owns it. `environ` is the caller's environment, `timeout` the seconds
    a run may take (a stream: stay silent).

    Every method raises UndecidedError when git is missing, fails or is too slow.
    """

    directory: Path | None = None
    git_dir: Path | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 60.0
    _settings: dict[str, str] = field(default_factory=dict)

    def run(self, *args: str, input: bytes | None = None, ok: Collection[int] = (0,)) -> bytes:  # noqa: A002 - as in subprocess.run
        """Return what `git *args` prints; statuses in `ok` are no failure."""
        return self._run((*HARDENED_OPTIONS, *args), args[0], data=input, ok=ok)

    def stream(self, *args: str) -> Iterator[bytes]:
        """Yield what `git *args` prints, in chunks of at most 1 MiB, while it is running.

        The process is killed when the caller stops early or when git is silent too long.
        """
        import subprocess  # noqa: PLC0415  (a hook may need no git at all)

        process = self._start((*HARDENED_OPTIONS, *args), stderr=subprocess.PIPE, long=True)
        with _ended(process), _Complaints(process) as said, _Watch(process, self.timeout) as watch:
            pipe = process.stdout
            assert pipe is not None  # noqa: S101 - always a pipe, see _start
            _enlarge(pipe)
            while chunk := watch.read(pipe):
                yield chunk
            status = watch.wait()
        if watch.expired:
            raise self._late(args[0])
        if status:
            raise explain_failure(args[0], said.text)

    def resolve(self, rev: str) -> str:
        """Return the full hash of the commit that `rev` names.

        `rev` may come from strangers: it never reaches git as an option (gitcli,
        `--end-of-options`), and only its hash is used from here on. Raises InputError when no
        commit has that name, UndecidedError when a shallow clone may have cut it off.
        """
        if not rev or not _is_plain(rev):
            raise InputError(f"`{_shown(rev)}` is not the name of a commit")
        found = self.run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}", ok=(0, 1)
        )
        name = found.decode("ascii", "replace").strip()
        if _HEX.fullmatch(name):
            return name
        raise self._no_commit(rev)

    def merge_base(self, a: str, b: str) -> str | None:
        """Return the hash of the best common ancestor of two revisions, None without one."""
        hashes = self.resolve(a), self.resolve(b)
        found = self.run("merge-base", *hashes, ok=(0, 1))
        return found.decode("ascii").strip() or None

    def is_shallow(self) -> bool:
        """Tell whether the history was cut off when the repository was cloned."""
        return self.run("rev-parse", "--is-shallow-repository").strip() == b"true"

    def is_bare(self) -> bool:
        """Tell whether the repository has no checked-out files."""
        return self.run("rev-parse", "--is-bare-repository").strip() == b"true"

    def head_branch(self) -> str:
        """Return the short name of the branch HEAD is on, born or not; empty when detached."""
        target = self.run("symbolic-ref", "--quiet", "HEAD", ok=(0, 1))
        return _line(target).removeprefix(LOCAL)

    def origin(self) -> str:
        """Return the address of the remote `origin` as it is configured, "" without one."""
        return self.config(("remote.origin.url",)).get("remote.origin.url", "")

    def shallow_edges(self) -> frozenset[bytes]:
        """Return the commits whose parents were cut off when the repository was cloned.

        git keeps them in the file `shallow` of the git directory (gitrepository-layout).
        """
        if not self.is_shallow():
            return frozenset()
        told = self.run("rev-parse", "--git-path", "shallow")
        path = Path(self.directory or ".", os.fsdecode(told.removesuffix(b"\n")))
        try:
            return frozenset(path.read_bytes().split())
        except OSError as error:
            raise UndecidedError(f"`{path}` cannot be read: {error.strerror}") from None

    def default_ref(self) -> str:
        """Return the full ref of the default branch, empty when there is none.

        That is what the HEAD of a remote points to: of origin, of clone.defaultRemoteName, or of
        any other, `upstream` first. Else the first of init.defaultBranch, main, master, trunk and
        develop that exists, at a remote or, failing that, here.
        """
        set_here = self.config(("init.defaultBranch", "clone.defaultRemoteName"))
        configured = set_here.get("init.defaultbranch", "")
        names = [name for name in (configured, *DEFAULT_BRANCHES) if _is_plain(name) and name]
        wanted = [root + name for name in names for root in (f"{REMOTES}*/", LOCAL)]
        listed = self.run(
            "for-each-ref", "--format=%(refname) %(symref)", f"{REMOTES}*/HEAD", *wanted
        )
        refs = dict(_line(row).split(" ", 1) for row in listed.split(b"\n") if row)
        remotes = ("origin", set_here.get("clone.defaultremotename", ""), "upstream")
        first = [f"{REMOTES}{remote}/HEAD" for remote in remotes]
        heads = (*first, *(ref for ref in refs if ref.endswith("/HEAD")))
        if found := next((refs[ref] for ref in heads if refs.get(ref)), ""):
            return found
        for name in names:
            places = [f"{REMOTES}{remote}/{name}" for remote in remotes]
            places += (r for r in refs if r.startswith(REMOTES) and r.endswith(f"/{name}"))
            if found := next((ref for ref in (*places, LOCAL + name) if ref in refs), ""):
                return found
        return ""

    def config(self, keys: Collection[str]) -> Mapping[str, str]:
        """Return the values of those configuration `keys` that are set, by key in lower case.

        git is asked once for all of them. The last value of a key counts, as in git; the
        mapping's order is the order in which the values were set. A key without a value reads
        as `true`. Only the part between two dots keeps its case (git-config, "Syntax").
        """
        if not self._settings:
            # Without the hardening prefix, which would answer for core.hooksPath.
            found = self._run(("config", "--null", "--list"), "config")
            for entry in found.split(b"\0")[:-1]:
                key, line_feed, value = entry.decode("utf-8", "replace").partition("\n")
                self._settings.pop(key, None)
                self._settings[key] = value if line_feed else "true"
        wanted = {_config_key(key) for key in keys}
        return {key: value for key, value in self._settings.items() if key in wanted}

    def hook_path(self, name: str) -> str:
        """Return where git looks for the hook `name`, relative to the directory git runs in.

        core.hooksPath may be a `~user`, a `%(prefix)`, empty, or relative to where hooks run
        (git-config); git itself reads it.
        """
        # Without the hardening prefix, as above.
        found = self._run(("rev-parse", "--git-path", f"hooks/{name}"), "rev-parse")
        return os.fsdecode(found.removesuffix(b"\n"))

    def show_file(self, rev: str, path: str, *, limit: int = _CHUNK) -> bytes | None:
        """Return the bytes of the file `path` (from the top, `/`) in a commit, None if absent.

        Raises InputError as `read_entry` does.
        """
        require_path(path)
        listed = self.run("ls-tree", "-lz", "--full-tree", self.resolve(rev), "--", path)
        for named, entry in _entries(listed):
            if named == path:
                return self.read_entry(rev, path, entry, limit=limit)
        return None

    def read_entry(self, rev: str, path: str, entry: TreeEntry, *, limit: int) -> bytes:
        """Return the bytes of what stands at `path` in a commit.

        Raises InputError when it is no plain file (a symbolic link, a submodule, a directory)
        or holds more than `limit` bytes.
        """
        _require_file(path, rev, entry, limit=limit)
        return self.run("cat-file", "blob", entry.name)

    def list_directory(self, rev: str, directory: str) -> dict[str, TreeEntry]:
        """Return what stands directly in a directory of a commit, by name.

        `directory` counts from the top, with `/`; empty means the top itself. A directory that
        is not there, or is no directory, holds nothing.
        """
        prefix = f"{directory}/" if directory else ""
        require_path(directory or "top")
        under = ("--", prefix) if prefix else ()
        tree = rev if _HEX.fullmatch(rev) else self.resolve(rev)
        listed = self.run("ls-tree", "-lz", "--full-tree", tree, *under)
        return {named.removeprefix(prefix): entry for named, entry in _entries(listed)}

    def commit(self, message: Path) -> int:
        """Run `git commit --file=<message>` as if the user had typed it; return its status.

        The one run that is not hardened: hooks, signing and the terminal are the user's own,
        and there is no time limit, because a hook may ask and wait.
        """
        import subprocess  # noqa: PLC0415  (as below)

        program = self._program()
        where = [] if self.directory is None else ["-C", str(self.directory)]
        command = [program, *where, "commit", f"--file={message}"]
        return subprocess.run(command, check=False, env=dict(self.environ)).returncode  # noqa: S603 - a fixed program, no shell

    def _program(self) -> str:
        program = find_program(self.environ)
        if program is None:
            raise UndecidedError("git was not found on PATH", hint="install git 2.30 or newer")
        return program

    def _no_commit(self, rev: str) -> InputError | UndecidedError:
        if rev == "HEAD":
            return InputError("the repository has no commit yet")
        if self.is_shallow():
            return UndecidedError(f"`{rev}` is not in this shallow clone", hint=SHALLOW_HINT)
        return InputError(f"there is no commit `{rev}`", hint="fetch it, or correct the name")

    def _run(
        self,
        command: tuple[str, ...],
        verb: str,
        *,
        data: bytes | None = None,
        ok: Collection[int] = (0,),
    ) -> bytes:
        import subprocess  # noqa: PLC0415  (a hook may need no git at all)

        process = self._start(command, stdin=data is not None, stderr=subprocess.PIPE)
        with _ended(process):
            try:
                out, complaints = process.communicate(data, timeout=self.timeout)
            except subprocess.TimeoutExpired:
                raise self._late(verb) from None
        if process.returncode not in ok:
            raise explain_failure(verb, complaints)
        return out

    def _start(
        self, command: tuple[str, ...], *, stderr: int, stdin: bool = False, long: bool = False
    ) -> Popen[bytes]:
        import subprocess  # noqa: PLC0415  (as above)

        program = self._program()
        where = [] if self.directory is None else ["-C", str(self.directory)]
        if self.directory is not None:
            _look_at(self.directory)
        if self.git_dir is not None:
            where.append(f"--git-dir={self.git_dir}")
        try:
            process = subprocess.Popen(  # noqa: S603 - a fixed program, no shell, see HARDENED_OPTIONS
                [program, *where, *command],
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=child_environ(self.environ, elsewhere=bool(where)),
                bufsize=0,
                start_new_session=True,  # so that _kill reaches what git starts
            )
        except (OSError, ValueError) as err:
            raise UndecidedError(f"git could not be started: {err}") from err
        if where or long:  # a short one in a hook is git's own affair
            guard(process.pid)
        if where:
            _limit(process)
        return process

    def _late(self, verb: str) -> UndecidedError:
        return UndecidedError(
            f"`git {verb}` took longer than {self.timeout:g} s and was stopped",
            hint="try again when the machine has less to do, or narrow the range",
        )


class _Complaints:
    """Reads what a process says on stderr meanwhile: a full pipe would stop it."""

    def __init__(self, process: Popen[bytes]) -> None:
        import threading  # noqa: PLC0415  (a hook never streams)

        self.text = b""
        self._process = process
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> _Complaints:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            _kill(self._process)  # the caller stopped early; else its end has closed the pipe
        self._thread.join()

    def _read(self) -> None:
        pipe = self._process.stderr
        while pipe is not None and (chunk := pipe.read(_STDERR_LIMIT)):
            self.text = (self.text + chunk)[:_STDERR_LIMIT]


class _Watch:
    """Kills a process that stays silent; while the reader is busy elsewhere it waits."""

    def __init__(self, process: Popen[bytes], seconds: float) -> None:
        import threading  # noqa: PLC0415  (a hook never streams)

        self.expired = False
        self._process = process
        self._seconds = seconds
        self._asked = math.inf
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._guard, daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def read(self, pipe: IO[bytes]) -> bytes:
        """Return the next bytes of `pipe`, empty at its end or when the time is up."""
        self._asked = time.monotonic()
        chunk = pipe.read(_CHUNK)
        self._asked = math.inf
        return chunk

    def wait(self) -> int:
        """Return the status of the process."""
        self._asked = time.monotonic()
        return self._process.wait()

    def _guard(self) -> None:
        while not self._done.wait(self._seconds / 8):
            if time.monotonic() - self._asked > self._seconds:
                self.expired = True
                _kill(self._process)
                return


@contextmanager
def _ended(process: Popen[bytes]) -> Iterator[None]:
    """Leave no process and no open pipe behind, whatever happens inside."""
    try:
        yield
    finally:
        if process.poll() is None:
            _kill(process)
            process.wait()
        release(process.pid)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def _kill(process: Popen[bytes]) -> None:
    """Kill a process and those it started, which could keep its pipes open."""
    import signal  # noqa: PLC0415  (git seldom has to be killed)

    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (AttributeError, ProcessLookupError, PermissionError):  # Windows; already gone
        process.kill()


@lru_cache(maxsize=64)
def _look_at(directory: Path) -> None:
    """Refuse a repository in which git would wait for a pipe or a device, once in a process."""
    from whygate.git.foreign import require_plain_files  # noqa: PLC0415  (a hook's own is git's)

    if (repository := find_repository(directory)) is not None:
        require_plain_files(repository)


def _limit(process: Popen[bytes]) -> None:
    """Bound the memory and the processor time of a git that reads somebody else's repository.

    Files of the repository that git maps into memory do not count. Only Linux can do that to a
    process that runs.
    """
    try:
        import resource  # noqa: PLC0415  (not on Windows)

        resource.prlimit(process.pid, resource.RLIMIT_DATA, (_MEMORY, _MEMORY))
        resource.prlimit(process.pid, resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    except (ImportError, AttributeError, OSError, ValueError):
        return  # not on this system, ended already, or bounded more tightly


def _enlarge(pipe: IO[bytes]) -> None:
    """Let git run ahead of the reader by 1 MiB instead of 64 KiB, where Linux allows it."""
    try:
        import fcntl  # noqa: PLC0415  (not on Windows)

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _CHUNK)
    except (ImportError, AttributeError, OSError):
        return


def _entries(listed: bytes) -> Iterator[tuple[str, TreeEntry]]:
    """Yield the path of each entry that `git ls-tree -lz` lists, and the entry."""
    for row in listed.split(b"\0"):
        if match := _ENTRY.fullmatch(row):
            mode, _, name, size, path = match.groups()
            yield os.fsdecode(path), TreeEntry(mode, name.decode("ascii"), size)


def _require_file(path: str, rev: str, entry: TreeEntry, *, limit: int) -> None:
    if entry.mode not in _PLAIN_FILES:
        raise InputError(f"`{_shown(path)}` in {rev} is not a plain file")
    if int(entry.size) > limit:
        raise InputError(f"`{_shown(path)}` in {rev} is larger than {limit} bytes")


def _config_key(key: str) -> str:
    section, _, rest = key.partition(".")
    middle, dot, name = rest.rpartition(".")
    return f"{section.lower()}.{middle}{dot}{name.lower()}"


def require_path(path: str) -> None:
    """Raise InputError when `path` cannot be one inside a commit, such as `../x`."""
    steps = path.split("/")
    if not _is_plain(path) or any(step in ("", ".", "..") for step in steps):
        raise InputError(f"`{_shown(path)}` is not a path inside a commit")


def _is_plain(text: str) -> bool:
    """Tell whether `text` can be an argument: no control characters, no lone surrogates."""
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return not any(mark < " " or mark == "\x7f" for mark in text)


def _shown(text: str) -> str:
    """Return `text` for an error message: printable, bounded."""
    return "".join(mark if mark.isprintable() else "?" for mark in text[:100])


def _line(output: bytes) -> str:
    return output.decode("utf-8", "replace").removesuffix("\n")


def explain_failure(verb: str, stderr: bytes) -> UndecidedError:
    """Return the error for a git command `verb` (`log`) that ended with words on stderr.

    The words may quote what strangers wrote: only one line of them is kept, in printable form.
    """
    import shlex  # noqa: PLC0415  (git seldom fails)

    words = stderr.decode("utf-8", "replace")
    for pattern, say, hint in _KNOWN_FAILURES:
        if match := re.search(pattern, words):
            groups = [_printable(group or "") for group in match.groups()]
            quoted = shlex.quote(groups[0]) if groups else ""
            seen = _printable(match[0])
            return UndecidedError(
                say.format(*groups, match=seen), hint=hint.format(*groups, quoted=quoted)
            )
    return UndecidedError(f"`git {verb}` failed: {_first_complaint(words)}")


def _first_complaint(words: str) -> str:
    lines = [line for line in words.split("\n") if line.strip()]
    for line in lines:
        if line.startswith(_PREFIXES):
            return _printable(line.partition(": ")[2])
    return _printable(lines[-1]) if lines else "it gave no reason"


def _printable(text: str) -> str:
    """Return `text` on one line of bounded length, unprintable characters shown as `?`."""
    kept = "".join(mark if mark.isprintable() else "?" for mark in text[:_LONGEST])
    return kept.strip()
