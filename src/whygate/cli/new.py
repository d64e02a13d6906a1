"""`whygate new`: write down why a change should exist, from answers or from its commits."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import replace

from whygate.authoring.describe import Description, describe_change, list_commits
from whygate.authoring.interview import Interview, declare_kind, judge_interview, read_answers
from whygate.authoring.written import write_block, write_sections, write_trailers
from whygate.cli.complete import complete_kinds
from whygate.cli.options import (
    FILE,
    config_option,
    preset_option,
    repository_option,
    today_option,
)
from whygate.errors import InputError
from whygate.git.branch import branch_change, named_commits
from whygate.git.staged import find_head
from whygate.judge.check import check
from whygate.model import Severity, Verdict
from whygate.reporters.text import Shown, render_text
from whygate.terminal.failure import write_error
from whygate.terminal.interview import DRAFT_NAME, ask_yes, hold_interview, load_draft, save_draft
from whygate.terminal.output import read_file, use_color, write_file
from whygate.text.clean import clean, clean_line
from whygate.text.commit import to_change
from whygate.text.message import is_fixup
from whygate.world.world import (
    World,
    find_world,
    load_policy,
    preset_options,
    read_today,
    require_repository,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from whygate.policy.policy import Policy
    from whygate.text.commit import Commit

STDIN = "-"
_LIMIT = 262_144
_MESSAGE_NAME = "whygate-message.txt"
_FORMS = ("sections", "trailers", "block")
# One value of a trailer is one line; several paragraphs become sentences of it.
_JOINT = "; "


class _Options(Struct, frozen=True):
    title: str
    kind: str | None
    form: str | None
    output: Path | None
    commits: bool
    answers: str | None
    source: str | None


@click.command(
    "new",
    epilog="""\b
