"""The tools that a coding agent calls: the contract, a check, a skeleton, what is due, a result.

The protocol is the SDK's (https://modelcontextprotocol.io), over stdin and stdout. Each call reads
the repository anew, as the commands do, so that it follows what is edited meanwhile.
"""

from __future__ import annotations

import json
import re
import sys
from contextlib import suppress
from functools import wraps
from inspect import getdoc
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated, Any, Literal

import anyio
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.stdio import stdio_server
from mcp_types import ToolAnnotations
from msgspec.structs import replace
from pydantic import Field, ValidationError

from whygate.authoring.contract import build_contract
from whygate.authoring.contract_text import render_contract
from whygate.errors import InputError, WhygateError
from whygate.git.message_file import read_description, read_message
from whygate.history.outcomes import read_history
from whygate.history.target import AuditOptions
from whygate.loop.record import Wanted, prepare, write_result
from whygate.reporters.due import list_due
from whygate.reporters.due_json import render_due_json
from whygate.reporters.json_ import render_json
from whygate.reporters.text import judge_all
from whygate.terminal.failure import describe_error
from whygate.text.clean import clean_line
from whygate.version import __version__
from whygate.world.world import find_world, load_policy, read_today

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date
    from pathlib import Path

    from mcp.server.mcpserver import Context
    from mcp_types import CallToolResult, InputRequiredResult
    from pydantic_core import ErrorDetails

    from whygate.policy.policy import Policy
    from whygate.world.world import World

_INSTRUCTIONS = (
    "Before you commit or open a pull request, read `contract`, write why the change should exist, "
    "and call `check` until its status is ok. Never invent a number, a name or a date: ask the "
    "person you work for."
)
_LARGEST_SPAN = 3650
_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_APPENDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)

_HALF = r"\\u[dD][89abAB][0-9a-fA-F]{2}"
# A whole pair, a lone half, or any other escape of JSON, such as that of a backslash.
_ESCAPE = re.compile(
    rf"{_HALF}\\u[dD][c-fC-F][0-9a-fA-F]{{2}}|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{{2}})|\\."
)
_TYPES = {"string": "text", "int": "a whole number", "bool": "true or false", "tuple": "a list"}

Json = dict[str, Any]
Form = Literal["sections", "trailers"]
State = Literal["met", "missed", "inconclusive", "abandoned", "extended"]


def _says(text: str) -> Any:
    """Return what tells an agent of a parameter."""
    return Field(description=text)


def make_server(repository: Path | None, today: date | None = None) -> MCPServer:
    """Return the server for the repository in a directory (None: where it was started).

    `today` is the day to judge by (None: the day of each call).
    """
    tools = Tools(repository, today)
    server = Server("whygate", version=__version__, instructions=_INSTRUCTIONS, log_level="WARNING")
    reading = (tools.contract, tools.check, tools.skeleton, tools.due)
    for tool, hints in (*((tool, _READS) for tool in reading), (tools.record, _APPENDS)):
        server.add_tool(_explain(tool), description=getdoc(tool), annotations=hints)
    return server


class Requests(TextIOWrapper):
    """The lines of stdin, in which each lone half of a surrogate pair is U+FFFD.

    JavaScript escapes one in JSON where it cut an emoji in two; the SDK takes such a line for none
    and never answers it. (ECMA-262, "JSON.stringify", and RFC 8259, 8.2)
    """

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]  # of io.IOBase
        """Return the next line, "" at the end."""
        return _ESCAPE.sub(_mend_escape, super().readline(size))

    def close(self) -> None:
        """Let go of stdin, which is not ours to close."""
        with suppress(ValueError):
            self.detach()


def _mend_escape(found: re.Match[str]) -> str:
    return "\\ufffd" if found["lone"] else found[0]


