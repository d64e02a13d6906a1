"""Post one text to a chat: JSON with the key `text`, which Slack, Teams and the like take."""

from __future__ import annotations

import http.client
import json
import re
import urllib.error
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from whygate.errors import UndecidedError
from whygate.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

LONGEST = 8_000  # characters of a text; Slack cuts at 40,000, Teams refuses beyond 28 KB
_SECONDS = 20
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def post_text(text: str, name: str, environ: Mapping[str, str]) -> None:
    """Post a text to the address that the variable `name` holds, which is a secret.

    The address is never part of what is said. Raises UndecidedError when it is not set, no https
    address (http only on this machine), or does not take the text. It is asked once, and where
    it sends us elsewhere nothing is sent.
    """
    address = environ.get(name, "").strip() if _NAME.fullmatch(name) else ""
    if not address:
        raise UndecidedError(
            "--webhook-env names no variable that holds an address", hint=f"set {name[:80]}"
        )
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    except ValueError:
        host, is_safe = "", False
    if not host or not is_safe or not address.isascii() or not address.isprintable():
        raise UndecidedError(f"the address in {name} does not begin with https://")
    body = json.dumps({"text": text[:LONGEST]}).encode("ascii")
    headers = {"Content-Type": "application/json", "User-Agent": f"whygate/{__version__}"}
    request = urllib.request.Request(address, body, headers)  # noqa: S310 - https, or this machine
    try:
        with urllib.request.build_opener(_Stays()).open(request, timeout=_SECONDS) as answer:
            answer.read(1_024)
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(name, f"it answers HTTP {error.code}") from None
    except TimeoutError:
        raise _refusal(name, f"it did not answer within {_SECONDS} s") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        is_late = isinstance(reason, TimeoutError)
        said = f"not within {_SECONDS} s" if is_late else type(reason).__name__
        raise _refusal(name, f"it cannot be reached ({said})") from None


def _refusal(name: str, reason: str) -> UndecidedError:
    return UndecidedError(
        f"the reminder was not sent to the address in {name}: {reason}",
        hint="look whether the address is still valid, then run it again",
    )


class _Stays(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the text goes where it was meant to go, or nowhere."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> None:
        """Return no further request, which makes an HTTPError of the redirect."""
