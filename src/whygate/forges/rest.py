"""Ask the API of a forge: one token, one host, one deadline for all questions of a run together."""

from __future__ import annotations

import random
import re
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct, field

from whygate.errors import InputError
from whygate.forges.answers import Shape, parse_json, shape
from whygate.forges.port import ForgeError
from whygate.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from email.message import Message
    from urllib.request import BaseHandler, OpenerDirector, Request

    Params = Mapping[str, str | int | Sequence[str]]

DEADLINE = 20.0  # seconds for all requests of a run together, waiting included
SECONDS_FOR_FILES = 10.0  # for a file that somebody waits for at a prompt
PAGE = 100

_CERTIFICATE_HINT = (
    "the certificate is not one this machine trusts: let SSL_CERT_FILE name a file with the "
    "certificate of your own authority"
)
_Done = TypeVar("_Done")
_ATTEMPTS = 4
_FIRST_PAUSE = 0.5  # seconds, doubled each time
_SIZE_LIMIT = 16 << 20  # bytes
_SECONDARY_PAUSE = 60.0  # "wait for at least one minute", see _pause_for_limit
_JSON = "application/json"
_BYTES = "*/*"
_SAME_METHOD = frozenset({301, 307, 308})
_PASSING = frozenset({500, 502, 503, 504})
_URL = re.compile(r"https?://[\w.-]+(?::[0-9]{1,5})?(?:/(?:[\w./~-]|%[0-9A-Fa-f]{2})*)?", re.ASCII)
_TOKEN = re.compile(r"[!-~]+")
_QUOTED = 200  # characters of the forge's own message that are shown
# GitHub's, and GitLab's (https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/)
_RESET = ("x-ratelimit-reset", "ratelimit-reset")
_LATEST = 253_402_300_799  # the last second of the year 9999


class ApiError(ForgeError):
    """The forge did not answer what was asked; `status` is its HTTP status, 0 without an answer.

    `wait` is after how many seconds it may, None when waiting is of no use; of a rate limit that
    `is_limit`.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        status: int = 0,
        wait: float | None = None,
        is_limit: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.wait = wait
        self.is_limit = is_limit


class Answer(Struct, frozen=True):
    """What came back: a status (0: nothing), lower-case headers, and the parsed JSON.

    `trouble` is why it means nothing; with a `hint` it will not pass by itself.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    value: object = None
    trouble: str = ""
    hint: str = ""


