"""Our own workflow: which code judges a change of whygate."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from tests.conftest import Repo

WORKFLOW = Path(__file__).parents[2] / ".github/workflows/whygate.yml"
_EXPRESSION = re.compile(r"\$\{\{ *github\.event\.([\w.]+) *\}\}")
REPOSITORY = {"default_branch": "main"}
EVENTS: dict[str, dict[str, object]] = {
    "pull_request": {"pull_request": {"base": {"ref": "main"}, "head": {"ref": "work"}}},
    "merge_group": {"merge_group": {"head_ref": "refs/heads/gh-readonly-queue/main/pr-7-1"}},
    "push": {"ref": "refs/heads/main"},
}


def steps_of_the_job() -> list[dict[str, object]]:
    (job,) = yaml.safe_load(WORKFLOW.read_text())["jobs"].values()
    assert isinstance(job["steps"], list)
    return job["steps"]


def fill_in(text: str, event: dict[str, object]) -> str:
    """Return a text with each expression about the event replaced by what the event says."""

    def look_up(match: re.Match[str]) -> str:
        value: object = event
        for name in match[1].split("."):
            value = value.get(name, "") if isinstance(value, dict) else ""
        assert isinstance(value, str)
        return value

    return _EXPRESSION.sub(look_up, text)


@pytest.mark.parametrize("event", EVENTS)
def test_code_of_a_request_never_judges_itself(repo: Repo, tmp_path: Path, event: str) -> None:
    repo.commit("docs: main", {"action.yml": "judges\n"})
    repo.git("switch", "--quiet", "--create", "work")
    repo.commit("docs: work", {"action.yml": "says yes\n"})
    checkout, action = steps_of_the_job()
    inputs = checkout["with"]
    assert isinstance(inputs, dict)
    ref = fill_in(inputs["ref"], {**EVENTS[event], "repository": REPOSITORY})
    (tmp_path / "runner").mkdir()
    repo.git("init", "--quiet", str(tmp_path / "runner"))
    runner = ("-C", str(tmp_path / "runner"))
    repo.git(*runner, "fetch", "--quiet", "--depth=1", f"file://{repo.path}", ref)
    repo.git(*runner, "checkout", "--quiet", "FETCH_HEAD")

    assert str(checkout["uses"]).startswith("actions/checkout@")
    assert action["uses"] == "./"
    assert (tmp_path / "runner/action.yml").read_text() == "judges\n"


def test_every_event_that_is_tested_starts_the_workflow() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text())

    assert set(workflow[True]) == set(EVENTS)  # YAML 1.1 reads `on` as true
