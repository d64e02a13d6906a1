"""What the fake forges share: a server that asks one function for every answer, and faults."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Json = dict[str, object]


class Asked(NamedTuple):
    """A question as it came in; a proxy is asked with a `host`."""

    method: str
    host: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: object
    text: str = ""  # the query as it came

    @property
    def line(self) -> str:
        """Return the method and the path."""
        return f"{self.method} {self.path}"


class Reply(NamedTuple):
    """An answer: bytes as they are, anything else as JSON."""

    status: int
    value: object = None
    headers: Mapping[str, str] = {}


@dataclass
class Fault:
    """An answer that the next question whose path holds `path` gets instead."""

    path: str
    status: int = 500
    body: bytes = b"{}"
    location: str = ""


@dataclass
class FakeForge:
    """A forge that remembers what it was asked; `url` is where it runs."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def answer(self, asked: Asked) -> Reply:
        """Return the answer to a question, by the documented paths alone."""
        raise NotImplementedError

    def take(self, asked: Asked) -> Reply:
        """Return the next fault that the question meets, else its answer."""
        self.asked.append(asked)
        for fault in self.faults:
            if fault.path in asked.path:
                self.faults.remove(fault)
                led = {"Location": fault.location} if fault.location else {}
                return Reply(fault.status, fault.body, led)
        return self.answer(asked)


@contextmanager
def serve(
    forge: FakeForge, prefix: str = "", context: ssl.SSLContext | None = None
) -> Iterator[None]:
    """Serve a forge as long as the block runs; `prefix` ends its address."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def _do(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
            headers = dict(self.headers.items())
            asked = Asked(self.command, parts.netloc, parts.path, query, headers, body, parts.query)
            reply = forge.take(asked)
            value = reply.value
            data = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send_response(reply.status)
            for name, held in reply.headers.items():
                self.send_header(name, held)
            if reply.status != 204:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if reply.status != 204:
                self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_DELETE = _do  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    scheme = "http" if context is None else "https"
    forge.url = f"{scheme}://127.0.0.1:{server.server_port}{prefix}"
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def make_certificate(directory: Path) -> ssl.SSLContext:
    """Make a server's certificate that nobody trusts but who reads `ca.pem`."""
    key, certificate = directory / "key.pem", directory / "ca.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key)]
    named = ["-subj", "/CN=forge", "-addext", "subjectAltName=IP:127.0.0.1", "-out"]
    subprocess.run([*made, *named, str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
