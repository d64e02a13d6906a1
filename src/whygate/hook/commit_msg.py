"""Judge the message of the commit being made; git is asked only when the message alone fails."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.errors import WhygateError
from whygate.text.message import Cleanup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from whygate.git.repository import Repository
    from whygate.hook.plan_store import RecordingTree
    from whygate.model import Change, Verdict
    from whygate.policy.config import Config
    from whygate.policy.policy import Policy

NO_EDITOR = ":"


class Writing(Struct, frozen=True):
    """A commit that is being written: its message file as git gave it, and where."""

    path: str
    environ: Mapping[str, str]
    cwd: Path
    repository: Repository | None
    policy: Policy
    today: date
    tree: RecordingTree | None = None

    @property
    def is_edited(self) -> bool:
        """Tell whether an editor is open; git sets GIT_EDITOR to `:` for its hooks when not."""
        return self.environ.get("GIT_EDITOR", "") != NO_EDITOR


class Facts(Struct, frozen=True):
    """What git said of a commit: its paths, its settings by lower-case key, and what it is on.

    `head` is HEAD (empty: unborn) and, when the commit amends it, `base` what HEAD stands on.
    """

    head: str
    base: str
    amends: bool
    config: Mapping[str, str]
    paths: tuple[str, ...] = ()


class Decision(Struct, frozen=True):
    """Why a commit may pass (empty: it may not), and the verdict it was judged by.

    `facts` are what git said on the way, None when it was not asked.
    """

    reason: str
    verdict: Verdict | None = None
    note: str = ""
    facts: Facts | None = None


def run_commit_msg(
    path: str,
    *,
    environ: Mapping[str, str],
    cwd: Path,
    echo: Callable[[str], None],
    verbose: bool = False,
    color: bool = False,
) -> int:
    """Judge the message file `path` and return the exit status of the hook: 0 or 1.

    `cwd` is the process's current directory, the top of the worktree for git's hooks. `echo`
    takes one text for stderr. Silent when the commit may pass, unless `verbose`. Raises what
    stops a check, with the command that takes the commit up again as a hint.
    """
    try:
        writing = _read_world(path, environ, cwd)
        decision = _decide(writing)
    except WhygateError as error:
        from whygate.hook.report import explain_retry  # noqa: PLC0415  (a failing commit)

        error.hint = "\n".join(filter(None, (error.hint, explain_retry(path, environ, cwd))))
        raise
    _store_plan(writing)
    if decision.reason:
        if verbose:
            echo(f"whygate: passed: {decision.reason}")
        return 0
    from whygate.hook.report import render_report  # noqa: PLC0415  (as above)

    echo(render_report(writing, decision, color=color, verbose=verbose))
    return 1


def describe_pass(verdict: Verdict) -> str:
    """Return in a few words why a change passes."""
    kind = f"{verdict.kind.name}, decided by {verdict.kind.source}"
    if verdict.exemption is not None:
        return f"{verdict.status} ({kind}): {verdict.exemption.reason}"
    return f"{verdict.status} ({kind})"


def _read_world(path: str, environ: Mapping[str, str], cwd: Path) -> Writing:
    from whygate.git.repository import find_repository  # noqa: PLC0415
    from whygate.world.world import World, load_policy, read_today  # noqa: PLC0415

    repository = find_repository(cwd, environ=environ)
    tree = None
    if repository is not None and repository.worktree == cwd:
        from whygate.git.tree import Worktree  # noqa: PLC0415
        from whygate.hook.plan_store import RecordingTree  # noqa: PLC0415

        tree = RecordingTree(Worktree(cwd), cwd)
    config = _stored_config(environ, cwd) if tree is not None else None
    if config is not None:
        tree = None  # what is stored holds still
    policy = load_policy(World(None, repository, tree), config=config)
    today = read_today(None, policy.config)
    return Writing(path, environ, cwd, repository, policy, today, tree)


def _stored_config(environ: Mapping[str, str], cwd: Path) -> Config | None:
    """Return the configuration that was stored, which spares reading YAML; None without one."""
    from whygate.hook.quick_pass import read_stored  # noqa: PLC0415
    from whygate.policy.presets import restore_config  # noqa: PLC0415

    try:
        stored = read_stored(environ, str(cwd))
        layers = stored.get("layers") if stored is not None else None
        return restore_config(layers) if isinstance(layers, list) else None
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def _store_plan(writing: Writing) -> None:
    """Store what the next plain message needs to pass at once."""
    if writing.tree is not None:
        from whygate.hook.plan_store import store_plan  # noqa: PLC0415

        store_plan(writing.policy, writing.tree, writing.environ, str(writing.cwd))


def _decide(writing: Writing) -> Decision:
    """Return the decision: by the message alone if that will do, else with what git knows.

    The first reading supposes git's own defaults, `#` and the cleanup that belongs to the
    editor or its absence. `_is_certain` tells when no other setting could make git record less
    than was read, so a message never passes for what will not be in the commit.
    """
    from whygate.git.message_file import read_message  # noqa: PLC0415
    from whygate.judge.check import check  # noqa: PLC0415

    if writing.policy.config.commit_scope == "off":
        return Decision("`commits.scope` is off")
    cleanup = Cleanup.STRIP if writing.is_edited else Cleanup.WHITESPACE
    change = read_message(Path(writing.path), cleanup=cleanup)
    change = replace(change, branch=_branch(writing.repository))
    verdict = check(change, writing.policy, writing.today)
    if writing.repository is None:
        return Decision(describe_pass(verdict) if verdict.ok else "", verdict)
    if verdict.ok and _is_certain(change) and _needs_no_paths(verdict, writing.policy):
        return Decision(describe_pass(verdict), verdict)
    from whygate.hook.with_git import decide_with_git  # noqa: PLC0415  (most need no git)

    return decide_with_git(writing, writing.repository, verdict)


def _branch(repository: Repository | None) -> str:
    if repository is None:
        return ""
    from whygate.git.hooks import read_head_branch  # noqa: PLC0415

    return read_head_branch(repository.git_dir)


def _is_certain(change: Change) -> bool:
    """Tell whether git records at least what was read, however it is configured.

    Another comment string could delete a line that was read: it would have to begin the line,
    and nobody makes a comment string of a letter, a digit or white space. Another cleanup could
    keep the `#` lines that were not read: behind everything else they change no trailer. Other
    encodings than UTF-8 leave bytes that cannot be read.
    """
    part = change.parts[0]
    if not part.text.strip() or "\ufffd" in part.text:
        return False
    if part.removed and part.lines and part.removed[0][0] < part.lines[-1]:
        return False
    starts = {line[:1] for line in part.text.split("\n")}
    return all(not start or start in " \t" or start.isalnum() for start in starts)


def _needs_no_paths(verdict: Verdict, policy: Policy) -> bool:
    """Tell whether the verdict would be the same whatever the commit touches."""
    if verdict.kind.source == "default" or any(o.paths for o in policy.config.overrides):
        return False
    return verdict.exemption is None or verdict.status == "skipped"