Examples:
  whygate new
  whygate new --title "feat(cart): keep the cart" > body.md
  whygate new --as trailers
  whygate new --commit
  whygate new --answers answers.yml --as block
  whygate new --from | gh pr create --title "feat: keep it" --body-file -
  whygate new --from release-2.0 --as trailers""",
)
@click.option("--title", default="", metavar="TEXT", help="The title; its type names the kind.")
@click.option(
    "--kind",
    metavar="NAME",
    shell_complete=complete_kinds,
    help="The kind of change, when no title tells it.",
)
@click.option(
    "--as",
    "form",
    type=click.Choice(_FORMS),
    help="The written form (default: sections of a description).",
)
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Write to this file, a new one.")
@click.option("--commit", "commits", is_flag=True, help="Run `git commit` with the message.")
@click.option("--answers", metavar="FILE", help="Ask nothing: the answers, as YAML or JSON.")
@click.option(
    "--from",
    "source",
    is_flag=False,
    flag_value="",
    metavar="[BRANCH|A..B]",
    help="Ask nothing: what the commits of this branch say, those since BRANCH, or those of A..B.",
)
@preset_option
@config_option
@repository_option
@today_option
def command(
    *,
    preset: str | None,
    config_path: Path | None,
    repository: Path | None,
    today: date | None,
    **inputs: object,
) -> int:
    """Ask why a change should exist, one question after the other, and write the answers down.

    Each answer is judged as it is given. Questions go to stderr and the result to stdout. What
    was answered is kept in the git directory until it is done, so Ctrl-C loses nothing.

    With --from nothing is asked: what the commits say is kept, field by field, what is needed
    and missing appears as a slot `<...>` to fill in, and nothing is made up. `--as trailers`
    writes what a squash message needs.
    """
    options = _Options(**inputs)  # type: ignore[arg-type]
    world = find_world(repository)
    _require_possible(options, world)
    policy = load_policy(world, path=config_path, options=preset_options(preset))
    day = read_today(today, policy.config)
    _require_kind(options.kind, policy)
    if options.source is not None:
        return _compose(options, world, policy, day)
    if options.answers is not None:
        verdict = _judge_file(options, policy, day)
        if not verdict.ok:
            text = render_text([Shown(verdict)], color=use_color(False))
            write_error(text.rstrip("\n"))
            return 1
        return _finish(verdict, policy, options, world)
    return _hold(_begin(options, world, policy, day), options, world)


def _require_possible(options: _Options, world: World) -> None:
    if options.source is not None and (options.answers or options.commits or options.kind):
        raise click.UsageError(
            "--from takes all from commits: leave --answers, --commit, --kind out"
        )
    if options.commits and (options.form or options.output):
        raise click.UsageError("--commit writes the message itself: leave --as and --output out")
    if options.commits or options.source is not None:
        require_repository(world)
    if options.output is not None and options.output.exists():
        raise InputError(f"`{options.output}` is there already", hint="name a new file")
    asks = options.answers is None and options.source is None
    if asks and (sys.stdin is None or not sys.stdin.isatty()):
        raise click.UsageError(
            "there is no terminal to ask in; give the answers with --answers FILE (- is stdin), "
            "or let the commits of the branch speak: --from"
        )


def _require_kind(kind: str | None, policy: Policy) -> None:
    field = policy.schema.field("kind")
    known = [name for name in policy.config.kinds if field is not None and name in field.choices]
    if kind is not None and kind not in known:
        raise click.UsageError(f"`{kind}` is no kind of change here: {', '.join(known)}")


def _compose(options: _Options, world: World, policy: Policy, day: date) -> int:
    """Write what commits say, and say on stderr what is missing in it."""
    git = world.git
    base = policy.config.commit_bases
    commits, branch = named_commits(git, options.source or "", head=find_head(git), base=base)
    change = branch_change(commits, policy.config, branch=branch)
    verdict = check(replace(change, title=options.title or change.title), policy, day)
    form = options.form or "sections"
    described = describe_change(verdict, policy, joint=_joint(form))
    text = _write(form, described, policy)
    if form == "sections":
        text = "\n\n".join(part for part in (text, _commit_section(commits)) if part)
    _say_what_is_missing(described)
    _put(text, options)
    return 0


def _commit_section(commits: Sequence[Commit]) -> str:
    listed = [(c.short_sha, to_change(c).title) for c in reversed(commits)]
    kept = [(sha, title) for sha, title in listed if not is_fixup(title)]
    return f"## Commits\n{list_commits(kept)}"


def _judge_file(options: _Options, policy: Policy, day: date) -> Verdict:
    name = options.answers or ""
    if name == STDIN:
        if sys.stdin is None:
            raise InputError("there is nothing to read: stdin is closed")
        data = sys.stdin.buffer.read(_LIMIT + 1)
        if len(data) > _LIMIT:
            raise InputError(f"stdin is larger than {_LIMIT} bytes")
        text = data.decode("utf-8-sig", "replace")
    else:
        text = read_file(Path(name), _LIMIT)
    path = "answers" if name == STDIN else name
    answers = read_answers(text, path, policy.schema, title=options.title)
    return check(answers.change, policy, day, context=answers.context)


def _begin(options: _Options, world: World, policy: Policy, day: date) -> Interview:
    """Return the interview to hold: a new one, or the one that was interrupted."""
    branch = world.git.head_branch() if world.repository is not None else ""
    interview = Interview(policy, day, title=options.title, branch=branch)
    path = _draft_path(world)
    draft = load_draft(path) if path is not None else None
    if draft is not None:
        write_error(
            f"There are answers from before: {clean_line(draft.title or 'no title')} "
            f"({', '.join(map(clean_line, draft.answered)) or 'nothing else yet'})."
        )
        if ask_yes("Go on with them?"):
            interview = replace(
                interview,
                title=options.title or draft.title,
                answers=draft.answers,
                left_open=draft.left_open,
            )
    return interview if options.kind is None else declare_kind(interview, options.kind)


def _hold(interview: Interview, options: _Options, world: World) -> int:
    path = _draft_path(world)
    latest = interview

    def save(now: Interview) -> None:
        nonlocal latest
        latest = now
        if path is not None:
            save_draft(path, now)

    try:
        latest = hold_interview(interview, save)
    except KeyboardInterrupt:
        _keep(latest, path)
        raise
    verdict = judge_interview(latest)
    status = _finish(verdict, latest.policy, options, world)
    if path is not None and (status == 0 or not options.commits):
        path.unlink(missing_ok=True)
    return status


def _keep(interview: Interview, path: Path | None) -> None:
    """Tell where the answers so far are, or write them out where there is no place for them."""
    if path is not None and path.exists():
        write_error(f"\nYour answers are kept in {path}; `whygate new` goes on with them.")
    elif text := write_sections(interview.answers, interview.policy.schema):
        write_error(f"\nYour answers so far:\n\n{clean(text)}\n")


def _finish(verdict: Verdict, policy: Policy, options: _Options, world: World) -> int:
    """Write the result where it is wanted, say what is open, and return the exit status."""
    form = "trailers" if options.commits else options.form or "sections"
    described = describe_change(verdict, policy, joint=_joint(form))
    text = _write(form, described, policy)
    _say_what_is_missing(described)
    _say_what_fails(verdict)
    if options.commits:
        return _commit(verdict, text, world) if verdict.ok else 1
    _put(text, options)
    return 0 if verdict.ok else 1


def _put(text: str, options: _Options) -> None:
    if options.output is not None:
        write_file(options.output, [f"{text}\n"])
        write_error(f"wrote {options.output}")
    else:
        click.echo(clean(text))


def _joint(form: str) -> str:
    return _JOINT if form == "trailers" else "\n\n"


def _write(form: str, described: Description, policy: Policy) -> str:
    if form == "trailers":
        return "\n".join(write_trailers(described.answers, policy.schema))
    write = write_block if form == "block" else write_sections
    return write(described.answers, policy.schema)


def _say_what_is_missing(described: Description) -> None:
    if described.missing:
        titles = ", ".join(clean_line(field.title) for field in described.missing)
        write_error(f"whygate: to be filled in: {titles}")


def _say_what_fails(verdict: Verdict) -> None:
    if not verdict.ok:
        errors = [f for f in verdict.findings if f.severity is Severity.ERROR]
        names = ", ".join(dict.fromkeys(f"{f.rule} {f.name}" for f in errors))
        write_error(f"whygate: it does not pass yet: {names}")


def _commit(verdict: Verdict, trailers: str, world: World) -> int:
    """Run `git commit` with the message, which stays in a file until git has taken it."""
    assert world.repository is not None  # noqa: S101 - see _require_possible
    path = world.repository.git_dir.absolute() / _MESSAGE_NAME
    title = verdict.change.title
    write_file(path, [f"{title}\n\n{trailers}\n" if trailers else f"{title}\n"])
    status = world.git.commit(path)
    if status == 0:
        path.unlink(missing_ok=True)
        return 0
    write_error(
        f"whygate: git did not commit; the message is kept: "
        f"git commit --edit --file={shlex.quote(str(path))}"
    )
    return 1


def _draft_path(world: World) -> Path | None:
    return None if world.repository is None else world.repository.git_dir.absolute() / DRAFT_NAME
