"""Whatever writes may be killed at any moment: what was acknowledged is there, nothing is torn."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import whygate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.conftest import Repo

SOURCES = Path(whygate.__file__).parents[1]
PLAN = """\
feat: write every row (#12)

Problem: the export stops at row 100, so accountants retype the rest
Outcome: they close the month without retyping a row
Metric: support tickets about missing rows, weekly
Baseline: 9 tickets
Target: <= 1 ticket
Evaluate-By: 2025-02-15
"""
MOMENTS = 12


@pytest.fixture
def start(repo: Repo, tmp_path: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """Give a starter of whygate in the repository, with a store of its own."""
    environ: Mapping[str, str] = {
        **os.environ,
        **repo.environ,
        "PYTHONPATH": str(SOURCES),
        "WHYGATE_CACHE_DIR": str(tmp_path / "store"),
    }

    def start(*argv: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "whygate", *argv],
            cwd=repo.path,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    return start


def kill_at(process: subprocess.Popen[bytes], seconds: float) -> tuple[bool, bytes]:
    """Kill a process and its children then, unless it is done; tell whether it ended well."""
    try:
        out, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        out, _ = process.communicate()
    return process.returncode == 0, out


def drawn_moments(whole: float) -> list[float]:
    """Return when to kill runs that take about `whole` seconds, the last ones not at all."""
    drawn = random.Random(12)  # the same moments in every run
    late = [whole * (0.6 + 0.05 * n) for n in range(MOMENTS // 2)]  # the end is when it is written
    return [*(drawn.uniform(0, whole) for _ in range(MOMENTS // 2)), *late, 60, 60]


@pytest.mark.parametrize("carrier", ["ledger", "note"])
def test_acknowledged_results_survive_a_kill(
    repo: Repo, start: Callable[..., subprocess.Popen[bytes]], carrier: str
) -> None:
    sha = repo.commit(PLAN)
    began = time.monotonic()
    argv: tuple[str, ...] = ("record", "#12", "missed", "--value", "3 tickets")
    assert kill_at(start(*argv, "--as", carrier), 120)[0]
    whole = time.monotonic() - began
    acknowledged = set()
    for number, moment in enumerate(drawn_moments(whole)):
        note = f"attempt {number}"
        done, _ = kill_at(start(*argv, "--note", note, "--as", carrier), moment)
        if done:
            acknowledged.add(note)

    if carrier == "ledger":
        text = (repo.path / ".whygate" / "results.jsonl").read_text(encoding="utf-8")
    else:
        text = repo.git("notes", "--ref=product-results", "show", sha) + "\n"
    assert text.endswith("\n")
    found = [json.loads(line).get("note", "") for line in text.splitlines() if line]
    assert acknowledged <= set(found)
    assert len(acknowledged) >= 2
    assert len(found) == len(set(found))
    assert repo.git("status", "--porcelain") in ("", "?? .whygate/")


CATALOGUE = """\
version: 1
backends: {data: {type: files, path: days.csv}}
metrics:
  row-tickets:
    title: tickets about missing rows, weekly
    backend: data
    query: select sum(n) from data where day >= :start and day < :end
    window: 7d
    unit: tickets
"""


def test_killed_measuring_leaves_whole_lines_and_the_next_run_writes_the_rest(
    repo: Repo, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    days = "".join(f"2025-02-{day:02},1\n" for day in range(1, 29))
    files = {".whygate/metrics.yml": CATALOGUE, "days.csv": f"day,n\n{days}"}
    plan = PLAN.replace("support tickets about missing rows, weekly", "row-tickets")
    repo.commit("chore: begin\n", files)
    numbers = [f"#{number}" for number in range(20, 60)]
    for number in numbers:
        repo.commit(plan.replace("#12", number))
    ledger = repo.path / ".whygate" / "results.jsonl"
    argv = ("measure", "--due", "--write", "--today", "2025-03-01")
    began = time.monotonic()
    assert kill_at(start(*argv), 120)[0]
    whole = time.monotonic() - began

    for moment in drawn_moments(whole)[:MOMENTS]:
        ledger.unlink(missing_ok=True)
        kill_at(start(*argv), moment)
        written = ledger.read_bytes() if ledger.exists() else b""
        # One line is one write: what is there is whole, but for a last one that was cut off.
        told = [json.loads(line)["for"] for line in written.split(b"\n")[:-1]]
        assert told == numbers[: len(told)]
        done, _ = kill_at(start(*argv), 120)
        assert done
        assert ledger.read_bytes().startswith(written)
        after = [json.loads(line)["for"] for line in ledger.read_bytes().splitlines()]
        assert sorted(after) == sorted(numbers)


def test_killed_audits_leave_the_next_one_right(
    repo: Repo, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    for number in range(40):
        repo.commit(PLAN.replace("#12", f"#{number}") if number % 5 == 0 else f"fix: row {number}")
    argv = ("audit", "--format", "json", "--today", "2025-03-01")
    began = time.monotonic()
    done, right = kill_at(start(*argv, "--no-cache"), 120)
    whole = time.monotonic() - began
    assert done

    for moment in drawn_moments(whole)[:MOMENTS]:
        kill_at(start(*argv), moment)
    done, found = kill_at(start(*argv), 120)

    assert done
    assert json.loads(found) == json.loads(right)
