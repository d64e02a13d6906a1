"""A scratch repository with the files a page shows, and the policy they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest
from doc_blocks import ROOT, Block, read_blocks
from doc_sessions import write_file
from msgspec.structs import replace

from whygate.world.world import find_world, load_policy

if TYPE_CHECKING:
    from tests.conftest import Repo

    from whygate.policy.policy import Policy


class LoadPage(Protocol):
    """Loads the policy that the `file:` blocks of a page make, down to and with one block.

    With a name, that block is a file of this name whatever its marker says.
    """

    def __call__(self, block: Block, *, name: str = "") -> Policy: ...


@pytest.fixture
def load_page(empty_repo: Repo) -> LoadPage:
    """Give the loader; a mistake in a file raises what the command line would say."""

    def load(block: Block, *, name: str = "") -> Policy:
        above = [b for b in read_blocks(ROOT / block.page) if b.line <= block.line]
        files = [b for b in above if b.way == "file"]
        for file in [*files, replace(block, way="file", told=name)] if name else files:
            write_file(empty_repo.path, file)
        return load_policy(find_world(empty_repo.path))

    return load
