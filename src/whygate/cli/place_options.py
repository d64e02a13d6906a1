"""The options that say where a command looks: which repository, which configuration."""

from __future__ import annotations

from pathlib import Path

import click

repository_option = click.option(
    "-C",
    "--repository",
    type=click.Path(path_type=Path),
    help="Use the repository of that directory.",
)
config_option = click.option(
    "--config", "config_path", type=click.Path(path_type=Path), help="Read this configuration."
)
