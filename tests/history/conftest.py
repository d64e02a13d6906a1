"""The policy of a repository that configures nothing, and entries as git prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from whygate.git.log import LoggedCommit
from whygate.policy.policy import Policy
from whygate.policy.presets import resolve_config
from whygate.schema.document import bundled_schema
from whygate.schema.files import read_presets

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY = 86_400
FIRST = 1_735_732_800  # 2025-01-01 12:00 UTC


class MakeEntry(Protocol):
    """Makes the entry of a commit; `day` counts from 2025-01-01."""

    def __call__(
        self,
        message: str | bytes,
        *,
        author: str = "Ada <ada@example.org>",
        parents: int = 1,
        day: int | None = 0,
        paths: tuple[str, ...] | None = None,
    ) -> LoggedCommit: ...


def make_entry(
    message: str | bytes,
    *,
    author: str = "Ada <ada@example.org>",
    parents: int = 1,
    day: int | None = 0,
    paths: tuple[str, ...] | None = None,
) -> LoggedCommit:
    """Return the entry of a commit whose hash is made of its message."""
    data = message if isinstance(message, bytes) else message.encode("utf-8", "replace")
    name, _, mail = author.partition(" <")
    return LoggedCommit(
        sha=b"%040x" % (hash(data) % 2**160),
        parents=b" ".join([b"f" * 40] * parents),
        author_name=name.encode(),
        author_mail=mail.rstrip(">").encode(),
        seconds=b"" if day is None else b"%d" % (FIRST + DAY * day),
        encoding=b"",
        message=data,
        rows=None if paths is None else tuple(path.encode() for path in paths),
    )


@pytest.fixture(name="make_entry")
def _make_entry() -> MakeEntry:
    return make_entry


@pytest.fixture(scope="session")
def policy() -> Policy:
    """Give the policy that is built in, with bets that nobody wrote."""
    return make_policy()


def make_policy(bets: Mapping[str, tuple[str, str]] | None = None) -> Policy:
    """Return the built-in policy."""
    return Policy(config=resolve_config(read_presets()), schema=bundled_schema(), bets=bets)
