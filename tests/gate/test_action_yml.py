"""The action as a workflow runs it: every example event of GitHub through its own step."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from tests.fake_github import FakeGitHub, Json
    from tests.gate.conftest import Machine, RunStep

TOKEN = "ghs_secretsecretsecretsecretsecret0000"  # the fake's
ROOT = Path(__file__).parents[2]
PULL_REQUEST_EXAMPLES = 29
ENUM = {"ok", "failed", "exempt", "skipped", "undecided"}


def remember(github: FakeGitHub, payload: Json) -> Json:
    """Put the pull request of an example into the API, and return the record."""
    pull = payload["pull_request"]
    assert isinstance(pull, dict)
    github.add_pull(pull["number"], **pull)
    github.trees[pull["base"]["sha"]] = {}
    github.branches[pull["base"]["ref"]] = pull["base"]["sha"]
    return pull


def expect(pull: Json) -> str:
    """Return the verdict on an example: its title names no kind and its text answers nothing."""
    return "skipped" if pull["state"] == "closed" else "failed"


@pytest.mark.parametrize("index", range(PULL_REQUEST_EXAMPLES))
def test_action_judges_every_example_of_a_pull_request(
    action: RunStep, github: FakeGitHub, webhooks: dict[str, list[Json]], index: int
) -> None:
    payload = webhooks["pull_request"][index]
    pull = remember(github, payload)

    step = action("pull_request", payload)

    assert step.outputs["verdict"] == expect(pull), step.out + step.err
    assert step.status == (1 if expect(pull) == "failed" else 0)
    assert step.environment == ""
    assert step.summary.startswith("## whygate: ")


def test_examples_are_all_judged(webhooks: dict[str, list[Json]]) -> None:
    assert len(webhooks["pull_request"]) == PULL_REQUEST_EXAMPLES


def test_gate_judges_the_examples_as_pull_request_target_alike(
    gate: RunStep, github: FakeGitHub, webhooks: dict[str, list[Json]]
) -> None:
    for payload in webhooks["pull_request"]:
        pull = remember(github, payload)

        step = gate("pull_request_target", payload)

        assert step.outputs["verdict"] == expect(pull), payload["action"]


def test_action_judges_the_text_after_an_edit_that_emptied_it(
    action: RunStep, github: FakeGitHub, webhooks: dict[str, list[Json]]
) -> None:
    opened = webhooks["pull_request"][0]
    pull = remember(github, opened)
    github.pulls[pull["number"]] |= {"title": "feat: rows", "body": github.good_body}  # type: ignore[index]
    before = action("pull_request", opened)
    github.pulls[pull["number"]]["body"] = ""  # type: ignore[index]
    changes = {"body": {"from": github.good_body}}

    after = action("pull_request", opened | {"action": "edited", "changes": changes})

    assert (before.outputs["verdict"], after.outputs["verdict"]) == ("ok", "failed")


@pytest.mark.parametrize("index", range(2))
def test_action_judges_every_example_of_a_merge_group(
    action: RunStep, github: FakeGitHub, webhooks: dict[str, list[Json]], index: int
) -> None:
    payload = webhooks["merge_group"][index]
    group = payload["merge_group"]
    assert isinstance(group, dict)
    github.add_pull(104, body="")
    github.compared = [github.commit("feat: queued", group["head_sha"])]
    github.trees[group["base_sha"]] = {}

    step = action("merge_group", payload)

    assert (step.status, step.outputs["verdict"]) == (1, "failed")
    assert "### `#104` incomplete" in step.summary


def test_gate_survives_every_example_of_a_push(
    gate: RunStep, webhooks: dict[str, list[Json]]
) -> None:
    for payload in webhooks["push"]:
        step = gate("push", payload)

        assert (step.status, step.outputs["verdict"]) == (0, "skipped")


def test_gate_answers_every_example_of_any_event_with_an_exit_status(
    gate: RunStep, webhooks: dict[str, list[Json]]
) -> None:
    for name, payloads in webhooks.items():
        step = gate(name, payloads[0])

        assert step.status in (0, 1, 2, 3), name
        assert step.outputs["verdict"] in ENUM


# The step


def test_action_shields_its_modules_from_the_checked_out_ones(
    action: RunStep, machine: Machine, event: Json
) -> None:
    for name in ("click", "yaml", "whygate", "json", "pip", "sitecustomize", "hashlib"):
        (machine.directory / "workspace" / f"{name}.py").write_text("raise SystemExit(99)\n")

    step = action("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (0, "ok"), step.err


def test_action_passes_its_inputs_and_defaults(
    action: RunStep, github: FakeGitHub, event: Json
) -> None:
    github.add_pull(body="")

    step = action("pull_request", event, fail_on="never", comment="true")

    assert (step.status, step.outputs["verdict"]) == (0, "failed")
    assert len(github.comments[7]) == 1
    assert github.asked[0].headers["authorization"] == f"Bearer {github.token}"


def test_action_installs_once_for_a_job(action: RunStep, machine: Machine, event: Json) -> None:
    action("pull_request", event)
    before = sorted(Path(machine.environ["RUNNER_TEMP"]).glob("whygate-*/"))
    machine.environ["PIP_INDEX_URL"] = "http://127.0.0.1:9/"

    step = action("pull_request", event)

    assert step.status == 0
    assert sorted(Path(machine.environ["RUNNER_TEMP"]).glob("whygate-*/")) == before


def test_action_refuses_a_package_with_another_hash(
    machine: Machine, base_python: Path, tmp_path: Path, event: Json
) -> None:
    copy = tmp_path / "action"
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__"))
    lock = (ROOT / "requirements.lock").read_text()
    (copy / "requirements.lock").write_text(re.sub(r"sha256:[0-9a-f]{8}", "sha256:00000000", lock))

    done = run_script(machine, f"{base_python}:{machine.environ['PATH']}", copy, event)

    assert done.returncode == 3
    assert "::error title=whygate could not start::its dependencies could not" in done.stdout
    assert machine.read("GITHUB_OUTPUT") == "verdict=undecided\n"


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """Give a directory with the programs that the step needs besides Python."""
    directory = tmp_path / "tools"
    directory.mkdir()
    for name in ("bash", "mv", "rm"):
        (directory / name).symlink_to(shutil.which(name) or "")
    return directory


def write_program(directory: Path, name: str, script: str) -> Path:
    """Write a program into a directory, and return the directory."""
    directory.mkdir(exist_ok=True)
    (directory / name).write_text(f"#!/bin/sh\n{script}\n")
    (directory / name).chmod(0o755)
    return directory


STUBS = {
    "too old": "exit 1",
    "broken": "exit 127",
    "a stub": "echo Python was not found; exit 0",
    "silent": "exit 0",
}


@pytest.mark.parametrize("script", STUBS.values(), ids=STUBS)
def test_action_says_how_to_get_a_python_that_is_new_enough(
    machine: Machine, tmp_path: Path, tools: Path, event: Json, script: str
) -> None:
    programs = write_program(tmp_path / "programs", "python3", script)

    done = run_script(machine, f"{programs}:{tools}", ROOT, event)

    assert done.returncode == 3
    assert "uses: actions/setup-python" in done.stdout
    assert machine.read("GITHUB_OUTPUT") == "verdict=undecided\n"


@pytest.mark.parametrize("script", STUBS.values(), ids=STUBS)
def test_action_takes_the_first_python_that_works(
    action: RunStep, machine: Machine, tmp_path: Path, event: Json, script: str
) -> None:
    machine.environ["PATH"] = (
        f"{write_program(tmp_path / 'a b*', 'python3', script)}:" + (machine.environ["PATH"])
    )

    step = action("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (0, "ok"), step.err


def test_action_takes_a_python_of_another_name(
    machine: Machine, base_python: Path, packages: Path, tmp_path: Path, tools: Path, event: Json
) -> None:
    programs = write_program(tmp_path / "programs", "python3", "exit 9")
    (programs / "python").symlink_to(base_python / "python3")
    machine.environ |= {"RUNNER_TEMP": str(packages), "WHYGATE_TOKEN": TOKEN}

    done = run_script(machine, f"{programs}:{tools}", ROOT, event)

    assert done.returncode == 0, done.stderr
    assert "verdict=ok\n" in machine.read("GITHUB_OUTPUT")


def test_action_replaces_packages_that_are_broken(
    action: RunStep, machine: Machine, event: Json
) -> None:
    action("pull_request", event)
    (packages,) = Path(machine.environ["RUNNER_TEMP"]).glob("whygate-*/")
    (packages / "click/__init__.py").write_text("raise RuntimeError('half written')\n")

    step = action("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (0, "ok"), step.err


def test_action_replaces_packages_that_were_left_over(
    action: RunStep, machine: Machine, event: Json
) -> None:
    action("pull_request", event)
    (packages,) = Path(machine.environ["RUNNER_TEMP"]).glob("whygate-*/")
    shutil.rmtree(packages)
    (packages / "click").mkdir(parents=True)

    step = action("pull_request", event)

    assert (step.status, step.outputs["verdict"]) == (0, "ok"), step.err


ENDINGS = {
    "ends early": "raise SystemExit(0)",
    "fails": "raise RuntimeError",
    "is killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "cannot be loaded": "import nothing_of_that_name",
}


@pytest.mark.parametrize("code", ENDINGS.values(), ids=ENDINGS)
def test_action_never_passes_without_a_verdict(
    machine: Machine, base_python: Path, packages: Path, tmp_path: Path, event: Json, code: str
) -> None:
    copy = tmp_path / "action"
    for name in ("__init__", "cli/__init__", "cli/app", "gate/__init__", "gate/run"):
        path = copy / f"src/whygate/{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"def main(argv):\n    {code}\n")
    shutil.copy(ROOT / "requirements.lock", copy)
    machine.environ["RUNNER_TEMP"] = str(packages)

    done = run_script(machine, f"{base_python}:{machine.environ['PATH']}", copy, event)

    assert done.returncode == 3
    assert "::error title=whygate could not start::" in done.stdout
    assert machine.read("GITHUB_OUTPUT") == "verdict=undecided\n"


def run_script(
    machine: Machine, path: str, action_path: Path, event: Json
) -> subprocess.CompletedProcess[str]:
    """Run the action's script with other surroundings than a runner has."""
    machine.start("pull_request", event)
    described = yaml.safe_load((ROOT / "action.yml").read_text())
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    return subprocess.run(
        [
            "bash",
            "--noprofile",
            "--norc",
            "-eo",
            "pipefail",
            "-c",
            described["runs"]["steps"][0]["run"],
        ],
        cwd=machine.environ["GITHUB_WORKSPACE"],
        env={
            **machine.environ,
            **pip,
            "PATH": path,
            "GITHUB_ACTION_PATH": str(action_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )


# The files


def test_action_interpolates_nothing_into_its_script() -> None:
    described = yaml.safe_load((ROOT / "action.yml").read_text())

    (step,) = described["runs"]["steps"]
    assert "${{" not in step["run"]
    assert set(step["env"].values()) == {
        f"${{{{ inputs.{name} }}}}" for name in described["inputs"]
    }


def test_action_documents_every_input_and_output() -> None:
    described = yaml.safe_load((ROOT / "action.yml").read_text())
    page = (ROOT / "docs/action.md").read_text()

    for name, entry in {**described["inputs"], **described["outputs"]}.items():
        assert entry["description"]
        assert f"| `{name}` |" in page


def test_lock_holds_every_dependency_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lock = (ROOT / "requirements.lock").read_text()

    locked = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, re.MULTILINE))
    named = [re.split(r"[><=~!;\[ ]", entry)[0].lower() for entry in project["dependencies"]]
    assert set(named) <= set(locked)
    assert all(f"{name}=={found} \\\n    --hash=sha256:" in lock for name, found in locked.items())
    assert "://" not in lock


def snippets() -> list[str]:
    """Return the workflows of the documentation."""
    text = (ROOT / "docs/action.md").read_text()
    return [
        block for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "jobs:" in block
    ]


@pytest.mark.parametrize("index", range(len(snippets())))
def test_documented_workflow_always_reports(index: int) -> None:
    workflow = yaml.safe_load(snippets()[index])

    ((name, job),) = workflow["jobs"].items()
    assert name == job["name"]
    assert (name == "product-context") is ("pull_request" in workflow[True])  # YAML 1.1's `on`
    assert "if" not in job
    assert "paths" not in str(workflow[True])  # YAML 1.1 reads `on` as true
    assert workflow["permissions"] == {}
    steps = [list(step) for step in job["steps"]]
    if "schedule" in workflow[True]:  # what is due is read from a whole history
        assert job["steps"][0]["with"]["fetch-depth"] == 0
        steps = steps[1:]
    assert steps in ([["uses"]], [["uses", "with"]])
