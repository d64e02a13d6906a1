"""The server for coding agents, driven by the SDK's own client over a real pipe."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from mcp.client.stdio import StdioServerParameters

import whygate
from mcp import Client
from whygate.mcp.server import make_server

if TYPE_CHECKING:
    from mcp_types import CallToolResult
    from tests.conftest import MakeRepo, Repo


class Answer(NamedTuple):
    """What a tool gave back: `report` is the object of one that returns JSON."""

    failed: bool
    text: str
    report: Any


SOURCES = Path(whygate.__file__).parents[1]
TODAY = "2026-12-01"
PLAN = """feat(export): write every row

Problem: accountants retype the rows after the hundredth by hand
Audience: accountants of shops with more than 100 orders a month
Outcome: they close the month from one file instead of three
Metric: exports that are split into several files, weekly
Baseline: 60
Target: 5
Evaluate-By: 2027-02-15
"""

# Ten changes that an agent wrote with nothing but the contract in its hands.
WRITTEN = {
    "feature": PLAN,
    "feature whose baseline nobody knows": PLAN.replace(
        "Baseline: 60", "Baseline: unknown until +14d; counted from the export log"
    ),
    "feature of a bet": """feat(cart): share a cart by link

Problem: shoppers send each other screenshots of their carts
Audience: shoppers who buy together, about 4 % of weekly buyers
Outcome: they open the same cart instead of typing it again
Product-Context: exempt covered-by; bet cart-sync
""",
    "feature that cannot be measured": """feat(invoices): print the tax number on top

Problem: three clerks asked where the tax number stands
Audience: the eleven clerks who read printed invoices
Outcome: they find the number at a glance
Product-Context: exempt not-measurable; fewer than twelve people read them, we ask three
""",
    "perf": """perf(search): cache permissions for a request

Problem: a search waits 820 ms for the permissions of each hit
Outcome: people see the hits before they scroll
Metric: p95 of search requests, daily
Baseline: 820 ms
Target: 300 ms
Evaluate-By: +30d
""",
    "experiment": """experiment(checkout): ask for the address first

Problem: one of four shoppers leaves at the address form
Audience: shoppers who buy for the first time
Outcome: more of them reach the payment page
Metric: first-time shoppers who reach the payment page, weekly
Baseline: 61 %
Target: 66 %
Evaluate-By: +28d
Guardrail: returned parcels <= 4 %
Decision-Rule: keep at 66 % or more; roll back if the guardrail breaks
""",
    "fix": """fix(import): keep leading zeros of article numbers

Problem: articles whose number begins with 0 are imported under a wrong one
Metric: tickets about wrong article numbers, weekly
Baseline: 7
Target: 0
Evaluate-By: +30d
""",
    "refactor": """refactor(cart): keep prices as integers of cents

Problem: rounding differs between the cart and the invoice, which costs every new developer a day
Product-Context: exempt internal; all 412 golden invoices are byte-identical
""",
    "docs": "docs: say how a parcel is tracked\n",
    "emergency": """fix(login): accept passwords with a space again

