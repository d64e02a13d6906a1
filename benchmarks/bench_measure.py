"""Turn a thousand due plans into figures: how long `whygate measure` waits for its sources.

A server on a loopback port answers as Prometheus does, 20 ms after it was asked. Every metric has a
query of its own, and each is asked for by three plans.
"""

from __future__ import annotations

import resource
import threading
import time
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from benchmarks.table import judge_ratio

from whygate.catalogue.file import parse_catalogue
from whygate.metrics.port import Setting
from whygate.metrics.sources import Sources, open_source
from whygate.metrics.windows import window_of

if TYPE_CHECKING:
    from collections.abc import Iterator

METRICS, PLANS_EACH = 1_000, 3
DELAY = 0.02
RATIO, MEMORY = 0.2, 200  # MB
ANSWER = b'{"data": {"resultType": "scalar", "result": [0, "7"]}}'


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        time.sleep(DELAY)
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


def main() -> None:
    """Print the time of one question after another, that of all at once, and the peak memory."""
    metrics = "".join(
        f"  metric-{n}: {{title: metric {n}, backend: prom, window: 7d, query: up{n}}}\n"
        for n in range(METRICS)
    )
    text = (
        f"version: 1\nbackends: {{prom: {{type: prometheus, url_env: URL}}}}\nmetrics:\n{metrics}"
    )
    catalogue = parse_catalogue("metrics.yml", text)
    windows = (window_of(date(2027, 2, 15), 168),)
    every = list(catalogue.metrics.values())
    with _served() as address:
        setting = Setting({"URL": address})
        start = time.perf_counter()
        source = open_source(every[0].backend, setting)
        for metric in every:
            source.read(metric, windows)
        one_by_one = time.perf_counter() - start
        start = time.perf_counter()
        with Sources(catalogue, setting) as sources:
            sources.read_all([(metric, windows) for metric in every] * PLANS_EACH)
        together = time.perf_counter() - start
    assert sources.asked == METRICS, sources.asked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{METRICS * PLANS_EACH} plans, {METRICS} questions: one by one {one_by_one:.1f} s")
    print(judge_ratio("of that, several at once", together / one_by_one, RATIO))
    print(judge_ratio("peak memory in MB", peak, MEMORY))


@contextmanager
def _served() -> Iterator[str]:
    server = _Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    main()
