"""Turn a thousand due plans into figures: how long their sources and their list are waited for.

A Prometheus and a PostgreSQL of this machine run on loopback ports, behind a door that lets each
answer wait for 20 ms. Half of a thousand metrics ask each of them, every one with a query of its
own, for three plans each. Then `whygate due` lists 5,000 plans, against the audit that feeds it.
"""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.histories import make_repository
from benchmarks.table import judge_ratio
from tests.metrics.conftest import DAY, run_postgres, run_prometheus

from whygate.catalogue.file import parse_catalogue
from whygate.metrics.port import Setting
from whygate.metrics.sources import Sources, open_source
from whygate.metrics.windows import window_of

if TYPE_CHECKING:
    from collections.abc import Iterator

METRICS, PLANS_EACH = 1_000, 3
DELAY = 0.02
RATIO, MEMORY = 0.2, 200  # MB
PLANS, LISTING, TURNS = 5_000, 1.5, 3
PLAN = """\
feat(export): write row %d of every report (#%d)

Problem: the export stops at row %d, so accountants retype the rest of each month
Outcome: they close the month without retyping a row
Metric: support tickets about missing rows, weekly
Baseline: 9 tickets
Target: <= 1 ticket
Evaluate-By: +30d
"""


def main() -> None:
    """Print both ratios and the peak memory."""
    with TemporaryDirectory() as home, run_prometheus(Path(home)) as prom, run_postgres() as base:
        compare_sources(prom, base)
    compare_lists()


def compare_sources(prometheus: str, postgres: str) -> None:
    """Print the time of one question after another, that of all at once, and the peak memory."""
    lines = []
    for n in range(METRICS):
        backend, query = (
            ("prom", f"sum(increase(errors_total[$window])) + {n}")
            if n % 2
            else ("base", f"select count(*) + {n} from tickets where opened_at >= :start and true")
        )
        lines.append(
            f"  metric-{n}: {{title: m {n}, backend: {backend}, window: 7d, query: '{query}'}}"
        )
    backends = "{prom: {type: prometheus, url_env: PROM}, base: {type: sql, url_env: BASE}}"
    text = f"version: 1\nbackends: {backends}\nmetrics:\n" + "\n".join(lines)
    catalogue = parse_catalogue("metrics.yml", text)
    windows = (window_of(DAY, 168),)
    every = list(catalogue.metrics.values())
    with slow(prometheus) as slow_prom, slow(postgres) as slow_base:
        setting = Setting({"PROM": slow_prom, "BASE": slow_base})
        sources = {m.backend.name: open_source(m.backend, setting) for m in every[:2]}
        start = time.perf_counter()
        for metric in every:
            assert sources[metric.backend.name].read(metric, windows)[0] is not None
        one_by_one = time.perf_counter() - start
        for source in sources.values():
            source.close()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        start = time.perf_counter()
        with Sources(catalogue, setting) as asked:
            found = asked.read_all([(metric, windows) for metric in every] * PLANS_EACH)
        together = time.perf_counter() - start
    assert asked.asked == METRICS, asked.asked
    assert all(reading.number is not None for (reading,) in found.values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{METRICS * PLANS_EACH} plans, {METRICS} questions: one by one {one_by_one:.1f} s")
    print(judge_ratio("of that, several at once", together / one_by_one, RATIO))
    print(judge_ratio("peak memory in MB", peak, MEMORY) + f" ({peak - before} more than before)")


def compare_lists() -> None:
    """Print how long `due` takes on 5,000 plans, as part of the audit that reads them."""
    with TemporaryDirectory() as home:
        repository = Path(home) / "plans"
        make_repository(repository, PLANS, lambda n: PLAN % (n, n + 1, n))
        where = ("-C", str(repository), "--no-cache", "--today", f"{date(2020, 3, 1)}")
        times = {name: [run(name, *where) for _ in range(TURNS)] for name in ("audit", "due")}
    audit, due = (median(times[name]) for name in ("audit", "due"))
    print(f"{PLANS} plans: audit {audit:.2f} s, due {due:.2f} s")
    print(judge_ratio("due, of the audit", due / audit, LISTING))


def run(*argv: str) -> float:
    """Return how long a command takes, in a process of its own."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "whygate", *argv],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": "src"},
    )
    return time.perf_counter() - start


@contextmanager
def slow(address: str) -> Iterator[str]:
    """Give an address that leads to the same server, and lets every answer wait."""
    head, _, rest = address.rpartition(":")
    port, slash, path = rest.partition("/")
    door = socket.create_server(("127.0.0.1", 0), backlog=128)

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = door.accept()
                server = socket.create_connection(("127.0.0.1", int(port)))
                for side in (client, server):
                    side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for one, other, wait in ((client, server, 0.0), (server, client, DELAY)):
                    threading.Thread(target=_pour, args=(one, other, wait), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"{head}:{door.getsockname()[1]}{slash}{path}"
    finally:
        door.shutdown(socket.SHUT_RDWR)
        door.close()
        thread.join()


def _pour(one: socket.socket, other: socket.socket, wait: float) -> None:
    with suppress(OSError):
        while data := one.recv(1 << 16):
            time.sleep(wait)
            other.sendall(data)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    main()