Problem: since this morning nobody with a space in the password can sign in
Product-Context: exempt deferred; until +7d; this stops an outage
""",
}

HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


def ask(repo: Repo, tool: str, **arguments: object) -> Answer:
    """Return what a tool of a server in a process of its own answers."""
    return asyncio.run(_ask(_parameters(repo), tool, arguments))


def ask_here(repo: Repo, tool: str, **arguments: object) -> Answer:
    """Return what a tool of a server in this process answers."""
    return asyncio.run(_ask(make_server(repo.path), tool, arguments))


async def _ask(server: Any, tool: str, arguments: dict[str, object]) -> Answer:
    async with Client(server) as client:
        return _answer(await client.call_tool(tool, arguments))


def _answer(result: CallToolResult) -> Answer:
    text = "".join(part.text for part in result.content if part.type == "text")
    return Answer(bool(result.is_error), text, result.structured_content)


def _parameters(repo: Repo) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "whygate", "mcp", "-C", str(repo.path), "--today", TODAY],
        env={**repo.environ, "PYTHONPATH": str(SOURCES)},
    )


@pytest.fixture
def repo(make_repo: MakeRepo) -> Repo:
    """Give a repository with one plan that is overdue, and a bet."""
    repo = make_repo()
    bet = (
        "version: 1\nproblem: Shoppers who fill a cart on the phone find it empty on the laptop.\n"
    )
    plan = PLAN.replace("2027-02-15", "+20d").replace("every row", "every row (#7)")
    repo.commit(plan, {".whygate/bets/cart-sync.yml": bet, "export.py": "rows = 1\n"})
    return repo


# --- what an agent does with it ------------------------------------------------------------------


def test_agent_finds_the_tools_and_what_each_takes(repo: Repo) -> None:
    async def look() -> dict[str, Any]:
        async with Client(_parameters(repo)) as client:
            return {tool.name: tool for tool in (await client.list_tools()).tools}

    tools = asyncio.run(look())

    assert set(tools) == {"contract", "check", "skeleton", "due", "record"}
    assert all(tool.description for tool in tools.values())
    assert tools["check"].input_schema["required"] == ["text"]
    assert tools["check"].annotations.read_only_hint
    assert not tools["record"].annotations.read_only_hint


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_change_written_from_the_contract_passes_at_the_first_try(repo: Repo, text: str) -> None:
    title, _, body = text.partition("\n")
    message = ask_here(repo, "check", text=text)
    description = ask_here(repo, "check", text=body, title=title)
    run = subprocess.run(
        [sys.executable, "-m", "whygate", "check", "-", "--format", "json"],
        input=text.encode(),
        capture_output=True,
        check=False,
        cwd=repo.path,
        env={**repo.environ, "PYTHONPATH": str(SOURCES)},
    )

    assert [change["findings"] for change in message.report["changes"]] == [[]]
    assert (message.report["ok"], description.report["ok"], run.returncode) == (True, True, 0)
    assert json.loads(run.stdout)["changes"][0]["status"] == message.report["changes"][0]["status"]


def test_agent_is_asked_and_given_the_text_to_fill_in(repo: Repo) -> None:
    answer = ask(repo, "check", text="feat: write every row\n")
    (change,) = answer.report["changes"]

    assert not answer.failed
    assert (change["status"], answer.report["today"]) == ("failed", TODAY)
    assert change["findings"][0]["question"] == "What problem does this solve, and who has it?"
    title = "feat: write every row"
    assert change["skeleton"] == ask_here(repo, "skeleton", title=title, form="trailers").text
    assert ask_here(repo, "skeleton", title=title).text.startswith("## Problem\n<")
    assert ask_here(repo, "skeleton", title="docs: mend a typo").text == ""


def test_contract_is_that_of_the_repository_as_it_is_now(repo: Repo) -> None:
    async def twice() -> tuple[str, str]:
        async with Client(make_server(repo.path)) as client:
            first = _answer(await client.call_tool("contract", {})).text
            repo.write(".whygate.yml", "version: 1\npreset: strict\n")
            return first, _answer(await client.call_tool("contract", {})).text

    first, second = asyncio.run(twice())

    assert "Preset `standard`" in first
    assert "Preset `strict`" in second


def test_result_is_recorded_once_and_no_longer_due(repo: Repo) -> None:
    (item,) = ask(repo, "due").report["items"]
    assert (item["change"], item["state"]) == ("#7", "overdue")

    shown = ask(repo, "record", change="#7", state="met", value="4", dry_run=True)
    assert not (repo.path / ".whygate/results.jsonl").exists()
    assert json.loads(shown.text.split("\n")[0])["value"] == "4"

    first = ask(repo, "record", change="#7", state="met", value="4", by="@lena")
    again = ask(repo, "record", change="#7", state="met", value="4", by="@lena")

    assert "results.jsonl" in first.text
    assert again.text == "#7 met is recorded already"
    assert len((repo.path / ".whygate/results.jsonl").read_text().splitlines()) == 1
    assert ask(repo, "due").report["items"] == []


# --- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("check", {"text": "x" * 2_000_000}, "bytes"),
        ("check", {"text": "y" * 70_000, "title": "feat: x"}, "too long for a description"),
        ("check", {"text": 5}, "text"),
        ("check", {}, "text"),
        ("check", {"text": "feat: x", "labels": "bug"}, "labels"),
        ("due", {"days": -1}, "from 0 to"),
        ("due", {"days": "soon"}, "days"),
        ("record", {"change": "#7", "state": "splendid"}, "splendid"),
        ("record", {"change": "#7", "state": "missed", "value": "4"}, "not recorded"),
        ("record", {"change": "#8", "state": "met"}, "did you mean `#7`?"),
        ("record", {"change": "#7", "state": "met", "metric": 4}, "4"),
        ("elephant", {}, "elephant"),
    ],
)
def test_wrong_call_is_told_in_a_sentence(
    repo: Repo, tool: str, arguments: dict[str, object], said: str
) -> None:
    answer = ask_here(repo, tool, **arguments)

    assert answer.failed
    assert said in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "text",
    ["", "\0", "\x1b]0;owned\x07", "::error::x", "\u202e" * 50, "[" * 60_000, "\r\r\n" * 900],
    ids=["empty", "nul", "escape", "workflow", "bidi", "brackets", "returns"],
)
def test_hostile_text_is_judged(repo: Repo, text: str) -> None:
    answer = ask_here(repo, "check", text=text, title="feat: x")

    assert not answer.failed
    assert answer.report["changes"][0]["status"] == "failed"


def test_broken_configuration_names_each_mistake(repo: Repo) -> None:
    repo.write(".whygate.yml", "version: 1\npreset: holy\nkindz: {}\n")

    answer = ask_here(repo, "contract")

    assert answer.failed
    assert ".whygate.yml:2: " in answer.text
    assert ".whygate.yml:3: " in answer.text


def test_server_outlives_what_it_refuses(repo: Repo) -> None:
    async def both() -> tuple[Answer, Answer]:
        async with Client(_parameters(repo)) as client:
            wrong = _answer(await client.call_tool("check", {"text": "x" * 2_000_000}))
            return wrong, _answer(await client.call_tool("check", {"text": PLAN}))

    wrong, right = asyncio.run(both())

    assert (wrong.failed, right.failed, right.report["ok"]) == (True, False, True)


@pytest.mark.parametrize(
    "sent", [b"", b"not json\n", b'{"jsonrpc": "2.0"}\n', b"\xff\xfe\n"], ids=str
)
def test_server_ends_quietly_with_its_pipe(repo: Repo, sent: bytes) -> None:
    parameters = _parameters(repo)
    done = subprocess.run(
        [parameters.command, *parameters.args],
        input=sent,
        capture_output=True,
        check=False,
        env=parameters.env,
        timeout=120,
    )

    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "text",
    [r"a \ud83d b", r"\udc4d", r"\ud83d\ud83d\udc4d", r"\\ud83d \ud83d\udc4d", r"\uDBFF"],
    ids=["first half", "second half", "half and whole", "backslash", "upper case"],
)
def test_cut_emoji_is_answered(repo: Repo, text: str) -> None:
    call = '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"check","arguments":'
    lines = [
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}),
        json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        f'{call}{{"text":"feat: x\\n\\n{text}"}}}}}}',
    ]
    parameters = _parameters(repo)
    with subprocess.Popen(
        [parameters.command, *parameters.args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=parameters.env,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write("".join(f"{line}\n" for line in lines).encode())
        server.stdin.flush()
        answers = [json.loads(server.stdout.readline()) for _ in range(2)]
        server.stdin.close()
        server.wait(120)

    assert [answer["id"] for answer in answers] == [1, 2]
    assert answers[1]["result"]["structuredContent"]["changes"][0]["status"] == "failed"


def test_closed_reader_ends_the_server(repo: Repo) -> None:
    parameters = _parameters(repo)
    with subprocess.Popen(
        [parameters.command, *parameters.args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=parameters.env,
    ) as server:
        assert server.stdout is not None
        server.stdout.close()
        request = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": HELLO,
        }
        _, err = server.communicate(json.dumps(request).encode() + b"\n", timeout=120)

    assert b"Traceback" not in err
    assert server.returncode in (0, 141)


def test_settings_of_the_page_start_the_server() -> None:
    page = (Path(__file__).parents[2] / "docs/agents.md").read_text()
    settings = json.loads(re.findall(r"```json\n(.*mcpServers.*)\n```", page)[0])

    (server,) = settings["mcpServers"].values()

    assert (server["command"], server["args"]) == ("whygate", ["mcp"])


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("check", {}, "`check`: `text` is missing"),
        ("check", {"text": 3}, "`check`: `text` must be text"),
        ("check", {"text": "x", "labels": "bug"}, "`check`: `labels` must be a list"),
        ("check", {"text": "x", "labels": [3]}, "`check`: each of `labels` must be text"),
        ("due", {"days": "soon"}, "`due`: `days` must be a whole number"),
        ("skeleton", {"title": "x", "form": "y"}, "must be 'sections' or 'trailers'"),
        ("record", {"state": "met", "valeu": "3"}, "`record` knows no `valeu`; it takes `change`"),
        ("contract", {"kind": "fix"}, "`contract` knows no `kind`; it takes nothing"),
        ("judge", {}, "there is no tool `judge`; there are `contract`, `check`"),
    ],
)
def test_call_with_wrong_arguments_is_answered_in_one_sentence(
    repo: Repo, tool: str, arguments: dict[str, object], said: str
) -> None:
    answer = ask_here(repo, tool, **arguments)

    assert answer.failed
    assert said in answer.text
    assert "pydantic" not in answer.text
    assert "\n" not in answer.text


def test_missing_extra_is_said_with_the_way_to_it(repo: Repo) -> None:
    hide = "import sys; sys.modules['mcp'] = None; from whygate.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", hide, "mcp"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        cwd=repo.path,
        env={**repo.environ, "PYTHONPATH": str(SOURCES)},
    )

    assert done.returncode == 2
    assert b"the MCP SDK is not installed\nhint: pip install 'whygate[mcp]" in done.stderr
