"""Real sources of numbers: Prometheus and PostgreSQL of the machine, and a small web server."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import threading
from contextlib import closing, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

import psycopg
import pytest
from msgspec.structs import replace

from whygate.catalogue.file import parse_catalogue
from whygate.metrics.port import Setting
from whygate.metrics.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from whygate.catalogue.catalogue import Catalogue
    from whygate.metrics.reading import Reading
    from whygate.metrics.windows import Window

DAY = date(2026, 11, 15)
_POSTGRES = Path("/usr/lib/postgresql")
_TRIES = 600


def need(name: str, *places: Path) -> str:
    """Return the path of a program; without it the test is skipped, and in CI it fails."""
    found = shutil.which(name) or next(
        (str(p / name) for p in places if (p / name).is_file()), None
    )
    if found is None:
        message = f"{name} is not on this machine: apt-get install prometheus postgresql"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def served(command: list[str], is_up: Callable[[], bool], log: Path, user: str) -> Iterator[None]:
    """Run a server until the end of the block; it fails loudly when it does not come up."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, user=user or None
        )
        try:
            gone = threading.Event()
            for _ in range(_TRIES):
                if process.poll() is not None or is_up():
                    break
                gone.wait(0.05)
            if process.poll() is not None or not is_up():
                pytest.fail(f"{command[0]} did not come up:\n{log.read_text()[-2000:]}")
            yield
        finally:
            process.send_signal(signal.SIGINT)  # PostgreSQL waits for nobody then
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a Prometheus that knows seventy days of an invented shop."""
    with run_prometheus(tmp_path_factory.mktemp("prometheus")) as address:
        yield address


@contextmanager
def run_prometheus(home: Path) -> Iterator[str]:
    """Run a Prometheus and give its address.

    `errors_total` grows by 10 a day until 2026-11-01 and by 2 after it, `requests_total` by 100.
    """
    program, tool = need("prometheus"), need("promtool")
    metrics = home / "metrics.txt"
    metrics.write_text(_openmetrics())
    long = "--max-block-duration=9000h"  # few blocks: each one costs a tenth of a second
    subprocess.run(
        [tool, "tsdb", "create-blocks-from", long, "openmetrics", str(metrics), str(home / "data")],
        check=True,
        capture_output=True,
    )
    config = home / "prometheus.yml"
    config.write_text("global: {scrape_interval: 1h}\n")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [
        program,
        f"--config.file={config}",
        f"--storage.tsdb.path={home / 'data'}",
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with served(command, lambda: _answers(f"{address}/-/ready"), home / "log", ""):
        yield address


def _openmetrics() -> str:
    lines = ["# TYPE errors counter", "# TYPE requests counter"]
    start = datetime(2026, 9, 10, tzinfo=UTC)
    errors, rows = 0.0, []
    asked: dict[str, list[str]] = {"a": [], "b": []}
    for hour in range(0, 70 * 24, 4):
        moment = start + timedelta(hours=hour)
        stamp = int(moment.timestamp())
        rows.append(f'errors_total{{place="a"}} {errors} {stamp}')
        for place, daily in (("a", 100), ("b", 50)):
            line = f'requests_total{{place="{place}"}} {hour * daily / 24} {stamp}'
            asked[place].append(line)
        errors += (10 if moment < datetime(2026, 11, 1, tzinfo=UTC) else 2) / 6
    lines = [lines[0], *rows, lines[1], *asked["a"], *asked["b"]]
    return "\n".join([*lines, "# EOF", ""])


def _answers(address: str) -> bool:
    with suppress(OSError), urlopen(address, timeout=2) as reply:
        return bool(reply.status == 200)
    return False


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Give the address of a PostgreSQL with a table `tickets` of an invented shop."""
    with run_postgres() as address:
        yield address


@contextmanager
def run_postgres() -> Iterator[str]:
    """Run a PostgreSQL and give its address."""
    bins = sorted(_POSTGRES.glob("*/bin"), reverse=True)
    program, init = need("postgres", *bins), need("initdb", *bins)
    user = "postgres" if os.geteuid() == 0 else ""  # it refuses to run as root
    # Not below pytest's own directory, whose rights it takes away again from other users.
    with TemporaryDirectory(prefix="whygate-postgres-", ignore_cleanup_errors=True) as made:
        home = Path(made)
        if user:
            os.chown(home, pwd.getpwnam(user).pw_uid, -1)
        yield from _run_postgres(program, init, home, user)


