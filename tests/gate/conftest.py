"""A job of GitHub Actions: a machine, a runner of action.yml, and the API it talks to."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest
import yaml
from tests import fake_github

from whygate.cli import main

ROOT = Path(__file__).parents[2]
BASH = shutil.which("bash") or "bash"

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.fake_github import FakeGitHub, Json


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    """Give a running API with one pull request, #7, that says everything."""
    with fake_github.serve() as state:
        yield state


class Step(NamedTuple):
    """What a step left behind; `commands` are those the runner would obey."""

    status: int
    out: str
    err: str
    outputs: dict[str, str]
    summary: str
    environment: str

    @property
    def commands(self) -> list[tuple[str, str]]:
        """Return (command, data) for everything the runner obeys in both streams."""
        return [found for text in (self.out, self.err) for found in parse_commands(text)]

    @property
    def report(self) -> dict[str, object]:
        """Return the JSON report."""
        found: dict[str, object] = json.loads(Path(self.outputs["report"]).read_text())
        return found


class RunStep(Protocol):
    """Runs the step for an event."""

    def __call__(self, event: str, payload: Mapping[str, object], **variables: str) -> Step: ...


@dataclass
class Machine:
    """The directories of one job, and what the runner sets for its steps."""

    directory: Path
    environ: dict[str, str]
    strange: dict[str, str] = field(default_factory=dict)  # what somebody sets besides

    @classmethod
    def prepare(cls, directory: Path, url: str, environ: Mapping[str, str]) -> Machine:
        """Make the directories and return the machine; the workspace is empty."""
        for name in ("workspace", "temp", "files"):
            (directory / name).mkdir()
        files = {
            name: str(directory / "files" / name.lower())
            for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_PATH")
        }
        for path in files.values():
            Path(path).touch()
        variables = {
            **environ,
            **files,
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": url,
            "GITHUB_REPOSITORY": fake_github.REPOSITORY,
            "GITHUB_SHA": fake_github.HEAD_SHA,
            "GITHUB_WORKSPACE": str(directory / "workspace"),
            "GITHUB_EVENT_PATH": str(directory / "files" / "event.json"),
            "RUNNER_TEMP": str(directory / "temp"),
            "NO_PROXY": "127.0.0.1",
        }
        return cls(directory, variables)

    def start(self, event: str, payload: Mapping[str, object]) -> None:
        """Write the event as the runner does, and empty its files."""
        Path(self.environ["GITHUB_EVENT_PATH"]).write_text(json.dumps(payload))
        self.environ["GITHUB_EVENT_NAME"] = event
        for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
            Path(self.environ[name]).write_text("")

    def finish(self, status: int, out: str, err: str) -> Step:
        """Read what the step left behind, by the runner's rules."""
        return Step(
            status,
            out,
            err,
            parse_outputs(self.read("GITHUB_OUTPUT")),
            self.read("GITHUB_STEP_SUMMARY"),
            self.read("GITHUB_ENV") + self.read("GITHUB_PATH"),
        )

    def read(self, name: str) -> str:
        """Return the content of one of the runner's files."""
        with Path(self.environ[name]).open(encoding="utf-8", newline="") as stream:
            return stream.read()


@pytest.fixture
def machine(tmp_path: Path, github: FakeGitHub, git_environ: dict[str, str]) -> Machine:
    """Give a machine with an empty workspace."""
    return Machine.prepare(tmp_path, github.url, git_environ)


@pytest.fixture
def gate(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> RunStep:
    """Give `whygate ci` in this process; a `variables` entry that is empty counts as unset."""

    def run(event: str, payload: Mapping[str, object], **variables: str) -> Step:
        machine.start(event, payload)
        for name, value in (
            {"WHYGATE_TOKEN": fake_github.TOKEN} | machine.environ | variables
        ).items():
            monkeypatch.setenv(name, value)
        capfd.readouterr()
        status = main(["ci"])
        return machine.finish(status, *capfd.readouterr())

    return run


@pytest.fixture(scope="session")
def base_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a directory that holds nothing but the interpreter, without our own packages."""
    directory = tmp_path_factory.mktemp("programs")
    program = Path(sys.base_prefix) / "bin" / "python3"
    if not program.exists() or not _has_pip(program):
        program = Path(sys.executable)
    (directory / "python3").symlink_to(program)
    return directory


def _has_pip(program: Path) -> bool:
    command = [str(program), "-I", "-m", "pip", "--version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the directory that keeps the installed dependencies between the steps."""
    return tmp_path_factory.mktemp("packages")


@pytest.fixture
def action(machine: Machine, base_python: Path, packages: Path) -> RunStep:
    """Give a runner of action.yml: its inputs by name, its one step by bash, its outputs."""
    machine.environ["RUNNER_TEMP"] = str(packages)
    machine.environ["PATH"] = f"{base_python}:{machine.environ['PATH']}"
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}

    def run(event: str, payload: Mapping[str, object], **inputs: str) -> Step:
        machine.start(event, payload)
        described = yaml.safe_load((ROOT / "action.yml").read_text())
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        (step,) = described["runs"]["steps"]
        variables = _resolve_inputs(described["inputs"], given)
        environ = {key: _substitute(value, variables) for key, value in step["env"].items()}
        script = machine.directory / "files" / f"{uuid.uuid4().hex}.sh"
        script.write_text(step["run"])
        done = subprocess.run(
            [BASH, "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=machine.environ["GITHUB_WORKSPACE"],
            env={
                **machine.environ,
                **pip,
                **environ,
                "PATH": machine.environ["PATH"],
                "GITHUB_ACTION_PATH": str(ROOT),
                **machine.strange,
            },
            capture_output=True,
            check=False,
        )
        texts = (done.stdout.decode(), done.stderr.decode())
        found = machine.finish(done.returncode, *texts)
        assert set(found.outputs) <= set(described["outputs"])
        return found

    return run


def _resolve_inputs(described: Mapping[str, Json], given: Mapping[str, str]) -> dict[str, str]:
    assert set(given) <= set(described)
    variables = {"github.token": fake_github.TOKEN}
    for name, entry in described.items():
        default = _substitute(str(entry["default"]), variables)
        variables[f"inputs.{name}"] = given.get(name, default)
    return variables


def _substitute(text: str, variables: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ *([a-z.-]+) *\}\}", lambda m: variables[m[1]], str(text))


