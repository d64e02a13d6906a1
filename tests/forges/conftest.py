"""The API that a forge's client talks to."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
