"""`whygate mcp`: serve coding agents by the Model Context Protocol, over stdin and stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from whygate.cli.options import repository_option, today_option
from whygate.errors import InputError
from whygate.version import how_to_add

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path


@click.command(
    "mcp",
    epilog="""\b
Examples:
  whygate mcp -C ~/src/shop
  whygate mcp --today 2026-12-01""",
)
@repository_option
@today_option
def command(*, repository: Path | None, today: date | None) -> int:
    """Serve coding agents: the contract, a check, a skeleton, what is due, and a result.

    Speaks the Model Context Protocol over stdin and stdout until stdin ends; your agent starts it.
    Needs the extra `mcp`; without it whygate says how to install that.
    """
    try:
        from whygate.mcp.server import make_server  # noqa: PLC0415  (half a second, and an extra)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("whygate"):
            raise
        raise InputError("the MCP SDK is not installed", hint=how_to_add("mcp")) from None
    server, is_alone = make_server(repository, today), False
    try:
        server.run("stdio")
    except* BrokenPipeError:  # the SDK's tasks end in a group
        is_alone = True
    if is_alone:
        raise BrokenPipeError
    return 0
