"""docs/fleet.md: its list is read, and its queries are run over the files of a fleet."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import duckdb
import pytest
from doc_blocks import ROOT, read_blocks
from tests.history.test_fleet import fill, members, run

from whygate.history.fleet.source import read_fleet

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeRepo

BLOCKS = read_blocks(ROOT / "docs" / "fleet.md")
SQL = [block.text for block in BLOCKS if block.language == "sql" and block.way == "tested"]
TABLES = [text for text in SQL if text.startswith("CREATE")]
QUERIES = [text for text in SQL if text.startswith("SELECT")]
# What each query says of the repository of tests/history/test_fleet.py.
DAY = "DATE '2026-06-20'"
ANSWERS = [
    [("@acme/shop", date(2025, 1, 1), 2, 4)],
    [("acme/shop", "#2", "lost carts, weekly", "0", date(2026, 5, 30), 21)],
    [("@acme/shop", 2, 1, 1, 0)],
    [("WG101", 2), ("WG102", 2), ("WG103", 2), ("WG104", 2), ("WG504", 1)],
    [("acme/shop", 1)],
]


def test_list_of_the_page_names_its_repositories(tmp_path: Path) -> None:
    (text,) = [b.text for b in BLOCKS if b.language == "yaml" and b.way == "tested"]
    (tmp_path / "fleet.yml").write_text(text, encoding="utf-8")

    found = read_fleet(str(tmp_path / "fleet.yml")).members

    assert [(m.name.rpartition("/")[2], m.team) for m in found] == [
        ("shop", ""),
        ("till", "tills"),
        ("pay", "payments"),
    ]


@pytest.fixture
def tables(
    make_repo: MakeRepo,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    git_environ: dict[str, str],
) -> Path:
    """Give the tables of a fleet of one repository."""
    for name, value in git_environ.items():
        monkeypatch.setenv(name, value)
    run(members(fill(make_repo("fleet/acme/shop"))), tmp_path / "data")
    return tmp_path / "data" / "all"


def test_queries_of_the_page_say_what_the_files_hold(
    tables: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tables.parent)

    with duckdb.connect() as base:
        found = [base.execute(query.replace("current_date", DAY)).fetchall() for query in QUERIES]

    assert found == ANSWERS


def test_columns_of_the_page_are_those_of_the_files(tables: Path) -> None:
    (text,) = TABLES
    with duckdb.connect() as base:
        base.execute(text)
        told = base.execute("SELECT table_name FROM duckdb_tables ORDER BY ALL").fetchall()
        for (name,) in told:
            file = str(tables / f"{name}.parquet")
            held = base.execute("DESCRIBE FROM read_parquet(?)", [file]).fetchall()
            assert [row[:2] for row in held] == [
                row[:2] for row in base.execute(f"DESCRIBE {name}").fetchall()
            ]

    assert {f"{name}.parquet" for (name,) in told} | {"key"} == {p.name for p in tables.iterdir()}
