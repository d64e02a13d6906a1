"""What the fake forges share: a server that asks one function for every answer, and faults."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from email.message import Message
    from pathlib import Path

JSON_TYPE = "application/json; charset=utf-8"

Json = dict[str, object]


class Asked(NamedTuple):
    """A question as it came in; a proxy is asked with a `host`."""

    method: str
    host: str
    path: str
    query: dict[str, str]
    headers: Message  # whatever the case of their names
    body: object
    text: str = ""  # the query as it came

    @property
    def line(self) -> str:
        """Return the method and the path."""
        return f"{self.method} {self.path}"

    @property
    def kind(self) -> str:
        """Return the header of GitLab's that the token came in, "" without one."""
        return next((kind for kind in ("JOB-TOKEN", "PRIVATE-TOKEN") if kind in self.headers), "")


class Reply(NamedTuple):
    """An answer: bytes as they are, anything else as JSON; `length` is what it says of itself."""

    status: int
    value: object = None
    headers: Mapping[str, str] = {}
    length: int | None = None


@dataclass
class Fault:
    """An answer that the next question whose path holds `path` gets instead."""

    path: str
    status: int = 500
    body: bytes = b"{}"
    location: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    least: int = 0  # entries that are asked for at once
    token: str = ""

    def meets(self, asked: Asked) -> bool:
        """Tell whether it comes in place of the answer to a question."""
        is_large = int(asked.query.get("per_page", 0)) >= self.least
        is_told = self.token in ("", asked.headers.get(asked.kind, ""))
        return self.path in asked.path and is_large and is_told


class Answering(Protocol):
    """What is served: something that takes a question and has an answer; `url` is where it runs."""

    url: str

    def take(self, asked: Asked) -> Reply: ...


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
            if fault.meets(asked):
                self.faults.remove(fault)
                led = {"Location": fault.location} if fault.location else {}
                return Reply(fault.status, fault.body, fault.headers | led)
        return self.answer(asked)


@contextmanager
def serve(
    forge: Answering, prefix: str = "", context: ssl.SSLContext | None = None
) -> Iterator[None]:
    """Serve a forge as long as the block runs; `prefix` ends its address."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def _do(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            query = {key: " ".join(values) for key, values in parse_qs(parts.query).items()}
            held = Asked(
                self.command, parts.netloc, parts.path, query, self.headers, body, parts.query
            )
            with suppress(OSError):  # whoever asked was killed, or did not wait
                self._send(forge.take(held))

        def _send(self, reply: Reply) -> None:
            value = reply.value
            data = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send_response(reply.status)
            for name, text in {"Content-Type": JSON_TYPE, **reply.headers}.items():
                self.send_header(name, text)
            if reply.status != 204:
                length = len(data) if reply.length is None else reply.length
                self.send_header("Content-Length", str(length))
            self.end_headers()
            if reply.status != 204:
                self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _do  # noqa: N815

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
