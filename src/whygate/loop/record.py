"""A result as somebody tells it: checked, and written into the ledger, a note or a commit."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from whygate.errors import InputError
from whygate.git.notes import RESULTS_REF
from whygate.loop.ledger import append_line, locked_file, merges_by_union
from whygate.outcomes.ledger import (
    ATTRIBUTES_LINE,
    LEDGER_PATH,
    name_result,
    read_event,
    render_event,
)
from whygate.outcomes.names import Found, Lookup
from whygate.outcomes.promises import reaches, read_aim, read_value
from whygate.outcomes.result import Result, ResultState, Source
from whygate.outcomes.review import Review, review_result
from whygate.outcomes.trailers import render_trailers
from whygate.schema.files import RESULTS, read_bundled
from whygate.schema.validate import compile_validator
from whygate.values.dates import DateValue, parse_date
from whygate.values.quantities import Quantity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from whygate.git.run import Git
    from whygate.history.outcomes import History
    from whygate.outcomes.promises import Promise
    from whygate.world.world import World

_NEEDS_METRIC = (
    *(ResultState.MET, ResultState.MISSED),
    *(ResultState.INCONCLUSIVE, ResultState.BASELINE),
)


_MOST_MISTAKES = 50
_UNION = f"so that two branches can record, add to .gitattributes: {ATTRIBUTES_LINE}"
_LOCK_NAME = "whygate-notes.lock"


class Wanted(Struct, frozen=True):
    """What somebody says of a change: the result, where to write it, and how."""

    change: str
    state: str
    value: str
    evidence: str
    note: str
    metric: int | None
    until: str
    guardrails: tuple[str, ...]
    by: str
    at: date | None
    forced: str
    correct: bool
    carrier: str
    commit: bool
    dry_run: bool


def find_change(history: History, text: str) -> Found:
    """Return the change a text names; raises InputError with the nearest name for no change."""
    lookup = Lookup(history.records, history.outcomes.outcomes)
    found = lookup.find(text)
    if found is None and (sha := find_merge(history.target.git, text, history.target.span.tip)):
        found = lookup.find(sha)
    if found is not None:
        return found
    near = lookup.suggest(text)
    hint = f"did you mean `{near}`?" if near else "`whygate due --within 1y` lists the plans"
    raise InputError(f"no change of this history is called `{text[:80]}`", hint=hint)


def make_result(options: Wanted, found: Found, history: History, today: date) -> Result:
    """Return the result of a change; raises InputError when it does not fit the change's plan.

    A value without a unit gets that of the plan; without a state the value decides.
    """
    named = ResultState(options.state) if options.state else None
    metric = _choose_metric(options, found, named or ResultState.MET)
    plan = next((o.plan for o in found.outcomes if o.plan.index == metric), None)
    value = _with_unit(_sound(options.value), plan)
    state = named or _read_state(value, found, plan)
    wrong = _find_wrong(found, metric, state) if options.correct else None
    at = options.at or (wrong.at if wrong is not None else today)
    if at > today:
        raise InputError(f"--at {at} is in the future")
    targets = [o.plan.target for o in found.outcomes if o.plan.index == metric]
    return Result(
        change=found.name,
        at=at,
        state=state,
        sha=found.sha,
        metric=metric,
        value=value,
        target=targets[0] if targets and state in _NEEDS_METRIC else "",
        evidence=_sound(options.evidence),
        by=_sound(options.by) or find_person(history.target.git),
        note=_sound(options.note),
        until=_read_until(options.until, at),
        guardrails=tuple(map(_sound, options.guardrails)),
        forced=_sound(options.forced),
        corrects=name_result(wrong) if wrong is not None else "",
        source=Source(options.carrier),
    )


def _with_unit(value: str, plan: Promise | None) -> str:
    """Return a bare number with the unit of the plan: `46` beside a target of `45 %` is `46 %`."""
    measured, aim = read_value(value), read_aim(plan) if plan is not None else None
    if plan is None or measured is None or not isinstance(aim, Quantity):
        return value
    start = read_value(plan.baseline)
    like = start if start is not None and start.unit == aim.unit else aim
    unit = like.unit or like.noun
    is_bare = not (measured.unit or measured.noun or measured.per)
    return f"{value} {unit}" if is_bare and unit else value


def _read_state(value: str, found: Found, plan: Promise | None) -> ResultState:
    """Return whether a value meets its plan; raises InputError where that cannot be told."""
    reached = reaches(plan, value) if plan is not None else None
    if reached is not None:
        return ResultState.MET if reached else ResultState.MISSED
    target = f"the target `{plan.target}`" if plan is not None and plan.target else "a target"
    raise InputError(
        f"`{value}` cannot be held against {target} of {found.name}",
        hint=f"say which it is: met, missed or inconclusive behind `{found.name}`",
    )


def prepare(options: Wanted, history: History, today: date) -> tuple[Result, Review]:
    """Return the result that somebody tells, ready to be written, and what speaks against it.

    Raises InputError when it names no change, or does not fit its plan.
    """
    require_sense(options)
    found = find_change(history, options.change)
    result = make_result(options, found, history, today)
    review = review_result(result, found.outcomes)
    if not review.objections:
        result = replace(result, forced="")  # it would hide a contradiction of later
    require_valid(result)
    return result, review


def require_sense(options: Wanted) -> None:
    """Raise InputError when the parts of what is told do not belong together."""
    if not (options.state or options.value):
        call = f'whygate record {shlex.quote(options.change)} --value "..."'
        raise InputError(
            f"nothing says what came out: --value, or STATE ({', '.join(ResultState)}); "
            f"such as: {call}"
        )
    if (options.state == ResultState.EXTENDED) != bool(options.until):
        raise InputError("`extended` and --until DATE belong together")
    if options.state in (ResultState.EXTENDED, ResultState.INCONCLUSIVE) and not options.note:
        raise InputError(f'`{options.state}` needs a reason: --note "why"')


def prepare_rows(
    rows: Sequence[tuple[int, Wanted | str]], history: History, today: date, path: str
) -> list[Result]:
    """Return the results of a table; raises InputError that names every row that has none.

    What is recorded already is left out.
    """
    results: list[Result] = []
    mistakes: list[str] = []
    for line, row in rows:
        try:
            if isinstance(row, str):
                raise InputError(row)
            result, review = prepare(row, history, today)
        except InputError as error:
            mistakes.append(f"{path}:{line}: {error.message}")
            continue
        mistakes += [f"{path}:{line}: {objection}" for objection in review.objections]
        if not review.is_known and not review.objections:
            results.append(result)
    if mistakes:
        raise InputError(
            "\n".join(mistakes[:_MOST_MISTAKES]),
            hint=f"nothing was recorded; {len(mistakes)} to correct",
        )
    return results


def write_results(world: World, history: History, results: Sequence[Result]) -> list[str]:
    """Append results to the ledger, all of them at once; return what to print."""
    if world.root is None:
        raise InputError("this repository has no checked-out files to write to")
    if not results:
        return ["everything is recorded already; nothing to do"]
    number = append_line(world.root, "\n".join(map(render_event, results)))
    said = [_tell(result, f"{LEDGER_PATH}:{number + n}") for n, result in enumerate(results)]
    if number == 1 and not merges_by_union(history.target.git):
        said.append(f"note: {_UNION}")
    return [*said, f"commit {LEDGER_PATH}"]


def _find_wrong(found: Found, metric: int, state: ResultState) -> Result:
    """Return the result that is to be corrected: the one that decides, or the last baseline.

    Raises InputError when there is none.
    """
    is_baseline = state is ResultState.BASELINE
    known = [
        result
        for outcome in found.outcomes
        if not metric or outcome.plan.index == metric
        for result in outcome.results
        if (result.state is ResultState.BASELINE) is is_baseline
    ]
    if not known:
        raise InputError(
            f"{found.name} has no result that could be corrected",
            hint="leave --correct away to record the first one",
        )
    return known[-1]


def _choose_metric(options: Wanted, found: Found, state: ResultState) -> int:
    known = [outcome.plan.index for outcome in found.outcomes]
    if options.metric is not None:
        if known and options.metric not in known:
            listed = ", ".join(map(str, known))
            raise InputError(f"{found.name} has no metric {options.metric}; it has {listed}")
        return options.metric
    if len(known) <= 1:
        return known[0] if known else 0
    if state not in _NEEDS_METRIC:
        return 0
    plans = (outcome.plan for outcome in found.outcomes)
    listed = "; ".join(f"--metric {plan.index}: {plan.metric[:60]}" for plan in plans)
    raise InputError(f"{found.name} has {len(known)} metrics, name one: {listed}")


def _read_until(text: str, at: date) -> date | None:
    if not text:
        return None
    found = parse_date(text, at)
    if not isinstance(found, DateValue) or found.day is None:
        suggestion = "" if isinstance(found, DateValue) else f"; write {found.suggestion}"
        raise InputError(f"--until `{text}` is no day{suggestion}")
    if found.day <= at:
        raise InputError(f"--until {found.day} is not after {at}")
    return found.day


def _sound(text: str) -> str:
    """Return an argument without the bytes that are no text."""
    return text.encode("utf-8", "replace").decode("utf-8").strip()


def require_valid(result: Result) -> None:
    """Hold the line against its schema, and against our own reader, before anything is written."""
    line = render_event(result)
    problems = compile_validator(json.loads(read_bundled(RESULTS)), {})(json.loads(line))
    again = read_event(line, result.source, result.path, result.line)
    if problems or not isinstance(again, Result):
        reason = problems[0].message if problems else getattr(again, "message", "")
        raise InputError(f"the result cannot be written: {reason}")


def write_result(
    options: Wanted, world: World, history: History, result: Result
) -> tuple[list[str], list[str]]:
    """Write a result; return what to print, and what is to be said beside it.

    Raises InputError when there is no file to write to, or it cannot be written.
    """
    git = history.target.git
    if options.carrier == "trailer":
        lines = render_trailers(result)
        if not options.commit or options.dry_run:
            return list(lines), []
        sha = commit_result(git, f"chore: record the result of {result.change}", lines)
        return [_tell(result, f"commit {sha[:12]}")], []
    line = render_event(result)
    if options.dry_run:
        return [line], []
    if options.carrier == "note":
        assert world.repository is not None  # noqa: S101 - a history was read from it
        append_note(git, world.repository.common_dir, RESULTS_REF, result.sha, line)
        where = f"the note of {result.sha[:12]}; share it: git push origin {RESULTS_REF}"
        return [_tell(result, where)], []
    if world.root is None:
        raise InputError(
            "this repository has no checked-out files to write to", hint="use --as note"
        )
    number = append_line(world.root, line)
    said = _tell(result, f"{LEDGER_PATH}:{number}; commit that file")
    # once: where the ledger begins
    return [said], [_UNION] if number == 1 and not merges_by_union(git) else []


def _tell(result: Result, where: str) -> str:
    value = f", {result.value}" if result.value else ""
    until = f" until {result.until}" if result.until is not None else ""
    return f"recorded {result.change} {result.state}{until}{value} in {where}"


def append_note(git: Git, common_dir: Path, ref: str, sha: str, line: str) -> None:
    """Add one line to the note of a commit; what it holds already stays as it is.

    Two runs of whygate take turns; `notes.mergeStrategy = cat_sort_uniq` merges what two clones
    wrote (git-notes). Raises UndecidedError when git fails, InputError when the lock cannot be
    taken.
    """
    with locked_file(common_dir / _LOCK_NAME):
        blob = git.run("notes", f"--ref={ref}", "list", sha, ok=(0, 1)).decode("ascii").strip()
        old = git.run("cat-file", "blob", blob) if blob else b""
        if old and not old.endswith(b"\n"):
            old += b"\n"
        data = old + line.encode("utf-8") + b"\n"
        new = git.run("hash-object", "-w", "--stdin", input=data).decode("ascii").strip()
        git.run("notes", f"--ref={ref}", "add", "-f", "-C", new, sha)


def find_person(git: Git) -> str:
    """Return the author that git would name for a commit, as `Name <mail>`; empty if nobody."""
    told = git.run("var", "GIT_AUTHOR_IDENT", ok=(0, 128)).decode("utf-8", "replace")
    name, mark, _ = told.partition("> ")
    return f"{name}>" if mark else ""


def find_merge(git: Git, text: str, tip: str) -> str:
    """Return the first-parent commit that brought in the commit a text names, empty when none.

    Raises InputError or UndecidedError as `Git.resolve` does for a name that is none.
    """
    try:
        sha = git.resolve(text)
    except InputError:
        return ""
    chain = git.run("rev-list", "--first-parent", tip).decode("ascii").split()
    if sha in chain:
        return sha
    later = set(git.run("rev-list", "--ancestry-path", f"{sha}..{tip}").decode("ascii").split())
    return next((commit for commit in reversed(chain) if commit in later), "")


def commit_result(git: Git, subject: str, trailers: Sequence[str]) -> str:
    """Make an empty commit on HEAD with trailers as its last paragraph, and return its hash.

    What is staged stays staged. It is signed when `commit.gpgSign` asks for that. Raises
    InputError without a commit to build on, or when the repository's own configuration names the
    program to sign with; UndecidedError when git fails or HEAD has moved.
    """
    head = git.resolve("HEAD")
    sign = git.config(("commit.gpgSign",)).get("commit.gpgsign", "").lower()
    options = ("-S",) if sign in ("true", "yes", "on", "1") else ()
    if options:
        _require_own_signer(git)
    message = "\n".join((subject, "", *trailers, "")).encode("utf-8")
    made = git.run("commit-tree", *options, "-p", head, f"{head}^{{tree}}", input=message)
    sha = made.decode("ascii").strip()
    git.run("update-ref", "-m", f"commit: {subject}", "HEAD", sha, head)
    return sha


def _require_own_signer(git: Git) -> None:
    """Refuse to run a program that the repository chose: a clone's .git may be anybody's.

    `gpg.program`, `gpg.<format>.program` and `gpg.ssh.defaultKeyCommand` are commands
    (git-config); those of the user and of the system are trusted.
    """
    told = git.run(
        "config", "--show-scope", "-z", "--get-regexp", r"^gpg\..*(program|command)$", ok=(0, 1)
    )
    pieces = told.decode("utf-8", "replace").split("\0")
    for scope, setting in zip(pieces[::2], pieces[1::2], strict=False):
        if scope in ("local", "worktree"):
            name = setting.partition("\n")[0]
            raise InputError(
                f"this repository's configuration names a program to sign with (`{name}`), "
                "and no program of a repository is run",
                hint=f"set `{name}` in your own configuration (`git config --global`), or print "
                "the trailers and commit by hand",
            )
