"""The API that a forge's client talks to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest
from tests import fake_github

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fake_github import FakeGitHub


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitHub]:
    """Give a running API with one pull request, #7, that says everything."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with fake_github.serve() as state:
        yield state


class Ran(NamedTuple):
    """What a run left behind."""

    status: int
    out: str
    err: str


class Propose(Protocol):
    """Runs `whygate measure --due --propose` in the shop; an empty variable counts as unset."""

    def __call__(self, **environ: str) -> Ran: ...
