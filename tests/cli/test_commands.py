"""The other commands: help, config, schema, rules, and explain."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from whygate.cli.app import COMMANDS
from whygate.outcomes.rules import ALL_RULES
from whygate.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Run
    from tests.conftest import Repo


# --- help ------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_shows_how_it_is_used(run: Run, command: str, option: str) -> None:
    result = run(command, option)

    assert (result.status, result.err) == (0, "")
    assert f"Usage: whygate {command}" in result.out
    assert "Examples:\n    " in result.out


def test_help_lists_the_commands_and_the_exit_statuses(run: Run) -> None:
    result = run("-h")

    assert result.status == 0
    assert all(f"  {name} " in result.out for name in COMMANDS)
    assert "\n    130  interrupted" in result.out
    assert "\\b" not in result.out


def test_help_is_shown_when_nothing_is_asked(run: Run) -> None:
    result = run()

    assert (result.status, result.out) == (2, "")
    assert "Look up:" in result.err


def test_version_is_printed(run: Run) -> None:
    assert run("--version").out == f"whygate, version {__version__}\n"


# --- config ----------------------------------------------------------------------------------


def test_config_shows_where_every_value_comes_from(run: Run, repo: Repo) -> None:
    repo.write(".whygate.yml", "version: 1\npreset: strict\n\ntimezone: Europe/Berlin\n")

    result = run("show", "config", "-C", str(repo.path))

    assert result.status == 0
    assert "timezone = Europe/Berlin  (.whygate.yml:4)\n" in result.out
    assert "preset = strict  (.whygate.yml:2)\n" in result.out
    assert "default_kind = feature  (preset strict)\n" in result.out
    assert "drafts = check  (preset standard)\n" in result.out
    assert "schema = none  (default)\n" in result.out


def test_config_json_holds_the_same_settings(run: Run, repo: Repo) -> None:
    repo.write("pyproject.toml", '[tool.whygate]\nversion = 1\ntimezone = "Asia/Tokyo"\n')

    text = run("show", "config", "-C", str(repo.path))
    rows = json.loads(run("show", "config", "-C", str(repo.path), "--format", "json").out)

    lines = [f"{row['key']} = {row['value']}  ({row['origin']})" for row in rows]
    assert lines == text.out.splitlines()
    assert {"key": "timezone", "value": "Asia/Tokyo", "origin": "pyproject.toml:3"} in rows


def test_config_outside_a_repository_and_in_a_bare_one_is_the_preset(
    run: Run, repo: Repo, tmp_path: Path
) -> None:
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))

    outside = run("show", "config")
    bare = run("show", "config", "-C", "bare.git")

    assert (outside.status, bare.status) == (0, 0)
    assert outside.out == bare.out
    assert "preset = standard  (default)\n" in outside.out


def test_config_of_an_option_says_so(run: Run) -> None:
    assert "preset = strict  (--preset)\n" in run("show", "config", "--preset", "strict").out


def test_config_file_of_an_option_is_read_instead_of_the_repository(run: Run, repo: Repo) -> None:
    repo.write(".whygate.yml", "version: 1\ntimezone: Asia/Tokyo\n")
    own = repo.write("conf/own.toml", '[tool.whygate]\nversion = 1\ntimezone = "Asia/Seoul"\n')

    result = run("show", "config", "-C", str(repo.path), "--config", str(own))

    assert f"timezone = Asia/Seoul  ({own.as_posix()}:3)\n" in result.out


def test_config_in_a_subdirectory_is_that_of_the_repository(
    run: Run, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write(".whygate.yml", "version: 1\ntimezone: Asia/Tokyo\n")
    monkeypatch.chdir(repo.write("src/deep/file.py").parent)

    assert "timezone = Asia/Tokyo" in run("show", "config").out


# --- schema ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "identity"),
    [
        ((), "urn:whygate:product-context:1"),
        (("document",), "urn:whygate:product-context:1"),
        (("config",), "urn:whygate:config:1"),
        (("report",), "urn:whygate:report:1"),
        (("contract",), "urn:whygate:contract:1"),
        (("document", "--effective"), "urn:whygate:product-context:1"),
    ],
    ids=["default", "document", "config", "report", "contract", "effective"],
)
def test_schema_prints_a_json_schema(run: Run, arguments: tuple[str, ...], identity: str) -> None:
    result = run("show", "schema", *arguments)

    assert result.status == 0
    assert json.loads(result.out)["$id"] == identity


def test_schema_effective_is_that_of_the_team(run: Run, repo: Repo) -> None:
    own = {"type": "object", "properties": {"risk": {"type": "string", "title": "Risk – what?"}}}
    repo.write("own.json", json.dumps(own))
    repo.write(".whygate.yml", "version: 1\nschema: own.json\n")

    result = run("show", "schema", "--effective", "-C", str(repo.path))

    assert json.loads(result.out) == own


def test_schema_effective_is_only_of_the_document(run: Run) -> None:
    result = run("show", "schema", "config", "--effective")

    assert result.status == 2
    assert "--effective belongs to the document schema" in result.err


# --- rules and explain -----------------------------------------------------------------------


def test_rules_lists_every_rule_once(run: Run) -> None:
    text = run("rules").out.splitlines()
    rows = json.loads(run("rules", "--format", "json").out)

    found = [line.split()[0] for line in text if line.startswith("WG")]
    assert found == [rule.id for rule in ALL_RULES]
    assert max(map(len, text)) <= 80
    assert [row["id"] for row in rows] == [rule.id for rule in ALL_RULES]
    keys = {"id", "name", "severity", "family", "summary", "url"}
    assert all(keys == set(row) for row in rows)


@pytest.mark.parametrize("rule", ["WG103", "wg103", "measurement-missing", " WG103 "])
def test_explain_knows_a_rule_by_id_and_by_name(run: Run, rule: str) -> None:
    result = run("rules", rule)

    assert result.status == 0
    assert result.out.startswith("WG103 measurement-missing (error)\n\n")
    assert "\nGood:\n" in result.out
    assert "documents of our corpus: precision " in result.out
    assert result.out.endswith("/docs/rules.md#wg103\n")


@pytest.mark.parametrize(
    ("rule", "offer"),
    [
        ("measurment-missing", "did you mean `measurement-missing`?"),
        ("Measurement-Mising", "did you mean `measurement-missing`?"),
        ("wg1O3", "`whygate rules` lists them"),
        ("elephants", "`whygate rules` lists them"),
        ("", "`whygate rules` lists them"),
    ],
)
def test_explain_of_an_unknown_rule_names_the_next_step(run: Run, rule: str, offer: str) -> None:
    result = run("rules", rule)

    assert (result.status, result.out) == (2, "")
    assert offer in result.err


# --- the team's own labels -------------------------------------------------------------------


def test_own_labels_are_read_judged_named_and_counted(run: Run, repo: Repo) -> None:
    repo.write(".whygate.yml", "version: 1\naliases:\n  problem: [Pourquoi, Contexte]\n")
    repo.git("add", ".")
    repo.commit("fix: keep the cart\n\nContexte:\nshoppers lose the cart on every other device\n")
    body = repo.write("body.md", "## Pourquoi\nShoppers lose the cart on every other device.\n")
    here = ("-C", str(repo.path))
    title = ("--title", "fix: keep it")

    said = run("check", "--description", str(body), *title, *here)
    missing = run("check", "--description", str(repo.write("no.md", "x")), *title, *here)
    audit = json.loads(run("audit", "--format", "json", "--no-cache", *here).out)

    assert "says problem" in said.out
    assert "Pourquoi" in missing.out
    assert "Problem" not in missing.out
    assert {field["name"]: field["changes"] for field in audit["coverage"]["fields"]}[
        "problem"
    ] == 1
    assert "## Pourquoi\n" in run("template", "pr", *here).out
    assert (
        "aliases.problem = Pourquoi, Contexte  (.whygate.yml:3)" in run("show", "config", *here).out
    )


@pytest.mark.parametrize(
    ("aliases", "sentence"),
    [
        ("{problme: Why}", "2: `aliases` names `problme`, which the schema does not have"),
        ("{problem: Outcome}", "2: `aliases.problem`: `Outcome` is a label of `outcome` as well"),
        (
            "\n  problem: [Why now, Payoff]\n  outcome: payoff",
            "3: `aliases.problem`: `Payoff` is a label of `outcome` as well",
        ),
        ('{problem: "?!"}', "2: `aliases.problem`: `?!` has no word that could be a label"),
        ("{problem: []}", "2: `aliases.problem`"),
        ("{problem: {}}", "2: `aliases.problem` must be a label or a list of labels"),
    ],
    ids=["unknown", "other-field", "twice", "no-word", "none", "mapping"],
)
def test_labels_that_cannot_be_read_are_mistakes(
    run: Run, repo: Repo, aliases: str, sentence: str
) -> None:
    repo.write(".whygate.yml", f"version: 1\naliases: {aliases}\n")

    result = run("show", "config", "-C", str(repo.path))

    assert (result.status, result.out) == (2, "")
    assert sentence in result.err
    assert run("doctor", "-C", str(repo.path)).status == 1
