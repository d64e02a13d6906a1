"""`whygate ci`: judge the event of a CI job and report it there."""

from __future__ import annotations

import os

import click

from whygate.gate.run import run_ci


@click.command(
    "ci",
    epilog="""\b
Examples:
  whygate ci

\b
It is what action.yml runs; see docs/action.md.""",
)
def command() -> int:
    """Judge the pull request, merge group or push that started a job of a forge.

    On a schedule it keeps an issue about what is due, when that is asked for. Reads the job's
    environment, takes the configuration from the tip of the base branch, and writes annotations,
    the job summary, the outputs and a JSON report.
    """
    return run_ci(os.environ, lambda text: click.echo(text, nl=False))
