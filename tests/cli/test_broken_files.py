"""Files of a repository that are built to break a reader: one sentence, and its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Run
    from tests.conftest import Repo

NINES = "9" * 90_000
FIELD = '{{"properties": {{"risk": {{"type": "string", {}}}}}}}'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(f"version = {NINES}", "a number has too many digits", id="digits"),
        pytest.param("version = " + "[" * 50_000, "nested deeper", id="lists"),
        pytest.param("x" + ".a" * 20_000 + " = 1", "nested deeper", id="dotted key"),
        pytest.param("x = {" + "a.b = {" * 40_000, "nested deeper", id="inline tables"),
    ],
)
def test_toml_that_breaks_a_parser_is_refused(
    run: Run, repo: Repo, text: str, sentence: str
) -> None:
    repo.write("pyproject.toml", f"[tool.whygate]\n{text}\n")

    found = run("check", "-C", str(repo.path), "-", stdin=b"fix: x\n")

    assert found.status == 2
    assert "pyproject.toml:" in found.err
    assert sentence in found.err


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        pytest.param(FIELD.format(f'"maxLength": {NINES}'), "too many digits", id="digits"),
        pytest.param(FIELD.format('"title": "\\ud800"'), "half of a character", id="surrogate"),
        pytest.param('{"a":' * 40_000, "nested too deeply", id="depth"),
    ],
)
def test_schema_that_breaks_an_engine_is_refused(
    run: Run, repo: Repo, schema: str, sentence: str
) -> None:
    repo.write(".whygate.yml", "version: 1\nschema: s.json\n")
    repo.write("s.json", schema)

    found = run("check", "-C", str(repo.path), "-", stdin=b"fix: x\n")

    assert found.status == 2
    assert "s.json" in found.err
    assert sentence in found.err


def test_bets_that_link_to_themselves_block_no_commit(run: Run, repo: Repo) -> None:
    (repo.path / ".whygate").mkdir()
    (repo.path / ".whygate" / "bets").symlink_to("bets")

    found = run("check", "-C", str(repo.path), "-", stdin=b"docs: x\n")

    assert (found.status, found.err) == (0, "")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        pytest.param(
            f'{{"v":1,"for":"#1","metric":{NINES[:9000]}}}', "too many digits", id="digits"
        ),
        pytest.param('{"v":1,"for":"#1","note":"\\ud800"}', "half of a character", id="surrogate"),
        pytest.param('{"a":' * 9_000, "nested too deeply", id="depth"),
    ],
)
def test_line_that_breaks_a_parser_is_a_damaged_line(
    run: Run, repo: Repo, line: str, sentence: str
) -> None:
    repo.write(".whygate/results.jsonl", f"{line}\n")
    repo.commit("feat: x (#1)")

    found = run("due", "-C", str(repo.path))

    assert found.status == 0
    assert sentence in found.out
