"""Answers of a forge of which one part is another thing: never a traceback, never a pass."""

from __future__ import annotations

import copy
import random
from typing import TYPE_CHECKING, Any

import pytest
from tests import fake_azure, fake_bitbucket, fake_gitlab
from tests.fake_gitlab import BASE, HEAD, TOKEN

from whygate.errors import WhygateError
from whygate.forges.gitlab import merge_request, posts, repository
from whygate.forges.gitlab.api import Api
from whygate.forges.gitlab.merged import MergedMergeRequests
from whygate.forges.gitlab.posts import MergeRequests
from whygate.forges.port import IssueText, Proposed, PushEvent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.fake_server import Asked, FakeForge, Reply
    from tests.gate.conftest import RunCi

STRANGE: tuple[Any, ...] = (
    *(None, True, -1, 1.5, 2**70, "", "\x1b[31m##vso[task.complete]", "refs/heads/", "0" * 40),
    *([], {}, [None], {"value": 1}, "../..", "\ud800"),
)
DRAWS = 25


def change(value: object, drawn: random.Random) -> Any:
    """Return an answer in which one part, drawn from all of them, is missing or another thing."""
    changed: Any = copy.deepcopy(value)
    places: list[tuple[Any, Any]] = []
    open_parts = [changed]
    while open_parts:
        part = open_parts.pop()
        keys = range(len(part)) if isinstance(part, list) else part
        for key in keys if isinstance(part, dict | list) else ():
            places.append((part, key))
            open_parts.append(part[key])
    if not places or drawn.random() < 0.1:
        return drawn.choice(STRANGE)
    part, key = drawn.choice(places)
    if isinstance(part, dict) and drawn.random() < 0.3:
        del part[key]
    else:
        part[key] = drawn.choice(STRANGE)
    return changed


def disturb(forge: FakeForge, drawn: random.Random) -> None:
    """Let one of the first answers of a forge be changed, or cut off where it is a file."""
    whole, left = forge.answer, [drawn.randrange(14)]

    def answer(asked: Asked) -> Reply:
        reply = whole(asked)
        left[0] -= 1
        if left[0] != -1:
            return reply
        value = reply.value
        if isinstance(value, bytes):
            return reply._replace(value=value[: drawn.randrange(len(value))])
        return reply._replace(value=change(value, drawn))

    forge.answer = answer  # type: ignore[method-assign]


@pytest.mark.parametrize("draw", range(DRAWS))
@pytest.mark.parametrize("name", ["azure", "bitbucket"])
def test_answer_with_a_strange_part_is_neither_a_pass_nor_a_traceback(
    tmp_path: Path, run_ci: RunCi, monkeypatch: pytest.MonkeyPatch, name: str, draw: int
) -> None:
    serve = fake_azure.serve if name == "azure" else fake_bitbucket.serve
    with serve() as forge:
        monkeypatch.setattr("whygate.forges.bitbucket.forge.HOST", forge.url)
        proxy = forge.url.removesuffix("/2.0")
        monkeypatch.setattr("whygate.forges.bitbucket.forge.PROXY", proxy)
        forge.write(".whygate.yml", "version: 1\nexempt:\n  paths: ['docs/**']\n")
        forge.pull["description"] = "none"
        disturb(forge, random.Random(draw))

        status, out = run_ci(forge.variables(tmp_path))

    assert status in (1, 2, 3), out
    assert "Traceback" not in out
    assert "\x1b" not in out


PROJECT, SHA = f"/projects/{fake_gitlab.PROJECT}", "5" * 40


def import_all(state: fake_gitlab.FakeGitLab, _: Api) -> None:
    merged = MergedMergeRequests(state.path, [TOKEN], url=state.url, sleep=lambda _: None)
    merged.count()
    cursor = merged.read_page("").cursor
    assert len(state.asked) < 100
    if cursor:
        merged.read_page(cursor)


def propose(state: fake_gitlab.FakeGitLab, api: Api) -> None:
    wanted = Proposed("ours", "a/b", "t", "t", "m", lambda old, _: old + b"x")
    MergeRequests(api, PROJECT).propose(wanted)
    state.push("main", "c", "1")
    MergeRequests(api, PROJECT).propose(wanted)


def keep_issue(_: fake_gitlab.FakeGitLab, api: Api) -> None:
    for done in (False, True):
        wanted = IssueText("t", str(done), done=done, note="n")
        posts.ProjectIssues(api, PROJECT).keep("m", wanted)


def keep_plans(_: fake_gitlab.FakeGitLab, api: Api) -> None:
    for key in ("k", "l"):
        posts.append_lines(api, PROJECT, "ledger", {key: key})


def read_deployments(_: fake_gitlab.FakeGitLab, api: Api) -> None:
    for cursor in ("", "2026-01-01T00:00:00.000Z"):
        repository.read_deployments(api, PROJECT, "production", cursor)


def look_up(_: fake_gitlab.FakeGitLab, api: Api) -> None:
    merge_request.find_change(api, PROJECT, "!12", BASE)
    merge_request.find_change(api, PROJECT, SHA[:9], BASE)
    merge_request.find_merged(api, PROJECT, SHA)
    merge_request.read_pushed(api, PROJECT, PushEvent(BASE, SHA))


@pytest.mark.parametrize(
    "work", [import_all, propose, keep_issue, keep_plans, read_deployments, look_up]
)
def test_strange_answer_of_gitlab_is_refused_in_words(
    work: Callable[[fake_gitlab.FakeGitLab, Api], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("whygate.forges.rest._FIRST_PAUSE", 0.0)
    refused = 0
    for draw in range(2 * DRAWS):
        drawn = random.Random(draw)
        with fake_gitlab.serve() as state:
            state.merge(1, 2, description="Closes #3")
            state.merge(9, author={"id": 9, "username": "project_41_bot_f00"})
            state.deploy(HEAD, "2026-01-02T00:00:00.000Z", "2026-01-02T00:00:00.000Z")
            state.messages[SHA], state.associated[SHA] = "feat: x\n", [fake_gitlab.IID]
            state.trees[SHA], state.parents[SHA] = {}, BASE
            whole, left = state.look_up, [drawn.randrange(6)]

            def answer(
                asked: Asked,
                whole: Any = whole,
                left: list[int] = left,
                drawn: random.Random = drawn,
            ) -> tuple[int, object]:
                status, value = whole(asked)
                left[0] -= 1
                return status, value if left[0] != -1 else change(value, drawn)

            state.look_up = answer  # type: ignore[method-assign]
            api = Api(state.url, job_token="", token=TOKEN, authority="")
            try:
                work(state, api)
            except WhygateError:
                refused += 1

    assert refused > 3
