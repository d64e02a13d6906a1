"""The commands, by what they are for: each is imported when it is called, run, and answered."""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module
from keyword import iskeyword
from typing import TYPE_CHECKING

import click

from whygate.terminal.failure import run_guarded
from whygate.text.clean import clean
from whygate.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.shell_completion import CompletionItem

# The commands by what they are for; the module of a command is called as it is,
# with `_` behind a word of Python.
GROUPS: dict[str, dict[str, str]] = {
    "Set up": {
        "init": "set whygate up in a repository: propose each file, and ask",
        "doctor": "check the set-up of a repository and say what to change",
    },
    "Write": {
        "new": "write down why a change should exist: asked, or taken from its commits",
        "template": "print a template for pull requests, commits or issues; find those that lag",
    },
    "Judge": {
        "check": "judge a commit message, a description or a range of commits",
        "hook": "judge commits as they are made and pushed; install the hooks",
        "ci": "judge the event of a CI job, such as a pull request on GitHub",
    },
    "Learn": {
        "import": "bring the descriptions of merged requests here, from the forge or a file",
        "audit": "judge the history of a branch and count what it says",
        "due": "list the measurements that are due, and who looks",
        "measure": "ask the metric catalogue what came of the plans",
        "record": "write down what came of a change",
        "scorecard": "count what came of the plans: who looked, what was met, what was learned",
    },
    "Look up": {
        "rules": "list the rules; with the id of one, say why it asks and how to answer",
        "show": "print the configuration, a schema, the contract, the store, shell completion",
        "mcp": "serve coding agents by the Model Context Protocol",
    },
}
COMMANDS = {name: text for group in GROUPS.values() for name, text in group.items()}
PROGRAM = "whygate"
_COMPLETE = "_WHYGATE_COMPLETE"  # as click names it (click, "Shell Completion")


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports only the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the command names in the order of the documentation."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command by name, None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        module = import_module(f"whygate.cli.{name}")
        command = module.command
        assert isinstance(command, click.Command)  # noqa: S101
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command to run; an unknown name is answered with the nearest one."""
        name = args[0] if args else ""
        if name not in COMMANDS and not name.startswith("-"):
            from difflib import get_close_matches  # noqa: PLC0415

            if near := get_close_matches(name, COMMANDS, n=1):
                ctx.fail(f"no such command `{name}`; did you mean `{near[0]}`?")
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return what may stand here for the shell, without importing the commands."""
        if not incomplete or incomplete[0].isalnum():
            from whygate.cli.complete import list_completions  # noqa: PLC0415

            return list_completions(COMMANDS.items(), incomplete)
        return super().shell_complete(ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the commands by group with one line each, without importing them."""
        width = max(map(len, COMMANDS))
        for head, commands in GROUPS.items():
            with formatter.section(head):
                formatter.write_dl([(name.ljust(width), text) for name, text in commands.items()])


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
    epilog="""\b
Examples:
  whygate check .git/COMMIT_EDITMSG
  whygate check --description body.md --title "feat(cart): keep the cart"
  whygate check --range origin/main..HEAD

\b
Exit status:
  0    clean, exempt, or only warnings
  1    errors found
  2    wrong usage, configuration or schema
  3    could not decide
  130  interrupted""",
)
@click.version_option(__version__, prog_name="whygate")
def app() -> None:
    """Ask every change why it should exist: its problem, its outcome, its measure of success."""


def run(argv: Sequence[str] | None) -> int:
    """Return the exit status of a command line; nothing is ever raised."""
    args = sys.argv[1:] if argv is None else list(argv)
    return run_guarded(lambda: _answer(args), args)


def _answer(args: list[str]) -> int:
    try:
        return _invoke(args)
    except click.ClickException as error:
        _show(error)
        return error.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None


def _invoke(args: list[str]) -> int:
    """Run the command without click's own `main`, which answers a closed pipe with status 1."""
    wanted = os.environ.get(_COMPLETE, "")
    # A shell asks without arguments; a variable that was left over must not answer a command.
    if wanted and not args:
        from click.shell_completion import shell_complete  # noqa: PLC0415  (the shell asks)

        return shell_complete(app, {}, PROGRAM, _COMPLETE, wanted)
    _require_possible(args)
    try:
        with app.make_context(PROGRAM, args) as context:
            status = app.invoke(context)
    except click.exceptions.Exit as stop:
        status = stop.exit_code
    if sys.stdout is not None:  # None: started with stdout closed
        sys.stdout.flush()
    return status if isinstance(status, int) else 0


def _require_possible(args: Sequence[str]) -> None:
    """Refuse what no operating system passes on; only a caller of `main` can send it."""
    for arg in args:
        try:
            whole = os.fsencode(arg)
        except UnicodeEncodeError:
            whole = b"\0"
        if b"\0" in whole:
            raise click.UsageError(f"{arg!a} cannot be an argument")


def _show(error: click.ClickException) -> None:
    """Write what click has to say; it quotes arguments as they are."""
    words = io.StringIO()
    error.show(file=words)
    click.echo(clean(words.getvalue()), err=True, nl=False)