def _run_postgres(program: str, init: str, home: Path, user: str) -> Iterator[str]:
    data, port = home / "data", free_port()
    subprocess.run(
        [init, "-D", str(data), "-U", "shop", "--auth=trust", "--no-sync"],
        check=True,
        capture_output=True,
        user=user or None,
    )
    command = [
        *(program, "-D", str(data), "-p", str(port), "-h", "127.0.0.1"),
        *("-c", f"unix_socket_directories={home}", "-c", "fsync=off"),
    ]
    address = f"postgresql://shop:hunter2@127.0.0.1:{port}/postgres"
    with served(command, lambda: _accepts(address), home / "log", user):
        _fill(address)
        yield address


def _accepts(address: str) -> bool:
    with suppress(psycopg.OperationalError), psycopg.connect(address, connect_timeout=2):
        return True
    return False


def _fill(address: str) -> None:
    with psycopg.connect(address) as connection:
        connection.execute(
            "create table tickets (topic text, opened_at timestamptz, minutes float)"
        )
        days = (DAY - timedelta(days=n) for n in range(70))
        rows = [
            ("rows", datetime(day.year, day.month, day.day, hour, tzinfo=UTC), 1.5 * hour)
            for day in days
            for hour in range(3 if day < date(2026, 11, 1) else 1)
        ]
        connection.cursor().executemany("insert into tickets values (%s, %s, %s)", rows)


class Call(NamedTuple):
    """One request that the web server was sent."""

    path: str
    params: dict[str, str]
    token: str


Reply = tuple[int, dict[str, str], "bytes | Iterator[bytes]"]


class Server:
    """Answers GET: for a path (status, headers, body), or a function of the call that gives it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.answers: dict[str, Reply | Callable[[Call], Reply]] = {}
        self.calls: list[Call] = []
        self.release = threading.Event()


@pytest.fixture
def server() -> Iterator[Server]:
    """Give a web server on a loopback port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            token = self.headers.get("Authorization", "")
            call = Call(parts.path, dict(parse_qsl(parts.query)), token)
            known.calls.append(call)
            answer = known.answers.get(parts.path, (404, {}, b""))
            status, headers, body = answer(call) if callable(answer) else answer
            with suppress(OSError):  # who asked may have given up
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                for piece in [body] if isinstance(body, bytes) else body:
                    self.wfile.write(piece)

        def log_message(self, *_: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known = Server(f"http://127.0.0.1:{listener.server_port}")
    thread = threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield known
    finally:
        known.release.set()
        listener.shutdown()
        listener.server_close()
        thread.join()


class Ask:
    """Asks the metric `m` of a catalogue, and remembers how long it would have waited."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.waited: list[float] = []

    def catalogue(self, backend: str, metric: str) -> Catalogue:
        """Return the catalogue of one backend `b` and one metric `m-m`, both as flow YAML."""
        text = f"version: 1\nbackends: {{b: {backend}}}\nmetrics:\n  m-m: {metric}\n"
        return parse_catalogue("metrics.yml", text)

    def __call__(
        self, backend: str, metric: str, *windows: Window, **environ: str
    ) -> tuple[Reading, ...]:
        """Return the readings of the metric in windows."""
        return self.read(self.catalogue(backend, metric), windows, environ)

    def unchecked(self, backend: str, query: str, window: Window, **environ: str) -> Reading:
        """Return the reading of a query that no catalogue would let pass."""
        metric = "{title: t, backend: b, window: 7d, query: 'select :start'}"
        catalogue = self.catalogue(backend, metric)
        harmful = replace(catalogue.metrics["m-m"], query=query)
        (reading,) = self.read(replace(catalogue, metrics={"m-m": harmful}), (window,), environ)
        return reading

    def read(
        self, catalogue: Catalogue, windows: tuple[Window, ...], environ: dict[str, str]
    ) -> tuple[Reading, ...]:
        with Sources(catalogue, Setting(environ, self.root), self.waited.append) as sources:
            found = sources.read_all([(catalogue.metrics["m-m"], windows)])
        return found["m-m", windows]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Give the one who asks, in an empty directory."""
    return Ask(tmp_path)
