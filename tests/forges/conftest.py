"""The API that a forge's client talks to."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests import fake_github
    from tests.fake_github import FakeGitHub
else:  # the import mode of the tests knows no siblings
    _spec = importlib.util.spec_from_file_location(
        "whygate_fake_github", Path(__file__).parents[1] / "fake_github.py"
    )
    fake_github = importlib.util.module_from_spec(_spec)
    sys.modules[_spec.name] = fake_github
    _spec.loader.exec_module(fake_github)


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitHub]:
    """Give a running API with one pull request, #7, that says everything."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with fake_github.serve() as state:
        yield state
