"""`whygate import`: bring the descriptions of merged requests here, from the forge or a file."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from whygate.cli.options import FILE, Day, config_option, repository_option
from whygate.errors import WhygateError
from whygate.forges.exports import FILE_LIMIT, read_export
from whygate.forges.find import find_merged
from whygate.history.importing import Import, import_listed, tell_time
from whygate.history.requests import RequestStore, name_home
from whygate.history.store import cache_directory
from whygate.terminal.output import read_file
from whygate.text.clean import clean_line
from whygate.world.world import find_world, load_config, require_repository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from pathlib import Path

    from whygate.forges.port import MergedRequests
    from whygate.git.run import Git
    from whygate.history.importing import Fetched

_INTERRUPTED = 130


@click.command(
    "import",
    epilog="""\b
Examples:
  whygate import
  whygate import --since 2026-01-01
  whygate import prs.json""",
)
@click.argument("file", type=FILE, required=False)
@click.option("--since", type=Day(), metavar="DATE", help="Leave out what was updated before.")
@click.option(
    "--project",
    metavar="OWNER/NAME",
    help="Another project than that of the remote `origin`: its name, or its address.",
)
@config_option
@repository_option
def command(
    file: Path | None,
    since: date | None,
    project: str | None,
    config_path: Path | None,
    repository: Path | None,
) -> int:
    """Bring descriptions, labels, authors and linked issues of merged requests here.

    They come from GitHub or GitLab, as the remote `origin` says, into the local store (`whygate
    show store`); audit, due, scorecard and measure read them there. It goes on where it stopped,
    then brings what is new. FILE is what `gh pr list --json` or GitLab's export wrote. A token
    comes from WHYGATE_TOKEN, else for GitHub from GH_TOKEN or GITHUB_TOKEN, for GitLab from
    GITLAB_TOKEN; GITLAB_HOST names a GitLab of your own.
    """
    if file is not None and (since or project):
        raise click.UsageError("--since and --project belong to an import from a forge")
    world = find_world(repository)
    require_repository(world)
    home = name_home(world.git)
    if file is not None:
        return _import_file(file, home)
    issues = load_config(world, path=config_path).linked_issues
    return _import_forge(world.git, home, project, since, issues=issues)


def _import_file(file: Path, home: str) -> int:
    exported = read_export(read_file(file, FILE_LIMIT), str(file))
    with RequestStore(cache_directory(os.environ), home) as store:
        fetched = import_listed(
            store, exported.requests, f"{exported.forge}, {file.name}", tell_time()
        )
        held = store.count()
    others = "1 other is" if exported.unmerged == 1 else f"{exported.unmerged} others are"
    left = f"; {others} not merged" if exported.unmerged else ""
    click.echo(f"{_name_fetched(fetched, held)}{left}")
    return 0


def _import_forge(
    git: Git, home: str, project: str | None, since: date | None, *, issues: bool
) -> int:
    remote = git.origin()
    source = find_merged(remote, os.environ, issues=issues, say=_say, project=project or "")
    with RequestStore(cache_directory(os.environ), home) as store:
        total = source.count()
        day = since.isoformat() if since is not None else ""
        with _progress() as tell:
            run = Import(store, source, source.home, day, tell_time, tell)
            _say_cost(source, total, run)
            # else nobody knows how many come
            if total is not None and (run.goes_on or (run.is_first and not day)):
                tell.begin(max(0, total - store.count()))
            try:
                run.run()
            except KeyboardInterrupt:
                _say(f"stopped: {_kept(run.fetched)}; `whygate import` goes on from there")
                return _INTERRUPTED
            except WhygateError as error:
                error.hint = f"{error.hint}; {_kept(run.fetched)}".removeprefix("; ")
                raise
        held = store.count()
    click.echo(f"{_name_fetched(run.fetched, held)}; {source.spent}")
    return 0


class _Tell:
    """Counts what was fetched; draws a bar where there is a terminal."""

    def __init__(self, advance: Callable[[int], None], begin: Callable[[int], None]) -> None:
        self.begin = begin
        self._advance = advance

    def __call__(self, count: int) -> None:
        """Tell that some more are kept."""
        self._advance(count)


@contextmanager
def _progress() -> Iterator[_Tell]:
    if sys.stderr is None or not sys.stderr.isatty():
        yield _Tell(lambda _: None, lambda _: None)
        return
    from rich.console import Console  # noqa: PLC0415 - only where it is seen
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("fetched"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("fetched", total=None, visible=False)  # the first words come before it
        yield _Tell(
            lambda count: bar.update(task, advance=count, visible=True),
            lambda total: bar.update(task, total=total),
        )


def _say_cost(source: MergedRequests, total: int | None, run: Import) -> None:
    most = "" if run.is_first else "at most "
    how = "goes on where it stopped; " if run.goes_on else ""
    count = "more than can be counted" if total is None else f"{total}"
    _say(f"{source.project}: {count} merged {source.requests}; {how}{most}{source.cost(total)}")


def _name_fetched(fetched: Fetched, held: int) -> str:
    are = f"{held} is" if held == 1 else f"{held} are"
    return f"fetched {_count(fetched.requests)}, {fetched.new} of them new; {are} held"


def _kept(fetched: Fetched) -> str:
    if fetched.requests == 1:
        return "1 request was fetched and is kept"
    return f"{fetched.requests} requests were fetched and are kept"


def _count(requests: int) -> str:
    return "1 request" if requests == 1 else f"{requests} requests"


def _say(sentence: str) -> None:
    click.echo(clean_line(sentence), err=True)
