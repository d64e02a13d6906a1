"""`whygate cache`: say where the verdicts of audits are kept, how much they are, and drop them."""

from __future__ import annotations

import os

import click

from whygate.errors import InputError
from whygate.history.store import FILE_NAME, cache_directory, measure_cache, remove_cache
from whygate.text.clean import clean_line


@click.command(
    "cache",
    epilog="""\b
Examples:
  whygate cache path
  whygate cache clear""",
)
@click.argument("what", type=click.Choice(["path", "size", "clear"]), default="path")
def command(what: str) -> int:
    """Show or clear the cache of `whygate audit`.

    It holds verdicts by commit and can be deleted at any time; WHYGATE_CACHE_DIR moves it.
    """
    path = cache_directory(os.environ) / FILE_NAME
    if what == "path":
        click.echo(clean_line(str(path)))
        return 0
    try:
        count = remove_cache(path) if what == "clear" else measure_cache(path)
    except OSError as error:
        raise InputError(f"`{path}` cannot be deleted: {error.strerror}") from None
    click.echo(f"{count} bytes" if what == "size" else f"{count} bytes freed")
    return 0
