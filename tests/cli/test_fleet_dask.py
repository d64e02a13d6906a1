"""A fleet on a dask cluster that runs already, in processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.cli.conftest import SOURCES
from tests.history.test_fleet import KILLER, fill

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.cli.conftest import Run, Spawn
    from tests.conftest import MakeRepo

CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def killer(tmp_path: Path, git_environ: Mapping[str, str]) -> dict[str, str]:
    """Give an environment whose git kills the first worker that reads `r1`."""
    (tmp_path / "killed").mkdir()
    script = tmp_path / "bin" / "git"
    script.parent.mkdir()
    script.write_text(KILLER.format(name="/acme/r1", times=1, git=shutil.which("git")))
    script.chmod(0o755)
    path = f"{script.parent}{os.pathsep}{git_environ['PATH']}"
    killed = {"PATH": path, "KILLED": str(tmp_path / "killed"), "PYTHONPATH": str(SOURCES)}
    return {**git_environ, **killed}


@pytest.fixture
def scheduler(tmp_path: Path, killer: dict[str, str]) -> Iterator[str]:
    """Give the address of a cluster with two workers; it ends with its input."""
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER)
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=killer,
        cwd=tmp_path,
    )
    assert process.stdout is not None
    yield process.stdout.readline().decode().strip()
    process.communicate()


def test_cluster_reads_everything_though_a_worker_is_killed(
    run: Run, spawn: Spawn, make_repo: MakeRepo, tmp_path: Path, scheduler: str
) -> None:
    assert run
    for number in range(4):
        fill(make_repo(f"fleet/acme/r{number}"))

    call = ("audit", "--fleet", "fleet", "--format", "json")
    process = spawn(*call, "--engine", "dask", "--scheduler", scheduler, stdout=subprocess.PIPE)
    out, err = process.communicate()

    assert process.returncode == 0, err.decode()
    told = json.loads(out)
    assert told["failures"] == []
    assert told["repositories"]["read"] == 4
    assert told["total"]["changes"]["changes"] == 16
    assert len(list((tmp_path / "killed").iterdir())) >= 1
    assert json.loads(run(*call).out)["repositories"]["unchanged"] == 4


def test_scheduler_that_does_not_answer_is_named(run: Run, make_repo: MakeRepo) -> None:
    fill(make_repo("fleet/acme/shop"))

    result = run(
        *("audit", "--fleet", "fleet", "--engine", "dask", "--scheduler", "nowhere:1"),
    )

    assert result.status == 3
    assert "no dask scheduler answers at `nowhere:1`" in result.err
