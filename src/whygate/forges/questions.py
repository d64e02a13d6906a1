"""Ask a forge with patience: tokens in turn, limits waited for, a page halved."""

from __future__ import annotations

import random
import time
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct

from whygate.errors import UndecidedError
from whygate.forges.rest import ApiError, Rest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PAGE = 100  # the most that a forge gives at once
SECONDS = 60.0  # for one page

_MOST_FAILURES = 8  # in a row, waits for a limit aside
_MOST_WAIT = 900.0  # seconds; who would wait longer comes back
_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_STEADY = 4  # pages, after which a page that was halved grows again

# How the tokens of a forge begin, by the variable that holds them.
_BEGINNINGS = {
    "GITHUB_TOKEN": ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    "GITLAB_TOKEN": ("glpat-", "gloas-", "gldt-", "glcbt-"),
}

_Client = TypeVar("_Client", bound=Rest)
_Answer = TypeVar("_Answer")


class Token(Struct, Generic[_Client]):
    """A token with its client, and when it may ask again."""

    api: _Client
    free_at: float = 0.0


class Questions(Generic[_Client]):
    """What all that is asked page by page shares.

    Several tokens are taken in turn; one that has to wait is passed over. A page that the forge
    cannot make in time is asked for again, half as large. `say` is told what is waited for. `url`
    is the address of the API, "" for the forge's own; `authority` a file of certificates. A forge
    says in a class of its own how it is asked: `variables` hold tokens, `grant` says what a token
    needs.
    """

    forge = ""
    variables: tuple[str, ...] = ()
    grant = ""

    def __init__(
        self,
        tokens: Sequence[str],
        *,
        url: str = "",
        authority: str = "",
        say: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.sent = 0
        self._url = url
        self._say = say
        self._clock = clock
        self._sleep = sleep
        self._size = PAGE
        self._steady = 0
        clients = (self._connect(t, authority=authority, sleep=sleep) for t in tokens)
        self._tokens = deque(Token(client) for client in clients)

    @classmethod
    def find_tokens(cls, environ: Mapping[str, str]) -> tuple[str, ...]:
        """Return the tokens of the first variable that holds any; several stand apart by spaces.

        One that another forge made goes to its own alone: GitHub's and GitLab's tell it.
        https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
        https://docs.gitlab.com/security/tokens/#token-prefixes
        """
        others = tuple(p for n, own in _BEGINNINGS.items() if n not in cls.variables for p in own)
        for name in cls.variables:
            held = environ.get(name, "").replace(",", " ").split()
            if fit := tuple(token for token in held if not token.startswith(others)):
                return fit
        return ()

    def _connect(self, token: str, *, authority: str, sleep: Callable[[float], None]) -> _Client:
        """Return a client that asks with a token."""
        raise NotImplementedError

    def _ask(self, question: Callable[[Token[_Client]], _Answer]) -> _Answer:
        """Return a whole answer; what passes is waited for, what does not is raised."""
        failures = 0
        while True:
            token = self._take()
            self.sent += 1
            try:
                return question(token)
            except ApiError as error:
                failures += self._handle(error, token, failures)

    def _grow(self) -> None:
        """Tell that a page came: one that was halved grows again after some."""
        self._steady += 1
        if self._steady >= _STEADY and self._size < PAGE:
            self._size, self._steady = min(PAGE, self._size * 2), 0

    def _handle(self, error: ApiError, token: Token[_Client], failures: int) -> int:
        """Make ready to ask again after a failure, and return 1 if it counts; else raise it."""
        if error.is_limit:
            token.free_at = self._clock() + (error.wait or 0.0)
            return 0
        if error.status == 401 and len(self._tokens) > 1:
            self._tokens.remove(token)
            self._say(f"{self.forge} does not accept one of the tokens; the others go on")
            return 0
        if error.status == 401:
            hint = f"set {self.variables[0]} to a token that is valid; {self.grant}"
            raise ApiError(error.message, hint=hint, status=error.status)
        if error.status in (403, 404):
            raise ApiError(error.message, hint=self.grant, status=error.status)
        if error.wait is None or failures >= _MOST_FAILURES:
            hint = error.hint.replace("run the job again", "run it again; what was fetched is kept")
            raise ApiError(error.message, hint=hint, status=error.status)
        self._shrink(failures + 1, error.wait)
        return 1

    def _take(self) -> Token[_Client]:
        """Return the token whose turn it is, once one may ask."""
        now = self._clock()
        for _ in range(len(self._tokens)):
            self._tokens.rotate(-1)
            if self._tokens[-1].free_at <= now:
                return self._tokens[-1]
        first = min(self._tokens, key=lambda token: token.free_at)
        wait = first.free_at - now
        if wait > _MOST_WAIT:
            raise UndecidedError(
                f"the rate limit of {self.forge} is used up for {round(wait / 60)} minutes",
                hint="run it again then, it goes on where it stopped; or name more tokens in "
                f"{self.variables[0]}, apart by a space",
            )
        self._say(f"{self.forge} asks to wait {wait:.0f} s")
        self._sleep(wait)
        return first

    def _shrink(self, failures: int, wait: float) -> None:
        """Ask for half as much next time, after a pause that grows."""
        self._size = max(1, self._size // 2)
        self._steady = 0
        pause = min(_LONGEST_PAUSE, _PAUSE * 2**failures) * (1 + random.random() / 2)  # noqa: S311
        self._sleep(max(pause, wait))
