"""Answers of a forge of which one part is another thing: never a traceback, never a pass."""

from __future__ import annotations

import copy
import random
from typing import TYPE_CHECKING, Any

import pytest
from tests import fake_azure, fake_bitbucket

if TYPE_CHECKING:
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
