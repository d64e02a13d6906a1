"""`whygate completion`: print the script that completes commands in a shell."""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

_SHELLS = ("bash", "zsh", "fish")
_PROGRAM = "whygate"
_VARIABLE = "_WHYGATE_COMPLETE"


@click.command(
    "completion",
    epilog="""\b
Examples:
  whygate completion bash >> ~/.bashrc
  whygate completion zsh >> ~/.zshrc
  whygate completion fish > ~/.config/fish/completions/whygate.fish""",
)
@click.argument("shell", type=click.Choice(_SHELLS))
def command(shell: str) -> int:
    """Print the script for a shell: it completes commands, options, rules, fields and kinds.

    For bash 4.4 or newer, zsh, and fish.
    """
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click knows the three
    # The shell's own class asks the shell for its version, by running it.
    click.echo(ShellComplete.source(kind(click.Group(), {}, _PROGRAM, _VARIABLE)))
    return 0