class Server(MCPServer):
    """The SDK's server, which says in one sentence what is wrong with the arguments of a call."""

    async def run_stdio_async(self) -> None:
        """Serve over stdin and stdout until stdin ends."""
        requests = Requests(sys.stdin.buffer, encoding="utf-8", errors="replace")
        server = self._lowlevel_server
        async with stdio_server(stdin=anyio.wrap_file(requests)) as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Call a tool; raises ToolError when it is unknown, called wrongly, or fails."""
        tools = {
            tool.name: list(tool.input_schema["properties"]) for tool in await self.list_tools()
        }
        if name not in tools:
            raise ToolError(f"there is no tool `{clean_line(name)}`; there are {_listed(tools)}")
        if unknown := [key for key in arguments if key not in tools[name]]:
            takes = f"takes {_listed(tools[name])}" if tools[name] else "takes nothing"
            raise ToolError(f"`{name}` knows no {_listed(map(clean_line, unknown))}; it {takes}")
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if not isinstance(error.__cause__, ValidationError):
                raise
            wrong = "; ".join(_say_wrong(one) for one in error.__cause__.errors())
            raise ToolError(f"`{name}`: {wrong}") from None


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _say_wrong(error: ErrorDetails) -> str:
    """Return what is wrong with an argument (the error types of pydantic, "Validation Errors")."""
    name, of = f"`{error['loc'][0]}`", error["type"]
    if of == "missing":
        return f"{name} is missing"
    if of == "literal_error":
        return f"{name} must be {error['ctx']['expected']}, not `{clean_line(str(error['input']))}`"
    wanted = _TYPES.get(of.partition("_")[0])
    each = "each of " if len(error["loc"]) > 1 else ""
    return f"{each}{name} must be {wanted}" if wanted else f"{name}: {error['msg']}"


def _explain(tool: Callable[..., Any]) -> Callable[..., Any]:
    """Return a tool whose failure reaches the agent as one sentence and the next step."""

    @wraps(tool)
    def call(*args: Any, **options: Any) -> Any:
        try:
            return tool(*args, **options)
        except WhygateError as error:
            raise ToolError(describe_error(error)) from None

    return call


class Tools:
    """What an agent can call; each docstring is what it reads of the tool."""

    def __init__(self, repository: Path | None, today: date | None) -> None:
        self._repository = repository
        self._today = today

    def contract(self) -> str:
        """Tell what a change must say in this repository. Read it before you write."""
        _, policy, _ = self._load()
        return render_contract(build_contract(policy))

    def check(
        self,
        *,
        text: Annotated[
            str,
            _says("A commit message; with `title`, a description"),
        ],
        title: Annotated[str, _says("The title of the pull request")] = "",
        labels: Annotated[tuple[str, ...], _says("The labels of the pull request")] = (),
        branch: Annotated[str, _says("The branch the change comes from")] = "",
    ) -> Json:
        """Judge a commit message, or a description with its title.

        `changes[0].status` is ok, exempt, skipped or failed. When it failed, each finding has
        a question to ask the person, and `skeleton` is the text to fill in.
        """
        _, policy, day = self._load()
        return _judge(policy, day, text, title, labels, branch)

    def skeleton(
        self,
        *,
        title: Annotated[str, _says("The title, such as `feat(cart): keep the cart`")],
        text: Annotated[str, _says("What is written already, without the title")] = "",
        form: Annotated[Form, _says("For a description, or for a commit message")] = "sections",
    ) -> str:
        """Return the text to fill in for a change, what is written already kept.

        It is empty when nothing is missing. Its slots `<...>` are refused until they are filled in.
        """
        _, policy, day = self._load()
        if form == "trailers":
            text, title = f"{title}\n\n{text}", ""
        return str(_judge(policy, day, text, title, (), "")["changes"][0]["skeleton"])

    def due(
        self,
        *,
        days: Annotated[int, _says("How many days ahead to look")] = 14,
        owner: Annotated[str, _says("Only what an owner with this text looks at")] = "",
    ) -> Json:
        """List the measurements that are overdue, due, or come due soon, and who looks."""
        if not 0 <= days <= _LARGEST_SPAN:
            raise InputError(f"`days` is a number from 0 to {_LARGEST_SPAN}")
        world, policy, day = self._load()
        history = read_history(world, policy, day, AuditOptions())
        found = list_due(
            history.outcomes,
            today=day,
            within=days,
            owner=owner,
            damages=history.damages,
            notes=history.remarks,
        )
        return _parse(render_due_json(found))

    def record(  # noqa: PLR0913  (one parameter a part of the result)
        self,
        *,
        change: Annotated[str, _says("A request (`#12`), a commit, or a bet")],
        state: Annotated[State, _says("What came of it")],
        value: Annotated[str, _says("What was measured, with its unit: `46 %`")] = "",
        evidence: Annotated[str, _says("Where the number can be seen")] = "",
        note: Annotated[str, _says("What was learned, or why it is put off")] = "",
        until: Annotated[str, _says("The new day of an extension")] = "",
        metric: Annotated[int, _says("Which measurement, where there are several")] = 0,
        by: Annotated[str, _says("Who looked")] = "",
        correct: Annotated[bool, _says("Take the place of the result that counts now")] = False,
        dry_run: Annotated[bool, _says("Return the line and write nothing")] = False,
    ) -> str:
        """Append what came of a change to the ledger. Only what was really measured."""
        world, policy, day = self._load()
        wanted = Wanted(
            change=change,
            state=state,
            value=value,
            evidence=evidence,
            note=note,
            metric=metric or None,
            until=until,
            guardrails=(),
            by=by,
            at=None,
            forced="",
            correct=correct,
            carrier="ledger",
            commit=False,
            dry_run=dry_run,
        )
        history = read_history(world, policy, day)
        result, review = prepare(wanted, history, day)
        if review.is_known:
            return f"{result.change} {result.state} is recorded already"
        if review.objections:
            raise InputError(f"not recorded: {'; '.join(review.objections)}")
        said, notes = write_result(wanted, world, history, result)
        return "\n".join([*said, *(f"note: {note}" for note in (*review.remarks, *notes))])

    def _load(self) -> tuple[World, Policy, date]:
        world = find_world(self._repository)
        policy = load_policy(world)
        return world, policy, read_today(self._today, policy.config)


def _judge(
    policy: Policy, day: date, text: str, title: str, labels: tuple[str, ...], branch: str
) -> Json:
    """Return the report on one change. A lone half of a surrogate pair counts as U+FFFD."""
    data = text.encode("utf-8", errors="replace")
    if title:
        change = read_description(None, data, title=title, label="description")
    else:
        change = read_message(None, data, label="message")
    shown = judge_all([replace(change, labels=labels, branch=branch)], policy, day)
    return _parse(render_json(shown, policy.schema, day))


def _parse(text: str) -> Json:
    found = json.loads(text)
    assert isinstance(found, dict)  # noqa: S101  (our own reports are objects)
    return found
