"""What `./run-tests` hands to pytest, and what it says of the rooms that it leaves out."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ECHO = "#!/bin/sh\nprintf '%s\\n' \"$@\"\n"
# What the script would fetch, and finds.
FETCHED = (
    "node_modules/commonmark-spec/spec.txt",
    "node_modules/@octokit/webhooks-examples/x",
    "node_modules/.whygate/json-schema-suite/x",
    "node_modules/.whygate/api.github.com.json",
    "node_modules/.whygate/github.graphql",
    "node_modules/.whygate/azure.d.ts",
    "node_modules/.whygate/bitbucket.d.ts",
    "node_modules/.whygate/bitbucket.js",
)


def run(directory: Path, *options: str) -> list[str]:
    """Return what the script prints and hands on, in a directory with the rooms of ours."""
    shutil.copy(ROOT / "run-tests", directory)
    for path in FETCHED:
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).touch()
    for room in (ROOT / "tests").iterdir():
        if room.is_dir():
            (directory / "tests" / room.name).mkdir(parents=True)
    python = directory / "python"
    python.write_text(ECHO)
    python.chmod(0o755)
    done = subprocess.run(
        [directory / "run-tests", *options],
        env={"PYTHON": str(python), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_fast_form_runs_some_rooms_and_names_every_other(tmp_path: Path) -> None:
    said, *arguments = run(tmp_path, "--fast", "-x")

    rooms = {path.name for path in (ROOT / "tests").iterdir() if any(path.glob("test_*.py"))}
    chosen = {word.removeprefix("tests/") for word in arguments if word.startswith("tests/")}
    left = set(said.partition(": ")[2].partition(",")[0].split())
    assert rooms - {"browser", "e2e"} == (chosen & rooms) | left
    assert not chosen & left
    assert {"judge", "text"} <= chosen
    assert {"git", "gate"} <= left
    assert arguments[-1] == "-x"
    assert "--fast" not in arguments


@pytest.mark.parametrize("argument", ["tests/text", "-x"])
def test_argument_is_handed_to_pytest(tmp_path: Path, argument: str) -> None:
    assert run(tmp_path, argument)[-1] == argument