class Rest:
    """Asks one API with one token; every method raises ApiError when there is no answer.

    The token is sent to the host of `url` only and never shown. What fails in passing (5xx, a
    broken connection, a rate limit that names a short wait) is tried again. All questions of a
    run share `seconds`, waiting included; what is done between them does not count. An answer is
    what its caller says it must be (`wanted`), or it is none. Each forge says the rest in a class
    of its own: its `name`, the variable that holds its `url`, its headers, what every question
    asks besides (`always`), how its lists go on, how to `grant` what a token may not do.
    `sign_in` are the statuses under which it sends a page to sign in instead of a refusal;
    `opening` is what it sends before any JSON, so that no page of another site may run it.
    `authority` is a file of certificates besides those of the machine (SSL_CERT_FILE), `proxy`
    one that is asked instead of the machine's.
    """

    name = ""
    url_variable = ""
    page_size = PAGE
    size_param = "per_page"
    may_be_anonymous = False
    grant = ""
    always: Mapping[str, str] = {}
    sign_in: frozenset[int] = frozenset()
    opening = b""

    def __init__(  # noqa: PLR0913 - one parameter for each thing that the network asks
        self,
        url: str,
        token: str,
        *,
        authority: str = "",
        proxy: str = "",
        seconds: float = DEADLINE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not _URL.fullmatch(url):
            raise InputError(
                f"{self.url_variable} is not the address of an API",
                hint="it is `https://` and a host, with a port and a path where there are any",
            )
        if not (_TOKEN.fullmatch(token) or (not token and self.may_be_anonymous)):
            raise InputError("the token holds characters that no token has")
        self._url = url.rstrip("/")
        self._token = token
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._left = seconds
        self._opener = _build_opener(self.may_resend, authority, proxy)

    def headers(self) -> Mapping[str, str]:
        """Return the headers that every question has, the token's among them."""
        raise NotImplementedError

    def explain(self, answer: Answer, said: str) -> tuple[str, str]:  # noqa: ARG002
        """Return what a refusal means and what to do about it; the forge `said` so."""
        if answer.status == 429:
            return f"the rate limit of {self.name} is used up", "run the job again"
        if answer.status in (401, 403, 404) or answer.status in self.sign_in:
            return "the token may not do this, or it does not exist", self.grant
        if 300 <= answer.status < 400:
            return f"the {self.name} API leads to another host, where no token is sent", (
                f"{self.url_variable} must name the final address"
            )
        if answer.status >= 500:
            return f"the {self.name} API is out of order", "run the job again"
        return f"the {self.name} API refuses", ""

    def is_limited(self, answer: Answer) -> bool:
        """Tell whether the forge refuses because too much was asked."""
        return answer.status == 429

    def may_resend(self, url: str) -> bool:  # noqa: ARG002 - for a forge to say
        """Tell whether a question that is no GET may follow a redirect within the host."""
        return False

    def address(self, path: str) -> str:
        """Return the whole address of a path."""
        return f"{self._url}{path}"

    def get(self, path: str, wanted: type[Shape], /, **params: str | int) -> Shape:
        """Return what stands at a path such as `/repos/o/r/pulls/7`."""
        return self._shaped("GET", path, self._ask("GET", path, params=params).value, wanted)

    def get_bytes(self, path: str, /, **params: str | int) -> bytes:
        """Return the bytes that stand at a path, whatever they are."""
        value = self._ask("GET", path, params=params, accept=_BYTES).value
        assert isinstance(value, bytes)  # noqa: S101 - see _read
        return value

    def pages(
        self, path: str, wanted: type[Shape], /, *, most: int, **params: str | int
    ) -> tuple[Shape, ...]:
        """Return the entries of a list, all pages, at most `most` of them."""
        found: list[Shape] = []
        for page in range(1, -(-most // self.page_size) + 1):
            asked = {**params, self.size_param: self.page_size, "page": page}
            answer = self._ask("GET", path, params=asked).value
            entries = self._shaped("GET", path, answer, list[wanted])  # type: ignore[valid-type]
            found += entries
            if len(entries) < self.page_size:
                break
        return tuple(found[:most])

    def send(
        self, method: str, path: str, body: object, wanted: type[Shape], *, again: bool = False
    ) -> Shape:
        """Send a value by POST, PUT or PATCH and return what the forge made of it.

        What fails in passing is sent `again` by POST only where twice is as good as once.
        """
        answer = self._ask(method, path, body=body, again=again or method != "POST")
        return self._shaped(method, path, answer.value, wanted)

    def delete(self, path: str) -> None:
        """Delete what stands at a path."""
        self._ask("DELETE", path)

    def ask_once(
        self,
        method: str,
        path: str,
        wanted: type[Shape],
        *,
        seconds: float,
        params: Params | None = None,
        body: Mapping[str, object] | None = None,
    ) -> tuple[Shape, Mapping[str, str]]:
        """Return an answer and its headers; it has `seconds` of its own, and one try."""
        self._left = seconds
        request = self._request(method, path, params or {}, body)
        answer = self._timed(lambda: self._send(request))
        if answer.trouble or not 200 <= answer.status < 300:
            raise self._error(f"{method} {path}", answer)
        return self._shaped(method, path, answer.value, wanted), answer.headers

    def _shaped(self, method: str, path: str, value: object, wanted: type[Shape]) -> Shape:
        try:
            return shape(value, wanted)
        except ValueError as error:
            raise ApiError(
                f"the answer of the {self.name} API to `{method} {path}` is not what it documents: "
                f"{error}",
                hint="run the job again; if it stays so, a proxy may answer in the forge's place",
            ) from None

    def _ask(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: object = None,
        accept: str = _JSON,
        again: bool = True,
    ) -> Answer:
        answer = self._too_late()
        for attempt in range(1, _ATTEMPTS + 1):
            request = self._request(method, path, params or {}, body, accept)
            answer = self._timed(lambda request=request: self._send(request))  # type: ignore[misc]
            is_well = 200 <= answer.status < 300 and answer.status not in self.sign_in
            if is_well and not answer.trouble:
                return answer
            pause = self._pause(answer, attempt, again=again)
            if pause is None or attempt == _ATTEMPTS or self._left <= pause:
                break
            self._timed(lambda pause=pause: self._sleep(pause))  # type: ignore[misc]
        raise self._error(f"{method} {path}", answer)

    def _pause(self, answer: Answer, attempt: int, *, again: bool) -> float | None:
        """Return how many seconds to wait before asking again, None when that is of no use."""
        if self.is_limited(answer):
            return _pause_for_limit(answer)
        if not again or answer.hint:  # a POST may have been done without an answer
            return None
        if answer.status in _PASSING or (answer.trouble and answer.status in (0, 200)):
            named = _seconds(answer)
            if named is not None:
                return named
            pause: float = _FIRST_PAUSE * 2 ** (attempt - 1)
            return pause * (1 + random.random() / 2)  # noqa: S311 - not to come back all at once
        return None

    def _timed(self, work: Callable[[], _Done]) -> _Done:
        """Do something, and take the time it needs from what is left for all of a run."""
        began = self._clock()
        try:
            return work()
        finally:
            self._left -= self._clock() - began

    def _too_late(self) -> Answer:
        return Answer(0, trouble=f"the {self._seconds:g} seconds for all questions are over")

    def _request(
        self,
        method: str,
        path: str,
        params: Params,
        body: object,
        accept: str = _JSON,
    ) -> Request:
        import json  # noqa: PLC0415
        from urllib.parse import urlencode  # noqa: PLC0415
        from urllib.request import Request  # noqa: PLC0415

        asked = {**self.always, **params}
        query = f"?{urlencode(asked, doseq=True)}" if asked else ""
        data = None if body is None else json.dumps(body).encode("ascii")
        url = f"{self.address(path)}{query}"
        request = Request(url, data=data, method=method)  # noqa: S310 - see _URL
        request.add_header("Accept", accept)
        request.add_header("User-Agent", f"whygate/{__version__}")
        for name, value in self.headers().items():
            request.add_header(name, value)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        return request

    def _send(self, request: Request) -> Answer:
        """Return the answer to one request; a thread of its own, because DNS has no time limit."""
        left = self._left
        if left <= 0:
            return self._too_late()
        answers: list[Answer] = []
        worker = threading.Thread(
            target=lambda: answers.append(_fetch(self._opener, request, left, self.opening)),
            daemon=True,
        )
        worker.start()
        worker.join(left)
        return answers[0] if answers else self._too_late()

    def _error(self, asked: str, answer: Answer) -> ApiError:
        said = read_said(answer)
        said = (said.replace(self._token, "***") if self._token else said)[:_QUOTED]
        if answer.trouble and answer.status not in self.sign_in:
            return ApiError(
                f"the {self.name} API cannot answer `{asked}`: {answer.trouble}",
                hint=answer.hint or "run the job again",
                status=answer.status,
                wait=None if answer.hint else 0.0,
            )
        reason = f"{answer.status}: {said}" if said else str(answer.status)
        sentence, hint = self.explain(answer, said)
        message = f"{sentence} (`{asked}`, {reason})"
        limited = self.is_limited(answer)
        wait = _wait(answer, limited=limited)
        return ApiError(message, hint=hint, status=answer.status, wait=wait, is_limit=limited)


def _build_opener(may_resend: Callable[[str], bool], authority: str, proxy: str) -> OpenerDirector:
    """Return an opener that follows redirects only within the API's own host.

    urllib would send the token along, and a stranger's answer would decide the verdict.
    """
    from urllib.request import (  # noqa: PLC0415
        HTTPRedirectHandler,
        HTTPSHandler,
        ProxyHandler,
        build_opener,
    )

    class SameOrigin(HTTPRedirectHandler):
        def redirect_request(
            self, req: Request, fp: object, code: int, msg: str, headers: object, newurl: str
        ) -> Request | None:
            if _origin(newurl) != _origin(req.full_url):
                return None
            if req.get_method() != "GET":
                return _sent_again(req, code, newurl) if may_resend(req.full_url) else None
            return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]

    handlers: list[BaseHandler] = [ProxyHandler({"http": proxy})] if proxy else []
    if authority:
        import ssl  # noqa: PLC0415

        context = ssl.create_default_context()
        try:
            context.load_verify_locations(authority)
        except OSError as error:
            raise InputError(f"the certificates in `{authority}` cannot be read: {error}") from None
        handlers.append(HTTPSHandler(context=context))
    return build_opener(SameOrigin, *handlers)


def _sent_again(request: Request, code: int, url: str) -> Request | None:
    """Return a question to send to its new address; what changes something is not sent twice."""
    if code not in _SAME_METHOD:
        return None
    from urllib.request import Request  # noqa: PLC0415

    again = Request(url, data=request.data, method=request.get_method())  # noqa: S310 - same host
    for name, value in request.header_items():
        again.add_header(name, value)
    return again


def _origin(url: str) -> tuple[str, str]:
    from urllib.parse import urlsplit  # noqa: PLC0415

    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _fetch(opener: OpenerDirector, request: Request, seconds: float, opening: bytes) -> Answer:
    from http.client import HTTPException  # noqa: PLC0415
    from ssl import SSLCertVerificationError  # noqa: PLC0415
    from urllib.error import HTTPError  # noqa: PLC0415

    is_raw = request.get_header("Accept") == _BYTES
    try:
        try:
            with opener.open(request, timeout=seconds) as response:
                body = response.read(_SIZE_LIMIT + 1)
                return _read(response.status, response.headers, body, opening, is_raw=is_raw)
        except HTTPError as error:
            with error:
                return _read(error.code, error.headers, error.read(_SIZE_LIMIT + 1), opening)
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        hint = _CERTIFICATE_HINT if isinstance(reason, SSLCertVerificationError) else ""
        return Answer(0, trouble=f"{reason}" or type(error).__name__, hint=hint)


def _read(
    status: int, raw: Message[str, str], body: bytes, opening: bytes, *, is_raw: bool = False
) -> Answer:
    headers = {name.lower(): value for name, value in raw.items()}
    if len(body) > _SIZE_LIMIT:
        return Answer(status, headers, trouble=f"more than {_SIZE_LIMIT} bytes came")
    if is_raw and 200 <= status < 300:
        return Answer(status, headers, body)
    if status == 204:
        return Answer(status, headers)
    kind = headers.get("content-type", "something")[:_QUOTED]
    try:
        if not body.startswith(opening):
            raise ValueError(body[: len(opening)])
        return Answer(status, headers, parse_json(body[len(opening) :]))
    except ValueError:
        if status >= 300 and kind.startswith("text/plain"):
            said = body[:_QUOTED].decode("utf-8", "replace").partition("\n")[0]
            return Answer(status, headers, {"message": said})
        if status >= 300:  # a proxy's page: the status says enough
            return Answer(status, headers)
        return Answer(status, headers, trouble=f"{kind} came that is no JSON")


def is_server(url: str, server: str) -> bool:
    """Tell whether an address, or a host alone, is that of a server: `host`, `:port` and a path."""
    return bool(url) and url.rpartition("://")[2].strip("/").lower() == server.lower()


def read_said(answer: Answer) -> str:
    """Return what a forge says when it refuses, empty when nothing can be read."""
    held = answer.value
    for name in ("message", "error"):
        said = held.get(name) if isinstance(held, dict) else None
        said = said.get("message") if isinstance(said, dict) else said
        if isinstance(said, str) and said:
            return said
    return ""


def _pause_for_limit(answer: Answer) -> float | None:
    named = _seconds(answer)
    if named is not None:
        return named
    return None if any(name in answer.headers for name in _RESET) else _SECONDARY_PAUSE


def _seconds(answer: Answer) -> float | None:
    named = answer.headers.get("retry-after", "").strip()
    return float(named) if named.isascii() and named.isdigit() and len(named) < 7 else None


def _wait(answer: Answer, *, limited: bool) -> float | None:
    """Return after how many seconds an answer may come, None when waiting is of no use."""
    if limited:
        named = _pause_for_limit(answer)
        if named is None and (pause := seconds_until_reset(answer.headers)) is not None:
            return pause
        return _SECONDARY_PAUSE if named is None else named
    return (_seconds(answer) or 0.0) if answer.status in _PASSING else None


def tell_reset(answer: Answer) -> str:
    """Return ` until 12:30 UTC` when the forge says when its limit is over, else nothing."""
    reset = _read_reset(answer.headers)
    if reset is None or reset > _LATEST:
        return ""
    return f" until {datetime.fromtimestamp(reset, UTC):%H:%M} UTC"


def seconds_until_reset(headers: Mapping[str, str]) -> float | None:
    """Return after how many seconds a limit is over, None when the forge says not."""
    reset = _read_reset(headers)
    return None if reset is None else max(0.0, reset - time.time()) + 1


def _read_reset(headers: Mapping[str, str]) -> int | None:
    """Return the second since 1970 at which a limit is over."""
    named = next((headers[name] for name in _RESET if name in headers), "")
    return int(named) if named.isascii() and named.isdigit() and len(named) < 13 else None
