"""`whygate derive`: where the schema goes, what is said about it, and what it refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from whygate.setup import consent as propose

if TYPE_CHECKING:
    from tests.cli.conftest import Run
    from tests.conftest import Repo

TEMPLATE = ".github/pull_request_template.md"
SCHEMA = ".whygate/schema.json"
CONFIG = ".whygate.yml"
OWN = "## Rationale for this\n\n## Payoff\n<!-- Who gains what? -->\n\n## Context\n"
BODY = "## Rationale for this\nShoppers lose the cart on every other device.\n"


@pytest.fixture
def here(repo: Repo, run: Run, monkeypatch: pytest.MonkeyPatch) -> Repo:  # noqa: ARG001
    """Give a repository with a template of its own; commands run in it."""
    repo.write(TEMPLATE, OWN)
    monkeypatch.chdir(repo.path)
    return repo


def test_schema_goes_to_stdout_and_the_reasons_to_stderr(run: Run, here: Repo) -> None:  # noqa: ARG001
    done = run("derive")
    assert done.status == 0
    assert list(json.loads(done.out)["properties"]) == ["problem", "payoff"]
    assert done.err.split("\n") == [
        f"{TEMPLATE}:1: `Rationale for this` becomes another name of `problem`: "
        "it holds `rationale`",
        f"{TEMPLATE}:3: `Payoff` becomes the optional field `payoff`: "
        "it asks for something of its own",
        f"{TEMPLATE}:6: `Context` is left alone: it tells what was changed, not what for",
        'to have one of them read all the same: --alias "HEADING=FIELD"',
        "to use it, save it and write into .whygate.yml: schema: .whygate/schema.json",
        "",
    ]


def test_schema_in_use_reads_the_own_heading(run: Run, here: Repo) -> None:
    here.write("body.md", BODY)
    check = ("check", "--description", "body.md", "--title", "fix: keep it", "--format", "json")
    before = json.loads(run(*check).out)
    assert run("derive", "--write", "--yes").status == 0
    after = json.loads(run(*check).out)
    missing = [
        {finding["name"] for finding in report["changes"][0]["findings"]}
        for report in (before, after)
    ]
    assert "problem-missing" in missing[0]
    assert "problem-missing" not in missing[1]


def test_chosen_heading_is_read_as_its_field(run: Run, here: Repo) -> None:  # noqa: ARG001
    done = run("derive", "--alias", "Context=problem", "--alias", "payoff = outcome")
    properties = json.loads(done.out)["properties"]
    assert properties["problem"]["x-more-aliases"] == ["Problem", "Context"]
    assert properties["outcome"]["title"] == "Payoff"


def test_named_files_are_read_outside_of_a_repository(run: Run, repo: Repo) -> None:
    path = str(repo.write("docs/pr.md", "## Why on earth?\n"))
    done = run("derive", path)
    assert (done.status, "becomes another name of `problem`" in done.err) == (0, True)


def test_output_is_written_to_a_file(run: Run, here: Repo) -> None:
    done = run("derive", "--output", "s.json")
    assert (done.status, done.out) == (0, "")
    assert json.loads((here.path / "s.json").read_text())["properties"]
    assert "wrote s.json; to use it" in done.err
    assert "schema: s.json" in done.err


def test_writing_saves_the_schema_and_names_it_once(run: Run, here: Repo) -> None:
    shown = run("derive", "--write", "--dry-run")
    assert f"+++ b/{SCHEMA}" in shown.out
    assert not (here.path / SCHEMA).exists()
    assert run("derive", "--write", "--yes").out.endswith(f"wrote {SCHEMA} and {CONFIG}\n")
    assert (here.path / CONFIG).read_text() == f"version: 1\nschema: {SCHEMA}\n"
    again = run("derive", "--write", stdin=b"")
    assert (again.status, again.out) == (0, "everything is in place already\n")


def test_nobody_to_ask_is_a_mistake(run: Run, here: Repo) -> None:
    done = run("derive", "--write", stdin=b"y\n")
    assert (done.status, "stdin is no terminal" in done.err) == (2, True)
    assert not (here.path / SCHEMA).exists()


def test_answer_decides(run: Run, here: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(propose, "has_terminal", lambda: True)
    assert run("derive", "--write", stdin=b"n\n").status == 0
    assert not (here.path / SCHEMA).exists()
    assert run("derive", "--write", stdin=b"y\n").status == 0
    assert (here.path / SCHEMA).exists()


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({SCHEMA: "{}"}, f"there is another `{SCHEMA}` already"),
        (
            {CONFIG: "version: 1\nschema: our.json\n", "our.json": "{}"},
            "the configuration names the schema `our.json` already",
        ),
        ({CONFIG: "{version: 1}\n"}, "`.whygate.yml` has no place where the line could go"),
        ({"pyproject.toml": "tool.whygate = {version = 1}\n"}, "`pyproject.toml` has no place"),
    ],
    ids=["other-schema", "other-name", "flow", "inline-table"],
)
def test_what_is_there_is_never_written_over(
    run: Run, here: Repo, files: dict[str, str], sentence: str
) -> None:
    for name, text in files.items():
        here.write(name, text)
    done = run("derive", "--write", "--yes")
    assert (done.status, sentence in done.err) == (2, True), done.err
    for name, text in files.items():
        assert (here.path / name).read_text() == text


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (("--alias", "Context"), "`Context` is not HEADING=FIELD"),
        (("--alias", "=problem"), "`=problem` is not HEADING=FIELD"),
        (("--alias", "Context=problems"), "there is no field `problems` among"),
        (("--write", "--output", "x"), "--write has a place of its own"),
        (("--yes",), "--dry-run and --yes belong to --write"),
        (("absent.md",), "`absent.md` cannot be read"),
    ],
)
def test_wrong_usage_is_named(run: Run, here: Repo, argv: tuple[str, ...], sentence: str) -> None:  # noqa: ARG001
    done = run("derive", *argv)
    assert (done.status, sentence in done.err) == (2, True), done.err


def test_nothing_to_derive_from_is_named(run: Run, repo: Repo) -> None:
    assert "there is no git repository here" in run("derive").err
    done = run("derive", "-C", str(repo.path))
    assert (done.status, "there is no pull request template" in done.err) == (2, True)


def test_bare_repository_has_no_files_to_write_to(run: Run, here: Repo) -> None:
    here.git("add", "--all")
    here.commit("docs: a template\n")
    bare = here.path.parent / "bare"
    here.git("clone", "--quiet", "--bare", str(here.path), str(bare))
    done = run("derive", TEMPLATE, "--write", "--yes", "-C", str(bare))
    assert (done.status, "no checked-out files here to write to" in done.err) == (2, True)


def test_what_a_heading_hides_is_written_as_an_escape(run: Run, here: Repo) -> None:
    here.write(TEMPLATE, "## Payoff\u202e\u009b2J\n<!-- Gained\u2066 by whom? -->\n")
    done = run("derive")
    assert done.out.isascii()
    assert "\\u202e" in done.out
    (spec,) = json.loads(done.out)["properties"].values()
    assert spec["title"] == "Payoff\u202e\u009b2J"


def test_template_without_a_heading_says_so(run: Run, here: Repo) -> None:
    here.write(TEMPLATE, "Thank you!\n")
    done = run("derive")
    assert (done.status, json.loads(done.out)["properties"]) == (0, {})
    assert "there is no heading or label in the template" in done.err
