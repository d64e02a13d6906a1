"""`whygate show contract`: from the repository's own schema and configuration."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Run
    from tests.conftest import Repo

SCHEMA = {
    "$ref": "urn:whygate:product-context:1#/$defs/document",
    "required": ["risk"],
    "properties": {"risk": {"type": "string", "title": "Risk", "x-question": "What can go wrong?"}},
}


def test_contract_follows_the_repository(run: Run, repo: Repo) -> None:
    repo.write("own.json", json.dumps(SCHEMA))
    repo.write(".whygate.yml", "version: 1\npreset: strict\nschema: own.json\n")

    text = run("show", "contract", "-C", str(repo.path))
    contract = json.loads(run("show", "contract", "--format", "json", "-C", str(repo.path)).out)

    assert (text.status, text.err) == (0, "")
    assert "- Risk (`risk`, `Risk`): What can go wrong." in text.out
    assert (contract["preset"], contract["schema"]) == ("strict", "own.json")
    assert all(k.get("skipped") or "risk" in k["needs"]["error"] for k in contract["kinds"])


def test_contract_as_if_another_preset_were_chosen(run: Run) -> None:
    contract = json.loads(run("show", "contract", "--format", "json", "--preset", "adopt").out)

    assert contract["preset"] == "adopt"
    assert {w for kind in contract["kinds"] for w in kind.get("needs", {})} == {"warning"}


def test_contract_prints_the_section_for_agents(run: Run) -> None:
    result = run("show", "contract", "--format", "agents")

    assert result.status == 0
    assert result.out.startswith("<!-- whygate:begin ")
    assert result.out.endswith("<!-- whygate:end -->\n")


def test_contract_obeys_nothing_that_a_configuration_holds(run: Run, repo: Repo) -> None:
    repo.write(".whygate.yml", 'version: 1\nkinds: {"x\\e[31m": {need: {problem: error}}}\n')

    result = run("show", "contract", "-C", str(repo.path))

    assert "\x1b" not in result.out + result.err
