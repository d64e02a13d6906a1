"""`whygate import` from a GitHub that answers by its published schema, and its failures."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from graphql import FieldNode, GraphQLSchema, IntValueNode, OperationDefinitionNode, parse
from tests.graphql_github import (
    REPOSITORY,
    TOKEN,
    Fault,
    GraphQLGitHub,
    complain,
    load_schema,
    make_issue,
    serve,
)

from whygate.cli.import_ import _progress
from whygate.forges.github.merged import (
    COUNT_QUERY,
    MergedPullRequests,
    page_points,
    page_query,
)
from whygate.history.requests import Descriptions, RequestStore
from whygate.history.store import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from graphql import Node
    from tests.cli.conftest import Run
    from tests.conftest import Repo

pytestmark = pytest.mark.npm

HOME = "github.com/octo-org/octo-repo"
BAD_GATEWAY = Fault(502, b"<html>")


@pytest.fixture
def github() -> Iterator[GraphQLGitHub]:
    with serve(GraphQLGitHub()) as found:
        yield found


@pytest.fixture(autouse=True)
def naps(
    run: Run,  # noqa: ARG001
    github: GraphQLGitHub,
    tmp_path: Path,
    repo: Repo,
    monkeypatch: pytest.MonkeyPatch,
) -> list[float]:
    """Set the stage, and return the pauses that were made instead of sleeping."""
    for name in ("GH_TOKEN", "GITHUB_TOKEN", "GITHUB_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WHYGATE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("WHYGATE_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    repo.git("remote", "add", "origin", f"https://github.com/{REPOSITORY}.git")
    made: list[float] = []
    now = [1000.0]

    def sleep(seconds: float) -> None:
        made.append(seconds)
        now[0] += seconds

    defaults: Any = MergedPullRequests.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "sleep", sleep)
    monkeypatch.setitem(defaults, "clock", lambda: now[0])
    return made


@pytest.fixture
def held(tmp_path: Path) -> Any:
    """Return what is held by number."""

    def read() -> dict[int, Any]:
        store = Descriptions(tmp_path / "cache" / FILE_NAME, HOME)
        numbers = range(1, 2000)
        found = {n: store.find("", f"#{n}") for n in numbers if ("", f"#{n}") in store}
        return {n: one.request for n, one in found.items() if one is not None}

    return read


def bring(run: Run, repo: Repo, *options: str) -> Any:
    return run("import", "-C", str(repo.path), *options)


# --- the query -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(COUNT_QUERY, id="count"),
        pytest.param(page_query(issues=True), id="with issues"),
        pytest.param(page_query(issues=False), id="without issues"),
    ],
)
def test_query_is_one_of_the_published_schema(query: str) -> None:
    assert complain(query) == []


@pytest.mark.parametrize(("issues", "points"), [(True, 2), (False, 1)])
def test_cost_is_what_the_query_asks_for(*, issues: bool, points: int) -> None:
    """GitHub: the requests for each unique connection, divided by 100 and rounded."""
    document = parse(page_query(issues=issues))
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)

    assert page_points(issues=issues) == max(1, round(_requests(operation, 1) / 100)) == points


def _requests(node: Node, times: int) -> int:
    """Return how often connections are asked for below a node that is there so many times."""
    count = 0
    for field in getattr(getattr(node, "selection_set", None), "selections", ()):
        assert isinstance(field, FieldNode)
        arguments: Any = field.arguments
        first = [a.value for a in arguments or () if a.name.value == "first"]
        size = int(first[0].value) if first and isinstance(first[0], IntValueNode) else 100
        count += times * bool(first) + _requests(field, times * size if first else times)
    return count


def test_schema_is_githubs() -> None:
    assert isinstance(load_schema(), GraphQLSchema)
    assert "PullRequest" in load_schema().type_map


# --- what is brought -------------------------------------------------------------------------


def test_import_brings_everything_with_few_calls(
    run: Run, repo: Repo, github: GraphQLGitHub, held: Any
) -> None:
    github.add(*range(1, 251))
    done = bring(run, repo)

    assert done.status == 0
    assert done.out.startswith("fetched 250 requests, 250 of them new; 250 are held; 4 calls")
    assert "250 merged pull requests; 3 calls of 2 points each, of 4999 left" in done.err
    assert len(held()) == 250


def test_what_a_request_says_is_kept(
    run: Run, repo: Repo, github: GraphQLGitHub, held: Any
) -> None:
    issues = [make_issue(3, "why"), make_issue(4, "x", "other/place")]
    github.add(7, body="x" * 65_536, labels=["bug"], issues=issues)
    github.add(8, author=None, mergeCommit=None, body="")
    github.add(9, author={"__typename": "Bot", "login": "renovate"})
    bring(run, repo)
    seven, eight, nine = held().values()

    assert len(seven.body) == 65_536
    assert seven.labels == ("bug",)
    assert seven.commits == (f"{7:040x}",)
    assert [(i.number, i.body) for i in seven.issues] == [(3, "why")]
    assert (eight.author.login, eight.commits, eight.body) == ("", (), "")
    assert (nine.author.login, nine.author.is_bot) == ("renovate[bot]", True)


def test_second_import_brings_what_was_updated_since(
    run: Run, repo: Repo, github: GraphQLGitHub, held: Any
) -> None:
    github.add(*range(1, 301))
    bring(run, repo)
    github.pulls[4].update(body="edited", updatedAt="2026-12-01T00:00:00Z")
    github.add(301, updatedAt="2026-12-02T00:00:00Z")
    github.asked.clear()
    done = bring(run, repo)

    assert done.out.startswith("fetched 3 requests, 1 of them new; 301 are held; 2 calls")
    assert held()[5].body == "edited"
    assert len(github.asked) == 2


def test_since_leaves_out_what_is_older_until_it_is_asked_for(
    run: Run, repo: Repo, github: GraphQLGitHub, held: Any
) -> None:
    github.add(*range(1, 151), updatedAt="2025-05-05T00:00:00Z")
    github.add(*range(151, 201), updatedAt="2026-02-02T00:00:00Z")
    bring(run, repo, "--since", "2026-01-01")
    some = set(held())
    bring(run, repo)
    same = set(held())
    bring(run, repo, "--since", "2025-01-01")

    assert some == same == set(range(151, 201))
    assert set(held()) == set(range(1, 201))


def test_import_without_linked_issues_asks_for_none(
    run: Run, repo: Repo, github: GraphQLGitHub
) -> None:
    repo.write(".whygate.yml", "linked_issues: false\n")
    github.add(1)
    done = bring(run, repo)

    assert "1 calls of 1 point each" in done.err


def test_imported_text_is_what_the_audit_reads(run: Run, repo: Repo, github: GraphQLGitHub) -> None:
    repo.commit("feat: add it (#7)\n", {"a": "1"})
    issue = make_issue(3, "### Outcome\n\nPeople get the report before they arrive.\n")
    github.add(7, issues=[issue])
    bring(run, repo)
    told = run("audit", "-C", str(repo.path), "--format", "ndjson").out.splitlines()
    (change,) = (c for c in map(json.loads, told) if c["id"] == "#7")

    origins = {answer["field"]: answer["origin"] for answer in change["answers"]}
    assert origins == {"problem": "description", "outcome": "issue"}


# --- failures --------------------------------------------------------------------------------


def test_page_is_halved_while_github_cannot_make_it(
    run: Run, repo: Repo, github: GraphQLGitHub, held: Any, naps: list[float]
) -> None:
    github.add(*range(1, 401))
    github.faults += [Fault(502, b"<html>", least=50) for _ in range(2)]
    done = bring(run, repo)
    sizes = [asked["first"] for asked in github.asked if "first" in asked]

    assert done.status == 0
    assert sizes[:3] == [100, 50, 25]
    assert sizes[-1] == 100
    assert len(held()) == 400
    assert len(naps) == 2


@pytest.mark.parametrize(
    "body",
    [
        b'{"errors": [{"message": "Something went wrong while executing your query."}]}',
        b'{"data": {"repository": null}, "errors": [{"message": "Timeout on this query"}]}',
    ],
)
def test_query_that_fails_in_passing_is_asked_again(
    run: Run, repo: Repo, github: GraphQLGitHub, held: Any, body: bytes
) -> None:
    github.add(*range(1, 4))
    github.faults.append(Fault(200, body, least=1))

    assert bring(run, repo).status == 0
    assert len(held()) == 3


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        pytest.param(Fault(403, b"{}", {"Retry-After": "7"}), 7, id="retry-after"),
        pytest.param(
            Fault(403, b'{"message": "You have exceeded a secondary rate limit"}'),
            60,
            id="secondary",
        ),
        pytest.param(Fault(429, b"{}", {"Retry-After": "30"}), 30, id="429"),
        pytest.param(
            Fault(200, b'{"errors": [{"type": "RATE_LIMITED", "message": "x"}]}'), 60, id="graphql"
        ),
    ],
)
def test_limit_is_waited_for(
    run: Run, repo: Repo, github: GraphQLGitHub, naps: list[float], fault: Fault, wait: float
) -> None:
    github.add(1)
    github.faults.append(fault)
    done = bring(run, repo)

    assert done.status == 0
    assert naps == [wait]
    assert f"GitHub asks to wait {wait} s" in done.err


def test_tokens_are_taken_in_turn_and_one_that_waits_is_passed_over(
    run: Run, repo: Repo, github: GraphQLGitHub, monkeypatch: pytest.MonkeyPatch, naps: list[float]
) -> None:
    monkeypatch.setenv("WHYGATE_TOKEN", "one, two")
    github.tokens = {"one", "two"}
    github.add(*range(1, 501))
    github.faults.append(Fault(403, b"{}", {"Retry-After": "600"}, token="two", least=1))
    done = bring(run, repo)

    assert done.status == 0
    assert {*github.used[:2]} == {"one", "two"}
    assert github.used.count("two") <= 2
    assert naps == []


def test_token_that_is_refused_is_left_out_while_there_are_others(
    run: Run, repo: Repo, github: GraphQLGitHub, monkeypatch: pytest.MonkeyPatch, held: Any
) -> None:
    monkeypatch.setenv("WHYGATE_TOKEN", f"expired {TOKEN}")
    github.add(*range(1, 4))
    done = bring(run, repo)

    assert done.status == 0
    assert "does not accept one of the tokens" in done.err
    assert len(held()) == 3


def test_limit_that_lasts_ends_the_run_and_keeps_what_came(
    run: Run, repo: Repo, github: GraphQLGitHub, held: Any
) -> None:
    github.add(*range(1, 301))
    answer = github.answer

    def limited(body: dict[str, Any], token: str) -> Any:
        if len(github.asked) == 3:
            github.asked.append({})
            return 403, b"{}", {"Retry-After": "3000"}
        return answer(body, token)

    github.answer = limited  # type: ignore[method-assign]
    done = bring(run, repo)
    github.answer = answer  # type: ignore[method-assign]

    assert done.status == 3
    assert "used up for 50 minutes" in done.err
    assert "200 requests were fetched and are kept" in done.err
    assert len(held()) == 200
    assert bring(run, repo).out.startswith("fetched 101 requests, 100 of them new")
    assert len(held()) == 300


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param(Fault(401, b"{}"), "does not accept the token", id="401"),
        pytest.param(Fault(403, b'{"message": "Resource not accessible"}'), "`repo`", id="403"),
        pytest.param(Fault(404, b"{}"), "`Pull requests: read`", id="404"),
        pytest.param(
            Fault(200, b'{"errors": [{"type": "INSUFFICIENT_SCOPES", "message": "x"}]}'),
            "classic token needs the scope",
            id="scope",
        ),
        pytest.param(Fault(200, b"[]"), "is not what it documents", id="list"),
        pytest.param(Fault(200, b'{"data": 7}'), "is not what it documents", id="number"),
        pytest.param(
            Fault(200, b'{"data": {"repository": {"nameWithOwner": 1}}}'),
            "is not what it documents",
            id="wrong type",
        ),
        pytest.param(
            Fault(302, b"", {"Location": "http://example.org/graphql"}),
            "another host",
            id="another host",
        ),
    ],
)
def test_refusal_says_what_to_do(
    run: Run, repo: Repo, github: GraphQLGitHub, fault: Fault, said: str
) -> None:
    github.add(1)
    github.faults.append(fault)
    done = bring(run, repo)

    assert done.status == 3
    assert said in done.err
    assert TOKEN not in done.err


def test_github_that_stays_out_of_order_ends_the_run(
    run: Run, repo: Repo, github: GraphQLGitHub, naps: list[float]
) -> None:
    github.faults += [BAD_GATEWAY for _ in range(9)]
    done = bring(run, repo)

    assert done.status == 3
    assert "out of order" in done.err
    assert len(naps) == 8


def test_page_of_a_wrong_shape_keeps_what_came_before(
    run: Run, repo: Repo, github: GraphQLGitHub, held: Any
) -> None:
    github.add(*range(1, 151))
    answer = github.answer

    def second(body: dict[str, Any], token: str) -> Any:
        status, data, headers = answer(body, token)
        is_second = bool((body.get("variables") or {}).get("after"))
        return status, data.replace(b'"title"', b'"name"') if is_second else data, headers

    github.answer = second  # type: ignore[method-assign]
    done = bring(run, repo)

    assert done.status == 3
    assert "is not what it documents" in done.err
    assert len(held()) == 100


def test_repository_that_moved_is_followed_and_named(
    run: Run, repo: Repo, github: GraphQLGitHub, held: Any
) -> None:
    github.name = "octo-org/new-name"
    github.add(1, issues=[make_issue(2, "why", "octo-org/new-name")])
    done = bring(run, repo)

    assert f"{REPOSITORY} is called octo-org/new-name now" in done.err
    assert len(held()[1].issues) == 1


@pytest.mark.parametrize("status", [301, 307, 308])
def test_redirect_within_the_forge_is_followed(
    run: Run, repo: Repo, github: GraphQLGitHub, held: Any, status: int
) -> None:
    github.add(1)
    github.faults.append(Fault(status, b"", {"Location": f"{github.url}/graphql"}))

    assert bring(run, repo).status == 0
    assert len(held()) == 1


def test_redirect_to_another_host_gets_no_token(
    run: Run, repo: Repo, github: GraphQLGitHub
) -> None:
    with serve(GraphQLGitHub()) as other:
        github.faults.append(Fault(308, b"", {"Location": f"{other.url}/graphql"}))
        done = bring(run, repo)

    assert done.status == 3
    assert other.used == []


def test_without_a_token_it_says_how_to_give_one(
    run: Run, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WHYGATE_TOKEN")
    done = bring(run, repo)

    assert done.status == 3
    assert "set WHYGATE_TOKEN" in done.err


@pytest.mark.parametrize(
    ("remote", "status", "said"),
    [
        ("https://gitlab.example/a/b.git", 3, "is at gitlab.example"),
        ("/srv/git/x", 3, "no remote `origin` on a forge"),
    ],
)
def test_repository_elsewhere_says_what_to_do(
    run: Run, repo: Repo, remote: str, status: int, said: str
) -> None:
    repo.git("remote", "set-url", "origin", remote)
    done = bring(run, repo)

    assert (done.status, said in done.err) == (status, True)


def test_project_names_another_repository(run: Run, repo: Repo, github: GraphQLGitHub) -> None:
    repo.git("remote", "set-url", "origin", "https://gitlab.example/a/b.git")
    github.add(1)

    assert bring(run, repo, "--project", REPOSITORY).status == 0
    assert bring(run, repo, "--project", "nobody/nothing").status == 3
    assert bring(run, repo, "--project", "no name").status == 2


def test_options_of_a_forge_do_not_go_with_a_file(run: Run, repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]")

    assert bring(run, repo, str(tmp_path / "x.json"), "--since", "2026-01-01").status == 2


def test_bar_on_a_terminal_shows_how_many_of_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setenv("TERM", "xterm")
    with _progress() as tell:
        tell.begin(10)
        tell(3)

    assert "3/10" in shown.getvalue()


def test_interrupt_keeps_what_came(
    run: Run, repo: Repo, github: GraphQLGitHub, held: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    github.add(*range(1, 301))
    keep = RequestStore.keep

    def interrupted(self: RequestStore, *args: Any) -> int:
        if self.count() == 200:
            raise KeyboardInterrupt
        return keep(self, *args)

    monkeypatch.setattr(RequestStore, "keep", interrupted)
    done = bring(run, repo)
    monkeypatch.setattr(RequestStore, "keep", keep)

    assert done.status == 130
    assert "stopped: 200 requests were fetched and are kept" in done.err
    assert bring(run, repo).status == 0
    assert len(held()) == 300


def test_killed_import_loses_nothing_and_repeats_nothing(
    repo: Repo, github: GraphQLGitHub, tmp_path: Path, held: Any
) -> None:
    """Kill it at drawn answers; what was kept is not asked for again, nothing is missing."""
    github.add(*range(1, 1001))
    draw = random.Random(18)
    answer = github.answer
    process: list[subprocess.Popen[bytes]] = []
    left = [draw.randint(1, 4)]

    def deadly(body: dict[str, Any], token: str) -> Any:
        left[0] -= 1
        if left[0] == 0:
            process[-1].send_signal(signal.SIGKILL)
        return answer(body, token)

    github.answer = deadly  # type: ignore[method-assign]
    command = [sys.executable, "-m", "whygate", "import", "-C", str(repo.path)]
    environ = {**os.environ, "WHYGATE_CACHE_DIR": str(tmp_path / "cache")}
    deaths = 0
    for _ in range(12):
        process.append(
            subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        )
        process[-1].communicate(timeout=60)
        if process[-1].returncode == 0:
            break
        deaths += 1
        left[0] = draw.randint(2, 5) if deaths < 4 else 10_000

    assert deaths == 4
    assert set(held()) == set(range(1, 1001))
    afters = [asked["after"] for asked in github.asked if "after" in asked]
    assert len(afters) <= 10 + deaths + 1  # a page that died, and the look for news at the end
