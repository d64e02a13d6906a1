"""Ask GitHub by GraphQL with patience: tokens in turn, limits waited for, a page halved."""

from __future__ import annotations

import random
import time
from collections import deque
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from whygate.errors import UndecidedError
from whygate.forges.github.api import API_URL, Api, ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whygate.forges.github.shapes import GraphAnswer, GraphError, Rate

PAGE = 100  # the most that a connection gives at once
TOKENS = ("WHYGATE_TOKEN", "GH_TOKEN", "GITHUB_TOKEN")
GRANT = (
    "a classic token needs the scope `repo` (none for a public repository), a fine-grained one "
    "`Pull requests: read` and `Issues: read`"
)
REFUSED = ("FORBIDDEN", "INSUFFICIENT_SCOPES", "NOT_FOUND")

_SECONDS = 60.0  # for one page
_MOST_FAILURES = 8  # in a row, waits for a limit aside
_MOST_WAIT = 900.0  # seconds; who would wait longer comes back
_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_STEADY = 4  # pages, after which a page that was halved grows again
_LIMITED = "RATE_LIMITED"
_PASSING = ("timeout", "timed out", "something went wrong", "loading")

_Shape = TypeVar("_Shape", bound="GraphAnswer")


def find_tokens(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the tokens of the first variable that holds any; several stand apart by spaces."""
    named = (tuple(environ.get(name, "").replace(",", " ").split()) for name in TOKENS)
    return next((tokens for tokens in named if tokens), ())


class _Token(Struct):
    """A token with its client, and when it may ask again."""

    api: Api
    free_at: float = 0.0


class Questions:
    """What all that is asked by GraphQL shares.

    `grant` says what a token needs for it, `instead` what can be done without one.

    Several tokens are taken in turn; one that has to wait is passed over. A page that GitHub
    cannot make in time is asked for again, half as large. `say` is told what is waited for.
    Raises UndecidedError without a token.
    """

    grant = GRANT
    instead = "import a file that `gh pr list` wrote (`whygate import --help`)"

    def __init__(
        self,
        tokens: Sequence[str],
        *,
        url: str = "",
        say: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not tokens:
            raise no_token(self.instead)
        self.sent = 0
        self.spent = 0
        self.remaining: int | None = None
        self._tokens = deque(_Token(Api(url or API_URL, token, sleep=sleep)) for token in tokens)
        self._say = say
        self._clock = clock
        self._sleep = sleep
        self._size = PAGE
        self._steady = 0

    def _ask(
        self, make: Callable[[], tuple[str, Mapping[str, object]]], wanted: type[_Shape]
    ) -> _Shape:
        """Return a whole answer; what passes is waited for, what does not is raised."""
        failures = 0
        while True:
            token = self._take()
            query, variables = make()
            self.sent += 1
            try:
                answer = token.api.query(query, variables, wanted, seconds=_SECONDS)
            except ApiError as error:
                failures += self._handle(error, token, failures)
                continue
            rate = answer.data.rate_limit if answer.data is not None else None
            self._note(rate)
            if _is_limited(answer.errors):
                self._wait_for(token, rate)
            elif _is_passing(answer.errors) and failures < _MOST_FAILURES:
                failures += 1
                self._shrink(failures)
            else:
                return answer

    def _handle(self, error: ApiError, token: _Token, failures: int) -> int:
        """Make ready to ask again after a failure, and return 1 if it counts; else raise it."""
        if error.is_limit:
            token.free_at = self._clock() + (error.wait or 0.0)
            return 0
        if error.status == 401 and len(self._tokens) > 1:
            self._tokens.remove(token)
            self._say("GitHub does not accept one of the tokens; the others go on")
            return 0
        if error.status == 401:
            hint = f"set {TOKENS[0]} to a token that is valid; {self.grant}"
            raise ApiError(error.message, hint=hint, status=error.status)
        if error.status in (403, 404):
            raise ApiError(error.message, hint=self.grant, status=error.status)
        if error.wait is None or failures >= _MOST_FAILURES:
            hint = error.hint.replace("run the job again", "run it again; what was fetched is kept")
            raise ApiError(error.message, hint=hint, status=error.status)
        self._shrink(failures + 1, error.wait)
        return 1

    def _take(self) -> _Token:
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
                f"the rate limit of GitHub is used up for {round(wait / 60)} minutes",
                hint="run it again then, it goes on where it stopped; or name more tokens in "
                f"{TOKENS[0]}, apart by a space",
            )
        self._say(f"GitHub asks to wait {wait:.0f} s")
        self._sleep(wait)
        return first

    def _wait_for(self, token: _Token, rate: Rate | None) -> None:
        from datetime import UTC, datetime  # noqa: PLC0415 - seldom

        wait = 60.0
        if rate is not None:
            try:
                reset = datetime.fromisoformat(rate.reset_at)
                wait = max(0.0, (reset - datetime.now(UTC)).total_seconds()) + 1
            except (ValueError, TypeError):
                pass
        token.free_at = self._clock() + wait

    def _shrink(self, failures: int, wait: float | None = None) -> None:
        """Ask for half as much next time, after a pause that grows."""
        self._size = max(1, self._size // 2)
        self._steady = 0
        pause = min(_LONGEST_PAUSE, _PAUSE * 2**failures) * (1 + random.random() / 2)  # noqa: S311
        self._sleep(max(pause, wait or 0.0))

    def _grow(self) -> None:
        self._steady += 1
        if self._steady >= _STEADY and self._size < PAGE:
            self._size, self._steady = min(PAGE, self._size * 2), 0

    def _note(self, rate: Rate | None) -> None:
        if rate is not None:
            self.spent += rate.cost
            self.remaining = rate.remaining


def no_token(instead: str = Questions.instead) -> UndecidedError:
    """Return the error that says how to give a token, or to do without."""
    return UndecidedError(
        "there is no token to ask GitHub with",
        hint=f"set {TOKENS[0]} (`gh auth token` prints yours), or {instead}",
    )


def _is_limited(errors: Sequence[GraphError]) -> bool:
    return any(e.type == _LIMITED or "rate limit" in e.message.lower() for e in errors)


def _is_passing(errors: Sequence[GraphError]) -> bool:
    return any(
        not error.type and any(word in error.message.lower() for word in _PASSING)
        for error in errors
    )