def parse_outputs(text: str) -> dict[str, str]:
    """Return what the runner reads from a command file.

    A port of EnvFileKeyValuePairs in https://github.com/actions/runner (FileCommandManager.cs).
    """
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            key, _, value = line.partition("=")
            assert key
            found[key] = value
            continue
        key, _, delimiter = line.partition("<<")
        assert heredoc > 0, f"invalid format: {line!r}"
        assert delimiter
        value_lines = []
        for inner in lines:
            if inner == delimiter:
                break
            value_lines.append(inner)
        else:
            raise AssertionError(f"no closing delimiter {delimiter!r}")
        found[key] = "\n".join(value_lines)
    return found


KNOWN_COMMANDS = (
    *("add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group"),
    *("internal-set-repo-path", "notice", "remove-matcher", "save-state", "set-env"),
    *("set-output", "stop-commands", "warning"),
)


def parse_commands(text: str) -> list[tuple[str, str]]:
    """Return (command, unescaped data) for every line the runner would obey.

    A port of ActionCommand.TryParseV2 and TryParse in https://github.com/actions/runner
    (ActionCommand.cs); lines end as in .NET's ReadLine: at CR, LF or both.
    """
    found = []
    for line in re.split(r"\r\n|\r|\n", text):
        parsed = _parse_second(line) or _parse_first(line)
        if parsed is not None:
            found.append(parsed)
    return found


def _parse_second(line: str) -> tuple[str, str] | None:
    trimmed = line.strip()
    end = trimmed.find("::", 2)
    if not trimmed.startswith("::") or end < 0:
        return None
    name = trimmed[2:end].split(" ", 1)[0]
    data = trimmed[end + 2 :]
    for code, mark in (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        data = data.replace(code, mark)
    return (name, data) if name in KNOWN_COMMANDS else None


def _parse_first(line: str) -> tuple[str, str] | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name = line[start + 3 : end].split(" ", 1)[0]
    return (name, line[end + 1 :]) if name in KNOWN_COMMANDS else None


@pytest.fixture(scope="session")
def webhooks() -> dict[str, list[Json]]:
    """Give GitHub's example payloads by event; they are read as npm installs them."""
    default = ROOT / "node_modules/@octokit/webhooks-examples/api.github.com/index.json"
    path = Path(os.environ.get("WHYGATE_WEBHOOKS_EXAMPLES") or default)
    if not path.is_file():
        pytest.fail(
            f"{path.name} of the npm package @octokit/webhooks-examples is missing; "
            "./run-tests installs it and needs npm"
        )
    events = json.loads(path.read_text(encoding="utf-8"))
    return {event["name"]: event["examples"] for event in events}


@pytest.fixture(scope="session")
def openapi() -> Json:
    """Give GitHub's own description of its API, as npm packs it."""
    default = ROOT / "node_modules/.whygate/api.github.com.json"
    path = Path(os.environ.get("WHYGATE_OPENAPI") or default)
    if not path.is_file():
        pytest.fail(
            f"{path.name} of the npm package @octokit/openapi is missing; "
            "./run-tests unpacks it and needs npm"
        )
    described: Json = json.loads(path.read_text(encoding="utf-8"))
    return described


@pytest.fixture
def event(github: FakeGitHub) -> Json:
    """Give the event that opened #7."""
    return github.event()


@pytest.fixture(scope="session")
def obeyed() -> Callable[[str], list[tuple[str, str]]]:
    """Give the runner's own reading of a log: (command, data) for each line it obeys."""
    return parse_commands


@pytest.fixture(scope="session")
def read_outputs() -> Callable[[str], dict[str, str]]:
    """Give the runner's own reading of its output file."""
    return parse_outputs


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what only npm can provide, so that a machine without it can say what it leaves out."""
    for item in items:
        if {"webhooks", "openapi"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.npm)


class RunCi(Protocol):
    """Runs `whygate ci` with these variables beside the machine's; one that is empty is unset."""

    def __call__(self, variables: Mapping[str, str]) -> tuple[int, str]: ...


@pytest.fixture
def run_ci(
    git_environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> RunCi:
    """Give what runs a job of a forge in this process, without pauses; it returns what it said."""
    monkeypatch.setattr("whygate.forges.rest._FIRST_PAUSE", 0.0001)

    def run(variables: Mapping[str, str]) -> tuple[int, str]:
        for name, value in {**git_environ, "NO_PROXY": "127.0.0.1", **variables}.items():
            if value:
                monkeypatch.setenv(name, value)
            else:
                monkeypatch.delenv(name, raising=False)
        capfd.readouterr()
        status = main(["ci"])
        out, err = capfd.readouterr()
        return status, out + err

    return run
