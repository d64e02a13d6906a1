"""Variables that other programs leave behind, or that somebody sets to talk the gate round.

Each is ignored, or ends with a sentence and without a verdict (2 or 3); none makes anything pass.
What is left out can only be set by who writes the workflow: BASH_ENV, SHELLOPTS and exported
functions run before, or instead of, the first line of the step (docs/security.md).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Repo
    from tests.fake_github import FakeGitHub
    from tests.gate.conftest import Machine, RunStep, Step

WHYGATE = Path(sys.executable).with_name("whygate")
NOWHERE = "/nowhere/at/all"

# What nothing of ours may notice.
IGNORED = {
    "PYTHONSTARTUP": NOWHERE,
    "PYTHONINSPECT": "1",
    "PYTHONOPTIMIZE": "2",
    "PYTHONDEBUG": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONPYCACHEPREFIX": NOWHERE,
    "PYTHONUNBUFFERED": "1",
    "PYTHONIOENCODING": "ascii:strict",
    "PYTHONUTF8": "0",
    "PYTHONNOUSERSITE": "",
    "PYTHONUSERBASE": NOWHERE,
    "PYTHONBREAKPOINT": "os.abort",
    "PYTHONCASEOK": "1",
    "PYTHONHASHSEED": "7",
    "PYTHONINTMAXSTRDIGITS": "640",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONNODEBUGRANGES": "1",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_PREFIX": NOWHERE,
    "PIP_ROOT": NOWHERE,
    "PIP_TARGET": NOWHERE,
    "PIP_USER": "1",
    "PIP_DRY_RUN": "1",
    "PIP_CONSTRAINT": NOWHERE,
    "PIP_REQUIREMENT": NOWHERE,
    "PIP_EDITABLE": NOWHERE,
    "PIP_PYTHON": NOWHERE,
    "PIP_PLATFORM": "plan9",
    "PIP_PYTHON_VERSION": "2.7",
    "PIP_IMPLEMENTATION": "jy",
    "PIP_ABI": "none",
    "PIP_NO_BINARY": ":all:",
    "PIP_IGNORE_INSTALLED": "0",
    "PIP_SRC": NOWHERE,
    "PIP_LOG": NOWHERE,
    "PIP_REPORT": NOWHERE,
    "PIP_PROGRESS_BAR": "on",
    "PIP_VERSION": "1",
    "PIP_HELP": "1",
    "PIP_QUIET": "3",
    "PIP_ISOLATED": "1",
    "GIT_PAGER": "false",
    "GIT_EXTERNAL_DIFF": "false",
    "GIT_TRACE": "0",
    "GIT_ASKPASS": "false",
    "GIT_SSH_COMMAND": "false",
    "GIT_OPTIONAL_LOCKS": "1",
    "PAGER": "false",
    "EDITOR": "false",
    "VISUAL": "false",
    "BROWSER": "false",
    "LANG": "xx_YY.nothing",
    "LC_ALL": "C",
    "LANGUAGE": "xx",
    "TZ": "Nowhere/At_All",
    "COLUMNS": "0",
    "LINES": "nothing",
    "TERM": "nothing",
    "FORCE_COLOR": "1",
    "NO_COLOR": "",
    "CLICOLOR_FORCE": "1",
    "POSIXLY_CORRECT": "1",
    "CDPATH": "/",
    "ENV": NOWHERE,
    "IFS": "xyz",
    "GREP_OPTIONS": "--nothing",
    "LD_LIBRARY_PATH": NOWHERE,
    "SSL_CERT_FILE": NOWHERE,
    "SSL_CERT_DIR": NOWHERE,
    "FTP_PROXY": "::",
    "XDG_CACHE_HOME": NOWHERE,
    "XDG_CONFIG_HOME": NOWHERE,
    "XDG_DATA_HOME": NOWHERE,
    "WHYGATE_CACHE_DIR": NOWHERE,
    "_WHYGATE_COMPLETE": "bash_source",
    "COMP_WORDS": "whygate ci",
    "COMP_CWORD": "1",
    "VIRTUAL_ENV": NOWHERE,
    "CONDA_PREFIX": NOWHERE,
    "NODE_OPTIONS": "--nothing",
}
# What -I and -E keep from the action and the hook, but not from a command somebody types.
FOR_PYTHON = {
    "PYTHONHOME": NOWHERE,
    "PYTHONPATH": ":.",
    "PYTHONWARNINGS": "error",
    "PYTHONMALLOC": "nothing",
    "PYTHONPLATLIBDIR": "nothing",
    "PYTHONSAFEPATH": "",
}
# What the step needs, set to what it cannot be.
REFUSED = {
    "GITHUB_EVENT_PATH": NOWHERE,
    "GITHUB_EVENT_NAME": "nothing",
    "GITHUB_REPOSITORY": "../..",
    "GITHUB_API_URL": "file:///etc/passwd",
    "GITHUB_ACTION_PATH": NOWHERE,
    "RUNNER_TEMP": ".",
    "PATH": ".:",
    "WHYGATE_PRESET": "lax",
    "WHYGATE_FAIL_ON": "sometimes",
    "WHYGATE_COMMENT": "perhaps",
    "WHYGATE_KEEP_PLAN": "always",
    "WHYGATE_TOKEN": "a b",
}


def test_table_is_long_enough() -> None:
    assert len(IGNORED | FOR_PYTHON | REFUSED) >= 60


@pytest.fixture
def bad_request(github: FakeGitHub, machine: Machine) -> FakeGitHub:
    """Give a request that must fail, and a checkout full of programs and modules that say yes."""
    github.add_pull(body="")
    workspace = Path(machine.environ["GITHUB_WORKSPACE"])
    for name in ("python3", "python", "pip", "rm", "mv", "git"):
        (workspace / name).write_text("#!/bin/sh\nexit 0\n")
        (workspace / name).chmod(0o755)
    for name in ("sitecustomize", "usercustomize", "whygate", "click", "yaml", "pip", "hashlib"):
        (workspace / f"{name}.py").write_text("import os; os._exit(0)\n")
    return github


def run_with(action: RunStep, machine: Machine, github: FakeGitHub, **variables: str) -> Step:
    machine.strange = variables
    return action("pull_request", github.event())


def test_action_is_not_moved_by_what_it_can_ignore(
    action: RunStep, machine: Machine, bad_request: FakeGitHub, tmp_path: Path
) -> None:
    machine.environ["RUNNER_TEMP"] = str(tmp_path / "temp")  # pip is asked as well
    path = f".::{machine.environ['PATH']}"

    step = run_with(action, machine, bad_request, **(IGNORED | FOR_PYTHON), PATH=path)

    assert (step.status, step.outputs["verdict"]) == (1, "failed"), step.out + step.err


@pytest.mark.parametrize(("name", "value"), REFUSED.items(), ids=REFUSED)
def test_action_gives_no_verdict_by_what_it_needs_otherwise(
    action: RunStep, machine: Machine, bad_request: FakeGitHub, name: str, value: str
) -> None:
    step = run_with(action, machine, bad_request, **{name: value})

    assert step.status in (2, 3)
    assert step.outputs["verdict"] == "undecided"
    assert [command for command, _ in step.commands] == ["error"]


@pytest.mark.parametrize("name", ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"])
def test_action_fails_when_it_cannot_tell_its_verdict(
    action: RunStep, machine: Machine, bad_request: FakeGitHub, name: str
) -> None:
    place = machine.environ["GITHUB_WORKSPACE"]

    step = run_with(action, machine, bad_request, **{name: place})

    assert step.status in (2, 3)
    assert "cannot be written" in step.out + step.err


def test_command_is_not_moved_by_what_it_can_ignore(tmp_path: Path) -> None:
    (tmp_path / "body.md").write_text("## Test plan\nCI is green.\n")

    done = subprocess.run(
        [WHYGATE, "check", "--description", "body.md", "--title", "feat: rows"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": NOWHERE, **IGNORED},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 1, done.stderr.decode()
    assert b"WG101" in done.stdout


def test_hook_is_not_moved_by_what_it_can_ignore(repo: Repo) -> None:
    environ = {**repo.environ, "PATH": f"{WHYGATE.parent}:{repo.environ['PATH']}"}
    subprocess.run([WHYGATE, "hook", "install"], cwd=repo.path, env=environ, check=True)
    (repo.path / "sitecustomize.py").write_text("import os; os._exit(0)\n")
    head = repo.head()

    done = subprocess.run(
        ["git", "commit", "--quiet", "--allow-empty", "--message", "feat: rows"],
        cwd=repo.path,
        env={**environ, **IGNORED, **FOR_PYTHON},
        capture_output=True,
        check=False,
    )

    assert (done.returncode, repo.head()) == (1, head), done.stderr.decode()
    assert b"WG101" in done.stderr + done.stdout
