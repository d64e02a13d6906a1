"""The CI components of templates/: their inputs, their form, and their scripts in a real clone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from tests import fake_gitlab

ROOT = Path(__file__).parents[2]
COMPONENTS = ROOT / "templates"

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.conftest import Repo
    from tests.fake_gitlab import FakeGitLab

# `python3 -I -m venv DIR`: an environment that holds whygate already, and notes what pip is told
PYTHON = r"""#!/bin/sh
mkdir -p "$4/bin"
cat >"$4/bin/python" <<'SCRIPT'
#!/bin/sh
if [ "$3" = pip ]; then echo "$*" >>"$PIP_LOG"; exit 0; fi
exec "$PYTHON" "$@"
SCRIPT
chmod +x "$4/bin/python"
"""


def read_component(file: str = "whygate", **inputs: str) -> tuple[dict[str, object], str]:
    """Return the inputs of a component, and its jobs with inputs filled in as GitLab does."""
    text = (COMPONENTS / f"{file}.yml").read_text()
    head, _, jobs = text.partition("\n---\n")
    spec = yaml.safe_load(head)["spec"]["inputs"]
    for name, told in spec.items():
        usual = told.get("default")
        value = inputs.get(name, str(usual).lower() if isinstance(usual, bool) else usual)
        jobs = jobs.replace(f"$[[ inputs.{name} ]]", value or '""')
    return spec, jobs


def read_job(file: str, name: str, **inputs: str) -> dict[str, Any]:
    """Return a job of a component, with what it `extends` as GitLab merges it."""
    jobs = yaml.safe_load(read_component(file, **inputs)[1])
    job: dict[str, Any] = jobs[name]
    return {**jobs.get(job.get("extends", ""), {}), **job}


@pytest.fixture
def gitlab() -> Iterator[FakeGitLab]:
    """Give a running GitLab with one merge request that says everything."""
    with fake_gitlab.serve() as state:
        yield state


@pytest.mark.parametrize(
    ("file", "inputs"),
    [
        ("whygate", {"stage", "image", "package", "preset", "fail_on", "note"}),
        (
            "outcomes",
            {
                "stage",
                "image",
                "package",
                "environment",
                "due_issue",
                "mention_owners",
                "keep_plan",
            },
        ),
    ],
)
def test_component_is_what_gitlab_takes(tmp_path: Path, file: str, inputs: set[str]) -> None:
    spec, jobs = read_component(file)
    head = (COMPONENTS / f"{file}.yml").read_text().partition("\n---\n")[0]
    (tmp_path / "head.yml").write_text(head)
    (tmp_path / "jobs.yml").write_text(jobs)
    program = Path(sys.executable).with_name("check-jsonschema")

    for name in ("head.yml", "jobs.yml"):
        argv = [str(program), "--builtin-schema", "vendor.gitlab-ci", str(tmp_path / name)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout

    assert set(spec) == inputs
    assert "$[[" not in jobs
    assert "CI_MERGE_REQUEST_TITLE" not in jobs
    assert "CI_MERGE_REQUEST_DESCRIPTION" not in jobs


def execute(
    job: dict[str, Any], repo: Repo, tmp_path: Path, variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run the script of a job where the runner has cloned the repository."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "python3").write_text(PYTHON)
    (programs / "python3").chmod(0o755)
    machine = {
        "NO_PROXY": "127.0.0.1",
        "PYTHON": sys.executable,
        "PIP_LOG": str(tmp_path / "pip.log"),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
    }
    return subprocess.run(
        ["sh", "-ec", "\n".join((*job["before_script"], *job["script"]))],
        cwd=repo.path,
        env={**repo.environ, **job["variables"], **variables, **machine},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("body", "inputs", "job_reads", "status"),
    [
        (fake_gitlab.GOOD_BODY, {}, ("merge_requests", "repository"), 0),
        ("none", {}, ("merge_requests", "repository"), 1),
        ("none", {"fail_on": "never"}, ("merge_requests", "repository"), 0),
        ("none", {"preset": "adopt"}, ("merge_requests", "repository"), 0),
        ("none", {}, ("merge_requests",), 1),
        ("none", {}, (), 1),
    ],
    ids=["complete", "empty", "reports only", "preset", "clone judges", "no token"],
)
def test_component_judges_by_the_target_branch(
    repo: Repo,
    tmp_path: Path,
    gitlab: FakeGitLab,
    body: str,
    inputs: Mapping[str, str],
    job_reads: tuple[str, ...],
    *,
    status: int,
) -> None:
    repo.commit("chore: begin", {".whygate.yml": "version: 1\npreset: standard\n"})
    repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "server.git"))
    repo.git("remote", "add", "origin", f"file://{tmp_path}/server.git")
    repo.git("switch", "--quiet", "--create", "mail-again")
    evil = {".whygate.yml": "version: 1\npreset: adopt\n", "whygate.py": "raise SystemExit(0)\n"}
    repo.commit("feat: judge nothing", evil)
    gitlab.write(".whygate.yml", "version: 1\npreset: standard\n")
    gitlab.request["description"] = body
    gitlab.job_reads = job_reads
    job = yaml.safe_load(read_component(**inputs)[1])["whygate"]
    variables = {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": gitlab.url,
        "CI_PROJECT_ID": str(fake_gitlab.PROJECT),
        "CI_PROJECT_DIR": str(repo.path),
        "CI_JOB_TOKEN": fake_gitlab.JOB_TOKEN,
        "CI_MERGE_REQUEST_IID": str(fake_gitlab.IID),
        "CI_MERGE_REQUEST_PROJECT_ID": str(fake_gitlab.PROJECT),
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_TITLE": "feat(login): send the mail again",
        "CI_MERGE_REQUEST_DESCRIPTION": body,
    }

    done = execute(job, repo, tmp_path, variables)

    assert done.returncode == status, done.stdout + done.stderr
    assert "pip install --quiet git+https://" in (tmp_path / "pip.log").read_text()
    reports = job["artifacts"]["reports"]
    assert (repo.path / reports["junit"]).is_file()
    assert (repo.path / reports["codequality"]).is_file()


def test_scheduled_component_proposes_what_it_measured(
    repo: Repo, tmp_path: Path, gitlab: FakeGitLab
) -> None:
    catalogue = (
        "version: 1\nbackends:\n  data: {type: files, path: data.csv}\nmetrics:\n"
        "  rows: {title: rows, backend: data, window: 7d, unit: rows,\n"
        "    query: select count(*) from data where day >= :start and day < :end}\n"
    )
    plan = (
        "feat: rows (!12)\n\nProblem: rows are cut off at 100\nMetric: rows\nBaseline: 9 rows\n"
        "Target: <= 7 rows\nEvaluate-By: 2025-03-10\n"
    )
    repo.commit(
        "chore: begin\n", {".whygate/metrics.yml": catalogue, "data.csv": "day\n2025-03-08\n"}
    )
    repo.commit(plan)
    job = read_job("outcomes", "whygate-outcomes", due_issue="true")
    variables = {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": gitlab.url,
        "CI_PROJECT_ID": str(fake_gitlab.PROJECT),
        "CI_PIPELINE_SOURCE": "schedule",
        "CI_PROJECT_DIR": str(repo.path),
        "CI_COMMIT_BRANCH": "main",
        "CI_DEFAULT_BRANCH": "main",
        "WHYGATE_TOKEN": fake_gitlab.TOKEN,
    }

    done = execute(job, repo, tmp_path, variables)

    assert done.returncode == 0, done.stdout + done.stderr
    assert [one["source_branch"] for one in gitlab.opened.values()] == ["whygate/outcomes"]
    assert [issue["title"] for issue in gitlab.written] == ["Outcomes to look at: 1 overdue"]
    assert "install --quiet whygate[sql,http] @ git+https://" in (tmp_path / "pip.log").read_text()
    assert job["rules"] == [
        {"if": '$CI_PIPELINE_SOURCE == "schedule" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH'}
    ]


def test_component_keeps_the_plans_of_what_was_pushed(
    repo: Repo, tmp_path: Path, gitlab: FakeGitLab
) -> None:
    before = repo.commit("chore: begin\n", {"a": "1"})
    after = repo.commit("feat(login): send the mail again\n", {"a": "2"})
    gitlab.request |= {"state": "merged", "merge_commit_sha": after}
    gitlab.associated[after] = [fake_gitlab.IID]
    job = read_job("outcomes", "whygate-plans", keep_plan="ledger")
    variables = {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": gitlab.url,
        "CI_PROJECT_ID": str(fake_gitlab.PROJECT),
        "CI_PROJECT_DIR": str(repo.path),
        "CI_PIPELINE_SOURCE": "push",
        "CI_COMMIT_BRANCH": "main",
        "CI_DEFAULT_BRANCH": "main",
        "CI_COMMIT_BEFORE_SHA": before,
        "CI_COMMIT_SHA": after,
        "WHYGATE_TOKEN": fake_gitlab.TOKEN,
    }

    done = execute(job, repo, tmp_path, variables)

    assert done.returncode == 0, done.stdout + done.stderr
    assert b'"for":"!12"' in gitlab.files_of("main")[".whygate/results.jsonl"]
    (rule,) = job["rules"]
    assert rule["if"].startswith('"ledger" == "ledger" && $CI_PIPELINE_SOURCE == "push"')
