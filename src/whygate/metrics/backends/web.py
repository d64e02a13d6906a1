"""One GET of a machine's answer: bounded in time and size, never led to another host."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
import urllib.error
import urllib.request
from decimal import Decimal
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode, urlsplit

from whygate.metrics.port import MOST_BYTES, SourceError, find_address, find_token, first_line
from whygate.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO

    from whygate.catalogue.catalogue import Backend
    from whygate.metrics.port import Setting

_CHUNK = 64 * 1024
_LATER = (429, 500, 502, 503, 504)


class Reply:
    """What came back: the status, and the body as JSON (None: it is none)."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.body = body

    def json(self) -> object:
        """Return the body as JSON with exact numbers; raises SourceError when it is none."""
        try:
            return cast("object", json.loads(self.body, parse_float=Decimal))
        except (ValueError, RecursionError):
            raise SourceError("the answer is no JSON") from None


class Web:
    """A place that answers GET."""

    def __init__(self, backend: Backend, setting: Setting) -> None:
        self.timeout = backend.timeout
        address = find_address(backend, setting).rstrip("/")
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SourceError("the address begins neither with http:// nor with https://")
        self.token = find_token(backend, setting)
        self.secrets = (self.token, parts.password or "", parts.username or "", parts.query)
        self.address = address
        headers = {"Accept": "application/json", "User-Agent": f"whygate/{__version__}"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        elif parts.username is not None:
            headers["Authorization"] = _basic(parts.username, parts.password or "")
            host = parts.netloc.rpartition("@")[2]
            self.address = parts._replace(netloc=host).geturl()
        self._headers = headers
        self._opener = urllib.request.build_opener(_SameHost())

    def get(self, resource: str, params: Sequence[tuple[str, str]]) -> Reply:
        """Return the answer; raises SourceError where none came.

        An answer of 400 to 499 is returned: what it means is for the backend to say.
        """
        query = urlencode(params)
        url = f"{self.address}{resource}{'?' if query else ''}{query}"
        # In a thread of its own: neither DNS nor headers that come byte by byte have a time limit.
        came: list[Reply | Exception] = []

        def ask() -> None:
            try:
                came.append(self._ask(url))
            except Exception as error:
                came.append(error)

        worker = threading.Thread(target=ask, daemon=True)
        worker.start()
        worker.join(self.timeout)
        if not came:
            raise SourceError(f"it did not answer within {self.timeout} s", passing=True)
        (found,) = came
        if isinstance(found, Exception):
            raise found
        return found

    def _ask(self, url: str) -> Reply:
        deadline = time.monotonic() + self.timeout
        request = urllib.request.Request(url, headers=self._headers)  # noqa: S310 - http(s) only
        try:
            with self._opener.open(request, timeout=self.timeout) as stream:
                return Reply(stream.status, self._read(stream, deadline))
        except urllib.error.HTTPError as error:
            with error:
                if error.code in _LATER:
                    raise SourceError(f"it answers HTTP {error.code}", passing=True) from None
                if error.code < 400:
                    raise SourceError(
                        "it sends us to another address", hint="write the final address"
                    ) from None
                return Reply(error.code, self._read(error, deadline))
        except ssl.SSLError as error:
            raise self._refused(error) from None
        except urllib.error.URLError as error:
            reason = error.reason
            if isinstance(reason, ssl.SSLError):
                raise self._refused(reason) from None
            raise self._passing(reason if isinstance(reason, BaseException) else error) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._passing(error) from None

    def _read(self, stream: IO[bytes] | http.client.HTTPResponse, deadline: float) -> bytes:
        """Return a body; one that drips or never ends is given up."""
        parts: list[bytes] = []
        size = 0
        while chunk := _read_some(stream):
            size += len(chunk)
            if size > MOST_BYTES:
                raise SourceError(f"the answer is larger than {MOST_BYTES >> 20} MiB")
            if time.monotonic() > deadline:
                raise SourceError(f"the answer took longer than {self.timeout} s", passing=True)
            parts.append(chunk)
        return b"".join(parts)

    def _refused(self, error: ssl.SSLError) -> SourceError:
        return SourceError(f"its certificate is not accepted: {first_line(error, self.secrets)}")

    def _passing(self, error: BaseException) -> SourceError:
        if isinstance(error, TimeoutError):
            return SourceError(f"it did not answer within {self.timeout} s", passing=True)
        return SourceError(f"it cannot be reached: {first_line(error, self.secrets)}", passing=True)


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows a redirect within one host and scheme (or up to https), and no other."""

    max_redirections = 3

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        before, after = urlsplit(req.full_url), urlsplit(newurl)
        is_upgrade = (before.scheme, after.scheme) == ("http", "https")
        same_host = before.hostname == after.hostname and (
            is_upgrade or (before.port == after.port and before.scheme == after.scheme)
        )
        if not same_host:
            fp.close()
            raise SourceError(
                "it sends us to another host, and nothing is asked there",
                hint="write the final address into the catalogue",
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _read_some(stream: IO[bytes] | http.client.HTTPResponse) -> bytes:
    if isinstance(stream, http.client.HTTPResponse):
        return stream.read1(_CHUNK)
    return stream.read(_CHUNK)


def _basic(user: str, password: str) -> str:
    from base64 import b64encode  # noqa: PLC0415  (few addresses name a user)
    from urllib.parse import unquote  # noqa: PLC0415

    pair = f"{unquote(user)}:{unquote(password)}".encode()
    return f"Basic {b64encode(pair).decode('ascii')}"


def complain(reply: Reply) -> SourceError:
    """Return what a refusal means: a token that is missing or expired, a wrong address."""
    meanings: Mapping[int, str] = {
        401: "it refuses the token (HTTP 401); it may have expired",
        403: "it does not allow this (HTTP 403)",
        404: "there is nothing at that address (HTTP 404)",
    }
    return SourceError(meanings.get(reply.status, f"it answers HTTP {reply.status}"))
