"""The program that counts which changes of a history their files would have asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests import kinds

if TYPE_CHECKING:
    import pytest
    from tests.conftest import Repo


def test_table_counts_what_the_files_alone_would_ask(
    repo: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.commit("feat: codes\n", {"src/cart.py": "1"})
    repo.commit("feat: a page about codes\n", {"docs/codes.md": "1"})
    repo.commit("fix: total\n", {"src/cart.py": "2"})
    repo.commit("chore(deps): bump\n", {"yarn.lock": "1"})
    repo.commit("No type at all\n", {"src/cart.py": "3"})

    assert kinds.main([str(repo.path), "--limit", "5"]) == 0
    head, _, row, total = capsys.readouterr().out.splitlines()
    assert head.split() == ["history", *kinds.KINDS]
    assert row.split("  ")[0] == total.split("  ")[0].replace("all", kinds.name_of(repo.path))
    assert "50 % of 2" in total
    assert "100 % of 1" in total
    assert "0 % of 1" in total
